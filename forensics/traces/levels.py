"""How often each count occurs in a picture: what fills it, and whether it has few shades."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.traces.planes import Planes

__all__ = ["level_counts", "whole_counts"]


def level_counts(planes: Planes) -> NDArray[np.int64]:
    """How often each count occurs in each channel of a picture.

    Parameters
    ----------
    planes : Planes
        Picture to measure; `Planes.once` keeps the result for all traces.

    Returns
    -------
    ndarray, shape (channels, 256), int64
        One row for a gray picture, three for one in colour.

    Examples
    --------
    >>> level_counts(Planes(np.array([[0, 0], [7, 0]], np.uint8)))[0, :8].tolist()
    [3, 0, 0, 0, 0, 0, 0, 1]
    """
    pixels = whole_counts(planes.image)
    channels = [pixels] if planes.is_gray else np.moveaxis(pixels, -1, 0)
    return np.stack([np.bincount(channel.ravel(), minlength=256) for channel in channels])


def whole_counts(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels rounded to whole counts.

    Parameters
    ----------
    pixels : ndarray, of any shape and real dtype, counts
        Pixels of a picture.

    Returns
    -------
    ndarray, of the same shape, uint8, counts
        `pixels` itself where they are whole already.
    """
    counts = pixels if pixels.dtype == np.uint8 else np.clip(np.rint(pixels), 0, 255)
    return counts.astype(np.uint8, copy=False)
