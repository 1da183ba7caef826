"""Pictures inside zip and tar archives, read where they lie.

Nothing is ever written to disk, so nothing can leave the archive's root; what
tries to, and what would not fit into memory, is refused by name.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from forensics.images.files import ImageSource, Refuse
from forensics.images.members import (
    ARCHIVE_DAMAGE,
    MAX_MEMBER_BYTES,
    TarMember,
    ZipMember,
    plain,
    too_large,
    unpacker,
    unreadable,
)
from forensics.images.names import is_hidden, is_picture, natural_key
from forensics.images.openzips import opened_zip

__all__ = ["MAX_MEMBER_BYTES", "TarMember", "ZipMember", "iter_members", "vetted"]

_BOMB_RATIO = 200
_BOMB_BYTES = 2**20


def iter_members(path: str, *, refuse: Refuse) -> Iterator[tuple[str, ImageSource]]:
    """Yield the pictures of an archive: natural order in a zip, stored order in a tar.

    A set that came as one file is measured as one file, with no copy of it.

    Parameters
    ----------
    path : str
        The archive; its content, not its name, says which kind of tar it is.
    refuse : callable of name and reason
        Called for a picture that must not be read and for a damaged archive. It
        raises, or returns to go on without it.

    Yields
    ------
    member : str
        Name inside the archive.
    source : ImageSource
        The picture. Nothing is read yet.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with zipfile.ZipFile(f"{folder}/cats.zip", "w") as archive:
    ...         for name in ["10.png", "9.png", "notes.txt"]:
    ...             archive.writestr(name, b"")
    ...     [name for name, _ in iter_members(f"{folder}/cats.zip", refuse=print)]
    ['9.png', '10.png']
    """
    members = _zip_members if path.lower().endswith(".zip") else _tar_members
    try:
        yield from members(path, refuse)
    except _BrokenArchiveError as broken:
        refuse(path, str(broken))


class _BrokenArchiveError(Exception):
    """The archive cannot be listed any further; the rest of the sentence on it."""


def _zip_members(path: str, refuse: Refuse) -> Iterator[tuple[str, ImageSource]]:
    try:
        infos = opened_zip(path).infos()
    except ARCHIVE_DAMAGE as error:
        raise _BrokenArchiveError(unreadable(error)) from error
    for member in vetted(infos, path, refuse=refuse):
        yield member, ZipMember(path, member, f"{path}/{member}")


def vetted(infos: Iterable[zipfile.ZipInfo], path: str, *, refuse: Refuse) -> Iterator[str]:
    """Yield the names of a zip's pictures that may be read, in natural order.

    Parameters
    ----------
    infos : iterable of zipfile.ZipInfo
    path : str
        What the archive is called.
    refuse : callable of name and reason
    """
    for info in sorted(infos, key=lambda info: natural_key(info.filename)):
        if not _is_wanted(info.filename):
            continue
        if reason := _unsafe(info.filename) or _unfit_zip(info) or too_large(info.file_size):
            refuse(f"{path}/{info.filename}", reason)
        else:
            yield info.filename


def _tar_members(path: str, refuse: Refuse) -> Iterator[tuple[str, ImageSource]]:
    for info, packed in _tar_infos(path):
        name = f"{path}/{info.name.removeprefix('./')}"
        if not _is_wanted(info.name):
            continue
        if reason := _unsafe(info.name) or _unfit_tar(info) or too_large(info.size):
            refuse(name, reason)
        else:
            yield info.name, TarMember(path, name, info.offset_data, info.size, packed)


def _tar_infos(path: str) -> Iterator[tuple[tarfile.TarInfo, bool]]:
    try:
        unpack = unpacker(path)
        limit = _BOMB_RATIO * os.path.getsize(path) + _BOMB_BYTES
        with unpack(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            # tarfile unpacks its way to the next header, so a bomb is noticed before that.
            while (info := archive.next()) is not None:
                yield info, unpack is not plain
                if info.offset_data + info.size > limit:
                    raise _BrokenArchiveError(_bomb(limit))
            _check_end(archive, file)
    except ARCHIVE_DAMAGE as error:
        raise _BrokenArchiveError(unreadable(error)) from error


def _check_end(archive: tarfile.TarFile, file: IO[bytes]) -> None:
    # tarfile takes a damaged header for the end, and the pictures behind it would be
    # missing without a word.
    file.seek(archive.offset)
    if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise _BrokenArchiveError("is damaged in the middle: copy or download it again")


def _is_wanted(member: str) -> bool:
    return is_picture(member) and not is_hidden(member.replace("\\", "/"))


def _unsafe(member: str) -> str:
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        return "has a name that leads out of the archive: pack it again with plain relative names"
    return ""


def _unfit_zip(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link or device, not a regular file: pack the picture itself"
    if info.flag_bits & 1:
        return "is encrypted: unpack it and name the folder"
    if info.file_size > max(_BOMB_BYTES, _BOMB_RATIO * info.compress_size):
        return _bomb(_BOMB_RATIO * info.compress_size)
    return ""


def _unfit_tar(info: tarfile.TarInfo) -> str:
    if not info.isreg() or info.issparse():
        return "is a link, device or sparse file, not a regular one: pack the picture itself"
    return ""


def _bomb(limit: int) -> str:
    return (
        f"unpacks to more than {_BOMB_RATIO} times its size ({limit} bytes), as no picture "
        "does: leave it out, or unpack it yourself"
    )
