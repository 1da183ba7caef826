"""The box of a map that holds the most: where evidence of one thing against another adds up."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray

__all__ = ["CELL", "CellBox", "Split", "fold_to_cells", "largest_box", "likeliest_split"]

CELL = 8
"""Pixels a side of the cells that evidence is added up in."""
_LEAST = 6
"""Cells that each side of a region has at least."""


class CellBox(NamedTuple):
    """Box of cells, and the sum of what is in it.

    Parameters
    ----------
    total : float
        Sum of the map's values in the box.
    top, bottom, left, right : int
        First cell and the one behind the last, down and across.
    """

    total: float
    top: int
    bottom: int
    left: int
    right: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of cells."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Split(NamedTuple):
    """A picture in two: a box where one hypothesis holds, and the rest, where another does.

    Parameters
    ----------
    nats : float
        Log likelihood of both over that of the best one alone.
    inside, outside : int
        Which hypotheses they are.
    box : CellBox
        Where the first one holds.
    """

    nats: float
    inside: int
    outside: int
    box: CellBox


def largest_box(values: NDArray[Any], least: int = 1) -> CellBox:
    """Box whose values have the largest sum, of all boxes with sides of so many cells at least.

    Of log likelihood ratios of each cell it is the likeliest box: that of the region that is
    another than the rest, wherever it is and whatever its size.

    Parameters
    ----------
    values : ndarray, shape (M, N), float
        One number a cell.
    least : int
        Cells that each side has at least; neither M nor N is smaller.

    Returns
    -------
    CellBox
        The box; of several, the first by rows.

    References
    ----------
    Kulldorff 1997, *A spatial scan statistic*.

    Examples
    --------
    >>> values = np.full((6, 8), -1.0)
    >>> values[1:4, 2:7] = 2
    >>> largest_box(values)
    CellBox(total=30.0, top=1, bottom=4, left=2, right=7)
    """
    rows, columns = values.shape
    sums = np.zeros((rows + 1, columns + 1))
    sums[1:, 1:] = np.asarray(values, np.float64).cumsum(axis=0).cumsum(axis=1)
    best = CellBox(-np.inf, 0, rows, 0, columns)
    for top in range(rows - least + 1):
        strips = sums[top + least :] - sums[top]
        lowest = np.minimum.accumulate(strips[:, : columns + 1 - least], axis=1)
        gains = strips[:, least:] - lowest
        down, right = divmod(int(gains.argmax()), gains.shape[1])
        total = float(gains[down, right])
        if total > best.total:
            left = int(strips[down, : right + 1].argmin())
            best = CellBox(total, top, top + least + down, left, right + least)
    return best


def likeliest_split(maps: NDArray[Any], least: int = _LEAST) -> Split | None:
    """The box in which another of several hypotheses holds than around it.

    Parameters
    ----------
    maps : ndarray, shape (K, M, N), float, nats
        Log likelihood of each cell under each hypothesis, over one that all share.
    least : int
        Cells that each side of the box has at least.

    Returns
    -------
    Split or None
        None with fewer than two hypotheses, or in a picture that is no larger than such a box.

    Examples
    --------
    >>> maps = np.zeros((2, 9, 9))
    >>> maps[1] = -1
    >>> maps[1, 2:9, 1:8] = 1
    >>> found = likeliest_split(maps)
    >>> found.nats, found.inside, found.outside, found.box.place
    (32.0, 1, 0, (slice(2, 9, None), slice(1, 8, None)))
    """
    if len(maps) < 2 or min(maps.shape[1:]) < least or maps[0].size <= least**2:
        return None
    totals = maps.sum(axis=(1, 2))
    alone = float(totals.max())
    found: list[Split] = []
    for outside, rest in enumerate(maps):
        for inside, own in enumerate(maps):
            if inside != outside:
                box = largest_box(own - rest, least)
                nats = float(totals[outside]) + box.total - alone
                found.append(Split(nats, inside, outside, box))
    return max(found, key=lambda one: one.nats)


def fold_to_cells(
    blocks: FloatArray, offset: tuple[int, int], shape: tuple[int, int]
) -> FloatArray:
    """Values of blocks of 8 x 8 pixels that begin anywhere, shared out among the cells below.

    Parameters
    ----------
    blocks : ndarray, shape (m, n), float64
        One value for each whole block.
    offset : (int, int)
        Row and column of the first block, each less than 8.
    shape : (int, int)
        Cells down and across.

    Returns
    -------
    ndarray, of `shape`, float64
        Sums, each block's value shared out by area; what lies beyond the last cell is dropped.

    Examples
    --------
    >>> fold_to_cells(np.array([[8.0]]), (2, 0), (2, 1)).tolist()
    [[6.0], [2.0]]
    """
    cells = np.zeros((shape[0] + 1, shape[1] + 1))
    high, wide = (min(have, fit) for have, fit in zip(blocks.shape, shape, strict=True))
    part = blocks[:high, :wide]
    for down in (0, 1):
        for right in (0, 1):
            rows, columns = (
                start if beyond else CELL - start
                for start, beyond in zip(offset, (down, right), strict=True)
            )
            cells[down : down + high, right : right + wide] += rows * columns / CELL**2 * part
    return cells[:-1, :-1]
