"""JPEG histories side by side: where in a picture the blocks or their steps are other ones.

A save leaves the coefficients of its blocks on a comb, and an earlier save shows behind the last.
Which combs there are is asked of overlapping tiles; then every block of the picture says how well
each of them explains it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.jpeg_tables import ijg_tables
from forensics.traces.jpeg.blocks import (
    DCT,
    FREQUENCIES,
    LumaPart,
    Single,
    comb,
    histogram,
    whole_part,
)
from forensics.traces.jpeg.double import (
    BINS,
    COARSEST,
    LOW,
    MULTIPLES,
    TOP,
    coarser_qualities,
    gap_evidence,
    shifted_evidence,
    smooth_shares,
    step_shares,
)
from forensics.traces.jpeg.grid import grid_of
from forensics.traces.jpeg.quality import nearest_qualities, step_evidence
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.regions.boxes import CELL, fold_to_cells

__all__ = ["Histories", "History", "Save", "earlier_histories", "last_histories", "tile_places"]

Save: TypeAlias = Literal["last", "earlier"]

_TILE, _NEAR, _FAR = 128, 64, 128
"""Pixels a side of tiles, and from one to the next in pictures up to 2.4 megapixels and beyond."""
_SMALL = 2.4e6
_LAST_BINS, _LAST_TOP, _LAST_BLUR = 8, 384, 0.35
_STRAY = 0.02
_LIVELY = 100.0
"""Squared counts off the axes from which a block is asked. In flatter ones neighbouring pixels
are rounded alike, which moves coefficients off their comb."""
_LEAST_NATS, _MOST_NATS = -4.0, 6.0
"""What one block may say against a comb, and for an earlier one."""
_TOLD = 8.0
"""Evidence in nats from which the step of a frequency is known."""
_SAME = 0.6
"""Share of its own evidence that a tile gives to a table if that is its own."""
_MOST_HISTORIES = 5
_NOMINATED = 15.0
"""Evidence in nats of one tile from which an earlier save is looked for everywhere."""
_BLURS = (1.0, 2.2)
_STEPS = 64
_COARSEST, _FINEST = 35, 97
_KEPT = 2.0
_FEWEST_KEPT, _LOUDEST = 6, 3
"""Frequencies that have kept an earlier comb at least; the loudest ones, which do not count:
patterns that are drawn have a few loud ones, a table has many."""
_APART = 10
"""Qualities by which two earlier saves with one origin differ at least."""
_SECOND = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One save as JPEG that part of a picture has been through.

    Parameters
    ----------
    save : {"last", "earlier"}
        Whether it was the last one there, or one before a save of the whole.
    origin : (int, int)
        Row and column, modulo 8, where its blocks begin.
    quality : int
        The nearest IJG quality: say "about".
    """

    save: Save
    origin: tuple[int, int]
    quality: int


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Saves that parts of a picture have been through, and how well each explains every cell.

    Parameters
    ----------
    found : tuple of History or None
        None first: no save that shows.
    nats : ndarray, shape (K, M, N), float64, nats
        Log likelihood of each cell of 8 x 8 pixels under each, over that of no save.
    steps : ndarray, shape (64,), int64, counts
        Steps of the last save that explains most, 0 where they are not known.
    last : (int, int) or None
        Origin of that save.
    """

    found: tuple[History | None, ...]
    nats: FloatArray
    steps: NDArray[np.int64]
    last: tuple[int, int] | None

    @property
    def main(self) -> History | None:
        """The save that explains the whole best."""
        return self.found[int(self.nats.sum(axis=(1, 2)).argmax())]


def tile_places(shape: tuple[int, ...]) -> tuple[tuple[slice, slice], ...]:
    """Overlapping tiles of 128 x 128 pixels that begin at multiples of 8; of a small picture, one.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns first.

    Returns
    -------
    tuple of (slice, slice)
        Rows and columns of each.

    Examples
    --------
    >>> [down.start for down, _ in tile_places((260, 128))]
    [0, 64, 128]
    """
    step = _NEAR if shape[0] * shape[1] <= _SMALL else _FAR
    downs, rights = (
        sorted({*range(0, max(side - _TILE, 0) + 1, step), max(side - _TILE, 0) // CELL * CELL})
        for side in shape[:2]
    )
    return tuple(
        (slice(down, down + _TILE), slice(right, right + _TILE))
        for down in downs
        for right in rights
    )


def last_histories(image: PlanesLike) -> Histories:
    """Last saves of the parts of a picture: one of a JPEG, several of what was put together.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole.

    Returns
    -------
    Histories
        With no save as the first, and at most five others.
    """
    planes = as_planes(image)
    part = whole_part(planes)
    groups: list[_Group] = []
    tiles = []
    for place in tile_places(planes.shape):
        tile = _cut(part, place)
        grid, quality = grid_of([tile])
        if grid.found and quality is not None:
            evidence, _ = step_evidence([tile], grid.origin)
            tiles.append((-grid.log10_nfa, grid.origin, evidence))
    for _, origin, evidence in sorted(tiles, key=lambda one: -one[0]):
        for group in groups:
            if group.origin == origin and group.takes(evidence):
                group.add(evidence)
                break
        else:
            groups.append(_Group(origin, evidence.copy()))
    groups.sort(key=lambda one: -one.strength)
    shape = planes.shape[0] // CELL, planes.shape[1] // CELL
    found, maps = [], [np.zeros(shape)]
    for group in groups[:_MOST_HISTORIES]:
        quality_there = nearest_qualities(group.steps)[1] + 1
        found.append(History("last", group.origin, quality_there))
        coefficients = _coefficients(part.clean, group.origin)
        maps.append(fold_to_cells(_last_nats(coefficients, group.steps), group.origin, shape))
    nats = np.stack(maps)
    best = int(nats.sum(axis=(1, 2)).argmax())
    steps = groups[best - 1].steps if best else np.zeros(64, np.int64)
    begins = groups[best - 1].origin if best else None
    return Histories((None, *found), nats, steps, begins)


class _Group:
    """Tiles of one origin and one table."""

    def __init__(self, origin: tuple[int, int], evidence: FloatArray) -> None:
        self.origin, self._evidence = origin, evidence

    @property
    def steps(self) -> NDArray[np.int64]:
        """Step of every frequency, 0 where it does not show, shape (64,)."""
        told = self._evidence.max(axis=1) > _TOLD
        return cast("NDArray[np.int64]", np.where(told, self._evidence.argmax(axis=1) + 1, 0))

    @property
    def strength(self) -> float:
        return float(self._evidence.max(axis=1).sum())

    def takes(self, evidence: FloatArray) -> bool:
        """Whether a tile's steps are those of the group, as far as both are known."""
        steps = self.steps
        known = np.flatnonzero(steps)
        own = evidence.max(axis=1)[known]
        shared = evidence[known, steps[known] - 1]
        return bool(shared.sum() >= _SAME * own.sum())

    def add(self, evidence: FloatArray) -> None:
        self._evidence += evidence


