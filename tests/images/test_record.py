from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.images.read import read_image
from forensics.images.record import FileRecord, bit_depth, file_facts
from forensics.images.sources.find import BytesSource

PICTURE = Pillow.fromarray(np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3))


def saved(image: Pillow.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def record_of(data: bytes) -> FileRecord:
    return read_image(BytesSource("a", data))[1]


def exif(orientation: int) -> Pillow.Exif:
    block = Pillow.Exif()
    block[0x0112] = orientation
    return block


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF", "GIF", "MPO"])
def test_container_size_and_hash(kind):
    data = saved(PICTURE, kind)
    record = record_of(data)
    # An MPO of one picture is a JPEG.
    assert record.container == ("JPEG" if kind == "MPO" else kind)
    assert (record.rows, record.columns) == (6, 4)
    assert record.sha256 == hashlib.sha256(data).hexdigest()
    assert (record.jpeg is None) == (kind not in ("JPEG", "MPO"))


def test_several_jpegs_in_a_file_are_an_mpo():
    data = saved(PICTURE, "MPO", save_all=True, append_images=[PICTURE])
    assert record_of(data).container == "MPO"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_recorded(kind, orientation):
    record = record_of(saved(PICTURE, kind, exif=exif(orientation)))
    assert record.orientation == orientation
    assert (record.rows, record.columns) == (6, 4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("nonsense", [0, 9, 65535])
def test_an_orientation_that_makes_no_sense_is_one(kind, nonsense):
    record = record_of(saved(PICTURE, kind, exif=exif(nonsense)))
    assert (record.orientation, record.exif) == (1, True)


@pytest.mark.parametrize("block", [b"Exif\0\0MM\0*", b"Exif\0\0garbage", b"Exif\0\0"])
def test_damaged_exif_is_no_obstacle(block):
    record = record_of(saved(PICTURE, "JPEG", exif=block))
    assert (record.orientation, record.exif) == (1, True)


def test_exif_behind_the_pixels_of_a_png_is_seen():
    data = saved(PICTURE, "PNG", exif=exif(6))
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4])
    tail = data.index(b"IEND") - 4
    moved = data[:start] + data[end:tail] + data[start:end] + data[tail:]
    assert (record_of(moved).exif, record_of(moved).orientation) == (True, 6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_presence_of_exif_and_profile(kind):
    plain = record_of(saved(PICTURE, kind))
    assert (plain.exif, plain.icc, plain.orientation) == (False, False, 1)
    assert record_of(saved(PICTURE, kind, icc_profile=b"profile")).icc


@pytest.mark.parametrize(
    ("mode", "kind", "depth", "alpha"),
    [
        ("1", "PNG", 1, False),
        ("L", "PNG", 8, False),
        ("RGBA", "PNG", 8, True),
        ("LA", "PNG", 8, True),
        ("I;16", "PNG", 16, False),
        ("I;16", "TIFF", 16, False),
        ("1", "TIFF", 1, False),
        ("CMYK", "JPEG", 8, False),
        ("CMYK", "TIFF", 8, False),
        ("1", "BMP", 1, False),
        ("P", "GIF", 8, False),
    ],
)
def test_mode_and_depth_are_the_stored_ones(mode, kind, depth, alpha):
    source = Pillow.new("L", (4, 6)).convert(mode)
    record = record_of(saved(source, kind))
    assert (record.mode, record.bit_depth, record.alpha) == (mode, depth, alpha)


def test_a_transparent_colour_is_alpha():
    assert record_of(saved(PICTURE, "PNG", transparency=(0, 1, 2))).alpha


@pytest.mark.parametrize(("flags", "depth"), [(0x0C, 8), (0x4C, 10), (0x6C, 12)])
def test_the_depth_of_an_avif_is_in_its_configuration(flags, depth):
    data = saved(PICTURE, "AVIF")
    opened = Pillow.open(io.BytesIO(data))
    assert bit_depth(opened, data) == 8
    assert bit_depth(opened, b"av1C\x81\x00" + bytes([flags])) == depth
    assert bit_depth(opened, b"av1C") == 8


def test_facts_are_those_of_the_design():
    facts = file_facts(record_of(saved(PICTURE, "JPEG", quality=83, progressive=True)))
    assert json.loads(json.dumps(facts)) == {
        "format": "JPEG",
        "mode": "RGB",
        "bit_depth": 8,
        "converted": "",
        "jpeg_quality": 83,
        "subsampling": "4:2:0",
        "progressive": True,
        "exif": False,
        "orientation": 1,
        "alpha": False,
        "hidden": 0.0,
        "frame": 0,
        "frames": 1,
        "ignored": "",
        "damaged": "",
        "damaged_chunks": [],
        "box": None,
    }
    facts = file_facts(record_of(saved(PICTURE, "PNG")))
    assert facts["jpeg_quality"] is facts["subsampling"] is facts["progressive"] is None


def test_shared_sets_are_what_their_page_says(data):
    site = sorted((data / "gan/thiscatdoesnotexist").iterdir())[::60]
    for path in site:
        record = read_image(path)[1]
        assert record.jpeg.progressive and record.jpeg.subsampling == "4:2:0"
        # The page calls the tables "about q99", which is also what the sums say.
        assert [sum(table) for table in record.jpeg.tables] == [86, 115]
        assert record.jpeg.quality == 99 and not record.exif
    for path in sorted((data / "real/afhq").iterdir())[::120]:
        record = read_image(path)[1]
        assert (record.jpeg.quality, record.jpeg.exact) == (75, True)
        assert (record.jpeg.subsampling, record.jpeg.progressive) == ("4:2:0", False)
