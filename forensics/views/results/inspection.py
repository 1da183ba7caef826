"""One judged picture as a plain object for JSON, and as text: a page, a few lines, or one row."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from forensics._records import Chance, Count, TypedDict
from forensics._typing import Channel, ProfileKind
from forensics.box import BoxRecord
from forensics.detection.verdict.attribution import Attribution, Contribution, PeriodCause, Verdict
from forensics.detection.verdict.causes import CauseName
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.references import ReferenceRate
from forensics.detection.verdict.signs import Sign, SignName
from forensics.images.record import FileFacts, file_facts
from forensics.images.sources.names import printable
from forensics.traces.fingerprints.match import FingerprintMatch, Kind
from forensics.traces.interpolation import Resampling
from forensics.traces.jpeg.grid import JpegTrace
from forensics.traces.periods import Period, banding
from forensics.views.results.causes import evidence_sentence
from forensics.views.results.explanation import (
    SCORE,
    contribution_words,
    explain,
    headline,
    headline_parts,
    parts_shape,
    render_rate,
    render_ratio,
    render_score,
    wrapped,
)
from forensics.views.results.files import file_sentences
from forensics.views.results.maps import MapRecord, map_record, region_box, regions_told
from forensics.views.results.provenance import (
    ProvenanceFacts,
    provenance_facts,
    provenance_sentences,
)
from forensics.views.results.records import (
    FORMAT_VERSION,
    BandingRecord,
    PeriodRecord,
    Version,
    banding_record,
    json_value,
    period_record,
)

__all__ = [
    "ROW_HEAD",
    "InspectionRecord",
    "inspection_record",
    "render_inspection",
    "render_row",
    "render_verdict",
]

Difference: TypeAlias = Literal["red - green", "blue - green"]

_DIFFERENCES: tuple[Difference, ...] = ("red - green", "blue - green")
_WIDTH, _INDENT = 96, 13
_MOST_ODDS = 100.0


class RateRecord(TypedDict):
    """How many real pictures show as much."""

    real: Count
    sources: Count
    as_much: Count


class AlikeRecord(RateRecord):
    """How many real pictures of the same kind show as much."""

    kind: str


class CauseRecord(TypedDict):
    """What left traces in the picture, in words and in numbers."""

    cause: CauseName
    evidence: str
    numbers: Mapping[str, Any]


class ContributionRecord(TypedDict):
    """What one feature adds to the log odds."""

    name: str
    value: float | None
    log_odds: float


class SignRecord(TypedDict):
    """What speaks for a generator, found or not."""

    sign: SignName
    p_value: Chance | None
    log_odds: float
    excused: bool
    numbers: Mapping[str, Any]


class PeriodCauseRecord(TypedDict):
    """A significant period and what explains it."""

    profile: ProfileKind
    period: float
    p_holm: Chance
    causes: Sequence[CauseName]


class ChromaRecord(PeriodRecord):
    """One tested period of a difference of colours."""

    difference: Difference


class MatchRecord(TypedDict):
    """A fingerprint that was tried: how well it fits, and as what; no family if of no generator."""

    name: str
    family: str | None
    kind: Kind
    z: float
    p_value: Chance
    matched: bool
    matched_as: str
    offset: tuple[int, int] | None
    scale: float


class ResamplingRecord(TypedDict):
    """The strongest beat of the picture, and the factors that would make it."""

    frequency: float
    factors: Sequence[float]
    p_value: Chance
    repeated_lines: Chance


class EarlierRecord(TypedDict):
    """An earlier JPEG compression."""

    origin: tuple[int, int]
    quality: int


class JpegTraceRecord(TypedDict):
    """Grid and qualities by the pixels; the file's own word is in `file`."""

    found: bool
    origin: tuple[int, int] | None
    log10_nfa: float
    quality: int | None
    standard_table: bool | None
    earlier: EarlierRecord | None


class PartsRecord(TypedDict):
    """How many parts were measured, of which rows and columns."""

    n: Count
    shape: Sequence[int]


class InspectionRecord(TypedDict):
    """The object that `catforensics inspect --json` prints."""

    format_version: Version
    path: str
    sha256: str
    shape: Sequence[int]
    file: FileFacts
    channel: Channel
    periods: list[PeriodRecord]
    banding: list[BandingRecord]
    verdict: Verdict
    score: Chance
    log_likelihood_ratio: float
    family: str | None
    reference: RateRecord
    alike: AlikeRecord | None
    causes: list[CauseRecord]
    explanation: Sequence[str]
    contributions: list[ContributionRecord]
    signs: list[SignRecord]
    period_causes: list[PeriodCauseRecord]
    chroma_periods: list[ChromaRecord]
    fingerprints: list[MatchRecord]
    resampling: ResamplingRecord
    jpeg: JpegTraceRecord
    parts: PartsRecord
    insets: Sequence[BoxRecord]
    map: MapRecord | None
    limits: Sequence[str]
    turned_by: str | None
    provenance: ProvenanceFacts


