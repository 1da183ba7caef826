"""Copies that were cropped, framed, mirrored or turned: thumbnails laid upon each other.

A hash tells copies that were saved again or made smaller. Whoever takes one over also cuts it,
mirrors it and puts a frame around it; then it has to be found out how one lies in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.similarity import Hashes, cells, groups_alike, joined, perceptual_hash
from forensics.validation import check_shape

__all__ = [
    "SIDE",
    "Likeness",
    "copied_pairs",
    "groups_of_copies",
    "likeness",
    "thumbnail",
]

SIDE = 32
"""Cells of a thumbnail, down and across."""
_EVEN = 8.0
"""Counts by which a line of a frame differs from its shade in the mean, next to what JPEG leaves
of the picture beside it."""
_WIDEST_FRAME = 0.25
"""Share of a side that is taken off at one end at most."""
_TRIED = 8
"""Pictures that each is laid upon, those most like it in any of the eight positions."""
_LEAST_ALIKE = 0.4
"""Correlation of two thumbnails as they are from which they are laid upon each other."""
_COPY, _OVERLAP = 0.93, 0.7
"""Correlation where two overlap, and the share of them that does, from which they are copies."""
_FINE, _COARSE = 0.7, 3.0
"""Correlation of what is left when a blur of so many cells is taken off: any two skies agree, when
one is stretched, but not in that."""
_BLURS, _STEPS = (3.0, 1.5, 0.7), (8, 6, 5)
"""From coarse to fine: standard deviation in cells, and Gauss-Newton steps."""
_LONGEST_STEP, _SCALES, _SHIFTS = 0.15, (0.6, 1.6), (-0.5, 0.5)
_AT_ONCE, _TILE = 256, 1024
_PLAIN = 1.0
"""Standard deviation in counts below which a thumbnail shows nothing."""

Thumbnails: TypeAlias = NDArray[np.uint8]
Single: TypeAlias = NDArray[np.float32]


def thumbnail(image: NDArray[Any]) -> Thumbnails:
    """Luma of a picture in 32 x 32 cells, without the frame around it.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture of at least 16 pixels a side.

    Returns
    -------
    ndarray, shape (32, 32), uint8, counts
        Means over cells that cover what lies within even lines at the edges.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.

    See Also
    --------
    copied_pairs : Which of many are copies.

    Examples
    --------
    >>> from skimage.data import chelsea
    >>> framed = np.pad(chelsea()[..., 1], 40, constant_values=255)
    >>> bool((thumbnail(framed) == thumbnail(chelsea()[..., 1])).all())
    True
    """
    check_shape(image)
    if min(image.shape[:2]) < SIDE // 2:
        raise ImageShapeError(
            f"image has shape {image.shape}, a thumbnail needs at least {SIDE // 2} x {SIDE // 2} "
            "pixels: pass a larger picture"
        )
    seen = image[..., 1] if image.ndim == 3 else image  # green is most of luma
    within = image[_within_frame(seen), _within_frame(seen.T)]
    return np.clip(np.rint(cells(within)), 0, 255).astype(np.uint8)


def copied_pairs(thumbnails: Thumbnails) -> NDArray[np.intp]:
    """Pairs of pictures of which one is a copy of the other: cut, framed, mirrored or turned.

    Each thumbnail is laid upon the eight that are most like it, in any of the eight positions
    that mirroring and quarter turns give, and moved and stretched along both axes until it fits
    best. Copies are those that correlate by .93 where they overlap.

    Parameters
    ----------
    thumbnails : ndarray, shape (n, 32, 32), uint8, counts
        Thumbnails of n pictures, from `thumbnail`.

    Returns
    -------
    ndarray, shape (pairs, 2), intp
        Index of both, the smaller first, in order.

    Raises
    ------
    ParameterError
        `thumbnails` have another shape or dtype.

    See Also
    --------
    groups_of_copies : Groups of them, with what a hash finds.

    References
    ----------
    Lucas and Kanade 1981, *An iterative image registration technique with an application to
    stereo vision*.

    Examples
    --------
    >>> from skimage.data import camera, chelsea
    >>> cut = chelsea()[20:-10, 30::1][:, ::-1]
    >>> copied_pairs(np.stack([thumbnail(one) for one in (chelsea(), camera(), cut)])).tolist()
    [[0, 2]]
    """
    _check(thumbnails)
    showing = np.flatnonzero(thumbnails.std(axis=(1, 2)) > _PLAIN)
    small = thumbnails[showing].astype(np.float32)
    first, second, position = _candidates(small)
    found = np.zeros(len(first), np.bool_)
    for start in range(0, len(first), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        a = small[first[some]]
        b = np.stack(
            [_positions(small[j])[at] for j, at in zip(second[some], position[some], strict=True)]
        )
        # What was cut off can be laid upon the whole, and the whole upon it: one fits better.
        found[some] = _fits(a, b) | _fits(b, a)
    pairs = np.stack([showing[first[found]], showing[second[found]]], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What a picture looks like, as far as it takes to find its copies again.

    Parameters
    ----------
    bits : ndarray, shape (4,), uint64
        Hash, from `perceptual_hash`: finds what was saved again or made smaller.
    cells : ndarray, shape (32, 32), uint8, counts
        Thumbnail, from `thumbnail`: finds what was cut, framed, mirrored or turned.
    """

    bits: Hashes
    cells: Thumbnails


