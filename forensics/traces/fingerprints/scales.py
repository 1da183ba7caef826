"""Does a picture carry a fingerprint at a scale that nobody knows, cropped anywhere?

A crop that was resized fits the template at no size of its own. What of the template
repeats every 16 pixels, though, has only 16 harmonics along either axis, and these can be
sought at every scale at once, with their phases: a comb that knows whose it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.checks import check_shape
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint
from forensics.traces.fingerprints.template import Plane, plain_details, template

__all__ = ["FINGERPRINT_SCALES", "ScaledMatch", "scaled_match"]

FINGERPRINT_SCALES: FloatArray = np.exp(np.arange(math.log(0.4), math.log(1.8), 0.004))
"""Scales at which the harmonics are sought."""
FINGERPRINT_SCALES.setflags(write=False)

_HARMONICS = np.arange(1, FOLD // 2 + 1)
_N_SHIFTS = 64
_SHIFTS = np.exp(2j * np.pi * np.outer(np.arange(_N_SHIFTS), _HARMONICS) / _N_SHIFTS)
_LENGTH = 4096
"""Length to which lines are padded: a tooth then lies at most half a small bin off."""
_SURROUND, _APART = 41, 4
"""Half bins over which the median tells the noise, and after which the next one does."""
_EMPTY = 0.2
"""Share of the usual noise below which enlargement has emptied a band: nothing stands out there."""
_LARGEST = 4.0
"""Most that one harmonic may say, in units of the noise: JPEG's would speak for every scale."""
_FEWEST_LINES = 64
_N_NULL = 2000
_SPREAD_FLOOR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class ScaledMatch:
    """How well the lines of a picture fit the harmonics of one fingerprint, at every scale.

    Parameters
    ----------
    scores : ndarray, shape (n,), float64
        At each of `FINGERPRINT_SCALES`, rows and columns together: standard deviations
        above what white noise gives at its best shift.
    """

    scores: FloatArray

    @property
    def score(self) -> float:
        """The highest."""
        return float(self.scores.max())

    @property
    def scale(self) -> float:
        """Where it is: pixels of the picture for one of the template."""
        return float(FINGERPRINT_SCALES[self.scores.argmax()])


def scaled_match(
    image: NDArray[Any], source: Fingerprint, *, plain: Plane | None = None
) -> ScaledMatch:
    """Seek the 16-periodic part of a fingerprint at every scale from 0.4 to 1.8.

    With A_k the spectrum of the line means of the relative residual at ``k / (16 s)``
    cycles a pixel, over its local noise, and T_k the template's harmonics:
    ``max over shifts of Re sum_k conj(T_k) A_k exp(i k shift)``, both axes added, less the
    mean and over the spread that it has in noise.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        Up to 4096 pixels a side count.
    source : Fingerprint
    plain : ndarray, shape (M, N), float32, optional
        Its `plain_details`, if they are known already.

    Returns
    -------
    ScaledMatch
        Of zeros where the picture has fewer than 64 lines along an axis.

    Raises
    ------
    ImageShapeError
        `image` has another shape.

    Examples
    --------
    >>> codes = np.random.default_rng(0).integers(-9, 9, (16, 16)).astype(np.int8)
    >>> codes = np.tile(codes, (16, 16))
    >>> means = codes.mean(axis=1), codes.mean(axis=0)
    >>> source = Fingerprint("made up", 100, codes, 1.0, codes[:16, :16] * 1.0, *means)
    >>> noise = np.random.default_rng(1).normal(100, 20, (160, 160))
    >>> found = scaled_match(noise + 2 * codes[5:165, 3:163], source)
    >>> bool(found.score > 6), round(found.scale, 2)
    (True, 1.0)
    """
    check_shape(image)
    image = image[:_LENGTH, :_LENGTH]
    if min(image.shape[:2]) < _FEWEST_LINES:
        return ScaledMatch(np.zeros(len(FINGERPRINT_SCALES)))
    residual = (plain_details(image) if plain is None else plain)[:_LENGTH, :_LENGTH]
    total, mean, variance = (np.zeros(len(FINGERPRINT_SCALES)) for _ in range(3))
    for axis, harmonics in enumerate(_template_harmonics(source)):
        lines = residual.mean(axis=1 - axis, dtype=np.float64)
        expected = _null(source)[axis]
        total += _best_shifts(_amplitudes(lines), harmonics)
        mean += expected[0]
        variance += expected[1]
    spread = np.sqrt(np.maximum(variance, _SPREAD_FLOOR**2))
    return ScaledMatch((total - mean) / spread)


