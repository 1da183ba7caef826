"""Which reader takes which kind of file: PNG and WebP by their chunks, AVIF, TIFF, GIF, BMP."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from typing import Any

from PIL import ImageFile

from forensics.images.metadata.exif import add_exif, raw_tag
from forensics.images.metadata.fields import (
    MAX_BLOCK_BYTES,
    MAX_TEXT,
    MetadataFields,
    decoded_text,
)
from forensics.images.metadata.iptc import add_iptc, add_photoshop
from forensics.images.metadata.jpeg import add_jpeg
from forensics.images.metadata.xmp import add_xmp
from forensics.images.pieces import (
    MOST_BLOCKS,
    PART,
    blocks,
    boxes,
    chunks,
    netpbm_head,
    parts,
    whole,
)
from forensics.images.read import hush_pillow
from forensics.images.signature import Format, file_format

__all__ = [
    "add_png",
    "add_webp",
    "read_container",
]

_XMP_KEY = "XML:com.adobe.xmp"
_RAW_PROFILE = "Raw profile type "
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_LONGEST_KEY = 79


def add_png(data: bytes, found: MetadataFields) -> None:
    """Add what the chunks of a PNG hold, and where its picture ends.

    Generators write their settings into text chunks.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : MetadataFields
        Added to.
    """
    for kind, start, end in whole(chunks(BytesIO(data)), len(data)):
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            _add_text(kind, data[start : min(end, start + MAX_BLOCK_BYTES)], found)
        elif kind == b"eXIf":
            add_exif(data[start:end], found)
        elif kind == b"caBX":
            found.add_credentials(memoryview(data)[start:end])
        elif kind == b"IEND":
            found.end = min(end + 4, len(data))


def add_webp(data: bytes, found: MetadataFields) -> None:
    """Add what the chunks of a WebP hold, and where its picture ends.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : MetadataFields
        Added to.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    found.end = min(end + end % 2, len(data)) if end <= len(data) else None
    for kind, start, stop in whole(chunks(BytesIO(data), riff=True), len(data)):
        if stop > end:
            return
        if kind == b"EXIF":
            add_exif(data[start:stop], found)
        elif kind == b"XMP ":
            add_xmp(data[start:stop], found)
        elif kind == b"C2PA":
            found.add_credentials(memoryview(data)[start:stop])


def _add_text(kind: bytes, body: bytes, found: MetadataFields) -> None:
    raw_key, _, rest = body.partition(b"\0")
    key = raw_key[:_LONGEST_KEY].decode("latin-1")
    is_block = key == _XMP_KEY or key.startswith(_RAW_PROFILE)
    limit = MAX_BLOCK_BYTES if is_block else MAX_TEXT
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        # Whether it is packed, and how; then a language, and the key in that language.
        packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
    # What is packed may be larger than it looks.
    if not found.affords(limit if packed else min(limit, len(rest))):
        return
    text = _unpacked(rest, limit) if packed else rest[:limit]
    if text is None:
        found.note(f"The PNG text {key!r} is damaged and was not read.")
    elif key == _XMP_KEY:
        add_xmp(text, found)
    elif is_block:
        _add_profile(key, text, found)
    else:
        if len(text) == limit:
            found.note(f"The PNG text {key!r} is very long: only its beginning was looked at.")
        found.add("PNG text", key, decoded_text(text))


def _unpacked(packed: bytes, limit: int) -> bytes | None:
    # No more is unpacked than is kept, so a bomb has nothing to fill.
    try:
        return zlib.decompressobj().decompress(packed, limit)
    except zlib.error:
        return None


def _add_profile(key: str, text: bytes, found: MetadataFields) -> None:
    # ImageMagick writes other programs' blocks as a name, a length and hexadecimal digits.
    try:
        block = bytes.fromhex(b"".join(text.split()[2:]).decode("latin-1"))
    except ValueError:
        found.note(f"The PNG text {key!r} is damaged and was not read.")
        return
    name = key.removeprefix(_RAW_PROFILE).lower()
    if name in ("exif", "app1") and not block.startswith(_XMP_HEAD):
        add_exif(block, found)
    elif name in ("xmp", "app1"):
        add_xmp(block.removeprefix(_XMP_HEAD), found)
    elif name in ("iptc", "8bim"):
        (add_photoshop if block.startswith(b"8BIM") else add_iptc)(block, found)


_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_C2PA_HEAD = 16 + 4 + len(b"manifest\0") + 8
_XMP_TAG, _IPTC_TAG, _PHOTOSHOP_TAG, _C2PA_TAG = 700, 33723, 34377, 52545
_WITH_AN_END = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF")
_ISO_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, RuntimeError,
    MemoryError, struct.error,
)  # fmt: skip


