from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFile

from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.encode import (
    SUBSAMPLINGS,
    decoded_pixels,
    jpeg_bytes,
    png_bytes,
    webp_bytes,
)
from forensics.images.record import jpeg_record


@pytest.fixture
def noise(rng) -> np.ndarray:
    return rng.integers(0, 256, (120, 121, 3), dtype=np.uint8)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("quality", [1, 50, 75, 98, 100])
def test_the_header_says_what_was_asked_for(cat, noise, quality, subsampling, progressive):
    for image in (cat, noise, cat[:1, :1], cat[:, :, 0]):
        how = {"quality": quality, "subsampling": subsampling, "progressive": progressive}
        data = jpeg_bytes(image, **how)
        facts = jpeg_record(Pillow.open(io.BytesIO(data)))
        assert (facts.quality, facts.exact, facts.progressive) == (quality, True, progressive)
        assert facts.subsampling == (subsampling if image.ndim == 3 else "gray")
        assert decoded_pixels(data, gray=image.ndim == 2).shape == image.shape
        assert data == jpeg_bytes(image, **how)


def test_the_order_of_the_scans_does_not_change_the_pixels(cat):
    baseline, progressive = (
        decoded_pixels(jpeg_bytes(cat, quality=80, progressive=order)) for order in (False, True)
    )
    assert np.array_equal(baseline, progressive)


def test_noise_that_pillow_has_no_room_for_is_saved_in_threads_too(rng, capfd):
    image = rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    room = ImageFile.MAXBLOCK
    found = []

    def save() -> None:
        data = jpeg_bytes(image, quality=98, subsampling="4:4:4", progressive=True)
        found.append(decoded_pixels(data).shape)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [image.shape] * 4
    assert room == ImageFile.MAXBLOCK and capfd.readouterr().err == ""


def test_lossless_files_keep_every_pixel(cat, noise):
    for image in (cat, noise, cat[:1, :1], cat[:, :, 0]):
        for data in (png_bytes(image), webp_bytes(image, lossless=True)):
            assert np.array_equal(decoded_pixels(data, gray=image.ndim == 2), image)


def test_webp_is_lossy_unless_told(cat):
    low, high = (webp_bytes(cat, quality=quality) for quality in (20, 90))
    assert len(low) < len(high) < cat.size and low[12:16] == high[12:16] == b"VP8 "
    assert not np.array_equal(decoded_pixels(high), cat)


@pytest.mark.parametrize("quality", [0, 101, -1, 7.5, "75", None])
def test_qualities_are_whole_numbers_of_1_to_100(cat, quality):
    with pytest.raises(ParameterError, match="quality is"):
        jpeg_bytes(cat, quality=quality)
    if quality != 0:
        with pytest.raises(ParameterError, match="quality is"):
            webp_bytes(cat, quality=quality)


def test_other_subsamplings_and_arrays_are_refused(cat):
    with pytest.raises(ParameterError, match="subsampling is '4:1:1'"):
        jpeg_bytes(cat, quality=75, subsampling="4:1:1")
    for encode in (png_bytes, webp_bytes, lambda image: jpeg_bytes(image, quality=75)):
        with pytest.raises(ImageShapeError, match="image has dtype"):
            encode(cat.astype(float))
        with pytest.raises(ImageShapeError, match="image has shape"):
            encode(cat[:, :, :2])


@pytest.mark.parametrize(("kind", "side"), [("JPEG", 65_501), ("WEBP", 16_384)])
def test_a_side_that_the_file_cannot_hold_is_refused(kind, side):
    image = np.zeros((1, side), np.uint8)
    with pytest.raises(ImageShapeError, match=f"a {kind} file holds at most {side - 1} pixels"):
        jpeg_bytes(image, quality=75) if kind == "JPEG" else webp_bytes(image)
    assert decoded_pixels(png_bytes(image)).shape == (1, side, 3)


def test_what_is_no_file_is_refused(cat):
    with pytest.raises(ImageReadError, match="is no picture"):
        decoded_pixels(b"cats")
