"""Bytes to pixels: Pillow vets the header, and the stored pixels come out as they are.

Nothing is turned, resized or blended. What cannot be measured as it is stored
is refused by name.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile

from forensics._typing import Image
from forensics.errors import ImageReadError, ParameterError
from forensics.images.inputs import AnyImage, as_source
from forensics.images.limits import too_many_pieces, too_many_pixels, unfit_head
from forensics.images.record import (
    FileRecord,
    bit_depth,
    describe,
    has_alpha,
    has_exif,
    orientation,
    stored_size,
)
from forensics.images.signature import SIGNATURE_BYTES, Format, file_format
from forensics.images.sources.local import FileSource, ImageSource
from forensics.images.sources.names import brief, printable

__all__ = [
    "HIDDEN",
    "MAX_PIXELS",
    "hush_pillow",
    "jpeg_pixels",
    "read_image",
    "read_pixels",
    "read_size",
    "rgb_pixels",
    "turned",
    "words_for",
]


def turned(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Stored pixels turned and mirrored as the EXIF orientation says.

    Parameters
    ----------
    image : ndarray, shape (M, N, …), any dtype
        Pixels as they are stored.
    orientation : int
        EXIF orientation, 1 to 8; 1 leaves them.

    Returns
    -------
    ndarray, shape (M, N, …) or (N, M, …), of the same dtype
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
    size : (int, int)
        Rows and columns, by the header.
    out : ndarray, shape (M, N, 3), uint8, in C order, optional
        Where to put the pixels, if it has their shape.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts, or None
        The pixels as they are stored; None if simplejpeg is missing or refuses the file.
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
        Picture that Pillow has opened and not yet loaded.
    depth : int
        Bits per channel, from `bit_depth`.
    name : str
        Name of the picture, for messages.

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
    """Words for what `rgb_pixels` does to a picture.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.
    depth : int
        Bits per channel, from `bit_depth`.

    Returns
    -------
    str
        The conversion in words, "" if there is none.
    """
    gray16 = opened.mode.startswith("I")
    steps = [
        f"{depth} bits scaled to 8" if depth > 8 else "",
        _WORDS["L"] if gray16 else _WORDS.get(opened.mode, ""),
        "alpha dropped" if has_alpha(opened) else "",
    ]
    return ", ".join(step for step in steps if step)


MAX_PIXELS = 100_000_000
"""Pixels of the largest picture that is read unless more is asked for."""

_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError,
    AttributeError, AssertionError, MemoryError, RuntimeError, BufferError, UserWarning,
    struct.error, zlib.error, Pillow.DecompressionBombError, Pillow.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow's plugins raise on bad data, warnings that were made errors included."""

_COUNTED = 2**20
"""Bytes of a file whose frames or pages are counted for the message that refuses it."""

_PLUGINS: dict[Format, str] = {
    "JPEG": "Jpeg", "PNG": "Png", "WEBP": "WebP", "TIFF": "Tiff", "BMP": "Bmp", "GIF": "Gif",
    "AVIF": "Avif",
}  # fmt: skip
"""Modules of Pillow, by the format that each opens."""


def read_pixels(
    image: AnyImage, *, max_pixels: int = MAX_PIXELS, out: Image | None = None
) -> Image:
    """Pixels of one picture as they are stored, as RGB of 8 bits.

    The way for thousands of pictures: `read_image` without the record.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        JPEG, PNG, WebP, TIFF, BMP, AVIF or GIF, whatever its name says. Pixels in memory stand
        for a PNG of them.
    max_pixels : int
        Larger pictures are refused before they are decoded.
    out : ndarray, shape (M, N, 3), uint8, in C order, optional
        Where the pixels may be put. Not all kinds of pictures can be, nor those of
        another shape: look at what is returned.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts
        `out`, or a new array, in C order. Gray is repeated, palettes and CMYK are converted, 16-bit
        gray is scaled, alpha is dropped, and what it hides altogether is gray of 128; EXIF
        orientation is not applied.

    Raises
    ------
    ParameterError
        `max_pixels` is not a positive whole number, or `image` names no picture.
    ImageShapeError
        It is an array, and no image.
    ImageReadError
        The picture is missing, damaged, no picture, too large, has several
        frames or pages, or has colours of more than 8 bits a channel.

    See Also
    --------
    read_image : The record of the file as well.
    read_size : Rows and columns alone.

    Examples
    --------
    >>> import skimage.data
    >>> read_pixels(f"{skimage.data.data_dir}/chelsea.png").shape
    (300, 451, 3)
    """
    _check_limit(max_pixels)
    source = as_source(image)
    data = source.read_bytes()
    with _in_one_sentence(source.name):
        return _decoded(_vetted(data, source.name, max_pixels), data, source.name, out)[0]


