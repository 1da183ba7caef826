"""Periods of line profiles, and how sure one may be of them.

A p-value for the ratio of a line spectrum at a tested period. It accounts for
the noise level being an estimate from few bins, and for photographs having
heavier tails than noise.

A profile of a photograph is not white: it bends with the content. So every
frequency is compared with its neighbourhood, and a trace is what stands out of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics._typing import Axis, Channel, FloatArray, ProfileKind
from forensics.counting import counted
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.medians import medians
from forensics.traces.planes import PlanesLike
from forensics.traces.profiles import LineProfile, line_profiles
from forensics.traces.significance import (
    HANN_CORRELATION,
    SIGNIFICANT,
    SMALLEST,
    Tail,
    fisher,
    holm,
    line_evidence,
)
from forensics.validation import check_type

__all__ = [
    "Banding",
    "Bands",
    "PERIODS",
    "Period",
    "banding",
    "hann",
    "line_bands",
    "noise_bins",
    "noise_ratios",
    "period_spectrum",
    "period_test",
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
        Profile of at least 64 values.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        Power at ``numpy.fft.rfftfreq(n)`` for n the length cropped to a
        multiple of 16; counts squared for signed, else squared log units.

    Raises
    ------
    ParameterError
        `profile` is no line profile.
    ImageShapeError
        It is too short.

    See Also
    --------
    ratio_spectrum : The same power over its local noise level.
    forensics.traces.spectra.power.power_spectrum : Power of a picture along both axes.

    Examples
    --------
    >>> import numpy as np
    >>> from forensics.traces.profiles import line_profile
    >>> period_spectrum(line_profile(np.zeros((130, 4)), kind="signed")).shape
    (65,)
    """
    check_type("profile", profile, LineProfile, "pass line_profile(image)")
    if len(profile.values) < _SHORTEST:
        raise ImageShapeError(
            f"the profile has {counted(len(profile.values), 'value')}, a period test needs at "
            f"least {_SHORTEST}: pass a picture of {_SHORTEST + 2} pixels a side or more"
        )
    return power_of_lines(profile.values, logarithm=profile.kind != "signed")


