"""JPEG files, segment by segment: what stands before, between and after the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from forensics.images.jpegheader import END, Segment, segments
from forensics.images.provenance.exif import add_exif, whole_number
from forensics.images.provenance.findings import MAX_BLOCK_BYTES, MAX_BLOCKS, Findings, decoded_text
from forensics.images.provenance.iptc import add_photoshop
from forensics.images.provenance.xmp import add_xmp

__all__ = ["add_jpeg", "is_manifest_store", "jpeg_end"]

_APP1, _APP2, _APP11, _APP13, _COMMENT = 0xE1, 0xE2, 0xEB, 0xED, 0xFE

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP, _MORE_XMP_HEAD = b"http://ns.adobe.com/xmp/extension/\0", 75
_PHOTOSHOP, _MPF, _JUMBF = b"Photoshop 3.0\0", b"MPF\0", b"JP"
_NUMBER_OF_IMAGES = 0xB001
_MAX_BOXES = 16


def _whole(data: bytes, start: int) -> Iterator[Segment]:
    """As many segments as are read of one file, up to the first that is cut off."""
    for segment in islice(segments(data, start), MAX_BLOCKS):
        if segment.end > len(data):
            return
        yield segment


def jpeg_end(data: bytes, start: int) -> int | None:
    """Return where the JPEG that begins at `start` ends, None where it has no end mark.

    What follows is hidden from every viewer.

    Parameters
    ----------
    data : bytes
        The whole file.
    start : int

    Examples
    --------
    >>> jpeg_end(bytes.fromhex("ffd8 ffd9 00"), 0)
    4
    """
    ends = (segment.end for segment in _whole(data, start) if segment.marker == END)
    return next(ends, None)


def is_manifest_store(box: bytes | bytearray) -> bool:
    r"""Whether a JUMBF box holds C2PA manifests, and not some other metadata.

    Parameters
    ----------
    box : bytes
        From its length on.

    Examples
    --------
    >>> is_manifest_store(b"\0\0\0\x10jumb\0\0\0\x08jumd")
    False
    """
    return box[4:8] == b"jumb" and b"c2pa" in box[16:64]


def add_jpeg(data: bytes, found: Findings) -> None:
    """Add what the segments of a JPEG hold, and where its picture ends.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : Findings
        Added to.
    """
    boxes: dict[bytes, bytearray] = {}
    more_xmp: dict[int, bytes] = {}
    for segment in _whole(data, 0):
        if segment.marker == END:
            found.end = segment.end
        elif segment.marker in (_APP1, _APP2, _APP11, _APP13, _COMMENT):
            _add_segment(segment.marker, data[segment.start : segment.end], found, boxes, more_xmp)
    if more_xmp:
        _add_more_xmp(more_xmp, found)
    for box in boxes.values():
        if is_manifest_store(box):
            found.add_credentials(box)


def _add_segment(
    marker: int,
    body: bytes,
    found: Findings,
    boxes: dict[bytes, bytearray],
    more_xmp: dict[int, bytes],
) -> None:
    if marker == _COMMENT:
        found.add("JPEG comment", "Comment", decoded_text(body))
    elif marker == _APP1 and body.startswith(_EXIF):
        add_exif(body, found)
    elif marker == _APP1 and body.startswith(_XMP):
        add_xmp(body[len(_XMP) :], found)
    elif marker == _APP1 and body.startswith(_MORE_XMP):
        more_xmp[int.from_bytes(body[_MORE_XMP_HEAD - 4 : _MORE_XMP_HEAD])] = body[_MORE_XMP_HEAD:]
    elif marker == _APP2 and body.startswith(_MPF):
        found.listed_pictures = max(1, whole_number(body[4:], _NUMBER_OF_IMAGES))
    elif marker == _APP13 and body.startswith(_PHOTOSHOP):
        add_photoshop(body[len(_PHOTOSHOP) :], found)
    elif marker == _APP11 and body.startswith(_JUMBF):
        _add_box(body, boxes)


def _add_box(body: bytes, boxes: dict[bytes, bytearray]) -> None:
    # A box is cut into segments of one instance number; each repeats its length and type.
    instance = body[2:4]
    if instance in boxes:
        boxes[instance] += body[16:]
    elif len(boxes) < _MAX_BOXES:
        boxes[instance] = bytearray(body[8:])


def _add_more_xmp(parts: dict[int, bytes], found: Findings) -> None:
    size = sum(map(len, parts.values()))
    if size > MAX_BLOCK_BYTES:
        found.note(f"The extended XMP data has {size:,} bytes and was not read.")
    else:
        add_xmp(b"".join(parts[at] for at in sorted(parts)), found)
