"""The report on one picture, or on several: each trace beside what known sets show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from forensics._typing import FloatArray, Image, ProfileKind
from forensics.counting import counted
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.score import Verdict
from forensics.detection.verdict.typical import SIGN_NAMES, Typical, load_typical
from forensics.images.record import file_facts
from forensics.images.sources.find import Skipped
from forensics.images.sources.names import printable
from forensics.traces.spectra.peaks import Peak
from forensics.traces.spectra.residual import (
    Autocorrelation,
    CorrectedPeak,
    autocorrelation,
    residual_peaks,
    residual_spectrum,
)
from forensics.views.figures import (
    show_autocorrelation,
    show_layer,
    show_line_profile,
    show_power_spectrum,
    show_spectrum,
    show_strengths,
)
from forensics.views.rasters import picture_raster, reduced, step_for
from forensics.views.report.document import (
    Making,
    Panel,
    Plate,
    Report,
    ReportPart,
    ReportTable,
    Section,
    Tone,
    making_record,
)
from forensics.views.report.drawings import Drawings, distance_drawing, legend, raster_drawing
from forensics.views.report.known_sets import (
    KNOWN,
    MAPS,
    READING,
    SHADES,
    known_maps,
    known_plates,
    known_spectra,
)
from forensics.views.results.captions import captions, file_name
from forensics.views.results.causes import bands_found, evidence_sentence, mark_bands
from forensics.views.results.explanation import (
    SCORE,
    explain,
    headline_parts,
    render_rate,
    render_ratio,
    render_score,
    settling,
)
from forensics.views.results.inspection import InspectionRecord, inspection_record
from forensics.views.results.maps import LAYER_WORDS, map_sentences, region_title
from forensics.views.results.provenance import provenance_sentences
from forensics.views.results.records import FORMAT_VERSION, skipped_records
from forensics.views.results.sentences import listed, render_p, render_period, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Detail",
    "MOST_PICTURES",
    "detail_for",
    "picture_plates",
    "picture_report",
]

_THIS = "This picture"
_SIGNS = {
    "fingerprint": "fingerprint of a\nknown source",
    "bands": "bands of period 2",
    "crosswise pattern": "pattern added\ncrosswise",
}
_WIDE = (1180, 230)
_SQUARE, _SQUARE_SMALL, _SQUARE_LEFT = (340, 330), (276, 262), 46
_SHOWN, _SHOWN_SMALL = (1024, 250_000, 512), (512, 90_000, 256)
"""Longest side of a picture, bytes of it, longest side of its map: of one, and of several."""


def picture_plates(
    inspection: Inspection, image: Image, drawings: Drawings, *, beside: bool
) -> dict[str, tuple[Plate, ...]]:
    """Plates of one picture, by the section that they belong to.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.
    image : ndarray, shape (M, N, 3), uint8, counts
        Pixels as they are stored.
    drawings : Drawings
        Draws the figures of the report, and names them.
    beside : bool
        Whether what known sets show is set beside each drawing.

    Returns
    -------
    dict of str to tuple of Plate
        Plates under the keys picture, bands, spectrum and signs.
    """
    kinds: tuple[ProfileKind, ...] = ("second", "signed", "first")
    return {
        "picture": (_picture_plate(inspection, image, beside=beside),),
        "bands": tuple(_bands_plate(inspection, kind, drawings, beside=beside) for kind in kinds),
        "spectrum": _spectrum_plates(inspection, image, drawings, beside=beside),
        "signs": (_signs_plate(inspection, drawings),),
    }


def _picture_plate(inspection: Inspection, image: Image, *, beside: bool) -> Plate:
    longest, most_bytes, longest_map = _SHOWN if beside else _SHOWN_SMALL
    turn = inspection.record.orientation
    rows, columns = image.shape[:2]
    step = step_for(image.shape, longest)
    said = f"The picture, {columns} x {rows} pixels"
    shown = f", as means of {step} x {step}" if step > 1 else ""
    raster = picture_raster(image, orientation=turn, longest=longest, most_bytes=most_bytes)
    map_of = distance_drawing(
        reduced(image, step_for(image.shape, longest_map)),
        "Every pixel of this picture by its distance from the picture's mean colour",
        orientation=turn,
    )
    panels = (
        Panel(f"{said}{shown}", raster_drawing(raster, said)),
        Panel("Its distance from the mean colour", map_of),
        *(known_maps() if beside else ()),
    )
    about = "In one picture, the map shows mostly its content. "
    return Plate("Picture and distance map", about + MAPS if beside else about.strip(), panels)


def _bands_plate(
    inspection: Inspection, kind: ProfileKind, drawings: Drawings, *, beside: bool
) -> Plate:
    """One kind of profile, its spectrum, and the spectra of known sets on the same axes."""
    profiles = [one for one in inspection.evidence.middle.profiles if one.kind == kind]
    bands = [one for one in inspection.attribution.periods if one.banding.profile == kind]
    found = bands_found(bands)

    def lines(axes: Axes) -> None:
        for profile in profiles:
            show_line_profile(profile, ax=axes)
        legend(axes)

    def spectrum(axes: Axes) -> None:
        for profile in profiles:
            show_spectrum(profile, ax=axes)
        legend(axes)
        mark_bands(axes, bands)

    (profile,) = drawings.axes(
        [lines], [f"{kind.capitalize()} line profile of this picture"], size=_WIDE
    )
    shows, findings = known_spectra(kind) if beside else ([], [])
    spectra = drawings.axes(
        [spectrum, *shows],
        [f"Spectrum of the {kind} profile of this picture: {found}", *findings],
        shared=beside,
    )
    labels = [f"{_THIS}: spectrum", *(KNOWN.values() if beside else ())]
    panels = (
        Panel(f"{_THIS}: a number for every line", profile, wide=True),
        *map(Panel, labels, spectra),
    )
    causes = sorted({cause for one in bands for cause in one.causes})
    explained = f"; what makes them: {listed(causes)}" if causes else ""
    reading = f"{READING[kind]} {SHADES}" if beside else READING[kind]
    return Plate(f"{kind.capitalize()} differences", f"{found}{explained}.", panels, reading)


def _spectrum_plates(
    inspection: Inspection, image: Image, drawings: Drawings, *, beside: bool
) -> tuple[Plate, Plate]:
    square = _SQUARE if beside else _SQUARE_SMALL
    residual = residual_spectrum(image[inspection.evidence.middle_place])
    power = residual.power
    peaks = [one for one in residual_peaks(residual) if one.found]
    found = _peaks_found(peaks)
    known = [load_typical(name) for name in KNOWN] if beside else []
    spectra = drawings.axes(
        [
            partial(_show_spectrum, power, tuple(one.peak for one in peaks)),
            *(partial(_show_spectrum, one.residual, ()) for one in known),
        ],
        [f"Residual spectrum of this picture: {found}", *map(_spectrum_said, known)],
        size=square,
        left=_SQUARE_LEFT,
        mapped=True,
    )
    lags = drawings.axes(
        [
            partial(_show_lags, autocorrelation(power)),
            *(partial(_show_lags, one.autocorrelation) for one in known),
        ],
        [
            "Autocorrelation of this picture's residual",
            *(f"Mean autocorrelation, {KNOWN[one.name]}" for one in known),
        ],
        size=square,
        left=_SQUARE_LEFT,
        mapped=True,
    )
    labels = [_THIS, *(f"Mean of {KNOWN[one.name]}" for one in known)]
    return (
        Plate(
            "Spectrum of the residual",
            f"{found}.",
            tuple(map(Panel, labels, spectra)),
            "The picture without its content, as frequencies: the middle is what changes slowly, "
            "the edge what changes from pixel to pixel. Grids are points. Significant peaks are "
            "circled.",
        ),
        Plate(
            "Autocorrelation of the residual",
            "How alike the picture is to itself, moved by so many pixels: grids repeat.",
            tuple(map(Panel, labels, lags)),
        ),
    )


def _spectrum_said(known: Typical) -> str:
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in known.verdicts.items())
    return f"Mean residual spectrum of {KNOWN[known.name]}; verdicts on each: {verdicts}"


def _peaks_found(peaks: Sequence[CorrectedPeak]) -> str:
    if not peaks:
        return "No peaks at any tested frequency"
    best = min(peaks, key=lambda one: one.p_holm)
    more = f" and {len(peaks) - 1} more" if len(peaks) > 1 else ""
    return (
        f"A peak at period {render_period(best.peak.period)} in {best.peak.direction} "
        f"({render_p(best.p_holm)}){more}"
    )


def _show_spectrum(power: Any, peaks: tuple[Peak, ...], axes: Axes) -> None:
    show_power_spectrum(power, peaks=peaks, ax=axes)


def _show_lags(found: Autocorrelation, axes: Axes) -> None:
    show_autocorrelation(found, ax=axes)


def _signs_plate(inspection: Inspection, drawings: Drawings) -> Plate:
    """What every sign adds, beside what it adds in pictures of known origin."""
    found = inspection.attribution
    added = {_SIGNS[name]: found.log_odds_of(name) for name in SIGN_NAMES}
    added["all traces"] = found.log_odds
    sets = {called: load_typical(name).strengths for name, called in KNOWN.items()}
    said = listed([f"{name} {odds:+.1f}".replace("\n", " ") for name, odds in added.items()])
    (drawn,) = drawings.axes(
        [lambda axes: show_strengths(added, sets, certain=shipped_model().certain, ax=axes)],
        [f"Log odds that the signs of a generator add in this picture: {said}"],
        size=(860, 90 + 60 * len(added)),
        left=130,
    )
    counted = "; ".join(
        f"of {called} {load_typical(name).verdicts.get('generator trace', 0)} are called so"
        for name, called in KNOWN.items()
    )
    return Plate(
        "Signs of a generator",
        f"Log odds: {said}. From {shipped_model().certain:.1f}, all together, a picture is called "
        f"generator trace: {counted}.",
        (Panel("What each sign adds", drawn, wide=True),),
        "Natural logarithms: 2.3 is ten times as likely, 4.6 a hundred times. Boxes hold the "
        "middle half of a set, whiskers nine pictures in ten.",
    )


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
    """How much detail there is room for in a report on so many pictures.

    Parameters
    ----------
    n : int
        Number of pictures.

    Returns
    -------
    {"beside", "alone", "brief"}
        With known sets beside each, without, or only in short.

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
    """Report on inspected pictures.

    Parameters
    ----------
    inspected : iterable of (Inspection, ndarray)
        Inspections with the stored pixels, shape (M, N, 3), uint8, as `inspect_image` returns them;
        consumed once, one picture in memory at a time.
    how : Making
        How the report is made, from `making`.
    detail : {"beside", "alone", "brief"}
        How much is shown of each picture, from `detail_for`.
    skipped : sequence of Skipped
        Pictures left out, each with the reason; it may grow while `inspected` is consumed.

    Returns
    -------
    Report
        The report, ready for `render_report`.

    See Also
    --------
    set_report : The report on two sets.
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
        left = captions([one.path for one in skipped])
        rows = tuple((path, printable(one.reason)) for path, one in zip(left, skipped, strict=True))
        sections.insert(
            0, Section("Left out", (), (), (ReportTable("Pictures", ("picture", "why"), rows),))
        )
    names = captions([one["path"] for one in records])
    parts = [replace(part, name=name) for part, name in zip(parts, names, strict=True)]
    name = parts[0].name if len(parts) == 1 else counted(len(parts))
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
            *_map_sections(inspection, image, drawings),
            Section("Causes, and what shows them", _causeless(inspection), (), _causes(inspection)),
            Section("Signs of a generator", (), plates["signs"]),
            Section("Bands", (), plates["bands"]),
            Section("Grids", (), plates["spectrum"]),
            _file_section(inspection),
        )
    return ReportPart(
        file_name(inspection.path),
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
        raster_drawing(small, f"Small picture of {file_name(inspection.path)}"),
        sections,
    )


def _map_sections(inspection: Inspection, image: Image, drawings: Drawings) -> tuple[Section, ...]:
    """The traces by place, where they were asked for."""
    found = inspection.trace_map
    if found is None:
        return ()
    judged = [layer for layer in found.layers if layer.judged]
    rows = tuple(
        (layer.name, "judged" if layer.judged else f"not judged: {layer.why}")
        for layer in found.layers
    )
    table = ReportTable("Kinds of evidence", ("by", ""), rows)
    if not judged:
        return (Section("Traces by place", map_sentences(inspection), (), (table,)),)
    boxes = [
        (slice(box.top, box.top + box.rows), slice(box.left, box.left + box.columns))
        for box in (region.box for region in found.regions)
    ]
    turn = inspection.record.orientation
    where = listed([region_title(region) for region in found.regions]) or "no region"
    drawn = drawings.axes(
        [partial(_show_layer, layer.values, image, boxes, turn) for layer in judged],
        [f"Map of {LAYER_WORDS[layer.name]} over the picture; framed: {where}" for layer in judged],
        size=_SQUARE,
        left=_SQUARE_LEFT,
    )
    plate = Plate(
        "Where traces differ",
        f"Framed: {where}.",
        tuple(Panel(layer.name, one) for layer, one in zip(judged, drawn, strict=True)),
        "Red cells speak for what most of the picture has, blue ones against it. A region is "
        "framed where two histories explain the picture much better than one.",
    )
    return (Section("Traces by place", map_sentences(inspection), (plate,), (table,)),)


def _show_layer(
    values: FloatArray,
    image: Image,
    boxes: Sequence[tuple[slice, slice]],
    orientation: int,
    axes: Axes,
) -> None:
    show_layer(values, image, boxes, orientation=orientation, ax=axes)


def _errs(inspection: Inspection) -> tuple[str, ...]:
    """How much likelier it is generated, unless that is said, and how many real ones show it."""
    found = inspection.attribution
    if not found.contributions:
        return ()
    ratio, rate = render_ratio(found), sentence(render_rate(found))
    said = any(ratio in one for one in explain(inspection))
    return (rate,) if said else (f"What was found is {ratio}.", rate)


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
        "damaged chunks": ", ".join(inspection.record.damaged_chunks),
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
                    if value not in (None, "")
                ),
            ),
        ),
    )
