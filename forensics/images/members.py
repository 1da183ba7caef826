"""One picture in a zip or tar archive, and the open archive it is read from."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, ClassVar, cast

from forensics.errors import ImageReadError
from forensics.images.failures import reason_of
from forensics.images.names import brief, printable
from forensics.images.openzips import MAX_MEMBER_BYTES, opened_zip, stamp
from forensics.images.signature import SIGNATURE_BYTES, FileKind, is_kind

__all__ = [
    "ARCHIVE_DAMAGE",
    "MAX_MEMBER_BYTES",
    "TarMember",
    "ZipMember",
    "plain",
    "too_large",
    "unpacker",
    "unreadable",
    "declared_bytes",
]

ARCHIVE_DAMAGE = (
    OSError, EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile,
    tarfile.TarError, ValueError, KeyError, IndexError, OverflowError, MemoryError,
    RuntimeError,  # zipfile's, for a password or a way of packing it does not know
)  # fmt: skip
"""What the standard library raises on a bad archive."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A picture in a zip archive.

    Parameters
    ----------
    archive, member : str
        Path of the archive, name inside it.
    name : str
        What people are shown.

    Examples
    --------
    >>> ZipMember("cats.zip", "a/1.jpg", "cats.zip/a/1.jpg").sequential
    False
    """

    sequential: ClassVar[bool] = False
    archive: str
    member: str
    name: str

    def read_bytes(self) -> bytes:
        """Return the member, its checksum verified.

        Raises
        ------
        ImageReadError
            The archive is gone or damaged, or the member is not as large as it says.
        """
        try:
            declared, data = opened_zip(self.archive).read(self.member)
        except ARCHIVE_DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return declared_bytes(self.name, declared, data)


@dataclass(frozen=True, slots=True)
class TarMember:
    """A picture in a tar archive, packed or not.

    Parameters
    ----------
    archive : str
        Path of the archive.
    name : str
        What people are shown.
    offset, size : int
        Where it lies in the unpacked archive, in bytes.
    sequential : bool
        The archive is packed: reading backwards means unpacking it anew.

    Examples
    --------
    >>> TarMember("cats.tgz", "cats.tgz/1.jpg", 512, 4096, True).sequential
    True
    """

    archive: str
    name: str
    offset: int
    size: int
    sequential: bool

    def read_bytes(self) -> bytes:
        """Return the member.

        Raises
        ------
        ImageReadError
            The archive is gone, damaged or cut off.
        """
        try:
            if self.sequential:
                stream = _opened_tar(self.archive, stamp(self.archive))
                data = stream.read(self.offset, self.size)
            else:
                with open(self.archive, "rb") as file:
                    file.seek(self.offset)
                    data = file.read(self.size)
        except ARCHIVE_DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return declared_bytes(self.name, self.size, data)


def too_large(size: int) -> str:
    """Why a member of `size` bytes is refused, or "" where it is not.

    Many members are decoded at once; a set of them must not fill the memory.

    Parameters
    ----------
    size : int
        Unpacked size in bytes.

    Examples
    --------
    >>> too_large(MAX_MEMBER_BYTES)
    ''
    """
    if size <= MAX_MEMBER_BYTES:
        return ""
    return (
        f"is {size / 2**20:.0f} MiB unpacked, the limit in an archive is "
        f"{MAX_MEMBER_BYTES / 2**20:g}: unpack it and name the file"
    )


def declared_bytes(name: str, declared: int, data: bytes) -> bytes:
    """Return a member if it is all there.

    Parameters
    ----------
    name : str
    declared : int
        Bytes that its archive says it has.
    data : bytes

    Raises
    ------
    ImageReadError
        It has not that many.
    """
    if len(data) == declared and not too_large(declared):
        return data
    raise ImageReadError(
        f"{printable(name)} is not the {declared} bytes that its archive says: "
        "copy or download the archive again"
    )


def unreadable(error: Exception) -> str:
    """Say what is wrong with an archive, as the rest of a sentence on its path.

    The standard library's own words are kept, in brackets.

    Parameters
    ----------
    error : Exception
        One of `ARCHIVE_DAMAGE`.

    Examples
    --------
    >>> unreadable(EOFError("ends early"))
    'is damaged or packed in an unknown way (ends early): copy or download the archive again'
    """
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    detail = brief(str(error)) or type(error).__name__
    return f"is damaged or packed in an unknown way ({detail}): copy or download the archive again"


class _Stream:
    """A packed tar, unpacked forwards as its members are asked for."""

    def __init__(self, path: str) -> None:
        self._file = unpacker(path)(path)
        self._lock = threading.Lock()

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(size)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


@lru_cache(maxsize=4)
def _opened_tar(path: str, stamp: tuple[int, int, int]) -> _Stream:
    return _Stream(path)


def plain(path: str) -> IO[bytes]:
    """Open a tar archive that is not packed.

    Its members can be read in any order.

    Parameters
    ----------
    path : str
        The archive.
    """
    return open(path, "rb")


def unpacker(path: str) -> Callable[[str], IO[bytes]]:
    """Return what opens a tar archive unpacked: `plain`, or one of gzip, bz2 and lzma.

    The first bytes decide: names of archives are often wrong.

    Parameters
    ----------
    path : str
        The archive.

    Raises
    ------
    OSError
        It cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(SIGNATURE_BYTES)
    opens: dict[FileKind, object] = {"GZIP": gzip.open, "BZIP2": bz2.open, "XZ": lzma.open}
    unpack = next((opens[kind] for kind in opens if is_kind(start, kind)), plain)
    return cast(Callable[[str], IO[bytes]], unpack)