def earlier_histories(image: PlanesLike, last: Histories) -> Histories | None:
    """Saves that parts of a JPEG had been through before it was saved as a whole.

    On the same grid they leave gaps in the histogram of multiples, on another a blurred comb.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole.
    last : Histories
        From `last_histories`.

    Returns
    -------
    Histories or None
        None where the whole has no one last save.
    """
    main = last.main
    if main is None:
        return None
    planes = as_planes(image)
    part = whole_part(planes)
    shape = planes.shape[0] // CELL, planes.shape[1] // CELL
    tiles = [(place, _cut(part, place)) for place in tile_places(planes.shape)]
    found: list[History] = []
    maps = [np.zeros(shape)]
    for history, nats in (
        *_shifted(part.clean, tiles, main, shape),
        *_aligned(part.clean, [tile for _, tile in tiles], main, last.steps, shape),
    ):
        found.append(history)
        maps.append(nats)
    return Histories((None, *found), np.stack(maps), last.steps, last.last)


def _shifted(
    clean: Single,
    tiles: Sequence[tuple[tuple[slice, slice], LumaPart]],
    main: History,
    shape: tuple[int, int],
) -> Iterable[tuple[History, FloatArray]]:
    """Earlier saves on other grids than the last, and what each cell says for them."""
    qualities = coarser_qualities(main.quality)
    qualities = qualities[(qualities >= _COARSEST) & (qualities <= _FINEST)]
    if len(qualities) == 0:
        return
    rows, columns = np.divmod(np.arange(64), 8)
    shared = (rows == main.origin[0]).astype(int) + (columns == main.origin[1])
    sums: dict[tuple[int, int, int], float] = {}
    best: dict[tuple[int, int, int], tuple[float, tuple[slice, slice]]] = {}
    for place, tile in tiles:
        nats = shifted_evidence([tile], qualities, blurs=_BLURS, coarsest=_STEPS)
        for part_of_all in (shared == 0, shared == 1):
            held = np.where(part_of_all[:, np.newaxis], nats, 0)
            at = np.unravel_index(int(held.argmax()), held.shape)
            nats_here = float(held[at])
            if nats_here > _NOMINATED:
                key = int(at[1]), int(qualities[at[2]]), int(at[0])
                sums[key] = sums.get(key, 0.0) + nats_here
                best[key] = max(best.get(key, (0.0, place)), (nats_here, place), key=lambda b: b[0])
    for start, quality, blur in _distinct(sums):
        origin = start // 8, start % 8
        sizes = np.abs(_coefficients(clean, origin)[..., LOW])
        teeth = np.zeros((BINS * TOP + 1, COARSEST + 1), np.float32)
        teeth[:-1, 1:] = comb(_BLURS[blur], bins=BINS, top=TOP, steps=COARSEST)
        steps = np.minimum(ijg_tables()[quality - 1][LOW], COARSEST)
        each = teeth[_codes(sizes, BINS, BINS * TOP), steps]
        each[np.isnan(sizes[..., 0])] = 0
        kept = _kept(each, best[start, quality, blur][1])
        if kept is not None:
            nats = np.clip(each[..., kept].sum(axis=-1, dtype=np.float64), -3, _MOST_NATS)
            yield History("earlier", origin, quality), fold_to_cells(nats, origin, shape)