def power_of_lines(values: FloatArray, *, logarithm: bool) -> FloatArray:
    """Power spectrum of one number a line, windowed and with its trend taken off.

    Parameters
    ----------
    values : ndarray, shape (L,), float64, counts
        One number a line, at least 64 of them.
    logarithm : bool
        Whether to take the logarithm first, for values that are never negative.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        Powers from 0 to half a cycle a line; n is L cropped to a multiple of 16.
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
        Profile of at least 64 values.

    Returns
    -------
    ndarray, shape (n // 2 + 1,), float64
        Ratios at ``numpy.fft.rfftfreq(n)``, as for `period_spectrum`; nan at the
        lowest, where there is nothing to compare with.

    Raises
    ------
    ParameterError, ImageShapeError
        As `period_spectrum`.

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
        Profile of at least 64 values.

    Returns
    -------
    ratios, effective : ndarray, shape (n // 2 + 1,), float64
        As for `ratio_spectrum`; ``K' = .48 K / 1.944`` for each bin.

    Raises
    ------
    ParameterError, ImageShapeError
        As `period_spectrum`.
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
    around, count = _neighbours(n_bins)
    rows = np.append(power, np.nan)[around]
    rows.sort(axis=1)  # nan goes last
    index = np.arange(n_bins)
    median = (rows[index, (count - 1) // 2] + rows[index, count // 2]) / 2
    rounding = _FLOOR**2 * float(np.sum(hann(n) ** 2))
    noise = np.maximum(median / math.log(2), rounding)
    effective = _MEDIAN_EFFICIENCY * count / HANN_CORRELATION
    return power / noise, cast(FloatArray, effective)


@lru_cache(maxsize=32)
def _neighbours(n_bins: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The bins around every bin that tell its noise level, and how many they are.

    Where one does not, `n_bins`, behind the last, stands for it.

    The nearest 40 beyond the guard on either side, for the last bin, Nyquist, 80 on the one
    side; in spectra of profiles shorter than 480 values, fewer: a neighbourhood that spans
    half of the spectrum is none. At low frequencies, where spectra are steep, no further
    than half of the way to zero: else periods 8 and 16 would stand too high.
    """
    near = max(_NEAREST, min(_REACH, n_bins // 6))
    reach = near + _GUARD
    offsets = np.arange(-reach, reach + 1)
    offsets = offsets[np.abs(offsets) > _GUARD]
    bins = np.arange(n_bins)
    around = bins[:, np.newaxis] + offsets
    furthest = np.clip(bins // 2, min(_LEAST, reach), reach)
    around[np.abs(offsets) > furthest[:, np.newaxis]] = n_bins
    below_nyquist = bins[: -1 - _GUARD][-2 * near :]
    around[-1] = n_bins
    around[-1, : len(below_nyquist)] = below_nyquist
    around[(around < 0) | (around > n_bins)] = n_bins
    around[~np.append(noise_bins(n_bins), False)[around]] = n_bins
    count = np.maximum((around < n_bins).sum(axis=1), 1)  # 0 only beside zero frequency
    return around, count


def windowed(values: FloatArray) -> FloatArray:
    """Values cropped to a multiple of 16, without their running median of 31, under a Hann window.

    Parameters
    ----------
    values : ndarray, shape (L,), float64
        One number a line.

    Returns
    -------
    ndarray, shape (L',), float64
        The L' values that are left, a multiple of 16.
    """
    cropped = values[: len(values) // _MULTIPLE * _MULTIPLE]
    padded = np.pad(cropped, _MEDIAN_WINDOW // 2, mode="reflect")
    trend = medians(sliding_window_view(padded, _MEDIAN_WINDOW))
    return (cropped - trend) * hann(len(cropped))


@lru_cache(maxsize=32)
def hann(n: int) -> FloatArray:
    """The periodic Hann window, which leaks into exactly one bin on either side.

    Parameters
    ----------
    n : int
        Length of the window.

    Returns
    -------
    ndarray, shape (n,), float64
        From 0 to 1, as ``sin(pi i / n) ** 2``; kept, and read-only.
    """
    window: FloatArray = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    window.setflags(write=False)
    return window


@lru_cache(maxsize=32)
def noise_bins(n_bins: int) -> NDArray[np.bool_]:
    """Mask of the bins that tell the noise level.

    Not the multiples of 1/16 and their neighbours, where periods are tested, and not
    those below 1/31, which the running median has emptied: with them in its
    neighbourhood, period 16 is found 1.5 times too often in white noise.

    Parameters
    ----------
    n_bins : int
        Number of bins of the spectrum, from 0 to half a cycle a line.

    Returns
    -------
    ndarray, shape (n_bins,), bool
        True where a bin counts as noise; kept, and read-only.
    """
    n = 2 * (n_bins - 1)
    bins = np.arange(n_bins)
    offset = bins % (n // _MULTIPLE)
    tested = (offset <= 1) | (offset >= n // _MULTIPLE - 1)
    noise: NDArray[np.bool_] = ~tested & (bins * _MEDIAN_WINDOW >= n)
    noise.setflags(write=False)
    return noise


PERIODS: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 8 / 3)
"""The tested periods in pixels: the up-sampling steps of generators, and of JPEG's grid."""

_SKIRT = 12
"""Bins over which a strong periodic trace spreads."""
_OVERWHELMING = 200.0
"""A ratio that texture does not reach: in reduced phone pictures the largest is 21."""


@dataclass(frozen=True, slots=True, eq=False)
class Period:
    """One tested period of one line profile.

    Parameters
    ----------
    axis : {"rows", "columns"}
        Whether a line is a row or a column.
    profile : {"signed", "first", "second"}
        Kind of the profile that was tested.
    period : float, pixels
        Period that was tested: 2, 4, 8, 16 or 8/3.
    ratio : float
        Power over the local median of the spectrum; about 1 where there is nothing.
    amplitude : float, counts
        Amplitude of the sine wave of this period in the profile.
    phase : int
        Residue of the line number, modulo the period, that is high.
    p_value : float
        Chance of such a ratio in a picture without this period.
    """

    axis: Axis
    profile: ProfileKind
    period: float
    ratio: float
    amplitude: float
    phase: int
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Banding:
    """The evidence for one period in one kind of profile, rows and columns together.

    Parameters
    ----------
    profile : {"signed", "first", "second"}
        Kind of the profiles that were tested.
    period : float, pixels
        Period that was tested.
    p_value : float
        Both axes combined by Fisher's method.
    p_holm : float
        `p_value` after Holm's correction for testing several periods; the one to hold against a
        significance level.
    ratios : dict of str to float
        Ratio of each test by its axis: power over the local median of the spectrum.
    """

    profile: ProfileKind
    period: float
    p_value: float
    p_holm: float
    ratios: dict[Axis, float] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Whether bands of this period are called found, at a level of .01."""
        return self.p_holm < SIGNIFICANT


def period_test(profile: LineProfile, *, periods: Sequence[float] = PERIODS) -> tuple[Period, ...]:
    """Test of a line profile for periods.

    A p-value is what separates "I see bands" from evidence. This one is
    checked on noise and on unprocessed photographs by
    ``benchmarks/check_p_values.py``: it says "below .01" on at most 1.3 % of them.

    The profile is cropped to a multiple of 16, its logarithm taken (not for
    signed), a running median of 31 taken off, and a Hann window applied. With
    P its power spectrum, ``mu`` the median of P over 40 bins on each side
    (fewer in short profiles) divided by ln 2, K the number of bins used, and
    ``R = P / mu``: ``p = (1 + R / K') ** -K'`` with ``K' = .48 K / 1.944``,
    at Nyquist the upper tail of ``F(1, 2 K')``. Left out of the median are a
    guard of 3, multiples of 1/16 and their neighbours, and the bins below
    1/31 that the running median empties. The bins where no period is tested
    give an empirical tail (exceedances of their 80 % quantile); the larger p
    of the two is reported.

    Parameters
    ----------
    profile : LineProfile
        Profile of at least 64 values.
    periods : sequence of float, pixels
        Some of 2, 4, 8, 16 and 8/3.

    Returns
    -------
    tuple of Period
        In the order of `periods`.

    Raises
    ------
    ParameterError
        `profile` is no line profile, or one of `periods` is not a tested one.
    ImageShapeError
        The profile is too short.

    See Also
    --------
    banding : Rows and columns together.
    forensics.traces.profiles.line_profile : The profile to be tested.
    ratio_spectrum : The ratio at every frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from forensics.traces.profiles import line_profile
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 10, (256, 256)) + 3 * (np.arange(256) % 2)[:, None]
    >>> found = period_test(line_profile(image, axis="rows", kind="signed"))[0]
    >>> found.period, found.phase, found.p_value < 1e-6
    (2.0, 1, True)
    """
    check_type("profile", profile, LineProfile, "pass line_profile(image)")
    check_type("periods", periods, Sequence, "pass some of 2, 4, 8, 16 and 8/3, as [2, 8]")
    for period in periods:
        check_type("one of periods", period, Real, "pass some of 2, 4, 8, 16 and 8/3")
    unknown = [p for p in periods if not any(math.isclose(p, q, rel_tol=1e-3) for q in PERIODS)]
    if unknown:
        raise ParameterError(f"period {unknown[0]} is not tested, allowed are 2, 4, 8, 16 and 8/3")
    ratios, effective = noise_ratios(profile)
    evidence = line_evidence(ratios, effective)
    tail = Tail(evidence[_background_bins(ratios)])
    n = 2 * (len(ratios) - 1)
    lines = profile.values[:n] * hann(n)
    results = []
    for period in periods:
        k = round(n / period)
        amplitude, phase = _wave(lines, period)
        p = max(math.exp(-evidence[k]), tail.p_value(float(evidence[k])), SMALLEST)
        p = min(p, 1.0)  # a sum of rounding may exceed it
        results.append(
            Period(profile.axis, profile.kind, period, float(ratios[k]), amplitude, phase, p)
        )
    return tuple(results)


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Bands of one image or blend: its line profiles, and every test on them.

    Parameters
    ----------
    profiles : tuple of LineProfile
        Signed, first and second differences, of rows and then columns.
    periods : tuple of Period
        Every tested period of each profile.
    tested : tuple of Banding
        The same with rows and columns together, corrected for all of them.

    See Also
    --------
    line_bands : Finds them.
    """

    profiles: tuple[LineProfile, ...]
    periods: tuple[Period, ...]
    tested: tuple[Banding, ...]

    @property
    def channel(self) -> Channel:
        """What the lines are of."""
        return self.profiles[0].channel

    def of(self, kind: ProfileKind) -> tuple[LineProfile, ...]:
        """Profiles of one kind, of rows and of columns.

        Parameters
        ----------
        kind : {"signed", "first", "second"}
            Kind of differences.

        Returns
        -------
        tuple of LineProfile
            Rows first.
        """
        return tuple(one for one in self.profiles if one.kind == kind)


def line_bands(image: PlanesLike, *, channel: Channel = "luma") -> Bands:
    """Bands in the lines of an image or blend, with every profile and test that shows them.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        A picture, or the mean of a blend.
    channel : {"luma", "red", "green", "blue"}
        What the lines are of.

    Returns
    -------
    Bands
        With rows and columns tested together, corrected for all tests.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small for a period test.
    ParameterError
        `channel` is not allowed.

    See Also
    --------
    line_profiles, period_test, banding : The three steps.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(1).normal(128, 5, (256, 256))
    >>> rows[::2] += 3
    >>> strongest = min(line_bands(rows).tested, key=lambda one: one.p_holm)
    >>> strongest.profile, strongest.period
    ('signed', 2.0)
    """
    profiles = line_profiles(image, channel=channel)
    periods = tuple(period for profile in profiles for period in period_test(profile))
    return Bands(profiles, periods, banding(periods))


def banding(periods: Iterable[Period]) -> tuple[Banding, ...]:
    """Evidence for bands: rows and columns combined by Fisher, periods corrected by Holm.

    One number for each period and profile that may be compared with a
    significance level, however many were looked at.

    Parameters
    ----------
    periods : iterable of Period
        Results of `period_test`, of one picture or blend.

    Returns
    -------
    tuple of Banding
        For each profile, then each period, in order of first appearance.

    Raises
    ------
    ParameterError
        One of them is no result of `period_test`.

    See Also
    --------
    period_test : The tests that are combined.

    References
    ----------
    Fisher 1925, *Statistical methods for research workers*; Holm 1979, *A simple
    sequentially rejective multiple test procedure*.

    Examples
    --------
    >>> rows = Period("rows", "signed", 2.0, 50.0, 1.0, 0, 1e-6)
    >>> columns = Period("columns", "signed", 2.0, 40.0, 1.0, 0, 1e-5)
    >>> f"{banding([rows, columns])[0].p_holm:.1e}"
    '2.6e-10'
    """
    groups: dict[ProfileKind, dict[float, list[Period]]] = {}
    for tested in periods:
        check_type("one of periods", tested, Period, "pass what period_test(profile) returned")
        of_kind = groups.setdefault(tested.profile, {})
        of_kind.setdefault(tested.period, []).append(tested)
    results: list[Banding] = []
    for kind, of_kind in groups.items():
        combined = [fisher([one.p_value for one in same]) for same in of_kind.values()]
        results += [
            Banding(kind, period, p, corrected, {one.axis: one.ratio for one in same})
            for (period, same), p, corrected in zip(
                of_kind.items(), combined, holm(combined), strict=True
            )
        ]
    return tuple(results)


def _background_bins(ratios: FloatArray) -> NDArray[np.bool_]:
    """Mark the noise bins that no trace reaches, shape (n_bins,).

    A generator's pattern is stronger in some places of the frame than in others, and so
    spreads over some ten bins around each multiple of 1/8; counted as background, its own
    skirts would hide it. Texture of photographs that happens to repeat near a tested
    period is about as strong beside it as on it, and never overwhelming: there all noise
    bins stay, for such texture is what the tail is there to see.
    """
    n_bins = len(ratios)
    noise = noise_bins(n_bins)
    step = 2 * (n_bins - 1) // 8
    if ratios[step::step].max() < _OVERWHELMING:
        return noise
    offset = np.arange(n_bins) % step
    reach = min(_SKIRT, step // 4)
    return noise & (offset > reach) & (offset < step - reach)


def _wave(windowed: FloatArray, period: float) -> tuple[float, int]:
    """Amplitude in counts and the residue of the highest line, of the sine of this period.

    Of the profile itself: a running median of 31 follows a strong alternation with the
    opposite sign, and would double it.
    """
    n = len(windowed)
    coefficient = complex(windowed @ _cycles(n, round(n / period))) / (n / 2)
    amplitude = abs(coefficient) * (1 if period == 2 else 2)
    peak = -np.angle(coefficient) * period / (2 * math.pi) + 1  # value i belongs to line i + 1
    return amplitude, round(peak % period) % math.ceil(period)


@lru_cache(maxsize=64)
def _cycles(n: int, k: int) -> NDArray[np.complexfloating[Any]]:
    cycles: NDArray[np.complexfloating[Any]] = np.exp(-2j * np.pi * np.arange(n) * (k / n))
    return cycles
