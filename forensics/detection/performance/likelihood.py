"""What likelihood ratios are worth, as courts ask.

A likelihood ratio says how many times more probable what was measured in a picture is if
the picture was generated than if it is real. Every one here is given by its natural
logarithm, above 0 where it speaks for a generator. Unlike a score it needs no assumption
about how many pictures are generated: whoever has to decide brings that.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.performance.intervals import Z, row_of_numbers
from forensics.errors import ParameterError

__all__ = [
    "GeneratedShare",
    "VERBAL_SCALE",
    "cllr",
    "generated_share",
    "least_cllr",
    "tippett",
    "verbal",
]

VERBAL_SCALE = (
    (2.0, "weak"),
    (10.0, "moderate"),
    (100.0, "moderately strong"),
    (1_000.0, "strong"),
    (10_000.0, "very strong"),
    (1_000_000.0, "extremely strong"),
)
"""From which likelihood ratio on each word holds, up to the next; below the first, none does."""

_HALVINGS = 60
_DROP = Z**2 / 2
"""Log likelihood that the ends of a 95 % interval lie below the best: 1.92."""


@dataclass(frozen=True, slots=True)
class GeneratedShare:
    """Estimated share of generated pictures in a set of which nobody knows which.

    Parameters
    ----------
    share : float
        The most likely one, 0 to 1.
    low, high : float
        Its 95 % interval, by the profile likelihood.
    n : int
        Number of pictures; those that look alike count as one.
    """

    share: float
    low: float
    high: float
    n: int


def cllr(
    gan: ArrayLike,
    real: ArrayLike,
    *,
    gan_weights: ArrayLike | None = None,
    real_weights: ArrayLike | None = None,
) -> float:
    """Log-likelihood-ratio cost, what the ratios leave to be told in bits.

    ``(mean log2(1 + 1 / LR) over generated + mean log2(1 + LR) over real pictures) / 2``.
    0 is the best. 1 is what ratios of 1 throughout cost, which say nothing. Above 1 one
    would be better off without them, as with strong ones that are often wrong.

    Parameters
    ----------
    gan, real : array_like, shape (n,)
        Log likelihood ratios of generated and of real pictures; finite.
    gan_weights, real_weights : array_like, shape (n,), optional
        How much each picture counts within its own class, 0 or more; all alike if not
        given. One over the number of pictures of its source lets all sources count alike.

    Returns
    -------
    float, bits
        From 0; 1 is what saying nothing costs.

    Raises
    ------
    EmptySetError
        A set is empty.
    ParameterError
        Ratios or weights are not a row of finite numbers; weights are below 0, all 0, or
        not as many as the ratios.

    See Also
    --------
    least_cllr : What is left after recalibration.
    tippett : The shares behind it.

    References
    ----------
    Brümmer and du Preez 2006, *Application-independent evaluation of speaker detection*.

    Examples
    --------
    >>> cllr([0.0, 0.0], [0.0])
    1.0
    >>> round(cllr([4.0, 6.0], [-5.0, -3.0]), 4), round(cllr([4.0, 6.0], [-5.0, 3.0]), 4)
    (0.0274, 1.1094)
    """
    gan_ratios, gan_parts = _weighted("gan", gan, gan_weights)
    real_ratios, real_parts = _weighted("real", real, real_weights)
    of_gan = gan_parts @ np.logaddexp(0, -gan_ratios)
    of_real = real_parts @ np.logaddexp(0, real_ratios)
    return float(of_gan + of_real) / (2 * math.log(2))


def least_cllr(
    gan: ArrayLike,
    real: ArrayLike,
    *,
    gan_weights: ArrayLike | None = None,
    real_weights: ArrayLike | None = None,
) -> float:
    """Cost after the best recalibration that keeps the order of the pictures.

    What is left is for want of telling the classes apart. The rest of `cllr` is for ratios
    that are too large or too small: the loss by calibration. The recalibration is read off
    the very pictures it is judged on, so that no other reaches this cost.

    Parameters
    ----------
    gan, real : array_like, shape (n,)
        Log likelihood ratios of generated and of real pictures; finite.
    gan_weights, real_weights : array_like, shape (n,), optional
        How much each picture counts within its own class, as for `cllr`.

    Returns
    -------
    float, bits
        0 to 1, and never above `cllr`.

    Raises
    ------
    EmptySetError, ParameterError
        As for `cllr`.

    See Also
    --------
    cllr : The cost as it is.

    References
    ----------
    Brümmer and du Preez 2006, *Application-independent evaluation of speaker detection*;
    Ayer et al. 1955, *An empirical distribution function for sampling with incomplete
    information*, for pooling adjacent violators.

    Examples
    --------
    Far too sure, but in order: all of the cost is calibration.

    >>> round(cllr([90.0, 80.0], [60.0, -50.0]), 2), least_cllr([90.0, 80.0], [60.0, -50.0])
    (21.64, 0.0)
    """
    from scipy.optimize import isotonic_regression
    from scipy.special import xlogy

    gan_ratios, gan_parts = _weighted("gan", gan, gan_weights)
    real_ratios, real_parts = _weighted("real", real, real_weights)
    # Pictures with one ratio stay together: no function of it can tell them apart.
    levels, places = np.unique(np.concatenate((gan_ratios, real_ratios)), return_inverse=True)
    of_gan = np.bincount(places[: len(gan_parts)], gan_parts, len(levels))
    of_real = np.bincount(places[len(gan_parts) :], real_parts, len(levels))
    counted = of_gan + of_real > 0
    of_gan, of_real = of_gan[counted], of_real[counted]
    both = of_gan + of_real
    starts = isotonic_regression(of_gan / both, weights=both).blocks[:-1]
    of_gan, of_real = np.add.reduceat(of_gan, starts), np.add.reduceat(of_real, starts)
    both = of_gan + of_real
    # Where a block holds one class only its ratio is infinite, and right: that costs nothing.
    told = xlogy(of_gan, of_gan / both) + xlogy(of_real, of_real / both)
    return max(0.0, -float(told.sum())) / (2 * math.log(2))


def tippett(gan: ArrayLike, real: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shares of generated and of real pictures with at least each ratio.

    Where the ratio is 1, the log 0, the two tell how many of either class it misleads on:
    the share of real pictures, and what the share of generated ones lacks of 1.

    Parameters
    ----------
    gan, real : array_like, shape (n,)
        Log likelihood ratios of generated and of real pictures; finite.

    Returns
    -------
    thresholds : ndarray, shape (points,), float64
        Every log likelihood ratio that occurs, rising.
    gan_share, real_share : ndarray, shape (points,), float64
        Shares of the generated and of the real pictures with a log likelihood ratio
        greater or equal. Both begin at 1 and never rise; above the last threshold they
        are 0.

    Raises
    ------
    EmptySetError
        A set is empty.
    ParameterError
        Ratios are not a row of finite numbers.

    References
    ----------
    Tippett et al. 1968, *The evidential value of the comparison of paint flakes from
    sources other than vehicles*.

    Examples
    --------
    >>> thresholds, gan_share, real_share = tippett([1.0, 3.0], [-2.0, 1.0])
    >>> thresholds.tolist(), gan_share.tolist(), real_share.tolist()
    ([-2.0, 1.0, 3.0], [1.0, 1.0, 0.5], [1.0, 0.5, 0.0])
    """
    ratios = row_of_numbers("gan", gan), row_of_numbers("real", real)
    thresholds = np.unique(np.concatenate(ratios))
    gan_share, real_share = (
        (len(one) - np.searchsorted(np.sort(one), thresholds)) / len(one) for one in ratios
    )
    return thresholds, gan_share, real_share


