"""Traces of resizing: the beat that interpolation leaves between old and new pixels.

A new pixel that falls on an old one keeps its noise, one that falls between them is a
mean: how busy the lines are then repeats with the frequency at which both grids meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.periods import power_of_lines, power_ratios
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST, Tail, fisher, line_evidence

__all__ = [
    "Resampling",
    "resampling",
]

_STRIP, _FEW = 64, 16
"""Rows worked on at a time, and pixels of a line that are looked at first."""
_LOWEST, _SMALLEST_SIDE = 0.05, 96
_SKIRT, _GRID_SKIRT = 8, 0.012
"""Bins around a peak that are its own; cycles a pixel around JPEG's harmonics that are theirs."""
_HARMONICS = 4
_LOWEST_TAIL = 0.035


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """The strongest trace of resizing in a picture, and the factors that explain it.

    Parameters
    ----------
    frequency : float, cycles a pixel
        Frequency of the strongest peak; 0 if the picture is too small to look.
    factors : tuple of float
        Scale factors from .5 to 4 that would put a peak there, nearest to 1 first. Several
        do: one peak cannot tell an enlargement from a reduction.
    p_value : float
        Chance of such a peak at any frequency in a picture that was not resampled.
    repeated : float
        Share of the lines that are exact copies of the line before, the smaller of both
        axes: nearest-neighbour enlargement by s makes it ``1 - 1 / s``.
    """

    frequency: float
    factors: tuple[float, ...]
    p_value: float
    repeated: float


def resampling(image: PlanesLike, *, grid: bool = False) -> Resampling:
    """Traces of resizing in one picture.

    What is explained by resizing needs no generator; and after a strong reduction no
    other trace can be expected. Enlargements show well, reductions with anti-aliasing
    hardly at all: that nothing is found does not mean that the size is the original one.

    Two profiles, ``mean |D^4 Y|`` of lines and the same of second differences across,
    are measured against their own noise level. Higher orders than the
    second weigh the highest frequencies most, where interpolators differ most from
    each other's phases.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    grid : bool
        Whether the picture has a JPEG grid: its harmonics, multiples of 1/8, are then left out.

    Returns
    -------
    Resampling
        The strongest beat, its chance, and the factors that would make it.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Gallagher 2005, *Detection of linear and cubic interpolation in JPEG compressed images*;
    Kirchner 2008, *Fast and reliable resampling detection by spectral analysis of fixed
    linear predictor residue*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> small = rng.normal(100, 20, (200, 200))
    >>> where = np.arange(280) / 1.4
    >>> rows = np.stack([np.interp(where, np.arange(200), line) for line in small.T], axis=1)
    >>> large = np.stack([np.interp(where, np.arange(200), line) for line in rows])
    >>> found = resampling(large)
    >>> found.p_value < 1e-6, [round(factor, 2) for factor in found.factors]
    (True, [0.78, 1.39, 0.58, 3.53])
    """
    plane = as_planes(image).luma
    repeated = min(_repeated(plane), _repeated(plane.T))
    if min(plane.shape) < _SMALLEST_SIDE:
        return Resampling(0.0, (), 1.0, repeated)
    rows, columns = (_activities(plane, axis) for axis in (0, 1))
    peaks = [_strongest(sides, grid) for sides in zip(rows, columns, strict=True)]
    frequency, p = min(peaks, key=lambda peak: peak[1])
    p = max(min(1.0, p * len(peaks)), SMALLEST)
    return Resampling(frequency, _factors(frequency), p, repeated)


def _repeated(plane: FloatArray) -> float:
    """Share of rows that repeat the row before, lines without any content left out."""
    varied = np.flatnonzero(_differ(plane, plane[:, :1]))
    if len(varied) < 2:
        return 0.0
    if len(varied) < len(plane):
        plane = plane[varied]
    return float((~_differ(plane[1:], plane[:-1])).mean())


def _differ(lines: FloatArray, others: FloatArray) -> NDArray[np.bool_]:
    """Which lines differ from the others: nearly all that do, do so within a few pixels."""
    differ: NDArray[np.bool_] = (lines[:, :_FEW] != others[:, :_FEW]).any(axis=1)
    unsure = np.flatnonzero(~differ)
    differ[unsure] = (lines[unsure] != others[unsure]).any(axis=1)
    return differ


