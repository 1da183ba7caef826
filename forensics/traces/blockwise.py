"""A number for every block of a picture, and how far their mean is from zero."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.significance import SMALLEST, f_tail

__all__ = ["BLOCK", "block_means", "block_z", "cell_means", "cropped", "mean_cell", "two_sided"]

BLOCK = 32
"""Pixels a side: the content of two blocks is as good as independent."""


def block_means(values: NDArray[Any], side: int = BLOCK) -> FloatArray:
    """Mean of every block of side x side values.

    Parameters
    ----------
    values : ndarray, shape (M, N) or (M, N, channels), any real dtype
        Values to average; what does not fill a block is left out.
    side : int, pixels
        Side of a block.

    Returns
    -------
    ndarray, shape (blocks,) or (blocks, channels), float64
        Means of the blocks, row by row, in the unit of `values`.

    Examples
    --------
    >>> block_means(np.arange(16.0).reshape(4, 4), 2).tolist()
    [2.5, 4.5, 10.5, 12.5]
    """
    values = cropped(values, side)
    rows, columns, *channels = values.shape
    # Rows first, all of a line at a time: three times faster than both at once.
    high, wide = rows // side, columns // side
    lines = values.reshape(high, side, columns, *channels).sum(axis=1, dtype=np.float64)
    sums = lines.reshape(high * wide, side, *channels).sum(axis=1)
    return cast(FloatArray, sums / side**2)


def cell_means(values: NDArray[Any], side: int = BLOCK) -> FloatArray:
    """Mean at each of the four places of 2 x 2 cells, in every block of side x side values.

    Parameters
    ----------
    values : ndarray, shape (M, N), any real dtype
        Values to average; what does not fill a block is left out.
    side : int, pixels
        Side of a block, an even number.

    Returns
    -------
    ndarray, shape (blocks, 2, 2), float64
        Means of the blocks, row by row, in the unit of `values`.

    Examples
    --------
    >>> cell_means(np.arange(16.0).reshape(4, 4), 4).tolist()
    [[[5.0, 6.0], [9.0, 10.0]]]
    """
    values = cropped(values, side)
    high, wide, pairs = values.shape[0] // side, values.shape[1] // side, side // 2
    # Rows first, all of a line at a time: ten times faster than both at once.
    lines = values.reshape(high, pairs, 2 * values.shape[1]).sum(axis=1, dtype=np.float64)
    sums = lines.reshape(high, 2, wide, pairs, 2).sum(axis=3).swapaxes(1, 2)
    return cast(FloatArray, sums.reshape(high * wide, 2, 2) / pairs**2)


def mean_cell(values: NDArray[Any], side: int) -> FloatArray:
    """Mean of all cells of side x side values.

    Parameters
    ----------
    values : ndarray, shape (M, N), any real dtype
        Values to average; what does not fill a cell is left out.
    side : int, pixels
        Side of a cell.

    Returns
    -------
    ndarray, shape (side, side), float64
        Mean at each place of the cells, in the unit of `values`.

    Examples
    --------
    >>> mean_cell(np.tile([[1, 2], [3, 4]], (3, 5)), 2).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    values = cropped(values, side)
    rows, columns = values.shape
    lines = values.reshape(rows // side, side, columns).sum(axis=0, dtype=np.float64)
    sums = lines.reshape(side, columns // side, side).sum(axis=1)
    return cast(FloatArray, sums / ((rows // side) * (columns // side)))


def cropped(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Values cropped to whole blocks.

    Parameters
    ----------
    values : ndarray, shape (M, N, …), any dtype
        Values to crop, at the bottom and on the right.
    side : int, pixels
        Side of a block.

    Returns
    -------
    ndarray, shape (M', N', …), of the same dtype
        A view, its sides multiples of `side`.
    """
    rows, columns = (length // side * side for length in values.shape[:2])
    return values[:rows, :columns]


def block_z(values: FloatArray) -> float:
    """Student's t of the means of blocks: their mean over its standard error.

    Parameters
    ----------
    values : ndarray, shape (blocks,), float64
        Values of the blocks; one is not enough.

    Returns
    -------
    float
        0 where nothing varies.

    References
    ----------
    Student 1908, *The probable error of a mean*.
    """
    if len(values) < 2:
        return 0.0
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return float(values.mean()) / error if error > 0 else 0.0


def two_sided(z: float, blocks: int) -> float:
    """Chance of a t as far from 0 as this, in either direction.

    Parameters
    ----------
    z : float
        Student's t, from `block_z`.
    blocks : int
        Number of blocks it was taken of.

    Returns
    -------
    float
        Two-sided p-value.

    Examples
    --------
    >>> round(two_sided(1.96, 10_000), 3)
    0.05
    """
    if blocks < 2:
        return 1.0
    chance = f_tail(np.array([1.0]), np.array([blocks - 1.0]), np.array([z * z]))[0]
    return min(1.0, max(float(chance), SMALLEST))
