"""Similarity: a hash of what a picture shows, and groups of pictures that are alike.

Copies that were saved again, made smaller or slightly cropped keep nearly all bits of it,
so a set can be split by content: copies of one picture never stand on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.color import LUMA_WEIGHTS
from forensics.validation import check_shape

__all__ = [
    "BITS",
    "SMALLEST_HASHED_SIDE",
    "Hashes",
    "WITHIN",
    "cells",
    "groups_alike",
    "joined",
    "pairs_alike",
    "perceptual_hash",
]

BITS = 256
"""Bits of a hash. Of 64 bits, aligned faces of different cats differ in as few as 8."""
WITHIN = 64
"""Bits in which pictures that are alike differ at most, of 256. Of 1,313 pictures of cats,
copies saved at quality 50 and halved differ in up to 8, those with 1 % cropped off each side
in up to 32; a picture that AFHQ holds in two crops in 64, and the nearest two others in 74."""
SMALLEST_HASHED_SIDE = 16
"""Pixels a side below which a picture has no hash."""

_CELLS, _FREQUENCIES, _WORDS, _TILE = 32, 16, BITS // 64, 1024
_STEP = 1 / 16
"""Coefficients are rounded to this, in counts, so that flat pictures have no random bits."""

Hashes: TypeAlias = NDArray[np.uint64]
Single: TypeAlias = NDArray[np.float32]


def perceptual_hash(image: NDArray[Any]) -> Hashes:
    """256 bits that say what a picture shows, hardly how it was saved.

    Luma is averaged over 32 x 32 cells that cover the picture; of its DCT the frequencies 1
    to 16 of both axes are kept, and a bit is set where a coefficient exceeds the median.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to hash, at least 16 pixels a side.

    Returns
    -------
    ndarray, shape (4,), uint64
        Two are compared by the number of bits in which they differ. Mirrored or strongly
        cropped pictures are unlike.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.

    See Also
    --------
    groups_alike : Groups of pictures by their hashes.
    pairs_alike : Pairs of pictures by their hashes.

    References
    ----------
    Zauner 2010, *Implementation and benchmarking of perceptual image hash functions*.

    Examples
    --------
    >>> from skimage.data import chelsea
    >>> whole, half = perceptual_hash(chelsea()), perceptual_hash(chelsea()[::2, ::2])
    >>> int(np.bitwise_count(whole ^ half).sum()) < 16
    True
    """
    check_shape(image)
    if min(image.shape[:2]) < SMALLEST_HASHED_SIDE:
        raise ImageShapeError(
            f"image has shape {image.shape}, a hash needs at least {SMALLEST_HASHED_SIDE} x "
            f"{SMALLEST_HASHED_SIDE} pixels: pass a larger picture"
        )
    from scipy.fft import dctn

    kept = slice(1, _FREQUENCIES + 1)
    coefficients = np.rint(dctn(cells(image), norm="ortho")[kept, kept] / _STEP)
    bits = coefficients > np.median(coefficients)
    return np.packbits(bits).view(np.uint64)


def groups_alike(hashes: Hashes, *, within: int = WITHIN) -> NDArray[np.intp]:
    """Group number of every picture, shared by pictures that are alike, also by way of others.

    Splits of a set have to keep groups together, or a model is tested on what it has seen.

    Parameters
    ----------
    hashes : ndarray, shape (n, 4), uint64
        Hashes of n pictures, from `perceptual_hash`.
    within : int
        Bits in which pictures that are alike differ at most.

    Returns
    -------
    ndarray, shape (n,), intp
        Numbered from 0 in the order in which the groups first appear.

    Raises
    ------
    ParameterError
        `hashes` has another shape, or `within` is not from 0 to 256.

    See Also
    --------
    pairs_alike : The pairs themselves.

    Examples
    --------
    >>> hashes = np.array([[0, 0, 0, 0], [2**64 - 1] * 4, [7, 0, 0, 0]], np.uint64)
    >>> groups_alike(hashes).tolist()
    [0, 1, 0]
    """
    _check(hashes, within)
    # Exact copies first: a thousand of one picture would make half a million pairs.
    different, which = np.unique(hashes, axis=0, return_inverse=True)
    labels = np.arange(len(different))
    for top in range(0, len(different), _TILE):
        for left in range(top, len(different), _TILE):
            rows, columns = labels[top : top + _TILE], labels[left : left + _TILE]
            near = _near(different, top, different, left, within)
            pairs = np.argwhere(near & (rows[:, np.newaxis] != columns))
            if len(pairs):
                labels = _joined(labels, rows[pairs[:, 0]], columns[pairs[:, 1]])
    return _in_order(labels[which.reshape(-1)])


def joined(groups: NDArray[np.intp], pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Groups after both pictures of each pair, and all of their groups, came into one.

    Parameters
    ----------
    groups : ndarray, shape (n,), intp
        Group number of every picture.
    pairs : ndarray, shape (pairs, 2), intp
        Indices of two pictures each.

    Returns
    -------
    ndarray, shape (n,), intp
        Numbered from 0 in the order in which the groups first appear.

    Examples
    --------
    >>> joined(np.array([0, 1, 2, 1]), np.array([[3, 0]])).tolist()
    [0, 0, 1, 0]
    """
    if not len(pairs):
        return _in_order(groups)
    _, labels = np.unique(groups, return_inverse=True)
    n = int(labels.max()) + 1
    whole = _joined(np.arange(n), labels[pairs[:, 0]], labels[pairs[:, 1]])
    return _in_order(whole[labels])


