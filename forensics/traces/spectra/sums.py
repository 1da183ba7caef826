"""Sums of the spectra of a set, exact: the same in any order, from any number of workers.

Every spectrum is rounded to a fixed step as it is added, a step far below the noise of
a single picture, and kept as a whole number. Whole numbers add up the same however a
set is split, as the pixels of a blend do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Channel, FloatArray
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.phases import PhaseStatistics, phase_statistics
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.spectra.harmonics import HarmonicGrid, crossed_power, harmonic_ratios
from forensics.traces.spectra.peaks import SHORTEST
from forensics.traces.spectra.power import (
    CosineSpectrum,
    PowerSpectrum,
    centered,
    half_power,
    iter_planes,
    log_cosines,
)
from forensics.traces.spectra.residual import ResidualSpectrum, residual_of

__all__ = ["SpectralSums", "spectral_sums"]

WholeArray = NDArray[np.int64]

_STEPS = {
    "picture": 2.0**-12,
    "residual": 2.0**-16,
    "crossed": 2.0**-16,
    "locked": 1e-3,
    "cosine": 2.0**-24,
    "cells": 2.0**-40,
    "levels": 2.0**-24,
    "variances": 2.0**-44,
}
"""Of each sum. The largest value of a picture leaves room for 70,000 of 512 x 512 pixels at
their worst, black and white stripes, and for billions of photographs."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectralSums:
    """Exact sums of all spectra over a set of pictures of one size.

    Two of them add up, to the same last bit in any order.

    Parameters
    ----------
    n_images : int
        Number of pictures.
    n_parts : int
        Pictures, or tiles of them, that were transformed.
    channel : {"luma", "red", "green", "blue"}
        Channel that the spectra are of.
    columns : int, pixels
        Number of columns N of the parts of (M, N) pixels that were transformed.
    picture, residual, crossed : ndarray, shape (M, N // 2 + 1), int64
        Power of the picture in steps of 2**-12, of its residual and its cross-difference
        in steps of 2**-16 counts squared.
    locked : ndarray, shape (M, N), int64
        The residual itself, in thousandths of a count.
    cosine : ndarray, shape (M, N), int64
        Log magnitudes of cosines, in steps of 2**-24.
    cells : ndarray, shape (3, 4, 2, 2), int64
        `PhaseStatistics.cells`, in steps of 2**-40.
    levels : ndarray, shape (3, 4), int64
        `PhaseStatistics.levels`, in steps of 2**-24.
    variances : ndarray, shape (3, 4, 3), int64
        `PhaseStatistics.errors` squared, in steps of 2**-44.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> a, b = (spectral_sums(rng.integers(0, 255, (64, 64, 3), np.uint8)) for _ in range(2))
    >>> (a + b).n_images, a + b == b + a, sum([a, b]) == a + b
    (2, True, True)
    """

    n_images: int
    n_parts: int
    channel: Channel
    columns: int
    picture: WholeArray
    residual: WholeArray
    crossed: WholeArray
    locked: WholeArray
    cosine: WholeArray
    cells: WholeArray
    levels: WholeArray
    variances: WholeArray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a part that was transformed."""
        return (len(self.picture), self.columns)

    @property
    def power_spectrum(self) -> PowerSpectrum:
        """Mean power of the pictures."""
        return PowerSpectrum(self._power("picture"), self.channel, self.n_parts)

    @property
    def mean_residual(self) -> FloatArray:
        """Mean residual, shape (M, N), float64, counts."""
        return self._mean("locked")

    @property
    def residual_spectrum(self) -> ResidualSpectrum:
        """Both means of the spectrum of the residual."""
        locked = centered(half_power(self.mean_residual), self.columns)
        return ResidualSpectrum(self._power("residual"), locked, self.channel, self.n_parts)

    @property
    def cosine_spectrum(self) -> CosineSpectrum:
        """Mean log magnitude of the cosine transforms."""
        return CosineSpectrum(self._mean("cosine"), self.channel, self.n_parts)

    @property
    def phase_statistics(self) -> PhaseStatistics:
        """Mean of the pictures' statistics of 2 x 2 cells; each picture counts the same."""
        n = self.n_images
        errors = np.sqrt(self.variances * _STEPS["variances"]) / n
        cells, levels = (getattr(self, name) * _STEPS[name] / n for name in ("cells", "levels"))
        return PhaseStatistics(cells, errors, levels, n)

    def harmonic_grid(self, period: int = 8) -> HarmonicGrid:
        """Harmonic grid of the mean power of cross-differences.

        Parameters
        ----------
        period : {8, 16}, pixels
            Period of the grid.

        Returns
        -------
        HarmonicGrid
            The ratio and chance of every harmonic.
        """
        power = self._power("crossed")
        return harmonic_ratios(power, period=period, channel=self.channel, n_parts=self.n_parts)

    def __add__(self, other: SpectralSums) -> SpectralSums:
        """Merge the sums of two sets of pictures of one size."""
        if not isinstance(other, SpectralSums):
            return NotImplemented
        if (other.shape, other.channel) != (self.shape, self.channel):
            raise ImageShapeError(
                f"spectra of {other.channel} of shape {other.shape} cannot be added to those of "
                f"{self.channel} of shape {self.shape}: take both with the same size and "
                "channel"
            )
        sums = {name: _added(getattr(self, name), getattr(other, name)) for name in _STEPS}
        return SpectralSums(
            self.n_images + other.n_images,
            self.n_parts + other.n_parts,
            self.channel,
            self.columns,
            **sums,
        )

    def __radd__(self, other: int) -> SpectralSums:
        """Let ``sum(parts)`` start from zero."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same sums, bit for bit."""
        if not isinstance(other, SpectralSums):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, field.name), getattr(other, field.name))
            for field in fields(self)
        )

    __hash__ = None  # type: ignore[assignment]

    def _mean(self, name: str) -> FloatArray:
        mean: FloatArray = getattr(self, name) * (_STEPS[name] / self.n_parts)
        return mean

    def _power(self, name: str) -> FloatArray:
        return centered(self._mean(name), self.columns)


