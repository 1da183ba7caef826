"""The sheet of a set's spectra: what repeats in the residual, seen five ways."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from forensics._typing import FloatArray
from forensics.detection.spectra import SpectrumFindings
from forensics.traces.spectra.peaks import Direction
from forensics.traces.spectra.residual import Mean
from forensics.views.figures import (
    INK,
    new_figure,
    placed_axes,
    show_autocorrelation,
    show_harmonic_grid,
    show_phases,
    show_power_spectrum,
    show_radial_profile,
    show_spectrum_cut,
    title,
)
from forensics.views.results.spectrum import PEAK_CAUSES, render_peaks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "show_spectra",
]

_PANEL = 512
_LEFT, _RIGHT = 72, 690
_SMALL = 300


def show_spectra(findings: SpectrumFindings) -> Figure:
    """Sheet of the average spectra of a set, or of one picture, titled with what was found.

    Parameters
    ----------
    findings : SpectrumFindings
        Spectra of the set, from `spectrum_findings`.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    figure = new_figure(1240, 1372)
    residual, sums = findings.residual, findings.average.sums
    _show_pictures(figure, findings)
    cuts = placed_axes(figure, _LEFT, 690, _PANEL, 190)
    directions: tuple[Direction, ...] = ("rows", "columns", "diagonal")
    for direction in directions:
        show_spectrum_cut(residual.power, direction=direction, ax=cuts)
    cuts.legend(loc="upper left", ncols=3, frameon=False)
    title(cuts, "Residual spectrum along three directions")
    radial = placed_axes(figure, _RIGHT, 690, _PANEL, 190)
    show_radial_profile(findings.radial, ax=radial)
    title(radial, f"Power of the {_plural(findings)} over all directions")
    lags = placed_axes(figure, _LEFT, 975, _SMALL, _SMALL)
    show_autocorrelation(findings.autocorrelation, ax=lags)
    title(lags, "Autocorrelation of the residual")
    grid = placed_axes(figure, 452, 975, 350, 219)
    show_harmonic_grid(sums.harmonic_grid(), ax=grid)
    title(grid, "Cross-differences at the harmonics of 8")
    phases = placed_axes(figure, 892, 975, 310, 219)
    show_phases(findings.phases, ax=phases)
    phases.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4, frameon=False, handlelength=1
    )
    title(phases, "Parts of 2 x 2 cells (3 standard errors)")
    _footnote(figure, findings)
    return figure


def _show_pictures(figure: Figure, findings: SpectrumFindings) -> None:
    """The residual spectrum, and beside it what one picture or a set has besides."""
    residual, sums = findings.residual, findings.average.sums
    counted = _counted(findings)
    _show_panel(
        figure,
        _LEFT,
        residual.power,
        findings,
        "power",
        f"Residual spectrum, {counted}\n{render_peaks(findings.peaks)}",
    )
    if residual.n_parts > 1:
        said = f"Spectrum of the mean residual, {counted}\nWhat all have at the same place"
        _show_panel(figure, _RIGHT, residual.locked, findings, "locked", said)
    else:
        said = "Spectrum of the picture itself"
        _show_panel(figure, _RIGHT, sums.power_spectrum.power, findings, None, said)


def _show_panel(
    figure: Figure,
    left: int,
    power: FloatArray,
    findings: SpectrumFindings,
    mean: Mean | None,
    said: str,
) -> None:
    """One spectrum, at a whole multiple of its bins where it fits, with what was found in it."""
    rows, columns = power.shape
    scale = max(1, _PANEL // max(rows, columns))
    axes = placed_axes(figure, left, 70, min(columns * scale, _PANEL), min(rows * scale, _PANEL))
    peaks = [one.peak for one in findings.peaks if one.mean == mean and one.found]
    show_power_spectrum(power, peaks=peaks, ax=axes)
    title(axes, said)


def _counted(findings: SpectrumFindings) -> str:
    n = findings.average.n_images
    return "1 picture" if n == 1 else f"mean of {n:,} pictures"


def _plural(findings: SpectrumFindings) -> str:
    return "picture" if findings.average.n_images == 1 else "pictures"


def _footnote(figure: Figure, findings: SpectrumFindings) -> None:
    sums = findings.average.sums
    rows, columns = sums.shape
    notes = [PEAK_CAUSES, *findings.average.warnings]
    if sums.n_parts > sums.n_images:
        notes.append(f"Of each picture, nine tiles of {columns} x {rows} pixels were measured.")
    text = "\n".join(textwrap.wrap(" ".join(notes), 160))
    figure.text(0.015, 0.008, text, fontsize=8.5, color=INK, va="bottom")
