"""Pictures the way up that they are to be seen: no pixel is changed, only its place."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

__all__ = ["turned"]


def turned(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Stored pixels turned and mirrored as EXIF orientation says.

    Parameters
    ----------
    image : ndarray, shape (M, N, ...)
    orientation : int
        1 to 8; 1 leaves them.

    Returns
    -------
    ndarray
        A view.

    Examples
    --------
    >>> import numpy as np
    >>> turned(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[3, 1], [4, 2]]
    """
    if orientation in {5, 6, 7, 8}:
        image = image.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        image = image[::-1]
    if orientation in {2, 3, 6, 7}:
        image = image[:, ::-1]
    return image
