"""A whole-frame fingerprint against a picture: whole at any size and in any pose, or cropped.

Whole: the template is brought to the size of the picture, never the other way round, since
resizing a picture would destroy what is sought. Cropped: all offsets at once, at the template's
own scale, or at every scale from that of the whole frame on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.fingerprints.whitening import (
    BESIDE,
    Plane,
    Spectrum,
    Whitened,
    bounded,
    independent,
    leakage_cells,
    log_largest_chance,
    log_normal_tail,
    matched_field,
    off_blocks,
)
from forensics.traces.medians import median

__all__ = [
    "FramePlace",
    "crop_place",
    "may_be_whole",
    "rescaled",
    "scaled_crop_place",
    "usual_largest",
    "whole_place",
]

_LOBES = 3


def rescaled(plane: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Plane at another size, by a Lanczos filter of 3 lobes, wider where the plane shrinks.

    What happened to a resized picture happens to the template as well, as far as one can
    know it: most programs reduce with a kernel like this one.

    Parameters
    ----------
    plane : ndarray, shape (M, N), float32 or float64
        Plane to resize, such as the pattern of a fingerprint.
    shape : (int, int)
        Rows and columns wanted.

    Returns
    -------
    ndarray, of `shape`, float32
        The resized plane, in the unit of `plane`.

    References
    ----------
    Duchon 1979, *Lanczos filtering in one and two dimensions*.

    Examples
    --------
    >>> rescaled(np.ones((8, 6)), (4, 9)).round(6).tolist() == np.ones((4, 9)).tolist()
    True
    """
    rows, columns = (_weights(old, new) for old, new in zip(plane.shape, shape, strict=True))
    return cast("NDArray[np.float32]", rows @ plane.astype(np.float32) @ columns.T)


