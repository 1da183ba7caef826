"""Pictures of pictures: the stored pixels, a blend, the map of distances from the mean colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Metric
from forensics.images.turning import turned
from forensics.traces.color import color_distance
from forensics.views.figures.canvas import axes_or_new, bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

__all__ = ["color_scale", "show_blend", "show_distance", "show_image"]

_UNITS = {"euclidean": "counts", "weighted": "counts", "lab": "dE"}


def show_image(
    image: NDArray[np.uint8], *, orientation: int = 1, ax: Axes | None = None
) -> AxesImage:
    """Show a picture the way up that its EXIF orientation says.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        As stored, unturned.
    orientation : int
        EXIF orientation, 1 to 8.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.image.AxesImage
    """
    return bare(axes_or_new(ax)).imshow(
        turned(image, orientation), cmap="gray", vmin=0, vmax=255, interpolation="antialiased"
    )


def show_blend(mean: FloatArray, *, ax: Axes | None = None) -> AxesImage:
    """Show a blend as a picture.

    Parameters
    ----------
    mean : ndarray, shape (M, N, 3), counts
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.image.AxesImage
    """
    pixels = np.rint(mean).astype(np.uint8)
    return bare(axes_or_new(ax)).imshow(pixels, interpolation="antialiased")


def show_distance(
    mean: NDArray[Any],
    *,
    metric: Metric = "euclidean",
    limits: tuple[float, float] | None = None,
    orientation: int = 1,
    ax: Axes | None = None,
) -> AxesImage:
    """Show every pixel by its distance from the mean colour.

    Parameters
    ----------
    mean : ndarray, shape (M, N, 3) or (M, N), counts
        A blend or an image.
    metric : {"euclidean", "weighted", "lab"}
    limits : tuple of float, optional
        Distances drawn darkest and brightest; the 1st and 99th percentile by default.
        Stated under the map.
    orientation : int
        EXIF orientation, 1 to 8: the map is turned as the picture is.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.image.AxesImage
    """
    distance = color_distance(mean, metric=metric)
    low, high = limits if limits is not None else np.percentile(distance, (1, 99))
    axes = bare(axes_or_new(ax))
    stretch = "fixed scale" if limits is not None else "1st to 99th percentile"
    scale = f"{low:.1f} (dark) to {high:.1f} {_UNITS[metric]}, {stretch}"
    axes.set_xlabel(f"distance from the mean colour: {scale}", loc="left", fontsize=9)
    return axes.imshow(
        turned(distance, orientation),
        cmap="cividis",
        vmin=low,
        vmax=max(high, low + 1e-9),
        interpolation="nearest",
    )


def color_scale(name: Literal["cividis", "RdBu_r"] = "cividis") -> NDArray[np.uint8]:
    """Colours of a map, darkest first.

    Parameters
    ----------
    name : {"cividis", "RdBu_r"}

    Returns
    -------
    ndarray, shape (256, 3), uint8
    """
    import matplotlib as mpl

    colors = mpl.colormaps[name](np.arange(256), bytes=True)
    return np.asarray(colors[:, :3], np.uint8)
