"""Whatever names a picture, made a source at the edge, so that all else knows sources alone."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Damaged, OnError
from forensics.errors import EmptySetError, ImageShapeError, ParameterError
from forensics.images.sources.find import FoundImages, find_images
from forensics.images.sources.local import (
    BytesSource,
    FileSource,
    ImageSource,
    Unreadable,
    asked_for,
)
from forensics.validation import check_image

__all__ = ["AnyImage", "AnyImages", "PictureInMemory", "as_source", "as_sources", "is_single"]

PictureInMemory: TypeAlias = "bytes | bytearray | memoryview | NDArray[Any] | ImageSource"
"""One picture for certain: the bytes of a file, pixels, or a source."""
AnyImage: TypeAlias = "str | os.PathLike[str] | PictureInMemory"
"""One picture: the path of a file, the bytes of one, its pixels, or a source."""
AnyImages: TypeAlias = "AnyImage | Iterable[AnyImage]"
"""Pictures: one, or any number of them; a path may be a folder, an archive or a pattern as well."""

_IN_MEMORY = "picture in memory"
_PNG_LEVEL = 3  # three times as fast as Pillow's own choice, for files a tenth larger


def as_source(image: AnyImage, name: str = _IN_MEMORY) -> ImageSource:
    r"""Source of one picture, whatever names it.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        Path, encoded picture, or pixels of shape (M, N, 3) or (M, N), uint8, in counts. An image of
        Pillow is pixels, too.
    name : str
        Name of a picture in memory, in messages and results.

    Returns
    -------
    ImageSource
        Where its bytes come from; of pixels, a PNG of them.

    Raises
    ------
    ParameterError
        It names no picture.
    ImageShapeError
        It is an array, and no image.

    See Also
    --------
    as_sources : Sources of any number of pictures.

    Examples
    --------
    >>> as_source("cats/7.png").name, as_source(b"BM").name
    ('cats/7.png', 'picture in memory')
    >>> as_source(np.zeros((8, 8), np.uint8)).read_bytes()[:4]
    b'\x89PNG'
    """
    if isinstance(image, str | os.PathLike):
        return FileSource(os.fsdecode(image))
    if isinstance(image, bytes | bytearray | memoryview):
        return BytesSource(name, bytes(image))
    if isinstance(image, np.ndarray) or hasattr(image, "__array_interface__"):
        pixels = np.asarray(image)
        check_image(pixels)
        mode = getattr(image, "mode", "RGB")
        if mode not in ("RGB", "L"):
            raise ImageShapeError(
                f"image has Pillow's mode {mode!r}, allowed are 'RGB' and 'L': pass its path, or "
                "image.convert('RGB')"
            )
        return BytesSource(name, _png(pixels))
    if hasattr(image, "read_bytes") and hasattr(image, "name"):
        return image
    raise ParameterError(
        f"{'image' if name == _IN_MEMORY else name} is of type {type(image).__name__}: pass a "
        "path, the bytes of a picture file, an array of pixels, or a source"
    )


def _is_open(images: object) -> bool:
    """Whether it is a file object, which is iterable: its lines are no pictures."""
    return hasattr(images, "read") and hasattr(images, "seek")


def _png(pixels: NDArray[Any]) -> bytes:
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG", compress_level=_PNG_LEVEL)
    return file.getvalue()


def as_sources(
    images: AnyImages,
    *,
    on_error: OnError = "raise",
    frame: int = 0,
    damaged: Damaged = "skip",
    box: Sequence[int] | None = None,
) -> tuple[ImageSource, ...]:
    """Sources of any number of pictures, in their order.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures, each as for `as_source`. Paths are searched as by `find_images`: folders,
        archives, patterns, lists. An array of shape (n, M, N, 3), uint8, is n pictures.
    on_error : {"raise", "skip"}
        What to do with a place that cannot be read: stop, or give a source that fails in its turn.
    frame : int
        Frame of an animation, or page of a TIFF, that is meant of each; the first is 0.
    damaged : {"skip", "keep"}
        What becomes of a picture that is damaged and can be decoded.
    box : sequence of int, optional
        First row, first column, rows and columns of the part that is meant of each.

    Returns
    -------
    tuple of ImageSource
        One for each picture, in the order named.

    Raises
    ------
    ParameterError, ImageShapeError
        As `as_source` and `asked_for`.
    ImageReadError, EmptySetError
        As `find_images`.

    See Also
    --------
    as_source : Source of one picture.
    forensics.images.sources.find.find_images : Pictures under paths alone.

    Examples
    --------
    >>> [one.name for one in as_sources([b"BM", np.zeros((8, 8), np.uint8)])]
    ['picture 1 in memory', 'picture 2 in memory']
    """
    sources = _sources(images, on_error)
    if frame == 0 and damaged == "skip" and box is None:
        return sources
    return tuple(asked_for(one, frame, damaged, box=box) for one in sources)


def _sources(images: AnyImages, on_error: OnError) -> tuple[ImageSource, ...]:
    if isinstance(images, FoundImages):
        return images.images
    if isinstance(images, str | os.PathLike):
        return _found([images], on_error)
    if _names_one(images):
        return (as_source(images),)
    if _is_open(images) or not isinstance(images, Iterable):
        raise ParameterError(
            f"images are of type {type(images).__name__}: pass a path, the bytes of a picture "
            "file, an array of pixels, a source, or a list of them"
        )
    every = tuple(_each(cast("Iterable[AnyImage]", images), on_error))
    if not every:
        raise EmptySetError(
            "no picture was given: pass a folder, an archive, a pattern, or a list of pictures"
        )
    return every


def is_single(images: AnyImages, sources: Sequence[ImageSource]) -> bool:
    """Whether one picture was named, rather than a set that may hold one.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        What was handed to `as_sources`: an array of shape (M, N, 3) or (M, N), uint8, is one
        picture.
    sources : sequence of ImageSource
        What `as_sources` found there.

    Returns
    -------
    bool
        True if the answer should be one result and not a list.

    Examples
    --------
    >>> is_single(b"BM", as_sources(b"BM")), is_single([b"BM"], as_sources([b"BM"]))
    (True, False)
    """
    if isinstance(images, str | os.PathLike):
        return [one.name for one in sources] == [os.fspath(images)]
    return _names_one(images)


def _names_one(images: object) -> TypeGuard[AnyImage]:
    if isinstance(images, np.ndarray):
        return images.ndim < 4
    kinds = (bytes, bytearray, memoryview)
    return isinstance(images, kinds) or any(
        hasattr(images, name) for name in ("read_bytes", "__array_interface__")
    )


def _each(images: Iterable[AnyImage], on_error: OnError) -> Iterator[ImageSource]:
    paths: list[str | os.PathLike[str]] = []
    for number, image in enumerate(images, 1):
        if isinstance(image, str | os.PathLike):
            paths.append(image)
            continue
        if isinstance(image, list | tuple):
            raise ParameterError(
                f"picture {number} of images is a {type(image).__name__}: pass one flat list of "
                "pictures, np.asarray(pixels, np.uint8) where these are the numbers of one"
            )
        if paths:
            yield from _found(paths, on_error)
            paths = []
        yield as_source(image, f"picture {number} in memory")
    if paths:
        yield from _found(paths, on_error)


def _found(paths: Sequence[str | os.PathLike[str]], on_error: OnError) -> tuple[ImageSource, ...]:
    """What is under some paths; what cannot be searched says so when its turn comes."""
    found = find_images(paths, on_error=on_error)
    lost = [Unreadable(one.path, f"{one.path} {one.reason}") for one in found.skipped]
    return (*found.images, *lost)
