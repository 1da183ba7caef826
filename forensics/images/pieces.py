"""Picture files piece by piece: segments of a JPEG, chunks of a PNG or WebP, and so on.

Each format is walked through here and nowhere else, on a file that need not be in memory. What
a walk costs is limited by whoever walks: no picture has more pieces than `MOST_PIECES`.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import IO, NamedTuple

__all__ = [
    "END",
    "MOST_BLOCKS",
    "MOST_NETPBM",
    "MOST_PIECES",
    "PART",
    "SCAN",
    "Piece",
    "blocks",
    "boxes",
    "chunks",
    "directories",
    "netpbm_head",
    "parts",
    "segments",
    "segments_of",
    "whole",
]

MOST_PIECES, MOST_BLOCKS = 2**17, 2**20
"""As many as a file may have, and a GIF, which is cut smaller.

At 4 kB a chunk, which few programs write, a PNG may have 500 MB; a GIF, at 255 bytes, 250 MB.
"""
MOST_NETPBM = 2**12
"""Bytes of the head of a PPM, which has room for a few comments."""
SCAN, END = b"\xda", b"\xd9"
"""Marks of a scan of a JPEG, and of its end."""
PART = b""
"""The kind of what has no mark of its own: parts of a GIF's blocks, bytes between segments."""
_ALONE = (b"\x01", b"\xd8", END)
"""Marks that nothing belongs to."""
# In the coded pixels 0xFF is followed by 0, by a restart mark or by another 0xFF.
_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_HEAD, _BLOCK = 4, 2**14


class Piece(NamedTuple):
    """Piece of a file, as its format divides it.

    Parameters
    ----------
    kind : bytes
        The byte behind 0xFF in a JPEG, four letters in PNG, RIFF and ISO files, the mark of a
        block in a GIF, with its label if it is an extension; `PART` where it has no mark.
    start, end : int
        First byte of what it holds, and the byte after the last; `end` is beyond the end of a file
        that was cut off.

    Examples
    --------
    >>> Piece(b"IDAT", 41, 90).end
    90
    """

    kind: bytes
    start: int
    end: int


def segments(file: IO[bytes], at: int = 0) -> Iterator[Piece]:
    """Segments of a JPEG, and the bytes between them as parts.

    Coded pixels, which follow a scan, are such bytes. It goes on behind the end mark, as some
    decoders do that have met no scan; anything may stand there.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading. It may be read elsewhere, too, between one piece and
        the next.
    at : int
        Byte at which the JPEG begins.

    Yields
    ------
    Piece
        In the order of the file.

    Examples
    --------
    >>> from io import BytesIO
    >>> file = BytesIO(bytes.fromhex("ffd8 ffda 0002 ffd9"))
    >>> [(piece.kind.hex(), piece.end) for piece in segments(file)]
    [('da', 6), ('d9', 8)]
    """
    at, n_bytes = at + 2, _HEAD
    while len(block := _read(file, at, n_bytes)) > 1:
        found = _MARKER.search(block)
        # A mark may be cut in two.
        between = found.start() if found else len(block) - block.endswith(b"\xff")
        if between:
            yield Piece(PART, at, at + between)
        at += between
        # The next segment follows at once, or a stretch of coded pixels.
        n_bytes = _HEAD if found else _BLOCK
        if found and found[1] in _ALONE:
            at += 2
            yield Piece(found[1], at, at)
        elif found:
            start = at + 4
            at += 2 + max(2, int.from_bytes(_read(file, at + 2, 2)))
            yield Piece(found[1], start, at)


def segments_of(data: bytes) -> Iterator[Piece]:
    """Segments of a JPEG that is in memory, as `segments` yields them, and five times as fast.

    Parameters
    ----------
    data : bytes
        The whole file.

    Yields
    ------
    Piece
        In the order of the file; all that lies between two segments is one part.

    Examples
    --------
    >>> data = bytes.fromhex("ffd8 ffda 0002 01 02 ffd9")
    >>> [(piece.kind.hex(), piece.end) for piece in segments_of(data)]
    [('da', 6), ('', 8), ('d9', 10)]
    """
    at = 2
    while found := _MARKER.search(data, at):
        if found.start() > at:
            yield Piece(PART, at, found.start())
        start = at = found.end()
        if found[1] not in _ALONE:
            start += 2
            at += max(2, int.from_bytes(data[at:start]))
        yield Piece(found[1], start, at)
    if at < len(data):
        yield Piece(PART, at, len(data))


