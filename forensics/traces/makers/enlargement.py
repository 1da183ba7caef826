"""Enlargement by a network: the small pattern that its last layer adds to every cell.

Networks that enlarge photographs end in the same layers as generators, and leave the same
kinds of bands. What tells them apart is which pattern: five that are widely used are held
here. A match is neither innocent nor an accusation: photographs and generated pictures
are enlarged alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.makers.mixing import mixed_luma
from forensics.traces.medians import median
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST
from forensics.traces.spectra.halves import folded

__all__ = ["Enlargement", "enlargement"]

_CELL, _SIDE, _SHORTEST = 4, 512, 96
_CLIP, _LOUDEST = 3.0, 6.0
_NEAR, _GUARD = 5, 1
"""Bins whose median is the noise beside a harmonic, and those next to it that are its own."""
_HARMONICS = ((0, 1), (0, 2), *((row, column) for row in (1, 2, 3) for column in (0, 1, 2)))
"""Of cells of 4 x 4 pixels, in quarters of a cycle a pixel: the others are opposite to these."""
_NETWORKS: dict[str, tuple[tuple[int, ...], ...]] = {
    "Real-ESRGAN animevideo x2": (
        (9, 0, -31, 22),
        (22, -27, -34, 38),
        (-52, 35, 25, -9),
    ),
    "Real-ESRGAN animevideo x4": (
        (10, 8, -20, -7, -11, -11, 19, 21, -6, -4, 19, -17, -25, 12, -4, 17),
        (6, -26, -8, 17, 5, 14, -25, 1, -1, -2, 32, -4, 5, -1, 4, -15),
        (-6, -18, 23, 11, -11, 18, -22, 9, 13, -12, -7, -6, 14, 13, 2, -23),
    ),
    "SPAN ClearReality x4": (
        (17, -4, 24, -25, 7, 7, -4, -10, -4, 5, 1, -5, -5, -28, -13, 37),
        (5, -4, 3, -14, 2, 4, 11, -8, -22, 24, 5, -4, 15, -25, -1, 7),
        (-12, -15, -16, 20, 15, 23, -3, -17, 30, -4, -3, 0, -19, -8, 3, 6),
    ),
    "waifu2x photo x2": (
        (-25, 26, 31, -32),
        (28, -28, -27, 27),
        (33, -33, -28, 28),
    ),
    "waifu2x anime x2": (
        (-29, 27, 31, -28),
        (-27, 23, 34, -30),
        (-26, 28, 29, -31),
    ),
}
"""Of luma, blue less luma and red less luma, hundredths: means over eight photographs each that
``data/enlarge_by_network.py`` enlarged; x2 in cells of 2 x 2 pixels, x4 of 4 x 4."""


@dataclass(frozen=True, slots=True)
class Enlargement:
    """The network whose pattern is most like what is added to every cell.

    Parameters
    ----------
    network : str
        Name of the network's weights.
    share : float
        Share, 0 to 1, of what is added to the cells of 4 x 4 pixels that its pattern explains:
        generators reach .4, real pictures .3.
    p_value : float
        Chance of so strong a likeness in the picture's own noise, for all networks and places.
    """

    network: str
    share: float
    p_value: float


def enlargement(image: PlanesLike) -> Enlargement:
    """Trace of a network that enlarges pictures: the small pattern that its last layer adds.

    Of luma and both colour differences the mixed second difference, clipped at three
    medians of its size, is transformed; the harmonics of cells of 4 x 4 pixels, each over
    the noise beside it, make a pattern. Where nothing is added its product with any
    pattern of unit length is normal with a spread of 1.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        The first 512 pixels a side are measured.

    Returns
    -------
    Enlargement
        With a chance of 1 in gray pictures and in those under 96 pixels a side.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Zhang, Karaman, Chang 2019, *Detecting and simulating artifacts in GAN fake images*.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100, 9, (128, 128, 3))
    >>> enlargement(image).p_value > 1e-3
    True
    """
    planes = as_planes(image)
    if planes.is_gray or min(planes.shape[:2]) < _SHORTEST:
        return Enlargement("", 0.0, 1.0)
    rows, columns = (min(side, _SIDE) // 16 * 16 for side in planes.shape[:2])
    luma = planes.once(mixed_luma)[:rows, :columns]
    blue, red = (planes.single(one)[:rows, :columns] for one in ("blue", "red"))
    pattern = np.stack([_pattern(plane) for plane in (luma, blue - luma, red - luma)])
    energy = float(np.sum(pattern**2))
    if energy == 0:
        return Enlargement("", 0.0, 1.0)
    products = {name: float((known @ pattern.ravel()).max()) for name, known in _known().items()}
    best = max(products, key=lambda name: products[name])
    z = _CELL * products[best]
    chance = len(_NETWORKS) * _CELL**2 * math.erfc(z / math.sqrt(2)) / 2 if z > 0 else 1.0
    share = max(products[best], 0.0) ** 2 / energy
    return Enlargement(best, share, min(1.0, max(chance, SMALLEST)))


@cache
def _known() -> dict[str, FloatArray]:
    """Patterns of each network, of unit length, at all places they may begin: (places, 48)."""
    found = {}
    for name, cells in _NETWORKS.items():
        side = math.isqrt(len(cells[0]))
        known = np.array(cells, np.float64).reshape(3, side, side)
        known = np.tile(known, (1, _CELL // side, _CELL // side))
        known /= np.sqrt(np.sum(known**2))
        places = [(down, right) for down in range(side) for right in range(side)]
        found[name] = np.stack([np.roll(known, at, axis=(1, 2)).ravel() for at in places])
    return found


def _pattern(plane: NDArray[np.float32]) -> FloatArray:
    """What is added to every cell of 4 x 4 pixels, each harmonic over its own noise."""
    from scipy.fft import rfft2

    bent = np.zeros_like(plane)
    bent[1:-1, 1:-1] = _bent(_bent(plane).T).T
    usual = median(np.abs(bent[::3, ::3])) + 0.05
    np.minimum(bent, _CLIP * usual, out=bent)
    half = rfft2(np.maximum(bent, -_CLIP * usual, out=bent)).ravel()
    at, *beside = _bins(plane.shape)
    levels = np.array([median(np.abs(half[around]) ** 2) for around in beside])
    values = half[at] / np.sqrt(levels / math.log(2) + 1e-9)
    values *= np.minimum(1.0, _LOUDEST / (np.abs(values) + 1e-9))
    harmonics = np.zeros((_CELL, _CELL // 2 + 1), np.complex128)
    harmonics[tuple(np.transpose(_HARMONICS))] = values
    return np.fft.irfft2(harmonics, s=(_CELL, _CELL)).astype(np.float64)


def _bent(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Second difference from line to line."""
    steps = plane[1:] - plane[:-1]
    return steps[1:] - steps[:-1]


@lru_cache(maxsize=4)
def _bins(shape: tuple[int, int]) -> tuple[NDArray[np.intp], ...]:
    """Where the harmonics stand in half a spectrum, laid out flat, and what is beside them.

    Off the axes all around, on one axis along it.
    """
    width = shape[1] // 2 + 1
    reach = np.arange(-_NEAR, _NEAR + 1)
    away = np.abs(reach) > _GUARD
    around = np.stack(np.nonzero(away[:, np.newaxis] | away)) - _NEAR
    along = reach[away]
    nothing = np.zeros_like(along)
    places = np.array(_HARMONICS) * np.array(shape) // _CELL
    flat = []
    for at, (down, right) in zip(places, _HARMONICS, strict=True):
        beside = around if down and right else (along, nothing) if down else (nothing, along)
        rows, columns = folded(at[0] + beside[0], at[1] + beside[1], shape)
        flat.append(rows * width + columns)
    return (places @ (width, 1), *flat)
