"""The report on two sets: what each shows, and what besides the pictures tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

from forensics.detection.audit import Audit
from forensics.detection.evaluation import Evaluation
from forensics.images.names import printable
from forensics.images.sources import Skipped
from forensics.views.auditrecords import audit_record, audit_rows, audit_sentence
from forensics.views.evaluationcells import condition_rows
from forensics.views.evaluationrecords import evaluation_record
from forensics.views.figures import show_robustness, show_roc
from forensics.views.records import FORMAT_VERSION, comparison_record
from forensics.views.report.document import Panel, Plate, Report, ReportPart, ReportTable, Section
from forensics.views.report.drawings import Drawings
from forensics.views.report.making import Making, making_record
from forensics.views.report.setplates import (
    MeasuredSet,
    bands_of,
    blend_plates,
    period_table,
    profile_plates,
    spectrum_plates,
)
from forensics.views.sentences import CAUSES, lowered
from forensics.views.spectrumrecords import spectrum_record

__all__ = ["MeasuredSet", "set_report"]

_CURVES = ("as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5")
_LIMITS = (
    "Bands at the same place in all pictures of a set come from the process that made them all. "
    "Whether that is a generator, JPEG or resizing is told by their periods, not by their "
    "strength: " + lowered(CAUSES),
    "A set without bands is not shown to be photographs: some generators leave none.",
    "Figures of a classifier as found may be those of the container; beside them stand those of "
    "matched delivery and what the container alone tells.",
)


def set_report(
    a: MeasuredSet,
    b: MeasuredSet,
    audit: Audit,
    how: Making,
    *,
    evaluation: Evaluation | None = None,
    skipped: Sequence[Skipped] = (),
) -> Report:
    """The report on two sets.

    Parameters
    ----------
    a, b : MeasuredSet
    audit : Audit
        What tells them apart besides their content.
    how : Making
    evaluation : Evaluation, optional
        How a classifier does on them.
    skipped : sequence of Skipped
        Pictures that were left out.

    Returns
    -------
    Report
    """
    sets, drawings = (a, b), Drawings()
    warnings = dict.fromkeys(
        warning
        for one in sets
        for warning in (*one.side.blended.warnings, *one.spectra.average.warnings)
    )
    sections = [
        Section("Blends", (), blend_plates(sets)),
        Section("Line profiles", (), profile_plates(sets, drawings), (period_table(sets),)),
        Section("Spectra", (), spectrum_plates(sets, drawings)),
        Section(
            "What besides the pictures tells them apart",
            (audit_sentence(audit),),
            (),
            _audited(audit),
        ),
    ]
    if evaluation is not None:
        sections.append(_evaluated(evaluation, drawings))
    sections.append(Section("What this cannot show", (*warnings, *_LIMITS)))
    if skipped:
        rows = tuple((printable(one.path), printable(one.reason)) for one in skipped[:_NAMED])
        more = f", the first {_NAMED}" if len(skipped) > _NAMED else ""
        table = ReportTable(f"{len(skipped):,} pictures{more}", ("picture", "why"), rows)
        sections.append(Section("Left out", (), (), (table,)))
    record = {
        "format_version": FORMAT_VERSION,
        "report": "sets",
        "made": making_record(how),
        "comparison": comparison_record(a.side, b.side),
        "spectra": {"a": spectrum_record(a.spectra), "b": spectrum_record(b.spectra)},
        "audit": audit_record(audit),
        "evaluation": None
        if evaluation is None
        else evaluation_record(evaluation, audit_sentence(audit)),
    }
    part = ReportPart(
        f"{a.counted}, against {b.counted}",
        "Two sets compared",
        "",
        "sets",
        (
            *(f"{one.counted}: {bands_of(one)}." for one in sets),
            audit_sentence(audit),
        ),
        sections=tuple(sections),
    )
    return Report(f"Report on {a.name} against {b.name}", (part,), (), record, how)


_NAMED = 200


def _audited(audit: Audit) -> tuple[ReportTable, ...]:
    facts = ("fact", *(printable(name) for name in audit.names), "tells apart")
    return tuple(
        ReportTable(caption, facts if len(rows[0]) == len(facts) else ("where", "how often"), rows)
        for caption, rows in audit_rows(audit).items()
    )


def _evaluated(evaluation: Evaluation, drawings: Drawings) -> Section:
    found = evaluation.conditions
    curves = {name: found[name] for name in _CURVES if name in found}
    (roc,) = drawings.axes(
        [lambda axes: show_roc(curves, ax=axes)],
        ["Share of generated pictures found at every share of false positives"],
        size=(760, 520),
    )
    (robust,) = drawings.axes(
        [lambda axes: show_robustness(found, ax=axes)],
        ["Accuracy and AUC under every condition, with their intervals"],
        size=(860, 90 + 32 * len(found)),
        left=150,
    )
    heading, rows = condition_rows(evaluation)
    return Section(
        "A classifier on these sets",
        (),
        (
            Plate("Found at every share of false positives", "", (Panel("", roc),)),
            Plate("Accuracy under every condition", "", (Panel("", robust),)),
        ),
        (
            ReportTable(
                "Conditions; every one but as found first matches the delivery of both sets",
                heading,
                rows,
            ),
        ),
    )
