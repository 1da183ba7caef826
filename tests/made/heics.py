"""A HEIC with an auxiliary picture, as phones write it and no library does: its boxes by hand."""

from __future__ import annotations

import io
import struct

from PIL import Image as Pillow

__all__ = ["with_auxiliary"]

Box = list[bytes]  # its kind, and what it holds


def with_auxiliary(picture: Pillow.Image, kind: bytes) -> bytes:
    """The picture, and a small gray one that is a gain map or a depth map of it."""
    from pillow_heif import from_pillow

    made = from_pillow(picture)
    made.add_from_pillow(picture.convert("L").resize((64, 64)))
    file = io.BytesIO()
    made.save(file, quality=80)
    top = boxes(file.getvalue())
    meta = next(box for box in top if box[0] == b"meta")
    inner = boxes(meta[1][4:])
    properties = named(inner, b"iprp")
    below = boxes(properties[1])
    added = len(boxes(named(below, b"ipco")[1])) + 1
    named(below, b"ipco")[1] += packed([b"auxC", bytes(4) + kind + b"\0"])
    associate(named(below, b"ipma"), 2, added)
    properties[1] = b"".join(map(packed, below))
    # From the second picture, which is auxiliary, to the first.
    inner.append([b"iref", bytes(4) + packed([b"auxl", struct.pack(">3H", 2, 1, 1)])])
    size = len(b"".join(map(packed, inner))) + 4
    move(named(inner, b"iloc"), size - len(meta[1]))
    meta[1] = meta[1][:4] + b"".join(map(packed, inner))
    return b"".join(map(packed, top))


def boxes(data: bytes) -> list[Box]:
    found, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">L4s", data, at)
        found.append([kind, data[at + 8 : at + size]])
        at += size
    return found


def named(found: list[Box], kind: bytes) -> Box:
    return next(box for box in found if box[0] == kind)


def packed(box: Box) -> bytes:
    return struct.pack(">L", 8 + len(box[1])) + box[0] + box[1]


def associate(ipma: Box, picture: int, added: int) -> None:
    """Give a picture one property more."""
    data, at = ipma[1], 8
    changed = data[:8]
    for _ in range(struct.unpack_from(">L", data, 4)[0]):
        number, n = struct.unpack_from(">HB", data, at)
        own = data[at + 3 : at + 3 + n]
        at += 3 + n
        own += bytes([added]) if number == picture else b""
        changed += struct.pack(">HB", number, len(own)) + own
    ipma[1] = changed


def move(iloc: Box, by: int) -> None:
    """Say that the coded pictures lie further behind (version 0, sizes of 4 bytes)."""
    data = bytearray(iloc[1])
    assert data[0] == 0 and data[4:6] == b"\x44\x40"
    at = 8
    for _ in range(struct.unpack_from(">H", data, 6)[0]):
        (n,) = struct.unpack_from(">H", data, at + 8)
        at += 10
        for _ in range(n):
            (start,) = struct.unpack_from(">L", data, at)
            struct.pack_into(">L", data, at, start + by)
            at += 8
    iloc[1] = bytes(data)
