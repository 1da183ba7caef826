"""Teeth of a comb at any scale: the periods of generators, after resizing by any factor.

A generator's line profiles have peaks at periods 2, 4, 8 and 16. Resizing by s moves all
of them together, to s times these periods; a comb that is moved over the spectrum finds
them without knowing s. No one knows whose they are: JPEG has such a comb at scale 1, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.line_spectra import period_spectrum
from forensics.traces.profiles import LineProfile

__all__ = ["COMB_PERIODS", "COMB_SCALES", "Comb", "comb"]

COMB_PERIODS = (2, 4, 8, 16)
"""Pixels before resizing; the teeth are all harmonics of each."""
COMB_SCALES: FloatArray = np.exp(np.linspace(math.log(0.4), math.log(1.75), 180))
COMB_SCALES.setflags(write=False)

_SURROUND = 21
_LOWEST, _HIGHEST = -3.0, 8.0
_LOG_MEDIAN = 0.37
"""How far the median logarithm of exponential noise lies below the logarithm of its mean."""
_TAKEN_OFF = 0.5
"""From every tooth, in nats. Less than the 0.73 that the larger of two neighbouring bins of noise
has on average: a comb of many teeth scores a little above 0 where there is only noise."""
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Comb:
    """How well combs of teeth fit the line spectra of one picture, at every scale.

    Parameters
    ----------
    scores : ndarray, shape (kinds, 4, 180), float64
        For each kind of profile, each of `COMB_PERIODS` and of `COMB_SCALES`: mean
        excess of the teeth in nats, times the root of their number; rows and columns
        averaged. 0 where a comb has no teeth.
    """

    scores: FloatArray

    def highest(self, low: float, high: float) -> FloatArray:
        """Highest score of every comb at scales from `low` up to `high`, shape (kinds, 4).

        0 where none of `COMB_SCALES` lies there.
        """
        start, end = np.searchsorted(COMB_SCALES, (low, high))
        if start >= end:
            return np.zeros(self.scores.shape[:-1])
        return cast(FloatArray, self.scores[..., start:end].max(axis=-1))


def comb(profiles: Sequence[LineProfile]) -> Comb:
    """Fit combs to the spectra of line profiles, rows and columns together.

    With ``W = clip(log P - running median of 21 bins, -3, 8)`` of a profile's power P, and
    teeth at ``k / (p s)`` cycles a pixel for period p and scale s:
    ``sum_k (W - 1/2) / sqrt(number of teeth)``, where of the two bins next to a tooth the
    higher one counts.

    Parameters
    ----------
    profiles : sequence of LineProfile
        Rows and columns of each kind in turn, as `line_profiles` has them, of at least 64
        values each.

    Returns
    -------
    Comb

    Raises
    ------
    ImageShapeError
        A profile is too short.

    Examples
    --------
    >>> from forensics.traces.profiles import line_profiles
    >>> image = np.random.default_rng(0).normal(100, 10, (256, 256))
    >>> image += 10 * np.cos(2 * np.pi * np.arange(256)[:, None] / 2.6)
    >>> int(comb(line_profiles(image)).highest(1.25, 1.35).max())
    3
    """
    sums = []
    for profile in profiles:
        whitened = _whitened(period_spectrum(profile))
        teeth, counts = _teeth(len(whitened))
        higher = np.maximum(whitened[:-1], whitened[1:])
        running = np.concatenate([[0.0], np.cumsum(higher[teeth])])
        ends = np.cumsum(counts)
        excess = running[ends] - running[ends - counts] - _TAKEN_OFF * counts
        sums.append(excess / np.sqrt(np.maximum(counts, 1)))
    both = np.reshape(sums, (-1, 2, len(COMB_PERIODS), len(COMB_SCALES))).mean(axis=1)
    return Comb(both)


def _whitened(power: FloatArray) -> FloatArray:
    logs = np.log(power + _FLOOR)
    padded = np.pad(logs, _SURROUND // 2, mode="reflect")
    level = np.median(sliding_window_view(padded, _SURROUND), axis=1)
    return cast(FloatArray, np.clip(logs - level + _LOG_MEDIAN, _LOWEST, _HIGHEST))


@lru_cache(maxsize=64)
def _teeth(n_bins: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Bins of all teeth, for every period and scale in turn, and how many each comb has."""
    length = 2 * (n_bins - 1)
    bins = []
    for period in COMB_PERIODS:
        for scale in COMB_SCALES:
            k = np.arange(1, int(period * scale / 2) + 1)
            bins.append(np.minimum((k / (period * scale) * length).astype(np.intp), n_bins - 2))
    return np.concatenate(bins), np.array([len(some) for some in bins])
