"""Pictures and maps as the bytes of files that any browser shows: small, and without metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.images.delivery.encode import jpeg_bytes, palette_png_bytes, png_bytes
from forensics.images.read import turned
from forensics.views.figures import color_scale

__all__ = ["Raster", "map_raster", "picture_raster", "reduced", "shared_limits", "step_for"]

_QUALITIES = (90, 80, 65, 50)


@dataclass(frozen=True, slots=True)
class Raster:
    """Picture to be looked at, not to be measured.

    Parameters
    ----------
    data : bytes
        Bytes of the whole file.
    kind : {"image/png", "image/jpeg"}
        Media type of the file.
    width, height : int, pixels
        Size of the picture.
    """

    data: bytes
    kind: str
    width: int
    height: int


def picture_raster(
    image: Image, *, orientation: int = 1, longest: int = 1024, most_bytes: int = 250_000
) -> Raster:
    """Picture as it is to be shown: every pixel if there is room, else as JPEG, else reduced.

    Nothing but pixels gets into it: no EXIF, no place, no thumbnail.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3), uint8, counts
        Pixels as they are stored.
    orientation : int
        EXIF orientation, 1 to 8.
    longest : int, pixels
        Longest side allowed; a longer one is divided by a whole number.
    most_bytes : int
        A PNG larger than this becomes a JPEG, of as high a quality as there is room for.

    Returns
    -------
    Raster
        The picture, turned as it is to be seen.
    """
    step = step_for(image.shape, longest)
    shown = np.ascontiguousarray(turned(reduced(image, step), orientation))
    height, width = shown.shape[:2]
    kept = png_bytes(shown) if shown.nbytes <= 4 * most_bytes else b""
    if kept and len(kept) <= most_bytes:
        return Raster(kept, "image/png", width, height)
    for quality in _QUALITIES:
        data = jpeg_bytes(shown, quality=quality, subsampling="4:4:4")
        if len(data) <= most_bytes:
            return Raster(data, "image/jpeg", width, height)
    return picture_raster(
        image, orientation=orientation, longest=longest // 2, most_bytes=most_bytes
    )


def map_raster(
    values: NDArray[Any], limits: tuple[float, float], *, orientation: int = 1
) -> Raster:
    """Map of numbers as a picture, dark to bright.

    Parameters
    ----------
    values : ndarray, shape (M, N), float
        Numbers to show.
    limits : (float, float)
        Numbers that are darkest and brightest.
    orientation : int
        EXIF orientation, 1 to 8.

    Returns
    -------
    Raster
        The map, turned as the picture is to be seen.
    """
    low, high = limits
    scaled = (turned(values, orientation) - low) * (255 / max(high - low, 1e-9))
    indices = np.ascontiguousarray(np.rint(np.clip(scaled, 0, 255)).astype(np.uint8))
    height, width = indices.shape
    return Raster(palette_png_bytes(indices, color_scale()), "image/png", width, height)


def shared_limits(maps: Sequence[FloatArray]) -> tuple[float, float]:
    """Limits of several maps on one scale, which hold all but 2 % of their values.

    Parameters
    ----------
    maps : sequence of ndarray, shape (M, N), float64
        Maps to be shown side by side.

    Returns
    -------
    (float, float)
        Numbers that are darkest and brightest.
    """
    low, high = np.percentile(np.concatenate([one.ravel() for one in maps]), (1, 99)).tolist()
    return low, high


def step_for(shape: tuple[int, ...], longest: int) -> int:
    """Divisor that brings a picture to no more than so many pixels on its longer side.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    longest : int, pixels
        Longest side allowed.

    Returns
    -------
    int
        From 1, where nothing has to be reduced.

    Examples
    --------
    >>> step_for((512, 512, 3), 1024), step_for((3000, 2000), 1024)
    (1, 3)
    """
    return -(-max(shape[:2]) // longest)


def reduced(image: Image, step: int) -> Image:
    """Means over squares of pixels, to be looked at only.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3), uint8, counts
        Picture to reduce.
    step : int, pixels
        Side of the squares.

    Returns
    -------
    ndarray, shape (M // step, N // step, 3), uint8, counts
        The smaller picture. A side shorter than `step` becomes 1.
    """
    if step == 1:
        return image
    down, right = (min(step, side) for side in image.shape[:2])
    rows, columns = image.shape[0] // down, image.shape[1] // right
    cells = image[: rows * down, : columns * right].reshape(rows, down, columns, right, -1)
    return cast(Image, np.rint(cells.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8))
