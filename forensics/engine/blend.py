"""The blend of a set: its pictures brought to one size, summed exactly, saved and loaded.

A ``.npz`` without pickle: nothing in it can run. ``format_version`` stands first, so that an
older program can tell that it is too old. It holds

- ``n``, the number of pictures;
- ``sums``, shape (M, N, 3), unsigned: the sum of their pixel values, in counts;
- ``squares``, of the same shape, unsigned: the sum of the squared pixel values, where the spread
  was asked for. Format 1 always had it; since format 2 it may be missing;
- ``facts``, JSON: the names and reasons of what was left out, and whether pictures were resampled
  or the run stopped.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from operator import attrgetter
from typing import IO, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.engine.npz import load_arrays
from forensics.engine.reduce import summed
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.deliver import crop_center, resize_to_cover
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_pixels, read_size
from forensics.images.sources.find import ImageSource, Skipped
from forensics.output import ARRAYS, writing
from forensics.traces.sums import Moments, RunningMoments
from forensics.validation import check_path, check_type, check_whole

__all__ = [
    "BLEND_FORMAT",
    "BLEND_STOPPED",
    "Blend",
    "Geometry",
    "REFERENCES",
    "RESIZED_WARNING",
    "ReferenceBlend",
    "RunningBlend",
    "blend",
    "blend_from_bytes",
    "check_sides",
    "common_size",
    "load_blend",
    "load_reference",
    "save_blend",
    "save_reference",
    "shipped_arrays",
    "write_blend",
]

_PROBES = 64


@dataclass(frozen=True, slots=True)
class Geometry:
    """How pictures are brought to the size of their set.

    Parameters
    ----------
    crop : int or None
        Side of the square that is cropped from the centre, in pixels; None for no crop.
    resize : int or None
        Side of the square that every picture is resampled to, in pixels; None for no resampling.
    common : (int, int) or None
        Rows and columns that every picture must have; None where any will do.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    """

    crop: int | None
    resize: int | None
    common: tuple[int, int] | None
    max_pixels: int

    def pixels(self, source: ImageSource, room: Image | None) -> Image:
        """Pixels of one picture at the size of the set.

        Parameters
        ----------
        source : ImageSource
            Picture to read.
        room : ndarray, shape (M, N, 3), uint8, or None
            Where the pixels are decoded to if they fit.

        Returns
        -------
        ndarray, shape (M, N, 3), uint8, counts
            The pixels, in `room` where that was possible.
        """
        image = read_pixels(source, max_pixels=self.max_pixels, out=room)
        if self.resize is not None:
            return resize_to_cover(image, self.resize)
        if self.crop is not None:
            return crop_center(image, self.crop)
        if self.common is not None and image.shape[:2] != self.common:
            raise ImageShapeError(
                f"has shape {image.shape}, the set has {(*self.common, 3)}: "
                f"pass size={min(*image.shape[:2], *self.common)} to crop"
            )
        return image


def common_size(sources: Sequence[ImageSource], max_pixels: int) -> tuple[int, int] | None:
    """Size of most pictures of a set, by the headers of a few.

    Of sources that can only be read in order, the first one counts: to look further would
    mean to read everything twice.

    Parameters
    ----------
    sources : sequence of ImageSource
        Pictures, in their order.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    (int, int) or None
        Rows and columns; None where no header can be read.
    """
    anywhere = [source for source in sources if not source.sequential]
    step = max(1, len(anywhere) // _PROBES)
    sizes: Counter[tuple[int, int]] = Counter()
    for source in anywhere[::step][:_PROBES] or sources[:_PROBES]:
        try:
            sizes[read_size(source, max_pixels=max_pixels)] += 1
        except ImageReadError:
            continue  # it is named with its reason when its turn comes
        if source.sequential:
            break
    return max(sizes, key=lambda size: (sizes[size], size), default=None)


def check_sides(size: int | None, resize: int | None) -> None:
    """Raise unless at most one of the two is given, and is a positive number of pixels.

    Parameters
    ----------
    size : int or None
        Side to crop to, in pixels.
    resize : int or None
        Side to resample to, in pixels.

    Raises
    ------
    ParameterError
        Both are given, or one is below 1.
    """
    if size is not None and resize is not None:
        raise ParameterError("size and resize are both given: pass one of the two")
    for name, side in (("size", size), ("resize", resize)):
        if side is not None:
            check_whole(name, side, "pass a whole number of pixels from 1 on")


RESIZED_WARNING = (
    "The pictures were resampled: resampling destroys periodic traces and makes "
    "others, so periods found here say nothing about their origin."
)

BLEND_STOPPED = "The run was stopped early: not all pictures of the set are in this blend."


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Blend of a set, with what went into it and what did not.

    Two of them add up, whether they were made by two workers, two machines or
    in two years.

    Parameters
    ----------
    moments : Moments
        Exact sums over the pictures, of shape (M, N, 3); with squares where the spread was asked
        for.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    resized : bool
        Whether any picture was resampled: then its periods prove nothing.
    stopped : bool
        Whether the run was stopped before all pictures were seen.
    """

    moments: Moments
    skipped: tuple[Skipped, ...] = ()
    resized: bool = False
    stopped: bool = False

    @property
    def n_images(self) -> int:
        """Number of pictures in the blend."""
        return self.moments.n

    @property
    def mean(self) -> FloatArray:
        """Per-pixel mean, shape (M, N, 3), float64, counts."""
        return self.moments.mean

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that must stand beside every result made from this blend."""
        return (RESIZED_WARNING,) * self.resized + (BLEND_STOPPED,) * self.stopped

    def __add__(self, other: Blend) -> Blend:
        """Merge two blends of pictures of one size; the spread is known where both know it."""
        if not isinstance(other, Blend):
            return NotImplemented
        return type(self)(
            self.moments + other.moments,
            tuple(sorted((*self.skipped, *other.skipped), key=attrgetter("path"))),
            self.resized or other.resized,
            self.stopped or other.stopped,
        )


def blend(
    images: AnyImages,
    *,
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    spread: bool = False,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Blend:
    """Blend of a set of pictures: exact sums, from as many threads as there are cores.

    The result is the same to the last bit for every order of the pictures,
    every number of workers and every way to split the set.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels; nothing is
        resampled.
    resize : int, optional
        Side of the square that every picture is resampled to cover, then cropped to, in pixels.
        This destroys and makes traces; the result says so.
    shape : tuple of int, optional
        Rows and columns that pictures of the set have, where neither `size` nor `resize` is given.
        By default those of most pictures, judged by up to 64 of them, spread evenly.
    spread : bool
        Whether the sums of squares are kept as well, from which `Moments.std` and `Moments.stderr`
        follow.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Blend
        The blend, with what was left out.

    Raises
    ------
    ParameterError
        `workers` is below 1, or `on_error` unknown; `size` and `resize` are both given, or one is
        below 1.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``: a picture cannot be read, or has another size.
    EmptySetError
        No picture was left.

    See Also
    --------
    save_blend : Keep it with its exact sums.
    load_blend : A blend that was kept.
    forensics.traces.sums.moments : The same of arrays.
    average_spectra : Spectra instead of pixels.

    Examples
    --------
    >>> import io, numpy as np
    >>> from PIL import Image as Pillow
    >>> from forensics.images.sources.find import BytesSource
    >>> def png(value):
    ...     file = io.BytesIO()
    ...     Pillow.fromarray(np.full((4, 4, 3), value, np.uint8)).save(file, "PNG")
    ...     return BytesSource(f"{value}.png", file.getvalue())
    >>> result = blend([png(10), png(20)])
    >>> result.n_images, float(result.mean.max())
    (2, 15.0)
    """
    options = RunOptions.of(blend, run)
    check_sides(size, resize)
    sources = as_sources(images, on_error=options.on_error)
    common = None if size or resize else shape or common_size(sources, max_pixels)
    start = partial(RunningBlend, Geometry(size, resize, common, max_pixels), spread=spread)
    done = summed(start, sources, options)
    return Blend(done.sums, done.skipped, resize is not None, done.stopped)


class RunningBlend:
    """Sums in which the next picture is decoded right where it is added.

    Parameters
    ----------
    geometry : Geometry
        How pictures are brought to the size of the set.
    spread : bool
        Whether squares are summed as well.
    """

    def __init__(self, geometry: Geometry, *, spread: bool = False) -> None:
        self._geometry = geometry
        self._running = RunningMoments(spread=spread)

    def add(self, source: ImageSource) -> None:
        """Decode a picture and add it.

        Parameters
        ----------
        source : ImageSource
            Picture to read.
        """
        self._running.add(self._geometry.pixels(source, self._running.room))

    @property
    def total(self) -> Moments | None:
        """The sums so far; None if nothing was added."""
        return None if self._running.room is None else self._running.moments()


BLEND_FORMAT = 2
_REFERENCE_FORMAT = 1

REFERENCES: tuple[str, ...] = ("thiscatdoesnotexist", "afhq")
"""The blends that are shipped: GAN cats of the thread's site, and real cat faces."""


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceBlend:
    """Blend of a known set: mean and number of pictures, nothing of any single one.

    Parameters
    ----------
    name : str
        Name of the set.
    n_images : int
        Number of pictures in the blend.
    sums : ndarray, shape (M, N, 3), unsigned integer, counts
        Exact sums of the pixel values.
    """

    name: str
    n_images: int
    sums: NDArray[np.unsignedinteger[Any]]

    @property
    def mean(self) -> FloatArray:
        """Per-pixel mean, shape (M, N, 3), float64, counts."""
        return self.sums / float(self.n_images)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Pictures left out, of which nothing is known."""
        return ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that must stand beside results; none, since no reference was resampled."""
        return ()


