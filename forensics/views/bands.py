"""The significant bands of one picture: in words, and marked in its spectra with their causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forensics.detection.attribution import PeriodCause
from forensics.views.figures import INK
from forensics.views.sentences import listed, render_p, render_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bands_found", "mark_bands"]

_ROOM = 0.7
"""Of the height of a spectrum, on its logarithmic axis: what the words take above it."""


def bands_found(bands: Sequence[PeriodCause]) -> str:
    """What the marks say, without a full stop: only bands that need a cause.

    Parameters
    ----------
    bands : sequence of PeriodCause
        Of one kind of profile.

    Examples
    --------
    >>> bands_found([])
    'No bands at any tested period'
    """
    if not bands:
        return "No bands at any tested period"
    periods = sorted({one.banding.period for one in bands})
    strongest = render_p(min(one.banding.p_holm for one in bands))
    return f"Bands every {listed([*map(render_period, periods)])} pixels ({strongest})"


def mark_bands(axes: Axes, bands: Sequence[PeriodCause]) -> None:
    """Mark every significant period in a spectrum of lines, with its causes and its chance.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where `show_spectrum` drew it.
    bands : sequence of PeriodCause
        Of the same kind of profile.
    """
    low, high = axes.get_ylim()
    axes.set_ylim(low, max(high, 100) * (max(high, 100) / low) ** _ROOM)
    for one in bands:
        axes.axvline(1 / one.banding.period, color=INK, linewidth=0.9, zorder=0.5)
        axes.annotate(
            "\n".join((*one.causes, render_p(one.banding.p_holm))),
            (1 / one.banding.period, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4, -1),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7.8,
            weight="bold" if "generator" in one.causes else "normal",
        )
