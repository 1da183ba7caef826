"""What stands out of a two-dimensional spectrum, and how sure one may be.

Measured against its own surroundings: a picture's spectrum falls and bends with the
content, so only neighbours of a frequency tell what would be there without a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.significance import HANN_CORRELATION, SMALLEST, f_tail
from forensics.traces.spectra.power import MULTIPLE

__all__ = [
    "DIRECTIONS",
    "SHORTEST",
    "STEPS",
    "Direction",
    "Peak",
    "ratios_to_noise",
    "spectral_peaks",
    "surroundings",
]

Direction: TypeAlias = Literal["rows", "columns", "diagonal", "antidiagonal"]

DIRECTIONS: tuple[Direction, ...] = ("rows", "columns", "diagonal", "antidiagonal")
STEPS: dict[Direction, tuple[int, int]] = {
    "rows": (1, 0),
    "columns": (0, 1),
    "diagonal": (1, 1),
    "antidiagonal": (1, -1),
}
"""Along rows and along columns, the frequency of a direction in parts of 1 / period."""
_SIXTEENTHS = {2.0: 8, 4.0: 4, 8.0: 2, 16.0: 1, 8 / 3: 6}
"""Tested periods in pixels, and their frequencies in sixteenths of a cycle a pixel."""

SHORTEST = 64
"""Pixels a side below which a multiple of 1/16 has no neighbourhood of its own."""
_GUARD = 2
_REACH = 8
_MEDIAN_EFFICIENCY = 0.48
_SHAPES, _TABULATED = (0.15, 1e5), 300
"""Of gamma distributions whose quartiles are tabulated."""
_ROUNDING = 1e-9
"""Counts squared below which power is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """One tested frequency of a two-dimensional spectrum.

    Parameters
    ----------
    direction : {"rows", "columns", "diagonal", "antidiagonal"}
        What changes with this period: rows one below the other, columns side by side,
        or both at once, (i + j) for diagonal and (i - j) for antidiagonal.
    period : float, pixels
        Period that was tested: 2, 4, 8, 16 or 8/3; that of both axes for the diagonals.
    ratio : float
        Power over its local noise level; about 1 where there is nothing.
    amplitude : float, counts
        Of the sine wave of this frequency, after the noise is taken off; in a mean of
        powers, the root mean square over the pictures.
    p_value : float
        Chance of such a ratio where nothing has this period.
    """

    direction: Direction
    period: float
    ratio: float
    amplitude: float
    p_value: float


def spectral_peaks(power: FloatArray) -> tuple[Peak, ...]:
    """Test of a centred power spectrum for grids, by five periods in four directions.

    Line profiles see rows and columns only; here the diagonals, which demosaicing and
    transposed convolutions leave, have their say.

    The noise level and its spread come from the frequencies within 8 bins on both axes,
    without a guard of 2 and without the multiples of 1/16 and their neighbours. Their
    quartiles give the mean mu and the shape k of a gamma distribution: 1 for one picture,
    more for a mean of powers. With K the number of bins, ``K' = .48 K / 1.944**2`` and
    ``R = P / mu``, p is the upper tail of ``F(2 k, 2 k K')`` beyond R, of ``F(k, 2 k K')``
    where the bin is real. Where no grid is, p < .01 came out 0.9 to 1.0 % of the time in
    single photographs, 1.9 % in means of ten, which one picture may dominate, and 1.6 % in
    pictures of 64 pixels (``benchmarks/check_spectra.py``).

    Parameters
    ----------
    power : ndarray, shape (M, N), float64, counts squared
        Of a picture's residual as a rule; sides are multiples of 16, from 64 on, zero
        frequency at ``(M // 2, N // 2)``.

    Returns
    -------
    tuple of Peak
        For each of periods 2, 4, 8, 16 and 8/3 every direction; at period 2 both
        diagonals are the same frequency, which comes once.

    Raises
    ------
    ImageShapeError
        `power` is too small, or its sides are not multiples of 16.

    See Also
    --------
    forensics.traces.spectra.residual.residual_peaks : The same, corrected for how many were tested.

    Examples
    --------
    >>> import numpy as np
    >>> from forensics.traces.spectra.power import power_spectrum
    >>> image = np.random.default_rng(0).normal(100, 10, (128, 128))
    >>> image += 2 * (np.indices((128, 128)).sum(axis=0) % 2)
    >>> found = [peak for peak in spectral_peaks(power_spectrum(image).power)
    ...          if peak.p_value < 1e-4]
    >>> [(peak.direction, peak.period) for peak in found]
    [('diagonal', 2.0)]
    """
    tested = [
        (direction, period)
        for period in _SIXTEENTHS
        for direction in DIRECTIONS
        if (direction, period) != ("antidiagonal", 2.0)
    ]
    places = np.array(
        [[step * _SIXTEENTHS[period] for step in STEPS[direction]] for direction, period in tested]
    )
    ratios, levels, p_values = ratios_to_noise(power, places)
    # A sine of amplitude a has a power of a**2 M N / 9, or four times that in a real bin.
    scale = np.where(_is_real(places), 1.5, 3.0) / math.sqrt(power.size)
    amplitudes = scale * np.sqrt(levels * np.maximum(ratios - 1, 0))
    return tuple(
        Peak(direction, period, float(ratio), float(amplitude), float(p))
        for (direction, period), ratio, amplitude, p in zip(
            tested, ratios, amplitudes, p_values, strict=True
        )
    )


