"""Exact moments of a set of pictures, streamed: the blend, and its spread where it is asked for.

Pixels are whole numbers, so their sums are too. Kept as integers they do not
depend on the order of the pictures, on how the set was split, or on who added
which part, and a set may be far larger than memory.

The mean needs sums alone, and what decodes a picture in half a millisecond leaves no
time for more: one addition of 8 bits to 16 a pixel, while the picture is still in the
processor's cache. Squares, four times as dear, are summed on request.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.errors import EmptySetError, ImageShapeError, ParameterError
from forensics.validation import check_image

__all__ = [
    "Moments",
    "RunningMoments",
    "UnsignedArray",
    "moments",
    "narrowest",
]

UnsignedArray: TypeAlias = NDArray[np.unsignedinteger[Any]]

_NARROW = 257
"""Pictures whose sums fit 16 bits: 257 * 255 is 2**16 - 1. Their squares fit 32."""
_BLOCK = 2**17
"""Values that are squared at a time: few calls, and squares that stay near the processor."""


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
    squares : ndarray, same shape, unsigned integer, counts squared, or None
        Sum of the squared pixel values, likewise; None where the spread was not asked for.

    Examples
    --------
    >>> import numpy as np
    >>> a = moments([np.full((2, 2, 3), 10, np.uint8)], spread=True)
    >>> b = moments([np.full((2, 2, 3), 20, np.uint8)], spread=True)
    >>> blend = a + b
    >>> float(blend.mean[0, 0, 0]), float(blend.std[0, 0, 0])
    (15.0, 5.0)
    >>> sum([a, b]) == b + a
    True
    """

    n: int
    sums: UnsignedArray
    squares: UnsignedArray | None = None

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
        """Per-pixel standard deviation over the set, same shape, float64, counts.

        Raises
        ------
        ParameterError
            There are no squares.
        """
        if self.squares is None:
            raise ParameterError(
                "these sums hold no squares, which a spread needs: pass spread=True when the "
                "pictures are added up"
            )
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
        """Merge the sums of two sets; the order does not matter, not even in the last bit.

        There are squares where both have them.
        """
        if not isinstance(other, Moments):
            return NotImplemented
        if other.shape != self.shape:
            raise ImageShapeError(
                f"moments of shape {other.shape} cannot be added to moments of shape "
                f"{self.shape}: blend both sets with the same size"
            )
        return _added(self, other)

    def __radd__(self, other: int) -> Moments:
        """Let ``sum(parts)`` start from zero."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same sums, bit for bit."""
        if not isinstance(other, Moments):
            return NotImplemented
        if self.n != other.n or not np.array_equal(self.sums, other.sums):
            return False
        if self.squares is None or other.squares is None:
            return self.squares is other.squares
        return np.array_equal(self.squares, other.squares)

    __hash__ = None  # type: ignore[assignment]


def moments(images: Iterable[Image], *, spread: bool = False) -> Moments:
    """Exact moments of a stream of pictures, one of them in memory at a time.

    This is the arithmetic under every blend. Memory does not grow with the
    number of pictures.

    Parameters
    ----------
    images : iterable of ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pictures of one size, consumed once.
    spread : bool
        Whether squares are summed as well, which takes about four times as long.

    Returns
    -------
    Moments
        Count and sums, and sums of squares where they are asked for.

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
    running = RunningMoments(spread=spread)
    for image in images:
        running.add(image)
    return running.moments()


class RunningMoments:
    """Exact moments of pictures that are added one by one.

    For those who decode themselves: `room` is where the next picture may be put
    straight away, which spares a copy of every picture.

    Parameters
    ----------
    spread : bool
        Whether squares are summed as well.

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

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._room: Image | None = None
        self._earlier: Moments | None = None

    @property
    def room(self) -> Image | None:
        """Array of a picture's shape to put the next one into; None before the first."""
        return self._room

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
        if self._room is None:
            check_image(image)
            self._room = np.empty(image.shape, np.uint8)
            self._begin(self._room.size)
        if image is not self._room:
            check_image(image)
            if image.shape != self._room.shape:
                raise ImageShapeError(
                    f"image has shape {image.shape}, the set has {self._room.shape}: "
                    "crop all to one size"
                )
            self._room[...] = image
        values = self._room.reshape(-1)
        if self._squares is None:
            np.add(self._sums, values, out=self._sums)
        else:
            self._add_with_squares(values, self._squares)
        self._n += 1
        if self._n == _NARROW:
            self._set_aside(self._room.shape)

    def moments(self) -> Moments:
        """Moments of all pictures that were added so far; more may follow.

        Raises
        ------
        EmptySetError
            There was none.
        """
        if self._room is not None and self._n:
            self._set_aside(self._room.shape)
        if self._earlier is None:
            raise EmptySetError("there is no picture to take moments of: pass at least one")
        self._is_own = False
        return self._earlier

    def _begin(self, size: int) -> None:
        self._n = 0
        self._sums = np.zeros(size, np.uint16)
        self._squares = np.zeros(size, np.uint32) if self._spread else None
        self._block = np.empty(min(size, _BLOCK) if self._spread else 0, np.uint16)
        self._is_own = True  # whether nobody else holds what was set aside

    def _add_with_squares(self, values: Image, squares: NDArray[np.uint32]) -> None:
        for start in range(0, values.size, _BLOCK):
            here = slice(start, start + _BLOCK)
            sums, squared = self._sums[here], squares[here]
            block = self._block[: sums.size]
            np.copyto(block, values[here])
            np.add(sums, block, out=sums)
            np.multiply(block, block, out=block)
            np.add(squared, block, out=squared)

    def _set_aside(self, shape: tuple[int, ...]) -> None:
        """Add what was summed in few bits to what was before, and begin anew."""
        squares = self._squares
        if squares is not None:
            squares = squares.astype(narrowest(self._n * 255**2), copy=False).reshape(shape)
        now = Moments(self._n, self._sums.reshape(shape), squares)
        if self._earlier is None:
            self._earlier = now
            self._begin(math.prod(shape))
            return
        self._earlier = _added(self._earlier, now, in_place=self._is_own)
        self._n, self._is_own = 0, True
        self._sums[:] = 0
        if self._squares is not None:
            self._squares[:] = 0


def _added(a: Moments, b: Moments, *, in_place: bool = False) -> Moments:
    """Both together, with squares where both have them; `in_place` in the arrays of `a`."""
    n = a.n + b.n

    def both(one: UnsignedArray, other: UnsignedArray, largest: int) -> UnsignedArray:
        dtype = narrowest(largest)
        # As few megabytes as there can be stay with a thread that has come to its end.
        out = one if in_place and one.dtype == dtype else None
        return np.add(one, other, dtype=dtype, out=out)

    sums = both(a.sums, b.sums, n * 255)
    if a.squares is None or b.squares is None:
        return Moments(n, sums)
    return Moments(n, sums, both(a.squares, b.squares, n * 255**2))
