"""What happens to a picture on its way to us, done on purpose: cropped, resized, saved again.

Cropping keeps every trace and shifts its phase; resizing and saving destroy
traces and make new ones.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from forensics._typing import Image
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery.encode import (
    decoded_pixels,
    jpeg_bytes,
    luma_psnr,
    png_bytes,
    shown_inline,
    webp_bytes,
)
from forensics.images.delivery.resize import resized
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Png, Resize, Step, Webp, step_record
from forensics.validation import check_image

__all__ = [
    "Delivered",
    "crop_center",
    "deliver",
    "delivered_pixels",
    "resize_to_cover",
]

Size = int | tuple[int, int]

_CONTAINERS: dict[type[Step], str] = {Jpeg: "JPEG", Webp: "WEBP", Png: "PNG"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Delivered:
    """Picture as it arrives, with what was done to it on its way.

    Parameters
    ----------
    pixels : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pixels as they are decoded from `data`.
    data : bytes
        The file.
    container : {"JPEG", "WEBP", "PNG"}
        Format of the file.
    steps : tuple of Step
        All that was done, the last one being a file.
    psnr : tuple of float or None, dB
        For each step that saved, the peak signal-to-noise ratio of luma, infinite where
        nothing changed; None for a step that only cut, pasted or resampled.
    """

    pixels: Image
    data: bytes
    container: str
    steps: tuple[Step, ...]
    psnr: tuple[float | None, ...]

    def to_dict(self) -> dict[str, Any]:
        """What the manifest of `deliver` says of it, ready for JSON."""
        done = zip(self.steps, self.psnr, strict=True)
        return {
            "container": self.container,
            "n_bytes": len(self.data),
            "shape": list(self.pixels.shape),
            "steps": [step_record(step, psnr) for step, psnr in done],
        }

    def __repr__(self) -> str:
        rows, columns = self.pixels.shape[:2]
        steps = ", ".join(map(str, self.steps))
        return (
            f"<Delivered {self.container} of {rows} x {columns} pixels, {len(self.data):,} bytes: "
            f"{steps}>"
        )

    def _repr_html_(self) -> str:
        return shown_inline(self.data, self.container, repr(self))


def deliver(image: Image, steps: Iterable[Step]) -> Delivered:
    """Deliver a picture: crop, resize and save it, step by step.

    To know what a delivery does to a trace, or makes look like one, deliver
    pictures whose history is known. A JPEG saved twice on a shifted grid is
    ``[Jpeg(90), Crop(3, 5, rows, columns), Jpeg(75)]``.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to deliver; it is not changed.
    steps : iterable of Step
        Steps in the order in which they are taken. Where the last one is no file, a PNG is made of
        it.

    Returns
    -------
    Delivered
        The file that arrives, its pixels, and what each step did.

    Raises
    ------
    ImageShapeError
        `image` is no image, is smaller than a crop or larger than a surface it is
        pasted on, or has a longer side than the file holds.
    ParameterError
        A resize leads to more than 65536 pixels a side.

    See Also
    --------
    delivered_pixels : The pixels alone.
    forensics.images.delivery.chains.random_delivery : Steps drawn at random.
    forensics.images.delivery.simulate.simulated : A simulated generator.

    Examples
    --------
    >>> image = np.arange(4800, dtype=np.uint16).reshape(40, 40, 3).astype(np.uint8)
    >>> done = deliver(image, [Crop(3, 5, 32, 32), Jpeg(75)])
    >>> done.pixels.shape, done.container, [str(step) for step in done.steps]
    ((32, 32, 3), 'JPEG', ['crop 32x32 at (3, 5)', 'jpeg q75 4:2:0'])
    """
    check_image(image)
    done = tuple(steps)
    if not done or not isinstance(done[-1], Jpeg | Webp | Png):
        done = (*done, Png())
    return _delivered(image, done)


def delivered_pixels(image: Image, steps: Iterable[Step]) -> Image:
    """Pixels that `deliver` would return, without the file that it would end with.

    A PNG changes no pixel, and takes as long as all the traces together.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to deliver; it is not changed.
    steps : iterable of Step
        Steps in the order in which they are taken.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        The pixels that arrive.

    Raises
    ------
    ImageShapeError, ParameterError
        As from `deliver`.

    See Also
    --------
    deliver : The file as well.
    """
    check_image(image)
    for step in steps:
        if isinstance(step, Jpeg | Webp):
            image = _decoded(_encoded(image, step), image)
        elif not isinstance(step, Png):
            image = _moved(image, step)
    return image


def crop_center(image: Image, size: Size) -> Image:
    """Centre of an image, its pixels untouched.

    The only way to one size for a set that is fit for measuring. Where the
    difference of the sizes is odd, the extra row or column is lost at the end.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to crop; it is not changed.
    size : int or (rows, columns)
        Pixels to keep; one number for a square.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        A view of `image`.

    Raises
    ------
    ImageShapeError
        `image` is no image, or smaller than `size`.
    ParameterError
        `size` is not one or two positive whole numbers.

    Examples
    --------
    >>> crop_center(np.arange(25, dtype=np.uint8).reshape(5, 5), 3)
    array([[ 6,  7,  8],
           [11, 12, 13],
           [16, 17, 18]], dtype=uint8)
    """
    check_image(image)
    rows, columns = _rows_and_columns(size)
    top, left = image.shape[0] - rows, image.shape[1] - columns
    if top < 0 or left < 0:
        raise ImageShapeError(
            f"image has shape {image.shape}, smaller than the {rows} x {columns} asked for: "
            "pass a smaller size"
        )
    return image[top // 2 : top // 2 + rows, left // 2 : left // 2 + columns]


def resize_to_cover(image: Image, size: Size) -> Image:
    """Image resampled until it just covers a square, then cropped to it.

    For sets that have no common size and would not be left with any picture
    otherwise. **Resampling destroys and makes traces**: reducing erases short
    periods and moves long ones, enlarging adds periods of its own. Say so beside
    every number that comes out of it.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to resample; it is not changed.
    size : int or (rows, columns)
        Wanted pixels; one number for a square.

    Returns
    -------
    ndarray, shape (rows, columns, 3) or (rows, columns), uint8, counts
        New. Pillow's Lanczos, which reduces with anti-aliasing; the proportions
        of the picture are kept. An image that fits already is only cropped.

    Raises
    ------
    ImageShapeError
        `image` is no image.
    ParameterError
        `size` is not one or two positive whole numbers.

    Examples
    --------
    >>> resize_to_cover(np.full((60, 40, 3), 7, np.uint8), 20).shape
    (20, 20, 3)
    """
    from PIL import Image as Pillow

    check_image(image)
    rows, columns = _rows_and_columns(size)
    scale = max(rows / image.shape[0], columns / image.shape[1])
    # Rounded, yet never below what the crop needs.
    wide = max(columns, math.floor(image.shape[1] * scale + 0.5))
    high = max(rows, math.floor(image.shape[0] * scale + 0.5))
    if (high, wide) == image.shape[:2]:
        return crop_center(image, (rows, columns)).copy()
    covering = Pillow.fromarray(image).resize((wide, high), Pillow.Resampling.LANCZOS)
    return np.array(crop_center(np.asarray(covering), (rows, columns)))


def _delivered(image: Image, steps: tuple[Step, ...]) -> Delivered:
    pixels, data = image, b""
    psnr: list[float | None] = []
    for step in steps:
        if isinstance(step, Crop | Resize | Paste):
            pixels = _moved(pixels, step)
            psnr.append(None)
            continue
        before, data = pixels, _encoded(pixels, step)
        pixels = _decoded(data, before)
        psnr.append(luma_psnr(before, pixels))
    return Delivered(pixels, data, _CONTAINERS[type(steps[-1])], steps, tuple(psnr))


def _moved(image: Image, step: Crop | Resize | Paste) -> Image:
    if isinstance(step, Resize):
        return resized(image, step.scale, kernel=step.kernel, antialias=step.antialias)
    inner, outer = (
        ((step.rows, step.columns), image.shape)
        if isinstance(step, Crop)
        else (image.shape[:2], (step.rows, step.columns))
    )
    bottom, right = step.top + inner[0], step.left + inner[1]
    if bottom > outer[0] or right > outer[1]:
        raise ImageShapeError(
            f"image has shape {image.shape}, {step} leads out of "
            f"{'it' if isinstance(step, Crop) else 'the surface'}: "
            "pass another offset or size"
        )
    if isinstance(step, Crop):
        return image[step.top : bottom, step.left : right]
    surface = np.full((step.rows, step.columns, *image.shape[2:]), step.gray, np.uint8)
    surface[step.top : bottom, step.left : right] = image
    return surface


def _encoded(image: Image, step: Jpeg | Webp | Png) -> bytes:
    """The file that a step saves."""
    match step:
        case Jpeg(quality, subsampling, progressive):
            return jpeg_bytes(
                image, quality=quality, subsampling=subsampling, progressive=progressive
            )
        case Webp(quality):
            return webp_bytes(image, quality=quality)
        case Png():
            return png_bytes(image)


def _decoded(data: bytes, before: Image) -> Image:
    return decoded_pixels(data, gray=before.ndim == 2)


def _rows_and_columns(size: Size) -> tuple[int, int]:
    try:
        rows, columns = map(operator.index, size if isinstance(size, tuple) else (size, size))
    except (TypeError, ValueError):
        rows = columns = 0
    if rows < 1 or columns < 1:
        raise ParameterError(
            f"size is {size!r}: pass a positive whole number, or two as (rows, columns)"
        )
    return rows, columns
