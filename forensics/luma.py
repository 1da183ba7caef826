"""Luma: how bright a colour is, by the weights that JPEG, television and Pillow share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["LUMA", "luma_plane"]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue by Rec. ITU-R BT.601; their sum is 1."""


def luma_plane(image: NDArray[Any], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Luma of every pixel; a gray image is its own.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture or blend.
    dtype : dtype
        Floating point dtype in which whole counts are summed.

    Returns
    -------
    ndarray, shape (M, N), of `dtype` or float64, counts
        Of float64 where the image or `dtype` is.

    References
    ----------
    Rec. ITU-R BT.601-7 (2011); ITU-T T.871 (2011), the colours of JPEG files.

    Examples
    --------
    >>> luma_plane(np.array([[[255, 255, 255], [0, 100, 0]]], np.uint8)).round(1)
    array([[255. ,  58.7]])
    """
    return image.astype(dtype) if image.ndim == 2 else image @ np.array(LUMA, dtype)
