"""What a picture file tells about itself, besides its pixels; of a JPEG, segment by segment.

A container can give a set away before any pixel is looked at, so it is
recorded beside the measurement, never mixed into it.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFile

from forensics._records import TypedDict
from forensics.box import Box, BoxRecord
from forensics.counting import counted
from forensics.jpeg_tables import ijg_tables

__all__ = [
    "FileFacts",
    "FileRecord",
    "JpegRecord",
    "bit_depth",
    "describe",
    "file_facts",
    "has_alpha",
    "has_exif",
    "jpeg_record",
    "listed_pictures",
    "orientation",
    "raw_mode",
    "stored_size",
]

_SUBSAMPLINGS = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
}


@dataclass(frozen=True, slots=True)
class JpegRecord:
    """Quantisation, subsampling and order of a JPEG file.

    The tables are the signature of the program that saved the file; their
    quality has to be equal before two sets may be compared.

    Parameters
    ----------
    tables : tuple of tuples of 64 ints
        Quantisation tables in the order the components use them (luma first),
        each in natural order, row by row, not in the zig-zag order of the file.
    quality : int
        Quality, 1 to 100, of the nearest IJG luma table by the sum of absolute
        differences.
    exact : bool
        The luma table is the IJG one of that quality.
    subsampling : str
        "4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1", "gray", or the factors of
        each component, as in "2x2,1x2,1x1".
    progressive : bool
        Stored in several scans.

    Examples
    --------
    >>> table = tuple(ijg_tables()[75 - 1].tolist())
    >>> JpegRecord((table,), 75, True, "4:2:0", False).quality
    75
    """

    tables: tuple[tuple[int, ...], ...]
    quality: int
    exact: bool
    subsampling: str
    progressive: bool


def jpeg_record(opened: ImageFile.ImageFile) -> JpegRecord | None:
    """Tables, quality, subsampling and order of a JPEG that Pillow has opened.

    Read from the header alone; None for any other format.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened, loaded or not.

    Returns
    -------
    JpegRecord or None
        None for any other format.
    """
    layers: list[tuple[int, int, int, int]] = getattr(opened, "layer", [])
    stored: dict[int, list[int]] = getattr(opened, "quantization", {})
    used = dict.fromkeys(table for *_, table in layers)
    tables = tuple(tuple(stored[table]) for table in used if table in stored)
    if not tables:
        return None
    distances = np.abs(ijg_tables() - np.array(tables[0])).sum(axis=1)
    nearest = int(distances.argmin())
    return JpegRecord(
        tables=tables,
        quality=nearest + 1,
        exact=bool(distances[nearest] == 0),
        subsampling=_subsampling([(across, down) for _, across, down, _ in layers]),
        progressive=bool(opened.info.get("progressive", 0)),
    )


def _subsampling(factors: list[tuple[int, int]]) -> str:
    if len(factors) == 1:
        return "gray"
    (across, down), *chroma = factors
    # Only the ratio counts: some encoders write 4:4:4 as 2x2,2x2,2x2.
    for ratio, text in _SUBSAMPLINGS.items():
        if chroma == [(across / ratio[0], down / ratio[1])] * 2:
            return text
    return ",".join(f"{across}x{down}" for across, down in factors)


def listed_pictures(index: bytes) -> int:
    """Number of pictures that a JPEG holds by its index, more than one in a phone's MPO.

    Depth maps and stereo partners are pictures of their own behind the first,
    which is the one that is measured.

    Parameters
    ----------
    index : bytes
        What follows ``MPF`` in its segment, ``mp`` to Pillow; empty where there is none.

    Returns
    -------
    int
        1 or more.

    Examples
    --------
    >>> listed_pictures(b"")
    1
    """
    order = ">" if index.startswith(b"MM") else "<"
    try:
        (start,) = struct.unpack_from(f"{order}L", index, 4)
        (entries,) = struct.unpack_from(f"{order}H", index, start)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHLL", index, start + 2 + 12 * entry)
            if tag == _NUMBER_OF_IMAGES:
                return max(1, int(value))
    except struct.error:
        pass
    return 1


_NUMBER_OF_IMAGES = 0xB001


_WIDTH, _HEIGHT, _BITS_PER_SAMPLE, _ORIENTATION, _EXIF = 256, 257, 258, 274, 34665
_SAMPLES_PER_PIXEL = 277


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Record of one picture file: what it tells besides its pixels.

    What was converted on the way to three channels of 8 bits is said here and
    nowhere hidden.

    Parameters
    ----------
    sha256 : str
        Hash of the encoded bytes, in hex.
    container : str
        "JPEG", "MPO" (several JPEGs in one file, the first is measured), "PNG",
        "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "PPM" (PGM and PBM too) or "GIF".
    mode : str
        Pillow's name of the stored pixels: "RGB", "L", "P", "CMYK", "RGBA", "I;16".
    bit_depth : int
        Bits per channel (per index in a palette picture), as stored.
    rows, columns : int
        Size as stored, before any turning.
    orientation : int
        EXIF orientation, 1 to 8; 1 where there is none. Recorded, not applied.
    exif, icc, alpha : bool
        EXIF data, a colour profile, transparency of any kind are present. A
        profile is not applied.
    converted : str
        Conversion to RGB of 8 bits in words; "" if there was none.
    jpeg : JpegRecord, optional
        Facts of a JPEG; None where the container is no JPEG or MPO.
    hidden : float
        Share, 0 to 1, of pixels that transparency hides altogether.
    frame : int
        Frame of an animation, or page, that was measured; the first is 0.
    frames : int
        How many there are.
    ignored : str
        What else is in the file and was not looked at, such as "a gain map"; "" if nothing is.
    damaged : str
        How the coded pixels are damaged, part of which the decoder has made up; "" if they are
        whole.
    damaged_chunks : tuple of str
        Chunks of a PNG with a wrong checksum, which no pixel depends on.
    box : Box, optional
        The part that was measured, if it was not all of it.

    Examples
    --------
    >>> record = FileRecord("00", "PNG", "L", 8, 2, 3, 1, False, False, False,
    ...                     "gray to three equal channels", None)
    >>> record.converted
    'gray to three equal channels'
    """

    sha256: str
    container: str
    mode: str
    bit_depth: int
    rows: int
    columns: int
    orientation: int
    exif: bool
    icc: bool
    alpha: bool
    converted: str
    jpeg: JpegRecord | None
    hidden: float = 0.0
    frame: int = 0
    frames: int = 1
    ignored: str = ""
    damaged: str = ""
    damaged_chunks: tuple[str, ...] = ()
    box: Box | None = None


