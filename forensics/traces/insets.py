"""A picture that stands in another one: in a screenshot, on a page, in a frame.

What is measured of the whole is then measured of two things at once. Where the picture begins and
ends can be seen: around it hardly anything changes from pixel to pixel, and its edges are straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.box import Box
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = ["inset_boxes"]

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
_EVEN, _NARROWEST, _SHADES = 12, 2, 16
"""Counts about its middle that a strip keeps, lines that it has at least, and places of a line
where its colours are looked at first."""
_ABREAST = 256
"""Lines that are looked at in full at a time: a picture may be all one colour."""
_SMALLEST, _LARGEST = 66, 0.95
"""Pixels a side, and share of the whole."""
_FEWEST_CELLS = _SMALLEST // _CELL
_FEWEST_EDGES = 2
"""Edges that are seen; the others are those of the whole. A sea has one straight horizon."""


def inset_boxes(image: PlanesLike) -> tuple[Box, ...]:
    """Pictures that stand in another one.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture that may be a screenshot, a page or a collage.

    Returns
    -------
    tuple of Box
        Parts that are busy and have straight edges on at least two sides, calm ones beside it; the
        largest first, none where there is none.

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
    >>> inset_boxes(page), inset_boxes(chelsea())
    ((Box(top=100, left=150, rows=300, columns=451),), ())
    """
    return as_planes(image).once(_insets)


def _insets(planes: Planes) -> tuple[Box, ...]:
    image = planes.image
    green = image if planes.is_gray else image[..., 1]
    if min(green.shape) < _SMALLEST:
        return ()
    busy = _busy(green)
    rows, columns = (side // _CELL for side in green.shape)
    cells = busy[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    edges = _Edges(green, busy)
    found: list[Box] = []
    for down, across in _touching(cells.mean(axis=(1, 3)) > _BUSY):
        if min(down.stop - down.start, across.stop - across.start) < _FEWEST_CELLS:
            continue
        part = edges.box(down, across)
        if part is not None:
            found += _cut(green, busy, part) or [part]
    found.sort(key=_area, reverse=True)
    # What even strips enclose is surer than what cells tell, and what they part alone is not.
    pieces = sorted(_cut(green, busy, Box(0, 0, *green.shape)), key=_area, reverse=True)
    enclosed = [one for one in pieces if _is_enclosed(one, green.shape)]
    found = [*enclosed, *found, *pieces]
    apart = [one for i, one in enumerate(found) if not any(_overlap(one, e) for e in found[:i])]
    return tuple(sorted(apart, key=_area, reverse=True))


def _touching(cells: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Rows and columns of parts whose cells touch along a side, in the order of their first cells.

    As label and find_objects of scipy.ndimage, whose import alone takes longer than to look.
    """
    spans: dict[int, list[int]] = {}  # of each part its rows and columns, by its first run
    part: list[int] = []  # of each run the first one of its part
    above: list[tuple[int, int, int]] = []
    for row, turns in enumerate(np.diff(cells, prepend=False, append=False, axis=1)):
        ends = np.flatnonzero(turns).tolist()
        runs = []
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            run = len(part)
            part.append(run)
            spans[run] = [row, row + 1, first, last]
            runs.append((first, last, run))
            for begin, end, other in above:
                if begin < last and first < end:
                    _join(part, spans, run, other)
        above = runs
    return [
        (slice(top, bottom), slice(left, right))
        for _, (top, bottom, left, right) in sorted(spans.items())
    ]


def _join(part: list[int], spans: dict[int, list[int]], run: int, other: int) -> None:
    """Make the parts of two runs one."""
    while part[run] != run:
        run = part[run]
    while part[other] != other:
        other = part[other]
    if run == other:
        return
    first, last = sorted((run, other))
    part[last] = first
    one, two = spans[first], spans.pop(last)
    spans[first] = [min(one[0], two[0]), max(one[1], two[1]),
                    min(one[2], two[2]), max(one[3], two[3])]  # fmt: skip


def _is_enclosed(box: Box, shape: tuple[int, ...]) -> bool:
    ends = box.top + box.rows, box.left + box.columns
    return min(box.top, box.left) > 0 and all(a < b for a, b in zip(ends, shape, strict=True))


def _area(box: Box) -> int:
    return box.rows * box.columns


def _cut(green: NDArray[Any], busy: NDArray[np.bool_], part: Box) -> list[Box]:
    """Pictures that even strips part from each other, in one part; none if there is no strip."""
    for axis in (0, 1):
        within = _within(green, part)
        lines = within if axis == 0 else within.T
        strips = _strips(lines)
        if not strips:
            continue
        ends = [0, *(end for strip in strips for end in strip), len(lines)]
        pieces: list[Box] = []
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            if last - first >= _SMALLEST:
                piece = _piece(part, axis, first, last - first)
                pieces += _cut(green, busy, piece) or [piece]
        return [
            one
            for one in pieces
            if min(one.rows, one.columns) >= _SMALLEST
            and _area(one) <= _LARGEST * green.size
            and _within(busy, one).mean() > _BUSY
        ]
    return []


