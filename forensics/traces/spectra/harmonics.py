"""The harmonic grid: points at multiples of 1/8 or 1/16 in the spectrum of cross-differences.

A cross-difference is zero on every smooth ramp and straight edge along the axes, so
little of the content is left in its way when one looks for a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ParameterError
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.spectra.peaks import SHORTEST, ratios_to_noise
from forensics.traces.spectra.power import MULTIPLE, half_power, iter_planes, mean_power

__all__ = [
    "GRIDS",
    "HarmonicGrid",
    "cross_difference",
    "crossed_power",
    "harmonic_grid",
    "harmonic_ratios",
]

GRIDS = (8, 16)
"""Pixels after which the sought grids repeat."""


@dataclass(frozen=True, slots=True, eq=False)
class HarmonicGrid:
    """Power of the cross-difference at the harmonics of a grid, over the local noise.

    Parameters
    ----------
    ratios : ndarray, shape (period, period), float64
        Entry (k, l) belongs to k / period cycles a pixel along rows and l / period along
        columns; about 1 where there is nothing, and 1 at (0, 0), which says nothing. Entry
        (-k, -l) is equal to (k, l).
    p_values : ndarray, same shape, float64
        Chance of each ratio where there is no grid.
    period : {8, 16}
        Period of the grid, in pixels.
    channel : {"luma", "red", "green", "blue"}
        Channel that was measured.
    n_parts : int
        Pictures, or tiles of them, that were averaged.
    """

    ratios: FloatArray
    p_values: FloatArray
    period: int
    channel: Channel
    n_parts: int


def cross_difference(image: PlanesLike, *, channel: Channel = "luma") -> FloatArray:
    """Absolute cross-difference of every 2 x 2 pixels.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.

    Returns
    -------
    ndarray, shape (M - 1, N - 1), float64, counts
        ``|I[i, j] + I[i + 1, j + 1] - I[i, j + 1] - I[i + 1, j]|``.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.
    ParameterError
        `channel` is not one of the four.

    References
    ----------
    Chen and Hsu 2011, *Detecting recompression of JPEG images via periodicity analysis of
    compression artifacts for tampering detection*.

    Examples
    --------
    >>> import numpy as np
    >>> cross_difference(np.array([[10, 5], [5, 10]], np.uint8)).tolist()
    [[10.0]]
    """
    return _crossed(as_planes(image).channel(channel))


def harmonic_grid(image: PlanesLike, *, period: int = 8, channel: Channel = "luma") -> HarmonicGrid:
    """Power of a picture at the harmonics of 8 or 16 pixels, over the local noise.

    Which harmonics stand out is a signature: JPEG fills the axes of the grid of 8, each
    generator its own points.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 64 pixels a side; cropped, windowed and tiled as
        `forensics.traces.spectra.power` says.
    period : {8, 16}, pixels
        Period of the grid.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.

    Returns
    -------
    HarmonicGrid
        The ratio and chance of every harmonic.

    Raises
    ------
    ParameterError
        `period` or `channel` is not allowed.
    ImageShapeError
        `image` has another shape, or is too small.

    See Also
    --------
    harmonic_ratios : The same from a power spectrum.
    forensics.traces.spectra.peaks.spectral_peaks : Peaks of an ordinary spectrum.

    References
    ----------
    Bammey 2023, *Synthbuster: towards detection of diffusion model generated images*.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).normal(0, 1, (128, 128))
    >>> noise[::8] *= 3
    >>> grid = harmonic_grid(100 + noise)
    >>> bool(grid.ratios[1, 0] > 100), bool(grid.ratios[0, 1] < 10)
    (True, True)
    """
    _check_period(period)
    planes = list(iter_planes(image, channel, least=SHORTEST))
    power = mean_power([crossed_power(plane) for plane in planes], planes[0].shape[1])
    return harmonic_ratios(power, period=period, channel=channel, n_parts=len(planes))


def harmonic_ratios(
    power: FloatArray, *, period: int = 8, channel: Channel = "luma", n_parts: int = 1
) -> HarmonicGrid:
    """Harmonic grid from the centred power spectrum of cross-differences.

    Parameters
    ----------
    power : ndarray, shape (M, N), float64, counts squared
        Power spectrum of the cross-difference of one picture, or the mean of many, with zero
        frequency at ``(M
        2, N
        2)``.
    period : {8, 16}, pixels
        Period of the grid.
    channel : {"luma", "red", "green", "blue"}
        Channel that the power is of, kept in the result.
    n_parts : int
        Pictures, or tiles of them, that were averaged, kept in the result.

    Returns
    -------
    HarmonicGrid
        The ratio and chance of every harmonic.

    Raises
    ------
    ParameterError
        `period` is not 8 or 16.
    ImageShapeError
        `power` is too small, or its sides are not multiples of 16.

    See Also
    --------
    harmonic_grid : The same of a picture.
    """
    _check_period(period)
    places = np.indices((period, period)).reshape(2, -1).T * (MULTIPLE // period)
    ratios, _, p_values = ratios_to_noise(power, places)
    ratios[0] = p_values[0] = 1  # the mean, which is taken off
    shape = (period, period)
    return HarmonicGrid(ratios.reshape(shape), p_values.reshape(shape), period, channel, n_parts)


def crossed_power(plane: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Half the power spectrum of a plane's cross-difference, its mean taken off.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64, counts
        Plane to measure, its sides multiples of 16.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), of the same dtype, counts squared
        Half a spectrum, as `half_power` returns it.
    """
    crossed = _crossed(plane)
    framed = np.zeros_like(plane)  # the last line has no neighbour, and no weight
    np.subtract(crossed, crossed.mean(), out=framed[:-1, :-1])
    return half_power(framed)


def _crossed(plane: NDArray[Any]) -> NDArray[Any]:
    steps = plane[:, 1:] - plane[:, :-1]
    return cast("NDArray[Any]", np.abs(steps[1:] - steps[:-1]))


def _check_period(period: int) -> None:
    if period not in GRIDS:
        raise ParameterError(f"period is {period!r}, allowed are 8 and 16")
