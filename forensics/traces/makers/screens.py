"""Halftone: the dots of a printed picture, a wave as strong as the picture itself.

A screen of dots is two waves at right angles, of one length, at any angle. Nothing that
up-sampling leaves has the strength of either: their ripples are a count or two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forensics.traces.filters import smoothed
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST
from forensics.traces.spectra.halves import folded, local_log_mean, surrounded

__all__ = ["Screen", "screen"]

_LONGEST, _SHORTEST = 0.08, 0.46
"""Cycles a pixel. Period 2 is left out: too many others make it."""
_WINDOW, _TINY = 15, 1e-9
_TAIL = 8
"""Effective degrees of freedom of a bin's noise level: 225 bins, correlated by the window."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The strongest pair of waves at right angles, as the dots of a print make it.

    Parameters
    ----------
    pitch : float, pixels
        Length of the waves; 0 where the picture is too small to look.
    angle : float, degrees
        Angle of the first wave from the columns, 0 to 90.
    amplitude : float, counts
        Amplitude of the weaker wave, half from crest to trough.
    p_value : float
        Chance of the weaker, for all pairs that were looked at.
    """

    pitch: float
    angle: float
    amplitude: float
    p_value: float


def screen(image: PlanesLike) -> Screen:
    """Trace of the screen of a halftone print.

    The power of the picture without its coarse parts, over the mean of its logarithm in 15 x
    15 bins, at every frequency from .08 to .46 cycles a pixel and at that of the same length
    at right angles: the pair counts with its weaker half.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    Screen
        The pair of waves, with the chance of one as strong.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Ulichney 1987, *Digital Halftoning*.

    Examples
    --------
    >>> rows, columns = np.indices((160, 160))
    >>> dots = np.cos(2 * np.pi * (rows + columns) / 8) + np.cos(2 * np.pi * (rows - columns) / 8)
    >>> noise = np.random.default_rng(0).normal(120, 5, dots.shape)
    >>> found = screen(noise + 20 * dots)
    >>> round(found.pitch, 1), round(found.angle), found.p_value < 1e-6
    (5.7, 45, True)
    """
    from scipy.fft import rfft2

    luma = as_planes(image).single()
    if min(luma.shape) < 2 * _WINDOW:
        return Screen(0.0, 0.0, 0.0, 1.0)
    fine = luma - smoothed(luma, 3, radius=9)
    window = _window(luma.shape)
    fine *= window
    power = np.abs(rfft2(fine)) ** 2
    level = np.exp(local_log_mean(power, luma.shape[1], _WINDOW, _TINY) + np.euler_gamma)
    return _paired(power, power / level, luma.shape, float(window.sum()))


def _paired(
    power: NDArray[np.float32], ratios: NDArray[np.float32], shape: tuple[int, int], weight: float
) -> Screen:
    sought, partners, n_pairs = _pairs(shape)
    # An edge that runs along the frame fills its axis, and never both alike.
    widest = _widest(surrounded(ratios, shape[1], 1))
    weaker = np.minimum(ratios.ravel()[sought], widest.ravel()[partners])
    ratio = float(weaker.max(initial=0.0))
    if ratio == 0:
        return Screen(0.0, 0.0, 0.0, 1.0)
    # Both waves of a pair may be equal: the first one is that which the whole holds first.
    equal = sought[np.flatnonzero(weaker == ratio)].tolist()
    places = [divmod(one, ratios.shape[1]) for one in equal]
    row, column = min(places, key=lambda at: _first_place(at[0], at[1], shape))
    chance = n_pairs * (1 + ratio / _TAIL) ** -_TAIL
    share = ratio / float(ratios[row, column])
    amplitude = 2 * math.sqrt(float(power[row, column]) * share) / weight
    down, right = abs(np.fft.fftfreq(shape[0])[row]), np.fft.rfftfreq(shape[1])[column]
    angle = math.degrees(math.atan2(down, right))
    return Screen(
        1 / float(np.hypot(down, right)), angle, amplitude, min(1.0, max(float(chance), SMALLEST))
    )


def _first_place(row: int, column: int, shape: tuple[int, int]) -> int:
    """Where the whole spectrum, laid out flat, has a bin or its opposite first."""
    rows, columns = shape
    return min(row * columns + column, -row % rows * columns + -column % columns)


@lru_cache(maxsize=4)
def _pairs(shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Bins of half a spectrum that are sought, those at right angles to them, how many in all.

    Bins are places in a half laid out flat; of the whole there are as many again, but for those
    that the half holds twice.
    """
    rows, columns = np.fft.fftfreq(shape[0])[:, np.newaxis], np.fft.rfftfreq(shape[1])
    sizes = np.maximum(np.abs(rows), columns)
    sought = (np.hypot(rows, columns) > _LONGEST) & (sizes < _SHORTEST)
    down, right = folded(
        np.rint(-columns * shape[0]).astype(int), np.rint(rows * shape[1]).astype(int), shape
    )
    partners = (down * sought.shape[1] + right)[sought]
    n_pairs = 2 * len(partners) - int(np.count_nonzero(sought[:, 0]))
    return np.flatnonzero(sought), partners, n_pairs


@lru_cache(maxsize=4)
def _window(shape: tuple[int, int]) -> NDArray[np.float32]:
    rows, columns = (np.hanning(length).astype(np.float32) for length in shape)
    return np.outer(rows, columns)


def _widest(framed: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of every bin and its eight neighbours: sides differ, and so do their bins."""
    rows = np.maximum(np.maximum(framed[:-2], framed[2:]), framed[1:-1])
    widest: NDArray[np.float32] = np.maximum(rows[:, :-2], rows[:, 2:])
    return np.maximum(widest, rows[:, 1:-1], out=widest)
