"""What is refused before a picture is decoded, because decoding it would cost too much.

A few bytes can ask for gigabytes or minutes. Whatever passes takes less than a gigabyte, and
seconds, at the size that is allowed without being asked for.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import IO

from PIL import ImageFile

from forensics.images.jpegheader import SCAN, segments
from forensics.images.record import stored_size

__all__ = ["too_many_pieces", "too_many_pixels", "too_many_scans", "unfit_head"]

_SCAN = bytes((0xFF, SCAN))
_FEW_SCANS, _MANY_SCANS = 20, 1000
"""What any picture may have (programs write about ten), and what none may."""
_SCANNED = 2_000_000_000
"""Pixels gone through in all scans: an empty one costs up to 1.5 ns a pixel, and 14 bytes."""
_REACH = 2**26
"""Pixels of a GIF that is larger than its header says; Pillow warns a little above."""


def too_many_pixels(opened: ImageFile.ImageFile, max_pixels: int) -> str:
    """Why a picture of this size is refused, or "" where it is not.

    What decodes WebP, AVIF and progressive CMYK needs 10 to 16 bytes of memory a pixel, not
    at most 8 as for the others: their limit is half of the others'.

    Parameters
    ----------
    opened : PIL image file
        Not loaded yet.
    max_pixels : int
        The largest allowed of other kinds.
    """
    heavy = opened.format in ("WEBP", "AVIF") or (
        opened.mode == "CMYK" and "progressive" in opened.info
    )
    limit = max_pixels / 2 if heavy else max_pixels
    rows, columns = stored_size(opened)
    if rows * columns <= limit:
        return ""
    kind = " for such files" if heavy else ""
    return (
        f"is {rows} x {columns} pixels, {rows * columns / 1e6:.6g} megapixels; "
        f"the limit{kind} is {limit / 1e6:.6g}: pass --max-pixels to raise it"
    )


def too_many_scans(data: bytes, size: tuple[int, int]) -> str:
    """Why a JPEG with so many scans is refused, or "" where it has no more than others.

    A progressive JPEG goes through all its pixels once for every scan, and a scan may be empty.

    Parameters
    ----------
    data : bytes
        The whole file.
    size : (rows, columns)

    Examples
    --------
    >>> too_many_scans(bytes.fromhex("ffd8 ffda 0002 ffd9"), (1, 1))
    ''
    """
    rows, columns = size
    limit = max(_FEW_SCANS, min(_MANY_SCANS, _SCANNED // max(1, rows * columns)))
    if data.count(_SCAN) <= limit or (n_scans := _scans(data)) <= limit:
        return ""
    return (
        f"has {n_scans:,} scans of {rows * columns / 1e6:.3g} megapixels, the limit for this size "
        f"is {limit:,} and programs write about ten: save it anew, or leave it out"
    )


def _scans(data: bytes) -> int:
    return sum(segment.marker == SCAN for segment in segments(data))


def unfit_head(file: IO[bytes], kind: str) -> str:
    """Why what stands before the pixels is refused, or "" where it is not.

    Pillow steps over it in Python, piece by piece, before it knows the size; and it makes a GIF
    as large as its first frame says, wherever that lies, with a warning of its own.

    Parameters
    ----------
    file : binary file
        At its start.
    kind : str
        "JPEG", "PNG", "GIF"; others are not looked at.
    """
    if kind not in _PIECES:
        return ""
    pieces, pixels, most = _PIECES[kind]
    screen = struct.unpack("<6x2H", file.read(10).ljust(10, b"\0"))
    file.seek(0)
    for step, mark in enumerate(pieces(file)):
        if step > most:
            return _too_many(most)
        if mark == pixels:
            return _reaching_out(screen, file) if kind == "GIF" else ""
    return ""


def too_many_pieces(data: bytes, kind: str) -> str:
    """Why a file of so many pieces is refused, or "" where it has no more than others.

    Pillow steps over what follows the pixels of a PNG as over what stands before them, and goes
    through those of a GIF to see whether there is another frame.

    Parameters
    ----------
    data : bytes
        The whole file.
    kind : str
        As for `unfit_head`.

    Examples
    --------
    >>> too_many_pieces(b"GIF89a" + bytes(7) + b";", "GIF")
    ''
    """
    if kind not in _PIECES:
        return ""
    pieces, _, most = _PIECES[kind]
    endless = any(step > most for step, _ in enumerate(pieces(BytesIO(data))))
    return _too_many(most) if endless else ""


def _too_many(most: int) -> str:
    return f"has more than {most:,} pieces, as no picture does: save it anew, or leave it out"


def _reaching_out(screen: tuple[int, int], file: IO[bytes]) -> str:
    across, down = screen
    left, top, columns, rows = struct.unpack("<4H", file.read(8).ljust(8, b"\0"))
    reach = max(across, left + columns) * max(down, top + rows)
    if reach <= max(across * down, _REACH):
        return ""
    return (
        f"is {down} x {across} pixels with a first frame of {rows} x {columns} at {top}, {left}, "
        "far outside of it: save it anew, or leave it out"
    )


_EXIF_PIECE = 2**11
"""What a piece of EXIF counts for: 64 of them, 4 MB, are as many as there may be."""


# Each yields a mark for every piece as Pillow meets it: what it steps over in one, in one.


def _jpeg_pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(2)
    while mark := file.read(1):
        if mark == b"\xff" and (mark := file.read(1)) not in (b"\0", b"\xff"):
            yield mark
            if mark == _SCAN[1:]:
                return
            if not b"\xd0" <= mark <= b"\xd9":
                size = max(0, int.from_bytes(file.read(2)) - 2)
                start = file.read(min(size, 4))
                if mark == b"\xe1" and start == b"Exif":
                    # Pillow copies what it has of the EXIF for every further piece of it.
                    yield from [b""] * _EXIF_PIECE
                file.seek(size - len(start), os.SEEK_CUR)
        else:
            yield b""
            if mark == b"\xff":
                file.seek(-1, os.SEEK_CUR)


def _png_pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(8)
    while len(head := file.read(8)) == 8:
        yield head[4:]
        file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)


def _gif_pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(10)
    n_frames = 0
    _skip_palette(file, file.read(3)[:1])
    while mark := file.read(1):
        n_frames += mark == b","
        if mark == b";" or n_frames > 1:
            return
        yield mark
        if mark == b",":
            _skip_palette(file, file.read(9)[8:])
        if mark in (b",", b"!"):
            # What kind it is; then pieces of up to 255 bytes, the last one empty.
            file.seek(1, os.SEEK_CUR)
            while (size := file.read(1)) not in (b"", b"\0"):
                file.seek(size[0], os.SEEK_CUR)
                yield b""


def _skip_palette(file: IO[bytes], flags: bytes) -> None:
    if flags and flags[0] & 0x80:
        file.seek(3 * 2 ** ((flags[0] & 7) + 1), os.SEEK_CUR)


_PIECES = {
    "JPEG": (_jpeg_pieces, _SCAN[1:], 2**17),
    "PNG": (_png_pieces, b"IDAT", 2**17),
    "GIF": (_gif_pieces, b",", 2**20),
}
"""Of each kind: its pieces, the mark of its pixels, and how many pieces there may be.

At 4 kB a chunk, which few programs write, a PNG may have 500 MB; a GIF, at 255 bytes, 250 MB.
"""
