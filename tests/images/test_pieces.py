"""Every format is walked the same way, whoever asks."""

from __future__ import annotations

import io
import struct
from itertools import pairwise

import pytest
from hostile.seeds import chunk, seeds
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.pieces import (
    END,
    PART,
    SCAN,
    blocks,
    boxes,
    chunks,
    parts,
    segments,
    segments_of,
    whole,
)

WALKS = {
    "JPEG": segments,
    "PNG": chunks,
    "WEBP": lambda file: chunks(file, riff=True),
    "GIF": blocks,
    "AVIF": boxes,
}


def walked(container, data):
    return list(whole(WALKS[container](io.BytesIO(data)), len(data)))


@pytest.mark.parametrize("container", WALKS)
def test_pieces_of_real_files_lie_one_behind_the_other_to_the_end(container):
    for data in seeds(container):
        pieces = walked(container, data)
        if container == "GIF":  # an extension holds the parts before it
            pieces = [piece for piece in pieces if not piece.kind.startswith(b"!")]
        assert all(one.end <= other.start for one, other in pairwise(pieces))
        checksum = 4 if container == "PNG" else 0
        assert len(data) - pieces[-1].end - checksum in (0, 1)


@given(st.sampled_from(sorted(WALKS)), st.binary(max_size=400))
def test_any_bytes_are_walked_through_and_whole_pieces_lie_inside(container, tail):
    data = seeds(container)[0][:60] + tail
    for piece in walked(container, data):
        assert 0 <= piece.start <= piece.end <= len(data)


@given(st.sampled_from(sorted(WALKS)), st.binary(max_size=200), st.integers(0, 10**6))
def test_a_file_may_be_read_elsewhere_meanwhile(container, tail, elsewhere):
    data = seeds(container)[0] + tail
    file, found = io.BytesIO(data), []
    for piece in whole(WALKS[container](file), len(data)):
        found.append(piece)
        file.seek(elsewhere)
    assert found == walked(container, data)


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 2**14 - 1, 2**14, 2**14 + 1, 2**15 + 3])
@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\xff\0", b"\xff\xd3"])
def test_marks_are_found_behind_any_stretch_of_coded_pixels(fill, n):
    coded = (fill * n)[:n]
    data = b"\xff\xd8\xff\xda\0\2" + coded + b"\xff\xd9"
    found = [piece for piece in segments(io.BytesIO(data)) if piece.kind != PART]
    assert [piece.kind for piece in found] == [SCAN, END]
    assert found[-1].end == len(data)
    between = sum(p.end - p.start for p in segments(io.BytesIO(data)) if p.kind == PART)
    assert between == n


@given(st.sampled_from(range(len(seeds("JPEG")))), st.floats(0, 1), st.binary(max_size=40))
def test_in_memory_the_same_segments_are_found(seed, place, inside):
    data = seeds("JPEG")[seed]
    at = int(place * len(data))
    data = data[:at] + inside + data[at:]
    there, here = segments(io.BytesIO(data)), segments_of(data)
    assert [p for p in here if p.kind != PART] == [p for p in there if p.kind != PART]


def test_a_png_ends_with_its_end():
    data = seeds("PNG")[0]
    assert list(chunks(io.BytesIO(data + chunk(b"tEXt", b"a\0b")))) == walked("PNG", data)


def test_an_extension_holds_its_parts():
    data = b"GIF89a" + bytes(7) + b"!\xfe\x02hi\x01!\0;"
    *held, comment, end = blocks(io.BytesIO(data))
    assert [data[part.start : part.end] for part in held] == [b"hi", b"!"]
    assert list(parts(io.BytesIO(data), comment.start)) == held
    assert (comment.kind, comment.end, end.kind, end.end) == (b"!\xfe", 20, b";", len(data))


def test_boxes_of_every_length():
    data = (
        b"\0\0\0\x0cfreeabcd"
        + b"\0\0\0\1mdat"
        + struct.pack(">Q", 18)
        + b"xx"
        + b"\0\0\0\0lastrest"
    )
    assert [(box.kind, data[box.start : box.end]) for box in boxes(io.BytesIO(data))] == [
        (b"free", b"abcd"),
        (b"mdat", b"xx"),
        (b"last", b"rest"),
    ]
