"""What the last layers of a decoder add every 16 pixels, in luma and in colour.

Latent diffusion models and many GANs end in layers that are laid over the picture like tiles.
Whatever repeats every 16 pixels lives in 16 x 16 frequencies; these are taken from nine planes,
signed and as activity, and weighed by how much real pictures have there: JPEG's harmonics, a
camera's mosaic and the sub-sampling of colour are in that weight and fall out by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.errors import EmptySetError
from forensics.traces.filters import box_mean
from forensics.traces.fingerprints.whitening import log_largest_chance, log_normal_tail
from forensics.traces.medians import median, medians
from forensics.traces.planes import Planes, PlanesLike, as_planes
from forensics.traces.spectra.halves import folded

__all__ = [
    "DecoderTile",
    "ENERGIES",
    "FEWEST_TILES",
    "MEDIAN_SIZE",
    "OFFSET_TURNS",
    "PERIOD",
    "PERIODS",
    "PLANES",
    "SIGNED",
    "SMALLEST_TILE_SIDE",
    "TileNoise",
    "TilePlace",
    "TilePlanes",
    "USUAL_SPREAD",
    "decoder_tile",
    "signed_tile_vector",
    "tile_coefficients",
    "tile_energies",
    "tile_noise",
    "tile_place",
    "tile_scores",
    "tile_vector",
]

PERIOD = 16
"""Pixels: JPEG's macroblocks, and every power of two below."""
SMALLEST_TILE_SIDE = 176
_LARGEST_SIDE = 1024
_HALF = PERIOD // 2 + 1
_CLIP_SIGNED, _CLIP_BIN, _CLIP_VECTOR = 3.0, 6.0, 2.0
_SURROUND = 15
_OFFSETS = (2, 3, 4, 5, -2, -3, -4, -5)
"""Bins next to a harmonic whose median is its noise; a window's own skirt lies nearer."""
_SHRINKAGE = 0.1
_MOST_OF_TWO = 0.25
"""Share of a tile's energy that harmonics of two pixels may have: as much as FLUX's has."""
MEDIAN_SIZE = 0.6745
"""Median size of a standard normal variable."""
FEWEST_TILES = 2
USUAL_SPREAD = 1.2
"""Of scores where it was not measured: about that of the tiles that are shipped."""

TilePlanes: TypeAlias = Literal["all", "luma"]
PLANES: dict[TilePlanes, tuple[int, ...]] = {"all": tuple(range(9)), "luma": (0, 3, 4)}
"""Which of the nine planes a tile is of: 0 to 2 are signed, 3 to 8 activities, two for each of
Y, Cb and Cr."""

SIGNED = (0, 1, 2)

_ENERGY_PLANES: dict[str, tuple[int, ...]] = {
    "luma": (0,),
    "colour": (1, 2),
    "luma, activity": (3, 4),
    "colour, activity": (5, 6, 7, 8),
}
_ENERGY_PERIODS = (2, 4, 8, 16)
ENERGIES: tuple[str, ...] = tuple(
    f"{planes}, every {period} pixels" for planes in _ENERGY_PLANES for period in _ENERGY_PERIODS
)
"""What `tile_energies` gives, in its order."""
_FAINTEST = 1e-3

Vector: TypeAlias = NDArray[np.complex64]


