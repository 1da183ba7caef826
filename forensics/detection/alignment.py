"""What stands still in a set of pictures, and how exactly they lie on one another.

Two questions, answered apart: whether anything is at the same place in all of them as they are,
and how far each has to be moved to lie on the others. Both are asked of different pictures only,
for copies stand still whatever they show.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.engine.checkpoint import KeptRow, RunState, measured_in_steps
from forensics.engine.run import Progress, RunKeywords, RunOptions
from forensics.errors import EmptySetError, ImageShapeError
from forensics.images.delivery.resize import resized
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_image, turned
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons
from forensics.images.sources.names import printable
from forensics.traces.alignment import (
    LEAST_PICTURES,
    PLACED,
    RASTER,
    Placements,
    StillMap,
    fitted_raster,
    mean_of_moved,
    placements,
    standing_still,
)
from forensics.traces.color import LUMA_WEIGHTS
from forensics.traces.copies import Likeness, groups_of_copies, likeness

__all__ = ["Aligned", "Alignment", "Seen", "align", "aligned", "seen_in_steps"]

Aligned: TypeAlias = Literal["still", "moved", "not found"]
"""Something stands still in the set; or does once its pictures are moved; or neither was found."""

_BATCH = 8
_PLAIN = 1.0
"""Standard deviation in counts below which a picture shows nothing."""
_LONGEST = 8
"""How many times longer than wide a picture may be."""
_SAME_ASPECT = 0.02
"""Share of a picture that may be cut off before it is said."""

Raster: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """What stands still in a set, and where each of its pictures lies on the others.

    Parameters
    ----------
    names : tuple of str
        Different pictures that were compared, in the order of the set.
    blend : ndarray, shape (M, N), float64, counts
        Mean of their reduced luma, as they are.
    moved : ndarray, shape (M, N), float64, counts, optional
        The same of those that are placed, each moved and enlarged as `laid` says; None where it
        is not told.
    still : StillMap
        What stands still as they are.
    laid : Placements
        Offset and scale of each.
    cut : tuple of str
        Pictures of another aspect than the commonest: the middle of each was compared.
    copies : tuple of tuple of str
        Pictures that show the same, of which the first alone was compared.
    skipped : tuple of Skipped
        Pictures that were left out, with reasons.
    """

    names: tuple[str, ...]
    blend: FloatArray
    moved: FloatArray | None
    still: StillMap
    laid: Placements
    cut: tuple[str, ...]
    copies: tuple[tuple[str, ...], ...]
    skipped: tuple[Skipped, ...]

    @property
    def found(self) -> Aligned:
        """The answer in a word."""
        if self.still.p_value < PLACED:
            return "still"
        return "moved" if len(self.laid.distances) else "not found"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture, reduced.

    Parameters
    ----------
    name : str
        Name of the picture.
    raster : ndarray, shape (M, N), uint8, counts
        Luma, the longer side 128 pixels, the way up that it is seen.
    looks : Likeness
        What its copies are found by.
    """

    name: str
    raster: Raster
    looks: Likeness

    def packed(self) -> KeptRow:
        """The picture as the state of a run keeps it."""
        held = io.BytesIO()
        np.savez(held, raster=self.raster, bits=self.looks.bits, cells=self.looks.cells)
        return json.dumps(self.name), held.getvalue()

    @classmethod
    def unpacked(cls, row: KeptRow) -> Seen:
        """Picture as it was before it was packed.

        Parameters
        ----------
        row : (str, bytes)
            What `packed` returned.

        Returns
        -------
        Seen
            The same picture.
        """
        with np.load(io.BytesIO(row[1]), allow_pickle=False) as arrays:
            looks = Likeness(arrays["bits"], arrays["cells"])
            return cls(json.loads(row[0]), arrays["raster"], looks)


def align(
    images: AnyImages, *, max_pixels: int = MAX_PIXELS, **run: Unpack[RunKeywords]
) -> Alignment:
    """What stands still in a set, and how far each picture has to be moved to lie on the others.

    Faces of a network that learned from aligned ones have their eyes in the same place of every
    picture, and so do pictures that somebody aligned, frames of one camera and whatever bears one
    watermark. No face is sought: local contrast of the pictures, reduced to 128 pixels, is laid
    upon their blend.

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
    Alignment
        Map with chances, offsets and scales.

    Raises
    ------
    EmptySetError
        There are fewer than 6 different pictures that show anything.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    forensics.traces.alignment.standing_still : The map.
    forensics.traces.alignment.placements : Offsets and scales.

    Examples
    --------
    >>> import skimage.data
    >>> scenes = [skimage.data.camera(), skimage.data.moon(), skimage.data.chelsea()]
    >>> pictures = [one[y : y + 99, x : x + 99] for one in scenes for y, x in ((9, 8), (180, 190))]
    >>> align(pictures).found
    'not found'
    """
    options = RunOptions.of(align, run)
    return aligned(seen_in_steps(images, None, max_pixels=max_pixels, **run), options.progress)


