"""The score as one JSON file of plain numbers: nothing in it can run, everything can be read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.verdict.references import LEVELS, PICTURE_KINDS, Reference
from forensics.detection.verdict.score import (
    FEATURE_VERSION,
    WEIGHED,
    Curve,
    Label,
    Robustness,
    ScoreModel,
    TrainedSet,
    Training,
    UnseenMetrics,
)
from forensics.engine.npz import ARRAY_DAMAGE
from forensics.errors import ImageReadError, ModelError
from forensics.images.sources.names import printable
from forensics.output import JSON_OBJECT, writing
from forensics.validation import check_path, check_type

__all__ = [
    "MODEL_FORMAT",
    "load_model",
    "model_record",
    "save_model",
    "shipped_model",
]

MODEL_FORMAT = 2
_SHIPPED = "score.json"
_KIND = "catforensics score"
_LARGEST = 16 * 2**20
_LABELS: tuple[Label, ...] = ("gan", "real")
_WAY_OUT = "pass a file that `catforensics train` wrote"
_DAMAGE = (*ARRAY_DAMAGE, RecursionError)
"""What parsing a damaged or foreign file raises."""


def save_model(model: ScoreModel, path: str | os.PathLike[str]) -> None:
    """Save a model; the file appears whole or not at all.

    Parameters
    ----------
    model : ScoreModel
        Score to save.
    path : str or path-like
        File to write. A model that is there is replaced, and nothing else.

    Raises
    ------
    ParameterError
        `model` is none, or `path` is no path.
    OutputError
        Something else is there, or it cannot be written.

    See Also
    --------
    load_model : The way back.
    """
    check_type("model", model, ScoreModel, "pass what forensics.train or load_model returned")
    check_path("path", path)
    with writing(path, over=JSON_OBJECT) as file:
        file.write(json.dumps(model_record(model), indent=1, allow_nan=False).encode())


def load_model(path: str | os.PathLike[str]) -> ScoreModel:
    """Score from a file that `save_model` wrote.

    Parameters
    ----------
    path : str or path-like
        File to read.

    Returns
    -------
    ScoreModel
        The score, as it was saved.

    Raises
    ------
    ParameterError
        `path` is no path.
    ImageReadError
        The file is missing or cannot be read.
    ModelError
        It is no model, damaged, or of another version.

    See Also
    --------
    save_model : The way there.
    shipped_model : The score that comes with the program.
    """
    check_path("path", path)
    named = printable(os.fsdecode(path))
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageReadError(f"{named} cannot be read: {reason}") from error
    return _model(data, named)


@cache
def shipped_model() -> ScoreModel:
    """Score that comes with the program; ``data/make_score.py`` makes it again.

    See Also
    --------
    load_model : A score of your own.

    Examples
    --------
    >>> model = shipped_model()
    >>> model.doubtful < model.certain < model.bound
    True
    """
    path = resources.files("forensics") / "shipped" / _SHIPPED
    return _model(path.read_bytes(), "the shipped score")


def model_record(model: ScoreModel) -> dict[str, Any]:
    """JSON object of a model.

    Parameters
    ----------
    model : ScoreModel
        Score to write.

    Returns
    -------
    dict
        Object with the keys format_version, kind, name, feature_version, training, metrics,
        thresholds (log odds by the share of real pictures above), bound, base, support, curves,
        small_deliveries and reference (how many real pictures of each source reach each of the
        levels).
    """
    reference = model.reference
    return {
        "format_version": MODEL_FORMAT,
        "kind": _KIND,
        "name": model.name,
        "feature_version": FEATURE_VERSION,
        "training": model.training.to_dict(),
        "metrics": model.metrics.to_dict(),
        "thresholds": {"0.01": model.doubtful, "0.001": model.certain},
        "bound": model.bound,
        "base": model.base,
        "support": model.support,
        "curves": [
            {"feature": one.name, "values": one.values.tolist(), "log_odds": one.log_odds.tolist()}
            for one in model.curves
        ],
        "small_deliveries": {name: {"rise": one.rise} for name, one in model.robustness.items()},
        "reference": {
            "levels": LEVELS.tolist(),
            "kinds": list(PICTURE_KINDS),
            "sources": {
                name: _sparse(counts)
                for name, counts in zip(reference.sources, reference.counts.tolist(), strict=True)
            },
        },
    }


def _sparse(counts: list[list[int]]) -> dict[str, list[int]]:
    """Counts of the kinds that a source has, without the zeros at their ends."""
    found = {}
    for kind, reached in zip(PICTURE_KINDS, counts, strict=True):
        if reached[0]:
            found[kind] = reached[: sum(n > 0 for n in reached)]
    return found


def _model(data: bytes, named: str) -> ScoreModel:
    """Parse, and refuse in a sentence."""
    if len(data) > _LARGEST:
        raise ModelError(f"{named} has more than {_LARGEST // 2**20} MB, no model has: {_WAY_OUT}")
    try:
        record = json.loads(data, parse_constant=_refused)
        if not isinstance(record, dict) or not str(record.get("kind")).startswith("catforensics"):
            raise ModelError(f"{named} is no model: {_WAY_OUT}")
        version, of_features = (
            _whole(record[key]) for key in ("format_version", "feature_version")
        )
        if version > MODEL_FORMAT or of_features > FEATURE_VERSION:
            raise ModelError(
                f"{named} is of a newer version, format {version} and features {of_features}; this "
                f"one reads {MODEL_FORMAT} and {FEATURE_VERSION}: upgrade catforensics"
            )
        if (version, of_features) != (MODEL_FORMAT, FEATURE_VERSION):
            raise ModelError(
                f"{named} is of an older version, whose features are no longer measured: train it "
                "again with `catforensics train`"
            )
        return _parsed(record)
    except ModelError:
        raise
    except _DAMAGE as error:
        detail = printable(" ".join(str(error).split())) or type(error).__name__
        raise ModelError(f"{named} is damaged ({detail}): {_WAY_OUT}") from error


def _parsed(record: Mapping[str, Any]) -> ScoreModel:
    if record["kind"] != _KIND:
        raise ValueError(f"kind {record['kind']!r}")
    curves = tuple(_curve(one) for one in record["curves"])
    if tuple(one.name for one in curves) != WEIGHED:
        raise ValueError(f"{len(curves)} curves, or of other features")
    doubtful, certain = (_finite(record["thresholds"][key]) for key in ("0.01", "0.001"))
    bound, support = _finite(record["bound"]), _finite(record["support"])
    if not 0 <= doubtful <= certain or min(bound, support) <= 0:
        raise ValueError(f"thresholds {doubtful}, {certain}, bound {bound}, support {support}")
    return ScoreModel(
        name=str(record["name"]),
        curves=curves,
        base=_finite(record["base"]),
        support=support,
        bound=bound,
        doubtful=doubtful,
        certain=certain,
        robustness={
            str(name): Robustness(_optional(one["rise"]))
            for name, one in record["small_deliveries"].items()
        },
        reference=_reference(record["reference"]),
        training=_training(record["training"]),
        metrics=_metrics(record["metrics"]),
    )


def _training(record: Mapping[str, Any]) -> Training:
    sets = {label: record["sets"][label] for label in _LABELS}
    return Training(
        date=str(record["date"]),
        seed=_whole(record["seed"]),
        features=tuple(map(str, record["features"])),
        versions={str(name): str(version) for name, version in record["versions"].items()},
        sets={
            label: TrainedSet(
                str(one["sha256"]),
                _whole(one["n_images"]),
                _whole(one["n_deliveries"]),
                {str(name): _whole(n) for name, n in one["sources"].items()},
            )
            for label, one in sets.items()
        },
    )


def _metrics(record: Mapping[str, Any]) -> UnseenMetrics:
    auc, ece, cllr = (_finite(record[key]) for key in ("auc", "ece", "cllr"))
    traces: dict[Label, dict[str, tuple[int, int]]] = {}
    for label in _LABELS:
        counts = record["generator_trace_by_source"][label].items()
        traces[label] = {str(name): (_whole(above), _whole(n)) for name, (above, n) in counts}
    n_sources = {label: _whole(record["unseen_sources"][label]) for label in _LABELS}
    return UnseenMetrics(n_sources, auc, ece, cllr, traces)


def _curve(record: Mapping[str, Any]) -> Curve:
    values, log_odds = (_numbers(record[key]) for key in ("values", "log_odds"))
    rising = np.diff(values).min(initial=1.0) > 0 and np.diff(log_odds).min(initial=0.0) >= 0
    if values.shape != log_odds.shape or not len(values) or not rising:
        raise ValueError(f"a curve of {len(values)} and {len(log_odds)} knots, or not rising")
    return Curve(str(record["feature"]), values, log_odds)


def _reference(record: Mapping[str, Any]) -> Reference:
    if [float(one) for one in record["levels"]] != LEVELS.tolist():
        raise ValueError("other levels")
    sources = tuple(map(str, record["sources"]))
    counts = np.zeros((len(sources), len(PICTURE_KINDS), len(LEVELS)), np.int64)
    for row, kinds in enumerate(record["sources"].values()):
        for kind, reached in kinds.items():
            many = np.array(reached, np.int64)
            if not len(many) or many.min() < 0 or np.diff(many).max(initial=0) > 0:
                raise ValueError(f"counts of {kind}")
            counts[row, PICTURE_KINDS.index(kind), : len(many)] = many
    if not counts[..., 0].any():
        raise ValueError("no real picture")
    return Reference(sources, counts)


def _numbers(values: Any) -> FloatArray:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise ValueError(f"numbers of shape {found.shape}, or not finite")
    return found


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value


def _optional(value: Any) -> float | None:
    return None if value is None else _finite(value)


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number")
