"""Figures for reading, one artist at a time; the only module that imports matplotlib.

One look, light and dark: a paper of its own colour under everything, and a
palette that colour-blind people can tell apart (Okabe and Ito 2008).
"""

from __future__ import annotations

import os
import warnings
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Metric
from forensics.traces.color import color_distance
from forensics.traces.line_spectra import ratio_spectrum
from forensics.traces.profiles import LineProfile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

__all__ = [
    "AXIS_COLORS",
    "DPI",
    "INK",
    "new_figure",
    "placed_axes",
    "save_figure",
    "show_blend",
    "show_distance",
    "show_image",
    "show_line_profile",
    "show_spectrum",
    "title",
]

DPI = 100
PAPER, INK, MUTED = "#fbfaf7", "#1f2328", "#6a6f76"
AXIS_COLORS = {"rows": "#0072b2", "columns": "#d55e00"}
MARKED_PERIODS = (2, 8)
_LOWEST_SHOWN = 1 / 28
"""Cycles a pixel below which the running median has emptied the spectrum."""

_STYLE: Any = {
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.hashsalt": "catforensics",
}
_UNITS = {"euclidean": "counts", "weighted": "counts", "lab": "dE"}


def new_figure(width: int, height: int) -> Figure:
    """Return an empty figure of so many pixels, in the house style.

    Parameters
    ----------
    width, height : int, pixels

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)


def placed_axes(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Add axes to a figure at pixel coordinates, counted from the top left corner.

    On whole pixels, so that a picture shown at its own size is not resampled:
    bands of two pixels would not survive it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    left, top, width, height : int, pixels

    Returns
    -------
    matplotlib.axes.Axes
    """
    import matplotlib as mpl

    full_width, full_height = figure.get_size_inches() * DPI
    bottom = full_height - top - height
    box = (left / full_width, bottom / full_height, width / full_width, height / full_height)
    with mpl.rc_context(_STYLE):
        return figure.add_axes(box)


def title(axes: Axes, text: str) -> None:
    """Write the finding over a figure, at the left where reading starts."""
    axes.set_title(text, loc="left", parse_math=False)  # a file name may hold dollar signs


def save_figure(figure: Figure, file: IO[bytes] | str | os.PathLike[str], kind: str) -> None:
    """Draw a figure into an open file, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    file : binary file or path
    kind : {"png", "svg"}
    """
    import matplotlib as mpl

    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": "catforensics"}
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Names may be written in letters that the font lacks: a box says enough.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format=kind, dpi=DPI, metadata=metadata)


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
    turned = _turned(image, orientation)
    return _bare(_axes(ax)).imshow(
        turned, cmap="gray", vmin=0, vmax=255, interpolation="antialiased"
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
    return _bare(_axes(ax)).imshow(pixels, interpolation="antialiased")


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
    axes = _bare(_axes(ax))
    stretch = "fixed scale" if limits is not None else "1st to 99th percentile"
    scale = f"{low:.1f} (dark) to {high:.1f} {_UNITS[metric]}, {stretch}"
    axes.set_xlabel(f"distance from the mean colour: {scale}", loc="left", fontsize=9)
    return axes.imshow(
        _turned(distance, orientation),
        cmap="cividis",
        vmin=low,
        vmax=max(high, low + 1e-9),
        interpolation="nearest",
    )


def show_line_profile(profile: LineProfile, *, ax: Axes | None = None) -> Line2D:
    """Draw a line profile against the number of the line.

    Parameters
    ----------
    profile : LineProfile
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.lines.Line2D
    """
    axes = _axes(ax)
    lines = np.arange(1, len(profile.values) + 1)
    (line,) = axes.plot(
        lines, profile.values, color=AXIS_COLORS[profile.axis], linewidth=0.7, label=profile.axis
    )
    axes.set_xlabel("line (pixels)")
    axes.set_ylabel(f"{profile.kind} (counts)")
    axes.margins(x=0.01)
    return line


def show_spectrum(profile: LineProfile, *, ax: Axes | None = None) -> Line2D:
    """Draw the spectrum of a line profile, as a ratio to its local noise level.

    Periods 2 and 8 are marked. What sticks out there, and is not much below
    10, is a trace.

    Parameters
    ----------
    profile : LineProfile
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.lines.Line2D
    """
    axes = _axes(ax)
    ratios = ratio_spectrum(profile)
    frequency = np.linspace(0, 0.5, len(ratios))
    shown = frequency > _LOWEST_SHOWN
    (line,) = axes.plot(
        frequency[shown],
        np.maximum(ratios[shown], 0.1),
        color=AXIS_COLORS[profile.axis],
        linewidth=0.9,
        label=profile.axis,
    )
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.1)
    axes.set_xlim(0, 0.503)
    for period in MARKED_PERIODS:
        axes.axvline(1 / period, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_xticks([1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2], ["16", "8", "4", "8/3", "2"])
    axes.set_xlabel("period (pixels)")
    axes.set_ylabel("power / local noise")
    return line


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        return plt.figure(figsize=(6, 4), layout="constrained").add_subplot()


def _bare(axes: Axes) -> Axes:
    """Take the ticks and the frame off."""
    axes.set_xticks([])
    axes.set_yticks([])
    sides: tuple[Literal["left", "bottom"], ...] = ("left", "bottom")
    for side in sides:
        axes.spines[side].set_visible(False)
    return axes


def _turned(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn and mirror stored pixels as EXIF orientation says (2 to 8; 1 leaves them)."""
    if orientation in {5, 6, 7, 8}:
        image = image.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        image = image[::-1]
    if orientation in {2, 3, 6, 7}:
        image = image[:, ::-1]
    return image
