"""The questions that public functions ask of their arguments first."""

from __future__ import annotations

import math
import os
from numbers import Integral
from typing import TYPE_CHECKING, Any

from forensics.errors import ImageShapeError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "check_array",
    "check_choice",
    "check_image",
    "check_measurable",
    "check_path",
    "check_shape",
    "check_type",
    "check_whole",
]


def check_array(image: object) -> None:
    """Raise unless `image` is an array, and not something that names a picture.

    Parameters
    ----------
    image : object
        What was given as an image.

    Raises
    ------
    ParameterError
        It is a path, the bytes of a file, or anything else.
    """
    if hasattr(image, "ndim") and hasattr(image, "dtype"):
        return
    kind = type(image).__name__
    named = hasattr(image, "__fspath__") or isinstance(image, str | bytes | bytearray | memoryview)
    shown = f"{str(image)!r}" if isinstance(image, str) or hasattr(image, "__fspath__") else kind
    if named or hasattr(image, "read_bytes"):
        raise ParameterError(
            f"image is {shown}, allowed is an array of pixels: read it with "
            "forensics.read_pixels(image)"
        )
    raise ParameterError(
        f"image is of type {kind}, allowed is an array of pixels: pass np.asarray(image) if it "
        "holds numbers"
    )


def check_shape(image: NDArray[Any]) -> None:
    """Raise unless `image` has the shape of an image or blend, of any dtype.

    Parameters
    ----------
    image : ndarray, any shape, any dtype
        Array to check.

    Raises
    ------
    ParameterError
        It is no array.
    ImageShapeError
        It is not ``(M, N, 3)`` or ``(M, N)``, or it is empty.

    See Also
    --------
    check_measurable : Finite numbers as well.
    check_image : Counts of uint8 as well.
    """
    check_array(image)
    colored = image.ndim == 3 and image.shape[2] == 3
    if not (colored or image.ndim == 2) or image.size == 0:
        raise ImageShapeError(
            f"image has shape {image.shape}, allowed is (M, N, 3) or (M, N): "
            "put rows first and the three channels last"
        )


def check_measurable(image: NDArray[Any]) -> None:
    """Raise unless `image` has the shape of an image, and numbers that can be measured.

    Parameters
    ----------
    image : ndarray, any shape, any dtype
        Array to check.

    Raises
    ------
    ImageShapeError
        It has another shape, or holds anything but finite numbers.

    See Also
    --------
    check_shape : The shape alone.
    check_image : Counts of uint8 as well.
    """
    import numpy as np

    check_shape(image)
    if image.dtype.kind not in "uif":
        raise ImageShapeError(
            f"image is of type {image.dtype}, allowed are whole numbers and floats: pass counts "
            "from 0 to 255"
        )
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        n = int(np.count_nonzero(~np.isfinite(image)))
        raise ImageShapeError(
            f"{n} of the image's numbers are not finite: fill them in, or cut them off"
        )


def check_image(image: NDArray[Any]) -> None:
    """Raise unless `image` is an image: uint8, ``(M, N, 3)`` or ``(M, N)``, not empty.

    Parameters
    ----------
    image : ndarray, any shape, any dtype
        Array to check.

    Raises
    ------
    ImageShapeError
        It has another dtype or shape, or is empty.

    See Also
    --------
    check_shape : The shape alone.
    check_measurable : Finite numbers of any dtype.
    """
    check_array(image)
    if image.dtype != "uint8":
        raise ImageShapeError(f"image has dtype {image.dtype}, allowed is uint8: {_way_out(image)}")
    if image.ndim == 3 and image.shape[2] in (2, 4):
        raise ImageShapeError(
            f"image has shape {image.shape}, with transparency, allowed is (M, N, 3) or (M, N): "
            "leave the last channel out, image[..., :-1]"
        )
    check_shape(image)


_BY_KIND = {
    "b": "pass image * np.uint8(255)",
    "c": "pass counts of 0 to 255, of abs(image) for example",
    "U": "pass paths as a list, image.tolist()",
    "O": "pass what it holds as a list, image.tolist()",
}
"""Ways out for what holds no real numbers, by NumPy's kinds."""


def _way_out(image: NDArray[Any]) -> str:
    """How an array of another type becomes an image."""
    if image.dtype.kind not in "iuf" or not image.size:
        return _BY_KIND.get(image.dtype.kind, "convert it to counts of 0 to 255")
    if image.dtype == "uint16":
        return "for 16 bits, pass (image / 257).round().astype(np.uint8)"
    least, most = float(image.min()), float(image.max())
    if not math.isfinite(most - least):
        return "fill in what is not finite, NaN or infinite, then convert it to counts of 0 to 255"
    if image.dtype.kind == "f" and 0 <= least <= most <= 1:
        return "for floats of 0 to 1, pass (255 * image).round().astype(np.uint8)"
    if 0 <= least <= most <= 255:
        return "pass image.round().astype(np.uint8)"
    return f"its numbers go from {least:g} to {most:g}, scale them to counts of 0 to 255"


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raise unless `value` is one of the words that `name` may be.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : str
        Value of the argument.
    allowed : sequence of str
        Words that it may be.

    Raises
    ------
    ParameterError
        `value` is none of them.
    """
    if value not in allowed:
        raise ParameterError(f"{name} is {value!r}, allowed are {', '.join(allowed)}")


def check_whole(name: str, value: object, way_out: str, *, least: int = 1) -> None:
    """Raise unless `value` is a whole number that is not too small.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        Value of the argument; True and False are none.
    way_out : str
        What to pass, as the rest of a sentence.
    least : int
        The smallest that is allowed.

    Raises
    ------
    ParameterError
        `value` is no whole number, or smaller.

    Examples
    --------
    >>> check_whole("size", 80, "pass 1 or more")
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or int(value) < least:  # type: ignore[call-overload]
        raise ParameterError(f"{name} is {value!r}: {way_out}")


def check_type(name: str, value: object, kind: type, way_out: str) -> None:
    """Raise unless `value` is what a function of this package returned.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        Value of the argument.
    kind : type
        What it has to be.
    way_out : str
        What to pass, as the rest of a sentence.

    Raises
    ------
    ParameterError
        `value` is something else.

    Examples
    --------
    >>> check_type("profile", [1, 2], tuple, "pass a pair")
    Traceback (most recent call last):
    forensics.errors.ParameterError: profile is of type list, a tuple is needed: pass a pair
    """
    if not isinstance(value, kind):
        raise ParameterError(
            f"{name} is of type {type(value).__name__}, a {kind.__name__} is needed: {way_out}"
        )


def check_path(name: str, value: object) -> None:
    """Raise unless `value` names a file.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        Value of the argument.

    Raises
    ------
    ParameterError
        `value` is no path, or an empty one.

    Examples
    --------
    >>> check_path("path", "blend.npz")
    """
    if not isinstance(value, str | bytes | os.PathLike):
        raise ParameterError(f"{name} is of type {type(value).__name__}: pass the path of a file")
    if not os.fspath(value):
        raise ParameterError(f"{name} is empty: pass the path of a file")
