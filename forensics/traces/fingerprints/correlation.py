"""Plain correlation of a picture with a template, unwhitened: inputs of the classifier.

What a picture is told to match is decided in `matching`, where the null holds; the classifier's
weights were fitted to these numbers, each in units of its own. The template is brought to the
picture, never the picture to the template: resizing a picture would destroy what is sought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics.checks import check_shape
from forensics.traces.fingerprints.pattern import Fingerprint, fingerprint_residual
from forensics.traces.fingerprints.template import (
    CLIP,
    SHARED,
    Plane,
    high_passed,
    inner_product,
    norm,
    template_off_axes,
    template_parts,
    template_spectrum,
    template_unit,
)
from forensics.traces.jpeg.grid import JpegGrid

__all__ = ["TemplateCorrelation", "template_correlation"]

_ASPECT = 0.03
_SMALLEST, _LARGEST = 96, 1600
_CROWD = 5.0
"""Standard errors of repetition from which a harmonic of 8 pixels counts for less."""
_FRAME, _FRAME_SPECIFIC = 7.5, 4.2
_CROP, _EXPLAINED, _OFF_AXES = 13.0, 1.2, 2.5
"""Scores that convince; see ``benchmarks/check_fingerprint.py``."""
_USUAL = 0.6
"""Share of what convinces of a crop that counts as nothing."""
_FRAME_SPREAD = 1.8
_FRAME_RARE, _CROP_RARE = 6.0, 9.6
"""Scores about as rare in real pictures: they put whole frames and crops on one scale."""
_NEAR_PEAK = 5


@dataclass(frozen=True, slots=True, eq=False)
class TemplateCorrelation:
    """How well a picture fits one fingerprint.

    Parameters
    ----------
    name : str
        Of the source.
    frame : float
        Correlation with the template at the picture's own size, times the root of its
        pixels: about normal with a spread of 1.8 for other sources. 0 where the picture
        cannot be a whole frame: another aspect ratio, or too large.
    crop : float
        The same at the template's own size and the best of all offsets.
        0 where it was not sought.
    frame_specific : float
        The first with harmonics of 8 pixels weighed by how much of them there is in the
        picture, since those it may share with other sources.
    explained : float
        `crop` over how strongly the picture repeats every 8 pixels at all.
    off_axes : float
        The part of `crop` that is no pattern of lines.
    offset : (int, int)
        Row and column of the template where the crop would begin; of a pattern that
        repeats, known up to its period only.
    correlation : float
        At the better of both, -1 to 1.
    peak_to_energy : float
        Of the crop's score: its square over the mean square elsewhere (Marra 2019).
    lines : (float, float)
        Correlation of the row means and of the column means at the best shift of each.
    """

    name: str
    frame: float
    crop: float
    frame_specific: float
    explained: float
    off_axes: float
    offset: tuple[int, int]
    correlation: float
    peak_to_energy: float
    lines: tuple[float, float]

    @property
    def score(self) -> float:
        """One number to rank pictures by, whole or cropped."""
        return max(self.frame / _FRAME_RARE, self.crop / _CROP_RARE)

    @property
    def strength(self) -> float:
        """How convincing: 1 where a match may be claimed."""
        return max(0.0, self._whole_strength, self._crop_strength)

    @property
    def whole(self) -> bool:
        """The match rests on the whole frame rather than on a crop."""
        return self._whole_strength >= self._crop_strength

    @property
    def _whole_strength(self) -> float:
        return min(self.frame / _FRAME, self.frame_specific / _FRAME_SPECIFIC)

    @property
    def _crop_strength(self) -> float:
        off_axes = (self.off_axes + _OFF_AXES) / (2 * _OFF_AXES)
        weakest = min(self.crop / _CROP, self.explained / _EXPLAINED, off_axes)
        return (weakest - _USUAL) / (1 - _USUAL)

    @property
    def p_value(self) -> float:
        """Chance of such a frame score in a picture of another source, from a normal tail."""
        return max(math.erfc(self.frame / _FRAME_SPREAD / math.sqrt(2)) / 2, 1e-300)


def template_correlation(
    image: NDArray[Any],
    source: Fingerprint,
    *,
    grid: JpegGrid | None = None,
    plain: Plane | None = None,
) -> TemplateCorrelation:
    """Hold a fingerprint against a picture.

    A whole picture is found after strong JPEG and at half its size; a crop of at least
    256 pixels only at its original scale, and less surely. Of pictures that are
    larger than the template a corner is sought, of the template's size.

    With ``K`` the template at the size of the picture, rn its relative residual, both
    without what a Gaussian of 2 pixels passes: ``z = <rn, K> / (|rn| |K|) sqrt(M N)``.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
    source : Fingerprint
    grid : JpegGrid, optional
        Of the picture, if it is known already.
    plain : ndarray, shape (M, N), float32, optional
        Its `plain_details`, to leave JPEG's blocks in. More of the pattern is found after
        resizing or cropping, and more is found in other pictures: thresholds are of the other
        kind.

    Returns
    -------
    TemplateCorrelation

    Raises
    ------
    ImageShapeError
        `image` has another shape.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*

    Examples
    --------
    >>> codes = np.random.default_rng(0).integers(-9, 9, (128, 128)).astype(np.int8)
    >>> means = codes.mean(axis=1), codes.mean(axis=0)
    >>> source = Fingerprint("made up", 100, codes, 1.0, np.zeros((16, 16)), *means)
    >>> noise = np.random.default_rng(1).normal(100, 20, (128, 128))
    >>> template_correlation(noise, source).strength < 1
    True
    >>> template_correlation(noise + 2 * codes, source).strength > 1
    True
    """
    check_shape(image)
    whole = _may_be_whole(image.shape, source.codes.shape)
    part = image if whole else _corner(image, source)
    if min(part.shape[:2]) < _SMALLEST:
        return TemplateCorrelation(
            source.name, 0.0, 0.0, 0.0, 0.0, 0.0, (0, 0), 0.0, 0.0, (0.0, 0.0)
        )
    if plain is None:
        residual = np.clip(high_passed(fingerprint_residual(part, grid)), -CLIP, CLIP)
    else:
        residual = plain if whole else _corner(plain, source)
    frame, frame_specific = _frame(residual, source, plain is not None) if whole else (0.0, 0.0)
    cut = _corner(residual, source)
    cut = cut - cut.mean()
    crop, off_axes, offset, energy = _crop(cut, source)
    explained = crop / max(1.0, _harmonic_size(cut))
    lines = tuple(
        _best_shift(cut.mean(axis=1 - axis), means)
        for axis, means in enumerate((source.rows, source.columns))
    )
    better = frame / math.sqrt(residual.size) if frame >= crop else crop / math.sqrt(cut.size)
    return TemplateCorrelation(
        source.name,
        frame,
        crop,
        frame_specific,
        explained,
        off_axes,
        offset,
        better,
        energy,
        (lines[0], lines[1]),
    )


def _may_be_whole(shape: tuple[int, ...], template: tuple[int, ...]) -> bool:
    ratio = shape[0] * template[1] / (shape[1] * template[0])
    return abs(ratio - 1) < _ASPECT and max(shape[:2]) <= _LARGEST


def _frame(residual: Plane, source: Fingerprint, plain: bool) -> tuple[float, float]:
    """Score of the whole frame, and its specific part."""
    shared, own = template_parts(source, residual.shape, plain)
    centered = residual - residual.mean()
    length = norm(centered) * norm(shared + own)
    if length == 0:
        return 0.0, 0.0
    unit = math.sqrt(residual.size) / length
    in_shared, in_own = (inner_product(centered, part) * unit for part in (shared, own))
    return in_shared + in_own, in_shared / _crowd(residual) + in_own


def _corner(plane: NDArray[Any], source: Fingerprint) -> NDArray[Any]:
    """As much of it as the template has."""
    rows, columns = source.codes.shape
    return plane[:rows, :columns]


def _crowd(residual: Plane) -> float:
    """How much less a harmonic of 8 pixels says in a picture that is full of them."""
    return math.hypot(1.0, _harmonic_size(residual) / _CROWD)


def _crop(residual: Plane, source: Fingerprint) -> tuple[float, float, tuple[int, int], float]:
    """Score at the best offset, its part off the axes, that offset, and peak to energy."""
    framed = np.zeros(source.codes.shape, np.float32)
    framed[: residual.shape[0], : residual.shape[1]] = residual
    length = norm(residual) or 1.0
    surface = (
        np.fft.irfft2(template_spectrum(source) * np.conj(np.fft.rfft2(framed)), s=framed.shape)
        / length
    )
    top = np.unravel_index(int(surface.argmax()), surface.shape)
    offset = int(top[0]), int(top[1])
    sides = zip(offset, residual.shape, source.codes.shape, strict=True)
    place = np.ix_(*((first + np.arange(side)) % whole for first, side, whole in sides))
    # Once more at the peak: products of complex numbers depend on where the arrays lie.
    score, off_axes = (
        inner_product(residual, part[place]) / length
        for part in (template_unit(source), template_off_axes(source))
    )
    return score, off_axes, offset, _peak_to_energy(surface, offset)


def _harmonic_size(residual: Plane) -> float:
    """How strongly the lines repeat every 8 pixels, in standard errors."""
    sizes = []
    for axis in (0, 1):
        lines = residual.mean(axis=1 - axis)
        cells = lines[: len(lines) // SHARED * SHARED].reshape(-1, SHARED).mean(axis=0)
        sizes.append(float(np.mean((cells - cells.mean()) ** 2)))
    spread = float(residual.std()) or 1.0
    return math.sqrt(sum(sizes) * residual.size) / spread


def _peak_to_energy(surface: NDArray[Any], top: tuple[int, int]) -> float:
    """Square of the peak over the mean square of the surface away from it."""
    reach = 2 * _NEAR_PEAK + 1
    rolled = np.roll(surface, (_NEAR_PEAK - top[0], _NEAR_PEAK - top[1]), axis=(0, 1))
    near = rolled[:reach, :reach]
    elsewhere = float(np.sum(surface**2) - np.sum(near**2)) / max(surface.size - near.size, 1)
    return float(surface[top]) ** 2 / elsewhere if elsewhere > 0 else 0.0


def _best_shift(lines: NDArray[Any], means: NDArray[Any]) -> float:
    """Normalised correlation of two rows of numbers at the best offset of the shorter."""
    framed = np.zeros(len(means))
    framed[: len(lines)] = lines - lines.mean()
    centered = means - means.mean()
    length = norm(framed) * norm(centered)
    if length == 0:
        return 0.0
    spectrum = np.fft.rfft(centered) * np.conj(np.fft.rfft(framed))
    covered = math.sqrt(len(lines) / len(means))
    return min(1.0, float(np.fft.irfft(spectrum, len(means)).max()) / length / covered)
