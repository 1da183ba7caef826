"""The pictures of two sets, looked at once: who they are, where they are from, who is alike.

Pictures that look alike belong to one part of a split, or a model is tested on what it has
seen; pictures of one origin belong together when asking what it makes of a new one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from forensics.counting import counted
from forensics.engine.attempts import measured
from forensics.engine.run import RunOptions
from forensics.errors import EmptySetError, ParameterError
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons, held
from forensics.images.sources.names import printable
from forensics.traces.copies import Likeness, groups_of_copies, likeness

__all__ = [
    "FEWEST",
    "LabelledImage",
    "LabelledImages",
    "check_apart",
    "digest",
    "groups_of",
    "look_at",
    "split",
]

FEWEST = 20
"""Pictures of a set below which nothing can be learned or measured."""
_FEWEST_OF_ORIGIN = 5
_BATCH = 4
_WORD = re.compile(r"[A-Za-z]{3,}(?=[\W_\d])")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """Labelled picture: one picture of a set, looked at once.

    Parameters
    ----------
    source : ImageSource
        Where the picture's bytes come from.
    record : FileRecord
        What its file tells.
    likeness : Likeness
        What it looks like, from `likeness`.
    origin : str
        Source that the picture seems to be from: its folder; where all are in one, the word that
        its name begins with.
    fold : int
        Number of the part of the split that it belongs to.
    """

    source: ImageSource
    record: FileRecord
    likeness: Likeness
    origin: str
    fold: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        return self.record.rows, self.record.columns


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """Labelled pictures of a set, with what was left out.

    Parameters
    ----------
    pictures : tuple of LabelledImage
        Pictures, each once: of files with the same bytes, the first.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    """

    pictures: tuple[LabelledImage, ...]
    skipped: tuple[Skipped, ...]


def look_at(
    images: AnyImages,
    run: RunOptions,
    *,
    max_pixels: int = MAX_PIXELS,
    label: str = "given",
    fewest: int = FEWEST,
) -> LabelledImages:
    """Labelled pictures of a set, each read once.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    run : RunOptions
        How the run goes: threads, failures, progress.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    label : str
        Label of the pictures in messages: "generated" or "real".
    fewest : int
        Number of pictures below which a set is refused.

    Returns
    -------
    LabelledImages
        The pictures, with what was left out.

    Raises
    ------
    ImageReadError
        With ``on_error="raise"``.
    EmptySetError
        Fewer pictures than `fewest` were left.
    """
    try:
        sources = as_sources(images, on_error=run.on_error)
    except EmptySetError as error:
        raise EmptySetError(f"no {label} picture was found ({error})") from error
    found: dict[str, LabelledImage] = {}
    skipped: list[Skipped] = []
    for one in measured(partial(_looked_at, max_pixels), sources, run, batch=_BATCH):
        if isinstance(one, Skipped):
            skipped.append(one)
        else:
            found.setdefault(one.record.sha256, one)
    if not found:
        raise (
            first_reasons(skipped)
            if skipped
            else EmptySetError(f"no {label} picture was found: pass a folder with pictures")
        )
    if len(found) < fewest:
        what = f"different {label} picture"
        raise EmptySetError(
            f"{counted(len(found), f'{what} is', f'{what}s are')} too few, at least {fewest} are "
            "needed: add pictures"
        )
    return LabelledImages(_with_origins(tuple(found.values())), tuple(skipped))


def split(
    gan: Sequence[LabelledImage], real: Sequence[LabelledImage], *, n_folds: int, seed: int
) -> tuple[tuple[LabelledImage, ...], tuple[LabelledImage, ...]]:
    """Both sets with folds of about one size; what looks alike shares a fold.

    Parameters
    ----------
    gan : sequence of LabelledImage
        Generated pictures.
    real : sequence of LabelledImage
        Real pictures.
    n_folds : int
        Number of folds.
    seed : int
        Seed of the split.

    Returns
    -------
    tuple of LabelledImage, tuple of LabelledImage
        The generated pictures, then the real ones.

    Raises
    ------
    ParameterError
        The sets have the same pictures.
    """
    check_apart(gan, real)
    rng = np.random.default_rng(seed)
    groups = np.concatenate(groups_of(gan, real))
    first: dict[int, str] = {}  # the smallest hash of a group: a name in no order
    for group, one in zip(groups.tolist(), (*gan, *real), strict=True):
        first[group] = min(first.get(group, one.record.sha256), one.record.sha256)
    folds: dict[int, int] = {}
    for start, some in ((0, gan), (len(gan), real)):
        sizes = Counter(groups[start : start + len(some)].tolist())
        filled = np.zeros(n_folds, np.intp)
        ranked = sorted(sizes, key=first.__getitem__)
        for group in (ranked[i] for i in rng.permutation(len(ranked))):
            at = folds.setdefault(group, int(filled.argmin()))
            filled[at] += sizes[group]
    placed = [
        replace(one, fold=folds[group])
        for one, group in zip((*gan, *real), groups.tolist(), strict=True)
    ]
    return tuple(placed[: len(gan)]), tuple(placed[len(gan) :])


def check_apart(gan: Sequence[LabelledImage], real: Sequence[LabelledImage]) -> None:
    """Raise if a picture is in both sets.

    Parameters
    ----------
    gan : sequence of LabelledImage
        Generated pictures.
    real : sequence of LabelledImage
        Real pictures.

    Raises
    ------
    ParameterError
        A picture is in both.
    """
    shared = {one.record.sha256 for one in gan} & {one.record.sha256 for one in real}
    if shared:
        name = next(one.source.name for one in gan if one.record.sha256 in shared)
        some = counted(len(shared), "picture is", "pictures are")
        raise ParameterError(
            f"{some} in both sets, {printable(name)} the first: a "
            "picture is generated or real, pass two sets that share none"
        )


def groups_of(
    gan: Sequence[LabelledImage], real: Sequence[LabelledImage]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group number of every picture of both sets, shared by those that look alike.

    Parameters
    ----------
    gan : sequence of LabelledImage
        Generated pictures.
    real : sequence of LabelledImage
        Real pictures.

    Returns
    -------
    (ndarray, ndarray), each of shape (n,), intp
        Groups of the generated pictures, then of the real ones.
    """
    groups = groups_of_copies([one.likeness for one in (*gan, *real)])
    return groups[: len(gan)], groups[len(gan) :]


