"""Small real pictures in every container and variety that is read: what is damaged."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from functools import cache

import numpy as np
import skimage.data
from PIL import Image as Pillow
from PIL import PngImagePlugin, features

__all__ = ["CONTAINERS", "chunk", "seeds", "tarred", "zipped"]

CONTAINERS = (
    "JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF", "JPEG2000", "ZIP", "TAR",
)  # fmt: skip

_SIDES = ((24, 40), (72, 80), (136, 144))
"""Rows and columns: for decoding, large enough to be inspected, and to be classified."""
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="a program 1.0"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


@cache
def seeds(container: str) -> tuple[bytes, ...]:
    """Whole files of a container, small ones first."""
    if container in ("ZIP", "TAR"):
        pictures = {f"{i}.{kind.lower()}": seeds(kind)[i] for i, kind in enumerate(CONTAINERS[:6])}
        return _ARCHIVES[container](pictures)
    return tuple(data for side in _SIDES for data in _MAKERS[container](_crop(*side)))


def _crop(rows: int, columns: int) -> Pillow.Image:
    # The eye of the cat: edges, fur and colours in few pixels.
    return Pillow.fromarray(skimage.data.chelsea()[90 : 90 + rows, 130 : 130 + columns])


def _saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _exif(thumbnail: bytes = b"") -> bytes:
    exif = Pillow.Exif()
    exif[0x0110], exif[0x0131], exif[0x0112] = "a camera", "a program", 6
    exif.get_ifd(0x8769)[0x9003] = "2021:04:01 12:00:00"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 36.0)
    block = bytearray(exif.tobytes())
    if not thumbnail:
        return bytes(block)
    # A second directory, which holds the thumbnail: Pillow writes none.
    start = 6
    first = start + struct.unpack_from(">L", block, start + 4)[0]
    (n_tags,) = struct.unpack_from(">H", block, first)
    struct.pack_into(">L", block, first + 2 + 12 * n_tags, len(block) - start)
    at = len(block) - start + 2 + 2 * 12 + 4
    tags = (
        struct.pack(">HHLL", 0x0201, 4, 1, at),
        struct.pack(">HHLL", 0x0202, 4, 1, len(thumbnail)),
    )
    return bytes(block) + struct.pack(">H", 2) + b"".join(tags) + bytes(4) + thumbnail


def _icc() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _jpegs(picture: Pillow.Image) -> list[bytes]:
    gray, cmyk = picture.convert("L"), picture.convert("CMYK")
    plain = _saved(picture, "JPEG", quality=85)
    small = _saved(picture.resize((20, 16)), "JPEG")
    iim = b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x07\x1c\x02\x6e\0\x02me"
    return [
        plain,
        _saved(picture, "JPEG", quality=75, progressive=True, subsampling=0),
        _saved(picture, "JPEG", quality=95, subsampling=1, restart_marker_blocks=2),
        _saved(picture, "JPEG", quality=60, subsampling=0, optimize=True, comment="a cat"),
        _saved(gray, "JPEG", quality=75, progressive=True),
        _saved(cmyk, "JPEG", quality=80),
        _saved(picture, "JPEG", exif=_exif(small), icc_profile=_icc(), xmp=_XMP),
        plain[:2] + _segment(0xED, iim) + _segment(0xEB, b"JP\0\1\0\0\0\1jumbc2pa") + plain[2:],
        _saved(picture, "MPO", save_all=True, append_images=[picture.resize((20, 16))]),
        plain + small,
    ]


def _pngs(picture: Pillow.Image) -> list[bytes]:
    gray = picture.convert("L")
    wide = Pillow.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    cut = picture.convert("RGBA")
    cut.putalpha(gray)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1")
    texts.add_text("Comment", "packed " * 20, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", _XMP.decode(), zip=True)
    return [
        _saved(picture, "PNG"),
        _saved(gray, "PNG"),
        _saved(gray.convert("1"), "PNG"),
        _saved(picture.quantize(4), "PNG", bits=2),
        _saved(picture.quantize(16), "PNG", bits=4, transparency=3),
        _saved(picture.quantize(200), "PNG"),
        _saved(wide, "PNG"),
        _saved(cut, "PNG"),
        _saved(cut.convert("LA"), "PNG"),
        _interlaced(picture),
        _saved(picture, "PNG", pnginfo=texts, exif=_exif(), icc_profile=_icc(), dpi=(72, 72)),
        _deep(picture),
        _saved(picture, "PNG", save_all=True, append_images=[picture.rotate(90)]),
    ]


def _deep(picture: Pillow.Image) -> bytes:
    # 16 bits a channel, with alpha: Pillow reads the upper ones, and writes none.
    wide = np.asarray(picture.convert("RGBA")).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in wide.astype(">u2"))
    head = struct.pack(">LLBBBBB", picture.width, picture.height, 16, 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG, its checksum right."""
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def _interlaced(picture: Pillow.Image) -> bytes:
    # Adam7, which Pillow reads and does not write: unfiltered rows of seven thinned pictures.
    pixels = np.asarray(picture)
    passes = ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2))
    thinned = [
        pixels[top::down, left::across] for top, down, left, across in (*passes, (1, 2, 0, 1))
    ]
    rows = b"".join(b"\0" + row.tobytes() for part in thinned if part.size for row in part)
    head = struct.pack(">LLBBBBB", picture.width, picture.height, 8, 2, 0, 0, 1)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _webps(picture: Pillow.Image) -> list[bytes]:
    cut = picture.convert("RGBA")
    cut.putalpha(picture.convert("L"))
    return [
        _saved(picture, "WEBP", quality=80),
        _saved(picture, "WEBP", lossless=True),
        _saved(cut, "WEBP", quality=60),
        _saved(cut, "WEBP", lossless=True),
        _saved(picture, "WEBP", exif=_exif(), xmp=_XMP, icc_profile=_icc()),
        _saved(picture, "WEBP", save_all=True, append_images=[picture.rotate(90)], duration=50),
    ]


