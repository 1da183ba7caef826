"""What holds the bytes of one picture: a file, or memory.

Members of archives and pictures on servers are of the same kind, in `members` and `urls`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

from forensics.errors import ImageReadError
from forensics.images.failures import CHANGED, not_regular, oversized, reason_of
from forensics.images.names import printable

__all__ = [
    "BytesSource",
    "FileSource",
    "ImageSource",
    "Refuse",
    "Skipped",
    "Unreadable",
    "in_memory",
]

Refuse = Callable[[str, str], None]
"""Takes the name of what is left out, and the reason; raises, or returns to go on."""


class ImageSource(Protocol):
    """Something that has the bytes of one picture.

    Files, archive members and bytes in memory look alike to the decoder; each
    is small, immutable and picklable, so that a list of them can be shared out.
    """

    @property
    def name(self) -> str:
        """What people are shown: the path as it was spelled, or ``cats.zip/a/1.jpg``."""

    @property
    def sequential(self) -> bool:
        """Whether this source and its siblings are best read in order, by one thread."""

    def read_bytes(self) -> bytes:
        """Return the encoded picture; ImageReadError where that cannot be done."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A picture in a file of its own.

    Parameters
    ----------
    path : str
        As the user spelled it.
    shown : str
        What people are shown instead, where the path had to be made another.

    Examples
    --------
    >>> FileSource("cats/7.png").name
    'cats/7.png'
    """

    sequential: ClassVar[bool] = False
    path: str
    shown: str = ""

    @property
    def name(self) -> str:
        """The path, as it was spelled."""
        return self.shown or self.path

    def open(self) -> BinaryIO:
        """Open the file to read, once it is known to be a regular one of a sane size.

        A header can be read without reading the file.

        Returns
        -------
        file object
            Binary; to be closed by the caller.

        Raises
        ------
        ImageReadError
            The file is missing, not regular, larger than `MAX_FILE_BYTES` or unreadable.
        """
        try:
            # Before opening: that of a FIFO would wait for a writer.
            found = os.stat(self.path)
            reason = not_regular(found.st_mode) or oversized(found.st_size)
            if not reason:
                return open(self.path, "rb")
        except (OSError, ValueError) as error:
            raise ImageReadError(f"{printable(self.name)} {reason_of(error)}") from error
        raise ImageReadError(f"{printable(self.name)} {reason}")

    def read_bytes(self) -> bytes:
        """Return the whole file.

        Raises
        ------
        ImageReadError
            As `open`, or the disk fails or the file changes while it is read.
        """
        with self.open() as file:
            try:
                before = os.fstat(file.fileno())
                data = file.read()
                after = os.fstat(file.fileno())
            except (OSError, MemoryError) as error:
                raise ImageReadError(f"{printable(self.name)} {reason_of(error)}") from error
        if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise ImageReadError(f"{printable(self.name)} {CHANGED}")
        return data


@dataclass(frozen=True, slots=True)
class BytesSource:
    """A picture that is in memory already: an upload, or read ahead from an archive.

    Parameters
    ----------
    name : str
        What people are shown.
    data : bytes
        The encoded picture.

    Examples
    --------
    >>> BytesSource("upload", b"BM").read_bytes()
    b'BM'
    """

    sequential: ClassVar[bool] = False
    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        """Return the bytes as they were given."""
        return self.data


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture or place that was left out.

    Parameters
    ----------
    path : str
        Its name, as people are shown it.
    reason : str
        The rest of the sentence that begins with the path.

    Examples
    --------
    >>> skipped = Skipped("cats/7.png", "is empty")
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source whose reading failed already; it says so when its turn comes.

    Parameters
    ----------
    name : str
        What people are shown.
    message : str
        The sentence of the failure.

    Examples
    --------
    >>> Unreadable("7.png", "7.png is empty").read_bytes()
    Traceback (most recent call last):
    forensics.errors.ImageReadError: 7.png is empty
    """

    sequential: ClassVar[bool] = False
    name: str
    message: str

    def read_bytes(self) -> bytes:
        """Raise the error of the first attempt."""
        raise ImageReadError(self.message)


def in_memory(source: ImageSource) -> ImageSource:
    """Read a source here and now, for a place where it could not be read, or only slowly.

    Parameters
    ----------
    source : ImageSource

    Returns
    -------
    BytesSource or Unreadable
        What fails now, fails in the turn of this picture.

    Examples
    --------
    >>> in_memory(FileSource("missing.png"))
    Unreadable(name='missing.png', message='missing.png does not exist: check the spelling')
    """
    try:
        return BytesSource(source.name, source.read_bytes())
    except ImageReadError as error:
        return Unreadable(source.name, str(error))
