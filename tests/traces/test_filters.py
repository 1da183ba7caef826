"""The filters: the same planes as from scipy.ndimage, whatever the size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter

from forensics.traces.filters import box_mean, smoothed

SHAPES = [(64, 48), (5, 130), (1, 9), (33, 2)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("sigma", "radius"), [(1, 2), (0.7, 1), (2.0, 8)])
def test_a_gaussian_is_that_of_scipy(rng, shape, sigma, radius):
    plane = rng.normal(0, 50, shape)
    expected = gaussian_filter(plane, sigma, radius=radius)
    assert np.allclose(smoothed(plane, sigma, radius=radius), expected, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", [1, 3, 9, 15])
def test_a_box_is_that_of_scipy(rng, shape, side):
    plane = rng.normal(0, 50, shape)
    assert np.allclose(box_mean(plane, side), uniform_filter(plane, side), atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_keep_the_precision_and_their_input(rng, dtype):
    plane = rng.normal(0, 50, (40, 40)).astype(dtype)
    before = plane.copy()
    for found in (smoothed(plane, 1, radius=2), box_mean(plane, 15)):
        assert found.dtype == dtype and found.shape == plane.shape
    assert np.array_equal(plane, before)


def test_a_far_bright_line_leaves_no_rounding_behind():
    plane = np.ones((4, 400), np.float32)
    plane[:, 0] = 1e7
    assert (box_mean(plane, 15)[:, 20:] == 1).all()
