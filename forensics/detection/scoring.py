"""What each head of a model says of one picture, and which features said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forensics._typing import FloatArray, Image
from forensics.detection.classifier import Model
from forensics.detection.features import FEATURE_VERSION, features
from forensics.detection.heads import Head
from forensics.detection.measuring import feature_names, row_of
from forensics.errors import ModelError
from forensics.images.names import printable
from forensics.traces.fingerprints.pattern import Fingerprint

__all__ = ["Contribution", "Scores", "check_model", "scores"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to the log odds of a picture, against one of average features."""

    feature: str
    value: float
    log_odds: float


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What each head says of one picture, in log odds.

    Parameters
    ----------
    together : float
    known : float, optional
        None where no fingerprint was held against it.
    any : float, optional
        None where the model has no such head.
    source : str
        The source whose fingerprint fits best, "" for none.
    contributions : tuple of Contribution
        Of all features to *together*, largest first; empty where a network has none.
    baseline : float
        Log odds of a picture of average features.
    """

    together: float
    known: float | None
    any: float | None
    source: str
    contributions: tuple[Contribution, ...]
    baseline: float


def scores(image: Image, model: Model, *, fingerprints: Sequence[Fingerprint] = ()) -> Scores:
    """What each head of a model says of one picture.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
    model : Model
    fingerprints : sequence of Fingerprint
        Of further known sources.

    Returns
    -------
    Scores

    Raises
    ------
    ImageShapeError
        `image` is no image, or of a size that the model cannot take.
    """
    head = model.heads["together"]
    if model.method == "thread":
        return _scored(head, row_of(image, "thread"), None, None, "")
    sources = (*model.fingerprints, *fingerprints)
    found = features(image, sources)
    any_head, known_head = model.heads.get("any"), model.heads.get("known")
    by_any = _one(any_head, found.common) if any_head else None
    if known_head is None or not found.known:
        return _scored(head, found.common, None, by_any, "")
    known = [_one(known_head, values) for values in found.known]
    best = max(range(len(known)), key=known.__getitem__)
    row = np.concatenate([found.known[best], found.common])
    return _scored(head, row, known[best], by_any, sources[best].name)


def check_model(model: Model) -> None:
    """Raise unless this version measures the features that a model takes.

    Raises
    ------
    ModelError
        It does not.
    """
    fits = model.feature_version == FEATURE_VERSION
    for name, head in model.heads.items():
        known = name == "known" or (name == "together" and "known" in model.heads)
        expected = feature_names(model.method, known=known)
        if name == "known":
            expected = expected[: len(head.features)]
        fits &= head.features == expected
    if not fits:
        raise ModelError(
            f"the model {printable(model.name)} takes features of version "
            f"{model.feature_version}, this program measures version {FEATURE_VERSION}: train it "
            "again with `catforensics train`"
        )
    if model.method == "traces" and ("known" in model.heads) != bool(model.fingerprints):
        raise ModelError(
            f"the model {printable(model.name)} has a head for known sources or their "
            "fingerprints, but not both: train it again with `catforensics train`"
        )


def _one(head: Head, values: FloatArray) -> float:
    return float(head.log_odds(values[np.newaxis])[0])


def _scored(
    head: Head, row: FloatArray, known: float | None, by_any: float | None, source: str
) -> Scores:
    if not head.is_linear:
        return Scores(_one(head, row), known, by_any, source, (), 0.0)
    shares, baseline = head.contributions(row)
    order = np.argsort(-np.abs(shares))
    parts = tuple(
        Contribution(head.features[i], float(row[i]), float(shares[i])) for i in order.tolist()
    )
    return Scores(_one(head, row), known, by_any, source, parts, baseline)
