"""The report on two sets: what each shows, and what besides the pictures tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import ProfileKind
from forensics.detection.audit import Audit
from forensics.detection.evaluation import Evaluation
from forensics.images.names import printable
from forensics.images.sources import Skipped
from forensics.traces.color import color_distance
from forensics.traces.periods import banding
from forensics.traces.profiles import KINDS, line_profiles
from forensics.views.auditrecords import audit_record, audit_rows, audit_sentence
from forensics.views.evaluationcells import condition_rows
from forensics.views.evaluationrecords import evaluation_record
from forensics.views.figures import (
    show_autocorrelation,
    show_line_profile,
    show_power_spectrum,
    show_robustness,
    show_roc,
    show_spectrum,
)
from forensics.views.rasters import picture_raster
from forensics.views.records import FORMAT_VERSION, Side, comparison_record
from forensics.views.report.document import Panel, Part, Plate, Report, Section, Table
from forensics.views.report.drawings import Drawings, distance_drawing, raster_drawing
from forensics.views.report.making import Made, made_record
from forensics.views.sentences import (
    CAUSES,
    SIGNIFICANT,
    render_finding,
    render_number,
    render_p,
    render_period,
)
from forensics.views.spectrumrecords import (
    PEAK_CAUSES,
    SpectrumFindings,
    render_peaks,
    spectrum_record,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MeasuredSet", "set_report"]

_LONGEST = 512
_CURVES = ("as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5")
_LIMITS = (
    "Bands at the same place in all pictures of a set come from the process that made them all. "
    "Whether that is a generator, JPEG or resizing is told by their periods, not by their "
    "strength: " + CAUSES[0].lower() + CAUSES[1:],
    "A set without bands is not shown to be photographs: some generators leave none.",
    "Figures of a classifier as found may be those of the container; beside them stand those of "
    "matched delivery and what the container alone tells.",
)
_READING: dict[ProfileKind, str] = {
    "signed": "Difference of the means of neighbouring lines of the blend.",
    "first": "Mean absolute first difference of neighbouring lines of the blend.",
    "second": "Mean absolute second difference of neighbouring lines of the blend.",
}


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSet:
    """One of the two sets, measured.

    Parameters
    ----------
    side : Side
        Name, blend and periods.
    spectra : SpectrumFindings
    """

    side: Side
    spectra: SpectrumFindings

    @property
    def name(self) -> str:
        """As people are shown it."""
        return printable(self.side.name)

    @property
    def counted(self) -> str:
        """Its name and how many pictures it has."""
        return f"{self.name}, {_counted(self.side.blended.n_images)}"


def set_report(
    a: MeasuredSet,
    b: MeasuredSet,
    audit: Audit,
    how: Made,
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
    how : Made
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
        Section("Blends", (), _blend_plates(sets)),
        Section("Line profiles", (), _profile_plates(sets, drawings), (_periods(sets),)),
        Section("Spectra", (), _spectrum_plates(sets, drawings)),
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
        table = Table(f"{len(skipped):,} pictures{more}", ("", "why"), rows)
        sections.append(Section("Left out", (), (), (table,)))
    record = {
        "format_version": FORMAT_VERSION,
        "report": "sets",
        "made": made_record(how),
        "comparison": comparison_record(a.side, b.side),
        "spectra": {"a": spectrum_record(a.spectra), "b": spectrum_record(b.spectra)},
        "audit": audit_record(audit),
        "evaluation": None
        if evaluation is None
        else evaluation_record(evaluation, audit_sentence(audit)),
    }
    part = Part(
        f"{a.counted}, against {b.counted}",
        "Two sets compared",
        "",
        "sets",
        (
            *(f"{one.counted}: {_bands(one)}." for one in sets),
            audit_sentence(audit),
        ),
        sections=tuple(sections),
    )
    return Report(f"Report on {a.name} against {b.name}", (part,), (), record, how)


_NAMED = 200


def _blend_plates(sets: Sequence[MeasuredSet]) -> tuple[Plate, ...]:
    means = [one.side.blended.mean for one in sets]
    distances = np.concatenate([color_distance(mean).ravel() for mean in means])
    low, high = np.percentile(distances, (1, 99)).tolist()
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
                f"Distance map of {one.counted}: {_bands(one)}",
                limits=(low, high),
            ),
        )
        for one, (shown, said) in zip(sets, map(_middle, means), strict=True)
    )
    found = " ".join(f"{one.name}: {_bands(one)}." for one in sets)
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


def _profile_plates(sets: Sequence[MeasuredSet], drawings: Drawings) -> tuple[Plate, ...]:
    plates = []
    for kind in KINDS:
        findings = [
            f"{one.counted}: {_lower(render_finding(one.side.periods, kind))}" for one in sets
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
    for profile in line_profiles(one.side.blended.mean, channel=one.side.channel, kinds=(kind,)):
        show_line_profile(profile, ax=axes)
    _legend(axes)


def _show_spectra(one: MeasuredSet, kind: ProfileKind, axes: Axes) -> None:
    for profile in line_profiles(one.side.blended.mean, channel=one.side.channel, kinds=(kind,)):
        show_spectrum(profile, ax=axes)
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2, frameon=False, fontsize=9.5
    )


def _periods(sets: Sequence[MeasuredSet]) -> Table:
    """Every tested period of both sets side by side."""
    tested = [
        {(one.profile, one.period): one for one in banding(each.side.periods)} for each in sets
    ]
    ratios = [
        {(one.profile, one.period, one.axis): one.ratio for one in each.side.periods}
        for each in sets
    ]
    rows = []
    for key in dict.fromkeys(key for each in tested for key in each):
        cells = [key[0], render_period(key[1])]
        for bands, ratio in zip(tested, ratios, strict=True):
            one = bands.get(key)
            cells += [
                *(_ratio(ratio.get((*key, axis))) for axis in ("rows", "columns")),
                "not tested" if one is None else _marked(one.p_holm),
            ]
        rows.append(tuple(cells))
    columns = (f"{one.name}: {what}" for one in sets for what in ("rows", "columns", "p"))
    heading = ("profile", "period", *columns)
    return Table(
        "Power over the local noise in rows and columns, and the chance of both together, "
        "corrected for all periods tested",
        heading,
        tuple(rows),
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else render_number(value)


def _marked(p: float) -> str:
    return f"{render_p(p).removeprefix('p ').removeprefix('= ')}{' *' if p < SIGNIFICANT else ''}"


def _spectrum_plates(sets: Sequence[MeasuredSet], drawings: Drawings) -> tuple[Plate, ...]:
    counted = [_counted(one.spectra.average.n_images) for one in sets]
    found = [
        f"{one.name}, {n}: {_lower(render_peaks(one.spectra.peaks))}"
        for one, n in zip(sets, counted, strict=True)
    ]
    power = drawings.axes(
        [partial(_show_power, one) for one in sets],
        [f"Residual spectrum of {said}" for said in found],
        size=(420, 400),
        left=46,
    )
    lags = drawings.axes(
        [partial(_show_lags, one) for one in sets],
        [f"Autocorrelation of the residual of {one.name}" for one in sets],
        size=(420, 400),
        left=46,
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
    axes.set_xlabel("period (pixels)")


def _show_lags(one: MeasuredSet, axes: Axes) -> None:
    show_autocorrelation(one.spectra.autocorrelation, ax=axes)


def _audited(audit: Audit) -> tuple[Table, ...]:
    heading = ("fact", *(printable(name) for name in audit.names), "tells apart")
    tables = []
    for caption, rows in audit_rows(audit).items():
        tables.append(Table(caption, heading, rows))
    return tuple(tables)


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
            Table(
                "Conditions; every one but as found first matches the delivery of both sets",
                heading,
                rows,
            ),
        ),
    )


def _bands(one: MeasuredSet) -> str:
    """What the map of a set shows, within a sentence."""
    return _lower(render_finding(one.side.periods, "signed"))


def _counted(n: int) -> str:
    return "1 picture" if n == 1 else f"{n:,} pictures"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