def _amplitudes(lines: FloatArray) -> NDArray[np.complex128]:
    """Spectrum at the harmonics of every scale, over the noise around, shape (scales, 8).

    Phases are those at the middle of the picture; 0 above half a cycle a pixel.
    """
    n = len(lines)
    spectrum = np.fft.rfft(lines - lines.mean(), _LENGTH)
    step = max(1, _LENGTH // n // 2)
    power = np.pad(np.abs(spectrum[::step]) ** 2, _SURROUND // 2, mode="symmetric")
    around = sliding_window_view(power, _SURROUND)[::_APART]
    level = np.median(around, axis=1) / math.log(2)
    level = np.maximum(level, _EMPTY * float(np.median(level)))
    bins, there = _bins()
    places = np.arange(len(level)) * step * _APART
    noise = np.sqrt(np.interp(bins, places, np.maximum(level, np.finfo(float).tiny)))
    centered = spectrum[bins] * np.exp(2j * np.pi * bins / _LENGTH * (n - 1) / 2) / noise
    sizes = np.maximum(np.abs(centered), _LARGEST)
    return np.where(there, centered * (_LARGEST / sizes), 0)


@lru_cache(maxsize=1)
def _bins() -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Bins of the harmonics at every scale, and which of them there are."""
    frequencies = _HARMONICS / (FOLD * FINGERPRINT_SCALES[:, np.newaxis])
    bins = np.minimum(np.rint(frequencies * _LENGTH).astype(np.intp), _LENGTH // 2)
    return bins, frequencies <= 0.5


def _best_shifts(
    amplitudes: NDArray[np.complex128], harmonics: NDArray[np.complex128]
) -> FloatArray:
    """Correlation with the template's harmonics at the best of all shifts, for every scale."""
    return cast(FloatArray, (amplitudes * harmonics.conj() @ _SHIFTS.T).real.max(axis=1))


@lru_cache(maxsize=8)
def _template_harmonics(source: Fingerprint) -> tuple[NDArray[np.complex128], ...]:
    """The 16-periodic part of a template along rows and columns, harmonics 1 to 8."""
    pattern = template(source, source.codes.shape)
    rows, columns = (side // FOLD for side in pattern.shape)
    cells = pattern[: rows * FOLD, : columns * FOLD].reshape(rows, FOLD, columns, FOLD)
    spectrum = np.fft.fft2(cells.mean(axis=(0, 2), dtype=np.float64)) / FOLD
    along = spectrum[_HARMONICS, 0], spectrum[0, _HARMONICS]
    norm = math.sqrt(sum(float(np.sum(np.abs(one) ** 2)) for one in along)) or 1.0
    return tuple(one / norm for one in along)


@lru_cache(maxsize=8)
def _null(source: Fingerprint) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Mean and variance that each axis' correlation has in noise, for every scale."""
    rng = np.random.default_rng(0)
    _, there = _bins()
    counts = there.sum(axis=1)
    moments = []
    for harmonics in _template_harmonics(source):
        noise = rng.normal(size=(2, _N_NULL, len(_HARMONICS))) / math.sqrt(2)
        table = np.zeros((len(_HARMONICS) + 1, 2))
        for n in np.unique(counts):
            kept = np.where(np.arange(len(_HARMONICS)) < n, noise[0] + 1j * noise[1], 0)
            best = _best_shifts(kept, harmonics)
            table[n] = best.mean(), best.var()
        moments.append((table[counts, 0], table[counts, 1]))
    return tuple(moments)
