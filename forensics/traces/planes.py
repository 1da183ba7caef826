"""One picture and its planes: luma and colours, each computed once, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ParameterError
from forensics.traces.color import CHANNELS, LUMA_WEIGHTS, channel_plane
from forensics.traces.tiles import tiles
from forensics.validation import check_choice, check_image, check_measurable, check_shape

__all__ = ["Planes", "PlanesLike", "as_planes"]

Single: TypeAlias = NDArray[np.float32]
_Place: TypeAlias = tuple[int, int, int, int]
"""First row, row behind the last, and the same of the columns."""
_T = TypeVar("_T")


class Planes:
    """One picture, checked, with the planes that its traces share.

    A dozen traces ask for luma. They all take an array as well; who measures more than one of
    them makes one of these, and hands it to all. Of pictures that are measured whole, up to
    2.4 megapixels, every plane is computed once and parts are views of it; of larger ones, a
    plane is computed once for each part, so that memory stays bounded.

    Nothing can be changed from outside, and threads may share it.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), any real dtype, counts
        Pixels of the picture. They are not copied, and must not change afterwards.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or holds anything but finite numbers.

    See Also
    --------
    as_planes : Planes of whatever names pixels.
    forensics.line_profiles, forensics.traces.lattice : Two that take it.

    Examples
    --------
    >>> picture = Planes(np.full((64, 48, 3), 100, np.uint8))
    >>> part = picture[8:24, :]
    >>> part.shape, np.shares_memory(part.luma, picture.luma)
    ((16, 48, 3), True)
    """

    __slots__ = ("_kept", "_pixels", "_place")

    def __init__(self, image: NDArray[Any]) -> None:
        check_measurable(image)
        self._pixels = _locked(image.view())
        self._place: _Place = (0, image.shape[0], 0, image.shape[1])
        self._kept: dict[object, _Once] = {}  # of all parts: they hold this, and it holds none

    @property
    def image(self) -> NDArray[Any]:
        """The pixels, read-only, shape (M, N, 3) or (M, N), as they were given, counts."""
        top, bottom, left, right = self._place
        return self._pixels[top:bottom, left:right]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels, (M, N, 3) or (M, N)."""
        return self.image.shape

    @property
    def is_gray(self) -> bool:
        """Whether there is one channel only."""
        return self._pixels.ndim == 2

    @property
    def is_whole_counts(self) -> bool:
        """Whether the pixels are uint8, for which single precision is enough."""
        return self._pixels.dtype == np.uint8

    @property
    def luma(self) -> FloatArray:
        """``.299 R + .587 G + .114 B``, read-only, shape (M, N), float64, counts."""
        return self.channel("luma")

    @property
    def rough_luma(self) -> Single:
        """Luma mixed in single precision, read-only, shape (M, N), float32, counts.

        A hundred-thousandth of a count from `single`: what some thresholds were set with.
        """
        return self._shared("rough luma", _mixed)

    def channel(self, channel: Channel = "luma") -> FloatArray:
        """One channel in double precision; luma is kept, a colour is made anew.

        Parameters
        ----------
        channel : {"luma", "red", "green", "blue"}
            Of a gray picture all four are the same.

        Returns
        -------
        ndarray, shape (M, N), float64, counts
            The channel; luma is read-only.

        Raises
        ------
        ParameterError
            `channel` is not one of the four.
        """
        check_choice("channel", channel, CHANNELS)
        if channel != "luma" and not self.is_gray:
            return channel_plane(self.image, channel)
        return self._shared("luma", _luma)

    def single(self, channel: Channel = "luma") -> Single:
        """One channel in single precision, kept and read-only.

        Parameters
        ----------
        channel : {"luma", "red", "green", "blue"}
            Channel wanted. Of a gray picture all four are the same.

        Returns
        -------
        ndarray, shape (M, N), float32, counts
            The channel, computed once.

        Raises
        ------
        ParameterError
            `channel` is not one of the four.
        """
        check_choice("channel", channel, CHANNELS)
        if channel == "luma" or self.is_gray:
            return self._shared("single luma", lambda part: part.luma.astype(np.float32))
        number = CHANNELS.index(channel) - 1
        return self._shared(channel, lambda part: part.image[..., number].astype(np.float32))

    def plane(self, channel: Channel = "luma") -> NDArray[np.floating[Any]]:
        """One channel in the precision that its pixels need: single for uint8.

        Parameters
        ----------
        channel : {"luma", "red", "green", "blue"}
            Channel wanted. Of a gray picture all four are the same.

        Returns
        -------
        ndarray, shape (M, N), float32 for uint8 and float64 for others, counts
            The channel, not to be written to.

        Raises
        ------
        ParameterError
            `channel` is not one of the four.
        """
        return self.single(channel) if self.is_whole_counts else self.channel(channel)

    def once(self, measure: Callable[[Planes], _T]) -> _T:
        """Result of a function of these planes, computed once and kept.

        Parameters
        ----------
        measure : callable
            Pure function of a module: the next call with the same one returns the same result.

        Returns
        -------
        object
            What `measure` returns.
        """
        return self._computed(measure, measure)

    def tiles(self) -> tuple[Planes, ...]:
        """The parts that are measured: the whole, or nine tiles of more than 2.4 megapixels."""
        return tuple(self[place] for place in tiles(self.shape))

    def __getitem__(self, place: tuple[slice, slice]) -> Planes:
        """Rows and columns as a picture of its own, whose planes are views where that is cheap.

        Parameters
        ----------
        place : (slice, slice)
            Rows and columns, without a step.

        Raises
        ------
        ParameterError
            There is a step.
        ImageShapeError
            Nothing is left.
        """
        sides = [one.indices(side) for one, side in zip(place, self.shape[:2], strict=True)]
        if any(step != 1 for _, _, step in sides):
            raise ParameterError(f"place is {place}, steps have to be 1: reduce the image first")
        (top, bottom, _), (left, right, _) = sides
        first_row, _, first_column, _ = self._place
        part = self._at((first_row + top, first_row + bottom,
                         first_column + left, first_column + right))  # fmt: skip
        check_shape(part.image)
        return part

    def __repr__(self) -> str:
        """Shape and type, no pixels."""
        return f"<Planes of {self.shape}, {self._pixels.dtype}>"

    def _at(self, place: _Place) -> Planes:
        """Another place of the same picture."""
        part = Planes.__new__(Planes)
        part._pixels, part._kept, part._place = self._pixels, self._kept, place
        return part

    def _shared(self, name: str, made: Callable[[Planes], NDArray[Any]]) -> NDArray[Any]:
        """A plane: part of the whole's, or one of its own, and kept unless it is large."""
        if _is_small(self._pixels):
            whole = self._at((0, self._pixels.shape[0], 0, self._pixels.shape[1]))
            top, bottom, left, right = self._place
            return whole._computed(name, lambda one: _locked(made(one)))[top:bottom, left:right]
        if _is_small(self.image):
            return self._computed(name, lambda one: _locked(made(one)))
        return _locked(made(self))

    def _computed(self, name: object, made: Callable[[Planes], _T]) -> _T:
        key = name, self._place
        once = self._kept.get(key) or self._kept.setdefault(key, _Once())
        return cast(_T, once.value(lambda: made(self)))


