"""Two sets made alike in all that is not their content: the cure beside the audit's diagnosis.

What one set has lost cannot be brought back, so the other has to lose it too: both are cut to one
size, without resampling, and saved as JPEG of one quality, by one program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

import numpy as np

from forensics.detection.evaluation.conditions import match_quality
from forensics.engine.attempts import measured
from forensics.engine.deliveries import StepsFor
from forensics.engine.run import RunOptions
from forensics.errors import EmptySetError, ImageShapeError
from forensics.images.delivery.steps import Crop, Jpeg, Step
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons

__all__ = ["Matching", "matching", "part_names"]

_HELD_BY = 0.95
"""Share of either set that is large enough: one tiny picture does not make all others tiny."""
_GRID = 8
"""Pixels: cut at JPEG's blocks, an earlier grid stays where it was."""
_SMALLEST = 16
"""Pixels a side of pictures that are counted; an audit looks at no smaller ones."""
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Matching:
    """What is done to every picture of two sets that are made alike.

    Parameters
    ----------
    rows, columns : int
        Size that the middle is cut to.
    quality : int
        JPEG quality on the IJG scale, with chroma at half size.

    Examples
    --------
    >>> [str(step) for step in Matching(64, 96, 75).steps((100, 100, 3))]
    ['crop 64x96 at (16, 0)', 'jpeg q75 4:2:0']
    """

    rows: int
    columns: int
    quality: int

    def steps(self, shape: tuple[int, ...]) -> tuple[Step, ...]:
        """Steps for one picture.

        Parameters
        ----------
        shape : tuple of int
            Rows and columns of the picture.

        Returns
        -------
        tuple of Step
            A crop of the middle, at JPEG's blocks, and a save.

        Raises
        ------
        ImageShapeError
            The picture is smaller.
        """
        rows, columns = shape[:2]
        if rows < self.rows or columns < self.columns:
            raise ImageShapeError(
                f"image is {rows} x {columns} pixels, smaller than the {self.rows} x "
                f"{self.columns} that both sets are cut to: leave it out, or find it larger"
            )
        top, left = (
            (side - kept) // 2 // _GRID * _GRID
            for side, kept in ((rows, self.rows), (columns, self.columns))
        )
        return Crop(top, left, self.rows, self.columns), Jpeg(self.quality)

    @property
    def steps_for(self) -> StepsFor:
        """The same, as `iter_delivered` takes it; nothing is drawn."""
        return lambda shape, _rng: self.steps(shape)


def matching(
    a: Iterable[ImageSource],
    b: Iterable[ImageSource],
    run: RunOptions,
    *,
    max_pixels: int = MAX_PIXELS,
) -> Matching:
    """What makes two sets alike: one size, one quality, one container.

    Parameters
    ----------
    a, b : iterable of ImageSource
        Pictures of either set.
    run : RunOptions
        How the run goes: threads, failures, progress.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    Matching
        The largest size that 95 % of either set hold, and the lower of the usual JPEG qualities
        of both, or 95 where neither has JPEGs.

    Raises
    ------
    EmptySetError
        A set has no picture left.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    sets = list(a), list(b)
    total = len(sets[0]) + len(sets[1])
    sizes: list[np.ndarray] = []
    qualities: list[list[int | None]] = []
    for start, some in ((0, sets[0]), (len(sets[0]), sets[1])):
        found = list(
            measured(partial(_facts, max_pixels), some, run.further(start, total), batch=_BATCH)
        )
        kept = [one for one in found if not isinstance(one, Skipped) and min(one[:2]) >= _SMALLEST]
        if not kept:
            raise first_reasons(
                [one for one in found if isinstance(one, Skipped)]
                or [Skipped(one.name, f"is below {_SMALLEST} pixels a side") for one in some]
            )
        sizes.append(np.array([one[:2] for one in kept]))
        qualities.append([one[2] for one in kept])
    held = [np.quantile(some, 1 - _HELD_BY, axis=0, method="lower") for some in sizes]
    rows, columns = np.minimum(*held).astype(int).tolist()
    if min(rows, columns) < _GRID:
        raise EmptySetError(
            f"both sets hold {rows} x {columns} pixels at most: add larger pictures, or leave the "
            "small ones out"
        )
    return Matching(rows, columns, match_quality(*qualities))


def _facts(max_pixels: int, source: ImageSource) -> tuple[int, int, int | None]:
    _, record = read_image(source, max_pixels=max_pixels)
    return record.rows, record.columns, record.jpeg.quality if record.jpeg else None


def part_names(named: Sequence[str]) -> tuple[str, str]:
    """Names of the folders for two sets: those of their own, if these differ.

    Parameters
    ----------
    named : sequence of str
        Paths of both sets.

    Returns
    -------
    (str, str)
        Names without a folder or an extension.

    Examples
    --------
    >>> part_names(["./gan", "sets/real.zip"]), part_names(["a/cats", "b/cats"])
    (('gan', 'real'), ('a', 'b'))
    """
    first, second = (
        "".join(one if one.isalnum() or one in "-_. " else "_" for one in PurePath(path).stem)
        for path in named
    )
    # Some file systems do not tell A from a.
    return (first, second) if first and second and first.lower() != second.lower() else ("a", "b")
