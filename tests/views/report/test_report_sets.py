from __future__ import annotations

import re

import numpy as np
import pytest

from forensics.detection.comparison import Side
from forensics.detection.evaluation.audit import audit
from forensics.detection.spectra import spectrum_findings
from forensics.engine.blend import blend
from forensics.engine.spectra import average_spectra
from forensics.images.sources.find import find_images
from forensics.traces.periods import line_bands
from forensics.views.report.document import MOST_BYTES, Making, render_report
from forensics.views.report.sets import MeasuredSet, set_report
from forensics.views.results.audit import audit_record
from forensics.views.results.records import comparison_record

MADE = Making("0", "catforensics report", "2026-01-01T00:00:00+00:00", (("Python", "3"),))


@pytest.fixture
def sets(picture_folder) -> tuple[MeasuredSet, MeasuredSet, object]:
    found = [find_images(picture_folder(n, name)) for n, name in ((4, "<i>gan"), (6, "real"))]
    measured = []
    for name, one in zip(("<i>gan", "real"), found, strict=True):
        mean = blend(one)
        spectra = spectrum_findings(average_spectra(one))
        measured.append(MeasuredSet(Side(name, mean, line_bands(mean.mean)), spectra))
    return *measured, audit(*found, names=("<i>gan", "real"))


def test_a_report_on_sets_has_all_that_commands_on_sets_find(sets):
    a, b, audited = sets
    report = set_report(a, b, audited, MADE)
    assert report.record["comparison"] == comparison_record(a.side, b.side)
    assert report.record["audit"] == audit_record(audited)
    assert report.record["evaluation"] is None
    (part,) = report.parts
    assert [one.title for one in part.sections] == [
        "Blends",
        "Line profiles",
        "Spectra",
        "What besides the pictures tells them apart",
        "What this cannot show",
    ]
    page = render_report(report)
    assert len(page) < MOST_BYTES
    assert "<i>gan" not in page
    assert "&lt;i&gt;gan, 4 pictures" in page


@pytest.mark.slow
def test_both_sets_are_on_one_scale(sets):
    a, b, audited = sets
    report = set_report(a, b, audited, MADE)
    for plate in report.parts[0].sections[1].plates:
        ticks = [re.findall(r">([^<>]+)</text>", str(panel.drawing)) for panel in plate.panels[:2]]
        assert ticks[0] == ticks[1]
    maps = report.parts[0].sections[0].plates[0].panels
    scales = {re.search(r"Dark is .* counts", str(panel.drawing))[0] for panel in maps}
    assert len(scales) == 1


@pytest.mark.slow
def test_large_blends_show_their_middle(picture_folder):
    found = find_images(picture_folder(2, "large", shape=(700, 600)))
    mean = blend(found)
    spectra = spectrum_findings(average_spectra(found))
    one = MeasuredSet(Side("large", mean, line_bands(mean.mean)), spectra)
    audited = audit(found, found, names=("a", "b"))
    report = set_report(one, one, audited, MADE)
    panel = report.parts[0].sections[0].plates[0].panels[0]
    assert panel.label.endswith("its middle")
    assert 'width="512" height="512"' in str(panel.drawing)
    assert np.isfinite(mean.mean).all()
