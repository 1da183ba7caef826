from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.images.record import jpeg_record, listed_pictures
from forensics.jpeg_tables import ijg_tables

GRADIENT = Pillow.fromarray(np.arange(48 * 32 * 3, dtype=np.uint8).reshape(48, 32, 3))


def header(image=GRADIENT, **options) -> Pillow.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return Pillow.open(file)


@given(st.integers(1, 100))
def test_the_quality_that_was_asked_for_is_found(quality):
    record = jpeg_record(header(quality=quality))
    assert (record.quality, record.exact) == (quality, True)
    assert list(record.tables[0]) == ijg_tables()[quality - 1].tolist()


def test_every_quality_has_its_own_table():
    assert len(np.unique(ijg_tables(), axis=0)) == 100


@given(st.integers(5, 95), st.integers(0, 63))
def test_a_table_that_is_nearly_the_ijg_one_is_near_it_but_not_exact(quality, place):
    table = ijg_tables()[quality - 1].tolist()
    table[place] = table[place] + 1 if table[place] < 255 else 254
    record = jpeg_record(header(qtables=[table, table]))
    assert (record.quality, record.exact) == (quality, False)


def test_tables_are_in_natural_order():
    # In zig-zag order the third step would stand at the start of the second row.
    table = list(range(1, 65))
    assert jpeg_record(header(qtables=[table])).tables == (tuple(table),)


@pytest.mark.parametrize("asked", ["4:4:4", "4:2:2", "4:2:0"])
def test_subsampling(asked):
    assert jpeg_record(header(subsampling=asked)).subsampling == asked


@pytest.mark.parametrize(
    ("factors", "text"),
    [
        ([(1, 2), (1, 1), (1, 1)], "4:4:0"),
        ([(4, 1), (1, 1), (1, 1)], "4:1:1"),
        ([(2, 2), (2, 2), (2, 2)], "4:4:4"),
        ([(2, 2), (2, 1), (2, 1)], "4:4:0"),
        ([(2, 2), (1, 2), (1, 1)], "2x2,1x2,1x1"),
        ([(1, 1), (0, 0), (0, 0)], "1x1,0x0,0x0"),
        ([(1, 1)] * 4, "1x1,1x1,1x1,1x1"),
    ],
)
def test_unusual_factors_are_told_as_they_are(factors, text):
    opened = header()
    opened.layer = [(n, *pair, 0) for n, pair in enumerate(factors)]
    assert jpeg_record(opened).subsampling == text


def test_gray_and_progressive():
    record = jpeg_record(header(GRADIENT.convert("L"), progressive=True))
    assert (record.subsampling, record.progressive, len(record.tables)) == ("gray", True, 1)
    assert not jpeg_record(header()).progressive


def test_other_formats_have_no_jpeg_record():
    file = io.BytesIO()
    GRADIENT.save(file, "PNG")
    assert jpeg_record(Pillow.open(file)) is None


def test_pictures_in_a_jpeg_are_counted():
    file = io.BytesIO()
    GRADIENT.save(file, "MPO", save_all=True, append_images=[GRADIENT] * 2)
    assert listed_pictures(Pillow.open(file).info["mp"]) == 3


@pytest.mark.parametrize(
    "index", [b"", b"MM", b"II*\0\xff\xff\xff\xff", b"MM\0*" + struct.pack(">LH", 8, 9)]
)
def test_a_damaged_index_counts_one(index):
    assert listed_pictures(index) == 1
