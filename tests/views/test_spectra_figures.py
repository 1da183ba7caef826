from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.container import BarContainer
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from forensics.traces.phases import phase_statistics
from forensics.traces.spectra.harmonics import harmonic_grid
from forensics.traces.spectra.peaks import DIRECTIONS, Peak, spectral_peaks
from forensics.traces.spectra.power import power_spectrum, radial_profile
from forensics.traces.spectra.residual import autocorrelation, residual_spectrum
from forensics.views.figures import (
    new_figure,
    placed_axes,
    show_autocorrelation,
    show_harmonic_grid,
    show_phases,
    show_power_spectrum,
    show_radial_profile,
    show_spectrum_cut,
)


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def image(rng) -> np.ndarray:
    return rng.integers(0, 256, (128, 192, 3), dtype=np.uint8)


def calls(image, ax):
    power = residual_spectrum(image).power
    yield show_power_spectrum(power, peaks=spectral_peaks(power)[:3], ax=ax), AxesImage
    for direction in DIRECTIONS:
        yield show_spectrum_cut(power, direction=direction, ax=ax), Line2D
    yield show_radial_profile(radial_profile(power), ax=ax), Line2D
    yield show_autocorrelation(autocorrelation(power), ax=ax), AxesImage
    for period in (8, 16):
        yield show_harmonic_grid(harmonic_grid(image, period=period), ax=ax), AxesImage
    for statistic in ("signed", "absolute", "square"):
        yield show_phases(phase_statistics(image), statistic=statistic, ax=ax), BarContainer


def test_an_artist_comes_back_on_the_axes_that_were_given(image):
    before = plt.get_fignums()
    axes = placed_axes(new_figure(300, 200), 10, 10, 100, 100)
    for artist, kind in calls(image, axes):
        assert isinstance(artist, kind)
        drawn = artist[0] if isinstance(artist, BarContainer) else artist
        assert drawn.axes is axes
    assert plt.get_fignums() == before


def test_without_axes_each_makes_a_figure_of_its_own(image):
    n = len(list(calls(image, None)))
    assert len(plt.get_fignums()) == n


def test_a_spectrum_is_drawn_in_decibels_and_bin_by_bin(rng):
    power = power_spectrum(rng.normal(0, 9, (64, 96))).power
    artist = show_power_spectrum(power, ax=placed_axes(new_figure(300, 300), 50, 50, 192, 128))
    assert np.allclose(artist.get_array(), 10 * np.log10(power))
    left, right, bottom, top = artist.get_extent()
    # Zero frequency lies in the middle of its bin.
    assert (left + 48.5 / 96, top + 32.5 / 64) == pytest.approx((0, 0))
    assert (right - left, bottom - top) == pytest.approx((1, 1))


def test_a_point_is_not_lost_where_a_spectrum_is_reduced():
    power = np.ones((512, 512))
    power[301, 77] = 1e6
    artist = show_power_spectrum(power, ax=placed_axes(new_figure(300, 300), 50, 50, 100, 100))
    shown = artist.get_array()
    assert max(shown.shape) <= 100 and shown.max() == pytest.approx(60)


def test_peaks_are_circled_on_both_sides_of_zero():
    power = np.ones((64, 64))
    peaks = [Peak("rows", 8.0, 9, 1, 1e-9), Peak("antidiagonal", 4.0, 9, 1, 1e-9)]
    axes = show_power_spectrum(power, peaks=peaks).axes
    circles = {(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines}
    assert circles == {(0, 0.125), (0, -0.125), (-0.25, 0.25), (0.25, -0.25)}
    axes = show_power_spectrum(power, peaks=[Peak("diagonal", 2.0, 9, 1, 1e-9)]).axes
    assert len(axes.lines) == 4


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_cut_follows_its_direction(direction):
    i, j = np.indices((64, 96))
    down, right = {"rows": (1, 0), "columns": (0, 1), "diagonal": (1, 1)}.get(direction, (1, -1))
    power = power_spectrum(np.cos(2 * np.pi * (down * i + right * j) / 4)).power
    line = show_spectrum_cut(power, direction=direction)
    assert line.get_xdata()[np.argmax(line.get_ydata())] == 0.25
    assert line.get_xdata()[-1] == 0.5 and line.get_ydata().max() == power.max()


def test_an_autocorrelation_is_scaled_by_what_lies_away_from_zero(rng):
    found = autocorrelation(residual_spectrum(rng.normal(0, 1, (256, 256))).power)
    artist = show_autocorrelation(found)
    low, high = artist.get_clim()
    assert low == -high and 0 < high < 0.2
    assert artist.get_extent() == [-32.5, 32.5, 32.5, -32.5]
    assert artist.axes.get_xlabel().startswith("lag (pixels)")


def test_a_grid_shows_its_numbers(rng):
    grid = harmonic_grid(rng.normal(0, 1, (128, 128)))
    artist = show_harmonic_grid(grid)
    assert artist.get_array().shape == (5, 8)
    texts = [text.get_text() for text in artist.axes.texts]
    assert len(texts) == 40 and texts[0] == "" and texts[1] == f"{grid.ratios[0, 1]:.1f}"


def test_phases_are_bars_in_per_cent(image):
    found = phase_statistics(image)
    bars = show_phases(found)
    heights = [bar.get_height() for bar in bars]
    assert np.allclose(heights, 100 * found.parts[1, 3])
    assert [label.get_text() for label in bars[0].axes.get_xticklabels()] == [
        "rows",
        "columns",
        "diagonal",
    ]
