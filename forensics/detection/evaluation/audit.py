"""What differs between two sets of pictures besides their content.

A detector, or a study, can win by reading that alone; so it is measured before any figure
is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias, Unpack

import numpy as np

from forensics._typing import Image
from forensics.counting import counted
from forensics.detection.evaluation.container import (
    ABSENT,
    Fact,
    Separation,
    container_facts,
    container_only_accuracy,
    separation,
)
from forensics.detection.performance.accuracy import Clusters
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons, named
from forensics.images.sources.names import printable
from forensics.traces.copies import Likeness, groups_of_copies, likeness
from forensics.traces.interpolation import resampling
from forensics.traces.jpeg.grid import jpeg_trace
from forensics.traces.planes import as_planes
from forensics.traces.similarity import groups_alike

__all__ = [
    "Audit",
    "AuditedFact",
    "Copies",
    "CopyKind",
    "MOST_HISTORIES",
    "Summary",
    "audit",
    "copies",
    "summary",
]

_WORDS, _PAIRS = 5, 5


@dataclass(frozen=True, slots=True)
class Summary:
    """Values of one fact in one set, in a few numbers or words.

    Parameters
    ----------
    n : int
        Number of pictures.
    words : tuple of (str, int)
        The most common words with their counts; of numbers, what is absent.
    n_words : int
        Number of different words.
    numbers : (float, float, float) or None
        The 5 %, 50 % and 95 % quantile of the numbers; None where there is none.
    """

    n: int
    words: tuple[tuple[str, int], ...]
    n_words: int
    numbers: tuple[float, float, float] | None

    @property
    def typical(self) -> Fact:
        """The median, or the most common word if at least half of the values are words."""
        worded = sum(count for _, count in self.words)
        if self.numbers is None or (self.words and 2 * worded >= self.n):
            return self.words[0][0]
        return self.numbers[1]


CopyKind: TypeAlias = Literal["bytes", "saved again", "near copy"]
"""What two pictures that are alike have in common: their bytes, what a hash keeps when a picture is
saved again or made smaller, or no more than what lies in both."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Number of pictures that are there more than once.

    Parameters
    ----------
    within : (int, int)
        Pictures of either set with another like them in their own set.
    across : (int, int)
        Pictures of either set with one like them in the other.
    pairs : tuple of tuples of (str, str)
        The first few by name: within the first set, within the second, across.
    kinds : tuple of tuples of str
        Of each of these, what the two have in common.
    """

    within: tuple[int, int]
    across: tuple[int, int]
    pairs: tuple[tuple[tuple[str, str], ...], ...]
    kinds: tuple[tuple[CopyKind, ...], ...] = ((), (), ())


def summary(values: Sequence[Fact]) -> Summary:
    """Values of one fact in a few numbers or words.

    Parameters
    ----------
    values : sequence of float or str
        Values of the pictures, at least one.

    Returns
    -------
    Summary
        The numbers and words.

    Examples
    --------
    >>> summary([75.0, 75.0, 99.0]).numbers[1], summary(["yes", "no", "no"]).words
    (75.0, (('no', 2), ('yes', 1)))
    """
    words = Counter(value for value in values if isinstance(value, str))
    numbers = [value for value in values if not isinstance(value, str)]
    ranked = sorted(words.items(), key=lambda one: (-one[1], one[0]))
    low, middle, high = (
        np.quantile(numbers, (0.05, 0.5, 0.95), method="closest_observation").tolist()
        if numbers
        else (0.0, 0.0, 0.0)
    )
    return Summary(
        len(values), tuple(ranked[:_WORDS]), len(words), (low, middle, high) if numbers else None
    )


def copies(
    groups: tuple[Sequence[int], Sequence[int]],
    names: tuple[Sequence[str], Sequence[str]],
    *,
    closer: Mapping[CopyKind, tuple[Sequence[int], Sequence[int]]] = MappingProxyType({}),
    kind: CopyKind = "near copy",
) -> Copies:
    """Copies within and across two sets, by the group and name of every picture.

    Parameters
    ----------
    groups : (sequence of int, sequence of int)
        Group number of each picture of either set: copies share one.
    names : (sequence of str, sequence of str)
        Name of each picture of either set.
    closer : mapping of str to (sequence of int, sequence of int)
        Groups of those that have more in common, the closest first.
    kind : {"near copy", "saved again", "bytes"}
        What those have in common that share no closer group.

    Returns
    -------
    Copies
        How many there are, and examples of them.

    Examples
    --------
    >>> found = copies(([0, 0, 1], [1, 2]), (["a", "b", "c"], ["d", "e"]))
    >>> found.within, found.across, found.pairs
    ((2, 0), (1, 1), ((('a', 'b'),), (), (('c', 'd'),)))
    """
    members = [_members(one) for one in groups]
    shared = [group for group in members[0] if group in members[1]]
    repeated = [[some for some in one.values() if len(some) > 1] for one in members]
    pairs = (
        *(
            [((of, some[0]), (of, some[1])) for some in one[:_PAIRS]]
            for of, one in enumerate(repeated)
        ),
        [((0, members[0][group][0]), (1, members[1][group][0])) for group in shared[:_PAIRS]],
    )

    def common(one: tuple[int, int], other: tuple[int, int]) -> CopyKind:
        alike = (
            name for name, of in closer.items() if of[one[0]][one[1]] == of[other[0]][other[1]]
        )
        return next(alike, kind)

    return Copies(
        within=(sum(map(len, repeated[0])), sum(map(len, repeated[1]))),
        across=(
            sum(len(members[0][group]) for group in shared),
            sum(len(members[1][group]) for group in shared),
        ),
        pairs=tuple(tuple((names[a][i], names[b][k]) for (a, i), (b, k) in some) for some in pairs),
        kinds=tuple(tuple(common(*pair) for pair in some) for some in pairs),
    )


def _members(groups: Sequence[int]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    return members


Place: TypeAlias = Literal["header", "pixels", "look"]

MOST_HISTORIES = 200
"""Pictures of each set whose pixels are asked for their history, which takes a while."""
_HISTORY_SIDE, _BATCH = 512, 4
_MULTIPLES = (128, 64, 32, 16, 8)
"""Numbers of pixels that generators make sides of; the largest that both sides hold is told."""
_GRAY = 4
"""Counts by which the channels of a gray pixel differ at most."""
_RESAMPLED, _REPEATED = 1e-3, 0.04
"""Chance of a beat, and share of repeated lines, from which a picture counts as resized."""
_LEAST = 0.55
"""Accuracy below which a fact is not named as a difference, however sure it is."""
_NEARLY_ALL = 0.9
_GENERATORS = 16
"""Periods that divide this are a generator's as well: a beat there tells nothing of resizing."""


