"""Bytes to pixels: Pillow vets the header, and the stored pixels come out as they are.

Nothing is turned, resized or blended. What cannot be measured as it is stored
is refused by name.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import IO

from PIL import Image as Pillow
from PIL import ImageFile

from forensics._typing import Image
from forensics.errors import ImageReadError, ParameterError
from forensics.images.files import FileSource, ImageSource
from forensics.images.names import brief, printable
from forensics.images.pixels import hush_pillow, jpeg_pixels, rgb_pixels, words_for
from forensics.images.record import (
    FileRecord,
    bit_depth,
    describe,
    has_exif,
    orientation,
    stored_size,
)
from forensics.images.signature import SIGNATURE_BYTES, Format, file_format
from forensics.images.vetting import too_many_pieces, too_many_pixels, unfit_head

__all__ = ["MAX_PIXELS", "read_image", "read_pixels", "read_size"]

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

Named = str | os.PathLike[str]


def read_pixels(
    image: Named | ImageSource, *, max_pixels: int = MAX_PIXELS, out: Image | None = None
) -> Image:
    """Pixels of one picture as they are stored, as RGB of 8 bits.

    The way for thousands of pictures: `read_image` without the record.

    Parameters
    ----------
    image : str, path-like or ImageSource
        JPEG, PNG, WebP, TIFF, BMP, AVIF or GIF, whatever its name says.
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
        `max_pixels` is not a positive whole number.
    ImageReadError
        The picture is missing, damaged, no picture, too large, has several
        frames or pages, or has colours of more than 8 bits a channel.

    Examples
    --------
    >>> import skimage.data
    >>> read_pixels(os.path.join(skimage.data.data_dir, "chelsea.png")).shape
    (300, 451, 3)
    """
    _check_limit(max_pixels)
    source = _source(image)
    data = source.read_bytes()
    with _in_one_sentence(source.name):
        return _decoded(_vetted(data, source.name, max_pixels), data, source.name, out)[0]


def read_image(
    image: Named | ImageSource, *, max_pixels: int = MAX_PIXELS
) -> tuple[Image, FileRecord]:
    """Pixels of one picture as they are stored, and what its file tells besides.

    What a detector reads from the container must be known, or it will be
    mistaken for a trace in the pixels.

    Parameters
    ----------
    image : str, path-like or ImageSource
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
    ParameterError, ImageReadError
        As `read_pixels`.

    Examples
    --------
    >>> import skimage.data
    >>> pixels, record = read_image(os.path.join(skimage.data.data_dir, "chelsea.png"))
    >>> record.container, record.rows, record.columns
    ('PNG', 300, 451)
    """
    _check_limit(max_pixels)
    source = _source(image)
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


def read_size(image: Named | ImageSource, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Rows and columns of one picture, from its header.

    A set has one size; finding it must not cost decoding the set.

    Parameters
    ----------
    image : str, path-like or ImageSource
        As for `read_pixels`. A file is not read beyond what its header needs.
    max_pixels : int
        As for `read_pixels`.

    Returns
    -------
    rows, columns : int
        As stored, not turned.

    Raises
    ------
    ParameterError, ImageReadError
        As `read_pixels`; damage behind the header is not seen.

    Examples
    --------
    >>> import skimage.data
    >>> read_size(os.path.join(skimage.data.data_dir, "chelsea.png"))
    (300, 451)
    """
    _check_limit(max_pixels)
    source = _source(image)
    with _header_of(source) as file, _in_one_sentence(source.name):
        return stored_size(_opened(file, source.name, max_pixels))


def _check_limit(max_pixels: int) -> None:
    if max_pixels < 1:
        raise ParameterError(f"max_pixels is {max_pixels!r}: pass a positive whole number")


def _source(image: Named | ImageSource) -> ImageSource:
    return FileSource(os.fsdecode(image)) if isinstance(image, str | os.PathLike) else image


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
