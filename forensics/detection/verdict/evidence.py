"""All traces of one picture, side by side: what a verdict may rest on, and nothing else.

Pixels alone go in. What the file says about itself is kept apart, so that no verdict
rests on it by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from forensics._typing import FloatArray
from forensics.engine.fingerprints import reference_noise
from forensics.errors import ImageShapeError
from forensics.traces.activities import Activity, activity
from forensics.traces.crosswise import AddedPattern, added_pattern
from forensics.traces.fingerprints.decoder import tile_energies
from forensics.traces.fingerprints.match import (
    AnyFingerprint,
    FingerprintMatch,
    fingerprint_matches,
    repeated_part,
)
from forensics.traces.interpolation import Resampling, resampling
from forensics.traces.jpeg.grid import JpegTrace, jpeg_trace
from forensics.traces.lattices import lattice_pattern
from forensics.traces.makers.every import Makers, makers
from forensics.traces.periods import Period, period_test
from forensics.traces.photographs import Content, content
from forensics.traces.planes import Planes, PlanesLike, as_planes
from forensics.traces.profiles import LineProfile, line_profiles
from forensics.traces.tiles import tiles

__all__ = [
    "Evidence",
    "EvidencePart",
    "SMALLEST_JUDGED_SIDE",
    "evidence",
]

SMALLEST_JUDGED_SIDE = 66
"""Pixels a side below which no period can be tested."""
_BEAT_SIDE = 1024
_CHROMA = (2.0, 8 / 3)
"""Pixels of subsampled colour, and of what JPEG's blocks do to colour besides."""
_WHOLE = _BEAT_SIDE**2
"""Pixels up to which a picture is one part: the scales of the signs are set on such."""


