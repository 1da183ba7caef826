"""The names that signatures share: what an array means, said once.

Array types are named in quotes, so that the command line can use the words
below without loading NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Axis",
    "Channel",
    "Damaged",
    "FloatArray",
    "Image",
    "Metric",
    "OnError",
    "ProfileKind",
]

Image: TypeAlias = "NDArray[np.uint8]"
"""``(M, N, 3)`` RGB or ``(M, N)`` gray, uint8, in counts."""

FloatArray: TypeAlias = "NDArray[np.float64]"

Axis: TypeAlias = Literal["rows", "columns"]
ProfileKind: TypeAlias = Literal["signed", "first", "second"]
Channel: TypeAlias = Literal["luma", "red", "green", "blue"]
Metric: TypeAlias = Literal["euclidean", "weighted", "lab"]
OnError: TypeAlias = Literal["raise", "skip"]
Damaged: TypeAlias = Literal["skip", "keep"]