def likeness(image: NDArray[Any]) -> Likeness:
    """What a picture looks like, as far as it takes to find its copies again.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture of at least 16 pixels a side.

    Returns
    -------
    Likeness
        Two kilobytes at most.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.

    See Also
    --------
    groups_of_copies : Copies among many.
    """
    return Likeness(perceptual_hash(image), thumbnail(image))


def groups_of_copies(pictures: Sequence[Likeness]) -> NDArray[np.intp]:
    """Group number of every picture, shared by copies of one another, also by way of others.

    Splits of a set have to keep groups together, or a model is tested on what it has seen.

    Parameters
    ----------
    pictures : sequence of Likeness
        What n pictures look like.

    Returns
    -------
    ndarray, shape (n,), intp
        Numbered from 0 in the order in which the groups first appear.

    See Also
    --------
    groups_alike : By the hashes alone.

    Examples
    --------
    >>> from skimage.data import camera
    >>> images = [camera(), camera()[:, ::-1], 255 - camera()]
    >>> groups_of_copies([likeness(one) for one in images]).tolist()
    [0, 0, 1]
    """
    # Ten thousand of one would be laid upon each other, and each upon itself.
    first: dict[bytes, int] = {}
    same = [
        first.setdefault(one.bits.tobytes() + one.cells.tobytes(), len(first)) for one in pictures
    ]
    at = dict(zip(reversed(same), reversed(pictures), strict=True))
    different = [at[number] for number in range(len(first))]
    groups = joined(
        groups_alike(np.stack([one.bits for one in different])),
        copied_pairs(np.stack([one.cells for one in different])),
    )
    return groups[same]


def _check(thumbnails: Thumbnails) -> None:
    if thumbnails.shape[1:] != (SIDE, SIDE) or thumbnails.dtype != np.uint8:
        raise ParameterError(
            f"thumbnails have shape {thumbnails.shape} and dtype {thumbnails.dtype}, allowed is "
            f"(n, {SIDE}, {SIDE}) and uint8: stack what thumbnail returns"
        )


def _within_frame(seen: NDArray[Any]) -> slice:
    """Rows between the even ones at both ends."""
    most = int(_WIDEST_FRAME * len(seen))
    return slice(_even_lines(seen[:most]), len(seen) - _even_lines(seen[::-1][:most]))


def _even_lines(lines: NDArray[Any]) -> int:
    """Number of the first lines that together hold one shade."""
    shade = np.float32(np.median(lines[0]))
    even = np.abs(lines - shade).mean(axis=1) <= _EVEN
    return int(np.argmin(even)) if not even.all() else len(lines)