@dataclass(frozen=True, slots=True)
class AuditedFact:
    """Fact of pictures in both sets, and how well it alone tells them apart.

    Parameters
    ----------
    name : str
        Name of the fact, in snake_case.
    of : {"header", "pixels", "look"}
        Where it was read. What pixels tell of their history may be a generator's trace; how the
        pictures look, content as well.
    a, b : Summary
        Values of the fact in either set.
    separation : Separation
        How well the fact tells the sets apart.
    """

    name: str
    of: Place
    a: Summary
    b: Summary
    separation: Separation


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """Audit of two sets: what differs between them besides the content.

    Parameters
    ----------
    names : (str, str)
        Names of the sets.
    n : (int, int)
        Number of pictures of either set.
    n_histories : (int, int)
        Number of pictures of either set whose pixels were asked for their history.
    facts : tuple of AuditedFact
        Best separating first.
    container_only : float
        Balanced accuracy of a model that sees all facts of the headers together.
    container_only_interval : (float, float)
        95 %.
    alike : Copies
        Copies by what they show: also saved again, resized, slightly cropped, framed, mirrored or
        turned.
    exact : Copies
        Copies by SHA-256: the same file.
    skipped : tuple of Skipped
        Pictures left out of either set, each with the reason.
    """

    names: tuple[str, str]
    n: tuple[int, int]
    n_histories: tuple[int, int]
    facts: tuple[AuditedFact, ...]
    container_only: float
    container_only_interval: tuple[float, float]
    alike: Copies
    exact: Copies
    skipped: tuple[Skipped, ...]

    @property
    def most_telling(self) -> float:
        """Highest accuracy of all, of a single fact or of the headers together, but for looks."""
        told = (one.separation.accuracy for one in self.facts if one.of != "look")
        return max(self.container_only, *told)

    @property
    def differences(self) -> tuple[tuple[AuditedFact, ...], ...]:
        """Facts of headers, of pixels, and of looks, that tell the sets apart; none twice."""
        telling = [
            one
            for one in self.facts
            if one.separation.telling and one.separation.accuracy >= _LEAST
        ]
        headers, pixels, looks = (
            tuple(one for one in telling if one.of == of) for of in ("header", "pixels", "look")
        )
        if any(one.name == "format" for one in headers):
            # That a PNG has no JPEG quality is said with its format.
            headers = tuple(one for one in headers if ABSENT not in (one.a.typical, one.b.typical))
        return headers, pixels, looks

    @property
    def containers_differ(self) -> bool:
        """Whether the headers tell the sets apart, by one fact or all of them together."""
        return bool(self.differences[0]) or self.container_only_interval[0] > 0.5

    @property
    def is_given_away(self) -> bool:
        """Whether headers alone tell nearly all apart, so that accuracy as found says nothing."""
        return self.container_only >= _NEARLY_ALL


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    name: str
    sha256: str
    header: dict[str, Fact]
    look: dict[str, Fact]
    pixels: dict[str, Fact] | None
    likeness: Likeness