class FileFacts(TypedDict):
    """The ``file`` object of the JSON: what the container says of itself; None for no JPEG."""

    format: str
    mode: str
    bit_depth: int
    converted: str
    jpeg_quality: int | None
    subsampling: str | None
    progressive: bool | None
    exif: bool
    orientation: int
    alpha: bool
    hidden: float
    frame: int
    frames: int
    ignored: str
    damaged: str
    damaged_chunks: list[str]
    box: BoxRecord | None


def file_facts(record: FileRecord) -> FileFacts:
    """The ``file`` object of the JSON that commands print.

    Parameters
    ----------
    record : FileRecord
        What `read_image` returned.

    Returns
    -------
    FileFacts
        The facts, ready for JSON.

    Examples
    --------
    >>> record = FileRecord("00", "PNG", "L", 8, 2, 3, 1, False, False, False, "", None)
    >>> file_facts(record)["format"], file_facts(record)["jpeg_quality"]
    ('PNG', None)
    """
    jpeg = record.jpeg
    return {
        "format": record.container,
        "mode": record.mode,
        "bit_depth": record.bit_depth,
        "converted": record.converted,
        "jpeg_quality": jpeg.quality if jpeg else None,
        "subsampling": jpeg.subsampling if jpeg else None,
        "progressive": jpeg.progressive if jpeg else None,
        "exif": record.exif,
        "orientation": record.orientation,
        "alpha": record.alpha,
        "hidden": record.hidden,
        "frame": record.frame,
        "frames": record.frames,
        "ignored": record.ignored,
        "damaged": record.damaged,
        "damaged_chunks": list(record.damaged_chunks),
        "box": record.box.to_dict() if record.box else None,
    }


def describe(opened: ImageFile.ImageFile, data: bytes, converted: str) -> FileRecord:
    """Record of a picture that Pillow has opened but not loaded.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded: loading changes the mode of some formats,
        the size of others.
    data : bytes
        The whole file.
    converted : str
        Words for what will be done to its pixels.

    Returns
    -------
    FileRecord
        Of a PNG without the EXIF that may stand behind the pixels.
    """
    rows, columns = stored_size(opened)
    return FileRecord(
        sha256=hashlib.sha256(data).hexdigest(),
        container="MPO" if listed_pictures(opened.info.get("mp", b"")) > 1 else str(opened.format),
        mode=opened.mode,
        bit_depth=bit_depth(opened, data),
        rows=rows,
        columns=columns,
        orientation=orientation(opened),
        exif=has_exif(opened),
        icc=bool(opened.info.get("icc_profile")),
        alpha=has_alpha(opened),
        converted=converted,
        jpeg=jpeg_record(opened),
        ignored=_ignored(opened, data),
    )


_GAIN_MAPPED = b"tmap"
"""Of ISO 21496: an item that is the picture with its gain map applied."""
_AUXILIARY = {"gain map": r"gainmap|21496", "depth map": r"depth|disparity", "matte": r"matte"}
"""What pictures beside the picture are for, by the names of their kinds."""


