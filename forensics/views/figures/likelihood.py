"""Likelihood ratios of a classifier, drawn as courts are shown them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.likelihood import VERBAL_SCALE, tippett
from forensics.errors import EmptySetError
from forensics.views.figures.canvas import AXIS_COLORS, INK, MUTED, PAPER, axes_or_new
from forensics.views.figures.canvas import title as write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["show_tippett"]

_COLORS = (INK, AXIS_COLORS["columns"], AXIS_COLORS["rows"], "#009e73", "#cc79a7")
_MARKS = ("o", "s", "^", "D", "v")
_STROKES: tuple[Any, ...] = ("-", (0, (4, 2)))
"""Of generated and of real pictures, whose marks are hollow."""
_LEAST, _MOST = 3, 8
"""Powers of ten that either half of the axis shows at least and at most."""
_TICKS = 9
_SCALE_SIZE = 7.5
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def show_tippett(
    found: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    title: str = "",
    ax: Axes | None = None,
) -> tuple[Line2D, ...]:
    """Draw the shares of generated and of real pictures with at least each likelihood ratio.

    At the line, a ratio of 1, one reads how many are misled: what the solid curve lacks of
    100 %, and the height of the dashed one. The words at the top say how strong a ratio
    is, for a generator to the right of the line and against one to the left.

    Parameters
    ----------
    found : mapping of str to (ndarray, ndarray), each of shape (n,), float64
        By name, as the legend is to have it: log likelihood ratios, natural, of generated
        and of real pictures.
    title : str
        Written over the figure.
    ax : matplotlib.axes.Axes, optional
        With room for the words above it, about 60 pixels, and for the legend below it,
        about 90; the horizontal axis is that of decimal logarithms.

    Returns
    -------
    tuple of matplotlib.lines.Line2D
        Two for each name, in the order of `found`: generated, then real.

    Raises
    ------
    EmptySetError
        `found` is empty, or one of its sets.
    ParameterError
        Ratios are not a row of finite numbers.
    """
    if not found:
        raise EmptySetError("no condition is given: pass the likelihood ratios of one at least")
    curves = {name: tippett(*ratios) for name, ratios in found.items()}
    ends = [(ratios[0], ratios[-1]) for ratios, _, _ in curves.values()]
    left = -_reach(-min(low for low, _ in ends))
    right = _reach(max(high for _, high in ends))
    axes = axes_or_new(ax)
    _words(axes, left, right)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    lines = []
    for (name, (ratios, *shares)), color, mark in zip(
        curves.items(), cycle(_COLORS), cycle(_MARKS), strict=False
    ):
        powers = ratios / math.log(10)
        places = np.array([min(left, powers[0]), *powers, max(right, powers[-1])])
        for share, stroke in zip(shares, _STROKES, strict=True):
            lines += axes.plot(
                places,
                np.array([1, *share, 0]),
                color=color,
                linestyle=stroke,
                linewidth=1.6,
                drawstyle="steps-pre",
                marker=mark if len(found) > 1 else None,  # so that black and white is enough
                markerfacecolor=PAPER if stroke is not _STROKES[0] else None,
                markersize=4.5,
                markevery=0.12,
                label=name,
            )
    axes.set_xlim(left, right)
    axes.set_ylim(-0.01, 1.01)
    _ticks(axes, left, right)
    axes.set_xlabel("against a generator  ←  likelihood ratio  →  for a generator")
    axes.set_ylabel("pictures with at least this ratio")
    _legend(axes, lines)
    if title:
        write_title(axes, title)
    return tuple(lines)


def _reach(furthest: float) -> int:
    """Powers of ten that one half of the axis shows, given its furthest log ratio."""
    return min(max(_LEAST, math.ceil(furthest / math.log(10))), _MOST)


def _words(axes: Axes, left: int, right: int) -> None:
    """The words of the verbal scale above the axes, and a band below every second one."""
    bounds = [*(math.log10(bound) for bound, _ in VERBAL_SCALE), math.inf]
    said = {}
    for number, (_, word) in enumerate(VERBAL_SCALE):
        low, high = bounds[number : number + 2]
        for start, end in ((low, min(high, right)), (max(-high, left), -low)):
            if start >= end:
                continue
            said[(start + end) / 2] = word.replace(" ", "\n")
            if number % 2 == 0:
                axes.axvspan(start, end, color=MUTED, alpha=0.09, linewidth=0, zorder=0)
    top = axes.secondary_xaxis("top")
    top.set_ticks([*said], [*said.values()])
    top.tick_params(axis="x", length=0, labelsize=_SCALE_SIZE, labelrotation=90, labelcolor=MUTED)
    for label in top.get_xticklabels():
        label.set_multialignment("left")
    top.spines["top"].set_visible(False)


def _ticks(axes: Axes, left: int, right: int) -> None:
    from matplotlib.ticker import PercentFormatter

    step = math.ceil((right - left) / _TICKS)
    powers = [power for power in range(left, right + 1) if power % step == 0]
    axes.set_xticks(powers, [_ratio(power) for power in powers])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _ratio(power: int) -> str:
    return f"10{str(power).translate(_RAISED)}" if power else "1"


def _legend(axes: Axes, lines: list[Line2D]) -> None:
    from matplotlib.lines import Line2D

    kinds = [
        Line2D([], [], color=INK, linestyle=stroke, linewidth=1.6, label=kind)
        for stroke, kind in zip(_STROKES, ("generated", "real"), strict=True)
    ]
    shown = [*kinds, *lines[::2]] if len(lines) > 2 else kinds
    legend = axes.legend(
        handles=shown,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        borderaxespad=4.5,  # below the label of the axis, for curves run everywhere
        ncols=min(max(2, math.ceil(len(shown) / 2)), 4),
        fontsize=9,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name may hold dollar signs
