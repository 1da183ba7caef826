"""What is refused before a picture is decoded, because decoding it would cost too much.

A few bytes can ask for gigabytes or minutes. Whatever passes takes less than a gigabyte, and
seconds, at the size that is allowed without being asked for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import IO

from PIL import ImageFile

from forensics.counting import counted
from forensics.images.damage import Scans, scans_of
from forensics.images.pieces import (
    MOST_BLOCKS,
    MOST_NETPBM,
    MOST_PIECES,
    PART,
    SCAN,
    Piece,
    blocks,
    chunks,
    directories,
    netpbm_head,
    segments,
)
from forensics.images.record import bit_depth, stored_size

__all__ = [
    "number_of_frames",
    "too_many_coded",
    "too_many_frames",
    "too_many_pieces",
    "too_many_pixels",
    "too_many_scans",
    "unfit_head",
]

_FEW_SCANS, _MANY_SCANS = 20, 1000
"""What any picture may have (programs write about ten), and what none may."""
_SCANNED = 2_000_000_000
"""Pixels gone through in all scans: an empty one costs up to 1.5 ns a pixel, and 14 bytes."""
_REACH = 2**26
"""Pixels of a GIF that is larger than its header says; Pillow warns a little above."""


def too_many_pixels(opened: ImageFile.ImageFile, max_pixels: int) -> str:
    """Reason why a picture of this size is refused, if it is.

    What decodes WebP, AVIF, HEIC and progressive CMYK, and colours of 16 bits, needs 10 to 16
    bytes of memory a pixel, not at most 8 as for the others: their limit is half of the others'.
    That of JPEG 2000, which needs 25, is a quarter.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.
    max_pixels : int
        Largest number of pixels allowed of other kinds.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.
    """
    weight = _weight(opened)
    limit = max_pixels / weight
    rows, columns = stored_size(opened)
    if rows * columns <= limit:
        return ""
    kind = " for such files" if weight > 1 else ""
    return (
        f"is {rows} x {columns} pixels, {rows * columns / 1e6:.6g} megapixels; "
        f"the limit{kind} is {limit / 1e6:.6g}: pass max_pixels={rows * columns * weight} "
        "to read it"
    )


def _weight(opened: ImageFile.ImageFile) -> int:
    """How much memory a pixel needs, in units of what it usually needs."""
    if opened.format == "JPEG2000":
        return 4
    if opened.format in ("WEBP", "AVIF", "HEIF"):
        return 2
    if opened.format in ("PNG", "TIFF", "PPM"):
        several = opened.mode in ("RGB", "RGBA", "LA", "CMYK")
        return 2 if several and bit_depth(opened, b"") > 8 else 1
    return 2 if opened.mode == "CMYK" and "progressive" in opened.info else 1


def too_many_coded(data: bytes, max_pixels: int) -> str:
    """Reason why a HEIC is refused that is larger than what is cut out of it, if it is.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels : int
        Largest number of pixels allowed of other kinds.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.
    """
    sizes = (struct.unpack(">2L", found[1]) for found in _CODED_SIZE.finditer(data))
    most = max((across * down for across, down in sizes), default=0)
    if most <= max_pixels / 2:
        return ""
    return (
        f"has {most / 1e6:.6g} megapixels, of which a part is shown; the limit for such files is "
        f"{max_pixels / 2e6:.6g}: pass max_pixels={2 * most} to read it"
    )


_CODED_SIZE = re.compile(rb"ispe\0{4}(.{8})", re.DOTALL)


def number_of_frames(opened: ImageFile.ImageFile, data: bytes) -> int:
    """Number of frames of an animation, or of pages of a TIFF; of a HEIC the primary picture.

    Counted without decoding any.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.
    data : bytes
        The whole file.

    Returns
    -------
    int
        1 or more.
    """
    if opened.format == "HEIF" or not getattr(opened, "is_animated", False):
        return 1
    if opened.format == "TIFF":
        return sum(1 for _ in directories(BytesIO(data)))
    if opened.format == "GIF":
        walked = islice(blocks(BytesIO(data)), MOST_BLOCKS)
        return max(1, sum(piece.kind == b"," for piece in walked))
    return int(getattr(opened, "n_frames", 1))


def too_many_frames(opened: ImageFile.ImageFile, frame: int, n_frames: int) -> str:
    """Reason why a frame is refused, if it is.

    An animation is decoded up to the frame that is meant, each upon those before it.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.
    frame : int
        Frame that is meant; the first is 0.
    n_frames : int
        How many there are, from `number_of_frames`.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.
    """
    parts = "page" if opened.format == "TIFF" else "frame"
    if frame >= n_frames:
        several = counted(n_frames, f"{parts} alone", f"{parts}s, counted from 0")
        way_out = f"pass frame={n_frames - 1} for the last" if n_frames > 1 else "pass frame=0"
        return f"has {several}: there is no {parts} {frame}, {way_out}"
    rows, columns = stored_size(opened)
    if opened.format == "TIFF" or (frame + 1) * rows * columns <= _DRAWN:
        return ""
    return (
        f"would have to draw {frame + 1:,} frames of {rows * columns / 1e6:.3g} megapixels to "
        "come to this one: save it as a file of its own"
    )


_DRAWN = 500_000_000
"""Pixels of all frames that are drawn to come to one."""


def unfit_head(file: IO[bytes], kind: str) -> str:
    """Reason why what stands before the pixels is refused, if it is.

    Pillow steps over it in Python, piece by piece, before it knows the size; and it makes a GIF
    as large as its first frame says, wherever that lies, with a warning of its own.

    Parameters
    ----------
    file : binary file
        File at its start, open for reading.
    kind : str
        Format of the file: "JPEG", "PNG", "GIF" or "PPM"; others are not looked at.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.
    """
    if kind == "PPM" and not netpbm_head(file.read(MOST_NETPBM)):
        return "has no sizes at its beginning, as a PPM has: save it anew, or leave it out"
    if kind not in _WALKS:
        return ""
    screen = struct.unpack("<6x2H", file.read(10).ljust(10, b"\0"))
    walk, pixels, most = _WALKS[kind]
    n_steps = 0
    for piece in walk(file):
        n_steps += _steps(piece, file) if kind == "JPEG" else 1
        if n_steps > most:
            return _too_many(most)
        if piece.kind == pixels:
            return _reaching_out(screen, piece, file) if kind == "GIF" else ""
    return ""


def too_many_pieces(data: bytes, kind: str, size: tuple[int, int]) -> str:
    """Reason why a file of so many pieces is refused, if it is.

    A progressive JPEG goes through all its pixels once for every scan, and a scan may be empty.
    Pillow steps over what follows the pixels of a PNG as over what stands before them, and goes
    through those of a GIF to see whether there is another frame.

    Parameters
    ----------
    data : bytes
        The whole file.
    kind : str
        Format of the file, as for `unfit_head`.
    size : (int, int)
        Rows and columns, by the header.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.

    Examples
    --------
    >>> too_many_pieces(b"GIF89a" + bytes(7) + b";", "GIF", (1, 1))
    ''
    >>> too_many_pieces(bytes.fromhex("ffd8 ffda 0002 ffd9"), "JPEG", (1, 1))
    ''
    """
    if kind == "JPEG":
        return too_many_scans(scans_of(data), size[0] * size[1])
    if kind not in _WALKS:
        return ""
    walk, pixels, most = _WALKS[kind]
    n_frames = 0
    for number, piece in enumerate(walk(BytesIO(data))):
        n_frames += kind == "GIF" and piece.kind == pixels
        if n_frames > 1:
            break
        if number >= most:
            return _too_many(most)
    return ""


def too_many_scans(scans: Scans, n_pixels: int) -> str:
    """Reason why a JPEG of so many scans is refused, if it is.

    Parameters
    ----------
    scans : Scans
        What `scans_of` found.
    n_pixels : int
        Number of pixels, by the header.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.
    """
    if scans.n_pieces > MOST_PIECES:
        return _too_many(MOST_PIECES)
    limit = max(_FEW_SCANS, min(_MANY_SCANS, _SCANNED // max(1, n_pixels)))
    if scans.n <= limit:
        return ""
    return (
        f"has {scans.n:,} scans of {n_pixels / 1e6:.3g} megapixels, the limit for this size "
        f"is {limit:,} and programs write about ten: save it anew, or leave it out"
    )


def _too_many(most: int) -> str:
    return f"has more than {most:,} pieces, as no picture does: save it anew, or leave it out"


def _reaching_out(screen: tuple[int, int], frame: Piece, file: IO[bytes]) -> str:
    across, down = screen
    file.seek(frame.start)
    left, top, columns, rows = struct.unpack("<4H", file.read(8).ljust(8, b"\0"))
    reach = max(across, left + columns) * max(down, top + rows)
    if reach <= max(across * down, _REACH):
        return ""
    return (
        f"is {down} x {across} pixels with a first frame of {rows} x {columns} at {top}, {left}, "
        "far outside of it: save it anew, or leave it out"
    )


_APP1, _EXIF, _EXIF_STEPS = b"\xe1", b"Exif", 2**11
"""What a segment of EXIF counts for: 64 of them, 4 MB, are as many as there may be."""


def _steps(piece: Piece, file: IO[bytes]) -> int:
    """How often Pillow reads to get over a segment: what lies between two it goes byte by byte."""
    if piece.kind == PART:
        return piece.end - piece.start
    if piece.kind != _APP1:
        return 1
    file.seek(piece.start)
    # Pillow copies what it has of the EXIF for every further segment of it.
    return _EXIF_STEPS if file.read(min(4, piece.end - piece.start)) == _EXIF else 1


_WALKS: dict[str, tuple[Callable[[IO[bytes]], Iterator[Piece]], bytes, int]] = {
    "JPEG": (segments, SCAN, MOST_PIECES),
    "PNG": (chunks, b"IDAT", MOST_PIECES),
    "GIF": (blocks, b",", MOST_BLOCKS),
}
"""Of each kind: how to walk through it, its pixels, and how many steps that may take."""
