"""What a matched filter shows by chance: normal scores, and the largest of many of them."""

from __future__ import annotations

import math

__all__ = ["LOG_SMALLEST", "log_largest_chance", "log_normal_tail", "normal_score"]

LOG_SMALLEST = -690.0
"""Natural logarithm of the smallest chance that is told as a number: 1e-300."""
_STEPS = 60
_FAR = 8.0


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
