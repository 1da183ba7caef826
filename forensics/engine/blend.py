"""Blend a set of picture files: decode, bring to one size, sum exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Unpack

from forensics._typing import FloatArray
from forensics.engine.adding import summed
from forensics.engine.geometry import Geometry, check_sides, common_size
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.decode import MAX_PIXELS
from forensics.images.sources import ImageSource, Skipped
from forensics.traces.moments import Moments, RunningMoments

__all__ = ["RESIZED_WARNING", "BLEND_STOPPED", "Blend", "RunningBlend", "blend"]

RESIZED_WARNING = (
    "The pictures were resampled (--resize): resampling destroys periodic traces and makes "
    "others, so periods found here say nothing about their origin."
)

BLEND_STOPPED = "The run was stopped early: not all pictures of the set are in this blend."


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """The blend of a set, with what went into it and what did not.

    Two of them add up, whether they were made by two workers, two machines or
    in two years.

    Parameters
    ----------
    moments : Moments
        Exact sums over the pictures, shape (M, N, 3), counts.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    resized : bool
        Whether any picture was resampled: then its periods prove nothing.
    stopped : bool
        Whether it was interrupted before all pictures were seen.
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
        """Merge two blends of pictures of one size."""
        if not isinstance(other, Blend):
            return NotImplemented
        return type(self)(
            self.moments + other.moments,
            tuple(sorted((*self.skipped, *other.skipped), key=attrgetter("path"))),
            self.resized or other.resized,
            self.stopped or other.stopped,
        )


def blend(
    images: Iterable[ImageSource],
    *,
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Blend:
    """Blend of a set of picture files: exact sums, from as many threads as there are cores.

    The result is the same to the last bit for every order of the pictures,
    every number of workers and every way to split the set.

    Parameters
    ----------
    images : iterable of ImageSource
        What `find_images` returned.
    size : int, optional
        Crop the centre of every picture to size x size pixels, without resampling.
    resize : int, optional
        Resample every picture to cover resize x resize pixels, then crop. This destroys
        and makes traces; the result says so.
    shape : tuple of int, optional
        Rows and columns that pictures of the set have, where neither of the two is given.
        By default those of most pictures, judged by up to 64 of them, spread evenly.
    max_pixels : int
        A picture with more pixels is refused.
    **run : RunKeywords
        As for `RunOptions`: `workers` (threads), `on_error` ("raise" or "skip"), and the others.

    Returns
    -------
    Blend

    Raises
    ------
    ParameterError
        `workers` is below 1, or `on_error` unknown; `size` and `resize` are both given, or one is
        below 1.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``: a picture cannot be read, or has another size.
    EmptySetError
        No picture was left.

    Examples
    --------
    >>> import io, numpy as np
    >>> from PIL import Image as Pillow
    >>> from forensics.images.sources import BytesSource
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
    sources = tuple(images)
    common = None if size or resize else shape or common_size(sources, max_pixels)
    start = partial(RunningBlend, Geometry(size, resize, common, max_pixels))
    done = summed(start, sources, options)
    return Blend(done.sums, done.skipped, resize is not None, done.stopped)


class RunningBlend:
    """Sums in which the next picture is decoded right where it is added."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._running = RunningMoments()

    def add(self, source: ImageSource) -> None:
        """Decode a picture and add it."""
        self._running.add(self._geometry.pixels(source, self._running.room))

    @property
    def total(self) -> Moments | None:
        """The sums so far; None if nothing was added."""
        return None if self._running.room is None else self._running.moments()
