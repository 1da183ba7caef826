"""Which pictures of a heap come from one maker, by what they share apart from their content.

Every picture is measured once. What two have in common is first estimated for all pairs by
products of matrices, on a part of the frequencies; what stands out is then tested in full. A
group of two or more is itself a template, which finds what is too faint for a pair.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias, Unpack, cast

import numpy as np
from numpy.typing import NDArray

from forensics.counting import counted
from forensics.engine.attempts import measured
from forensics.engine.checkpoint import KeptRow, RunState, measured_in_steps
from forensics.engine.fingerprints import load_library, reference_noise
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError, ParameterError
from forensics.images.inputs import AnyImage, AnyImages, as_source, as_sources
from forensics.images.read import MAX_PIXELS, read_pixels, read_size
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import named
from forensics.images.sources.names import printable
from forensics.traces.copies import Likeness, groups_of_copies, likeness
from forensics.traces.fingerprints.link import (
    LINK_PARTS,
    LINKED,
    LinkPart,
    common_shape,
    link_score,
    link_spectrum,
    link_vectors,
    tile_link_score,
)
from forensics.traces.fingerprints.match import (
    MATCHED,
    AnyFingerprint,
    fingerprint_matches,
    repeated_part,
)
from forensics.traces.fingerprints.whitening import (
    LOG_SMALLEST,
    Spectrum,
    independent,
    log_normal_tail,
    normal_score,
)
from forensics.traces.jpeg.grid import JpegGrid, jpeg_grid
from forensics.traces.jpeg.quality import jpeg_quality
from forensics.traces.planes import Planes, as_planes

__all__ = [
    "Cluster",
    "Clusters",
    "Ground",
    "PictureLink",
    "cluster",
    "link_pictures",
]

Ground: TypeAlias = Literal["whole frame", "decoder tile", "fingerprint"]
"""Why pictures are in one group: a pattern of the whole frame, one of 16 pixels, or because a
known fingerprint names both."""

Limit: TypeAlias = Literal["", "coarse", "copies"]

Sketch: TypeAlias = NDArray[np.int8]
"""Some frequencies of a picture's link spectrum, real and imaginary parts beside each other."""

FAMILY_WISE = 0.01
"""Chance that a heap without any company shows a group."""
COARSE = 30
"""Quality of JPEG below which pictures are not compared: what is left is mostly JPEG's own."""
_SKETCHED = 32_768
"""Frequencies of a sketch, at most."""
_LEVELS = 40.0
"""Levels of a sketch for one unit of noise: no frequency is louder than 3."""
_LOOKED_AT = 4.0
"""Estimated score from which a pair is tested in full."""
_MOST_SIZES = 4
"""Smaller sizes of the heap that a picture is also brought to: those of most pictures."""
_TEMPLATE = 16
"""Pictures of a group that its template is made of, at most."""
_CHUNK = 1024
_LEAST_LIKENESS = 16
"""Pixels a side from which copies can be told."""
_KEPT_SPECTRA = 64
_BATCH, _HEADERS = 2, 64
_MATRIX = 1_000
"""Pictures up to which the scores of all pairs are kept, to be drawn."""


