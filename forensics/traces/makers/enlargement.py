"""Enlargement by a network: the small pattern that its last layer adds to every cell.

Networks that enlarge photographs end in the same layers as generators, and leave the same
kinds of bands. What tells them apart is which pattern: five that are widely used are held
here. A match is neither innocent nor an accusation: photographs and generated pictures
are enlarged alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.color import LUMA_WEIGHTS
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import SMALLEST

__all__ = ["Enlargement", "enlargement"]

_CELL, _SIDE, _SHORTEST = 4, 512, 96
_CLIP, _LOUDEST = 3.0, 6.0
_NEAR, _GUARD = 5, 1
"""Bins whose median is the noise beside a harmonic, and those next to it that are its own."""
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
    pixels = planes.image[:rows, :columns].astype(np.float32)
    luma = pixels @ LUMA_WEIGHTS.astype(np.float32)
    three = (luma, pixels[..., 2] - luma, pixels[..., 0] - luma)
    pattern = np.stack([_pattern(plane) for plane in three])
    energy = float(np.sum(pattern**2))
    if energy == 0:
        return Enlargement("", 0.0, 1.0)
    products = {name: _product(pattern, cells) for name, cells in _NETWORKS.items()}
    best = max(products, key=lambda name: products[name])
    z = _CELL * products[best]
    chance = len(_NETWORKS) * _CELL**2 * math.erfc(z / math.sqrt(2)) / 2 if z > 0 else 1.0
    share = max(products[best], 0.0) ** 2 / energy
    return Enlargement(best, share, min(1.0, max(chance, SMALLEST)))


def _product(pattern: FloatArray, cells: tuple[tuple[int, ...], ...]) -> float:
    """Largest product with a network's pattern of unit length, over all places it may begin."""
    side = math.isqrt(len(cells[0]))
    known = np.array(cells, np.float64).reshape(3, side, side)
    known = np.tile(known, (1, _CELL // side, _CELL // side))
    known /= np.sqrt(np.sum(known**2))
    places = [(down, right) for down in range(side) for right in range(side)]
    return max(float(np.sum(pattern * np.roll(known, place, axis=(1, 2)))) for place in places)


def _pattern(plane: NDArray[np.float32]) -> FloatArray:
    """What is added to every cell of 4 x 4 pixels, each harmonic over its own noise."""
    from scipy.fft import fft2

    bent = np.zeros_like(plane)
    bent[1:-1, 1:-1] = np.diff(np.diff(plane, 2, axis=0), 2, axis=1)
    usual = float(np.median(np.abs(bent[::3, ::3]))) + 0.05
    spectrum = fft2(np.clip(bent, -_CLIP * usual, _CLIP * usual))
    steps = [length // _CELL for length in spectrum.shape]
    harmonics = np.zeros((_CELL, _CELL), np.complex128)
    for place in np.ndindex(_CELL, _CELL):
        if place != (0, 0):
            row, column = (at * step for at, step in zip(place, steps, strict=True))
            value = spectrum[row, column] / math.sqrt(_noise(spectrum, row, column) + 1e-9)
            harmonics[place] = value * min(1.0, _LOUDEST / (abs(value) + 1e-9))
    return np.fft.ifft2(harmonics).real.astype(np.float64)


def _noise(spectrum: NDArray[Any], row: int, column: int) -> float:
    """Power beside a bin: around it, or along the axis that it is on."""
    reach = np.arange(-_NEAR, _NEAR + 1)
    down, right = (reach if at else np.zeros(1, int) for at in (row, column))
    rows = (row + down) % spectrum.shape[0]
    columns = (column + right) % spectrum.shape[1]
    beside = np.maximum.outer(np.abs(down), np.abs(right)) > _GUARD
    power = np.abs(spectrum[np.ix_(rows, columns)]) ** 2
    return float(np.median(power[beside])) / math.log(2)
