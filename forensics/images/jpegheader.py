"""What the header of a JPEG says: tables, quality, subsampling, how many pictures there are."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from PIL import ImageFile

from forensics.ijg import ijg_tables

__all__ = ["JpegRecord", "jpeg_record", "listed_pictures"]

_SUBSAMPLINGS = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
}


@dataclass(frozen=True, slots=True)
class JpegRecord:
    """How a JPEG was quantised, subsampled and ordered.

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
        Loaded or not.
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
    """Pictures that a JPEG holds by its index: more than one in an MPO, as phones write them.

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
