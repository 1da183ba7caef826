"""What the readers of a file hand on: entries of text, and sentences on what was not read.

A file may be made to be hostile: everything that grows with what somebody
wrote into it is limited here, in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = [
    "Entry",
    "Findings",
    "MAX_BLOCK_BYTES",
    "MAX_TEXT",
    "decoded_text",
    "first_text",
]

MAX_BLOCK_BYTES = 2**20
"""Of one block of metadata, packed or unpacked: ten times the largest that programs write."""
MAX_TEXT = 2**15
"""Characters kept of one text: settings have some hundred, and a workflow begins tellingly."""
_MAX_BYTES = 2**23
_MAX_CHARACTERS = 2**20
_LEAST_COST = 512
_MAX_STORE_BYTES = 2**25
_MAX_NOTES = 16
_TOO_MUCH = "The file holds more metadata than a picture needs: not all of it was read."


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that a file carries besides its pixels.

    Whatever standard it was written in: only so can one rule look for a
    generator's name in all of them.

    Parameters
    ----------
    place : str
        "PNG text", "EXIF", "XMP", "IPTC", "JPEG comment", "GIF comment", "Samsung data".
    key : str
        As the standard calls it: "parameters", "Software", "CreatorTool".
    text : str
        As written, cut to `MAX_TEXT` characters; not fit to be printed.

    Examples
    --------
    >>> Entry("EXIF", "Make", "samsung").key
    'Make'
    """

    place: str
    key: str
    text: str


@dataclass(slots=True)
class Findings:
    """What has been read so far of one file; the readers add to it.

    Parameters
    ----------
    container : str
        "JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP" or "".
    entries : list of Entry
    notes : list of str
        Sentences on what could not be read.
    credentials : bytearray
        The C2PA manifest store, if there is one in the file.
    credentials_elsewhere : bool
        The file points to a manifest store on the network.
    location : bool
        A place is recorded.
    thumbnail : bytes
        The encoded thumbnail of the EXIF data.
    listed_pictures : int
        Pictures in the file by its own index (MPF).
    end : int, optional
        Where the picture ends; None where its format has no end, or none was found.

    Examples
    --------
    >>> found = Findings("PNG")
    >>> found.add("PNG text", "Software", "a program")
    >>> found.text("Software")
    'a program'
    """

    container: str = ""
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    credentials: bytearray = field(default_factory=bytearray)
    credentials_elsewhere: bool = False
    location: bool = False
    thumbnail: bytes = b""
    listed_pictures: int = 1
    end: int | None = None
    _characters: int = _MAX_CHARACTERS
    _bytes: int = _MAX_BYTES

    def add(self, place: str, key: str, text: str) -> None:
        """Keep a text, unless it is blank or there is far too much already."""
        text = text[:MAX_TEXT].strip("\0 \t\r\n")
        if not text:
            return
        # Every entry is looked at by every rule: many short ones cost as much as a long one.
        self._characters -= max(len(text), _LEAST_COST)
        if self._characters < 0:
            self.note(_TOO_MUCH)
        else:
            self.entries.append(Entry(place, key[:MAX_TEXT], text))

    def add_credentials(self, store: bytes | bytearray | memoryview) -> None:
        """Keep a C2PA manifest store, or as much of it as one may have."""
        self.credentials += store[: _MAX_STORE_BYTES - len(self.credentials)]

    def affords(self, n_bytes: int) -> bool:
        """Whether a block of this size may still be taken apart; if so it is paid for."""
        if n_bytes > self._bytes:
            self.note(_TOO_MUCH)
            return False
        self._bytes -= max(n_bytes, _LEAST_COST)
        return True

    def note(self, sentence: str) -> None:
        """Keep a sentence on what was not read, once."""
        if sentence not in self.notes and len(self.notes) < _MAX_NOTES:
            self.notes.append(sentence)

    def text(self, *keys: str) -> str:
        """Return the first text under any of `keys`, in their order, or ""."""
        return first_text(self.entries, *keys)


def first_text(entries: Iterable[Entry], *keys: str) -> str:
    """Return the first text under any of `keys`, in the order of the keys, or "".

    The same fact has several names, the better ones first.

    Parameters
    ----------
    entries : iterable of Entry
    *keys : str

    Examples
    --------
    >>> first_text([Entry("EXIF", "Make", "samsung")], "Model", "Make")
    'samsung'
    """
    entries = tuple(entries)
    return next((entry.text for key in keys for entry in entries if entry.key == key), "")


def decoded_text(raw: bytes) -> str:
    r"""Text of bytes whose encoding nobody states.

    Parameters
    ----------
    raw : bytes
        UTF-8, or what Latin-1 makes of it.

    Examples
    --------
    >>> decoded_text("Zürich".encode()), decoded_text(b"Z\xfcrich")
    ('Zürich', 'Zürich')
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
