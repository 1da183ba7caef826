"""What is damaged in a picture file that could be decoded all the same.

A decoder guesses where data is missing or wrong, and goes on in silence: what it makes up has
traces of its own, and nothing of the picture.
"""

from __future__ import annotations

import struct
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
    "CompletedPng",
    "PlainHead",
    "Scans",
    "closed_jpeg",
    "completed_png",
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
    bare, ended = _bare(data)
    pixels, still = strict_pixels(bare, mode, size)
    if pixels is None and not ended:
        # What was taken for zeros behind the coded pixels may have been the last of them.
        pixels, _ = strict_pixels(data + _END_MARK, mode, size)
    if pixels is not None:
        return ""
    return brief(still or refused) if ended else _cut_off(bare, mode, size)


def closed_jpeg(data: bytes) -> bytes:
    """A JPEG with an end mark, for a decoder that would ask for more where it is cut off.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    bytes
        The file without zeros behind it, nor a segment that is not whole, and the mark.

    Examples
    --------
    >>> closed_jpeg(bytes.fromhex("ffd8 0000")).hex()
    'ffd8ffd9'
    """
    there = data.rstrip(b"\0")
    for kind, start, end in islice(segments(BytesIO(there)), MOST_PIECES):
        if kind == END:
            return data
        if kind != PART and end > len(there):
            there = there[: start - 4]
    return there + _END_MARK


def _bare(data: bytes) -> tuple[bytes, bool]:
    """A JPEG without what no pixel depends on, with an end mark, and whether it had one."""
    bare = bytearray(data[:2])
    sequential, scanned, ended = True, False, False
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
        ended = kind == END
        if ended:
            break
    return bytes(bare if ended else bare + _END_MARK), ended


def _cut_off(closed: bytes, mode: str, size: tuple[int, int]) -> str:
    """What a JPEG lacks that was cut off and then closed."""
    if not _in_one_scan(closed):
        return "cut off, missing part of its last scans"
    # What the file determines is the same whatever would follow it.
    ends = (b"", _something_else(closed))
    one, other = (_lenient(closed[:-2] + end + _END_MARK, mode) for end in ends)
    differing = np.flatnonzero((one != other).any(axis=(1, 2)))
    n = size[0] - int(differing[0]) if differing.size else 1
    return f"cut off, missing {n:,} of {size[0]:,} rows, the first in part"


def _something_else(coded: bytes) -> bytes:
    """Bytes that code no even gray, which a decoder puts for what is missing; in every interval."""
    at = max(coded.rfind(bytes((0xFF, 0xD0 + n))) for n in range(8))
    last = coded[at + 1] if at >= 0 else 0xD7
    marks = (0xD0 + (last + n) % 8 for n in range(1, 9))
    return b"".join(bytes((*range(0xAA, 0xFF), 0xFF, mark)) for mark in marks)


def _lenient(data: bytes, mode: str) -> Image:
    from simplejpeg import decode_jpeg

    color = _COLORS[mode]
    decoded: Image = decode_jpeg(data, color, fastdct=False, fastupsample=False, strict=False)
    return decoded


_END_MARK = b"\xff" + END


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


class CompletedPng(NamedTuple):
    """A PNG that can be decoded, made of one that was cut off or whose pixels are damaged.

    Parameters
    ----------
    data : bytes
        The file, with zeros for the pixels that are missing.
    lack : str
        What is missing or wrong as a phrase; "" if every pixel is there.
    broken : tuple of str
        Names of chunks left out that no pixel depends on, "IEND" for an end that is missing.
    """

    data: bytes
    lack: str
    broken: tuple[str, ...]


