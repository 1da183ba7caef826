"""The picture within its frame: even borders, as screenshots and letterboxes have, cut away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = [
    "picture_within",
]

_EVEN = 3
"""Counts between the brightest and the darkest pixel of a line up to which it is a border."""
_NARROWEST = 4
"""Lines of a border: fewer are the dark edge of a picture."""


def picture_within(image: PlanesLike) -> tuple[slice, slice]:
    """Rows and columns of the picture inside an even border.

    A picture on a page or a screen is no longer the frame that a generator made; without
    its surround it is, at another scale.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture that may have a border, such as a screenshot.

    Returns
    -------
    (slice, slice)
        All of it where there is no border, and where there is nothing else.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    Examples
    --------
    >>> screen = np.full((90, 120), 240, np.uint8)
    >>> screen[10:60, 20:80] = np.arange(60)
    >>> picture_within(screen)
    (slice(10, 60, None), slice(20, 80, None))
    """
    return as_planes(image).once(_within)


def _within(planes: Planes) -> tuple[slice, slice]:
    image = planes.image
    green = image if planes.is_gray else image[..., 1]
    rows, columns = (
        green.max(axis=1 - axis).astype(float) - green.min(axis=1 - axis) > _EVEN for axis in (0, 1)
    )
    if not (rows.any() and columns.any()):
        return slice(0, image.shape[0]), slice(0, image.shape[1])
    return _busy(rows), _busy(columns)


def _busy(lines: NDArray[np.bool_]) -> slice:
    """From the first to the last line that is not border."""
    before, behind = int(lines.argmax()), int(lines[::-1].argmax())
    before, behind = (wide if wide >= _NARROWEST else 0 for wide in (before, behind))
    return slice(before, len(lines) - behind)
