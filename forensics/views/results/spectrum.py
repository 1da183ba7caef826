"""Spectra of a set as JSON and in words: what stands out, and how sure one may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics._records import Chance, Count, TypedDict
from forensics._typing import Channel
from forensics.detection.spectra import SpectrumFindings
from forensics.traces.color import CHANNELS
from forensics.traces.phases import PARTS, STATISTICS, CellPart, PhaseStatistics, Statistic
from forensics.traces.spectra.harmonics import GRIDS
from forensics.traces.spectra.peaks import DIRECTIONS, Direction
from forensics.traces.spectra.residual import CorrectedPeak, Mean, autocorrelation_peaks
from forensics.views.results.records import (
    FORMAT_VERSION,
    SkippedRecord,
    Version,
    json_value,
    skipped_records,
)
from forensics.views.results.sentences import render_every, render_number, render_period

__all__ = [
    "PEAK_CAUSES",
    "SpectrumRecord",
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


class PeakRecord(TypedDict):
    """A tested frequency of one of the two means."""

    mean: Mean
    direction: Direction
    period: float
    ratio: float
    amplitude: float
    p_value: Chance
    p_uncorrected: Chance
    p_holm: Chance


class RepeatRecord(TypedDict):
    """A lag at which the residual repeats itself."""

    lag: tuple[int, int]
    value: float
    prominence: float


class HarmonicRecord(TypedDict):
    """Power of the cross-difference at the harmonics of a period."""

    period: int
    ratios: list[list[float]]


class ContrastRecord(TypedDict):
    """How much one part of 2 x 2 cells differs, and in standard errors."""

    contrast: float
    z: float


class PhaseRecord(TypedDict):
    """A statistic of the four places of 2 x 2 cells in one channel, in three parts."""

    statistic: Statistic
    channel: Channel
    rows: ContrastRecord
    columns: ContrastRecord
    diagonal: ContrastRecord


class RadialRecord(TypedDict):
    """Power of the pictures over all directions."""

    frequency: list[float]
    power: list[float]


class SpectrumRecord(TypedDict):
    """The object that `catforensics spectrum --json` prints."""

    format_version: Version
    n_images: Count
    n_skipped: Count
    skipped: list[SkippedRecord]
    shape: Sequence[int]
    n_parts: Count
    channel: Channel
    peaks: list[PeakRecord]
    autocorrelation_peaks: list[RepeatRecord]
    harmonic_grids: list[HarmonicRecord]
    phases: list[PhaseRecord]
    radial_profile: RadialRecord
    warnings: list[str]


def spectrum_record(findings: SpectrumFindings) -> SpectrumRecord:
    """JSON object of the spectra of a set.

    Parameters
    ----------
    findings : SpectrumFindings
        Spectra of the set, from `spectrum_findings`.

    Returns
    -------
    SpectrumRecord
        Ready for `render_json`.
    """
    average = findings.average
    sums = average.sums
    record: SpectrumRecord = {
        "format_version": FORMAT_VERSION,
        "n_images": average.n_images,
        "n_skipped": len(average.skipped),
        "skipped": skipped_records(average.skipped),
        "shape": sums.shape,
        "n_parts": sums.n_parts,
        "channel": sums.channel,
        "peaks": [_peak_record(tested) for tested in findings.peaks],
        "autocorrelation_peaks": [
            {
                "lag": (repeat.rows, repeat.columns),
                "value": repeat.value,
                "prominence": repeat.prominence,
            }
            for repeat in autocorrelation_peaks(findings.autocorrelation)
        ],
        "harmonic_grids": [
            {"period": period, "ratios": sums.harmonic_grid(period).ratios.tolist()}
            for period in GRIDS
        ],
        "phases": _phase_records(findings.phases),
        "radial_profile": {
            "frequency": findings.radial.frequency.tolist(),
            "power": findings.radial.power.tolist(),
        },
        "warnings": list(average.warnings),
    }
    return json_value(record)


def render_peaks(peaks: Iterable[CorrectedPeak]) -> str:
    """What stands out of a spectrum, in one sentence.

    Parameters
    ----------
    peaks : iterable of CorrectedPeak
        Tested peaks, from `residual_peaks`.

    Returns
    -------
    str
        Without a full stop.

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
    """Table of all tested peaks as plain text, those found marked.

    Parameters
    ----------
    peaks : iterable of CorrectedPeak
        Tested peaks, from `residual_peaks`.

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


def _peak_record(tested: CorrectedPeak) -> PeakRecord:
    peak = tested.peak
    return {
        "mean": tested.mean,
        "direction": peak.direction,
        "period": round(peak.period, 4),
        "ratio": peak.ratio,
        "amplitude": peak.amplitude,
        "p_value": peak.p_value,
        "p_uncorrected": peak.p_value,
        "p_holm": tested.p_holm,
    }


def _phase_records(phases: PhaseStatistics) -> list[PhaseRecord]:
    parts, z_scores = phases.parts, phases.z_scores

    def contrast(statistic: int, channel: int, part: CellPart) -> ContrastRecord:
        place = statistic, channel, PARTS.index(part)
        return {"contrast": float(parts[place]), "z": float(z_scores[place])}

    return [
        {
            "statistic": statistic,
            "channel": channel,
            "rows": contrast(s, c, "rows"),
            "columns": contrast(s, c, "columns"),
            "diagonal": contrast(s, c, "diagonal"),
        }
        for s, statistic in enumerate(STATISTICS)
        for c, channel in enumerate(CHANNELS)
    ]
