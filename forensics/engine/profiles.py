"""Measure pictures one by one: each with its own result, in the order they were named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from forensics._typing import Channel, Image
from forensics.engine.attempts import measured, named
from forensics.engine.run import RunKeywords, RunOptions
from forensics.images.inputs import AnyImage, AnyImages, as_source, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.traces.periods import Period, period_test
from forensics.traces.profiles import LineProfile, line_profiles

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
    profiles : tuple of LineProfile
        Signed, first and second, each of rows and columns.
    periods : tuple of Period
        For each profile every tested period.
    """

    path: str
    shape: tuple[int, ...]
    record: FileRecord
    profiles: tuple[LineProfile, ...]
    periods: tuple[Period, ...]


def profile_image(
    image: AnyImage, *, channel: Channel = "luma", max_pixels: int = MAX_PIXELS
) -> tuple[PictureProfile, Image]:
    """Profile of one picture file, and its pixels for those who want to look.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
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
    source = as_source(image)
    pixels, record = read_image(source, max_pixels=max_pixels)
    with named(source):
        profiles = line_profiles(pixels, channel=channel)
        periods = tuple(period for profile in profiles for period in period_test(profile))
    return PictureProfile(source.name, pixels.shape, record, profiles, periods), pixels


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
    sources = as_sources(images, on_error=options.on_error)
    return measured(partial(_profile, channel, max_pixels), sources, options, batch=_BATCH)


def _profile(channel: Channel, max_pixels: int, source: ImageSource) -> PictureProfile:
    return profile_image(source, channel=channel, max_pixels=max_pixels)[0]