@dataclass(frozen=True, slots=True)
class PictureLink:
    """Whether two pictures come from one network or decoder.

    Parameters
    ----------
    z : float
        Score of what they share, about standard normal for pictures of different sources.
    p_value : float
        Chance of such a score, corrected for the ways in which the two were compared.
    linked : bool
        Whether that chance is below one in a million.
    compared_at : (int, int)
        Rows and columns at which they were compared.
    ground : {"whole frame", "decoder tile"}
        What they share, or what came nearest to it.
    limit : {"", "coarse", "copies"}
        Why no link is told whatever the score: one was saved as JPEG too coarsely, or the two show
        the same.
    """

    z: float
    p_value: float
    linked: bool
    compared_at: tuple[int, int]
    ground: Ground
    limit: Limit = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pictures that share a source.

    Parameters
    ----------
    name : str
        Name of a fingerprint that matches one of them or more, or "group 1" and so on.
    family : str, optional
        Generators that leave that fingerprint; None where none is known, or where nobody said that
        it is a generator's.
    pictures : tuple of str
        Names of the pictures, in the order of the heap.
    p_value : float
        Chance of the weakest tie by which one of them belongs, corrected for all that were tried.
    grounds : tuple of str
        Why they belong together, most frequent first.
    members : tuple of int
        Their numbers in the heap.
    matched : tuple of str
        Those that match the fingerprint themselves; the others share something with these, which
        may be a scene.
    """

    name: str
    family: str | None
    pictures: tuple[str, ...]
    p_value: float
    grounds: tuple[Ground, ...]
    members: tuple[int, ...]
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """A heap of pictures, sorted by maker.

    Parameters
    ----------
    groups : tuple of Cluster
        Groups of two or more, the largest first.
    alone : tuple of str
        Pictures without company.
    copies : tuple of tuple of str
        Pictures that show the same, of which the first alone was compared.
    names : tuple of str
        All pictures that were measured, in their order.
    scores : ndarray, shape (n, n), float32, optional
        Estimated score of each pair, NaN where two cannot be compared; None of large heaps.
    n_compared : int
        Comparisons that chances are corrected for.
    skipped : tuple of Skipped
        Pictures that were left out, with reasons.
    stopped : bool
        Whether the run was stopped before all pictures were measured: then nothing is sorted.
    """

    groups: tuple[Cluster, ...]
    alone: tuple[str, ...]
    copies: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    scores: NDArray[np.float32] | None
    n_compared: int
    skipped: tuple[Skipped, ...]
    stopped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """What is kept of one picture.

    Parameters
    ----------
    name : str
        Name of the picture.
    shape : (int, int)
        Rows and columns.
    looks : Likeness, optional
        What it looks like; None where it is too small to tell.
    vectors : dict
        Parts of its decoder tile.
    sketches : dict
        Sketch at its own size and at smaller ones.
    match : (str, str or None, float), optional
        Name, family and chance of the best fingerprint that it matches.
    """

    name: str
    shape: tuple[int, int]
    looks: Likeness | None
    vectors: Mapping[LinkPart, NDArray[np.complex64]]
    sketches: Mapping[tuple[int, int], Sketch]
    match: tuple[str, str | None, float] | None

    def packed(self) -> KeptRow:
        """The picture as the state of a run keeps it."""
        arrays: dict[str, NDArray[Any]] = {f"vector {part}": v for part, v in self.vectors.items()}
        for (rows, columns), sketch in self.sketches.items():
            arrays[f"sketch {rows} {columns}"] = sketch
        if self.looks is not None:
            arrays |= {"bits": self.looks.bits, "cells": self.looks.cells}
        held = io.BytesIO()
        np.savez(held, **arrays)  # type: ignore[arg-type]
        facts = {"name": self.name, "shape": self.shape, "match": self.match}
        return json.dumps(facts), held.getvalue()

    @classmethod
    def unpacked(cls, row: KeptRow) -> _Measured:
        """Picture as it was before it was packed."""
        facts = json.loads(row[0])
        vectors: dict[LinkPart, NDArray[np.complex64]] = {}
        sketches: dict[tuple[int, int], Sketch] = {}
        with np.load(io.BytesIO(row[1]), allow_pickle=False) as arrays:
            looks = Likeness(arrays["bits"], arrays["cells"]) if "bits" in arrays else None
            for name in arrays.files:
                kind, _, of = name.partition(" ")
                if kind == "vector":
                    vectors[cast(LinkPart, of)] = arrays[name]
                elif kind == "sketch":
                    rows, columns = map(int, of.split())
                    sketches[rows, columns] = arrays[name]
        (rows, columns), match = facts["shape"], facts["match"]
        known = None if match is None else (match[0], match[1], match[2])
        return cls(facts["name"], (rows, columns), looks, vectors, sketches, known)


def link_pictures(
    first: AnyImage, second: AnyImage, *, max_pixels: int = MAX_PIXELS
) -> PictureLink:
    """Test whether two pictures come from one network or decoder, without any reference.

    Parameters
    ----------
    first, second : str, path-like, bytes-like, ndarray or ImageSource
        Pictures to compare.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    PictureLink
        The stronger of what whole frames and decoder tiles say.

    Raises
    ------
    ImageReadError
        One cannot be read.
    ParameterError
        They can be compared in no way: whole frames differ in aspect, and one has fewer than 176
        pixels a side.

    See Also
    --------
    cluster : Any number of pictures.
    """
    planes = []
    for image in (first, second):
        source = as_source(image)
        with named(source):
            planes.append(as_planes(read_pixels(source, max_pixels=max_pixels)))
    found: list[tuple[float, tuple[int, int], Ground]] = []
    shape = common_shape(planes[0].shape, planes[1].shape)
    if shape is not None:
        spectra = [link_spectrum(one, shape) for one in planes]
        found.append((link_score(spectra[0], spectra[1], shape[1]), shape, "whole frame"))
    grids = [jpeg_grid(one) for one in planes]
    tiles = [_vectors(one, grid) for one, grid in zip(planes, grids, strict=True)]
    smaller = min((one.shape[:2] for one in planes), key=math.prod)
    for part in tiles[0].keys() & tiles[1].keys():
        score = tile_link_score(tiles[0][part], tiles[1][part], part)
        found.append((score, (smaller[0], smaller[1]), "decoder tile"))
    if not found:
        sizes = " and ".join(f"{one.shape[0]} x {one.shape[1]}" for one in planes)
        raise ParameterError(
            f"the pictures have {sizes} pixels: two whole frames of one aspect, or two pictures of "
            "at least 176 x 176, are needed"
        )
    z, compared_at, ground = max(found)
    p_value = min(1.0, len(found) * math.exp(max(log_normal_tail(z), LOG_SMALLEST)))
    limit = _limit(planes, grids)
    return PictureLink(z, p_value, p_value < LINKED and not limit, compared_at, ground, limit)


def _limit(planes: Sequence[Planes], grids: Sequence[JpegGrid]) -> Limit:
    if any(_is_coarse(one, grid) for one, grid in zip(planes, grids, strict=True)):
        return "coarse"
    if min(min(one.shape[:2]) for one in planes) < _LEAST_LIKENESS:
        return ""
    return "copies" if not np.diff(groups_of_copies([likeness(p.image) for p in planes])) else ""


def _is_coarse(picture: Planes, grid: JpegGrid) -> bool:
    if not grid.found:
        return False
    quality = jpeg_quality(picture, grid.origin)
    return quality is not None and quality.quality < COARSE


def cluster(
    images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] | None = None,
    max_pixels: int = MAX_PIXELS,
    state: RunState | None = None,
    **run: Unpack[RunKeywords],
) -> Clusters:
    """Sort a heap of pictures by maker.

    Copies go first: they share their content. Of the rest, two are tied if what they have in
    common, apart from that, is less likely than one in a hundred over all pairs of the heap; or
    if one known fingerprint names both. Groups then grow by templates made of them.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the heap.
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Of known sources; those that are shipped unless given, none where the sequence is empty.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    state : RunState, optional
        State to which what is measured is committed, and from which a run goes on that was ended
        early; of the same pictures in the same order.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Clusters
        Groups, and what is alone.

    Raises
    ------
    EmptySetError
        There are fewer than two pictures.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    OutputError
        The state cannot be written.

    See Also
    --------
    link_pictures : Two pictures.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*
    """
    options = RunOptions.of(cluster, run)
    sources = as_sources(images, on_error=options.on_error)
    library = load_library() if fingerprints is None else tuple(fingerprints)
    measure = partial(_measured, _sizes(sources, max_pixels, options), library, max_pixels)
    every = measured_in_steps(measure, _Measured.unpacked, sources, state, options, batch=_BATCH)
    found, used, skipped = [], [], []
    for one, source in zip(every, sources, strict=False):
        if isinstance(one, Skipped):
            skipped.append(one)
        else:
            found.append(one)
            used.append(source)
    if len(every) < len(sources):
        names = tuple(one.name for one in found)
        return Clusters((), (), (), names, None, 0, tuple(skipped), stopped=True)
    if len(found) < 2:
        first = f" ({printable(skipped[0].path)} {skipped[0].reason})" if skipped else ""
        raise EmptySetError(
            f"{len(found)} of {counted(len(sources))} can be measured{first}: at least 2 are "
            "needed to be compared"
        )
    return _Heap(found, used, max_pixels).sorted(tuple(skipped))


def _sizes(
    sources: Sequence[ImageSource], max_pixels: int, run: RunOptions
) -> Counter[tuple[int, int]]:
    """How many pictures have each size; what cannot be read is told later."""
    quiet = replace(run, progress=None, on_error="skip")
    found = measured(partial(read_size, max_pixels=max_pixels), sources, quiet, batch=_HEADERS)
    return Counter(one for one in found if not isinstance(one, Skipped))


def _measured(
    sizes: Counter[tuple[int, int]],
    library: Sequence[AnyFingerprint],
    max_pixels: int,
    source: ImageSource,
) -> _Measured:
    pixels = read_pixels(source, max_pixels=max_pixels)
    picture = as_planes(pixels)
    shape = picture.shape[0], picture.shape[1]
    matches = [one for one in fingerprint_matches(picture, library) if one.p_value < MATCHED]
    best = min(matches, key=lambda one: one.log_chance, default=None)
    grid = jpeg_grid(picture)
    places = () if _is_coarse(picture, grid) else tuple(_compared_at(shape, sizes))
    return _Measured(
        source.name,
        shape,
        likeness(pixels) if min(shape) >= _LEAST_LIKENESS else None,
        _vectors(picture, grid) if places else {},
        {one: _sketch(link_spectrum(picture, one), one) for one in places},
        None if best is None else (best.name, best.family, best.p_value),
    )


def _vectors(picture: Planes, grid: JpegGrid) -> dict[LinkPart, NDArray[np.complex64]]:
    coefficients = repeated_part(picture)
    if coefficients is None:
        return {}
    return link_vectors(coefficients, reference_noise(), has_grid=grid.found)


def _compared_at(
    shape: tuple[int, int], sizes: Counter[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The picture's own size, and those smaller ones that most pictures of its aspect have."""
    if common_shape(shape, shape) is None:
        return
    yield shape
    smaller = [
        (n, one) for one, n in sizes.items() if one != shape and common_shape(one, shape) == one
    ]
    yield from (one for _, one in sorted(smaller, reverse=True)[:_MOST_SIZES])


