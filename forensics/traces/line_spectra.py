"""Spectra of line profiles, measured against their own noise level.

A profile of a photograph is not white: it bends with the content. So every
frequency is compared with its neighbourhood, and a trace is what stands out of it.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.profiles import LineProfile
from forensics.traces.significance import HANN_CORRELATION

__all__ = [
    "hann",
    "noise_bins",
    "noise_ratios",
    "period_spectrum",
    "power_of_lines",
    "power_ratios",
    "ratio_spectrum",
    "windowed",
]

_MULTIPLE = 16
_MEDIAN_WINDOW = 31
_REACH, _NEAREST, _GUARD = 40, 10, 3
_LEAST = 14
_MEDIAN_EFFICIENCY = 0.48
_FLOOR = 1e-6
"""Counts below which a value is rounding, not measurement."""
_SHORTEST = 64


def period_spectrum(profile: LineProfile) -> FloatArray:
    """Power spectrum of a line profile, prepared as the period test sees it.

    The picture of the test: peaks at 1/2, 1/4, 1/8 of the sampling rate over
    a floor that bends with the content.

    Parameters
    ----------
    profile : LineProfile
        Of at least 64 values.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        Power at ``numpy.fft.rfftfreq(n)`` for n the length cropped to a
        multiple of 16; counts squared for signed, else squared log units.

    Raises
    ------
    ImageShapeError
        The profile is too short.

    Examples
    --------
    >>> import numpy as np
    >>> from forensics.traces.profiles import line_profile
    >>> period_spectrum(line_profile(np.zeros((130, 4)), kind="signed")).shape
    (65,)
    """
    if len(profile.values) < _SHORTEST:
        raise ImageShapeError(
            f"the profile has {len(profile.values)} values, a period test needs at least "
            f"{_SHORTEST}: pass a picture of {_SHORTEST + 2} pixels a side or more"
        )
    return power_of_lines(profile.values, logarithm=profile.kind != "signed")


def power_of_lines(values: FloatArray, *, logarithm: bool) -> FloatArray:
    """Power spectrum of one number a line: windowed, its trend taken off.

    Parameters
    ----------
    values : ndarray, shape (L,), float64, counts
        At least 64.
    logarithm : bool
        Whether to take the logarithm first, for values that are never negative.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        n is L cropped to a multiple of 16.
    """
    if logarithm:
        values = np.log(np.maximum(values, _FLOOR))
    return cast(FloatArray, np.abs(np.fft.rfft(windowed(values))) ** 2)


def ratio_spectrum(profile: LineProfile) -> FloatArray:
    """Power of a line profile over its local noise level, at every frequency.

    The picture of the period test: about 1 wherever there is nothing, peaks
    at 1/2 and 1/8 where every 2nd and every 8th line differ.

    Parameters
    ----------
    profile : LineProfile
        Of at least 64 values.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        Ratios at ``numpy.fft.rfftfreq(n)``, as for `period_spectrum`; nan at the
        lowest, where there is nothing to compare with.

    Raises
    ------
    ImageShapeError
        The profile is too short.

    Examples
    --------
    >>> import numpy as np
    >>> from forensics.traces.profiles import line_profile
    >>> noise = np.random.default_rng(0).normal(100, 10, (130, 4))
    >>> ratio_spectrum(line_profile(noise, kind="signed")).shape
    (65,)
    """
    return noise_ratios(profile)[0]


def noise_ratios(profile: LineProfile) -> tuple[FloatArray, FloatArray]:
    """Power over the local noise level, and how many bins that level effectively rests on.

    Parameters
    ----------
    profile : LineProfile
        Of at least 64 values.

    Returns
    -------
    ratios, effective : ndarray, shape (n // 2 + 1,), float64
        As for `ratio_spectrum`; ``K' = .48 K / 1.944`` for each bin.

    Raises
    ------
    ImageShapeError
        The profile is too short.
    """
    return power_ratios(period_spectrum(profile))


def power_ratios(power: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Power over its local level, and how many bins that level effectively rests on.

    Parameters
    ----------
    power : ndarray, shape (n // 2 + 1,), float64
        A spectrum of `windowed` values, n a multiple of 16.

    Returns
    -------
    ratios, effective : ndarray, shape (n // 2 + 1,), float64
        As from `noise_ratios`.
    """
    n_bins = len(power)
    n = 2 * (n_bins - 1)
    rows = _neighbours(np.where(noise_bins(n_bins), power, np.nan))
    rows.sort(axis=1)  # nan goes last
    count = np.maximum(np.isfinite(rows).sum(axis=1), 1)  # 0 only beside zero frequency
    index = np.arange(n_bins)
    median = (rows[index, (count - 1) // 2] + rows[index, count // 2]) / 2
    rounding = _FLOOR**2 * float(np.sum(hann(n) ** 2))
    noise = np.maximum(median / math.log(2), rounding)
    return power / noise, _MEDIAN_EFFICIENCY * count / HANN_CORRELATION


def _neighbours(power: FloatArray) -> FloatArray:
    """The bins around every bin that tell its noise level, nan where one does not.

    The nearest 40 beyond the guard on either side, for the last bin, Nyquist, 80 on the one
    side; in spectra of profiles shorter than 480 values, fewer: a neighbourhood that spans
    half of the spectrum is none. At low frequencies, where spectra are steep, no further
    than half of the way to zero: else periods 8 and 16 would stand too high.
    """
    n_bins = len(power)
    near = max(_NEAREST, min(_REACH, n_bins // 6))
    reach = near + _GUARD
    offsets = np.arange(-reach, reach + 1)
    rows = sliding_window_view(np.pad(power, reach, constant_values=np.nan), 2 * reach + 1)
    furthest = np.clip(np.arange(n_bins) // 2, min(_LEAST, reach), reach)
    rows = np.where(np.abs(offsets) <= furthest[:, np.newaxis], rows, np.nan)
    rows = rows[:, np.abs(offsets) > _GUARD]
    below_nyquist = power[: -1 - _GUARD][-2 * near :]
    rows[-1] = np.nan
    rows[-1, : len(below_nyquist)] = below_nyquist
    return rows


def windowed(values: FloatArray) -> FloatArray:
    """Crop to a multiple of 16, take off a running median of 31, apply a Hann window."""
    cropped = values[: len(values) // _MULTIPLE * _MULTIPLE]
    padded = np.pad(cropped, _MEDIAN_WINDOW // 2, mode="reflect")
    trend = np.median(sliding_window_view(padded, _MEDIAN_WINDOW), axis=1)
    return (cropped - trend) * hann(len(cropped))


def hann(n: int) -> FloatArray:
    """The periodic Hann window, which leaks into exactly one bin on either side."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def noise_bins(n_bins: int) -> NDArray[np.bool_]:
    """Mark the bins that tell the noise level, shape (n_bins,).

    Not the multiples of 1/16 and their neighbours, where periods are tested, and not
    those below 1/31, which the running median has emptied: with them in its
    neighbourhood, period 16 is found 1.5 times too often in white noise.
    """
    n = 2 * (n_bins - 1)
    bins = np.arange(n_bins)
    offset = bins % (n // _MULTIPLE)
    tested = (offset <= 1) | (offset >= n // _MULTIPLE - 1)
    return ~tested & (bins * _MEDIAN_WINDOW >= n)