@dataclass(frozen=True, slots=True, eq=False)
class EvidencePart:
    """Traces in one part of a picture that a grid of lines or cells leaves.

    Parameters
    ----------
    profiles : tuple of LineProfile
        Signed, first and second of luma, rows and columns.
    periods : tuple of Period
        The tests of `profiles`.
    chroma : tuple of Period
        Periods 2 and 8/3 in first differences of the two colour differences.
        Empty for gray pictures.
    activity : Activity
        Relative activity of the lines.
    pattern : ndarray, shape (4, 4), float64
        What is added crosswise to every 4 x 4 pixels, from `lattice_pattern`.
    """

    profiles: tuple[LineProfile, ...]
    periods: tuple[Period, ...]
    chroma: tuple[Period, ...]
    activity: Activity
    pattern: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Every trace of one picture, side by side.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    content : Content
        Kind of content of the picture.
    parts : tuple of EvidencePart
        One; of pictures over 1 megapixel nine, of 512 x 512 pixels, spread evenly. What most
        of them show counts: in millions of pixels, everything is significant somewhere.
    jpeg : JpegTrace
        What JPEG left in the pixels.
    resampling : Resampling
        Traces of resizing.
    makers : Makers
        Traces of codecs, cameras, sensors, screens and prints, of the middle.
    added : AddedPattern
        Pattern added crosswise in two quadrants at least.
    matches : tuple of FingerprintMatch
        Match of each fingerprint that the size of the picture admits.
    energies : ndarray, shape (16,), float64, or None
        Energies of what repeats every 2 to 16 pixels, from `tile_energies`; None for small
        pictures.
    """

    shape: tuple[int, ...]
    content: Content
    parts: tuple[EvidencePart, ...]
    jpeg: JpegTrace
    resampling: Resampling
    makers: Makers
    added: AddedPattern
    matches: tuple[FingerprintMatch, ...]
    energies: FloatArray | None

    @property
    def places(self) -> tuple[tuple[slice, slice], ...]:
        """Rows and columns of each of the parts."""
        rows, columns = self.shape[:2]
        return tiles(self.shape, whole=0 if len(self.parts) > 1 else rows * columns)

    @property
    def middle_place(self) -> tuple[slice, slice]:
        """Rows and columns of `middle`."""
        return self.places[len(self.parts) // 2]

    @property
    def middle(self) -> EvidencePart:
        """Part in the middle of the picture, which is the one to look at."""
        return self.parts[len(self.parts) // 2]

    @property
    def periods(self) -> tuple[Period, ...]:
        """For each profile and period, the test of the median part."""
        return _medians([part.periods for part in self.parts])

    @property
    def chroma(self) -> tuple[Period, ...]:
        """The tests of the colour differences, of the median part."""
        return _medians([part.chroma for part in self.parts])


def evidence(
    image: PlanesLike,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    resized_crops: bool = False,
    earlier_saves: bool = True,
    threads: int = 1,
) -> Evidence:
    """Every trace of one picture, measured.

    Pictures over 1 megapixel are measured on nine tiles, which bounds time and memory.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8, counts
        Picture to measure, at least 66 pixels a side.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that the picture is matched against.
    resized_crops : bool
        Whether crops of whole frames that were resized are sought as well: seconds for each
        fingerprint.
    earlier_saves : bool
        Whether an earlier save as JPEG is sought, which no verdict rests on: a sixth of the time.
    threads : int
        Threads to use. More than one measure one picture sooner, and many pictures no sooner.

    Returns
    -------
    Evidence
        All traces, for `attribution`.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.

    See Also
    --------
    attribution : The verdict on them.
    inspect_image : Both of a picture file.

    Examples
    --------
    >>> from skimage.data import camera
    >>> found = evidence(camera())
    >>> found.jpeg.grid.found, found.added.p_value > 1e-3
    (False, True)
    """
    picture = as_planes(image, counts=True)
    if min(picture.shape[:2]) < SMALLEST_JUDGED_SIDE:
        raise ImageShapeError(
            f"image has shape {picture.shape}, a verdict needs at least {SMALLEST_JUDGED_SIDE} x "
            f"{SMALLEST_JUDGED_SIDE} pixels: pass a larger picture, not an enlarged one"
        )
    places = tiles(picture.shape, whole=_WHOLE)
    matches = partial(_matches, picture, fingerprints, resized_crops)
    measures: list[Callable[[], Any]] = [  # the longest first
        partial(makers, picture),
        partial(_blocks, picture, earlier_saves),
        matches,
        *(partial(measure, picture) for measure in (added_pattern, content)),
        *(partial(_part, picture[place]) for place in places),
    ]
    innocent, (jpeg, resized), (matched, energies), added, scene, *parts = _together(
        measures, threads
    )
    return Evidence(
        shape=picture.shape,
        content=scene,
        parts=tuple(parts),
        jpeg=jpeg,
        resampling=resized,
        makers=innocent,
        added=added,
        matches=matched,
        energies=energies,
    )


def _together(measures: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    if threads == 1:
        return [measure() for measure in measures]
    with ThreadPoolExecutor(threads) as pool:
        return [each.result() for each in [pool.submit(measure) for measure in measures]]


def _matches(
    picture: Planes, fingerprints: Sequence[AnyFingerprint], resized_crops: bool
) -> tuple[tuple[FingerprintMatch, ...], FloatArray | None]:
    """Known fingerprints, and what repeats like those of unknown ones: of one measurement."""
    repeated = repeated_part(picture)
    found = fingerprint_matches(
        picture, fingerprints, resized_crops=resized_crops, coefficients=repeated
    )
    return found, None if repeated is None else tile_energies(repeated, reference_noise())


def _blocks(picture: Planes, earlier_saves: bool) -> tuple[JpegTrace, Resampling]:
    """What JPEG and resizing left: what one explains is not the other's."""
    jpeg = jpeg_trace(picture, earlier=earlier_saves)
    return jpeg, resampling(_central(picture), grid=jpeg.grid.found)


def _part(part: Planes) -> EvidencePart:
    profiles = line_profiles(part)
    return EvidencePart(
        profiles=profiles,
        periods=tuple(period for profile in profiles for period in period_test(profile)),
        chroma=_chroma_periods(part),
        activity=activity(part),
        pattern=lattice_pattern(part),
    )


def _central(picture: Planes) -> Planes:
    """The part in which a beat is sought: the middle, up to 1024 pixels a side."""
    rows, columns = (
        slice(max(0, (side - _BEAT_SIDE) // 2), max(0, (side - _BEAT_SIDE) // 2) + _BEAT_SIDE)
        for side in picture.shape[:2]
    )
    return picture[rows, columns]


def _chroma_periods(part: Planes) -> tuple[Period, ...]:
    if part.is_gray:
        return ()
    green = part.channel("green")
    planes: list[FloatArray] = [part.channel("red") - green, part.channel("blue") - green]
    profiles = [profile for plane in planes for profile in line_profiles(plane, kinds=("first",))]
    return tuple(period for profile in profiles for period in period_test(profile, periods=_CHROMA))


def _medians(tests: list[tuple[Period, ...]]) -> tuple[Period, ...]:
    ranked = [sorted(same, key=lambda one: one.p_value) for same in zip(*tests, strict=True)]
    return tuple(same[len(same) // 2] for same in ranked)