def digest(pictures: Iterable[LabelledImage]) -> str:
    """Hash of a set, of the hashes of its files in no order.

    Parameters
    ----------
    pictures : iterable of LabelledImage
        Pictures of the set.

    Returns
    -------
    str
        The hash, in hex.
    """
    names = sorted(one.record.sha256 for one in pictures)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _looked_at(max_pixels: int, source: ImageSource) -> LabelledImage:
    data = source.read_bytes()
    image, record = read_image(held(source, data), max_pixels=max_pixels)
    return LabelledImage(source, record, likeness(image), "")


def _with_origins(pictures: tuple[LabelledImage, ...]) -> tuple[LabelledImage, ...]:
    """The folder; of pictures in one folder also the leading word, where enough share it."""
    folders = {_folder(one) for one in pictures}
    if len(folders) > 1:
        return tuple(replace(one, origin=_folder(one)) for one in pictures)
    fine = [_folder(one) + _word(one) for one in pictures]
    counts = Counter(fine)
    return tuple(
        replace(one, origin=name if counts[name] >= _FEWEST_OF_ORIGIN else _folder(one))
        for one, name in zip(pictures, fine, strict=True)
    )


def _folder(one: LabelledImage) -> str:
    return PurePath(one.source.name).parent.name or "."


def _word(one: LabelledImage) -> str:
    found = _WORD.match(PurePath(one.source.name).name)
    return f"/{found[0]}" if found else ""
