"""How well a classifier does, drawn: what it finds, what its scores mean, what it survives.

Lines differ in stroke and marks in shape, so that black and white is enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.performance.accuracy import BINS, Metrics
from forensics.detection.performance.likelihood import VERBAL_SCALE, tippett
from forensics.errors import EmptySetError
from forensics.views.figures.canvas import (
    AXIS_COLORS,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    pixel_size,
    shortened,
)
from forensics.views.figures.canvas import title as write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.lines import Line2D

__all__ = [
    "show_calibration",
    "show_robustness",
    "show_roc",
    "show_tippett",
]

_COLORS = (INK, AXIS_COLORS["columns"], AXIS_COLORS["rows"], "#009e73", "#cc79a7")
_STROKES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))
_DOTTED: Any = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (2, 3)), "zorder": 0}
_FALSE_RATES = {0.001: "0.1 %", 0.01: "1 %", 0.1: "10 %", 1.0: "100 %"}
_APART = 0.17
"""Of a row: half the distance between the two marks in it."""
_COUNT_SIZE = 7.5
_NAME_SIZE = 10.5


def show_roc(found: Mapping[str, Metrics], *, ax: Axes | None = None) -> tuple[Line2D, ...]:
    """Draw the share of generated pictures that are found at every share of false positives.

    The false positives are on a logarithmic axis, for those who use a detector have
    few generated pictures among many real ones. It begins at a tenth of one picture,
    which stands for none. Only the corners of the steps can be reached.

    Parameters
    ----------
    found : mapping of str to Metrics
        Metrics by name, as the legend is to have it.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    tuple of matplotlib.lines.Line2D
        Curves in the order of `found`.

    Raises
    ------
    EmptySetError
        `found` is empty.
    """
    _check_any(found)
    axes = axes_or_new(ax)
    left = 1 / (10 * max(one.n_real for one in found.values()))
    lines = []
    for (name, one), color, stroke in zip(
        found.items(), cycle(_COLORS), cycle(_STROKES), strict=False
    ):
        fpr, tpr = one.roc
        lines += axes.plot(
            np.maximum(fpr, left),
            tpr,
            color=color,
            linestyle=stroke,
            linewidth=1.6,
            drawstyle="steps-post",
            label=f"{_named(axes, name)}, AUC {_area(one.auc)}",
        )
    chance = np.geomspace(left, 1, 200)
    axes.plot(chance, chance, **_DOTTED)
    for rate in (0.001, 0.01):
        axes.axvline(rate, **_DOTTED)
    axes.set_xscale("log")
    axes.set_xlim(left, 1)
    axes.set_ylim(0, 1.01)
    axes.set_xticks(*_rate_ticks(left))
    axes.minorticks_off()
    axes.get_xticklabels()[-1].set_horizontalalignment("right")  # it stands at the very end
    _percent(axes, "y")
    axes.set_xlabel("real pictures called generated")
    axes.set_ylabel("generated pictures found")
    legend = axes.legend(loc="lower right", fontsize=9, facecolor=PAPER, edgecolor="none")
    legend.set_frame_on(True)  # a curve may run below it
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name may hold dollar signs
    return tuple(lines)


def show_calibration(found: Metrics, *, ax: Axes | None = None) -> ErrorbarContainer:
    """Draw the share of generated pictures against the mean score, bin by bin.

    On the diagonal scores mean what they say. Bars are 95 % intervals; the numbers
    at the foot say how many pictures are in each bin.

    Parameters
    ----------
    found : Metrics
        Metrics of a score.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.container.ErrorbarContainer
        The bins with their intervals.
    """
    axes = axes_or_new(ax)
    bins = found.calibration
    axes.plot((0, 1), (0, 1), **_DOTTED)
    artist = axes.errorbar(
        bins.score,
        bins.share,
        yerr=_distances(bins.share, bins.share_low, bins.share_high),
        color=INK,
        marker="o",
        markersize=5,
        linewidth=1.2,
        elinewidth=0.9,
        capsize=2,
    )
    centers = (np.minimum(np.floor(bins.score * BINS), BINS - 1) + 0.5) / BINS
    for center, n in zip(centers.tolist(), bins.n.tolist(), strict=True):
        axes.text(center, -0.1, f"{n}", ha="center", fontsize=_COUNT_SIZE, color=INK)
    axes.axhline(-0.04, color=MUTED, linewidth=0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.13, 1.03)
    _percent(axes, "y")
    axes.set_xlabel("mean score; at the foot, number of pictures")
    axes.set_ylabel("generated, classes weighted alike")
    return artist


def show_robustness(
    found: Mapping[str, Metrics], *, ax: Axes | None = None
) -> tuple[ErrorbarContainer, ErrorbarContainer]:
    """Draw accuracy and area under the curve of every condition, with their intervals.

    Parameters
    ----------
    found : mapping of str to Metrics
        Metrics by condition; the first comes to the top.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    two matplotlib.container.ErrorbarContainer
        Balanced accuracy, and AUC.

    Raises
    ------
    EmptySetError
        `found` is empty.
    """
    _check_any(found)
    axes = axes_or_new(ax)
    rows = np.arange(len(found), dtype=np.float64)
    for row in rows[::2]:
        axes.axhspan(row - 0.5, row + 0.5, color=MUTED, alpha=0.08, linewidth=0, zorder=0)
    each = found.values()
    accuracy = _dots(
        axes,
        rows - _APART,
        [(one.accuracy, *one.accuracy_interval) for one in each],
        {"color": AXIS_COLORS["rows"], "marker": "o", "label": "accuracy, balanced"},
    )
    area = _dots(
        axes,
        rows + _APART,
        [(one.auc, *one.auc_interval) for one in each],
        {
            "color": AXIS_COLORS["columns"],
            "marker": "s",
            "markerfacecolor": PAPER,
            "label": "AUC",
        },
    )
    least = min(min(one.accuracy_interval[0], one.auc_interval[0]) for one in each)
    axes.axvline(0.5, **_DOTTED)
    axes.set_xlim(min(0.48, least - 0.02), 1.005)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_yticks(rows, [_named(axes, name) for name in found], parse_math=False)
    axes.tick_params(axis="y", length=0)
    _percent(axes, "x")
    axes.set_xlabel("bars: 95 % intervals; dotted: chance")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, fontsize=9, frameon=False)
    return accuracy, area


def _dots(
    axes: Axes, rows: FloatArray, values: list[tuple[float, float, float]], looks: dict[str, Any]
) -> ErrorbarContainer:
    middle, low, high = np.array(values).T
    return axes.errorbar(
        middle,
        rows,
        xerr=_distances(middle, low, high),
        linestyle="none",
        markersize=5,
        elinewidth=1.2,
        capsize=2,
        **looks,
    )


def _distances(middle: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Lengths of the two bars; an interval may end at its middle, to rounding."""
    return np.maximum(np.stack((middle - low, high - middle)), 0)


