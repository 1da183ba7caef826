"""Exact moments of a set of pictures, streamed: the blend and its spread.

Pixels are whole numbers, so their sums are too. Kept as integers they do not
depend on the order of the pictures, on how the set was split, or on who added
which part, and a set may be far larger than memory.

The one place where this library is clever about numbers. It sums
``d = x - 128`` rather than x: d fits int8, the sum of 252 of them int16, and
three squares uint16, so that twice to four times as many pixels pass the
processor at once as in 32 bits. Sums of x follow from those of d, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.errors import EmptySetError, ImageShapeError
from forensics.validation import check_image

__all__ = [
    "FastSums",
    "Moments",
    "RunningMoments",
    "UnsignedArray",
    "moments",
    "narrowest",
]

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
    """Exact sums over at most 262,080 pictures of one shape.

    Put a picture into `room`, say `take`, and do so again until `full`.

    Parameters
    ----------
    shape : tuple of int
        Shape of each picture, (M, N, 3) or (M, N).

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
        """Exact sums and sums of squares; no picture can follow.

        Returns
        -------
        sums, squares : ndarray of `shape`, uint16, uint32 or uint64
            In the narrowest dtypes that hold them, in counts and counts squared.
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
    """The narrowest of uint16, uint32 and uint64 that holds a number.

    Parameters
    ----------
    largest : int
        Largest number that has to be held.

    Returns
    -------
    numpy.dtype
        One of the three.
    """
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
        """Shape of one picture, (M, N, 3) or (M, N)."""
        return self.sums.shape

    @property
    def mean(self) -> FloatArray:
        """The blend, the per-pixel mean of shape (M, N, 3) or (M, N), float64, counts."""
        return self.sums / float(self.n)

    @property
    def std(self) -> FloatArray:
        """Per-pixel standard deviation over the set, same shape, float64, counts."""
        # Centred on a whole number near the mean before dividing, so that nothing cancels:
        # a constant pixel has a spread of exactly zero. All numbers are whole and below
        # 2**53 until the division, so float64 is exact.
        center = self.mean
        np.rint(center, out=center)
        offset = self.sums - self.n * center
        variance = self.squares - center * (self.sums + offset)
        offset /= self.n
        variance /= self.n
        variance -= np.square(offset, out=offset)
        np.maximum(variance, 0, out=variance)
        return np.sqrt(variance, out=variance)

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
                f"{self.shape}: blend both sets with the same size"
            )
        n = self.n + other.n
        return Moments(
            n,
            np.add(self.sums, other.sums, dtype=narrowest(n * 255)),
            np.add(self.squares, other.squares, dtype=narrowest(n * 255**2)),
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
    """Exact moments of a stream of pictures, only a few of them in memory at a time.

    This is the arithmetic under every blend. Memory does not grow with the
    number of pictures.

    Parameters
    ----------
    images : iterable of ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pictures of one size, consumed once.

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

    See Also
    --------
    RunningMoments : Add pictures one by one.
    forensics.engine.blend.blend : The same from files, in threads.

    Examples
    --------
    >>> import numpy as np
    >>> images = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    >>> moments(images).mean.max()
    np.float64(127.5)
    """
    running = RunningMoments()
    for image in images:
        running.add(image)
    return running.moments()


class RunningMoments:
    """Exact moments of pictures that are added one by one.

    For those who decode themselves: `room` is where the next picture may be put
    straight away, which spares a copy of every picture.

    See Also
    --------
    moments : The same of an iterable.

    Examples
    --------
    >>> import numpy as np
    >>> running = RunningMoments()
    >>> running.add(np.full((2, 2, 3), 10, np.uint8))
    >>> running.room[...] = 20
    >>> running.add(running.room)
    >>> float(running.moments().mean[0, 0, 0])
    15.0
    """

    def __init__(self) -> None:
        self._sums: FastSums | None = None
        self._earlier: Moments | None = None

    @property
    def room(self) -> Image | None:
        """Array of a picture's shape to put the next one into; None before the first."""
        return None if self._sums is None else self._sums.room

    def add(self, image: Image) -> None:
        """Take in one picture.

        Parameters
        ----------
        image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
            `room` itself, filled, or any other array, which is copied.

        Raises
        ------
        ImageShapeError
            It is no image, or of another size than the first.
        """
        if self._sums is None:
            check_image(image)
            self._sums = FastSums(image.shape)
        if image is not self._sums.room:
            check_image(image)
            if image.shape != self._sums.shape:
                raise ImageShapeError(
                    f"image has shape {image.shape}, the set has {self._sums.shape}: "
                    "crop all to one size"
                )
            self._sums.room[...] = image
        self._sums.take()
        if self._sums.full:
            self._earlier = self.moments()
            self._sums = FastSums(self._earlier.shape)

    def moments(self) -> Moments:
        """Moments of all pictures that were added; none can follow.

        Raises
        ------
        EmptySetError
            There was none.
        """
        if self._sums is None:
            raise EmptySetError("there is no picture to take moments of: pass at least one")
        if self._earlier is not None and self._sums.n == 0:
            return self._earlier
        now = Moments(self._sums.n, *self._sums.totals())
        return now if self._earlier is None else self._earlier + now
