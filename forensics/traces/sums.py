"""Sums of values and of their squares, in types narrow enough to be fast.

The one place where this library is clever about numbers. It sums
``d = x - 128`` rather than x: d fits int8, the sum of 252 of them int16, and
three squares uint16, so that twice to four times as many pixels pass the
processor at once as in 32 bits. Sums of x follow from those of d, exactly.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Image

__all__ = ["FastSums", "UnsignedArray", "narrowest"]

UnsignedArray: TypeAlias = NDArray[np.unsignedinteger[Any]]

_MIDDLE = 128
_TRIOS, _LARGE = 4, 2**23
"""Pictures are taken in by threes, as three squares of at most 128 fit 16 bits: four trios
at once, or one of pictures with more values than 2**23, to spare memory."""
_NARROW = 252
"""Pictures whose sums fit 16 bits: 255 * 128 is below 2**15, and 252 is a multiple of 12."""
_WIDE = 262_080
"""Pictures whose sums fit 32 bits: 262,144 * 128**2 is 2**32, and this a multiple of 252."""
_BLOCK = 65_536
"""Pixels at a time: few calls, and temporaries that stay near the processor."""


class FastSums:
    """Sums over at most 262,080 pictures of one shape.

    Put a picture into `room`, say `take`, and do so again until `full`.

    Parameters
    ----------
    shape : tuple of int
        (M, N, 3) or (M, N).

    Examples
    --------
    >>> sums = FastSums((1, 2))
    >>> for values in ([0, 255], [1, 255]):
    ...     sums.room[...] = values
    ...     sums.take()
    >>> [array.tolist() for array in sums.totals()]
    [[[1, 510]], [[1, 130050]]]
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.n = 0
        self.shape = shape
        size = math.prod(shape)
        block = min(size, _BLOCK)
        trios = _TRIOS if size <= _LARGE else 1
        self._stack = np.empty((3 * trios, size), np.uint8)
        self._narrow = np.zeros(size, np.int16)
        self._sums = np.zeros(size, np.int32)
        self._squares = np.zeros(size, np.uint32)
        self._rows = np.empty((3 * trios, block), np.int16)
        self._trios = np.empty((trios, block), np.int16)
        self._wide = np.empty((trios, block), np.uint32)
        self.room: Image = self._stack[0].reshape(shape)

    @property
    def full(self) -> bool:
        """Whether the sums hold no further picture."""
        return self.n == _WIDE

    def take(self) -> None:
        """Take in the picture in `room`; the sums follow whenever the stack is full."""
        self.n += 1
        if self.n % len(self._stack) == 0:
            self._sum_stack()
        if self.n % _NARROW == 0:
            self._widen()
        self.room = self._stack[self.n % len(self._stack)].reshape(self.shape)

    def totals(self) -> tuple[UnsignedArray, UnsignedArray]:
        """Sums and sums of squares of x, in the narrowest types; ends the taking in.

        Returns
        -------
        sums, squares : ndarray of `shape`, uint16, uint32 or uint64
        """
        if self.n % len(self._stack):
            self._stack[self.n % len(self._stack) :] = _MIDDLE
            self._sum_stack()
        self._widen()
        largest = self.n * 255**2
        signed = np.int32 if largest <= np.iinfo(np.int32).max else np.int64
        squares = np.multiply(self._sums, 2 * _MIDDLE, dtype=signed)
        np.add(squares, self._squares, out=squares, casting="unsafe")
        squares += _MIDDLE**2 * self.n
        sums = self._sums + _MIDDLE * self.n
        return (
            sums.astype(narrowest(self.n * 255)).reshape(self.shape),
            squares.astype(narrowest(largest)).reshape(self.shape),
        )

    def _widen(self) -> None:
        self._sums += self._narrow
        self._narrow[:] = 0

    def _sum_stack(self) -> None:
        """Add the pictures of the stack; a row of 128 adds nothing."""
        for start in range(0, self._narrow.size, _BLOCK):
            here = slice(start, start + _BLOCK)
            sums, squares = self._narrow[here], self._squares[here]
            rows, trios = self._rows[:, : sums.size], self._trios[:, : sums.size]
            wide = self._wide[:, : sums.size]
            stack = self._stack[:, here]
            np.bitwise_xor(stack, _MIDDLE, out=stack)  # the bits of x - 128
            np.copyto(rows, stack.view(np.int8))
            _add_trios(rows, trios)
            np.add(sums, _folded(trios), out=sums)
            np.multiply(rows, rows, out=rows)
            _add_trios(rows, trios)
            np.copyto(wide, trios.view(np.uint16))
            np.add(squares, _folded(wide), out=squares)


def narrowest(largest: int) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest of uint16, uint32 and uint64 that holds `largest`."""
    for dtype in (np.uint16, np.uint32):
        if largest <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return np.dtype(np.uint64)


def _add_trios(rows: NDArray[np.int16], out: NDArray[np.int16]) -> None:
    """Sum the rows by threes into those of `out`."""
    n = len(out)
    np.add(rows[:n], rows[n : 2 * n], out=out)
    np.add(out, rows[2 * n :], out=out)


def _folded(rows: NDArray[Any]) -> NDArray[Any]:
    """Sum a power of two of rows into the first of them."""
    half = len(rows)
    while half > 1:
        half //= 2
        np.add(rows[:half], rows[half : 2 * half], out=rows[:half])
    return cast("NDArray[Any]", rows[0])
