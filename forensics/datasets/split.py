"""A set in two parts by content: what looks alike is in one of them, never in both."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forensics.counting import counted
from forensics.detection.labelled import LabelledImage
from forensics.errors import ParameterError
from forensics.images.sources.local import FileSource
from forensics.images.sources.names import printable
from forensics.output import Writer, write_together, writing
from forensics.traces.copies import groups_of_copies

__all__ = [
    "Division",
    "divided",
    "left_out",
    "part_files",
    "render_division",
    "save_copies",
    "save_parts",
    "source_folder",
]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Set in two parts, of which none looks like the other.

    Parameters
    ----------
    train, test : tuple of LabelledImage
        Pictures of either part, in the order of the set.
    n_groups : int
        Groups of pictures that look alike; as many as pictures if none do.
    """

    train: tuple[LabelledImage, ...]
    test: tuple[LabelledImage, ...]
    n_groups: int


def divided(pictures: Sequence[LabelledImage], *, test: float = 0.3, seed: int = 0) -> Division:
    """Divide a set so that no picture of one part looks like one of the other.

    A model that is tested on near-duplicates of what it was trained on is not tested. Which
    group goes where depends on the seed and on the bytes of its pictures, not on their names.

    Parameters
    ----------
    pictures : sequence of LabelledImage
        Labelled pictures, from `look_at`.
    test : float
        Share of the pictures that is wanted for the test, above 0 and below 1. As groups are
        kept whole, it is met as nearly as they allow.
    seed : int
        Seed of the split.

    Returns
    -------
    Division
        Both parts, with what was asked for.

    Raises
    ------
    ParameterError
        `test` is out of its range, or all pictures look alike.
    """
    if not 0 < test < 1:
        raise ParameterError(f"test is {test}, a share: pass a number above 0 and below 1")
    groups = groups_of_copies([one.likeness for one in pictures])
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        said = counted(len(pictures), "picture is all there is", "pictures look alike")
        raise ParameterError(f"{said}, so none can be kept apart: add others")
    first = [""] * len(sizes)
    for group, one in zip(groups.tolist(), pictures, strict=True):
        first[group] = min(first[group] or one.record.sha256, one.record.sha256)
    ranked = sorted(range(len(sizes)), key=first.__getitem__)
    drawn = np.random.default_rng(seed).permutation(len(ranked))
    wanted = test * len(pictures)
    chosen: set[int] = set()
    n = 0
    for group in (ranked[place] for place in drawn):
        # Whichever is nearer to what is wanted: with this group, or without it.
        if len(chosen) < len(sizes) - 1 and abs(n + sizes[group] - wanted) < abs(n - wanted):
            chosen.add(group)
            n += int(sizes[group])
    if not chosen:
        chosen.add(min(ranked, key=sizes.__getitem__))
    parts: dict[bool, list[LabelledImage]] = {True: [], False: []}
    for group, one in zip(groups.tolist(), pictures, strict=True):
        parts[group in chosen].append(one)
    return Division(tuple(parts[False]), tuple(parts[True]), len(sizes))


def left_out(pictures: Sequence[LabelledImage]) -> dict[str, Division]:
    """A division for every source: it is the test, all others the training.

    A rate is a rate only on a source that set nothing. What looks like a picture of the source
    that is left out is in neither part.

    Parameters
    ----------
    pictures : sequence of LabelledImage
        Labelled pictures, from `look_at`, with the sources that they seem to be from.

    Returns
    -------
    dict of str to Division
        By the name of the source that is left out, in the order in which they appear.

    Raises
    ------
    ParameterError
        There is one source alone, or one to which all others have copies.
    """
    sources = list(dict.fromkeys(one.origin for one in pictures))
    if len(sources) < 2:
        raise ParameterError(
            f"all pictures seem to be from one source, {printable(sources[0])}: name a folder with "
            "one folder for each source"
        )
    groups = groups_of_copies([one.likeness for one in pictures]).tolist()
    found: dict[str, Division] = {}
    for source in sources:
        test = tuple(one for one in pictures if one.origin == source)
        own = {group for group, one in zip(groups, pictures, strict=True) if one.origin == source}
        train = tuple(one for group, one in zip(groups, pictures, strict=True) if group not in own)
        if not train:
            raise ParameterError(
                f"every picture looks like one of {printable(source)}, so nothing is left to "
                "train: add others"
            )
        there = {
            group
            for group, one in zip(groups, pictures, strict=True)
            if one.origin == source or group not in own
        }
        found[source] = Division(train, test, len(there))
    return found


