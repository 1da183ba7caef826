"""Pixels to the bytes of a file and back, in memory.

What a lossy file does to pixels is one of the causes of periods.
"""

from __future__ import annotations

import base64
import html
import io
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal, TypeAlias

import numpy as np

from forensics._typing import Image
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.inputs import as_source
from forensics.images.read import read_pixels
from forensics.images.sources.local import BytesSource
from forensics.luma import luma_plane
from forensics.validation import check_choice, check_image

__all__ = [
    "SUBSAMPLINGS",
    "Subsampling",
    "decoded_pixels",
    "jpeg_bytes",
    "luma_psnr",
    "palette_png_bytes",
    "png_bytes",
    "shown_inline",
    "webp_bytes",
]

Subsampling: TypeAlias = Literal["4:2:0", "4:2:2", "4:4:4"]

SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:2:0", "4:2:2", "4:4:4")
"""Chroma at half the rows and columns, at half the columns, or at all pixels."""

_LONGEST = {"JPEG": 65_500, "WEBP": 16_383, "PNG": 2**31 - 1}


def jpeg_bytes(
    image: Image,
    *,
    quality: int,
    subsampling: Subsampling = "4:2:0",
    progressive: bool = False,
) -> bytes:
    """JPEG file of an image, with the IJG tables of a quality.

    The most common thing that happens to a picture: it leaves a grid of 8 (of 16
    in subsampled chroma) whose harmonics are the periods of a generator.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to save; it is not changed.
    quality : int
        Quality on the IJG scale, 1 to 100.
    subsampling : {"4:2:0", "4:2:2", "4:4:4"}
        Subsampling of the chroma; without effect on a gray image.
    progressive : bool
        Whether it is stored in several scans; the pixels are the same.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ImageShapeError
        `image` is no image, or has a side longer than 65,500 pixels.
    ParameterError
        `quality` or `subsampling` is not allowed.

    See Also
    --------
    webp_bytes, png_bytes : Other formats.
    decoded_pixels : Back to pixels.
    forensics.traces.jpeg.quality.jpeg_quality : The quality, from pixels alone.

    Examples
    --------
    >>> decoded_pixels(jpeg_bytes(np.zeros((16, 16, 3), np.uint8), quality=75)).shape
    (16, 16, 3)
    """
    _check_encodable(image, "JPEG")
    _check_quality(quality, 1)
    check_choice("subsampling", subsampling, SUBSAMPLINGS)
    how = {"quality": quality, **({"subsampling": subsampling} if image.ndim == 3 else {})}
    data = _saved(image, "JPEG", **how)
    if not progressive:
        return data
    # Pillow wants a progressive file to fit into one buffer, of a byte a pixel at most
    # qualities: enough for photographs, too little for noise.
    room = nullcontext() if len(data) < image.shape[0] * image.shape[1] else _room(2 * len(data))
    with room:
        return _saved(image, "JPEG", progressive=True, **how)


def webp_bytes(image: Image, *, quality: int = 80, lossless: bool = False) -> bytes:
    """WebP file of an image.

    Lossy, it has blocks of 4 and 16 that follow the content, smoothed over, and
    always halves the chroma: other traces than a JPEG's.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to save; it is not changed.
    quality : int
        Quality on the scale of libwebp, 0 to 100; where nothing is lost, the effort.
    lossless : bool
        Whether every pixel is kept; `quality` is then an effort.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ImageShapeError
        `image` is no image, or has a side longer than 16,383 pixels.
    ParameterError
        `quality` is not allowed.

    See Also
    --------
    jpeg_bytes, png_bytes : Other formats.
    decoded_pixels : Back to pixels.

    Examples
    --------
    >>> image = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    >>> bool((decoded_pixels(webp_bytes(image, lossless=True)) == image).all())
    True
    """
    _check_encodable(image, "WEBP")
    _check_quality(quality, 0)
    return _saved(image, "WEBP", quality=quality, lossless=lossless, exact=True)


def png_bytes(image: Image) -> bytes:
    """PNG file of an image: every pixel is kept.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Picture to save; it is not changed.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ImageShapeError
        `image` is no image.

    See Also
    --------
    jpeg_bytes, webp_bytes : Formats that lose something.
    palette_png_bytes : One byte a pixel.

    Examples
    --------
    >>> decoded_pixels(png_bytes(np.eye(2, dtype=np.uint8)), gray=True)
    array([[1, 0],
           [0, 1]], dtype=uint8)
    """
    _check_encodable(image, "PNG")
    return as_source(image).read_bytes()


