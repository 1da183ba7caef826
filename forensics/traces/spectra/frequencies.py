"""The plane of frequencies: what all two-dimensional spectra here agree on.

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
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.line_spectra import hann
from forensics.traces.planes import PlanesLike, as_planes

__all__ = [
    "MULTIPLE",
    "centered",
    "frequencies",
    "half_power",
    "iter_planes",
    "mean_power",
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
    channel : {"luma", "red", "green", "blue"}
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
    """Power density of a plane, the half that tells the other.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float, counts
        Sides are multiples of 16.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), counts squared
        At ``numpy.fft.fftfreq(M)`` and ``numpy.fft.rfftfreq(N)``.
    """
    coefficients = np.fft.rfft2(plane * _window(plane.shape, plane.dtype.char))
    return cast("NDArray[Real]", coefficients.real**2 + coefficients.imag**2)


def centered(half: NDArray[np.floating[Any]], columns: int) -> FloatArray:
    """Whole spectrum of a real plane from its half, zero frequency in the middle.

    Parameters
    ----------
    half : ndarray, shape (M, columns // 2 + 1)
        What `half_power` returned.
    columns : int

    Returns
    -------
    ndarray, shape (M, columns), float64
        Zero frequency at ``(M // 2, columns // 2)``.
    """
    rows = len(half)
    whole = np.empty((rows, columns), np.float64)
    whole[:, : half.shape[1]] = half
    # A frequency and its opposite have the same power.
    mirrored = half[-np.arange(rows) % rows]
    whole[:, half.shape[1] :] = mirrored[:, columns - half.shape[1] : 0 : -1]
    return cast(FloatArray, np.fft.fftshift(whole, axes=(0, 1)))


def mean_power(halves: Sequence[NDArray[np.floating[Any]]], columns: int) -> FloatArray:
    """Mean of half power spectra, whole and centred as `centered` returns it."""
    return centered(cast(FloatArray, np.mean(halves, axis=0, dtype=np.float64)), columns)


def window_power(length: int) -> FloatArray:
    """``|FFT|**2`` of the window along one axis, whose inverse says how lags are weighted."""
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
