"""A pattern of 2 x 2 or 4 x 4 pixels that is added to the picture, crosswise.

Transposed convolutions and sub-pixel layers add the same small pattern everywhere. JPEG's
blocks have no fixed sign, interpolation none at all: only what is added with a fixed sign
stands out of the spectrum of signed cross-differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.activities import webp_share
from forensics.traces.blockwise import mean_cell
from forensics.traces.crosswise import ADDED_BY_WEBP
from forensics.traces.filters import box_mean
from forensics.traces.planes import PlanesLike
from forensics.traces.spectra.peaks import SHORTEST, ratios_to_noise
from forensics.traces.spectra.power import MULTIPLE, centered, half_power, iter_planes

__all__ = [
    "CROSSWISE",
    "Lattice",
    "lattice",
    "lattice_pattern",
]

CROSSWISE = ((2, 2), (6, 2), (2, 4), (4, 2), (4, 4))
"""Harmonics of 4 x 4 pixels off both axes, in eighths of a cycle a pixel along rows, columns."""

_EIGHT = 8
_ACTIVITY = 15
"""Pixels of the window over which the local activity is taken."""
_CLIP = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Pattern that is added to a picture every 2 or 4 pixels along both axes.

    Parameters
    ----------
    ratios : ndarray, shape (8, 8), float64
        Power of the signed, normalised cross-difference over its local noise at
        multiples of 1/8 cycle a pixel, along rows and columns.
    p_values : ndarray, shape (8, 8), float64
        Chance of each where nothing is added.
    excess : tuple of 5 floats, nats
        For each of `CROSSWISE` the evidence, ``-ln p``, beyond the largest at the odd
        eighths around it; 0 where those, which a grid of 8 and texture fill as well, have more.
    pattern : ndarray, shape (4, 4), float64
        What is added on average to every 4 x 4 pixels, crosswise and normalised.
    webp : float
        Share of its energy, 0 to 1, that lossy WebP at its best place would explain.
    """

    ratios: FloatArray
    p_values: FloatArray
    excess: tuple[float, ...]
    pattern: FloatArray
    webp: float

    @property
    def total(self) -> float:
        """Excess of all five harmonics together in nats, about .5 where there is nothing."""
        return sum(self.excess)

    @property
    def evidence(self) -> float:
        """The part of `total` that lossy WebP does not explain, in nats."""
        return self.total * (1 - self.webp)

    @property
    def shared(self) -> float:
        """Evidence without the largest harmonic, as a lattice has several and a coincidence one."""
        return (self.total - max(self.excess)) * (1 - self.webp)


def lattice(image: PlanesLike) -> Lattice:
    """Trace of a pattern that is added crosswise, every 2 or 4 pixels.

    Generators whose line profiles are weak, as a CycleGAN's, show here; real pictures,
    resized and recompressed, do not.

    With ``c[i, j] = Y[i, j] + Y[i + 1, j + 1] - Y[i, j + 1] - Y[i + 1, j]``, signed, the
    spectrum of ``clip(c / (box15(|c|) + .5), -3, 3)`` is measured against its neighbourhood.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 64 pixels a side.

    Returns
    -------
    Lattice
        The excess of each harmonic over the noise.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.

    See Also
    --------
    forensics.traces.crosswise.added_pattern : The same pattern by quadrants, with a chance.

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 8, (256, 256))
    >>> lattice(image).evidence < 5
    True
    >>> rows, columns = np.indices(image.shape)
    >>> image += 5 * ((rows % 4 == 0) & (columns % 4 == 0))
    >>> lattice(image).evidence > 20
    True
    """
    planes = _planes(image)
    halves = np.stack([half_power(plane) for plane in planes])
    power = centered(halves.mean(axis=0, dtype=np.float64), planes[0].shape[1])
    places = np.indices((_EIGHT, _EIGHT)).reshape(2, -1).T
    ratios, _, p_values = ratios_to_noise(power, places * (MULTIPLE // _EIGHT))
    shape = (_EIGHT, _EIGHT)
    evidence = -np.log(p_values.reshape(shape))
    excess = tuple(_excess(evidence, row, column) for row, column in CROSSWISE)
    pattern = _mean_pattern(planes)
    return Lattice(
        ratios.reshape(shape),
        p_values.reshape(shape),
        excess,
        pattern,
        webp_share(pattern, ADDED_BY_WEBP),
    )


def lattice_pattern(image: PlanesLike) -> FloatArray:
    """What is added crosswise to every 4 x 4 pixels: the `pattern` of `lattice`, without its test.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 64 pixels a side.

    Returns
    -------
    ndarray, shape (4, 4), float64
        Mean of the normalised cross-differences at each place of the cells.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.

    See Also
    --------
    lattice : The same with the chance of each of its harmonics.

    Examples
    --------
    >>> rows, columns = np.indices((64, 64))
    >>> np.sign(lattice_pattern(50.0 * ((rows + columns) % 2)))[0].tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    return _mean_pattern(_planes(image))


def _planes(image: PlanesLike) -> list[NDArray[np.floating[Any]]]:
    return [_normalized(plane) for plane in iter_planes(image, least=SHORTEST)]


def _mean_pattern(planes: Sequence[NDArray[np.floating[Any]]]) -> FloatArray:
    return cast(FloatArray, np.mean([_pattern(plane) for plane in planes], axis=0))


def _pattern(plane: NDArray[np.floating[Any]]) -> FloatArray:
    """Mean of every 4 x 4 pixels, its row and column means taken off."""
    fold = mean_cell(plane, 4)
    return cast(
        FloatArray, fold - fold.mean(axis=0) - fold.mean(axis=1, keepdims=True) + fold.mean()
    )


def _normalized(plane: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Signed cross-difference over its local activity, zero on the last lines."""
    steps = plane[:, 1:] - plane[:, :-1]
    crossed = steps[1:] - steps[:-1]
    crossed /= box_mean(np.abs(crossed), _ACTIVITY) + 0.5
    framed = np.zeros_like(plane)
    np.clip(crossed, -_CLIP, _CLIP, out=framed[:-1, :-1])
    return framed


def _excess(evidence: FloatArray, row: int, column: int) -> float:
    """Evidence beyond that of the odd eighths which surround a harmonic."""
    around = [
        evidence[(row + down) % _EIGHT, (column + right) % _EIGHT]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if (down, right) != (0, 0)
    ]
    return max(0.0, float(evidence[row, column] - max(around)))
