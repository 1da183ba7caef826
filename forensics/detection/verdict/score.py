"""One score, additive in named contributions: what each trace adds to the log odds of a generator.

Chances that hold on real pictures need no training: each is turned into a likelihood ratio by a
formula. What has no such chance is weighed by curves that were fitted over many sources, and that
only rise. The sum is the log likelihood ratio of generated against real.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.verdict.evidence import Evidence
from forensics.detection.verdict.references import Reference
from forensics.detection.verdict.signs import Sign
from forensics.errors import ParameterError
from forensics.traces.fingerprints.decoder import ENERGIES

__all__ = [
    "BASE",
    "CHANCES",
    "CUT",
    "Curve",
    "FEATURES",
    "FEATURE_VERSION",
    "Label",
    "Robustness",
    "ScoreModel",
    "TrainedSet",
    "Training",
    "UnseenMetrics",
    "Verdict",
    "WEIGHED",
    "chance_ratio",
    "chances",
    "features",
]

Verdict: TypeAlias = Literal["generator trace", "unsure", "no generator trace"]
"""What is said of a picture, everywhere. "Real" is never said."""
Label: TypeAlias = Literal["gan", "real"]
"""Of the two sets: generated, and real."""

FEATURE_VERSION = 3
"""Of the definition of the features: a model of another one cannot be used."""
CHANCES: tuple[str, ...] = ("fingerprint", "crosswise pattern")
"""Features that are natural logarithms of chances: a match of a known fingerprint, over all that
were tried, and a pattern added crosswise."""
WEIGHED: tuple[str, ...] = ENERGIES
"""Features that are weighed by curves."""
FEATURES: tuple[str, ...] = (*CHANCES, *WEIGHED)
"""All that the score is made of. NaN is what could not be measured, or what a cause that is there
would make as well: it adds nothing."""
BASE, CUT = "any picture", "cut for want of sources"
"""What the parts of the score are called that every picture has, and that is taken off what the
curves say, where they say more than so many sources can support."""
_FURTHEST = 700.0
_EVEN = 1e-3
"""Distance of the log of a chance from 0 below which the formula has its limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Log odds that one feature adds: straight between its knots, level beyond them.

    Parameters
    ----------
    name : str
        Name of the feature.
    values : ndarray, shape (n,), float64
        Rising.
    log_odds : ndarray, shape (n,), float64
        Natural logarithms; never falling.
    """

    name: str
    values: FloatArray
    log_odds: FloatArray

    def __call__(self, found: ArrayLike) -> FloatArray:
        """Log odds at given values; 0 where there is none (NaN)."""
        values = np.asarray(found, dtype=np.float64)
        unknown = np.isnan(values)
        at = np.interp(np.where(unknown, self.values[0], values), self.values, self.log_odds)
        return np.where(unknown, 0.0, at)


@dataclass(frozen=True, slots=True)
class Robustness:
    """Effect of one small delivery on the pictures on which it was tried.

    Parameters
    ----------
    rise : float, optional
        Log odds by which it raised those in which nothing was found, at most; None where there were
        too few trials.
    """

    rise: float | None


@dataclass(frozen=True, slots=True)
class TrainedSet:
    """One of the two sets that a score was fitted on.

    Parameters
    ----------
    sha256 : str
        Hash of the hashes of its files, in no order.
    n_images, n_deliveries : int
        Number of pictures, and of rows that were measured of them.
    sources : mapping of str to int
        Number of pictures of each source, the largest first.
    """

    sha256: str
    n_images: int
    n_deliveries: int
    sources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Training:
    """How a score was made, as a reader of it must know.

    Parameters
    ----------
    date : str
        Date as in 2026-11-30.
    seed : int
        Seed of everything that is drawn, 0 or more.
    features : tuple of str
        Names of the features, in their order.
    versions : mapping of str to str
        Version of each library that made it.
    sets : mapping of {"gan", "real"} to TrainedSet
        The two sets that it was fitted on.
    """

    date: str
    seed: int
    features: tuple[str, ...]
    versions: Mapping[str, str]
    sets: Mapping[Label, TrainedSet]

    def to_dict(self) -> dict[str, Any]:
        """The object that a model's file has under ``training``."""
        return {**asdict(self), "features": list(self.features)}


