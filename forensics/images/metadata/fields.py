"""What the readers of a file hand on: entries of text, and sentences on what was not read.

A file may be made to be hostile: everything that grows with what somebody
wrote into it is limited here, in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = [
    "Entry",
    "MetadataFields",
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
    """Text that a file carries besides its pixels.

    Whatever standard it was written in: only so can one rule look for a
    generator's name in all of them.

    Parameters
    ----------
    place : str
        "PNG text", "EXIF", "XMP", "IPTC", "JPEG comment", "GIF comment", "Samsung data".
    key : str
        Name of the entry as the standard has it: "parameters", "Software", "CreatorTool".
    text : str
        Text as it is written, cut to `MAX_TEXT` characters; not fit to be printed.

    Examples
    --------
    >>> Entry("EXIF", "Make", "samsung").key
    'Make'
    """

    place: str
    key: str
    text: str


@dataclass(slots=True)
class MetadataFields:
    """What has been read so far of one file, as its readers add to it.

    Parameters
    ----------
    container : str
        Kind of the file: "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "JPEG2000", "TIFF", "GIF", "BMP",
        "PPM" or "".
    entries : list of Entry
        Texts that the file carries, in their order.
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
        Number of pictures in the file by its own index (MPF).
    end : int, optional
        Byte at which the picture ends; None where its format has no end, or none was found.

    Examples
    --------
    >>> found = MetadataFields("PNG")
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
        """Keep a text, unless it is blank or there is far too much already.

        Parameters
        ----------
        place : str
            Where in the file it stands, such as "EXIF".
        key : str
            Name of the entry.
        text : str
            What the entry says.
        """
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
        """Keep a C2PA manifest store, or as much of it as one may have.

        Parameters
        ----------
        store : bytes-like
            The whole manifest store.
        """
        self.credentials += store[: _MAX_STORE_BYTES - len(self.credentials)]

    def affords(self, n_bytes: int) -> bool:
        """Whether a block of this size may still be taken apart; if so, it is paid for.

        Parameters
        ----------
        n_bytes : int
            Size of the block in bytes.

        Returns
        -------
        bool
            False once the file has asked for too much work.
        """
        if n_bytes > self._bytes:
            self.note(_TOO_MUCH)
            return False
        self._bytes -= max(n_bytes, _LEAST_COST)
        return True

    def note(self, sentence: str) -> None:
        """Keep a sentence on what was not read, once.

        Parameters
        ----------
        sentence : str
            What was not read, and why.
        """
        if sentence not in self.notes and len(self.notes) < _MAX_NOTES:
            self.notes.append(sentence)

    def text(self, *keys: str) -> str:
        """First text under any of some names.

        Parameters
        ----------
        *keys : str
            Names of entries, the better ones first.

        Returns
        -------
        str
            "" if there is none.
        """
        return first_text(self.entries, *keys)


def first_text(entries: Iterable[Entry], *keys: str) -> str:
    """First text under any of some names, the better names first.

    The same fact has several names in different files.

    Parameters
    ----------
    entries : iterable of Entry
        Texts of one file.
    *keys : str
        Names of entries, the better ones first.

    Returns
    -------
    str
        "" if there is none.

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
        Bytes in UTF-8; anything else is taken for Latin-1.

    Returns
    -------
    str
        The text, whatever the bytes are.

    Examples
    --------
    >>> decoded_text("Zürich".encode()), decoded_text(b"Z\xfcrich")
    ('Zürich', 'Zürich')
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
