"""Luma mixed pixel by pixel, as several makers' traces were set with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensics.traces.color import LUMA_WEIGHTS
from forensics.traces.planes import Planes

__all__ = ["mixed_luma"]


def mixed_luma(planes: Planes) -> NDArray[np.float32]:
    """Luma as it is mixed pixel by pixel in single precision.

    Parameters
    ----------
    planes : Planes
        A picture in colour.

    Returns
    -------
    ndarray, shape (M, N), float32, counts
        A hundred-thousandth of a count from `Planes.single`: what some thresholds were set with.
    """
    return planes.image.astype(np.float32) @ LUMA_WEIGHTS.astype(np.float32)