def palette_png_bytes(indices: Image, colors: Image) -> bytes:
    """PNG file of a map: one byte a pixel, and the colours that they stand for.

    Parameters
    ----------
    indices : ndarray, shape (M, N), uint8
        Number of the colour of each pixel.
    colors : ndarray, shape (256, 3), uint8
        Colours as RGB, in counts.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ImageShapeError
        `indices` is no gray image, or `colors` are not 256.

    Examples
    --------
    >>> reds = np.zeros((256, 3), np.uint8)
    >>> reds[:, 0] = np.arange(256)
    >>> decoded_pixels(palette_png_bytes(np.full((1, 1), 7, np.uint8), reds)).tolist()
    [[[7, 0, 0]]]
    """
    from PIL import Image as Pillow

    _check_encodable(indices, "PNG")
    if indices.ndim != 2 or colors.shape != (256, 3):
        raise ImageShapeError(
            f"indices have shape {indices.shape}, colors {colors.shape}: pass (M, N) and (256, 3)"
        )
    picture = Pillow.fromarray(indices)
    picture.putpalette(colors.tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def decoded_pixels(data: bytes, *, gray: bool = False) -> Image:
    """Pixels of a file in memory, by the same decoder that reads pictures from disk.

    Parameters
    ----------
    data : bytes
        A whole file of any format that can be read.
    gray : bool
        Whether it was made from a gray image and one channel is wanted.

    Returns
    -------
    ndarray, shape (M, N, 3), or (M, N) if `gray`, uint8, counts
        The pixels as they are stored.

    Raises
    ------
    ImageReadError
        `data` is no picture.

    See Also
    --------
    jpeg_bytes, png_bytes, webp_bytes : The way there.

    Examples
    --------
    >>> decoded_pixels(png_bytes(np.zeros((2, 3), np.uint8))).shape
    (2, 3, 3)
    """
    pixels = read_pixels(BytesSource("encoded picture", data), max_pixels=_LONGEST["JPEG"] ** 2)
    return np.ascontiguousarray(pixels[:, :, 1]) if gray else pixels


def luma_psnr(before: Image, after: Image) -> float:
    """Peak signal-to-noise ratio of luma: how little saving changed, in one number.

    Parameters
    ----------
    before, after : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pictures of one shape.

    Returns
    -------
    float, dB
        ``10 log10(255 ** 2 / mean squared difference)``; infinite where nothing changed.

    Examples
    --------
    >>> image = np.zeros((2, 2), np.uint8)
    >>> luma_psnr(image, image), round(luma_psnr(image, image + 1), 1)
    (inf, 48.1)
    """
    error = float(np.square(luma_plane(before) - luma_plane(after)).mean())
    return 10 * math.log10(255**2 / error) if error > 0 else math.inf


def shown_inline(data: bytes, container: str, said: str) -> str:
    """Picture file as HTML that needs no other file.

    Parameters
    ----------
    data : bytes
        The whole file.
    container : {"JPEG", "WEBP", "PNG"}
        Format of the file.
    said : str
        What those are told who cannot see it.

    Returns
    -------
    str
        One ``img`` element that holds the file.

    Examples
    --------
    >>> shown_inline(b"", "PNG", "a cat")
    '<img src="data:image/png;base64," alt="a cat">'
    """
    coded = base64.b64encode(data).decode()
    return f'<img src="data:image/{container.lower()};base64,{coded}" alt="{html.escape(said)}">'


def _saved(image: Image, container: str, **options: object) -> bytes:
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.fromarray(image).save(file, container, **options)
    return file.getvalue()


_ROOM_LOCK = threading.Lock()


@contextmanager
def _room(n_bytes: int) -> Iterator[None]:
    """Let Pillow's encoders use a buffer of `n_bytes`, which only its module can be told."""
    from PIL import ImageFile

    with _ROOM_LOCK:
        before = ImageFile.MAXBLOCK
        ImageFile.MAXBLOCK = max(before, n_bytes)
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before


def _check_encodable(image: Image, container: str) -> None:
    check_image(image)
    longest = _LONGEST[container]
    if max(image.shape[:2]) > longest:
        raise ImageShapeError(
            f"image has shape {image.shape}, a {container} file holds at most {longest} pixels "
            "a side: crop or reduce it first, or save a PNG"
        )


def _check_quality(quality: int, least: int) -> None:
    if quality not in range(least, 101):
        raise ParameterError(f"quality is {quality!r}: pass a whole number of {least} to 100")
