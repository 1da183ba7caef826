"""Neighbouring pixels: how the four places of a 2 x 2 cell differ.

Up-sampling by two fills each place of the cell by another rule, and so does a
camera's mosaic of colours: the first in rows and columns, the second along diagonals
of the green channel. What differs, and in which part, is the cue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.errors import ImageShapeError
from forensics.traces.blockwise import cell_means
from forensics.traces.color import CHANNELS
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = [
    "PARTS",
    "STATISTICS",
    "CellPart",
    "PhaseStatistics",
    "Statistic",
    "phase_statistics",
]

Statistic: TypeAlias = Literal["signed", "absolute", "square"]
CellPart: TypeAlias = Literal["rows", "columns", "diagonal"]

STATISTICS: tuple[Statistic, ...] = ("signed", "absolute", "square")
PARTS: tuple[CellPart, ...] = ("rows", "columns", "diagonal")

_SIGNS = np.array([[[1, 1], [-1, -1]], [[1, -1], [1, -1]], [[1, -1], [-1, 1]]]) / 4
"""What each part adds and subtracts of the four places."""
_BLOCKS = (16, 32)
_WIDE = 256
_BORDER = 2
"""Lines left out at each edge: the high-pass needs one, and the cells begin at even ones."""
_SHORTEST = 36


@dataclass(frozen=True, slots=True, eq=False)
class PhaseStatistics:
    """Statistics of the high-passed picture h at each of the four places of 2 x 2 cells.

    The first axis of all arrays is the statistic (signed, absolute, square: the mean of h,
    of ``|h|`` and of ``h**2``), the second the channel (luma, red, green, blue).

    Parameters
    ----------
    cells : ndarray, shape (3, 4, 2, 2), float64
        Mean at each place over the mean of all; signed ones over the mean of ``|h|``.
        Rows and columns of the cell begin at line 0 of the picture.
    errors : ndarray, shape (3, 4, 3), float64
        Standard errors of `parts`, from the blocks of the pictures.
    levels : ndarray, shape (3, 4), float64, counts or counts squared
        Mean of all places: of h, of ``|h|`` and of ``h**2``.
    n_images : int
        Number of pictures that were averaged.
    """

    cells: FloatArray
    errors: FloatArray
    levels: FloatArray
    n_images: int

    @property
    def parts(self) -> FloatArray:
        """Contrasts of rows, columns and diagonals relative to the level, shape (3, 4, 3).

        Half the difference of even and odd rows, of even and odd columns, and of the main
        and the other diagonal of the cell.
        """
        return cast(FloatArray, np.einsum("scij,pij->scp", self.cells, _SIGNS))

    @property
    def z_scores(self) -> FloatArray:
        """Parts over their standard errors, shape (3, 4, 3); 0 where nothing varies."""
        known = self.errors > 0
        return np.where(known, self.parts / np.where(known, self.errors, 1), 0.0)


def phase_statistics(image: PlanesLike) -> PhaseStatistics:
    """Statistics of the four places of 2 x 2 cells, in luma and each colour.

    With ``h = 4 I - (up + down + left + right)``. Where a place was interpolated from its
    neighbours h is small: bilinear demosaicing does so to every second green pixel, in a
    checkerboard, which is the *diagonal* part; up-sampling along rows and then columns
    leaves *rows* and *columns*. Chroma subsampling shows in signed colours, not in luma
    and not in absolute ones.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 36 pixels a side. Of pictures over 2.4 megapixels nine tiles are measured.

    Returns
    -------
    PhaseStatistics
        Standard errors from blocks of 32 pixels (16 in pictures with a side under 256).
        Gray images have four equal channels.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or is too small.

    References
    ----------
    Gallagher and Chen 2008, *Image authentication by detecting traces of demosaicing*; Tan et
    al. 2024, *Rethinking the up-sampling operations in CNN-based generative network*.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).normal(100, 5, (64, 64))
    >>> image[::2, 1::2] = image[1::2, ::2] = 100
    >>> found = phase_statistics(image)
    >>> diagonal = found.parts[STATISTICS.index("absolute"), 0, PARTS.index("diagonal")]
    >>> bool(diagonal > .2)
    True
    """
    planes = as_planes(image)
    if min(planes.shape[:2]) < _SHORTEST:
        raise ImageShapeError(
            f"image has shape {planes.shape}, statistics of 2 x 2 cells need at least "
            f"{_SHORTEST} x {_SHORTEST} pixels: pass a larger picture"
        )
    return _statistics(planes.tiles())


def _statistics(parts: Iterable[Planes]) -> PhaseStatistics:
    """Statistics of one picture from the parts of it that are measured."""
    blocks = np.concatenate([_blocks(part) for part in parts], axis=2)
    means = blocks.mean(axis=2)  # (3, 4, 2, 2)
    levels = means.mean(axis=(2, 3))
    over = np.stack([levels[1], *levels[1:]])[..., np.newaxis]
    over = np.where(over > 0, over, 1.0)
    cells = means / over[..., np.newaxis]
    contrasts = np.einsum("scbij,pij->scpb", blocks, _SIGNS)
    errors = contrasts.std(axis=3, ddof=1) / np.sqrt(contrasts.shape[3]) / over
    return PhaseStatistics(cells, errors, levels, 1)


def _blocks(part: Planes) -> FloatArray:
    """Means at the four places in every block, shape (3, 4, blocks, 2, 2)."""
    channels = CHANNELS[:1] if part.is_gray else CHANNELS
    rows = [_block_means(part.plane(channel)) for channel in channels]
    return np.stack(rows * (len(CHANNELS) // len(channels)), axis=1)


def _block_means(plane: NDArray[np.floating[Any]]) -> FloatArray:
    """Mean of h, ``|h|`` and ``h**2`` at the four places in every block: (3, blocks, 2, 2)."""
    passed = 4 * plane[1:-1, 1:-1]
    for neighbour in (plane[:-2, 1:-1], plane[2:, 1:-1], plane[1:-1, :-2], plane[1:-1, 2:]):
        passed -= neighbour
    side = _BLOCKS[min(plane.shape) >= _WIDE]
    inner = passed[_BORDER - 1 :, _BORDER - 1 :]
    high, wide = ((length - 2 * _BORDER) // side for length in plane.shape)
    inner = inner[: high * side, : wide * side]
    return np.stack([cell_means(one, side) for one in (inner, np.abs(inner), np.square(inner))])
