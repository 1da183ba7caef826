"""Double JPEG: an earlier save at a lower quality.

The coarse steps of the first save survive a finer second one: where both have the same
grid as gaps in the histogram of the second, else as a blurred comb at another origin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.jpeg_tables import ijg_tables
from forensics.traces.jpeg.blocks import (
    FREQUENCIES,
    LumaPart,
    Single,
    block_coefficients,
    comb,
    comb_evidence,
    histogram,
    shifted_histograms,
)
from forensics.traces.jpeg.quality import JpegQuality

__all__ = [
    "BINS",
    "COARSEST",
    "EarlierJpeg",
    "LOW",
    "MULTIPLES",
    "TOP",
    "coarser_qualities",
    "earlier_jpeg",
    "gap_evidence",
    "shifted_evidence",
    "smooth_shares",
    "step_shares",
]

_LOWEST = 10
"""Quality of an earlier save; coarser ones are not kept for long."""
_COARSER = 1.24
"""Sum of an earlier table over that of the last one. Nearer ones are not told from it: a
block more or less to the side, what is left of the last comb looks slightly coarser."""

_ROUNDED = 0.5
"""Blur in counts of the first comb when the second save rounds it."""
_STRAY = 0.02
MULTIPLES = 24
_MOST_ALIGNED = 8192
_DECAYS = np.geomspace(0.2, 10, 60)
_ENOUGH_ALIGNED = 100.0
_ENOUGH_EACH = 0.015
"""Evidence in nats, of the picture and for each of its coefficients; photographs saved once
reach half of the one and a quarter of the other."""

BLURS = (0.7, 1.2, 2.0, 3.0)
"""In counts, of what a second save on another grid leaves of a comb."""
BINS, TOP, COARSEST = 4, 128, 128
LOW = np.array([f for f in FREQUENCIES.tolist() if f // 8 + f % 8 <= 6])
_MOST_SHIFTED = 2048
_ENOUGH = 50.0
"""Evidence in nats, of 63 origins, 4 blurs and up to 90 qualities: twice what photographs
saved once reach."""
_SHARED = 8
"""How many times as much where the row or the column is that of the last grid."""
_KEPT = 0.1
"""Chance, before looking, that a frequency has kept its comb."""


@dataclass(frozen=True, slots=True, eq=False)
class EarlierJpeg:
    """An earlier save of a picture that was saved as JPEG at least twice.

    Parameters
    ----------
    origin : (int, int)
        Row and column, modulo 8, where its blocks begin in the picture as it is now. If
        it differs from the last grid's, the picture was cropped or pasted in between.
    quality : int
        IJG quality, 10 to 97: say "about".
    log10_evidence : float
        Log10 of how much likelier this makes the coefficients than a single save.
        Coefficients are treated as independent, so this flatters.
    """

    origin: tuple[int, int]
    quality: int
    log10_evidence: float


def earlier_jpeg(
    parts: Sequence[LumaPart], origin: tuple[int, int], last: JpegQuality
) -> EarlierJpeg | None:
    """The most evident earlier save of a picture whose last grid and quality are known.

    None is the usual answer, and no proof of a single save: an earlier save shows where its
    quality was lower than the last, its steps a fourth coarser and better twice as coarse, and
    where the last table is IJG's.

    Parameters
    ----------
    parts : sequence of LumaPart
        Tiles of the picture, from `parts_of`.
    origin : (int, int)
        Row and column, each from 0 to 7, of the first whole block.
    last : JpegQuality
        Quality of the last save, from `jpeg_quality`.

    Returns
    -------
    EarlierJpeg or None
        None if no earlier save shows.
    """
    qualities = coarser_qualities(last.quality)
    if not last.standard or len(qualities) == 0:
        return None
    found = [_aligned(parts, origin, last.quality, qualities), _shifted(parts, origin, qualities)]
    return max(filter(None, found), key=lambda save: save.log10_evidence, default=None)


def coarser_qualities(last: int) -> NDArray[np.int64]:
    """Qualities of an earlier save that may show behind one of this quality.

    Parameters
    ----------
    last : int
        IJG quality of the last save.

    Returns
    -------
    ndarray, shape (n,), int64
        Ascending.
    """
    sums = ijg_tables().sum(axis=1)
    found: NDArray[np.int64] = 1 + np.flatnonzero(sums >= _COARSER * sums[last - 1])[_LOWEST - 1 :]
    return found


def _aligned(
    parts: Sequence[LumaPart], origin: tuple[int, int], last: int, qualities: NDArray[np.int64]
) -> EarlierJpeg | None:
    """On the same grid: multiples of the last step that no multiple of the first is near."""
    second = ijg_tables()[last - 1, FREQUENCIES].astype(np.float32)
    coefficients = block_coefficients(parts, origin, most=_MOST_ALIGNED)
    multiples = histogram(coefficients / second, bins=1, top=MULTIPLES)
    nats = gap_evidence(multiples[:, 1:], *_shares(last)).sum(axis=1)
    best = int(nats.argmax())
    if nats[best] < max(_ENOUGH_ALIGNED, _ENOUGH_EACH * float(multiples[:, 1:].sum())):
        return None
    return EarlierJpeg(origin, int(qualities[best]), float(nats[best]) / math.log(10))


def gap_evidence(counts: Single, share: FloatArray, log_share: FloatArray) -> FloatArray:
    """Evidence for each earlier table and frequency in multiples of the last steps.

    Each multiple has the share of the first comb's teeth that are rounded to it. Were these
    spread evenly, the histogram would fall as ``exp(-a sqrt(k))``, with the likeliest a:
    photographs' do.

    Parameters
    ----------
    counts : ndarray, shape (frequencies, multiples), float32
        How often the multiples 1, 2, … occur.
    share, log_share : ndarray, shape (tables, frequencies, multiples), float64
        From `step_shares`, and its logarithm.

    Returns
    -------
    ndarray, shape (tables, frequencies), float64, nats
        Log likelihood over that of a single save.
    """
    expected = counts.sum(axis=1) * np.log((share * smooth_shares(counts)).sum(axis=2))
    return cast(FloatArray, np.einsum("tfm,fm->tf", log_share, counts) - expected)


def smooth_shares(counts: Single) -> FloatArray:
    """The likeliest smooth histogram of multiples, ``exp(-a sqrt(k))``.

    Parameters
    ----------
    counts : ndarray, shape (frequencies, multiples), float32
        How often the multiples 1, 2, … occur.

    Returns
    -------
    ndarray, shape (frequencies, multiples), float64
        Rows sum to one.
    """
    multiple = np.arange(1, counts.shape[1] + 1)
    smooth = np.exp(-_DECAYS[:, np.newaxis] * np.sqrt(multiple))
    smooth /= smooth.sum(axis=1, keepdims=True)
    return cast(FloatArray, smooth[(counts @ np.log(smooth).T).argmax(axis=1)])


@lru_cache(maxsize=8)
def _shares(last: int) -> tuple[FloatArray, FloatArray]:
    """Share of a first comb's teeth at each multiple of the last steps, and its logarithm.

    Of every coarser table, (tables, frequencies, multiples).
    """
    second = ijg_tables()[last - 1, FREQUENCIES].astype(np.float64)
    first = ijg_tables()[coarser_qualities(last) - 1][:, FREQUENCIES].astype(np.float64)
    share = step_shares(first, second)
    return share, np.log(share)


def step_shares(first: FloatArray, second: FloatArray) -> FloatArray:
    """Share of the teeth of a first comb at each multiple of a second one's steps.

    Parameters
    ----------
    first : ndarray, shape (n,) or (n, frequencies), float64, counts
        Steps of the first save, the same for every frequency, or (n, frequencies).
    second : ndarray, shape (frequencies,), float64, counts
        Steps of the last save.

    Returns
    -------
    ndarray, shape (n, frequencies, 23), float64
        Of multiples 1, 2, …; 1 for each that gets what a smooth histogram has.
    """
    multiple = np.arange(1, MULTIPLES)
    steps = first.reshape(len(first), -1, 1)
    ratio = steps / second[:, np.newaxis]
    below, above = (_teeth_below((multiple + side) / ratio, steps) for side in (-0.5, 0.5))
    return np.where(ratio == 1, 1.0, (1 - _STRAY) * ratio * (above - below) + _STRAY)


def _teeth_below(position: FloatArray, step: FloatArray) -> FloatArray:
    """Teeth of a comb below a position, both in steps; a tooth is blurred, and counts in part."""
    nearest = np.rint(position)
    reach = np.clip(1.702 * (position - nearest) * step / _ROUNDED, -50, 50)
    below: FloatArray = nearest - 0.5 + 1 / (1 + np.exp(-reach))
    return below


def _shifted(
    parts: Sequence[LumaPart], origin: tuple[int, int], qualities: NDArray[np.int64]
) -> EarlierJpeg | None:
    """On another grid: a comb there, blurred by the rounding of the last save.

    Each frequency may have kept its comb or not: high ones were rounded away.
    """
    origins = [(start // 8, start % 8) for start in range(64)]
    nats = shifted_evidence(parts, qualities).max(axis=0)
    # A row or column of the last grid shared keeps some of its comb.
    shared = np.array([(row == origin[0]) + (column == origin[1]) for row, column in origins])
    beyond = nats - _ENOUGH * np.array([1, _SHARED, np.inf])[shared][:, np.newaxis]
    start, which = divmod(int(beyond.argmax()), len(qualities))
    if beyond[start, which] < 0:
        return None
    return EarlierJpeg(
        origins[start], int(qualities[which]), float(nats[start, which]) / math.log(10)
    )


def shifted_evidence(
    parts: Sequence[LumaPart],
    qualities: NDArray[np.int64],
    *,
    blurs: Sequence[float] = BLURS,
    coarsest: int = COARSEST,
) -> Single:
    """Evidence for an earlier comb at each origin, however the last save has blurred it.

    Parameters
    ----------
    parts : sequence of LumaPart
        Tiles of the picture, from `parts_of`.
    qualities : ndarray, shape (n,), int64
        IJG qualities that are tried.
    blurs : sequence of float, counts
        Blurs of the comb that are tried.
    coarsest : int, counts
        Coarser steps are taken to be this one.

    Returns
    -------
    ndarray, shape (blurs, 64, n), float32, nats
        For each blur, origins row by row: log likelihood over that of no comb. Any frequency
        may have lost its own.
    """
    counts = shifted_histograms(parts, LOW, bins=BINS, top=TOP, most=_MOST_SHIFTED)
    steps = np.minimum(ijg_tables()[qualities - 1][:, LOW], coarsest) - 1
    return np.stack([_kept_evidence(counts, steps, blur, coarsest) for blur in blurs])


def _kept_evidence(counts: Single, steps: NDArray[np.int64], blur: float, coarsest: int) -> Single:
    """Evidence in nats for tables, (origins, tables), any frequency of which may be lost."""
    by_step = comb_evidence(counts, comb(blur, bins=BINS, top=TOP, steps=coarsest))
    evidence = by_step[:, np.arange(steps.shape[1]), steps]
    kept = np.maximum(evidence + math.log(_KEPT), math.log(1 - _KEPT))
    return cast(Single, kept.sum(axis=2))