def audit(
    a: AnyImages,
    b: AnyImages,
    *,
    names: tuple[str, str] = ("A", "B"),
    most_histories: int = MOST_HISTORIES,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Audit:
    """Audit of two sets: what tells them apart besides the content.

    Each picture is read once.

    Parameters
    ----------
    a, b : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of either set: at least two that are not alike.
    names : (str, str)
        Names of the sets.
    most_histories : int
        Largest number of pictures of each set, evenly spread, whose pixels are asked for JPEG and
        resizing.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").
        The progress runs over both sets.

    Returns
    -------
    Audit
        Every fact in both sets, copies, and what a model of the headers alone reaches.

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    EmptySetError
        A set has no picture left, or all that it has are alike.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    evaluate : What the score does on two sets.
    forensics.detection.evaluation.container.container_only_accuracy : The model of the headers.

    References
    ----------
    Grommelt et al. 2024, *Fake or JPEG? Revealing common biases in generated image detection
    datasets*.
    """
    options = RunOptions.of(audit, run)
    sets = tuple(as_sources(one, on_error=options.on_error) for one in (a, b))
    total = len(sets[0]) + len(sets[1])
    seen: list[list[_Picture]] = []
    skipped: list[Skipped] = []
    for sources, offset in zip(sets, (0, len(sets[0])), strict=True):
        asked = frozenset(one.name for one in _spread(sources, most_histories))
        kept: list[_Picture] = []
        left: list[Skipped] = []
        for one in measured(
            partial(_measured, max_pixels, asked),
            sources,
            options.further(offset, total),
            batch=_BATCH,
        ):
            if isinstance(one, Skipped):
                left.append(one)
            else:
                kept.append(one)
        if not kept:
            raise first_reasons(left)
        seen.append(kept)
        skipped += left
    return _audited(names, seen[0], seen[1], tuple(skipped))


def _spread(sources: Sequence[ImageSource], most: int) -> list[ImageSource]:
    """At most so many, evenly spread."""
    n = min(len(sources), most)
    return [sources[place * len(sources) // n] for place in range(n)]


def _measured(max_pixels: int, asked: frozenset[str], source: ImageSource) -> _Picture:
    image, record = read_image(source, max_pixels=max_pixels)
    with named(source):
        alike = likeness(image)  # refuses what is too small for anything else here
        return _Picture(
            source.name,
            record.sha256,
            {**container_facts(record), "size_multiple": _multiple(record.rows, record.columns)},
            _look(image),
            _history(image) if source.name in asked else None,
            alike,
        )


def _multiple(rows: int, columns: int) -> str:
    """What both sides are multiples of, as a word: a rule for numbers would take it for a size."""
    held = (f"of {n}" for n in _MULTIPLES if rows % n == 0 and columns % n == 0)
    return next(held, ABSENT)


def _look(image: Image) -> dict[str, Fact]:
    """How the middle of a picture looks: facts that belong to the content, or to its making."""
    top, left = (max(0, (side - _HISTORY_SIDE) // 2) for side in image.shape[:2])
    middle = image[top : top + _HISTORY_SIDE, left : left + _HISTORY_SIDE]
    seen = as_planes(middle).luma
    counts = np.bincount(np.rint(seen).astype(np.intp).ravel(), minlength=256)
    shares = counts[counts > 0] / seen.size
    curved = 4 * seen[1:-1, 1:-1] - seen[:-2, 1:-1] - seen[2:, 1:-1] - seen[1:-1, :-2]
    curved -= seen[1:-1, 2:]
    red, green, blue = np.moveaxis(middle, -1, 0)  # ten times as fast as along an axis of three
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return {
        "brightness": round(float(seen.mean()), 2),
        "contrast": round(float(seen.std()), 2),
        "sharpness": round(float(np.abs(curved).mean()), 3),
        "entropy": round(float(-(shares * np.log2(shares)).sum()), 3),
        "gray_share": round(float((spread <= _GRAY).mean()), 3),
    }


def _history(image: Image) -> dict[str, Fact]:
    """What the pixels tell of earlier saves and of resizing."""
    picture = as_planes(image)
    trace = jpeg_trace(picture)
    grid = ABSENT
    if trace.grid.found:
        grid = "at the corner" if trace.grid.origin == (0, 0) else "shifted"
    top, left = (max(0, (side - _HISTORY_SIDE) // 2) for side in picture.shape[:2])
    middle = picture[top : top + _HISTORY_SIDE, left : left + _HISTORY_SIDE]
    beat = resampling(middle, grid=trace.grid.found)
    harmonic = abs(beat.frequency * _GENERATORS - round(beat.frequency * _GENERATORS)) < 0.1
    resized = beat.repeated > _REPEATED or (beat.p_value < _RESAMPLED and not harmonic)
    unclear = beat.p_value < _RESAMPLED and harmonic
    return {
        "jpeg_grid": grid,
        "pixel_jpeg_quality": float(trace.quality.quality) if trace.quality else ABSENT,
        "earlier_jpeg_quality": float(trace.earlier.quality) if trace.earlier else ABSENT,
        "resized": "yes" if resized else "unclear" if unclear else "no",
        "beat": round(beat.frequency, 4) if resized and beat.frequency else ABSENT,
    }


def _audited(
    names: tuple[str, str], a: list[_Picture], b: list[_Picture], skipped: tuple[Skipped, ...]
) -> Audit:
    groups = groups_of_copies([one.likeness for one in (*a, *b)]).tolist()
    alike = groups[: len(a)], groups[len(a) :]
    for name, one in zip(names, alike, strict=True):
        if len(set(one)) < 2:
            pictures = counted(len(one), "picture", "pictures, all alike")
            raise EmptySetError(
                f"{printable(name)} has {pictures}: name a set of at least two different ones"
            )
    numbers = {sha: place for place, sha in enumerate({one.sha256: 0 for one in (*a, *b)})}
    exact = [numbers[one.sha256] for one in a], [numbers[one.sha256] for one in b]
    by_hash = groups_alike(np.stack([one.likeness.bits for one in (*a, *b)])).tolist()
    hashed = by_hash[: len(a)], by_hash[len(a) :]
    called = [one.name for one in a], [one.name for one in b]
    headers = [one.header for one in a], [one.header for one in b]
    looks = [one.look for one in a], [one.look for one in b]
    facts = _facts("header", *headers, alike) + _facts("look", *looks, alike)
    asked = [
        [
            (one.pixels, group)
            for one, group in zip(pictures, some, strict=True)
            if one.pixels is not None
        ]
        for pictures, some in zip((a, b), alike, strict=True)
    ]
    pixels = [[found for found, _ in some] for some in asked]
    asked_groups = [group for _, group in asked[0]], [group for _, group in asked[1]]
    if min(len(set(some)) for some in asked_groups) >= 2:
        facts += _facts("pixels", pixels[0], pixels[1], asked_groups)
    accuracy, interval = container_only_accuracy(*headers, groups=alike)
    return Audit(
        names=names,
        n=(len(a), len(b)),
        n_histories=(len(pixels[0]), len(pixels[1])),
        facts=tuple(sorted(facts, key=lambda fact: -fact.separation.accuracy)),
        container_only=accuracy,
        container_only_interval=interval,
        alike=copies(alike, called, closer={"bytes": exact, "saved again": hashed}),
        exact=copies(exact, called, kind="bytes"),
        skipped=skipped,
    )


def _facts(
    of: Place, a: list[dict[str, Fact]], b: list[dict[str, Fact]], groups: Clusters
) -> list[AuditedFact]:
    return [
        AuditedFact(
            name,
            of,
            summary([one[name] for one in a]),
            summary([one[name] for one in b]),
            separation([one[name] for one in a], [one[name] for one in b], groups=groups),
        )
        for name in a[0]
    ]