def pairs_alike(
    a: Hashes, b: Hashes | None = None, *, within: int = WITHIN, most: int | None = None
) -> NDArray[np.intp]:
    """Pairs of pictures that are alike, within one set or between two.

    Parameters
    ----------
    a : ndarray, shape (n, 4), uint64
        Hashes of the n pictures of one set, from `perceptual_hash`.
    b : ndarray, shape (m, 4), uint64, optional
        Hashes of the m pictures of another set; without them, pairs are sought within `a`, each
        once.
    within : int
        Bits in which pictures that are alike differ at most.
    most : int, optional
        The search ends once so many pairs are found.

    Returns
    -------
    ndarray, shape (pairs, 2), intp
        Index in `a` and in `b`, in order.

    Raises
    ------
    ParameterError
        `a` or `b` has another shape, or `within` is not from 0 to 256.

    See Also
    --------
    groups_alike : Groups of one set.

    Examples
    --------
    >>> a = np.array([[0, 0, 0, 0], [2**64 - 1] * 4], np.uint64)
    >>> pairs_alike(a, a[::-1]).tolist(), pairs_alike(a).tolist()
    ([[0, 1], [1, 0]], [])
    """
    other = a if b is None else b
    for hashes in (a, other):
        _check(hashes, within)
    found: list[NDArray[np.intp]] = [np.empty((0, 2), np.intp)]
    for top in range(0, len(a), _TILE):
        strip = [
            np.argwhere(_near(a, top, other, left, within)) + np.array((top, left))
            for left in range(0, len(other), _TILE)
        ]
        pairs = np.concatenate(strip or found)
        pairs = pairs if b is not None else pairs[pairs[:, 0] < pairs[:, 1]]
        found.append(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])
        if most is not None and sum(map(len, found)) >= most:
            break
    return np.concatenate(found)[:most]


def _check(hashes: Hashes, within: int) -> None:
    if hashes.ndim != 2 or hashes.shape[1] != _WORDS or hashes.dtype != np.uint64:
        raise ParameterError(
            f"hashes have shape {hashes.shape} and dtype {hashes.dtype}, allowed is (n, {_WORDS}) "
            "and uint64: stack what perceptual_hash returns"
        )
    if not 0 <= within <= BITS:
        raise ParameterError(f"within is {within}, allowed are 0 to {BITS} bits")


def _near(a: Hashes, top: int, b: Hashes, left: int, within: int) -> NDArray[np.bool_]:
    """Which of a tile of pairs are alike: never all distances at once."""
    rows, columns = a[top : top + _TILE], b[left : left + _TILE]
    total = np.zeros((len(rows), len(columns)), np.uint16)
    for word in range(_WORDS):
        total += np.bitwise_count(rows[:, word, np.newaxis] ^ columns[:, word])
    return total <= within


def _joined(
    labels: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Labels after each of `first` and its partner of `second` became one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(labels)
    graph = coo_array((np.ones(len(first), np.bool_), (first, second)), shape=(n, n))
    _, joined = connected_components(graph, directed=False)
    return cast("NDArray[np.intp]", joined[labels].astype(np.intp))


def _in_order(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same groups, numbered as they first appear."""
    _, first, which = np.unique(labels, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), np.intp)
    numbers[np.argsort(first)] = np.arange(len(first))
    return numbers[which]


def cells(image: NDArray[Any]) -> Single:
    """Luma averaged over 32 x 32 cells, a band of rows at a time; cells may share a pixel.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture of at least 16 pixels a side.

    Returns
    -------
    ndarray, shape (32, 32), float32, counts
        Means over the cells.
    """
    bands = [
        weights @ image[start : start + len(weights)].reshape(len(weights), -1).astype(np.float32)
        for start, weights in _shares(image.shape[0])
    ]
    rows = np.stack(bands).reshape(_CELLS, *image.shape[1:])
    luma = rows @ LUMA_WEIGHTS.astype(np.float32) if image.ndim == 3 else rows
    columns = [
        luma[:, start : start + len(weights)] @ weights for start, weights in _shares(luma.shape[1])
    ]
    return np.stack(columns, axis=1)


def _shares(side: int) -> Iterator[tuple[int, Single]]:
    """For each of 32 cells along a side, its first pixel and how much of each it has."""
    for cell in range(_CELLS):
        first, last = cell * side, (cell + 1) * side
        pixels = np.arange(first // _CELLS, -(-last // _CELLS))
        covered = np.minimum((pixels + 1) * _CELLS, last) - np.maximum(pixels * _CELLS, first)
        yield int(pixels[0]), (covered / side).astype(np.float32)
