"""Pictures inside zip and tar archives, read where they lie: on a disk, or uploaded.

Nothing is ever written to disk, so nothing can leave the archive's root; what
tries to, and what would not fit into memory, is refused by name.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import IO, ClassVar, cast

from forensics.errors import ImageReadError, ParameterError
from forensics.images.signature import (
    FIGURE_BYTES,
    SIGNATURE_BYTES,
    FileKind,
    is_kind,
)
from forensics.images.sources.local import ImageSource, Refuse, Skipped, passed_over_as, reason_of
from forensics.images.sources.names import (
    brief,
    extension,
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
)

__all__ = [
    "ARCHIVE_DAMAGE",
    "HeldMember",
    "MAX_MEMBER_BYTES",
    "OpenZip",
    "TarMember",
    "UploadedSet",
    "ZipMember",
    "declared_bytes",
    "iter_members",
    "opened_zip",
    "plain",
    "stamp",
    "too_large",
    "unpacker",
    "unreadable",
    "uploaded_sets",
    "vetted",
]

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
        self._at = {info.header_offset: info for info in self._archive.infolist()}
        self._lock = threading.Lock()

    def infos(self) -> list[zipfile.ZipInfo]:
        """Return the entry of every file in it."""
        return [info for info in self._archive.infolist() if not info.is_dir()]

    def start(self, info: zipfile.ZipInfo) -> bytes:
        """The first bytes of a member, as many as tell what it is; none if it cannot be read.

        Parameters
        ----------
        info : zipfile.ZipInfo
            Entry of the member.

        Returns
        -------
        bytes
            At most `FIGURE_BYTES`.
        """
        try:
            with self._lock, self._archive.open(info) as file:
                return file.read(FIGURE_BYTES)
        except ARCHIVE_DAMAGE:  # it is refused by name, if it is a picture by its name
            return b""

    def read(self, member: str, offset: int | None = None) -> tuple[int, bytes]:
        """Declared size of a member, and as much of it as may be read.

        Parameters
        ----------
        member : str
            Name of the member inside the archive.
        offset : int, optional
            Byte of the archive at which it begins, where several have its name; the last of them
            otherwise.

        Returns
        -------
        (int, bytes)
            Size that the archive declares, and the unpacked bytes.
        """
        # zipfile guards its file position, but not its count of open members.
        with self._lock:
            info = self._info(member, offset)
            file = self._archive.open(info)
        try:
            return info.file_size, file.read(min(info.file_size, MAX_MEMBER_BYTES) + 1)
        finally:
            with self._lock:
                file.close()

    def _info(self, member: str, offset: int | None) -> zipfile.ZipInfo:
        info = self._at.get(-1 if offset is None else offset)
        return info if info and info.filename == member else self._archive.getinfo(member)


def opened_zip(path: str) -> OpenZip:
    """Open zip archive, shared by all its members.

    Listing and reading share one central directory, which may be long.

    Parameters
    ----------
    path : str
        Path of the archive.

    Returns
    -------
    OpenZip
        The same object for the same file, as long as that does not change.
    """
    return _zip_at(path, stamp(path))


# Members know their archive by path, so they are plain data that can be pickled, and the
# open archive stands here: found again as long as the file is the same.
@lru_cache(maxsize=4)
def _zip_at(path: str, stamp: tuple[int, int, int]) -> OpenZip:
    return OpenZip(path)


def stamp(path: str) -> tuple[int, int, int]:
    """Stamp that tells a file from another one that takes its place.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    (int, int, int)
        Compares equal as long as the file is the same.
    """
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


ARCHIVE_DAMAGE = (
    OSError, EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile,
    tarfile.TarError, ValueError, KeyError, IndexError, OverflowError, MemoryError,
    RuntimeError,  # zipfile's, for a password or a way of packing it does not know
)  # fmt: skip
"""What the standard library raises on a bad archive."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """Picture in a zip archive.

    Parameters
    ----------
    archive, member : str
        Path of the archive, name inside it.
    name : str
        Name that people are shown.
    offset : int, optional
        Byte of the archive at which it begins, where several have its name.

    Examples
    --------
    >>> ZipMember("cats.zip", "a/1.jpg", "cats.zip/a/1.jpg").sequential
    False
    """

    sequential: ClassVar[bool] = False
    archive: str
    member: str
    name: str
    offset: int | None = None

    def read_bytes(self) -> bytes:
        """Return the member, its checksum verified.

        Raises
        ------
        ImageReadError
            The archive is gone or damaged, or the member is not as large as it says.
        """
        try:
            declared, data = opened_zip(self.archive).read(self.member, self.offset)
        except ARCHIVE_DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return declared_bytes(self.name, declared, data)


@dataclass(frozen=True, slots=True)
class TarMember:
    """Picture in a tar archive, packed or not.

    Parameters
    ----------
    archive : str
        Path of the archive.
    name : str
        Name that people are shown.
    offset, size : int
        Place and length in the unpacked archive, in bytes.
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
    """Reason why a member of `size` bytes is refused, if it is.

    Many members are decoded at once; a set of them must not fill the memory.

    Parameters
    ----------
    size : int
        Unpacked size in bytes.

    Returns
    -------
    str
        The reason as the rest of a sentence on the file; "" if there is none.

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
    """Bytes of a member, if they are all there.

    Parameters
    ----------
    name : str
        Name of the member, as people are shown it.
    declared : int
        Number of bytes that its archive declares.
    data : bytes
        Bytes that were read.

    Returns
    -------
    bytes
        `data`, of the declared length.

    Raises
    ------
    ImageReadError
        `data` has another length.
    """
    if len(data) == declared and not too_large(declared):
        return data
    raise ImageReadError(
        f"{printable(name)} is not the {declared} bytes that its archive says: "
        "copy or download the archive again"
    )


def unreadable(error: Exception) -> str:
    """What is wrong with an archive, as the rest of a sentence on its path.

    The standard library's own words are kept, in brackets.

    Parameters
    ----------
    error : Exception
        One of `ARCHIVE_DAMAGE`.

    Returns
    -------
    str
        The standard library's own words stand in brackets.

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
    """Tar archive that is not packed, opened to be read.

    Its members can be read in any order.

    Parameters
    ----------
    path : str
        Path of the archive.

    Returns
    -------
    binary file
        To be closed by the caller.
    """
    return open(path, "rb")


