"""The map of a picture's traces, and the regions that have another history than the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from forensics._typing import FloatArray
from forensics.box import Box
from forensics.traces.fingerprints.decoder import DecoderTile
from forensics.traces.fingerprints.match import MATCHED, AnyFingerprint
from forensics.traces.planes import Planes, PlanesLike, as_planes
from forensics.traces.regions.beats import Cells, beat_hypotheses, period_two, resampled
from forensics.traces.regions.boxes import CELL, Split, likeliest_split
from forensics.traces.regions.frames import framed
from forensics.traces.regions.histories import (
    Histories,
    History,
    earlier_histories,
    last_histories,
)

__all__ = [
    "Trait",
    "LEAST_CHANCE",
    "Layer",
    "LayerName",
    "Region",
    "Sign",
    "TraceMap",
    "trace_map",
]

LayerName: TypeAlias = Literal[
    "JPEG grid", "earlier JPEG", "bands of period 2", "resampling", "fingerprint"
]
Trait: TypeAlias = History | float | str | None
"""What a part has: a save, the frequency of a beat in cycles a pixel, a fingerprint, or nothing."""

SIGNIFICANT_REGION = 0.01
_SMALLEST, _LARGEST = 96, 24_000_000
_MOST_REGIONS = 3
_SAME, _HALVES = 0.5, 0.9
"""Share of the smaller of two boxes that lies in the other, if they are one region; share of the
whole that two boxes beside each other have, if they are its halves."""
_FEWEST = 0.2
"""Share of the cells that say anything, below which a layer is not judged."""


@dataclass(frozen=True, slots=True)
class _Null:
    """How large the evidence for a region is where there is none.

    ``P(more than x nats) = exp((start - x) / scale)`` bounds what untouched real pictures of half
    of the sources have (`benchmarks/check_map.py`); and a region has so much a cell.
    """

    start: float
    scale: float
    each: float


_LAST = _Null(80.0, 25.0, 0.8)
_ALIGNED = _Null(60.0, 25.0, 1.0)
_SHIFTED = _Null(20.0, 10.0, 0.15)
_BANDS = _Null(30.0, 6.0, 0.05)
_BEATS = _Null(60.0, 20.0, 0.1)
_FRAME = _Null(20.0, 5.0, 0.05)
_LITTLE = 0.3
"""Share of the region's mean that a beat of the rest has at most, two standard errors added."""
_NOTHING = 2.8
"""Standard deviations of noise, in two numbers, that the rest has at most."""
_BOTH = 3.0
"""Standard deviations of noise that the region's beat has on each axis at least."""
LEAST_CHANCE = 1e-6
"""Chances are told down to this: nobody has looked at more pictures."""
_SMALLEST_LOG = -700.0


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One kind of evidence, by place.

    Parameters
    ----------
    name : {"JPEG grid", "earlier JPEG", "bands of period 2", "resampling", "fingerprint"}
        What is mapped.
    values : ndarray, shape (M // 8, N // 8), float64, nats
        What each cell of 8 x 8 pixels says for the save that the whole has most of, over the
        next best; for the beat or the fingerprint that is strongest anywhere. Empty where nothing
        was measured.
    judged : bool
        Whether a region would have been seen. Where not, `why` says why, and nothing follows.
    why : str
        Why it is not judged, else empty.
    """

    name: LayerName
    values: FloatArray
    judged: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """What one kind of evidence says of a region.

    Parameters
    ----------
    layer : LayerName
        The kind of evidence.
    nats : float
        Log likelihood of two histories over that of one.
    p_value : float
        Chance of as much in an untouched picture, corrected for the boxes, tiles and kinds of
        evidence that were tried.
    inside, outside : History, float, str or None
        What the region has, and what the rest has.
    """

    layer: LayerName
    nats: float
    p_value: float
    inside: Trait
    outside: Trait


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture with another history than the rest.

    Parameters
    ----------
    box : Box
        Where it is, to about 16 pixels.
    signs : tuple of Sign
        What shows it, the surest first.
    """

    box: Box
    signs: tuple[Sign, ...]

    @property
    def p_value(self) -> float:
        """The smallest of its signs' chances, which are corrected for their number."""
        return self.signs[0].p_value


@dataclass(frozen=True, slots=True, eq=False)
class TraceMap:
    """Evidence by place, and the regions that differ from the rest.

    Parameters
    ----------
    layers : tuple of Layer
        Every kind of evidence, judged or not.
    regions : tuple of Region
        The surest first. None is found in most pictures; where no layer was judged, that says
        nothing.
    """

    layers: tuple[Layer, ...]
    regions: tuple[Region, ...]

    @property
    def judged(self) -> bool:
        """Whether any kind of evidence could be judged."""
        return any(layer.judged for layer in self.layers)


def trace_map(image: PlanesLike, *, fingerprints: Sequence[AnyFingerprint] = ()) -> TraceMap:
    """Map of the traces of a picture, and where they are other ones than in the rest.

    For collages, paintings-in and faces put in. Every block or cell says how well it is explained
    by each of the saves, beats and frames that were found in any tile; the likeliest box in which
    another one holds than around it is a region if two histories explain the picture so much
    better than one that untouched pictures do not reach it. That says nothing of a generator.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole, up to 24 megapixels.
    fingerprints : sequence of Fingerprint or DecoderTile
        Of these, whole frames are sought at their own scale.

    Returns
    -------
    TraceMap
        Its layers and regions. Boxes are to about 16 pixels; one of a region found by its bands
        may be off by more.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    forensics.traces.inset_boxes : Pictures in a picture, by their edges.

    References
    ----------
    Farid 2009, *Exposing digital forgeries from JPEG ghosts*; Nikoukhah et al. 2021, *ZERO*;
    Kulldorff 1997, *A spatial scan statistic*.

    Examples
    --------
    >>> from forensics.traces.regions.maps import trace_map
    >>> found = trace_map(np.full((64, 64, 3), 90, np.uint8))
    >>> found.judged, found.layers[0].why
    (False, 'smaller than 96 x 96 pixels')
    """
    planes = as_planes(image)
    rows, columns = planes.shape[:2]
    why = ""
    if min(rows, columns) < _SMALLEST:
        why = f"smaller than {_SMALLEST} x {_SMALLEST} pixels"
    elif rows * columns > _LARGEST:
        why = f"more than {_LARGEST // 10**6} megapixels: measure a part, with box"
    if why:
        names: tuple[LayerName, ...] = (
            "JPEG grid", "earlier JPEG", "bands of period 2", "resampling", "fingerprint"
        )  # fmt: skip
        nothing = np.zeros((0, 0))
        return TraceMap(tuple(Layer(name, nothing, False, why) for name in names), ())
    measured = list(_measured(planes, fingerprints))
    judged = sum(layer.judged for layer, _ in measured)
    found = [
        (split, replace(sign, p_value=min(1.0, max(LEAST_CHANCE, sign.p_value * judged))))
        for _, signs in measured
        for split, sign in signs
    ]
    shape = rows, columns
    return TraceMap(
        tuple(layer for layer, _ in measured),
        _regions(
            [(_box(split, shape), sign) for split, sign in found
             if sign.p_value < SIGNIFICANT_REGION],
            rows * columns,
        ),
    )  # fmt: skip


_Signs: TypeAlias = list[tuple[Split, Sign]]


def _measured(
    planes: Planes, fingerprints: Sequence[AnyFingerprint]
) -> Iterator[tuple[Layer, _Signs]]:
    last = last_histories(planes)
    yield _save_layer("JPEG grid", last, "no grid of JPEG shows in any part")
    earlier = earlier_histories(planes, last)
    if earlier is None:
        shape = last.nats.shape[1:]
        yield Layer("earlier JPEG", np.zeros(shape), False, "the whole has no last save"), []
    else:
        yield _save_layer("earlier JPEG", earlier, "no earlier save shows in any part")
    bands = period_two(planes)
    yield _beat_layer("bands of period 2", bands.cells, bands.nats, 0.5, _BANDS)
    beats = resampled(planes)
    if len(beats.found) < 2:
        zeros = np.zeros(beats.nats.shape[1:])
        yield Layer("resampling", zeros, False, "no beat of resizing shows in any part"), []
    else:
        yield _beat_layer("resampling", beats.cells, beats.nats[:2], beats.cells.frequency, _BEATS)
    yield _frame_layer(planes, fingerprints)


def _save_layer(name: LayerName, found: Histories, why: str) -> tuple[Layer, _Signs]:
    best = int(found.nats.sum(axis=(1, 2)).argmax())
    if len(found.found) < 2:
        return Layer(name, np.zeros(found.nats.shape[1:]), False, why), []
    main = best or 1
    shown = found.nats[main] - np.delete(found.nats, main, axis=0).max(axis=0)
    signs: _Signs = []
    maps = found.nats.copy()
    for _ in range(_MOST_REGIONS):
        split = likeliest_split(maps)
        if split is None:
            break
        inside, outside = found.found[split.inside], found.found[split.outside]
        null = _LAST if name == "JPEG grid" else _null_of(inside, outside, found)
        p = _chance(split, null)
        signs.append((split, Sign(name, split.nats, p, inside, outside)))
        maps[:, split.box.top : split.box.bottom, split.box.left : split.box.right] = 0
        if p >= SIGNIFICANT_REGION:
            break
    return Layer(name, shown, True), signs


def _null_of(inside: History | None, outside: History | None, found: Histories) -> _Null:
    """Evidence of gaps is larger by chance than that of a comb on another grid."""
    aligned = any(one is not None and one.origin == found.last for one in (inside, outside))
    return _ALIGNED if aligned else _SHIFTED


def _chance(split: Split, null: _Null) -> float:
    """Chance of so large a split in an untouched picture."""
    box = split.box
    cells = (box.bottom - box.top) * (box.right - box.left)
    if split.nats < null.each * cells:
        return 1.0
    return math.exp(min(0.0, max(_SMALLEST_LOG, (null.start - split.nats) / null.scale)))


def _beat_layer(
    name: LayerName, cells: Cells, nats: FloatArray, found: Trait, null: _Null
) -> tuple[Layer, _Signs]:
    told = float((np.abs(cells.z[0]) > 0).mean())
    if told < _FEWEST:
        return Layer(name, cells.strength(), False, "too flat"), []
    split = likeliest_split(nats)
    layer = Layer(name, cells.strength(), True)
    # A beat is stronger in some parts of a generated picture than in others: only that which
    # all of the rest lacks is another history.
    if split is None or split.inside == 0 or not _is_alone(cells, split):
        return layer, []
    return layer, [(split, Sign(name, split.nats, _chance(split, null), found, None))]


def _is_alone(cells: Cells, split: Split) -> bool:
    """Whether the rest is known to have little of the beat that the region has on both axes.

    What up-samples or resizes does so in rows and in columns; a sensor's read-out, blinds and
    other stripes repeat in one of both.
    """
    box = split.box
    within = np.zeros(cells.z.shape[1:], bool)
    within[box.place] = True
    near = np.zeros(within.shape, bool)
    near[max(0, box.top - 4) : box.bottom + 4, max(0, box.left - 4) : box.right + 4] = True
    own, rest = (np.abs(cells.z[:, where].sum(axis=1)) for where in (within, ~near))
    told = np.abs(cells.z[0]) > 0
    n_own, n_rest = (max(1, int(told[where].sum())) for where in (within, ~near))
    own_mean = float(np.linalg.norm(own)) / n_own
    rest_norm = float(np.linalg.norm(rest))
    rest_mean = (rest_norm + 2 * math.sqrt(n_rest)) / n_rest
    return (
        float(own.min()) > _BOTH * math.sqrt(n_own)
        and rest_norm < _NOTHING * math.sqrt(n_rest)
        and rest_mean < _LITTLE * own_mean
    )


def _frame_layer(planes: Planes, fingerprints: Sequence[AnyFingerprint]) -> tuple[Layer, _Signs]:
    sources = [one for one in fingerprints if not isinstance(one, DecoderTile)]
    places = [(one, framed(planes, one)) for one in sources]
    held = [(one, place) for one, place in places if place is not None]
    shape = planes.shape[0] // CELL, planes.shape[1] // CELL
    if not held:
        why = "no fingerprint of whole frames was held against it"
        return Layer("fingerprint", np.zeros(shape), False, why), []
    source, (cells, _, chance) = min(held, key=lambda one: one[1].log_chance)
    if chance + math.log(len(held)) > math.log(MATCHED):
        why = "no frame of a known network shows at its own scale"
        return Layer("fingerprint", cells.strength(), False, why), []
    nats = beat_hypotheses(cells, planes.shape)
    split = likeliest_split(nats)
    layer = Layer("fingerprint", cells.strength(), True)
    if split is None or (split.inside == 1 and not _is_alone(cells, split)):
        return layer, []
    names = (None, source.family or source.name)
    sign = Sign(
        "fingerprint", split.nats, _chance(split, _FRAME), names[split.inside], names[split.outside]
    )
    return layer, [(split, sign)]


def _box(split: Split, shape: tuple[int, int]) -> Box:
    """The region in pixels; what touches the last cell reaches to the edge."""
    box = split.box
    bottom, right = (
        side if last * CELL + CELL > side else last * CELL
        for last, side in zip((box.bottom, box.right), shape, strict=True)
    )
    return Box(box.top * CELL, box.left * CELL, bottom - box.top * CELL, right - box.left * CELL)


def _regions(found: Sequence[tuple[Box, Sign]], whole: int) -> tuple[Region, ...]:
    """Signs of one place together; the place of one is that of its surest sign.

    Of two halves one is the region, and the other the rest.
    """
    regions: list[tuple[Box, list[Sign]]] = []
    for box, sign in sorted(found, key=lambda one: (one[1].p_value, -one[1].nats)):
        for other, signs in regions:
            halves = _overlap(box, other) == 0 and _area(box) + _area(other) > _HALVES * whole
            if halves or _overlap(box, other) > _SAME:
                if all(sign.layer != one.layer for one in signs):
                    turned = replace(sign, inside=sign.outside, outside=sign.inside)
                    signs.append(turned if halves else sign)
                break
        else:
            regions.append((box, [sign]))
    return tuple(Region(box, tuple(signs)) for box, signs in regions[:_MOST_REGIONS])


def _area(box: Box) -> int:
    return box.rows * box.columns


def _overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that lies in the other."""
    high = min(one.top + one.rows, other.top + other.rows) - max(one.top, other.top)
    wide = min(one.left + one.columns, other.left + other.columns) - max(one.left, other.left)
    if min(high, wide) <= 0:
        return 0.0
    return high * wide / min(one.rows * one.columns, other.rows * other.columns)
