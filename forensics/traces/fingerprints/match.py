"""Matches: which of the known generators' fingerprints a picture carries.

Two kinds are matched in one way: what is in the picture is measured once, whitened by its own
noise, held against every fingerprint, and each chance is corrected for all that was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ParameterError
from forensics.traces.borders import picture_within
from forensics.traces.fingerprints.decoder import (
    SMALLEST_TILE_SIDE,
    DecoderTile,
    tile_coefficients,
    tile_place,
    tile_scores,
    tile_vector,
)
from forensics.traces.fingerprints.fingerprint import Fingerprint, plain_residual
from forensics.traces.fingerprints.frame import (
    FramePlace,
    crop_place,
    may_be_whole,
    scaled_crop_place,
    whole_place,
)
from forensics.traces.fingerprints.whitening import LOG_SMALLEST, Whitened, normal_score, whitened
from forensics.traces.planes import Planes, PlanesLike, as_planes

__all__ = [
    "AnyFingerprint",
    "FingerprintMatch",
    "Kind",
    "MATCHED",
    "fingerprint_matches",
    "repeated_part",
    "uncut_score",
]

AnyFingerprint: TypeAlias = Fingerprint | DecoderTile
Kind: TypeAlias = Literal["whole frame", "decoder tile"]

MATCHED = 1e-4
"""Chance, over all fingerprints that were tried, below which a match is claimed."""
_SMALLEST, _LARGEST = 96, 4096
"""Pixels a side between which a frame is sought, its surround included."""
_UPRIGHT, _OTHERWISE = 0.8, 0.1
"""How the chance of error is shared out: most of it to the frame as it is, the rest to other
poses, to crops, and to crops that were resized."""


@dataclass(frozen=True, slots=True)
class FingerprintMatch:
    """Match of a picture with one fingerprint, and the chance of it.

    Parameters
    ----------
    name : str
        Name of the fingerprint.
    family : str, optional
        Generators that leave it: products that share a decoder cannot be told apart. None where
        nobody said that it is a generator's: then it tells a source, which may be a camera.
    kind : {"whole frame", "decoder tile"}
        Whether the fingerprint is one of the whole frame or a decoder tile.
    z : float
        Standard normal score of the same chance.
    log_chance : float
        Natural logarithm of the chance of as good a fit in a picture of another source, corrected
        for the poses, offsets, scales and fingerprints that were tried.
    matched_as : str
        How it fits: "whole frame", "turned frame", "crop", "resized crop" or "tile".
    offset : (int, int), optional
        Row and column of the frame where a crop begins, in pixels of the picture; of a tile, how
        many rows and columns of a cell of 16 pixels were cut off.
    scale : float
        Pixels of the picture for one of the template.
    """

    name: str
    family: str | None
    kind: Kind
    z: float
    log_chance: float
    matched_as: str
    offset: tuple[int, int] | None
    scale: float

    @property
    def p_value(self) -> float:
        """Chance of as good a fit in a picture of another source, never below 1e-300."""
        return math.exp(max(self.log_chance, LOG_SMALLEST))

    @property
    def matched(self) -> bool:
        """Whether a match is claimed."""
        return self.p_value < MATCHED


@dataclass(frozen=True, slots=True)
class _Fit:
    """The best of what was tried with one fingerprint, before the others are counted."""

    log_chance: float
    matched_as: str
    offset: tuple[int, int] | None = None
    scale: float = 1.0


def fingerprint_matches(
    image: PlanesLike,
    fingerprints: Sequence[AnyFingerprint],
    *,
    resized_crops: bool = False,
    coefficients: NDArray[np.complex64] | None = None,
) -> tuple[FingerprintMatch, ...]:
    """Match a picture against fingerprints.

    A whole-frame fingerprint is sought in the whole picture at its own size, in eight poses, and
    in every upright crop at its native scale; an even surround is cut away first. A decoder tile
    is sought at all 256 offsets.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that are sought.
    resized_crops : bool
        Also seek crops that were resized, at every scale: seconds instead of milliseconds.
    coefficients : ndarray, shape (129, 9), complex64, optional
        What `repeated_part` returns, if it was measured before.

    Returns
    -------
    tuple of FingerprintMatch
        One for each fingerprint that the size of the picture admits, in their order.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.
    ParameterError
        `fingerprints` holds something else, as the name of a file.

    See Also
    --------
    fingerprint : Fingerprint of a source.
    link : Compare two pictures without any fingerprint.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*

    Examples
    --------
    >>> from forensics.traces.fingerprints.fingerprint import FingerprintSums, fingerprint
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(128, 128))
    >>> sums = FingerprintSums(100, np.rint(1e6 * shared).astype(np.int64))
    >>> source = fingerprint(sums, "made up", dense=True)
    >>> picture = rng.normal(100, 20, (128, 128))
    >>> fingerprint_matches(picture, [source])[0].matched
    False
    >>> fingerprint_matches(picture + 6 * shared, [source])[0].matched
    True
    """
    picture = as_planes(image)
    for source in fingerprints:
        if not isinstance(source, Fingerprint | DecoderTile):
            raise ParameterError(
                f"fingerprints has {source!r}, of type {type(source).__name__}: pass what "
                'load_library(["my.npz"]) returns'
            )
    fits = [
        (source, fit)
        for source, fit in _fits(picture, fingerprints, resized_crops, coefficients)
        if fit is not None
    ]
    tried = math.log(len(fits)) if fits else 0.0
    return tuple(
        FingerprintMatch(
            source.name,
            source.family or None,
            "decoder tile" if isinstance(source, DecoderTile) else "whole frame",
            normal_score(fit.log_chance),
            min(0.0, fit.log_chance + tried),
            fit.matched_as,
            fit.offset,
            fit.scale,
        )
        for source, fit in fits
    )


def _fits(
    picture: Planes,
    fingerprints: Sequence[AnyFingerprint],
    resized_crops: bool,
    coefficients: NDArray[np.complex64] | None,
) -> Iterator[tuple[AnyFingerprint, _Fit | None]]:
    frames = _Frames(picture, resized_crops)
    tiles = _Tiles(picture, coefficients)
    for source in fingerprints:
        yield source, (tiles.fit(source) if isinstance(source, DecoderTile) else frames.fit(source))


class _Frames:
    """The residual of one picture, whitened when a fingerprint first asks for it."""

    def __init__(self, picture: Planes, resized_crops: bool) -> None:
        self._stored = picture
        self._resized_crops = resized_crops

    @cached_property
    def _within(self) -> Planes:
        """The picture within its surround."""
        return self._stored[picture_within(self._stored)]

    @cached_property
    def _picture(self) -> Whitened:
        return whitened(plain_residual(self._within))

    def fit(self, source: Fingerprint) -> _Fit | None:
        """Best place of a whole-frame fingerprint; None where the picture cannot bear it."""
        sides = self._stored.shape[:2]
        if min(sides) < _SMALLEST or max(sides) > _LARGEST:
            return None
        shape = self._within.shape[:2]
        if min(shape) < _SMALLEST:
            return None
        tries: list[_Fit] = []
        if may_be_whole(shape, source.shape):
            places = whole_place(self._picture, source)
            tries.extend(_whole(place, shape, source) for place in places)
        if fits_within(shape, source.shape):
            tries.extend(_crop(crop_place(self._picture, source), "crop"))
            if self._resized_crops:
                tries.extend(_crop(scaled_crop_place(self._picture, source), "resized crop"))
        return min(tries, key=lambda fit: fit.log_chance, default=None)


def uncut_score(image: PlanesLike, source: AnyFingerprint) -> float | None:
    """Score of a fingerprint in a picture that is taken to be whole and upright.

    About standard normal in pictures of other sources: one try, without any correction. The spread
    of a fingerprint is measured by it.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    source : Fingerprint or DecoderTile
        Fingerprint that is sought.

    Returns
    -------
    float or None
        None if the picture is unfit for it, for instance too small.
    """
    picture = as_planes(image)
    if isinstance(source, DecoderTile):
        vector = _Tiles(picture).vector(source)
        return None if vector is None else float(tile_scores(vector, source)[0, 0])
    shape = picture.shape[:2]
    if not may_be_whole(shape, source.shape):
        return None
    places = whole_place(whitened(plain_residual(picture)), source, poses=1)
    return normal_score(places[0].log_chance) if places else None


def fits_within(shape: tuple[int, ...], template: tuple[int, int]) -> bool:
    """Whether a picture can be a crop of the frame.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the picture.
    template : (int, int)
        Rows and columns of the frame.

    Returns
    -------
    bool
        False for a picture of the frame's own size.
    """
    return all(side <= whole for side, whole in zip(shape, template, strict=True)) and (
        shape != template
    )


def _whole(place: FramePlace, shape: tuple[int, ...], source: Fingerprint) -> _Fit:
    share, said = (_UPRIGHT, "whole frame") if place.pose == 0 else (_OTHERWISE, "turned frame")
    log_chance = min(0.0, place.log_chance - math.log(share))
    return _Fit(log_chance, said, None, shape[0] / source.shape[0])


def _crop(place: FramePlace | None, said: str) -> Iterator[_Fit]:
    if place is not None:
        yield _Fit(
            min(0.0, place.log_chance - math.log(_OTHERWISE)), said, place.offset, place.scale
        )


def repeated_part(image: PlanesLike) -> NDArray[np.complex64] | None:
    """Part of a picture that repeats every 16 pixels, an even border cut away.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.

    Returns
    -------
    ndarray, shape (129, 9), complex64, or None
        As `tile_coefficients` has it; None where the picture is too small.
    """
    picture = as_planes(image)
    within = picture[picture_within(picture)]
    return None if min(within.shape[:2]) < SMALLEST_TILE_SIDE else tile_coefficients(within)


class _Tiles:
    """The 16-periodic part of one picture, measured when a tile first asks for it."""

    def __init__(self, picture: Planes, coefficients: NDArray[np.complex64] | None = None) -> None:
        self._picture = picture
        self._given = coefficients
        self._vectors: dict[tuple[int, str], NDArray[np.complex64]] = {}

    @cached_property
    def _found(self) -> NDArray[np.complex64] | None:
        return self._given if self._given is not None else repeated_part(self._picture)

    def fit(self, source: DecoderTile) -> _Fit | None:
        """Best place of a decoder tile; None where the picture cannot bear it."""
        vector = self.vector(source)
        if vector is None:
            return None
        place = tile_place(vector, source)
        return _Fit(place.log_chance, "tile", place.offset)

    def vector(self, source: DecoderTile) -> NDArray[np.complex64] | None:
        """The picture in units of the noise that a tile is weighed by."""
        if self._found is None:
            return None
        if source.planes == "all" and not self._found[:, 1].any():  # no colour
            return None
        key = id(source.noise), source.planes
        if key not in self._vectors:
            self._vectors[key] = tile_vector(self._found, source.noise, source.planes)
        return self._vectors[key]