def spectral_sums(image: PlanesLike, *, channel: Channel = "luma") -> SpectralSums:
    """All spectra of one picture, ready to be added to those of others.

    One picture's grid drowns in its content; over a set the content averages out, and
    what all pictures of a source share stays.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8, counts
        At least 64 pixels a side; cropped, windowed and tiled as
        `forensics.traces.spectra.power` says.
    channel : {"luma", "red", "green", "blue"}
        Channel of the spectra; the statistics of 2 x 2 cells are of all. Luma by default.

    Returns
    -------
    SpectralSums
        Sums to be added to those of other pictures of the same size.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.
    ParameterError
        `channel` is not one of the four.

    See Also
    --------
    power_spectrum : One of the spectra alone.
    residual_spectrum : One of the spectra alone.

    Examples
    --------
    >>> import numpy as np
    >>> sums = spectral_sums(np.zeros((70, 100, 3), np.uint8))
    >>> sums.shape, float(sums.power_spectrum.power.max())
    ((64, 96), 0.0)
    """
    picture = as_planes(image, counts=True)
    totals: dict[str, WholeArray] = {}
    n_parts = columns = 0
    for plane in iter_planes(picture, channel, least=SHORTEST):
        for name, values in _spectra(plane):
            whole = _whole(values, name)
            totals[name] = _added(totals[name], whole) if n_parts else whole
        n_parts, columns = n_parts + 1, plane.shape[1]
    phases = phase_statistics(picture)
    for name, values in (
        ("cells", phases.cells),
        ("levels", phases.levels),
        ("variances", phases.errors**2),
    ):
        totals[name] = _whole(values, name)
    return SpectralSums(1, n_parts, channel, columns, **totals)


def _spectra(plane: NDArray[np.floating[Any]]) -> Iterator[tuple[str, NDArray[np.floating[Any]]]]:
    """All that is summed of one plane, one after the other to spare memory."""
    yield "picture", half_power(plane)
    yield "crossed", crossed_power(plane)
    yield "cosine", log_cosines(plane)
    residual = residual_of(plane)
    yield "residual", half_power(residual)
    yield "locked", residual


def _whole(values: NDArray[np.floating[Any]], name: str) -> WholeArray:
    # In double precision: steps are powers of two but for the thousandths, which single
    # precision sets 60 of its own apart.
    return np.rint(values.astype(np.float64) / _STEPS[name]).astype(np.int64)


def _added(a: WholeArray, b: WholeArray) -> WholeArray:
    """Sum of two, refused before any of it could exceed 64 bits."""
    limit = np.iinfo(np.int64)
    if int(a.max()) + int(b.max()) > limit.max or int(a.min()) + int(b.min()) < limit.min:
        raise ParameterError("the set is too large for exact sums: measure it in two halves")
    return a + b
