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
    """Return an empty figure of so many pixels, in the house style.

    Parameters
    ----------
    width, height : int, pixels

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    size = (width / DPI, height / DPI)
    figure = Figure(figsize=size, dpi=DPI, facecolor=PAPER)
    # Axes are placed by pixels, so no layout of the user's may move them.
    figure.set_layout_engine("none")
    return figure


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


def placed_text(figure: Figure, left: int, top: int, text: str, **looks: Any) -> Text:
    """Write on a figure at pixel coordinates, counted from the top left corner.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    left, top : int, pixels
        Of the text's own top left corner.
    text : str
        As it is: a dollar sign is a dollar sign.
    **looks
        As matplotlib's `Text` has them.

    Returns
    -------
    matplotlib.text.Text
    """
    full_width, full_height = figure.get_size_inches() * DPI
    looks = {"color": INK, "va": "top", "parse_math": False, **looks}
    return figure.text(left / full_width, 1 - top / full_height, text, **looks)


def filled(text: str, width: int, fontsize: float) -> list[str]:
    """Break text into lines that are no wider than so many pixels where they are drawn.

    By the letters' own widths, so that a column is full of words and nothing runs over,
    whatever somebody wrote into a file.

    Parameters
    ----------
    text : str
        Broken at spaces, but not at no-break spaces; longer words wherever they must.
    width : int, pixels
    fontsize : float, points

    Returns
    -------
    list of str
        At least one.

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
    """Write the finding over a figure, at the left where reading starts."""
    axes.set_title(text, loc="left", parse_math=False)  # a file name may hold dollar signs


def save_figure(
    figure: Figure,
    file: IO[bytes] | str | os.PathLike[str],
    kind: str,
    *,
    as_text: bool = False,
) -> None:
    """Draw a figure into an open file, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    file : binary file or path
    kind : {"png", "svg", "pdf"}
    as_text : bool
        Keep the words of an SVG as words, in the letters of whoever looks at it, not as
        outlines.
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
    """Return the axes given, or the only ones of a new figure of pyplot."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        return plt.figure(figsize=(6, 4), layout="constrained").add_subplot()


def bare(axes: Axes) -> Axes:
    """Take the ticks and the frame off."""
    axes.set_xticks([])
    axes.set_yticks([])
    sides: tuple[Literal["left", "bottom"], ...] = ("left", "bottom")
    for side in sides:
        axes.spines[side].set_visible(False)
    return axes