def _sketch(spectrum: Spectrum, shape: tuple[int, int]) -> Sketch:
    """Some of the frequencies in few levels, the same ones of all pictures of a size."""
    values = independent(spectrum, shape[1])
    if len(values) > _SKETCHED:
        rng = np.random.default_rng((shape[0], shape[1]))
        values = values[np.sort(rng.permutation(len(values))[:_SKETCHED])]
    parts = np.stack([values.real, values.imag], axis=1).ravel()
    return np.rint(parts * np.float32(_LEVELS)).astype(np.int8)


class _Heap:
    """Pictures on their way into groups."""

    def __init__(
        self, pictures: Sequence[_Measured], sources: Sequence[ImageSource], max_pixels: int
    ) -> None:
        self._pictures = pictures
        self._sources = sources
        self._max_pixels = max_pixels
        self._spectra: dict[tuple[int, tuple[int, int]], Spectrum] = {}
        self._copies = self._of_copies()
        self._first = [group[0] for group in self._copies]
        n = len(self._first)
        # All pairs, as whole frames and by three parts of a tile; as many ties to templates.
        self.n_compared = 2 * (1 + len(LINK_PARTS)) * (n * (n - 1) // 2)
        self._limit = min(LINKED, FAMILY_WISE / max(1, self.n_compared))
        self._least = normal_score(math.log(self._limit))
        self._parent = list(range(len(pictures)))
        self._ties: list[tuple[int, int, float, Ground]] = []
        small = len(pictures) <= _MATRIX
        self.scores = np.full((len(pictures),) * 2, np.nan, np.float32) if small else None

    def sorted(self, skipped: tuple[Skipped, ...]) -> Clusters:
        """The heap in groups."""
        self._by_fingerprint()
        self._by_pairs()
        self._grow()
        groups: dict[int, list[int]] = {}
        for one in self._first:
            groups.setdefault(self._root(one), []).append(one)
        together = sorted(
            (group for group in groups.values() if len(group) > 1),
            key=lambda group: (-len(group), group[0]),
        )
        names = tuple(one.name for one in self._pictures)
        return Clusters(
            tuple(self._cluster(number, group) for number, group in enumerate(together, 1)),
            tuple(names[group[0]] for group in groups.values() if len(group) == 1),
            tuple(tuple(names[one] for one in group) for group in self._copies if len(group) > 1),
            names,
            self.scores,
            self.n_compared,
            skipped,
        )

    def _of_copies(self) -> list[list[int]]:
        """Numbers of pictures that show the same."""
        seen = [i for i, one in enumerate(self._pictures) if one.looks is not None]
        groups: dict[int, list[int]] = {}
        if seen:
            looks = [cast(Likeness, self._pictures[i].looks) for i in seen]
            for i, number in zip(seen, groups_of_copies(looks).tolist(), strict=True):
                groups.setdefault(number, []).append(i)
        unseen = [[i] for i in range(len(self._pictures)) if self._pictures[i].looks is None]
        return sorted([*groups.values(), *unseen])

    def _root(self, one: int) -> int:
        while self._parent[one] != one:
            one = self._parent[one]
        return one

    def _tie(self, one: int, other: int, p_value: float, ground: Ground) -> bool:
        """Put two groups together; whether they were apart."""
        roots = sorted((self._root(one), self._root(other)))
        if roots[0] == roots[1]:
            return False
        self._parent[roots[1]] = roots[0]
        self._ties.append((one, other, p_value, ground))
        return True

    def _by_fingerprint(self) -> None:
        first: dict[str, int] = {}
        n = len(self._first)
        for i in self._first:
            match = self._pictures[i].match
            if match is not None and match[2] * n < FAMILY_WISE:
                maker = match[1] or match[0]
                self._tie(first.setdefault(maker, i), i, min(1.0, match[2] * n), "fingerprint")

    def _by_pairs(self) -> None:
        """Tie what stands out among the estimates, the strongest first."""
        for _, i, j, ground, where in sorted(self._estimates(), key=lambda one: -one[0]):
            if self._root(i) == self._root(j):
                continue
            if isinstance(where, str):
                one, other = (self._pictures[k].vectors[where] for k in (i, j))
                score = tile_link_score(one, other, where)
            else:
                first, second = (self._spectrum(k, where) for k in (i, j))
                score = link_score(first, second, where[1])
            self._tie_if_strong(i, j, score, ground)

    def _tie_if_strong(self, one: int, other: int, score: float, ground: Ground) -> bool:
        if score < self._least:
            return False
        p_value = math.exp(max(log_normal_tail(score), LOG_SMALLEST)) * self.n_compared
        return self._tie(one, other, min(1.0, p_value), ground)

    def _estimates(
        self,
    ) -> Iterator[tuple[float, int, int, Ground, tuple[int, int] | LinkPart]]:
        for part, n_free in LINK_PARTS.items():
            able = [i for i in self._first if part in self._pictures[i].vectors]
            for score, i, j in self._products(able, able, partial(self._tile, part), n_free):
                yield score, i, j, "decoder tile", part
        for shape in sorted({s for i in self._first for s in self._pictures[i].sketches}):
            able = [i for i in self._first if shape in self._pictures[i].sketches]
            own = [i for i in able if self._pictures[i].shape == shape]
            for score, i, j in self._products(own, able, partial(self._sketch, shape)):
                yield score, i, j, "whole frame", shape

    def _tile(self, part: LinkPart, number: int) -> NDArray[np.float32]:
        return self._pictures[number].vectors[part].ravel().view(np.float32)

    def _sketch(self, shape: tuple[int, int], number: int) -> Sketch:
        return self._pictures[number].sketches[shape]

    def _products(
        self,
        first: Sequence[int],
        second: Sequence[int],
        row: Callable[[int], NDArray[Any]],
        n_free: int | None = None,
    ) -> Iterator[tuple[float, int, int]]:
        """Pairs whose cosine stands out, each once; all of them are noted to be drawn.

        A part of either side at a time: the numbers of ten thousand pictures are gigabytes.
        """
        here = set(first)
        for some in _chunks(first):
            rows = _normal(map(row, some))
            scale = np.float32(math.sqrt(n_free or rows.shape[1]))
            for others in _chunks(second):
                scores = rows @ (rows if others == some else _normal(map(row, others))).T * scale
                if self.scores is not None:
                    at = np.ix_(some, others)
                    self.scores[at] = np.fmax(self.scores[at], scores)
                    self.scores[np.ix_(others, some)] = self.scores[at].T
                for i, j in np.argwhere(scores > _LOOKED_AT).tolist():
                    one, other = some[i], others[j]
                    if one < other or (one != other and other not in here):
                        yield float(scores[i, j]), one, other

    def _spectrum(self, number: int, shape: tuple[int, int]) -> Spectrum:
        key = number, shape
        if key not in self._spectra:
            if len(self._spectra) >= _KEPT_SPECTRA:
                self._spectra.pop(next(iter(self._spectra)))
            pixels = read_pixels(self._sources[number], max_pixels=self._max_pixels)
            self._spectra[key] = link_spectrum(pixels, shape)
        return self._spectra[key]

    def _grow(self) -> None:
        """Let templates of groups find what is too faint for pairs, until nothing joins."""
        grown = True
        while grown:
            grown = False
            groups: dict[int, list[int]] = {}
            for one in self._first:
                groups.setdefault(self._root(one), []).append(one)
            for group in sorted(groups.values(), key=len, reverse=True):
                if len(group) > 1:
                    grown |= self._grow_tile(group)
                    grown |= self._grow_frame(group)

    def _others(self, group: Sequence[int]) -> list[int]:
        root = self._root(group[0])
        return [i for i in self._first if self._root(i) != root]

    def _grow_tile(self, group: Sequence[int]) -> bool:
        grown = False
        by_tile = self._tied_by(group, "decoder tile")
        for part in LINK_PARTS:
            own = [i for i in by_tile if part in self._pictures[i].vectors]
            if len(own) < 2:
                continue
            mean = np.mean([self._pictures[i].vectors[part] for i in own], axis=0)
            for other in self._others(group):
                vector = self._pictures[other].vectors.get(part)
                if vector is not None:
                    score = tile_link_score(mean, vector, part)
                    grown |= self._tie_if_strong(own[0], other, score, "decoder tile")
        return grown

    def _grow_frame(self, group: Sequence[int]) -> bool:
        grown = False
        by_frame = self._tied_by(group, "whole frame")
        for shape in {s for i in self._others(group) for s in self._pictures[i].sketches}:
            own = [i for i in by_frame if shape in self._pictures[i].sketches][:_TEMPLATE]
            able = [i for i in self._others(group) if shape in self._pictures[i].sketches]
            if len(own) < 2 or not able:
                continue
            rows = _normal([self._pictures[i].sketches[shape] for i in own])
            mean = _normal([rows.sum(axis=0)])[0]
            near = [
                i
                for i in able
                if float(_normal([self._pictures[i].sketches[shape]])[0] @ mean)
                * math.sqrt(len(mean))
                > _LOOKED_AT
            ]
            if not near:
                continue
            template = np.sum([self._spectrum(i, shape) for i in own], axis=0)
            for other in near:
                score = link_score(template, self._spectrum(other, shape), shape[1])
                grown |= self._tie_if_strong(own[0], other, score, "whole frame")
        return grown

    def _tied_by(self, group: Sequence[int], ground: Ground) -> list[int]:
        """Members that a ground ties, or a fingerprint does, to others of a group."""
        within = set(group)
        tied = {
            i
            for one, other, _, why in self._ties
            if why in (ground, "fingerprint") and one in within
            for i in (one, other)
        }
        return sorted(tied)

    def _cluster(self, number: int, group: Sequence[int]) -> Cluster:
        within = set(group)
        ties = [tie for tie in self._ties if tie[0] in within]
        match_of = {i: match for i in group if (match := self._pictures[i].match) is not None}
        name, family = f"group {number}", None
        own: dict[int, str] = {}
        makers = Counter(of or called for called, of, _ in match_of.values())
        # One match does not name the others: most of a group have to match.
        if makers and 2 * makers.most_common(1)[0][1] >= len(group):
            maker = makers.most_common(1)[0][0]
            own = {i: called for i, (called, of, _) in match_of.items() if (of or called) == maker}
            name = Counter(own.values()).most_common(1)[0][0]
            family = next(of for called, of, _ in match_of.values() if called == name)
        grounds = Counter(tie[3] for tie in ties)
        return Cluster(
            name,
            family,
            tuple(self._pictures[i].name for i in group),
            max(tie[2] for tie in ties),
            tuple(ground for ground, _ in grounds.most_common()),
            tuple(group),
            tuple(self._pictures[i].name for i in own),
        )


def _chunks(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _CHUNK):
        yield list(numbers[start : start + _CHUNK])


def _normal(rows: Iterable[NDArray[Any]]) -> NDArray[np.float32]:
    """Rows of length 1."""
    found = np.array(list(rows), np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return cast("NDArray[np.float32]", found / np.maximum(lengths, np.float32(1e-9)))