@lru_cache(maxsize=32)
def _weights(old: int, new: int) -> NDArray[np.float32]:
    """Weights of every old line in every new one, shape (new, old), rows summing to one."""
    if old == new:
        return np.eye(old, dtype=np.float32)
    scale = max(1.0, old / new)
    centers = (np.arange(new) + 0.5) * old / new - 0.5
    distance = (np.arange(old) - centers[:, np.newaxis]) / scale
    near = np.abs(distance) < _LOBES
    weights = np.zeros_like(distance)
    weights[near] = np.sinc(distance[near]) * np.sinc(distance[near] / _LOBES)
    return cast(
        "NDArray[np.float32]",
        (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
    )


_ASPECT = 0.03
_LARGEST = 1.6
"""Sides of the template up to which a picture may be the whole frame, enlarged."""
_SMALLEST = 96
_POSES = 8
_KEPT = 512**2
"""Pixels of pictures up to which templates are kept in all poses, 8 MB of them: sets are of one
size."""
_LOUDEST_CELL = 3.0
"""Most that one harmonic and the frequencies next to it may say, in standard deviations."""
_NEAR = 8
"""Pixels around a peak that belong to it."""
_SCALE_STEP = 4
"""Pixels of the whole frame from one scale to the next: a crop of 400 is then off by less than
a pixel at its edges."""
_WIDEST_SCALE = 3.0
"""Most times the side of a crop that the whole frame is sought at."""
_LEAST_VARIANCE = 1e-3


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Best fit of a whole-frame fingerprint: pose, offset and scale, with the chance of it.

    Parameters
    ----------
    log_chance : float
        Natural logarithm of the chance of as good a fit, corrected for all places that were tried.
    pose : int
        0 to 7: bit 1 mirrored left to right, 2 upside down, 4 rows and columns exchanged.
    offset : (int, int), optional
        Row and column of the frame, at the picture's scale, where a crop begins.
    scale : float
        Pixels of the picture for one of the template.
    """

    log_chance: float
    pose: int = 0
    offset: tuple[int, int] | None = None
    scale: float = 1.0


def may_be_whole(shape: tuple[int, ...], template: tuple[int, ...]) -> bool:
    """Whether a picture can be the whole frame of a template, by its aspect and size.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture, rows first.
    template : tuple of int
        Shape of the template, rows first.

    Returns
    -------
    bool
        True if the aspect fits, upright or turned, and the size is plausible.
    """
    upright, turned = (
        abs(shape[0] * sides[1] / (shape[1] * sides[0]) - 1) < _ASPECT
        for sides in (template[:2], template[1::-1])
    )
    sides = sorted(shape[:2])
    return (upright or turned) and sides[0] >= _SMALLEST and sides[1] <= _LARGEST * max(template)


def whole_place(
    picture: Whitened, source: Fingerprint, poses: int = _POSES
) -> tuple[FramePlace, ...]:
    """Fit of a template at the picture's size: upright, and in the best of the seven other poses.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.
    source : Fingerprint
        Fingerprint that is sought.
    poses : int
        How many of the eight poses are tried, the upright one first.

    Returns
    -------
    tuple of FramePlace
        Upright first, where the frame has that aspect; the chances of the other poses are
        corrected for their number.
    """
    spread = source.spread if picture.shape == source.shape else source.resized_spread
    scoring = _Scoring(picture, source.shape)
    scores = {
        one.pose: scoring.score(one) / spread for one in _templates(source, picture.shape, poses)
    }
    places = [FramePlace(log_normal_tail(scores.pop(0)))] if 0 in scores else []
    if scores:
        pose = max(scores, key=lambda one: scores[one])
        log_chance = log_normal_tail(scores[pose]) + math.log(len(scores))
        places.append(FramePlace(min(0.0, log_chance), pose))
    return tuple(places)


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """A fingerprint in one pose at the size of a picture.

    Parameters
    ----------
    pose : int
        As in `FramePlace`.
    half : ndarray, shape (M, N // 2 + 1), complex64
        Half its spectrum.
    variance : float
        What it adds off the axes by chance.
    """

    pose: int
    half: Spectrum
    variance: float


def _templates(source: Fingerprint, shape: tuple[int, int], poses: int) -> Iterable[_Template]:
    """The fingerprint in every pose that the picture may have; of small pictures, kept."""
    if poses == _POSES and math.prod(shape) <= _KEPT:
        return _kept_templates(source, shape)
    return _iter_templates(source, shape, poses)


@lru_cache(maxsize=4)
def _kept_templates(source: Fingerprint, shape: tuple[int, int]) -> tuple[_Template, ...]:
    return tuple(_iter_templates(source, shape, _POSES))


def _iter_templates(source: Fingerprint, shape: tuple[int, int], poses: int) -> Iterator[_Template]:
    free, variance = _parts(shape, source.shape).free, 0.0
    for pose in range(poses):
        sides = shape if pose < 4 else shape[::-1]
        if may_be_whole(sides, source.shape) and _upright(sides, source.shape):
            half = np.ascontiguousarray(posed(_frame_spectrum(source, sides), sides, pose))
            if pose % 4 == 0 or not variance:  # mirror images have the same sizes
                squares = np.square(half.real) + np.square(half.imag)
                variance = float(np.sum(squares * free, dtype=np.float64)) / 2
            yield _Template(pose, half, variance)


def _upright(shape: tuple[int, int], template: tuple[int, int]) -> bool:
    return abs(shape[0] * template[1] / (shape[1] * template[0]) - 1) < _ASPECT


class _Scoring:
    """Scores of templates against one picture, in standard deviations of noise.

    Off the axes every frequency counts as loud as it is, up to 4. On the axes, where stripes,
    steps and screens are, and on the harmonics of 8 pixels, at this size and at the frame's own,
    where every JPEG is, those next to one another say one thing together, and no more than 3
    standard deviations of it: a few loud harmonics prove nothing, many that agree do.
    """

    def __init__(self, picture: Whitened, frame: tuple[int, int]) -> None:
        spectrum = bounded(picture)
        self._parts = _parts(picture.shape, frame)
        self._free = (spectrum * self._parts.free).view(np.float32)
        self._held = spectrum.ravel()[self._parts.held]
        peaks = np.square(np.abs(self._held[self._parts.peaks]))
        self._peaks = peaks
        self._peak_cells = self._parts.cells[self._parts.peaks]

    def _clutter(self, variances: FloatArray) -> float:
        """How loud the picture is at harmonics of 8 pixels that the template has not.

        Dots, weaves and tiles that are drawn every 8 or 16 pixels have them all.
        """
        if len(self._peaks) < 2:
            return 1.0
        own = variances[self._peak_cells]
        others = self._peaks[own <= median(own)]
        return math.sqrt(max(1.0, float(np.mean(others))))

    def score(self, template: _Template) -> float:
        """The score of a template."""
        free = self._free * template.half.view(np.float32)
        total = float(np.sum(free, dtype=np.float64))
        held = template.half.ravel()[self._parts.held]
        cells = self._parts.cells
        products = np.bincount(cells, (self._held * np.conj(held)).real)
        variances = np.bincount(cells, np.square(held.real) + np.square(held.imag)) / 2
        values = products / self._clutter(variances)
        most = _LOUDEST_CELL * np.sqrt(variances)
        total += float(np.sum(np.clip(values, -most, most)))
        variance = template.variance + float(np.sum(variances))
        return total / math.sqrt(variance) if variance > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What of half a spectrum counts by itself, and what in cells.

    Parameters
    ----------
    free : ndarray, shape (M, N // 2 + 1), float32
        1 for independent frequencies off the axes and off the harmonics of 8 pixels.
    held : ndarray, shape (n,), intp
        Places of the other independent ones, in a flat half spectrum.
    cells : ndarray, shape (n,), intp
        Their cell of 5 x 5.
    peaks : ndarray, shape (m,), intp
        Which of these are harmonics of 8 pixels off both axes.
    """

    free: Plane
    held: NDArray[np.intp]
    cells: NDArray[np.intp]
    peaks: NDArray[np.intp]


@lru_cache(maxsize=16)
def _parts(shape: tuple[int, int], frame: tuple[int, int]) -> _Parts:
    half = shape[0], shape[1] // 2 + 1
    off = off_blocks(shape, frame).copy()
    off[np.arange(-BESIDE, BESIDE + 1)] = False
    off[:, : BESIDE + 1] = False
    places = independent(np.arange(half[0] * half[1]).reshape(half), shape[1])
    is_off = off.ravel()[places]
    free = np.zeros(half[0] * half[1], np.float32)
    free[places[is_off]] = 1
    held = places[~is_off]
    _, cells = np.unique(leakage_cells(shape).ravel()[held], return_inverse=True)
    return _Parts(free.reshape(half), held, cells, _peaks(shape, held))


def _peaks(shape: tuple[int, int], held: NDArray[np.intp]) -> NDArray[np.intp]:
    """Places among those held that are nearest to a harmonic of 8 pixels off both axes."""
    width = shape[1] // 2 + 1
    rows, columns = (np.unique(np.rint(np.arange(1, 8) * side / 8)).astype(int) for side in shape)
    columns = columns[columns < width]
    wanted = (rows[:, np.newaxis] * width + columns).ravel()
    return np.flatnonzero(np.isin(held, wanted))


@lru_cache(maxsize=12)
def _frame_spectrum(source: Fingerprint, shape: tuple[int, int]) -> Spectrum:
    """Half the spectrum of the template at another size."""
    from scipy.fft import rfft2

    spectrum = cast(Spectrum, rfft2(rescaled(source.pattern, shape)))
    spectrum.setflags(write=False)
    return spectrum


def posed(half: Spectrum, shape: tuple[int, int], pose: int) -> Spectrum:
    """Half the spectrum of a plane that was mirrored, turned upside down, then transposed.

    Parameters
    ----------
    half : ndarray, shape (M, N // 2 + 1), complex64
        Half the spectrum of the plane.
    shape : (int, int)
        Rows M and columns N of the plane.
    pose : int
        What is done to it, as in `FramePlace`.

    Returns
    -------
    ndarray, complex64
        Half the spectrum of the plane in that pose.
    """
    if pose == 0:
        return half
    rows, columns = shape
    shift_rows = np.exp(2j * np.pi * np.arange(rows) / rows).astype(np.complex64)[:, np.newaxis]
    opposite = np.roll(half[::-1], 1, axis=0)
    if pose & 1:
        turns = np.exp(2j * np.pi * np.arange(half.shape[1]) / columns).astype(np.complex64)
        half, opposite = np.conj(opposite) * turns, np.conj(half) * turns
    if pose & 2:
        half = opposite * shift_rows
    if pose & 4:
        n_across = rows // 2 + 1
        first = half[:n_across].T
        # Frequencies along the old columns beyond the half that is held: the opposite ones.
        beyond = np.conj(half[-np.arange(n_across) % rows, 1 : (columns + 1) // 2]).T[::-1]
        half = np.concatenate([first, beyond], axis=0)
    return half


def crop_place(picture: Whitened, source: Fingerprint) -> FramePlace | None:
    """Best fit of a crop at the template's own scale, over all offsets.

    The score at an offset is the correlation of the matched field with the template there, over
    what their energies alone would make of it. Its null is the largest of that many normal
    scores, in units of what the surface has elsewhere, over the edges included, and widened
    where the second best place says that it has larger ones.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.
    source : Fingerprint
        Fingerprint that is sought.

    Returns
    -------
    FramePlace or None
        None if the picture cannot be such a crop.
    """
    if not all(a <= b for a, b in zip(picture.shape, source.shape, strict=True)):
        return None
    if min(picture.shape) < _SMALLEST:
        return None
    return _best_offset(matched_field(picture), source, source.shape)


def scaled_crop_place(picture: Whitened, source: Fingerprint) -> FramePlace | None:
    """Best fit of a crop that was resized as well, over all offsets and scales.

    About two seconds for a picture of 400 pixels and a template of 1024. From the scale at which
    the picture would be the whole frame up to the template's own; the template is resized by
    cutting its spectrum.

    Parameters
    ----------
    picture : Whitened
        Whitened spectrum of the picture, from `whitened`.
    source : Fingerprint
        Fingerprint that is sought.

    Returns
    -------
    FramePlace or None
        None if the picture cannot be such a crop.
    """
    longest = max(picture.shape)
    if min(picture.shape) < _SMALLEST or source.shape[0] != source.shape[1]:
        return None
    most = min(source.shape[0], round(_WIDEST_SCALE * longest))
    sides = range(longest + _NEAR, most + 1, _SCALE_STEP)
    field = matched_field(picture)
    if not sides or not field.any():
        return None
    best = 0.0, sides[0]
    for side in sides:
        surface = _surface(field, source, (side, side))
        valid = surface[: side - field.shape[0] + 1, : side - field.shape[1] + 1]
        best = max(best, (float(valid.max()) / _typical(surface), side))
    place = _best_offset(field, source, (best[1], best[1]))
    if place is None:
        return None
    log_chance = min(0.0, place.log_chance + math.log(len(sides)))
    return replace(place, log_chance=log_chance, scale=best[1] / source.shape[0])


def _best_offset(field: Plane, source: Fingerprint, shape: tuple[int, int]) -> FramePlace | None:
    """The best offset of a field in the template at one size."""
    if not field.any():
        return None
    surface = _surface(field, source, shape)
    energy = _surface(np.square(field), source, shape, squared=True)
    np.maximum(energy, _LEAST_VARIANCE * float(energy.mean()), out=energy)
    surface /= np.sqrt(energy, out=energy)
    rows, columns = (whole - side + 1 for whole, side in zip(shape, field.shape, strict=True))
    valid = surface[:rows, :columns]
    row, column = (int(at) for at in np.unravel_index(int(valid.argmax()), valid.shape))
    best, typical = float(valid[row, column]), _typical(surface)
    around = np.arange(-_NEAR, _NEAR + 1)
    surface[np.ix_((row + around) % shape[0], (column + around) % shape[1])] = -np.inf
    score = best / max(typical, float(surface.max()) / usual_largest(surface.size))
    return FramePlace(log_largest_chance(score, valid.size), 0, (row, column))


def _surface(
    field: Plane, source: Fingerprint, shape: tuple[int, int], *, squared: bool = False
) -> NDArray[np.float32]:
    """Correlation of a field with the template, or its square, at every offset around the edges."""
    from scipy.fft import fft, irfft2, rfft

    own = _own_square(source) if squared else _own_spectrum(source)
    # As rfft2 of the field in a frame of zeros, whose own rows need not be transformed.
    spectrum = fft(rfft(field, shape[1], axis=1), shape[0], axis=0, overwrite_x=True)
    np.conj(spectrum, out=spectrum)
    spectrum *= _cut(own, source.shape, shape)
    return cast("NDArray[np.float32]", irfft2(spectrum, s=shape, overwrite_x=True))


@lru_cache(maxsize=4)
def _own_spectrum(source: Fingerprint) -> Spectrum:
    from scipy.fft import rfft2

    return cast(Spectrum, rfft2(source.pattern))


@lru_cache(maxsize=4)
def _own_square(source: Fingerprint) -> Spectrum:
    from scipy.fft import rfft2

    return cast(Spectrum, rfft2(np.square(source.pattern)))


def _cut(half: Spectrum, shape: tuple[int, int], wanted: tuple[int, int]) -> Spectrum:
    """Half a spectrum of a smaller plane: the low frequencies of a larger one."""
    if shape == wanted:
        return half
    rows, columns = (wanted[0] + 1) // 2, (wanted[1] + 1) // 2
    cut = np.zeros((wanted[0], wanted[1] // 2 + 1), np.complex64)
    cut[:rows, :columns] = half[:rows, :columns]
    cut[1 - rows :, :columns] = half[1 - rows :, :columns]
    return cut


def _typical(surface: NDArray[np.float32]) -> float:
    """Standard deviation of a surface, by the median size of every ninth of its values."""
    return 1.4826 * median(np.abs(surface[::3, ::3])) or 1.0


@lru_cache(maxsize=64)
def usual_largest(n: int) -> float:
    """The score that the largest of n normal ones exceeds half of the time.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    float
        In standard deviations.
    """
    low, high = 0.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        half = n * math.exp(log_normal_tail(middle)) > math.log(2)
        low, high = (middle, high) if half else (low, middle)
    return low
