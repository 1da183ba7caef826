"""One judged picture as a plain object for JSON, and as text: a page, a few lines, or one row."""

from __future__ import annotations

import math
from typing import Any

from forensics.detection.attribution import Attribution, Contribution, PeriodCause
from forensics.detection.inspection import Inspection
from forensics.detection.references import ReferenceRate
from forensics.detection.signs import Sign
from forensics.images.names import printable
from forensics.images.provenance import provenance_facts, provenance_sentences
from forensics.images.record import file_facts
from forensics.traces.fingerprints.matching import FingerprintMatch
from forensics.traces.jpeg.grid import JpegTrace
from forensics.traces.periods import Period, banding
from forensics.traces.resampling import Resampling
from forensics.views.causewords import evidence_sentence
from forensics.views.explanations import (
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
from forensics.views.records import (
    FORMAT_VERSION,
    banding_record,
    period_record,
    plain,
)

__all__ = ["inspection_record", "render_inspection", "render_row", "render_verdict"]

_DIFFERENCES = ("red - green", "blue - green")
_WIDTH, _INDENT = 96, 13
_MOST_ODDS = 100.0
_TINY = 1e-9


def inspection_record(inspection: Inspection) -> dict[str, Any]:
    """The JSON object of one inspected picture.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    dict
        Keys of a profile (format_version, path, sha256, shape, file, channel, periods,
        banding), then verdict, score, log_likelihood_ratio, family, reference, alike, causes,
        contributions, explanation, signs, period_causes, chroma_periods, fingerprints, resampling,
        jpeg, parts, limits, turned_by and provenance.
    """
    found, traces = inspection.attribution, inspection.evidence
    record = {
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
        "alike": found.alike and {**_rate_record(found.alike), "kind": found.alike.kind},
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
        "limits": list(found.limits),
        "turned_by": found.turned or None,
        "provenance": provenance_facts(inspection.provenance),
    }
    return {key: plain(value) for key, value in record.items()}


def render_inspection(inspection: Inspection) -> str:
    """One inspected picture as text: verdict, score, causes with their evidence, sentences.

    What the file says about itself stands apart, at the end.

    Parameters
    ----------
    inspection : Inspection

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
            "",
            *(_row("file" if not number else "", text) for number, text in enumerate(said)),
        ]
    )


def render_verdict(inspection: Inspection, *, explain: bool = False) -> str:
    """One judged picture in a few lines: verdict, score, reference.

    Parameters
    ----------
    inspection : Inspection
    explain : bool
        Whether to add a table of what every feature adds.

    Returns
    -------
    str
    """
    found = inspection.attribution
    lines = [
        f"{printable(inspection.path)}: {headline(inspection)}",
        *(_row(name, text) for name, text in _score_rows(found)),
    ]
    return "\n".join([*lines, *(_contribution_lines(found) if explain else ())])


def render_row(inspection: Inspection) -> str:
    """One judged picture as a row of a table: verdict, score, name, and what else was found."""
    found = inspection.attribution
    _, rest = headline_parts(inspection)
    score = render_score(found.score)
    named = printable(inspection.path)
    told = " ".join(filter(None, (found.family or "", rest.lstrip(":, "))))
    return f"{found.verdict:<19}{score:>9}  {named}{f'  {told}' if told else ''}"


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
    if abs(found.log_odds) > abs(found.log_likelihood_ratio) + _TINY:
        rows.append(("as far as the reference goes", f"{found.log_likelihood_ratio:+.2f}"))
    return ["", f"{'what':<58}{'log odds':>10}", *(f"{name:<58}{odds:>10}" for name, odds in rows)]


def _odds(value: float) -> str:
    """Log odds for reading: beyond 100, nobody has seen enough to tell them apart."""
    return f"{value:+.2f}" if value < _MOST_ODDS else f"over +{_MOST_ODDS:.0f}"


def _rate_record(rate: ReferenceRate) -> dict[str, int]:
    return {"real": rate.real, "sources": rate.sources, "as_much": rate.as_much}


def _contribution_record(one: Contribution) -> dict[str, Any]:
    value = None if math.isnan(one.value) else one.value
    return {"name": one.name, "value": value, "log_odds": one.log_odds}


def _sign_record(sign: Sign, found: Attribution) -> dict[str, Any]:
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


def _period_cause_record(one: PeriodCause) -> dict[str, Any]:
    return {
        "profile": one.banding.profile,
        "period": round(one.banding.period, 4),
        "p_holm": one.banding.p_holm,
        "causes": one.causes,
    }


def _chroma_records(periods: tuple[Period, ...]) -> list[dict[str, Any]]:
    """Rows and columns of each colour difference, in that order."""
    each = max(1, len(periods) // len(_DIFFERENCES))
    return [
        {"difference": _DIFFERENCES[number // each], **period_record(period)}
        for number, period in enumerate(periods)
    ]


def _match_record(match: FingerprintMatch) -> dict[str, Any]:
    """One fingerprint that was tried: how well it fits, and as what."""
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


def _resampling_record(found: Resampling) -> dict[str, Any]:
    return {
        "frequency": found.frequency,
        "factors": found.factors,
        "p_value": found.p_value,
        "repeated_lines": found.repeated,
    }


def _jpeg_record(found: JpegTrace) -> dict[str, Any]:
    """Grid and qualities by the pixels; the file's own word is in ``file``."""
    grid, quality, earlier = found.grid, found.quality, found.earlier
    return {
        "found": grid.found,
        "origin": grid.origin if grid.found else None,
        "log10_nfa": grid.log10_nfa,
        "quality": quality.quality if quality else None,
        "standard_table": quality.standard if quality else None,
        "earlier": earlier and {"origin": earlier.origin, "quality": earlier.quality},
    }
