"""PNG and WebP files, chunk by chunk."""

from __future__ import annotations

import zlib
from io import BytesIO

from forensics.images.pieces import chunks, whole
from forensics.images.provenance.exif import add_exif
from forensics.images.provenance.findings import (
    MAX_BLOCK_BYTES,
    MAX_TEXT,
    Findings,
    decoded_text,
)
from forensics.images.provenance.iptc import add_iptc, add_photoshop
from forensics.images.provenance.xmp import add_xmp

__all__ = ["add_png", "add_webp"]

_XMP_KEY = "XML:com.adobe.xmp"
_RAW_PROFILE = "Raw profile type "
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_LONGEST_KEY = 79


def add_png(data: bytes, found: Findings) -> None:
    """Add what the chunks of a PNG hold, and where its picture ends.

    Generators write their settings into text chunks.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : Findings
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


def add_webp(data: bytes, found: Findings) -> None:
    """Add what the chunks of a WebP hold, and where its picture ends.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : Findings
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


def _add_text(kind: bytes, body: bytes, found: Findings) -> None:
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


def _add_profile(key: str, text: bytes, found: Findings) -> None:
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
