from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from forensics.errors import ImageShapeError
from forensics.traces.periods import (
    HANN_CORRELATION,
    hann,
    noise_bins,
    noise_ratios,
    period_spectrum,
    ratio_spectrum,
    windowed,
)
from forensics.traces.profiles import KINDS, LineProfile, line_profile

PERIODS = (2, 4, 8, 16, 8 / 3)
LENGTHS = st.integers(64, 700)
SEEDS = st.integers(0, 2**32)


def noise_profile(length: int, seed: int, kind: str = "signed") -> LineProfile:
    values = np.random.default_rng(seed).normal(0 if kind == "signed" else 100, 9, length)
    return LineProfile(values, "rows", kind, "luma")


def prepared(profile: LineProfile) -> np.ndarray:
    """What the method says to do before the transform, by other means."""
    values = profile.values if profile.kind == "signed" else np.log(profile.values)
    values = values[: len(values) - len(values) % 16]
    trend = median_filter(values, 31, mode="mirror")
    return (values - trend) * np.sin(np.pi * np.arange(len(values)) / len(values)) ** 2


def noise_level(power: np.ndarray, k: int) -> tuple[float, int]:
    """The local median over ln 2 and its number of bins, by walking over the bins."""
    n = 2 * (len(power) - 1)
    side = max(10, min(40, len(power) // 6))
    if k == len(power) - 1:
        near = range(k - 3 - 2 * side, k - 3)
    else:
        reach = min(side + 3, max(14, k // 2))
        near = [j for j in range(k - reach, k + reach + 1) if abs(j - k) > 3]
    noise = [
        power[j]
        for j in near
        if 0 <= j < len(power) and j >= n / 31 and 1 < j % (n // 16) < n // 16 - 1
    ]
    return float(np.median(noise) / np.log(2)), len(noise)


@given(LENGTHS, SEEDS, st.sampled_from(KINDS))
def test_the_spectrum_is_that_of_the_detrended_windowed_profile(length, seed, kind):
    profile = noise_profile(length, seed, kind)
    power = period_spectrum(profile)
    assert power.shape == (length // 16 * 8 + 1,)
    assert np.allclose(power, np.abs(np.fft.rfft(prepared(profile))) ** 2, rtol=1e-6, atol=1e-9)


@given(LENGTHS, SEEDS, st.sampled_from(KINDS))
def test_parseval(length, seed, kind):
    profile = noise_profile(length, seed, kind)
    power = period_spectrum(profile)
    n = 2 * (len(power) - 1)
    both_sides = power[0] + 2 * power[1:-1].sum() + power[-1]
    assert both_sides / n == pytest.approx(np.sum(prepared(profile) ** 2), rel=1e-9)


def test_the_window_leaks_into_one_bin_on_either_side():
    n, k = 96, 17
    power = np.abs(np.fft.rfft(hann(n) * np.cos(2 * np.pi * k * np.arange(n) / n))) ** 2
    assert np.flatnonzero(power > 1e-18).tolist() == [k - 1, k, k + 1]
    assert power[k] == pytest.approx((n / 4) ** 2)


@given(LENGTHS, SEEDS)
def test_a_constant_is_taken_off_with_the_trend(length, seed):
    values = np.random.default_rng(seed).integers(-99, 99, length).astype(float)
    assert np.array_equal(windowed(values + 1000), windowed(values))
    assert not windowed(np.full(length, 3.5)).any()


@given(st.integers(4, 60).map(lambda n: n * 16))
def test_noise_is_told_by_no_tested_bin_nor_its_neighbours(n):
    noise = noise_bins(n // 2 + 1)
    for multiple in range(9):
        center = multiple * n // 16
        assert not noise[max(center - 1, 0) : center + 2].any()
    assert not noise[: n // 31].any()
    assert noise.sum() >= n // 2 + 1 - 9 * 3 - n / 31 - 1


@given(LENGTHS, SEEDS, st.sampled_from(KINDS))
def test_ratios_are_power_over_the_median_of_the_neighbours(length, seed, kind):
    profile = noise_profile(length, seed, kind)
    power = period_spectrum(profile)
    ratios, effective = noise_ratios(profile)
    n = 2 * (len(power) - 1)
    for k in {n // 2, n // 4, n // 8, n // 16, 3 * n // 8, n // 5, n // 3, n // 2 - 1}:
        level, count = noise_level(power, k)
        assert ratios[k] == pytest.approx(power[k] / level, rel=1e-9)
        assert effective[k] == pytest.approx(0.48 * count / HANN_CORRELATION)


@given(LENGTHS, SEEDS, st.sampled_from(KINDS))
def test_ratios_are_known_everywhere_but_at_the_lowest_frequencies(length, seed, kind):
    ratios = ratio_spectrum(noise_profile(length, seed, kind))
    n = 2 * (len(ratios) - 1)
    known = np.isfinite(ratios)
    assert known[n // 31 :].all()
    assert np.all(ratios[known] >= 0)


def test_ratios_of_noise_are_about_one(rng):
    profiles = [
        line_profile(rng.normal(128, 20, (400, 40)), kind=kind) for _ in range(40) for kind in KINDS
    ]
    ratios = np.array([ratio_spectrum(profile)[30:-20] for profile in profiles])
    assert np.median(ratios) / np.log(2) == pytest.approx(1, abs=0.05)
    assert ratios.mean() == pytest.approx(1, abs=0.1)  # a mean over an estimated level is above 1


@pytest.mark.parametrize("period", PERIODS)
def test_a_wave_stands_out_at_its_period_only(rng, period):
    values = rng.normal(size=511) + 2 * np.cos(2 * np.pi * np.arange(511) / period)
    ratios = ratio_spectrum(LineProfile(values, "rows", "signed", "luma"))
    k = round(496 / period)
    assert np.nanargmax(ratios) == k
    assert ratios[k] > 30
    ratios[k - 1 : k + 2] = 0
    assert np.nanmax(ratios) < 20


@given(SEEDS, st.floats(0.1, 1000), st.sampled_from(KINDS))
def test_the_unit_of_the_profile_changes_no_ratio(seed, factor, kind):
    profile = noise_profile(200, seed, kind)
    other = LineProfile(profile.values * factor, "rows", kind, "luma")
    assert np.allclose(ratio_spectrum(other), ratio_spectrum(profile), rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_profile_is_left_as_it_is(kind):
    profile = noise_profile(100, 0, kind)
    before = profile.values.copy()
    profile.values.setflags(write=False)
    ratio_spectrum(profile)
    assert np.array_equal(profile.values, before)


@pytest.mark.parametrize("measure", [period_spectrum, ratio_spectrum, noise_ratios])
def test_a_short_profile_is_refused_with_the_size_it_takes(measure):
    with pytest.raises(ImageShapeError, match=r"has 63 values, .* at least 64: .* 66 pixels"):
        measure(noise_profile(63, 0))
    measure(noise_profile(64, 0))
