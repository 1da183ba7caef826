"""Measure pictures one by one: each with its own result, in the order they were named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from forensics._typing import Channel, Image
from forensics.engine.attempts import measured, named
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
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
    """The line profiles of one picture, and what the period test says of each.

    Parameters
    ----------
    path : str
    shape : tuple of int
        (M, N, 3) as stored, before any turning.
    record : FileRecord
    bands : Bands
        Of its lines, and what the period test says of each.
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
    source: ImageSource, *, channel: Channel = "luma", max_pixels: int = MAX_PIXELS
) -> tuple[PictureProfile, Image]:
    """Profile of one picture file, and its pixels for those who want to look.

    Parameters
    ----------
    source : ImageSource
    channel : {"luma", "red", "green", "blue"}
    max_pixels : int
        A picture with more pixels is refused.

    Returns
    -------
    PictureProfile
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
    """
    image, record = read_image(source, max_pixels=max_pixels)
    with named(source):
        bands = line_bands(image, channel=channel)
    return PictureProfile(source.name, image.shape, record, bands), image


def iter_profiles(
    images: Iterable[ImageSource],
    *,
    channel: Channel = "luma",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[PictureProfile | Skipped]:
    """Profiles of many pictures, in threads, in the order of the pictures.

    Parameters
    ----------
    images : iterable of ImageSource
    channel : {"luma", "red", "green", "blue"}
    max_pixels : int
        A picture with more pixels is refused.
    **run : RunKeywords
        As for `RunOptions`: `workers` (threads), `on_error` ("raise" or "skip"), and the others.

    Yields
    ------
    PictureProfile or Skipped

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    options = RunOptions.of(iter_profiles, run)
    return measured(partial(_profile, channel, max_pixels), tuple(images), options, batch=_BATCH)


def _profile(channel: Channel, max_pixels: int, source: ImageSource) -> PictureProfile:
    return profile_image(source, channel=channel, max_pixels=max_pixels)[0]