class _Once:
    """One value, computed by the first thread that asks; the others wait for it."""

    __slots__ = ("_lock", "_value")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: tuple[object] | None = None

    def value(self, made: Callable[[], object]) -> object:
        with self._lock:
            if self._value is None:
                self._value = (made(),)
            return self._value[0]


PlanesLike: TypeAlias = NDArray[Any] | Planes
"""What a trace takes: an array of pixels, or the planes of a picture that others share."""


def as_planes(image: PlanesLike, *, counts: bool = False) -> Planes:
    """Planes of a picture, whose pixels are checked here, once for all traces.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend to be measured.
    counts : bool
        Whether only uint8 is allowed.

    Returns
    -------
    Planes
        `image` itself where it is such already.

    Raises
    ------
    ImageShapeError
        `image` has another shape, holds anything but finite numbers, or is not uint8 where
        `counts` asks for that.

    Examples
    --------
    >>> planes = as_planes(np.zeros((4, 6)))
    >>> planes, as_planes(planes) is planes
    (<Planes of (4, 6), float64>, True)
    """
    if counts:
        check_image(image.image if isinstance(image, Planes) else image)
    return image if isinstance(image, Planes) else Planes(image)


def _is_small(image: NDArray[Any]) -> bool:
    return len(tiles(image.shape)) == 1


def _locked(plane: NDArray[Any]) -> NDArray[Any]:
    plane.setflags(write=False)
    return plane


def _luma(part: Planes) -> FloatArray:
    if part.is_gray and part.image.dtype == np.float64:
        return part.image  # as it is, without a copy
    return channel_plane(part.image)


def _mixed(part: Planes) -> Single:
    if part.is_gray:
        return part.single()
    red, green, blue = (np.float32(weight) for weight in LUMA_WEIGHTS)
    luma = red * part.single("red") + green * part.single("green") + blue * part.single("blue")
    return cast(Single, luma)