def inspection_record(inspection: Inspection) -> InspectionRecord:
    """JSON object of one inspected picture.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    InspectionRecord
        Ready for `render_json`.
    """
    found, traces = inspection.attribution, inspection.evidence
    record: InspectionRecord = {
        "format_version": FORMAT_VERSION,
        "path": inspection.path,
        "sha256": inspection.record.sha256,
        "shape": list(traces.shape),
        "file": file_facts(inspection.record),
        "channel": "luma",
        "periods": [period_record(period) for period in traces.periods],
        "banding": [banding_record(one) for one in banding(traces.periods)],
        "verdict": found.verdict,
        "score": found.score,
        "log_likelihood_ratio": found.log_likelihood_ratio,
        "family": found.family,
        "reference": _rate_record(found.reference),
        "alike": None
        if found.alike is None
        else {**_rate_record(found.alike), "kind": found.alike.kind},
        "causes": [
            {
                "cause": cause.cause,
                "evidence": evidence_sentence(cause),
                "numbers": cause.to_dict(),
            }
            for cause in found.causes
        ],
        "explanation": list(explain(inspection)),
        "contributions": [_contribution_record(one) for one in found.contributions],
        "signs": [_sign_record(sign, found) for sign in found.signs],
        "period_causes": [_period_cause_record(one) for one in found.periods],
        "chroma_periods": _chroma_records(traces.chroma),
        "fingerprints": [_match_record(match) for match in traces.matches],
        "resampling": _resampling_record(traces.resampling),
        "jpeg": _jpeg_record(traces.jpeg),
        "parts": {"n": len(traces.parts), "shape": list(parts_shape(inspection))},
        "insets": [box.to_dict() for box in inspection.insets],
        "map": map_record(inspection),
        "limits": list(found.limits),
        "turned_by": found.turned or None,
        "provenance": provenance_facts(inspection.provenance),
    }
    return json_value(record)


def render_inspection(inspection: Inspection) -> str:
    """Inspected picture as text: verdict, score, causes with their evidence, sentences.

    What the file says about itself stands apart, at the end.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    str
        A few lines of at most 96 characters, longer only where a name is.
    """
    found = inspection.attribution
    rows = [*_score_rows(found)]
    rows += [(cause.cause, evidence_sentence(cause)) for cause in found.causes]
    said = provenance_sentences(inspection.provenance)
    return "\n".join(
        [
            f"{printable(inspection.path)}: {headline(inspection)}",
            *(_row(name, text) for name, text in rows),
            "",
            *("\n".join(wrapped(sentence, _WIDTH)) for sentence in explain(inspection)),
            *_alone(inspection),
            "",
            *(_row("file" if not number else "", text) for number, text in enumerate(said)),
        ]
    )


def _alone(inspection: Inspection) -> list[str]:
    """Commands that measure the largest picture in this one alone, and the surest region."""
    named = shlex.quote(printable(inspection.path))
    regions = inspection.trace_map.regions if inspection.trace_map is not None else ()
    boxes = [*inspection.insets[:1], *(region_box(one, inspection) for one in regions[:1])]
    return [f"catforensics inspect {named} --box {box}" for box in dict.fromkeys(boxes)]


def render_verdict(inspection: Inspection, *, explain: bool = False) -> str:
    """Judged picture in a few lines: verdict, score, reference.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.
    explain : bool
        Whether a table of what every feature adds follows.

    Returns
    -------
    str
        Lines of at most 96 characters, longer only where a name is.
    """
    found = inspection.attribution
    lines = [
        f"{printable(inspection.path)}: {headline(inspection)}",
        *(_row(name, text) for name, text in _score_rows(found)),
        *(_row("file", text) for text in file_sentences(inspection.record)),
    ]
    return "\n".join([*lines, *(_contribution_lines(found) if explain else ())])


ROW_HEAD = f"{'verdict':<19}{'score':>9}  picture, and what was found"
"""Head of the table that `render_row` writes the rows of."""
_ROW_INDENT = 30


