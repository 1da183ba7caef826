"""Spectra of a set as JSON and in words: what stands out, and how sure one may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from forensics.detection.spectra import SpectrumFindings
from forensics.traces.color import CHANNELS
from forensics.traces.phases import PARTS, STATISTICS, PhaseStatistics
from forensics.traces.spectra.grids import GRIDS
from forensics.traces.spectra.peaks import DIRECTIONS
from forensics.traces.spectra.residuals import CorrectedPeak, autocorrelation_peaks
from forensics.views.records import FORMAT_VERSION
from forensics.views.sentences import render_every, render_number, render_period

__all__ = [
    "PEAK_CAUSES",
    "render_peaks",
    "render_peaks_table",
    "spectrum_record",
]

PEAK_CAUSES = (
    "Peaks are not yet a verdict: besides generators, JPEG makes periods 8, 4 and 8/3, "
    "enlargement and cameras make period 2."
)
_MEANS = {
    "power": "mean of the spectra: grids wherever they begin in each picture",
    "locked": "spectrum of the mean: what lies at the same place in all of them",
}


def spectrum_record(findings: SpectrumFindings) -> dict[str, Any]:
    """The JSON object of the spectra of a set.

    Parameters
    ----------
    findings : SpectrumFindings

    Returns
    -------
    dict
        Keys format_version, n_images, n_skipped, skipped, shape, n_parts, channel, peaks,
        autocorrelation_peaks, harmonic_grids, phases, radial_profile and warnings.
    """
    average = findings.average
    sums = average.sums
    return {
        "format_version": FORMAT_VERSION,
        "n_images": average.n_images,
        "n_skipped": len(average.skipped),
        "skipped": [{"path": left.path, "reason": left.reason} for left in average.skipped],
        "shape": list(sums.shape),
        "n_parts": sums.n_parts,
        "channel": sums.channel,
        "peaks": [_peak_record(tested) for tested in findings.peaks],
        "autocorrelation_peaks": [
            {
                "lag": [repeat.rows, repeat.columns],
                "value": _rounded(repeat.value),
                "prominence": _rounded(repeat.prominence),
            }
            for repeat in autocorrelation_peaks(findings.autocorrelation)
        ],
        "harmonic_grids": [
            {"period": period, "ratios": _rounded_all(sums.harmonic_grid(period).ratios.tolist())}
            for period in GRIDS
        ],
        "phases": _phase_records(findings.phases),
        "radial_profile": {
            "frequency": _rounded_all(findings.radial.frequency.tolist()),
            "power": _rounded_all(findings.radial.power.tolist()),
        },
        "warnings": list(average.warnings),
    }


def render_peaks(peaks: Iterable[CorrectedPeak]) -> str:
    """The finding in one sentence, without a full stop.

    Parameters
    ----------
    peaks : iterable of CorrectedPeak

    Returns
    -------
    str

    Examples
    --------
    >>> from forensics.traces.spectra.peaks import Peak
    >>> peak = Peak("rows", 2.0, 109.0, .7, 1e-9)
    >>> render_peaks([CorrectedPeak("power", peak, 2e-8)])
    'Peaks every 2 pixels (p = 2e-8)'
    """
    best: dict[float, float] = {}
    for tested in sorted(peaks, key=lambda tested: tested.p_holm):
        if tested.found:
            best.setdefault(tested.peak.period, tested.p_holm)
    return render_every("Peaks", best)


def render_peaks_table(peaks: Iterable[CorrectedPeak]) -> str:
    """All tested peaks as a table of plain text, those found marked.

    Parameters
    ----------
    peaks : iterable of CorrectedPeak

    Returns
    -------
    str
        For each mean a heading and one line a period: power over the local noise in
        every direction.
    """
    tested = list(peaks)
    lines: list[str] = []
    for mean, said in _MEANS.items():
        here = [one for one in tested if one.mean == mean]
        if here:
            lines += [f"{mean} ({said})", f"  period{''.join(f'{d:>15}' for d in DIRECTIONS)}"]
        for period in dict.fromkeys(one.peak.period for one in here):
            ratios = {
                one.peak.direction: f"{render_number(one.peak.ratio)}{' *' if one.found else '  '}"
                for one in here
                if one.peak.period == period
            }
            cells = "".join(f"{ratios.get(direction, '-  '):>15}" for direction in DIRECTIONS)
            lines.append(f"  {render_period(period):>6}{cells}".rstrip())
    return "\n".join(lines)


def _peak_record(tested: CorrectedPeak) -> dict[str, Any]:
    peak = tested.peak
    return {
        "mean": tested.mean,
        "direction": peak.direction,
        "period": round(peak.period, 4),
        "ratio": _rounded(peak.ratio),
        "amplitude": _rounded(peak.amplitude),
        "p_value": _rounded(peak.p_value),
        "p_holm": _rounded(tested.p_holm),
    }


def _phase_records(phases: PhaseStatistics) -> list[dict[str, Any]]:
    parts, z_scores = phases.parts, phases.z_scores
    return [
        {
            "statistic": statistic,
            "channel": channel,
            **{
                part: {
                    "contrast": _rounded(float(parts[s, c, p])),
                    "z": _rounded(z_scores[s, c, p]),
                }
                for p, part in enumerate(PARTS)
            },
        }
        for s, statistic in enumerate(STATISTICS)
        for c, channel in enumerate(CHANNELS)
    ]


def _rounded(value: float) -> float:
    """Six significant digits."""
    return float(f"{value:.6g}")


def _rounded_all(values: list[Any]) -> list[Any]:
    return [_rounded_all(one) if isinstance(one, list) else _rounded(one) for one in values]
