"""Bytes to pixels: Pillow vets the header, and the stored pixels come out as they are.

Nothing is turned, resized or blended. What cannot be measured as it is stored
is refused by name.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile

from forensics._typing import Damaged, Image
from forensics.errors import ForensicsError, ImageReadError
from forensics.images.damage import (
    closed_jpeg,
    completed_png,
    jpeg_damage,
    plain_head,
    scans_of,
    sound_chunks,
    strict_pixels,
)
from forensics.images.inputs import AnyImage, as_source
from forensics.images.limits import (
    number_of_frames,
    too_many_coded,
    too_many_frames,
    too_many_pieces,
    too_many_pixels,
    too_many_scans,
    unfit_head,
)
from forensics.images.record import (
    FileRecord,
    bit_depth,
    describe,
    has_alpha,
    has_exif,
    orientation,
    raw_mode,
    stored_size,
)
from forensics.images.signature import SIGNATURE_BYTES, Format, file_format
from forensics.images.sources.local import (
    AskedSource,
    BytesSource,
    FileSource,
    ImageSource,
    asked_for,
    named,
)
from forensics.images.sources.names import brief, printable
from forensics.images.unread import no_picture, unread_kind
from forensics.validation import check_whole

__all__ = [
    "HIDDEN",
    "MAX_PIXELS",
    "hush_pillow",
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


HIDDEN = 128
"""What pixels count as whose colour nobody sees."""


def rgb_pixels(
    opened: ImageFile.ImageFile,
    depth: int,
    name: str,
    again: Callable[[], ImageFile.ImageFile],
    out: Image | None = None,
) -> tuple[Image, int]:
    """Load what Pillow has opened, as RGB of 8 bits, not turned.

    Parameters
    ----------
    opened : PIL image file
        Picture that Pillow has opened and not yet loaded.
    depth : int
        Bits per channel, from `bit_depth`.
    name : str
        Name of the picture, for messages.
    again : callable
        Opens it once more: Pillow gives colours of 16 bits as 8, one half or the other.
    out : ndarray, shape (M, N, 3), uint8, in C order, optional
        Where the pixels may be put, if they are as many.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts
        New or `out`, in C order. Alpha is dropped, not applied; but a pixel that it hides
        altogether is an even gray: whatever a program left there is no part of the picture.
    int
        How many are hidden so.

    Raises
    ------
    ImageReadError
        The pixels cannot become 8 bits a channel without loss of meaning.
    """
    if not getattr(opened, "countable", True):
        raise ImageReadError(f"{printable(name)} {_UNCOUNTABLE}")
    if opened.mode.startswith("I;16") or (opened.mode == "I" and opened.format in ("PNG", "PPM")):
        return _scaled_gray(opened, depth, name)
    if opened.mode not in _WORDS:
        raise _refusal(name, f"pixels of mode {opened.mode}")
    if depth > 8 and opened.format == "JPEG2000":
        raise ImageReadError(f"{printable(name)} {_deep_jpeg2000(depth)}")
    if depth > 8 and opened.format != "AVIF":
        return _scaled_color(opened, depth, name, again())
    pixels, as_loaded = _loaded(opened, out)
    if not has_alpha(opened):
        for part, strip in _strips(opened, as_loaded):
            # What is RGB already would be copied to be converted.
            part[...] = np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))
        return pixels, 0
    n_hidden = 0
    for part, strip in _strips(opened, as_loaded):
        n_hidden += _put(part, np.asarray(strip.convert("RGBA")))
    return pixels, n_hidden


_UNCOUNTABLE = (
    "is a PPM, PGM or PBM in plain text, or one that counts up to another number than 255 or "
    "65535: convert it to PNG, for instance with pnmtopng"
)


def _deep_jpeg2000(depth: int) -> str:
    # Pillow gives their upper 8 bits alone, cut and not rounded.
    return (
        f"has colours of {depth} bits in JPEG 2000, of which 8 can be read: save it as a 16-bit "
        "PNG, which is read whole, for instance with opj_decompress -i FILE -o FILE.png"
    )


def _put(part: Image, whole: Image) -> int:
    """Put the colours of RGBA in their place; the number of pixels that alpha hides."""
    hidden = whole[..., 3] == 0
    part[...] = whole[..., :3]
    part[hidden] = HIDDEN
    return int(hidden.sum())


def _refusal(name: str, what: str) -> ImageReadError:
    return ImageReadError(
        f"{printable(name)} has {what}: convert it to RGB with 8 bits per channel first"
    )


def _scaled_gray(opened: ImageFile.ImageFile, depth: int, name: str) -> tuple[Image, int]:
    if depth != 16:
        raise _refusal(name, f"gray pixels of {depth} bits")
    white_is_zero = getattr(opened, "white_is_zero", False)
    pixels, as_loaded = _loaded(opened)
    n_hidden = 0
    for part, strip in _strips(opened, as_loaded):
        # Pillow's own convert("RGB") would clip at 255, and it inverts 8 bits but not 16.
        deep = np.asarray(strip).astype(np.uint16)[:, :, None]
        n_hidden += _put_deep(part, ~deep if white_is_zero else deep, _transparent(opened))
    return pixels, n_hidden


def _of_16_bits(deep: NDArray[np.uint16]) -> Image:
    """round(x / 257) in whole numbers: 257 is odd, so there are no ties."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


