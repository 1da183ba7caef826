"""JPEG files, segment by segment: what stands before, between and after the pixels."""

from __future__ import annotations

from io import BytesIO

from forensics.images.metadata.exif import add_exif
from forensics.images.metadata.fields import MAX_BLOCK_BYTES, MetadataFields, decoded_text
from forensics.images.metadata.iptc import add_photoshop
from forensics.images.metadata.xmp import add_xmp
from forensics.images.pieces import END, segments, whole
from forensics.images.record import listed_pictures

__all__ = [
    "add_jpeg",
    "is_manifest_store",
    "jpeg_end",
]

_APP1, _APP2, _APP11, _APP13, _COMMENT = b"\xe1", b"\xe2", b"\xeb", b"\xed", b"\xfe"

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP, _MORE_XMP_HEAD = b"http://ns.adobe.com/xmp/extension/\0", 75
_PHOTOSHOP, _MPF, _JUMBF = b"Photoshop 3.0\0", b"MPF\0", b"JP"
_MAX_BOXES = 16


def jpeg_end(data: bytes, start: int) -> int | None:
    """Byte at which the JPEG that begins at `start` ends.

    What follows is hidden from every viewer.

    Parameters
    ----------
    data : bytes
        The whole file.
    start : int
        Byte at which it begins.

    Returns
    -------
    int or None
        None if it has no end mark.

    Examples
    --------
    >>> jpeg_end(bytes.fromhex("ffd8 ffd9 00"), 0)
    4
    """
    pieces = whole(segments(BytesIO(data), start), len(data))
    return next((piece.end for piece in pieces if piece.kind == END), None)


def is_manifest_store(box: bytes | bytearray) -> bool:
    r"""Whether a JUMBF box holds C2PA manifests, and not some other metadata.

    Parameters
    ----------
    box : bytes
        The box, from its length on.

    Returns
    -------
    bool
        True for a C2PA manifest store.

    Examples
    --------
    >>> is_manifest_store(b"\0\0\0\x10jumb\0\0\0\x08jumd")
    False
    """
    return box[4:8] == b"jumb" and b"c2pa" in box[16:64]


def add_jpeg(data: bytes, found: MetadataFields) -> None:
    """Add what the segments of a JPEG hold, and where its picture ends.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : MetadataFields
        Added to.
    """
    boxes: dict[bytes, bytearray] = {}
    more_xmp: dict[int, bytes] = {}
    for kind, start, end in whole(segments(BytesIO(data)), len(data)):
        if kind == END:
            found.end = end
            break
        if kind in (_APP1, _APP2, _APP11, _APP13, _COMMENT):
            _add_segment(kind, data[start:end], found, boxes, more_xmp)
    if more_xmp:
        _add_more_xmp(more_xmp, found)
    for box in boxes.values():
        if is_manifest_store(box):
            found.add_credentials(box)


def _add_segment(
    kind: bytes,
    body: bytes,
    found: MetadataFields,
    boxes: dict[bytes, bytearray],
    more_xmp: dict[int, bytes],
) -> None:
    if kind == _COMMENT:
        found.add("JPEG comment", "Comment", decoded_text(body))
    elif kind == _APP1 and body.startswith(_EXIF):
        add_exif(body, found)
    elif kind == _APP1 and body.startswith(_XMP):
        add_xmp(body[len(_XMP) :], found)
    elif kind == _APP1 and body.startswith(_MORE_XMP):
        more_xmp[int.from_bytes(body[_MORE_XMP_HEAD - 4 : _MORE_XMP_HEAD])] = body[_MORE_XMP_HEAD:]
    elif kind == _APP2 and body.startswith(_MPF):
        found.listed_pictures = listed_pictures(body[len(_MPF) :])
    elif kind == _APP13 and body.startswith(_PHOTOSHOP):
        add_photoshop(body[len(_PHOTOSHOP) :], found)
    elif kind == _APP11 and body.startswith(_JUMBF):
        _add_box(body, boxes)


def _add_box(body: bytes, boxes: dict[bytes, bytearray]) -> None:
    # A box is cut into segments of one instance number; each repeats its length and type.
    instance = body[2:4]
    if instance in boxes:
        boxes[instance] += body[16:]
    elif len(boxes) < _MAX_BOXES:
        boxes[instance] = bytearray(body[8:])


def _add_more_xmp(parts: dict[int, bytes], found: MetadataFields) -> None:
    size = sum(map(len, parts.values()))
    if size > MAX_BLOCK_BYTES:
        found.note(f"The extended XMP data has {size:,} bytes and was not read.")
    else:
        add_xmp(b"".join(parts[at] for at in sorted(parts)), found)
