"""A camera's mosaic of colours: red and blue are mirrored, and green is a checkerboard.

Bayer's pattern sees red and blue at opposite corners of every 2 x 2 cell, green at the two
others. Whatever fills the gaps, what it does to red in even lines it does to blue in odd
ones; up-sampling layers have no such rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.color import CHANNELS, LUMA_WEIGHTS
from forensics.traces.filters import box_mean
from forensics.traces.makers.blockwise import block_means, block_z, two_sided
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST

__all__ = ["Mosaic", "ScaledMosaic", "mosaic", "scaled_mosaic"]

_WINDOW, _CLIP = 15, 4.0
_LOWEST, _HIGHEST = 0.36, 0.485
"""Cycles a pixel along both axes: the diagonal of a mosaic that was scaled by .78 to .97."""
_SHARED, _NEAR = 16, 0.004
"""Multiples of 1/16, and their neighbourhood, belong to JPEG and to up-sampling layers."""


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Trace of a Bayer mosaic in the activity of the four places of 2 x 2 cells.

    Parameters
    ----------
    opposed : (float, float)
        For rows and for columns, z of the contrast of red less that of blue.
    together : (float, float)
        For rows and for columns, z of their mean contrast: small next to `opposed` where no other
        process came after.
    diagonal : float
        Contrast between the diagonals of the cells in luma or green, as z.
    p_value : float
        Chance of the weakest of the three parts, 1 where their signs are not those of any
        of the four Bayer patterns.
    """

    opposed: tuple[float, float]
    together: tuple[float, float]
    diagonal: float
    p_value: float

    @property
    def is_mirrored(self) -> bool:
        """Whether red and blue differ at least twice as much as they agree, along both axes."""
        pairs = zip(self.opposed, self.together, strict=True)
        return all(abs(apart) > 2 * abs(alike) for apart, alike in pairs)


def mosaic(image: PlanesLike) -> Mosaic:
    """Trace of the mosaic of colour filters through which a camera sees.

    With ``h = 4 I - (up + down + left + right)`` of each colour, ``|h|`` over what is usual
    around is compared between even and odd rows, even and odd columns, and both diagonals
    of 2 x 2 cells. With red at an even row and column the first two are of one sign, and
    the third tells the corner: only half of all signs can be those of a mosaic.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 64 pixels a side.

    Returns
    -------
    Mosaic
        With a chance of 1 for gray pictures.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    scaled_mosaic : The same behind a camera's own scaling.
    forensics.traces.phases.phase_statistics : The four places of 2 x 2 cells, without a model.

    References
    ----------
    Popescu and Farid 2005, *Exposing digital forgeries in color filter array interpolated
    images*; Gallagher and Chen 2008, *Image authentication by detecting traces of demosaicing*.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100, 9, (128, 128, 3))
    >>> mosaic(image).p_value > 1e-3
    True
    """
    planes = as_planes(image)
    if planes.is_gray:
        return Mosaic((0.0, 0.0), (0.0, 0.0), 0.0, 1.0)
    passed = [np.abs(_passed(planes.single(channel))) for channel in CHANNELS[1:]]
    usual = box_mean((passed[0] + passed[1] + passed[2]) / 3, _WINDOW) + 0.5
    red, green, blue = (np.minimum(one / usual, _CLIP) for one in passed)
    pixels = planes.image.astype(np.float32)
    luma = np.abs(_passed(pixels @ LUMA_WEIGHTS.astype(np.float32)))
    luma = np.minimum(luma / (box_mean(luma, _WINDOW) + 0.5), _CLIP)
    apart, alike = (red - blue) / 2, (red + blue) / 2
    rows, columns = (
        np.where(np.arange(length) % 2, -1.0, 1.0).astype(np.float32) for length in luma.shape
    )
    axes = rows[:, np.newaxis], columns
    opposed = [block_z(block_means(apart * sign)) for sign in axes]
    together = [block_z(block_means(alike * sign)) for sign in axes]
    checked: list[FloatArray] = [block_means(one * axes[0] * columns) for one in (luma, green)]
    diagonal = max((block_z(one) for one in checked), key=abs)
    allowed = opposed[0] * opposed[1] * diagonal < 0
    weakest = min(*map(abs, opposed), abs(diagonal))
    chance = min(1.0, 2 * two_sided(weakest, len(checked[0]))) if allowed else 1.0
    return Mosaic((opposed[0], opposed[1]), (together[0], together[1]), diagonal, chance)


@dataclass(frozen=True, slots=True)
class ScaledMosaic:
    """Trace of a mosaic's diagonal, moved to a lower frequency by the camera's own scaling.

    Parameters
    ----------
    scale : float
        Factor of the scaling that moves a diagonal of period 2 to where the strongest one stands.
    p_value : float
        Chance of so strong a diagonal at any frequency, in the picture's own noise.
    """

    scale: float
    p_value: float


def scaled_mosaic(image: PlanesLike) -> ScaledMosaic:
    """Trace of a mosaic behind a reduction, as digital zoom or a smaller picture size makes it.

    Green's checkerboard is a wave of half a cycle along rows and columns alike; reduced by s it
    has ``1 - .5 / s`` cycles. In the spectrum of ``|h|`` it is sought on both diagonals at
    once, over the noise around: resizing alone beats along the axes, not across them.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    ScaledMosaic
        With a chance of 1 where a side has fewer than 128 pixels.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    mosaic : The mosaic of a picture at its native size.

    References
    ----------
    Gallagher and Chen 2008, *Image authentication by detecting traces of demosaicing*.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100, 9, (160, 160))
    >>> scaled_mosaic(image).p_value > 1e-3
    True
    """
    planes = as_planes(image)
    side = (min(planes.shape[:2]) - 2) // 2 * 2
    if side < 126:
        return ScaledMosaic(1.0, 1.0)
    busy = np.abs(_passed(planes.single())[:side, :side])
    busy = np.minimum(busy / (box_mean(busy, _WINDOW) + 0.5), _CLIP)
    window = np.hanning(side).astype(np.float32)
    power = np.abs(np.fft.fft2((busy - busy.mean()) * np.outer(window, window))) ** 2
    padded = np.pad(np.log(power + 1e-9), _WINDOW // 2, mode="wrap")
    inner = slice(_WINDOW // 2, -(_WINDOW // 2))
    ratios = power / np.exp(box_mean(padded, _WINDOW)[inner, inner] + np.euler_gamma)
    bins = np.arange(round(_LOWEST * side), round(_HIGHEST * side))
    shared = np.abs(bins / side - np.rint(_SHARED * bins / side) / _SHARED) < _NEAR
    bins = bins[~shared]
    both = ratios[bins, bins] + ratios[bins, -bins]
    best = int(np.argmax(both))
    strength = float(both[best])
    chance = len(bins) * (1 + strength) * math.exp(-min(strength, 700.0))
    return ScaledMosaic(0.5 / (1 - float(bins[best]) / side), min(1.0, max(chance, SMALLEST)))


def _passed(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four times each pixel less its four neighbours."""
    passed = 4 * plane[1:-1, 1:-1]
    passed -= plane[:-2, 1:-1]
    passed -= plane[2:, 1:-1]
    passed -= plane[1:-1, :-2]
    passed -= plane[1:-1, 2:]
    return passed
