"""JPEG 2000, by its pixels: details of a wavelet transform that were rounded to nothing.

The codec splits the picture into means and details, again and again, and drops small
details. At the place and with the wavelet that it used they are nothing still; one pixel
beside, and with the other wavelet, they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.blockwise import BLOCK, block_means
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import binomial_tail

__all__ = ["Wavelet", "WaveletTrace", "wavelet_trace"]

Wavelet: TypeAlias = Literal["5/3", "9/7"]
_Plane: TypeAlias = NDArray[np.floating[Any]]

_LEVELS, _PHASES = 3, 4
_NOTHING = 0.5
"""Counts below which a detail is nothing but the rounding of the pixels."""
_LIFTS: dict[Wavelet, tuple[float, ...]] = {
    "5/3": (-0.5, 0.25),
    "9/7": (-1.586134342, -0.052980118, 0.882911076, 0.443506852),
}
_SCALES: dict[Wavelet, float] = {"5/3": 1.0, "9/7": 1.230174105}
_SEEN = 1e-6
"""Chance at one level above which the next is not looked at."""


@dataclass(frozen=True, slots=True)
class WaveletTrace:
    """Where the details of a wavelet transform vanish, level by level.

    Parameters
    ----------
    wavelet : {"5/3", "9/7"}
        The one that fits better: reversible or irreversible JPEG 2000.
    zeros : float
        Share of details of the finest level below half a count, at the best of four places.
    elsewhere : float
        The same, at the other three.
    p_value : float
        Chance that so many blocks agree on one place, at the weakest of three levels,
        corrected for the places and wavelets tried.
    """

    wavelet: Wavelet
    zeros: float
    elsewhere: float
    p_value: float


def wavelet_trace(image: PlanesLike) -> WaveletTrace:
    """Trace of JPEG 2000: wavelet details that were rounded to nothing.

    At every level the picture is transformed at its four places; every block of 32 pixels
    (64 at the third) votes for the place at which most details are below half a count.
    Where nothing was dropped the votes are even, so their number is binomial with 1/4.
    JPEG, up-sampling and mosaics prefer a place at one level, never at three.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    WaveletTrace
        With a chance of 1 where the picture is smaller than 64 pixels a side.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Taubman and Marcellin 2002, *JPEG 2000*; Nikoukhah et al. 2021, *ZERO* (for the votes).

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100, 8, (128, 128))
    >>> wavelet_trace(image).p_value > 1e-3
    True
    """
    luma = as_planes(image).single()
    tried = [_tried(luma, wavelet) for wavelet in _LIFTS]
    return min(tried, key=lambda one: (one.p_value, one.elsewhere - one.zeros))


def _tried(luma: _Plane, wavelet: Wavelet) -> WaveletTrace:
    means, p_value, finest = luma, 0.0, (0.0, 0.0)
    for level in range(_LEVELS):
        side = max(BLOCK >> (level + 1), 8)
        if min(means.shape) < 2 * side + 2:
            return WaveletTrace(wavelet, *finest, 1.0)
        places = _places(means, wavelet)
        votes, shares = _votes([nothing for _, nothing in places], side)
        best = int(np.argmax(votes))
        chance = _PHASES * binomial_tail(int(votes[best]), int(votes.sum()), 1 / _PHASES)
        if level == 0:
            finest = float(shares[best]), float(np.delete(shares, best).mean())
        p_value = min(1.0, max(p_value, len(_LIFTS) * chance))
        if p_value > _SEEN:
            break
        means = places[best][0]
    return WaveletTrace(wavelet, *finest, p_value)


def _places(plane: _Plane, wavelet: Wavelet) -> list[tuple[_Plane, NDArray[np.uint8]]]:
    """Means, and how many of the three details are nothing, at each of the four places."""
    found = []
    for down in (0, 1):
        low, high = _lifted(plane[down:], wavelet, axis=0)
        for right in (0, 1):
            (means, first), (second, third) = (
                _lifted(half[:, right:], wavelet, axis=1) for half in (low, high)
            )
            nothing = np.zeros(means.shape, np.uint8)
            for detail in (first, second, third):
                nothing += np.abs(detail, out=detail) < _NOTHING
            found.append((means, nothing))
    return found


def _lifted(plane: _Plane, wavelet: Wavelet, axis: int) -> tuple[_Plane, _Plane]:
    """Means and details along an axis, by lifting."""
    n = plane.shape[axis] // 2 * 2
    even, odd = (
        (plane[start:n:2] if axis == 0 else plane[:, start:n:2]).copy() for start in (0, 1)
    )
    means, details = (even, odd) if axis == 0 else (even.T, odd.T)
    for step, weight in enumerate(_LIFTS[wavelet]):
        if step % 2 == 0:
            details[:-1] += weight * (means[:-1] + means[1:])
            details[-1] += 2 * weight * means[-1]
        else:
            means[1:] += weight * (details[1:] + details[:-1])
            means[0] += 2 * weight * details[0]
    even /= _SCALES[wavelet]
    return even, odd


def _votes(places: list[NDArray[np.uint8]], side: int) -> tuple[NDArray[np.int_], FloatArray]:
    """How many blocks have most zeros at each place, ties left out; shares of zeros."""
    rows, columns = (min(place.shape[axis] for place in places) for axis in (0, 1))
    zeros = np.stack([side**2 * block_means(place[:rows, :columns], side) for place in places])
    most = zeros == zeros.max(axis=0)
    alone = most & (most.sum(axis=0) == 1)
    return alone.sum(axis=1), zeros.mean(axis=1) / (3 * side * side)
