"""What a matched filter shows by chance: the two nulls that every match is held against.

Neither has a scale that was set by hand. The first takes the picture as it is and asks only
how likely its phases are to fall in with the template's; the second takes the largest of many
such scores.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOG_SMALLEST", "log_largest_chance", "log_normal_tail", "normal_score", "phase_chance"]

LOG_SMALLEST = -690.0
"""Natural logarithm of the smallest chance that is told as a number: 1e-300."""
_PLAIN = 3.0
"""Standard deviations below which the normal tail serves: it lies above the exact one."""
_NOTABLE = 0.1
"""A bin whose weight times the score exceeds it is not lost in a normal sum."""
_STEPS = 60
_FAR, _FAR_OUT = 8.0, 1e3


def phase_chance(
    products: NDArray[Any], *, known: float = 0.0, variance: float = 0.0
) -> tuple[float, float]:
    """Score of a matched filter whose bins are known by size, and its chance.

    With ``a_k = W_k conj(F_k)`` for the bins of half a spectrum, W the picture's and F the
    template's, the score is ``sum Re a_k`` over ``sqrt(sum |a_k|**2 / 2)``. In a picture that
    has nothing to do with the template the phases of ``a_k`` are uniform whatever the sizes
    are: a strong stripe in both weighs much in the sum and as much in its spread. The tail of
    such a sum is thinner than a normal one if few bins carry it; it is taken by a saddle
    point, so that thirty bins that agree beyond doubt are not held down to what a normal
    variable could say of thirty.

    Parameters
    ----------
    products : ndarray, complex
        One for each independent bin, without those that are real.
    known, variance : float
        A normal term besides: its value, and the variance it has by chance.

    Returns
    -------
    score : float
        As a normal variable would have to be to be as unlikely.
    log_chance : float
        Natural logarithm of the chance of as much or more.

    References
    ----------
    Lugannani and Rice 1980, *Saddle point approximation for the distribution of the sum of
    independent random variables*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> score, log_chance = phase_chance(np.exp(2j * np.pi * rng.random(1000)))
    >>> abs(score) < 3
    True
    >>> score, log_chance = phase_chance(np.ones(30, complex))
    >>> score > 10, log_chance < -60
    (True, True)
    """
    sizes = np.abs(products).ravel()
    own = float(np.sum(np.square(sizes, dtype=np.float64))) / 2
    spread = math.sqrt(own + variance)
    if spread == 0:
        return 0.0, math.log(0.5)
    score = (float(np.sum(products.real, dtype=np.float64)) + known) / spread
    weights = sizes / spread
    heavy = weights[weights * score > _NOTABLE].astype(np.float64) if score > _PLAIN else sizes[:0]
    if not len(heavy):
        return score, log_normal_tail(score)
    rest = max(0.0, 1.0 - float(np.sum(heavy**2)) / 2)
    if rest < 1e-9:  # no set of phases adds up to more than all sizes
        score = min(score, float(heavy.sum()) * (1 - 1e-9))
    log_chance = _saddle_point(heavy, rest, score)
    return normal_score(log_chance), log_chance


def _saddle_point(weights: NDArray[np.float64], rest: float, score: float) -> float:
    """Log of the tail of ``sum w cos(phase) + sqrt(rest) N`` beyond a score."""
    from scipy.special import i0e, i1e

    low, high = 0.0, score
    slope = _slope(weights, rest)
    while slope(high) < score and high < 1e9:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        at = (low + high) / 2
        low, high = (at, high) if slope(at) < score else (low, at)
    at = (low + high) / 2
    bent = at * weights
    ratios = i1e(bent) / i0e(bent)
    logs = float(np.sum(np.log(i0e(bent)) + bent)) + rest * at**2 / 2
    # Far out the terms cancel, and what is left of them is 1 / (2 x**2).
    near = np.clip(bent, 1e-12, _FAR_OUT)
    bends = 1 - ratios / near - ratios**2
    bends = np.where(bent < _FAR_OUT, bends, 0.5 / np.maximum(bent, _FAR_OUT) ** 2)
    curve = float(np.sum(weights**2 * bends)) + rest
    root = math.sqrt(max(2 * (at * score - logs), 1e-12))
    scaled = at * math.sqrt(max(curve, 1e-300))
    return log_normal_tail(root + math.log(scaled / root) / root)


def _slope(weights: NDArray[np.float64], rest: float) -> Any:
    from scipy.special import i0e, i1e

    def slope(at: float) -> float:
        bent = at * weights
        return float(np.sum(weights * (i1e(bent) / i0e(bent)))) + rest * at

    return slope


def log_normal_tail(score: float) -> float:
    """Natural logarithm of the chance that a normal variable exceeds a score.

    Examples
    --------
    >>> round(math.exp(log_normal_tail(1.6449)), 3)
    0.05
    >>> round(log_normal_tail(40.0), 1)
    -804.6
    """
    if score < _FAR:
        return math.log(math.erfc(score / math.sqrt(2)) / 2)
    inverse = 1 / score**2
    series = 1 - inverse * (1 - 3 * inverse * (1 - 5 * inverse))
    return -(score**2) / 2 - math.log(score * math.sqrt(2 * math.pi)) + math.log(series)


def normal_score(log_chance: float) -> float:
    """The score whose normal tail has this chance: the inverse of `log_normal_tail`.

    Examples
    --------
    >>> round(normal_score(log_normal_tail(3.0)), 6), round(normal_score(-804.6), 2)
    (3.0, 40.0)
    """
    low, high = -_FAR, math.sqrt(max(-2 * log_chance, 1.0)) + 1
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if log_normal_tail(middle) > log_chance else (low, middle)
    return (low + high) / 2


def log_largest_chance(score: float, n: float) -> float:
    """Log of the chance that the largest of `n` independent normal scores is as large.

    Examples
    --------
    >>> round(math.exp(log_largest_chance(4.0, 1000)), 4)
    0.0312
    >>> math.isclose(log_largest_chance(12.0, 1e6), math.log(1e6) + log_normal_tail(12.0))
    True
    """
    one = log_normal_tail(score)
    expected = one + math.log(n)
    if expected < -20:
        return expected
    return math.log(-math.expm1(n * math.log1p(-math.exp(min(one, -1e-12)))))
