"""How often real pictures show as much: the rate that stands beside every verdict.

A strength that was set by hand says little to anybody; that two of a thousand real pictures from
eighteen sources have it says what a reader wants to know.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray

__all__ = ["ReferenceRate", "reference_rate"]


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """How many real pictures show a sign of a generator that is as strong.

    Parameters
    ----------
    real : int
        Real pictures that were measured, a quarter as found, the others after deliveries of all
        kinds.
    sources : int
        That they come from, as many from each.
    as_much : int
        Those whose strongest sign is at least as strong.
    """

    real: int
    sources: int
    as_much: int


def reference_rate(strength: float) -> ReferenceRate:
    """The rate for a strength, from the table that is shipped.

    Parameters
    ----------
    strength : float
        Of the strongest ground of a picture.

    Returns
    -------
    ReferenceRate

    Examples
    --------
    >>> rate = reference_rate(0.0)
    >>> rate.as_much == rate.real, rate.sources
    (True, 18)
    """
    levels, counts = _table()
    total = counts.sum(axis=0)
    # Counted from the level below: rather one picture too many than one too few.
    level = int(np.searchsorted(levels, min(strength, levels[-1]) + 1e-9, side="right")) - 1
    return ReferenceRate(int(total[0]), len(counts), int(total[max(level, 0)]))


@lru_cache(maxsize=1)
def _table() -> tuple[FloatArray, NDArray[np.int64]]:
    """Strengths in rising order, and how many pictures of each source have at least each."""
    path = resources.files("forensics.traces") / "reference" / "real-strengths.npz"
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
        return arrays["levels"], arrays["counts"]
