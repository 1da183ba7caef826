"""Halftone: the dots of a printed picture, a wave as strong as the picture itself.

A screen of dots is two waves at right angles, of one length, at any angle. Nothing that
up-sampling leaves has the strength of either: their ripples are a count or two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forensics._typing import FloatArray
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST

__all__ = ["Screen", "screen"]

_LONGEST, _SHORTEST = 0.08, 0.46
"""Cycles a pixel. Period 2 is left out: too many others make it."""
_OFF = 0.02
_WINDOW = 15
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
    from scipy.fft import fft2

    luma = as_planes(image).single()
    if min(luma.shape) < 2 * _WINDOW:
        return Screen(0.0, 0.0, 0.0, 1.0)
    fine = luma - smoothed(luma, 3, radius=9)
    window = np.outer(*(np.hanning(length).astype(np.float32) for length in fine.shape))
    power = np.abs(fft2(fine * window)) ** 2
    logs = np.log(power + 1e-9)
    padded = np.pad(logs, _WINDOW // 2, mode="wrap")
    inner = slice(_WINDOW // 2, -(_WINDOW // 2))
    level = np.exp(box_mean(padded, _WINDOW)[inner, inner] + np.euler_gamma)
    return _paired(power, power / level, float(window.sum()))


def _paired(power: FloatArray, ratios: FloatArray, weight: float) -> Screen:
    rows, columns = (np.fft.fftfreq(length) for length in ratios.shape)
    sizes = np.maximum(np.abs(rows)[:, np.newaxis], np.abs(columns))
    lengths = np.hypot(rows[:, np.newaxis], columns)
    sought = (lengths > _LONGEST) & (sizes < _SHORTEST)
    # An edge that runs along the frame fills its axis, and never both alike.
    widest = _widest(ratios)
    down = np.rint(-columns * ratios.shape[0]).astype(int) % ratios.shape[0]
    right = np.rint(rows * ratios.shape[1]).astype(int) % ratios.shape[1]
    partner = widest[down[np.newaxis, :], right[:, np.newaxis]]
    weaker = np.where(sought, np.minimum(ratios, partner), 0.0)
    row, column = np.unravel_index(int(np.argmax(weaker)), weaker.shape)
    ratio = float(weaker[row, column])
    if ratio == 0:
        return Screen(0.0, 0.0, 0.0, 1.0)
    chance = np.count_nonzero(sought) * (1 + ratio / _TAIL) ** -_TAIL
    share = ratio / float(ratios[row, column])
    amplitude = 2 * math.sqrt(float(power[row, column]) * share) / weight
    frequency = float(lengths[row, column])
    angle = math.degrees(math.atan2(abs(rows[row]), abs(columns[column])))
    return Screen(1 / frequency, angle, amplitude, min(1.0, max(float(chance), SMALLEST)))


def _widest(ratios: FloatArray) -> FloatArray:
    """The largest of every bin and its eight neighbours: sides differ, and so do their bins."""
    found = ratios
    for axis in (0, 1):
        found = np.maximum(found, np.maximum(np.roll(found, 1, axis), np.roll(found, -1, axis)))
    return found
