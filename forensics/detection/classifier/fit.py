"""Fit the curves of the score: additive, never falling, every source counting alike.

What a chance says already is no matter of fitting: it stands beside as an offset. Everything that
is told of a fit, thresholds and reference included, comes from fits that have not seen the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.detection.verdict.score import CHANCES, FEATURES, WEIGHED, Curve, chance_ratio

__all__ = [
    "FeatureTable",
    "fitted_curves",
    "source_folds",
    "unseen_log_odds",
    "weights",
]

_KNOTS = (0.3, 0.6, 0.8, 0.9, 0.96, 0.99, 0.998)
"""Quantiles at which a curve may bend: the upper tail is where generators differ."""
_SHRINKAGE = 1e-3
_FOLDS = 10
_ITERATIONS = 500


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Table of features, with what is known of each row.

    Parameters
    ----------
    values : ndarray, shape (N, F), float64
        Features in the order of `FEATURES`.
    generated : ndarray, shape (N,), bool
        True for generated pictures, False for real ones.
    sources : ndarray, shape (N,), dtype str
        Source of each row.
    folds : ndarray, shape (N,), int
        Number of each row's fold: rows of one fold are judged by a fit without it.
    """

    values: FloatArray
    generated: NDArray[np.bool_]
    sources: NDArray[np.str_]
    folds: NDArray[np.intp]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def rows(self, chosen: NDArray[np.bool_]) -> FeatureTable:
        """Table of some of the rows.

        Parameters
        ----------
        chosen : ndarray, shape (N,), bool
            True for the rows to keep.

        Returns
        -------
        FeatureTable
            The rows that are kept, in their order.
        """
        return FeatureTable(
            self.values[chosen], self.generated[chosen], self.sources[chosen], self.folds[chosen]
        )


def weights(generated: NDArray[np.bool_], sources: NDArray[np.str_]) -> FloatArray:
    """Weight of each row: 1 on average, both classes alike, and in each every source.

    Parameters
    ----------
    generated : ndarray, shape (N,), bool
        True for generated pictures, False for real ones.
    sources : ndarray, shape (N,), dtype str
        Source of each row.

    Returns
    -------
    ndarray, shape (N,), float64
        Weights for a fit or a mean.
    """
    counts = np.zeros(len(generated))
    for label in (False, True):
        names = np.unique(sources[generated == label])
        for name in names:
            mine = (generated == label) & (sources == name)
            counts[mine] = len(generated) / 2 / len(names) / mine.sum()
    return counts


def source_folds(
    generated: NDArray[np.bool_], sources: NDArray[np.str_], families: Sequence[str], seed: int
) -> NDArray[np.intp]:
    """Fold of every row, such that no family of sources is in two folds.

    Parameters
    ----------
    generated : ndarray, shape (N,), bool
        True for generated pictures, False for real ones.
    sources : ndarray, shape (N,), dtype str
        Source of each row.
    families : sequence of str, length N
        Family of each row: sources that count as one when one is left out.
    seed : int
        Seed of the folds.

    Returns
    -------
    ndarray, shape (N,), int
        Numbers of the folds, from 0.
    """
    named = np.asarray(families)
    folds = np.zeros(len(named), np.intp)
    rng = np.random.default_rng(seed)
    for label in (False, True):
        names = np.unique(named[generated == label])
        for number, name in enumerate(rng.permutation(names)):
            folds[(generated == label) & (named == name)] = number % _FOLDS
    return folds


def fitted_curves(table: FeatureTable) -> tuple[tuple[Curve, ...], float]:
    """Curves of the score that make the rows likeliest, and its base.

    Logistic regression of pieces of straight lines whose slopes are not negative, with the log
    likelihood ratios of the chances as an offset, shrunk a little; convex, so that there is one
    solution.

    Parameters
    ----------
    table : FeatureTable
        Rows to fit on.

    Returns
    -------
    tuple of Curve
        One for each of `WEIGHED`.
    float
        Log odds of any picture.

    References
    ----------
    Hastie and Tibshirani 1986, *Generalized additive models*.
    """
    from scipy.optimize import minimize

    columns = [table.values[:, FEATURES.index(name)] for name in WEIGHED]
    share = weights(table.generated, table.sources) / len(table)
    knots = [_knots(column, share) for column in columns]
    pieces = np.concatenate(
        [_pieces(column, at, share) for column, at in zip(columns, knots, strict=True)], axis=1
    )
    n = pieces.shape[1]
    offset = chance_ratio(table.values[:, : len(CHANCES)]).sum(axis=1)
    sign = np.where(table.generated, 1.0, -1.0)

    def cost(found: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (pieces @ found[:n] + found[n] + offset)
        loss = share @ np.logaddexp(0, -margin) + _SHRINKAGE * (found[:n] @ found[:n])
        pull = -share * sign * np.exp(-np.logaddexp(0, margin))
        return float(loss), np.append(pieces.T @ pull + 2 * _SHRINKAGE * found[:n], pull.sum())

    fitted = minimize(
        cost,
        np.zeros(n + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * n + [(None, None)],
        options={"maxiter": _ITERATIONS},
    ).x
    curves, base, first = [], float(fitted[n]), 0
    for name, column, at in zip(WEIGHED, columns, knots, strict=True):
        rises = fitted[first : first + len(at) - 1]
        curve = Curve(name, at, np.concatenate([[0.0], np.cumsum(rises)]))
        known = ~np.isnan(column)
        # What is not known must say nothing: 0 is what the average picture has.
        usual = float(np.average(curve(column[known]), weights=share[known])) if known.any() else 0
        curves.append(Curve(name, at, curve.log_odds - usual))
        base += usual
        first += len(at) - 1
    return tuple(curves), base


def unseen_log_odds(table: FeatureTable, support: float) -> FloatArray:
    """Log odds of every row, from fits that have not seen its fold.

    Parameters
    ----------
    table : FeatureTable
        Rows to judge, and to fit on.
    support : float
        Log odds up to which the curves are believed, as in `ScoreModel`.

    Returns
    -------
    ndarray, shape (N,), float64
        Natural logarithms, in the order of the rows.
    """
    found: FloatArray = chance_ratio(table.values[:, : len(CHANCES)]).sum(axis=1)
    for fold in np.unique(table.folds):
        out = table.folds == fold
        curves, base = fitted_curves(table.rows(~out))
        said = sum(curve(table.values[out, FEATURES.index(curve.name)]) for curve in curves)
        found[out] += base + np.clip(said, -support, support)
    return found


def _knots(column: FloatArray, share: FloatArray) -> FloatArray:
    """Where a curve may bend, rising; one where the feature never changes."""
    known = ~np.isnan(column)
    if not known.any():
        return np.zeros(1)
    order = np.argsort(column[known])
    passed = np.cumsum(share[known][order])
    places = np.searchsorted(passed, np.array(_KNOTS) * passed[-1])
    knots: FloatArray = np.unique(column[known][order][np.minimum(places, len(order) - 1)])
    return knots


def _pieces(column: FloatArray, knots: FloatArray, share: FloatArray) -> FloatArray:
    """How far each value has come between each two knots, 0 to 1, shape (N, knots - 1).

    Where nothing is known, as far as the average has come.
    """
    known = ~np.isnan(column)
    values = np.where(known, column, knots[0])
    parts = [np.clip((values - low) / (high - low), 0, 1) for low, high in pairwise(knots)]
    if not parts:
        return np.zeros((len(values), 0))
    pieces = np.stack(parts, axis=1)
    pieces[~known] = np.average(pieces[known], axis=0, weights=share[known])
    return pieces
