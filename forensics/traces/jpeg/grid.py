"""The grid of JPEG: whether a picture was one, and where its 8x8 blocks begin.

The grid and its quality are what a period of 8 has to be held against before a generator
is blamed for it; a grid that does not begin at the corner says that the picture was cropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics.traces.jpeg.blocks import DCT, LumaPart, Single, parts_of
from forensics.traces.jpeg.double import EarlierJpeg, earlier_jpeg
from forensics.traces.jpeg.quality import (
    JpegQuality,
    quality_of,
    standard_evidence,
    step_evidence,
    table_evidence,
)
from forensics.traces.planes import PlanesLike

__all__ = ["JpegGrid", "JpegTrace", "grid_of", "jpeg_grid", "jpeg_trace"]

_ZERO = 0.4
"""Counts below which a coefficient was zero before the pixels were rounded."""
_STRIP, _ROWS = 16, 64
"""Columns and rows worked on at a time: what they need stays in the processor's cache, and products
are so small that BLAS keeps them to one thread."""
_ASTRIDE = ((4, 4), (3, 5), (5, 3))
"""From the corner of a block to the middle: windows there straddle four blocks. Those that
straddle two keep a weak comb, of the steps between flat blocks."""
_BORDER = 7
_ORIGINS = 64


@dataclass(frozen=True, slots=True, eq=False)
class JpegGrid:
    """Where the 8x8 blocks of a JPEG begin, and how sure that is.

    Parameters
    ----------
    origin : (int, int)
        Row and column of the first block's corner, modulo 8: (0, 0) as encoders write it,
        anything else after a crop. The best guess where no grid is `found`.
    log10_nfa : float
        Log10 of the number of such grids expected in a picture without one; below 0 is a
        finding. The larger of the next two.
    votes_log10_nfa : float
        `log10_nfa` of the votes alone.
    comb_log10_nfa : float
        `log10_nfa` of the coefficients' comb alone.
    votes : int
        Pixels that vote for `origin`.
    n_votes : int
        Pixels that vote at all.
    n_pixels : int
        Pixels asked.
    """

    origin: tuple[int, int]
    log10_nfa: float
    votes_log10_nfa: float
    comb_log10_nfa: float
    votes: int
    n_votes: int
    n_pixels: int

    @property
    def found(self) -> bool:
        """Whether the picture has a grid, with fewer than one such grid expected by chance."""
        return self.log10_nfa < 0


@dataclass(frozen=True, slots=True, eq=False)
class JpegTrace:
    """What JPEG left in the pixels of a picture: grid, quality, and an earlier save.

    Parameters
    ----------
    grid : JpegGrid
        Where the blocks begin, and how sure that is.
    quality : JpegQuality or None
        Quality of the last save; None where no grid is found.
    earlier : EarlierJpeg or None
        An earlier save at a lower quality, where one shows.
    """

    grid: JpegGrid
    quality: JpegQuality | None
    earlier: EarlierJpeg | None


def jpeg_grid(image: PlanesLike) -> JpegGrid:
    """The grid of 8x8 blocks that JPEG compression left in a picture.

    A period of 8, and its harmonics 4 and 2, prove nothing where there is a JPEG grid.

    Two witnesses. *Votes*: at the origin of the grid more DCT coefficients are zero than
    anywhere else. Every pixel votes for the origin of the one window of 8x8, out of the 64
    that cover it, with the most coefficients below .4 counts; ties and flat windows do not
    vote. With n = pixels / 64 and k = votes / 64 - 1, the number of false alarms is
    ``(64 pixels) ** 2`` times the upper tail of the binomial of n and 1/64 at k. *Comb*: at
    the origin with the most votes the coefficients stand on multiples of a table's steps
    (see `jpeg_quality`), which enlargement, pixel art and monospaced text, where votes are
    fooled, do not imitate: either an IJG table's, or any table's less twice what is found
    astride the blocks. A grid is as sure as the weaker witness.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Luma is measured; of large pictures, tiles.

    Returns
    -------
    JpegGrid
        Never found where fewer than about 40 rows and columns hold too few blocks, and not
        always at qualities of 99 and 100, which hardly quantise. Not found is no proof of
        never having been a JPEG: resampling, and saving in another format, destroy the grid.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    jpeg_trace : Grid, quality and an earlier save.

    References
    ----------
    Nikoukhah et al. 2021, *ZERO: a local JPEG grid origin detector based on the number of
    DCT zeros and its applications in image forensics*.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).normal(128, 30, (64, 64))
    >>> jpeg_grid(noise).found
    False
    """
    return grid_of(parts_of(image))[0]


def jpeg_trace(image: PlanesLike, *, earlier: bool = True) -> JpegTrace:
    """Grid, quality, and an earlier save, of a picture that was a JPEG.

    What a journalist wants to know of a PNG: it was a JPEG of quality about 75 once, has
    been cropped since, and was saved before that at a lower quality.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, by its luma; of large pictures, by that of tiles.
    earlier : bool
        Whether an earlier save is sought as well, which takes half of the time.

    Returns
    -------
    JpegTrace
        The grid, and quality and earlier save as far as they show.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    jpeg_grid : The grid alone.
    jpeg_quality : The quality alone.

    References
    ----------
    Nikoukhah et al. 2021, *ZERO: a local JPEG grid origin detector based on the number of DCT zeros
    and its applications in image forensics*, for the grid.

    Examples
    --------
    >>> import numpy as np
    >>> trace = jpeg_trace(np.full((40, 40, 3), 200, np.uint8))
    >>> trace.grid.found, trace.quality, trace.earlier
    (False, None, None)
    """
    parts = parts_of(image)
    grid, quality = grid_of(parts)
    if quality is None or not earlier:
        return JpegTrace(grid, quality, None)
    return JpegTrace(grid, quality, earlier_jpeg(parts, grid.origin, quality))


def grid_of(parts: Sequence[LumaPart]) -> tuple[JpegGrid, JpegQuality | None]:
    """Grid of parts of a picture, and the quality that they show there.

    Parameters
    ----------
    parts : sequence of LumaPart
        From `parts_of`; origins count from their corners.

    Returns
    -------
    JpegGrid
        The best grid, found or not.
    JpegQuality or None
        None where no grid is found.
    """
    votes = sum((_votes(luma) for luma, _ in parts), np.zeros(_ORIGINS, np.int64))
    n_pixels = sum(_inner(luma.shape) for luma, _ in parts)
    best = int(votes.argmax())
    origin = best // 8, best % 8
    by_votes = _log10_false_alarms(n_pixels, int(votes[best]))
    evidence, n_coefficients = step_evidence(parts, origin)
    standard = _comb_log10_nfa(float(standard_evidence(evidence).max()) - math.log(100))
    comb = standard
    if standard >= 0 > by_votes:
        comb = _comb_log10_nfa(table_evidence(evidence) - 2 * _elsewhere(parts, origin))
    total = max(comb, by_votes)
    grid = JpegGrid(origin, total, by_votes, comb, int(votes[best]), int(votes.sum()), n_pixels)
    return grid, quality_of(evidence, n_coefficients) if grid.found else None


def _comb_log10_nfa(nats: float) -> float:
    """Of evidence for one table: Markov's bound, times the origins that it could be found at."""
    return math.log10(_ORIGINS) - max(nats, 0.0) / math.log(10)


