"""Ordered dither: few levels, and a threshold for every place of a small cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forensics.traces.filters import box_mean
from forensics.traces.levels import level_counts, whole_counts
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST, f_tail

__all__ = ["Dithering", "dithering"]

_CELL = 8
"""Pixels: cells of 2 and of 4 repeat in it as well."""
_MOST_LEVELS = 64


@dataclass(frozen=True, slots=True)
class Dithering:
    """Trace of an ordered dither: how much the place in a cell of 8 x 8 pixels decides.

    Parameters
    ----------
    levels : int
        Different values in the channel that has most.
    share : float
        Share, 0 to 1, of the squared departures from the local mean that place explains.
    p_value : float
        Chance of that share where the place has no say; 1 where there are more than 64 levels.
    """

    levels: int
    share: float
    p_value: float


def dithering(image: PlanesLike) -> Dithering:
    """Trace of an ordered dither.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 32 pixels a side.

    Returns
    -------
    Dithering
        The trace, with the chance of one as clear without dither.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Bayer 1973, *An optimum method for two-level rendition of continuous-tone pictures*.

    Examples
    --------
    >>> ramp = np.add.outer(np.arange(64), np.arange(64)) * 2.0
    >>> screen = np.tile([[0, 128], [192, 64]], (32, 32))
    >>> dithering(((ramp > screen) * 255).astype(np.uint8)).p_value < 1e-6
    True
    """
    planes = as_planes(image)
    levels = int(np.count_nonzero(planes.once(level_counts), axis=1).max())
    if levels > _MOST_LEVELS or min(planes.shape[:2]) < 4 * _CELL:
        return Dithering(levels, 0.0, 1.0)
    counts = whole_counts(planes.image)
    plane = (counts if planes.is_gray else counts[..., 1]).astype(np.float32)
    apart = (plane - box_mean(plane, _CELL + 1))[_CELL:-_CELL, _CELL:-_CELL]
    rows, columns = (length // _CELL for length in apart.shape)
    whole = apart[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    cells = whole.swapaxes(1, 2).reshape(rows * columns, _CELL * _CELL).astype(np.float64)
    cells -= cells.mean(axis=1, keepdims=True)
    between = len(cells) * float(np.sum(cells.mean(axis=0) ** 2))
    total = float(np.sum(cells**2))
    if total <= between or total == 0:
        return Dithering(levels, 1.0 if total else 0.0, SMALLEST if total else 1.0)
    free, rest = _CELL * _CELL - 1.0, (len(cells) - 1.0) * (_CELL * _CELL - 1)
    ratio = (between / free) / ((total - between) / rest)
    chance = f_tail(np.array([free]), np.array([rest]), np.array([ratio]))[0]
    return Dithering(levels, between / total, max(float(chance), SMALLEST))