def save_blend(blend: Blend, path: str | os.PathLike[str]) -> None:
    """Save a blend with its exact sums; the same blend makes the same bytes.

    Parameters
    ----------
    blend : Blend
        Blend to save.
    path : str or path-like
        File to write, which ends in ``.npz`` by custom. A blend that is there is replaced, and
        nothing else.

    Raises
    ------
    ParameterError
        `blend` is none, or `path` is no path.
    OutputError
        Something else is there, or it cannot be written.

    See Also
    --------
    load_blend : The way back.
    save_reference : Only what may be shipped.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np
    >>> from forensics.traces.sums import moments
    >>> blend = Blend(moments([np.full((2, 2, 3), 9, np.uint8)]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "blend.npz"
    >>> save_blend(blend, path)
    >>> load_blend(path).moments == blend.moments
    True
    """
    check_type("blend", blend, Blend, "pass what forensics.blend(images) returned")
    check_path("path", path)
    with writing(path, over=ARRAYS) as file:
        write_blend(blend, file)


def write_blend(blend: Blend, file: IO[bytes]) -> None:
    """Write what `save_blend` saves into an open binary file.

    Parameters
    ----------
    blend : Blend
        Blend to save.
    file : binary file
        Binary file to write to, open for writing.

    See Also
    --------
    blend_from_bytes : The way back.
    """
    facts = {
        "skipped": [[skipped.path, skipped.reason] for skipped in blend.skipped],
        "resized": blend.resized,
        "stopped": blend.stopped,
    }
    arrays: dict[str, Any] = {
        "format_version": np.array(BLEND_FORMAT),
        "n": np.array(blend.moments.n, np.uint64),
        "sums": blend.moments.sums,
        "facts": np.array(json.dumps(facts)),
    }
    if blend.moments.squares is not None:
        arrays["squares"] = blend.moments.squares
    # As they are: their lower bits are noise, which takes half a second to be packed by a third.
    np.savez(file, **arrays)