def _harmonics() -> NDArray[np.intp]:
    """Row and column of every harmonic that says something of its own, shape (129, 2)."""
    places = np.indices((PERIOD, _HALF)).reshape(2, -1).T
    doubled = np.isin(places[:, 1], (0, _HALF - 1)) & (places[:, 0] > PERIOD // 2)
    mean = (places == 0).all(axis=1)
    return cast("NDArray[np.intp]", places[~(doubled | mean)])


_PLACES = _harmonics()
_REAL = ((_PLACES % (PERIOD // 2)) == 0).all(axis=1)
"""Harmonics of two pixels: real, so that they count once."""
PERIODS = PERIOD // np.gcd(np.gcd(_PLACES[:, 0], _PLACES[:, 1]), PERIOD)
"""Pixels after which both a row and a column of a harmonic begin anew."""
_SHIFTS = np.indices((PERIOD, PERIOD)).reshape(2, -1).T
OFFSET_TURNS: NDArray[np.complex64] = np.exp(-2j * np.pi * (_SHIFTS @ _PLACES.T) / PERIOD).astype(
    np.complex64
)
"""By how much each harmonic turns at each of the 256 offsets, shape (256, 129)."""


@dataclass(frozen=True, slots=True, eq=False)
class TileNoise:
    """Noise of the harmonics in real pictures, by which decoder tiles are weighted.

    Parameters
    ----------
    whitening : dict of str to ndarray, shape (129, P, P), complex64
        For each of `PLANES`: the inverse root of the covariance of its planes, harmonic by
        harmonic.
    n_images, n_sources : int
        Deliveries of real pictures, and sources that they came from, each counting alike.
    """

    whitening: dict[TilePlanes, NDArray[np.complex64]]
    n_images: int
    n_sources: int


@dataclass(frozen=True, slots=True, eq=False)
class DecoderTile:
    """Fingerprint of a decoder: what it adds to every 16 x 16 pixels of its pictures.

    Parameters
    ----------
    name : str
        Name of the decoder, as it is told in a match.
    family : str
        Generators that share the decoder, and cannot be told apart by it.
    n_images : int
        Number of pictures it was made of.
    planes : {"all", "luma"}
        Planes that the tile rests on: all nine, or those of luma alone.
    vector : ndarray, shape (129, P), complex64
        Whitened coefficients of P planes, normalised to length 1.
    spread : float
        Standard deviation of its score in real pictures of sources left out, at least 1.
    noise : TileNoise
        Noise of the harmonics in real pictures, from `tile_noise`. Pictures have to be weighted by
        the same.
    """

    name: str
    family: str
    n_images: int
    planes: TilePlanes
    vector: Vector
    spread: float
    noise: TileNoise


@dataclass(frozen=True, slots=True)
class TilePlace:
    """Best fit of a decoder tile, with its offset and the chance of it.

    Parameters
    ----------
    score : float
        Score at that offset, in standard deviations of noise.
    log_chance : float
        Natural logarithm of the chance, corrected for the places tried: the 256 offsets share
        half of it with the one where nothing was cut off.
    offset : (int, int)
        Rows and columns that were cut off, up to 16.
    """

    score: float
    log_chance: float
    offset: tuple[int, int]


def tile_coefficients(image: PlanesLike) -> NDArray[np.complex64]:
    """The 16-periodic part of a picture, in units of its own noise.

    Of Y, B - Y and R - Y: the mixed second difference, clipped at 3 median sizes; and the log of
    its size and of that of the Laplacian, less their mean over 15 x 15 pixels. Of each plane's
    spectrum the bins at multiples of 1/16, over the root of the median power of bins 2 to 5
    away.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 176 pixels a side. The middle counts, up to 1024 pixels a side.

    Returns
    -------
    ndarray, shape (129, 9), complex64
        Colour is 0 in gray pictures. Phases are those of the picture's first pixel.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Corvi et al. 2023, *Intriguing properties of synthetic images*.
    """
    picture = as_planes(image)
    rows, columns = (_middle(side) for side in picture.shape[:2])
    part = picture[rows, columns]
    found = np.zeros((len(_PLACES), len(PLANES["all"])), np.complex64)
    for number, plane in _planes(part):
        found[:, number] = _at_harmonics(plane)
    return found


def _middle(side: int) -> slice:
    length = min(side, _LARGEST_SIDE) // PERIOD * PERIOD
    first = (side - length) // 2 // PERIOD * PERIOD
    return slice(first, first + length)


def _planes(part: Planes) -> Iterator[tuple[int, NDArray[np.float32]]]:
    luma = part.single()
    planes = [luma]
    if not part.is_gray:
        planes += [part.single("blue") - luma, part.single("red") - luma]
    for number, plane in enumerate(planes):
        bends = _bent(plane, 0), _bent(plane, 1)
        mixed = _bent(bends[0], 1)
        most = np.float32(_CLIP_SIGNED * median(np.abs(mixed)) + 1e-3)
        yield number, np.clip(mixed, -most, most)
        yield 3 + 2 * number, _activity(mixed)
        yield 4 + 2 * number, _activity(bends[0] + bends[1])


def _bent(plane: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Second difference ``(-1, 2, -1) / 2`` along an axis, the edge repeated."""
    bent = np.empty(plane.shape, np.float32)
    lines, out = (plane, bent) if axis == 0 else (plane.T, bent.T)
    np.add(lines[:-2], lines[2:], out=out[1:-1])
    np.add(lines[0], lines[1], out=out[0])
    np.add(lines[-2], lines[-1], out=out[-1])
    bent /= np.float32(2)
    return np.subtract(plane, bent, out=bent)


def _activity(bent: NDArray[np.float32]) -> NDArray[np.float32]:
    logs = np.abs(bent)
    logs += np.float32(0.5)
    np.log(logs, out=logs)
    logs -= box_mean(logs, _SURROUND)
    return logs


def _at_harmonics(plane: NDArray[np.float32]) -> NDArray[np.complex64]:
    from scipy.fft import fft, rfft

    columns, at, down, right = _bins(plane.shape)
    some = fft(rfft(plane - plane.mean(), axis=1)[:, columns], axis=0).ravel()
    below, beside = _power(some[down]), _power(some[right])
    noise = medians(np.concatenate([below, beside]), axis=0)
    on_rows, on_columns = _PLACES[:, 0] == 0, _PLACES[:, 1] == 0
    noise[on_rows] = medians(beside[:, on_rows], axis=0)
    noise[on_columns] = medians(below[:, on_columns], axis=0)
    values = some[at] / np.sqrt(np.maximum(noise / math.log(2), 1e-9))
    sizes = np.maximum(np.abs(values), _CLIP_BIN)
    return cast("NDArray[np.complex64]", (values * (_CLIP_BIN / sizes)).astype(np.complex64))


def _power(values: NDArray[np.complex64]) -> NDArray[np.float32]:
    return np.square(values.real) + np.square(values.imag)


@lru_cache(maxsize=8)
def _bins(shape: tuple[int, int]) -> tuple[NDArray[np.intp], ...]:
    """Columns of half a spectrum that are needed, and where in them, laid out flat, things are.

    The harmonics, shape (129,), and the bins of their noise along rows and columns, (8, 129).
    """
    places = _PLACES * np.array([side // PERIOD for side in shape])
    wanted = [places, *(places + shift for axis in (0, 1) for shift in _shifted(axis))]
    at = np.array(wanted)
    rows, across = folded(at[..., 0], at[..., 1], shape)
    columns, held = np.unique(across, return_inverse=True)
    flat = rows * len(columns) + held.reshape(rows.shape)
    return columns, flat[0], flat[1 : 1 + len(_OFFSETS)], flat[1 + len(_OFFSETS) :]


def _shifted(axis: int) -> list[NDArray[np.intp]]:
    unit = np.array([1 - axis, axis])
    return [shift * unit for shift in _OFFSETS]


def tile_noise(coefficients: NDArray[np.complex64], sources: NDArray[Any] | list[str]) -> TileNoise:
    """Covariance of the planes over real pictures, each source counting alike.

    Phases average out: a picture may have been cut anywhere. So there is one matrix for each
    harmonic, shrunk by a tenth towards the mean diagonal of all.

    Parameters
    ----------
    coefficients : ndarray, shape (n, 129, 9), complex64
        Coefficients of n real pictures, from `tile_coefficients`.
    sources : sequence of str, length n
        Source of each picture.

    Returns
    -------
    TileNoise
        Its covariance matrices and what is derived from them.
    """
    names, counts = np.unique(np.asarray(sources), return_counts=True)
    share = dict(zip(names.tolist(), (1 / counts).tolist(), strict=True))
    weights = np.array([share[one] for one in np.asarray(sources).tolist()])
    whitening = {}
    for planes, chosen in PLANES.items():
        some = coefficients[:, :, list(chosen)]
        covariance = np.einsum("n,nbp,nbq->bpq", weights, some, some.conj()) / weights.sum()
        mean = np.einsum("bpp->bp", covariance).real.mean(axis=0)
        covariance = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * np.diag(mean)
        values, axes = np.linalg.eigh(covariance)
        roots = 1 / np.sqrt(np.maximum(values, 1e-9))
        whitening[planes] = np.einsum("bpk,bk,bqk->bpq", axes, roots, axes.conj()).astype(
            np.complex64
        )
    return TileNoise(whitening, len(coefficients), len(names))


def tile_vector(
    coefficients: NDArray[np.complex64], noise: TileNoise, planes: TilePlanes
) -> Vector:
    """Coefficients whitened by what real pictures have, of length 1.

    No harmonic counts as louder than 2.

    Parameters
    ----------
    coefficients : ndarray, shape (129, 9), complex64
        Coefficients of one picture, from `tile_coefficients`.
    noise : TileNoise
        Noise of the harmonics in real pictures, from `tile_noise`.
    planes : {"all", "luma"}
        Planes that the tile rests on: all nine, or those of luma alone.

    Returns
    -------
    ndarray, shape (129, P), complex64
        Zero where a picture has nothing, as a black one.
    """
    return _white(coefficients[:, list(PLANES[planes])], noise.whitening[planes])


def signed_tile_vector(
    coefficients: NDArray[np.complex64], noise: TileNoise, planes: TilePlanes
) -> Vector:
    """As `tile_vector`, of the signed planes alone: what is added, not how busy it is.

    Resizing makes some rows and columns busier than others, and so photographs that were enlarged
    by one factor alike, but it adds nothing to any of them.

    Parameters
    ----------
    coefficients : ndarray, shape (129, 9), complex64
        Coefficients of one picture, from `tile_coefficients`.
    noise : TileNoise
        Noise of the harmonics in real pictures, from `tile_noise`.
    planes : {"all", "luma"}
        Luma and both colours, or luma alone.

    Returns
    -------
    ndarray, shape (129, 3) or (129, 1), complex64
        Of length 1; zero where a picture has nothing, as a black one.
    """
    signed = [plane for plane in PLANES[planes] if plane in SIGNED]
    return _white(coefficients[:, signed], _signed_whitening(noise, planes))


@lru_cache(maxsize=4)
def _signed_whitening(noise: TileNoise, planes: TilePlanes) -> NDArray[np.complex64]:
    """Inverse root of the covariance of the signed planes, from that of all, (129, P, P)."""
    among = [i for i, plane in enumerate(PLANES[planes]) if plane in SIGNED]
    whitening = noise.whitening[planes].astype(np.complex128)
    covariance = np.linalg.inv(whitening @ whitening)[:, among][:, :, among]
    values, axes = np.linalg.eigh(covariance)
    roots = 1 / np.sqrt(np.maximum(values, 1e-9))
    return cast(
        "NDArray[np.complex64]",
        np.einsum("bpk,bk,bqk->bpq", axes, roots, axes.conj()).astype(np.complex64),
    )


def _white(coefficients: NDArray[np.complex64], whitening: NDArray[np.complex64]) -> Vector:
    """Coefficients, whitened, none louder than 2, of length 1."""
    vector = np.einsum("bpq,bq->bp", whitening, coefficients)
    loud = np.sqrt(np.mean(np.square(np.abs(vector)), axis=1))
    vector *= (_CLIP_VECTOR / np.maximum(loud, _CLIP_VECTOR))[:, np.newaxis]
    length = float(np.linalg.norm(vector))
    return cast(Vector, (vector / length if length > 0 else vector).astype(np.complex64))


def tile_energies(coefficients: NDArray[np.complex64], noise: TileNoise) -> FloatArray:
    """Energy of a picture at each period, relative to what real pictures have there.

    No fingerprint is needed: a decoder that nobody has seen is louder than real pictures
    somewhere.

    Parameters
    ----------
    coefficients : ndarray, shape (129, 9), complex64
        Coefficients of one picture, from `tile_coefficients`.
    noise : TileNoise
        Noise of the harmonics in real pictures, from `tile_noise`.

    Returns
    -------
    ndarray, shape (16,), float64
        In the order of `ENERGIES`: natural logarithm of the mean energy over the harmonics of each
        period, about 0 in real pictures. NaN for the colour of gray pictures.
    """
    vector = np.einsum("bpq,bq->bp", noise.whitening["all"], coefficients)
    energy = np.square(vector.real) + np.square(vector.imag)
    gray = not coefficients[:, 1].any()
    found = [
        math.nan
        if gray and 0 not in planes and 3 not in planes
        else math.log(
            float(energy[np.ix_(np.flatnonzero(period == PERIODS), np.array(planes))].mean())
            + _FAINTEST
        )
        for planes in _ENERGY_PLANES.values()
        for period in _ENERGY_PERIODS
    ]
    return np.array(found)


def decoder_tile(
    mean: NDArray[Any],
    name: str,
    *,
    noise: TileNoise,
    planes: TilePlanes,
    n_images: int,
    family: str = "",
    spread: float = USUAL_SPREAD,
) -> DecoderTile:
    """Decoder tile from the mean vector of several pictures.

    Parameters
    ----------
    mean : ndarray, shape (129, P), complex
        Mean of `tile_vector` over the pictures; its length does not matter.
    name : str
        Name of the decoder, as it is told in a match.
    noise : TileNoise
        Noise of the harmonics in real pictures, from `tile_noise`.
    planes : {"all", "luma"}
        Planes that the tile rests on: all nine, or those of luma alone.
    n_images : int
        Number of pictures in the mean, at least 2.
    family : str
        Generators that share the decoder; by default only this one.
    spread : float
        Standard deviation of its score in real pictures of sources left out, at least 1.

    Returns
    -------
    DecoderTile
        The tile, its vector normalised to length 1.

    Raises
    ------
    EmptySetError
        There are fewer than 2 pictures, or they have nothing in common.
    """
    length = float(np.linalg.norm(mean))
    if n_images < FEWEST_TILES or length == 0:
        raise EmptySetError(
            f"{counted(n_images, 'picture that is', 'pictures that are')} not flat: too few for a "
            "decoder tile, at least "
            f"{FEWEST_TILES} are needed: add pictures of the same source"
        )
    energy = np.sum(np.square(np.abs(mean / length)), axis=1)
    share = float(energy[_REAL].sum())
    if share > _MOST_OF_TWO:
        # Every second line differs in pictures of cameras, sensors and other generators, too.
        mean = mean.copy()
        mean[_REAL] *= math.sqrt(_MOST_OF_TWO * (1 - share) / ((1 - _MOST_OF_TWO) * share + 1e-9))
        length = float(np.linalg.norm(mean))
    vector = (mean / length).astype(np.complex64)
    return DecoderTile(name, family, n_images, planes, vector, max(1.0, spread), noise)


def tile_scores(vector: Vector, tile: DecoderTile) -> FloatArray:
    """Scores of a tile at all 256 offsets, in standard deviations of noise.

    The cosine between picture and tile, times the root of the numbers that both consist of,
    over the spread of the tile. It is what an adaptive coherence estimator computes: a picture
    that is loud everywhere fits nothing better for it.

    Parameters
    ----------
    vector : ndarray, shape (129, P), complex64
        Vector of the picture, from `tile_vector`, of the same planes as the tile.
    tile : DecoderTile
        Tile that is sought.

    Returns
    -------
    ndarray, shape (16, 16), float64
        Entry (i, j) is the score where i rows and j columns of a cell were cut off.

    References
    ----------
    Kraut, Scharf, McWhorter 2001, *Adaptive subspace detectors*.
    """
    free = (2 * len(_PLACES) - int(_REAL.sum())) * vector.shape[1]
    products = np.sum(np.conj(tile.vector) * vector, axis=1)
    scores = (OFFSET_TURNS @ products).real * (math.sqrt(free) / tile.spread)
    return cast(FloatArray, scores.reshape(PERIOD, PERIOD).astype(np.float64))


def tile_place(vector: Vector, tile: DecoderTile) -> TilePlace:
    """Best fit of a picture to a tile: uncropped, or at any of 256 offsets.

    A picture with a texture of its own that repeats fits a tile at many offsets. So the best of
    them is told in units of what the others have, where that is more than noise.

    Parameters
    ----------
    vector : ndarray, shape (129, P), complex64
        Vector of the picture, from `tile_vector`, of the same planes as the tile.
    tile : DecoderTile
        Tile that is sought.

    Returns
    -------
    TilePlace
        The best offset, with its score and chance.

    References
    ----------
    Kraut, Scharf, McWhorter 2001, *Adaptive subspace detectors*.
    """
    scores = tile_scores(vector, tile)
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    offset = int(best[0]), int(best[1])
    uncut = log_normal_tail(float(scores[0, 0]))
    usual = max(1.0, median(np.abs(scores)) / MEDIAN_SIZE)
    anywhere = log_largest_chance(float(scores[offset]) / usual, scores.size)
    if uncut <= anywhere:
        offset, anywhere = (0, 0), uncut
    return TilePlace(float(scores[offset]), min(0.0, anywhere + math.log(2)), offset)
