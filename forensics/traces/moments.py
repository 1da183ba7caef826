"""Exact moments of a set of pictures, streamed: the blend and its spread.

Pixels are whole numbers, so their sums are too. Kept as integers they do not
depend on the order of the pictures, on how the set was split, or on who added
which part, and a set may be far larger than memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.errors import EmptySetError, ImageShapeError

__all__ = ["Moments", "check_image", "moments"]

UnsignedArray = NDArray[np.unsignedinteger[Any]]

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
        # Centred on a whole number near the mean before dividing, so that nothing cancels:
        # a constant pixel has a spread of exactly zero.
        center = np.rint(self.mean).astype(np.int64)
        offset = self.sums - self.n * center
        squares = self.squares - center * (self.sums + offset)
        return cast(FloatArray, np.sqrt(np.maximum(squares / self.n - (offset / self.n) ** 2, 0)))

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

    def __radd__(self, other: int) -> Moments:
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
    fast: _FastSums | None = None
    for image in images:
        check_image(image)
        if fast is None:
            fast = _FastSums(image.shape)
        elif fast.n == _WIDE:
            total = _merged(total, fast.moments())
            fast = _FastSums(image.shape)
        fast.add(image)
    if fast is None:
        raise EmptySetError("there is no picture to take moments of: pass at least one")
    return _merged(total, fast.moments())


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


class _FastSums:
    """Sums of at most 262,080 pictures, in types narrow enough to be fast.

    Of ``d = x - 128`` rather than x: d fits int8, the sum of 252 of them int16, and three
    squares uint16, so that twice to four times as many pixels pass the processor at once as
    in 32 bits. Sums of x follow from those of d without rounding.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.n = 0
        self.shape = shape
        size = math.prod(shape)
        block = min(size, _BLOCK)
        trios = _TRIOS if size <= _LARGE else 1
        self._stack = np.empty((3 * trios, size), np.int8)
        self._narrow = np.zeros(size, np.int16)
        self._sums = np.zeros(size, np.int32)
        self._squares = np.zeros(size, np.uint32)
        self._rows = np.empty((3 * trios, block), np.int16)
        self._trios = np.empty((trios, block), np.int16)
        self._wide = np.empty((trios, block), np.uint32)

    def add(self, image: Image) -> None:
        """Take in one picture; the sums are brought up to date whenever the stack is full."""
        if image.shape != self.shape:
            raise ImageShapeError(
                f"image has shape {image.shape}, the set has {self.shape}: crop all to one size"
            )
        row = self._stack[self.n % len(self._stack)].view(np.uint8).reshape(self.shape)
        np.bitwise_xor(image, _MIDDLE, out=row)  # the bits of x - 128
        self.n += 1
        if self.n % len(self._stack) == 0:
            self._sum_stack()
        if self.n % _NARROW == 0:
            self._widen()

    def moments(self) -> Moments:
        """The sums of x as integers."""
        if self.n % len(self._stack):
            self._stack[self.n % len(self._stack) :] = 0
            self._sum_stack()
        self._widen()
        largest = self.n * 255**2
        signed = np.int32 if largest <= np.iinfo(np.int32).max else np.int64
        squares = np.multiply(self._sums, 2 * _MIDDLE, dtype=signed)
        np.add(squares, self._squares, out=squares, casting="unsafe")
        squares += _MIDDLE**2 * self.n
        sums = self._sums + _MIDDLE * self.n
        return Moments(
            self.n,
            sums.astype(_narrowest(self.n * 255)).reshape(self.shape),
            squares.astype(_narrowest(largest)).reshape(self.shape),
        )

    def _widen(self) -> None:
        self._sums += self._narrow
        self._narrow[:] = 0

    def _sum_stack(self) -> None:
        """Add the pictures of the stack; a row of zeros adds nothing."""
        for start in range(0, self._narrow.size, _BLOCK):
            here = slice(start, start + _BLOCK)
            sums, squares = self._narrow[here], self._squares[here]
            rows, trios = self._rows[:, : sums.size], self._trios[:, : sums.size]
            wide = self._wide[:, : sums.size]
            np.copyto(rows, self._stack[:, here])
            _add_trios(rows, trios)
            np.add(sums, _folded(trios), out=sums)
            np.multiply(rows, rows, out=rows)
            _add_trios(rows, trios)
            np.copyto(wide, trios.view(np.uint16))
            np.add(squares, _folded(wide), out=squares)


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


def _merged(total: Moments | None, part: Moments) -> Moments:
    return part if total is None else total + part


def _narrowest(largest: int) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest of uint16, uint32 and uint64 that holds `largest`."""
    for dtype in (np.uint16, np.uint32):
        if largest <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return np.dtype(np.uint64)