def unpacker(path: str) -> Callable[[str], IO[bytes]]:
    """Opener of a tar archive: `plain`, or one of gzip, bz2 and lzma.

    The first bytes decide: names of archives are often wrong.

    Parameters
    ----------
    path : str
        Path of the archive.

    Returns
    -------
    callable
        Takes the path, and returns the unpacked archive as a binary file.

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


_BOMB_RATIO = 200
_BOMB_BYTES = 2**20


def iter_members(
    path: str, *, refuse: Refuse, passed_over: Counter[str] | None = None
) -> Iterator[tuple[str, ImageSource]]:
    """Yield the pictures of an archive: natural order in a zip, stored order in a tar.

    A set that came as one file is measured as one file, with no copy of it.

    Parameters
    ----------
    path : str
        The archive; its content, not its name, says which kind of tar it is.
    refuse : callable of name and reason
        Called for a picture that must not be read and for a damaged archive. It
        raises, or returns to go on without it.
    passed_over : Counter, optional
        Counts what is no picture, by kind.

    Yields
    ------
    member : str
        Name inside the archive, with a number if others have it, too.
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
        yield from members(path, refuse, Counter() if passed_over is None else passed_over)
    except _BrokenArchiveError as broken:
        refuse(path, str(broken))


class _BrokenArchiveError(Exception):
    """The archive cannot be listed any further; the rest of the sentence on it."""


def _zip_members(
    path: str, refuse: Refuse, passed_over: Counter[str]
) -> Iterator[tuple[str, ImageSource]]:
    try:
        archive = opened_zip(path)
        infos = archive.infos()
    except ARCHIVE_DAMAGE as error:
        raise _BrokenArchiveError(unreadable(error)) from error
    for told, info in vetted(infos, archive, path, refuse=refuse, passed_over=passed_over):
        yield told, ZipMember(path, info.filename, f"{path}/{told}", info.header_offset)


