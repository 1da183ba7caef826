"""Links: whether two pictures come from one network, without any reference.

Networks of the StyleGAN2 kind add one fixed pattern without content to all their pictures. Two
of them, each in units of its own noise, correlate at no shift; two photographs do not. Decoders
add the same to every 16th pixel; but so does JPEG, whatever it shows. So pictures with a grid of
JPEG are compared by what it cannot make: harmonics of 16 pixels in luma. And resizing makes every
16th pixel alike busy: so only what is *added* is compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics.errors import ImageShapeError
from forensics.traces.fingerprints.decoder import (
    MEDIAN_SIZE,
    OFFSET_TURNS,
    PERIODS,
    SIGNED,
    USUAL_SPREAD,
    TileNoise,
    signed_tile_vector,
)
from forensics.traces.fingerprints.fingerprint import plain_residual
from forensics.traces.fingerprints.frame import rescaled
from forensics.traces.fingerprints.whitening import (
    LOG_SMALLEST,
    Spectrum,
    log_normal_tail,
    off_blocks,
    whitened,
)
from forensics.traces.planes import PlanesLike, as_planes

__all__ = [
    "LINKED",
    "LINK_PARTS",
    "Link",
    "LinkPart",
    "common_shape",
    "link",
    "link_score",
    "link_spectrum",
    "link_vectors",
    "tile_link_score",
]

LINKED = 1e-6
"""Chance below which two pictures are said to share a source."""
_LARGEST = 3.0
_BLOCK = 8
_LEAST_POWER = 1e-3
"""Power of a frequency of the blocks, over the mean, below which it is nothing but rounding."""
_PARTS, _MOST_OF_A_PART = 4, 3.0
"""Parts of a frame each way, and the most that one of them says, in standard deviations: set on
captions and coarse JPEGs that were made for it, then tried on pairs of 18 real sources."""
_SMALLEST = 96
_ASPECT = 0.03
_INNER, _OUTER = 4, 16
"""Shifts, in pixels, at which two pictures show how much they correlate by chance."""


@dataclass(frozen=True, slots=True)
class Link:
    """How strongly two pictures correlate apart from their content.

    Parameters
    ----------
    z : float
        Score of the correlation, about standard normal for pictures of different sources.
    p_value : float
        Chance of such a score in pictures of different sources.
    linked : bool
        Whether that chance is below one in a million.
    compared_at : (int, int)
        Rows and columns at which the two were compared.
    """

    z: float
    p_value: float
    linked: bool
    compared_at: tuple[int, int]


def common_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, int] | None:
    """Size at which two whole frames are compared: that of the smaller one.

    Parameters
    ----------
    first, second : tuple of int
        Shapes of the two pictures, rows first.

    Returns
    -------
    (int, int) or None
        Rows and columns; None where the frames differ in aspect by more than 3 %, or the smaller
        one has fewer than 96 pixels a side.

    Examples
    --------
    >>> common_shape((1024, 1024, 3), (400, 400, 3)), common_shape((400, 400), (400, 300))
    ((400, 400), None)
    """
    small, large = sorted((first[:2], second[:2]), key=math.prod)
    aspect = small[0] * large[1] / (small[1] * large[0])
    if min(small) < _SMALLEST or abs(aspect - 1) > _ASPECT:
        return None
    return small[0], small[1]


def link_spectrum(image: PlanesLike, shape: tuple[int, int] | None = None) -> Spectrum:
    """The part of a picture that links are made of: half its whitened spectrum.

    Without the axes and the harmonics of 8 pixels, which pictures of one pipeline share; no
    frequency louder than 3 times the noise. Before that, the 64 frequencies of blocks of 8 x 8
    pixels are made equally loud: JPEG leaves the same few of them in all pictures, and two noises
    of the same shape correlate by chance more than white ones.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, with its pixels as they are stored.
    shape : (int, int), optional
        Rows and columns that its luma is brought to before; its own by default.

    Returns
    -------
    ndarray, shape (M, N // 2 + 1), complex64
        The spectrum, zero at the frequencies that are left out.
    """
    plane = as_planes(image)
    if shape is not None and shape != plane.shape[:2]:
        plane = as_planes(rescaled(plane.single(), shape))
    picture = whitened(_even_blocks(plain_residual(plane)))
    spectrum = picture.spectrum * off_blocks(picture.shape)
    spectrum[[-1, 0, 1]] = 0
    spectrum[:, :2] = 0
    sizes = np.maximum(np.abs(spectrum), _LARGEST)
    return (spectrum * (_LARGEST / sizes)).astype(np.complex64)


def _even_blocks(residual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every frequency of the blocks of 8 x 8 pixels over its root mean square."""
    from scipy.fft import dctn, idctn

    rows, columns = (side // _BLOCK for side in residual.shape)
    even = residual.copy()
    part = even[: rows * _BLOCK, : columns * _BLOCK]
    cells = part.reshape(rows, _BLOCK, columns, _BLOCK)
    found = dctn(cells, axes=(1, 3), norm="ortho")
    power = np.mean(np.square(found), axis=(0, 2), keepdims=True)
    usual = float(power.mean())
    found *= np.sqrt(usual / np.maximum(power, _LEAST_POWER * usual + 1e-20))
    part[:] = idctn(found, axes=(1, 3), norm="ortho").reshape(part.shape)
    return even


def link_score(first: Spectrum, second: Spectrum, columns: int) -> float:
    """Correlation of two pictures, in units of what it is at other shifts.

    The frame is divided into 4 x 4 parts, each with a score of its own, ``sum p1 p2 /
    sqrt(sum (p1 p2)**2)``; none says more than 3, or than 3 times what is usual among them: a
    network's pattern is everywhere, a caption or a logo is not. Their sum is taken over the root
    mean square of the whole at shifts of 4 to 16 pixels where that exceeds 1: content that lies
    at the same place in both makes the whole surface rougher.

    Parameters
    ----------
    first, second : ndarray, shape (M, N // 2 + 1), complex64
        Spectra of the two pictures, from `link_spectrum`, of one shape.
    columns : int
        Number of columns N of the pictures.

    Returns
    -------
    float
        About standard normal for pictures of different sources.
    """
    from scipy.fft import irfft2

    shape = len(first), columns
    products = first * np.conj(second)
    energy = float(np.sum(np.square(products.real) + np.square(products.imag), dtype=np.float64))
    if energy == 0:
        return 0.0
    # The surface holds every frequency twice, the energy each of them once.
    surface = irfft2(products, s=shape) * (math.prod(shape) / math.sqrt(2 * energy))
    around = np.roll(surface, (_OUTER, _OUTER), axis=(0, 1))[: 2 * _OUTER + 1, : 2 * _OUTER + 1]
    away = np.abs(np.arange(-_OUTER, _OUTER + 1)) > _INNER
    elsewhere = around[away[:, np.newaxis] | away]
    rough = math.sqrt(float(np.mean(np.square(elsewhere, dtype=np.float64))))
    return _by_parts(irfft2(first, s=shape) * irfft2(second, s=shape)) / max(1.0, rough)


def _by_parts(products: NDArray[np.float32]) -> float:
    """Scores of parts of the frame, together, none of them too loud."""
    rows, columns = (side // _PARTS for side in products.shape)
    parts = products[: rows * _PARTS, : columns * _PARTS]
    parts = parts.reshape(_PARTS, rows, _PARTS, columns).astype(np.float64)
    spread = np.sqrt(np.sum(np.square(parts), axis=(1, 3)))
    scores = np.sum(parts, axis=(1, 3)) / np.maximum(spread, 1e-20)
    most = _MOST_OF_A_PART * max(1.0, abs(float(np.median(scores))))
    return float(np.clip(scores, -most, most).sum()) / _PARTS


def link(first: PlanesLike, second: PlanesLike) -> Link:
    """Test whether two whole frames share a source.

    No reference is needed: pictures of one network with a fixed noise input correlate.

    Parameters
    ----------
    first, second : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Pictures to compare: whole frames of one aspect, of at least 96 pixels a side. The larger
        one is brought to the size of the other.

    Returns
    -------
    Link
        The score, its chance, and whether the two are called linked.

    Raises
    ------
    ImageShapeError
        They differ in aspect, are too small, or hold what is no finite number.

    See Also
    --------
    fingerprint_matches : Match one picture against known fingerprints.

    References
    ----------
    Marra et al. 2019, *Do GANs leave artificial fingerprints?*

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, other, shared = rng.normal(100, 20, (3, 128, 128))
    >>> link(one, other).linked
    False
    >>> link(one + shared / 3, other + shared / 3).linked
    True
    """
    one, other = as_planes(first), as_planes(second)
    shape = common_shape(one.shape, other.shape)
    if shape is None:
        raise ImageShapeError(
            f"pictures have {one.shape[0]} x {one.shape[1]} and {other.shape[0]} x "
            f"{other.shape[1]} pixels: two whole frames of one aspect, of at least {_SMALLEST} x "
            f"{_SMALLEST} pixels, are needed"
        )
    z = link_score(link_spectrum(one, shape), link_spectrum(other, shape), shape[1])
    p_value = math.exp(max(log_normal_tail(z), LOG_SMALLEST))
    return Link(z, p_value, p_value < LINKED, shape)


LinkPart: TypeAlias = Literal["all", "luma", "beyond JPEG"]
"""What of two decoder tiles is compared: luma and colours where neither picture has a grid of JPEG,
luma where one is gray, and harmonics of 16 pixels in luma where one has been a JPEG."""

_BEYOND = PERIODS == _BLOCK * 2
_FREE = 2 * len(PERIODS) - int((PERIODS <= 2).sum())
LINK_PARTS: dict[LinkPart, int] = {
    "all": len(SIGNED) * _FREE,
    "luma": _FREE,
    "beyond JPEG": 2 * int(_BEYOND.sum()),
}
"""Independent numbers that each part consists of."""


def link_vectors(
    coefficients: NDArray[np.complex64], noise: TileNoise, *, has_grid: bool
) -> dict[LinkPart, NDArray[np.complex64]]:
    """Parts of a picture's decoder tile that it can be linked by.

    Parameters
    ----------
    coefficients : ndarray, shape (129, 9), complex64
        Part of the picture that repeats every 16 pixels, from `repeated_part`.
    noise : TileNoise
        Noise of the harmonics in real pictures.
    has_grid : bool
        Whether the picture has a grid of JPEG.

    Returns
    -------
    dict of str to ndarray, shape (harmonics, planes), complex64
        Each of length 1, or 0 where there is nothing.
    """
    luma = signed_tile_vector(coefficients, noise, "luma")
    found: dict[LinkPart, NDArray[np.complex64]] = {"beyond JPEG": _of_length_1(luma[_BEYOND])}
    if not has_grid:
        found["luma"] = luma
        if coefficients[:, 1].any():
            found["all"] = signed_tile_vector(coefficients, noise, "all")
    return found


def _of_length_1(vector: NDArray[np.complex64]) -> NDArray[np.complex64]:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def tile_link_score(
    first: NDArray[np.complex64], second: NDArray[np.complex64], part: LinkPart
) -> float:
    """Cosine of two tiles that were not cut, in standard deviations of noise.

    Where the two fit at other offsets as well, as textures do that repeat every 16 pixels, it is
    told in units of what these have.

    Parameters
    ----------
    first, second : ndarray, shape (harmonics, planes), complex64
        The same part of both pictures, from `link_vectors`, or a mean of several; their lengths do
        not matter.
    part : {"all", "luma", "beyond JPEG"}
        Which part they are.

    Returns
    -------
    float
        About standard normal for pictures of different sources.
    """
    products = np.sum(np.conj(_of_length_1(first)) * _of_length_1(second), axis=1)
    turns = OFFSET_TURNS[:, _BEYOND] if part == "beyond JPEG" else OFFSET_TURNS
    scores = (turns @ products).real * (math.sqrt(LINK_PARTS[part]) / USUAL_SPREAD)
    usual = max(1.0, float(np.median(np.abs(scores))) / MEDIAN_SIZE)
    return float(scores[0]) / usual