def chunks(file: IO[bytes], *, riff: bool = False) -> Iterator[Piece]:
    r"""Chunks of a PNG, or of a RIFF file such as WebP, as far as they go.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading.
    riff : bool
        Whether it is a RIFF file, not a PNG.

    Yields
    ------
    Piece
        In the order of the file.

    Examples
    --------
    >>> from io import BytesIO
    >>> file = BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND" + bytes(99))
    >>> list(chunks(file))
    [Piece(kind=b'IEND', start=16, end=16)]
    """
    at = 12 if riff else 8
    while len(head := _read(file, at, 8)) == 8:
        # RIFF: kind, length, body, padding. PNG: length, kind, body, checksum.
        kind = head[:4] if riff else head[4:]
        size = int.from_bytes(head[4:], "little") if riff else int.from_bytes(head[:4])
        yield Piece(kind, at + 8, at + 8 + size)
        if kind == b"IEND" and not riff:
            return
        at += 8 + size + (size % 2 if riff else 4)


def blocks(file: IO[bytes]) -> Iterator[Piece]:
    r"""Blocks of a GIF and their parts, to its end.

    Those of an image follow its descriptor; those of an extension come before the piece that
    holds them all. A byte that begins no block is a piece of its own.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading.

    Yields
    ------
    Piece
        In the order of the file.

    Examples
    --------
    >>> from io import BytesIO
    >>> [piece.kind for piece in blocks(BytesIO(b"GIF89a" + bytes(7) + b"!\xfe\x02hi\0;"))]
    [b'', b'!\xfe', b';']
    """
    at = 13 + _palette_bytes(_read(file, 10, 1))
    while mark := _read(file, at, 1):
        at += 1
        if mark == b",":
            yield Piece(mark, at, at + 9)
            # The descriptor, a palette, and how the first code is packed.
            at += 10 + _palette_bytes(_read(file, at + 8, 1))
            for part in parts(file, at):
                yield part
                at = part.end
            at += 1
        elif mark == b"!":
            mark += _read(file, at, 1)
            start = at = at + 1
            for part in parts(file, at):
                yield part
                at = part.end
            yield Piece(mark, start, at)
            at += 1
        else:
            yield Piece(mark, at, at)
            if mark == b";":
                return


def parts(file: IO[bytes], at: int) -> Iterator[Piece]:
    r"""Parts of a GIF's block, 1 to 255 bytes each.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading.
    at : int
        Byte at which the first piece begins.

    Yields
    ------
    Piece
        One after another, up to the end of the block.

    Examples
    --------
    >>> from io import BytesIO
    >>> list(parts(BytesIO(b"\x02hi\0"), 0))
    [Piece(kind=b'', start=1, end=3)]
    """
    # Each has its length before it, and the last, which is empty, is none.
    while (size := _read(file, at, 1)) not in (b"", b"\0"):
        piece = Piece(PART, at + 1, at + 1 + size[0])
        at = piece.end
        yield piece


def boxes(file: IO[bytes], at: int = 0) -> Iterator[Piece]:
    r"""Boxes of an ISO media file, such as AVIF or MP4.

    Phones append films of this form to their pictures: it ends where there are no more boxes.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading.
    at : int
        Byte at which the first piece begins.

    Yields
    ------
    Piece
        In the order of the file.

    Examples
    --------
    >>> from io import BytesIO
    >>> [box.kind for box in boxes(BytesIO(b"\0\0\0\x08free\0\0"))]
    [b'free']
    """
    n_bytes = file.seek(0, os.SEEK_END)
    while True:
        head = _read(file, at, 16)
        size, kind, start = int.from_bytes(head[:4]), head[4:8], at + 8
        if size == 1:
            size, start = int.from_bytes(head[8:]), at + 16
        elif size == 0 and len(kind) == 4:
            size = n_bytes - at
        if size < start - at or at + size > n_bytes or not re.fullmatch(rb"[ -~]{4}", kind):
            return
        at += size
        yield Piece(kind, start, at)


_SHORT, _LONG, _IFD, _LONG8, _IFD8 = 3, 4, 13, 16, 18
_NUMBERS = {_SHORT: "H", _LONG: "L", _IFD: "L", _LONG8: "Q", _IFD8: "Q"}
_SUB_IFDS = 330
_MOST_NUMBERS, _MOST_TAGS, _MOST_BELOW = 64, 4096, 16


