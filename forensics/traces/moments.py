"""Exact moments of a set of pictures, streamed: the blend and its spread.

Pixels are whole numbers, so their sums are too. Kept as integers they do not
depend on the order of the pictures, on how the set was split, or on who added
which part, and a set may be far larger than memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.errors import EmptySetError, ImageShapeError

__all__ = ["Moments", "check_image", "moments"]

UnsignedArray = NDArray[np.unsignedinteger[Any]]

_TIER = 257
"""Pictures that fit the fast tier: 257 * 255 is the end of uint16, and 257 * 255**2 is
below 2**24, up to which float32 counts exactly."""

_STACK_BYTES = 16 * 2**20
_BLOCK = 65_536
"""Pixels squared at once: few calls, and no temporary of a whole picture in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Exact sums over a set of pictures of one size.

    The mean is the blend in which a generator's fixed pattern adds up while
    the content of the pictures cancels; the spread says how far to trust it.

    Parameters
    ----------
    n : int
        Number of pictures.
    sums : ndarray, shape (M, N, 3) or (M, N), unsigned integer, counts
        Sum of the pixel values, in the narrowest type that `n` pictures can fill.
    squares : ndarray, same shape, unsigned integer, counts squared
        Sum of the squared pixel values, likewise.

    Examples
    --------
    >>> import numpy as np
    >>> a = moments([np.full((2, 2, 3), 10, np.uint8)])
    >>> b = moments([np.full((2, 2, 3), 20, np.uint8)])
    >>> blend = a + b
    >>> float(blend.mean[0, 0, 0]), float(blend.std[0, 0, 0])
    (15.0, 5.0)
    >>> sum([a, b]) == b + a
    True
    """

    n: int
    sums: UnsignedArray
    squares: UnsignedArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one picture: (M, N, 3) or (M, N)."""
        return self.sums.shape

    @property
    def mean(self) -> FloatArray:
        """The blend: per-pixel mean, shape (M, N, 3) or (M, N), float64, counts."""
        return self.sums / float(self.n)

    @property
    def std(self) -> FloatArray:
        """Per-pixel standard deviation over the set, same shape, float64, counts."""
        # Centred on the whole part of the mean before dividing, so that nothing cancels:
        # a constant pixel has a spread of exactly zero.
        whole = (self.sums // np.uint64(self.n)).astype(np.int64)
        sums = self.sums.astype(np.int64)
        centred = self.squares.astype(np.int64) - 2 * whole * sums + self.n * whole * whole
        fraction = (sums - self.n * whole) / self.n
        return cast(FloatArray, np.sqrt(np.maximum(centred / self.n - fraction**2, 0.0)))

    @property
    def stderr(self) -> FloatArray:
        """Standard error of the blend, ``std / sqrt(n)``, same shape, float64, counts."""
        return self.std / math.sqrt(self.n)

    def __add__(self, other: Moments) -> Moments:
        """Merge the sums of two sets; the order does not matter, not even in the last bit."""
        if not isinstance(other, Moments):
            return NotImplemented
        if other.shape != self.shape:
            raise ImageShapeError(
                f"moments of shape {other.shape} cannot be added to moments of shape "
                f"{self.shape}: blend both sets with the same --size"
            )
        n = self.n + other.n
        return Moments(
            n,
            np.add(self.sums, other.sums, dtype=_narrowest(n * 255)),
            np.add(self.squares, other.squares, dtype=_narrowest(n * 255**2)),
        )

    def __radd__(self, other: Literal[0]) -> Moments:
        """Let ``sum(parts)`` start from zero."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same sums, bit for bit."""
        if not isinstance(other, Moments):
            return NotImplemented
        return (
            self.n == other.n
            and np.array_equal(self.sums, other.sums)
            and np.array_equal(self.squares, other.squares)
        )

    __hash__ = None  # type: ignore[assignment]


def moments(images: Iterable[Image]) -> Moments:
    """Exact moments of a stream of pictures, at a few of them in memory at a time.

    This is the arithmetic under every blend. Memory does not grow with the
    number of pictures.

    Parameters
    ----------
    images : iterable of ndarray, shape (M, N, 3) or (M, N), uint8, counts
        The pictures; consumed once.

    Returns
    -------
    Moments
        Count, sums and sums of squares.

    Raises
    ------
    ImageShapeError
        A picture is not uint8, has another number of axes, or another size than the first.
    EmptySetError
        There was no picture.

    Examples
    --------
    >>> import numpy as np
    >>> images = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    >>> moments(images).mean.max()
    np.float64(127.5)
    """
    total: Moments | None = None
    tier: _Tier | None = None
    for shape, stack in _stacks(images):
        if tier is not None and tier.n + len(stack) > _TIER:
            total = _merged(total, tier.moments(shape))
            tier = None
        if tier is None:
            tier = _Tier(stack.shape[1])
        tier.add(stack)
    if tier is None:
        raise EmptySetError("there is no picture to take moments of: pass at least one")
    return _merged(total, tier.moments(shape))


def check_image(image: Image) -> None:
    """Raise unless `image` is an image: uint8, ``(M, N, 3)`` or ``(M, N)``, not empty.

    Raises
    ------
    ImageShapeError
        It is not.
    """
    array = np.asanyarray(image)
    if array.dtype != np.uint8:
        raise ImageShapeError(
            f"image has dtype {array.dtype}, allowed is uint8: convert it to counts of 0 to 255"
        )
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] != 3) or array.size == 0:
        raise ImageShapeError(
            f"image has shape {array.shape}, allowed is (M, N, 3) or (M, N): "
            "put rows first and the three channels last"
        )


