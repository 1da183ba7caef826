"""The average spectra of a set of picture files: decode, crop, transform, sum exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Unpack

from forensics._typing import Channel
from forensics.engine.blend import Geometry, check_sides, common_size
from forensics.engine.reduce import Adding, summed
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS
from forensics.images.sources.find import ImageSource, Skipped
from forensics.traces.color import CHANNELS
from forensics.traces.spectra.sums import SpectralSums, spectral_sums
from forensics.validation import check_choice

__all__ = ["SPECTRA_STOPPED", "AverageSpectra", "average_spectra"]

SPECTRA_STOPPED = "The run was stopped early: not all pictures of the set are in these spectra."


@dataclass(frozen=True, slots=True, eq=False)
class AverageSpectra:
    """Average spectra of a set, with what went into them and what did not.

    Two of them add up.

    Parameters
    ----------
    sums : SpectralSums
        Exact sums over the pictures.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    stopped : bool
        Whether it was interrupted before all pictures were seen.
    """

    sums: SpectralSums
    skipped: tuple[Skipped, ...] = ()
    stopped: bool = False

    @property
    def n_images(self) -> int:
        """Number of pictures in the spectra."""
        return self.sums.n_images

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that must stand beside every result made from these spectra."""
        return (SPECTRA_STOPPED,) * self.stopped

    def __add__(self, other: AverageSpectra) -> AverageSpectra:
        """Merge the spectra of two sets of pictures of one size."""
        if not isinstance(other, AverageSpectra):
            return NotImplemented
        return AverageSpectra(
            self.sums + other.sums,
            tuple(sorted((*self.skipped, *other.skipped), key=attrgetter("path"))),
            self.stopped or other.stopped,
        )

    def __radd__(self, other: int) -> AverageSpectra:
        """Let ``sum(parts)`` start from zero."""
        return self if other == 0 else NotImplemented


def average_spectra(
    images: AnyImages,
    *,
    size: int | None = None,
    shape: tuple[int, int] | None = None,
    channel: Channel = "luma",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> AverageSpectra:
    """Average spectra of a set of pictures: exact sums, from as many threads as cores.

    The result is the same to the last bit for every order of the pictures, every number
    of workers and every way to split the set. Memory does not grow with it.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them. One is enough.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels; nothing is
        resampled.
    shape : tuple of int, optional
        Rows and columns that pictures of the set have, where `size` is not given. By
        default those of most pictures, judged by up to 64 of them, spread evenly.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    AverageSpectra
        The sums, of which every spectrum can be taken.

    Raises
    ------
    ParameterError
        `workers` is below 1, `on_error` unknown, `size` below 1, or `channel` not one of the four.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``: a picture cannot be read, has another size, or is smaller
        than 64 pixels a side.
    EmptySetError
        No picture was left.

    See Also
    --------
    forensics.traces.spectra.sums.spectral_sums : The same of one array.
    blend : Pixels instead of spectra.

    Examples
    --------
    >>> import io, numpy as np
    >>> from PIL import Image as Pillow
    >>> from forensics.images.sources.find import BytesSource
    >>> def png(value):
    ...     file = io.BytesIO()
    ...     Pillow.fromarray(np.full((64, 64, 3), value, np.uint8)).save(file, "PNG")
    ...     return BytesSource(f"{value}.png", file.getvalue())
    >>> result = average_spectra([png(10), png(20)])
    >>> result.n_images, result.sums.shape
    (2, (64, 64))
    """
    options = RunOptions.of(average_spectra, run)
    check_sides(size, None)
    check_choice("channel", channel, CHANNELS)
    sources = as_sources(images, on_error=options.on_error)
    common = None if size else shape or common_size(sources, max_pixels)
    measure = partial(_spectral_sums, Geometry(size, None, common, max_pixels), channel)
    done = summed(partial(Adding, measure), sources, options)
    return AverageSpectra(done.sums, done.skipped, done.stopped)


def _spectral_sums(geometry: Geometry, channel: Channel, source: ImageSource) -> SpectralSums:
    return spectral_sums(geometry.pixels(source, None), channel=channel)
