"""What stands still in a set of pictures, and how far each has to be moved to lie on the others.

Whoever crops faces by their eyes, and a network that learned from such crops, puts the eyes into
the same place of every picture. A blend shows it: where pictures have nothing to do with each
other the contrast of the mean of n of them falls as 1 over the root of n, and where something
stands still it does not.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.filters import smoothed
from forensics.validation import check_whole

__all__ = [
    "LEAST_PICTURES",
    "PLACED",
    "RASTER",
    "Placements",
    "StillMap",
    "fitted_raster",
    "local_contrast",
    "mean_of_moved",
    "placements",
    "standing_still",
]

RASTER = 128
"""Pixels of the longer side that pictures are reduced to."""
LEAST_PICTURES = 6
"""Different pictures from which it can be told what stands still: two halves of three."""
PLACED = 0.01
"""Chance below which a picture counts as placed, and a set as one in which something is found."""
_LEAST_SIDE = 16
"""Pixels of the shorter side of a raster, at least."""

_FINE, _BROAD = 1 / 107, 1 / 16
"""Standard deviations, in longer sides, of what is smoothed away and of what counts as local."""
_FLOOR, _LEAST_CONTRAST = 0.25, 0.5
"""Contrast that is not raised any further: a share of the picture's own, and counts."""
_NO_CONTRAST = 1e-3
"""Counts below which a picture is of one shade."""
_WINDOW = 3 / 128
"""Standard deviation, in longer sides, of the window in which pictures are compared."""
_SHUFFLES, _SHUFFLED = 499, 100
"""Shuffles of a set, and pictures that are shuffled at most."""

_FRAME = 64
"""Pixels of the longer side at which pictures are placed."""
_RATIO, _STEPS = 1.06, 6
"""Scales are powers of 1.06 from 0.7 to 1.42."""
_SEEDS, _JUDGES = 8, 30
"""Single pictures that a template may begin with, and pictures that choose among beginnings."""
_ROUNDS, _TAUGHT = 6, 100
"""Rounds in which a template grows, and pictures it is made of at most."""
_FIRST, _MORE = 0.3, 0.14
"""Share of pictures in a first template, and what each round adds."""
_DOUBT = 2.0
"""Pictures without anything in common that every place of a template starts with."""
_COVERED = 0.5
"""Share of the pictures of a template that have to cover a place of it."""
_SEEN = 0.3
"""Share of a template that a picture has to see."""
_WHITE = 0.3
"""Power below which frequencies are not raised any further, in that of the loudest."""
_GAUGE = 3
"""Placed pictures from which it is told where the middle one of them lies."""
_AGREED = 0.05
"""Widths by which pictures differ, at most, that agree on how two templates lie."""
_NOWHERE = -9.0

