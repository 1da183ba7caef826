"""The report on one picture, or on several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from forensics._typing import Image
from forensics.detection.inspection import Inspection
from forensics.detection.score import Verdict
from forensics.images.names import printable
from forensics.images.provenance import provenance_sentences
from forensics.images.record import file_facts
from forensics.images.sources import Skipped
from forensics.views.causewords import evidence_sentence
from forensics.views.explanations import (
    SCORE,
    explain,
    headline_parts,
    render_rate,
    render_ratio,
    render_score,
    settling,
)
from forensics.views.inspectrecords import InspectionRecord, inspection_record
from forensics.views.rasters import picture_raster
from forensics.views.records import FORMAT_VERSION, skipped_records
from forensics.views.report.document import Report, ReportPart, ReportTable, Section, Tone
from forensics.views.report.drawings import Drawings, raster_drawing
from forensics.views.report.knownsets import known_plates
from forensics.views.report.making import Making, making_record
from forensics.views.report.pictureplates import picture_plates
from forensics.views.sentences import sentence

__all__ = ["MOST_PICTURES", "Detail", "detail_for", "picture_report"]

Detail: TypeAlias = Literal["beside", "alone", "brief"]
"""All plates with known sets beside them; the plates alone; or no plates."""

MOST_PICTURES = 100
_ALONE = 4
"""Pictures up to which each gets its plates: more would not fit into the size of a report."""
_THUMBNAIL, _THUMBNAIL_BYTES = 96, 6_000
_TONES: dict[Verdict, Tone] = {
    "generator trace": "generator",
    "unsure": "unsure",
    "no generator trace": "none",
}
_LIMITS = (
    "A verdict rests on the pixels alone. It says what made their traces, not who made the "
    "picture, nor whether what it shows is true.",
    "That no trace is found does not show that a picture is a photograph: strong compression and "
    "resizing remove traces, and some generators, StyleGAN3 and most of Midjourney among them, "
    "leave none that are sought here.",
    "A generator leaves its traces as well in a photograph that it enlarged, filled in or "
    "restyled.",
    "What the file says about itself can be written, copied or removed by anybody; it is quoted "
    "apart and not in the score.",
)


def detail_for(n: int) -> Detail:
    """How much there is room for in a report on so many pictures.

    Examples
    --------
    >>> detail_for(1), detail_for(3), detail_for(40)
    ('beside', 'alone', 'brief')
    """
    return "beside" if n == 1 else "alone" if n <= _ALONE else "brief"


def picture_report(
    inspected: Iterable[tuple[Inspection, Image]],
    how: Making,
    *,
    detail: Detail,
    skipped: Sequence[Skipped] = (),
) -> Report:
    """The report on inspected pictures.

    Parameters
    ----------
    inspected : iterable of (Inspection, ndarray)
        As `inspect_image` returns them. Consumed once, one picture in memory at a time.
    how : Making
    detail : {"beside", "alone", "brief"}
        What `detail_for` says of their number.
    skipped : sequence of Skipped
        Pictures that were left out; it may grow while `inspected` is consumed.

    Returns
    -------
    Report
    """
    drawings = Drawings()
    parts: list[ReportPart] = []
    records: list[InspectionRecord] = []
    for inspection, image in inspected:
        parts.append(_part(inspection, image, drawings, detail))
        records.append(inspection_record(inspection))
    sections = [Section("What this cannot show", _LIMITS)]
    if detail == "alone":
        known = "What the same measurements show in pictures of known origin."
        sections.insert(0, Section("Known sets", (known,), known_plates(drawings)))
    if skipped:
        rows = tuple((printable(one.path), printable(one.reason)) for one in skipped)
        sections.insert(
            0, Section("Left out", (), (), (ReportTable("Pictures", ("picture", "why"), rows),))
        )
    name = parts[0].name if len(parts) == 1 else f"{len(parts)} pictures"
    return Report(
        f"Report on {name}",
        tuple(parts),
        tuple(sections),
        {
            "format_version": FORMAT_VERSION,
            "report": "pictures",
            "made": making_record(how),
            "images": records,
            "n_skipped": len(skipped),
            "skipped": skipped_records(skipped),
        },
        how,
    )


def _part(inspection: Inspection, image: Image, drawings: Drawings, detail: Detail) -> ReportPart:
    found = inspection.attribution
    verdict, rest = headline_parts(inspection)
    turn = inspection.record.orientation
    small = picture_raster(image, orientation=turn, longest=_THUMBNAIL, most_bytes=_THUMBNAIL_BYTES)
    sections: tuple[Section, ...] = ()
    if detail != "brief":
        plates = picture_plates(inspection, image, drawings, beside=detail == "beside")
        sections = (
            Section("What is seen", (), plates["picture"]),
            Section("Causes, and what shows them", _causeless(inspection), (), _causes(inspection)),
            Section("Signs of a generator", (), plates["signs"]),
            Section("Bands", (), plates["bands"]),
            Section("Grids", (), plates["spectrum"]),
            _file_section(inspection),
        )
    return ReportPart(
        printable(inspection.path),
        verdict,
        rest.lstrip(":, "),
        _TONES[found.verdict],
        (
            *explain(inspection),
            f"Score {render_score(found.score)}: {SCORE}.",
            *_errs(inspection),
            settling(inspection),
        ),
        found.score,
        raster_drawing(small, f"Small picture of {printable(inspection.path)}"),
        sections,
    )


def _errs(inspection: Inspection) -> tuple[str, ...]:
    """How much likelier it is generated, and how often real pictures show as much."""
    found = inspection.attribution
    if not found.contributions:
        return ()
    return f"What was found is {render_ratio(found)}.", sentence(render_rate(found))


def _causeless(inspection: Inspection) -> tuple[str, ...]:
    return () if inspection.attribution.causes else ("No cause left a trace that was found.",)


def _causes(inspection: Inspection) -> tuple[ReportTable, ...]:
    rows = tuple((one.cause, evidence_sentence(one)) for one in inspection.attribution.causes)
    return (ReportTable("Causes", ("cause", "evidence"), rows),) if rows else ()


def _file_section(inspection: Inspection) -> Section:
    """What the file is, and apart from that what it says about its origin."""
    rows, columns = inspection.evidence.shape[:2]
    facts = {
        "size": f"{columns} x {rows} pixels",
        **{name.replace("_", " "): value for name, value in file_facts(inspection.record).items()},
        "sha256": inspection.record.sha256,
    }
    words = {True: "yes", False: "no"}
    return Section(
        "The file",
        provenance_sentences(inspection.provenance),
        (),
        (
            ReportTable(
                "Record of the file",
                (),
                tuple(
                    (name, words.get(value, str(value)) if isinstance(value, bool) else str(value))
                    for name, value in facts.items()
                    if value is not None
                ),
            ),
        ),
    )
