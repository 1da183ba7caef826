"""The report on two sets: both on one scale, and what besides the pictures tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import ProfileKind
from forensics.counting import counted
from forensics.detection.comparison import Side
from forensics.detection.evaluation.audit import Audit
from forensics.detection.evaluation.evaluate import Evaluation
from forensics.detection.spectra import SpectrumFindings
from forensics.images.sources.find import Skipped
from forensics.images.sources.names import printable
from forensics.traces.color import color_distance
from forensics.traces.periods import Banding
from forensics.traces.profiles import KINDS
from forensics.views.figures import (
    show_autocorrelation,
    show_line_profile,
    show_power_spectrum,
    show_robustness,
    show_roc,
    show_spectrum,
)
from forensics.views.rasters import picture_raster, shared_limits
from forensics.views.report.document import (
    Making,
    Panel,
    Plate,
    Report,
    ReportPart,
    ReportTable,
    Section,
    making_record,
)
from forensics.views.report.drawings import Drawings, distance_drawing, legend, raster_drawing
from forensics.views.results.audit import audit_record, audit_rows, audit_sentence
from forensics.views.results.captions import captions
from forensics.views.results.evaluation import condition_rows, evaluation_record
from forensics.views.results.records import FORMAT_VERSION, comparison_record
from forensics.views.results.sentences import (
    CAUSES,
    bare_p,
    lowered,
    ratio_cells,
    render_finding,
    render_period,
)
from forensics.views.results.spectrum import PEAK_CAUSES, render_peaks, spectrum_record
from forensics.views.sheets.panels import label_bands

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "MeasuredSet",
    "bands_of",
    "blend_plates",
    "period_table",
    "profile_plates",
    "set_report",
    "spectrum_plates",
]

_LONGEST = 512
_READING: dict[ProfileKind, str] = {
    "signed": "Difference of the means of neighbouring lines of the blend.",
    "first": "Mean absolute first difference of neighbouring lines of the blend.",
    "second": "Mean absolute second difference of neighbouring lines of the blend.",
}


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSet:
    """One of the two sets of a report, measured.

    Parameters
    ----------
    side : Side
        Name, blend and periods of the set.
    spectra : SpectrumFindings
        Spectra of the set, from `spectrum_findings`.
    """

    side: Side
    spectra: SpectrumFindings

    @property
    def name(self) -> str:
        """Name of the set, as people are shown it."""
        return printable(self.side.name)

    @property
    def counted(self) -> str:
        """Name of the set and its number of pictures."""
        return f"{self.name}, {counted(self.side.blended.n_images)}"


def blend_plates(sets: Sequence[MeasuredSet]) -> tuple[Plate, ...]:
    """Plates of the blends and their distance maps, both on one scale.

    Parameters
    ----------
    sets : sequence of MeasuredSet
        The sets, each with its blend and spectra.

    Returns
    -------
    tuple of Plate
        Distance maps, then blends.
    """
    means = [one.side.blended.mean for one in sets]
    low, high = shared_limits([color_distance(mean) for mean in means])
    blends = tuple(
        Panel(
            one.counted,
            raster_drawing(
                picture_raster(
                    np.rint(mean).astype(np.uint8), longest=_LONGEST, most_bytes=250_000
                ),
                f"Blend of {one.counted}",
            ),
        )
        for one, mean in zip(sets, means, strict=True)
    )
    maps = tuple(
        Panel(
            f"{one.counted}{said}",
            distance_drawing(
                shown,
                f"Distance map of {one.counted}: {bands_of(one)}",
                limits=(low, high),
            ),
        )
        for one, (shown, said) in zip(sets, map(_middle, means), strict=True)
    )
    found = " ".join(f"{one.name}: {bands_of(one)}." for one in sets)
    return (
        Plate(
            "Distance from the mean colour",
            found,
            maps,
            f"Every pixel of the blend by its distance from the blend's mean colour, both on one "
            f"scale, {low:.1f} (dark) to {high:.1f} counts.",
        ),
        Plate("Mean of all pictures", "What the sets have in common at each place.", blends),
    )


def _middle(mean: Any) -> tuple[Any, str]:
    """A map of every pixel, of the middle alone where all would not fit: reduced, bands go."""
    rows, columns = mean.shape[:2]
    if max(rows, columns) <= _LONGEST:
        return mean, ""
    top, left = (max(0, (side - _LONGEST) // 2) for side in (rows, columns))
    return mean[top : top + _LONGEST, left : left + _LONGEST], ", its middle"


def profile_plates(sets: Sequence[MeasuredSet], drawings: Drawings) -> tuple[Plate, ...]:
    """Plates of the line profiles of every kind and their spectra, on shared axes.

    Parameters
    ----------
    sets : sequence of MeasuredSet
        The sets, each with its blend and spectra.
    drawings : Drawings
        Draws the figures of the report, and names them.

    Returns
    -------
    tuple of Plate
        One for each kind of profile.
    """
    plates = []
    for kind in KINDS:
        findings = [
            f"{one.counted}: {lowered(render_finding(one.side.bands.tested, kind))}" for one in sets
        ]
        profiles = drawings.axes(
            [partial(_show_lines, one, kind) for one in sets],
            [f"{kind.capitalize()} profile of {finding}" for finding in findings],
            shared=True,
        )
        spectra = drawings.axes(
            [partial(_show_spectra, one, kind) for one in sets],
            [f"Spectrum of the {kind} profile of {finding}" for finding in findings],
            shared=True,
        )
        panels = [
            *(
                Panel(f"{one.name}: lines", drawn)
                for one, drawn in zip(sets, profiles, strict=True)
            ),
            *(
                Panel(f"{one.name}: spectrum", drawn)
                for one, drawn in zip(sets, spectra, strict=True)
            ),
        ]
        said = f"{'. '.join(findings)}."
        plates.append(
            Plate(f"{kind.capitalize()} differences", said, tuple(panels), _READING[kind])
        )
    return tuple(plates)


def _show_lines(one: MeasuredSet, kind: ProfileKind, axes: Axes) -> None:
    for profile in one.side.bands.of(kind):
        show_line_profile(profile, ax=axes)
    legend(axes)


def _show_spectra(one: MeasuredSet, kind: ProfileKind, axes: Axes) -> None:
    for profile in one.side.bands.of(kind):
        show_spectrum(profile, ax=axes)
    label_bands(axes, one.side.bands, kind)
    legend(axes)


def period_table(sets: Sequence[MeasuredSet]) -> ReportTable:
    """Table of every tested period of both sets, side by side.

    Parameters
    ----------
    sets : sequence of MeasuredSet
        The sets, each with its blend and spectra.

    Returns
    -------
    ReportTable
        One row for each period of each kind of profile.
    """
    tested = [{(one.profile, one.period): one for one in each.side.bands.tested} for each in sets]
    rows = []
    for key in dict.fromkeys(key for each in tested for key in each):
        cells = [key[0], render_period(key[1])]
        for bands in tested:
            cells += _band_cells(bands.get(key))
        rows.append(tuple(cells))
    columns = (f"{one.name}: {what}" for one in sets for what in ("rows", "columns", "p"))
    heading = ("profile", "period", *columns)
    return ReportTable(
        "Power over the local noise in rows and columns, and the chance of both together, "
        "corrected for all periods tested",
        heading,
        tuple(rows),
    )


def _band_cells(tested: Banding | None) -> tuple[str, ...]:
    if tested is None:
        return "-", "-", "not tested"
    return *ratio_cells(tested), f"{bare_p(tested.p_holm)}{' *' if tested.found else ''}"


def spectrum_plates(sets: Sequence[MeasuredSet], drawings: Drawings) -> tuple[Plate, ...]:
    """Plates of the residual spectra and autocorrelations.

    Parameters
    ----------
    sets : sequence of MeasuredSet
        The sets, each with its blend and spectra.
    drawings : Drawings
        Draws the figures of the report, and names them.

    Returns
    -------
    tuple of Plate
        Spectra, then autocorrelations.
    """
    found = [
        f"{one.name}, {counted(one.spectra.average.n_images)}: "
        f"{lowered(render_peaks(one.spectra.peaks))}"
        for one in sets
    ]
    power = drawings.axes(
        [partial(_show_power, one) for one in sets],
        [f"Residual spectrum of {said}" for said in found],
        size=(420, 400),
        left=46,
        mapped=True,
    )
    lags = drawings.axes(
        [partial(_show_lags, one) for one in sets],
        [f"Autocorrelation of the residual of {one.name}" for one in sets],
        size=(420, 400),
        left=46,
        mapped=True,
    )
    names = [one.name for one in sets]
    return (
        Plate(
            "Mean residual spectrum",
            f"{'. '.join(found)}.",
            tuple(map(Panel, names, power)),
            PEAK_CAUSES,
        ),
        Plate(
            "Autocorrelation of the residual",
            "How alike pictures are to themselves, moved by so many pixels: grids repeat.",
            tuple(map(Panel, names, lags)),
        ),
    )


def _show_power(one: MeasuredSet, axes: Axes) -> None:
    found = [peak.peak for peak in one.spectra.peaks if peak.mean == "power" and peak.found]
    show_power_spectrum(one.spectra.residual.power, peaks=found, ax=axes)


def _show_lags(one: MeasuredSet, axes: Axes) -> None:
    show_autocorrelation(one.spectra.autocorrelation, ax=axes)


def bands_of(one: MeasuredSet) -> str:
    """What a blend shows, within a sentence.

    Parameters
    ----------
    one : MeasuredSet
        Set whose blend is described.

    Returns
    -------
    str
        Without a capital and a full stop.
    """
    return lowered(render_finding(one.side.bands.tested, "signed"))


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
    """Report on two sets.

    Parameters
    ----------
    a, b : MeasuredSet
        The sets, each with its blend and spectra.
    audit : Audit
        Audit of both sets: what tells them apart besides their content.
    how : Making
        How the report is made, from `making`.
    evaluation : Evaluation, optional
        How the score does on them.
    skipped : sequence of Skipped
        Pictures left out, each with the reason.

    Returns
    -------
    Report
        The report, ready for `render_report`.

    See Also
    --------
    picture_report : The report on single pictures.
    """
    names = captions((a.side.name, b.side.name))
    sets = tuple(
        replace(one, side=replace(one.side, name=name))
        for one, name in zip((a, b), names, strict=True)
    )
    first, second = captions(audit.names)
    shown_audit = replace(audit, names=(first, second))
    drawings = Drawings()
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
            (audit_sentence(shown_audit),),
            (),
            _audited(shown_audit),
        ),
    ]
    if evaluation is not None:
        sections.append(_evaluated(evaluation, drawings))
    sections.append(Section("What this cannot show", (*warnings, *_LIMITS)))
    if skipped:
        left = captions([one.path for one in skipped[:_NAMED]])
        rows = tuple(
            (path, printable(one.reason)) for path, one in zip(left, skipped[:_NAMED], strict=True)
        )
        more = f", the first {_NAMED}" if len(skipped) > _NAMED else ""
        table = ReportTable(f"{counted(len(skipped))}{more}", ("picture", "why"), rows)
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
        f"{sets[0].counted}, against {sets[1].counted}",
        "Two sets compared",
        "",
        "sets",
        (
            *(f"{one.counted}: {bands_of(one)}." for one in sets),
            audit_sentence(shown_audit),
        ),
        sections=tuple(sections),
    )
    title = f"Report on {sets[0].name} against {sets[1].name}"
    return Report(title, (part,), (), record, how)


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
        left=82,
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
