from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as Pillow

from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery.resize import KERNELS, interpolated, resized, scaled_shape

SIDES = st.integers(1, 12)
IMAGES = arrays.arrays(
    np.uint8, st.one_of(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.just(3)))
)
HOW = (st.sampled_from(KERNELS), st.booleans())


@given(IMAGES, SIDES, SIDES, *HOW)
def test_the_size_is_the_asked_one_and_the_input_unchanged(image, rows, columns, kernel, antialias):
    image.setflags(write=False)
    made = resized(image, (rows, columns), kernel=kernel, antialias=antialias)
    assert made.shape == (rows, columns, *image.shape[2:])
    assert made.dtype == np.uint8 and made.flags.c_contiguous and made.flags.writeable


@given(IMAGES, *HOW)
def test_its_own_size_changes_nothing(image, kernel, antialias):
    assert np.array_equal(resized(image, 1.0, kernel=kernel, antialias=antialias), image)


@given(st.integers(0, 255), SIDES, SIDES, SIDES, SIDES, *HOW)
def test_a_constant_image_stays_constant(value, rows, columns, high, wide, kernel, antialias):
    image = np.full((rows, columns), value, np.uint8)
    assert (resized(image, (high, wide), kernel=kernel, antialias=antialias) == value).all()


@given(IMAGES, SIDES, SIDES, *HOW)
def test_mirroring_first_or_last_is_the_same(image, rows, columns, kernel, antialias):
    if kernel == "nearest":  # a centre between two pixels takes the later one
        return
    made = interpolated(image, (rows, columns), kernel=kernel, antialias=antialias)
    turned = interpolated(image[::-1, ::-1], (rows, columns), kernel=kernel, antialias=antialias)
    assert np.allclose(turned[::-1, ::-1], made)


@given(IMAGES, SIDES, SIDES, *HOW)
def test_transposing_first_or_last_is_the_same(image, rows, columns, kernel, antialias):
    made = interpolated(image, (rows, columns), kernel=kernel, antialias=antialias)
    turned = interpolated(image.swapaxes(0, 1), (columns, rows), kernel=kernel, antialias=antialias)
    assert np.allclose(turned.swapaxes(0, 1), made)


@pytest.mark.parametrize("kernel", KERNELS[1:])
@pytest.mark.parametrize("scale", [0.3, 0.5, 0.77, 1.3, 2])
def test_antialiased_it_is_pillow(cat, kernel, scale):
    rows, columns = scaled_shape(cat.shape, scale)
    how = Pillow.Resampling[kernel.upper()]
    theirs = np.asarray(Pillow.fromarray(cat).resize((columns, rows), how))
    assert np.array_equal(resized(cat, scale, kernel=kernel), theirs)
    ours = np.clip(interpolated(cat, (rows, columns), kernel=kernel), 0, 255)
    assert np.abs(ours - theirs).max() < 2  # Pillow rounds between the axes


@pytest.mark.parametrize("kernel", KERNELS[1:])
def test_without_antialiasing_reducing_folds_back(rng, kernel):
    noise = rng.integers(0, 256, (400, 400), dtype=np.uint8)
    plain = resized(noise, 1 / 8, kernel=kernel, antialias=False)
    assert resized(noise, 1 / 8, kernel=kernel).std() < noise.std() / 4 < plain.std() / 1.5


def test_bilinear_without_antialiasing_halves_as_the_mean_of_two(rng):
    noise = rng.integers(0, 256, (40, 60)).astype(float)
    pairs = noise.reshape(20, 2, 30, 2).mean(axis=(1, 3))
    half = interpolated(noise, (20, 30), kernel="bilinear", antialias=False)
    assert np.allclose(half, pairs)


@given(IMAGES, SIDES, SIDES)
def test_nearest_only_takes_pixels_there_are(image, rows, columns):
    made = resized(image, (rows, columns), kernel="nearest")
    assert set(made.ravel()) <= set(image.ravel())


@pytest.mark.parametrize("antialias", [True, False])
def test_enlarging_does_not_depend_on_antialiasing(cat, antialias):
    for kernel in KERNELS:
        one = resized(cat, 1.3, kernel=kernel, antialias=antialias)
        assert np.array_equal(one, resized(cat, 1.3, kernel=kernel))


@given(SIDES, SIDES, st.floats(0.01, 100))
def test_a_scale_rounds_to_a_size(rows, columns, scale):
    for side, made in zip((rows, columns), scaled_shape((rows, columns), scale), strict=True):
        assert made >= 1 and abs(made - side * scale) <= max(0.5, 1 - side * scale)


@pytest.mark.parametrize(
    "wanted",
    [0, -1.0, float("nan"), float("inf"), "2", None, 1e9, (4, 0), (4,), (4, 5, 6), (1.5, 2)],
)  # fmt: skip
def test_what_is_no_size_and_no_scale_is_refused(wanted):
    with pytest.raises(ParameterError, match=r"(size|scale) is"):
        resized(np.zeros((9, 9), np.uint8), wanted)


def test_other_kernels_and_arrays_are_refused():
    with pytest.raises(ParameterError, match="kernel is 'area'"):
        resized(np.zeros((9, 9), np.uint8), 2, kernel="area")
    with pytest.raises(ImageShapeError, match="image has dtype"):
        resized(np.zeros((9, 9)), 2)