def verbal(llr: float) -> str:
    """Strength of a likelihood ratio, in the words that forensic institutes agreed on.

    The words are about what was measured, not about the picture: how probable it is that
    it was generated depends on all else that is known of it, too.

    Parameters
    ----------
    llr : float
        Log likelihood ratio. One below 0 speaks against a generator, as strongly as its
        opposite speaks for one.

    Returns
    -------
    str
        At a bound of `VERBAL_SCALE`, the stronger word.

    Raises
    ------
    ParameterError
        `llr` is not a number.

    References
    ----------
    ENFSI 2015, *Guideline for evaluative reporting in forensic science*.

    Examples
    --------
    >>> verbal(math.log(50)), verbal(math.log(1 / 5))
    ('moderate support for a generator', 'weak support against a generator')
    >>> verbal(math.log(1.9))
    'no support either way'
    """
    if math.isnan(llr):
        raise ParameterError(f"llr is {llr!r}: pass the logarithm of a likelihood ratio")
    words = [word for bound, word in VERBAL_SCALE if abs(llr) >= math.log(bound)]
    if not words:
        return "no support either way"
    return f"{words[-1]} support {'for' if llr > 0 else 'against'} a generator"


def generated_share(llr: ArrayLike, *, groups: Sequence[int] | None = None) -> GeneratedShare:
    """Estimate of how many pictures of a set are generated, without knowing which.

    The share under which what was measured is most probable: it makes
    ``sum log(share LR + 1 - share)`` largest. Where that lies between 0 and 1 it is the
    mean probability of the pictures to be generated, with this very share as the prior.

    It holds as far as the ratios are calibrated for pictures of this kind. **Generators
    that leave no trace are counted as real**, so it rather is a lower estimate. The
    interval is for the number of pictures only, and knows nothing of either.

    Parameters
    ----------
    llr : array_like, shape (n,)
        Log likelihood ratios of the pictures; finite.
    groups : sequence of int, length n, optional
        Pictures that look alike share a number, and count as one together: their log
        likelihoods are averaged.

    Returns
    -------
    GeneratedShare
        Where several shares fit equally well, the least of them: if every ratio is 1,
        it is 0, with an interval from 0 to 1.

    Raises
    ------
    EmptySetError
        `llr` is empty.
    ParameterError
        `llr` is not a row of finite numbers; `groups` are not whole numbers, or not as
        many.

    References
    ----------
    Saerens, Latinne and Decaestecker 2002, *Adjusting the outputs of a classifier to new a
    priori probabilities: a simple procedure*.

    Examples
    --------
    >>> found = generated_share([5.0] * 30 + [-5.0] * 70)
    >>> round(found.share, 3), round(found.low, 3), round(found.high, 3), found.n
    (0.297, 0.212, 0.393, 100)

    The same ten pictures, found three times each, are no more than ten:

    >>> ten = [4.0, -6.0, -3.0, 2.0, -4.0, -5.0, -1.0, -2.0, -6.0, -7.0]
    >>> found, again = generated_share(ten), generated_share(ten * 3, groups=[*range(10)] * 3)
    >>> again.n, round(again.high, 3) == round(found.high, 3)
    (10, True)
    """
    ratios = row_of_numbers("llr", llr)
    parts, n = _parts_of_groups(groups, len(ratios))

    # Logs of how probable each picture is as a generated and as a real one, against the better.
    gan, real = np.minimum(ratios, 0), -np.maximum(ratios, 0)

    def likelihoods(share: float) -> FloatArray:
        with np.errstate(divide="ignore"):  # shares of 0 and 1 leave one class, as they should
            logs: FloatArray = np.logaddexp(np.log(share) + gan, np.log1p(-share) + real)
        return logs

    def likelihood(share: float) -> float:
        return float(parts @ likelihoods(share))

    def rises(share: float) -> bool:
        logs = likelihoods(share)
        with np.errstate(over="ignore"):  # infinitely steep has a sign, too
            return bool(parts @ (np.exp(gan - logs) - np.exp(real - logs)) > 0)

    # The likelihood is concave: it rises up to the best share, and falls beyond.
    best = _last(rises, 0.0, 1.0)
    least = likelihood(best) - _DROP
    low, high = (_last(lambda one: likelihood(one) >= least, best, end) for end in (0.0, 1.0))
    return GeneratedShare(best, low, high, n)


