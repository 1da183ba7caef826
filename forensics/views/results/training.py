"""What training a score came to, as a plain object for JSON, and as text."""

from __future__ import annotations

import math
from typing import Any

from forensics._records import TypedDict
from forensics.counting import counted
from forensics.detection.verdict.score import Label, ScoreModel
from forensics.images.sources.names import printable
from forensics.views.results.records import FORMAT_VERSION, Version, json_value, significant

__all__ = [
    "TrainingRecord",
    "render_training",
    "training_record",
]

_WIDTH = 40
_CALLED: dict[Label, str] = {"gan": "generated", "real": "real"}


class TrainingRecord(TypedDict):
    """The object that `catforensics train --json` prints."""

    format_version: Version
    name: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    thresholds: dict[str, float]
    bound: float
    support: float
    small_deliveries: dict[str, dict[str, float | None]]


def training_record(model: ScoreModel) -> TrainingRecord:
    """JSON object of a trained score, without its curves.

    Parameters
    ----------
    model : ScoreModel
        Trained score.

    Returns
    -------
    TrainingRecord
        Its thresholds are log odds, by the share of real pictures that reach them.
    """
    return {
        "format_version": FORMAT_VERSION,
        "name": model.name,
        "training": model.training.to_dict(),
        "metrics": model.metrics.to_dict(),
        "thresholds": {"0.01": significant(model.doubtful), "0.001": significant(model.certain)},
        "bound": significant(model.bound),
        "support": significant(model.support),
        "small_deliveries": {
            name: {"rise": json_value(one.rise)} for name, one in model.robustness.items()
        },
    }


def render_training(model: ScoreModel) -> str:
    """Trained score as text: its sets, and what it says of sources it has not seen.

    Parameters
    ----------
    model : ScoreModel
        Trained score.

    Returns
    -------
    str
        A table of the sets, and sentences.
    """
    sets, found = model.training.sets, model.metrics
    gan, real = sets["gan"], sets["real"]
    lines = [
        f"Score {printable(model.name)}: {gan.n_images:,} generated and "
        f"{counted(real.n_images, 'real picture')} of {len(gan.sources)} and "
        f"{counted(len(real.sources), 'source')}, {gan.n_deliveries:,} and "
        f"{counted(real.n_deliveries, 'delivery', 'deliveries')}.",
        f"Unsure from log odds of {model.doubtful:.2f}, a generator's trace from "
        f"{model.certain:.2f}, told up to {model.bound:.2f}.",
        *_too_few(model, real.n_images),
        "",
        "On sources that the fits have not seen, without a fingerprint of the generator, over all "
        "deliveries:",
        f"AUC {found.auc:.4f}, calibration error {found.ece:.3f}, Cllr {found.cllr:.3f}",
    ]
    for label, called in _CALLED.items():
        if found.n_sources[label] < 2:
            lines += [
                f"All {called} pictures are of one source: how often the score errs on others "
                "cannot be told. Add pictures of other sources."
            ]
        lines += ["", f"Called generator trace, {called}, by source:"]
        lines += [
            f"  {printable(name):<{_WIDTH}}{above:>5} of {n}"
            for name, (above, n) in found.traces[label].items()
        ]
    return "\n".join(lines)


def _too_few(model: ScoreModel, n_real: int) -> list[str]:
    """That so many real pictures support no trace of a generator, where that is so."""
    if math.isfinite(model.trace_from):
        return []
    needed = float(f"{n_real * math.exp(model.certain - model.bound):.2g}")
    return [
        f"It calls no picture a generator's trace: {counted(n_real, 'real picture')} cannot "
        f"support that, about {needed:,.0f} could."
    ]
