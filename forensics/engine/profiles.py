"""Measure pictures one by one: each with its own result, in the order they were named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from forensics._typing import Channel, Image
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.inputs import AnyImage, AnyImages, as_source, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import named
from forensics.traces.periods import Bands, Period, line_bands
from forensics.traces.profiles import LineProfile

__all__ = [
    "PictureProfile",
    "iter_profiles",
    "profile_image",
]

_BATCH = 4


@dataclass(frozen=True, slots=True, eq=False)
class PictureProfile:
    """Line profiles of one picture, and what the period test says of each.

    Parameters
    ----------
    path : str
        Name of the picture, as people are shown it.
    shape : tuple of int
        (M, N, 3) as stored, before any turning.
    record : FileRecord
        What its file tells.
    bands : Bands
        Line profiles of the picture, and every period test on them.
    """

    path: str
    shape: tuple[int, ...]
    record: FileRecord
    bands: Bands

    @property
    def profiles(self) -> tuple[LineProfile, ...]:
        """Signed, first and second, each of rows and columns."""
        return self.bands.profiles

    @property
    def periods(self) -> tuple[Period, ...]:
        """For each profile every tested period."""
        return self.bands.periods


def profile_image(
    image: AnyImage, *, channel: Channel = "luma", max_pixels: int = MAX_PIXELS
) -> tuple[PictureProfile, Image]:
    """Profile of one picture file, with its pixels.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        Picture to read.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    PictureProfile
        Its line profiles and tested periods.
    ndarray, shape (M, N, 3), uint8, counts
        The stored pixels.

    Raises
    ------
    ImageReadError
        It cannot be read.
    ImageShapeError
        It is too small for a period test.
    ParameterError
        `channel` is not allowed.

    See Also
    --------
    iter_profiles : Many pictures.
    forensics.traces.profiles.line_profiles : The profiles of an array.
    """
    source = as_source(image)
    pixels, record = read_image(source, max_pixels=max_pixels)
    with named(source):
        bands = line_bands(pixels, channel=channel)
    return PictureProfile(source.name, pixels.shape, record, bands), pixels


def iter_profiles(
    images: AnyImages,
    *,
    channel: Channel = "luma",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[PictureProfile | Skipped]:
    """Profiles of many pictures, in threads, in the order of the pictures.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    channel : {"luma", "red", "green", "blue"}
        Channel to measure; luma by default.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Yields
    ------
    PictureProfile or Skipped
        Each picture with its profiles, or as left out.

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    profile_image : One picture.
    """
    options = RunOptions.of(iter_profiles, run)
    sources = as_sources(images, on_error=options.on_error)
    return measured(partial(_profile, channel, max_pixels), sources, options, batch=_BATCH)


def _profile(channel: Channel, max_pixels: int, source: ImageSource) -> PictureProfile:
    return profile_image(source, channel=channel, max_pixels=max_pixels)[0]
