"""From a folder of one source's pictures to its fingerprints, and how good they are.

Every picture is held against fingerprints that it is not itself in: what is said of a
fingerprint was never judged by the pictures that made it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial, reduce
from importlib import resources
from operator import add, attrgetter
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Image
from forensics.counting import counted
from forensics.engine.attempts import measured
from forensics.engine.blend import check_sides, common_size
from forensics.engine.fingerprints import reference_noise
from forensics.engine.reduce import Adding, summed
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError, ForensicsError, ParameterError
from forensics.images.delivery.deliver import crop_center, deliver
from forensics.images.delivery.steps import Jpeg
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_pixels
from forensics.images.sources.find import ImageSource, Skipped
from forensics.traces.borders import picture_within
from forensics.traces.fingerprints.decoder import (
    FEWEST_TILES,
    PLANES,
    SMALLEST_TILE_SIDE,
    DecoderTile,
    TilePlanes,
    decoder_tile,
    tile_coefficients,
    tile_vector,
)
from forensics.traces.fingerprints.fingerprint import (
    SMALLEST_FRAME_SIDE,
    FingerprintSums,
    fingerprint,
    fingerprint_sums,
)
from forensics.traces.fingerprints.match import (
    MATCHED,
    AnyFingerprint,
    Kind,
    fingerprint_matches,
    uncut_score,
)
from forensics.traces.fingerprints.whitening import normal_score
from forensics.traces.photographs import content
from forensics.traces.planes import as_planes
from forensics.traces.similarity import groups_alike, perceptual_hash

__all__ = [
    "FEWEST_FRAMES",
    "MadeFingerprints",
    "Quality",
    "make_fingerprints",
]

FEWEST_FRAMES = 8
"""Whole frames of which a template can be made: fewer show what they show."""
_UNIT = 1_000_000
_SAVED_AGAIN = 16
"""Bits of a hash in which a picture that was saved again differs at most."""
_JUDGED = 24
"""Pictures that the result is judged by, spread over the set."""
_PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png",
    "grass.png", "gravel.png", "motorcycle_left.png", "rocket.jpg",
)  # fmt: skip
"""Of what scikit-image brings with it, pictures that a lens made."""
_QUALITIES = (0, 75, 90, 99)
"""Of the JPEGs that they are saved as; 0 as they are."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """Exact sums of what is measured of each picture; parts merge with ``+``."""

    frames: FingerprintSums | None
    tiles: dict[TilePlanes, NDArray[np.int64]]
    n_tiles: dict[TilePlanes, int]

    def __add__(self, other: _Sums) -> _Sums:
        frames = [one for one in (self.frames, other.frames) if one is not None]
        return _Sums(
            frames[0] + frames[1] if len(frames) == 2 else (frames[0] if frames else None),
            {planes: self.tiles[planes] + other.tiles[planes] for planes in PLANES},
            {planes: self.n_tiles[planes] + other.n_tiles[planes] for planes in PLANES},
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a fingerprint does on pictures of its own source that it was not made of.

    Parameters
    ----------
    kind : {"whole frame", "decoder tile"}
        Whether the fingerprint is one of the whole frame or a decoder tile.
    n_judged : int
        Number of pictures that were judged.
    matched : float
        Share of them that match.
    least, median : float
        Smallest and median z of the pictures that were judged.
    with_twice : float
        The median that twice as many pictures would bring, by what half as many lose.
    largest_other : float
        Largest z among photographs that come with scikit-image, as they are and as JPEGs.
    """

    kind: Kind
    n_judged: int
    matched: float
    least: float
    median: float
    with_twice: float
    largest_other: float


@dataclass(frozen=True, slots=True, eq=False)
class MadeFingerprints:
    """Fingerprints of one source, with how good they are and what was left out.

    Parameters
    ----------
    fingerprints : tuple of Fingerprint or DecoderTile
        Fingerprints that could be made, of each kind at most one.
    qualities : tuple of Quality
        How good each of them is.
    reasons : tuple of str
        Why a kind is missing.
    n_copies : int
        Number of pictures that are copies of others, byte by byte or saved again, and were not
        counted.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    stopped : bool
        Whether the run was stopped before all pictures were seen.
    """

    fingerprints: tuple[AnyFingerprint, ...]
    qualities: tuple[Quality, ...]
    reasons: tuple[str, ...]
    n_copies: int
    skipped: tuple[Skipped, ...]
    stopped: bool


