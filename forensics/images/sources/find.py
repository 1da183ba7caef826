"""Where pictures come from: files, folders, globs, archives, URLs, and lists of them.

Finding decodes nothing. It says which there are, in an order that does not depend on the
file system, each once, and what was left out and why. Names decide; where they say nothing,
and to tell figures that were drawn here, the first bytes do.
"""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, overload

from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.signature import FIGURE_BYTES
from forensics.images.sources.lists import Named, is_manifest, iter_named, iter_rows
from forensics.images.sources.local import (
    BytesSource,
    FileSource,
    ImageSource,
    Skipped,
    not_regular,
    passed_over_as,
    reason_of,
)
from forensics.images.sources.names import (
    PICTURE_SUFFIXES,
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
    shown_url,
)

if TYPE_CHECKING:
    from forensics._typing import OnError

__all__ = [
    "BytesSource",
    "FileSource",
    "FoundImages",
    "ImageSource",
    "Search",
    "Skipped",
    "find_images",
]


@dataclass(slots=True)
class Search:
    """What a search for pictures has found so far, and what it left out.

    Parameters
    ----------
    skips : bool
        Whether what cannot be read is named in `skipped`, rather than raised.
    images : list of ImageSource
        Pictures found, each once.
    passed_over : Counter
        Files in folders and archives that are no pictures, by kind.
    repeated : list of str
        Names of what was named twice.
    skipped : list of Skipped
        Pictures and places left out, each with the reason.
    incomplete : list of str
        Archives that were cut short.
    seen : set of bytes
        Stamps of what was named one by one, in archives or by links.
    listed : set of str
        Folders that were listed as a whole.
    named : set of str
        Names of what was named one by one: on the command line, on stdin, in tables.
    """

    skips: bool
    images: list[ImageSource] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    repeated: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    """Places that were named one by one, in archives, or by links."""
    listed: set[str] = field(default_factory=set)
    """Folders that were listed: of what lies in them nothing is kept, which halves the memory."""
    named: set[str] = field(default_factory=set)

    def _refuse(self, name: str, reason: str) -> None:
        if not self.skips:
            raise ImageReadError(f"{printable(name)} {reason}")
        self.skipped.append(Skipped(name, reason))

    def _refuse_archive(self, archive: str, n_before: int, name: str, reason: str) -> None:
        """Refuse an archive or a member; one that gave pictures until then was cut short."""
        self._refuse(name, reason)
        if name == archive and len(self.images) > n_before:
            self.incomplete.append(archive)

    def add_path(self, path: str) -> None:
        """Look at one place that was named, whatever it is.

        Parameters
        ----------
        path : str
            File, folder, archive, pattern, list or URL.
        """
        self.named.add(path)
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            missing = not os.path.lexists(path)
            if missing and "://" in path:
                self._add_url(path)
            elif missing and glob.has_magic(path):
                self._add_glob(path)
            else:
                self._refuse(path, reason_of(error))
            return
        if stat.S_ISDIR(mode):
            self._add_folder(path)
        elif is_manifest(path) and stat.S_ISREG(mode):
            self._add_manifest(path)
        else:
            self._add_found(path, os.path.realpath(path))

    def _add_manifest(self, path: str) -> None:
        for row in iter_rows(path, refuse=self._refuse):
            self.named.add(row)
            if "://" in row:
                self._add_url(row)
            else:
                self._add_found(row, os.path.realpath(row))

    def _add_url(self, url: str) -> None:
        from forensics.images.sources.remote import iter_url

        for address, source in iter_url(url, refuse=self._refuse):
            self._add(source, (address, ""))

    def _add_glob(self, pattern: str) -> None:
        found = glob.glob(pattern, recursive=True)
        matches = sorted((path.rstrip(os.sep) or path for path in found), key=natural_key)
        if not matches:
            self._refuse(pattern, "matches nothing: check the pattern, or quote it less")
        folders = {path for path in matches if os.path.isdir(path)}
        for path in matches:
            # "cats/**" matches a folder and all that is in it: the folder is enough.
            if folders.isdisjoint(_parents(path)) and (path in folders or self._is_taken(path)):
                self.add_path(path)

    def _add_folder(self, folder: str) -> None:
        # No recursion, so no depth is too deep; no real folder twice, so a link upwards ends.
        visited: set[str] = set()
        waiting = [iter([(folder, os.path.realpath(folder), True, False)])]
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
                continue
            name, real, is_folder, is_new = entry
            if not is_folder:
                self._add_found(name, real, is_new=is_new)
            elif real in visited:
                self.repeated.append(name)
            else:
                visited.add(real)
                waiting.append(self._entries(name, real))

    def _entries(self, folder: str, real: str) -> Iterator[tuple[str, str, bool, bool]]:
        again = real in self.listed
        self.listed.add(real)
        # A folder may hold millions: little is kept of each, and only until its turn.
        names: list[str] = []
        folders: set[str] = set()
        links: set[str] = set()
        try:
            with os.scandir(folder) as scan:
                for entry in scan:
                    if is_hidden(entry.name):
                        self.passed_over["hidden"] += is_picture(entry.name)
                        continue
                    if _is_folder(entry):
                        folders.add(entry.name)
                    elif not self._is_taken(entry.path):
                        continue
                    if entry.is_symlink():
                        links.add(entry.name)
                    names.append(entry.name)
        except OSError as error:
            self._refuse(folder, reason_of(error))
            return
        names.sort(key=natural_key, reverse=True)
        while names:
            name = names.pop()
            path = os.path.join(folder, name)
            # Resolving every path would cost more than listing it.
            there = os.path.realpath(path) if name in links else os.path.join(real, name)
            yield path, there, name in folders, not (again or name in links)

    def _is_taken(self, path: str) -> bool:
        """Whether a file in a folder is part of the set; what is not is counted."""
        if kind := _no_part(path):
            self.passed_over[kind] += 1
        return not kind

    def _add_found(self, name: str, real: str, *, is_new: bool = False) -> None:
        try:
            reason = not_regular(os.stat(name).st_mode)
        except OSError as error:
            reason = reason_of(error)
        if reason:
            self._refuse(name, reason)
        else:
            self._add_file(name, real, is_new=is_new)

    def _add_file(self, name: str, real: str, *, is_new: bool) -> None:
        if is_archive(name):
            self._add_archive(name, real)
        elif is_new and not (self.seen and _key((real, "")) in self.seen):
            # The names in a folder differ, and nothing that leads there came before.
            self.images.append(FileSource(name))
        elif self._was_listed(real):
            self.repeated.append(name)
        else:
            self._add(FileSource(name), (real, ""))

    def _was_listed(self, real: str) -> bool:
        folder, _, name = real.rpartition(os.sep)
        return folder in self.listed and not is_hidden(name) and not _no_part(real)

    def _add_archive(self, name: str, real: str) -> None:
        # Most sets are folders: the archive modules are loaded where there is one.
        from forensics.images.sources.archives import iter_members

        refuse = partial(self._refuse_archive, name, len(self.images))
        for member, source in iter_members(name, refuse=refuse, passed_over=self.passed_over):
            self._add(source, (real, member))

    def _add(self, source: ImageSource, place: tuple[str, str]) -> None:
        key = _key(place)
        if key in self.seen:
            self.repeated.append(source.name)
            return
        self.seen.add(key)
        self.images.append(source)


