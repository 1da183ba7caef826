"""Lossy WebP and video, by their pixels: luma on the 220 steps of the studio range.

Both store luma in whole numbers from 16 to 235, stretched to 0 to 255 on decoding. Brought
back to that range, the luma of every decoded pixel lies next to a whole number; that of a
JPEG, of a camera or of a generator lies anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.traces.color import CHANNELS
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST

__all__ = ["StudioLuma", "studio_luma"]

_WEIGHTS = np.array([65.738, 129.057, 25.064]) / 256
"""Of red, green and blue in studio luma, by Rec. ITU-R BT.601."""
_AWAY = np.concatenate([np.arange(-24, -3), np.arange(4, 25)]) / 200
"""Other stretches, relative: what stands on steps of any width shows there as well."""
_STRETCHES = np.concatenate([[1.0], 1 + _AWAY])
_FINE = 16
"""Bins a count, of a histogram of luma: all stretches are sums over it."""
_LEVELS = 256 * _FINE
_CLIPPED, _LEAST_INSIDE = 2, 0.05


@dataclass(frozen=True, slots=True)
class StudioLuma:
    """How closely luma keeps to the whole numbers of the studio range.

    Parameters
    ----------
    resultant : float
        0 to 1: mean of ``exp(2 pi i Y)``, Y the luma in that range; decoded WebP has .55 or
        more, rounding of the three colours takes the rest.
    p_value : float
        Chance of such a resultant, judged by those of 42 other ranges.
    """

    resultant: float
    p_value: float


def studio_luma(image: PlanesLike) -> StudioLuma:
    """Trace of the steps that lossy WebP and video leave in luma, at any quality.

    A file's name can be changed, and WebP is often saved again as PNG: its pixels tell.
    Any later compression, resizing or correction of colour removes it.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    StudioLuma
        With a chance of 1 where most pixels are black or white.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Rec. ITU-R BT.601; RFC 6386, *VP8 Data Format and Decoding Guide*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> luma, red, blue = rng.integers(70, 180, (128, 128)), *rng.normal(0, 9, (2, 128, 128))
    >>> colors = np.stack([1.596 * red, -0.813 * red - 0.391 * blue, 2.018 * blue], axis=2)
    >>> decoded = np.rint(255 / 219 * (luma[..., None] - 16) + colors)
    >>> studio_luma(decoded).p_value < 1e-12
    True
    >>> studio_luma(decoded + np.rint(rng.normal(0, 2, colors.shape))).p_value > 1e-3
    True
    """
    planes = as_planes(image)
    colors = [planes.single(channel) for channel in CHANNELS[1:]]
    inside = np.ones(planes.shape[:2], np.bool_)
    for color in colors:
        inside &= color > _CLIPPED
        inside &= color < 255 - _CLIPPED
    if np.mean(inside) < _LEAST_INSIDE:
        return StudioLuma(0.0, 1.0)
    luma = np.stack(colors, axis=-1) @ _WEIGHTS.astype(np.float32)
    luma *= _FINE
    levels = np.compress(inside.ravel(), np.rint(luma, out=luma).astype(np.int64).ravel())
    bins = np.bincount(levels, minlength=_LEVELS) / len(levels)
    powers = np.abs(_waves() @ bins) ** 2
    here, others = float(powers[0]), float(powers[1:].mean())
    ratio = here / max(others, 1 / len(levels))
    n = len(powers) - 1
    return StudioLuma(float(np.sqrt(here)), max((1 + ratio / n) ** -n, SMALLEST))


@cache
def _waves() -> NDArray[np.complexfloating[Any]]:
    """A wave for each stretch over the bins of the histogram, shape (43, 4096)."""
    return np.exp(2j * np.pi / _FINE * np.outer(_STRETCHES, np.arange(_LEVELS)))
