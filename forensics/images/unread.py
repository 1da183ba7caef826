"""Which pictures are known by their kind and not measured, each with the way to one that is.

What a library would show of a camera's RAW file is a thumbnail, with none of the traces of the
picture.
"""

from __future__ import annotations

from typing import IO

from forensics.images.pieces import directories
from forensics.images.signature import FileKind, is_kind
from forensics.images.sources.names import RAW_SUFFIXES, UNREAD_SUFFIXES

__all__ = ["no_picture", "unread_kind"]

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


_PICTURES: dict[FileKind, str] = {
    "PSD": "a Photoshop document",
    "XCF": "a GIMP document",
    "EXR": "an OpenEXR picture",
    "QOI": "a QOI picture",
    "DDS": "a texture (DDS)",
    "ICON": "a Windows icon",
}
"""Pictures that are known by their first bytes; others are known by their names alone."""
_FOREIGN: dict[FileKind, tuple[str, str]] = {
    "ZIP": ("a zip archive or an Office document", "give it the ending .zip, or unpack it"),
    "RAR": ("a RAR archive", "unpack it"),
    "7Z": ("a 7-Zip archive", "unpack it"),
    "GZIP": ("a file packed by gzip", "unpack it, or give it the ending .tar.gz if it is a tar"),
    "BZIP2": ("a file packed by bzip2", "unpack it, or give it the ending .tar.bz2 if it is a tar"),
    "XZ": ("a file packed by xz", "unpack it, or give it the ending .tar.xz if it is a tar"),
    "PDF": ("a PDF document", "take the pictures out of it, for instance with pdfimages -all"),
    "HTML": ("a web page", "download the picture itself: what was saved may be an error page"),
    "SVG": ("a drawing (SVG)", "it has no pixels, leave it out"),
    "POSTSCRIPT": ("a PostScript document", "take the pictures out of it"),
    "MATROSKA": ("a film (Matroska or WebM)", "save frames of it as PNG, for instance with ffmpeg"),
    "ISO": ("a film (MP4 or QuickTime)", "save frames of it as PNG, for instance with ffmpeg"),
    "RIFF": ("a film or sound (AVI or WAV)", "save frames of it as PNG, for instance with ffmpeg"),
    "LFS POINTER": ("a pointer of Git LFS", "run git lfs pull, which fetches the picture"),
    "WINDOWS": ("a Windows program", "leave it out, and do not start it"),
    "ELF": ("a Linux program", "leave it out"),
    "ZEROS": ("an empty or unfinished file", "copy or download it again"),
}
"""What is no picture whatever its name says, and what to do."""
_SHOWN_BYTES = 16


def no_picture(start: bytes, name: str) -> str:
    r"""Reason why a file is not measured that is none of the pictures that can be read.

    Parameters
    ----------
    start : bytes
        Its first bytes.
    name : str
        Its name: some kinds of pictures have no mark of their own.

    Returns
    -------
    str
        What it is, and the way out, as the rest of a sentence on the file.

    Examples
    --------
    >>> print(no_picture(b"%PDF-1.7", "a.png")[:55])
    is no picture, it begins with '%PDF-1.7' as a PDF docum
    >>> no_picture(b"", "a.png")
    'is empty (0 bytes): copy it again or leave it out'
    """
    if not start:
        return "is empty (0 bytes): copy it again or leave it out"
    for kind, told in _PICTURES.items():
        if is_kind(start, kind):
            return _unread(told)
    shown = ascii(start[:_SHOWN_BYTES].decode("latin-1"))
    begins = f"is no picture, it begins with {shown}"
    for kind, (told, way) in _FOREIGN.items():
        if is_kind(start, kind):
            return f"{begins} as {told} does: {way}"
    if name.lower().endswith(UNREAD_SUFFIXES):
        return _unread(f"a {name[name.rindex('.') :].lower()} picture")
    return f"{begins}: JPEG, PNG, WebP, TIFF, BMP, AVIF, GIF, HEIC, JPEG 2000 and PPM can be read"


def _unread(told: str) -> str:
    return (
        f"is {told}, which is not read: save it as PNG, without resizing, in the program it is from"
    )


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
