"""A template brought to another size; pictures never are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["rescaled"]

_LOBES = 3


def rescaled(plane: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Plane at another size by Lanczos of 3 lobes, widened where it shrinks.

    What happened to a resized picture happens to the template as well, as far as one can
    know it: most programs reduce with a kernel like this one.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float
    shape : (int, int)
        Rows and columns wanted.

    Returns
    -------
    ndarray, of `shape`, float32

    Examples
    --------
    >>> rescaled(np.ones((8, 6)), (4, 9)).round(6).tolist() == np.ones((4, 9)).tolist()
    True
    """
    rows, columns = (_weights(old, new) for old, new in zip(plane.shape, shape, strict=True))
    return cast("NDArray[np.float32]", rows @ plane.astype(np.float32) @ columns.T)


@lru_cache(maxsize=32)
def _weights(old: int, new: int) -> NDArray[np.float32]:
    """Weights of every old line in every new one, shape (new, old), rows summing to one."""
    if old == new:
        return np.eye(old, dtype=np.float32)
    scale = max(1.0, old / new)
    centers = (np.arange(new) + 0.5) * old / new - 0.5
    distance = (np.arange(old) - centers[:, np.newaxis]) / scale
    weights = np.where(np.abs(distance) < _LOBES, np.sinc(distance) * np.sinc(distance / _LOBES), 0)
    return cast(
        "NDArray[np.float32]",
        (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
    )