def render_row(inspection: Inspection, width: int) -> str:
    """Judged picture as a row of a table: verdict, score, name, and what else was found.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.
    width : int
        Characters of a line; what does not fit follows below the name.

    Returns
    -------
    str
        One line or more, without the last end.
    """
    found = inspection.attribution
    _, rest = headline_parts(inspection)
    score = render_score(found.score)
    damaged = "(damaged)" if inspection.record.damaged else ""
    differs = regions_told(inspection)
    told = " ".join(filter(None, (found.family or "", rest.lstrip(":, "), differs, damaged)))
    first = f"{found.verdict:<19}{score:>9}  {printable(inspection.path)}"
    if not told:
        return first
    if len(first) + 2 + len(told) <= width:
        return f"{first}  {told}"
    below = wrapped(told, max(width - _ROW_INDENT, _ROW_INDENT))
    return "\n".join([first, *(f"{'':<{_ROW_INDENT}}{line}" for line in below)])


def _score_rows(found: Attribution) -> list[tuple[str, str]]:
    if not found.contributions:
        return [("score", "50 %: nothing can be said of such a picture.")]
    return [
        ("score", f"{render_score(found.score)}: {SCORE}."),
        ("likelihood", f"{render_ratio(found)}."),
        ("reference", f"{render_rate(found)}."),
    ]


def _contribution_lines(found: Attribution) -> list[str]:
    """What every feature adds, the largest first, to the sum that is told."""
    if not found.contributions:
        return ["", "nothing was weighed: nothing can be said of such a picture"]
    ranked = sorted(found.contributions, key=lambda one: -abs(one.log_odds))
    rows = [(contribution_words(one.name), _odds(one.log_odds)) for one in ranked]
    rows.append(("together", _odds(found.log_odds)))
    if found.is_bounded:
        rows.append(("as far as the reference goes", f"{found.log_likelihood_ratio:+.2f}"))
    return ["", f"{'what':<58}{'log odds':>10}", *(f"{name:<58}{odds:>10}" for name, odds in rows)]


def _odds(value: float) -> str:
    """Log odds for reading: beyond 100, nobody has seen enough to tell them apart."""
    return f"{value:+.2f}" if value < _MOST_ODDS else f"over +{_MOST_ODDS:.0f}"


def _rate_record(rate: ReferenceRate) -> RateRecord:
    return {"real": rate.real, "sources": rate.sources, "as_much": rate.as_much}


def _contribution_record(one: Contribution) -> ContributionRecord:
    value = None if math.isnan(one.value) else one.value
    return {"name": one.name, "value": value, "log_odds": one.log_odds}


def _sign_record(sign: Sign, found: Attribution) -> SignRecord:
    return {
        "sign": sign.name,
        "p_value": sign.p_value,
        "log_odds": found.log_odds_of(sign.name),
        "excused": sign.excused,
        "numbers": sign.to_dict(),
    }


def _row(name: str, text: str) -> str:
    filled = wrapped(text, _WIDTH - _INDENT)
    lines = [f"{name:<{_INDENT}}{filled[0]}", *(f"{'':<{_INDENT}}{line}" for line in filled[1:])]
    return "\n".join(lines).rstrip()


def _period_cause_record(one: PeriodCause) -> PeriodCauseRecord:
    return {
        "profile": one.banding.profile,
        "period": round(one.banding.period, 4),
        "p_holm": one.banding.p_holm,
        "causes": one.causes,
    }


def _chroma_records(periods: tuple[Period, ...]) -> list[ChromaRecord]:
    """Rows and columns of each colour difference, in that order."""
    each = max(1, len(periods) // len(_DIFFERENCES))
    return [
        {"difference": _DIFFERENCES[number // each], **period_record(period)}
        for number, period in enumerate(periods)
    ]


def _match_record(match: FingerprintMatch) -> MatchRecord:
    return {
        "name": match.name,
        "family": match.family,
        "kind": match.kind,
        "z": match.z,
        "p_value": match.p_value,
        "matched": match.matched,
        "matched_as": match.matched_as,
        "offset": match.offset,
        "scale": match.scale,
    }


def _resampling_record(found: Resampling) -> ResamplingRecord:
    return {
        "frequency": found.frequency,
        "factors": found.factors,
        "p_value": found.p_value,
        "repeated_lines": found.repeated,
    }


def _jpeg_record(found: JpegTrace) -> JpegTraceRecord:
    grid, quality, earlier = found.grid, found.quality, found.earlier
    return {
        "found": grid.found,
        "origin": grid.origin if grid.found else None,
        "log10_nfa": grid.log10_nfa,
        "quality": quality.quality if quality else None,
        "standard_table": quality.standard if quality else None,
        "earlier": None
        if earlier is None
        else {"origin": earlier.origin, "quality": earlier.quality},
    }
