"""How well scores tell two sets apart, with the uncertainty that comes of their sizes.

A picture is called generated where its score is *above* a threshold. The two sets
hardly ever have one size, so each class counts half in every number here that both
are in, unless it says otherwise.

Pictures are weighted so that both classes have one half: a score of 0.5 should mean
even chances where either is as common as the other.

Nothing here changes when every score goes through one rising function.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.performance.intervals import Z, mean_interval, row_of_numbers, wilson
from forensics.errors import ParameterError

__all__ = [
    "BINS",
    "Calibration",
    "Clusters",
    "Groups",
    "Metrics",
    "OperatingPoint",
    "auc",
    "auc_interval",
    "calibration",
    "calibration_error",
    "metrics",
    "operating_point",
    "roc",
]

Counts: TypeAlias = NDArray[np.int64]

BINS = 15
"""Of equal width, from 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Whether scores mean what they say, in the bins of equal width that are not empty.

    Parameters
    ----------
    score : ndarray, shape (bins,), float64
        Mean score.
    share : ndarray, shape (bins,), float64
        Share of generated pictures; the same as `score` where scores are chances.
    share_low, share_high : ndarray, shape (bins,), float64
        Its 95 % interval: Wilson's, its odds weighted like the share's.
    n : ndarray, shape (bins,), int64
        Number of pictures of both classes in each bin.
    """

    score: FloatArray
    share: FloatArray
    share_low: FloatArray
    share_high: FloatArray
    n: Counts


def calibration(gan: FloatArray, real: FloatArray) -> Calibration:
    """Mean score and share of generated pictures, bin by bin.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures, 0 to 1.

    Returns
    -------
    Calibration
        The bins that are not empty.

    See Also
    --------
    calibration_error : One number of it.

    Examples
    --------
    >>> found = calibration(np.array([0.9, 0.9, 0.3]), np.array([0.1, 0.3, 0.1]))
    >>> found.score.round(3).tolist(), found.share.tolist(), found.n.tolist()
    ([0.1, 0.3, 0.9], [0.0, 0.5, 1.0], [2, 2, 2])
    """
    (n_gan, in_gan), (n_real, in_real) = _binned(gan), _binned(real)
    full = n_gan + n_real > 0
    n_gan, n_real = n_gan[full], n_real[full]
    weights = n_gan / len(gan) + n_real / len(real)
    counts = zip(n_gan.tolist(), (n_gan + n_real).tolist(), strict=True)
    low, high = np.array([wilson(k, n) for k, n in counts]).T
    ratio = len(real) / len(gan)
    return Calibration(
        score=(in_gan[full] / len(gan) + in_real[full] / len(real)) / weights,
        share=n_gan / len(gan) / weights,
        share_low=low * ratio / (low * ratio + 1 - low),
        share_high=high * ratio / (high * ratio + 1 - high),
        n=n_gan + n_real,
    )


def calibration_error(gan: FloatArray, real: FloatArray) -> float:
    """Expected calibration error, each class counting half.

    ``sum_b w_b |score_b - share_b|`` over the bins: `w_b` is half the share of the
    generated pictures that are in bin `b` plus half that of the real ones, `score_b`
    and `share_b` are as in `Calibration`. Never below 0, so that small sets have one
    of some hundredths even where scores are exact.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures, 0 to 1.

    Returns
    -------
    float
        From 0, which is perfect, to 1.

    See Also
    --------
    calibration : The bins themselves.

    References
    ----------
    Guo et al. 2017, *On calibration of modern neural networks*.

    Examples
    --------
    >>> calibration_error(np.array([1.0, 1.0, 0.5]), np.array([0.0, 0.0, 0.5]))
    0.0
    >>> calibration_error(np.array([0.5]), np.array([1.0]))
    0.75
    """
    (n_gan, in_gan), (_, in_real) = _binned(gan), _binned(real)
    return float(np.abs((n_gan - in_gan) / len(gan) - in_real / len(real)).sum() / 2)


def _binned(scores: FloatArray) -> tuple[Counts, FloatArray]:
    """Number and sum of the scores in each bin; a score of 1 is in the last."""
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    counts: Counts = np.bincount(bins, minlength=BINS).astype(np.int64)
    sums: FloatArray = np.bincount(bins, scores, BINS).astype(np.float64)
    return counts, sums


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
        From 0 to 1; .5 where scores say nothing.

    See Also
    --------
    auc_interval : How sure that is.
    roc : The curve.

    References
    ----------
    Hanley and McNeil 1982, *The meaning and use of the area under a receiver operating
    characteristic (ROC) curve*.

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
        Lower and upper bound.

    See Also
    --------
    auc : The chance itself.

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


Groups: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The source of each generated, and of each real picture."""
Clusters: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""A number for each generated, and for each real picture: those that look alike share one."""
_RESAMPLES, _SEED = 400, 0
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class OperatingPoint:
    """Operating point: what is found where only so many real pictures may be called generated.

    The threshold is read off the pictures it is judged on, as everywhere in the
    literature: the next set will have another rate.

    Parameters
    ----------
    fpr : float
        Share of real pictures that may be called generated.
    threshold : float
        The lowest for which no more are.
    n_found, n_false : int
        Generated and real pictures above it.
    tpr : float
        Share of the generated pictures that are found.
    tpr_interval : (float, float)
        Wilson's, 95 %, for this threshold.
    resolved : bool
        Whether there are ``1 / fpr`` real pictures. If not, the threshold is the
        highest score of any of them, and `tpr` is what is found without a false one.
    """

    fpr: float
    threshold: float
    n_found: int
    n_false: int
    tpr: float
    tpr_interval: tuple[float, float]
    resolved: bool


@dataclass(frozen=True, slots=True, eq=False)
class Metrics:
    """Metrics of scores on two sets: how well they tell them apart.

    Parameters
    ----------
    n_gan, n_real : int
        Number of generated and of real pictures.
    threshold : float
        Score above which a picture is called generated, for `accuracy` and all that is counted with
        it.
    right_gan, right_real : int
        Number of pictures on the right side of the threshold.
    accuracy : float
        **Balanced**: mean of the shares of either class that are right, so that 0.5 is
        what guessing reaches, whatever the sizes of the sets.
    accuracy_interval : (float, float)
        Its 95 % interval; see `mean_interval`.
    share_right : float
        Share of all pictures that are right: flattered by a large class.
    share_right_interval : (float, float)
        Its 95 % interval, Wilson's.
    auc : float
        Chance that a generated picture has a higher score than a real one, ties half.
    auc_interval : (float, float)
        Its 95 % interval; see `auc_interval`.
    at_one_percent, at_one_permille : OperatingPoint
        Operating points at false positive rates of 0.01 and 0.001.
    ece : float
        Expected calibration error: sum over 15 bins of equal width of the bin's weight
        times the distance of its mean score from its share of generated pictures. Small
        sets have one of some hundredths even where scores are exact.
    brier : float
        Mean squared distance of the score from 0 (real) or 1; 0.25 for a score of 0.5
        throughout.
    roc : tuple of two ndarrays, shape (points,), float64
        False and true positive rates for every threshold, from (0, 0) to (1, 1).
    calibration : Calibration
        Mean score and share of generated pictures, bin by bin.
    by_group : mapping of str to (int, int)
        For each group of pictures, how many are right, and how many there are.
    """

    n_gan: int
    n_real: int
    threshold: float
    right_gan: int
    right_real: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    share_right: float
    share_right_interval: tuple[float, float]
    auc: float
    auc_interval: tuple[float, float]
    at_one_percent: OperatingPoint
    at_one_permille: OperatingPoint
    ece: float
    brier: float
    roc: tuple[FloatArray, FloatArray]
    calibration: Calibration
    by_group: Mapping[str, tuple[int, int]]


def metrics(
    gan_scores: ArrayLike,
    real_scores: ArrayLike,
    *,
    threshold: float = 0.5,
    groups: Groups | None = None,
    clusters: Clusters | None = None,
) -> Metrics:
    """Metrics of how well scores tell generated and real pictures apart.

    Parameters
    ----------
    gan_scores, real_scores : array_like, shape (n,)
        Scores of generated and of real pictures, 0 to 1.
    threshold : float
        Score above which pictures are called generated. Not to be chosen on these.
    groups : tuple of two sequences of str, optional
        Source of each generated and of each real picture.
    clusters : tuple of two sequences of int, optional
        For each generated and each real picture a number that those share which look alike. Where
        some do, intervals of accuracy and area are of whole clusters, drawn again and again: ten
        copies of one picture tell no more than one.

    Returns
    -------
    Metrics
        Accuracy, area under the curve, calibration and their intervals.

    Raises
    ------
    EmptySetError
        A set is empty.
    ParameterError
        Scores are not a row of finite numbers between 0 and 1; `threshold` is not
        between 0 and 1; `groups` do not belong to the scores, or one name stands for
        generated and for real pictures.

    References
    ----------
    Wilson 1927, *Probable inference, the law of succession, and statistical inference*; DeLong,
    DeLong and Clarke-Pearson 1988, *Comparing the areas under two or more correlated receiver
    operating characteristic curves*; Guo et al. 2017, *On calibration of modern neural networks*.

    Examples
    --------
    >>> found = metrics([0.9, 0.8, 0.4], [0.1, 0.3, 0.2, 0.6])
    >>> round(found.accuracy, 4), found.auc, found.at_one_percent.resolved
    (0.7083, 0.9166666666666666, False)
    """
    gan, real = _scores("gan_scores", gan_scores), _scores("real_scores", real_scores)
    if not 0 <= threshold <= 1:
        raise ParameterError(f"threshold is {threshold!r}: pass a score between 0 and 1")
    right = gan > threshold, real <= threshold
    (n_gan, n_real), (right_gan, right_real) = map(len, (gan, real)), (int(r.sum()) for r in right)
    accuracy_interval = mean_interval((right_gan, n_gan), (right_real, n_real))
    area_interval = auc_interval(gan, real)
    if clusters is not None and any(len(set(some)) < len(some) for some in clusters):
        accuracy_interval, area_interval = _by_clusters(gan, real, threshold, clusters)
    return Metrics(
        n_gan=n_gan,
        n_real=n_real,
        threshold=threshold,
        right_gan=right_gan,
        right_real=right_real,
        accuracy=(right_gan / n_gan + right_real / n_real) / 2,
        accuracy_interval=accuracy_interval,
        share_right=(right_gan + right_real) / (n_gan + n_real),
        share_right_interval=wilson(right_gan + right_real, n_gan + n_real),
        auc=auc(gan, real),
        auc_interval=area_interval,
        at_one_percent=operating_point(gan, real, fpr=0.01),
        at_one_permille=operating_point(gan, real, fpr=0.001),
        ece=calibration_error(gan, real),
        brier=float(np.mean((1 - gan) ** 2) + np.mean(real**2)) / 2,
        roc=roc(gan, real),
        calibration=calibration(gan, real),
        by_group={} if groups is None else _by_group(groups, right),
    )


def operating_point(gan: FloatArray, real: FloatArray, *, fpr: float) -> OperatingPoint:
    """Share of generated pictures that are found at a false positive rate.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures; finite.
    fpr : float
        False positive rate allowed, above 0 and below 1.

    Returns
    -------
    OperatingPoint
        The threshold, and what is found at it.

    Examples
    --------
    >>> point = operating_point(np.array([0.7, 0.9]), np.arange(100) / 125, fpr=0.01)
    >>> point.threshold, point.n_false, point.tpr
    (0.784, 1, 0.5)
    """
    allowed = math.floor(fpr * len(real) + 1e-9)  # 0.01 of 100 is one, whatever floats say
    threshold = float(np.sort(real)[-1 - allowed])
    n_found = int((gan > threshold).sum())
    return OperatingPoint(
        fpr=fpr,
        threshold=threshold,
        n_found=n_found,
        n_false=int((real > threshold).sum()),
        tpr=n_found / len(gan),
        tpr_interval=wilson(n_found, len(gan)),
        resolved=allowed > 0,
    )


def _by_clusters(
    gan: FloatArray, real: FloatArray, threshold: float, clusters: Clusters
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intervals of accuracy and area, from clusters that are drawn with replacement.

    No narrower than as many single pictures have: of sets without an error nothing else is drawn.
    """
    rng = np.random.default_rng(_SEED)
    held = [
        [scores[np.asarray(numbers) == one] for one in np.unique(np.asarray(numbers))]
        for scores, numbers in ((gan, clusters[0]), (real, clusters[1]))
    ]
    found = np.empty((_RESAMPLES, 2))
    for row in found:
        a, b = (
            np.concatenate([some[i] for i in rng.integers(len(some), size=len(some)).tolist()])
            for some in held
        )
        row[:] = ((a > threshold).mean() + (b <= threshold).mean()) / 2, auc(a, b)
    low, high = np.quantile(found, _INTERVAL, axis=0)
    right = [
        (round(sum(float(((some > threshold) == label).mean()) for some in own)), len(own))
        for own, label in zip(held, (True, False), strict=True)
    ]
    singly = (
        mean_interval(right[0], right[1]),
        auc_interval(*(np.array([some.mean() for some in own]) for own in held)),
    )
    accuracy, area = (
        (min(float(low[i]), one[0]), max(float(high[i]), one[1])) for i, one in enumerate(singly)
    )
    return accuracy, area


def _by_group(groups: Groups, right: tuple[NDArray[np.bool_], ...]) -> dict[str, tuple[int, int]]:
    for label, names, scored in zip(("gan", "real"), groups, right, strict=True):
        if len(names) != len(scored):
            raise ParameterError(
                f"groups has {counted(len(names), 'name')} for "
                f"{counted(len(scored), f'{label} score')}: pass one each"
            )
    both = sorted({*groups[0]} & {*groups[1]})
    if both:
        raise ParameterError(
            f"groups has {both[0]!r} for generated and for real pictures: give each a name "
            "of its own"
        )
    found: dict[str, tuple[int, int]] = {}
    for names, are_right in zip(groups, right, strict=True):
        hits = Counter(name for name, is_right in zip(names, are_right, strict=True) if is_right)
        found |= {name: (hits[name], n) for name, n in Counter(names).items()}
    return found


def _scores(name: str, values: ArrayLike) -> FloatArray:
    scores = row_of_numbers(name, values)
    if scores.min() < 0 or scores.max() > 1:
        raise ParameterError(
            f"{name} reaches from {scores.min():g} to {scores.max():g}: pass chances, 0 to 1"
        )
    return scores
