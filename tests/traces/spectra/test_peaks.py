from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammainc, gammaincinv

from forensics.errors import ImageShapeError
from forensics.traces.spectra import peaks
from forensics.traces.spectra.peaks import DIRECTIONS, ratios_to_noise, spectral_peaks
from forensics.traces.spectra.power import power_spectrum

PERIODS = (2.0, 4.0, 8.0, 16.0, 8 / 3)
STEPS = {"rows": (1, 0), "columns": (0, 1), "diagonal": (1, 1), "antidiagonal": (1, -1)}


def wave(shape: tuple[int, int], direction: str, period: float) -> np.ndarray:
    i, j = np.indices(shape)
    down, right = STEPS[direction]
    return np.cos(2 * np.pi * (down * i + right * j) / period)


def found(power: np.ndarray, level: float = 1e-6) -> set[tuple[str, float]]:
    return {(p.direction, p.period) for p in spectral_peaks(power) if p.p_value < level}


TESTED = [(d, p) for p in PERIODS for d in DIRECTIONS if (d, p) != ("antidiagonal", 2.0)]


@pytest.mark.parametrize(("direction", "period"), TESTED)
@pytest.mark.parametrize("shape", [(256, 256), (192, 320)])
def test_each_wave_is_found_where_it_is_and_nowhere_else(rng, shape, direction, period):
    image = rng.normal(100, 4, shape) + 2 * wave(shape, direction, period)
    power = power_spectrum(image).power
    assert found(power) == {(direction, period)}
    (peak,) = [p for p in spectral_peaks(power) if (p.direction, p.period) == (direction, period)]
    assert peak.amplitude == pytest.approx(2, rel=0.25)


def test_every_direction_is_tested_once_at_every_period(rng):
    peaks = spectral_peaks(rng.exponential(1, (64, 64)))
    assert [(p.direction, p.period) for p in peaks] == TESTED


def test_transposing_swaps_rows_and_columns(rng):
    power = power_spectrum(rng.normal(0, 1, (128, 192))).power
    swapped = {"rows": "columns", "columns": "rows"}
    turned = {(p.direction, p.period): p for p in spectral_peaks(power.T)}
    for peak in spectral_peaks(power):
        other = turned[swapped.get(peak.direction, peak.direction), peak.period]
        assert np.isclose(peak.ratio, other.ratio) and np.isclose(peak.p_value, other.p_value)


@settings(max_examples=20)
@given(st.floats(1e-3, 1e3))
def test_ratios_do_not_depend_on_the_contrast(scale):
    power = np.random.default_rng(4).exponential(1, (128, 128))
    for a, b in zip(spectral_peaks(power), spectral_peaks(scale * power), strict=True):
        assert np.isclose(a.ratio, b.ratio) and np.isclose(a.p_value, b.p_value)
        assert np.isclose(a.amplitude * scale**0.5, b.amplitude)


@pytest.mark.parametrize("n_averaged", [1, 20])
@pytest.mark.parametrize("side", [64, 128, 512])
def test_in_noise_p_values_are_what_they_say(rng, side, n_averaged):
    p_values = []
    for _ in range(400 if side < 512 else 40):
        power = rng.gamma(n_averaged, 1 / n_averaged, (side, side))
        places = np.array([(2, 0), (0, 4), (4, 4), (6, 0), (0, 6), (6, -6)])
        p_values.append(ratios_to_noise(power, places)[2])
    shares = [np.mean(np.concatenate(p_values) < level) for level in (0.1, 0.01)]
    # Bins of a window-free field are independent: more of them count than is assumed.
    assert shares[0] < 0.13 and shares[1] < 0.025
    assert shares[0] > 0.05


def test_in_noise_real_bins_have_their_own_distribution(rng):
    # Period 2: the coefficient has no imaginary part, and is large more often.
    p_values = []
    for _ in range(400):
        power = power_spectrum(rng.normal(0, 1, (64, 64))).power
        p_values += [p.p_value for p in spectral_peaks(power) if p.period == 2]
    assert np.mean(np.less(p_values, 0.05)) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.less(p_values, 0.01)) < 0.025


def test_a_flat_spectrum_of_nothing_has_no_peaks():
    for peak in spectral_peaks(np.zeros((64, 64))):
        assert peak.p_value == 1 and peak.ratio == 0 and peak.amplitude == 0


def test_pure_stripes_are_found_without_any_noise():
    assert ("rows", 2.0) in found(power_spectrum(wave((64, 64), "rows", 2.0)).power)


@pytest.mark.parametrize("shape", [(64,), (48, 64), (64, 65), (100, 100), (64, 64, 3)])
def test_what_cannot_be_tested_is_refused(shape):
    with pytest.raises(ImageShapeError, match="multiples of 16 from 64 on"):
        spectral_peaks(np.ones(shape))


def test_the_table_of_quartiles_is_that_of_gamma_distributions():
    log_shapes, spreads, medians = peaks._gamma_table()
    shapes = np.exp(log_shapes)
    assert np.allclose(gammainc(shapes, medians * shapes), 0.5, atol=1e-9)
    low, high = (gammaincinv(shapes, share) for share in (0.25, 0.75))
    assert np.allclose(np.log(high / low), spreads, atol=1e-9)
