"""What is damaged in a picture file that could be decoded all the same.

A decoder guesses where data is missing or wrong, and goes on in silence: what it makes up has
traces of its own, and nothing of the picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import NamedTuple

import numpy as np

from forensics._typing import Image
from forensics.images.pieces import (
    END,
    MOST_PIECES,
    PART,
    SCAN,
    Piece,
    chunks,
    segments,
    segments_of,
)
from forensics.images.sources.names import brief

__all__ = [
    "PlainHead",
    "Scans",
    "jpeg_damage",
    "plain_head",
    "scans_of",
    "sound_chunks",
    "strict_pixels",
]

_N_COEFFICIENTS = 64
_PROGRESSIVE = (b"\xc2", b"\xc6", b"\xca", b"\xce")
_FRAMES = tuple(bytes([mark]) for mark in range(0xC0, 0xD0) if mark not in (0xC4, 0xC8, 0xCC))
_COLORS = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
"""Pillow's modes of a JPEG, and how libjpeg is asked for the same."""
_CHANNELS = {"RGB": 3, "GRAY": 1, "CMYK": 4}


def strict_pixels(
    data: bytes, mode: str, size: tuple[int, int], *, out: Image | None = None
) -> tuple[Image | None, str]:
    """Pixels of a JPEG by a decoder that stops where libjpeg would warn and go on.

    Bit-identical to Pillow's and faster, and it does not hold up the other threads.

    Parameters
    ----------
    data : bytes
        The whole file.
    mode : str
        Pillow's name of its pixels: "RGB", "L" or "CMYK", which is given as it is stored.
    size : (int, int)
        Rows and columns, by the header.
    out : ndarray, shape (M, N, C), uint8, in C order, optional
        Where to put the pixels, if it has their shape.

    Returns
    -------
    ndarray, shape (M, N, C), uint8, counts, or None
        Pixels as they are stored; None if the decoder refuses the file.
    str
        What it says then; "" if it does not refuse.
    """
    from simplejpeg import decode_jpeg

    color = _COLORS[mode]
    shape = (*size, _CHANNELS[color])
    if out is None or out.shape != shape:
        out = np.empty(shape, np.uint8)
    try:
        # Into an array of the size that was vetted: no other header is believed.
        decoded = decode_jpeg(data, color, fastdct=False, fastupsample=False, buffer=out)
    except ValueError as error:
        return None, str(error) or type(error).__name__
    return (out, "") if decoded.shape == shape else (None, "another size than its header says")


def jpeg_damage(data: bytes, mode: str, size: tuple[int, int], refused: str) -> str:
    """Damage of a JPEG that a strict decoder has refused, if its pixels are touched by it.

    What stands in metadata, between segments, or as zeros behind the coded pixels does not
    reach the pixels: without all that, the decoder is asked again.

    Parameters
    ----------
    data : bytes
        The whole file.
    mode : str
        As for `strict_pixels`.
    size : (int, int)
        Rows and columns, by the header.
    refused : str
        What the decoder said.

    Returns
    -------
    str
        The damage in the decoder's words; "" if the pixels are whole.
    """
    pixels, still = strict_pixels(_bare(data), mode, size)
    return "" if pixels is not None else brief(still or refused)


def _bare(data: bytes) -> bytes:
    """A JPEG without what no pixel depends on."""
    bare = bytearray(data[:2])
    sequential, scanned = True, False
    for kind, start, end in islice(segments(BytesIO(data)), MOST_PIECES):
        if kind == PART:
            if scanned:
                coded = data[start:end].rstrip(b"\0")
                # A zero that belongs to a coded 0xFF is not what was filled up.
                bare += coded + b"\0" if coded.endswith(b"\xff") else coded
        elif kind == SCAN and sequential:
            bare += data[start - 4 : end - 3] + bytes((0, _N_COEFFICIENTS - 1, 0))
        elif not (b"\xe0" <= kind <= b"\xef" or kind == b"\xfe"):
            bare += data[start - (2 if start == end else 4) : end]
        scanned = scanned or kind == SCAN
        sequential = sequential and kind not in _PROGRESSIVE
        if kind == END:
            break
    return bytes(bare)


class PlainHead(NamedTuple):
    """Header of a JPEG as most programs write it: three colours of 8 bits, in a usual coding.

    Parameters
    ----------
    rows, columns : int
        Size of the picture.
    progressive : bool
        Whether its pixels come in several scans, and not all in the first.
    """

    rows: int
    columns: int
    progressive: bool


def plain_head(data: bytes) -> PlainHead | None:
    """Header of a JPEG that holds nothing but what every decoder takes in the same way.

    Pillow need not be asked about such a file, which would take a tenth of the time that a small
    picture takes to be decoded.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    PlainHead or None
        None of any other file: one with metadata, gray, of four colours, or not in order.

    Examples
    --------
    >>> plain_head(b"no picture") is None
    True
    """
    found: PlainHead | None = None
    for mark, at, length in islice(_head(data), _FEW):
        if mark == SCAN:
            whole = found is not None and (found.progressive or data[at + 4] == _COLORED)
            return found if whole else None
        if mark in _PLAIN_FRAMES and found is None:
            size, bits, n_components = data[at + 5 : at + 9], data[at + 4], data[at + 9]
            if (length, bits, n_components) != (8 + 3 * _COLORED, 8, _COLORED):
                return None
            rows, columns = int.from_bytes(size[:2]), int.from_bytes(size[2:])
            found = PlainHead(rows, columns, mark in _PROGRESSIVE)
        elif length < 2 or not _is_harmless(mark, length, data[at + 4 : at + 9]):
            return None
    return None


