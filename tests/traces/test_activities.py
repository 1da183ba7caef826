from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forensics.errors import ImageShapeError
from forensics.images.delivery.encode import decoded_pixels, webp_bytes
from forensics.traces import activities as module
from forensics.traces.activities import activity, relative_residual, webp_share

CELLS = arrays.arrays(np.float64, (4, 4), elements=st.floats(-1, 1, width=32))
SHAPES = module._WEBP


def noise(seed: int = 0, shape: tuple[int, ...] = (192, 192)) -> np.ndarray:
    return np.random.default_rng(seed).normal(120, 10, shape)


def busier(image: np.ndarray, factor: float = 1.3) -> np.ndarray:
    changed = image.copy()
    changed[::2] = (changed[::2] - 120) * factor + 120
    return changed


# The lines


def test_rows_that_alternate_are_found_in_rows_only():
    rows, columns = activity(busier(noise())).periods
    assert (rows.axis, columns.axis) == ("rows", "columns")
    assert rows.p_value < 1e-3 < columns.p_value


def test_transposing_swaps_rows_and_columns():
    image = busier(noise())
    found, turned = activity(image), activity(image.T)
    for one, other in zip(found.periods, reversed(turned.periods), strict=True):
        assert np.log(one.p_value) == pytest.approx(np.log(other.p_value), rel=1e-2, abs=1e-2)
    assert np.allclose(found.pattern, turned.pattern.T, atol=1e-5)


def test_the_busier_the_more_evidence():
    p_values = [activity(busier(noise(), f)).periods[0].p_value for f in (1, 1.15, 1.3, 1.6)]
    assert p_values == sorted(p_values, reverse=True)


def test_noise_is_rarely_significant():
    p_values = [
        one.p_value for seed in range(60) for one in activity(noise(seed, (96, 96))).periods
    ]
    assert sum(p < 0.01 for p in p_values) <= 5


def test_quiet_places_have_their_say():
    """A grid of half a count in the quiet half of a picture, edges of 50 in the other."""
    image = noise(1) * 0.1 + 100
    image[:, 96:] = noise(2, (192, 96)) * 5
    image[::2, :96] += np.random.default_rng(3).normal(0, 1, (96, 96))
    assert activity(image).periods[0].p_value < 1e-4


def test_brightness_and_contrast_do_not_matter():
    image = busier(noise())
    first = activity(image).periods[0].p_value
    for changed in (image + 40, 2 * image, 255 - image):
        assert np.log(activity(changed).periods[0].p_value) == pytest.approx(np.log(first), rel=0.1)


def test_a_constant_picture_gives_no_evidence():
    found = activity(np.full((128, 128, 3), 50, np.uint8))
    assert all(one.p_value > 0.1 for one in found.periods)
    assert not found.pattern.any() and found.webp == 0


def test_photographs_have_none():
    for name in ("camera", "chelsea", "coffee", "gravel"):
        image = getattr(skimage.data, name)()
        assert all(one.p_value > 1e-3 for one in activity(image).periods)


def test_the_picture_is_left_alone_and_may_be_read_only(cat):
    image = cat[:128, :128].copy()
    image.setflags(write=False)
    before = image.copy()
    assert np.array_equal(activity(image).pattern, activity(image).pattern)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("shape", [(66, 66), (67, 130, 3)])
def test_the_smallest_pictures_have_an_answer(shape, rng):
    found = activity(rng.integers(0, 256, shape, dtype=np.uint8))
    assert all(0 < one.p_value <= 1 and one.period == 2 for one in found.periods)
    assert found.pattern.shape == (4, 4) and abs(found.pattern.sum()) < 1e-9
    assert 0 <= found.webp <= 1


@pytest.mark.parametrize("shape", [(40, 200), (200, 40, 3), (0, 4), (64,), (66, 66, 4)])
def test_small_and_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        activity(np.zeros(shape, np.uint8))


# The relative residual


def test_a_residual_has_no_unit():
    plane = noise().astype(np.float32)
    one, tenfold = relative_residual(plane), relative_residual(10 * plane)
    assert one.shape == plane.shape
    assert np.abs(one).mean() == pytest.approx(1, abs=0.1)
    assert np.abs(tenfold - one).mean() < 0.1


def test_a_constant_plane_has_no_residual():
    assert np.abs(relative_residual(np.full((64, 64), 200, np.float32))).max() < 1e-3


# WebP


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee"])
def test_webp_explains_the_pattern_of_a_webp_picture(name):
    image = getattr(skimage.data, name)()
    assert activity(decoded_pixels(webp_bytes(image, quality=80))).webp > 0.75


def test_the_shapes_are_orthonormal_to_their_last_digit():
    rows = SHAPES.reshape(len(SHAPES), -1)
    assert np.allclose(rows @ rows.T, np.eye(len(SHAPES)), atol=5e-3)


@given(CELLS)
def test_a_share_is_a_share(pattern):
    assert 0 <= webp_share(pattern, SHAPES) <= 1


@settings(max_examples=30)
@given(CELLS, st.integers(0, 3), st.integers(0, 3), st.floats(0.1, 10))
def test_place_and_size_do_not_matter(pattern, down, right, size):
    pattern = np.where(np.abs(pattern) < 1e-3, 0, pattern)
    moved = size * np.roll(pattern, (down, right), axis=(0, 1))
    assert webp_share(moved, SHAPES) == pytest.approx(webp_share(pattern, SHAPES), abs=1e-9)


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 3))
def test_what_is_made_of_the_shapes_is_explained_whole(first, second, shift):
    pattern = np.roll(first * SHAPES[0] + second * SHAPES[1], shift, axis=1)
    if np.abs(pattern).max() > 1e-3:
        assert webp_share(pattern, SHAPES) > 0.98


def test_nothing_is_explained_of_nothing():
    assert webp_share(np.zeros((4, 4)), SHAPES) == 0