def _elsewhere(parts: Sequence[LumaPart], origin: tuple[int, int]) -> float:
    """Evidence for some table at origins where a JPEG has none: a repeated pattern has it."""
    others = [((origin[0] + down) % 8, (origin[1] + right) % 8) for down, right in _ASTRIDE]
    return max(0.0, *(table_evidence(step_evidence(parts, other)[0]) for other in others))


def _inner(shape: tuple[int, ...]) -> int:
    """Pixels that windows at all 64 origins cover: the others could not vote freely."""
    return max(shape[0] - 2 * _BORDER, 0) * max(shape[1] - 2 * _BORDER, 0)


def _votes(plane: Single) -> NDArray[np.int64]:
    """Votes of a plane's inner pixels for each origin, shape (64,), rows first."""
    if _inner(plane.shape) == 0:
        return np.zeros(_ORIGINS, np.int64)
    zeros = _zero_counts(plane).astype(np.uint16)
    down, right = (np.arange(side, dtype=np.uint16) % 8 for side in zeros.shape)
    origins = 8 * down[:, np.newaxis] + right
    # The origin rides along below the count, upwards and downwards: a tie gives two answers.
    first = _window_maximum(zeros * _ORIGINS + (_ORIGINS - 1 - origins))
    last = _window_maximum(zeros * _ORIGINS + origins)
    winner = last % _ORIGINS
    alone = (winner == _ORIGINS - 1 - first % _ORIGINS) & (last >= _ORIGINS)
    return np.bincount(winner[alone], minlength=_ORIGINS)