Single: TypeAlias = NDArray[np.float32]
Rasters: TypeAlias = NDArray[np.uint8]
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class StillMap:
    """Where something stands still in a set.

    Parameters
    ----------
    correlation : ndarray, shape (M, N), float32
        Mean correlation of two pictures of the set around each place: 0 where they have nothing to
        do with each other, 1 where all are alike.
    p_values : ndarray, shape (M, N), float64
        Chance that sets whose pictures are shuffled show as much anywhere, for each place.
    p_value : float
        The smallest of them.
    n_images : int
        Pictures of the set.
    n_shuffles : int
        Shuffled sets that it was held against.
    """

    correlation: Single
    p_values: FloatArray
    p_value: float
    n_images: int
    n_shuffles: int

    @property
    def area(self) -> float:
        """Share of the frame in which something stands still."""
        return float((self.p_values < PLACED).mean())

    @property
    def strongest(self) -> tuple[float, float, float]:
        """Place that is most alike in all, in shares of height and width, with its correlation."""
        at = np.unravel_index(int(self.correlation.argmax()), self.correlation.shape)
        rows, columns = self.correlation.shape
        return (
            (float(at[0]) + 0.5) / rows,
            (float(at[1]) + 0.5) / columns,
            float(self.correlation[at]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """How pictures lie on a blend of others of their set.

    Parameters
    ----------
    moves : ndarray, shape (n, 2), float64
        How far down and to the right each has to be moved, as a share of the width; NaN of
        pictures that are not placed, and of all where no more are than by chance.
    scales : ndarray, shape (n,), float64
        Factor by which each has to be enlarged; NaN where `moves` are.
    scores : ndarray, shape (n,), float64
        Correlation with the blend at the best place, in standard deviations of a single place.
    p_values : ndarray, shape (n,), float64
        Chance of such a score at the best of all places, from blends that stand on their heads.
    p_value : float
        Chance that so many are placed, each being by one in a hundred.
    """

    moves: FloatArray
    scales: FloatArray
    scores: FloatArray
    p_values: FloatArray
    p_value: float

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which pictures are placed."""
        return self.p_values < PLACED

    @property
    def distances(self) -> FloatArray:
        """How far those that are told to lie somewhere lie from the middle one, in widths."""
        known = self.moves[~np.isnan(self.moves[:, 0])]
        return cast("FloatArray", np.hypot(known[:, 0], known[:, 1]))


def local_contrast(luma: NDArray[Any]) -> Single:
    """Picture in which every part has the same contrast: its lines and spots, not its light.

    Parameters
    ----------
    luma : ndarray, shape (M, N), uint8 or float, counts
        Reduced luma of a picture.

    Returns
    -------
    ndarray, shape (M, N), float32
        Of mean 0 and standard deviation 1; 0 of a picture of one shade.

    Examples
    --------
    >>> from skimage.data import camera
    >>> round(float(local_contrast(camera()[::4, ::4]).std()), 3)
    1.0
    """
    plane = luma.astype(np.float32)
    side = max(plane.shape)
    fine = smoothed(plane, _FINE * side, radius=math.ceil(3 * _FINE * side))
    band = fine - _broad(plane, side)
    whole = math.sqrt(float((band * band).mean()))
    near = np.sqrt(np.maximum(_broad(band * band, side), 0))
    if whole < _NO_CONTRAST:
        return np.zeros_like(plane)
    even = band / (near + np.float32(_FLOOR * whole + _LEAST_CONTRAST))
    even -= even.mean()
    return cast("Single", even / even.std())


def _broad(plane: Single, side: int) -> Single:
    return smoothed(plane, _BROAD * side, radius=math.ceil(3 * _BROAD * side))


def standing_still(rasters: Rasters, *, n_shuffles: int = _SHUFFLES, seed: int = 0) -> StillMap:
    """Map of what stands still in a set, against pictures that are shuffled.

    The power of the blend's local contrast is held against that of the pictures: of n that have
    nothing to do with each other it is one n-th. A shuffled set is the same pictures, each rolled
    over its edges by an offset of its own; a place counts by the share of shuffled sets in which
    any place is as strong.

    Parameters
    ----------
    rasters : ndarray, shape (n, M, N), uint8, counts
        Luma of n pictures that are no copies of one another, reduced to one size.
    n_shuffles : int
        Shuffled sets to hold it against; no chance is below one in one more.
    seed : int
        Of the offsets.

    Returns
    -------
    StillMap
        Mean correlation of two pictures at each place, and its chance.

    Raises
    ------
    ParameterError
        There are fewer than two pictures, or `n_shuffles` is no whole number from 1 on.

    See Also
    --------
    placements : How each picture lies on the others.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> rasters = rng.integers(0, 255, (8, 32, 32)).astype(np.uint8)
    >>> rasters[:, 8:24, 8:24] = rasters[0, 8:24, 8:24]
    >>> found = standing_still(rasters, n_shuffles=99)
    >>> found.p_value, bool(found.correlation.argmax() // 32 in range(8, 24))
    (0.01, True)
    """
    _check(rasters)
    check_whole("n_shuffles", n_shuffles, "pass how many sets to shuffle, as 499")
    n = len(rasters)
    side = max(rasters.shape[1:])
    total, power = (np.zeros(rasters.shape[1:], np.float32) for _ in range(2))
    order = _by_content(rasters)
    spread = {order[i * n // min(n, _SHUFFLED)] for i in range(min(n, _SHUFFLED))}
    shuffled: list[NDArray[np.complex64]] = []
    for i in order:
        even = local_contrast(rasters[i])
        total += even
        power += even * even
        if i in spread:
            shuffled.append((even + 1j * (even * even)).astype(np.complex64))
    found = _excess(total, power, side)
    rng = np.random.default_rng(seed)
    strongest = np.sort([_shuffled_excess(shuffled, rng, side) for _ in range(n_shuffles)])
    as_strong = n_shuffles - np.searchsorted(strongest, found, side="left")
    p_values = (1 + as_strong) / (n_shuffles + 1)
    return StillMap(
        (found / (n - 1)).astype(np.float32), p_values, float(p_values.min()), n, n_shuffles
    )


def _excess(total: Single, power: Single, side: int) -> Single:
    """By how much the power of the sum exceeds that of the pictures, in units of these."""
    width = _WINDOW * side
    own = smoothed(power, width, radius=math.ceil(3 * width))
    both = smoothed(total * total, width, radius=math.ceil(3 * width))
    return cast("Single", both / np.maximum(own, np.float32(1e-6)) - 1)


def _shuffled_excess(
    pictures: Sequence[NDArray[np.complex64]], rng: np.random.Generator, side: int
) -> float:
    rows, columns = pictures[0].shape
    total = np.zeros((rows, columns), np.complex64)
    for picture, down, right in zip(
        pictures,
        rng.integers(0, rows, len(pictures)),
        rng.integers(0, columns, len(pictures)),
        strict=True,
    ):
        whole = np.concatenate([picture[rows - down :], picture[: rows - down]])
        total[:, right:] += whole[:, : columns - right]
        total[:, :right] += whole[:, columns - right :]
    return float(_excess(total.real.copy(), total.imag.copy(), side).max())


def placements(rasters: Rasters, *, progress: Progress | None = None) -> Placements:
    """Offset and scale of each picture on a blend that was made without it.

    Two blends grow, each out of one half of the set: from the pictures as they are or from a
    single one, whichever more of its half lie on; what lies on it best is laid there, and the next
    blend is made of more. Then each picture is sought on the blend of the *other* half, by phase
    correlation at 13 scales. A blend that has never seen a picture, nor anything that was laid on
    it, has no more to do with it than one that stands on its head, if the set has nothing in
    common: the scores on these say what chance does. What looks the same upside down can therefore
    not be placed.

    Parameters
    ----------
    rasters : ndarray, shape (n, M, N), uint8, counts
        Luma of n pictures that are no copies of one another, reduced to one size.
    progress : callable, optional
        Called with the number of pictures placed and of all.

    Returns
    -------
    Placements
        In the order of the pictures. Moves and scales are those from the middle one of all that are
        placed, the two blends having been laid on each other.

    Raises
    ------
    ParameterError
        There are fewer than 6 pictures.

    See Also
    --------
    standing_still : What lies on the others without being moved.

    References
    ----------
    Kuglin and Hines 1975, *The phase correlation image alignment method*; Learned-Miller 2006,
    *Data driven image models through continuous joint alignment*.
    """
    _check(rasters, LEAST_PICTURES)
    n = len(rasters)
    order = _by_content(rasters)
    search = _Search(rasters.shape[1:])
    search.whiten_by(rasters[order[i * n // min(n, _TAUGHT)]] for i in range(min(n, _TAUGHT)))
    halves = order[::2], order[1::2]
    templates = [_grown([rasters[i] for i in half], search) for half in halves]
    found, by_chance = np.full((n, 4), np.nan), np.full((n, 2), np.nan)
    done = 0
    for template, others in zip(templates, halves[::-1], strict=True):
        heads = template.flipped(1), template.flipped(-1)
        for i in others:
            spectra = search.spectra(rasters[i])
            found[i] = search.best(template, spectra)
            by_chance[i] = [search.best(one, spectra)[0] for one in heads]
            done += 1
            if progress is not None:
                progress(done, n)
    p_values = _chances(found[:, 0], by_chance)
    places = found[:, 1:].copy()
    # Each blend has a middle of its own; those that are placed tell how one lies on the other.
    on_both = np.full((2, n, 3), np.nan)
    for at, template in enumerate(templates):
        for i in halves[at]:
            if p_values[i] < PLACED:
                on_both[at, i] = search.best(template, search.spectra(rasters[i]))[1:]
                on_both[1 - at, i] = places[i]
    places = _on_first(places, halves[0], on_both)
    moves, scales = np.full((n, 2), np.nan), np.full(n, np.nan)
    placed = np.flatnonzero((p_values < PLACED) & ~np.isnan(places[:, 0]))
    p_value = _chance_of_so_many(int((p_values < PLACED).sum()), n)
    if p_value < PLACED and len(placed) >= _GAUGE:
        middle = np.median(places[placed], axis=0)
        scales[placed] = places[placed, 2] / middle[2]
        moves[placed] = (places[placed, :2] - middle[:2]) / middle[2]
    return Placements(moves, scales, found[:, 0], p_values, p_value)


def mean_of_moved(rasters: Rasters, laid: Placements) -> FloatArray | None:
    """Blend of the pictures that are placed, each moved and enlarged as that says.

    Parameters
    ----------
    rasters : ndarray, shape (n, M, N), uint8, counts
        As given to `placements`.
    laid : Placements
        What came of it.

    Returns
    -------
    ndarray, shape (M, N), float64, counts, or None
        Mean of what lies at each pixel, 0 where nothing does; None where no picture is placed.
    """
    known = np.flatnonzero(~np.isnan(laid.scales))
    if not len(known):
        return None
    rows, columns = rasters.shape[1:]
    total, n = np.zeros((rows, columns)), np.zeros((rows, columns))
    for i in known:
        weights = []
        for side, move in zip((rows, columns), laid.moves[i], strict=True):
            away = (np.arange(side) + 0.5 - side / 2 - move * columns) / laid.scales[i]
            weights.append(_weights(away + side / 2 - 0.5, side, 1 / laid.scales[i]))
        total += weights[0] @ rasters[i].astype(np.float64) @ weights[1].T
        n += np.outer(weights[0].sum(axis=1), weights[1].sum(axis=1))
    return total / np.maximum(n, 1e-9)


def fitted_raster(raster: Rasters, shape: tuple[int, int]) -> Rasters:
    """The middle of a raster, cut to the aspect of another and brought to its size.

    Parameters
    ----------
    raster : ndarray, shape (M, N), uint8, counts
        Reduced luma of a picture.
    shape : (int, int)
        Rows and columns wanted.

    Returns
    -------
    ndarray, shape `shape`, uint8, counts
        Interpolated linearly; all of the raster where its aspect is the same.

    Examples
    --------
    >>> fitted_raster(np.array([[0, 10, 20, 30]], np.uint8), (1, 1)).tolist()
    [[15]]
    """
    if raster.shape == shape:
        return raster
    step = min(raster.shape[0] / shape[0], raster.shape[1] / shape[1])
    rows, columns = (
        _weights((np.arange(new) + 0.5 - new / 2) * step + old / 2 - 0.5, old, step)
        for new, old in zip(shape, raster.shape, strict=True)
    )
    return np.rint(rows @ raster.astype(np.float64) @ columns.T).clip(0, 255).astype(np.uint8)


def _check(rasters: Rasters, least: int = 2) -> None:
    if rasters.ndim != 3 or rasters.dtype != np.uint8 or len(rasters) < least:
        raise ParameterError(
            f"rasters have shape {rasters.shape} and dtype {rasters.dtype}, allowed is (n, M, N) "
            f"and uint8, n at least {least}: stack what stands for each picture"
        )
    if min(rasters.shape[1:]) < _LEAST_SIDE:
        raise ImageShapeError(
            f"rasters have {rasters.shape[1]} x {rasters.shape[2]} pixels, at least {_LEAST_SIDE} "
            f"x {_LEAST_SIDE} are needed"
        )


def _by_content(rasters: Rasters) -> list[int]:
    """Numbers of the pictures in an order that does not depend on the one they came in."""
    digests = [hashlib.blake2b(one.tobytes()).digest() for one in rasters]
    return sorted(range(len(rasters)), key=lambda i: (digests[i], i))


def _weights(at: FloatArray, length: int, step: float) -> FloatArray:
    """Linear weights of all lines at each place, widened by a reduction; none outside."""
    away = np.abs(at[:, np.newaxis] - np.arange(length)) / max(step, 1.0)
    weights = np.maximum(0, 1 - away)
    edge = np.clip(at, 0, length - 1)
    outermost = weights.sum(axis=1) == 0
    weights[outermost, np.rint(edge[outermost]).astype(np.intp)] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    weights[(at < -0.5 - 1e-9) | (at > length - 0.5 + 1e-9)] = 0
    return cast("FloatArray", weights)


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """Blend on a canvas of twice the frame, ready to have pictures sought on it.

    Parameters
    ----------
    mean : ndarray, shape (2 M, 2 N), float32
        Expected local contrast, 0 where too few pictures lie.
    search : _Search
        What seeks pictures.
    """

    mean: Single
    spectrum: NDArray[np.complex64]
    noise: Single
    seen: NDArray[np.bool_]
    search: _Search

    def flipped(self, across: int) -> _Template:
        """The same upside down, and mirrored where `across` is -1."""
        return self.search.template(np.ascontiguousarray(self.mean[::-1, ::across]))


class _Search:
    """Phase correlation of pictures with templates, over scales."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        share = _FRAME / max(shape)
        self.frame = max(1, round(shape[0] * share)), max(1, round(shape[1] * share))
        self.canvas = 2 * self.frame[0], 2 * self.frame[1]
        self.scales = _RATIO ** np.arange(-_STEPS, _STEPS + 1)
        self.shapes = [
            (max(1, round(self.frame[0] * one)), max(1, round(self.frame[1] * one)))
            for one in self.scales
        ]
        masks = np.zeros((len(self.scales), *self.canvas), np.float32)
        self._within = np.zeros(masks.shape, np.bool_)
        for at, (rows, columns) in enumerate(self.shapes):
            masks[at, :rows, :columns] = 1
            self._within[at, : self.canvas[0] - rows + 1, : self.canvas[1] - columns + 1] = True
        self._masks = np.conj(self._forward(masks))
        self._power: Single = np.ones(self._masks.shape[1:], np.float32)

    def _forward(self, planes: Single) -> NDArray[np.complex64]:
        from scipy.fft import rfft2

        return cast("NDArray[np.complex64]", rfft2(planes, axes=(-2, -1)))

    def _back(self, spectra: NDArray[np.complex64]) -> Single:
        from scipy.fft import irfft2

        return cast("Single", irfft2(spectra, s=self.canvas, axes=(-2, -1)))

    def contrasts(self, raster: Rasters) -> list[Single]:
        """Local contrast of a picture at every scale."""
        return [local_contrast(_resampled(raster, shape)) for shape in self.shapes]

    def spectra(self, raster: Rasters) -> NDArray[np.complex64]:
        """Conjugate spectra of a picture at every scale, in the corner of the canvas."""
        return self.spectra_of(self.contrasts(raster))

    def spectra_of(self, contrasts: Sequence[NDArray[Any]]) -> NDArray[np.complex64]:
        """The same of local contrasts."""
        planes = np.zeros((len(self.scales), *self.canvas), np.float32)
        for plane, one in zip(planes, contrasts, strict=True):
            plane[: one.shape[0], : one.shape[1]] = one
        return np.conj(self._forward(planes))

    def whiten_by(self, rasters: Iterable[Rasters]) -> None:
        """Take the mean power of pictures for the noise of all."""
        total, n = np.zeros(self._masks.shape[1:]), 0
        for raster in rasters:
            plane = np.zeros(self.canvas, np.float32)
            plane[: self.frame[0], : self.frame[1]] = local_contrast(_resampled(raster, self.frame))
            total += np.abs(self._forward(plane)) ** 2
            n += 1
        power = total / (n * self.frame[0] * self.frame[1])
        loudest = float(np.quantile(power, 0.95))
        self._power = ((power + _WHITE * loudest) / (1 + _WHITE)).astype(np.float32)

    def template(self, mean: Single) -> _Template:
        """A template, with the noise of its correlation with a picture at every place."""
        spectrum = self._forward(mean)
        white = self._back((spectrum / np.sqrt(self._power)).astype(np.complex64))
        energy = white * white
        whole = max(float(energy.sum()), 1e-12)
        under = self._back(self._forward(energy) * self._masks)
        noise = np.sqrt(np.maximum(under, np.float32(1e-3 * whole)))
        return _Template(
            mean,
            (spectrum / self._power).astype(np.complex64),
            noise,
            self._within & (under > _SEEN * whole),
            self,
        )

    def best(
        self, template: _Template, spectra: NDArray[np.complex64]
    ) -> tuple[float, float, float, float]:
        """Score of the best place, its offset down and right in widths, and its scale."""
        scores = self._back(template.spectrum * spectra) / template.noise
        scores[~template.seen] = _NOWHERE
        at = np.unravel_index(int(scores.argmax()), scores.shape)
        scale, top, left = (int(one) for one in at)
        here = float(scores[scale, top, left])
        down = _between(*(_at(scores, scale, top + d, left) for d in (-1, 0, 1)))
        right = _between(*(_at(scores, scale, top, left + d) for d in (-1, 0, 1)))
        beside = [self._nearby(scores, scale + d, scale, top, left) for d in (-1, 1)]
        finer = _between(beside[0], here, beside[1])
        rows, columns = self.shapes[scale]
        width = self.frame[1]
        return (
            here,
            (top + down + rows / 2 - self.canvas[0] / 2) / width,
            (left + right + columns / 2 - self.canvas[1] / 2) / width,
            float(_RATIO ** (scale + finer - _STEPS)),
        )

    def _nearby(self, scores: Single, scale: int, of: int, top: int, left: int) -> float:
        """Best score about the same centre at another scale."""
        if not 0 <= scale < len(self.scales):
            return _NOWHERE
        own, other = self.shapes[of], self.shapes[scale]
        start = [
            round(edge + (before - after) / 2)
            for edge, before, after in zip((top, left), own, other, strict=True)
        ]
        if min(start) < 0:
            return _NOWHERE
        rows, columns = (slice(max(0, one - 1), one + 2) for one in start)
        near = scores[scale, rows, columns]
        return float(near.max()) if near.size else _NOWHERE

    def blended(self, placed: Iterable[tuple[Sequence[Single], tuple[float, ...]]]) -> _Template:
        """Template of pictures at their places."""
        total, n = (np.zeros(self.canvas, np.float32) for _ in range(2))
        for contrasts, (down, right, scale) in placed:
            at = round(math.log(scale) / math.log(_RATIO)) + _STEPS
            at = min(max(at, 0), len(self.scales) - 1)
            rows, columns = self.shapes[at]
            top, left = (
                min(max(round(move * self.frame[1] + (whole - own) / 2), 0), whole - own)
                for move, whole, own in zip(
                    (down, right), self.canvas, (rows, columns), strict=True
                )
            )
            total[top : top + rows, left : left + columns] += contrasts[at]
            n[top : top + rows, left : left + columns] += 1
        mean = np.where(n >= _COVERED * n.max(), total / (n + np.float32(_DOUBT)), np.float32(0))
        return self.template(mean)


_HOME = (0.0, 0.0, 1.0)


def _grown(rasters: Sequence[Rasters], search: _Search) -> _Template:
    """Template out of some pictures, none of which has to lie where the others do."""
    n = len(rasters)
    used = [i * n // min(n, _TAUGHT) for i in range(min(n, _TAUGHT))]
    contrasts = [search.contrasts(rasters[i]) for i in used]
    spectra = [search.spectra_of(one) for one in contrasts]
    # Those that choose a beginning are no part of it: a picture lies best on itself.
    n_judges = min(_JUDGES, len(used) // 2)
    rest = range(n_judges, len(used))
    beginnings = [search.blended((contrasts[i], _HOME) for i in rest)]
    beginnings += [search.blended([(contrasts[i], _HOME)]) for i in rest[:_SEEDS]]
    scores = [
        np.mean([search.best(one, spectra[i])[0] for i in range(n_judges)]) for one in beginnings
    ]
    template = beginnings[int(np.argmax(scores))]
    for round_ in range(_ROUNDS):
        found = np.array([search.best(template, one) for one in spectra])
        share = min(1.0, _FIRST + _MORE * round_)
        kept = np.argsort(-found[:, 0], kind="stable")[: max(_GAUGE, int(share * len(used)))]
        # Templates must not wander off the canvas, nor grow or shrink to the last scale.
        middle = np.median(found[kept], axis=0)
        places = (found[kept, 1:] - [*middle[1:3], 0]) / middle[3]
        template = search.blended(
            (contrasts[i], tuple(place)) for i, place in zip(kept, places.tolist(), strict=True)
        )
    return template


def _at(scores: Single, scale: int, row: int, column: int) -> float:
    if not (0 <= row < scores.shape[1] and 0 <= column < scores.shape[2]):
        return _NOWHERE
    return float(scores[scale, row, column])


def _between(before: float, here: float, behind: float) -> float:
    """How far from the middle one of three the top of a parabola through them is, at most half."""
    bend = before - 2 * here + behind
    if min(before, behind) <= _NOWHERE or bend >= 0:
        return 0.0
    return min(0.5, max(-0.5, 0.5 * (before - behind) / bend))


def _on_first(places: FloatArray, first: Sequence[int], on_both: FloatArray) -> FloatArray:
    """Places on the other half's template as places on one, by pictures that lie on both.

    Those of the first half lie on the second template. Where most pictures do not agree on how one
    lies on the other, the half with fewer of them has no places.
    """
    known = ~np.isnan(on_both[0, :, 0])
    places = places.copy()
    if not known.any():
        return places
    one, other = on_both[:, known]
    scale = float(np.exp(np.median(np.log(one[:, 2] / other[:, 2]))))
    shift = np.median(one[:, :2] - scale * other[:, :2], axis=0)
    away = np.hypot(*(one[:, :2] - scale * other[:, :2] - shift).T)
    here = np.zeros(len(places), np.bool_)
    here[list(first)] = True
    if np.mean(away < _AGREED) > 0.5:
        places[here, :2] = shift + scale * places[here, :2]
        places[here, 2] *= scale
    else:
        fewer = here if (known & here).sum() <= (known & ~here).sum() else ~here
        places[fewer] = np.nan
    return places


def _resampled(values: NDArray[Any], shape: tuple[int, int]) -> FloatArray:
    rows, columns = (
        _weights((np.arange(new) + 0.5) * old / new - 0.5, old, old / new)
        for new, old in zip(shape, values.shape, strict=True)
    )
    return rows @ values.astype(np.float64) @ columns.T


def _chances(scores: FloatArray, by_chance: FloatArray) -> FloatArray:
    """Chance of each score, by Gumbel's law of largest values with the moments of the others."""
    width = max(float(by_chance.std()) * math.sqrt(6) / math.pi, 1e-6)
    mode = float(by_chance.mean()) - np.euler_gamma * width
    return cast("FloatArray", -np.expm1(-np.exp(-(scores - mode) / width)))


def _chance_of_so_many(k: int, n: int) -> float:
    from scipy.stats import binom

    return float(binom.sf(k - 1, n, PLACED))
