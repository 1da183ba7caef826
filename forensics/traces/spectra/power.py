"""Spectra of the picture itself: power over all frequencies, over their size, and cosines.

A generator builds a picture from coarse to fine by steps of two. Where a step is not
perfect it leaves power at 1/2, 1/4, 1/8 of the sampling rate, and too much or too little
of it at high frequencies at large.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.planes import PlanesLike
from forensics.traces.spectra.frequencies import frequencies, half_power, iter_planes, mean_power

__all__ = [
    "CosineSpectrum",
    "PowerSpectrum",
    "RadialProfile",
    "cosine_spectrum",
    "log_cosines",
    "power_spectrum",
    "radial_profile",
]

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
    n_parts : int
        Pictures, or tiles of them, whose power was averaged.
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
        0 to 1/2, for n the shorter side.
    power : ndarray, same shape, float64, counts squared
    count : ndarray, same shape, int64
        Frequencies that were averaged.
    """

    frequency: FloatArray
    power: FloatArray
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CosineSpectrum:
    """Mean logarithm of the size of every coefficient of the full-image cosine transform.

    Parameters
    ----------
    log_magnitude : ndarray, shape (M, N), float64, natural logarithm of counts
        Zero frequency at (0, 0), row i at ``i / (2 M)`` cycles a pixel; orthonormal, so
        white noise of deviation s has ``log(s) - .635`` everywhere.
    channel : {"luma", "red", "green", "blue"}
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
        `forensics.traces.spectra.frequencies` says.
    channel : {"luma", "red", "green", "blue"}

    Returns
    -------
    PowerSpectrum

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.
    ParameterError
        `channel` is not one of the four.

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

    Raises
    ------
    ImageShapeError
        `power` has not two axes, or is empty.

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

    Returns
    -------
    CosineSpectrum

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.
    ParameterError
        `channel` is not one of the four.

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
    """Natural logarithm of the size of every orthonormal DCT coefficient, in counts."""
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