_COLORED, _FEW = 3, 64
_PLAIN_FRAMES = (b"\xc0", b"\xc2")
_TABLES, _HARMLESS = b"\xdb", (b"\xc4", b"\xdd", b"\xfe")
"""Marks of quantization tables; of Huffman tables, the restart interval and comments."""
_SAID = {b"\xe0": (16, b"JFIF\0"), b"\xee": (14, b"Adobe")}
"""Segments that say what the colours are: their length, and how they begin."""


def _is_harmless(mark: bytes, length: int, begin: bytes) -> bool:
    """Whether no decoder stumbles over a segment before the pixels."""
    if mark in _SAID:
        return (length, begin) == _SAID[mark]
    return mark in _HARMLESS or (mark == _TABLES and (length - 2) % (_N_COEFFICIENTS + 1) == 0)


def _head(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Segments of a JPEG's header: their marks, where they begin, and the lengths that they say."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 9 < len(data):
        length = int.from_bytes(data[at + 2 : at + 4])
        yield data[at + 1 : at + 2], at, length
        at += 2 + length


def _in_one_scan(data: bytes) -> bool:
    """Whether a JPEG has all its pixels in one scan, by its header alone, as most have.

    A decoder reads no other then. False also where the header is not in order.
    """
    n_components = 0
    for mark, at, _ in _head(data):
        if mark == SCAN:
            return 0 < n_components == data[at + 4]
        if mark in _PROGRESSIVE:
            return False
        if mark in _FRAMES:
            n_components = data[at + 9]
    return False


class Scans(NamedTuple):
    """Scans of a JPEG, up to its end mark.

    Parameters
    ----------
    n : int
        How many there are.
    missing : str
        What they lack of the picture as a phrase; "" if every coefficient of every component was
        sent to its last bit.
    n_pieces : int
        Pieces of the file that were gone through, at most one more than a file may have.
    """

    n: int
    missing: str
    n_pieces: int


def scans_of(data: bytes) -> Scans:
    """Scans before the end mark of a JPEG, and what they lack of the picture.

    No decoder says so: it shows what it has, a progressive file out of focus.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Scans
        Of a file with all pixels in one scan by its header alone.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (32, 32), "red").save(file, "JPEG", progressive=True)
    >>> whole = file.getvalue()
    >>> cut = whole[: whole.rindex(bytes.fromhex("ffda"))] + bytes.fromhex("ffd9")
    >>> scans_of(whole).n, scans_of(whole).missing, scans_of(cut).missing
    (10, '', 'its last scans are missing')
    """
    if _in_one_scan(data):
        return Scans(1, "", 1)
    left: dict[int, list[bool]] = {}
    n_scans = n_pieces = 0
    progressive = False
    for kind, start, end in islice(segments_of(data), MOST_PIECES + 1):
        n_pieces += 1
        if kind in _FRAMES and not left:
            progressive = kind in _PROGRESSIVE
            left = {one: [True] * _N_COEFFICIENTS for one in data[start + 6 : end : 3]}
        elif kind == SCAN:
            n_scans += 1
            n = data[start] if start < len(data) else 0
            first, last, bits = (data[start + 1 + 2 * n : end] + bytes(3))[:3]
            if not progressive:
                first, last, bits = 0, _N_COEFFICIENTS - 1, 0
            last = min(last, _N_COEFFICIENTS - 1)
            for one in data[start + 1 : start + 1 + 2 * n : 2]:
                unfinished = bool(bits & 15)
                left.get(one, [])[first : last + 1] = [unfinished] * (last + 1 - first)
        elif kind == END:
            break
    unsent = any(any(one) for one in left.values())
    return Scans(n_scans, "its last scans are missing" if unsent else "", n_pieces)


def sound_chunks(data: bytes, *, all_frames: bool = False) -> tuple[bytes, tuple[str, ...]]:
    """A PNG without the chunks whose checksum is wrong and that no pixel depends on.

    Every viewer leaves these out, such as a text that somebody has edited by hand.

    Parameters
    ----------
    data : bytes
        The whole file.
    all_frames : bool
        Whether pixels of an animation count as well, not those of the still picture alone.

    Returns
    -------
    bytes
        The file without them; `data` itself where all are sound.
    tuple of str
        Names of those left out, in the order of the file.

    Raises
    ------
    SyntaxError
        One that pixels depend on has a wrong checksum, or the file ends before its end.
    """
    view = memoryview(data)
    broken: list[Piece] = []
    ended = False
    for piece in islice(chunks(BytesIO(data)), MOST_PIECES):
        kind, start, end = piece
        ended = kind == b"IEND"
        if ended:
            break
        if zlib.crc32(view[start - 4 : end]).to_bytes(4) != data[end : end + 4]:
            critical = not kind[0] & 0x20 or (all_frames and kind in _ANIMATION)
            if critical or end + 4 > len(data):
                raise SyntaxError(f"broken PNG file (bad header checksum in {kind!r})")
            broken.append(piece)
    if not ended:
        raise SyntaxError("broken PNG file (incomplete)")
    if not broken:
        return data, ()
    names = tuple(one.kind.decode("latin-1") for one in broken)
    if any(one.kind in _ANIMATION for one in broken):
        # A sequence with a gap is none: what is left is the still picture.
        every = islice(chunks(BytesIO(data)), MOST_PIECES)
        broken = [one for one in every if one.kind in _ANIMATION or one in broken]
    kept, at = bytearray(), 0
    for _, start, end in broken:
        kept += data[at : start - 8]
        at = end + 4
    return bytes(kept + data[at:]), names


_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