def _within(plane: NDArray[Any], part: Box) -> NDArray[Any]:
    """A view of a part of a plane."""
    return plane[part.top : part.top + part.rows, part.left : part.left + part.columns]


def _piece(part: Box, axis: int, first: int, length: int) -> Box:
    if axis == 0:
        return Box(part.top + first, part.left, length, part.columns)
    return Box(part.top, part.left + first, part.rows, length)


def _strips(lines: NDArray[Any]) -> list[tuple[int, int]]:
    """Runs of lines of one even colour, with a straight edge where a picture follows."""
    shades = np.sort(lines[:, :: max(1, lines.shape[1] // _SHADES)].astype(np.int16), axis=1)
    even = shades[:, -2] - shades[:, 1] <= 2 * _EVEN  # two may be something that is drawn there
    middle = shades[:, shades.shape[1] // 2]
    for some in np.array_split(np.flatnonzero(even), 1 + int(even.sum()) // _ABREAST):
        apart = np.abs(lines[some].astype(np.int16) - middle[some, None]) > _EVEN
        even[some] = apart.mean(axis=1) < _OUTSIDE
    turns = np.flatnonzero(np.diff(even, prepend=False, append=False)).tolist()
    return [
        (first, last)
        for first, last in zip(turns[::2], turns[1::2], strict=True)
        if last - first >= _NARROWEST
        and np.ptp(middle[first:last]) <= _EVEN
        and all(at in (0, len(lines)) or _steps(lines, at) > _STRAIGHT for at in (first, last))
    ]


def _steps(lines: NDArray[Any], at: int) -> float:
    """Share of a line that differs from the one before."""
    return float((_change(lines[at - 1 : at + 1]) > _STEP).mean())


def _overlap(one: Box, other: Box) -> bool:
    return all(
        max(first, second) < min(first + length, second + extent)
        for first, second, length, extent in (
            (one.top, other.top, one.rows, other.rows),
            (one.left, other.left, one.columns, other.columns),
        )
    )


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
    """The straight edges of a part that cells have found."""

    green: NDArray[Any]
    busy: NDArray[np.bool_]

    def box(self, down: slice, across: slice) -> Box | None:
        """The part to the pixel; None if it is no picture of its own."""
        for _ in range(2):  # the ends of each axis are sought along the other
            down_found = self._along(0, down, across)
            across_found = self._along(1, down, across)
            down, across = (
                slice(first // _CELL, -(-last // _CELL))
                for first, last, _ in (down_found, across_found)
            )
        (top, bottom, seen_down), (left, right, seen_across) = down_found, across_found
        found = Box(top, left, bottom - top, right - left)
        large = _area(found) > _LARGEST * self.green.size
        if large or min(found.rows, found.columns) < _SMALLEST:
            return None
        if seen_down is None or seen_across is None or seen_down + seen_across < _FEWEST_EDGES:
            return None
        return found

    def _along(self, axis: int, down: slice, across: slice) -> tuple[int, int, int | None]:
        """Both ends of a part along an axis, in pixels, and how many edges were seen.

        None of them where an end is neither an edge nor that of the whole.
        """
        green, busy = (one if axis == 0 else one.T for one in (self.green, self.busy))
        own, other = (down, across) if axis == 0 else (across, down)
        strip = slice(other.start * _CELL, min(other.stop * _CELL, green.shape[1]))
        green, busy, n = green[:, strip], busy[:, strip], len(green)
        first = _edge(green, busy, own.start * _CELL)
        last = _edge(green[::-1], busy[::-1], n - own.stop * _CELL)
        if first is None or last is None:
            return own.start * _CELL, min(own.stop * _CELL, n), None
        return first, n - last, (first > 0) + (last > 0)


def _edge(green: NDArray[Any], busy: NDArray[np.bool_], near: int) -> int | None:
    """Line at which a part begins, near where its cells do; 0 if it fills the picture to there."""
    begin, end = max(near - _REACH, 1), min(near + _REACH, len(green) - _BAND)
    lines = slice(max(0, begin - _BLOCK - _BAND), max(begin, end))
    shares = busy[lines].mean(axis=1)
    steps = (_change(green[lines]) > _STEP).mean(axis=1)
    found = [
        at
        for at in range(begin - lines.start, lines.stop - lines.start)
        if steps[at - 1] > _STRAIGHT
        and shares[_beside(at + lines.start, lines.start)].mean() < _OUTSIDE
    ]
    if found:
        return lines.start + max(found, key=lambda at: steps[at - 1])
    return 0 if near < _REACH else None


def _beside(at: int, first: int) -> slice:
    """Lines beside an edge, those left out that JPEG spoils with what lies within it.

    Counted from the first line that was looked at.
    """
    end = at - _BLOCK if at > _BLOCK + 1 else max(1, at - 1)
    return slice(max(0, end - _BAND) - first, end - first)