def _candidates(small: Single) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Pairs that are worth being laid upon each other, and the position of the second."""
    from scipy.ndimage import gaussian_filter

    coarse = gaussian_filter(small, (0, 1.5, 1.5), mode="nearest")[:, ::2, ::2]
    side = coarse.shape[1]
    flat = _normalised(coarse, np.ones_like(coarse)).reshape(len(coarse), side * side)
    turned = [_positions(one) for one in flat.reshape(-1, side, side)]
    found: list[tuple[NDArray[Any], ...]] = []
    for at in range(8 if len(flat) else 0):
        other = np.stack([one[at] for one in turned]).reshape(len(flat), -1)
        for top in range(0, len(flat), _TILE):
            alike = flat[top : top + _TILE] @ other.T
            rows = np.arange(len(alike))
            alike[rows, top + rows] = -1
            most = min(_TRIED, len(flat))
            best = np.argpartition(-alike, most - 1, axis=1)[:, :most]
            scores = np.take_along_axis(alike, best, axis=1)
            i, k = np.nonzero(scores > _LEAST_ALIKE)
            found.append((top + i, best[i, k], np.full(len(i), at), scores[i, k]))
    if not found:
        none = np.empty(0, np.intp)
        return none, none, none
    first, second, position, score = (np.concatenate(one) for one in zip(*found, strict=True))
    # The best of all positions for each, so that the work grows as the number of pictures.
    order = np.lexsort((-score, first))
    starts = np.searchsorted(first[order], np.arange(len(flat)))
    rank = np.arange(len(order)) - starts[first[order]]
    kept = order[rank < _TRIED]
    return first[kept], second[kept], position[kept]


def _positions(one: Single) -> Single:
    """A thumbnail in the eight positions that mirroring and quarter turns give."""
    turns = [np.rot90(one, turn) for turn in range(4)]
    return np.stack([*turns, *(turn[:, ::-1] for turn in turns)])


def _fits(a: Single, b: Single) -> NDArray[np.bool_]:
    """Whether each of `b` is what lies somewhere in its `a`, stretched along both axes."""
    from scipy.ndimage import gaussian_filter

    placed = np.tile(np.array([1, 0, 1, 0], np.float32), (len(a), 1))
    for blur, steps in zip(_BLURS, _STEPS, strict=True):
        soft_a, soft_b = (gaussian_filter(one, (0, blur, blur), mode="nearest") for one in (a, b))
        down, across = (np.gradient(soft_a, axis=axis) * SIDE / 2 for axis in (1, 2))
        for _ in range(steps):
            placed = _moved(placed, soft_a, down, across, soft_b)
    fine_a, fine_b = (
        one - gaussian_filter(one, (0, _COARSE, _COARSE), mode="nearest") for one in (a, b)
    )
    inside = _laid(a, placed)[1]
    whole, fine = (
        (_normalised(_laid(one, placed)[0], inside) * _normalised(other, inside)).sum(axis=(1, 2))
        for one, other in ((a, b), (fine_a, fine_b))
    )
    enough = inside.mean(axis=(1, 2)) > _OVERLAP
    return cast("NDArray[np.bool_]", (whole > _COPY) & (fine > _FINE) & enough)


_PLACES = ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1).astype(np.float32)
"""Centres of the cells, from -1 to 1."""


def _laid(a: Single, placed: Single) -> tuple[Single, Single]:
    """Each of `a` seen through its place, and where there is something to be seen."""
    (rows, within_rows), (columns, within_columns) = (
        _weights(placed[:, at], placed[:, at + 1]) for at in (0, 2)
    )
    inside = within_rows[:, :, np.newaxis] * within_columns[:, np.newaxis, :]
    return cast("Single", rows @ a @ columns.transpose(0, 2, 1)), inside


def _weights(scale: Single, shift: Single) -> tuple[Single, Single]:
    """Linear weights of all cells for each place along an axis, and whether it lies within."""
    at = ((scale[:, np.newaxis] * _PLACES + shift[:, np.newaxis]) + 1) / 2 * SIDE - 0.5
    within = ((at >= -0.5) & (at <= SIDE - 0.5)).astype(np.float32)
    cell = np.arange(SIDE, dtype=np.float32)
    away = np.abs(np.clip(at, 0, SIDE - 1)[:, :, np.newaxis] - cell)
    return np.maximum(0, 1 - away).astype(np.float32), within


def _moved(placed: Single, a: Single, down: Single, across: Single, b: Single) -> Single:
    """Places after a Gauss-Newton step, brightness and contrast being free."""
    laid, inside = _laid(a, placed)
    (steep, _), (wide, _) = _laid(down, placed), _laid(across, placed)
    by_row, by_column = _PLACES[:, np.newaxis], _PLACES
    columns = [steep * by_row, steep, wide * by_column, wide, laid, np.ones_like(laid)]
    design = (np.stack(columns, axis=-1) * inside[..., np.newaxis]).reshape(len(a), -1, 6)
    wanted = (b * inside).reshape(len(a), -1, 1)
    turned = design.transpose(0, 2, 1)
    square = turned @ design
    ridge = 1e-6 * np.trace(square, axis1=1, axis2=2)[:, np.newaxis, np.newaxis] + 1e-6
    found = np.linalg.solve(square + ridge * np.eye(6, dtype=np.float32), turned @ wanted)[..., 0]
    contrast = found[:, 4:5]
    contrast = np.where(np.abs(contrast) < 0.2, 0.2, contrast)
    step = np.clip(found[:, :4] / contrast, -_LONGEST_STEP, _LONGEST_STEP)
    moved = placed + step
    moved[:, ::2] = np.clip(moved[:, ::2], *_SCALES)
    moved[:, 1::2] = np.clip(moved[:, 1::2], *_SHIFTS)
    return moved.astype(np.float32)


def _normalised(some: Single, inside: Single) -> Single:
    """Thumbnails of mean 0 and sum of squares 1 where they count."""
    n = np.maximum(inside.sum(axis=(1, 2), keepdims=True), 1)
    middle = (some * inside).sum(axis=(1, 2), keepdims=True) / n
    centred = (some - middle) * inside
    size = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True))
    return cast("Single", (centred / np.maximum(size, 1e-6)).astype(np.float32))
