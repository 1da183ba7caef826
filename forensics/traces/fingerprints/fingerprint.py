"""The fingerprint of one source: what all of its pictures have in common, whatever they show.

The mean of many residuals, each in units of its own noise. Content cancels, and what the last
layers of one generator add at the same place every time remains. The clean-up that is usual for
camera sensors, zero row and column means, would erase exactly this pattern, and is not done.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.errors import EmptySetError, ImageShapeError
from forensics.traces.filters import box_mean, smoothed
from forensics.traces.fingerprints.whitening import white_plane, whitened
from forensics.traces.planes import PlanesLike, as_planes

__all__ = [
    "FEWEST_IN_A_MEAN",
    "FOLD",
    "Fingerprint",
    "FingerprintSums",
    "USUAL_RESIZED_SPREAD",
    "USUAL_SPREAD",
    "fingerprint",
    "fingerprint_sums",
    "plain_residual",
]

FEWEST_IN_A_MEAN = 100
"""A mean of fewer still shows their content."""
FOLD = 16
USUAL_SPREAD, USUAL_RESIZED_SPREAD = 1.3, 1.1
"""Of scores of whole frames where they were not measured."""
SMALLEST_FRAME_SIDE = 128
_CLIP, _UNIT = 3.0, 10_000
_SURROUND = 15
"""Pixels of the window over which the local activity is taken."""
_LEVELS = 127
_FEW_LEVELS, _WIDEST = 7, 3.2
"""Levels to either side that are enough where every frequency says a little, and how many root
mean squares the last of them stands for. It costs 3 % of the score."""
_SURROUNDINGS, _SMOOTHING, _STANDS_OUT = 33, 3, 2.0
_COARSEST = 0.025
"""Cycles a pixel."""
_LOG_MEAN = 0.5772
"""How far the mean logarithm of exponential noise lies below the logarithm of its mean."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerprintSums:
    """Exact sums of the white residuals of a set; parts merge with ``+``.

    Parameters
    ----------
    n : int
        Number of pictures.
    residuals : ndarray, shape (M, N), int64
        Sum of the residuals in units of their own noise, frequency by frequency, each clipped to
        +-3 and rounded, in ten thousandths.
    """

    n: int
    residuals: NDArray[np.int64]

    def __add__(self, other: FingerprintSums) -> FingerprintSums:
        """Merge two sets, in any order."""
        if not isinstance(other, FingerprintSums):
            return NotImplemented
        if other.residuals.shape != self.residuals.shape:
            raise ImageShapeError(
                f"residuals of shape {other.residuals.shape} cannot be added to residuals of "
                f"shape {self.residuals.shape}: crop both sets with the same size"
            )
        return FingerprintSums(self.n + other.n, self.residuals + other.residuals)

    def __radd__(self, other: int) -> FingerprintSums:
        """Let ``sum(parts)`` start from zero."""
        return self if other == 0 else NotImplemented


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Fingerprint of one source: what it adds to each of its pictures.

    Parameters
    ----------
    name : str
        Name of the source, as it is told in a match.
    n_images : int
        Number of pictures it was made of.
    codes : ndarray, shape (M, N), int8
        The pattern in 254 levels, or in 15.
    scale : float
        Size of one level of `codes`, in units of noise.
    fold : ndarray, shape (16, 16), float64
        Mean of the pattern over all cells of 16 x 16 pixels.
    rows : ndarray, shape (M,), float64
        Mean of the pattern over each row, its line profile of rows.
    columns : ndarray, shape (N,), float64
        Mean of the pattern over each column, its line profile of columns.
    plain_codes : ndarray, shape (M, N), int8, optional
        The pattern where JPEG's blocks are left in, for pictures that were resized.
    plain_scale : float
        Size of one level of `plain_codes`, in units of noise.
    family : str
        Generators that leave the same pattern; only the source itself where it is empty.
    spread : float
        Standard deviation of its score in real pictures of its own size, where JPEG's blocks lie as
        in its pictures; at least 1.
    resized_spread : float
        The same in real pictures of other sizes.
    """

    name: str
    n_images: int
    codes: NDArray[np.int8]
    scale: float
    fold: FloatArray
    rows: FloatArray
    columns: FloatArray
    plain_codes: NDArray[np.int8] | None = None
    plain_scale: float = 1.0
    family: str = ""
    spread: float = USUAL_SPREAD
    resized_spread: float = USUAL_RESIZED_SPREAD

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the frame."""
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def pattern(self) -> NDArray[np.float32]:
        """The pattern, shape (M, N), float32, in units of noise."""
        return self.codes * np.float32(self.scale)

    @property
    def plain_pattern(self) -> NDArray[np.float32]:
        """The pattern with JPEG's blocks left in, shape (M, N), float32, or `pattern` itself."""
        if self.plain_codes is None:
            return self.pattern
        return self.plain_codes * np.float32(self.plain_scale)


