"""Small real files of every container that is read, and of the varieties within each.

All show the same crop of scikit-image's cat; what differs is how it is packed.
"""

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
from PIL import ImageCms, PngImagePlugin

__all__ = ["archives", "jpeg", "pictures", "png", "png_chunk"]

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:'
    b'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def crop(side: int) -> np.ndarray:
    return skimage.data.chelsea()[60 : 60 + side, 150 : 150 + side]


def saved(image: Pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(side: int = 96, **options: object) -> bytes:
    return saved(Pillow.fromarray(crop(side)), "JPEG", **options)


def png(side: int = 96, **options: object) -> bytes:
    return saved(Pillow.fromarray(crop(side)), "PNG", **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def exif() -> Pillow.Exif:
    made = Pillow.Exif()
    made[0x010F], made[0x0110], made[0x0131] = "Maker", "Model", "Software 1.0"
    made[0x0112] = 6
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a comment"
    return made


@cache
def pictures() -> dict[str, bytes]:
    """Picture files by name; what precedes the first space is the container."""
    rgb = Pillow.fromarray(crop(96))
    large = Pillow.fromarray(crop(136))
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1", zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    text.add_text("Comment", "made by hand")
    thumbnail = jpeg(32, quality=50)
    alpha = rgb.copy()
    alpha.putalpha(200)
    with_exif = {"exif": exif(), "icc_profile": icc, "xmp": XMP}
    return {
        "JPEG 420": saved(large, "JPEG", quality=85),
        "JPEG 444": saved(rgb, "JPEG", quality=95, subsampling=0),
        "JPEG progressive": saved(rgb, "JPEG", quality=80, progressive=True, optimize=True),
        "JPEG grey": saved(rgb.convert("L"), "JPEG"),
        "JPEG cmyk": saved(rgb.convert("CMYK"), "JPEG"),
        "JPEG restarts": saved(rgb, "JPEG", restart_marker_rows=1),
        "JPEG facts": saved(rgb, "JPEG", comment=b"made by hand", **with_exif) + thumbnail,
        "PNG rgb": saved(large, "PNG"),
        "PNG alpha": saved(alpha, "PNG"),
        "PNG grey": saved(rgb.convert("L"), "PNG"),
        "PNG bits": saved(rgb.convert("1"), "PNG"),
        "PNG palette": saved(rgb.quantize(13), "PNG", bits=4),
        "PNG 16": saved(Pillow.fromarray(crop(96)[..., 0].astype(np.uint16) * 257), "PNG"),
        "PNG facts": saved(rgb, "PNG", pnginfo=text, exif=exif(), icc_profile=icc),
        "WebP lossy": saved(large, "WEBP", quality=80),
        "WebP lossless": saved(rgb, "WEBP", lossless=True),
        "WebP alpha": saved(alpha, "WEBP", quality=60),
        "WebP facts": saved(rgb, "WEBP", **with_exif),
        "TIFF plain": saved(rgb, "TIFF"),
        "TIFF deflate": saved(large, "TIFF", compression="tiff_adobe_deflate"),
        "TIFF lzw": saved(rgb, "TIFF", compression="tiff_lzw", exif=exif()),
        "TIFF jpeg": saved(rgb, "TIFF", compression="jpeg"),
        "TIFF fax": saved(rgb.convert("1"), "TIFF", compression="group4"),
        "TIFF big": saved(rgb, "TIFF", big_tiff=True),
        "BMP rgb": saved(large, "BMP"),
        "BMP palette": saved(rgb.quantize(16), "BMP"),
        "GIF": saved(large.quantize(64), "GIF"),
        "AVIF": saved(large, "AVIF", quality=70),
        "AVIF facts": saved(rgb, "AVIF", exif=exif(), icc_profile=icc, xmp=XMP),
    }  # fmt: skip


@cache
def archives() -> dict[str, bytes]:
    """Archives of two small pictures, by their extension."""
    members = {"a.jpg": jpeg(16), "b/c.png": png(16)}
    packed, plain = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return {
        ".zip": packed.getvalue(),
        ".tar": plain.getvalue(),
        ".tar.gz": gzip.compress(plain.getvalue(), mtime=0),
    }
