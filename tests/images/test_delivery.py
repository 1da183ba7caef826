from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery import crop_center, resize_to_cover

SIDES = st.integers(1, 12)
IMAGES = arrays.arrays(
    np.uint8, st.one_of(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.just(3)))
)


@given(IMAGES, st.data())
def test_a_crop_is_the_middle_of_the_image(image, draw):
    rows = draw.draw(st.integers(1, image.shape[0]))
    columns = draw.draw(st.integers(1, image.shape[1]))
    image.setflags(write=False)
    crop = crop_center(image, (rows, columns))
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - columns) // 2
    assert crop.shape == (rows, columns, *image.shape[2:])
    assert np.array_equal(crop, image[top : top + rows, left : left + columns])


@given(IMAGES)
def test_cropping_to_its_own_size_and_twice_changes_nothing(image):
    assert np.array_equal(crop_center(image, image.shape[:2]), image)
    small = min(image.shape[:2])
    once = crop_center(image, small)
    assert np.array_equal(crop_center(once, small), once)


def test_a_smaller_image_is_refused_with_its_size(cat):
    with pytest.raises(ImageShapeError) as caught:
        crop_center(cat, 512)
    assert str(caught.value) == (
        "image has shape (300, 451, 3), smaller than the 512 x 512 asked for: pass a smaller --size"
    )


@given(IMAGES, SIDES, SIDES)
def test_resizing_covers_any_size_exactly(image, rows, columns):
    image.setflags(write=False)
    resized = resize_to_cover(image, (rows, columns))
    assert resized.shape == (rows, columns, *image.shape[2:])
    assert resized.dtype == np.uint8 and resized.flags.c_contiguous and resized.flags.writeable


@given(st.integers(0, 255), SIDES, SIDES, SIDES)
def test_a_constant_image_stays_constant(value, rows, columns, size):
    image = np.full((rows, columns, 3), value, np.uint8)
    assert (resize_to_cover(image, size) == value).all()


@given(IMAGES)
def test_an_image_that_fits_is_only_cropped(image):
    small = min(image.shape[:2])
    resized = resize_to_cover(image, small)
    assert np.array_equal(resized, crop_center(image, small))
    assert not np.shares_memory(resized, image)


def test_reducing_is_antialiased(rng):
    noise = rng.integers(0, 256, (400, 400), dtype=np.uint8)
    assert resize_to_cover(noise, 50).std() < noise.std() / 4


@pytest.mark.parametrize("deliver", [crop_center, resize_to_cover])
@pytest.mark.parametrize("size", [0, -1, 1.5, (4,), (4, 0), (1, 2, 3), "8", None])
def test_a_size_is_one_or_two_positive_whole_numbers(deliver, size):
    with pytest.raises(ParameterError, match="size is"):
        deliver(np.zeros((9, 9), np.uint8), size)


@pytest.mark.parametrize("deliver", [crop_center, resize_to_cover])
@pytest.mark.parametrize(
    "image",
    [np.zeros((9, 9)), np.zeros((9, 9, 4), np.uint8), np.zeros(9, np.uint8),
     np.zeros((0, 9), np.uint8)],
)  # fmt: skip
def test_what_is_no_image_is_refused(deliver, image):
    with pytest.raises(ImageShapeError, match=r"image has (shape|dtype)"):
        deliver(image, 1)
