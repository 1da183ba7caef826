"""Line profiles and their spectra, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.periods import ratio_spectrum
from forensics.traces.profiles import LineProfile
from forensics.views.figures.canvas import AXIS_COLORS, MUTED, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["show_line_profile", "show_spectrum", "show_typical_spectrum"]

MARKED_PERIODS = (2, 8)
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
    return line


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
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.1)
    axes.set_xlim(0, 0.503)
    for period in MARKED_PERIODS:
        axes.axvline(1 / period, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_xticks([1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2], ["16", "8", "4", "8/3", "2"])
    axes.set_xlabel("period (pixels)")
    axes.set_ylabel("power / local noise")
