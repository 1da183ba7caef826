"""A pattern of 4 x 4 pixels that is added crosswise, in one quadrant and in another.

What up-sampling layers add has a fixed sign in one place, and may have the other one
elsewhere: over a whole picture it cancels itself, within a quadrant it does not. Two
quadrants that show it by chance are rare, and how rare is known.
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
from forensics.traces.blockwise import mean_cell
from forensics.traces.color import LUMA_WEIGHTS
from forensics.traces.filters import box_mean
from forensics.traces.medians import medians
from forensics.traces.periods import hann
from forensics.traces.planes import Planes, PlanesLike, as_planes
from forensics.traces.significance import HANN_CORRELATION, SMALLEST, fisher
from forensics.traces.spectra.peaks import surroundings
from forensics.traces.spectra.power import MULTIPLE
from forensics.traces.tiles import tiles

__all__ = [
    "ADDED_BY_WEBP",
    "AddedPattern",
    "AddedPlane",
    "added_pattern",
]

AddedPlane: TypeAlias = Literal["luma", "red"]
"""Luma, and the colour difference Cr. Cb found hardly more, and costs as much as either."""

ADDED_BY_WEBP = np.array(
    (
        (
            (-0.112, -0.144, -0.025, 0.281),
            (-0.103, 0.072, 0.049, -0.018),
            (-0.202, -0.212, 0.053, 0.361),
            (0.417, 0.284, -0.077, -0.624),
        ),
        (
            (-0.107, 0.221, -0.008, -0.106),
            (-0.176, -0.248, -0.106, 0.53),
            (-0.163, 0.339, 0.091, -0.267),
            (0.447, -0.311, 0.022, -0.158),
        ),
    )
)
"""What lossy WebP adds to every 4 x 4 pixels, two patterns: its inverse transform rounds down.

Principal components over qualities 50 to 97. ``benchmarks/check_webp.py`` prints those of a fresh
sample, which differ a little, and what share of its pattern these explain.
"""

_CELL = 4
_TESTED = ((1, 1), (3, 1), (1, 2), (2, 1))
"""Harmonics of 4 x 4 pixels off both axes, in quarters of a cycle a pixel. The fifth, (2, 2), a
camera's mosaic and a checkerboard of dither have as well: it is no evidence."""
_ODD = tuple(
    (row, column)
    for row in range(1, 8)
    for column in range(1, 5)
    if (row % 2 or column % 2) and not (column == 4 and row > 4)
)
"""Harmonics of 8 x 8 pixels off both axes that are none of 4 x 4, each once, in eighths: what
JPEG's blocks and coarser grids add, they add here as well."""
_NEXT = tuple(
    (4 * row + down, 4 * column + right)
    for row, column in _TESTED
    for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1))
)
"""Harmonics of 16 x 16 pixels next to those tested, in sixteenths, four of each."""
_BESIDE, _USUAL_BESIDE = 4.0, 2.0
"""How often the mean of these is taken off a harmonic, and the mean that noise may have: dots that
are drawn every 16 pixels are half as loud there, generators a tenth at most."""
_ACTIVITY, _CLIP = 15, 3.0
_STEADY = 0.75
"""Counts of mean cross-difference below which a place is left out: there rounding rules, and
decoders round in patterns. Of sums of four rounded values the mean size is .3."""
_KEPT = 0.25
"""Share of a quadrant that must be left."""
_WEBP_LIKE: dict[AddedPlane, float] = {"luma": 0.72, "red": 0.8}
"""Share of the pattern that WebP explains, in any of 8 poses, from which it made the pattern.
Of luma, WebP's own were .76 to .94 where they were significant, generators' .26 to .69; chance
reaches .6 where nothing is. Of Cr generators' reach .77, and WebP has hardly any: it halves Cr."""
_WEBP_PERHAPS = 0.4
"""Share from which only what WebP does not explain is evidence. Sharpened or equalised afterwards,
its pattern is bent, and these shapes explain .4 to .7 of it."""
_WEBP_PATTERNS = len(ADDED_BY_WEBP)
_REGULAR = 0.14
"""Share of luma's energy that lies in the mean of 4 x 4 pixels, from which the picture is
dithered or screened: such have .16 to .95, generators at most .06 but for one of .12."""
_REPEATED = 0.5
"""Share of cross-differences that are exactly zero from which lines were repeated, or drawn."""
_WHOLE = 1024**2
"""Pixels up to which a picture has four quadrants; beyond, it has nine tiles."""
_LEAST_PARTS, _LEAST_SIDE = 4, 96
"""Parts, and pixels a side of each: in smaller ones a few bins tell the noise level, and pictures
of 140 pixels, reduced without a kernel, were found."""
_MEDIAN_EFFICIENCY = 0.48
_ROUNDING, _ZERO = 1e-9, 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class AddedPattern:
    """Pattern of 4 x 4 pixels that is added crosswise in several parts of one picture.

    Parameters
    ----------
    p_value : float
        Chance of it where nothing is added, the planes tried accounted for; 1 where lossy WebP
        or a screen of dots would explain it, and of pictures too small to be divided.
    p_values : dict of str to float
        P-values of every plane alone: luma, and of colour pictures *red*, which is Cr.
    webp : dict of str to float
        Share of each plane's pattern, 0 to 1, that lossy WebP explains, at its best place and in
        its best pose: the picture may have been turned.
    regular : dict of str to float
        Share of each plane's energy, 0 to 1, that lies in the pattern.
    screened : bool
        Whether luma is dithered or screened in dots of 4 pixels.
    parts : int
        Quadrants or tiles that were compared.
    """

    p_value: float
    p_values: dict[AddedPlane, float]
    webp: dict[AddedPlane, float]
    regular: dict[AddedPlane, float]
    screened: bool
    parts: int


