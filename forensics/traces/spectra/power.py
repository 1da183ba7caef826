"""Spectra of the picture itself: power over all frequencies, over their size, and cosines.

A generator builds a picture from coarse to fine by steps of two. Where a step is not
perfect it leaves power at 1/2, 1/4, 1/8 of the sampling rate, and too much or too little
of it at high frequencies at large.

*Cropping.* A picture loses lines at its lower and right edge until both sides are
multiples of 16: periods 2, 4, 8, 16 and 8/3 then fall on whole bins, and no transform
is slow. Of pictures over 2.4 megapixels nine tiles are measured, and their power averaged.

*Window.* Hann along both axes, zero on the last line, so that differences with the
next line, which has none, fill the same frame.

*Unit.* Power is a density: white noise of variance s**2 has s**2 counts squared at every
frequency, and the mean over all frequencies is the mean square of the picture,
weighted by the squared window (Parseval).

*Precision.* Pictures of whole counts are transformed in single precision: it adds a power
of 1e-10 counts squared, where rounding the pixels to counts has added 1/12. Arrays of
floating point are transformed in double precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.periods import hann
from forensics.traces.planes import PlanesLike, as_planes

__all__ = [
    "CosineSpectrum",
    "MULTIPLE",
    "PowerSpectrum",
    "RadialProfile",
    "centered",
    "cosine_spectrum",
    "frequencies",
    "half_power",
    "iter_planes",
    "log_cosines",
    "mean_power",
    "power_spectrum",
    "radial_profile",
    "window_power",
]

Real = TypeVar("Real", bound=np.floating[Any])

MULTIPLE = 16
"""Both sides of everything that is transformed are multiples of this."""


def frequencies(length: int) -> FloatArray:
    """Frequencies along one axis of a centred spectrum, zero at ``length // 2``.

    Parameters
    ----------
    length : int, pixels
        Length of the axis.

    Returns
    -------
    ndarray, shape (length,), float64, cycles a pixel
        From -1/2 on; period 2 comes first.

    Examples
    --------
    >>> frequencies(4).tolist()
    [-0.5, -0.25, 0.0, 0.25]
    """
    return cast(FloatArray, np.fft.fftshift(np.fft.fftfreq(length)))


def iter_planes(
    image: PlanesLike, channel: Channel = "luma", *, least: int = MULTIPLE
) -> Iterator[NDArray[np.floating[Any]]]:
    """The planes of one channel that stand for a picture: the whole, or nine tiles of it.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.
    least : int, pixels
        The shortest side allowed.

    Yields
    ------
    ndarray, shape (M', N'), float32 for uint8 and float64 for others, counts
        All of one shape, cropped to multiples of 16; not to be written to.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or a side is too short.
    ParameterError
        `channel` is not one of the four.
    """
    picture = as_planes(image)
    if min(picture.shape[:2]) < least:
        raise ImageShapeError(
            f"image has shape {picture.shape}, these spectra need at least {least} x {least} "
            "pixels: pass a larger picture"
        )
    for part in picture.tiles():
        high, wide = (side // MULTIPLE * MULTIPLE for side in part.shape[:2])
        yield part.plane(channel)[:high, :wide]


def half_power(plane: NDArray[Real]) -> NDArray[Real]:
    """Power density of a plane, as half a spectrum.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float, counts
        Plane to transform, its sides multiples of 16.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), of the same dtype, counts squared
        At ``numpy.fft.fftfreq(M)`` and ``numpy.fft.rfftfreq(N)``.

    See Also
    --------
    centered : The whole spectrum.
    """
    coefficients = np.fft.rfft2(plane * _window(plane.shape, plane.dtype.char))
    return cast("NDArray[Real]", coefficients.real**2 + coefficients.imag**2)


def centered(half: NDArray[np.floating[Any]], columns: int) -> FloatArray:
    """Whole spectrum of a real plane from half of it, zero frequency in the middle.

    Parameters
    ----------
    half : ndarray, shape (M, columns // 2 + 1), float32 or float64
        Half a spectrum, from `half_power`.
    columns : int
        Number of columns N of the plane.

    Returns
    -------
    ndarray, shape (M, columns), float64
        Zero frequency at ``(M // 2, columns // 2)``.

    See Also
    --------
    half_power : Half of the spectrum.
    """
    rows = len(half)
    whole = np.empty((rows, columns), np.float64)
    whole[:, : half.shape[1]] = half
    # A frequency and its opposite have the same power.
    mirrored = half[-np.arange(rows) % rows]
    whole[:, half.shape[1] :] = mirrored[:, columns - half.shape[1] : 0 : -1]
    return cast(FloatArray, np.fft.fftshift(whole, axes=(0, 1)))


def mean_power(halves: Sequence[NDArray[np.floating[Any]]], columns: int) -> FloatArray:
    """Mean of half power spectra, whole and centred.

    Parameters
    ----------
    halves : sequence of ndarray, shape (M, columns // 2 + 1), float32 or float64
        Half spectra of one shape, from `half_power`.
    columns : int
        Number of columns N of the planes.

    Returns
    -------
    ndarray, shape (M, columns), float64
        Zero frequency at ``(M
        2, columns
        2)``.
    """
    return centered(cast(FloatArray, np.mean(halves, axis=0, dtype=np.float64)), columns)


def window_power(length: int) -> FloatArray:
    """Power spectrum of the window along one axis, whose inverse says how lags are weighted.

    Parameters
    ----------
    length : int, pixels
        Length of the axis.

    Returns
    -------
    ndarray, shape (length,), float64
        ``|FFT|**2`` of the window.
    """
    return cast(FloatArray, np.abs(np.fft.fft(_hann(length))) ** 2)


def _hann(length: int) -> FloatArray:
    return np.roll(hann(length), -1)


@lru_cache(maxsize=8)
def _window(shape: tuple[int, int], dtype: str) -> NDArray[Any]:
    """The window over a plane, its squares summing to one."""
    rows, columns = (_hann(side) / np.sqrt(np.sum(_hann(side) ** 2)) for side in shape)
    window = np.outer(rows, columns).astype(dtype)
    window.setflags(write=False)
    return window


_SMALLEST_COSINE = 1e-3
"""Counts below which a coefficient is rounding; keeps the logarithm finite."""


@dataclass(frozen=True, slots=True, eq=False)
class PowerSpectrum:
    """Power of a picture, or the mean of several, at every frequency.

    Parameters
    ----------
    power : ndarray, shape (M, N), float64, counts squared
        A density: white noise of variance s**2 has s**2 everywhere. Zero frequency at
        ``(M // 2, N // 2)``; rows of it are frequencies along rows of the picture's height.
    channel : {"luma", "red", "green", "blue"}
        Channel that was measured.
    n_parts : int
        Pictures, or tiles of them, that were averaged.
    """

    power: FloatArray
    channel: Channel
    n_parts: int


@dataclass(frozen=True, slots=True, eq=False)
class RadialProfile:
    """Mean power at every distance from zero frequency, whatever the direction.

    Parameters
    ----------
    frequency : ndarray, shape (n // 2 + 1,), float64, cycles a pixel
        Distance from zero frequency, 0 to 1/2.
    power : ndarray, same shape, float64, counts squared
        Mean power at each distance.
    count : ndarray, same shape, int64
        Number of frequencies that were averaged.
    """

    frequency: FloatArray
    power: FloatArray
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CosineSpectrum:
    """Cosine spectrum: mean log magnitude of every coefficient of the full-image cosine transform.

    Parameters
    ----------
    log_magnitude : ndarray, shape (M, N), float64, natural logarithm of counts
        Zero frequency at (0, 0), row i at ``i / (2 M)`` cycles a pixel; orthonormal, so
        white noise of deviation s has ``log(s) - .635`` everywhere.
    channel : {"luma", "red", "green", "blue"}
        Channel that was measured.
    n_parts : int
        Pictures, or tiles of them, that were averaged.
    """

    log_magnitude: FloatArray
    channel: Channel
    n_parts: int


def power_spectrum(image: PlanesLike, *, channel: Channel = "luma") -> PowerSpectrum:
    """Power spectrum of a picture or blend.

    The plain view of all frequencies: content in the middle, and grids as points far
    from it.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 16 pixels a side; cropped, windowed and tiled as
        `forensics.traces.spectra.power` says.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.

    Returns
    -------
    PowerSpectrum
        The power at every frequency.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.
    ParameterError
        `channel` is not one of the four.

    See Also
    --------
    residual_spectrum : Spectrum of the residual, without the content.
    radial_profile : Mean over all directions.
    cosine_spectrum : Cosines instead of waves.

    Examples
    --------
    >>> import numpy as np
    >>> stripes = 10.0 * (np.arange(32)[:, np.newaxis] % 2) * np.ones(32)
    >>> spectrum = power_spectrum(stripes)
    >>> spectrum.power.shape, bool(spectrum.power[0, 16] > 1000 * spectrum.power[4, 16])
    ((32, 32), True)
    """
    planes = list(iter_planes(image, channel))
    power = mean_power([half_power(plane) for plane in planes], planes[0].shape[1])
    return PowerSpectrum(power, channel, len(planes))


def radial_profile(power: FloatArray) -> RadialProfile:
    """Radial profile of a centred power spectrum, up to half a cycle a pixel.

    One line that can be compared between sources: photographs fall steadily, and
    up-sampling without enough of a filter lets the end rise.

    With frequencies f in cycles a pixel along each axis and n the shorter side, power is
    averaged over bins of equal ``rint(n * |f|)``: for a square this is the rounded
    distance in bins from zero frequency; in a rectangle, circles stay circles.

    Parameters
    ----------
    power : ndarray, shape (M, N), float, counts squared
        Zero frequency at ``(M // 2, N // 2)``, as in `PowerSpectrum`.

    Returns
    -------
    RadialProfile
        The mean power at each distance from zero frequency.

    Raises
    ------
    ImageShapeError
        `power` has not two axes, or is empty.

    See Also
    --------
    power_spectrum : The spectrum to be averaged.

    References
    ----------
    Durall, Keuper, Keuper 2020, *Watch your up-convolution*.

    Examples
    --------
    >>> import numpy as np
    >>> profile = radial_profile(np.ones((8, 8)))
    >>> profile.power.tolist(), profile.count[:2].tolist()
    ([1.0, 1.0, 1.0, 1.0, 1.0], [1, 8])
    """
    if power.ndim != 2 or power.size == 0:
        raise ImageShapeError(
            f"the spectrum has shape {power.shape}, allowed is (M, N): pass the `power` of one"
        )
    rows, columns = power.shape
    bins, count = _rings(rows, columns)
    sums = np.bincount(bins, weights=power.ravel(), minlength=len(count))[: len(count)]
    shortest = min(rows, columns)
    return RadialProfile(np.arange(len(count)) / shortest, sums / count, count)


def cosine_spectrum(image: PlanesLike, *, channel: Channel = "luma") -> CosineSpectrum:
    """Cosine spectrum of a picture: log magnitudes of its full-image DCT.

    What Frank et al. averaged over ten thousand pictures a source to make the grids of
    generators visible. No window: the cosine transform has no edge to hide.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 16 pixels a side; cropped and tiled as `power_spectrum` does.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.

    Returns
    -------
    CosineSpectrum
        The mean log magnitude of every coefficient.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.
    ParameterError
        `channel` is not one of the four.

    See Also
    --------
    power_spectrum : Power at every frequency.

    References
    ----------
    Frank et al. 2020, *Leveraging frequency analysis for deep fake image recognition*.

    Examples
    --------
    >>> import numpy as np
    >>> flat = cosine_spectrum(np.full((16, 16), 2.0))
    >>> round(float(np.exp(flat.log_magnitude[0, 0])), 6)
    32.0
    """
    logs = [log_cosines(plane) for plane in iter_planes(image, channel)]
    return CosineSpectrum(np.mean(logs, axis=0, dtype=np.float64), channel, len(logs))


def log_cosines(plane: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Log magnitude of every coefficient of the orthonormal cosine transform of a plane.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64, counts
        Plane to transform.

    Returns
    -------
    ndarray, shape (M, N), of the same dtype
        Natural logarithms of counts, zero frequency at (0, 0).
    """
    from scipy import fft

    size = np.abs(fft.dctn(plane, norm="ortho"))
    return cast("NDArray[np.floating[Any]]", np.log(np.maximum(size, _SMALLEST_COSINE)))


@lru_cache(maxsize=8)
def _rings(rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the ring of every frequency, and how many are in each up to Nyquist."""
    radius = np.hypot(frequencies(rows)[:, np.newaxis], frequencies(columns))
    bins = np.rint(radius * min(rows, columns)).astype(np.int64).ravel()
    n_rings = min(rows, columns) // 2 + 1
    return bins, np.bincount(bins)[:n_rings]
