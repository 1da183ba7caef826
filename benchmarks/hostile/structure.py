"""Damage that knows a format: wrong sizes, lengths, counts and tags in files that still parse.

Blind edits rarely get past a checksum, a signature or a table of offsets; these do.
"""

from __future__ import annotations

import gzip
import re
import struct
import tarfile
import zlib
from collections.abc import Sequence
from random import Random

from hostile.mutations import INTERESTING, Edit, poked, scribbled
from hostile.seeds import CONTAINERS, chunk, seeds, tarred, zipped

__all__ = ["edits_of"]

_LARGE = (1, 2, 15, 16, 17, 100, 1000, 4000, 9999, 16383, 65535)


def edits_of(container: str) -> Sequence[Edit]:
    """The edits that know this container."""
    return _EDITS[container]


def _side(random: Random) -> int:
    # Mostly near what is there: a header of a hundred megapixels costs a second to refuse.
    return random.choice(_LARGE[:7]) if random.random() < 0.95 else random.choice(_LARGE)


# PNG


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(">L", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return chunks


def _png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in chunks)


def _png_body(data: bytes, random: Random) -> bytes:
    chunks = _png_chunks(data)
    if not chunks:
        return data
    at = random.randrange(len(chunks))
    kind, body = chunks[at]
    chunks[at] = (kind, scribbled(body, random))
    return _png(chunks)


def _png_order(data: bytes, random: Random) -> bytes:
    chunks = _png_chunks(data)
    if not chunks:
        return data
    one, other = random.randrange(len(chunks)), random.randrange(len(chunks))
    how = random.randrange(4)
    if how == 0:
        chunks[one], chunks[other] = chunks[other], chunks[one]
    elif how == 1:
        chunks.insert(other, chunks[one])
    elif how == 2:
        del chunks[one]
    else:
        body = random.choice((b"", bytes(4), b"\xff" * 8, chunks[other][1]))
        kinds = (b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"gAMA", b"cHRM", b"pHYs", b"iCCP")
        chunks.insert(one, (random.choice((*kinds, b"zTXt", b"iTXt", b"eXIf", b"sRGB")), body))
    return _png(chunks)


def _png_head(data: bytes, random: Random) -> bytes:
    chunks = _png_chunks(data)
    if not chunks or len(chunks[0][1]) < 13:
        return data
    kind, head = chunks[0]
    fields = ((0, 4, _side(random)), (4, 4, _side(random)), (8, 1, random.choice((1, 2, 4, 8, 16))))
    flags = ((9, 1, random.choice((0, 2, 3, 4, 6))), (12, 1, 1), (10, 1, 1), (11, 1, 1))
    chunks[0] = (kind, poked(head, *random.choice((*fields, *flags))))
    return _png(chunks)