def source_folder(source: str) -> str:
    """Name of a folder for one source.

    Parameters
    ----------
    source : str
        Name of the source, as `look_at` gives it.

    Returns
    -------
    str
        The same without what no file name may hold.

    Examples
    --------
    >>> source_folder("cats/pixabay"), source_folder(".")
    ('cats-pixabay', 'source')
    """
    plain = "".join(one if one.isalnum() or one in "-_ " else "-" for one in source)
    return plain.strip("- ") or "source"


_PARTS = ("train", "test")


def part_files(folder: Path) -> list[Path]:
    """Tables that `save_parts` writes.

    Parameters
    ----------
    folder : Path
        Folder of the result.

    Returns
    -------
    list of Path
        Paths of both tables.
    """
    return [folder / f"{part}.csv" for part in _PARTS]


def save_parts(division: Division, folder: Path) -> None:
    """Save the paths of both parts, relative to their table.

    Parameters
    ----------
    division : Division
        Set in two parts.
    folder : Path
        Folder to write to; made where it is missing.

    Raises
    ------
    ParameterError
        A picture is in an archive or on a server, so it has no path.
    OutputError
        A table cannot be written; then neither is.

    See Also
    --------
    save_copies : Copies of the pictures themselves.
    """
    tables = {
        path.name: _table(part, folder)
        for path, part in zip(part_files(folder), _both(division), strict=True)
    }
    write_together(folder, {name: _writer(text) for name, text in tables.items()})


def save_copies(division: Division, folder: Path) -> None:
    """Copy both parts into folders of their own, each picture under the hash of its bytes.

    Parameters
    ----------
    division : Division
        Set in two parts.
    folder : Path
        Folder to write to; made where it is missing.

    Raises
    ------
    OutputError
        A file cannot be written.

    See Also
    --------
    save_parts : Only their paths.
    """
    for name, part in zip(_PARTS, _both(division), strict=True):
        for one in part:
            suffix = os.path.splitext(one.source.name)[1].lower() or ".img"
            with writing(folder / name / f"{one.record.sha256}{suffix}") as file:
                file.write(one.source.read_bytes())


def render_division(division: Division) -> str:
    """What a division came to, in one sentence.

    Parameters
    ----------
    division : Division
        Set in two parts.

    Returns
    -------
    str
        Without a full stop.
    """
    train, test = len(division.train), len(division.test)
    n = train + test
    alike = n - division.n_groups
    looks = counted(alike, "looks like another one and is", "look like another one and are")
    return (
        f"{counted(train)} to train, {test:,} to test ({100 * test / n:.1f} %); {looks} on its side"
    )


def _both(division: Division) -> tuple[Sequence[LabelledImage], Sequence[LabelledImage]]:
    return division.train, division.test


def _table(part: Sequence[LabelledImage], folder: Path) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("path", "sha256"))
    for one in part:
        if not isinstance(one.source, FileSource):
            raise ParameterError(
                f"{printable(one.source.name)} is no file of its own, a table cannot name it: "
                "copy its pictures instead, or unpack the archive"
            )
        table.writerow((os.path.relpath(one.source.path, folder), one.record.sha256))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _writer(data: bytes) -> Writer:
    return lambda file: file.write(data)