@dataclass(frozen=True, slots=True)
class UnseenMetrics:
    """Metrics of a score on sources that its fits have not seen.

    Parameters
    ----------
    n_sources : mapping of {"gan", "real"} to int
        Number of sources of either label.
    auc, ece, cllr : float
        Area under the curve, calibration error, and the cost of the likelihood ratios in bits.
    traces : mapping of {"gan", "real"} to mapping of str to (int, int)
        For every source, how many rows are called generator trace, and how many there are.
    """

    n_sources: Mapping[Label, int]
    auc: float
    ece: float
    cllr: float
    traces: Mapping[Label, Mapping[str, tuple[int, int]]]

    def to_dict(self) -> dict[str, Any]:
        """The object that a model's file has under ``metrics``."""
        return {
            "unseen_sources": dict(self.n_sources),
            "auc": self.auc,
            "ece": self.ece,
            "cllr": self.cllr,
            "generator_trace_by_source": {
                label: {name: list(counts) for name, counts in sources.items()}
                for label, sources in self.traces.items()
            },
        }


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """The score, with its thresholds and how often real pictures reach it.

    Parameters
    ----------
    name : str
        Name of the score.
    curves : tuple of Curve
        One for each of `WEIGHED`.
    base : float
        Log odds of any picture.
    support : float
        Log odds up to which all curves together are believed. They say what some sources of real
        pictures have, and an unseen one may have more: ln(1 + n / 3) of n sources, by the rule of
        three. A chance holds within any source, and is not cut.
    bound : float
        Log odds beyond which the real pictures that were measured can support nothing: the
        logarithm of a third of their number, by the rule of three.
    doubtful, certain : float
        Log odds from which at most 1 % and 0.1 % of real pictures of unseen sources are.
    robustness : mapping of str to Robustness
        Effect of each small delivery on a verdict.
    reference : Reference
        Real pictures by their log odds, from fits that have not seen their source.
    training : Training
        How the score was made.
    metrics : UnseenMetrics
        How it does on sources that its fits have not seen.
    """

    name: str
    curves: tuple[Curve, ...]
    base: float
    support: float
    bound: float
    doubtful: float
    certain: float
    robustness: Mapping[str, Robustness]
    reference: Reference
    training: Training
    metrics: UnseenMetrics

    def contributions(self, values: FloatArray) -> FloatArray:
        """Log odds that every feature of pictures adds.

        After the features come what any picture has, and what is cut for want of sources.

        Parameters
        ----------
        values : ndarray, shape (..., F), float64
            Features of the pictures, in the order of `FEATURES`.

        Returns
        -------
        ndarray, shape (..., F + 2), float64
            They add up to `log_odds`.

        Raises
        ------
        ParameterError
            There is another number of features.
        """
        if values.shape[-1] != len(FEATURES):
            raise ParameterError(
                f"{counted(values.shape[-1], 'feature was', 'features were')} given, "
                f"the score takes {len(FEATURES)}: "
                "pass those that FEATURES names, in its order"
            )
        curved = [curve(values[..., FEATURES.index(curve.name)]) for curve in self.curves]
        said = np.sum(curved, axis=0)
        parts = [
            *(chance_ratio(values[..., place]) for place in range(len(CHANCES))),
            *curved,
            np.full(values.shape[:-1], self.base),
            np.clip(said, -self.support, self.support) - said,
        ]
        return np.stack(parts, axis=-1)

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Log odds of pictures at even priors, not bounded.

        Parameters
        ----------
        values : ndarray, shape (..., F), float64
            Features of the pictures, in the order of `FEATURES`.

        Returns
        -------
        ndarray, shape (...), float64
            Natural logarithms.
        """
        total: FloatArray = self.contributions(values).sum(axis=-1)
        return total

    @property
    def trace_from(self) -> float:
        """Log odds from which a picture has a generator's trace, that is `certain`.

        Infinite where the bound lies below: the real pictures of the fit are too few to support
        that of any.
        """
        return self.certain if self.bound >= self.certain else math.inf

    def verdict(self, log_odds: float) -> Verdict:
        """Verdict at given log odds, where nothing else makes one unsure.

        Parameters
        ----------
        log_odds : float
            Log odds of a picture, not bounded.

        Returns
        -------
        {"generator trace", "unsure", "no generator trace"}
            By the two thresholds.
        """
        if log_odds >= self.trace_from:
            return "generator trace"
        return "unsure" if log_odds >= self.doubtful else "no generator trace"

    def bounded(self, log_odds: ArrayLike) -> FloatArray:
        """Log odds that the reference can support, told as the log likelihood ratio.

        Parameters
        ----------
        log_odds : array_like, any shape
            Log odds of pictures.

        Returns
        -------
        ndarray, same shape, float64
            None of them larger than `bound` or smaller than ``-bound``.
        """
        return np.clip(np.asarray(log_odds, dtype=np.float64), -self.bound, self.bound)


def chance_ratio(log_chance: ArrayLike) -> FloatArray:
    """Log likelihood ratio of a chance, against an alternative that favours no strength.

    With e = (1 - p + p ln p) / (p ln² p), the mean over all κ of the likelihood ratios κ p^(κ - 1),
    whose expectation is 1 where p is a chance that holds; and as likely as not a generator leaves
    none of it: ln((1 + e) / 2).

    Parameters
    ----------
    log_chance : array_like, any shape
        Natural logarithms of chances; NaN where nothing was tried.

    Returns
    -------
    ndarray, same shape, float64
        0 for NaN, never below ln(3/4).

    References
    ----------
    Vovk and Wang 2021, *E-values: calibration, combination, and applications*.

    Examples
    --------
    >>> chance_ratio(np.log([1.0, 0.05, 1e-3, 1e-6])).round(1).tolist()
    [-0.3, 0.3, 2.4, 7.9]
    """
    given = np.asarray(log_chance, dtype=np.float64)
    log_p = np.minimum(np.where(np.isnan(given), -1.0, given), -_EVEN)
    p = np.exp(log_p)
    log_e = np.log(1 - p + p * log_p) - log_p - 2 * np.log(-log_p)
    return np.where(np.isnan(given), 0.0, np.logaddexp(0.0, log_e) - np.log(2))


def chances(log_odds: ArrayLike) -> FloatArray:
    """Chances of given log odds.

    Parameters
    ----------
    log_odds : array_like, any shape
        Natural logarithms.

    Returns
    -------
    ndarray, same shape, float64
        0 to 1.

    Examples
    --------
    >>> chances([0.0, 2.0]).round(2).tolist()
    [0.5, 0.88]
    """
    clipped = np.clip(np.asarray(log_odds, dtype=np.float64), -_FURTHEST, _FURTHEST)
    odds: FloatArray = 1 / (1 + np.exp(-clipped))
    return odds


def features(found: Evidence, heeded: tuple[Sign, ...]) -> FloatArray:
    """Features of a picture, the numbers that its score is made of.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.
    heeded : tuple of Sign
        Signs of the picture, with NaN for those that a cause which is there would make as well.

    Returns
    -------
    ndarray, shape (18,), float64
        In the order of `FEATURES`.
    """
    values: dict[str, float] = {sign.name: sign.value for sign in heeded}
    # What repeats in small cells is made by the same makers as a crosswise pattern.
    explained = any(sign.name == "crosswise pattern" and sign.excused for sign in heeded)
    energies = np.full(len(ENERGIES), math.nan)
    if found.energies is not None and not explained:
        energies = found.energies
    return np.array([*(values[name] for name in FEATURES[: len(values)]), *energies])
