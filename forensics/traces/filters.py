"""The two filters that traces are made with: a Gaussian, and the mean of a box.

As fast as those of scipy.ndimage on planes in single precision; the import alone of that
would be a fourth of a command on one picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
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
    weights = [plane.dtype.type(one / total) for one in shape]
    for axis in (0, 1):
        plane = _filtered(plane, radius, axis, partial(_weighted, weights=weights))
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
        plane = _filtered(plane, side // 2, axis, partial(_summed, side=side))
        plane /= plane.dtype.type(side)
    return plane


def _filtered(
    plane: NDArray[Real], wide: int, axis: int, window: Callable[..., NDArray[Real]]
) -> NDArray[Real]:
    """Plane under a window along one axis, mirrored over `wide` pixels at both ends.

    Windows work on one long line of values, in which neighbours are `step` values apart: what
    they make of the columns of padding is nonsense, and is cut off, which costs less than
    to go row by row.
    """
    rows, columns = plane.shape
    step, size = (columns, plane.size) if axis == 0 else (1, rows * (columns + 2 * wide))
    line = np.empty(size + 2 * wide * step, plane.dtype)
    line[size:] = 0
    if axis == 0:
        before, behind = _mirrored(rows, wide)
        framed = line.reshape(rows + 2 * wide, columns)
        framed[wide : wide + rows] = plane
        framed[:wide], framed[wide + rows :] = plane[before], plane[behind]
    else:
        before, behind = _mirrored(columns, wide)
        framed = line[:size].reshape(rows, -1)
        framed[:, wide : wide + columns] = plane
        framed[:, :wide], framed[:, wide + columns :] = plane[:, before], plane[:, behind]
    return window(line, step=step, size=size).reshape(rows, -1)[:, :columns]


def _mirrored(length: int, wide: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which lines stand before the first and behind the last one, edges doubled."""
    places = np.arange(-wide, length + wide) % (2 * length)
    lines = np.minimum(places, 2 * length - 1 - places)
    return lines[:wide], lines[wide + length :]


def _weighted(
    line: NDArray[Real], *, step: int, size: int, weights: Sequence[Real]
) -> NDArray[Real]:
    """Weighted sums, the first weight in the middle and the others on both sides of it."""
    middle = (len(weights) - 1) * step
    total = line[middle : middle + size] * weights[0]
    both = np.empty_like(total)
    for place, weight in enumerate(weights[1:], start=1):
        before, behind = middle - place * step, middle + place * step
        np.add(line[before : before + size], line[behind : behind + size], out=both)
        both *= weight
        total += both
    return total


def _summed(line: NDArray[Real], *, step: int, size: int, side: int) -> NDArray[Real]:
    """Sums of `side` values, that of 15 over those of 1, 2, 4 and 8: exact, unlike running ones."""
    sums, start, parts = line, 0, []
    for width in (1 << bit for bit in range(side.bit_length())):
        if width > 1:
            half = width // 2 * step
            sums = sums[:-half] + sums[half:]
        if side & width:
            parts.append(sums[start * step : start * step + size])
            start += width
    total = parts[0] + parts[1] if len(parts) > 1 else parts[0].copy()
    for part in parts[2:]:
        total += part
    return total
