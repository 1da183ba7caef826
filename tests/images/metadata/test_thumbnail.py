from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageOps

from forensics.images.metadata.thumbnail import compared_thumbnail


@pytest.fixture
def other() -> np.ndarray:
    """Another real photograph, (512, 512, 3), from the scikit-image wheel."""
    import skimage.data

    return skimage.data.astronaut()


def small(pixels: np.ndarray, size: tuple[int, int] = (160, 107)) -> Pillow.Image:
    return Pillow.fromarray(pixels).resize(size, Pillow.Resampling.BICUBIC)


def finding(make, thumbnail: Pillow.Image, pixels: np.ndarray) -> str:
    result = compared_thumbnail(make.saved("JPEG", thumbnail, quality=60), pixels)
    assert (result.rows, result.columns) == (thumbnail.height, thumbnail.width)
    return result.finding


def test_its_own(make, cat):
    result = compared_thumbnail(make.saved("JPEG", small(cat)), cat)
    assert result.finding == "same"
    assert result.correlation > 0.99
    assert finding(make, small(cat).convert("L"), cat) == "same"
    assert finding(make, small(cat), cat[:, :, 1]) == "same"


def test_large_pictures_are_thinned(make, cat):
    large = np.repeat(np.repeat(cat, 8, axis=0), 8, axis=1)
    assert finding(make, small(cat), large) == "same"


@pytest.mark.parametrize("turn", list(Pillow.Transpose))
def test_turned_or_mirrored(make, cat, turn):
    assert finding(make, small(cat).transpose(turn), cat) == "same"


@pytest.mark.parametrize("size", [(160, 120), (160, 160), (120, 160), (512, 384)])
def test_black_bars_as_cameras_make_them(make, cat, size):
    assert finding(make, ImageOps.pad(Pillow.fromarray(cat), size), cat) == "same"


@pytest.mark.parametrize("size", [(160, 120), (128, 128)])
def test_cut_from_the_middle(make, cat, size):
    assert finding(make, ImageOps.fit(Pillow.fromarray(cat), size), cat) == "same"


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_other_tones(make, cat, factor):
    assert finding(make, ImageEnhance.Contrast(small(cat)).enhance(factor), cat) == "same"
    assert finding(make, ImageEnhance.Brightness(small(cat)).enhance(factor), cat) == "same"


def test_another_picture(make, cat, other):
    assert finding(make, small(other, (160, 160)), cat) == "another"
    assert finding(make, small(cat), other) == "another"


@pytest.mark.parametrize(
    "part",
    [np.s_[:150, :225], np.s_[30:270, 60:420], np.s_[100:, 200:], np.s_[20:280, 150:300]],
)
def test_a_picture_that_was_cropped_afterwards(make, cat, part):
    assert finding(make, small(cat), cat[part]) == "uncropped"
    turned = small(cat).transpose(Pillow.Transpose.ROTATE_90)
    assert finding(make, turned, cat[part]) == "uncropped"


def test_a_picture_that_was_changed_in_part(make, cat, other):
    changed = cat.copy()
    changed[100:180, 160:260] = np.asarray(small(other, (100, 80)))
    assert finding(make, small(cat), changed) == "changed"


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_thumbnails_tell_nothing(make, cat, level):
    assert finding(make, Pillow.new("L", (160, 120), level), cat) == "not compared"


def test_pictures_without_shape_are_not_compared(make, cat):
    thin = np.zeros((20, 4000, 3), np.uint8)
    assert finding(make, small(cat), thin) == "not compared"
    assert finding(make, small(cat), np.zeros((8, 8, 3), np.uint8)) == "not compared"
    assert finding(make, Pillow.new("RGB", (8, 8)), cat) == "not compared"
    encoded = make.saved("JPEG", small(cat))
    assert compared_thumbnail(encoded, None).finding == "not compared"


def test_black_and_white_pictures(make):
    scan = np.where(np.indices((240, 320)).sum(axis=0) // 40 % 2, 255, 0).astype(np.uint8)
    assert finding(make, small(scan, (160, 120)), scan) == "same"


@pytest.mark.parametrize("encoded", [b"", b"\xff\xd8\xff", b"garbage"])
def test_damaged_thumbnails(encoded, cat):
    assert compared_thumbnail(encoded, cat) is None


def test_huge_thumbnails_are_not_decoded(make, cat):
    assert compared_thumbnail(make.saved("JPEG", Pillow.new("L", (2000, 2000))), cat) is None


def test_the_picture_is_not_changed(make, cat):
    before = cat.copy()
    cat.flags.writeable = False
    finding(make, small(cat), cat)
    np.testing.assert_array_equal(cat, before)
