from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.color import channel_plane
from forensics.traces.spectra.power import (
    MULTIPLE,
    centered,
    frequencies,
    half_power,
    iter_planes,
    mean_power,
    window_power,
)


def whole_power(plane: np.ndarray) -> np.ndarray:
    """The definition, as it stands in the documentation."""
    windows = [0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 1) / n) for n in plane.shape]
    window = np.outer(*windows)
    power = np.abs(np.fft.fft2(plane * window, axes=(0, 1))) ** 2 / np.sum(window**2)
    return np.fft.fftshift(power, axes=(0, 1))


sides = st.sampled_from([16, 32, 48, 80])


@given(sides, sides, st.integers(0, 2**32 - 1))
def test_the_half_tells_the_whole(rows, columns, seed):
    plane = np.random.default_rng(seed).normal(0, 9, (rows, columns))
    half = half_power(plane)
    assert half.shape == (rows, columns // 2 + 1)
    power = centered(half, columns)
    assert np.allclose(power, whole_power(plane))
    # Zero frequency is where it is said to be, and opposite frequencies are equal.
    assert np.allclose(power[1:, 1:], power[1:, 1:][::-1, ::-1])


@given(sides, sides, st.integers(0, 2**32 - 1))
def test_parseval(rows, columns, seed):
    plane = np.random.default_rng(seed).normal(100, 9, (rows, columns))
    weights = np.outer(*(np.sin(np.pi * (np.arange(n) + 1) / n) ** 4 for n in plane.shape))
    power = centered(half_power(plane), columns)
    assert np.isclose(power.mean(), np.sum(weights * plane**2) / weights.sum())


def test_white_noise_has_its_variance_at_every_frequency(rng):
    planes = rng.normal(0, 3, (200, 32, 48))
    power = mean_power([half_power(plane) for plane in planes], 48)
    assert np.allclose(power, 9, rtol=0.5) and np.isclose(power.mean(), 9, rtol=0.01)


def test_single_precision_adds_less_than_rounding_to_counts_has_added(rng):
    plane = rng.integers(0, 256, (512, 512)).astype(np.float64)
    plane[:, :] = 200 + 50 * np.sin(np.arange(512) / 40)  # no noise: what is left is rounding
    exact = half_power(plane)
    single = half_power(plane.astype(np.float32))
    assert single.dtype == np.float32
    quiet = exact < 1e-12
    assert quiet.sum() > 10_000 and single[quiet].mean() < 1e-9 < 1 / 12


def test_the_last_line_has_no_weight(rng):
    plane = rng.normal(0, 1, (32, 32))
    other = plane.copy()
    other[-1], other[:, -1] = 1e6, -1e6
    assert np.allclose(half_power(plane), half_power(other), rtol=1e-4)


def test_window_power_is_that_of_the_window():
    ones = np.ones((32, 64))
    expected = np.outer(window_power(32), window_power(64))
    half = half_power(ones)
    assert np.allclose(half / half[0, 0], (expected / expected[0, 0])[:, :33], atol=1e-12)


@pytest.mark.parametrize("length", [16, 512])
def test_period_2_comes_first_and_zero_is_in_the_middle(length):
    values = frequencies(length)
    assert values[0] == -0.5 and values[length // 2] == 0 and np.all(np.diff(values) > 0)
    assert -1 / 8 in values


@given(st.integers(16, 70), st.integers(16, 70))
def test_a_picture_loses_its_last_lines_only(rows, columns):
    image = np.random.default_rng(3).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    (plane,) = iter_planes(image)
    high, wide = rows // MULTIPLE * MULTIPLE, columns // MULTIPLE * MULTIPLE
    assert plane.dtype == np.float32
    assert np.allclose(plane, channel_plane(image)[:high, :wide], atol=1e-4)
    (plane,) = iter_planes(image.astype(float), "green")
    assert plane.dtype == np.float64 and np.array_equal(plane, image[:high, :wide, 1])


def test_a_large_picture_is_nine_tiles():
    image = np.zeros((1700, 1601), np.uint8)
    assert [plane.shape for plane in iter_planes(image)] == [(512, 512)] * 9


@pytest.mark.parametrize("shape", [(15, 99), (99, 15, 3), (1, 1)])
def test_too_small_a_picture_is_refused(shape):
    with pytest.raises(ImageShapeError, match="at least 16 x 16"):
        list(iter_planes(np.zeros(shape)))
    with pytest.raises(ImageShapeError, match="at least 100 x 100"):
        list(iter_planes(np.zeros(shape), least=100))


def test_what_is_no_image_is_refused():
    with pytest.raises(ImageShapeError, match="shape"):
        list(iter_planes(np.zeros((32, 32, 4))))
    with pytest.raises(ParameterError, match="channel"):
        list(iter_planes(np.zeros((32, 32)), "hue"))