def make_fingerprints(
    images: AnyImages,
    name: str,
    *,
    family: str = "",
    size: int | None = None,
    planes: TilePlanes | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> MadeFingerprints:
    """Fingerprints of one source, of both kinds if the pictures admit it.

    A whole-frame fingerprint needs at least 8 pictures of one size; a decoder tile 2 of any.
    Of whole frames two are made, one that keeps every frequency and one that keeps those that
    stand out; the one whose own pictures match it better stays.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    name : str
        Name of the source, as it is told in a match.
    family : str
        Generators that leave the same pattern; by default only this source.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels; nothing is
        resampled.
    planes : {"all", "luma"}, optional
        Planes that a decoder tile is made of; by default those that do better. Pictures that one
        program has saved with its own tables are told by luma alone.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    MadeFingerprints
        The fingerprints, with how good they are.

    Raises
    ------
    ParameterError
        `workers` is below 1, `on_error` unknown, `size` below 1, or `planes` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    EmptySetError
        Neither kind can be made of what is left.

    See Also
    --------
    save_library : Keep them in a file.
    load_library : Fingerprints from files.
    """
    options = RunOptions.of(make_fingerprints, run)
    check_sides(size, None)
    if planes not in (None, *PLANES):
        raise ParameterError(f"planes is {planes!r}, allowed are {', '.join(map(repr, PLANES))}")
    sources, n_copies = _distinct(as_sources(images, on_error=options.on_error))
    if not sources:
        raise EmptySetError("no picture was given: pass at least 2 of one source")
    apart = replace(options, on_error="skip", progress=None)
    sources, n_alike = _unlike(sources, max_pixels, apart)
    n_copies += n_alike
    common = (size, size) if size else common_size(sources, max_pixels)
    skipped: list[Skipped] = []
    halves: list[_Sums] = []
    stopped = False
    for first in (0, 1):
        half = sources[first::2]
        if half and not stopped:
            done = summed(
                partial(Adding, partial(_measured, size, common, max_pixels)),
                half,
                options.further(first * len(sources[::2]), len(sources)),
            )
            halves.append(done.sums)
            skipped += done.skipped
            stopped = done.stopped
    total = reduce(add, halves)
    recipes = [
        one
        for one in _RECIPES
        if one.enough(total) and (one.kind == "whole frame" or planes in (None, one.planes))
    ]
    if not recipes:
        raise EmptySetError(f"no fingerprint can be made: {'; '.join(_reasons(total))}")
    rows: list[list[list[float]]] = []
    for first in (0, 1):
        half = sources[first::2]
        judged = half[:: -(-len(half) // (_JUDGED // 2)) or 1]
        other = halves[1 - first] if len(halves) > 1 else None
        judge = partial(_judged, recipes, total, other, size, common, max_pixels)
        for row in measured(judge, judged, apart, batch=1):
            rows.extend([] if isinstance(row, Skipped) else [row])
    scores = np.array(rows, dtype=np.float64).reshape(len(rows), len(recipes), 2)
    chosen, qualities = _chosen(recipes, scores, total, name, family)
    left_out = tuple(sorted(skipped, key=attrgetter("path")))
    return MadeFingerprints(chosen, qualities, tuple(_reasons(total)), n_copies, left_out, stopped)


def _distinct(sources: tuple[ImageSource, ...]) -> tuple[tuple[ImageSource, ...], int]:
    """Sources that differ in their bytes; the others would count twice."""
    seen: set[bytes] = set()
    distinct = []
    for source in sources:
        try:
            digest = hashlib.sha256(source.read_bytes()).digest()
        except ForensicsError:
            digest = source.name.encode()  # it is named with its reason when its turn comes
        if digest not in seen:
            seen.add(digest)
            distinct.append(source)
    return tuple(distinct), len(sources) - len(distinct)


def _unlike(
    sources: tuple[ImageSource, ...], max_pixels: int, run: RunOptions
) -> tuple[tuple[ImageSource, ...], int]:
    """Sources that show different things: what was saved again counts once."""
    found = measured(partial(_hashed, max_pixels), sources, run, batch=4)
    named = {
        source: one for source, one in zip(sources, found, strict=False)
        if not isinstance(one, Skipped)
    }  # fmt: skip
    if not named:
        return sources, 0
    groups = groups_alike(np.stack(list(named.values())), within=_SAVED_AGAIN)
    first = dict(zip(reversed(groups.tolist()), reversed(list(named)), strict=True))
    kept = {*first.values(), *(source for source in sources if source not in named)}
    return tuple(source for source in sources if source in kept), len(sources) - len(kept)


def _hashed(max_pixels: int, source: ImageSource) -> NDArray[np.uint64]:
    return perceptual_hash(read_pixels(source, max_pixels=max_pixels))


def _pixels(size: int | None, max_pixels: int, source: ImageSource) -> Image:
    image = read_pixels(source, max_pixels=max_pixels)
    return image if size is None else crop_center(image, size)


def _measured(
    size: int | None, common: tuple[int, int] | None, max_pixels: int, source: ImageSource
) -> _Sums:
    return _sums(_pixels(size, max_pixels, source), common)


def _sums(image: Image, common: tuple[int, int] | None) -> _Sums:
    """What one picture adds; a picture that is black adds nothing."""
    rows, columns = image.shape[:2]
    whole = (rows, columns) == common and min(rows, columns) >= SMALLEST_FRAME_SIDE
    picture = as_planes(image)
    flat = content(picture).is_flat
    frames = fingerprint_sums(picture) if whole and not flat else None
    tiles, counts = {}, {}
    within = picture[picture_within(picture)]
    bears = min(within.shape[:2]) >= SMALLEST_TILE_SIDE and not flat
    found = tile_coefficients(within) if bears else None
    for planes in PLANES:
        shape = reference_noise().whitening[planes].shape[:2]
        tiles[planes] = np.zeros((*shape, 2), np.int64)
        counts[planes] = 0
        if found is None or (planes == "all" and not found[:, 1].any()):
            continue
        vector = tile_vector(found, reference_noise(), planes)
        if vector.any():
            parts = np.stack([vector.real, vector.imag], axis=-1).astype(np.float64)
            tiles[planes] = np.rint(parts * _UNIT).astype(np.int64)
            counts[planes] = 1
    return _Sums(frames, tiles, counts)


@dataclass(frozen=True, slots=True)
class _Recipe:
    """One way to make a fingerprint of sums."""

    kind: Kind
    dense: bool = False
    planes: TilePlanes = "all"

    def enough(self, sums: _Sums, fewest: int | None = None) -> bool:
        """Whether there are as many pictures as it takes."""
        if self.kind == "decoder tile":
            return sums.n_tiles[self.planes] >= (fewest or FEWEST_TILES)
        return sums.frames is not None and sums.frames.n >= (fewest or FEWEST_FRAMES)

    def made(self, sums: _Sums, name: str, family: str) -> AnyFingerprint:
        """The fingerprint."""
        if self.kind == "whole frame":
            assert sums.frames is not None
            return fingerprint(sums.frames, name, family=family, fewest=1, dense=self.dense)
        parts = sums.tiles[self.planes] / _UNIT
        return decoder_tile(
            parts[..., 0] + 1j * parts[..., 1],
            name,
            noise=reference_noise(),
            planes=self.planes,
            n_images=sums.n_tiles[self.planes],
            family=family,
        )


_RECIPES = (
    _Recipe("whole frame", dense=True),
    _Recipe("whole frame"),
    _Recipe("decoder tile"),
    _Recipe("decoder tile", planes="luma"),
)


def _reasons(sums: _Sums) -> list[str]:
    """Why a kind cannot be made."""
    n_frames = sums.frames.n if sums.frames is not None else 0
    n_tiles = max(sums.n_tiles.values())
    reasons = []
    if n_frames < FEWEST_FRAMES:
        reasons.append(
            f"{counted(n_frames, 'different picture')} of one size, not counting flat ones: too "
            f"few for a whole-frame fingerprint, at least {FEWEST_FRAMES} are needed"
        )
    if n_tiles < FEWEST_TILES:
        reasons.append(
            f"{counted(n_tiles, 'different picture')} of at least {SMALLEST_TILE_SIDE} pixels a "
            "side, not counting flat ones: too few for a decoder tile, at least "
            f"{FEWEST_TILES} are needed"
        )
    return reasons


def _judged(
    recipes: Sequence[_Recipe],
    total: _Sums,
    other: _Sums | None,
    size: int | None,
    common: tuple[int, int] | None,
    max_pixels: int,
    source: ImageSource,
) -> list[list[float]]:
    """Z of one picture against each fingerprint of all others, and of the half it is not in.

    nan where there is none.
    """
    image = _pixels(size, max_pixels, source)
    rest = _without(total, _sums(image, common))
    return [[_z(image, recipe, some) for some in (rest, other)] for recipe in recipes]


def _z(image: Image, recipe: _Recipe, sums: _Sums | None) -> float:
    if sums is None or not recipe.enough(sums, fewest=1):
        return math.nan
    try:
        again = recipe.made(sums, "", "")
    except EmptySetError:
        return math.nan
    matches = fingerprint_matches(image, [again])
    return matches[0].z if matches else math.nan


def _without(total: _Sums, own: _Sums) -> _Sums:
    frames = total.frames
    if frames is not None and own.frames is not None:
        frames = FingerprintSums(frames.n - 1, frames.residuals - own.frames.residuals)
    return _Sums(
        frames,
        {planes: total.tiles[planes] - own.tiles[planes] for planes in PLANES},
        {planes: total.n_tiles[planes] - own.n_tiles[planes] for planes in PLANES},
    )


def _chosen(
    recipes: Sequence[_Recipe], scores: NDArray[np.float64], total: _Sums, name: str, family: str
) -> tuple[tuple[AnyFingerprint, ...], tuple[Quality, ...]]:
    """Of each kind the fingerprint that its own pictures match best, in its own spreads."""
    chosen: list[AnyFingerprint] = []
    qualities = []
    for kind in ("whole frame", "decoder tile"):
        made: list[tuple[float, AnyFingerprint, Quality]] = []
        for number, recipe in enumerate(recipes):
            if recipe.kind == kind:
                one = recipe.made(total, name, family)
                others = _others(one)
                wider = max(1.0, float(np.sqrt(np.mean(np.square(others)))) if others else 1.0)
                quality = _quality(
                    recipe.kind, scores[:, number] / wider, max(others, default=math.nan) / wider
                )
                made.append((quality.median, _widened(one, wider), quality))
        if made:
            _, best, quality = max(made, key=lambda some: some[0])
            chosen.append(best)
            qualities.append(quality)
    return tuple(chosen), tuple(qualities)


def _widened(one: AnyFingerprint, by: float) -> AnyFingerprint:
    if isinstance(one, DecoderTile):
        return replace(one, spread=one.spread * by)
    return replace(one, spread=one.spread * by, resized_spread=one.resized_spread * by)


def _median(z: NDArray[np.float64]) -> float:
    known = z[np.isfinite(z)]
    return float(np.median(known)) if len(known) else -math.inf


def _quality(kind: Kind, scores: NDArray[np.float64], largest_other: float) -> Quality:
    z = scores[np.isfinite(scores[:, 0]), 0]
    if not len(z):
        return Quality(kind, 0, math.nan, -math.inf, -math.inf, math.nan, largest_other)
    median = float(np.median(z))
    needed = normal_score(math.log(MATCHED))
    return Quality(
        kind,
        len(z),
        float(np.mean(z > needed)),
        float(z.min()),
        median,
        _with_twice(median, _median(scores[:, 1])),
        largest_other,
    )


def _with_twice(median: float, by_half: float) -> float:
    """Median z that twice as many pictures would bring.

    A template of n pictures is the pattern plus an nth of their noise, so that z grows as
    ``sqrt(x / (1 + x))`` with x proportional to n; the z of half as many tells x.

    Examples
    --------
    >>> round(_with_twice(10.0, 10.0 / math.sqrt(2)), 2), _with_twice(10.0, 10.0)
    (14.14, 10.0)
    """
    if not 0 < by_half < math.inf or median <= 0:
        return math.nan
    ratio = min(max((by_half / median) ** 2, 0.5), 1.0)
    if ratio == 1.0:
        return median
    x = (2 * ratio - 1) / (1 - ratio)
    return median * math.sqrt(2 * (1 + x) / (1 + 2 * x))


def _others(made: AnyFingerprint) -> list[float]:
    """Z of photographs that have nothing to do with it, as they are and as JPEGs.

    A source whose pictures were all saved by one program leaves the marks of that as well, and
    other pictures that were saved by it match these: the spread of its score tells.
    """
    scores = [uncut_score(image, made) for image in _photographs()]
    return [score for score in scores if score is not None]


@lru_cache(maxsize=1)
def _photographs() -> tuple[Image, ...]:
    folder = resources.files("skimage") / "data"
    squares = []
    for name in _PHOTOGRAPHS:
        image = read_pixels(str(folder / name))
        squares.append(crop_center(image, min(image.shape[:2]) // 16 * 16))
    return tuple(
        deliver(square, [Jpeg(quality, "4:2:0", False)]).pixels if quality else square
        for square in squares
        for quality in _QUALITIES
    )
