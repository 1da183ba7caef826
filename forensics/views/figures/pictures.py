"""Pictures of pictures: stored pixels, a blend, the map of distances, what is drawn over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Metric
from forensics.images.read import turned
from forensics.traces.color import color_distance
from forensics.validation import check_shape
from forensics.views.figures.canvas import axes_or_new, bare, color_bar, color_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

__all__ = [
    "color_scale",
    "layer_over",
    "show_blend",
    "show_distance",
    "show_grid",
    "show_image",
    "show_layer",
    "show_places",
]

_DRAWN = 1024
"""Pixels on the longer side of a picture under a map."""
_UNITS = {"euclidean": "counts", "weighted": "counts", "lab": "dE"}


def show_image(
    image: NDArray[np.uint8], *, orientation: int = 1, ax: Axes | None = None
) -> AxesImage:
    """Show a picture the way up that its EXIF orientation says.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pixels as they are stored.
    orientation : int
        EXIF orientation, 1 to 8.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The picture as it is drawn.
    """
    return _picture(
        turned(image, orientation), ax, "gray", limits=(0, 255), interpolation="antialiased"
    )


def show_blend(mean: FloatArray, *, ax: Axes | None = None) -> AxesImage:
    """Show a blend as a picture.

    Parameters
    ----------
    mean : ndarray, shape (M, N, 3), float64, counts
        Mean of the blend.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The picture as it is drawn.

    Raises
    ------
    ParameterError, ImageShapeError
        `mean` is no array, or not of the shape of an image.

    See Also
    --------
    show_distance : Its map of distances.
    """
    check_shape(mean)
    pixels = np.rint(mean).astype(np.uint8)
    return _picture(pixels, ax, interpolation="antialiased")


def show_distance(
    mean: NDArray[Any],
    *,
    metric: Metric = "euclidean",
    limits: tuple[float, float] | None = None,
    orientation: int = 1,
    ax: Axes | None = None,
) -> AxesImage:
    """Show the map of every pixel's distance from the mean colour, over its scale.

    Parameters
    ----------
    mean : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Mean of a blend, or an image.
    metric : {"euclidean", "weighted", "lab"}
        Distance to map; see `color_distance`.
    limits : tuple of float, optional
        Distances drawn darkest and brightest; the 1st and 99th percentile by default.
    orientation : int
        EXIF orientation, 1 to 8: the map is turned as the picture is.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The map as it is drawn.

    See Also
    --------
    show_blend : The blend itself.
    forensics.traces.color.color_distance : The distances.
    """
    distance = color_distance(mean, metric=metric)
    low, high = limits if limits is not None else np.percentile(distance, (1, 99))
    ends_at = float(low), float(max(high, low + 1e-9))
    artist = _picture(
        turned(distance, orientation), ax, "cividis", limits=ends_at, interpolation="nearest"
    )
    stretch = "fixed scale" if limits is not None else "1st to 99th percentile"
    ends = {ends_at[0]: f"{low:.1f}", ends_at[1]: f"{high:.1f}"}
    color_bar(artist, ends, f"{_UNITS[metric]} from the mean colour, {stretch}")
    return artist


def show_layer(
    values: FloatArray,
    image: NDArray[np.uint8],
    boxes: Sequence[tuple[slice, slice]] = (),
    *,
    orientation: int = 1,
    ax: Axes | None = None,
) -> AxesImage:
    """Show a map of cells of 8 x 8 pixels over the picture, and frame regions in it.

    Parameters
    ----------
    values : ndarray, shape (M // 8, N // 8), float64, nats
        Evidence of every cell; drawn as means of 3 x 3 cells, from none to its 99th percentile,
        blue against and red for.
    image : ndarray, shape (M, N, 3), uint8, counts
        Pixels as they are stored.
    boxes : sequence of (slice, slice)
        Rows and columns of regions, in the stored picture.
    orientation : int
        EXIF orientation, 1 to 8.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The picture with the map over it.

    See Also
    --------
    forensics.traces.regions.maps.trace_map : What is drawn.
    """
    step = max(1, max(image.shape[:2]) // _DRAWN)
    shown = layer_over(values, image, step)
    artist = show_image(shown, orientation=orientation, ax=ax)
    left, right, bottom, top = ((edge + 0.5) * step - 0.5 for edge in artist.get_extent())
    artist.set_extent((left, right, bottom, top))
    if boxes:
        show_places(boxes, image.shape, orientation=orientation, ax=artist.axes)
    return artist


def layer_over(
    values: FloatArray,
    image: NDArray[np.uint8],
    step: int = 1,
    boxes: Sequence[tuple[slice, slice]] = (),
) -> NDArray[np.uint8]:
    """Picture in grey with a map of cells of 8 x 8 pixels laid over it.

    Parameters
    ----------
    values : ndarray, shape (M // 8, N // 8), float64, nats
        Evidence of every cell; empty where nothing was measured.
    image : ndarray, shape (M, N, 3), uint8, counts
        Pixels as they are stored.
    step : int
        Every how many pixels one is drawn.
    boxes : sequence of (slice, slice)
        Rows and columns of regions that are framed, in the stored picture.

    Returns
    -------
    ndarray, shape (M // step, N // step, 3), uint8, counts
        Grey under blue, where the cells speak against, and red, where they speak for it.
    """
    from forensics.traces.filters import box_mean

    grey = image[::step, ::step].astype(np.float32).mean(axis=2, keepdims=True)
    shown = 0.45 * grey + 110
    shown = np.repeat(shown, 3, axis=2)
    if values.size and np.any(values):
        smooth = box_mean(np.ascontiguousarray(values), 3) if min(values.shape) > 3 else values
        most = float(np.percentile(np.abs(smooth), 99)) or 1.0
        share = np.clip(smooth / most, -1, 1)
        rows, columns = (
            np.minimum(np.arange(0, side, step) // _BLOCK, cells - 1)
            for side, cells in zip(image.shape[:2], values.shape, strict=True)
        )
        share = share[rows[:, np.newaxis], columns][..., np.newaxis]
        color = color_scale("RdBu_r")[np.rint(127.5 * (share[..., 0] + 1)).astype(int)]
        strength = 0.65 * np.abs(share)
        shown = (1 - strength) * shown + strength * color
    drawn: NDArray[np.uint8] = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    for down, right in boxes:
        top, bottom, left, end = (
            at // step for at in (down.start, down.stop, right.start, right.stop)
        )
        for width, count in ((3, 0), (1, 255)):
            for edge in (top, bottom - width):
                drawn[max(edge, 0) : edge + width, left:end] = count
            for edge in (left, end - width):
                drawn[top:bottom, max(edge, 0) : edge + width] = count
    return drawn


def _picture(
    pixels: NDArray[Any],
    ax: Axes | None,
    colors: str = "gray",
    *,
    limits: tuple[float, float] | None = None,
    interpolation: str,
) -> AxesImage:
    from matplotlib.colors import Normalize

    from forensics.views.figures.pixels import add_picture

    norm = Normalize(*limits) if limits is not None else None
    axes = bare(axes_or_new(ax))
    return add_picture(axes, pixels, cmap=color_map(colors), norm=norm, interpolation=interpolation)


def color_scale(name: Literal["cividis", "RdBu_r"] = "cividis") -> NDArray[np.uint8]:
    """Colours of a map, darkest first.

    Parameters
    ----------
    name : {"cividis", "RdBu_r"}
        Name of the scale, as matplotlib has it.

    Returns
    -------
    ndarray, shape (256, 3), uint8
        Colours as RGB, in counts.
    """
    colors = color_map(name)(np.arange(256), bytes=True)
    return np.asarray(colors[:, :3], np.uint8)


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
        Shape of the stored picture, rows and columns first.
    orientation : int
        EXIF orientation, 1 to 8: the grid is turned as the picture is.
    ax : matplotlib.axes.Axes, optional
        Axes that `show_image` drew on.

    Returns
    -------
    matplotlib.lines.Line2D
        The marks.
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
        Shape of the stored picture, rows and columns first.
    orientation : int
        EXIF orientation, 1 to 8: the frames are turned as the picture is.
    ax : matplotlib.axes.Axes, optional
        Axes that `show_image` drew on.

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
