"""From what a file stores to three channels of 8 bits, and the words for what that took."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFile

from forensics._typing import Image
from forensics.errors import ImageReadError
from forensics.images.names import printable
from forensics.images.record import has_alpha, orientation, stored_size
from forensics.images.turning import turned

__all__ = ["HIDDEN", "hush_pillow", "jpeg_pixels", "rgb_pixels", "words_for"]

_WORDS = {
    "RGB": "",
    "RGBA": "",
    "RGBX": "fourth channel dropped",
    "1": "black and white to 0 and 255, to three equal channels",
    "L": "gray to three equal channels",
    "LA": "gray to three equal channels",
    "P": "palette to RGB",
    "PA": "palette to RGB",
    "CMYK": "CMYK to RGB without its colour profile",
    "YCbCr": "YCbCr to RGB",
}
"""Modes that can be measured."""

_STRIP = 2**22
"""Pixels that are converted at a time."""

_HUSHED = ("ignore", None, UserWarning, re.compile(r"PIL\.(Png|Tiff)ImagePlugin"), 0)


def hush_pillow() -> None:
    """Keep Pillow's remarks on odd metadata (EXIF, TIFF tags, APNG) off the terminal.

    They say nothing about the pixels, and as errors they would make a picture
    unreadable. ``warnings.catch_warnings`` is not safe in threads: it puts back
    filters that another thread has changed since. One filter that stays, narrow
    enough to silence nobody else's code, is; it is looked for on every call
    because anybody may reset the filters, as pytest does for every test.
    """
    if _HUSHED not in warnings.filters:
        warnings.filterwarnings("ignore", category=_HUSHED[2], module=_HUSHED[3].pattern)


def jpeg_pixels(data: bytes, size: tuple[int, int], *, out: Image | None = None) -> Image | None:
    """Pixels of an RGB JPEG by simplejpeg, or None where Pillow has to decide.

    Bit-identical to Pillow's and faster, and it does not hold up the other
    threads. What it refuses Pillow may still read, so that results do not depend
    on whether simplejpeg is installed.

    Parameters
    ----------
    data : bytes
        The whole file.
    size : (rows, columns)
        As the header says.
    out : ndarray, uint8, in C order, optional
        Where to put the pixels, if it has their shape.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts, or None
    """
    decode = _simplejpeg()
    if decode is None:
        return None
    if out is None or out.shape != (*size, 3):
        out = np.empty((*size, 3), np.uint8)
    try:
        # Into an array of the size that was vetted: no other header is believed.
        decoded = decode(data, "RGB", fastdct=False, fastupsample=False, buffer=out)
    except ValueError:
        return None
    return out if decoded.shape == out.shape else None


@cache
def _simplejpeg() -> Callable[..., Image] | None:
    try:
        from simplejpeg import decode_jpeg
    except ImportError:
        return None
    return decode_jpeg  # type: ignore[no-any-return]


HIDDEN = 128
"""What pixels count as whose colour nobody sees."""


def rgb_pixels(opened: ImageFile.ImageFile, depth: int, name: str) -> tuple[Image, int]:
    """Load what Pillow has opened, as RGB of 8 bits, not turned.

    Parameters
    ----------
    opened : PIL image file
        Not loaded yet.
    depth : int
        Bits per channel, from `bit_depth`.
    name : str
        For the message.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts
        New, in C order. Alpha is dropped, not applied; but a pixel that it hides altogether is
        an even gray: whatever a program left there is no part of the picture.
    int
        How many are hidden so.

    Raises
    ------
    ImageReadError
        The pixels cannot become 8 bits a channel without loss of meaning.
    """
    if opened.mode.startswith("I;16") or (opened.mode == "I" and opened.format == "PNG"):
        return _scaled_gray(opened, depth, name), 0
    if opened.mode not in _WORDS:
        raise _refusal(name, f"pixels of mode {opened.mode}")
    if depth > 8 and opened.format != "AVIF":
        raise _refusal(name, f"{depth} bits per channel in colour or with alpha")
    pixels, as_loaded = _loaded(opened)
    if not has_alpha(opened):
        for part, strip in _strips(opened, as_loaded):
            part[...] = np.asarray(strip.convert("RGB"))
        return pixels, 0
    n_hidden = 0
    for part, strip in _strips(opened, as_loaded):
        whole = np.asarray(strip.convert("RGBA"))
        hidden = whole[..., 3] == 0
        part[...] = whole[..., :3]
        part[hidden] = HIDDEN
        n_hidden += int(hidden.sum())
    return pixels, n_hidden


def _refusal(name: str, what: str) -> ImageReadError:
    return ImageReadError(
        f"{printable(name)} has {what}: convert it to RGB with 8 bits per channel first"
    )


def _scaled_gray(opened: ImageFile.ImageFile, depth: int, name: str) -> Image:
    if depth != 16:
        raise _refusal(name, f"gray pixels of {depth} bits")
    pixels, as_loaded = _loaded(opened)
    for part, strip in _strips(opened, as_loaded):
        # round(x / 257) in whole numbers: 257 is odd, so there are no ties. Pillow's own
        # convert("RGB") would clip at 255.
        part[...] = ((np.asarray(strip).astype(np.uint32) + 128) // 257)[:, :, None]
    return pixels


def _loaded(opened: ImageFile.ImageFile) -> tuple[Image, Image]:
    """Load a picture; room for its pixels as they are stored, and the same as it was loaded."""
    rows, columns = stored_size(opened)
    pixels = np.empty((rows, columns, 3), np.uint8)
    turn = 1
    if opened.format == "TIFF":
        # Pillow turns a TIFF by its orientation when it loads it, and no other format.
        turn = orientation(opened)
        # Given room, it does not hold its own limit, that of the whole process, against it.
        opened.im = Pillow.new(opened.mode, (columns, rows), None).im
    opened.load()
    return pixels, turned(pixels, turn)


def _strips(loaded: Pillow.Image, pixels: Image) -> Iterator[tuple[Image, Pillow.Image]]:
    """Yield each strip with its place in `pixels`.

    A converted copy of the whole would be the larger part of the memory.
    """
    columns, rows = loaded.size
    step = max(1, _STRIP // columns)
    for top in range(0, rows, step):
        end = min(rows, top + step)
        # What is one strip is taken as it is: Pillow would warn of cropping a very long row.
        strip = loaded if step >= rows else loaded.crop((0, top, columns, end))
        yield pixels[top:end], strip


def words_for(opened: ImageFile.ImageFile, depth: int) -> str:
    """Say what `rgb_pixels` does to a picture, "" if nothing.

    Parameters
    ----------
    opened : PIL image file
        Not loaded yet.
    depth : int
        Bits per channel, from `bit_depth`.
    """
    gray16 = opened.mode.startswith("I")
    steps = [
        f"{depth} bits scaled to 8" if depth > 8 else "",
        _WORDS["L"] if gray16 else _WORDS.get(opened.mode, ""),
        "alpha dropped" if has_alpha(opened) else "",
    ]
    return ", ".join(step for step in steps if step)