def _activities(plane: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """Mean size of the fourth differences along an axis, line by line, and of bends across them."""
    n_lines, n_across = plane.shape[axis] - 4, plane.shape[1 - axis]
    sums, bent = np.zeros(n_lines), np.zeros(n_lines)
    for start in range(0, plane.shape[0], _STRIP):  # what stays near the processor
        if axis == 0:
            fourth = np.diff(plane[start : start + _STRIP + 4], n=4, axis=0)
            here = slice(start, start + len(fourth))
            sums[here] += np.abs(fourth).sum(axis=1)
            bent[here] += np.abs(np.diff(fourth, n=2, axis=1)).sum(axis=1)
        else:
            fourth = np.diff(plane[start : start + _STRIP + 2], n=4, axis=1)
            sums += np.abs(fourth[:_STRIP]).sum(axis=0)
            bent += np.abs(np.diff(fourth, n=2, axis=0)).sum(axis=0)
    return sums / n_across, bent / (n_across - 2)


def _strongest(activities: Sequence[FloatArray], grid: bool) -> tuple[float, float]:
    """Frequency of the strongest peak that both axes share, and its p-value."""
    sides = [_axis_evidence(values) for values in activities]
    longest = max(len(side) for side in sides)
    frequencies = np.linspace(0, 0.5, longest)
    total = sum(np.interp(frequencies, np.linspace(0, 0.5, len(s)), _widened(s)) for s in sides)
    sought = (frequencies >= _LOWEST) & (frequencies < 0.5 - 2 / longest)
    if grid:
        sought &= ~_near(frequencies, 1 / 8, _GRID_SKIRT)
    best = int(np.argmax(np.where(sought, total, -np.inf)))
    frequency = float(frequencies[best])
    p = fisher([_p_value(side, frequency) for side in sides])
    return frequency, p * int(np.count_nonzero(sought))


def _axis_evidence(values: FloatArray) -> FloatArray:
    evidence = line_evidence(*power_ratios(power_of_lines(values, logarithm=True)))
    return cast(FloatArray, np.nan_to_num(evidence))


def _widened(evidence: FloatArray) -> FloatArray:
    """The largest of every bin and its neighbours: the axes' bins need not coincide."""
    padded = np.pad(evidence, 1)
    return np.maximum(np.maximum(padded[:-2], padded[2:]), evidence)


def _p_value(evidence: FloatArray, frequency: float) -> float:
    """Chance of the evidence near `frequency`, judged by what is far from any trace."""
    n = 2 * (len(evidence) - 1)
    bins = np.arange(len(evidence))
    here = round(frequency * n)
    value = float(evidence[max(here - 1, 0) : here + 2].max())
    background = (bins > _LOWEST_TAIL * n) & ~_near(bins / n, 1 / 8, _GRID_SKIRT)
    for harmonic in range(1, _HARMONICS + 1):
        turned = harmonic * frequency % 1
        folded = min(turned, 1 - turned)
        background &= np.abs(bins - folded * n) > _SKIRT / harmonic
    return max(math.exp(-value), Tail(evidence[background]).p_value(value), SMALLEST)


def _near(frequencies: FloatArray, step: float, reach: float) -> NDArray[np.bool_]:
    """Mark frequencies within `reach` of a multiple of `step`, zero left out."""
    multiple = np.rint(frequencies / step)
    return (multiple > 0) & (np.abs(frequencies - multiple * step) <= reach)


def _factors(frequency: float) -> tuple[float, ...]:
    """Factors whose sampling grids beat with `frequency`: 1 / s, folded to at most one half."""
    factors = [1 / (turns + sign * frequency) for turns in (0, 1, 2) for sign in (1, -1)
               if turns + sign * frequency > 0]  # fmt: skip
    allowed = [factor for factor in factors if 0.5 <= factor <= 4]
    return tuple(sorted(allowed, key=lambda factor: abs(math.log(factor))))