@dataclass(frozen=True, slots=True, eq=False)
class _Quadrant:
    """Spectra of one plane of one quadrant at the tested harmonics, each of shape (4,)."""

    evidence: FloatArray
    amplitudes: NDArray[np.complexfloating[Any]]
    """Phases of the spectrum, sizes the root of the evidence in nats."""
    noise: FloatArray
    regular: float

    def p_value(self, explained: float) -> float:
        """Chance of the evidence together, or of what is left where a share is explained."""
        n = len(self.evidence) - (_WEBP_PATTERNS // 2 if explained else 0)
        rest = (1 - explained) * float(self.evidence.sum())
        return fisher([math.exp(-rest / n)] * n)


def added_pattern(image: PlanesLike) -> AddedPattern:
    """Trace of a pattern added crosswise every 2 or 4 pixels, in at least two quadrants.

    With ``c[i, j] = Y[i, j] + Y[i + 1, j + 1] - Y[i, j + 1] - Y[i + 1, j]``, signed, the
    spectrum of ``clip(c / (box15(|c|) + .5), -3, 3)`` of every quadrant is measured at the
    four complex harmonics of 4 x 4 pixels that lie off both axes. The chance of each is the
    larger one of two: ``(1 + R / K) ** -K`` for its ratio R to the noise around it, K being
    .48 of its independent bins; and ``(1 + R / (K m)) ** -K`` over the mean ratio m of K = 20
    odd harmonics of 8 x 8 pixels, which blocks have as well. Fisher joins the four. x being the
    second smallest of four quadrants, ``p = P(at least 2 of 4 below x)``; of the nine tiles of
    a picture over 1 megapixel x is the median. Bonferroni joins luma and Cr.

    A change of contrast after WebP carries its pattern into Cr, and bends it: what is explained of
    luma, or may be, is no evidence in Cr either.

    No evidence are: places where the mean of ``|c|`` is below .75 counts, since decoders
    round in patterns; the harmonic of the checkerboard, which cameras have; quadrants where
    half of all ``c`` are zero, as in pictures enlarged without a kernel; a pattern of which
    lossy WebP explains .72, and what it explains of one from .4 on; and one that has .14 of all
    energy of luma's ``c``, as dither and halftone of 4 pixels have. Dither of 64 levels that was
    saved as JPEG, and marks tiled every 4 pixels, *are* added crosswise and are found. How
    often pictures that were edited after WebP are found is printed by ``benchmarks/check_webp.py``.

    On 16 sources of real pictures, as found and after random deliveries, the share of p
    below .01, .001 and .0001 is printed by ``benchmarks/check_signs.py``.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure. Quadrants of at least 96 pixels a side are compared, which takes 193 of
        the picture.

    Returns
    -------
    AddedPattern
        The pattern, and the chance of one as clear where nothing is added.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    See Also
    --------
    forensics.traces.lattices.lattice : The same pattern sought in the whole picture at once.

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 8, (256, 256))
    >>> added_pattern(image).p_value > 0.01
    True
    >>> rows, columns = np.indices(image.shape)
    >>> image += 8 * ((rows % 4 == 0) & (columns % 4 == 0))
    >>> added_pattern(image).p_value < 1e-6
    True
    """
    picture = as_planes(image)
    found: dict[AddedPlane, list[_Quadrant | None]] = {}
    for place in _places(picture.shape):
        for name, plane in _planes(picture[place]):
            found.setdefault(name, []).append(_quadrant(*_normalized(plane)))
    by_webp = {name: _explained_by_webp(some) for name, some in found.items()}
    webp = {name: share for name, (share, _) in by_webp.items()}
    regular = {
        name: _usual([one.regular if one else 0.0 for one in some]) for name, some in found.items()
    }
    screened = regular.get("luma", 0.0) >= _REGULAR
    luma = webp.get("luma", 0.0)
    p_values = {
        name: 1.0
        if screened or webp[name] >= _WEBP_LIKE[name] or luma >= _WEBP_LIKE["luma"]
        else _together(
            some, by_webp[name][1] if max(webp[name], luma) >= _WEBP_PERHAPS else [0.0] * len(some)
        )
        for name, some in found.items()
    }
    p_value = min([1.0, *(len(p_values) * p for p in p_values.values())])
    return AddedPattern(p_value, p_values, webp, regular, screened, len(found.get("luma", ())))


def _places(shape: tuple[int, ...]) -> tuple[tuple[slice, slice], ...]:
    """Four quadrants, both sides multiples of 16, with a line more for differences; or tiles."""
    parts = tiles(shape, whole=_WHOLE)
    if len(parts) > 1:
        return parts
    rows, columns = ((side - 1) // 2 // MULTIPLE * MULTIPLE for side in shape[:2])
    if min(rows, columns) < _LEAST_SIDE:
        return ()
    return tuple(
        (slice(top, top + rows + 1), slice(left, left + columns + 1))
        for top in (0, rows)
        for left in (0, columns)
    )


def _planes(part: Planes) -> Iterator[tuple[AddedPlane, NDArray[np.floating[Any]]]]:
    """Luma, and Cr of a colour picture; whole counts in single precision."""
    luma = part.rough_luma if part.is_whole_counts else part.luma
    yield "luma", luma
    if not part.is_gray:
        yield "red", (part.plane("red") - luma) * luma.dtype.type(0.5 / (1 - LUMA_WEIGHTS[0]))


def _normalized(
    plane: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.floating[Any]], NDArray[np.bool_]]:
    """Cross-differences over their local activity, and where they are more than rounding."""
    steps = plane[:, 1:] - plane[:, :-1]
    crossed = steps[1:] - steps[:-1]
    sizes = np.abs(crossed)
    # Where the mean is that small, no quarter of it can be steady.
    if sizes.mean() < _STEADY * _KEPT or np.mean(sizes < _ZERO) > _REPEATED:
        return crossed, np.zeros(crossed.shape, np.bool_)
    level = box_mean(sizes, _ACTIVITY)
    steady = level >= _STEADY
    level += 0.5
    crossed /= level
    np.clip(crossed, -_CLIP, _CLIP, out=crossed)
    crossed *= steady
    return crossed, steady


def _quadrant(values: NDArray[np.floating[Any]], kept: NDArray[np.bool_]) -> _Quadrant | None:
    """The test of one quadrant; None where there is too little but rounding."""
    if kept.mean() < _KEPT:
        return None
    rows, columns = (side // MULTIPLE * MULTIPLE for side in values.shape)
    window = _window(rows, columns, values.dtype.char)
    half = np.fft.rfft2(values[:rows, :columns] * window)
    flat = half.ravel()
    at, around = _bins(rows, columns)
    levels = medians(_power(flat[around])) / math.log(2)
    ratios = _power(flat[at]) / np.maximum(levels, _ROUNDING)
    n = len(_TESTED)
    last = n + len(_ODD)
    beside = ratios[last:].reshape(n, -1).mean(axis=1)
    ratios[:n] = np.maximum(0, ratios[:n] - _BESIDE * np.maximum(0, beside - _USUAL_BESIDE))
    usual = max(float(ratios[n:last].mean()), _ROUNDING)
    effective = _MEDIAN_EFFICIENCY * around.shape[1] / HANN_CORRELATION**2
    local = effective * np.log1p(ratios[:n] / effective)
    blocks = len(_ODD) * np.log1p(ratios[:n] / usual / len(_ODD))
    phases = flat[at[:n]] / np.maximum(np.abs(flat[at[:n]]), SMALLEST)
    return _Quadrant(
        np.minimum(local, blocks),
        phases * np.sqrt(local),
        np.sqrt(np.maximum(levels[:n], _ROUNDING)),
        _regular(values[:rows, :columns]),
    )


def _regular(values: NDArray[np.floating[Any]]) -> float:
    """Share of the energy that lies in the mean of 4 x 4 pixels, less its means of lines."""
    fold = mean_cell(values, _CELL)
    fold = fold - fold.mean(axis=0) - fold.mean(axis=1, keepdims=True) + fold.mean()
    energy = float(np.mean(values * values))
    return float(np.mean(fold**2)) / energy if energy > 0 else 0.0


def _power(values: NDArray[np.complexfloating[Any]]) -> FloatArray:
    return cast(FloatArray, (values.real**2 + values.imag**2).astype(np.float64))


@lru_cache(maxsize=8)
def _bins(rows: int, columns: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the harmonics and their neighbourhoods lie in half a spectrum, laid out flat."""
    harmonics = [(4 * row, 4 * column) for row, column in _TESTED]
    harmonics += [(2 * row, 2 * column) for row, column in _ODD]
    shape = np.array((rows, columns))
    centers = np.rint(np.array([*harmonics, *_NEXT]) * shape / 16).astype(np.intp)
    around = (centers[:, np.newaxis] + surroundings(rows, columns)) % shape
    # A frequency and its opposite have the same power; only one of them is there.
    for places in (centers, around):
        opposite = places[..., 1] > columns // 2
        places[opposite] = -places[opposite] % shape
    width = columns // 2 + 1
    return centers @ (width, 1), around @ (width, 1)


def _together(quadrants: list[_Quadrant | None], explained: list[float]) -> float:
    """Chance that two of four quadrants, or half of nine tiles, are as unlikely as these."""
    if len(quadrants) < _LEAST_PARTS:
        return 1.0
    p_values = [
        1.0 if one is None else one.p_value(part)
        for one, part in zip(quadrants, explained, strict=True)
    ]
    x = -_usual([-p for p in p_values])
    # Of four, at least two below x: 6 x**2 - 8 x**3 + 3 x**4.
    return min(1.0, max(SMALLEST, x * x * (6 - 8 * x + 3 * x * x)))


def _usual(values: list[float]) -> float:
    """What the second of four reaches, or half of nine."""
    return sorted(values, reverse=True)[(len(values) - 1) // 2] if values else 0.0


def _explained_by_webp(quadrants: list[_Quadrant | None]) -> tuple[float, list[float]]:
    """Share of the evidence that WebP's patterns explain at their best place, and by quadrant."""
    explained, totals = np.zeros((len(quadrants), len(_webp_spectra()))), np.zeros(len(quadrants))
    for number, one in enumerate(quadrants):
        if one is None:
            continue
        shapes = _webp_spectra() / one.noise
        gram = np.einsum("spk,sqk->spq", shapes, shapes.conj()).real
        products = np.einsum("spk,k->sp", shapes.conj(), one.amplitudes).real
        solved = np.linalg.solve(gram, products[..., np.newaxis])[..., 0]
        explained[number] = np.einsum("sp,sp->s", products, solved)
        totals[number] = np.sum(np.abs(one.amplitudes) ** 2)
    if totals.sum() == 0:
        return 0.0, [0.0] * len(quadrants)
    best = explained[:, explained.sum(axis=0).argmax()]
    parts = np.minimum(best / np.maximum(totals, _ROUNDING), 1.0)
    return min(1.0, float(best.sum() / totals.sum())), parts.tolist()


@lru_cache(maxsize=1)
def _webp_spectra() -> NDArray[np.complexfloating[Any]]:
    """Of both patterns at the tested harmonics, in 8 poses at 16 places, shape (128, 2, 4)."""
    rows, columns = np.array(_TESTED).T
    spectra = [
        np.fft.fft2(np.roll(pose, (down, right), axis=(1, 2)))[:, rows, columns]
        for turned in (ADDED_BY_WEBP, ADDED_BY_WEBP.transpose(0, 2, 1))
        for pose in (turned, turned[:, ::-1], turned[:, :, ::-1], turned[:, ::-1, ::-1])
        for down in range(_CELL)
        for right in range(_CELL)
    ]
    return cast("NDArray[np.complexfloating[Any]]", np.stack(spectra))


@lru_cache(maxsize=8)
def _window(rows: int, columns: int, dtype: str) -> NDArray[Any]:
    down, right = (np.roll(hann(side), -1) for side in (rows, columns))
    window = np.outer(down, right)
    window /= np.sqrt(np.sum(window**2))
    window = window.astype(dtype)
    window.setflags(write=False)
    return cast("NDArray[Any]", window)
