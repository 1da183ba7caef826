"""Rows of features with what is known about each: what a classifier is fitted on.

Weights are set so that both classes count alike, and within a class every origin by the
root of its pictures: a thousand faces of one data set must not outvote fifty photographs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray

__all__ = ["Table", "weights"]

_TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of features with what is known about each.

    Parameters
    ----------
    names : tuple of str
    values : ndarray, shape (N, n), float64
    gan : ndarray, shape (N,), bool
    origins : ndarray, shape (N,), str
    folds : ndarray, shape (N,), int
    delivered : ndarray, shape (N,), str
        "whole", "crop" or "rescaled crop".
    """

    names: tuple[str, ...]
    values: FloatArray
    gan: NDArray[np.bool_]
    origins: NDArray[np.str_]
    folds: NDArray[np.intp]
    delivered: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def rows(self, chosen: NDArray[np.bool_]) -> Table:
        """Some of the rows."""
        return replace(
            self,
            values=self.values[chosen],
            gan=self.gan[chosen],
            origins=self.origins[chosen],
            folds=self.folds[chosen],
            delivered=self.delivered[chosen],
        )

    def columns(self, names: Sequence[str]) -> Table:
        """Some of the features, by name."""
        places = [self.names.index(name) for name in names]
        return replace(self, names=tuple(names), values=self.values[:, places])


def weights(table: Table) -> FloatArray:
    """How much each row counts: 1 on average, the same for both classes."""
    counts = np.zeros(len(table))
    for label in (False, True):
        mine = table.gan == label
        for origin in np.unique(table.origins[mine]):
            these = mine & (table.origins == origin)
            counts[these] = 1 / np.sqrt(these.sum())
        counts[mine] *= len(table) / 2 / max(counts[mine].sum(), _TINY)
    return counts