def vetted(
    infos: Iterable[zipfile.ZipInfo],
    archive: OpenZip,
    path: str,
    *,
    refuse: Refuse,
    passed_over: Counter[str],
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """A zip's pictures that may be read, in natural order.

    Parameters
    ----------
    infos : iterable of zipfile.ZipInfo
        Members of the archive.
    archive : OpenZip
        The archive, to look into members whose names say nothing.
    path : str
        Name of the archive in messages.
    refuse : callable
        Called with the name of what is refused, and the reason.
    passed_over : Counter
        Counts what is no picture, by kind.

    Yields
    ------
    str
        Name inside the archive, with a number if others of other content have it, too.
    zipfile.ZipInfo
        The entry.
    """
    for told, info in _told_apart(infos):
        name = info.filename
        if kind := _no_picture(name, lambda: archive.start(info)):  # noqa: B023 - called at once
            passed_over[kind] += 1
        elif reason := (
            _archive_within(name) or _unsafe(name) or _unfit_zip(info) or too_large(info.file_size)
        ):
            refuse(f"{path}/{name}", reason)
        else:
            yield told, info


def _told_apart(infos: Iterable[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Entries in natural order; of several with one name, each other content has its number."""
    ordered = sorted(infos, key=lambda info: natural_key(info.filename))
    namesakes = _Namesakes()
    contents: dict[tuple[int, int], str] = {}
    before = None
    for info in ordered:
        content = info.CRC, info.file_size
        if info.filename != before:
            before = info.filename
            contents = {content: before}
        elif content not in contents:
            namesakes.add(one.filename for one in ordered)
            contents[content] = namesakes.numbered(info.filename)
        yield contents[content], info


class _Namesakes:
    """Names of members that tell those apart which have one name."""

    def __init__(self) -> None:
        # A name has a hash of 64 bits: an archive may have millions.
        self._taken: set[int] = set()
        self._numbers: Counter[str] = Counter()

    def add(self, names: Iterable[str]) -> None:
        """Take all names of an archive, once."""
        if not self._taken:
            self._taken.update(map(hash, names))

    def name_of(self, member: str) -> str:
        """The name itself, or one with a number if it is taken."""
        if hash(member) in self._taken:
            return self.numbered(member)
        self._taken.add(hash(member))
        return member

    def numbered(self, member: str) -> str:
        """A name with a number that is free."""
        stem, ending = os.path.splitext(member)
        told = member
        while hash(told) in self._taken:
            self._numbers[member] += 1
            told = f"{stem} ({self._numbers[member] + 1}){ending}"
        self._taken.add(hash(told))
        return told


def _tar_members(
    path: str, refuse: Refuse, passed_over: Counter[str]
) -> Iterator[tuple[str, ImageSource]]:
    namesakes = _Namesakes()
    for info, packed, start in _tar_infos(path):
        name = f"{path}/{info.name.removeprefix('./')}"
        if info.isdir():
            continue
        if kind := _no_picture(info.name, start):
            passed_over[kind] += 1
        elif reason := (
            _archive_within(info.name)
            or _unsafe(info.name)
            or _unfit_tar(info)
            or too_large(info.size)
        ):
            refuse(name, reason)
        else:
            # A tar has no checksum of what is in it: each is another.
            told = namesakes.name_of(info.name)
            name = f"{path}/{told.removeprefix('./')}"
            yield told, TarMember(path, name, info.offset_data, info.size, packed)


def _tar_infos(path: str) -> Iterator[tuple[tarfile.TarInfo, bool, Callable[[], bytes]]]:
    """Every entry, whether the archive is packed, and what reads the first bytes of the entry."""
    try:
        unpack = unpacker(path)
        limit = _BOMB_RATIO * os.path.getsize(path) + _BOMB_BYTES
        with unpack(path) as file:
            begins: int | None = 0
            while begins is not None:  # one archive, or several that were put together
                file.seek(begins)
                with tarfile.open(fileobj=file, mode="r:") as archive:
                    # tarfile unpacks its way to the next header: a bomb is noticed before that.
                    while (info := archive.next()) is not None:
                        yield info, unpack is not plain, partial(_start_of, info, file)
                        if info.offset_data + info.size > limit:
                            raise _BrokenArchiveError(_bomb(limit))
                    begins = _begin_of_next(archive.offset, file)
    except ARCHIVE_DAMAGE as error:
        raise _BrokenArchiveError(unreadable(error)) from error


def _start_of(info: tarfile.TarInfo, file: IO[bytes]) -> bytes:
    file.seek(info.offset_data)
    return file.read(min(info.size, FIGURE_BYTES)) if info.isreg() else b""


_PADDING = 2**16
"""Bytes of zeros after which another archive may begin; programs write up to 10,240."""


def _begin_of_next(end: int, file: IO[bytes]) -> int | None:
    """Where an archive begins that follows the one that ends here, if one does."""
    # tarfile takes a damaged header for the end, and the pictures behind it would be
    # missing without a word.
    file.seek(end)
    rest = file.read(_PADDING)
    if rest[: tarfile.BLOCKSIZE].strip(b"\0"):
        raise _BrokenArchiveError("is damaged in the middle: copy or download it again")
    for at in range(0, len(rest), tarfile.BLOCKSIZE):
        block = rest[at : at + tarfile.BLOCKSIZE]
        if block.strip(b"\0"):
            return end + at if block[257:262] == b"ustar" else None
    return None


def _no_picture(member: str, start: Callable[[], bytes]) -> str:
    """What kind of member it is if it is no picture, "" if it is one or has to be refused."""
    name = member.replace("\\", "/")
    if is_hidden(name):
        return "hidden" if is_picture(name) else extension(name)
    return passed_over_as(name, start)


def _archive_within(member: str) -> str:
    if not is_archive(member):
        return ""
    return "is an archive in an archive, which is not looked into: unpack it and name it"


def _unsafe(member: str) -> str:
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        return "has a name that leads out of the archive: pack it again with plain relative names"
    return ""


_METHODS = {
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
    getattr(zipfile, "ZIP_ZSTANDARD", zipfile.ZIP_STORED),  # from Python 3.14 on
}
_OTHER_METHODS = {
    1: "Shrink", 6: "Implode", 9: "Deflate64", 93: "Zstandard", 95: "XZ", 96: "JPEG",
    97: "WavPack", 98: "PPMd",
}  # fmt: skip
"""Ways to pack a member of a zip; Windows takes Deflate64 for what is larger than 2 GB."""


def _unfit_zip(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link or device, not a regular file: pack the picture itself"
    if info.flag_bits & 1:
        return "is encrypted: unpack it and name the folder"
    if info.compress_type not in _METHODS:
        method = _OTHER_METHODS.get(info.compress_type, f"method {info.compress_type}")
        return f"is packed by {method}, which cannot be read here: unpack it and name the folder"
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


@dataclass(frozen=True, slots=True, eq=False)
class HeldMember:
    """Picture in a zip archive that is held in memory.

    Parameters
    ----------
    archive : OpenZip
        The open archive.
    member : str
        Name of the picture inside the archive.
    name : str
        Name that people are shown.
    offset : int, optional
        Byte of the archive at which it begins, where several have its name.
    """

    sequential: ClassVar[bool] = False
    archive: OpenZip
    member: str
    name: str
    offset: int | None = None

    def read_bytes(self) -> bytes:
        """Return the member, its checksum verified.

        Raises
        ------
        ImageReadError
            The archive is damaged, or the member is not as large as it says.
        """
        try:
            declared, data = self.archive.read(self.member, self.offset)
        except ARCHIVE_DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return declared_bytes(self.name, declared, data)


@dataclass(frozen=True, slots=True, eq=False)
class UploadedSet:
    """Pictures of one uploaded set.

    Parameters
    ----------
    name : str
        Name of the set, as people are shown it.
    images : tuple of ImageSource
        Pictures in natural order.
    skipped : tuple of Skipped
        Pictures that must not be read, each with the reason.
    """

    name: str
    images: tuple[ImageSource, ...]
    skipped: tuple[Skipped, ...]


def uploaded_sets(data: bytes, names: dict[str, str]) -> dict[str, UploadedSet]:
    """Sets of pictures out of one zip archive: a folder in it, or another zip, for each.

    Parameters
    ----------
    data : bytes
        The archive. For the key "a" it holds pictures under ``a/``, or ``a.zip``.
    names : dict of str to str
        Name of the set for every key, as people are shown it.

    Returns
    -------
    dict of str to UploadedSet
        The set for every key.

    Raises
    ------
    ImageReadError
        An archive is damaged.
    ParameterError
        There is nothing for one of the keys.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("a/10.png", b"")
    ...     archive.writestr("a/9.png", b"")
    >>> [one.name for one in uploaded_sets(file.getvalue(), {"a": "cats"})["a"].images]
    ['cats/9.png', 'cats/10.png']
    """
    outer = _opened(data, "the upload")
    members = {info.filename: info for info in outer.infos()}
    found = {}
    for key, name in names.items():
        inner = members.get(f"{key}.zip")
        if inner is not None:
            if inner.compress_type != zipfile.ZIP_STORED:
                raise ParameterError(
                    f"{key}.zip is packed inside the upload: store it as it is, without packing"
                )
            found[key] = _set_of(_opened(_member(data, inner), printable(name)), name, "")
        elif any(member.startswith(f"{key}/") for member in members):
            found[key] = _set_of(outer, name, f"{key}/")
        else:
            raise ParameterError(
                f"the upload has neither {key}.zip nor a folder {key}: pack pictures into folders "
                f"{' and '.join(names)} of one zip archive"
            )
    return found


def _member(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """A stored member, however large: the upload's size is its limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(info)
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{printable(info.filename)} {unreadable(error)}") from error


def _opened(data: bytes, name: str) -> OpenZip:
    try:
        return OpenZip(io.BytesIO(data))
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{name} {unreadable(error)}") from error


def _set_of(archive: OpenZip, name: str, folder: str) -> UploadedSet:
    skipped: list[Skipped] = []

    def shown(path: str) -> str:
        return path.replace(f"{name}/{folder}", f"{name}/", 1)

    def refuse(path: str, reason: str) -> None:
        skipped.append(Skipped(shown(path), reason))

    try:
        infos = [info for info in archive.infos() if info.filename.startswith(folder)]
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{printable(name)} {unreadable(error)}") from error
    images = tuple(
        HeldMember(archive, info.filename, shown(f"{name}/{told}"), info.header_offset)
        for told, info in vetted(infos, archive, name, refuse=refuse, passed_over=Counter())
    )
    return UploadedSet(name, images, tuple(skipped))
