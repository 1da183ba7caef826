"""Where pictures come from: files, folders, globs, archives, URLs, and lists of them.

Finding opens no picture. It says which there are, in an order that does not
depend on the file system, each once, and what was left out and why.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import IO, TYPE_CHECKING

from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.failures import not_regular, reason_of
from forensics.images.files import BytesSource, FileSource, ImageSource
from forensics.images.manifests import Named, is_manifest, iter_named, iter_rows
from forensics.images.names import (
    PICTURE_SUFFIXES,
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
)

if TYPE_CHECKING:
    # forensics._typing loads NumPy, which finding does not need.
    from forensics._typing import OnError

__all__ = ["BytesSource", "FileSource", "FoundImages", "ImageSource", "Skipped", "find_images"]


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
class FoundImages:
    """The pictures of a set, each once, with what was named twice or left out.

    A count is worth something only when it says what it does not count.

    Parameters
    ----------
    images : tuple of ImageSource
        In the order of the arguments, natural order within a folder or zip.
    repeated : tuple of str
        Names that lead to a picture, or folder, that was found before.
    skipped : tuple of Skipped
        What could not be read while searching.

    Examples
    --------
    >>> len(FoundImages((FileSource("a.png"),), (), ()))
    1
    """

    images: tuple[ImageSource, ...]
    repeated: tuple[str, ...]
    skipped: tuple[Skipped, ...]

    def __iter__(self) -> Iterator[ImageSource]:
        """Iterate over the pictures."""
        return iter(self.images)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)


def find_images(
    paths: Named | Iterable[Named],
    *,
    on_error: OnError = "raise",
    stdin: IO[str] | IO[bytes] | None = None,
) -> FoundImages:
    """Pictures under `paths`, each once, in natural order.

    A set is named once and found alike on every machine: that is what makes
    a blend of it reproducible.

    Parameters
    ----------
    paths : str, path-like, or iterable of them
        Files (of any extension), folders (searched with their subfolders; hidden
        things and what is no picture left out), glob patterns (``**`` included,
        where no such file exists), zip and tar archives (read in place, also
        when found in a folder), CSV and Parquet tables with a column ``path``,
        URLs (of a picture, a folder ending in ``/``, a pattern, or chained as
        ``zip://*.jpg::s3://cats/1.zip``), and ``-`` for a list on stdin: one
        path a line, or divided by NUL characters.
    on_error : {"raise", "skip"}
        What to do with a place that cannot be read: stop, or name it in
        `FoundImages.skipped`.
    stdin : file object, optional
        Where ``-`` reads instead of the standard input.

    Returns
    -------
    FoundImages
        Empty only if something was skipped.

    Raises
    ------
    ParameterError
        `on_error` is neither "raise" nor "skip", or the extra that a URL or table
        needs is not installed.
    ImageReadError
        With ``on_error="raise"``: a path is missing, unreadable or no regular
        file, an archive is damaged, or a member of it must not be read.
    EmptySetError
        There is no picture, and nothing was skipped that would explain it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ["img10.png", "img2.png", "notes.txt"]:
    ...     _ = (folder / name).write_bytes(b"")
    >>> [os.path.basename(image.name) for image in find_images(folder)]
    ['img2.png', 'img10.png']
    """
    if on_error not in ("raise", "skip"):
        raise ParameterError(f"on_error is {on_error!r}: pass 'raise' or 'skip'")
    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    listed = list(iter_named(named, stdin))
    search = _Search(skips=on_error == "skip")
    for path in listed:
        search.add_path(path)
    if not search.images and not search.skipped:
        raise EmptySetError(_nothing_in(listed))
    return FoundImages(tuple(search.images), tuple(search.repeated), tuple(search.skipped))


@dataclass(slots=True)
class _Search:
    skips: bool
    images: list[ImageSource] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    def refuse(self, name: str, reason: str) -> None:
        if not self.skips:
            raise ImageReadError(f"{printable(name)} {reason}")
        self.skipped.append(Skipped(name, reason))

    def add_path(self, path: str) -> None:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            missing = not os.path.lexists(path)
            if missing and "://" in path:
                self.add_url(path)
            elif missing and glob.has_magic(path):
                self.add_glob(path)
            else:
                self.refuse(path, reason_of(error))
            return
        if stat.S_ISDIR(mode):
            self.add_folder(path)
        elif is_manifest(path) and stat.S_ISREG(mode):
            self.add_manifest(path)
        else:
            self.add_found(path, os.path.realpath(path))

    def add_manifest(self, path: str) -> None:
        for row in iter_rows(path, refuse=self.refuse):
            if "://" in row:
                self.add_url(row)
            else:
                self.add_found(row, os.path.realpath(row))

    def add_url(self, url: str) -> None:
        from forensics.images.urls import iter_url

        for address, source in iter_url(url, refuse=self.refuse):
            self.add(source, (address, ""))

    def add_glob(self, pattern: str) -> None:
        found = glob.glob(pattern, recursive=True)
        matches = sorted((path.rstrip(os.sep) or path for path in found), key=natural_key)
        if not matches:
            self.refuse(pattern, "matches nothing: check the pattern, or quote it less")
        folders = {path for path in matches if os.path.isdir(path)}
        for path in matches:
            # "cats/**" matches a folder and all that is in it: the folder is enough.
            if folders.isdisjoint(_parents(path)) and (
                path in folders or is_picture(path) or is_archive(path)
            ):
                self.add_path(path)

    def add_folder(self, folder: str) -> None:
        # No recursion, so no depth is too deep; no real folder twice, so a link upwards ends.
        visited: set[str] = set()
        waiting = [iter([(folder, os.path.realpath(folder), True)])]
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
                continue
            name, real, is_folder = entry
            if not is_folder:
                self.add_found(name, real)
            elif real in visited:
                self.repeated.append(name)
            else:
                visited.add(real)
                waiting.append(self.entries(name, real))

    def entries(self, folder: str, real: str) -> Iterator[tuple[str, str, bool]]:
        # A folder may hold millions: little is kept of each, and only until its turn.
        try:
            with os.scandir(folder) as scan:
                found = [
                    (entry.name, entry.is_dir(), entry.is_symlink())
                    for entry in scan
                    if not is_hidden(entry.name)
                    and (entry.is_dir() or is_picture(entry.name) or is_archive(entry.name))
                ]
        except OSError as error:
            self.refuse(folder, reason_of(error))
            return
        found.sort(key=lambda entry: natural_key(entry[0]), reverse=True)
        while found:
            name, is_folder, is_link = found.pop()
            path = os.path.join(folder, name)
            # Resolving every path would cost more than listing it.
            there = os.path.realpath(path) if is_link else os.path.join(real, name)
            yield path, there, is_folder

    def add_found(self, name: str, real: str) -> None:
        try:
            reason = not_regular(os.stat(name).st_mode)
        except OSError as error:
            reason = reason_of(error)
        if reason:
            self.refuse(name, reason)
        else:
            self.add_file(name, real)

    def add_file(self, name: str, real: str) -> None:
        if is_archive(name):
            self.add_archive(name, real)
        else:
            self.add(FileSource(name), (real, ""))

    def add_archive(self, name: str, real: str) -> None:
        # Most sets are folders: the archive modules are loaded where there is one.
        from forensics.images.archives import iter_members

        for member, source in iter_members(name, refuse=self.refuse):
            self.add(source, (real, member))

    def add(self, source: ImageSource, place: tuple[str, str]) -> None:
        # Of many millions of places no two have the same hash of 128 bits.
        key = blake2b("\0".join(place).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key in self.seen:
            self.repeated.append(source.name)
            return
        self.seen.add(key)
        self.images.append(source)


def _parents(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) not in ("", path):
        yield parent
        path = parent


def _nothing_in(paths: list[str]) -> str:
    if not paths:
        return "no picture was named: name files, folders, archives or patterns"
    shown = ", ".join(printable(path) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
    if all(os.path.isdir(path) and not os.listdir(path) for path in paths):
        return f"no picture in {shown}, which is empty: name a folder with pictures"
    sought = " ".join(PICTURE_SUFFIXES)
    return f"no picture in {shown}: looked for {sought}, name a file of another extension itself"