def _ignored(opened: ImageFile.ImageFile, data: bytes) -> str:
    """What a HEIC holds besides its primary picture, and a TIFF besides its colours, in words."""
    if opened.format == "TIFF":
        n = getattr(opened, "tag_v2", {}).get(_SAMPLES_PER_PIXEL, 1) - len(opened.getbands())
        return f"{counted(n, 'more channel')} of each pixel" if n > 0 else ""
    if opened.format != "HEIF":
        return ""
    kinds = " ".join(opened.info.get("aux", {}))
    if opened.info.get("depth_images"):
        kinds += " depth"
    if b"infe" in data and _GAIN_MAPPED in data[: data.find(b"mdat")]:
        kinds += " gainmap"
    known = [name for name, named in _AUXILIARY.items() if re.search(named, kinds, re.IGNORECASE)]
    others = getattr(opened, "n_frames", 1) - 1
    told = [f"a {name}" for name in known] or (["an auxiliary picture"] if kinds else [])
    told += [counted(others, "more picture")] if others > 0 else []
    return ", ".join(told)


def bit_depth(opened: ImageFile.ImageFile, data: bytes) -> int:
    """Bits per channel as stored, of a picture that Pillow has opened but not loaded.

    Pillow makes 8 bits of 16-bit colour without a word; the depth has to be
    read from how it means to unpack the pixels.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded: loading forgets the raw mode.
    data : bytes
        The whole file; looked at for AVIF and JPEG 2000 only.

    Returns
    -------
    int
        1, 2, 4, 8, 10, 12 or 16, for instance.
    """
    if opened.format == "AVIF":
        return _avif_depth(data)
    if opened.format == "HEIF":
        return int(opened.info["bit_depth"])
    if opened.format == "JPEG2000":
        return _jpeg2000_depth(data)
    raw = raw_mode(opened)
    if opened.format == "BMP" and raw in ("BGR;15", "BGR;16"):
        return 5
    named = re.search(r";(\d+)", raw)
    depth = int(named[1]) if named else 1 if raw.startswith("1") else 8
    tags = getattr(opened, "tag_v2", {})
    return int(max(depth, *tags.get(_BITS_PER_SAMPLE, (1,))))


def raw_mode(opened: ImageFile.ImageFile) -> str:
    """How Pillow means to unpack the pixels of a picture that it has opened but not loaded.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.

    Returns
    -------
    str
        Pillow's name of it, such as "RGB;16B"; "" where there is none.
    """
    raw = opened.tile[0].args if opened.tile else ""
    raw = raw[0] if isinstance(raw, tuple) else raw
    return raw if isinstance(raw, str) else ""


def _avif_depth(data: bytes) -> int:
    # The decoder scales to 8 bits and does not tell. The second byte after the marker of
    # the av1C box has the profile, the third the flags for 10 and 12 bits.
    at = data.find(b"av1C")
    flags = data[at + 6] if 0 <= at < len(data) - 6 else 0
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10


_CODESTREAM = b"\xff\x4f\xff\x51"


def _jpeg2000_depth(data: bytes) -> int:
    # Behind the sizes: how many components, then three bytes on each, the first its depth.
    at = data.find(_CODESTREAM) + 40
    n = int.from_bytes(data[at : at + 2])
    return max((1 + (depth & 0x7F) for depth in data[at + 2 : at + 2 + 3 * n : 3]), default=8)


def has_alpha(opened: ImageFile.ImageFile) -> bool:
    """Whether a picture that Pillow has opened carries transparency of any kind.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened, loaded or not.

    Returns
    -------
    bool
        True for an alpha channel, and for one transparent colour.
    """
    return opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info


def has_exif(opened: ImageFile.ImageFile) -> bool:
    """Whether a picture that Pillow has opened carries EXIF data.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened, loaded or not.

    Returns
    -------
    bool
        True if there is a block of it, readable or not.
    """
    named = opened.info.get("exif") or opened.info.get("Raw profile type exif")
    return bool(named) or _EXIF in getattr(opened, "tag_v2", {})


def orientation(opened: ImageFile.ImageFile) -> int:
    """EXIF (or XMP) orientation, 1 to 8; 1 where it is absent or makes no sense.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened: a TIFF not yet loaded, any other format in any state.

    Returns
    -------
    int
        1 to 8, as EXIF counts.
    """
    carrier: Pillow.Image = opened
    if opened.format != "TIFF":
        # Pillow parses once and remembers, but the EXIF of a PNG may come with its pixels.
        carrier = Pillow.new("1", (1, 1))
        carrier.info = opened.info
    try:
        value = carrier.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        # EXIF that is not EXIF: the picture is measured, and shown as it is stored.
        return 1
    return int(value) if value in range(1, 9) else 1


def stored_size(opened: ImageFile.ImageFile) -> tuple[int, int]:
    """Rows and columns as stored, of a picture that Pillow has opened but not loaded.

    Pillow gives a TIFF the size it has once turned by its orientation.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.

    Returns
    -------
    (int, int)
        Rows, then columns, in pixels.
    """
    tags = getattr(opened, "tag_v2", None)
    if tags is not None:
        return tags[_HEIGHT], tags[_WIDTH]
    return opened.height, opened.width
