"""The spectra of a set, and what stands out of them, computed once."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.engine.spectra import AverageSpectra
from forensics.traces.phases import PhaseStatistics
from forensics.traces.spectra.power import RadialProfile, radial_profile
from forensics.traces.spectra.residual import (
    Autocorrelation,
    CorrectedPeak,
    ResidualSpectrum,
    autocorrelation,
    residual_peaks,
)

__all__ = ["SpectrumFindings", "spectrum_findings"]


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumFindings:
    """Average spectra of a set, with all that is told of them.

    Parameters
    ----------
    average : AverageSpectra
        Exact sums over the pictures, and what was left out.
    residual : ResidualSpectrum
        Spectrum of the residual of all pictures.
    peaks : tuple of CorrectedPeak
        Every tested frequency of `residual`.
    autocorrelation : Autocorrelation
        Autocorrelation of the residual.
    radial : RadialProfile
        Radial profile of the pictures themselves.
    phases : PhaseStatistics
        Statistics of 2 x 2 cells.
    """

    average: AverageSpectra
    residual: ResidualSpectrum
    peaks: tuple[CorrectedPeak, ...]
    autocorrelation: Autocorrelation
    radial: RadialProfile
    phases: PhaseStatistics


def spectrum_findings(average: AverageSpectra) -> SpectrumFindings:
    """Findings in the average spectra of a set, and how sure one may be of them.

    Parameters
    ----------
    average : AverageSpectra
        Spectra of the set, from `average_spectra`.

    Returns
    -------
    SpectrumFindings
        The spectra, with what stands out of them and how sure that is.
    """
    sums = average.sums
    residual = sums.residual_spectrum
    return SpectrumFindings(
        average,
        residual,
        residual_peaks(residual),
        autocorrelation(residual.power),
        radial_profile(sums.power_spectrum.power),
        sums.phase_statistics,
    )
