"""What training a classifier came to, as a plain object for JSON, and as text."""

from __future__ import annotations

from typing import Any

from forensics.detection.classifier import Model
from forensics.images.names import printable
from forensics.views.records import FORMAT_VERSION, significant

__all__ = ["render_training", "training_record"]

_HEADS = {
    "together": "both together",
    "known": "the known source alone",
    "any": "any generator alone",
}


def training_record(model: Model) -> dict[str, Any]:
    """The JSON object of a trained model, without its weights.

    Parameters
    ----------
    model : Model

    Returns
    -------
    dict
        format_version, name, method, feature_version, training, metrics, thresholds and
        small_deliveries.
    """
    return {
        "format_version": FORMAT_VERSION,
        "name": model.name,
        "method": model.method,
        "feature_version": model.feature_version,
        "training": dict(model.training),
        "metrics": dict(model.metrics),
        "thresholds": {
            name: {"0.01": significant(head.doubtful), "0.001": significant(head.certain)}
            for name, head in model.heads.items()
        },
        "small_deliveries": {
            name: {"rise": _rounded(one.rise), "above": _rounded(one.above)}
            for name, one in model.standing.items()
        },
    }


def render_training(model: Model) -> str:
    """A trained model as text: its sets, and what it does on pictures it has not seen.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    sets = model.training["sets"]
    gan, real = sets["gan"], sets["real"]
    lines = [
        f"Model {printable(model.name)} ({model.method}): {gan['n_images']:,} generated and "
        f"{real['n_images']:,} real pictures, {gan['n_deliveries']:,} and "
        f"{real['n_deliveries']:,} deliveries.",
        "",
        "On unseen pictures (real ones of an unseen origin), over all deliveries:",
        f"{'':<26}{'accuracy':>10}{'AUC':>9}{'ECE':>8}{'found at 1 %':>14}{'0.1 %':>8}",
    ]
    for name, found in model.metrics.items():
        every = found["all"]
        lines.append(
            f"{_HEADS[name]:<26}{every['accuracy']:>10.3f}{every['auc']:>9.4f}{every['ece']:>8.3f}"
            f"{found['found_at_0.01']:>14.3f}{found['found_at_0.001']:>8.3f}"
        )
    together = model.metrics["together"]
    shares = together["false_at_0.01_by_origin"].items()
    lines += ["", *(_delivered(kind, found) for kind, found in together["by_delivery"].items())]
    lines += ["", "False positives at the 1 % threshold, by origin:"]
    lines += [f"  {printable(origin):<40}{share:>7.3f}" for origin, share in shares]
    return "\n".join(lines)


def _delivered(kind: str, found: dict[str, float]) -> str:
    return f"  delivered as a {kind:<17} accuracy {found['accuracy']:.3f}, AUC {found['auc']:.4f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else significant(value)
