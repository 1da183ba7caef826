"""Open zip archives, found again as long as their file is the same."""

from __future__ import annotations

import os
import threading
import zipfile
from functools import lru_cache
from typing import IO

__all__ = ["MAX_MEMBER_BYTES", "OpenZip", "opened_zip", "stamp"]

MAX_MEMBER_BYTES = 128 * 2**20
"""A member larger than this, declared or real, is refused."""


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


def opened_zip(path: str) -> OpenZip:
    """Open a zip archive, or find it open already.

    Listing and reading share one central directory, which may be long.

    Parameters
    ----------
    path : str
        The archive.
    """
    return _zip_at(path, stamp(path))


# Members know their archive by path, so they are plain data that can be pickled, and the
# open archive stands here: found again as long as the file is the same.
@lru_cache(maxsize=4)
def _zip_at(path: str, stamp: tuple[int, int, int]) -> OpenZip:
    return OpenZip(path)


def stamp(path: str) -> tuple[int, int, int]:
    """What tells a file from another one that takes its place.

    Parameters
    ----------
    path : str
    """
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns
