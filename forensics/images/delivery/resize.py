"""Changing the number of pixels: the four kernels of everyday software, in both ways they are used.

Who reduces a picture either widens the kernel, so that nothing folds back
(Pillow, most servers), or samples with the kernel as it is (OpenCV, video
hardware, some browsers): the second leaves aliases, and other traces. The
centres of the first and the last pixel stand half a pixel inside the picture,
as in all of them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.errors import ParameterError
from forensics.validation import check_choice, check_image

__all__ = [
    "KERNELS",
    "Kernel",
    "interpolated",
    "resized",
    "scaled_shape",
]

Kernel: TypeAlias = Literal["nearest", "bilinear", "bicubic", "lanczos"]

KERNELS: tuple[Kernel, ...] = ("nearest", "bilinear", "bicubic", "lanczos")
"""What `resized` knows: one pixel, a triangle, Keys' cubic with a = -1/2, Lanczos of 3 lobes."""

_MOST_SIDE = 1 << 16
"""Longer sides are a slip of the scale, and would fill the memory."""


def resized(
    image: Image,
    shape_or_scale: tuple[int, int] | float,
    *,
    kernel: Kernel = "lanczos",
    antialias: bool = True,
) -> Image:
    """Image with another number of pixels.

    Resampling makes periods of its own and moves those that were there: to know
    how that looks, it has to be done on purpose, in every usual way.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to resample; it is not changed.
    shape_or_scale : (rows, columns) or float
        Wanted size in pixels, or the factor for both sides (see `scaled_shape`).
    kernel : {"nearest", "bilinear", "bicubic", "lanczos"}
        Nearest takes one pixel, whatever `antialias` says.
    antialias : bool
        Whether the kernel widens when the picture is reduced. Makes no difference
        when it is enlarged.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        New, in C order.

    Raises
    ------
    ImageShapeError
        `image` is no image.
    ParameterError
        `kernel` is not allowed, or `shape_or_scale` is no size or leads to none
        between 1 and 65536 pixels a side.

    See Also
    --------
    interpolated : The same, not rounded.
    forensics.traces.interpolation.resampling : Traces of resizing.

    References
    ----------
    Keys 1981, *Cubic convolution interpolation for digital image processing*;
    Turkowski 1990, *Filters for common resampling tasks*.

    Examples
    --------
    >>> image = np.array([[0, 100], [0, 100]], np.uint8)
    >>> resized(image, (1, 4), kernel="bilinear")
    array([[  0,  25,  75, 100]], dtype=uint8)
    >>> resized(image, 0.5).shape
    (1, 1)
    """
    check_image(image)
    check_choice("kernel", kernel, KERNELS)
    rows, columns = (
        _wanted(shape_or_scale)
        if isinstance(shape_or_scale, tuple)
        else scaled_shape(image.shape[:2], shape_or_scale)
    )
    reduces = rows < image.shape[0] or columns < image.shape[1]
    if reduces and not antialias and kernel != "nearest":
        floats = interpolated(image, (rows, columns), kernel=kernel, antialias=False)
        return np.clip(np.rint(floats), 0, 255).astype(np.uint8)
    from PIL import Image as Pillow

    how = Pillow.Resampling[kernel.upper()]
    return np.array(Pillow.fromarray(image).resize((columns, rows), how))


