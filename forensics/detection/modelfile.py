"""A classifier as one JSON file of plain numbers: nothing in it can run, everything be read."""

from __future__ import annotations

import base64
import binascii
import io
import json
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, cast

import numpy as np

from forensics._typing import FloatArray, Method
from forensics.detection.classifier import Model
from forensics.detection.heads import HEADS, Calibration, Head, Layer, Way
from forensics.detection.standing import Standing
from forensics.engine.arrays import DAMAGE
from forensics.engine.fingerprints import fingerprint_from_bytes, write_fingerprint
from forensics.errors import ImageReadError, ModelError, ParameterError
from forensics.images.names import printable
from forensics.traces.fingerprints.pattern import Fingerprint
from forensics.writing import writing

__all__ = ["MODELS", "MODEL_FORMAT", "load_model", "model_record", "save_model", "shipped_model"]

MODEL_FORMAT = 1
MODELS: tuple[str, ...] = ("thiscatdoesnotexist",)
"""The models that are shipped."""

_KIND = "catforensics classifier"
_LARGEST = 64 * 2**20
_WAY_OUT = "pass a file that `catforensics train` wrote"
_DAMAGE = (*DAMAGE, RecursionError, binascii.Error)
"""What parsing a damaged or foreign file raises."""


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Save a model; the file appears whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with writing(path) as file:
        file.write(json.dumps(model_record(model), indent=1, allow_nan=False).encode())


def load_model(path: str | os.PathLike[str]) -> Model:
    """Model from a file that `save_model` wrote.

    Raises
    ------
    ImageReadError
        The file is missing or cannot be read.
    ModelError
        It is no model, damaged, or from a newer version.
    """
    named = printable(os.fsdecode(path))
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageReadError(f"{named} cannot be read: {reason}") from error
    return _model(data, named)


def shipped_model(name: str = MODELS[0]) -> Model:
    """One of the models that come with the program.

    Parameters
    ----------
    name : {"thiscatdoesnotexist"}

    Raises
    ------
    ParameterError
        There is no such model.

    Examples
    --------
    >>> shipped_model().method
    'traces'
    """
    if name not in MODELS:
        raise ParameterError(f"model is {name!r}, allowed are {', '.join(MODELS)}")
    path = resources.files("forensics.detection") / "models" / f"{name}.json"
    return _model(path.read_bytes(), f"the shipped model {name}")


def model_record(model: Model) -> dict[str, Any]:
    """The JSON object of a model.

    Parameters
    ----------
    model : Model

    Returns
    -------
    dict
        format_version, kind, name, method, feature_version, heads (for each question the
        features with center and scale, ways, the knots of the calibration, and the
        log odds of both thresholds), small_deliveries, fingerprints, training and metrics.
    """
    return {
        "format_version": MODEL_FORMAT,
        "kind": _KIND,
        "name": model.name,
        "method": model.method,
        "feature_version": model.feature_version,
        "training": dict(model.training),
        "metrics": dict(model.metrics),
        "small_deliveries": {
            name: {"rise": one.rise, "above": one.above} for name, one in model.standing.items()
        },
        "heads": {name: _head_record(head) for name, head in model.heads.items()},
        "fingerprints": [_fingerprint_record(one) for one in model.fingerprints],
    }


def _head_record(head: Head) -> dict[str, Any]:
    names = list(head.features)
    return {
        "features": names,
        "center": head.center.tolist(),
        "scale": head.scale.tolist(),
        "ways": [
            {
                "name": way.name,
                "prior": way.prior,
                "layers": [
                    {"weights": layer.weights.tolist(), "bias": layer.bias.tolist()}
                    for layer in way.layers
                ],
            }
            for way in head.ways
        ],
        "calibration": {
            "raw": head.calibration.raw.tolist(),
            "log_odds": head.calibration.log_odds.tolist(),
        },
        "thresholds": {"0.01": head.doubtful, "0.001": head.certain},
    }


def _fingerprint_record(source: Fingerprint) -> dict[str, Any]:
    held = io.BytesIO()
    write_fingerprint(source, held)
    return {
        "name": source.name,
        "n_images": source.n_images,
        "npz_base64": base64.b64encode(held.getvalue()).decode(),
    }


