"""What holds the bytes of one picture: a file, or memory.

A member of an archive is the third of the kind, in `archives`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

from forensics.errors import ImageReadError
from forensics.images.names import printable

__all__ = [
    "MAX_FILE_BYTES",
    "BytesSource",
    "FileSource",
    "ImageSource",
    "not_regular",
    "reason_of",
]

MAX_FILE_BYTES = 2**30
"""A plain file larger than this is no picture that would be measured."""


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

    Examples
    --------
    >>> FileSource("cats/7.png").name
    'cats/7.png'
    """

    sequential: ClassVar[bool] = False
    path: str

    @property
    def name(self) -> str:
        """The path, as it was spelled."""
        return self.path

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
            reason = not_regular(found.st_mode) or _too_large(found.st_size)
            if not reason:
                return open(self.path, "rb")
        except (OSError, ValueError) as error:
            raise ImageReadError(f"{printable(self.path)} {reason_of(error)}") from error
        raise ImageReadError(f"{printable(self.path)} {reason}")

    def read_bytes(self) -> bytes:
        """Return the whole file.

        Raises
        ------
        ImageReadError
            As `open`, or the disk fails while reading.
        """
        with self.open() as file:
            try:
                return file.read()
            except (OSError, MemoryError) as error:
                raise ImageReadError(f"{printable(self.path)} {reason_of(error)}") from error


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


def not_regular(mode: int) -> str:
    """Why a file of this `mode` is no picture file, or "" where it may be one.

    A FIFO would wait for ever and ``/dev/zero`` never end.

    Parameters
    ----------
    mode : int
        ``st_mode`` of the file, links followed.

    Examples
    --------
    >>> not_regular(stat.S_IFREG | 0o644)
    ''
    >>> not_regular(stat.S_IFIFO)
    'is a FIFO, not a regular file: save the picture to a file first'
    """
    if stat.S_ISREG(mode):
        return ""
    kind = _KINDS.get(stat.S_IFMT(mode), "a special file")
    return f"is {kind}, not a regular file: save the picture to a file first"


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def reason_of(error: Exception) -> str:
    """Say what the operating system refused, as the rest of a sentence on the path.

    Nobody should need to know an errno to mend a path.

    Parameters
    ----------
    error : Exception
        What reading raised.

    Examples
    --------
    >>> reason_of(FileNotFoundError())
    'does not exist: check the spelling'
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "does not exist: check the spelling"
    if isinstance(error, PermissionError):
        return "cannot be read, permission denied: make it readable or leave it out"
    if isinstance(error, MemoryError):
        return "does not fit into memory: leave it out"
    detail = (isinstance(error, OSError) and error.strerror) or str(error)
    return f"cannot be read ({detail.lower()}): check the path and the disk"


def _too_large(size: int) -> str:
    if size <= MAX_FILE_BYTES:
        return ""
    return (
        f"is {size / 2**30:.1f} GiB, the limit is {MAX_FILE_BYTES / 2**30:g} GiB: "
        "name pictures, or an archive of them by its own extension"
    )