def load_blend(path: str | os.PathLike[str]) -> Blend:
    """Blend that `save_blend` saved.

    Parameters
    ----------
    path : str or path-like
        File to read.

    Returns
    -------
    Blend
        The blend, the same to the last bit.

    Raises
    ------
    ParameterError
        `path` is no path.
    ImageReadError
        The file is missing or cannot be read.
    SavedFileError
        It is no saved blend, damaged, or from a newer version.

    See Also
    --------
    save_blend : The way there.
    load_reference : A blend that is shipped.
    """
    check_path("path", path)
    return load_arrays(
        path,
        _blend_from,
        newest=BLEND_FORMAT,
        what="saved blend",
        way_out="pass a blend.npz that `catforensics blend` wrote",
    )


def blend_from_bytes(data: bytes) -> Blend:
    """Blend from the bytes that `write_blend` wrote, by this version.

    Parameters
    ----------
    data : bytes
        Bytes of the whole file.

    Returns
    -------
    Blend
        The blend, the same to the last bit.

    See Also
    --------
    write_blend : The way there.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _blend_from(dict(arrays))


def save_reference(blend: Blend, name: str, path: str | os.PathLike[str]) -> None:
    """Save the part of a blend that may be shipped: the exact mean and the count.

    Parameters
    ----------
    blend : Blend
        Blend to save.
    name : str
        Name of the set.
    path : str or path-like
        File to write; replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.

    See Also
    --------
    load_reference : The way back, once it is shipped.
    """
    with writing(path, over=ARRAYS) as file:
        np.savez_compressed(
            file,
            format_version=np.array(_REFERENCE_FORMAT),
            name=np.array(name),
            n=np.array(blend.n_images, np.uint64),
            sums=blend.moments.sums,
        )


def load_reference(name: str) -> ReferenceBlend:
    """Shipped blend of a known set, to hold others against.

    Parameters
    ----------
    name : {"thiscatdoesnotexist", "afhq"}
        Name of the set.

    Returns
    -------
    ReferenceBlend
        Its exact mean and its number of pictures.

    Raises
    ------
    ParameterError
        There is no such reference.

    See Also
    --------
    load_blend : A blend of your own.

    Examples
    --------
    >>> load_reference("thiscatdoesnotexist").n_images
    420
    """
    arrays = shipped_arrays("blend", name)
    return ReferenceBlend(str(arrays["name"]), int(arrays["n"]), arrays["sums"])


def shipped_arrays(kind: str, name: str) -> dict[str, NDArray[Any]]:
    """Arrays of one of the files that are shipped about a known set.

    Parameters
    ----------
    kind : {"blend", "typical"}
        Whether its blend is wanted, or what is typical of its pictures.
    name : str
        Name of the set.

    Returns
    -------
    dict of str to ndarray, of any shape and dtype
        Every array by its name.

    Raises
    ------
    ParameterError
        There is no such set.
    """
    if name not in REFERENCES:
        raise ParameterError(f"reference is {name!r}, allowed are {', '.join(REFERENCES)}")
    folder = resources.files("forensics") / "shipped"
    with (folder / f"{kind}-{name}.npz").open("rb") as file:
        return dict(np.load(file, allow_pickle=False))


def _blend_from(arrays: dict[str, NDArray[Any]]) -> Blend:
    n, sums, squares = int(arrays["n"]), arrays["sums"], arrays.get("squares")
    if sums.ndim != 3 or n < 1 or (squares is not None and squares.shape != sums.shape):
        found = "none" if squares is None else squares.shape
        raise ValueError(f"sums of shape {sums.shape}, squares of {found}, n = {n}")
    kinds = {array.dtype.kind for array in (sums, squares) if array is not None}
    if kinds != {"u"} or int(sums.max()) > 255 * n:
        raise ValueError("sums that no pictures have")
    facts = json.loads(str(arrays["facts"]))
    skipped = tuple(Skipped(str(name), str(reason)) for name, reason in facts["skipped"])
    return Blend(Moments(n, sums, squares), skipped, bool(facts["resized"]), bool(facts["stopped"]))
