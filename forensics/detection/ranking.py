"""How well scores put generated pictures above real ones, whatever the scores mean.

Nothing here changes when every score goes through one rising function.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.detection.shares import Z

__all__ = ["auc", "auc_interval", "roc"]

_HALVINGS = 60


def auc(gan: FloatArray, real: FloatArray) -> float:
    """Chance that a generated picture has a higher score than a real one, ties counting half.

    The area under the curve of `roc`, exact: it is a count of pairs.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures; finite.

    Returns
    -------
    float

    Examples
    --------
    >>> auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    return int(_twice_below(gan, real).sum()) / (2 * len(gan) * len(real))


def auc_interval(gan: FloatArray, real: FloatArray) -> tuple[float, float]:
    """95 % interval of the chance that a generated picture has the higher score.

    DeLong's variance, on the log odds, so that it stays within 0 to 1. Where that
    variance is zero, as with two sets that do not overlap, or is not defined, as with
    a single picture, it says nothing of what larger sets would show: there the
    interval is Newcombe's.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures; finite.

    Returns
    -------
    (float, float)

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, *Comparing the areas under two or more
    correlated receiver operating characteristic curves*; Newcombe 2006, *Confidence
    intervals for an effect size measure based on the Mann-Whitney statistic, part 2*,
    method 5.

    Examples
    --------
    >>> gan, real = np.arange(100) + 100.0, np.arange(100.0)
    >>> [round(bound, 3) for bound in auc_interval(gan, real)]
    [0.98, 1.0]
    """
    area, variance = auc(gan, real), 0.0
    if min(len(gan), len(real)) > 1:
        below = _twice_below(gan, real) / (2 * len(real))
        above = 1 - _twice_below(real, gan) / (2 * len(gan))
        variance = float(below.var(ddof=1) / len(gan) + above.var(ddof=1) / len(real))
    if variance == 0:
        low = _newcombe(area, len(gan), len(real))
        return low, 1 - _newcombe(1 - area, len(gan), len(real))
    middle = math.log(area / (1 - area))
    half = Z * math.sqrt(variance) / (area * (1 - area))
    return _inverse_log_odds(middle - half), _inverse_log_odds(middle + half)


def roc(gan: FloatArray, real: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the real and of the generated pictures above every threshold.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures; finite.

    Returns
    -------
    fpr, tpr : ndarray, shape (points,), float64
        From (0, 0) to (1, 1), one point for each score that occurs.

    Examples
    --------
    >>> fpr, tpr = roc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    >>> fpr.tolist(), tpr.tolist()
    ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0])
    """
    thresholds = np.unique(np.concatenate((gan, real)))[::-1]
    fpr, tpr = (
        np.append(0.0, (len(scores) - np.searchsorted(np.sort(scores), thresholds)) / len(scores))
        for scores in (real, gan)
    )
    return fpr, tpr


def _twice_below(scores: FloatArray, others: FloatArray) -> NDArray[np.int64]:
    """For each score, twice the number of others below it, and once those equal to it."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, scores, side="left")
    return np.asarray(below + np.searchsorted(ordered, scores, side="right"), dtype=np.int64)


def _newcombe(area: float, n_gan: int, n_real: int) -> float:
    """Least area from which the one that was found is not too far off, by halving."""
    low, high = 0.0, area
    for _ in range(_HALVINGS):
        tried = (low + high) / 2
        # Hanley and McNeil's variance, with the mean size of the sets in both its terms.
        spread = (1 - tried) / (2 - tried) + tried / (1 + tried)
        variance = tried * (1 - tried) * (1 + ((n_gan + n_real) / 2 - 1) * spread)
        too_far = (area - tried) ** 2 > Z**2 * variance / (n_gan * n_real)
        low, high = (tried, high) if too_far else (low, tried)
    return high


def _inverse_log_odds(value: float) -> float:
    return (1 + math.tanh(value / 2)) / 2
