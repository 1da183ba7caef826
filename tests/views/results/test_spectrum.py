from __future__ import annotations

import json

import numpy as np
import pytest
from typed_records import check_type

from forensics.detection.spectra import spectrum_findings
from forensics.engine.spectra import SPECTRA_STOPPED, AverageSpectra
from forensics.images.sources.find import Skipped
from forensics.traces.spectra.peaks import DIRECTIONS, Peak
from forensics.traces.spectra.residual import CorrectedPeak
from forensics.traces.spectra.sums import spectral_sums
from forensics.views.results.records import render_json
from forensics.views.results.spectrum import (
    SpectrumRecord,
    render_peaks,
    render_peaks_table,
    spectrum_record,
)


def average(n: int = 1, shape: tuple[int, int] = (128, 160), *, striped: bool = False, **facts):
    rng = np.random.default_rng(3)
    pattern = 8 * (np.arange(shape[0]) % 2)[:, None, None] * striped
    images = [rng.integers(80, 120, (*shape, 3)) + pattern for _ in range(n)]
    return AverageSpectra(sum(spectral_sums(x.astype(np.uint8)) for x in images), **facts)


def peak_of(period: float, p: float, direction: str = "rows", ratio: float = 50.0):
    return CorrectedPeak("power", Peak(direction, period, ratio, 0.5, p), p)


@pytest.mark.parametrize("n", [1, 3])
def test_the_record_has_its_keys_and_is_plain_json(n):
    record = spectrum_record(spectrum_findings(average(n)))
    check_type(record, SpectrumRecord)
    assert json.loads(render_json(record)) == record
    assert record["n_images"] == record["n_parts"] == n and record["shape"] == [128, 160]
    assert record["format_version"] == 2 and record["channel"] == "luma"
    means = ["power"] if n == 1 else ["power", "locked"]
    assert list(dict.fromkeys(peak["mean"] for peak in record["peaks"])) == means
    assert len(record["peaks"]) == 19 * len(means)
    assert {peak["period"] for peak in record["peaks"]} == {2, 4, 8, 16, 2.6667}
    grids = {grid["period"]: np.array(grid["ratios"]) for grid in record["harmonic_grids"]}
    assert grids[8].shape == (8, 8) and grids[16].shape == (16, 16)
    assert len(record["phases"]) == 12 and set(record["phases"][0]["rows"]) == {"contrast", "z"}
    profile = record["radial_profile"]
    assert len(profile["frequency"]) == len(profile["power"]) == 65
    for repeat in record["autocorrelation_peaks"]:
        assert set(repeat) == {"lag", "value", "prominence"} and len(repeat["lag"]) == 2


def test_what_was_left_out_and_warned_of_is_told():
    facts = {"skipped": (Skipped("a.jpg", "is empty"),), "stopped": True}
    record = spectrum_record(spectrum_findings(average(2, **facts)))
    assert record["n_skipped"] == 1
    assert record["skipped"] == [{"path": "a.jpg", "reason": "is empty"}]
    assert record["warnings"] == [SPECTRA_STOPPED]


def test_stripes_are_found_in_both_means():
    findings = spectrum_findings(average(4, striped=True))
    found = {(one.mean, one.peak.direction, one.peak.period) for one in findings.peaks if one.found}
    assert found == {("power", "rows", 2.0), ("locked", "rows", 2.0)}
    assert render_peaks(findings.peaks).startswith("Peaks every 2 pixels (p ")


def test_a_flat_picture_has_a_record():
    sums = spectral_sums(np.full((64, 64, 3), 9, np.uint8))
    findings = spectrum_findings(AverageSpectra(sums))
    assert render_json(spectrum_record(findings))
    assert render_peaks(findings.peaks) == "No peaks at any tested period"


def test_the_finding_names_every_period_once_surest_first():
    peaks = [
        peak_of(2.0, 1e-5),
        peak_of(8.0, 1e-9),
        peak_of(2.0, 1e-7, "columns"),
        peak_of(16.0, 0.011),
        peak_of(8 / 3, 2e-3),
    ]
    assert render_peaks(peaks) == "Peaks every 8, 2 and 8/3 pixels (p = 1e-9 for the first)"
    assert render_peaks(peaks[:1]) == "Peaks every 2 pixels (p = 1e-5)"
    assert render_peaks([peak_of(2.0, 0.01)]) == "No peaks at any tested period"


def test_the_finding_never_says_real():
    for peaks in ([], [peak_of(2.0, 1e-9)]):
        assert "real" not in render_peaks(peaks).lower()


@pytest.mark.parametrize("n", [1, 2])
def test_the_table_has_a_line_a_period_and_a_column_a_direction(n):
    findings = spectrum_findings(average(n, striped=True))
    lines = render_peaks_table(findings.peaks).splitlines()
    assert len(lines) == 7 * n
    assert lines[0].startswith("power (") and lines[1].split() == ["period", *DIRECTIONS]
    assert [line.split()[0] for line in lines[2:7]] == ["2", "4", "8", "16", "8/3"]
    assert "*" in lines[2] and lines[2].rstrip().endswith("-")
    assert max(map(len, lines)) <= 80
    if n == 2:
        assert lines[7].startswith("locked (")
