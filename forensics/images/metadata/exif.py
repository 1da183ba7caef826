"""EXIF data, read by the few tags that tell of an origin.

Not Pillow's reader: that one copies the value of every tag, and a hostile
block of a megabyte may hold sixty thousand tags of a megabyte each.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from forensics.images.metadata.fields import MAX_BLOCK_BYTES, MAX_TEXT, MetadataFields, decoded_text

__all__ = [
    "add_exif",
    "raw_tag",
]

_IFD0 = {
    0x000B: "ProcessingSoftware",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x013C: "HostComputer",
    0x8298: "Copyright",
}
_XP = {0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords"}
_EXIF_IFD = {0x9003: "DateTimeOriginal", 0xA433: "LensMake", 0xA434: "LensModel"}
_EXIF_POINTER, _GPS_POINTER = 0x8769, 0x8825
_USER_COMMENT, _GPS_LATITUDE = 0x9286, 2
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of a value by its type, of TIFF 6.0."""
_MAX_TAGS = 1024
_COST = 2**16
"""A block is paid for by the tags it may have; a TIFF file is no larger a block than another."""
_PREFIX = b"Exif\0\0"


class _Tag(NamedTuple):
    kind: int
    n_bytes: int
    at: int


_Order = Literal["little", "big"]


def add_exif(block: bytes, found: MetadataFields, *, is_tiff: bool = False) -> None:
    r"""Add what an EXIF block, or a TIFF file, says of camera, software and time.

    Whether a place is recorded is kept, the place itself is not.

    Parameters
    ----------
    block : bytes
        The block from its TIFF header on; ``Exif\0\0`` before it is skipped.
    found : MetadataFields
        Added to.
    is_tiff : bool
        `block` is a whole file, whose second page is no thumbnail.

    Examples
    --------
    >>> from PIL import Image
    >>> exif = Image.Exif()
    >>> exif[0x010F] = "samsung"
    >>> found = MetadataFields()
    >>> add_exif(exif.tobytes(), found)
    >>> found.text("Make")
    'samsung'
    """
    block = block.removeprefix(_PREFIX)
    order = _order(block)
    if order is None:
        found.note("The EXIF data is damaged and was not read.")
        return
    if not found.affords(_COST):
        return
    first, second_at = _directory(block, order, _number(block, order, 4, 4))
    _add_texts(block, first, _IFD0, found)
    for tag, key in _XP.items():
        found.add("EXIF", key, _raw(block, first.get(tag)).decode("utf-16-le", "replace"))
    inner, _ = _pointed(block, order, first.get(_EXIF_POINTER))
    _add_texts(block, inner, _EXIF_IFD, found)
    found.add("EXIF", "UserComment", _user_comment(_raw(block, inner.get(_USER_COMMENT))))
    gps, _ = _pointed(block, order, first.get(_GPS_POINTER))
    # Some cameras write the directory, zeros in it, whether or not they know where they are:
    # degrees, minutes and seconds are fractions, and a place has one that is not zero.
    latitude = _raw(block, gps.get(_GPS_LATITUDE))
    found.location |= any(any(latitude[at : at + 4]) for at in range(0, 24, 8))
    if not is_tiff and second_at:
        _add_thumbnail(block, order, second_at, found)


def raw_tag(block: bytes, tag: int) -> bytes:
    """Value of a tag in the first directory of a TIFF block.

    XMP, IPTC and C2PA stand so in a TIFF file.

    Parameters
    ----------
    block : bytes
        The block from its TIFF header on.
    tag : int
        Number of the tag.

    Returns
    -------
    bytes
        The undecoded value, b"" if there is none.

    Examples
    --------
    >>> raw_tag(b"no TIFF", 700)
    b''
    """
    order = _order(block)
    if order is None:
        return b""
    tags, _ = _directory(block, order, _number(block, order, 4, 4))
    return _raw(block, tags.get(tag))


def _order(block: bytes) -> _Order | None:
    if block[:4] == b"II*\0":
        return "little"
    return "big" if block[:4] == b"MM\0*" else None


def _number(block: bytes, order: _Order, at: int, n_bytes: int) -> int:
    return int.from_bytes(block[at : at + n_bytes], order)


def _directory(block: bytes, order: _Order, at: int) -> tuple[dict[int, _Tag], int]:
    tags: dict[int, _Tag] = {}
    if not 8 <= at <= len(block) - 2:
        return tags, 0
    count = _number(block, order, at, 2)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_TAGS), 12):
        if entry + 12 > len(block):
            break
        kind = _number(block, order, entry + 2, 2)
        n_bytes = _SIZES.get(kind, 0) * _number(block, order, entry + 4, 4)
        value_at = entry + 8 if n_bytes <= 4 else _number(block, order, entry + 8, 4)
        tags.setdefault(_number(block, order, entry, 2), _Tag(kind, n_bytes, value_at))
    return tags, _number(block, order, at + 2 + 12 * count, 4)


def _pointed(block: bytes, order: _Order, tag: _Tag | None) -> tuple[dict[int, _Tag], int]:
    # A directory is entered from the first one only, so no loop can be built of them.
    return _directory(block, order, _number(block, order, tag.at, 4)) if tag else ({}, 0)


def _raw(block: bytes, tag: _Tag | None) -> bytes:
    return block[tag.at : tag.at + min(tag.n_bytes, MAX_BLOCK_BYTES)] if tag else b""


def _add_texts(
    block: bytes, tags: dict[int, _Tag], names: dict[int, str], found: MetadataFields
) -> None:
    for tag, key in names.items():
        # Several texts may stand in one value, divided by NUL.
        text = decoded_text(_raw(block, tags.get(tag))[:MAX_TEXT])
        found.add("EXIF", key, text.rstrip("\0").replace("\0", " "))


def _user_comment(raw: bytes) -> str:
    charset, text = raw[:8], raw[8 : 8 + 2 * MAX_TEXT]
    if charset != b"UNICODE\0":
        return decoded_text(text if charset[:1] in (b"A", b"J", b"\0") else raw[:MAX_TEXT])
    # The standard means the order of the block, most programs write the other one or either:
    # in nearly any script the half that holds more zeros is the high one.
    even, odd = text[::2].count(0), text[1::2].count(0)
    return text.decode("utf-16-be" if even > odd else "utf-16-le", "replace")


def _add_thumbnail(block: bytes, order: _Order, at: int, found: MetadataFields) -> None:
    tags, _ = _directory(block, order, at)
    if _THUMBNAIL_AT in tags and _THUMBNAIL_BYTES in tags:
        start = _number(block, order, tags[_THUMBNAIL_AT].at, 4)
        size = _number(block, order, tags[_THUMBNAIL_BYTES].at, 4)
        found.thumbnail = found.thumbnail or block[start : start + min(size, MAX_BLOCK_BYTES)]
