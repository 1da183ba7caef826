"""Fit the heads of a model with scikit-learn, and keep nothing of it but numbers.

Calibration and thresholds come from scores of pictures whose origin, for real ones, or
whose fold, for generated ones, the fit has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.calibrating import fitted_calibration, thresholds
from forensics.detection.features import (
    COMB_FEATURES,
    CROP_FEATURES,
    FRAME_FEATURES,
    GROUND_FEATURES,
    RULE_FEATURES,
    SCALED_FEATURES,
)
from forensics.detection.heads import Calibration, Head, HeadName, Layer, Way
from forensics.detection.tables import Table, weights
from forensics.errors import EmptySetError

__all__ = ["WAYS", "Telling", "fit_perceptron", "fit_ways", "fitted_head", "unseen_scores"]

_ITERATIONS = 1000
_ALPHA = 1.0
_HIDDEN = (32,)
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Telling:
    """What one way of showing itself is told by.

    Parameters
    ----------
    prior : float
        Share of the odds before looking.
    features : tuple of str
    delivered : str
        Rows it learns from: "whole", "crop" or "rescaled crop"; "" for all.
    strength : float
        Inverse of the regularisation (scikit-learn's C).
    """

    prior: float
    features: tuple[str, ...]
    delivered: str = ""
    strength: float = 0.03


_BY_FRAME = Telling(0.2, FRAME_FEATURES, "whole", 0.3)
_BY_CROP = Telling(0.15, (*CROP_FEATURES, *SCALED_FEATURES), "crop", 0.3)
_GROUNDS = Telling(0.15, GROUND_FEATURES, strength=1.0)
WAYS: dict[HeadName, dict[str, Telling]] = {
    "together": {
        "whole": Telling(0.2, (*FRAME_FEATURES, *RULE_FEATURES), "whole"),
        "whole, by the fingerprint": _BY_FRAME,
        "crop": Telling(
            0.15, (*CROP_FEATURES, *SCALED_FEATURES, *RULE_FEATURES, *COMB_FEATURES), "crop"
        ),
        "crop, by the fingerprint": _BY_CROP,
        "rescaled crop": Telling(0.15, (*SCALED_FEATURES, *COMB_FEATURES), "rescaled crop"),
        "grounds": _GROUNDS,
    },
    "known": {
        "whole": replace(_BY_FRAME, prior=0.5),
        "crop": replace(_BY_CROP, prior=0.25),
        "rescaled crop": Telling(0.25, SCALED_FEATURES, "rescaled crop"),
    },
    "any": {
        "periods": Telling(0.5, (*RULE_FEATURES, *COMB_FEATURES)),
        "grounds": replace(_GROUNDS, prior=0.5),
    },
}
"""The ways of each head: which features may speak, and from which deliveries they learn."""

Fit = Callable[["Table", int], Head]


def fit_ways(tellings: Mapping[str, Telling], table: Table, seed: int) -> Head:
    """Logistic regressions of standardised features, one for each way; not yet calibrated."""
    from sklearn.linear_model import LogisticRegression

    center, scale = _standard(table.values)
    standard = (table.values - center) / scale
    ways = []
    for name, telling in tellings.items():
        places = np.array([table.names.index(one) for one in telling.features])
        rows = np.full(len(table), True)
        if telling.delivered:
            rows = table.delivered == telling.delivered
            if np.unique(table.gan[rows]).size < 2:  # no such deliveries of one class
                rows = np.full(len(table), True)
        fitted = LogisticRegression(
            C=telling.strength, max_iter=_ITERATIONS, random_state=seed
        ).fit(standard[rows][:, places], table.gan[rows], sample_weight=weights(table.rows(rows)))
        column = np.zeros((len(table.names), 1))
        column[places, 0] = fitted.coef_[0]
        layer = Layer(column, fitted.intercept_.astype(np.float64))
        ways.append(Way(name, telling.prior, (layer,)))
    return Head(table.names, center, scale, tuple(ways), Calibration.straight(), 0.0, 0.0)


def fit_perceptron(table: Table, seed: int) -> Head:
    """The thread's network: `MLPClassifier` with one hidden layer, not yet calibrated."""
    from sklearn.neural_network import MLPClassifier

    center, scale = _standard(table.values)
    fitted = MLPClassifier(_HIDDEN, alpha=_ALPHA, max_iter=_ITERATIONS, random_state=seed).fit(
        (table.values - center) / scale, table.gan
    )
    layers = tuple(
        Layer(np.asarray(one, np.float64), np.asarray(bias, np.float64))
        for one, bias in zip(fitted.coefs_, fitted.intercepts_, strict=True)
    )
    return Head(
        table.names, center, scale, (Way("network", 1.0, layers),), Calibration.straight(), 0.0, 0.0
    )


def fitted_head(table: Table, fit: Fit, seed: int) -> tuple[Head, FloatArray]:
    """A head fitted on all rows, calibrated and given its thresholds on unseen ones.

    Parameters
    ----------
    table : Table
    fit : callable
        `fit_ways` for some ways, or `fit_perceptron`.
    seed : int

    Returns
    -------
    Head
    ndarray, shape (N,), float64
        Calibrated log odds of each row, from fits that have not seen its kind.
    """
    unseen = unseen_scores(table, fit, seed)
    calibration = fitted_calibration(unseen, table)
    log_odds = calibration(unseen)
    doubtful, certain = thresholds(log_odds, table)
    head = fit(table, seed)
    return replace(head, calibration=calibration, doubtful=doubtful, certain=certain), log_odds


def unseen_scores(table: Table, fit: Fit, seed: int) -> FloatArray:
    """Raw scores from fits that have not seen what they score.

    A generated picture is scored by a fit without its fold, a real one by a fit without its
    origin; by one without its fold where all real pictures have one origin.

    Raises
    ------
    EmptySetError
        Without one of them no picture of a class is left.
    """
    found = np.full(len(table), np.nan)
    real_origins = np.unique(table.origins[~table.gan])
    held_out = [(table.folds == fold) for fold in np.unique(table.folds)]
    scored = [out & table.gan if len(real_origins) > 1 else out for out in held_out]
    if len(real_origins) > 1:
        of_origin = [~table.gan & (table.origins == origin) for origin in real_origins]
        held_out += of_origin
        scored += of_origin
    for out, rows in zip(held_out, scored, strict=True):
        if not rows.any():
            continue
        seen = table.rows(~out)
        if np.unique(seen.gan).size < 2:
            raise EmptySetError(
                "all pictures of one class look alike: add pictures that do not, so that some "
                "can be learned from and others be judged"
            )
        found[rows] = fit(seen, seed).log_odds(table.values[rows])
    return found


def _standard(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and spread of every feature; 1 for one that never changes."""
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > _TINY, spread, 1.0)
