"""What every figure stands on: a paper, a palette, a style, axes on whole pixels.

One look, light and dark: a paper of its own colour under everything, and a
palette that colour-blind people can tell apart (Okabe and Ito 2008). And one style: a figure of
ours is evidence, so nothing that somebody set for figures of their own may change it.
"""

from __future__ import annotations

import bisect
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forensics.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

__all__ = [
    "AXIS_COLORS",
    "DPI",
    "INK",
    "MUTED",
    "PAPER",
    "TITLE_SIZE",
    "axes_or_new",
    "bare",
    "color_bar",
    "color_map",
    "drawn_width",
    "filled",
    "house_style",
    "log_scale",
    "new_figure",
    "pixel_size",
    "placed_axes",
    "placed_text",
    "shortened",
    "title",
]

DPI = 100
"""Pixels an inch that figures are laid out by; files for print have more."""
PAPER, INK, MUTED = "#fbfaf7", "#1f2328", "#6a6f76"
AXIS_COLORS = {"rows": "#0072b2", "columns": "#d55e00"}

_STYLE: Any = {
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.formatter.useoffset": False,
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
    # This one comes with matplotlib; with others behind it, the letters that it lacks would
    # be those of whatever else a machine has.
    "font.family": ["DejaVu Sans"],
    "svg.hashsalt": "catforensics",
}
_KEPT = {"backend", "backend_fallback", "interactive"}
"""Settings that are no style: whatever windows the user has open go on as they are."""
_ALONE = threading.RLock()
_INSIDE: list[bool] = []
"""Not empty while a block runs in the house style."""


@contextmanager
def house_style() -> Iterator[None]:
    """Our style on matplotlib's own defaults, in place of the user's settings.

    Whatever draws a figure that is a result draws within it, and saves it within it too: some
    settings count when an artist is made, others when it is drawn. One thread at a time, for
    matplotlib's settings are those of the whole process. A function that is decorated with it
    runs within it. Where the user hands axes over, or has a figure of pyplot made, their
    settings are their wish, and this is left out.

    Yields
    ------
    None
        The block runs once.

    Raises
    ------
    ParameterError
        Matplotlib cannot be loaded with what the user has set.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> with mpl.rc_context({"image.origin": "lower"}), house_style():
    ...     print(mpl.rcParams["image.origin"])
    upper
    """
    with _ALONE:
        if _INSIDE:
            yield
            return
        mpl = _loaded()
        with mpl.rc_context(), warnings.catch_warnings():
            # Names may be written in letters that the font lacks: a box says enough.
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            mpl.rcParams.update(_defaults() | _STYLE)
            _INSIDE.append(True)
            try:
                yield
            finally:
                _INSIDE.clear()


def _loaded() -> Any:
    try:
        import matplotlib as mpl
    except ValueError as error:  # a matplotlibrc that is no UTF-8, a backend that does not exist
        raise ParameterError(
            f"matplotlib does not start with what is set for it ({error}): mend or remove your "
            "matplotlibrc, and MPLBACKEND"
        ) from error
    return mpl


def _defaults() -> dict[str, Any]:
    """What matplotlib comes with, but for what is no style."""
    import matplotlib as mpl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mpl.MatplotlibDeprecationWarning)
        return {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if key not in _KEPT}


def color_map(name: str) -> Colormap:
    """Colour map of 256 colours, however many the user's settings give to one.

    Parameters
    ----------
    name : str
        Name of the map, as matplotlib has it.

    Returns
    -------
    matplotlib.colors.Colormap
        A copy.
    """
    import matplotlib as mpl

    return mpl.colormaps[name].resampled(256)


@house_style()
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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (width / DPI, height / DPI)
    figure = Figure(figsize=size, dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)  # by name: the one of the user's choice may open windows
    # Axes are placed by pixels, so no layout of the user's may move them.
    figure.set_layout_engine("none")
    return figure


@house_style()
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
    full_width, full_height = figure.get_size_inches() * DPI
    bottom = full_height - top - height
    box = (left / full_width, bottom / full_height, width / full_width, height / full_height)
    return figure.add_axes(box)


@house_style()
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