_HALVES = {
    f"{bands};16{order}": f"{bands};16{other}"
    for bands in ("RGB", "RGBX", "RGBA", "CMYK", "R", "G", "B", "A")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B" if sys.byteorder == "little" else "L"))
}
"""Of each way in which Pillow takes the upper bytes of 16 bits, that which takes the lower."""


def _scaled_color(
    opened: ImageFile.ImageFile, depth: int, name: str, second: ImageFile.ImageFile
) -> tuple[Image, int]:
    """Colours of 16 bits, or gray with alpha, from two decodings: one a byte."""
    refusal = _refusal(name, f"{depth} bits per channel in {opened.mode}")
    if depth != 16 or opened.format not in ("PNG", "TIFF", "PPM"):
        raise refusal
    if raw_mode(opened) == "LA;16B":
        # Both bytes of both, as four channels: Pillow has no way to take the lower ones.
        opened._mode = "RGBA"
        opened.tile = [one._replace(args="RGBA") for one in opened.tile]
        pixels, as_loaded = _loaded(opened)
        n_hidden = 0
        for part, strip in _strips(opened, as_loaded):
            n_hidden += _put_deep(part, np.asarray(strip).view(">u2")[..., [0, 0, 0, 1]])
        return pixels, n_hidden
    upper = _upper_tiles(opened)
    if not upper or not all(_raw(one) in _HALVES for one in upper):
        raise refusal
    opened.tile = upper
    second.tile = [_with_raw(one, _HALVES[_raw(one)]) for one in upper]
    pixels, as_loaded = _loaded(opened)
    n_hidden = 0
    for (part, strip), (_, below) in zip(
        _strips(opened, as_loaded), _strips(second, _loaded(second)[1]), strict=True
    ):
        deep = np.asarray(strip).astype(np.uint16) << 8 | np.asarray(below)
        if opened.mode == "CMYK":
            ink = Pillow.frombytes("CMYK", strip.size, _of_16_bits(deep).tobytes())
            part[...] = np.asarray(ink.convert("RGB"))
        else:
            n_hidden += _put_deep(part, deep[..., : len(opened.getbands())], _transparent(opened))
    return pixels, n_hidden


def _transparent(opened: ImageFile.ImageFile) -> Any:
    """The one gray or colour of 16 bits that stands for transparency, if there is one."""
    return opened.info.get("transparency")


def _put_deep(part: Image, deep: NDArray[np.uint16], transparent: Any = None) -> int:
    """Put 16 bits in their place, scaled; the number of pixels that are hidden."""
    scaled = _of_16_bits(deep)
    if scaled.shape[-1] != 4:
        part[...] = scaled
        if transparent is None:
            return 0
        hidden = (deep == np.array(transparent)).all(axis=-1)
        part[hidden] = HIDDEN
        return int(hidden.sum())
    # What is almost hidden is not.
    scaled[..., 3] = deep[..., 3] > 0
    return _put(part, scaled)


