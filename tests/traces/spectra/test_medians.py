from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.color import channel_plane
from forensics.traces.spectra.residual import local_median, median_residual


def test_the_network_finds_the_median_of_all_zeros_and_ones_in_sorted_columns():
    # The columns are sorted by a network that sorts; what sorts all zeros and ones sorts all.
    columns = [np.repeat([0, 1], (5 - ones, ones)) for ones in range(6)]
    for chosen in itertools.combinations_with_replacement(range(6), 5):
        for order in {chosen, chosen[::-1], (chosen[2], *chosen[:2], *chosen[3:])}:
            window = np.stack([columns[ones] for ones in order], axis=1)
            assert local_median(window)[2, 2] == (sum(order) >= 13)


def test_every_pattern_of_ones_at_once():
    # 7,776 windows side by side, with margins between them.
    columns = np.array([np.repeat([0, 1], (5 - ones, ones)) for ones in range(6)])
    counts = np.array(list(itertools.product(range(6), repeat=5)))
    windows = columns[counts].transpose(2, 0, 1)  # (5, 7776, 5)
    plane = windows.reshape(5, -1).astype(np.int8)
    medians = local_median(plane)[2, 2::5]
    assert np.array_equal(medians, counts.sum(axis=1) >= 13)


@settings(max_examples=40)
@given(
    st.integers(2, 70),
    st.integers(2, 70),
    st.sampled_from([np.uint8, np.int32, np.float32, np.float64]),
    st.integers(0, 2**32 - 1),
)
def test_it_is_the_median_that_scipy_finds(rows, columns, dtype, seed):
    plane = np.random.default_rng(seed).integers(0, 200, (rows, columns)).astype(dtype)
    before = plane.copy()
    plane.setflags(write=False)
    found = local_median(plane)
    assert found.dtype == dtype and np.array_equal(plane, before)
    assert np.array_equal(found, ndimage.median_filter(plane, 5))


def test_residuals_of_whole_counts_are_whole_thousandths_exactly(rng):
    image = rng.integers(0, 256, (40, 51, 3), dtype=np.uint8)
    thousandths = np.rint(channel_plane(image) * 1000)
    expected = (thousandths - ndimage.median_filter(thousandths, 5)) / 1000
    assert np.array_equal(median_residual(image), expected)
    for channel, plane in (("red", 0), ("green", 1), ("blue", 2)):
        counts = image[..., plane].astype(float)
        expected = counts - ndimage.median_filter(counts, 5)
        assert np.array_equal(median_residual(image, channel=channel), expected)


def test_floating_point_keeps_its_precision(rng):
    blend = rng.uniform(100, 101, (30, 30, 3)) * (1 + 1e-12)
    plane = channel_plane(blend)
    assert np.array_equal(median_residual(blend), plane - ndimage.median_filter(plane, 5))


@settings(max_examples=20)
@given(st.integers(-40, 40), st.booleans())
def test_added_counts_cancel_and_turning_turns(added, turned):
    image = np.random.default_rng(1).integers(50, 200, (20, 31), dtype=np.uint8)
    residual = median_residual(image)
    brighter = (image.astype(int) + added).astype(np.uint8)
    assert np.array_equal(median_residual(brighter), residual)
    if turned:
        assert np.array_equal(median_residual(image.T), residual.T)


def test_a_flat_picture_has_no_residual():
    assert not median_residual(np.full((9, 9, 3), 77, np.uint8)).any()


def test_what_is_no_image_is_refused():
    with pytest.raises(ImageShapeError):
        median_residual(np.zeros((4, 4, 4)))
    with pytest.raises(ParameterError):
        median_residual(np.zeros((4, 4)), channel="hue")