def _model(data: bytes, named: str) -> Model:
    """Parse, and refuse in a sentence."""
    if len(data) > _LARGEST:
        raise ModelError(f"{named} has more than {_LARGEST // 2**20} MB, no model has: {_WAY_OUT}")
    try:
        record = json.loads(data, parse_constant=_refused)
        if not isinstance(record, dict) or record.get("kind") != _KIND:
            raise ModelError(f"{named} is no classifier: {_WAY_OUT}")
        version = int(record["format_version"])
        if version > MODEL_FORMAT:
            raise ModelError(
                f"{named} has format {version}, this version reads up to {MODEL_FORMAT}: "
                "upgrade catforensics"
            )
        return _parsed(record)
    except ModelError:
        raise
    except _DAMAGE as error:
        detail = printable(" ".join(str(error).split())) or type(error).__name__
        raise ModelError(f"{named} is damaged ({detail}): {_WAY_OUT}") from error


def _parsed(record: Mapping[str, Any]) -> Model:
    method = record["method"]
    if method not in ("traces", "thread"):
        raise ValueError(f"method {method!r}")
    heads = {name: _head(one) for name, one in record["heads"].items()}
    if "together" not in heads or not set(heads) <= set(HEADS):
        raise ValueError(f"heads {', '.join(heads) or 'none'}")
    for told in ("training", "metrics"):
        json.dumps(record[told], allow_nan=False)
    return Model(
        name=str(record["name"]),
        method=cast(Method, method),
        feature_version=int(record["feature_version"]),
        heads=heads,
        fingerprints=tuple(
            fingerprint_from_bytes(base64.b64decode(one["npz_base64"], validate=True))
            for one in record["fingerprints"]
        ),
        standing={
            str(name): Standing(_optional(one["rise"]), _optional(one["above"]))
            for name, one in record["small_deliveries"].items()
        },
        training=dict(record["training"]),
        metrics=dict(record["metrics"]),
    )


def _head(record: Mapping[str, Any]) -> Head:
    names = tuple(map(str, record["features"]))
    ways = tuple(_way(one, len(names)) for one in record["ways"])
    center, scale = (_numbers(record[key], 1) for key in ("center", "scale"))
    if center.shape != (len(names),) or scale.shape != center.shape or (scale <= 0).any():
        raise ValueError(f"{len(names)} features, {len(center)} centers, {len(scale)} scales")
    if not ways:
        raise ValueError("no ways")
    thresholds = record["thresholds"]
    return Head(
        names,
        center,
        scale,
        ways,
        _calibration(record["calibration"]),
        _finite(thresholds["0.01"]),
        _finite(thresholds["0.001"]),
    )


def _calibration(record: Mapping[str, Any]) -> Calibration:
    raw, log_odds = (_numbers(record[key], 1) for key in ("raw", "log_odds"))
    if raw.shape != log_odds.shape or len(raw) < 2 or np.diff([raw, log_odds]).min() <= 0:
        raise ValueError(f"a calibration of {len(raw)} and {len(log_odds)} knots, or not rising")
    return Calibration(raw, log_odds)


def _way(record: Mapping[str, Any], n_features: int) -> Way:
    layers = tuple(
        Layer(_numbers(one["weights"], 2), _numbers(one["bias"], 1)) for one in record["layers"]
    )
    widths = [n_features, *(layer.weights.shape[1] for layer in layers)]
    inputs = [layer.weights.shape[0] for layer in layers]
    outputs = [len(layer.bias) for layer in layers]
    if not layers or inputs != widths[:-1] or outputs != widths[1:] or widths[-1] != 1:
        raise ValueError(f"layers of widths {widths}")
    prior = _finite(record["prior"])
    if not 0 < prior <= 1:
        raise ValueError(f"prior {prior}")
    return Way(str(record["name"]), prior, layers)


def _numbers(values: object, n_axes: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != n_axes or not np.isfinite(array).all():
        raise ValueError(f"numbers of shape {array.shape}, or not finite")
    return array


def _refused(constant: str) -> float:
    raise ValueError(f"number {constant}")


def _optional(value: object) -> float | None:
    return None if value is None else _finite(value)


def _finite(value: object) -> float:
    return float(_numbers([value], 1)[0])


def models_folder() -> Path:
    """Where the shipped models lie, for the program that makes them."""
    return Path(str(resources.files("forensics.detection"))) / "models"
