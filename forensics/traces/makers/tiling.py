"""A tiled watermark: the same faint drawing again and again, at one distance.

The picture's own content does not return at a fixed distance, twice over; neither do the
patterns of codecs and up-sampling layers, whose distances are 2 to 16 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.checks import check_shape
from forensics.traces.color import channel_plane
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.makers.blockwise import two_sided
from forensics.traces.significance import SMALLEST

__all__ = ["Tiling", "tiling"]

_LEAST = 16
"""Pixels: codecs and up-sampling layers return at this distance and below."""
_ACTIVITY, _WINDOW, _CLIP, _LOUDEST = 31, 9, 3.0, 30.0
_SHORTEST = 96


@dataclass(frozen=True, slots=True)
class Tiling:
    """At which distance the fine structure of a picture returns.

    Parameters
    ----------
    offset : (int, int), pixels
        Rows and columns to where it returns; (0, 0) where the picture is too small to look.
    correlation : float
        Of the whitened picture with itself, so moved.
    p_value : float
        Chance of the weaker of the correlations at this distance and at twice this
        distance, judged by all other distances.
    """

    offset: tuple[int, int]
    correlation: float
    p_value: float


def tiling(image: NDArray[Any]) -> Tiling:
    """Seek what repeats all over a picture at one distance of more than 16 pixels.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts

    Returns
    -------
    Tiling

    Raises
    ------
    ImageShapeError
        `image` has another shape.

    References
    ----------
    Dekel et al. 2017, *On the effectiveness of visible watermarks*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tile = rng.normal(0, 2, (40, 60))
    >>> image = rng.normal(120, 6, (240, 240)) + np.tile(tile, (6, 4))
    >>> found = tiling(image)
    >>> found.offset[0] % 40, found.offset[1] % 60, found.p_value < 1e-6
    (0, 0, True)
    """
    check_shape(image)
    luma = channel_plane(image).astype(np.float32)
    if min(luma.shape) < _SHORTEST:
        return Tiling((0, 0), 0.0, 1.0)
    fine = luma - smoothed(luma, 2, radius=6)
    fine = np.clip(fine / (box_mean(np.abs(fine), _ACTIVITY) + 0.5), -_CLIP, _CLIP)
    power = np.abs(np.fft.fft2(fine)) ** 2
    padded = np.pad(np.log(power + 1e-9), _WINDOW // 2, mode="wrap")
    inner = slice(_WINDOW // 2, -(_WINDOW // 2))
    level = np.exp(box_mean(padded, _WINDOW)[inner, inner] + np.euler_gamma)
    surface = np.fft.ifft2(np.minimum(power / level, _LOUDEST)).real
    return _returning(surface / surface[0, 0])


def _returning(surface: FloatArray) -> Tiling:
    rows, columns = surface.shape
    down, right = (np.rint(np.fft.fftfreq(length) * length).astype(int) for length in surface.shape)
    sizes = np.maximum(np.abs(down)[:, np.newaxis], np.abs(right))
    sought = (sizes > _LEAST) & (np.abs(down) < rows / 3)[:, np.newaxis] & (np.abs(right) < columns / 3)
    spread = 1.4826 * float(np.median(np.abs(surface[sought])))
    if spread == 0:
        return Tiling((0, 0), 0.0, 1.0)
    twice = surface[(2 * down % rows)[:, np.newaxis], 2 * right % columns]
    weaker = np.where(sought, np.minimum(surface, twice), 0.0)
    place = np.unravel_index(int(np.argmax(weaker)), weaker.shape)
    z = float(weaker[place]) / spread
    chance = two_sided(z, surface.size) * np.count_nonzero(sought) / 2
    offset = int(down[place[0]]), int(right[place[1]])
    return Tiling(offset, float(surface[place]), min(1.0, max(float(chance), SMALLEST)))