def fingerprint_sums(image: PlanesLike) -> FingerprintSums:
    """Sums of one picture, of which a fingerprint is made.

    They add up over the pictures of a source, in any order.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8, counts
        Picture of the source, at least 128 pixels a side.

    Returns
    -------
    FingerprintSums
        Sums of its white residual, to be added to those of other pictures.

    Raises
    ------
    ImageShapeError
        `image` is no image, or too small.

    See Also
    --------
    fingerprint : The fingerprint of such sums.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    >>> sums = fingerprint_sums(image)
    >>> (sums + sums).n
    2
    """
    picture = as_planes(image, counts=True)
    if min(picture.shape[:2]) < SMALLEST_FRAME_SIDE:
        raise ImageShapeError(
            f"image has shape {picture.shape}, a fingerprint needs at least "
            f"{SMALLEST_FRAME_SIDE} x {SMALLEST_FRAME_SIDE} pixels: pass larger pictures"
        )
    clipped = np.clip(white_plane(whitened(plain_residual(picture))), -_CLIP, _CLIP)
    return FingerprintSums(1, np.rint(clipped.astype(np.float64) * _UNIT).astype(np.int64))


def plain_residual(image: PlanesLike, sigma: float = 0.7) -> NDArray[np.float32]:
    """Residual of a picture over its local activity, clipped to +-3.

    Content is what a Gaussian passes; no edge may outvote the rest. What a picture has of
    JPEG's blocks stays in: one that was resized or cropped after it had been compressed keeps
    more of its pattern so.

    ``r / (box15(|r|) + 1)``

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    sigma : float, pixels
        Standard deviation of the Gaussian that passes the content.

    Returns
    -------
    ndarray, shape (M, N), float32
        Without unit: 1 is about the local mean size of the residual.
    """
    return _relative(_details(as_planes(image).single(), sigma))


def _details(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return plane - smoothed(plane, sigma, radius=math.floor(2 * sigma + 0.5))


def _relative(residual: NDArray[np.float32]) -> NDArray[np.float32]:
    residual = residual / (box_mean(np.abs(residual), _SURROUND) + 1)
    return np.clip(residual, -_CLIP, _CLIP)


def fingerprint(
    sums: FingerprintSums,
    name: str,
    *,
    family: str = "",
    fewest: int = FEWEST_IN_A_MEAN,
    dense: bool = False,
) -> Fingerprint:
    """Fingerprint of a source from the sums of its pictures.

    A single picture can be matched to it at any size and, less surely, at any crop.

    Parameters
    ----------
    sums : FingerprintSums
        Sums over the pictures of the source, at least `fewest` of them.
    name : str
        Name of the source, as it is told in a match.
    family : str
        Generators that leave the same pattern; by default only this source.
    fewest : int
        Smallest number of pictures: a mean of fewer still shows their content.
    dense : bool
        Keep every frequency: networks with a constant noise input, as StyleGAN2, add a little to
        each. Otherwise those that do not stand out of their surroundings are left out.

    Returns
    -------
    Fingerprint
        The pattern that the pictures share, in a few bits a pixel.

    Raises
    ------
    EmptySetError
        There are fewer pictures.

    See Also
    --------
    fingerprint_sums : The sums of one picture.
    fingerprint_matches : Which fingerprints a picture carries.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> total = FingerprintSums(100, rng.integers(-9, 9, (128, 128)).cumsum(0).astype(np.int64))
    >>> fingerprint(total, "noise").codes.shape
    (128, 128)
    """
    if sums.n < fewest:
        raise EmptySetError(
            f"{counted(sums.n, 'picture is', 'pictures are')} too few for a fingerprint, at least "
            f"{fewest} are needed: add pictures of the same source"
        )
    kept = _without_content if dense else _without_noise
    pattern = kept(sums.residuals / (sums.n * _UNIT))
    codes, scale = _coded(pattern, dense)
    rows, columns = (side // FOLD for side in pattern.shape)
    cells = pattern[: rows * FOLD, : columns * FOLD].reshape(rows, FOLD, columns, FOLD)
    return Fingerprint(
        name,
        sums.n,
        codes,
        scale,
        cells.mean(axis=(0, 2)),
        pattern.mean(axis=1),
        pattern.mean(axis=0),
        family=family,
    )


def _coded(pattern: FloatArray, dense: bool) -> tuple[NDArray[np.int8], float]:
    """A pattern in 254 levels, or in 15 if it is dense, and the size of one."""
    levels = _FEW_LEVELS if dense else _LEVELS
    widest = float(np.sqrt(np.mean(pattern**2))) * _WIDEST if dense else np.abs(pattern).max()
    scale = float(widest) / levels or 1.0
    return np.clip(np.rint(pattern / scale), -levels, levels).astype(np.int8), scale


def _without_content(mean: FloatArray) -> FloatArray:
    """Leave out waves of more than 40 pixels: there a mean still shows what its pictures show."""
    from scipy.fft import fft2, ifft2

    rows, columns = (np.fft.fftfreq(side) for side in mean.shape)
    fine = np.hypot(rows[:, np.newaxis], columns) >= _COARSEST
    return cast(FloatArray, ifft2(fft2(mean) * fine).real)


def _without_noise(mean: FloatArray) -> FloatArray:
    """Weigh every frequency by how far it stands out of the noise around it (Wiener)."""
    from scipy.fft import fft2, ifft2
    from scipy.ndimage import uniform_filter

    coefficients = fft2(mean - mean.mean())
    power = np.abs(coefficients) ** 2
    around = uniform_filter(np.log(power + 1e-12), _SURROUNDINGS, mode="wrap")
    ratio = power / np.exp(around + _LOG_MEAN)
    smooth = uniform_filter(ratio, _SMOOTHING, mode="wrap")
    weights = np.where(smooth > _STANDS_OUT, 1 - 1 / np.maximum(smooth, 1), 0.0)
    return cast(FloatArray, ifft2(coefficients * weights).real)