def _kept(each: Single, place: tuple[slice, slice]) -> NDArray[np.intp] | None:
    """Frequencies whose comb is left where the save shows best; None if these are too few."""
    down, right = (slice(one.start // CELL, one.stop // CELL - 1) for one in place)
    within = each[down, right].sum(axis=(0, 1), dtype=np.float64)
    kept = np.flatnonzero(within > _KEPT)
    if len(kept) < _FEWEST_KEPT or np.sort(within[kept])[:-_LOUDEST].sum() < _NOMINATED / 2:
        return None
    return kept


def _distinct(sums: dict[tuple[int, int, int], float]) -> list[tuple[int, int, int]]:
    """The likeliest saves; of one origin, those only that are far from each other."""
    chosen: list[tuple[int, int, int]] = []
    for one in sorted(sums, key=lambda key: -sums[key]):
        if all(
            one[0] != other[0]
            or (abs(one[1] - other[1]) > _APART and sums[one] > _SECOND * sums[other])
            for other in chosen
        ):
            chosen.append(one)
    return chosen[:_MOST_HISTORIES]


def _aligned(
    clean: Single,
    tiles: Sequence[LumaPart],
    main: History,
    steps: NDArray[np.int64],
    shape: tuple[int, int],
) -> Iterable[tuple[History, FloatArray]]:
    """Earlier saves on the grid of the last, and what each cell says for them.

    Whatever their tables were: the step of every frequency is sought by itself.
    """
    known = FREQUENCIES[steps[FREQUENCIES] > 0]
    if len(known) == 0:
        return
    seconds = steps[known].astype(np.float64)
    firsts = np.arange(2, COARSEST + 1, dtype=np.float64)
    share = step_shares(firsts, seconds)
    share[firsts[:, np.newaxis] <= 1.2 * seconds] = 1
    log_share = np.log(share)
    groups: list[_Group] = []
    found = []
    for tile in tiles:
        sizes = _coefficients(tile.clean, main.origin)[..., known].reshape(-1, len(known))
        relative = (sizes / seconds).astype(np.float32)
        counts = histogram(relative, bins=1, top=MULTIPLES)[:, 1:]
        evidence = np.zeros((64, COARSEST))
        evidence[known, 1:] = gap_evidence(counts, share, log_share).T
        strength = float(np.maximum(evidence.max(axis=1) - math.log(COARSEST), 0).sum())
        if strength > _NOMINATED:
            found.append((strength, evidence))
    for _, evidence in sorted(found, key=lambda one: -one[0]):
        for group in groups:
            if group.takes(evidence):
                group.add(evidence)
                break
        else:
            groups.append(_Group(main.origin, evidence.copy()))
    groups.sort(key=lambda one: -one.strength)
    every = _coefficients(clean, main.origin)[..., known] / seconds
    whole = np.abs(every).astype(np.float32)
    spoiled = np.isnan(whole[..., 0])
    multiples = _codes(whole, 1, MULTIPLES)
    multiples[multiples == MULTIPLES] = 0
    for group in groups[:_MOST_HISTORIES]:
        first = group.steps[known]
        quality = nearest_qualities(group.steps)[1] + 1
        if np.count_nonzero(first) < _FEWEST_KEPT or quality < _COARSEST:
            continue
        chosen = np.where(first > 0, first - 2, 0)
        table = np.zeros((len(known), MULTIPLES))
        table[:, 1:] = log_share[chosen, np.arange(len(known))]
        counts = np.stack(
            [np.bincount(multiples[~spoiled][:, i], minlength=MULTIPLES)[1:MULTIPLES]
             for i in range(len(known))]
        ).astype(np.float32)  # fmt: skip
        expected = share[chosen, np.arange(len(known))] * smooth_shares(counts)
        table[:, 1:] -= np.log(expected.sum(axis=1))[:, np.newaxis]
        table[first == 0] = 0
        nats = table[np.arange(len(known)), multiples].sum(axis=-1)
        nats[spoiled] = 0
        nats = np.clip(nats, _LEAST_NATS, _MOST_NATS)
        yield (
            History("earlier", main.origin, quality),
            fold_to_cells(nats, main.origin, shape),
        )


def _cut(part: LumaPart, place: tuple[slice, slice]) -> LumaPart:
    return LumaPart(part.luma[place], part.clean[place])


def _coefficients(clean: Single, origin: tuple[int, int]) -> Single:
    """Coefficients of all blocks at an origin, shape (rows, columns, 64); NaN where clipped."""
    if min(clean.shape[0] - origin[0], clean.shape[1] - origin[1]) < CELL:
        return np.zeros((0, 0, 64), np.float32)
    blocks = sliding_window_view(clean, (CELL, CELL))[origin[0] :: CELL, origin[1] :: CELL]
    across = blocks @ DCT.T
    return cast(Single, (DCT @ across).reshape(*blocks.shape[:2], 64))


def _codes(sizes: Single, bins: int, most: int) -> NDArray[np.intp]:
    """Bins of sizes, `most` for those beyond the last, 0 for NaN."""
    with np.errstate(invalid="ignore"):
        codes = np.minimum(np.rint(np.nan_to_num(sizes) * bins), most)
    return cast("NDArray[np.intp]", codes.astype(np.intp))


def _last_nats(coefficients: Single, steps: NDArray[np.int64]) -> FloatArray:
    """What every block says for a comb, or against it, shape (rows, columns)."""
    teeth = _teeth()
    some = coefficients[..., FREQUENCIES]
    codes = _codes(np.abs(some), _LAST_BINS, len(teeth) - 1)
    nats = teeth[codes, steps[FREQUENCIES]].sum(axis=-1, dtype=np.float64)
    off = coefficients.reshape(*coefficients.shape[:2], 8, 8)[..., 1:, 1:]
    lively = np.square(off).sum(axis=(-1, -2)) > _LIVELY  # never of NaN
    return np.where(lively, np.maximum(nats, _LEAST_NATS), 0.0)


@lru_cache(maxsize=1)
def _teeth() -> Single:
    """Log likelihood of each size, a row, for each step, a column, 0 for step 0.

    As `comb` has it, and against a comb whose gap around zero is not empty, which `comb` leaves
    out: of what never was on it that gap is full.
    """
    sizes = np.arange(_LAST_BINS * _LAST_TOP, dtype=np.float32)[:, np.newaxis] / _LAST_BINS
    step = np.arange(256, dtype=np.float32)
    teeth = np.zeros((len(sizes), 256), np.float32)
    teeth[:, 1:] = comb(_LAST_BLUR, bins=_LAST_BINS, top=_LAST_TOP, steps=255)
    height = (1 - _STRAY) * step / (_LAST_BLUR * math.sqrt(2 * math.pi))
    gap = np.log(height * np.exp(-np.square(sizes / _LAST_BLUR) / 2) + _STRAY)
    within = (sizes <= step / 2) & (step > 1)
    teeth = np.where(within, np.minimum(gap, 0), teeth).astype(np.float32)
    teeth[-1] = 0  # and beyond
    return teeth
