"""The sheet of a set's spectra: what repeats in the residual, seen five ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.spectra import SpectrumFindings
from forensics.traces.spectra.peaks import Direction
from forensics.traces.spectra.residual import Mean
from forensics.views.figures import (
    house_style,
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
from forensics.views.results.captions import file_name
from forensics.views.results.sentences import CORRECTED
from forensics.views.results.spectrum import PEAK_CAUSES, render_peaks
from forensics.views.sheets.panels import LEFT, PANEL, RIGHT, fitted, footnote, footnote_height

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "show_spectra",
]

_SMALL = 300


@house_style()
def show_spectra(findings: SpectrumFindings, *, name: str = "") -> Figure:
    """Sheet of the average spectra of a set, or of one picture, titled with what was found.

    Parameters
    ----------
    findings : SpectrumFindings
        Spectra of the set, from `spectrum_findings`.
    name : str
        Name of the picture or the set; a path is cut down to its last part.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide.
    """
    notes = _notes(findings)
    figure = new_figure(1240, 1384 + footnote_height(1200, notes))
    residual, sums = findings.residual, findings.average.sums
    _show_pictures(figure, findings, name)
    cuts = placed_axes(figure, LEFT, 734, PANEL, 190)
    directions: tuple[Direction, ...] = ("rows", "columns", "diagonal")
    for direction in directions:
        show_spectrum_cut(residual.power, direction=direction, ax=cuts)
    cuts.legend(loc="upper right", ncols=3, frameon=False)
    title(cuts, "Residual spectrum along three directions")
    radial = placed_axes(figure, RIGHT, 734, PANEL, 190)
    show_radial_profile(findings.radial, ax=radial)
    title(radial, f"Power of {_of_what(findings)} over all directions")
    lags = placed_axes(figure, LEFT, 1004, _SMALL, _SMALL)
    show_autocorrelation(findings.autocorrelation, ax=lags)
    title(lags, "Autocorrelation of the residual")
    grid = placed_axes(figure, 452, 1004, 350, 219)
    show_harmonic_grid(sums.harmonic_grid(), ax=grid)
    title(grid, "Cross-differences at the harmonics of 8")
    phases = placed_axes(figure, 892, 1004, 310, 219)
    show_phases(findings.phases, ax=phases)
    phases.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4, frameon=False, handlelength=1
    )
    title(phases, "Parts of 2 x 2 cells, 3 standard errors")
    footnote(figure, notes)
    return figure


def _show_pictures(figure: Figure, findings: SpectrumFindings, name: str) -> None:
    """The residual spectrum, and beside it what one picture or a set has besides."""
    residual, sums = findings.residual, findings.average.sums
    of_what = f"esidual spectrum, {_of_what(findings)}"
    said = fitted(file_name(name), f": r{of_what}", PANEL) if name else f"R{of_what}"
    _show_panel(figure, LEFT, residual.power, findings, "power", said, render_peaks(findings.peaks))
    if residual.n_parts > 1:
        locked = ("Spectrum of the mean residual", "What all have at the same place")
        _show_panel(figure, RIGHT, residual.locked, findings, "locked", *locked)
    else:
        power = sums.power_spectrum.power
        _show_panel(figure, RIGHT, power, findings, None, "Spectrum of the picture itself")


def _show_panel(
    figure: Figure,
    left: int,
    power: FloatArray,
    findings: SpectrumFindings,
    mean: Mean | None,
    *said: str,
) -> None:
    """One spectrum, at a whole multiple of its bins where it fits, with what was found in it."""
    rows, columns = power.shape
    scale = max(1, PANEL // max(rows, columns))
    axes = placed_axes(figure, left, 96, min(columns * scale, PANEL), min(rows * scale, PANEL))
    peaks = [one.peak for one in findings.peaks if one.mean == mean and one.found]
    show_power_spectrum(power, peaks=peaks, ax=axes)
    title(axes, *said, width=PANEL)


def _of_what(findings: SpectrumFindings) -> str:
    n = findings.average.n_images
    return counted(n) if n == 1 else f"mean of {counted(n)}"


def _notes(findings: SpectrumFindings) -> tuple[str, ...]:
    sums = findings.average.sums
    rows, columns = sums.shape
    notes = (PEAK_CAUSES, CORRECTED, *findings.average.warnings)
    if sums.n_parts == sums.n_images:
        return notes
    return *notes, f"Of each picture, nine tiles of {columns} x {rows} pixels were measured."