def ratios_to_noise(
    power: FloatArray, places: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Power over its local noise level at multiples of 1/16, with the chance of each ratio.

    Parameters
    ----------
    power : ndarray, shape (M, N), float64
        Zero frequency at ``(M // 2, N // 2)``.
    places : ndarray, shape (n, 2), int64
        Frequencies in sixteenths of a cycle a pixel, along rows and columns.

    Returns
    -------
    ratios, levels, p_values : ndarray, shape (n,), float64
        Levels in the unit of `power`.

    Raises
    ------
    ImageShapeError
        `power` is too small, or its sides are not multiples of 16.
    """
    _check_sides(power.shape)
    rows, columns = power.shape
    centers = np.array([rows // 2, columns // 2]) + places * np.array(power.shape) // MULTIPLE
    offsets = surroundings(rows, columns)
    around = (centers[:, np.newaxis] + offsets) % power.shape
    values = power[around[..., 0], around[..., 1]]
    levels, shapes = _gamma(values)
    at = centers % power.shape
    ratios = power[at[:, 0], at[:, 1]] / levels
    freedom = np.where(_is_real(places), 1, 2) * shapes
    effective = _MEDIAN_EFFICIENCY * len(offsets) / HANN_CORRELATION**2
    p_values = f_tail(freedom, 2 * shapes * effective, ratios)
    return ratios, levels, np.maximum(p_values, SMALLEST)


def _gamma(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and shape of the gamma distribution with the quartiles of each row of values."""
    low, middle, high = np.maximum(np.quantile(values, (0.25, 0.5, 0.75), axis=1), _ROUNDING)
    log_shapes, spreads, medians = _gamma_table()
    log_shape = np.interp(-np.log(high / low), -spreads, log_shapes)
    return middle / np.interp(log_shape, log_shapes, medians), np.exp(log_shape)


@cache
def _gamma_table() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log of shapes, log ratio of their upper to their lower quartile, median over mean."""
    from scipy.special import gammaincinv

    low_shape, high_shape = _SHAPES
    log_shapes = np.linspace(math.log(low_shape), math.log(high_shape), _TABULATED)
    shapes = np.exp(log_shapes)
    low, middle, high = (gammaincinv(shapes, share) for share in (0.25, 0.5, 0.75))
    return log_shapes, np.log(high / low), middle / shapes


@lru_cache(maxsize=8)
def surroundings(rows: int, columns: int) -> NDArray[np.int64]:
    """Offsets of the bins around a multiple of 1/16 that tell the noise level.

    Parameters
    ----------
    rows, columns : int
        Sides of the spectrum, multiples of 16.

    Returns
    -------
    ndarray, shape (n, 2), int64
        Within 8 bins on both axes; without those within 2, and without the multiples of 1/16
        and their neighbours.

    Examples
    --------
    >>> surroundings(256, 256).shape
    (264, 2)
    """
    width = 2 * _REACH + 1
    offsets = np.indices((width, width)).reshape(2, -1).T - _REACH
    spacing = np.array([rows // MULTIPLE, columns // MULTIPLE])
    to_multiple = np.minimum(offsets % spacing, -offsets % spacing)
    near = np.abs(offsets).max(axis=1) <= _GUARD
    on_grid = to_multiple.max(axis=1) <= 1
    return cast("NDArray[np.int64]", offsets[~near & ~on_grid])


def _is_real(places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a frequency is its own opposite: then its coefficient has no imaginary part."""
    return cast("NDArray[np.bool_]", np.all(places % (MULTIPLE // 2) == 0, axis=1))


def _check_sides(shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or min(shape) < SHORTEST or any(side % MULTIPLE for side in shape):
        raise ImageShapeError(
            f"the spectrum has shape {shape}, allowed are two sides that are multiples of "
            f"{MULTIPLE} from {SHORTEST} on: pass the `power` of one of a larger picture"
        )
