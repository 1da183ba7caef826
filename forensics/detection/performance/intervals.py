"""Shares that were counted, and how sure one may be of them: the arithmetic of few pictures.

Every interval here is built from the counts of right and wrong answers alone, so
that nothing is certain because a set was small.
"""

from __future__ import annotations

import math
import operator

import numpy as np
from numpy.typing import ArrayLike

from forensics._typing import FloatArray
from forensics.errors import EmptySetError, ParameterError

__all__ = [
    "Z",
    "chance_right",
    "chance_right_interval",
    "mean_interval",
    "row_of_numbers",
    "wilson",
]

Z = 1.959963984540054
"""Standard deviations that hold 95 % of a normal distribution."""


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, from `k` hits in `n` tries.

    Where none or all are hits it does not shrink to a point: of 100 pictures all
    right, the share may still be as low as 96 %.

    Parameters
    ----------
    k, n : int
        `n` is 1 or more, `k` between 0 and `n`.

    Returns
    -------
    (float, float)
        Lower and upper bound, within 0 to 1.

    Raises
    ------
    ParameterError
        `k` and `n` are not whole numbers with 0 <= k <= n and n >= 1.

    See Also
    --------
    mean_interval : The interval of the mean of two shares.

    References
    ----------
    Wilson 1927, *Probable inference, the law of succession, and statistical inference*.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson(100, 100)]
    [0.963, 1.0]
    """
    _check_counts(k, n)
    middle = (k + Z**2 / 2) / (n + Z**2)
    half = Z * math.sqrt(k * (n - k) / n + Z**2 / 4) / (n + Z**2)
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


def mean_interval(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """95 % interval of the mean of two shares that were counted apart.

    The distances from each share to its Wilson bounds add like standard errors, as
    squares; each bound has its own distance, so the interval is not symmetric.

    Parameters
    ----------
    first, second : (int, int)
        Hits and tries of either share.

    Returns
    -------
    (float, float)
        Lower and upper bound.

    Raises
    ------
    ParameterError
        As for `wilson`.

    See Also
    --------
    wilson : The interval of one share.

    References
    ----------
    Newcombe 1998, *Interval estimation for the difference between independent
    proportions*, method 10, for half a sum in place of a difference.

    Examples
    --------
    >>> [round(bound, 4) for bound in mean_interval((90, 100), (10, 10))]
    [0.8063, 0.9724]
    """
    bounds = wilson(*first), wilson(*second)
    shares = first[0] / first[1], second[0] / second[1]
    down, up = (
        math.hypot(*(share - bound[side] for share, bound in zip(shares, bounds, strict=True))) / 2
        for side in (0, 1)
    )
    return max(0.0, sum(shares) / 2 - down), min(1.0, sum(shares) / 2 + up)


def chance_right(tpr: float, fpr: float, prevalence: float) -> float | None:
    """Chance that a picture that is called generated is generated.

    ``tpr p / (tpr p + fpr (1 - p))``: it depends on how many of the pictures one looks
    at are generated, which no test set tells.

    Parameters
    ----------
    tpr, fpr : float
        Shares of the generated and of the real pictures that are called generated.
    prevalence : float
        Share of generated pictures among those that are looked at.

    Returns
    -------
    float or None
        None where nothing is ever called generated. **1 where no real picture was**,
        which is what was counted, not what is to be expected: see
        `chance_right_interval`.

    Raises
    ------
    ParameterError
        One of them is not between 0 and 1.

    Examples
    --------
    Right 94.2 times in 100 on either side, but one picture in 100 is generated:

    >>> round(chance_right(0.942, 0.058, 0.01), 3)
    0.141
    """
    for name, share in (("tpr", tpr), ("fpr", fpr), ("prevalence", prevalence)):
        _check_share(name, share)
    right, wrong = tpr * prevalence, fpr * (1 - prevalence)
    return right / (right + wrong) if right + wrong > 0 else None


def chance_right_interval(
    found: tuple[int, int], false: tuple[int, int], prevalence: float
) -> tuple[float, float]:
    """95 % interval of the chance that a picture that is called generated is generated.

    Where no real picture was called generated the upper bound is 1, and the lower one
    is what can be said.

    Parameters
    ----------
    found : (int, int)
        Generated pictures that were called so, and all of them.
    false : (int, int)
        Real pictures that were called generated, and all of them.
    prevalence : float
        Share of generated pictures among those that are looked at; taken as known.

    Returns
    -------
    (float, float)
        (0, 1) where nothing was called generated.

    Raises
    ------
    ParameterError
        As for `wilson`; or `prevalence` is not between 0 and 1.

    References
    ----------
    Donner and Zou 2012, *Closed-form confidence intervals for functions of the normal
    mean and standard deviation*, for the ratio of two shares from their own intervals.

    Examples
    --------
    Not one false positive, but in 100 pictures only:

    >>> low, high = chance_right_interval((95, 100), (0, 100), 0.01)
    >>> round(low, 3), high
    (0.206, 1.0)
    """
    found_bounds, false_bounds = wilson(*found), wilson(*false)
    _check_share("prevalence", prevalence)
    tpr, fpr = found[0] / found[1], false[0] / false[1]
    least = _least_ratio(tpr, found_bounds[0], fpr, false_bounds[1])
    inverse = _least_ratio(fpr, false_bounds[0], tpr, found_bounds[1])
    called, others = least * prevalence, 1 - prevalence
    low = called / (called + others) if called > 0 else 0.0
    high = prevalence / (prevalence + inverse * (1 - prevalence)) if prevalence > 0 else 0.0
    return low, high


def _least_ratio(above: float, above_low: float, below: float, below_high: float) -> float:
    """Lower bound of the ratio of two shares, from the bound of each that makes it small."""
    if above == 0:
        return 0.0
    numerator = above_low * (2 * above - above_low)
    squares = (above * below) ** 2 - numerator * below_high * (2 * below - below_high)
    return numerator / (above * below + math.sqrt(max(0.0, squares)))


def _check_counts(k: int, n: int) -> None:
    try:
        fits = 0 <= operator.index(k) <= operator.index(n) >= 1
    except TypeError:
        fits = False
    if not fits:
        raise ParameterError(
            f"k is {k!r} and n is {n!r}: pass whole numbers, n 1 or more, k between 0 and n"
        )


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ParameterError(f"{name} is {share!r}: pass a share between 0 and 1")


def row_of_numbers(name: str, values: ArrayLike) -> FloatArray:
    """Numbers of some pictures as a checked array.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    values : array_like, shape (n,)
        Numbers to check.

    Returns
    -------
    ndarray, shape (n,), float64
        The same numbers.

    Raises
    ------
    EmptySetError
        There is none.
    ParameterError
        They are not a row of finite numbers.
    """
    try:
        row = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} holds what is no number: pass a row of numbers") from None
    if row.size == 0:
        raise EmptySetError(f"{name} is empty: pass the number of one picture at least")
    if row.ndim != 1:
        raise ParameterError(f"{name} has shape {row.shape}: pass a row of numbers")
    lost = int((~np.isfinite(row)).sum())
    if lost:
        raise ParameterError(
            f"{name} has {lost} of {len(row)} that are not finite: leave these pictures out"
        )
    return row
