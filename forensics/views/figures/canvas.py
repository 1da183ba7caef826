"""What every figure stands on: a paper, a palette, axes on whole pixels, a file.

One look, light and dark: a paper of its own colour under everything, and a
palette that colour-blind people can tell apart (Okabe and Ito 2008).
"""

from __future__ import annotations

import os
import warnings
from typing import IO, TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = [
    "AXIS_COLORS",
    "DPI",
    "INK",
    "MUTED",
    "axes_or_new",
    "bare",
    "filled",
    "new_figure",
    "placed_axes",
    "placed_text",
    "save_figure",
    "title",
]

DPI = 100
PAPER, INK, MUTED = "#fbfaf7", "#1f2328", "#6a6f76"
AXIS_COLORS = {"rows": "#0072b2", "columns": "#d55e00"}

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


def new_figure(width: int, height: int) -> Figure:
    """Empty figure of so many pixels, in the house style.

    Parameters
    ----------
    width, height : int, pixels
        Size of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, without any axes.
    """
    from matplotlib.figure import Figure

    size = (width / DPI, height / DPI)
    figure = Figure(figsize=size, dpi=DPI, facecolor=PAPER)
    # Axes are placed by pixels, so no layout of the user's may move them.
    figure.set_layout_engine("none")
    return figure


def placed_axes(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Axes added to a figure at pixel coordinates, counted from the top left corner.

    On whole pixels, so that a picture shown at its own size is not resampled:
    bands of two pixels would not survive it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to add to.
    left, top : int, pixels
        Top left corner of the axes.
    width, height : int, pixels
        Size of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        The new axes.
    """
    import matplotlib as mpl

    full_width, full_height = figure.get_size_inches() * DPI
    bottom = full_height - top - height
    box = (left / full_width, bottom / full_height, width / full_width, height / full_height)
    with mpl.rc_context(_STYLE):
        return figure.add_axes(box)


def placed_text(figure: Figure, left: int, top: int, text: str, **looks: Any) -> Text:
    """Text written on a figure at pixel coordinates, counted from the top left corner.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to write on.
    left, top : int, pixels
        Top left corner of the text itself.
    text : str
        Text as it is to be read: a dollar sign is a dollar sign.
    **looks : object
        Properties of the text, as matplotlib's `Text` has them.

    Returns
    -------
    matplotlib.text.Text
        The text.
    """
    full_width, full_height = figure.get_size_inches() * DPI
    looks = {"color": INK, "va": "top", "parse_math": False, **looks}
    return figure.text(left / full_width, 1 - top / full_height, text, **looks)


def filled(text: str, width: int, fontsize: float) -> list[str]:
    """Lines of a text, each no wider than so many pixels where it is drawn.

    By the letters' own widths, so that a column is full of words and nothing runs over,
    whatever somebody wrote into a file.

    Parameters
    ----------
    text : str
        Broken at spaces, but not at no-break spaces; longer words wherever they must.
    width : int, pixels
        Width of the column.
    fontsize : float, points
        Size of the letters.

    Returns
    -------
    list of str
        Lines without line ends, at least one.

    Examples
    --------
    >>> filled("as many words as there is room for", 120, 10)
    ['as many words', 'as there is room', 'for']
    """
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".lstrip(" ")
        if _drawn_width(longer, fontsize) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if _drawn_width(lines[-1] + letter, fontsize) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _drawn_width(text: str, fontsize: float) -> float:
    """Pixels that a text in the regular font is wide."""
    from matplotlib.backends.backend_agg import get_hinting_flag
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    font.set_size(fontsize, DPI)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        font.set_text(text, 0.0, flags=get_hinting_flag())  # type: ignore[no-untyped-call]
    width: float = font.get_width_height()[0] / 64
    return width


def title(axes: Axes, text: str) -> None:
    """Write the finding over a figure, at the left where reading starts.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that show the finding.
    text : str
        The finding, without a full stop.
    """
    axes.set_title(text, loc="left", parse_math=False)  # a file name may hold dollar signs


def save_figure(
    figure: Figure,
    file: IO[bytes] | str | os.PathLike[str],
    kind: str,
    *,
    as_text: bool = False,
) -> None:
    """Draw a figure into a file, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw.
    file : binary file, str or path-like
        Open file or path to write to.
    kind : {"png", "svg", "pdf"}
        Format of the file.
    as_text : bool
        Whether the words of an SVG are kept as words, in the letters of whoever looks at it, and
        not as outlines.
    """
    import matplotlib as mpl

    known: dict[str, dict[str, Any]] = {
        "png": {"Software": "catforensics"},
        "svg": {"Date": None},
        "pdf": {"CreationDate": None, "Creator": "catforensics"},
    }
    fonts: Any = {"svg.fonttype": "none" if as_text else "path", "font.sans-serif": ["DejaVu Sans"]}
    with mpl.rc_context({**_STYLE, **fonts}), warnings.catch_warnings():
        # Names may be written in letters that the font lacks: a box says enough.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format=kind, dpi=DPI, metadata=known[kind])


def axes_or_new(ax: Axes | None) -> Axes:
    """Axes that were given, or the only ones of a new figure of pyplot.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Axes to draw on.
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        return plt.figure(figsize=(6, 4), layout="constrained").add_subplot()


def bare(axes: Axes) -> Axes:
    """Axes without ticks and frame.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes to strip.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    axes.set_xticks([])
    axes.set_yticks([])
    sides: tuple[Literal["left", "bottom"], ...] = ("left", "bottom")
    for side in sides:
        axes.spines[side].set_visible(False)
    return axes
