"""What happens to a picture on its way to us, done on purpose: cropping and resizing.

Arrays in, arrays out. Cropping keeps every trace and shifts its phase;
resizing destroys traces and makes new ones.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from forensics._typing import Image
from forensics.checks import check_image
from forensics.errors import ImageShapeError, ParameterError

__all__ = ["crop_center", "resize_to_cover"]

Size = int | tuple[int, int]


def crop_center(image: Image, size: Size) -> Image:
    """Centre of an image, its pixels untouched.

    The only way to one size for a set that is fit for measuring. Where the
    difference of the sizes is odd, the extra row or column is lost at the end.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Not changed.
    size : int or (rows, columns)
        Pixels to keep; one number for a square.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        A view of `image`.

    Raises
    ------
    ImageShapeError
        `image` is no image, or smaller than `size`.
    ParameterError
        `size` is not one or two positive whole numbers.

    Examples
    --------
    >>> crop_center(np.arange(25, dtype=np.uint8).reshape(5, 5), 3)
    array([[ 6,  7,  8],
           [11, 12, 13],
           [16, 17, 18]], dtype=uint8)
    """
    check_image(image)
    rows, columns = _rows_and_columns(size)
    top, left = image.shape[0] - rows, image.shape[1] - columns
    if top < 0 or left < 0:
        raise ImageShapeError(
            f"image has shape {image.shape}, smaller than the {rows} x {columns} asked for: "
            "pass a smaller --size"
        )
    return image[top // 2 : top // 2 + rows, left // 2 : left // 2 + columns]


def resize_to_cover(image: Image, size: Size) -> Image:
    """Image resampled until it just covers `size`, then cropped to it.

    For sets that have no common size and would not be left with any picture
    otherwise. **Resampling destroys and makes traces**: reducing erases short
    periods and moves long ones, enlarging adds periods of its own. Say so beside
    every number that comes out of it.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Not changed.
    size : int or (rows, columns)
        Wanted pixels; one number for a square.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        New. Pillow's Lanczos, which reduces with anti-aliasing; the proportions
        of the picture are kept. An image that fits already is only cropped.

    Raises
    ------
    ImageShapeError
        `image` is no image.
    ParameterError
        `size` is not one or two positive whole numbers.

    Examples
    --------
    >>> resize_to_cover(np.full((60, 40, 3), 7, np.uint8), 20).shape
    (20, 20, 3)
    """
    from PIL import Image as Pillow

    check_image(image)
    rows, columns = _rows_and_columns(size)
    scale = max(rows / image.shape[0], columns / image.shape[1])
    # Rounded, yet never below what the crop needs.
    wide = max(columns, math.floor(image.shape[1] * scale + 0.5))
    high = max(rows, math.floor(image.shape[0] * scale + 0.5))
    if (high, wide) == image.shape[:2]:
        return crop_center(image, (rows, columns)).copy()
    covering = Pillow.fromarray(image).resize((wide, high), Pillow.Resampling.LANCZOS)
    return np.array(crop_center(np.asarray(covering), (rows, columns)))


def _rows_and_columns(size: Size) -> tuple[int, int]:
    try:
        rows, columns = map(operator.index, size if isinstance(size, tuple) else (size, size))
    except (TypeError, ValueError):
        rows = columns = 0
    if rows < 1 or columns < 1:
        raise ParameterError(
            f"size is {size!r}: pass a positive whole number, or two as (rows, columns)"
        )
    return rows, columns
