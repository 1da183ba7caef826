"""One classified picture as a plain object for JSON, and as text with what the score rests on."""

from __future__ import annotations

import math
from typing import Any

from forensics.detection.classification import Classification
from forensics.detection.heads import chance
from forensics.detection.scoring import Contribution
from forensics.images.names import printable
from forensics.views.explanations import render_score
from forensics.views.records import FORMAT_VERSION, significant

__all__ = ["classification_record", "render_classification"]

_SHOWN = 12
"""Contributions that people are shown; JSON has all."""


def classification_record(found: Classification, *, explain: bool = False) -> dict[str, Any]:
    """The JSON object of one classified picture.

    Parameters
    ----------
    found : Classification
    explain : bool
        Whether to add what every feature contributes.

    Returns
    -------
    dict
        format_version, path, sha256, score, verdict, reasons, log_odds, known (source and
        score; null without a fingerprint), any (score; null where the model has none) and
        model; with `explain` baseline and contributions, largest first.
    """
    scores = found.scores
    record: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "path": found.path,
        "sha256": found.sha256,
        "score": significant(found.score),
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "log_odds": significant(scores.together),
        "known": None
        if scores.known is None
        else {"source": scores.source, "score": significant(chance(scores.known))},
        "any": None if scores.any is None else significant(chance(scores.any)),
        "model": found.model,
    }
    if explain:
        record["baseline"] = significant(scores.baseline)
        record["contributions"] = [_contribution(one) for one in scores.contributions]
    return record


def render_classification(found: Classification, *, explain: bool = False) -> str:
    """One classified picture as text.

    Parameters
    ----------
    found : Classification
    explain : bool
        Whether to add a table of what contributes most.

    Returns
    -------
    str
    """
    scores = found.scores
    why = f" ({'; '.join(found.reasons)})" if found.reasons else ""
    lines = [
        f"{printable(found.path)}: {found.verdict}{why}{_worth(found)}",
        f"score        {render_score(found.score)}: chance that it was generated if half of all "
        "pictures were",
    ]
    if scores.known is not None:
        lines.append(
            f"known        {render_score(chance(scores.known))}: by the fingerprint of "
            f"{printable(scores.source)} alone"
        )
    if scores.any is not None:
        lines.append(
            f"any          {render_score(chance(scores.any))}: by what generators in general leave"
        )
    lines.append(f"model        {printable(found.model)}")
    return "\n".join([*lines, *(_table(found) if explain else ())])


def _worth(found: Classification) -> str:
    nothing = found.verdict == "no generator trace"
    return ", which does not make it a photograph" if nothing else ""


def _table(found: Classification) -> list[str]:
    """The largest contributions, the others summed."""
    parts = found.scores.contributions
    if not parts:
        return ["", "the model is a network: no feature has a share of its own"]
    rest = math.fsum(one.log_odds for one in parts[_SHOWN:])
    rows = [
        (f"{one.feature}", f"{one.value:.4g}", f"{one.log_odds:+.2f}") for one in parts[:_SHOWN]
    ]
    rows += [
        (f"{max(len(parts) - _SHOWN, 0)} others", "", f"{rest:+.2f}"),
        ("a picture of average features", "", f"{found.scores.baseline:+.2f}"),
        ("together", "", f"{found.scores.together:+.2f}"),
    ]
    return ["", f"{'feature':<36}{'value':>10}{'log odds':>10}"] + [
        f"{name:<36}{value:>10}{odds:>10}" for name, value, odds in rows
    ]


def _contribution(one: Contribution) -> dict[str, Any]:
    return {
        "feature": one.feature,
        "value": significant(one.value),
        "log_odds": significant(one.log_odds),
    }