_PLANAR, _APART = 284, 2


def _upper_tiles(opened: ImageFile.ImageFile) -> list[Any]:
    """Where Pillow is to take the upper bytes of 16 bits from; none where it cannot be told."""
    tags: Any = getattr(opened, "tag_v2", {})
    if tags.get(_PLANAR) != _APART:
        return list(opened.tile)
    if any(one.codec_name != "raw" for one in opened.tile):
        return []
    # Of channels that lie apart, it would take 8 bits.
    order = "B" if tags.prefix == b"MM" else "L"
    return [_with_raw(one, f"{_raw(one)};16{order}") for one in opened.tile]


def _raw(tile: Any) -> str:
    return str(tile.args[0] if isinstance(tile.args, tuple) else tile.args)


def _with_raw(tile: Any, raw: str) -> Any:
    return tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)


def _loaded(opened: ImageFile.ImageFile, out: Image | None = None) -> tuple[Image, Image]:
    """Load a picture; room for its pixels as they are stored, and the same as it was loaded."""
    rows, columns = stored_size(opened)
    fits = out is not None and out.shape == (rows, columns, 3)
    pixels = out if out is not None and fits else np.empty((rows, columns, 3), np.uint8)
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

_PLUGINS: dict[Format, str] = {
    "JPEG": "Jpeg", "PNG": "Png", "WEBP": "WebP", "BMP": "Bmp", "GIF": "Gif",
    "AVIF": "Avif", "JPEG2000": "Jpeg2K",
}  # fmt: skip
"""Modules of Pillow, by the format that each opens."""


def read_pixels(
    image: AnyImage,
    *,
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
    out: Image | None = None,
) -> Image:
    """Pixels of one picture as they are stored, as RGB of 8 bits.

    The way for thousands of pictures: `read_image` without the record.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        JPEG, PNG, WebP, TIFF, BMP, AVIF, GIF, JPEG 2000, PPM or, with the extra ``heif``, HEIC,
        whatever its name says. Pixels in memory stand for a PNG of them.
    frame : int
        Frame of an animation, or page of a TIFF; the first is 0.
    damaged : {"skip", "keep"}
        Whether a picture is refused that a decoder would make up in part, or read with that part.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is meant, as stored; all of it
        by default.
    max_pixels : int
        Larger pictures are refused before they are decoded.
    out : ndarray, shape (M, N, 3), uint8, in C order, optional
        Where the pixels may be put. Not all kinds of pictures can be, nor those of
        another shape: look at what is returned.

    Returns
    -------
    ndarray, shape (M, N, 3), uint8, counts
        `out`, or a new array, in C order. Gray is repeated, palettes and CMYK are converted, more
        than 8 bits are scaled, alpha is dropped, and what it hides altogether is gray of 128; EXIF
        orientation is not applied.

    Raises
    ------
    ParameterError
        `max_pixels` is not a positive whole number, `image` names no picture, or `frame`,
        `damaged` or `box` is not allowed.
    ImageShapeError
        It is an array, and no image; or `box` reaches out of it.
    ImageReadError
        The picture is missing, damaged, no picture, too large, or has no such frame.

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
    source = asked_for(as_source(image), frame, damaged, box=box)
    data = source.read_bytes()
    with _in_one_sentence(source.name):
        plain = None if source.frame else _plain_pixels(data, max_pixels, out)
        if plain is None:
            plain = _decoded(_vetted(data, source, max_pixels), source, out).pixels
        return _part(plain, source)


def read_image(
    image: AnyImage,
    *,
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> tuple[Image, FileRecord]:
    """Pixels of one picture as they are stored, and what its file tells besides.

    What a detector reads from the container must be known, or it will be
    mistaken for a trace in the pixels.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        As for `read_pixels`.
    frame : int
        As for `read_pixels`.
    damaged : {"skip", "keep"}
        As for `read_pixels`; of what is kept the record says how it is damaged.
    box : sequence of int, optional
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
    source = asked_for(as_source(image), frame, damaged, box=box)
    data = source.read_bytes()
    with _in_one_sentence(source.name):
        vetted = _vetted(data, source, max_pixels)
        opened = vetted.opened
        record = describe(opened, data, words_for(opened, bit_depth(opened, vetted.data)))
        decoded = _decoded(vetted, source)
        record = replace(
            record,
            hidden=decoded.n_hidden / decoded.pixels[..., 0].size,
            frame=source.frame,
            frames=vetted.n_frames,
            damaged=decoded.damage,
            damaged_chunks=vetted.damaged_chunks,
            box=source.box,
        )
        if record.container == "PNG":
            # Its EXIF may follow the pixels.
            record = replace(record, exif=has_exif(opened), orientation=orientation(opened))
        return _part(decoded.pixels, source), record


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
        Size as stored, not turned; that of the part where one is meant.

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
    source = asked_for(as_source(image))
    if source.box is not None:
        return source.box.rows, source.box.columns
    with _in_one_sentence(source.name):
        if not source.frame:
            with _header_of(source.source) as file, suppress(SyntaxError):
                return stored_size(_opened(file, source, max_pixels))
        # Another page has another size, and a header that is damaged may be left out.
        return stored_size(_vetted(source.read_bytes(), source, max_pixels).opened)