def _zero_counts(plane: Single) -> NDArray[np.uint8]:
    """Coefficients near zero in the window of 8x8 that begins at each pixel, 0 where flat.

    Shape (M - 7, N - 7). Windows slide along rows in a product with a band of DCT matrices, one
    a column, and down the columns in products without a copy; DC does not count.
    """
    rows, columns = plane.shape[0] - 7, plane.shape[1] - 7
    zeros = np.empty((rows, columns), np.uint8)
    for left in range(0, columns, _STRIP):
        wide = min(_STRIP, columns - left)
        across = np.empty((_ROWS + 7, 8 * wide), np.float32)  # row, frequency and column
        windows = sliding_window_view(across, 8, axis=0).swapaxes(1, 2)
        for top in range(0, rows, _ROWS):
            pixels = plane[top : top + _ROWS + 7, left : left + wide + 7]
            np.matmul(pixels, _band(wide), out=across[: len(pixels)])
            both = DCT @ windows[: len(pixels) - 7]
            near = (np.abs(both, out=both) < _ZERO).view(np.uint8)
            count = near.sum(axis=1, dtype=np.uint8).reshape(-1, 8, wide)
            here = slice(top, top + _ROWS), slice(left, left + wide)
            zeros[here] = count.sum(axis=1, dtype=np.uint8) - near[:, 0, :wide]
    zeros[zeros == _ORIGINS - 1] = 0
    return zeros


@lru_cache(maxsize=8)
def _band(columns: int) -> Single:
    """A DCT matrix for each of so many columns, shape (columns + 7, 8 columns)."""
    band = np.zeros((columns + 7, 8, columns), np.float32)
    for column in range(columns):
        band[column : column + 8, :, column] = DCT.T
    return band.reshape(columns + 7, -1)


def _window_maximum(plane: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Maximum over every window of 8x8 that lies inside, by doubling."""
    for step in (1, 2, 4):
        plane = np.maximum(plane[step:], plane[:-step])
    for step in (1, 2, 4):
        plane = np.maximum(plane[:, step:], plane[:, :-step])
    return plane


def _log10_false_alarms(n_pixels: int, votes: int) -> float:
    """Log10 of the expected number of grids with so many votes, of all origins and windows."""
    n, k = n_pixels // _ORIGINS, votes // _ORIGINS - 1
    tests = 2 * math.log10(max(_ORIGINS * n_pixels, 1))
    return tests + _log10_binomial_tail(n, k, 1 / _ORIGINS)


def _log10_binomial_tail(n: int, k: int, p: float) -> float:
    """Log10 of P(X >= k), X binomial, as far below any float as it may be.

    0, its bound, where k is not beyond the mean.
    """
    if k <= n * p:
        return 0.0
    first = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        + k * math.log(p) + (n - k) * math.log1p(-p)
    )  # fmt: skip
    later = np.arange(k, n)
    ratios = (n - later) / (later + 1) * (p / (1 - p))
    return (first + math.log1p(float(np.cumprod(ratios).sum()))) / math.log(10)
