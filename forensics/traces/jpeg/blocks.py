"""The 8x8 blocks of JPEG: their DCT coefficients, and the combs these stand on.

JPEG rounds every coefficient to a multiple of its table's step. Decoding, and rounding the
pixels, blurs the multiples by a fraction of a count: the coefficients stand on a comb, and
the distance of its teeth is the step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = [
    "DCT",
    "FREQUENCIES",
    "LumaPart",
    "Single",
    "block_coefficients",
    "comb",
    "comb_evidence",
    "histogram",
    "parts_of",
    "shifted_histograms",
    "whole_part",
]

Single: TypeAlias = NDArray[np.float32]
"""Single precision is exact to a thousandth of a count here, and twice as fast."""

_order, _sample = np.arange(8)[:, np.newaxis], np.arange(8)
DCT: Single = (
    np.sqrt(np.where(_order == 0, 1, 2) / 8) * np.cos((2 * _sample + 1) * _order * np.pi / 16)
).astype(np.float32)
"""The orthonormal DCT-II of 8 samples, shape (8, 8), a frequency a row."""
_DCT_2D = np.kron(DCT, DCT)

FREQUENCIES = np.setdiff1d(np.arange(64), (0, 4, 32, 36))
"""The frequencies, row by row, at which a comb means something. At the four left out, of
DC and 4, every cosine is +-1 / sqrt(8): whole counts are on a comb of 1/8 there, and the
few levels of a poster on a coarse one."""

_STRAY = 0.02
"""Share of coefficients that need not be on the comb: what clipping and editing did."""
_ONE_THREAD = 2**18
"""Multiplications in a matrix product up to which OpenBLAS does not share it out."""
_ABREAST = _ONE_THREAD // 64**2
"""Blocks of a row transformed at a time."""
_ORIGINS = 64
_ENOUGH_CLEAN = 1 / 32
"""Share of blocks without a clipped pixel above which the others are left out."""


class LumaPart(NamedTuple):
    """Luma of one tile, and the same with NaN where a channel is clipped at 0 or 255.

    Clipping moves the coefficients of a block off the comb.

    Parameters
    ----------
    luma : ndarray, shape (M, N), float32, counts
        Luma of the tile.
    clean : ndarray, shape (M, N), float32, counts
        The same with NaN where a channel is clipped.
    """

    luma: Single
    clean: Single


def parts_of(image: PlanesLike) -> list[LumaPart]:
    """Luma of the tiles of a picture, with clipped pixels marked.

    Where hardly a block is free of clipping (one channel of a vivid picture is enough), all
    of them have to do.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    list of LumaPart
        The whole picture as one part, or nine tiles of a large one.
    """
    return _parts(as_planes(image).tiles())


def whole_part(image: PlanesLike) -> LumaPart:
    """Luma of a whole picture, however large, with clipped pixels marked as in `parts_of`.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    LumaPart
        Two planes of the picture's shape.
    """
    return _parts((as_planes(image),))[0]


def _parts(tiles: Sequence[Planes]) -> list[LumaPart]:
    lumas = [tile.single() for tile in tiles]
    clipped = [_clipped(tile.image) for tile in tiles]
    spoiled = np.concatenate([_any_by_block(where) for where in clipped])
    if spoiled.size and spoiled.mean() > 1 - _ENOUGH_CLEAN:
        return [LumaPart(luma, luma) for luma in lumas]
    return [
        LumaPart(luma, np.where(where, np.float32(np.nan), luma))
        for luma, where in zip(lumas, clipped, strict=True)
    ]


def _clipped(tile: NDArray[Any]) -> NDArray[np.bool_]:
    outside = (tile <= 0) | (tile >= 255)
    return outside if tile.ndim == 2 else outside[..., 0] | outside[..., 1] | outside[..., 2]


def _any_by_block(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    down, across = where.shape[0] // 8, where.shape[1] // 8
    rows = where[: 8 * down, : 8 * across].reshape(down, 8, 8 * across).any(axis=1)
    return cast("NDArray[np.bool_]", rows.reshape(-1, 8).any(axis=1))


def block_coefficients(
    parts: Sequence[LumaPart],
    origin: tuple[int, int],
    frequencies: NDArray[np.int64] = FREQUENCIES,
    *,
    most: int,
) -> Single:
    """DCT coefficients of blocks at an origin, in counts.

    NaN for blocks with a clipped pixel. About `most` blocks, in rows spread evenly.

    Parameters
    ----------
    parts : sequence of LumaPart
        Tiles of the picture, from `parts_of`.
    origin : (int, int)
        Row and column, each from 0 to 7, of the first whole block.
    frequencies : ndarray, shape (n,), int64
        Frequencies wanted, from 0 to 63, row by row; by default those where a comb means something.
    most : int
        About how many blocks to take at most.

    Returns
    -------
    ndarray, shape (blocks, n), float32, counts
        One row for each block.
    """
    top, left = origin
    every = _every(parts, most)
    transform = _DCT_2D[frequencies].T
    found = [np.zeros((0, len(frequencies)), np.float32)]
    for _, clean in parts:
        if min(clean.shape) < 8:
            continue
        blocks = sliding_window_view(clean, (8, 8))[top :: 8 * every, left::8]
        for first in range(0, blocks.shape[1], _ABREAST):
            some = blocks[:, first : first + _ABREAST]
            products = some.reshape(*some.shape[:2], 64) @ transform
            found.append(products.reshape(-1, len(frequencies)))
    return np.concatenate(found)


def _every(parts: Sequence[LumaPart], most: int) -> int:
    """Which rows of blocks are taken, so that there are about `most` blocks."""
    return math.ceil(sum(luma.size for luma, _ in parts) / 64 / most)


def histogram(coefficients: Single, *, bins: int, top: int) -> Single:
    """Histogram of the sizes of coefficients, for every frequency.

    Bin i holds sizes of about ``i / bins``. Sizes from `top` counts, and NaN, are not counted.

    Parameters
    ----------
    coefficients : ndarray, shape (blocks, frequencies), float32, counts
        From `block_coefficients`.
    bins : int
        Number of bins for each count.
    top : int
        Size in counts from which nothing is counted.

    Returns
    -------
    ndarray, shape (frequencies, bins * top), float32
        How often each size occurs.
    """
    return _counted(coefficients.T.reshape(coefficients.shape[1], -1), bins=bins, top=top)


def shifted_histograms(
    parts: Sequence[LumaPart], frequencies: NDArray[np.int64], *, bins: int, top: int, most: int
) -> Single:
    """Histograms of the coefficients of blocks at each of the 64 origins there are.

    As those of `block_coefficients`, a third of the work: the columns of a row of blocks are
    transformed once for the eight origins in it.

    Parameters
    ----------
    parts : sequence of LumaPart
        Tiles of the picture, from `parts_of`.
    frequencies : ndarray, shape (n,), int64
        Frequencies wanted, from 0 to 63, row by row.
    bins : int
        Number of bins for each count.
    top : int
        Size in counts from which nothing is counted.
    most : int
        About how many blocks to take at most at an origin.

    Returns
    -------
    ndarray, shape (64, n, bins * top), float32
        How often each size occurs, origins row by row.

    See Also
    --------
    histogram : That of one origin.
    """
    down, right = np.divmod(frequencies, 8)
    order = int((down + right).max()) + 1
    # The lowest frequency along columns comes with all others along rows, the highest with one.
    kept = [order - one for one in range(order)]
    at = np.cumsum([0, *kept])[down] + right
    counts = np.zeros((_ORIGINS, len(frequencies), bins * top), np.float32)
    for _, clean in parts:
        if min(clean.shape) < 8:
            continue
        for origin in range(_ORIGINS):
            left = origin % 8
            if left == 0:
                lines = _columns_transformed(clean[origin // 8 :], 8 * _every(parts, most), order)
            blocks = lines[left : len(lines) - 8 + left].reshape(order, -1, 8).swapaxes(1, 2)
            both = [DCT[:n] @ one for one, n in zip(blocks, kept, strict=True)]
            counts[origin] += _counted(np.concatenate(both), bins=bins, top=top)[at]
    return counts


def _columns_transformed(clean: Single, step: int, order: int) -> Single:
    """The lowest frequencies of the columns of rows of blocks, one row after the other.

    NaN stands behind each, so that a block that leaves it has no size.
    """
    blocks = sliding_window_view(clean, 8, axis=0)[::step].swapaxes(1, 2)
    n, _, columns = blocks.shape
    wide = (columns // 8 + 2) * 8
    lines = np.full(order * n * wide + 8, np.nan, np.float32)
    lines[:-8].reshape(order, n, wide)[..., :columns] = (DCT[:order] @ blocks).swapaxes(0, 1)
    return lines


def _counted(coefficients: Single, *, bins: int, top: int) -> Single:
    """How often each size occurs in each row of coefficients, shape (rows, bins * top)."""
    width = bins * top
    sizes = np.abs(coefficients)
    sizes *= bins
    with np.errstate(invalid="ignore"):  # NaN becomes the largest of all whole numbers
        codes = np.rint(sizes, out=sizes).astype(np.int32).view(np.uint32)
    np.minimum(codes, np.uint32(width), out=codes)
    codes += np.arange(len(codes), dtype=np.uint32)[:, np.newaxis] * np.uint32(width + 1)
    counts = np.bincount(codes.ravel(), minlength=len(codes) * (width + 1))
    return counts.reshape(-1, width + 1)[:, :width].astype(np.float32)


def comb_evidence(counts: Single, evidence: Single) -> Single:
    """Log likelihood of each step of a comb, from histograms of coefficients.

    Their matrix product, summed over pieces so small that BLAS keeps them to one thread:
    where cores are busy, as when pictures are measured side by side, its threads wait for
    one another much longer than they compute. Pieces beyond the largest coefficient are empty.

    Parameters
    ----------
    counts : ndarray, shape (…, frequencies, bins), float32
        Histograms, from `histogram`.
    evidence : ndarray, shape (bins, steps), float32, nats
        Log likelihood of each size, from `comb`.

    Returns
    -------
    ndarray, shape (…, frequencies, steps), float32, nats
        Log likelihood of each step over that of no step.
    """
    rows, bins = counts.shape[-2:]
    piece = 1
    while 2 * piece * rows * evidence.shape[1] <= _ONE_THREAD and bins % (2 * piece) == 0:
        piece *= 2
    n = 1 + int(np.flatnonzero(counts.reshape(-1, bins).any(axis=0)).max(initial=0)) // piece
    split = counts.reshape(*counts.shape[:-1], bins // piece, piece).swapaxes(-2, -3)
    pieces = evidence.reshape(-1, piece, evidence.shape[1])
    return cast(Single, (split[..., :n, :, :] @ pieces[:n]).sum(axis=-3))


@cache
def comb(blur: float, *, bins: int, top: int, steps: int) -> Single:
    """Log likelihood of each coefficient size for each step of a comb, over that of no step.

    With Q the step and s the blur in counts, ``log(.98 Q N(c - Q round(c / Q); s) + .02)``;
    0 for sizes up to half a step, since zeros are what most pictures are full of. From there
    on every tooth stands in the middle of its share, so that a smooth decay earns nothing.
    0 also for steps too fine for the blur, 1 among them. Step 1 comes first.

    Parameters
    ----------
    blur : float, counts
        Standard deviation of coefficients around the teeth of the comb.
    bins : int
        Number of bins for each count.
    top : int
        Size in counts at which the bins end.
    steps : int
        Coarsest step, in counts.

    Returns
    -------
    ndarray, shape (bins * top, steps), float32, nats
        Row i belongs to the size ``i / bins``, column k to the step ``k + 1``.
    """
    size = np.arange(bins * top, dtype=np.float32)[:, np.newaxis] / np.float32(bins)
    step = np.arange(1, steps + 1, dtype=np.float32)
    nearest = np.rint(size / step)
    teeth = np.zeros((len(size), steps), np.float32)
    for neighbour in (-1, 0, 1):
        teeth += np.exp(-(((size - step * (nearest + neighbour)) / blur) ** 2) / 2)
    likelihood = (1 - _STRAY) * step / (blur * math.sqrt(2 * math.pi)) * teeth + _STRAY
    told = (size > step / 2) & (step > max(1.0, 2.5 * blur))
    return np.where(told, np.log(likelihood), 0).astype(np.float32)