def directories(file: IO[bytes], *, below: bool = False) -> Iterator[dict[int, tuple[int, ...]]]:
    r"""Directories of a TIFF, one a page: their tags, as far as these are whole numbers.

    Parameters
    ----------
    file : binary file
        File to walk through, open for reading; also a BigTIFF.
    below : bool
        Also yield those that a directory has below it, where cameras put what is no page.

    Yields
    ------
    dict of int to tuple of int
        Tags to numbers, the first 64 of each; a directory that is met again ends the walk.

    Examples
    --------
    >>> from io import BytesIO
    >>> entry = b"\x06\1\3\0\1\0\0\0\2\0\0\0"
    >>> list(directories(BytesIO(b"II*\0\x08\0\0\0\1\0" + entry + bytes(4))))
    [{262: (2,)}]
    """
    head = _read(file, 0, 16)
    order = ">" if head[:2] == b"MM" else "<"
    big = head[2:4] in (b"+\0", b"\0+")
    at = _number(head[8:16] if big else head[4:8], order)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < MOST_PIECES:
        seen.add(at)
        tags, at = _directory(file, at, order, big)
        yield tags
        if below:
            for start in tags.get(_SUB_IFDS, ())[:_MOST_BELOW]:
                if start not in seen:
                    seen.add(start)
                    yield _directory(file, start, order, big)[0]


def _directory(
    file: IO[bytes], at: int, order: str, big: bool
) -> tuple[dict[int, tuple[int, ...]], int]:
    """Tags of one directory, and where the next begins, 0 if there is none."""
    width, size, room = (8, 20, 8) if big else (2, 12, 4)
    n_tags = _number(_read(file, at, width), order)
    if not 0 < n_tags <= _MOST_TAGS:
        return {}, 0
    block = _read(file, at + width, size * n_tags + room)
    tags = {}
    for start in range(0, len(block) - size + 1, size):
        tag, kind = struct.unpack_from(f"{order}2H", block, start)
        if kind in _NUMBERS:
            count = min(_number(block[start + 4 : start + size - room], order), _MOST_NUMBERS)
            values = block[start + size - room : start + size]
            n_bytes = count * struct.calcsize(f"<{_NUMBERS[kind]}")
            if n_bytes > room:
                values = _read(file, _number(values, order), n_bytes)
            if len(values) >= n_bytes:
                tags[tag] = struct.unpack_from(f"{order}{count}{_NUMBERS[kind]}", values)
    return tags, _number(block[size * n_tags :], order)


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "big" if order == ">" else "little")


_NETPBM = re.compile(
    rb"P(?:[14](?:%(number)s){2}|[2356](?:%(number)s){3})\s"
    % {b"number": rb"\s+(?:#[^\r\n]*[\r\n]\s*)*\d{1,10}"}
)


def netpbm_head(data: bytes) -> bytes:
    r"""What stands before the samples of a PPM, PGM or PBM: its sizes, among comments.

    Parameters
    ----------
    data : bytes
        The file, or its beginning.

    Returns
    -------
    bytes
        Empty if it is not in order, or longer than `MOST_NETPBM` bytes.

    Examples
    --------
    >>> netpbm_head(b"P6\n# a cat\n41 33\n255\n\0\0\0")
    b'P6\n# a cat\n41 33\n255\n'
    """
    found = _NETPBM.match(data[:MOST_NETPBM])
    return found[0] if found else b""


def whole(pieces: Iterable[Piece], n_bytes: int) -> Iterator[Piece]:
    """Pieces up to the first that is cut off, and no more than a file may have.

    Parameters
    ----------
    pieces : iterable of Piece
        Pieces of one file, in order.
    n_bytes : int
        Length of the file in bytes.

    Yields
    ------
    Piece
        The same pieces, as far as they are whole.

    Examples
    --------
    >>> list(whole([Piece(b"IDAT", 41, 90), Piece(b"IEND", 102, 102)], 95))
    [Piece(kind=b'IDAT', start=41, end=90)]
    """
    return takewhile(lambda piece: piece.end <= n_bytes, islice(pieces, MOST_PIECES))


def _read(file: IO[bytes], at: int, n_bytes: int) -> bytes:
    file.seek(at)
    return file.read(n_bytes)


def _palette_bytes(flags: bytes) -> int:
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
