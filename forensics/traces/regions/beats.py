"""Beats by place: where lines of a picture alternate, and where they do not.

Up-sampling and resizing make how busy a line is repeat, with two pixels or with the beat of two
grids. Of one cell that is no more than noise; the cells of a region add up, with their phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.filters import box_mean
from forensics.traces.interpolation import resampling
from forensics.traces.medians import median
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.regions.boxes import CELL, likeliest_split
from forensics.traces.regions.histories import tile_places

__all__ = ["Beats", "Cells", "beat_hypotheses", "period_two", "resampled"]

_SURROUND = 15
_EVEN = 1.0
"""Counts added to a bend before its logarithm: what rounding makes is no beat."""
_FLAT = 0.02
"""Variance of the logarithms from which a cell is asked, as the square of a share."""
_LOUDEST = 3.0
_MOST = 3
_ROUNDS = 3
"""How often a beat's mean is taken anew where it was found."""
_NOMINATED = 1e-3
_TURNS = 9
"""Frequencies tried within one bin of a tile, to both sides."""
_HALF = 0.5
_EDGE = 2
_GRID = 0.03
"""Cycles a pixel around JPEG's harmonics, multiples of 1/8, where no resizing is sought."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """How one beat stands in every cell: along rows and along columns.

    Parameters
    ----------
    frequency : float, cycles a pixel
        Frequency of the beat; one half for every second line.
    z : ndarray, shape (2, M, N), complex64
        Standard normal where there is no beat, real at one half; rows first. 0 in flat cells.
    """

    frequency: float
    z: NDArray[np.complex64]

    @property
    def is_real(self) -> bool:
        """Whether the numbers have no phase but a sign."""
        return self.frequency == _HALF

    def strength(self) -> FloatArray:
        """Signed strength of the beat: the cells' numbers along the mean phase, shape (M, N)."""
        means = self.z.sum(axis=(1, 2))
        sizes = np.maximum(np.abs(means), 1e-12)
        along = (self.z * np.conj(means / sizes)[:, np.newaxis, np.newaxis]).real
        return cast(FloatArray, along.sum(axis=0).astype(np.float64))

    def nats(self, means: NDArray[np.complexfloating[Any, Any]]) -> FloatArray:
        """Log likelihood of every cell under a beat of these means, over that of none.

        Parameters
        ----------
        means : ndarray, shape (2,), complex
            Mean of `z` along rows and along columns.

        Returns
        -------
        ndarray, shape (M, N), float64, nats
            0 in flat cells.
        """
        means = means[:, np.newaxis, np.newaxis]
        told = np.abs(self.z) > 0
        share = 1.0 if self.is_real else 2.0
        gains = share * ((self.z * np.conj(means)).real - np.square(np.abs(means)) / 2) * told
        return cast(FloatArray, gains.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """Beats that parts of a picture have, and how well each explains every cell.

    Parameters
    ----------
    found : tuple of float or None
        Frequencies, None first: no beat.
    nats : ndarray, shape (K, M, N), float64, nats
        Log likelihood of each cell of 8 x 8 pixels under each, over that of no beat.
    cells : Cells
        Of the strongest beat.
    """

    found: tuple[float | None, ...]
    nats: FloatArray
    cells: Cells


def period_two(image: PlanesLike) -> Beats:
    """Every second line busier than its neighbours, by place: the commonest sign of a generator.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole.

    Returns
    -------
    Beats
        No beat, and the one that a region, or all but a region, has.
    """
    planes = as_planes(image)
    cells = _cells(_activities(planes.plane()), _HALF)
    nats = beat_hypotheses(cells, planes.shape)
    return Beats((None, *([_HALF] * (len(nats) - 1))), nats, cells)


def resampled(image: PlanesLike) -> Beats:
    """Beats that resizing leaves, by place: at what frequency is asked of every tile.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole.

    Returns
    -------
    Beats
        No beat, and up to three others.
    """
    planes = as_planes(image)
    activities = _activities(planes.plane())
    places = tile_places(planes.shape)
    tried = [resampling(planes[place], grid=True) for place in places]
    near = sorted({round(one.frequency, 3): one.p_value for one in tried
                   if one.frequency > 0 and one.p_value < _NOMINATED}.items(),
                  key=lambda one: one[1])  # fmt: skip
    shape = planes.shape[0] // CELL, planes.shape[1] // CELL
    found: list[float] = []
    maps: list[FloatArray] = [np.zeros(shape)]
    strongest: Cells | None = None
    for frequency, _ in near:
        if len(found) == _MOST or any(abs(frequency - one) < 1 / 128 for one in found):
            continue
        turned = frequency + np.linspace(-1, 1, _TURNS) / 128
        turned = turned[(np.abs(turned * 8 - np.rint(turned * 8)) > 8 * _GRID) & (turned < _HALF)]
        if len(turned) == 0:
            continue
        cells = max(
            (_cells(activities, one) for one in turned.tolist()),
            key=lambda one: _loudest(one, planes.shape),
        )
        own = beat_hypotheses(cells, planes.shape)[1:]
        if len(own):
            strongest = strongest or cells
            maps.append(own[0])
            found.append(cells.frequency)
    return Beats((None, *found), np.stack(maps), strongest or _cells(activities, 0.25))


def _activities(plane: NDArray[np.floating[Any]]) -> tuple[FloatArray, FloatArray]:
    """Log of how bent the picture is down and across, less that of the surroundings."""
    found = []
    for lines in (plane, plane.T):
        bent = np.zeros(lines.shape, np.float32)
        bent[1:-1] = np.abs(2 * lines[1:-1] - lines[:-2] - lines[2:])
        logs = np.log(bent + np.float32(_EVEN))
        logs -= box_mean(logs, _SURROUND)
        logs[:_EDGE] = logs[-_EDGE:] = 0  # nothing bends beyond the edge
        found.append(logs)
    return found[0], found[1].T


def _cells(activities: Sequence[FloatArray], frequency: float) -> Cells:
    """The beat of every cell in units of what it would be by chance."""
    found = []
    for axis, logs in enumerate(activities):
        rows, columns = (side // CELL for side in logs.shape)
        blocks = logs[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
        lines = blocks.sum(axis=3 if axis == 0 else 1)  # (rows, 8, columns) or (rows, columns, 8)
        if axis == 0:
            lines = lines.swapaxes(1, 2)
        first = np.arange((rows, columns)[axis]) * CELL
        at = first[:, np.newaxis] + np.arange(CELL)
        turns = np.exp(-2j * np.pi * frequency * at)
        sums = np.einsum("ijk,ik->ij" if axis == 0 else "ijk,jk->ij", lines, turns)
        energy = np.square(blocks).sum(axis=(1, 3))
        spread = np.sqrt(np.maximum(energy, 1e-9))
        told = energy > _FLAT * CELL**2
        told[:1] = told[-1:] = told[:, :1] = told[:, -1:] = False  # the frame has edges of its own
        z = np.where(told, sums / spread, 0)
        if frequency == _HALF:
            z = z.real.astype(np.complex64)
        size = median(np.abs(z[told]).astype(np.float64)) if told.any() else 1.0
        usual = 0.6745 if frequency == _HALF else 0.8326
        z = z * (usual / max(size, 1e-9))
        loud = np.maximum(np.abs(z), _LOUDEST)
        found.append(z * (_LOUDEST / loud))
    return Cells(frequency, np.stack(found).astype(np.complex64))


def _tile_means(
    cells: Cells, shape: tuple[int, ...]
) -> list[NDArray[np.complexfloating[Any, Any]]]:
    """Means of the cells of every tile, each shape (2,)."""
    means = []
    for down, right in tile_places(shape):
        part = cells.z[:, down.start // CELL : down.stop // CELL,
                       right.start // CELL : right.stop // CELL]  # fmt: skip
        n = max(1, int((np.abs(part[0]) > 0).sum()))
        means.append(part.sum(axis=(1, 2)) / n)
    return means


def _loudest(cells: Cells, shape: tuple[int, ...]) -> float:
    return max(float(np.square(np.abs(one)).sum()) for one in _tile_means(cells, shape))


def beat_hypotheses(cells: Cells, shape: tuple[int, ...]) -> FloatArray:
    """Log likelihoods under no beat, and under the one that a region or all but a region has.

    Parameters
    ----------
    cells : Cells
        The beat by place.
    shape : tuple of int
        Shape of the picture, rows first.

    Returns
    -------
    ndarray, shape (2, M, N), float64, nats
        Of every cell, over that of no beat: zeros first.
    """
    means = _tile_means(cells, shape)
    loudest = max(means, key=lambda one: float(np.square(np.abs(one)).sum()))
    best = np.stack([np.zeros(cells.z.shape[1:]), cells.nats(loudest)])
    for _ in range(_ROUNDS):
        split = likeliest_split(best)
        if split is None:
            break
        within = np.zeros(best.shape[1:], bool)
        within[split.box.place] = True
        if split.inside == 0:
            within = ~within
        n = max(1, int((np.abs(cells.z[0, within]) > 0).sum()))
        best = np.stack([best[0], cells.nats(cells.z[:, within].sum(axis=1) / n)])
    return best
