from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.jpeg import is_manifest_store, jpeg_end

MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100}, {"quality": 5}])
def test_the_end_of_a_jpeg(make, options):
    data = make.saved("JPEG", **options)
    assert jpeg_end(data, 0) == len(data)
    assert jpeg_end(b"xx" + data + b"\xff\xd9yy", 2) == 2 + len(data)
    assert jpeg_end(data[:-2], 0) is None


def test_end_marks_inside_of_segments_do_not_count(make):
    data = make.jpeg(make.segment(0xE5, b"\xff\xd9" * 9))
    assert jpeg_end(data, 0) == len(data)


def test_what_segments_hold(make, found_in):
    found = found_in(
        make.jpeg(
            make.segment(0xE1, b"Exif\0\0" + make.exif({0x010F: "maker"})[6:]),
            make.segment(0xE1, XMP_HEAD + make.xmp('xmp:CreatorTool="a program"')),
            make.segment(0xFE, b"a comment"),
        )
    )
    assert [found.text(key) for key in ("Make", "CreatorTool", "Comment")] == [
        "maker",
        "a program",
        "a comment",
    ]
    assert found.notes == []


def test_extended_xmp_is_put_together_in_its_order(make, found_in):
    packet = make.xmp('photoshop:Credit="far behind"')
    half = len(packet) // 2
    parts = [
        make.segment(
            0xE1, MORE_XMP + b"G" * 32 + struct.pack(">II", len(packet), at) + packet[at:end]
        )
        for at, end in ((half, len(packet)), (0, half))
    ]
    assert found_in(make.jpeg(*parts)).text("Credit") == "far behind"


def test_a_manifest_store_over_several_segments(make, found_in):
    store = make.store(b"x" * 100)
    head = store[:8]
    segments = [
        make.segment(
            0xEB, b"JP\0\1" + struct.pack(">I", number) + (head if number > 1 else b"") + part
        )
        for number, part in ((1, store[:60]), (2, store[60:]))
    ]
    assert bytes(found_in(make.jpeg(*segments)).credentials) == store


def test_other_jumbf_is_no_manifest_store(make, found_in):
    other = make.store().replace(b"c2pa", b"i360")
    assert not is_manifest_store(other)
    assert is_manifest_store(make.store())
    assert not found_in(make.jpeg(make.segment(0xEB, b"JP\0\1\0\0\0\1" + other))).credentials


def test_the_index_of_an_mpo(make, found_in):
    data = make.saved("MPO", save_all=True, append_images=[make.picture, make.picture])
    assert found_in(data).listed_pictures == 3
    assert found_in(make.saved("JPEG")).listed_pictures == 1


@given(st.binary(max_size=300))
def test_any_bytes_have_an_end_or_none(tail):
    data = b"\xff\xd8\xff" + tail
    end = jpeg_end(data, 0)
    assert end is None or data[end - 2 : end] == b"\xff\xd9"
