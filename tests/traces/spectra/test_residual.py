from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.significance import holm
from forensics.traces.spectra.peaks import spectral_peaks
from forensics.traces.spectra.power import power_spectrum
from forensics.traces.spectra.residual import (
    Autocorrelation,
    autocorrelation,
    autocorrelation_peaks,
    median_residual,
    residual_peaks,
    residual_spectrum,
)


def test_it_is_the_spectrum_of_the_residual(rng):
    image = rng.normal(100, 5, (64, 96))
    expected = power_spectrum(median_residual(image)).power
    assert np.allclose(residual_spectrum(image).power, expected)
    whole = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    expected = power_spectrum(median_residual(whole)).power
    assert np.allclose(residual_spectrum(whole).power, expected, rtol=1e-3, atol=1e-4)


def test_for_one_picture_both_means_are_one(rng):
    spectrum = residual_spectrum(rng.integers(0, 256, (70, 70), dtype=np.uint8))
    assert spectrum.power is spectrum.locked and spectrum.n_parts == 1


def test_tiles_of_one_picture_are_locked_to_periods_of_16(rng):
    noise = rng.normal(0, 6, (1600, 1600))
    stripes = 4.0 * (np.arange(1600) % 16 == 3)[:, None]
    spectrum = residual_spectrum(np.clip(100 + noise + stripes, 0, 255).astype(np.uint8))
    assert spectrum.n_parts == 9 and spectrum.power.shape == (512, 512)
    place = (256 + 3 * 32, 256)  # a harmonic that the median leaves alone
    away = np.s_[300:400, 300:400]
    for power in (spectrum.power, spectrum.locked):
        assert power[place] > 20 * np.median(power[away])
    # Noise averages out where the phase is the same, power does not.
    assert np.median(spectrum.locked[away]) < np.median(spectrum.power[away]) / 5
    assert np.isclose(spectrum.locked[place], spectrum.power[place], rtol=0.2)


def test_content_is_gone(rng):
    i, j = np.indices((128, 128))
    smooth = 100 + 50 * np.sin(i / 30) * np.cos(j / 40)
    residual, picture = residual_spectrum(smooth).power, power_spectrum(smooth).power
    assert residual.sum() < 1e-4 * picture.sum()


# Autocorrelation


def test_it_is_one_at_lag_zero_and_even(rng):
    found = autocorrelation(residual_spectrum(rng.normal(0, 1, (256, 256))).power)
    assert found.values.shape == (65, 65) and found.values[32, 32] == 1
    assert np.allclose(found.values, found.values[::-1, ::-1])
    assert np.abs(found.values).max() == 1
    rows, columns = found.lags
    assert rows[0] == -32 and columns[-1] == 32 and rows[32] == 0


def test_white_noise_is_like_nothing_but_itself(rng):
    power = np.mean([power_spectrum(rng.normal(0, 3, (256, 256))).power for _ in range(20)], axis=0)
    values = autocorrelation(power).values
    values[32, 32] = 0
    assert np.abs(values).max() < 0.01


@pytest.mark.parametrize("shape", [(256, 256), (256, 512)])
def test_the_window_leaves_no_slope(rng, shape):
    # A wave is as like itself sixteen periods away as one: without the division, less.
    i, _ = np.indices(shape)
    power = power_spectrum(np.cos(2 * np.pi * i / 8)).power
    values = autocorrelation(power).values
    assert np.allclose(values[32:, 32], np.cos(2 * np.pi * np.arange(33) / 8), atol=0.02)
    assert np.allclose(values[32, :], 1, atol=0.02)


@given(st.integers(6, 30), st.integers(-30, 30))
def test_a_copy_is_found_at_its_distance(down, right):
    noise = np.random.default_rng(5).normal(0, 1, (256, 256))
    image = noise + np.roll(noise, (down, right), axis=(0, 1))
    first = autocorrelation_peaks(autocorrelation(power_spectrum(image).power), count=1)
    assert [(peak.rows, peak.columns) for peak in first] == [(down, right)]
    assert first[0].value == pytest.approx(0.5, abs=0.1)
    assert first[0].prominence == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("shape", "expected"), [((64, 64), (33, 33)), ((16, 200), (9, 65))])
def test_small_pictures_have_fewer_lags(rng, shape, expected):
    values = autocorrelation(power_spectrum(rng.normal(0, 1, shape)).power).values
    assert values.shape == expected


def test_peaks_are_counted_once_and_sorted():
    values = np.zeros((65, 65))
    for (i, j), height in {(8, 0): 0.3, (0, 8): 0.4, (8, -8): 0.2, (3, 0): 0.9}.items():
        values[32 + i, 32 + j] = values[32 - i, 32 - j] = height
    values[32, 32] = 1
    peaks = autocorrelation_peaks(Autocorrelation(values))
    assert [(p.rows, p.columns, p.value) for p in peaks] == [
        (0, 8, 0.4),
        (8, 0, 0.3),
        (8, -8, 0.2),
    ]
    assert autocorrelation_peaks(Autocorrelation(values), count=2) == peaks[:2]
    assert autocorrelation_peaks(Autocorrelation(np.zeros((65, 65)))) == ()


def test_a_flat_picture_has_no_autocorrelation():
    power = residual_spectrum(np.full((64, 64, 3), 7, np.uint8)).power
    assert not power.any() and not autocorrelation(power).values.any()


def test_what_cannot_be_measured_is_refused():
    for shape in ((4, 4), (64,), (64, 64, 3)):
        with pytest.raises(ImageShapeError, match="spectrum has shape"):
            autocorrelation(np.ones(shape))
    with pytest.raises(ImageShapeError, match="16 x 16"):
        residual_spectrum(np.zeros((15, 15)))
    with pytest.raises(ParameterError, match="channel"):
        residual_spectrum(np.zeros((16, 16)), channel="hue")


def test_peaks_of_one_picture_are_corrected_for_all_of_its_frequencies(rng):
    residual = residual_spectrum(rng.normal(100, 10, (128, 160)))
    tested = spectral_peaks(residual.power)
    found = residual_peaks(residual)
    assert [one.p_holm for one in found] == holm([one.p_value for one in tested])
    assert [(one.peak.direction, one.peak.period) for one in found] == [
        (one.direction, one.period) for one in tested
    ]
    assert {one.mean for one in found} == {"power"}
    assert all(one.found == (one.p_holm < 0.01) for one in found)


def test_peaks_of_several_tiles_are_corrected_for_both_means(rng):
    residual = residual_spectrum(rng.normal(100, 10, (1600, 1600)))
    found = residual_peaks(residual)
    both = [*spectral_peaks(residual.power), *spectral_peaks(residual.locked)]
    assert residual.n_parts == 9
    assert [one.p_holm for one in found] == holm([one.p_value for one in both])
    assert [one.mean for one in found] == ["power"] * 19 + ["locked"] * 19
