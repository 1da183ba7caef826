"""Whether scores mean what they say: the share of generated pictures among those of one score.

Pictures are weighted so that both classes have one half: a score of 0.5 should mean
even chances where either is as common as the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.detection.shares import wilson

__all__ = ["BINS", "Calibration", "calibration", "calibration_error"]

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
        Pictures, of both classes.
    """

    score: FloatArray
    share: FloatArray
    share_low: FloatArray
    share_high: FloatArray
    n: Counts


def calibration(gan: FloatArray, real: FloatArray) -> Calibration:
    """Compare mean score and share of generated pictures, bin by bin.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Scores of generated and of real pictures, 0 to 1.

    Returns
    -------
    Calibration

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
    """Return the expected calibration error, each class counting half.

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
