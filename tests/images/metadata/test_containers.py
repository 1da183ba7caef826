from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.containers import read_container

KINDS = ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"]
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file(make, kind):
    data = make.saved(kind)
    found = read_container(data)
    assert found.container == kind
    assert found.end == (None if kind == "TIFF" else len(data))
    assert (found.entries, found.notes, bytes(found.credentials)) == ([], [], b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
def test_the_end_does_not_depend_on_what_follows(make, kind):
    data = make.saved(kind)
    for more in (b"x", b"\0" * 9, b"\xff\xd9;", data):
        assert read_container(data + more).end == len(data)


def test_other_files_say_nothing():
    found = read_container(b"%PDF")
    assert (found.container, len(found.notes)) == ("", 1)
    assert read_container(b"").container == ""


def test_avif(make):
    data = make.saved(
        "AVIF", exif=make.exif({0x010F: "maker"}), xmp=make.xmp('photoshop:Credit="me"')
    )
    found = read_container(data)
    assert (found.text("Make"), found.text("Credit")) == ("maker", "me")
    store = make.store()
    body = C2PA_BOX + bytes(4) + b"manifest\0" + bytes(8) + store
    box = struct.pack(">I", 8 + len(body)) + b"uuid" + body
    assert bytes(read_container(data + box).credentials) == store
    # The uuid of another box.
    assert not read_container(data + box.replace(C2PA_BOX, bytes(16))).credentials


def test_tiff(make):
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    tags = ImageFileDirectory_v2()
    tags[271] = "maker"
    tags[700] = make.xmp('photoshop:Credit="me"')
    tags[33723] = make.iptc(5, b"a title")
    tags.tagtype.update({700: 1, 33723: 7})
    found = read_container(make.saved("TIFF", tiffinfo=tags))
    assert [found.text(key) for key in ("Make", "Credit", "Title")] == ["maker", "me", "a title"]


def test_the_second_page_of_a_tiff_is_no_thumbnail(make):
    data = make.saved("TIFF", save_all=True, append_images=[make.picture])
    assert read_container(data).thumbnail == b""


def test_bigtiff_is_said_not_to_be_read(make):
    found = read_container(make.saved("TIFF", big_tiff=True))
    assert found.notes == ["Metadata of a BigTIFF is not read."]


def test_gif(make):
    found = read_container(make.saved("GIF", comment=b"a comment" * 60))
    assert found.text("Comment") == "a comment" * 60
    packet = make.xmp('photoshop:Credit="me"')
    ramp = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    data = make.saved("GIF")
    data = data[:-1] + b"!\xff\x0bXMP DataXMP" + packet + ramp + b";"
    found = read_container(data)
    assert (found.text("Credit"), found.end) == ("me", len(data))


def test_a_gif_of_endless_small_pieces_ends():
    found = read_container(b"GIF89a" + bytes(7) + b"!\xfe" + b"\1a" * 3_000_000)
    assert (found.end, len(found.notes)) == (None, 1)


@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_any_bytes_are_read_without_an_error(tail, kind):
    heads = {
        "JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF\0\1\0\0WEBP",
        "AVIF": b"\0\0\0\x18ftypavif", "TIFF": b"II*\0\x08\0\0\0", "GIF": b"GIF89a", "BMP": b"BM",
    }  # fmt: skip
    found = read_container(heads[kind] + tail)
    assert found.container == kind
    assert found.end is None or found.end <= len(heads[kind] + tail)
