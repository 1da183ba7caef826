"""Parts that several sheets share: a profile beside its spectrum, a footnote, a name that fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forensics._typing import ProfileKind
from forensics.traces.periods import Bands
from forensics.traces.profiles import LineProfile
from forensics.views.figures import (
    DPI,
    INK,
    MARKED_PERIODS,
    TITLE_SIZE,
    drawn_width,
    filled,
    label_periods,
    placed_axes,
    placed_text,
    shortened,
    show_line_profile,
    show_spectrum,
    title,
)
from forensics.views.results.sentences import render_p

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "LEFT",
    "PANEL",
    "RIGHT",
    "fitted",
    "footnote",
    "footnote_height",
    "label_bands",
    "line_legend",
    "narrow_ticks",
    "profile_pair",
    "shown_height",
]

LEFT, RIGHT, PANEL = 72, 690, 512
"""Pixels from the left of a sheet to its two columns of plots, and their width."""
_TURNED = 5
"""EXIF orientation from which rows and columns change places."""


def profile_pair(
    figure: Figure,
    top: int,
    profiles: Sequence[LineProfile],
    finding: str,
    *,
    height: int = 170,
) -> Axes:
    """One kind of profile on the left, titled with what was found, and its spectrum.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        1240 pixels wide.
    top : int, pixels
        Distance from the top of the figure.
    profiles : sequence of LineProfile
        Profiles of one kind, of rows and of columns.
    finding : str
        Finding for the title, as from `render_finding`.
    height : int, pixels
        Height of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Axes of the spectrum, to be annotated.
    """
    kind = profiles[0].kind
    left = placed_axes(figure, LEFT, top, PANEL, height)
    right = placed_axes(figure, RIGHT, top, PANEL, height)
    for profile in profiles:
        show_line_profile(profile, ax=left)
        show_spectrum(profile, ax=right)
    narrow_ticks(left)
    title(left, f"{kind.capitalize()}: {finding}")
    line_legend(right)
    return right


def narrow_ticks(axes: Axes) -> None:
    """Keep long numbers beside axes from pushing their label off the sheet.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes of a profile, `PANEL` pixels wide.
    """
    axes.set_ylabel(axes.get_ylabel(), fontsize=9.5, labelpad=2)
    axes.tick_params(axis="y", labelsize=9)


def line_legend(axes: Axes) -> None:
    """Name rows and columns over a spectrum, where they hide nothing.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that `show_spectrum` drew on.
    """
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.98), ncols=2, frameon=False)


def shown_height(shape: tuple[int, int], orientation: int, tallest: int) -> int:
    """Height of a picture in a column of a sheet, as it is turned.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the stored picture.
    orientation : int
        EXIF orientation, 1 to 8.
    tallest : int, pixels
        Most that there is room for.

    Returns
    -------
    int, pixels
        Where it is as wide as the column, or as tall as may be.
    """
    rows, columns = shape if orientation < _TURNED else shape[::-1]
    return max(40, min(tallest, round(PANEL * rows / columns)))


def label_bands(axes: Axes, bands: Bands, kind: ProfileKind) -> None:
    """Write at their lines the p-values of all periods found, and of those that are marked.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that `show_spectrum` drew on.
    bands : Bands
        Bands of the lines, from `line_bands`.
    kind : {"signed", "first", "second"}
        Kind of the profiles that were drawn.
    """
    shown = [
        one
        for one in bands.tested
        if one.profile == kind and (one.found or one.period in MARKED_PERIODS)
    ]
    for one in shown:
        if one.found:
            axes.axvline(1 / one.period, color=INK, linewidth=0.9, zorder=0.5)
    label_periods(
        axes,
        {one.period: (render_p(one.p_holm),) for one in shown},
        bold=[one.period for one in shown if one.found],
    )


_NOTE_SIZE, _NOTE_LINE, _NOTE_LEFT = 8.5, 16, 20


def footnote_height(width: int, sentences: Sequence[str]) -> int:
    """Room that a footnote takes.

    Parameters
    ----------
    width : int, pixels
        Width of the column that it is written in.
    sentences : sequence of str
        Its sentences.

    Returns
    -------
    int, pixels
        With the margins above and below.
    """
    return _NOTE_LINE * len(filled(" ".join(sentences), width, _NOTE_SIZE)) + 16


def footnote(figure: Figure, sentences: Sequence[str]) -> None:
    """Write at the foot of a sheet what must stand beside every result.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Sheet to write on.
    sentences : sequence of str
        Sentences to write, such as warnings.
    """
    width, height = (round(side * DPI) for side in figure.get_size_inches())
    lines = filled(" ".join(sentences), width - 2 * _NOTE_LEFT, _NOTE_SIZE)
    for number, line in enumerate(lines):
        top = height - 8 - _NOTE_LINE * (len(lines) - number)
        placed_text(figure, _NOTE_LEFT, top, line, fontsize=_NOTE_SIZE)


def fitted(name: str, rest: str, width: float, fontsize: float = TITLE_SIZE) -> str:
    """A line that begins with a name, of which there is as much as there is room for.

    Parameters
    ----------
    name : str
        Name of a picture or a set, however long.
    rest : str
        What follows it.
    width : float, pixels
        Room for both.
    fontsize : float, points
        Size of the letters.

    Returns
    -------
    str
        The end of the name tells more than its beginning, so that is kept.

    Examples
    --------
    >>> fitted("a-name-longer-than-there-is-room-for-7.jpg", ": 3 pictures", 200)
    '...m-for-7.jpg: 3 pictures'
    """
    return f"{shortened(name, width - drawn_width(rest, fontsize), fontsize)}{rest}"
