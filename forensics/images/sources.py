"""Where pictures come from: files, folders, globs, archives, URLs, and lists of them.

Finding opens no picture. It says which there are, in an order that does not
depend on the file system, each once, and what was left out and why.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, overload

from forensics.errors import EmptySetError, ParameterError
from forensics.images.files import BytesSource, FileSource, ImageSource, Skipped
from forensics.images.manifests import Named, iter_named
from forensics.images.names import (
    PICTURE_SUFFIXES,
    printable,
)
from forensics.images.search import Search

if TYPE_CHECKING:
    # forensics._typing loads NumPy, which finding does not need.
    from forensics._typing import OnError

__all__ = ["BytesSource", "FileSource", "FoundImages", "ImageSource", "Skipped", "find_images"]


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
    incomplete : tuple of str
        Archives among these that were cut short: of each the beginning was found.

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
    search = Search(skips=on_error == "skip")
    for path in listed:
        search.add_path(path)
    if not search.images and not search.skipped:
        raise EmptySetError(_nothing_in(listed))
    return FoundImages(
        tuple(search.images),
        tuple(search.repeated),
        tuple(search.skipped),
        tuple(search.incomplete),
    )


def _nothing_in(paths: list[str]) -> str:
    if not paths:
        return "no picture was named: name files, folders, archives or patterns"
    shown = ", ".join(printable(path) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
    if all(os.path.isdir(path) and not os.listdir(path) for path in paths):
        return f"no picture in {shown}, which is empty: name a folder with pictures"
    sought = " ".join(PICTURE_SUFFIXES)
    return f"no picture in {shown}: looked for {sought}, name a file of another extension itself"