def read_image(image: AnyImage, *, max_pixels: int = MAX_PIXELS) -> tuple[Image, FileRecord]:
    """Pixels of one picture as they are stored, and what its file tells besides.

    What a detector reads from the container must be known, or it will be
    mistaken for a trace in the pixels.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        As for `read_pixels`.
    max_pixels : int
        As for `read_pixels`.

    Returns
    -------
    pixels : ndarray, shape (M, N, 3), uint8, counts
        As from `read_pixels`.
    record : FileRecord
        Container, tables, orientation, and what was converted.

    Raises
    ------
    ParameterError, ImageShapeError, ImageReadError
        As `read_pixels`.

    See Also
    --------
    read_pixels : The pixels alone.
    forensics.images.metadata.provenance.provenance : What the file says about its origin.

    Examples
    --------
    >>> import skimage.data
    >>> pixels, record = read_image(f"{skimage.data.data_dir}/chelsea.png")
    >>> record.container, record.rows, record.columns
    ('PNG', 300, 451)
    """
    _check_limit(max_pixels)
    source = as_source(image)
    data = source.read_bytes()
    with _in_one_sentence(source.name):
        opened = _vetted(data, source.name, max_pixels)
        record = describe(opened, data, words_for(opened, bit_depth(opened, data)))
        pixels, n_hidden = _decoded(opened, data, source.name)
        if n_hidden:
            record = replace(record, hidden=n_hidden / pixels[..., 0].size)
        if record.container == "PNG":
            # Its EXIF may follow the pixels.
            record = replace(record, exif=has_exif(opened), orientation=orientation(opened))
    return pixels, record


def read_size(image: AnyImage, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Rows and columns of one picture, from its header.

    A set has one size; finding it must not cost decoding the set.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        As for `read_pixels`. A file is not read beyond what its header needs.
    max_pixels : int
        As for `read_pixels`.

    Returns
    -------
    rows, columns : int
        Size as stored, not turned.

    Raises
    ------
    ParameterError, ImageShapeError, ImageReadError
        As `read_pixels`; damage behind the header is not seen.

    See Also
    --------
    read_pixels : The pixels.

    Examples
    --------
    >>> import skimage.data
    >>> read_size(f"{skimage.data.data_dir}/chelsea.png")
    (300, 451)
    """
    _check_limit(max_pixels)
    source = as_source(image)
    with _header_of(source) as file, _in_one_sentence(source.name):
        return stored_size(_opened(file, source.name, max_pixels))


def _check_limit(max_pixels: int) -> None:
    if max_pixels < 1:
        raise ParameterError(f"max_pixels is {max_pixels!r}: pass a positive whole number")


def _header_of(source: ImageSource) -> IO[bytes]:
    return source.open() if isinstance(source, FileSource) else io.BytesIO(source.read_bytes())


@contextmanager
def _in_one_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except ImageReadError:
        raise
    except _DAMAGE as error:
        detail = brief(str(error)) or type(error).__name__
        raise ImageReadError(
            f"{printable(name)} cannot be decoded, it is damaged or of an unusual kind "
            f"({detail}): copy it again, or convert it to an 8-bit PNG"
        ) from error


def _vetted(data: bytes, name: str, max_pixels: int) -> ImageFile.ImageFile:
    opened = _opened(io.BytesIO(data), name, max_pixels)
    if reason := too_many_pieces(data, str(opened.format), stored_size(opened)):
        raise ImageReadError(f"{printable(name)} {reason}")
    if opened.format == "PNG":
        # Decoding does not look at checksums, and a picture cannot be used after verify().
        opened.verify()
        opened = _opened(io.BytesIO(data), name, max_pixels)
    if getattr(opened, "is_animated", False):
        parts = "pages" if opened.format == "TIFF" else "frames"
        # Counting goes through all of them.
        count = getattr(opened, "n_frames", "several") if len(data) < _COUNTED else "several"
        raise ImageReadError(
            f"{printable(name)} has {count} {parts}, one picture is measured at a "
            "time: save the one you mean as a file of its own"
        )
    return opened


def _opened(file: IO[bytes], name: str, max_pixels: int) -> ImageFile.ImageFile:
    hush_pillow()
    start = file.read(SIGNATURE_BYTES)
    kind = file_format(start)
    if kind is None:
        raise ImageReadError(f"{printable(name)} {_no_picture(start)}")
    file.seek(0)
    if reason := unfit_head(file, kind):
        raise ImageReadError(f"{printable(name)} {reason}")
    file.seek(0)
    opened = _plugin(kind)(file)
    if reason := too_many_pixels(opened, max_pixels):
        raise ImageReadError(f"{printable(name)} {reason}")
    return opened


@cache
def _plugin(kind: Format) -> Callable[[IO[bytes]], ImageFile.ImageFile]:
    # The plugins themselves, not Image.open with its formats=[...]: seven formats and no
    # other, only the needed one loaded, and not Pillow's own limit, which belongs to the
    # whole process and would warn at 89 megapixels whatever --max-pixels says. It stays as
    # it is for everybody else; ours stands behind every call of this.
    plugin: Callable[[IO[bytes]], ImageFile.ImageFile]
    named = _PLUGINS[kind]
    plugin = getattr(import_module(f"PIL.{named}ImagePlugin"), f"{named}ImageFile")
    return plugin


def _no_picture(start: bytes) -> str:
    if not start:
        return "is empty (0 bytes): copy it again or leave it out"
    shown = ascii(start.decode("latin-1"))
    return (
        f"is no picture, it begins with {shown}: "
        "JPEG, PNG, WebP, TIFF, BMP, AVIF and GIF can be read"
    )


def _decoded(
    opened: ImageFile.ImageFile, data: bytes, name: str, out: Image | None = None
) -> tuple[Image, int]:
    if opened.format == "JPEG" and opened.mode == "RGB":
        pixels = jpeg_pixels(data, (opened.height, opened.width), out=out)
        if pixels is not None:
            return pixels, 0
    return rgb_pixels(opened, bit_depth(opened, data), name)