def _last(holds: Callable[[float], bool], start: float, end: float) -> float:
    """The last number on the way from `start` to `end` for which it holds, by halving."""
    if holds(end):
        return end
    for _ in range(_HALVINGS):
        middle = (start + end) / 2
        start, end = (middle, end) if holds(middle) else (start, middle)
    return start


def _parts_of_groups(groups: Sequence[int] | None, n: int) -> tuple[FloatArray, int]:
    """How much each picture counts, 1 over the size of its group, and how many groups."""
    if groups is None:
        return np.ones(n), n
    try:
        numbers = np.array([operator.index(one) for one in groups], dtype=np.int64)
    except (TypeError, OverflowError):
        raise ParameterError(
            "groups holds what is no whole number: pass one for each picture, the same for those "
            "that look alike"
        ) from None
    if len(numbers) != n:
        raise ParameterError(
            f"groups has {counted(len(numbers), 'number')} for {counted(n)}: pass one each"
        )
    _, places, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    return 1 / sizes[places], len(sizes)


def _weighted(
    name: str, ratios: ArrayLike, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    """The ratios of one class, and for each its part of the class; the parts add up to 1."""
    row = row_of_numbers(name, ratios)
    if weights is None:
        return row, np.full(len(row), 1 / len(row))
    parts = row_of_numbers(f"{name}_weights", weights)
    if len(parts) != len(row):
        raise ParameterError(
            f"{name}_weights has {counted(len(parts), 'number')} for {counted(len(row))}: pass one "
            "each"
        )
    if parts.min() < 0 or parts.max() == 0:
        raise ParameterError(
            f"{name}_weights reaches from {parts.min():g} to {parts.max():g}: pass weights of 0 "
            "or more, one of them above 0"
        )
    parts = parts / parts.max()  # before they are added: the sum of large ones may overflow
    return row, parts / parts.sum()
