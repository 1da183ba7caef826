"""What is drawn over a picture: the grid that a JPEG left, the parts that were measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensics.views.figures.canvas import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["show_grid", "show_places"]

_BLOCK = 8
_APART = 30
"""Pixels of the page between marks, so that they do not hide what they mark."""
_HALO: Any = {"color": "black", "alpha": 0.4, "linewidth": 2.2}
_CORE: Any = {"color": "white", "alpha": 0.95, "linewidth": 1.0}


def show_grid(
    origin: tuple[int, int],
    shape: tuple[int, ...],
    *,
    orientation: int = 1,
    ax: Axes | None = None,
) -> tuple[Line2D, int]:
    """Mark corners of JPEG's blocks over a picture, as many as it bears.

    Parameters
    ----------
    origin : (int, int)
        Row and column of the first block's corner in the stored picture.
    shape : tuple of int
        Of the stored picture, rows and columns first.
    orientation : int
        EXIF orientation, 1 to 8: the grid is turned as the picture is.
    ax : matplotlib.axes.Axes, optional
        Where `show_image` drew it.

    Returns
    -------
    matplotlib.lines.Line2D
    int
        How many blocks there are from one mark to the next.
    """
    axes = axes_or_new(ax)
    box = axes.get_window_extent()
    longest = max(shape[:2])
    scale = max(box.height, box.width) / longest
    every = max(1, math.ceil(_APART / (_BLOCK * scale)))
    corners = [
        np.arange(first, side + 1, _BLOCK * every)
        for first, side in zip(origin, shape[:2], strict=True)
    ]
    rows, columns = np.meshgrid(*corners, indexing="ij")
    rows, columns = _turned_places(rows.ravel(), columns.ravel(), shape, orientation)
    looks: Any = {"linestyle": "none", "marker": "+", "clip_on": True}
    for size, look in ((6, _HALO), (5, _CORE)):
        (marks,) = axes.plot(
            columns - 0.5,
            rows - 0.5,
            **looks,
            color=look["color"],
            alpha=look["alpha"],
            markersize=size,
            markeredgewidth=look["linewidth"],
        )
    return marks, every


def show_places(
    places: Sequence[tuple[slice, slice]],
    shape: tuple[int, ...],
    *,
    orientation: int = 1,
    ax: Axes | None = None,
) -> Line2D:
    """Frame the parts of a picture that were measured.

    Parameters
    ----------
    places : sequence of (slice, slice)
        Rows and columns of each, in the stored picture.
    shape : tuple of int
        Of the stored picture, rows and columns first.
    orientation : int
        EXIF orientation, 1 to 8: the frames are turned as the picture is.
    ax : matplotlib.axes.Axes, optional
        Where `show_image` drew it.

    Returns
    -------
    matplotlib.lines.Line2D
        All frames, broken between them.
    """
    axes = axes_or_new(ax)
    rows = [(r.start, r.start, r.stop, r.stop, r.start, np.nan) for r, _ in places]
    columns = [(c.start, c.stop, c.stop, c.start, c.start, np.nan) for _, c in places]
    down, right = _turned_places(np.ravel(rows), np.ravel(columns), shape, orientation)
    for look in (_HALO, _CORE):
        (frames,) = axes.plot(right - 0.5, down - 0.5, **look, solid_joinstyle="miter")
    return frames


def _turned_places(
    rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, ...], orientation: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Where corners of pixels come to lie when the picture is turned by its orientation."""
    height, width = shape[:2]
    if orientation in {5, 6, 7, 8}:
        rows, columns, height, width = columns, rows, width, height
    if orientation in {3, 4, 7, 8}:
        rows = height - rows
    if orientation in {2, 3, 6, 7}:
        columns = width - columns
    return rows, columns
