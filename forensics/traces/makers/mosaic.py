"""A camera's mosaic of colours: red and blue are mirrored, and green is a checkerboard.

Bayer's pattern sees red and blue at opposite corners of every 2 x 2 cell, green at the two
others. Whatever fills the gaps, what it does to red in even lines it does to blue in odd
ones; up-sampling layers have no such rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forensics.traces.blockwise import block_z, cell_means, two_sided
from forensics.traces.color import CHANNELS
from forensics.traces.filters import box_mean
from forensics.traces.makers.mixing import mixed_luma
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST
from forensics.traces.spectra.halves import folded

__all__ = ["Mosaic", "ScaledMosaic", "mosaic", "scaled_mosaic"]

_WINDOW, _CLIP = 15, 4.0
_LOWEST, _HIGHEST = 0.36, 0.485
"""Cycles a pixel along both axes: the diagonal of a mosaic that was scaled by .78 to .97."""
_ROWS, _COLUMNS, _DIAGONALS = (
    np.array(signs) / 4 for signs in (((1, 1), (-1, -1)), ((1, -1), (1, -1)), ((1, -1), (-1, 1)))
)
"""What is added and subtracted of the four places of a cell."""
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
    reds, greens, blues, lumas = (
        cell_means(one) for one in (red, green, blue, _busy(planes.once(mixed_luma)))
    )
    apart, alike = (reds - blues) / 2, (reds + blues) / 2
    opposed, together = (
        [block_z(np.einsum("bij,ij->b", cells, signs)) for signs in (_ROWS, _COLUMNS)]
        for cells in (apart, alike)
    )
    checked = [block_z(np.einsum("bij,ij->b", cells, _DIAGONALS)) for cells in (lumas, greens)]
    diagonal = max(checked, key=abs)
    allowed = opposed[0] * opposed[1] * diagonal < 0
    weakest = min(*map(abs, opposed), abs(diagonal))
    chance = min(1.0, 2 * two_sided(weakest, len(lumas))) if allowed else 1.0
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
    busy = _busy(planes.single()[: side + 2, : side + 2])
    bins = np.arange(round(_LOWEST * side), round(_HIGHEST * side))
    shared = np.abs(bins / side - np.rint(_SHARED * bins / side) / _SHARED) < _NEAR
    bins = bins[~shared]
    both = np.sum(_diagonals((busy - busy.mean()) * _window(side), bins), axis=0)
    best = int(np.argmax(both))
    strength = float(both[best])
    chance = len(bins) * (1 + strength) * math.exp(-min(strength, 700.0))
    return ScaledMosaic(0.5 / (1 - float(bins[best]) / side), min(1.0, max(chance, SMALLEST)))


def _busy(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each pixel is from its neighbours, over what is usual around."""
    busy = np.abs(_passed(plane))
    busy /= box_mean(busy, _WINDOW) + 0.5
    return np.minimum(busy, _CLIP, out=busy)


def _diagonals(plane: NDArray[np.float32], bins: NDArray[np.intp]) -> NDArray[np.float32]:
    """Power over the noise around it at some bins of both diagonals, shape (2, n)."""
    reach = _WINDOW // 2
    down = np.arange(bins[0] - reach, bins[-1] + reach + 1)
    half = np.fft.rfft(plane, axis=1)
    found = []
    for across, at in ((down, bins - down[0]), (-down[::-1], down[-1] - bins)):
        rows, columns = folded(down[:, np.newaxis], across, plane.shape)
        first = int(columns.min())
        some = np.fft.fft(half[:, first : int(columns.max()) + 1], axis=0)
        power = np.abs(some[rows, columns - first]) ** 2
        ratios = power / np.exp(box_mean(np.log(power + 1e-9), _WINDOW) + np.euler_gamma)
        found.append(ratios[bins - down[0], at])
    return np.stack(found)


@lru_cache(maxsize=4)
def _window(side: int) -> NDArray[np.float32]:
    window = np.hanning(side).astype(np.float32)
    return np.outer(window, window)


def _passed(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four times each pixel less its four neighbours."""
    passed = 4 * plane[1:-1, 1:-1]
    passed -= plane[:-2, 1:-1]
    passed -= plane[2:, 1:-1]
    passed -= plane[1:-1, :-2]
    passed -= plane[1:-1, 2:]
    return passed
