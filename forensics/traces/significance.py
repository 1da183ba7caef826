"""Significance: the chances that every test on a line spectrum rests on.

The noise level of a spectrum is itself an estimate, photographs have heavier tails than
noise, and a picture has two axes: each has its correction here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from forensics._typing import FloatArray

__all__ = [
    "HANN_CORRELATION",
    "SIGNIFICANT",
    "SMALLEST",
    "Tail",
    "binomial_tail",
    "f_tail",
    "fisher",
    "holm",
    "line_evidence",
    "nyquist_evidence",
]

HANN_CORRELATION = 1.944
"""How many neighbouring bins count as one under a Hann window."""

SIGNIFICANT = 0.01
"""Holm's p below which a period or a peak is called found."""

SMALLEST = sys.float_info.min
"""No evidence is so strong that a chance is zero."""

_TAIL_SHARE = 0.2


class Tail:
    """Upper tail of the evidence where there is no trace, which is heavier in photographs.

    Parameters
    ----------
    evidence : ndarray, shape (n,), float64, nats
        Evidence in the bins where no period is sought.

    References
    ----------
    Pickands 1975, *Statistical inference using extreme order statistics*.
    """

    def __init__(self, evidence: FloatArray) -> None:
        """Take the evidence in bins where no period is sought."""
        self.start = float(np.quantile(evidence, 1 - _TAIL_SHARE)) if len(evidence) else 0.0
        excess = evidence[evidence > self.start] - self.start
        self.scale = float(excess.mean()) if len(excess) else 0.0
        self.count = len(excess) / HANN_CORRELATION

    def p_value(self, evidence: float) -> float:
        """Chance of more evidence than this, 0 where the tail says nothing.

        Parameters
        ----------
        evidence : float, nats
            Evidence of the bin that is tested.

        Returns
        -------
        float
            0 where the tail says nothing.
        """
        if evidence <= self.start or self.scale == 0:
            return 0.0
        return float(
            _TAIL_SHARE * (1 + (evidence - self.start) / (self.count * self.scale)) ** -self.count
        )


def line_evidence(ratios: FloatArray, effective: FloatArray) -> FloatArray:
    """Evidence of every bin, ``-ln p``: exponential with mean 1 where there is nothing but noise.

    Parameters
    ----------
    ratios : ndarray, shape (n,), float64
        Power of each bin over the noise level around it.
    effective : ndarray, shape (n,), float64
        Number of independent bins that each noise level rests on.

    Returns
    -------
    ndarray, shape (n,), float64, nats
        The last bin is taken to be the one at Nyquist.
    """
    evidence = effective * np.log1p(ratios / effective)
    evidence[-1] = nyquist_evidence(float(ratios[-1]), float(effective[-1]))
    return evidence


def nyquist_evidence(ratio: float, half: float) -> float:
    """Evidence of the bin at Nyquist, which is real: ``-ln`` of the upper tail of F(1, 2 half).

    With ``tan(start) ** 2 = 2 half / ratio`` the tail is the integral of
    ``sin(angle) ** (2 half - 1)`` from 0 to `start`, over that to pi / 2. Gauss-Legendre
    is exact to rounding here, finite where the tail itself is smaller than any float, and
    spares every command the import of scipy.special, a fourth of its time.

    Parameters
    ----------
    ratio : float
        Power of the bin over the noise level beside it.
    half : float
        Number of independent bins that the noise level rests on.

    Returns
    -------
    float
        In nats.
    """
    start = math.atan2(math.sqrt(2 * half), math.sqrt(ratio))
    nodes, weights = _gauss_legendre()
    relative = np.sin(start * (nodes + 1) / 2) / math.sin(start)
    integral = start / 2 * float(weights @ relative ** (2 * half - 1))
    norm = math.log(2 / math.sqrt(math.pi)) + math.lgamma(half + 0.5) - math.lgamma(half)
    return -(norm + (2 * half - 1) * math.log(math.sin(start)) + math.log(integral))


@lru_cache(maxsize=1)
def _gauss_legendre() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(64)
    return nodes, weights


def f_tail(first: FloatArray, second: FloatArray, ratios: FloatArray) -> FloatArray:
    """Upper tails of F(first, second): chances of larger ratios of two estimates of power.

    Parameters
    ----------
    first, second : ndarray, shape (n,), float64
        Degrees of freedom, above 0.
    ratios : ndarray, shape (n,), float64
        Ratios of two estimates of power, 0 or more.

    Returns
    -------
    ndarray, shape (n,), float64
        0 where it is smaller than any float.

    Examples
    --------
    >>> f_tail(np.array([1.0]), np.array([10.0]), np.array([4.96])).round(3).tolist()
    [0.05]
    """
    from scipy.special import betainc

    tail: FloatArray = betainc(second / 2, first / 2, second / (second + first * ratios))
    return tail


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """Chance of at least so many successes in independent trials.

    Parameters
    ----------
    successes, trials : int
        Counts from 0; the first is not above the second.
    share : float
        Chance of each success, between 0 and 1.

    Returns
    -------
    float
        Upper tail of the binomial distribution.

    Examples
    --------
    >>> round(binomial_tail(2, 4, .5), 4), binomial_tail(0, 9, .25)
    (0.6875, 1.0)
    """
    from scipy.special import betainc

    if successes <= 0:
        return 1.0
    tail = float(betainc(successes, trials - successes + 1, share))
    return min(1.0, max(tail, SMALLEST))


def fisher(p_values: Sequence[float]) -> float:
    """Fisher's combination of independent p-values into one.

    The chi-squared tail has a closed form for even degrees of freedom.

    Parameters
    ----------
    p_values : sequence of float
        P-values to combine, each from 0 to 1.

    Returns
    -------
    float
        The combined p-value.

    References
    ----------
    Fisher 1925, *Statistical methods for research workers*.
    """
    half = -sum(math.log(max(p, 1e-300)) for p in p_values)
    terms = sum(half**k / math.factorial(k) for k in range(len(p_values)))
    return min(1.0, max(math.exp(-half) * terms, SMALLEST))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction of several p-values for being several.

    Parameters
    ----------
    p_values : sequence of float
        P-values to correct, each from 0 to 1.

    Returns
    -------
    list of float
        The corrected ones, in the same order, at most 1.

    References
    ----------
    Holm 1979, *A simple sequentially rejective multiple test procedure*.
    """
    adjusted = [0.0] * len(p_values)
    so_far = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = so_far
    return adjusted
