"""What follows the end of a picture in its file, where no decoder looks.

Phones append films and data of their own there; anybody may append anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from forensics.images.metadata.fields import MetadataFields
from forensics.images.metadata.jpeg import jpeg_end
from forensics.images.pieces import boxes, whole
from forensics.images.signature import FileKind, is_kind

__all__ = [
    "Appended",
    "add_samsung_edits",
    "appended_pieces",
]

_WORDS: dict[FileKind, str] = {
    "PNG": "a PNG picture",
    "GIF": "a GIF picture",
    "ZIP": "a ZIP archive",
    "RAR": "a RAR archive",
    "7Z": "a 7-Zip archive",
    "GZIP": "a gzip archive",
    "PDF": "a PDF document",
    "RIFF": "a RIFF file (WebP, WAV or AVI)",
    "WINDOWS": "a Windows program",
    "ELF": "a Linux program",
}
_SAMSUNG_END = b"SEFT"
_SAMSUNG_FILM = b"MotionPhoto_Data"
_SAMSUNG_EDITS = b"PhotoEditor_Re_Edit_Data"
_GENERATIVE = re.compile(rb'\\?"genAIType\\?"\s*:\s*(-?[0-9]{1,9})')
_NOT_ZERO = re.compile(rb"[^\0]")
_SEEN = 2**20
_SNIFFED = 512
_MAX_PIECES = 32


@dataclass(frozen=True, slots=True)
class Appended:
    """Piece of data behind the end of a picture.

    Parameters
    ----------
    begins_like : str
        What its first bytes are: "a JPEG picture", "an MP4 film", "a ZIP archive",
        "data as Samsung phones append", "text", "zeros", "data of no known kind".
    n_bytes : int
        Length of the piece in bytes.

    Examples
    --------
    >>> Appended("a ZIP archive", 22).n_bytes
    22
    """

    begins_like: str
    n_bytes: int


def appended_pieces(data: bytes, end: int | None) -> tuple[Appended, ...]:
    """Pieces of data behind the end of a picture, in their order.

    Parameters
    ----------
    data : bytes
        The whole file.
    end : int, optional
        Where the picture ends; None where that is not known.

    Returns
    -------
    tuple of Appended
        Empty where nothing follows.

    Examples
    --------
    >>> appended_pieces(b"GIF89a...;hello", 10)
    (Appended(begins_like='text', n_bytes=5),)
    """
    pieces: list[Appended] = []
    at = len(data) if end is None else end
    while at < len(data):
        kind, until = _piece(data, at)
        if len(pieces) == _MAX_PIECES - 1:
            until = len(data)
        pieces.append(Appended(kind, until - at))
        at = until
    return tuple(pieces)


def _piece(data: bytes, at: int) -> tuple[str, int]:
    start = data[at : at + _SNIFFED]
    if is_kind(start, "JPEG"):
        return "a JPEG picture", jpeg_end(data, at) or len(data)
    if is_kind(start, "ISO"):
        last = at
        for box in whole(boxes(BytesIO(data), at), len(data)):
            last = box.end
        return "an MP4 film", max(last, at + 8)
    if data.endswith(_SAMSUNG_END):
        film = data.find(_SAMSUNG_FILM, at, at + _SEEN) >= 0
        return f"data as Samsung phones append{', with a film' if film else ''}", len(data)
    for kind, words in _WORDS.items():
        if is_kind(start, kind):
            return words, len(data)
    if not start[0]:
        # Cameras fill up to a round number before the next picture of an MPO.
        other = _NOT_ZERO.search(data, at)
        return "zeros", other.start() if other else len(data)
    return ("text" if _is_text(start) else "data of no known kind"), len(data)


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last letter may have been cut.
        if error.start < len(start) - 3:
            return False
        text = start[: error.start].decode("utf-8")
    return bool(text) and all(letter.isprintable() or letter.isspace() for letter in text)


def add_samsung_edits(data: bytes, found: MetadataFields) -> None:
    """Add what Samsung's editor appended on the use of its generative tools.

    It says so nowhere else in some files.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : MetadataFields
        Added to; `end` must be known.

    Examples
    --------
    >>> found = MetadataFields("JPEG", end=0)
    >>> add_samsung_edits(b'PhotoEditor_Re_Edit_Data{"genAIType":2}SEFT', found)
    >>> found.text("genAIType")
    '2'
    """
    if found.end is None or not data.endswith(_SAMSUNG_END):
        return
    at = data.find(_SAMSUNG_EDITS, max(found.end, len(data) - _SEEN))
    used = _GENERATIVE.search(data, at, at + _SEEN) if at >= 0 else None
    if used and int(used[1]):
        found.add("Samsung data", "genAIType", used[1].decode())
