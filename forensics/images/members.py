"""One picture in a zip or tar archive, and the open archive it is read from."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
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

__all__ = [
    "DAMAGE",
    "MAX_MEMBER_BYTES",
    "OpenZip",
    "TarMember",
    "ZipMember",
    "opened_zip",
    "plain",
    "too_large",
    "unpacker",
    "unreadable",
    "whole",
]

MAX_MEMBER_BYTES = 128 * 2**20
"""A member larger than this, declared or real, is refused."""

DAMAGE = (
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
        except DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return whole(self.name, declared, data)


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
                stream = _opened_tar(self.archive, _stamp(self.archive))
                data = stream.read(self.offset, self.size)
            else:
                with open(self.archive, "rb") as file:
                    file.seek(self.offset)
                    data = file.read(self.size)
        except DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return whole(self.name, self.size, data)


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


def whole(name: str, declared: int, data: bytes) -> bytes:
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
        One of `DAMAGE`.

    Examples
    --------
    >>> unreadable(EOFError("ends early"))
    'is damaged or packed in an unknown way (ends early): copy or download the archive again'
    """
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    detail = brief(str(error)) or type(error).__name__
    return f"is damaged or packed in an unknown way ({detail}): copy or download the archive again"


class OpenZip:
    """One open archive for all its members, for any number of threads.

    Parameters
    ----------
    file : str or file object
        Path of the archive, or what holds it.
    """

    def __init__(self, file: str | IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file)
        self._lock = threading.Lock()

    def infos(self) -> list[zipfile.ZipInfo]:
        """Return what is known of every file in it."""
        return [info for info in self._archive.infolist() if not info.is_dir()]

    def read(self, member: str) -> tuple[int, bytes]:
        """Return the size that a member is said to have, and as much of it as may be."""
        # zipfile guards its file position, but not its count of open members.
        with self._lock:
            info = self._archive.getinfo(member)
            file = self._archive.open(info)
        try:
            return info.file_size, file.read(min(info.file_size, MAX_MEMBER_BYTES) + 1)
        finally:
            with self._lock:
                file.close()


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


def opened_zip(path: str) -> OpenZip:
    """Open a zip archive, or find it open already.

    Listing and reading share one central directory, which may be long.

    Parameters
    ----------
    path : str
        The archive.
    """
    return _zip_at(path, _stamp(path))


# Members know their archive by path, so they are plain data that can be pickled, and the
# open archive stands here: found again as long as the file is the same.
@lru_cache(maxsize=4)
def _zip_at(path: str, stamp: tuple[int, int, int]) -> OpenZip:
    return OpenZip(path)


@lru_cache(maxsize=4)
def _opened_tar(path: str, stamp: tuple[int, int, int]) -> _Stream:
    return _Stream(path)


def _stamp(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


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
        start = file.read(6)
    for magic, unpack in (
        (b"\x1f\x8b", gzip.open),
        (b"BZh", bz2.open),
        (b"\xfd7zXZ\0", lzma.open),
    ):
        if start.startswith(magic):
            return cast(Callable[[str], IO[bytes]], unpack)
    return plain
