from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.traces.fingerprints.frame import rescaled

SIDES = st.integers(4, 40)
SHAPES = st.tuples(SIDES, SIDES)


def plane(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


@given(SHAPES)
def test_the_same_size_is_the_same_plane(shape):
    assert np.array_equal(rescaled(plane(shape), shape), plane(shape))


@given(SHAPES, SHAPES, st.floats(-100, 100, width=32))
def test_constants_stay(old, new, value):
    result = rescaled(np.full(old, value), new)
    assert result.shape == new and result.dtype == np.float32
    assert np.allclose(result, value, rtol=1e-5, atol=1e-5)


@given(SHAPES, SHAPES, st.floats(-4, 4), st.floats(-4, 4))
def test_sums_stay_sums(old, new, a, b):
    one, other = plane(old), plane(old, 1)
    together = rescaled(a * one + b * other, new)
    assert np.allclose(together, a * rescaled(one, new) + b * rescaled(other, new), atol=1e-4)


@given(SHAPES, SHAPES)
def test_transposing_and_mirroring_commute_with_it(old, new):
    image = plane(old)
    result = rescaled(image, new)
    assert np.allclose(rescaled(image.T, new[::-1]), result.T, atol=1e-5)
    assert np.allclose(rescaled(image[::-1, ::-1], new), result[::-1, ::-1], atol=1e-5)


@settings(max_examples=60)
@given(SHAPES, SHAPES)
def test_it_is_the_lanczos_of_pillow(old, new):
    image = plane(old)
    expected = Pillow.fromarray(image).resize(new[::-1], Pillow.Resampling.LANCZOS)
    assert np.abs(rescaled(image, new) - np.asarray(expected)).max() < 1e-4


@pytest.mark.parametrize("scale", [0.5, 0.75])
def test_reducing_removes_what_no_longer_fits(scale):
    image = np.where(np.indices((64, 64)).sum(axis=0) % 2, 1.0, -1.0)
    side = round(64 * scale)
    assert np.abs(rescaled(image, (side, side))[8:-8, 8:-8]).max() < 0.2


def test_a_wave_keeps_its_height_when_enlarged():
    image = np.cos(2 * np.pi * np.arange(64) / 16)[None].repeat(64, axis=0)
    large = rescaled(image, (96, 96))
    assert np.abs(large).max() == pytest.approx(1, abs=0.03)


def test_the_plane_is_left_alone():
    image = plane((12, 9))
    image.setflags(write=False)
    result = rescaled(image, (12, 9))
    assert result is not image and np.array_equal(image, plane((12, 9)))