def completed_png(data: bytes, refused: str, max_pixels: int) -> CompletedPng:
    """A PNG with all its pixels, of one that lacks some: those that are there, and zeros.

    Parameters
    ----------
    data : bytes
        The whole file.
    refused : str
        What `sound_chunks` said of it.
    max_pixels : int
        Of a larger picture no pixel is unpacked.

    Returns
    -------
    CompletedPng
        A still picture: what moves is left out.

    Raises
    ------
    SyntaxError
        Its header or palette is damaged, or it has no pixel.
    """
    view = memoryview(data)
    whole: list[list[bytes]] = [[], []]
    coded: list[memoryview] = []
    broken: list[str] = []
    wrong = ended = False
    for kind, start, end in islice(chunks(BytesIO(data)), MOST_PIECES):
        ended = kind == b"IEND"
        there = end + 4 <= len(data)
        sound = there and zlib.crc32(view[start - 4 : end]).to_bytes(4) == data[end : end + 4]
        if ended:
            break
        if kind == b"IDAT":
            coded.append(view[start:end])
            wrong = wrong or (there and not sound)
        elif sound and kind not in _ANIMATION:
            whole[bool(coded)].append(data[start - 8 : end + 4])
        elif kind[0] & 0x20:
            broken.append(kind.decode("latin-1"))
        else:
            raise SyntaxError(refused)
    if not coded or whole[0][0][4:8] != b"IHDR":
        raise SyntaxError(refused)
    header = _PngHeader(*struct.unpack(">2L5B", whole[0][0][8:21]))
    n_raw = header.n_raw if header.columns * header.rows <= max_pixels else 0
    packed, n_there, unpacked = _repacked(coded, n_raw)
    if not n_there and n_raw:
        raise SyntaxError(refused)
    ends = [_chunk(b"IDAT", packed), *whole[1], _chunk(b"IEND", b"")]
    lack = header.lack(n_there, "cut off" if unpacked else "packed pixels damaged")
    if not lack and (wrong or not unpacked):
        lack = refused
    names = (*broken, *(() if ended else ("IEND",)))
    return CompletedPng(b"".join((data[:8], *whole[0], *ends)), lack, names)


class _PngHeader(NamedTuple):
    columns: int
    rows: int
    bits: int
    color: int
    packing: int
    filtering: int
    interlace: int

    def _row(self, columns: int) -> int:
        """Bytes of a row, with the one that names its filter."""
        return 1 + -(-columns * self.bits * _PNG_CHANNELS.get(self.color, 4) // 8)

    @property
    def n_raw(self) -> int:
        """Bytes of all rows, unpacked."""
        if not self.interlace:
            return self.rows * self._row(self.columns)
        sizes = (
            (-((top - self.rows) // down), -((left - self.columns) // across))
            for top, left, down, across in _PASSES
        )
        return sum(rows * self._row(columns) for rows, columns in sizes if columns > 0)

    def lack(self, n_there: int, why: str) -> str:
        """What is missing of a picture of which so many bytes are there."""
        if n_there >= self.n_raw:
            return ""
        if self.interlace:
            return f"{why}, missing {1 - n_there / self.n_raw:.0%} of its interlaced pixels"
        n = self.rows - n_there // self._row(self.columns)
        return f"{why}, missing {n:,} of {self.rows:,} rows, the first in part"


_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
    (1, 0, 2, 1),
)  # fmt: skip
"""First row and column of each pass of an interlaced PNG, and its steps."""
_AT_A_TIME = 2**14


def _repacked(coded: list[memoryview], n_raw: int) -> tuple[bytes, int, bool]:
    """Packed pixels filled up with zeros, how many bytes were there, and if none was wrong."""
    unpack, pack = zlib.decompressobj(), zlib.compressobj(1)
    packed = bytearray()
    n_there, sound = 0, True
    parts = (one[at : at + _AT_A_TIME] for one in coded for at in range(0, len(one), _AT_A_TIME))
    for part in parts:
        before = unpack.copy()
        try:
            raw = unpack.decompress(part)
        except zlib.error:
            sound = False
            raw = b"".join(_before_the_error(before, part))
        packed += pack.compress(raw[: n_raw - n_there])
        n_there += len(raw)
        if not sound or unpack.eof or n_there > n_raw:
            break
    for at in range(n_there, n_raw, _AT_A_TIME):
        packed += pack.compress(bytes(min(_AT_A_TIME, n_raw - at)))
    return bytes(packed + pack.flush()), min(n_there, n_raw), sound


def _before_the_error(unpack: zlib._Decompress, part: memoryview) -> Iterator[bytes]:
    try:
        for at in range(len(part)):
            yield unpack.decompress(part[at : at + 1])
    except zlib.error:
        return


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4)
