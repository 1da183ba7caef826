"""Which reader takes which kind of file; and those that hold little: AVIF, TIFF, GIF, BMP."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.images.pixels import hush_pillow
from forensics.images.provenance.chunks import add_png, add_webp
from forensics.images.provenance.exif import add_exif, raw_tag
from forensics.images.provenance.findings import MAX_BLOCK_BYTES, MAX_BLOCKS, Findings, decoded_text
from forensics.images.provenance.iptc import add_iptc, add_photoshop
from forensics.images.provenance.segments import add_jpeg
from forensics.images.provenance.xmp import add_xmp
from forensics.images.signature import Format, file_format

__all__ = ["Box", "boxes", "read_container"]

_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_C2PA_HEAD = 16 + 4 + len(b"manifest\0") + 8
_XMP_TAG, _IPTC_TAG, _PHOTOSHOP_TAG, _C2PA_TAG = 700, 33723, 34377, 52545
_WITH_AN_END = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
_AVIF_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, RuntimeError,
    MemoryError, struct.error,
)  # fmt: skip


class Box(NamedTuple):
    """One box of an ISO media file, such as AVIF and MP4 are.

    Parameters
    ----------
    kind : bytes
        Its four letters.
    start, end : int
        Of what it holds.

    Examples
    --------
    >>> Box(b"ftyp", 8, 24).kind
    b'ftyp'
    """

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, at: int) -> Iterator[Box]:
    r"""Yield the boxes that follow one another from `at` on, as long as they are boxes.

    Phones append films of this form to their pictures.

    Parameters
    ----------
    data : bytes
        The whole file.
    at : int

    Examples
    --------
    >>> [box.kind for box in boxes(b"\0\0\0\x08free\0\0", 0)]
    [b'free']
    """
    for _ in range(MAX_BLOCKS):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0 and len(kind) == 4:
            size = len(data) - at
        if size < head or at + size > len(data) or not re.fullmatch(rb"[ -~]{4}", kind):
            return
        yield Box(kind, at + head, at + size)
        at += size


def read_container(data: bytes) -> Findings:
    """Findings of one file, its structure walked through once.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Findings
        Of an unknown kind of file with a note that says so.

    Examples
    --------
    >>> read_container(b"BM").container
    'BMP'
    """
    container = file_format(data)
    found = Findings(container or "")
    if container is None:
        found.note("The file is of no kind whose structure is known: nothing but pixels was read.")
        return found
    _READERS[container](data, found)
    if found.end is None and container in _WITH_AN_END:
        found.note("No end of the picture was found: what may follow it was not looked at.")
    return found


def _add_avif(data: bytes, found: Findings) -> None:
    for box in boxes(data, 0):
        if box.kind == b"ftyp" and found.end:
            # Another file of this kind: a film behind the picture.
            break
        found.end = box.end
        if box.kind == b"uuid" and data[box.start : box.start + 16] == _C2PA_BOX:
            found.add_credentials(memoryview(data)[box.start + _C2PA_HEAD : box.end])
    # EXIF and XMP lie in items that a table finds; the decoder knows that table.
    from PIL.AvifImagePlugin import AvifImageFile

    hush_pillow()
    try:
        info = AvifImageFile(io.BytesIO(data)).info
    except _AVIF_DAMAGE:
        found.note("The metadata of this AVIF is damaged and was not read.")
        return
    if info.get("exif"):
        add_exif(info["exif"], found)
    if info.get("xmp"):
        add_xmp(info["xmp"], found)


def _add_tiff(data: bytes, found: Findings) -> None:
    if data[2:4] in (b"+\0", b"\0+"):
        found.note("Metadata of a BigTIFF is not read.")
        return
    add_exif(data, found, is_tiff=True)
    if packet := raw_tag(data, _XMP_TAG):
        add_xmp(packet, found)
    add_iptc(raw_tag(data, _IPTC_TAG), found)
    add_photoshop(raw_tag(data, _PHOTOSHOP_TAG), found)
    found.add_credentials(raw_tag(data, _C2PA_TAG))


def _add_bmp(data: bytes, found: Findings) -> None:
    size = int.from_bytes(data[2:6], "little")
    # Some programs leave the field empty.
    found.end = size if 26 <= size <= len(data) else None


def _add_gif(data: bytes, found: Findings) -> None:
    at, pieces = 13 + _palette_bytes(data[10:11]), 0
    while pieces < MAX_BLOCKS:
        mark = data[at : at + 1]
        if mark == b";":
            found.end = at + 1
            return
        if mark not in (b",", b"!"):
            return
        palette = _palette_bytes(data[at + 9 : at + 10]) if mark == b"," else 0
        start = at + (11 + palette if mark == b"," else 2)
        label, at = data[at + 1 : at + 2], start
        while pieces < MAX_BLOCKS and at < len(data) and data[at]:
            # Pieces of at most 255 bytes, each with its length before it, the last one empty.
            at += 1 + data[at]
            pieces += 1
        at, pieces = at + 1, pieces + 1
        if mark == b"!":
            _add_extension(label, data[start : min(at, start + MAX_BLOCK_BYTES)], found)


def _palette_bytes(flags: bytes) -> int:
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _joined(pieces: bytes) -> bytes:
    joined, at = bytearray(), 0
    while at < len(pieces) and pieces[at]:
        joined += pieces[at + 1 : at + 1 + pieces[at]]
        at += 1 + pieces[at]
    return bytes(joined)


def _add_extension(label: bytes, body: bytes, found: Findings) -> None:
    if not found.affords(len(body)):
        return
    if label == b"\xfe":
        found.add("GIF comment", "Comment", decoded_text(_joined(body)))
    elif label == b"\xff" and body[1:12] == b"XMP DataXMP":
        # Not cut into pieces: the packet is followed by a ramp of lengths that leads out of it.
        add_xmp(body[12 : body.rfind(b"\1\xff\xfe\xfd")], found)
    elif label == b"\xff" and body[1:9] == b"C2PA_GIF":
        found.add_credentials(_joined(body[12:]))


_READERS: dict[Format, Callable[[bytes, Findings], None]] = {
    "JPEG": add_jpeg,
    "PNG": add_png,
    "WEBP": add_webp,
    "AVIF": _add_avif,
    "TIFF": _add_tiff,
    "GIF": _add_gif,
    "BMP": _add_bmp,
}