def _rate_ticks(left: float) -> tuple[list[float], list[str]]:
    shown = {rate: said for rate, said in _FALSE_RATES.items() if rate > 3 * left}
    return [left, *shown], ["none", *shown.values()]


def _percent(axes: Axes, side: str) -> None:
    from matplotlib.ticker import PercentFormatter

    axis = axes.yaxis if side == "y" else axes.xaxis
    axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _named(axes: Axes, name: str) -> str:
    """As much of a name as there is room for in a legend, or beside the axes."""
    return shortened(name, 0.3 * pixel_size(axes)[0], _NAME_SIZE)


def _area(area: float) -> str:
    """Three digits, but 1 only where not one pair is the wrong way round."""
    return "1" if area == 1 else f"{min(area, 0.9999):.4f}"


def _check_any(found: Mapping[str, Metrics]) -> None:
    if not found:
        raise EmptySetError("no condition is given: pass the metrics of one at least")


_MARKS = ("o", "s", "^", "D", "v")
_RATIO_STROKES: tuple[Any, ...] = ("-", (0, (4, 2)))
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
        Axes to draw on; those of a new figure by default.

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
        for share, stroke in zip(shares, _RATIO_STROKES, strict=True):
            lines += axes.plot(
                places,
                np.array([1, *share, 0]),
                color=color,
                linestyle=stroke,
                linewidth=1.6,
                drawstyle="steps-pre",
                marker=mark if len(found) > 1 else None,  # so that black and white is enough
                markerfacecolor=PAPER if stroke is not _RATIO_STROKES[0] else None,
                markersize=4.5,
                markevery=0.12,
                label=_named(axes, name),
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
        for stroke, kind in zip(_RATIO_STROKES, ("generated", "real"), strict=True)
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