def seen_in_steps(
    images: AnyImages,
    state: RunState | None,
    *,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> list[Seen | Skipped]:
    """The first part of `align`: every picture reduced, from where an earlier run was ended.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set.
    state : RunState, optional
        State to which what is seen of each picture is committed, and from which a run goes on that
        was ended early; of the same pictures in the same order.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    list of Seen or Skipped
        Of each picture, in order; of the first ones alone where the run was stopped.

    Raises
    ------
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    OutputError
        The state cannot be written.
    """
    options = RunOptions.of(seen_in_steps, run)
    sources = as_sources(images, on_error=options.on_error)
    see = partial(_seen, max_pixels)
    return measured_in_steps(see, Seen.unpacked, sources, state, options, batch=_BATCH)


def aligned(every: Iterable[Seen | Skipped], progress: Progress | None = None) -> Alignment:
    """The second part of `align`: what stands still in a set that was seen.

    Parameters
    ----------
    every : iterable of Seen or Skipped
        Pictures of the set, from `seen_in_steps`.
    progress : callable, optional
        Called with the number of steps that are done, and that there are.

    Returns
    -------
    Alignment
        Map with chances, offsets and scales.

    Raises
    ------
    EmptySetError
        There are fewer than 6 different pictures that show anything.
    """
    seen, plain, skipped = [], [], []
    for one in every:
        if isinstance(one, Skipped):
            skipped.append(one)
        elif float(one.raster.std()) < _PLAIN:
            plain.append(Skipped(one.name, "is of one shade: nothing in it can stand still"))
        else:
            seen.append(one)
    copies = _copies([one.looks for one in seen])
    _check_enough(len(seen), len(copies), plain, skipped)
    different = [seen[group[0]] for group in copies]
    shape = _common_shape(one.raster.shape for one in different)
    rasters = np.stack([fitted_raster(one.raster, shape) for one in different])
    still = standing_still(rasters)
    laid = placements(rasters, progress=progress)
    return Alignment(
        tuple(one.name for one in different),
        rasters.mean(axis=0),
        mean_of_moved(rasters, laid),
        still,
        laid,
        tuple(one.name for one in different if _lost(one.raster.shape, shape) > _SAME_ASPECT),
        tuple(tuple(seen[i].name for i in group) for group in copies if len(group) > 1),
        (*skipped, *plain),
    )


def _seen(max_pixels: int, source: ImageSource) -> Seen:
    pixels, record = read_image(source, max_pixels=max_pixels)
    rows, columns = pixels.shape[:2]
    longer, shorter = max(rows, columns), min(rows, columns)
    if longer > _LONGEST * shorter:
        raise ImageShapeError(
            f"has {columns} x {rows} pixels, and is more than {_LONGEST} times as long as wide: "
            "nothing can be told of a strip"
        )
    seen = np.ascontiguousarray(turned(pixels, record.orientation))
    rows, columns = seen.shape[:2]
    shape = max(1, round(rows * RASTER / longer)), max(1, round(columns * RASTER / longer))
    luma = resized(seen, shape, kernel="bilinear") @ LUMA_WEIGHTS
    raster = np.rint(luma).clip(0, 255).astype(np.uint8)
    return Seen(source.name, raster, likeness(seen))


def _copies(looks: Sequence[Likeness]) -> list[list[int]]:
    """Numbers of the pictures that show the same, each group in order."""
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups_of_copies(looks).tolist() if looks else ()):
        members.setdefault(group, []).append(i)
    return list(members.values())


def _check_enough(
    n_seen: int, n_different: int, plain: Sequence[Skipped], skipped: Sequence[Skipped]
) -> None:
    if n_different >= LEAST_PICTURES:
        return
    needed = (
        f"too few, at least {LEAST_PICTURES} different ones are needed to tell what stands still"
    )
    if not n_seen and plain:
        raise EmptySetError(
            f"{counted(len(plain), 'picture is', 'pictures are')} of one shade each: nothing in "
            "them can stand still, pass pictures that show something"
        )
    if not n_seen:
        raise first_reasons(skipped) if skipped else EmptySetError("no picture was given")
    if n_different < n_seen:
        shown = counted(n_different, "different picture")
        raise EmptySetError(
            f"{counted(n_seen, 'picture shows', 'pictures show')} {shown}, the others being "
            f"copies: {needed}"
        )
    left_out = [*skipped, *plain]
    if not left_out:
        raise EmptySetError(f"{counted(n_seen)} given: {needed}")
    first = f"{printable(left_out[0].path)} {left_out[0].reason}"
    raise EmptySetError(
        f"{n_seen:,} of {counted(n_seen + len(left_out))} can be compared ({first}): {needed}"
    )


def _common_shape(shapes: Iterable[tuple[int, ...]]) -> tuple[int, int]:
    """Rows and columns of most rasters; where as many have others, of the squarest."""
    counts = Counter((rows, columns) for rows, columns in shapes)
    return max(counts, key=lambda one: (counts[one], min(one), one))


def _lost(shape: tuple[int, ...], wanted: tuple[int, int]) -> float:
    """Share of a raster that is cut off where it is fitted to another aspect."""
    own, other = shape[0] / shape[1], wanted[0] / wanted[1]
    return 1 - min(own, other) / max(own, other)
