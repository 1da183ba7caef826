"""Where to look in a picture that is too large to be looked at whole."""

from __future__ import annotations

import numpy as np

__all__ = ["TILE_SIDE", "tiles"]

TILE_SIDE = 512
_ACROSS = 3
_MULTIPLE = 16


def tiles(
    shape: tuple[int, ...], *, whole: int = (_ACROSS * TILE_SIDE) ** 2
) -> tuple[tuple[slice, slice], ...]:
    """Parts of a picture to measure: the whole, or nine tiles spread evenly.

    A phone's picture has fifty times the pixels that a trace needs to be found.
    Tiles bound time and memory, and begin at multiples of 16, so that the origin
    of a grid is the same in all of them.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns first.
    whole : int
        Pixels up to which a picture is one part; by default those of nine tiles, 2.4
        megapixels.

    Returns
    -------
    tuple of (slice, slice)
        Rows and columns of each part, all of one shape.

    Examples
    --------
    >>> tiles((300, 451, 3))
    ((slice(0, 300, None), slice(0, 451, None)),)
    >>> len(tiles((3024, 4032))), tiles((3024, 4032))[1]
    (9, (slice(0, 512, None), slice(1760, 2272, None)))
    """
    rows, columns = shape[:2]
    if rows * columns <= whole:
        return ((slice(0, rows), slice(0, columns)),)
    high, wide = min(rows, TILE_SIDE), min(columns, TILE_SIDE)
    return tuple(
        (slice(top, top + high), slice(left, left + wide))
        for top in _starts(rows)
        for left in _starts(columns)
    )


def _starts(length: int) -> tuple[int, ...]:
    furthest = max(length - TILE_SIDE, 0)
    starts = np.linspace(0, furthest, _ACROSS).astype(int) // _MULTIPLE * _MULTIPLE
    return tuple(dict.fromkeys(starts.tolist()))
