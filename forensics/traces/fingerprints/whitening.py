"""A picture's residual in units of its own noise, and what a filter shows there by chance.

Correlating a residual with a template is the best one can do if the residual is white. A
photograph of steps or of blinds has all of its residual on the axes of the spectrum, just
where generators add theirs; so every frequency is divided by how much this picture has
around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics.traces.filters import smoothed
from forensics.traces.medians import medians
from forensics.traces.spectra.halves import local_log_mean

__all__ = [
    "BESIDE",
    "LOG_SMALLEST",
    "LOUDEST",
    "Plane",
    "Spectrum",
    "Whitened",
    "bounded",
    "details",
    "independent",
    "leakage_cells",
    "log_largest_chance",
    "log_normal_tail",
    "matched_field",
    "normal_score",
    "off_blocks",
    "white_plane",
    "whitened",
]

LOG_SMALLEST = -690.0
"""Natural logarithm of the smallest chance that is told as a number: 1e-300."""
_STEPS = 60
_FAR = 8.0


def log_normal_tail(score: float) -> float:
    """Natural logarithm of the chance that a normal variable exceeds a score.

    Parameters
    ----------
    score : float
        Score, in standard deviations.

    Returns
    -------
    float
        Finite where the chance itself is smaller than any float.

    See Also
    --------
    normal_score : The inverse.

    Examples
    --------
    >>> round(math.exp(log_normal_tail(1.6449)), 3)
    0.05
    >>> round(log_normal_tail(40.0), 1)
    -804.6
    """
    if score < _FAR:
        return math.log(math.erfc(score / math.sqrt(2)) / 2)
    inverse = 1 / score**2
    series = 1 - inverse * (1 - 3 * inverse * (1 - 5 * inverse))
    return -(score**2) / 2 - math.log(score * math.sqrt(2 * math.pi)) + math.log(series)


def normal_score(log_chance: float) -> float:
    """The score whose normal tail has this chance: the inverse of `log_normal_tail`.

    Parameters
    ----------
    log_chance : float
        Natural logarithm of a chance.

    Returns
    -------
    float
        Score in standard deviations.

    See Also
    --------
    log_normal_tail : The inverse.

    Examples
    --------
    >>> round(normal_score(log_normal_tail(3.0)), 6), round(normal_score(-804.6), 2)
    (3.0, 40.0)
    """
    low, high = -_FAR, math.sqrt(max(-2 * log_chance, 1.0)) + 1
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if log_normal_tail(middle) > log_chance else (low, middle)
    return (low + high) / 2


def log_largest_chance(score: float, n: float) -> float:
    """Log of the chance that the largest of `n` independent normal scores is at least this large.

    Parameters
    ----------
    score : float
        Largest score, in standard deviations.
    n : float
        Number of independent scores.

    Returns
    -------
    float
        Natural logarithm.

    Examples
    --------
    >>> round(math.exp(log_largest_chance(4.0, 1000)), 4)
    0.0312
    >>> math.isclose(log_largest_chance(12.0, 1e6), math.log(1e6) + log_normal_tail(12.0))
    True
    """
    one = log_normal_tail(score)
    expected = one + math.log(n)
    if expected < -20:
        return expected
    return math.log(-math.expm1(n * math.log1p(-math.exp(min(one, -1e-12)))))


Plane: TypeAlias = NDArray[np.float32]
Spectrum: TypeAlias = NDArray[np.complex64]

_LOW_PASS, _CLIP = 2.0, 3.0
_BARE, _RAMP = 4, 8
"""Pixels at each edge that are left out, and over which the rest fades in: filters see no
neighbours there, in pictures of all sources alike."""
_AROUND, _ALONG = 9, 31
_LOG_MEAN = 0.5772
"""How far the mean logarithm of exponential noise lies below the logarithm of its mean."""
LOUDEST = 4.0
"""Most that one frequency of a picture may say, in units of its noise."""
_BLOCK = 8
BESIDE = 2
"""Bins to either side of an axis that belong to it: edges of a picture are faded."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """Half the spectrum of a residual, over the root of its local noise power.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the picture.
    spectrum : ndarray, shape (M, N // 2 + 1), complex64
        Half the spectrum of the residual, of mean square about 1.
    """

    shape: tuple[int, int]
    spectrum: Spectrum


def details(residual: NDArray[Any]) -> Plane:
    """Residual without slow changes and faded at its edges, as it is compared with templates.

    Parameters
    ----------
    residual : ndarray, shape (M, N), float32 or float64
        Residual of a picture, such as `plain_residual`.

    Returns
    -------
    ndarray, shape (M, N), float32
        The residual in its own unit, zero at the edges.
    """
    plane = residual.astype(np.float32, copy=False)
    plane = plane - smoothed(plane, _LOW_PASS, radius=round(4 * _LOW_PASS))
    np.clip(plane, -_CLIP, _CLIP, out=plane)
    plane -= plane.mean()
    rows, columns = (_fade(side) for side in plane.shape)
    plane *= rows[:, np.newaxis]
    plane *= columns
    return plane


def _fade(side: int) -> NDArray[np.float32]:
    from_edge = np.minimum(np.arange(side), np.arange(side)[::-1])
    return cast(Plane, np.clip((from_edge - _BARE + 1) / _RAMP, 0, 1).astype(np.float32))


def whitened(residual: NDArray[Any]) -> Whitened:
    """Divide every frequency of a residual by the noise that the picture has there.

    Off the axes that is ``exp(mean of log |R|**2 over 9 x 9 bins + .5772)``; on the axes and
    next to them, where lines of a picture gather, a running median of 31 bins along the line,
    over ln 2.

    Parameters
    ----------
    residual : ndarray, shape (M, N), float32 or float64
        Residual of a picture, such as `plain_residual`.

    Returns
    -------
    Whitened
        Half the spectrum, each frequency in units of the noise there.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(96, 96))
    >>> noise = np.cumsum(noise, axis=0) / 9
    >>> power = np.abs(whitened(noise).spectrum) ** 2
    >>> bool(0.8 < np.median(power) / np.log(2) < 1.2)
    True
    """
    from scipy.fft import rfft2

    plane = details(residual)
    spectrum = rfft2(plane)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    spectrum /= np.sqrt(_noise_power(power, plane.shape[1]))
    return Whitened(plane.shape, spectrum)


def bounded(picture: Whitened) -> Spectrum:
    """Whitened spectrum with no frequency louder than 4.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), complex64
        Phases are kept, sizes cut at 4 units of noise.
    """
    sizes = np.maximum(np.abs(picture.spectrum), np.float32(LOUDEST))
    return cast(Spectrum, picture.spectrum * (np.float32(LOUDEST) / sizes))


def white_plane(picture: Whitened) -> Plane:
    """The picture's residual in units of its noise, no frequency louder than 4.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.

    Returns
    -------
    ndarray, shape (M, N), float32
        Of mean square about 1.
    """
    from scipy.fft import irfft2

    size = np.float32(math.sqrt(math.prod(picture.shape)))
    return cast(Plane, irfft2(bounded(picture), s=picture.shape) * size)


def _noise_power(power: Plane, columns: int) -> Plane:
    tiny = 1e-6 * float(power.mean()) + 1e-20
    noise = np.exp(local_log_mean(power, columns, _AROUND, tiny) + np.float32(_LOG_MEAN))
    for off in (-1, 0, 1):
        row = _along(_whole_line(power, columns, off), columns)[: power.shape[1]]
        noise[off] = row if off == 0 else np.maximum(noise[off], row)
    for off in (0, 1):
        column = _along(power[:, off], power.shape[0])
        noise[:, off] = column if off == 0 else np.maximum(noise[:, off], column)
    return cast(Plane, noise)


def _whole_line(power: Plane, columns: int, row: int) -> Plane:
    """A line of the whole spectrum from the half that is held."""
    mirrored = power[-row, 1 : (columns + 1) // 2][::-1]
    return np.concatenate([power[row], mirrored])


def _along(line: NDArray[Any], length: int) -> Plane:
    """Running median along a line of a spectrum, around its end, as a mean of exponentials."""
    wide = min(_ALONG, length) // 2
    padded = np.pad(line, wide, mode="wrap")
    level = medians(sliding_window_view(padded, 2 * wide + 1)) / math.log(2)
    return cast(Plane, np.maximum(level, 1e-20).astype(np.float32))


def independent(half: NDArray[Any], columns: int) -> NDArray[Any]:
    """Independent bins of half a spectrum, in one row.

    The outer columns hold every value twice; where a wave has two pixels or none, a value is
    real and has no phase.

    Parameters
    ----------
    half : ndarray, shape (M, N // 2 + 1), any dtype
        Half a spectrum of a real plane, or numbers that belong to its bins.
    columns : int
        Number of columns N of the plane.

    Returns
    -------
    ndarray, shape (n,), of the same dtype
        One value for each independent bin.
    """
    rows = half.shape[0]
    upper = slice(1, (rows + 1) // 2)
    last = half.shape[1] - (columns % 2 == 0)
    parts = [half[:, 1:last].ravel(), half[upper, 0]]
    if columns % 2 == 0:
        parts.append(half[upper, -1])
    return np.concatenate(parts)


@lru_cache(maxsize=64)
def off_blocks(shape: tuple[int, int], frame: tuple[int, int] | None = None) -> NDArray[np.bool_]:
    """Mask of half a spectrum without JPEG's harmonics of 8 x 8 pixels and their neighbours.

    All JPEGs share these, whatever they show; and a JPEG that was resized has them where they
    were before.

    Parameters
    ----------
    shape : (int, int)
        Shape of the picture.
    frame : (int, int), optional
        Shape of the picture before it was resized; by default it was not.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), bool
        True at the bins that may be used.
    """
    marked = np.ones((shape[0], shape[1] // 2 + 1), np.bool_)
    for before in {shape, frame or shape}:
        near = []
        for line, side, was in zip(
            (np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])), shape, before, strict=True
        ):
            waves = line * _BLOCK * side / was
            near.append(np.abs(waves - np.rint(waves)) <= 1.5 * _BLOCK / was)
        marked &= ~(near[0][:, np.newaxis] & near[1])
    marked.setflags(write=False)
    return marked


@lru_cache(maxsize=64)
def leakage_cells(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Number the frequencies of half a spectrum by cells of 5 x 5, one of them around zero.

    Parameters
    ----------
    shape : (int, int)
        Shape of the picture.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), intp
        Number of the cell that each frequency belongs to.
    """
    wide = 2 * BESIDE + 1
    rows = (np.arange(shape[0]) + BESIDE) % shape[0] // wide
    columns = (np.arange(shape[1] // 2 + 1) + BESIDE) // wide
    cells = cast("NDArray[np.intp]", rows[:, np.newaxis] * (int(columns[-1]) + 1) + columns)
    cells.setflags(write=False)
    return cells


def matched_field(picture: Whitened) -> Plane:
    """The picture as a matched filter, whose correlation with a template is the score.

    Its whitened spectrum, no frequency louder than 4, none of the blocks of JPEG.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.

    Returns
    -------
    ndarray, shape (M, N), float32
        Of mean square 1.

    References
    ----------
    Turin 1960, *An introduction to matched filters*.
    """
    from scipy.fft import irfft2

    field = irfft2(bounded(picture) * off_blocks(picture.shape), s=picture.shape)
    field /= np.float32(math.sqrt(float(np.mean(np.square(field)))) or 1.0)
    return cast(Plane, field.astype(np.float32, copy=False))
