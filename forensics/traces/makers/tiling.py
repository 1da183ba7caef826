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
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.makers.blockwise import block_means, block_z, two_sided
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST

__all__ = ["Tiling", "tiling"]

_LEAST = 16
"""Pixels: codecs and up-sampling layers return at this distance and below."""
_ACTIVITY, _WINDOW, _CLIP, _LOUDEST = 31, 9, 3.0, 30.0
_SHORTEST = 300
"""Pixels a side: in smaller pictures rows of windows return often enough to look drawn."""
_BLOCK = 16
"""Pixels: what is white already has no content that larger blocks would have to hold."""
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
    from scipy.fft import fft2, ifft2

    luma = as_planes(image).single()
    if min(luma.shape) < _SHORTEST:
        return _NOTHING
    fine = luma - smoothed(luma, 2, radius=6)
    fine = np.clip(fine / (box_mean(np.abs(fine), _ACTIVITY) + 0.5), -_CLIP, _CLIP)
    spectrum = fft2(fine)
    power = np.abs(spectrum) ** 2
    padded = np.pad(np.log(power + 1e-9), _WINDOW // 2, mode="wrap")
    inner = slice(_WINDOW // 2, -(_WINDOW // 2))
    level = np.exp(box_mean(padded, _WINDOW)[inner, inner] + np.euler_gamma)
    kept = np.minimum(power / level, _LOUDEST) * _unshared(power.shape)
    surface = ifft2(kept).real
    if surface[0, 0] <= 0:
        return _NOTHING
    surface = surface / surface[0, 0]
    offset, n_sought = _strongest(surface)
    spread = 1.4826 * float(np.median(np.abs(surface[::_WINDOW, ::_WINDOW])))
    if offset == (0, 0) or surface[offset] < _WORTH * spread:
        return _NOTHING
    white = ifft2(spectrum * np.sqrt(kept / (power + 1e-9))).real
    # Many distances were tried, and one was taken: what stands at twice that is tried once.
    once, again = (_chance(white, (k * offset[0], k * offset[1])) for k in (1, 2))
    chance = max(once * n_sought / 2, again)
    return Tiling(offset, float(surface[offset]), min(1.0, max(chance, SMALLEST)))


@lru_cache(maxsize=16)
def _unshared(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """0 at the axes, where straight edges are, and at the multiples of 1/16 that others share."""
    rows, columns = (np.abs(np.fft.fftfreq(length)) for length in shape)
    near = [
        np.abs(16 * side - np.rint(16 * side)) * length / 16 < _SKIRT
        for side, length in zip((rows, columns), shape, strict=True)
    ]
    axes = np.minimum.outer(rows * shape[0], columns * shape[1]) < _SKIRT
    return np.where(axes | np.logical_and.outer(*near), 0.0, 1.0).astype(np.float32)


def _strongest(surface: FloatArray) -> tuple[tuple[int, int], int]:
    """The distance at which, and at twice which, the picture is most like itself; of how many."""
    rows, columns = surface.shape
    down, right = (np.rint(np.fft.fftfreq(length) * length).astype(int) for length in surface.shape)
    sizes = np.maximum(np.abs(down)[:, np.newaxis], np.abs(right))
    inside = (np.abs(down) < rows / 3)[:, np.newaxis] & (np.abs(right) < columns / 3)
    sought = (sizes > _LEAST) & inside
    twice = surface[(2 * down % rows)[:, np.newaxis], 2 * right % columns]
    weaker = np.where(sought, np.minimum(surface, twice), 0.0)
    row, column = np.unravel_index(int(np.argmax(weaker)), weaker.shape)
    return (int(down[row]), int(right[column])), int(np.count_nonzero(sought))


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
