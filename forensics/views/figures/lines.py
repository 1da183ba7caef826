"""Line profiles and their spectra, drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.periods import ratio_spectrum
from forensics.traces.profiles import LineProfile
from forensics.views.figures.canvas import (
    AXIS_COLORS,
    DPI,
    INK,
    MUTED,
    axes_or_new,
    drawn_width,
    filled,
    log_scale,
    pixel_size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["label_periods", "show_line_profile", "show_spectrum", "show_typical_spectrum"]

MARKED_PERIODS = (2, 8)
_SMALL = 1e-3
"""Counts below which ticks are written as powers of ten."""
_LOWEST_SHOWN = 1 / 28
"""Cycles a pixel below which the running median has emptied the spectrum."""


def show_line_profile(profile: LineProfile, *, ax: Axes | None = None) -> Line2D:
    """Draw a line profile against the number of the line.

    Parameters
    ----------
    profile : LineProfile
        Profile to draw.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of the profile.

    See Also
    --------
    show_spectrum : Its spectrum.
    """
    axes = axes_or_new(ax)
    lines = np.arange(1, len(profile.values) + 1)
    (line,) = axes.plot(
        lines, profile.values, color=AXIS_COLORS[profile.axis], linewidth=0.7, label=profile.axis
    )
    axes.set_xlabel("line (pixels)")
    axes.set_ylabel(f"{profile.kind} (counts)")
    axes.margins(x=0.01)
    axes.yaxis.set_major_formatter(_number)
    return line


def _number(value: float, _place: float = 0.0) -> str:
    """A tick in few letters, whatever the scale: what is beside it must not be pushed away."""
    return f"{value:.4g}" if value == 0 or abs(value) >= _SMALL else f"{value:.0e}"


def show_spectrum(profile: LineProfile, *, ax: Axes | None = None) -> Line2D:
    """Draw the spectrum of a line profile, as a ratio to its local noise level.

    Periods 2 and 8 are marked. What sticks out there, and is not much below
    10, is a trace.

    Parameters
    ----------
    profile : LineProfile
        Profile whose spectrum is drawn, of at least 64 values.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of the spectrum.

    See Also
    --------
    show_line_profile : The profile itself.
    show_power_spectrum : A spectrum in two dimensions.
    """
    axes = axes_or_new(ax)
    frequency, ratios = _shown(ratio_spectrum(profile))
    (line,) = axes.plot(
        frequency, ratios, color=AXIS_COLORS[profile.axis], linewidth=0.9, label=profile.axis
    )
    _count_periods(axes)
    return line


def show_typical_spectrum(ratios: NDArray[Any], *, ax: Axes | None = None) -> tuple[Line2D, Line2D]:
    """Draw what the spectra of one kind of profile are like in a set, picture by picture.

    Lines are the median picture's, the shades around them hold nine pictures in ten.

    Parameters
    ----------
    ratios : ndarray, shape (2, 3, F), float
        For rows and columns, the 5th, 50th and 95th percentile of `ratio_spectrum` over the
        pictures of a set.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    two matplotlib.lines.Line2D
        Lines of rows and of columns.
    """
    axes = axes_or_new(ax)
    lines = []
    for (axis, color), (low, middle, high) in zip(AXIS_COLORS.items(), ratios, strict=True):
        frequency, least = _shown(low)
        most = _shown(high)[1]
        axes.fill_between(frequency, least, most, color=color, alpha=0.18, linewidth=0)
        lines += axes.plot(frequency, _shown(middle)[1], color=color, linewidth=0.9, label=axis)
    _count_periods(axes)
    rows, columns = lines
    return rows, columns


def _shown(ratios: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Frequencies and ratios, without those that the running median has emptied."""
    frequency = np.linspace(0, 0.5, len(ratios))
    shown = frequency > _LOWEST_SHOWN
    return frequency[shown], np.maximum(ratios[shown], 0.1)


def _count_periods(axes: Axes) -> None:
    """Axes of a spectrum of lines: periods in pixels, 2 and 8 marked."""
    log_scale(axes, bottom=0.1)
    axes.set_xlim(0, 0.503)
    for period in MARKED_PERIODS:
        axes.axvline(1 / period, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_xticks([1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2], ["16", "8", "4", "8/3", "2"])
    axes.set_xlabel("period (pixels)")
    axes.set_ylabel("power / local noise")


_LABEL_SIZE = 8
_LINE = 1.25 * _LABEL_SIZE * DPI / 72
_BOLD = 1.13
"""Width of bold letters in widths of regular ones."""
_BESIDE = 4
"""Pixels between a label and the line that it is of."""
_MOST = 0.6
"""Of the height of a spectrum: what labels take at most above the line."""


def label_periods(
    axes: Axes, labels: Mapping[float, Sequence[str]], *, bold: Collection[float] = ()
) -> None:
    """Write at the lines of periods what was found there, above the spectrum.

    Each label keeps to the column left of its line; what is too wide for that stands upright.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that `show_spectrum` drew on.
    labels : mapping of float to sequence of str
        Lines of words, for every period in pixels that is labelled.
    bold : collection of float
        Periods whose labels are in bold letters.
    """
    width, height = pixel_size(axes)
    left, right = axes.get_xlim()
    before, tallest = left, 0.0
    for period in sorted(labels, reverse=True):
        room = (1 / period - before) / (right - left) * width - 2 * _BESIDE
        lines, upright = _fitted(labels[period], room, height)
        longest = max(drawn_width(line, _LABEL_SIZE) for line in lines)
        tallest = max(tallest, longest if upright else _LINE * len(lines))
        axes.annotate(
            "\n".join(lines),
            (1 / period, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-_BESIDE * 72 / DPI, -1),
            textcoords="offset points",
            ha="right",
            va="top",
            rotation=90 if upright else 0,
            fontsize=_LABEL_SIZE,
            color=INK,
            weight="bold" if period in bold else "normal",
            parse_math=False,
        )
        before = 1 / period
    _lift(axes, min(tallest / height, _MOST))


def _fitted(words: Sequence[str], room: float, height: float) -> tuple[list[str], bool]:
    """Lines that fit into a column, and whether they have to stand upright for that."""
    wide = room / _BOLD
    parts = [part for one in words for part in one.split(" ")]
    if any(drawn_width(part, _LABEL_SIZE) > wide for part in parts):
        lines = _upright(", ".join(words), max(1, int(room / _LINE)))
        while len(words) > 1 and max(drawn_width(x, _LABEL_SIZE) for x in lines) * _BOLD > height:
            words = ("...", *words[2:])
            lines = _upright(", ".join(words), max(1, int(room / _LINE)))
        return lines, True
    return [line for one in words for line in filled(one, wide, _LABEL_SIZE)], False


def _upright(text: str, most: int) -> list[str]:
    """At most so many lines, as short as they can be."""
    wide = drawn_width(text, _LABEL_SIZE)
    return next(
        lines
        for parts in range(most, 0, -1)
        if len(lines := filled(text, 1.2 * wide / parts, _LABEL_SIZE)) <= most
    )


def _lift(axes: Axes, share: float) -> None:
    """Leave so much of the height above what is drawn on a logarithmic axis."""
    low, high = axes.get_ylim()
    highest = max(10 * low, axes.dataLim.y1)
    axes.set_ylim(low, max(high, low * (highest / low) ** (1 / (1 - share))))
