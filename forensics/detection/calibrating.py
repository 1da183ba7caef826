"""What scores are worth: calibrated, and with thresholds, on pictures that no fit has seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.heads import Calibration
from forensics.detection.tables import Table, weights

__all__ = ["fitted_calibration", "thresholds"]

_ITERATIONS = 1000
_FALSE = (0.01, 0.001)
_KNOTS = (1 / 3, 2 / 3)
"""Shares of the rows at whose scores the calibration may bend."""
_FLAT = 1e-3


def fitted_calibration(scores: FloatArray, table: Table) -> Calibration:
    """Platt's line, bent at two knots; both classes count alike.

    As he proposed, every row counts a little for the other class, so that a stretch with no
    error in it promises no certainty.

    Parameters
    ----------
    scores : ndarray, shape (N,), float64
        Raw log odds of the rows of `table`, from fits that have not seen them.
    table : Table

    Returns
    -------
    Calibration

    References
    ----------
    Platt 1999, *Probabilistic outputs for support vector machines*.
    """
    from sklearn.linear_model import LogisticRegression

    counts = weights(table)
    order = np.argsort(scores)
    passed = np.cumsum(counts[order]) / counts.sum()
    knots = np.unique(scores[order][np.searchsorted(passed, _KNOTS)])
    n_gan = int(table.gan.sum())
    n_real = len(table) - n_gan
    chance = np.where(table.gan, (n_gan + 1) / (n_gan + 2), 1 / (n_real + 2))
    labels = np.repeat([True, False], len(table))
    shares = np.concatenate([counts * chance, counts * (1 - chance)])
    while True:  # until it rises everywhere
        lengths = _lengths(scores, knots)
        fitted = LogisticRegression(C=1e6, max_iter=_ITERATIONS).fit(
            np.concatenate([lengths, lengths]), labels, sample_weight=shares
        )
        slopes = fitted.coef_[0]
        if not len(knots) or slopes.min() > _FLAT:
            break
        knots = np.delete(knots, min(int(slopes.argmin()), len(knots) - 1))
    slopes = np.maximum(slopes, _FLAT)
    raw = np.array([knots[0] - 1, *knots, knots[-1] + 1]) if len(knots) else np.array([0.0, 1.0])
    return Calibration(raw, _lengths(raw, knots) @ slopes + fitted.intercept_[0])


def _lengths(scores: FloatArray, knots: FloatArray) -> FloatArray:
    """How far each score goes along every stretch between the knots, shape (N, knots + 1)."""
    if not len(knots):
        return scores[:, np.newaxis]
    below = np.minimum(scores - knots[0], 0)
    within = [np.clip(scores, low, high) - low for low, high in pairwise([*knots, np.inf])]
    return np.stack([below, *within], axis=1)


def thresholds(log_odds: FloatArray, table: Table) -> tuple[float, float]:
    """Log odds that 1 % of the worst origin exceed, and 0.1 % of all real pictures.

    An origin of fewer than 100 rows has no percent of its own, and counts with the others.

    Parameters
    ----------
    log_odds : ndarray, shape (N,), float64
        Of the rows of `table`, from fits that have not seen them.
    table : Table

    Returns
    -------
    float, float
    """
    scores, origins = log_odds[~table.gan], table.origins[~table.gan]
    large = [one for one in np.unique(origins) if (origins == one).sum() >= 1 / _FALSE[0]]
    parts = [scores, *(scores[origins == one] for one in large)]
    doubtful = max(_exceeded_by(part, _FALSE[0]) for part in parts)
    return doubtful, max(doubtful, _exceeded_by(scores, _FALSE[1]))


def _exceeded_by(scores: FloatArray, share: float) -> float:
    """The smallest score that no larger share of them exceeds."""
    return float(np.quantile(scores, 1 - share, method="higher"))