def scaled_shape(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """Rows and columns of a picture that is resized by a factor.

    Each side is rounded to the nearest pixel, halves up, and at least 1: the
    true factors are what this comes to, and differ a little between the axes.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    scale : float
        Positive; 2 doubles the sides.

    Returns
    -------
    rows, columns : int
        Rows, then columns, each at least 1.

    Raises
    ------
    ParameterError
        `scale` is not a positive number, or leads to more than 65536 pixels a side.

    Examples
    --------
    >>> scaled_shape((301, 451, 3), 0.5)
    (151, 226)
    """
    try:
        sound = math.isfinite(scale) and scale > 0
    except TypeError:
        sound = False
    if not sound:
        raise ParameterError(
            f"scale is {scale!r}: pass a positive number such as 0.5, or a size as (rows, columns)"
        )
    return _wanted((_scaled(shape[0], scale), _scaled(shape[1], scale)))


def interpolated(
    values: NDArray[np.uint8] | FloatArray,
    shape: tuple[int, int],
    *,
    kernel: Kernel = "lanczos",
    antialias: bool = True,
) -> FloatArray:
    """Values of a picture at the pixels of another size, not rounded.

    What `resized` rounds; simulations of a generator, which do not round
    between their layers, go on from these.

    Parameters
    ----------
    values : ndarray, shape (M, N, ...), uint8 or float, counts
        Values to resample; they are not changed. Beyond the edge the outermost value is repeated.
    shape : (int, int)
        Rows and columns wanted.
    kernel : {"nearest", "bilinear", "bicubic", "lanczos"}
        Kernel of the interpolation.
    antialias : bool
        Whether the kernel is widened by the factor of a reduction.

    Returns
    -------
    ndarray, shape (rows, columns, ...), float64, counts
        Not limited to 0 to 255: bicubic and Lanczos overshoot.

    Raises
    ------
    ParameterError
        `kernel` or `shape` is not allowed.

    See Also
    --------
    resized : The same, rounded to counts.

    Examples
    --------
    >>> interpolated(np.array([[0.0, 100.0]]), (1, 3), kernel="bilinear")
    array([[  0.,  50., 100.]])
    """
    check_choice("kernel", kernel, KERNELS)
    rows, columns = _wanted(shape)
    result = np.asarray(values, dtype=np.float64)
    for axis, size in enumerate((rows, columns)):
        result = _along(result, axis, size, kernel, antialias)
    return result


def _wanted(shape: tuple[int, int]) -> tuple[int, int]:
    try:
        rows, columns = map(operator.index, shape)
    except (TypeError, ValueError):
        rows = columns = 0
    if not (1 <= rows <= _MOST_SIDE and 1 <= columns <= _MOST_SIDE):
        raise ParameterError(
            f"size is {shape!r}: pass two whole numbers of 1 to {_MOST_SIDE} as (rows, columns), "
            "or a factor"
        )
    return rows, columns


def _scaled(side: int, scale: float) -> int:
    return max(1, math.floor(min(side * scale, 2.0 * _MOST_SIDE) + 0.5))


def _along(values: FloatArray, axis: int, size: int, kernel: Kernel, antialias: bool) -> FloatArray:
    """Resample one axis: a weighted sum of as many shifted copies as the kernel has taps."""
    if size == values.shape[axis]:
        return values
    places, weights = _taps(values.shape[axis], size, kernel, antialias)
    ones = [1] * values.ndim
    ones[axis] = size
    total = np.zeros((*values.shape[:axis], size, *values.shape[axis + 1 :]))
    for place, weight in zip(places.T, weights.T, strict=True):
        if weight.any():
            taken = np.take(values, place, axis=axis)
            taken *= weight.reshape(ones)
            total += taken
    return total


def _taps(
    length: int, size: int, kernel: Kernel, antialias: bool
) -> tuple[NDArray[np.intp], FloatArray]:
    """Which lines to take and how much of each, both of shape (size, taps)."""
    if kernel == "nearest":  # in whole numbers, for the centres often fall between two pixels
        return ((2 * np.arange(size) + 1) * length // (2 * size))[:, None], np.ones((size, 1))
    step = length / size
    centers = (np.arange(size) + 0.5) * step
    weight_at, support = _SHAPES[kernel]
    widened = max(step, 1.0) if antialias else 1.0
    reach = math.ceil(support * widened)
    offsets = np.arange(-reach, reach + 1)
    places = np.floor(centers).astype(np.intp)[:, None] + offsets
    weights = weight_at((places + 0.5 - centers[:, None]) / widened)
    if antialias:
        # As Pillow: what lies outside does not count. Without, the edge is repeated.
        weights[(places < 0) | (places >= length)] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    return places.clip(0, length - 1), weights


def _triangle(x: FloatArray) -> FloatArray:
    weights: FloatArray = np.maximum(1 - np.abs(x), 0.0)
    return weights


def _cubic(x: FloatArray) -> FloatArray:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: FloatArray) -> FloatArray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


_SHAPES: dict[Kernel, tuple[Callable[[FloatArray], FloatArray], float]] = {
    "bilinear": (_triangle, 1.0),
    "bicubic": (_cubic, 2.0),
    "lanczos": (_lanczos, 3.0),
}
