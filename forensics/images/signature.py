"""Which kind of file it is, by its first bytes and not by its name: one table for all who ask."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

__all__ = [
    "FIGURE_BYTES",
    "SIGNATURE_BYTES",
    "FileKind",
    "Format",
    "file_format",
    "is_kind",
    "is_own_figure",
]

Format: TypeAlias = Literal[
    "JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF", "JPEG2000", "PPM"
]
"""Of the pictures that can be read."""
FileKind: TypeAlias = (
    Format
    | Literal["JXL", "RAW", "BIG ENDIAN BIGTIFF", "PSD", "XCF", "EXR", "QOI", "DDS", "ICON"]
    | Literal["HTML", "SVG", "POSTSCRIPT", "MATROSKA", "LFS POINTER", "ZEROS"]
    | Literal["RIFF", "ISO", "ZIP", "RAR", "7Z", "GZIP", "BZIP2", "XZ", "PDF", "WINDOWS", "ELF"]
)

SIGNATURE_BYTES = 64
"""How many of the first bytes are enough to tell."""
FIGURE_BYTES = 256
"""How many tell a figure that was drawn here."""
_DRAWN = b"tEXtSoftware\0catforensics"
_SIGNATURES: dict[FileKind, re.Pattern[bytes]] = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "TIFF": re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"),
    "BMP": re.compile(rb"BM"),
    "GIF": re.compile(rb"GIF8[79]a"),
    # A brand that only says "a picture" is followed by those that say how it is coded.
    "HEIF": re.compile(
        rb"....ftyp(?:hei[cxms]|hev[cxms]|(?:heif|mif1|msf1|miaf|MiHE)....(?:....){0,9}?he[iv][cx])",
        re.DOTALL,
    ),
    "AVIF": re.compile(rb"....ftyp(?:avif|avis|mif1|msf1)", re.DOTALL),
    "JPEG2000": re.compile(rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    "PPM": re.compile(rb"P[1-6]\s+[#\d]"),
    "JXL": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"),
    # Canon's three, Olympus, Panasonic, Fujifilm, Sigma, Minolta: those that are no plain TIFF.
    "RAW": re.compile(
        rb"II\*\0....CR|....ftypcrx |II....HEAPCCDR|IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW|FOVb|\0MRM",
        re.DOTALL,
    ),
    "BIG ENDIAN BIGTIFF": re.compile(rb"MM\0\+"),
    "PSD": re.compile(rb"8BP[SB]"),
    "XCF": re.compile(rb"gimp xcf"),
    "EXR": re.compile(rb"v/1\x01"),
    "QOI": re.compile(rb"qoif"),
    "DDS": re.compile(rb"DDS "),
    "ICON": re.compile(rb"\0\0[\x01\x02]\0[^\0]\0"),
    "HTML": re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)", re.IGNORECASE),
    "SVG": re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*)?<svg", re.DOTALL),
    "POSTSCRIPT": re.compile(rb"%!PS"),
    "MATROSKA": re.compile(rb"\x1a\x45\xdf\xa3"),
    "LFS POINTER": re.compile(rb"version https://git-lfs"),
    "ZEROS": re.compile(rb"\0{64}"),
    "RIFF": re.compile(rb"RIFF"),
    "ISO": re.compile(rb"....ftyp", re.DOTALL),
    "ZIP": re.compile(rb"PK(?:\x03\x04|\x05\x06)"),
    "RAR": re.compile(rb"Rar!"),
    "7Z": re.compile(rb"7z\xbc\xaf\x27\x1c"),
    "GZIP": re.compile(rb"\x1f\x8b"),
    "BZIP2": re.compile(rb"BZh"),
    "XZ": re.compile(rb"\xfd7zXZ\0"),
    "PDF": re.compile(rb"%PDF"),
    "WINDOWS": re.compile(rb"MZ"),
    "ELF": re.compile(rb"\x7fELF"),
}


def file_format(data: bytes) -> Format | None:
    r"""Format of a picture file that can be read; None for any other file.

    Parameters
    ----------
    data : bytes
        First bytes of the file, or all of them.

    Returns
    -------
    Format or None
        Name of the format, as Pillow has it.

    Examples
    --------
    >>> file_format(b"GIF89a..."), file_format(b"%PDF-1.7")
    ('GIF', None)
    """
    kinds: tuple[Format, ...] = get_args(Format)
    return next((kind for kind in kinds if is_kind(data, kind)), None)


def is_own_figure(data: bytes) -> bool:
    r"""Whether a file is a figure that was drawn here, and no picture of a set.

    Parameters
    ----------
    data : bytes
        The first `FIGURE_BYTES` of the file, or all of them.

    Returns
    -------
    bool
        By what `save_figure` writes into every PNG.

    Examples
    --------
    >>> is_own_figure(b"\x89PNG\r\n\x1a\n")
    False
    """
    return is_kind(data, "PNG") and _DRAWN in data[:FIGURE_BYTES]


def is_kind(data: bytes, kind: FileKind) -> bool:
    r"""Whether a file begins like those of a kind.

    Parameters
    ----------
    data : bytes
        First bytes of the file, or all of them.
    kind : FileKind
        A picture's format; "JXL" (JPEG XL), "RAW" (of a camera, not in a TIFF), "ICON" (of Windows)
        and other pictures that are not read; "RIFF", "ISO" (as MP4 is), "ZIP", "WINDOWS" (a
        program), "LFS POINTER" (what Git has in place of a large file), "ZEROS" (nothing else) and
        others that are none.

    Returns
    -------
    bool
        Judged by the bytes alone, never by a name.

    Examples
    --------
    >>> is_kind(b"%PDF-1.7", "PDF"), is_kind(b"%PDF-1.7", "ZIP")
    (True, False)
    """
    return _SIGNATURES[kind].match(data) is not None