_LOSSLESS = ("PNG", "WEBP", "TIFF", "BMP", "PPM")


def lossless_channels(data: bytes, pixels: Image | None = None) -> Image | None:
    """Channels of a picture of 8 bits as they are stored, alpha included, nothing put in its place.

    What is written into the least bits survives in such files alone.

    Parameters
    ----------
    data : bytes
        The whole file.
    pixels : ndarray, shape (M, N, 3), uint8, counts, optional
        What `read_image` gave of it, which need not be decoded again if there is no alpha.

    Returns
    -------
    ndarray, shape (M, N, 3) or (M, N, 4), uint8, counts, or None
        None of other kinds and modes, of what is too large or cannot be read.
    """
    if file_format(data[:SIGNATURE_BYTES]) not in _LOSSLESS:
        return None
    source = asked_for(BytesSource("picture", data))
    try:
        with _in_one_sentence(source.name):
            opened, _, data, *_ = _vetted(data, source, MAX_PIXELS // 2)
            if opened.mode not in ("RGB", "RGBA") or bit_depth(opened, data) > 8:
                return None
            if opened.mode == "RGB" and pixels is not None and pixels.ndim == 3:
                return pixels
            opened.load()
            return np.asarray(opened)
    except ImageReadError:
        return None


def _part(pixels: Image, source: AskedSource) -> Image:
    if source.box is None:
        return pixels
    with named(source):
        return source.box.of(pixels)


def _check_limit(max_pixels: int) -> None:
    check_whole("max_pixels", max_pixels, "pass a positive whole number")


def _header_of(source: ImageSource) -> IO[bytes]:
    return source.open() if isinstance(source, FileSource) else io.BytesIO(source.read_bytes())


@contextmanager
def _in_one_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except ForensicsError:
        raise
    except _DAMAGE as error:
        detail = brief(str(error)) or type(error).__name__
        # Pillow's own words; whoever has half a file need not convert it.
        cut = "truncated" in detail
        what = "it is cut off" if cut else "it is damaged or of an unusual kind"
        way_out = "copy it again" if cut else "copy it again, or convert it to an 8-bit PNG"
        raise ImageReadError(
            f"{printable(name)} cannot be decoded, {what} ({detail}): {way_out}"
        ) from error


def _plain_pixels(data: bytes, max_pixels: int, out: Image | None) -> Image | None:
    """Pixels of a whole JPEG as most are, vetted by its own header; None of all that is else.

    Whoever has to refuse a picture, and say why, takes the long way.
    """
    head = plain_head(data)
    if head is None or (n_pixels := head.rows * head.columns) > max_pixels:
        return None
    if head.progressive:
        scans = scans_of(data)
        if scans.missing or too_many_scans(scans, n_pixels):
            return None
    return strict_pixels(data, "RGB", (head.rows, head.columns), out=out)[0]


class _Vetted(NamedTuple):
    """Picture that may be decoded, and how its file was found."""

    opened: ImageFile.ImageFile
    again: Callable[[], ImageFile.ImageFile]
    data: bytes
    n_frames: int
    damaged_chunks: tuple[str, ...]
    lack: str


def _vetted(data: bytes, source: AskedSource, max_pixels: int) -> _Vetted:
    name = source.name
    broken: tuple[str, ...] = ()
    lack = ""
    if file_format(data[:SIGNATURE_BYTES]) == "PNG":
        if reason := unfit_head(io.BytesIO(data), "PNG") or too_many_pieces(data, "PNG", (0, 0)):
            raise ImageReadError(f"{printable(name)} {reason}")
        # Decoding does not look at checksums, and opening does not like a wrong one.
        try:
            data, broken = sound_chunks(data, all_frames=source.frame > 0)
        except SyntaxError as error:
            if source.frame:
                raise
            data, lack, broken = completed_png(data, str(error), max_pixels)

    def again() -> ImageFile.ImageFile:
        opened = _opened(io.BytesIO(data), source, max_pixels)
        if source.frame:
            opened.seek(source.frame)
            if reason := too_many_pixels(opened, max_pixels):
                raise ImageReadError(f"{printable(name)} {reason}")
        return opened

    opened = _opened(io.BytesIO(data), source, max_pixels)
    if lack and source.damaged == "skip":
        raise _made_up(name, "PNG", lack)
    if opened.format == "JPEG":
        scans = scans_of(data)
        lack, reason = scans.missing, too_many_scans(scans, opened.width * opened.height)
    else:
        reason = too_many_pieces(data, str(opened.format), stored_size(opened))
    if reason:
        raise ImageReadError(f"{printable(name)} {reason}")
    if opened.format == "HEIF" and (reason := too_many_coded(data, max_pixels)):
        raise ImageReadError(f"{printable(name)} {reason}")
    n_frames = number_of_frames(opened, data)
    if source.frame:
        if reason := too_many_frames(opened, source.frame, n_frames):
            raise ImageReadError(f"{printable(name)} {reason}")
        opened = again()
    return _Vetted(opened, again, data, n_frames, broken, lack)


def _opened(file: IO[bytes], source: AskedSource, max_pixels: int) -> ImageFile.ImageFile:
    hush_pillow()
    name = source.name
    start = file.read(SIGNATURE_BYTES)
    kind = file_format(start)
    if reason := unread_kind(file, start, name):
        raise ImageReadError(f"{printable(name)} {reason}")
    if kind is None:
        raise ImageReadError(f"{printable(name)} {no_picture(start, name)}")
    if kind == "HEIF" and not source.heif:
        raise ImageReadError(f"{printable(name)} {_HEIF_OFF}")
    file.seek(0)
    if reason := unfit_head(file, kind):
        raise ImageReadError(f"{printable(name)} {reason}")
    file.seek(0)
    try:
        plugin = _plugin(kind)
    except ModuleNotFoundError:
        raise ImageReadError(f"{printable(name)} {_NO_HEIF}") from None
    opened = plugin(file)
    if reason := too_many_pixels(opened, max_pixels):
        raise ImageReadError(f"{printable(name)} {reason}")
    return opened


@cache
def _plugin(kind: Format) -> Callable[[IO[bytes]], ImageFile.ImageFile]:
    # The plugins themselves, not Image.open with its formats=[...]: ten formats and no
    # other, only the needed one loaded, and not Pillow's own limit, which belongs to the
    # whole process and would warn at 89 megapixels whatever --max-pixels says. It stays as
    # it is for everybody else; ours stands behind every call of this.
    plugin: Callable[[IO[bytes]], ImageFile.ImageFile]
    if kind == "HEIF":
        from forensics.images.heif import HeifPicture

        return HeifPicture
    if kind == "TIFF":
        from forensics.images.tiff import TiffPicture

        return TiffPicture
    if kind == "PPM":
        from forensics.images.netpbm import PpmPicture

        return PpmPicture
    named = _PLUGINS[kind]
    plugin = getattr(import_module(f"PIL.{named}ImagePlugin"), f"{named}ImageFile")
    return plugin


_HEIF_OFF = (
    "is a HEIC or HEIF picture, which is not read here unless that was switched on (catforensics "
    "serve --heif): export it as PNG, or use the command line"
)
_NO_HEIF = (
    "is a HEIC or HEIF picture, which needs the extra heif: pip install 'catforensics[heif]', or "
    "export it from the photo program as PNG, or as JPEG of the highest quality"
)


class _Decoded(NamedTuple):
    pixels: Image
    n_hidden: int
    damage: str = ""


def _decoded(vetted: _Vetted, source: AskedSource, out: Image | None = None) -> _Decoded:
    opened, data = vetted.opened, vetted.data
    if opened.format == "JPEG":
        return _decoded_jpeg(vetted, source, out)
    depth = bit_depth(opened, data)
    if opened.format == "HEIF" and depth > 8:
        from forensics.images.heif import deep_pixels

        return _Decoded(*_scaled_heif(deep_pixels(data), depth, stored_size(opened)))
    return _Decoded(*rgb_pixels(opened, depth, source.name, vetted.again, out), vetted.lack)


def _decoded_jpeg(vetted: _Vetted, source: AskedSource, out: Image | None) -> _Decoded:
    opened, data, damage = vetted.opened, vetted.data, vetted.lack
    size = opened.height, opened.width
    strict: Image | None = None
    if opened.mode in ("RGB", "L", "CMYK"):
        room = out if opened.mode == "RGB" else None
        strict, refused = strict_pixels(data, opened.mode, size, out=room)
        if strict is None:
            damage = damage or jpeg_damage(data, opened.mode, size, refused)
    if strict is None or opened.mode == "CMYK":
        try:
            pixels = rgb_pixels(opened, 8, source.name, lambda: opened)[0]
        except OSError:  # there is no end mark, so that Pillow asks for more
            closed = type(opened)(io.BytesIO(closed_jpeg(data)))
            pixels = rgb_pixels(closed, 8, source.name, lambda: closed)[0]
    else:
        # Gray is repeated.
        pixels = strict if opened.mode == "RGB" else np.repeat(strict, 3, axis=2)
    if damage and source.damaged == "skip":
        raise _made_up(source.name, "JPEG", damage)
    return _Decoded(pixels, 0, damage)


def _made_up(name: str, kind: str, damage: str) -> ImageReadError:
    return ImageReadError(
        f"{printable(name)} is a damaged {kind} ({damage}), part of its pixels would be "
        'made up: copy it again, or pass damaged="keep" to measure them all the same'
    )


def _scaled_heif(deep: NDArray[Any], depth: int, size: tuple[int, int]) -> tuple[Image, int]:
    """Pixels of 10 or 12 bits, gray or colour, with alpha or without."""
    if deep.shape[:2] != size:
        raise ValueError(f"pixels of shape {deep.shape}, not of the size that its header says")
    if deep.ndim == 2:
        deep = deep[:, :, None]
    most = 2**depth - 1
    pixels = np.empty((*size, 3), np.uint8)
    n_hidden = 0
    step = max(1, _STRIP // size[1])
    for top in range(0, size[0], step):
        strip = deep[top : top + step].astype(np.uint32)
        scaled = ((strip * 255 + most // 2) // most).astype(np.uint8)
        if scaled.shape[2] == 4:
            scaled[..., 3] = strip[..., 3] > 0
            n_hidden += _put(pixels[top : top + step], scaled)
        else:
            pixels[top : top + step] = scaled
    return pixels, n_hidden
