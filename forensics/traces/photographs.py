"""Content of a picture: what it must have before traces in it mean anything.

The tests were made for photographs and pictures that look like them. Flat colour, screens
of text and dithered scans have patterns that somebody drew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.traces.borders import picture_within
from forensics.traces.levels import level_counts, whole_counts
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = [
    "Content",
    "content",
]

_BLOCK = 4
_PALETTE, _LEVELS, _SMOOTH, _PAGE = 256, 64, 0.95, 0.6
_SHADE = 8
_LINES = 256
_INK, _LEADING, _TEXT = 0.01, 1.0, 8
"""Share of a row's pixels from which it has ink, pixels by which the distance of lines may
differ, and how many lines are text."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What kind of content fills a picture: a photograph, a drawing, a page or nothing.

    Parameters
    ----------
    flat : float
        Share of its blocks of 4 x 4 pixels that are of one colour, 0 to 1.
    n_colors : int
        Different colours.
    n_levels : int
        Different values in the channel that has most.
    smooth : float
        Share of the second differences of green of at most one count, along the rougher axis.
    gray : bool
        All three channels are equal everywhere.
    plain : float
        Share of its pixels within 8 counts of the commonest green: paper, a wall.
    even : float
        Share of its blocks that are all of exactly one colour, the commonest such colour that
        is neither black nor white: what a program has painted.
    borders : (int, int, int, int)
        Even lines at the top, bottom, left and right.
    text_lines : int
        Runs of rows with ink, between rows of paper alone, that follow at one distance.
    """

    flat: float
    n_colors: int
    n_levels: int
    smooth: float
    gray: bool
    plain: float
    even: float = 0.0
    borders: tuple[int, int, int, int] = (0, 0, 0, 0)
    text_lines: int = 0

    @property
    def has_text(self) -> bool:
        """Whether the picture is mostly paper, with lines of text on it."""
        return self.is_page and self.text_lines >= _TEXT

    @property
    def is_page(self) -> bool:
        """Whether most of the picture is one shade, as on a page or a screen."""
        return self.plain > _PAGE

    @property
    def is_flat(self) -> bool:
        """Whether nothing is in the picture that a trace could be in."""
        return self.flat > 0.98

    @property
    def is_drawn(self) -> bool:
        """Whether it is rather a drawing, a screen, a palette or a dithered scan than a photo."""
        few = self.n_levels <= _LEVELS or (not self.gray and self.n_colors <= _PALETTE)
        return self.flat > 0.5 or self.smooth > _SMOOTH or few


def content(image: PlanesLike) -> Content:
    """Kind of content of a picture: photograph, flat, drawn, dithered or of few colours.

    A regular dither is the perfect checkerboard, and no generator made it: on such
    pictures no verdict is given.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    Content
        Of pictures over 2.4 megapixels, of nine tiles.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    Examples
    --------
    >>> content(np.full((32, 32, 3), 7, np.uint8))
    Content(flat=1.0, n_colors=1, n_levels=1, smooth=1.0, gray=True, plain=1.0, even=1.0, ...)
    """
    picture = as_planes(image)
    tiles = picture.tiles()
    parts = [tile.image for tile in tiles]
    codes = [_codes(part) for part in parts]
    flat = [_flat_blocks(code) for code in codes]
    n_blocks = sum(blocks.size for blocks in flat)
    share = sum(int(blocks.sum()) for blocks in flat) / n_blocks if n_blocks else 1.0
    levels = np.sum([tile.once(level_counts) for tile in tiles], axis=0)
    return Content(
        share,
        _n_colors(codes),
        int(np.count_nonzero(levels, axis=1).max()),
        _smooth(tiles),
        picture.is_gray or all(_is_gray(part) for part in parts),
        _plain(levels[len(levels) // 2]),
        _even(codes, flat, gray=picture.is_gray),
        _borders(picture),
        _text_lines(picture.image),
    )


def _even(codes: list[NDArray[np.int32]], flat: list[NDArray[np.bool_]], *, gray: bool) -> float:
    n_blocks = sum(blocks.size for blocks in flat)
    colors = [
        code[: blocks.shape[0] * _BLOCK : _BLOCK, : blocks.shape[1] * _BLOCK : _BLOCK][blocks]
        for code, blocks in zip(codes, flat, strict=True)
    ]
    values, counts = np.unique(np.concatenate(colors), return_counts=True)
    painted = (values > 0) & (values < (255 if gray else (1 << 24) - 1))
    return float(counts[painted].max(initial=0)) / max(n_blocks, 1)


def _text_lines(image: NDArray[Any]) -> int:
    """How many lines of ink begin at the usual distance from the one before."""
    green = whole_counts(image if image.ndim == 2 else image[..., 1])
    # Some lines at a time: bincount makes 64 bits of every pixel.
    parts = [green[first : first + _LINES] for first in range(0, len(green), _LINES)]
    counts = sum((np.bincount(part.ravel(), minlength=256) for part in parts), np.zeros(256))
    paper = int(np.convolve(counts, np.ones(2 * _SHADE + 1), mode="same").argmax())
    shares = [(np.abs(part.astype(np.int16) - paper) > 2 * _SHADE).mean(axis=1) for part in parts]
    inked = np.concatenate(shares) > _INK
    starts = np.flatnonzero(inked[1:] & ~inked[:-1])
    if len(starts) < 2:
        return 0
    apart = np.diff(starts)
    return int(np.count_nonzero(np.abs(apart - np.median(apart)) <= _LEADING))


def _borders(picture: Planes) -> tuple[int, int, int, int]:
    rows, columns = picture_within(picture)
    high, wide = picture.shape[:2]
    return rows.start, high - rows.stop, columns.start, wide - columns.stop


def _codes(part: NDArray[Any]) -> NDArray[np.int32]:
    """One whole number below 2**24 for each colour."""
    counts = whole_counts(part)
    if counts.ndim == 2:
        return counts.astype(np.int32)
    codes: NDArray[np.int32] = counts[..., 0].astype(np.int32)
    for channel in (1, 2):
        codes <<= 8
        codes |= counts[..., channel]
    return codes


def _n_colors(codes: list[NDArray[np.int32]]) -> int:
    seen = np.zeros(1 << 24, np.bool_)  # twenty times as fast as sorting
    for code in codes:
        seen[code.ravel().astype(np.intp)] = True  # twice as fast as with narrower numbers
    return int(np.count_nonzero(seen))


def _plain(levels: NDArray[np.int64]) -> float:
    """Share of the pixels within some counts of the commonest green."""
    near = np.convolve(levels.astype(np.float64), np.ones(2 * _SHADE + 1))
    return float(near.max() / max(levels.sum(), 1))


def _smooth(tiles: Sequence[Planes]) -> float:
    shares = []
    for axis in (0, 1):
        still = total = 0
        for tile in tiles:
            bends = np.diff(tile.single("green"), n=2, axis=axis)
            still += int(np.count_nonzero(np.abs(bends, out=bends) <= 1))
            total += bends.size
        shares.append(still / total if total else 1.0)
    return min(shares)


def _flat_blocks(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    rows, columns = (side // _BLOCK * _BLOCK for side in codes.shape)
    codes = codes[:rows, :columns]
    extremes = []
    for extreme in (np.maximum, np.minimum):
        lines = extreme.reduce([codes[i::_BLOCK] for i in range(_BLOCK)])
        extremes.append(extreme.reduce([lines[:, i::_BLOCK] for i in range(_BLOCK)]))
    flat: NDArray[np.bool_] = extremes[0] == extremes[1]
    return flat


def _is_gray(part: NDArray[Any]) -> bool:
    return bool(
        np.array_equal(part[..., 0], part[..., 1]) and np.array_equal(part[..., 1], part[..., 2])
    )
