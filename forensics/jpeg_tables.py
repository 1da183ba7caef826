"""Quantisation tables of the IJG library: what a quality of 1 to 100 means."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ijg_tables",
]

# ITU-T T.81, Annex K, table K.1, row by row: the library's luma table at quality 50.
_ANNEX_K_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip


@cache
def ijg_tables() -> NDArray[np.int64]:
    """Luma steps of the IJG library, shape (100, 64), counts.

    Quality 1 first; frequencies row by row, not in zig-zag order; 1 to 255, as baseline
    JPEG has them.

    References
    ----------
    ITU-T T.81 (1992), Annex K; ``jcparam.c`` of the IJG library for the scaling.

    Examples
    --------
    >>> ijg_tables()[75 - 1, :4], ijg_tables()[100 - 1, :4]
    (array([8, 6, 5, 8]), array([1, 1, 1, 1]))
    """
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables: NDArray[np.int64] = np.clip((np.outer(scale, _ANNEX_K_LUMA) + 50) // 100, 1, 255)
    tables.setflags(write=False)
    return tables
