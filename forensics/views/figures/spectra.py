"""Spectra in two dimensions and what follows from them, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from forensics._typing import FloatArray
from forensics.traces.color import CHANNELS
from forensics.traces.phases import PARTS, STATISTICS, PhaseStatistics, Statistic
from forensics.traces.spectra.harmonics import HarmonicGrid
from forensics.traces.spectra.peaks import STEPS, Direction, Peak
from forensics.traces.spectra.power import RadialProfile
from forensics.traces.spectra.residual import Autocorrelation
from forensics.views.figures.canvas import (
    AXIS_COLORS,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    color_bar,
    color_map,
    log_scale,
    pixel_size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

__all__ = [
    "DIRECTION_COLORS",
    "show_autocorrelation",
    "show_harmonic_grid",
    "show_phases",
    "show_power_spectrum",
    "show_radial_profile",
    "show_spectrum_cut",
]

DIRECTION_COLORS = {**AXIS_COLORS, "diagonal": "#009e73", "antidiagonal": "#cc79a7"}
_CHANNEL_COLORS = {"luma": MUTED, "red": "#d55e00", "green": "#009e73", "blue": "#0072b2"}
_PERIODS = {"16": 1 / 16, "8": 1 / 8, "4": 1 / 4, "8/3": 3 / 8, "2": 1 / 2}
_SIGNS = ((1, 1), (-1, -1), (1, -1), (-1, 1))
"""A frequency, its opposite, and at the edge of the spectrum two more that are the same."""
_STRETCH = (1, 99.8)
_ROOMY, _NARROW, _LAGS_ROOMY = 240, 90, 280
"""Pixels from which all periods are labelled, from which more than one is, and all lags."""
_TICKED = 46
"""Pixels that ticks and a label take below axes."""
_LAGS = range(-32, 33, 8)
_NEAR = 5
"""Pixels up to which lags show the window of the median, not the picture."""


def show_power_spectrum(
    power: FloatArray, *, peaks: Sequence[Peak] = (), ax: Axes | None = None
) -> AxesImage:
    """Draw a centred power spectrum as a picture, with circles around the peaks given.

    The ticks are periods in pixels. Where a spectrum is larger than its axes, the
    largest of neighbours is drawn, so that no point is lost.

    Parameters
    ----------
    power : ndarray, shape (M, N), float, counts squared
        Power spectrum with zero frequency at ``(M
        2, N
        2)``; drawn as its logarithm.
    peaks : sequence of Peak
        Peaks that are circled, on both sides of zero.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The spectrum as it is drawn.

    See Also
    --------
    show_spectrum_cut : One direction of it.
    show_radial_profile : The mean over all directions.
    """
    axes = axes_or_new(ax)
    shown = _pooled(power, axes)
    decibels = 10 * np.log10(np.maximum(shown, 1e-9))
    top, left = (-0.5 - 0.5 / size for size in shown.shape)  # a bin lies around its frequency
    low, high = np.percentile(decibels, _STRETCH)
    artist = axes.imshow(
        decibels,
        cmap=color_map("cividis"),
        vmin=low,
        vmax=max(high, low + 1e-9),
        interpolation="nearest",
        origin="upper",
        extent=(left, left + 1, top + 1, top),
        aspect="auto",
    )
    for peak in peaks:
        down, right = STEPS[peak.direction]
        for sign, other in _SIGNS if peak.period == 2 else _SIGNS[:2]:
            axes.plot(
                [sign * right / peak.period],
                [other * down / peak.period],
                marker="o",
                markersize=11,
                markerfacecolor="none",
                markeredgecolor=DIRECTION_COLORS[peak.direction],
                markeredgewidth=1.4,
                clip_on=False,
            )
    for set_ticks, room in zip((axes.set_xticks, axes.set_yticks), pixel_size(axes), strict=True):
        ticks = _ticks(room)
        places = [-place for place in ticks.values()] + list(ticks.values())
        set_ticks(places, [*ticks, *ticks])
    axes.set_xlim(left, left + 1)
    axes.set_ylim(top + 1, top)
    axes.set_xlabel("period (pixels)", loc="left", fontsize=9)
    ends = {float(low): f"{low:.0f}", float(max(high, low + 1e-9)): f"{high:.0f}"}
    color_bar(artist, ends, "dB, 0 dB is 1 count squared", below=_TICKED)
    return artist


def show_spectrum_cut(
    power: FloatArray, *, direction: Direction = "rows", ax: Axes | None = None
) -> Line2D:
    """Draw a centred power spectrum along one direction from zero frequency.

    Parameters
    ----------
    power : ndarray, shape (M, N), float, counts squared
        Power spectrum with zero frequency at ``(M
        2, N
        2)``.
    direction : {"rows", "columns", "diagonal", "antidiagonal"}
        Direction of the cut: along which lines the frequency grows.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of the spectrum.
    """
    axes = axes_or_new(ax)
    rows, columns = power.shape
    down, right = STEPS[direction]
    length = rows // 2 if not right else columns // 2 if not down else min(rows, columns) // 2
    frequency = np.arange(length + 1) / (2 * length)
    i, j = (
        (size // 2 + np.rint(step * frequency * size).astype(int)) % size
        for step, size in ((down, rows), (right, columns))
    )
    (line,) = axes.plot(
        frequency[1:],
        np.maximum(power[i, j], 1e-9)[1:],
        color=DIRECTION_COLORS[direction],
        linewidth=0.9,
        label=direction,
    )
    log_scale(axes)
    _mark_periods(axes)
    axes.set_ylabel("power (counts squared)")
    return line


def show_radial_profile(profile: RadialProfile, *, ax: Axes | None = None) -> Line2D:
    """Draw the mean power at every distance from zero frequency.

    Parameters
    ----------
    profile : RadialProfile
        Profile to draw, from `radial_profile`.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of the profile.
    """
    axes = axes_or_new(ax)
    (line,) = axes.plot(
        profile.frequency[1:], np.maximum(profile.power[1:], 1e-9), color=INK, linewidth=1
    )
    log_scale(axes)
    _mark_periods(axes)
    axes.set_ylabel("power (counts squared)")
    return line


def show_autocorrelation(found: Autocorrelation, *, ax: Axes | None = None) -> AxesImage:
    """Draw an autocorrelation as a picture, lag 0 in the middle.

    Parameters
    ----------
    found : Autocorrelation
        Autocorrelation to draw.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The autocorrelation as it is drawn.
    """
    axes = axes_or_new(ax)
    rows, columns = (int(lags[-1]) for lags in found.lags)
    row, column = (np.abs(lags) for lags in found.lags)
    far = np.maximum(row[:, np.newaxis], column) > _NEAR
    limit = float(np.percentile(np.abs(found.values[far]), 99.5)) if far.any() else 1.0
    limit = max(limit, 1e-6)
    artist = axes.imshow(
        found.values,
        cmap=color_map("RdBu_r"),
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        origin="upper",
        extent=(-columns - 0.5, columns + 0.5, rows + 0.5, -rows - 0.5),
    )
    lags = _LAGS if min(pixel_size(axes)) > _LAGS_ROOMY else _LAGS[::2]
    axes.set_xticks([lag for lag in lags if abs(lag) <= columns])
    axes.set_yticks([lag for lag in lags if abs(lag) <= rows])
    axes.set_xlabel("lag (pixels)", loc="left", fontsize=9)
    ends = {-limit: f"{-limit:.2g}", limit: f"{limit:.2g}"}
    color_bar(artist, ends, "correlation, 1 at lag 0", below=_TICKED)
    return artist


def show_harmonic_grid(grid: HarmonicGrid, *, ax: Axes | None = None) -> AxesImage:
    """Draw the power at the harmonics of a grid over the local noise, with its numbers.

    Only up to half a cycle a pixel along rows: the rest mirrors it.

    Parameters
    ----------
    grid : HarmonicGrid
        Grid to draw, from `harmonic_grid`.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.image.AxesImage
        The grid as it is drawn.
    """
    axes = axes_or_new(ax)
    half = grid.period // 2
    ratios = grid.ratios[: half + 1]
    artist = axes.imshow(
        np.log10(np.maximum(ratios, 0.1)),
        cmap=color_map("cividis"),
        vmin=0,
        vmax=3,
        interpolation="nearest",
        origin="upper",
    )
    if grid.period == 8:
        for (i, j), ratio in np.ndenumerate(ratios):
            said = "" if i == j == 0 else f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.1f}"
            color = INK if ratio > 60 else PAPER
            axes.text(j, i, said, ha="center", va="center", fontsize=8.5, color=color)
    axes.set_xticks(range(grid.period), [str(k) for k in range(grid.period)])
    axes.set_yticks(range(half + 1), [str(k) for k in range(half + 1)])
    axes.set_xlabel(f"cycles in {grid.period} columns", loc="left", fontsize=9)
    axes.set_ylabel(f"cycles in {grid.period} rows", fontsize=9)
    color_bar(artist, {0: "1", 1: "10", 2: "100", 3: "1,000"}, "power / local noise", below=_TICKED)
    return artist


def show_phases(
    found: PhaseStatistics, *, statistic: Statistic = "absolute", ax: Axes | None = None
) -> BarContainer:
    """Draw the contrasts of 2 x 2 cells as bars, with three standard errors.

    Parameters
    ----------
    found : PhaseStatistics
        Statistics to draw, from `phase_statistics`.
    statistic : {"signed", "absolute", "square"}
        Which of the three statistics: the mean of h, of its size or of its square.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; those of a new figure by default.

    Returns
    -------
    matplotlib.container.BarContainer
        Bars of the last channel.
    """
    axes = axes_or_new(ax)
    s = STATISTICS.index(statistic)
    places = np.arange(len(PARTS))
    bars: Any = None
    for c, channel in enumerate(CHANNELS):
        bars = axes.bar(
            places + (c - 1.5) * 0.2,
            100 * found.parts[s, c],
            0.18,
            yerr=300 * found.errors[s, c],
            color=_CHANNEL_COLORS[channel],
            ecolor=INK,
            error_kw={"linewidth": 0.9},
            label=channel,
        )
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xticks(places, PARTS)
    axes.set_ylabel("contrast (%)")
    container: BarContainer = bars
    return container


def _ticks(room: float) -> dict[str, float]:
    """Frequencies that are labelled by their periods, as many as there is room for."""
    shown = ("2", "8/3", "4", "8") if room > _ROOMY else ("2", "4") if room > _NARROW else ("4",)
    return {said: _PERIODS[said] for said in shown}


def _mark_periods(axes: Axes) -> None:
    for place in _PERIODS.values():
        axes.axvline(place, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_xlim(0, 0.503)
    axes.set_xticks(list(_PERIODS.values()), list(_PERIODS))
    axes.set_xlabel("period (pixels)")


def _pooled(power: FloatArray, axes: Axes) -> FloatArray:
    """Largest of neighbours, so that the spectrum fits the pixels of its axes."""
    box = axes.get_window_extent()
    high, wide = (
        max(1, int(np.ceil(size / max(room, 1))))
        for size, room in zip(power.shape, (box.height, box.width), strict=True)
    )
    rows, columns = power.shape[0] // high * high, power.shape[1] // wide * wide
    cropped = power[:rows, :columns]
    blocks = cropped.reshape(rows // high, high, columns // wide, wide)
    return cast(FloatArray, blocks.max(axis=(1, 3)))
