"""The pattern of a fingerprint as it is held against pictures: at their size, and in parts."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics.traces.filters import smoothed
from forensics.traces.fingerprints.pattern import Fingerprint, plain_residual
from forensics.traces.fingerprints.rescaling import rescaled

__all__ = [
    "CLIP",
    "SHARED",
    "Plane",
    "high_passed",
    "inner_product",
    "norm",
    "plain_details",
    "template",
    "template_off_axes",
    "template_parts",
    "template_spectrum",
    "template_unit",
]

CLIP = 3.0
"""Most that one pixel may say."""
SHARED = 8
"""Pixels after which a harmonic of many sources repeats: JPEG's blocks, WebP's, cameras."""
_LOW_PASS = 2.0
"""Pixels of the Gaussian that takes slow changes off both sides."""

Plane: TypeAlias = NDArray[np.float32]


def high_passed(plane: Plane) -> Plane:
    """A plane without its slow changes."""
    return plane - smoothed(plane, _LOW_PASS, radius=round(4 * _LOW_PASS))


def plain_details(image: NDArray[Any]) -> Plane:
    """What of a picture is held against templates, JPEG's blocks left in: (M, N)."""
    return np.clip(high_passed(plain_residual(image)), -CLIP, CLIP)


def norm(values: NDArray[Any]) -> float:
    """Root of the sum of squares."""
    return math.sqrt(inner_product(values, values))


def inner_product(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Sum of products, the same to the last bit wherever the arrays lie: that of BLAS is not."""
    return float(np.sum(a * b, dtype=np.float64))


@lru_cache(maxsize=16)
def template(source: Fingerprint, shape: tuple[int, int], plain: bool = False) -> Plane:
    """The template at another size, slow changes taken off; with JPEG's blocks, or without."""
    passed = high_passed(rescaled(source.plain_pattern if plain else source.pattern, shape))
    passed -= passed.mean()
    passed.setflags(write=False)
    return passed


@lru_cache(maxsize=16)
def template_parts(
    source: Fingerprint, shape: tuple[int, int], plain: bool = False
) -> tuple[Plane, Plane]:
    """What of the template repeats every 8 pixels along the axes, and the rest."""
    pattern = template(source, shape, plain)
    shared = np.fft.irfft2(np.where(_harmonics(shape), np.fft.rfft2(pattern), 0), s=shape).astype(
        np.float32
    )
    return shared, pattern - shared


@lru_cache(maxsize=8)
def template_spectrum(source: Fingerprint) -> NDArray[Any]:
    """Spectrum of the template, of mean square 1."""
    return cast("NDArray[Any]", np.fft.rfft2(template_unit(source)))


@lru_cache(maxsize=8)
def template_unit(source: Fingerprint) -> Plane:
    """The template at its own size, of mean square 1."""
    pattern = template(source, source.codes.shape)
    return pattern / np.float32(norm(pattern) / math.sqrt(pattern.size) or 1.0)


@lru_cache(maxsize=8)
def template_off_axes(source: Fingerprint) -> Plane:
    """What of the template, of mean square 1, is no pattern of lines."""
    shape = source.codes.shape
    on_rows, on_columns = _near_axes(shape)
    spectrum = np.where(on_rows | on_columns, 0, template_spectrum(source))
    return cast(Plane, np.fft.irfft2(spectrum, s=shape).astype(np.float32))


def _near_axes(shape: tuple[int, int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark the half spectrum where lines are all alike: no frequency along them, a bin allowed."""
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    near = [
        np.abs(line) <= 1.5 / length for line, length in zip((rows, columns), shape, strict=True)
    ]
    return near[0][:, np.newaxis], near[1][np.newaxis]


def _harmonics(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Mark the half spectrum at multiples of 1/8 on the axes, a bin around each included."""
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    on_rows, on_columns = (
        np.abs(line * SHARED - np.rint(line * SHARED)) <= 1.5 * SHARED / length
        for line, length in zip((rows, columns), shape, strict=True)
    )
    near_rows, near_columns = _near_axes(shape)
    marked: NDArray[np.bool_] = (on_rows[:, np.newaxis] & near_columns) | (near_rows & on_columns)
    return marked