@house_style()
def filled(text: str, width: float, fontsize: float) -> list[str]:
    """Lines of a text, each no wider than so many pixels where it is drawn.

    By the letters' own widths, so that a column is full of words and nothing runs over,
    whatever somebody wrote into a file.

    Parameters
    ----------
    text : str
        Broken at spaces, but not at no-break spaces; longer words wherever they must.
    width : float, pixels
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
        if drawn_width(longer, fontsize) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if drawn_width(lines[-1] + letter, fontsize) > width:
                lines.append("")
            lines[-1] += letter
    return lines


@house_style()
def shortened(name: str, width: float, fontsize: float) -> str:
    """End of a name, which tells more than its beginning, where all of it would not fit.

    Parameters
    ----------
    name : str
        Name to shorten.
    width : float, pixels
        Room that there is for it.
    fontsize : float, points
        Size of the letters.

    Returns
    -------
    str
        The name itself where there is room for it.

    Examples
    --------
    >>> shortened("a-long-name-of-many-cats-7.jpg", 100, 10)
    '...cats-7.jpg'
    """
    if len(name) <= _LONGEST and drawn_width(name, fontsize) <= width:
        return name
    ends = [f"...{name[start:]}" for start in range(max(0, len(name) - _LONGEST), len(name) + 1)]
    # The shorter, the narrower: the first that fits is found by halving.
    fits = bisect.bisect_left(
        ends, True, hi=len(ends) - 1, key=lambda end: drawn_width(end, fontsize) <= width
    )
    return ends[fits]


_LONGEST = 400
"""Letters of a name that are looked at; no more go on a line of any figure."""


@lru_cache(maxsize=4096)
@house_style()
def drawn_width(text: str, fontsize: float) -> float:
    """Width of a text in the regular font.

    Parameters
    ----------
    text : str
        Text in one line.
    fontsize : float, points
        Size of the letters.

    Returns
    -------
    float
        Pixels that it takes where it is drawn.
    """
    from matplotlib.backends.backend_agg import get_hinting_flag
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    font.set_size(fontsize, DPI)
    font.set_text(text, 0.0, flags=get_hinting_flag())  # type: ignore[no-untyped-call]
    width: float = font.get_width_height()[0] / 64
    return width


def pixel_size(axes: Axes) -> tuple[float, float]:
    """Room that axes have, before an aspect takes some of it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes to measure.

    Returns
    -------
    (float, float), pixels
        Width and height, where an inch has as many pixels as figures are laid out by.
    """
    box, figure = axes.get_window_extent(), axes.get_figure(root=True)
    scale = 1 if figure is None else DPI / figure.dpi
    return box.width * scale, box.height * scale


TITLE_SIZE = 11.5
"""Points of the letters of a title."""
_LEAST_TITLE = 240


def title(axes: Axes, *paragraphs: str, width: float | None = None) -> None:
    """Write the finding over a figure, at the left where reading starts.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that show the finding.
    *paragraphs : str
        The finding, without a full stop; each begins a line of its own.
    width : float, pixels
        Room that there is before lines are broken; by default that of the axes, or 240.
    """
    if width is None:
        width = max(pixel_size(axes)[0], _LEAST_TITLE)
    lines = [line for one in paragraphs for line in filled(one, width, TITLE_SIZE)]
    # A file name may hold dollar signs.
    axes.set_title("\n".join(lines), loc="left", fontsize=TITLE_SIZE, parse_math=False)


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


def log_scale(axes: Axes, *, bottom: float | None = None) -> None:
    """Give axes a logarithmic scale upwards, of two decades at least, labelled at the decades.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that something is drawn on.
    bottom : float, optional
        Lowest value; that of what is drawn by default.
    """
    from matplotlib.ticker import NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())  # 2, 3, 4 and 6 would crowd few decades
    # By all that is drawn, also on axes that share the scale, for the next line may go beyond
    # the limits of the last.
    drawn = [one.dataLim for one in axes.get_shared_y_axes().get_siblings(axes)]
    low = min(one.minposy for one in drawn) / _AROUND if bottom is None else bottom
    high = max(one.y1 for one in drawn if np.isfinite(one.y1))
    axes.set_ylim(low, max(high * _AROUND, 100 * low))


_AROUND = 1.4
"""Factor between what is drawn and the ends of a logarithmic axis."""
_BAR = (150, 8)
"""Pixels that the scale of a map is wide and high, where there is room."""
_LEAST_BAR, _NARROW, _ALONE_WIDE, _PAST_TICK, _BAR_TEXT = 70, 160, 400, 20, 8.5


def color_bar(artist: AxesImage, ticks: Mapping[float, str], unit: str, *, below: int = 8) -> None:
    """Draw the scale of a map under its left corner, with its unit beside it.

    Parameters
    ----------
    artist : matplotlib.image.AxesImage
        Map that the scale is of.
    ticks : mapping of float to str
        What is written at which values.
    unit : str
        Unit of the values, and what else there is to say of them.
    below : int, pixels
        Distance from the axes: room for their own ticks and label.
    """
    from matplotlib.transforms import ScaledTranslation

    axes = artist.axes
    figure = axes.get_figure(root=True)
    if figure is None:
        raise AssertionError("artists that are drawn are on a figure")
    room, _ = pixel_size(axes)
    wide = min(_BAR[0], max(_LEAST_BAR, 0.4 * room))
    # Beside narrow axes there is nothing; beside others there may be the next.
    lines = filled(unit, _ALONE_WIDE if room < _NARROW else room - wide - _PAST_TICK, _BAR_TEXT)
    width, height = wide / DPI, _BAR[1] / DPI
    # In inches from the corner of the axes, wherever a layout or an aspect puts them.
    corner: Any = axes.transAxes
    place = figure.dpi_scale_trans + ScaledTranslation(0, 0, corner)
    bar = axes.inset_axes((0, -below / DPI - height, width, height), transform=place)
    scale = figure.colorbar(artist, cax=bar, orientation="horizontal", ticks=[*ticks])
    scale.outline.set_visible(False)
    solids: Any = scale.solids
    solids.set_rasterized(True)  # 256 little fields otherwise, wherever there are no pixels
    bar.set_xticks([*ticks], [*ticks.values()])
    bar.tick_params(axis="x", labelsize=_BAR_TEXT, length=2, pad=1)
    bar.yaxis.set_label_position("right")
    bar.set_ylabel(
        "\n".join(lines),
        rotation=0,
        y=0.5 if len(lines) == 1 else 1,
        ha="left",
        va="center" if len(lines) == 1 else "top",
        fontsize=_BAR_TEXT,
        labelpad=8 if len(lines) == 1 else _PAST_TICK,
    )
