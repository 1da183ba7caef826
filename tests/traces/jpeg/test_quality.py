from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics import read_image
from forensics.errors import ImageShapeError, ParameterError
from forensics.jpeg_tables import ijg_tables
from forensics.traces.jpeg.quality import jpeg_quality, step_evidence, table_evidence

FOREIGN = [min(3 + 2 * (i // 8 + i % 8), 255) for i in range(64)]
"""A table that is no multiple of IJG's: 3 at DC, rising by 2 a diagonal."""


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photograph that never was a JPEG, (384, 384, 3)."""
    return skimage.data.coffee()[:384, 100:484]


def saved(image: np.ndarray, **options) -> np.ndarray:
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, "JPEG", **options)
    return np.asarray(Pillow.open(stream))


@pytest.mark.parametrize("quality", [10, 30, 50, 61, 75, 83, 90, 95, 96, 97, 98, 99])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_the_quality_of_one_save_is_exact(photo, quality, subsampling):
    found = jpeg_quality(saved(photo, quality=quality, subsampling=subsampling), (0, 0))
    assert found.quality == quality
    assert found.standard
    assert found.log10_nfa < -100
    assert found.log10_margin > 10
    known = found.steps > 0
    right = found.steps == ijg_tables()[quality - 1].reshape(8, 8)
    assert known.sum() >= 5
    assert right[known].mean() > 0.9


def test_of_a_gray_picture_and_of_floats(photo):
    gray = saved(np.ascontiguousarray(photo[..., 1]), quality=80)
    assert jpeg_quality(gray, (0, 0)).quality == 80
    assert jpeg_quality(gray.astype(np.float32) + 0.01, (0, 0)).quality == 80


@pytest.mark.parametrize("start", [(1, 0), (3, 5), (7, 7)])
def test_a_crop_moves_the_origin_and_keeps_the_quality(photo, start):
    cropped = saved(photo, quality=70)[start[0] :, start[1] :]
    origin = (-start[0] % 8, -start[1] % 8)
    assert jpeg_quality(cropped, origin).quality == 70
    assert jpeg_quality(cropped, ((origin[0] + 3) % 8, (origin[1] + 4) % 8)) is None


def test_transposing_transposes_the_steps(photo):
    image = saved(photo, quality=85)
    plain, transposed = jpeg_quality(image, (0, 0)), jpeg_quality(image.swapaxes(0, 1), (0, 0))
    assert np.array_equal(transposed.steps, plain.steps.T)
    assert abs(transposed.quality - 85) <= 5


def test_a_foreign_table_is_read_and_called_foreign(photo):
    image = saved(photo, qtables=[FOREIGN, FOREIGN])
    found = jpeg_quality(image, (0, 0))
    assert not found.standard
    assert found.log10_margin == 0
    known = found.steps.ravel() > 0
    assert known.sum() > 30
    assert (found.steps.ravel()[known] == np.array(FOREIGN)[known]).mean() > 0.95
    away = np.abs(np.log(ijg_tables()[:, known] / np.array(FOREIGN)[known])).sum(axis=1)
    assert found.quality == away.argmin() + 1


@pytest.mark.parametrize(
    "image",
    [
        np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8),
        np.full((64, 64, 3), 90, np.uint8),
        np.full((64, 64, 3), 255, np.uint8),
        np.add.outer(np.arange(100), np.arange(100)),
        np.zeros((1, 1)),
        np.zeros((7, 900), np.uint8),
        skimage.data.coffee(),
        skimage.data.camera(),
        skimage.data.brick(),
    ],
)
def test_where_there_is_no_comb_there_is_no_quality(image):
    assert jpeg_quality(image, (0, 0)) is None
    assert jpeg_quality(image, (2, 7)) is None


def test_quality_100_leaves_nothing_to_say(photo):
    assert jpeg_quality(saved(photo, quality=100), (0, 0)) is None


def test_repeating_a_block_adds_no_evidence(photo):
    few = photo[:64, :64]
    many = np.tile(few, (4, 4, 1))
    a, b = (table_evidence(step_evidence(parts(i), (0, 0))[0]) for i in (few, many))
    assert a == pytest.approx(b)


def parts(image: np.ndarray):
    from forensics.traces.jpeg.blocks import parts_of

    return parts_of(image)


@pytest.mark.parametrize("origin", [(0, 8), (-1, 0), (0.5, 0), (0,), (0, 0, 0)])
def test_other_origins_are_refused(origin):
    with pytest.raises(ParameterError, match="allowed are two whole numbers of 0 to 7"):
        jpeg_quality(np.zeros((8, 8)), origin)


def test_other_shapes_are_refused():
    with pytest.raises(ImageShapeError):
        jpeg_quality(np.zeros((8, 8, 4)), (0, 0))


def test_a_read_only_picture_is_left_as_it_is(photo):
    image = saved(photo, quality=60)
    before = image.copy()
    image.setflags(write=False)
    assert jpeg_quality(image, (0, 0)).quality == 60
    assert np.array_equal(image, before)


def test_pixels_and_header_of_the_sets_agree(data):
    off = []
    paths = [*sorted((data / "real" / "afhq").glob("*"))[::60]]
    paths += sorted((data / "real" / "photos").glob("gpriamo_*"))[::4]
    for path in paths:
        pixels, record = read_image(path)
        found = jpeg_quality(pixels[:640, :640], (0, 0))
        assert found.standard == record.jpeg.exact
        off.append(abs(found.quality - record.jpeg.quality))
        if record.jpeg.exact:
            assert off[-1] == 0
    assert np.median(off) <= 1
    assert max(off) <= 6
