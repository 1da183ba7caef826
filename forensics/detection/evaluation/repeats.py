"""Which pictures stand in one set more than once: reused pictures are how farms are found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Unpack

import numpy as np

from forensics.detection.evaluation.audit import CopyKind
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_pixels
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons, held, named
from forensics.traces.copies import Likeness, groups_of_copies, likeness
from forensics.traces.similarity import groups_alike

__all__ = ["Repeated", "Repeats", "repeats"]

_BATCH = 8


@dataclass(frozen=True, slots=True)
class Repeated:
    """One picture, and where else it stands.

    Parameters
    ----------
    pictures : tuple of str
        Names of all that show it, in the order of the set.
    kinds : tuple of str
        What each but the first has in common with the first.
    """

    pictures: tuple[str, ...]
    kinds: tuple[CopyKind, ...]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Pictures that stand in a set more than once.

    Parameters
    ----------
    n_images : int
        Pictures that were compared.
    groups : tuple of Repeated
        Those that are there more than once, the most frequent first.
    skipped : tuple of Skipped
        Pictures that were left out, with reasons.
    """

    n_images: int
    groups: tuple[Repeated, ...]
    skipped: tuple[Skipped, ...]


def repeats(
    images: AnyImages, *, max_pixels: int = MAX_PIXELS, **run: Unpack[RunKeywords]
) -> Repeats:
    """Pictures of a set that show the same: saved again, cut, framed, mirrored or turned.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Repeats
        Each picture that is there more than once.

    Raises
    ------
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    EmptySetError
        None can be compared.

    See Also
    --------
    forensics.detection.audit : Two sets.

    Examples
    --------
    >>> from skimage.data import camera
    >>> repeats([camera(), 255 - camera(), camera()[:, ::-1]]).groups[0].kinds
    ('near copy',)
    """
    options = RunOptions.of(repeats, run)
    sources = as_sources(images, on_error=options.on_error)
    done = list(measured(partial(_looks, max_pixels), sources, options, batch=_BATCH))
    skipped = tuple(one for one in done if isinstance(one, Skipped))
    found = [one for one in done if not isinstance(one, Skipped)]
    if not found:
        raise first_reasons(skipped) if skipped else EmptySetError("no picture was given")
    names, digests, looks = zip(*found, strict=True)
    hashed = groups_alike(np.stack([one.bits for one in looks]))
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups_of_copies(looks).tolist()):
        members.setdefault(group, []).append(i)

    def kind(first: int, other: int) -> CopyKind:
        if digests[first] == digests[other]:
            return "bytes"
        return "saved again" if hashed[first] == hashed[other] else "near copy"

    groups = [
        Repeated(tuple(names[i] for i in some), tuple(kind(some[0], i) for i in some[1:]))
        for some in sorted(members.values(), key=lambda some: (-len(some), some[0]))
        if len(some) > 1
    ]
    return Repeats(len(found), tuple(groups), skipped)


def _looks(max_pixels: int, source: ImageSource) -> tuple[str, bytes, Likeness]:
    data = source.read_bytes()
    pixels = read_pixels(held(source, data), max_pixels=max_pixels)
    with named(source):
        return source.name, hashlib.sha256(data).digest(), likeness(pixels)
