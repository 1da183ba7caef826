"""A tiled watermark: the same faint drawing again and again, at one distance.

The picture's own content does not return at a fixed distance, twice over; neither do the
patterns of codecs and up-sampling layers, whose distances are 2 to 16 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.blockwise import block_means, block_z, two_sided
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST
from forensics.traces.spectra.halves import local_log_mean

__all__ = ["Tiling", "tiling"]

_LEAST = 16
"""Pixels: codecs and up-sampling layers return at this distance and below."""
_ACTIVITY, _WINDOW, _CLIP, _LOUDEST = 31, 9, 3.0, 30.0
_SHORTEST = 300
"""Pixels a side: in smaller pictures rows of windows return often enough to look drawn."""
_BLOCK = 16
"""Pixels: what is white already has no content that larger blocks would have to hold."""
_TINY = 1e-9
_WORTH = 4.0
"""Spreads of the surface below which a return is among thousands of its like."""
_SKIRT = 1.6
"""Bins around the axes, and around what others share, that are left out."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """The distance at which the fine structure of a picture returns.

    Parameters
    ----------
    offset : (int, int), pixels
        Rows and columns to where it returns; (0, 0) where the picture is too small to look.
    correlation : float
        Correlation of the whitened picture with itself, displaced by that distance.
    p_value : float
        Chance that the blocks of the picture are so like those at this distance, of all that
        were tried, and so like those at twice this distance: the larger of the two.
    """

    offset: tuple[int, int]
    correlation: float
    p_value: float


_NOTHING = Tiling((0, 0), 0.0, 1.0)


def tiling(image: PlanesLike) -> Tiling:
    """Trace of what repeats all over a picture at one distance of more than 16 pixels.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    Tiling
        The distance, with the chance of such agreement.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Dekel et al. 2017, *On the effectiveness of visible watermarks*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tile = rng.normal(0, 2, (40, 60))
    >>> image = rng.normal(120, 6, (360, 360)) + np.tile(tile, (9, 6))
    >>> found = tiling(image)
    >>> found.offset[0] % 40, found.offset[1] % 60, found.p_value < 1e-6
    (0, 0, True)
    """
    from scipy.fft import irfft2, rfft2

    luma = as_planes(image).single()
    if min(luma.shape) < _SHORTEST:
        return _NOTHING
    fine = luma - smoothed(luma, 2, radius=6)
    fine /= box_mean(np.abs(fine), _ACTIVITY) + 0.5
    half = rfft2(np.clip(fine, -_CLIP, _CLIP, out=fine))
    power = np.abs(half) ** 2
    level = np.exp(local_log_mean(power, luma.shape[1], _WINDOW, _TINY) + np.euler_gamma)
    kept = np.minimum(power / level, _LOUDEST) * _unshared(luma.shape)
    surface = irfft2(kept, s=luma.shape)
    if surface[0, 0] <= 0:
        return _NOTHING
    surface /= surface[0, 0]
    offset, n_sought = _strongest(surface)
    spread = 1.4826 * float(np.median(np.abs(surface[::_WINDOW, ::_WINDOW])))
    if offset == (0, 0) or surface[offset] < _WORTH * spread:
        return _NOTHING
    white = irfft2(half * np.sqrt(kept / (power + _TINY)), s=luma.shape)
    # Many distances were tried, and one was taken: what stands at twice that is tried once.
    once, again = (_chance(white, (k * offset[0], k * offset[1])) for k in (1, 2))
    chance = max(once * n_sought / 2, again)
    return Tiling(offset, float(surface[offset]), min(1.0, max(chance, SMALLEST)))


@lru_cache(maxsize=16)
def _unshared(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """0 at the axes, where straight edges are, and at the multiples of 1/16 that others share."""
    rows, columns = np.abs(np.fft.fftfreq(shape[0])), np.fft.rfftfreq(shape[1])
    near = [
        np.abs(16 * side - np.rint(16 * side)) * length / 16 < _SKIRT
        for side, length in zip((rows, columns), shape, strict=True)
    ]
    axes = np.minimum.outer(rows * shape[0], columns * shape[1]) < _SKIRT
    return np.where(axes | np.logical_and.outer(*near), 0.0, 1.0).astype(np.float32)


def _strongest(surface: NDArray[np.float32]) -> tuple[tuple[int, int], int]:
    """The distance at which, and at twice which, the picture is most like itself; of how many."""
    once, twice = _distances(surface.shape)
    weaker = np.minimum(surface.ravel()[once], surface.ravel()[twice])
    best = int(np.argmax(weaker))
    if weaker[best] <= 0:
        return (0, 0), 2 * len(once)
    columns = surface.shape[1]
    row, column = divmod(int(once[best]), columns)
    return (row, column if column < columns / 2 else column - columns), 2 * len(once)


@lru_cache(maxsize=4)
def _distances(shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of a surface that are sought, and those twice as far, both laid out flat.

    Half of them: a picture is as like itself in the opposite direction.
    """
    rows, columns = shape
    down, right = (np.rint(np.fft.fftfreq(length) * length).astype(int) for length in shape)
    down = down[:, np.newaxis]
    far = np.maximum(np.abs(down), np.abs(right)) > _LEAST
    inside = (np.abs(down) < rows / 3) & (np.abs(right) < columns / 3)
    first = (down > 0) | ((down == 0) & (right > 0))
    sought = far & inside & first
    twice = (2 * down % rows) * columns + 2 * right % columns
    return np.flatnonzero(sought), twice[sought]


def _chance(white: FloatArray, offset: tuple[int, int]) -> float:
    """Chance that blocks all over the picture are so like those at an offset."""
    rows, columns = (length - abs(far) for length, far in zip(white.shape, offset, strict=True))
    first, second = (
        white[
            tuple(
                slice(max(0, sign * far), max(0, sign * far) + length)
                for far, length in zip(offset, (rows, columns), strict=True)
            )
        ]
        for sign in (1, -1)
    )
    products = block_means(np.clip(first * second, -_LOUDEST, _LOUDEST), _BLOCK)
    z = block_z(products)
    return two_sided(z, len(products)) if z > 0 else 1.0