class _Tier:
    """The fast sums of at most 257 pictures, in types narrow enough for the cache."""

    def __init__(self, size: int) -> None:
        self.n = 0
        self.sums = np.zeros(size, np.uint16)
        self.squares = np.zeros(size, np.float32)
        self._rows = np.empty(0, np.float32)

    def add(self, stack: NDArray[np.uint8]) -> None:
        """Add the rows of `stack`, shape (k, size)."""
        k, size = stack.shape
        if self._rows.size < k * _BLOCK:
            self._rows = np.empty(k * _BLOCK, np.float32)
        for start in range(0, size, _BLOCK):
            block = stack[:, start : start + _BLOCK]
            here = slice(start, start + block.shape[1])
            self.sums[here] += np.add.reduce(block, axis=0, dtype=np.uint16)
            rows = self._rows[: block.size].reshape(block.shape)
            np.copyto(rows, block)
            self.squares[here] += np.einsum("ki,ki->i", rows, rows)
        self.n += k

    def moments(self, shape: tuple[int, ...]) -> Moments:
        """The same sums as integers."""
        sums = self.sums.astype(_narrowest(self.n * 255), copy=False)
        squares = self.squares.astype(_narrowest(self.n * 255**2))
        return Moments(self.n, sums.reshape(shape), squares.reshape(shape))


def _stacks(images: Iterable[Image]) -> Iterator[tuple[tuple[int, ...], NDArray[np.uint8]]]:
    """Group pictures into rows of one array, reused from group to group."""
    stack: NDArray[np.uint8] | None = None
    shape: tuple[int, ...] = ()
    filled = 0
    for image in images:
        check_image(image)
        if stack is None:
            shape = image.shape
            stack = np.empty((max(1, min(16, _STACK_BYTES // image.size)), image.size), np.uint8)
        if image.shape != shape:
            raise ImageShapeError(
                f"image has shape {image.shape}, the set has {shape}: crop all to one size"
            )
        stack[filled].reshape(shape)[...] = image
        filled += 1
        if filled == len(stack):
            yield shape, stack
            filled = 0
    if stack is not None and filled:
        yield shape, stack[:filled]


def _merged(total: Moments | None, part: Moments) -> Moments:
    return part if total is None else total + part


def _narrowest(largest: int) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest of uint16, uint32 and uint64 that holds `largest`."""
    for dtype in (np.uint16, np.uint32):
        if largest <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return np.dtype(np.uint64)
