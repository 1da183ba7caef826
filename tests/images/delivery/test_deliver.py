from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as Pillow

from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery import deliver as delivery
from forensics.images.delivery.deliver import (
    crop_center,
    deliver,
    delivered_pixels,
    resize_to_cover,
)
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Png, Resize, Webp
from forensics.images.record import jpeg_record

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
        "image has shape (300, 451, 3), smaller than the 512 x 512 asked for: pass a smaller size"
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


# Deliveries


def test_a_delivery_is_the_steps_one_after_the_other(cat):
    cat.setflags(write=False)
    steps = [Jpeg(90), Crop(3, 5, 200, 300), Resize(0.75, "bicubic"), Jpeg(75, progressive=True)]
    done = deliver(cat, steps)
    first = decoded_pixels(jpeg_bytes(cat, quality=90))[3:203, 5:305]
    between = delivery.resized(first, (150, 225), kernel="bicubic")
    last = jpeg_bytes(between, quality=75, progressive=True)
    assert done.data == last and np.array_equal(done.pixels, decoded_pixels(last))
    assert done.steps == tuple(steps) and done.container == "JPEG"
    assert [value is None for value in done.psnr] == [False, True, True, False]
    assert 30 < done.psnr[3] < done.psnr[0] < 50


def test_a_delivery_that_ends_in_no_file_ends_in_a_png(cat):
    done = deliver(cat, [Crop(1, 2, 30, 40)])
    assert done.steps == (Crop(1, 2, 30, 40), Png()) and done.container == "PNG"
    assert np.array_equal(done.pixels, cat[1:31, 2:42]) and done.psnr == (None, np.inf)
    assert not np.shares_memory(done.pixels, cat)
    assert np.array_equal(deliver(cat, []).pixels, cat)


@given(IMAGES, st.lists(st.sampled_from([Jpeg(75), Webp(80), Png(), Resize(1.5)]), max_size=3))
def test_what_arrives_is_what_the_file_holds(image, steps):
    done = deliver(image, steps)
    assert np.array_equal(decoded_pixels(done.data, gray=image.ndim == 2), done.pixels)
    assert done.pixels.ndim == image.ndim
    assert deliver(image, steps).data == done.data


def test_cropping_between_two_saves_shifts_the_grid(cat):
    aligned, shifted = (
        deliver(cat, [Jpeg(60), *between, Jpeg(95)]).pixels
        for between in ([], [Crop(3, 5, 297, 446)])
    )
    steps = np.abs(np.diff(aligned[:, :, 1].astype(float), axis=0)).mean(axis=1)
    assert np.argmax([steps[k::8].mean() for k in range(8)]) == 7
    steps = np.abs(np.diff(shifted[:, :, 1].astype(float), axis=0)).mean(axis=1)
    assert np.argmax([steps[k::8].mean() for k in range(8)]) == (7 - 3) % 8


def test_a_surface_surrounds_the_picture(cat):
    done = deliver(cat, [Paste(10, 20, 400, 500, 9)])
    assert np.array_equal(done.pixels[10:310, 20:471], cat)
    done.pixels[10:310, 20:471] = 9
    assert (done.pixels == 9).all()


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Crop(0, 0, 301, 10), "leads out of it"),
        (Crop(0, 400, 10, 52), "leads out of it"),
        (Paste(0, 0, 299, 900), "leads out of the surface"),
        (Paste(1, 0, 300, 451), "leads out of the surface"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_size(cat, step, told):
    with pytest.raises(ImageShapeError, match=r"image has shape .300, 451, 3., (crop|paste)"):
        deliver(cat, [step])
    with pytest.raises(ImageShapeError, match=told):
        deliver(cat, [step])


def test_every_lower_quality_makes_a_smaller_file(cat):
    sizes = [len(deliver(cat, [Jpeg(quality)]).data) for quality in (98, 90, 75, 60, 50)]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 5
    deliver(cat, [Jpeg(98), Jpeg(90), Png(), Jpeg(75), Jpeg(60), Jpeg(50)])
    assert (
        jpeg_record(Pillow.open(io.BytesIO(deliver(cat, [Jpeg(98), Jpeg(50)]).data))).quality == 50
    )


def test_what_is_no_image_is_not_delivered():
    with pytest.raises(ImageShapeError, match="image has dtype"):
        deliver(np.zeros((9, 9)), [Png()])


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Crop(3, 5, 100, 90),),
        (Jpeg(70), Resize(0.8, "bicubic")),
        (Png(), Resize(1.2, "lanczos"), Jpeg(60)),
        (Webp(60), Png()),
    ],
)
def test_the_pixels_alone_are_those_of_the_file(cat, steps):
    assert np.array_equal(delivered_pixels(cat, steps), deliver(cat, steps).pixels)
