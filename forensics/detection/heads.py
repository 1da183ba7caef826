"""From the features of a picture to a score: weights that anyone can read, and NumPy alone.

A model has heads, each of which answers one question: was it made by a generator whose
fingerprint we hold (*known*), by any generator (*any*), and the two *together*. A generated
picture may have come to us whole, cropped, or cropped and resized, and shows itself in
another way each time: a head asks for each way, and adds the odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.detection.causes import Verdict
from forensics.errors import ParameterError

__all__ = [
    "HEADS",
    "Calibration",
    "Head",
    "HeadName",
    "Layer",
    "Way",
    "chance",
    "chances",
]

HeadName: TypeAlias = Literal["together", "known", "any"]

HEADS: tuple[HeadName, ...] = ("together", "known", "any")
"""The questions; a model answers the first, and those of the others that it can."""

_FURTHEST = 30.0
"""Log odds beyond which a chance is no longer told from certainty."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer of weights.

    Parameters
    ----------
    weights : ndarray, shape (n_in, n_out), float64
    bias : ndarray, shape (n_out,), float64
    """

    weights: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way to show oneself, and the weights that look for it.

    Parameters
    ----------
    name : str
    prior : float
        Share of the odds that it is given before looking.
    layers : tuple of Layer
        From all features of the head to a single output, negative values cut to 0 between
        them.
    """

    name: str
    prior: float
    layers: tuple[Layer, ...]

    def log_odds(self, standard: FloatArray) -> FloatArray:
        """Log odds if this were the only way, from standardised features, shape (N,)."""
        hidden = standard
        for layer in self.layers[:-1]:
            hidden = np.maximum(hidden @ layer.weights + layer.bias, 0)
        last = self.layers[-1]
        return (hidden @ last.weights + last.bias)[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """From raw log odds to those that hold: straight lines from knot to knot.

    Parameters
    ----------
    raw, log_odds : ndarray, shape (n,), float64
        The knots, two or more, both rising; beyond the outermost the lines go on.
    """

    raw: FloatArray
    log_odds: FloatArray

    @classmethod
    def straight(cls, slope: float = 1.0, offset: float = 0.0) -> Calibration:
        """One line through all (Platt)."""
        return cls(np.array([0.0, 1.0]), np.array([offset, offset + slope]))

    def __call__(self, raw: FloatArray) -> FloatArray:
        """Calibrated log odds, shape (N,)."""
        line = self._line(raw)
        return self.log_odds[line] + self._slopes[line] * (raw - self.raw[line])

    def slope(self, raw: float) -> float:
        """How steep it is there."""
        return float(self._slopes[self._line(np.array([raw]))[0]])

    @property
    def _slopes(self) -> FloatArray:
        return np.diff(self.log_odds) / np.diff(self.raw)

    def _line(self, raw: FloatArray) -> NDArray[np.intp]:
        """Which of the lines each value is on: those between the knots."""
        return np.searchsorted(self.raw[1:-1], raw, side="right")


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What one question makes of the features.

    ``log odds = calibration(ln(sum over ways of prior * exp(net((x - center) / scale))))``

    Parameters
    ----------
    features : tuple of str
        Names, in the order of the weights.
    center, scale : ndarray, shape (n,), float64
        Mean and standard deviation of the features in training.
    ways : tuple of Way
    calibration : Calibration
        From pictures apart.
    doubtful, certain : float
        Log odds above which at most 1 % and 0.1 % of real pictures are.
    """

    features: tuple[str, ...]
    center: FloatArray
    scale: FloatArray
    ways: tuple[Way, ...]
    calibration: Calibration
    doubtful: float
    certain: float

    @property
    def is_linear(self) -> bool:
        """Whether every feature has a share of its own."""
        return all(len(way.layers) == 1 for way in self.ways)

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Calibrated log odds of pictures.

        Parameters
        ----------
        values : ndarray, shape (N, n), float64
            In the order of `features`.

        Returns
        -------
        ndarray, shape (N,), float64

        Raises
        ------
        ParameterError
            A feature is no finite number.
        """
        odds: FloatArray = np.logaddexp.reduce(self._by_way(values), axis=0)
        return self.calibration(odds)

    def contributions(self, values: FloatArray) -> tuple[FloatArray, float]:
        """What each feature of one picture adds to its log odds, and what else does.

        With r the share of each way in the sum of the odds, a feature adds
        ``slope * sum_way r * weight * (x - center) / scale``, the slope being that of the
        calibration there. The rest, what a picture of average features would have and how
        undecided the ways are (``- sum r ln r``), makes up the log odds exactly.

        Parameters
        ----------
        values : ndarray, shape (n,), float64

        Returns
        -------
        ndarray, shape (n,), float64
        float

        Raises
        ------
        ParameterError
            The head has hidden layers, or a feature is no finite number.
        """
        if not self.is_linear:
            raise ParameterError(
                "the model has hidden layers, and no feature a share of its own: explain with "
                "a model of the method traces"
            )
        odds = self._by_way(values[np.newaxis])[:, 0]
        raw = float(np.logaddexp.reduce(odds))
        shares = np.exp(odds - raw)
        weights = np.stack([way.layers[0].weights[:, 0] for way in self.ways])
        added = self.calibration.slope(raw) * (shares @ weights)
        added *= (values - self.center) / self.scale
        return added, float(self.log_odds(values[np.newaxis])[0] - added.sum())

    def verdict(self, log_odds: float) -> Verdict:
        """A trace above both thresholds, none below both, unsure between."""
        if log_odds > self.certain:
            return "generator trace"
        return "unsure" if log_odds > self.doubtful else "no generator trace"

    def _by_way(self, values: FloatArray) -> FloatArray:
        """Log odds with the prior of each way, shape (ways, N)."""
        self._check(values)
        standard = (values - self.center) / self.scale
        return np.stack([way.log_odds(standard) + np.log(way.prior) for way in self.ways])

    def _check(self, values: FloatArray) -> None:
        if values.shape[-1] != len(self.features):
            raise ParameterError(
                f"{values.shape[-1]} features were given, the head takes {len(self.features)}: "
                "measure them with the method of the model"
            )
        wrong = ~np.isfinite(values)
        if wrong.any():
            row, column = map(int, np.argwhere(wrong)[0])
            raise ParameterError(
                f"feature {self.features[column]} of picture {row} is {values[row, column]}, only "
                "finite numbers can be scored: look at what was measured"
            )


def chance(log_odds: float) -> float:
    """Chance of given log odds.

    Examples
    --------
    >>> chance(0.0)
    0.5
    """
    return float(chances(np.array([log_odds]))[0])


def chances(log_odds: FloatArray) -> FloatArray:
    """Chances of many log odds, shape (N,).

    Examples
    --------
    >>> chances(np.array([0.0, 2.0])).round(2).tolist()
    [0.5, 0.88]
    """
    clipped = np.clip(log_odds, -_FURTHEST, _FURTHEST)
    return 1 / (1 + np.exp(-clipped))