def _png_rows(data: bytes, random: Random) -> bytes:
    # The pixels unpacked, damaged and packed again: the damage gets to the filters.
    chunks = _png_chunks(data)
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    try:
        rows = zlib.decompressobj().decompress(packed, 2**20)
    except zlib.error:
        return data
    rows = random.choice((scribbled(rows, random), rows[: len(rows) // 2], rows + bytes(999)))
    kept = [one for one in chunks if one[0] not in (b"IDAT", b"IEND")]
    return _png([*kept, (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")])


# JPEG


def _jpeg_segments(data: bytes) -> list[tuple[int, int, int]]:
    """Marker, start and end of each up to the first scan, the marker's own bytes included."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        segments.append((data[at + 1], at, min(end, len(data))))
        if data[at + 1] == 0xDA:
            break
        at = end
    return segments


def _jpeg_segment(data: bytes, random: Random) -> bytes:
    segments = _jpeg_segments(data)
    if not segments:
        return data
    _, start, end = random.choice(segments)
    to = random.choice(segments)[1]
    length = random.choice((0, 1, 2, 3, 8, 17, 64, 255, 0xFFFF))
    marker = random.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC9, 0xDA, 0xDB, 0xDD, 0xDC, 0xE1))
    return random.choice(
        (
            poked(data, start + 2, 2, length),
            poked(data, start + 1, 1, marker),
            data[:start] + data[end:],
            data[:to] + data[start:end] + data[to:],
            data[:end] + data[start:],  # one more scan, if this one begins it
            data[: start + 4] + scribbled(data[start + 4 : end], random) + data[end:],
        )
    )


def _jpeg_frame(data: bytes, random: Random) -> bytes:
    frames = [start for marker, start, _ in _jpeg_segments(data) if marker in (0xC0, 0xC1, 0xC2)]
    if not frames:
        return data
    at = frames[0]
    sampling = random.choice((0x11, 0x12, 0x21, 0x22, 0x41, 0x14, 0x44, 0x33, 0x00))
    fields = (
        (at + 5, 2, _side(random)),
        (at + 7, 2, _side(random)),
        (at + 4, 1, random.choice((8, 12, 16))),
        (at + 9, 1, random.choice((0, 1, 2, 3, 4))),
        (at + 11 + 3 * random.randrange(3), 1, sampling),
        (at + 12 + 3 * random.randrange(3), 1, random.randrange(5)),
    )
    return poked(data, *random.choice(fields))


# TIFF, and the EXIF in every other container


def _tiff_tag(data: bytes, random: Random) -> bytes:
    heads = [found.start() for found in re.finditer(rb"II\*\0|MM\0\*", data)]
    if not heads:
        return data
    start = random.choice(heads)
    order = "little" if data[start : start + 1] == b"I" else "big"
    first = start + int.from_bytes(data[start + 4 : start + 8], order)
    n_tags = int.from_bytes(data[first : first + 2], order)
    at = first + 2 + 12 * random.randrange(min(n_tags, 64) + 1)
    tags = (
        254, 256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 320, 322, 324, 325, 339,
    )  # fmt: skip
    value = random.choice((*INTERESTING, len(data), len(data) - start, first - start))
    fields = (
        (at, 2, random.choice((*tags, 338, 347, 530, 34665, 34853, 0x0201))),
        (at + 2, 2, random.randrange(20)),
        (at + 4, 4, value),
        (at + 8, 4, value),
        (at + 8, 2, random.choice((_side(random), random.randrange(10), 34712, 50000, 32773, 7))),
        (first, 2, random.choice((0, 1, n_tags + 1, 0xFFFF))),
        (start + 4, 4, value),
    )
    return poked(data, *random.choice(fields), order)


# RIFF, ISO boxes, GIF and BMP


def _riff_chunk(data: bytes, random: Random) -> bytes:
    starts, at = [], 12
    while at + 8 <= len(data):
        starts.append(at)
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    if not starts:
        return data
    at = random.choice(starts)
    kinds = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"EXIF", b"XMP ", b"ICCP")
    how = random.randrange(4)
    if how == 0:
        return poked(data, at + 4, 4, random.choice(INTERESTING), "little")
    if how == 1:
        return data[:at] + random.choice(kinds) + data[at + 4 :]
    if how == 2:
        return poked(data, 4, 4, random.choice((*INTERESTING, len(data))), "little")
    # Flags and sizes stand in the first bytes of whatever chunk has them.
    return data[: at + 8] + scribbled(data[at + 8 : at + 20], random) + data[at + 20 :]


_BOXES = re.compile(rb"ftyp|meta|hdlr|pitm|iloc|iinf|infe|iprp|ipco|ispe|pixi|av1C|colr|ipma|mdat")


def _iso_box(data: bytes, random: Random) -> bytes:
    found = [one.start() for one in _BOXES.finditer(data)]
    if not found:
        return data
    at = random.choice(found)
    how = random.randrange(3)
    if how == 0:
        return poked(data, at - 4, 4, random.choice(INTERESTING)) if at >= 4 else data
    if how == 1:
        field = at + 4 + 4 * random.randrange(4)
        return poked(data, field, 4, random.choice((_side(random), *INTERESTING)))
    return data[: at + 4] + scribbled(data[at + 4 : at + 24], random) + data[at + 24 :]


def _gif_field(data: bytes, random: Random) -> bytes:
    frame = data.find(b",", 13)
    fields = [(6, 2, _side(random)), (8, 2, _side(random)), (10, 1, random.randrange(256))]
    if frame > 0:
        fields += [(frame + 1 + 2 * i, 2, _side(random)) for i in range(4)]
        fields += [(frame + 9, 1, random.randrange(256)), (frame + 10, 1, random.randrange(16))]
    return poked(data, *random.choice(fields), "little")


def _bmp_field(data: bytes, random: Random) -> bytes:
    fields = (
        (2, 4, random.choice(INTERESTING)), (10, 4, random.choice(INTERESTING)),
        (14, 4, random.choice((12, 16, 40, 52, 56, 64, 108, 124, 0))),
        (18, 4, random.choice((_side(random), -_side(random)))),
        (22, 4, random.choice((_side(random), -_side(random)))),
        (26, 2, random.randrange(3)), (28, 2, random.choice((0, 1, 2, 4, 8, 16, 24, 32, 64))),
        (30, 4, random.randrange(8)), (34, 4, random.choice(INTERESTING)),
        (46, 4, random.choice(INTERESTING)), (54, 4, random.choice(INTERESTING)),
    )  # fmt: skip
    return poked(data, *random.choice(fields), "little")


# Archives


def _repacked(container: str) -> Edit:
    """An archive of pictures that were damaged before they were packed."""

    def edit(_data: bytes, random: Random) -> bytes:
        files = {}
        for number in range(random.randint(1, 3)):
            kind = random.choice(CONTAINERS[:6])
            picture = random.choice(seeds(kind))
            name = random.choice((f"{number}.{kind.lower()}", "../1.png", "a/b.jpg", "c\n.gif"))
            files[name] = random.choice((*_EDITS[kind], scribbled))(picture, random)
        if container == "ZIP":
            return zipped(files)
        packed = tarred(files)
        return gzip.compress(packed, 1, mtime=0) if random.random() < 0.3 else packed

    return edit


def _zip_field(data: bytes, random: Random) -> bytes:
    marks = [one.start() for one in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    if not marks:
        return data
    at, size = random.choice(marks) + random.randrange(4, 46), random.choice((1, 2, 4))
    return poked(data, at, size, random.choice((*INTERESTING, 9, 12, 14, 93)), "little")


def _tar_field(data: bytes, random: Random) -> bytes:
    packed = data[:2] == b"\x1f\x8b"
    try:
        plain = zlib.decompressobj(31).decompress(data, 2**20) if packed else data
    except zlib.error:
        return data
    heads = range(0, len(plain) - 511, 512)
    heads = [at for at in heads if plain[at + 257 : at + 262] == b"ustar"]
    if not heads:
        return data
    at = random.choice(heads)
    head = bytearray(plain[at : at + 512])
    start, size = random.choice(((0, 100), (100, 8), (124, 12), (156, 1), (157, 100), (345, 155)))
    text = random.choice(
        (b"../1.png", b"77777777777", b"00000000000", b"\x80" + b"\xff" * 10, b"K")
    )
    kind = bytes([random.choice(b"0123456789gxLSX\0")])
    sizes = (b"77777777777", b"00000000000", b"\x80" + b"\xff" * 10)
    text = random.choice((b"../1.png", *sizes, kind, kind))
    head[start : start + size] = text[:size].ljust(size, b"\0")
    head[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(head))[0]
    plain = plain[:at] + bytes(head) + plain[at + 512 :]
    return gzip.compress(plain, 1, mtime=0) if packed else plain


def _codestream_head(data: bytes, random: Random) -> bytes:
    # Of JPEG 2000: sizes, tiles, components, and how they are coded.
    at = data.find(b"\xff\x4f\xff\x51")
    if at < 0:
        return data
    return data[: at + 6] + scribbled(data[at + 6 : at + 90], random) + data[at + 90 :]


_EDITS: dict[str, tuple[Edit, ...]] = {
    "JPEG": (_jpeg_segment, _jpeg_segment, _jpeg_frame, _tiff_tag),
    "PNG": (_png_body, _png_order, _png_head, _png_rows, _tiff_tag),
    "WEBP": (_riff_chunk, _riff_chunk, _tiff_tag),
    "TIFF": (_tiff_tag,),
    "BMP": (_bmp_field,),
    "GIF": (_gif_field,),
    "AVIF": (_iso_box, _iso_box, _tiff_tag),
    "HEIF": (_iso_box, _iso_box, _tiff_tag),
    "JPEG2000": (_iso_box, _codestream_head),
    "ZIP": (_repacked("ZIP"), _zip_field, _zip_field),
    "TAR": (_repacked("TAR"), _tar_field, _tar_field),
}