def read_container(data: bytes) -> MetadataFields:
    """Metadata fields of one file, its structure walked through once.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    MetadataFields
        Of an unknown kind of file with a note that says so.

    Examples
    --------
    >>> read_container(b"BM").container
    'BMP'
    """
    container = file_format(data)
    found = MetadataFields(container or "")
    if container is None:
        found.note("The file is of no kind whose structure is known: nothing but pixels was read.")
        return found
    _READERS[container](data, found)
    if found.end is None and container in _WITH_AN_END:
        found.note("No end of the picture was found: what may follow it was not looked at.")
    return found


def _add_iso(data: bytes, found: MetadataFields) -> None:
    """Add what the boxes of an AVIF or HEIC hold."""
    for box in whole(boxes(BytesIO(data)), len(data)):
        if box.kind == b"ftyp" and found.end:
            # Another file of this kind: a film behind the picture.
            break
        found.end = box.end
        if box.kind == b"uuid" and data[box.start : box.start + 16] == _C2PA_BOX:
            found.add_credentials(memoryview(data)[box.start + _C2PA_HEAD : box.end])
    # EXIF and XMP lie in items that a table finds; the decoder knows that table.
    hush_pillow()
    try:
        info = _iso_info(data, found.container)
    except ModuleNotFoundError:
        found.note("The metadata of a HEIC is read with the extra heif only.")
        return
    except _ISO_DAMAGE:
        found.note(f"The metadata of this {found.container} is damaged and was not read.")
        return
    if info.get("exif"):
        add_exif(info["exif"], found)
    if info.get("xmp"):
        add_xmp(info["xmp"], found)


def _iso_info(data: bytes, container: str) -> dict[str | tuple[int, int], Any]:
    if container == "HEIF":
        from forensics.images.heif import HeifPicture

        opened: ImageFile.ImageFile = HeifPicture(BytesIO(data))  # type: ignore[no-untyped-call]
        return opened.info
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(BytesIO(data)).info


_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def _add_jpeg2000(data: bytes, found: MetadataFields) -> None:
    for box in whole(boxes(BytesIO(data)), len(data)):
        found.end = box.end
        body = data[box.start : min(box.end, box.start + MAX_BLOCK_BYTES)]
        if box.kind == b"uuid" and body.startswith(_XMP_BOX):
            add_xmp(body[len(_XMP_BOX) :], found)
        elif box.kind == b"uuid" and body.startswith(b"JpgTiffExif->JP2"):
            add_exif(body[16:], found)


def _add_tiff(data: bytes, found: MetadataFields) -> None:
    if data[2:4] in (b"+\0", b"\0+"):
        found.note("Metadata of a BigTIFF is not read.")
        return
    add_exif(data, found, is_tiff=True)
    if packet := raw_tag(data, _XMP_TAG):
        add_xmp(packet, found)
    add_iptc(raw_tag(data, _IPTC_TAG), found)
    add_photoshop(raw_tag(data, _PHOTOSHOP_TAG), found)
    found.add_credentials(raw_tag(data, _C2PA_TAG))


def _add_bmp(data: bytes, found: MetadataFields) -> None:
    size = int.from_bytes(data[2:6], "little")
    # Some programs leave the field empty.
    found.end = size if 26 <= size <= len(data) else None


def _add_netpbm(data: bytes, found: MetadataFields) -> None:
    for line in netpbm_head(data).splitlines():
        _, mark, comment = line.partition(b"#")
        if mark:
            found.add("PPM comment", "Comment", decoded_text(comment.strip()))


def _add_gif(data: bytes, found: MetadataFields) -> None:
    for kind, start, end in islice(blocks(BytesIO(data)), MOST_BLOCKS):
        if kind == b";":
            found.end = end
        elif kind.startswith(b"!"):
            _add_extension(kind[1:], data[start : min(end, start + MAX_BLOCK_BYTES)], found)
        elif kind not in (PART, b","):
            return


def _add_extension(label: bytes, body: bytes, found: MetadataFields) -> None:
    if not found.affords(len(body)):
        return
    if label == b"\xfe":
        found.add("GIF comment", "Comment", decoded_text(_joined(body)))
    elif label == b"\xff" and body[1:12] == b"XMP DataXMP":
        # Not cut into parts: the packet is followed by a ramp of lengths that leads out of it.
        add_xmp(body[12 : body.rfind(b"\1\xff\xfe\xfd")], found)
    elif label == b"\xff" and body[1:9] == b"C2PA_GIF":
        found.add_credentials(_joined(body[12:]))


def _joined(body: bytes) -> bytes:
    return b"".join(body[part.start : part.end] for part in parts(BytesIO(body), 0))


_READERS: dict[Format, Callable[[bytes, MetadataFields], None]] = {
    "JPEG": add_jpeg,
    "PNG": add_png,
    "WEBP": add_webp,
    "AVIF": _add_iso,
    "HEIF": _add_iso,
    "JPEG2000": _add_jpeg2000,
    "TIFF": _add_tiff,
    "GIF": _add_gif,
    "BMP": _add_bmp,
    "PPM": _add_netpbm,
}
