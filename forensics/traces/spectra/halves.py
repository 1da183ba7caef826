"""Half a spectrum of a real plane, seen as the whole: its neighbours go on around its edges.

The other half holds the same powers at the opposite frequencies, so that nothing need be
computed twice.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forensics.traces.filters import box_mean

__all__ = ["folded", "local_log_mean", "surrounded"]

Real = TypeVar("Real", bound=np.floating[Any])


def surrounded(half: NDArray[Real], columns: int, wide: int) -> NDArray[Real]:
    """Half a spectrum of powers with what of the other half, and around the edge, lies next to it.

    Parameters
    ----------
    half : ndarray, shape (M, N // 2 + 1), float32 or float64
        Powers at ``numpy.fft.fftfreq(M)`` and ``numpy.fft.rfftfreq(N)``.
    columns : int
        Number of columns N of the plane.
    wide : int
        Bins that are added on each side.

    Returns
    -------
    ndarray, shape (M + 2 wide, N // 2 + 1 + 2 wide), of the same dtype
        `half` in the middle.

    See Also
    --------
    folded : Where a single bin is held.
    """
    opposite = np.roll(half[::-1], 1, axis=0)
    before = opposite[:, wide:0:-1]
    last = half.shape[1] - 1 - (columns % 2 == 0)
    behind = opposite[:, last : last - wide : -1]
    return np.pad(np.concatenate([before, half, behind], axis=1), ((wide, wide), (0, 0)), "wrap")


def local_log_mean(power: NDArray[Real], columns: int, side: int, tiny: float) -> NDArray[Real]:
    """Mean of the logarithm of power over a square of bins around each.

    Of exponential noise it lies Euler's constant below the logarithm of its mean, and no line
    pulls it up.

    Parameters
    ----------
    power : ndarray, shape (M, N // 2 + 1), float32 or float64
        Power at ``numpy.fft.fftfreq(M)`` and ``numpy.fft.rfftfreq(N)``.
    columns : int
        Number of columns N of the plane.
    side : int
        Side of the square in bins, an odd number.
    tiny : float
        What is added, in the unit of `power`: there may be none.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), of the same dtype
        Natural logarithms.
    """
    framed = surrounded(np.log(power + power.dtype.type(tiny)), columns, side // 2)
    inner = slice(side // 2, -(side // 2))
    return box_mean(framed, side)[inner, inner]


def folded(
    rows: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where in half a spectrum the power of bins of the whole stands.

    Parameters
    ----------
    rows, columns : ndarray, any shape, int
        Bins of the whole spectrum, counted from zero frequency in either direction; of shapes that
        broadcast to one another.
    shape : (int, int)
        Rows and columns of the plane.

    Returns
    -------
    rows, columns : ndarray, of the shape that both broadcast to, int
        Those of the bin or of its opposite, whichever is held.

    Examples
    --------
    >>> folded(np.array([1, 1]), np.array([2, -2]), (8, 8))
    (array([1, 7]), array([2, 2]))
    """
    rows, columns = np.broadcast_arrays(rows % shape[0], columns % shape[1])
    opposite = columns > shape[1] // 2
    return (
        np.where(opposite, -rows % shape[0], rows),
        np.where(opposite, shape[1] - columns, columns),
    )
