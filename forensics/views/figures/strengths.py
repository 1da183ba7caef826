"""How strong the signs of a generator are in one picture, beside pictures of known origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensics.views.figures.canvas import AXIS_COLORS, INK, MUTED, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["show_strengths"]

_COLORS = (AXIS_COLORS["columns"], AXIS_COLORS["rows"])
_LEAST, _MOST = -2.0, 10.0
"""Log odds at the ends of the axis; what is beyond is drawn there."""
_APART = 0.22
"""Of a row: from its middle to the two sets."""


def show_strengths(
    strengths: Mapping[str, float],
    sets: Mapping[str, NDArray[Any]],
    *,
    certain: float,
    ax: Axes | None = None,
) -> Line2D:
    """Draw the log odds of each sign: a mark for the picture, boxes for sets of known origin.

    Boxes hold the middle half of a set, whiskers nine in ten. From the line on, all signs together
    convince.

    Parameters
    ----------
    strengths : mapping of str to float
        Log odds that each sign adds in the picture; the first comes to the top.
    sets : mapping of str to ndarray, shape (n, 5), float
        For each set by its name: the 5th, 25th, 50th, 75th and 95th percentile of every sign.
    certain : float
        Log odds at which the line is drawn.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.lines.Line2D
        Marks of the picture.
    """
    axes = axes_or_new(ax)
    rows = np.arange(len(strengths), dtype=np.float64)
    axes.axvline(certain, color=MUTED, linewidth=1, linestyle=(0, (2, 3)), zorder=0)
    for number, (name, found) in enumerate(sets.items()):
        at = rows + _APART * (2 * number - len(sets) + 1)
        _boxes(axes, at, np.clip(found, _LEAST, _MOST), _COLORS[number % 2], name)
    (marks,) = axes.plot(
        np.clip([*strengths.values()], _LEAST, _MOST),
        rows,
        color=INK,
        marker="D",
        markersize=7,
        linestyle="none",
        label="this picture",
        clip_on=False,
        zorder=3,
    )
    axes.set_yticks(rows, [*strengths])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(_LEAST - 0.15, _MOST + 0.15)
    axes.set_xticks(range(int(_LEAST), int(_MOST) + 1, 2))
    axes.set_xlabel("log odds, natural; what is beyond either end stands there")
    _legend(axes)
    return marks


def _boxes(axes: Axes, rows: NDArray[Any], found: NDArray[Any], color: str, name: str) -> None:
    low, left, middle, right, high = found.T
    axes.hlines(rows, low, high, color=color, linewidth=1.2)
    axes.barh(rows, right - left, 0.24, left=left, color=color, alpha=0.45, linewidth=0, label=name)
    axes.plot(middle, rows, color=color, marker="|", markersize=11, linestyle="none")


def _legend(axes: Axes) -> None:
    handles: Sequence[Any]
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=len(labels),
        frameon=False,
        fontsize=9,
    )
