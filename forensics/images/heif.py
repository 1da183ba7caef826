"""HEIC and HEIF by the extra ``heif``: the primary picture, and what else is in the file.

Phones save so by default. The decoder (libheif) reads the header first, so that limits are held
before a pixel is decoded; its own limits stay on.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pillow_heif import HeifImageFile as HeifPicture
from pillow_heif import open_heif

__all__ = ["HeifPicture", "deep_pixels"]


def deep_pixels(data: bytes) -> NDArray[Any]:
    """Pixels of the primary picture of a HEIC of more than 8 bits, as they are stored.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    ndarray, shape (M, N) or (M, N, C), uint16
        Gray, colours, or colours and alpha, 0 to the most that their bits can hold.
    """
    held = open_heif(BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    return np.asarray(held[held.primary_index])
