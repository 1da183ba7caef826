from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.appended import Appended, add_samsung_edits, appended_pieces
from forensics.images.metadata.containers import read_container
from forensics.images.metadata.fields import MetadataFields

FILM = b"\0\0\0\x10ftypmp42\0\0\0\0" + b"\0\0\0\x0cmdatabcd"
SAMSUNG = b"\0\0\1\x0a\x0e\0\0\0Image_UTC_Data1639685046010SEFHj\0\0\0SEFT"


def behind(data: bytes, more: bytes) -> list[tuple[str, int]]:
    pieces = appended_pieces(data + more, read_container(data + more).end)
    return [(piece.begins_like, piece.n_bytes) for piece in pieces]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
@pytest.mark.parametrize(
    ("more", "like"),
    [
        (b"PK\3\4" + bytes(30), "a ZIP archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"a secret", "text"),
        ("ein Geheimnis für dich".encode() * 60, "text"),
        (bytes(100), "zeros"),
        (b"\x93\x01\x80", "data of no known kind"),
        (FILM, "an MP4 film"),
        (SAMSUNG, "data as Samsung phones append"),
        (b"\0\0\x30\x0aMotionPhoto_Data" + FILM + b"SEFT",
         "data as Samsung phones append, with a film"),
    ],
)  # fmt: skip
def test_what_follows_a_picture(make, kind, more, like):
    assert behind(make.saved(kind), more) == [(like, len(more))]


def test_nothing_follows_most_pictures(make):
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"):
        assert behind(make.saved(kind), b"") == []


def test_pieces_are_told_apart(make):
    jpeg = make.saved("JPEG")
    assert behind(jpeg, bytes(7) + jpeg + FILM + b"text") == [
        ("zeros", 7),
        ("a JPEG picture", len(jpeg)),
        ("an MP4 film", len(FILM)),
        ("text", 4),
    ]


def test_the_second_picture_of_an_mpo(make):
    data = make.saved("MPO", save_all=True, append_images=[make.picture])
    assert "a JPEG picture" in [kind for kind, _ in behind(data, b"")]


def test_any_number_of_pieces_is_told_in_few(make):
    pieces = behind(make.saved("JPEG"), b"\xff\xd8\xff\xd9" * 100_000)
    assert len(pieces) == 32
    assert sum(n_bytes for _, n_bytes in pieces) == 400_000


@given(st.binary(max_size=200), st.integers(0, 250))
def test_pieces_add_up(data, end):
    pieces = appended_pieces(data, end)
    assert sum(piece.n_bytes for piece in pieces) == max(0, len(data) - end)
    assert all(piece.n_bytes > 0 for piece in pieces)
    assert appended_pieces(data, None) == ()


@pytest.mark.parametrize(
    ("said", "expected"),
    [(b'"genAIType":3', "3"), (rb"\"genAIType\": 1", "1"), (b'"genAIType":0', ""), (b"", "")],
)
def test_generative_edits_on_samsung_phones(make, said, expected):
    data = make.saved("JPEG")
    data += b"PhotoEditor_Re_Edit_Data{" + said + b"}" + struct.pack("<I", 4) + b"SEFT"
    found = read_container(data)
    add_samsung_edits(data, found)
    assert found.text("genAIType") == expected


def test_samsungs_words_elsewhere_do_not_count():
    found = MetadataFields("TIFF")
    add_samsung_edits(b'PhotoEditor_Re_Edit_Data{"genAIType":1}SEFT', found)
    assert found.entries == []
    assert Appended("text", 1).n_bytes == 1