def _tiffs(picture: Pillow.Image) -> list[bytes]:
    gray = picture.convert("L")
    packings = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma")
    files = [_saved(picture, "TIFF", compression=one) for one in packings]
    return [
        *files,
        _saved(gray.convert("1"), "TIFF", compression="group4"),
        _saved(gray.convert("1"), "TIFF", compression="group3"),
        _saved(gray, "TIFF", tiffinfo={305: "a program", 274: 6, 700: _XMP}),
        _saved(picture.quantize(64), "TIFF"),
        _saved(picture.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        _saved(picture.convert("RGBA"), "TIFF", compression="tiff_lzw", tiffinfo={317: 2}),
        _saved(Pillow.fromarray(np.asarray(gray).astype(np.uint16) * 257), "TIFF"),
        _saved(picture, "TIFF", big_tiff=True),
        _tiled(picture),
        _saved(picture, "TIFF", save_all=True, append_images=[gray]),
    ]


def _tiled(picture: Pillow.Image) -> bytes:
    # One tile of raw pixels, larger than the picture, which Pillow does not write.
    side = -(-max(picture.size) // 16) * 16
    tile = picture.crop((0, 0, side, side)).tobytes()
    tags = (
        (256, picture.width), (257, picture.height), (259, 1), (262, 2), (277, 3), (322, side),
        (323, side), (324, 16), (325, len(tile)),
    )  # fmt: skip
    directory = [struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags]
    directory.insert(2, struct.pack("<HHLL", 258, 3, 3, 8))
    head = b"II*\0" + struct.pack("<L4H", 16 + len(tile), 8, 8, 8, 0)
    return head + tile + struct.pack("<H", len(directory)) + b"".join(directory) + bytes(4)


def _bmps(picture: Pillow.Image) -> list[bytes]:
    modes = ("RGB", "L", "1", "P", "RGBA")
    return [_saved(picture.convert(mode), "BMP") for mode in modes]


def _gifs(picture: Pillow.Image) -> list[bytes]:
    few = picture.quantize(16)
    return [
        _saved(picture.quantize(200), "GIF"),
        _saved(few, "GIF", interlace=False, comment=b"a cat"),
        _saved(few, "GIF", transparency=3),
        _saved(picture.convert("1"), "GIF"),
        _saved(few, "GIF", save_all=True, append_images=[few.rotate(90)], duration=50, loop=0),
    ]


def _avifs(picture: Pillow.Image) -> list[bytes]:
    if not features.check("avif"):
        return [b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf"]
    return [
        _saved(picture, "AVIF", quality=60, speed=10),
        _saved(picture, "AVIF", quality=90, speed=10, subsampling="4:4:4", exif=_exif(), xmp=_XMP),
        _saved(picture.convert("RGBA"), "AVIF", quality=50, speed=10, icc_profile=_icc()),
    ]


def _heifs(picture: Pillow.Image) -> list[bytes]:
    try:
        from pillow_heif import from_bytes, from_pillow
    except ImportError:
        return [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x88meta" + bytes(range(128))]
    plain, films, cut, deep = (io.BytesIO() for _ in range(4))
    from_pillow(picture).save(plain, quality=80, exif=_exif(), xmp=_XMP)
    several = from_pillow(picture)
    several.add_from_pillow(picture.rotate(90))
    several.save(films, quality=60)
    from_pillow(picture.convert("RGBA")).save(cut, quality=60)
    wide = np.asarray(picture).astype(np.uint16) * 257
    from_bytes("RGB;16", picture.size, wide.tobytes()).save(deep, quality=80)
    return [one.getvalue() for one in (plain, films, cut, deep)]


def _jpeg2000s(picture: Pillow.Image) -> list[bytes]:
    if not features.check("jpg_2000"):
        return [b"\0\0\0\x0cjP  \r\n\x87\n"]
    wide = Pillow.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    return [
        _saved(picture, "JPEG2000"),
        _saved(picture, "JPEG2000", irreversible=True, quality_layers=[40, 20], tile_size=(32, 32)),
        _saved(picture.convert("RGBA"), "JPEG2000", no_jp2=True),
        _saved(wide, "JPEG2000"),
    ]


def zipped(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, packing)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    """A tar archive of these files, not packed."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


_MAKERS = {
    "JPEG": _jpegs, "PNG": _pngs, "WEBP": _webps, "TIFF": _tiffs, "BMP": _bmps, "GIF": _gifs,
    "AVIF": _avifs, "HEIF": _heifs, "JPEG2000": _jpeg2000s,
}  # fmt: skip
_ARCHIVES = {
    "ZIP": lambda files: (
        zipped(files),
        zipped(files, zipfile.ZIP_STORED),
        zipped(files, zipfile.ZIP_LZMA),
    ),
    "TAR": lambda files: (tarred(files), gzip.compress(tarred(files), mtime=0)),
}
