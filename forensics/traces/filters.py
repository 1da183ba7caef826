"""The two filters that traces are made with: a Gaussian, and the mean of a box.

As fast as those of scipy.ndimage on planes in single precision; the import alone of that
would be a fourth of a command on one picture.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["box_mean", "smoothed"]

Real = TypeVar("Real", bound=np.floating[Any])


def smoothed(plane: NDArray[Real], sigma: float, *, radius: int) -> NDArray[Real]:
    """Plane smoothed by a Gaussian, mirrored at its edges.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64
        Plane to smooth.
    sigma : float, pixels
        Standard deviation of the Gaussian.
    radius : int, pixels
        Where the Gaussian is cut off: its window has ``2 radius + 1`` pixels a side.

    Returns
    -------
    ndarray, shape (M, N), of the same dtype
        The smoothed plane, in the unit of `plane`.

    See Also
    --------
    box_mean : The mean of a square window.

    Examples
    --------
    >>> plane = np.zeros((5, 5), np.float32)
    >>> plane[2, 2] = 1
    >>> round(float(smoothed(plane, 1, radius=2)[2, 2]), 3)
    0.162
    """
    shape = [math.exp(-((place / sigma) ** 2) / 2) for place in range(radius + 1)]
    total = shape[0] + 2 * sum(shape[1:])
    for axis in (0, 1):
        padded, length = _mirrored(plane, radius, axis), plane.shape[axis]
        lines = [_lines(padded, start, length, axis) for start in range(2 * radius + 1)]
        plane = lines[radius] * plane.dtype.type(shape[0] / total)
        both = np.empty_like(plane)
        for place in range(1, radius + 1):
            np.add(lines[radius - place], lines[radius + place], out=both)
            both *= plane.dtype.type(shape[place] / total)
            plane += both
    return plane


def box_mean(plane: NDArray[Real], side: int) -> NDArray[Real]:
    """Mean over a square around every pixel, with the plane mirrored at its edges.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64
        Plane to average.
    side : int, pixels
        Side of the square, an odd number.

    Returns
    -------
    ndarray, shape (M, N), of the same dtype
        The local means, in the unit of `plane`.

    See Also
    --------
    smoothed : A Gaussian window.

    Examples
    --------
    >>> box_mean(np.eye(3), 3).round(2).tolist()
    [[0.56, 0.33, 0.11], [0.33, 0.33, 0.33], [0.11, 0.33, 0.56]]
    """
    for axis in (0, 1):
        padded, length = _mirrored(plane, side // 2, axis), plane.shape[axis]
        # The sum over 15 pixels of those over 1, 2, 4 and 8: exact, unlike running sums.
        sums, plane = padded, np.zeros_like(plane)
        start, width = 0, 1
        while True:
            if side & width:
                plane += _lines(sums, start, length, axis)
                start += width
            if 2 * width > side:
                break
            n = sums.shape[axis] - width
            sums = _lines(sums, 0, n, axis) + _lines(sums, width, n, axis)
            width *= 2
        plane /= plane.dtype.type(side)
    return plane


def _mirrored(plane: NDArray[Real], wide: int, axis: int) -> NDArray[Real]:
    widths = [(0, 0), (0, 0)]
    widths[axis] = (wide, wide)
    return np.pad(plane, widths, mode="symmetric")


def _lines(plane: NDArray[Real], start: int, n: int, axis: int) -> NDArray[Real]:
    chosen = slice(start, start + n)
    return plane[chosen] if axis == 0 else plane[:, chosen]
