"""Small damages to a file, as data: so that they can be drawn, written down and shrunk.

An edit is a kind, a place (a share of the file, 0 to 1) and a number. Some know the container
just enough to get past its checksum, where a blind one never would.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["KINDS", "Edit", "damaged"]

KINDS = (
    "flip", "set", "word", "cut", "drop", "double", "swap", "insert", "splice", "field", "marker",
)  # fmt: skip
_VALUES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MARKERS = (0xC0, 0xC1, 0xC2, 0xC4, 0xC9, 0xD0, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xE0, 0xE1, 0xE2)


class Edit(NamedTuple):
    """One damage."""

    kind: str
    place: float
    number: int


def damaged(data: bytes, edits: Sequence[Edit], other: bytes = b"") -> bytes:
    """The file after all edits; `other` is what splices take their piece from."""
    for kind, place, number in edits:
        data = _edited(data, kind, place, number, other)
    return _checksums_mended(data)


def _edited(data: bytes, kind: str, place: float, number: int, other: bytes) -> bytes:
    at = min(int(place * len(data)), max(0, len(data) - 1))
    length = 1 + number % 64
    before, after = data[:at], data[at:]
    match kind:
        case "flip":
            return before + bytes([after[0] ^ (1 << number % 8)]) + after[1:] if after else data
        case "set":
            return before + bytes([_VALUES[number % len(_VALUES)]]) + after[1:]
        case "word":
            order = "<I" if number & 1 else ">I"
            return before + struct.pack(order, _WORDS[number // 2 % len(_WORDS)]) + after[4:]
        case "cut":
            return before
        case "drop":
            return before + after[length:]
        case "double":
            return before + after[: 16 * length] * (1 + number % 5) + after
        case "swap":
            return before + after[length : 2 * length] + after[:length] + after[2 * length :]
        case "insert":
            return before + bytes(number * 7 % 256 for number in range(length)) + after
        case "splice":
            begin = int(place * len(other))
            return before + other[begin : begin + 16 * length] + after
        case "field":
            return _with_field(data, place, number)
        case "marker":
            return _with_marker(data, place, number)
    raise AssertionError(kind)


def _with_field(data: bytes, place: float, number: int) -> bytes:
    """A length, count or size near the beginning, where headers are, made absurd."""
    at = int(place * min(len(data), 128))
    value = _WORDS[number % len(_WORDS)]
    form = ("<H", ">H", "<I", ">I")[number // len(_WORDS) % 4]
    packed = struct.pack(form, value & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
    return data[:at] + packed + data[at + len(packed) :]


def _with_marker(data: bytes, place: float, number: int) -> bytes:
    """A JPEG marker or chunk name made another one of its kind."""
    places = [found.start() + 1 for found in re.finditer(rb"\xff[\xc0-\xfe]", data)]
    if data[:2] == b"\xff\xd8" and places:
        at = places[int(place * (len(places) - 1))]
        return data[:at] + bytes([_MARKERS[number % len(_MARKERS)]]) + data[at + 1 :]
    names = list(re.finditer(rb"IHDR|IDAT|IEND|tEXt|zTXt|iTXt|iCCP|eXIf|VP8[ LX]|EXIF|ftyp", data))
    if not names:
        return data
    one, two = names[int(place * (len(names) - 1))], names[number % len(names)]
    return data[: one.start()] + two.group() + data[one.end() :]


def _checksums_mended(data: bytes) -> bytes:
    """A PNG whose chunks have the right checksums again, so that their content is looked at."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return data
    made, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 4 : at + 8 + length]
        made += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return bytes(made) + data[at:]
