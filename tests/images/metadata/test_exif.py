from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.exif import add_exif, raw_tag
from forensics.images.metadata.fields import MetadataFields


def read(block: bytes) -> MetadataFields:
    found = MetadataFields()
    add_exif(block, found)
    return found


def test_camera_software_and_time(make):
    found = read(
        make.exif(
            {0x010F: "samsung", 0x0110: "SM-G991B", 0x0131: "a program"},
            {0x9003: "2021:04:01 12:00:00", 0xA434: "a lens"},
        )
    )
    assert [found.text(key) for key in ("Make", "Model", "Software", "LensModel")] == [
        "samsung",
        "SM-G991B",
        "a program",
        "a lens",
    ]
    assert found.text("DateTimeOriginal") == "2021:04:01 12:00:00"
    assert found.notes == []


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(order):
    block = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(
        f"{order}IHHHII", 8, 1, 0x010F, 2, 5, 26
    )
    assert read(block + bytes(4) + b"Canon").text("Make") == "Canon"


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0a cat",
        b"UNICODE\0" + "a cat".encode("utf-16-be"),
        b"UNICODE\0" + "a cat".encode("utf-16-le"),
        b"\0\0\0\0\0\0\0\0a cat",
    ],
)
def test_comments_in_every_way_they_are_written(make, comment):
    assert read(make.exif(inner={0x9286: comment})).text("UserComment") == "a cat"


def test_a_place_is_seen_and_not_kept(make):
    found = read(make.exif(gps={1: "N", 2: (47.0, 22.0, 31.5), 3: "E", 4: (8.0, 32.0, 5.0)}))
    assert found.location
    assert not any("47" in entry.text for entry in found.entries)


@pytest.mark.parametrize("gps", [{}, {0: b"\2\3\0\0"}, {2: (0.0, 0.0, 0.0)}])
def test_an_empty_gps_directory_is_no_place(make, gps):
    assert not read(make.exif({0x010F: "x"}, gps=gps)).location


def test_the_thumbnail_is_found(make):
    found = read(make.exif_with_thumbnail(b"\xff\xd8thumbnail"))
    assert (found.thumbnail, found.text("Make")) == (b"\xff\xd8thumbnail", "maker")


@pytest.mark.parametrize("block", [b"", b"garbage", b"II*\0", b"Exif\0\0MM\0*\xff\xff\xff\xff"])
def test_what_is_no_exif_adds_nothing(block):
    found = read(block)
    assert (found.entries, found.thumbnail, found.location) == ([], b"", False)


def test_directories_that_point_to_themselves_end():
    pointers = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0x0201))
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + pointers + struct.pack("<I", 8)
    assert read(block).entries == []


def test_many_tags_of_one_large_value_are_read_once_each():
    tags = b"".join(struct.pack("<HHII", i, 2, 2**31, 8) for i in range(0x100, 0xFFFF))
    found = read(b"II*\0\x08\0\0\0\xff\xfe" + tags + b"x" * 2**21)
    assert sum(len(entry.text) for entry in found.entries) < 2**20


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(tail):
    for head in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        read(head + tail)
        raw_tag(head + tail, 0x8769)
