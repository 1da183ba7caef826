"""What pictures and sets are called in captions: never by a path of somebody's machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath

from forensics.counting import counted
from forensics.images.sources.names import printable

__all__ = ["captions", "file_name", "set_name"]


def file_name(path: str) -> str:
    """Name of a file or a folder without where it lies.

    A figure is shown to others, and the folders of a machine are nobody's business.

    Parameters
    ----------
    path : str
        Path of a picture or a set, as it was named.

    Returns
    -------
    str
        What follows the last slash, for people to read; of ``.`` and ``..`` the folder's own name.

    See Also
    --------
    captions : Of several that are to be told apart.

    Examples
    --------
    >>> file_name("/home/me/cats/7.jpg"), file_name("cats/"), file_name("-")
    ('7.jpg', 'cats', '-')
    """
    return captions([path])[0]


def captions(paths: Sequence[str]) -> tuple[str, ...]:
    """Names of files or folders without where they lie, as long as it takes to tell them apart.

    Parameters
    ----------
    paths : sequence of str
        Paths of pictures or sets, as they were named.

    Returns
    -------
    tuple of str
        For each as many of its last parts as make them all different, for people to read.

    Examples
    --------
    >>> captions(["/home/me/a/blend.npz", "/home/me/b/blend.npz"])
    ('a/blend.npz', 'b/blend.npz')
    """
    parts = [_parts(path) for path in paths]
    apart = len(set(map(tuple, parts)))
    longest = max(map(len, parts), default=0)
    for n in range(1, longest + 1):
        names = [printable("/".join(one[-n:])) for one in parts]
        if len(set(names)) >= apart:
            return tuple(names)
    return tuple(map(printable, paths))


def _parts(path: str) -> list[str]:
    name = PurePath(path)
    if name.name in {"", ".."}:  # a folder that is named by where one stands
        name = PurePath(os.path.abspath(path))
    return [part for part in name.parts if part != name.anchor] or [path]


def set_name(named: Sequence[str]) -> str:
    """What a set is called that was named in one or several parts.

    Parameters
    ----------
    named : sequence of str
        Folders, archives and files, as they were named.

    Returns
    -------
    str
        Name of the one, or how many there are; "" for none.

    Examples
    --------
    >>> set_name(["./gan/"]), set_name(["a", "b"]), set_name([])
    ('gan', '2 places', '')
    """
    return counted(len(named), "place") if len(named) > 1 else file_name(named[0]) if named else ""
