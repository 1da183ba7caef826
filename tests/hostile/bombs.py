"""Files of some kilobytes or megabytes that ask for far more than that, each by its own trick."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from hostile.seeds import jpeg, pictures, png, png_chunk
from PIL import Image as Pillow

__all__ = ["BOMBS", "HARMLESS", "POLYGLOTS"]

GIGABYTE = 2**30
MEGABYTE = 2**20


@cache
def zeros(n: int) -> bytes:
    """So many zeros, packed."""
    packer = zlib.compressobj(9)
    block = bytes(MEGABYTE)
    packed = [packer.compress(block[: n - at]) for at in range(0, n, MEGABYTE)]
    return b"".join([*packed, packer.flush()])


@cache
def flat_png(rows: int, columns: int, n_bytes: int, *, rgb: bool) -> bytes:
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2 if rgb else 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zeros(n_bytes)), (b"IEND", b""))
    return png()[:8] + b"".join(png_chunk(*part) for part in parts)


@cache
def png_with(chunks: bytes, *, at_end: bool = False) -> bytes:
    whole = png()
    at = len(whole) - 12 if at_end else 33
    return whole[:at] + chunks + whole[at:]


def jpeg_with(marker: int, content: bytes, times: int) -> bytes:
    segment = b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content
    return jpeg()[:2] + segment * times + jpeg()[2:]


@cache
def jpeg_of_scans(side: int, n: int) -> bytes:
    file = io.BytesIO()
    Pillow.new("L", (side, side), 128).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * n + whole[-2:]


def gif_of_frames(n: int) -> bytes:
    whole = pictures()["GIF"]
    frame = b"\x2c" + bytes(4) + struct.pack("<HH", 1, 1) + b"\0\x02\x02\x44\x01\0"
    return whole[:-1] + frame * n + whole[-1:]


def tiff_of_pages(n: int) -> bytes:
    whole = bytearray(pictures()["TIFF plain"])
    (start,) = struct.unpack_from("<I", whole, 4)
    (n_tags,) = struct.unpack_from("<H", whole, start)
    struct.pack_into("<I", whole, start + 2 + 12 * n_tags, len(whole))
    places = [len(whole) + 18 * (page + 1) for page in range(n - 1)] + [0]
    pages = [struct.pack("<HHHIII", 1, 256, 4, 1, 1, place) for place in places]
    return bytes(whole) + b"".join(pages)


def tiff_of_tags() -> bytes:
    tags = [struct.pack("<HHII", 256 + tag, 4, 0xFFFFFFF, 100) for tag in range(65000)]
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(tags) + bytes(4)


def webp_with_exif(n: int) -> bytes:
    whole = pictures()["WebP facts"]
    chunk = b"EXIF" + struct.pack("<I", n) + bytes(n)
    return whole[:4] + struct.pack("<I", len(whole) - 8 + len(chunk)) + whole[8:] + chunk


EXIF = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(range(256)) * 250
ICC = b"ICC_PROFILE\0\x01\xff" + bytes(range(256)) * 250
XMP = b"http://ns.adobe.com/xap/1.0/\0" + b"<a>" * 20_000

BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros.png": lambda: flat_png(32768, 32768, 32768 * 32769, rgb=False),
    "ztxt.png": lambda: png_with(png_chunk(b"zTXt", b"parameters\0\0" + zeros(GIGABYTE))),
    "itxt.png": lambda: png_with(
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros(GIGABYTE))
    ),
    "iccp.png": lambda: png_with(png_chunk(b"iCCP", b"icc\0\0" + zeros(GIGABYTE))),
    "icc50.png": lambda: png_with(png_chunk(b"iCCP", b"icc\0\0" + zeros(50 * MEGABYTE))),
    "icc50.jpg": lambda: jpeg_with(0xE2, ICC, 800),
    "exif64.jpg": lambda: jpeg_with(0xE1, EXIF, 1000),
    "exif64.png": lambda: png_with(png_chunk(b"eXIf", EXIF[6:] + bytes(64 * MEGABYTE))),
    "xmp30.jpg": lambda: jpeg_with(0xE1, XMP, 500),
    "fill.jpg": lambda: jpeg()[:2] + b"\xff" * 20 * MEGABYTE + jpeg()[2:],
    "scans.jpg": lambda: jpeg_of_scans(96, 5000),
    "scans large.jpg": lambda: jpeg_of_scans(4000, 1000),
    "chunks.png": lambda: png_with(png_chunk(b"tEXt", b"a\0b") * 1_000_000),
    "chunks after.png": lambda: png_with(png_chunk(b"tEXt", b"a\0b") * 1_000_000, at_end=True),
    "frames.gif": lambda: gif_of_frames(1_000_000),
    "pages.tif": lambda: tiff_of_pages(500_000),
    "tags.tif": tiff_of_tags,
}
"""What is refused."""

HARMLESS: dict[str, Callable[[], bytes]] = {
    "zeros within the limit.png": lambda: flat_png(9999, 10000, 9999 * 30001, rgb=True),
    "long.png": lambda: flat_png(100, 100, GIGABYTE, rgb=False),
    "xmp60.png": lambda: png_with(
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<a>" * 20_000_000), at_end=True
    ),
    "exif100.webp": lambda: webp_with_exif(100 * MEGABYTE),
    "scans.jpg": lambda: jpeg_of_scans(2000, 90),
}
"""What is read all the same, within time and memory."""


def _zip_behind(picture: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hidden.txt", "hidden")
    return picture + file.getvalue()


POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "zip.jpg": lambda: _zip_behind(jpeg()),
    "zip.png": lambda: _zip_behind(png()),
    "script.gif": lambda: pictures()["GIF"] + b"*/=1;alert(1)//<script>alert(1)</script>",
    "html.png": lambda: png_with(png_chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")),
    "jpeg in a jpeg.jpg": lambda: jpeg() + jpeg(64),
}
"""Pictures that are something else as well: they are measured as what they begin as."""
