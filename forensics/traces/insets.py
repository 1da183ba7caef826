"""A picture that stands in another one: in a screenshot, on a page, in a frame.

What is measured of the whole is then measured of two things at once. Where the picture begins and
ends can be seen: around it hardly anything changes from pixel to pixel, and its edges are straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ImageShapeError
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = ["Inset", "inset"]

_CALM = 2
"""Counts that neighbouring pixels differ by, at most, where nothing is drawn."""
_CELL = 16
_BUSY = 0.35
"""Share of pixels of a cell that differ from their neighbours where a picture is."""
_BAND, _REACH = 6, 20
"""Lines on both sides of an edge that are compared, and how far from a cell's it is sought."""
_BLOCK = 8
_OUTSIDE, _STEP, _STRAIGHT = 0.12, 4, 0.65
"""Share of busy pixels beside the picture at most; counts that its edge differs by, on at least so
much of its length."""
_SMALLEST, _LARGEST = 66, 0.95
"""Pixels a side, and share of the whole."""
_FEWEST_EDGES = 2
"""Edges that are seen; the others are those of the whole. A sea has one straight horizon."""


@dataclass(frozen=True, slots=True)
class Inset:
    """Part of a picture: where in it another one stands.

    Parameters
    ----------
    top, left : int
        Its first row and column.
    rows, columns : int
        Its size in pixels.

    Examples
    --------
    >>> str(Inset(40, 16, 512, 640))
    '40,16,512,640'
    """

    top: int
    left: int
    rows: int
    columns: int

    def __str__(self) -> str:
        return f"{self.top},{self.left},{self.rows},{self.columns}"

    def of(self, image: NDArray[Any]) -> NDArray[Any]:
        """The part of an image that lies here.

        Parameters
        ----------
        image : ndarray, shape (M, N, …), any dtype
            Image.

        Returns
        -------
        ndarray, shape (rows, columns, …), of the same dtype
            A copy in C order.

        Raises
        ------
        ImageShapeError
            It is not as large.
        """
        rows, columns = image.shape[:2]
        if self.top + self.rows > rows or self.left + self.columns > columns:
            raise ImageShapeError(
                f"image has shape {image.shape}, the box {self} reaches out of it: name first row, "
                "first column, rows and columns that it has"
            )
        down = slice(self.top, self.top + self.rows)
        return np.ascontiguousarray(image[down, self.left : self.left + self.columns])


def inset(image: PlanesLike) -> Inset | None:
    """The picture that stands in another one, if one does.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture that may be a screenshot, a page or a collage.

    Returns
    -------
    Inset or None
        The largest part that is busy and has straight edges on at least two sides, calm ones
        beside it; None where there is none.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    forensics.traces.lattice : What repeats in a picture, which a frame hides.

    Examples
    --------
    >>> from skimage.data import chelsea
    >>> page = np.full((600, 800, 3), 245, np.uint8)
    >>> page[100:400, 150:601] = chelsea()
    >>> inset(page), inset(chelsea())
    (Inset(top=100, left=150, rows=300, columns=451), None)
    """
    return as_planes(image).once(_inset)


def _inset(planes: Planes) -> Inset | None:
    from scipy.ndimage import find_objects, label

    image = planes.image
    green = image if planes.is_gray else image[..., 1]
    if min(green.shape) < _SMALLEST:
        return None
    busy = _busy(green)
    rows, columns = (side // _CELL for side in green.shape)
    cells = busy[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    parts, n = label(cells.mean(axis=(1, 3)) > _BUSY)
    if not n:
        return None
    largest = int(np.bincount(parts.ravel())[1:].argmax()) + 1
    down, across = find_objects(parts)[largest - 1]
    edges = _Edges(green, busy)
    for _ in range(2):  # the ends of each axis are sought along the other
        down_found = edges.along(0, down, across)
        across_found = edges.along(1, down, across)
        down, across = (
            slice(first // _CELL, -(-last // _CELL))
            for first, last, _ in (down_found, across_found)
        )
    (top, bottom, seen_down), (left, right, seen_across) = down_found, across_found
    found = Inset(top, left, bottom - top, right - left)
    large = found.rows * found.columns > _LARGEST * green.size
    if large or min(found.rows, found.columns) < _SMALLEST:
        return None
    if seen_down is None or seen_across is None or seen_down + seen_across < _FEWEST_EDGES:
        return None
    return found


def _busy(green: NDArray[Any]) -> NDArray[np.bool_]:
    """Which pixels differ from the one above or to the left."""
    busy = np.zeros(green.shape, np.bool_)
    busy[1:] = _change(green) > _CALM
    busy[:, 1:] |= _change(green.T).T > _CALM
    return busy


def _change(lines: NDArray[Any]) -> NDArray[Any]:
    """By how much each line differs from the one before, in the type of the lines."""
    change: NDArray[Any] = np.maximum(lines[1:], lines[:-1]) - np.minimum(lines[1:], lines[:-1])
    return change


@dataclass(frozen=True, slots=True)
class _Edges:
    green: NDArray[Any]
    busy: NDArray[np.bool_]

    def along(self, axis: int, down: slice, across: slice) -> tuple[int, int, int | None]:
        """Both ends of a part along an axis, in pixels, and how many edges were seen.

        None of them where an end is neither an edge nor that of the whole.
        """
        green, busy = (one if axis == 0 else one.T for one in (self.green, self.busy))
        own, other = (down, across) if axis == 0 else (across, down)
        strip = slice(other.start * _CELL, min(other.stop * _CELL, green.shape[1]))
        lines = busy[:, strip].mean(axis=1)
        steps = (_change(green[:, strip]) > _STEP).mean(axis=1)
        first = _edge(lines, steps, own.start * _CELL)
        last = _edge(lines[::-1], steps[::-1], len(lines) - own.stop * _CELL)
        if first is None or last is None:
            return own.start * _CELL, min(own.stop * _CELL, len(lines)), None
        return first, len(lines) - last, (first > 0) + (last > 0)


def _edge(lines: NDArray[np.float64], steps: NDArray[np.float64], near: int) -> int | None:
    """Line at which a part begins, near where its cells do; 0 if it fills the picture to there."""
    begin, end = max(near - _REACH, 1), min(near + _REACH, len(lines) - _BAND)
    found = [
        at
        for at in range(begin, max(begin, end))
        if steps[at - 1] > _STRAIGHT and _beside(lines, at).mean() < _OUTSIDE
    ]
    if found:
        return max(found, key=lambda at: steps[at - 1])
    return 0 if near < _REACH else None


def _beside(lines: NDArray[np.float64], at: int) -> NDArray[np.float64]:
    """Lines beside an edge, those left out that JPEG spoils with what lies within it."""
    end = at - _BLOCK if at > _BLOCK + 1 else max(1, at - 1)
    return lines[max(0, end - _BAND) : end]
