"""Which pictures are known by their kind and not measured, each with the way to one that is.

What a library would show of a camera's RAW file is a thumbnail, with none of the traces of the
picture.
"""

from __future__ import annotations

from typing import IO

from forensics.images.pieces import directories
from forensics.images.signature import is_kind
from forensics.images.sources.names import RAW_SUFFIXES

__all__ = ["unread_kind"]

_RAW = (
    "is a camera RAW file, of which only a thumbnail could be measured: develop it in a RAW "
    "program, without resizing, and export it as PNG or 16-bit TIFF"
)
_JXL = (
    "is a JPEG XL picture, which is not read: export it as PNG, or turn it back into the JPEG "
    "that it may have been made of, with djxl"
)
_BIG_ENDIAN = (
    "is a big-endian BigTIFF, which is not read: save it as a plain TIFF or as PNG, for instance "
    "with tiffcp -L"
)
_PHOTOMETRIC, _DNG_VERSION = 262, 50706
_MOSAIC = (32803, 34892)
"""Colours of a sensor's mosaic, or of a sensor and not yet developed."""
_MOST = 32


def unread_kind(file: IO[bytes], start: bytes, name: str) -> str:
    """Reason why a picture of a kind that is known is not measured, if it is of such a kind.

    Parameters
    ----------
    file : binary file
        File open for reading; left at any place.
    start : bytes
        Its first bytes.
    name : str
        Its name: the first page of a TIFF that ends like a camera's is a thumbnail.

    Returns
    -------
    str
        The reason, with the way out, as the rest of a sentence on the file; "" if there is none.

    Examples
    --------
    >>> import io
    >>> unread_kind(io.BytesIO(), b"GIF89a", "a.gif")
    ''
    >>> unread_kind(io.BytesIO(), bytes.fromhex("ff0a"), "a.jxl")[:21]
    'is a JPEG XL picture,'
    """
    if is_kind(start, "RAW"):
        return _RAW
    if is_kind(start, "JXL"):
        return _JXL
    if not is_kind(start, "TIFF"):
        return ""
    if name.lower().endswith(RAW_SUFFIXES) or _holds_a_mosaic(file):
        return _RAW
    return _BIG_ENDIAN if is_kind(start, "BIG ENDIAN BIGTIFF") else ""


def _holds_a_mosaic(file: IO[bytes]) -> bool:
    for number, tags in enumerate(directories(file, below=True)):
        if _DNG_VERSION in tags or tags.get(_PHOTOMETRIC, (0,))[0] in _MOSAIC:
            return True
        if number > _MOST:
            return False
    return False
