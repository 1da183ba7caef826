"""What the name of a file says: picture, archive or hidden, and its place in natural order."""

from __future__ import annotations

import re

__all__ = [
    "ARCHIVE_SUFFIXES",
    "PICTURE_SUFFIXES",
    "is_archive",
    "is_hidden",
    "is_picture",
    "natural_key",
    "printable",
]

PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".gif",
)  # fmt: skip
"""Extensions looked for in folders and archives; a file named by itself may have any."""

ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
)  # fmt: skip
"""Extensions of the archives that are looked into."""

_DIGITS = re.compile(r"([0-9]+)")

NaturalKey = tuple[tuple[str | tuple[int, str], ...], ...]


def is_picture(name: str) -> bool:
    """Whether `name` ends like a picture.

    Only pictures are taken from folders and archives, so that the notes and
    annotations beside them are not reported as damaged.

    Parameters
    ----------
    name : str
        A file name or path; upper and lower case are the same.

    Examples
    --------
    >>> is_picture("cats/IMG_1.JPG"), is_picture("cats/00001.jpg.cat")
    (True, False)
    """
    return name.lower().endswith(PICTURE_SUFFIXES)


def is_archive(name: str) -> bool:
    """Whether `name` ends like a zip or tar archive.

    Sets are passed on as archives; they are read where they lie.

    Parameters
    ----------
    name : str
        A file name or path; upper and lower case are the same.

    Examples
    --------
    >>> is_archive("cats.tar.gz"), is_archive("cats.rar")
    (True, False)
    """
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def is_hidden(name: str) -> bool:
    """Whether a path lies in, or is, something hidden.

    Thumbnails and the resource forks that macOS adds (``__MACOSX``) are no
    part of a set.

    Parameters
    ----------
    name : str
        A path inside a folder or archive, parts divided by ``/``.

    Examples
    --------
    >>> is_hidden("a/.thumbs/1.jpg"), is_hidden("./a/1.jpg"), is_hidden("../1.jpg")
    (True, False, False)
    """
    parts = name.split("/")
    return any(
        part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts
    )


def natural_key(name: str) -> NaturalKey:
    """Sort key that puts ``img2`` before ``img10``, folder by folder.

    The order in which pictures are listed, printed and named does not depend
    on the file system.

    Parameters
    ----------
    name : str
        A path, parts divided by ``/``.

    Examples
    --------
    >>> sorted(["img10.png", "img2.png", "a/9.png"], key=natural_key)
    ['a/9.png', 'img2.png', 'img10.png']
    """
    return tuple(_part_key(part) for part in name.split("/"))


def _part_key(part: str) -> tuple[str | tuple[int, str], ...]:
    # Text and digits alternate, so equal places always compare equal types. Digits are
    # ordered by length, then text: int() refuses more than 4300 of them.
    pieces: list[str | tuple[int, str]] = [
        (len(piece.lstrip("0")), piece.lstrip("0")) if place % 2 else piece.casefold()
        for place, piece in enumerate(_DIGITS.split(part))
    ]
    # The name itself decides between "1" and "01", "a" and "A". Empty digits keep the turns:
    # a split with a group always ends in text.
    return (*pieces, (0, ""), part)


def printable(name: str) -> str:
    r"""Return `name` as it may stand in a one-line message.

    A file name may hold line breaks, terminal codes or bytes that are no
    text; none of them reaches the terminal of the person who reads it.

    Parameters
    ----------
    name : str
        Any file name.

    Examples
    --------
    >>> print(printable("kätzchen 1.jpg"), printable("two\nlines.jpg"))
    kätzchen 1.jpg 'two\nlines.jpg'
    """
    return name if name.isprintable() else ascii(name)
