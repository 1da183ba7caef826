"""Which format a file has, by its first bytes and not by its name: one table for all who ask."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

__all__ = ["SIGNATURE_BYTES", "Format", "file_format"]

Format: TypeAlias = Literal["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"]

SIGNATURE_BYTES = 16
"""How many of the first bytes are enough to tell."""
_SIGNATURES: dict[Format, re.Pattern[bytes]] = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "TIFF": re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"),
    "BMP": re.compile(rb"BM"),
    "GIF": re.compile(rb"GIF8[79]a"),
    "AVIF": re.compile(rb"....ftyp(?:avif|avis|mif1|msf1)", re.DOTALL),
}


def file_format(data: bytes) -> Format | None:
    r"""Format of a picture file that can be read; None for any other file.

    Parameters
    ----------
    data : bytes
        Its first bytes, or all.

    Examples
    --------
    >>> file_format(b"GIF89a..."), file_format(b"%PDF-1.7")
    ('GIF', None)
    """
    return next((name for name, begins in _SIGNATURES.items() if begins.match(data)), None)