def _key(place: tuple[str, str]) -> bytes:
    # Of many millions of places no two have the same hash of 128 bits.
    return blake2b("\0".join(place).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _no_part(path: str) -> str:
    return passed_over_as(path, partial(_start_of, path))


def _start_of(path: str) -> bytes:
    """The first bytes of a file, if it is one that can be read."""
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                return file.read(FIGURE_BYTES)
    except OSError:  # what is wrong with it is said where it is read, if it is one
        pass
    return b""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, say, which must not hide the others
        return False


def _parents(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) not in ("", path):
        yield parent
        path = parent


@dataclass(frozen=True, slots=True)
class FoundImages:
    """Pictures of a set, each once, with what was named twice or left out.

    A count is worth something only when it says what it does not count.

    Parameters
    ----------
    images : tuple of ImageSource
        Sources in the order of the arguments, in natural order within a folder or zip.
    repeated : tuple of str
        Names that lead to a picture, or folder, that was found before.
    skipped : tuple of Skipped
        Places that could not be read while searching, each with the reason.
    incomplete : tuple of str
        Archives among these that were cut short: of each the beginning was found.
    passed_over : tuple of (str, int)
        Files in folders and archives that are no pictures: their kind, and how many.
    named : frozenset of str
        Names of what was named one by one, on stdin and in tables as well: what is missing of it
        is no part of a set that may be left out.

    Examples
    --------
    >>> found = FoundImages((FileSource("a.png"), FileSource("b.png")), (), ())
    >>> len(found), found[0].name
    (2, 'a.png')
    """

    images: tuple[ImageSource, ...]
    repeated: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    incomplete: tuple[str, ...] = ()
    passed_over: tuple[tuple[str, int], ...] = ()
    named: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[ImageSource]:
        """Iterate over the pictures."""
        return iter(self.images)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    @overload
    def __getitem__(self, place: int) -> ImageSource: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[ImageSource, ...]: ...

    def __getitem__(self, place: int | slice) -> ImageSource | tuple[ImageSource, ...]:
        """Return one picture, or several: ``find_images("cats")[:100]``."""
        return self.images[place]


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
        things, figures that were drawn here and what is no picture left out, and
        counted by kind), glob patterns (``**`` included,
        where no such file exists), zip and tar archives (read in place, also
        when found in a folder), CSV and Parquet tables with a column ``path``,
        URLs (of a picture, a folder ending in ``/``, a pattern, or chained as
        ``zip://*.jpg::s3://cats/1.zip``), and ``-`` for stdin: the bytes of a
        picture, or one path a line, or paths divided by NUL characters.
    on_error : {"raise", "skip"}
        Whether a place that cannot be read ends the search with its error, or is named in
        `FoundImages.skipped`.
    stdin : file object, optional
        File that ``-`` reads instead of the standard input.

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
    if not isinstance(paths, str | os.PathLike | Iterable):
        raise ParameterError(f"paths is of type {type(paths).__name__}: pass a path or several")
    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    listed = list(iter_named(named, stdin))
    search = Search(skips=on_error == "skip")
    for one in listed:
        if isinstance(one, BytesSource):
            search.images.append(one)
        else:
            search.add_path(one)
    if not search.images and not search.skipped:
        raise EmptySetError(_nothing_in([str(one) for one in listed], search.passed_over))
    return FoundImages(
        tuple(search.images),
        tuple(search.repeated),
        tuple(search.skipped),
        tuple(search.incomplete),
        _by_kind(search.passed_over),
        frozenset(map(_shown, search.named)),
    )


def _shown(name: str) -> str:
    return shown_url(name) if "://" in name else name


def _by_kind(passed_over: Counter[str]) -> tuple[tuple[str, int], ...]:
    found = ((kind, n) for kind, n in passed_over.items() if n)
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


def _nothing_in(paths: list[str], passed_over: Counter[str]) -> str:
    if not paths:
        return "no picture was named: name files, folders, archives or patterns"
    shown = ", ".join(printable(path) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
    if all(os.path.isdir(path) and not os.listdir(path) for path in paths):
        return f"no picture in {shown}, which is empty: name a folder with pictures"
    sought = " ".join(PICTURE_SUFFIXES)
    counted = ", ".join(f"{kind} ({n:,})" for kind, n in _by_kind(passed_over))
    besides = f" and passed over {counted}" if counted else ""
    return (
        f"no picture in {shown}: looked for {sought}{besides}; name a file of another extension "
        "itself"
    )
