"""What a classifier looks at: every trace of one picture as a row of named numbers.

The same numbers for a picture of any size from 128 x 128 up, which is never resized.
*Known* ones say how well it fits the fingerprint of one source, *any* ones what generators
in general leave; large values are cut where they have said enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.checks import check_image
from forensics.detection.evidence import Part
from forensics.detection.grounds import bands_ground, camera_cue, lattice_ground, second_evidence
from forensics.detection.grounds import webp_like as like_webp
from forensics.errors import ImageShapeError
from forensics.traces.activity import activity
from forensics.traces.color import channel_plane
from forensics.traces.combs import COMB_PERIODS, comb
from forensics.traces.fingerprints.correlation import TemplateCorrelation, template_correlation
from forensics.traces.fingerprints.pattern import Fingerprint
from forensics.traces.fingerprints.scales import FINGERPRINT_SCALES, scaled_match
from forensics.traces.fingerprints.template import Plane, plain_details
from forensics.traces.frames import picture_within
from forensics.traces.lattice import lattice
from forensics.traces.periods import PERIODS, period_test
from forensics.traces.phases import phase_statistics
from forensics.traces.profiles import AXES, KINDS, line_profiles

__all__ = [
    "ANY_FEATURES",
    "COMB_FEATURES",
    "CROP_FEATURES",
    "FEATURE_VERSION",
    "FRAME_FEATURES",
    "GROUND_FEATURES",
    "KNOWN_FEATURES",
    "RULE_FEATURES",
    "SCALED_FEATURES",
    "SMALLEST_SIDE",
    "Features",
    "features",
    "judged",
]

FEATURE_VERSION = 1
"""Of the definition of the numbers: a model of another one cannot be used."""
SMALLEST_SIDE = 128
_CENTRAL = 1024
_JUDGED = 4096
"""Pixels a side of the middle in which periods are sought: of more, everything is significant."""

_USUAL_SIDE = 400
_COMB_BANDS = (0.4, 0.5, 0.62, 0.75, 0.88, 0.97, 1.03, 1.2, 1.45, 1.76)
_MATCH_BANDS = (0.4, 0.6, 0.85, 0.975, 1.025, 1.3, 1.81)
_FRAME_BANDS = (0.0, 0.58, 0.72, 0.95, 1.05, 1.3, math.inf)
"""Sizes of a whole picture, relative to the template: each has noise of its own."""
_NATS, _STRENGTH, _NOTABLE = 12.0, 1.5, 0.6

_FRAME_CUTS: dict[str, tuple[float, float]] = {
    "frame": (-4, 15),
    "frame to 6": (0, 6),
    "frame to 3": (0, 3),
    "frame specific": (-4, 12),
}
_CROP_CUTS: dict[str, tuple[float, float]] = {
    "crop": (4, 20),
    "crop to 10": (4, 10),
    "crop to 7": (4, 7),
    "crop explained": (0, 3),
    "crop off axes": (-3, 8),
}
_MATCH_FIELDS = {
    "frame": "frame",
    "frame specific": "frame_specific",
    "crop": "crop",
    "crop explained": "explained",
    "crop off axes": "off_axes",
}


def _bands(edges: Sequence[float]) -> list[str]:
    return [f"x{low:g} to {high:g}" for low, high in pairwise(edges)]


FRAME_FEATURES: tuple[str, ...] = (
    *(f"whole, {band}" for band in _bands(_FRAME_BANDS)),
    *(f"{name}, {band}" for name in _FRAME_CUTS for band in _bands(_FRAME_BANDS)),
)
"""Whether a picture may be whole, at what size, and how well it fits the fingerprint then."""

CROP_FEATURES: tuple[str, ...] = (*_CROP_CUTS, "size")
"""How well a picture fits a part of the fingerprint. Size is ``ln(sqrt(rows * columns) / 400)``."""

SCALED_FEATURES: tuple[str, ...] = (
    "scaled",
    "scaled 3 to 6",
    *(f"scaled {band}" for band in _bands(_MATCH_BANDS)),
)
"""How well its lines fit those of the fingerprint at any scale; see `scaled_match`."""

KNOWN_FEATURES: tuple[str, ...] = (*FRAME_FEATURES, *CROP_FEATURES, *SCALED_FEATURES)
"""What a picture has of one source whose fingerprint is held against it."""

GROUND_FEATURES: tuple[str, ...] = ("strongest ground", "strongest ground over 0.6")
RULE_FEATURES: tuple[str, ...] = (
    "bands",
    "lattice",
    "second, both axes",
    "second, weaker axis",
    "lattice without its largest",
    "mosaic",
    "quincunx",
    "webp",
    *(f"{kind} {period:.3g} {axis}" for kind in KINDS for axis in AXES for period in PERIODS),
    "any size",
)
"""The grounds of an inspection with what speaks against them, and the evidence, in nats, for
every period."""

COMB_FEATURES: tuple[str, ...] = tuple(
    f"comb {kind} {period} {band}"
    for kind in KINDS
    for period in COMB_PERIODS
    for band in _bands(_COMB_BANDS)
)
"""Combs at every scale; see `comb`."""

ANY_FEATURES: tuple[str, ...] = (*GROUND_FEATURES, *RULE_FEATURES, *COMB_FEATURES)
"""What generators in general leave."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The numbers of one picture.

    Parameters
    ----------
    known : tuple of ndarray, shape (n_known,), float64
        For each fingerprint that was held against it.
    common : ndarray, shape (n_any,), float64
        What does not depend on any fingerprint.
    """

    known: tuple[FloatArray, ...]
    common: FloatArray


def features(image: NDArray[Any], fingerprints: Sequence[Fingerprint] = ()) -> Features:
    """Measure all that a classifier looks at.

    An even surround, as of a screenshot, is cut away first. Periods are sought in the
    middle, up to 1024 pixels a side; fingerprints in up to 4096.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
    fingerprints : sequence of Fingerprint

    Returns
    -------
    Features

    Raises
    ------
    ImageShapeError
        `image` is no image, or has fewer than 128 pixels a side within its surround.

    Examples
    --------
    >>> from skimage.data import camera
    >>> found = features(camera())
    >>> len(found.common) == len(ANY_FEATURES), found.known
    (True, ())
    """
    check_image(image)
    picture = image[picture_within(image)]
    if min(picture.shape[:2]) < SMALLEST_SIDE:
        raise ImageShapeError(
            f"image has shape {picture.shape}{_within(image, picture)}, a score needs at least "
            f"{SMALLEST_SIDE} x {SMALLEST_SIDE} pixels: pass a larger picture, not an enlarged one"
        )
    size = math.log(math.sqrt(picture.shape[0] * picture.shape[1]) / _USUAL_SIDE)
    picture = judged(picture)
    luma = channel_plane(picture)
    known = _known(luma, fingerprints, size)
    return Features(known, np.array(_common(_middle(picture), _middle(luma), size)))


def _known(
    luma: FloatArray, fingerprints: Sequence[Fingerprint], size: float
) -> tuple[FloatArray, ...]:
    if not fingerprints:
        return ()
    details = plain_details(luma)
    return tuple(np.array(_fit(luma, details, source, size)) for source in fingerprints)


def _fit(luma: FloatArray, details: Plane, source: Fingerprint, size: float) -> list[float]:
    """How well a picture fits one fingerprint, in the order of the names."""
    match = template_correlation(luma, source, plain=details)
    relative = math.sqrt(luma.size / source.codes.size)
    band = int(np.searchsorted(_FRAME_BANDS, relative, side="right")) - 1
    n_bands = len(_FRAME_BANDS) - 1
    frames = [float(match.frame != 0)]
    frames += [_cut(match, name, limits) for name, limits in _FRAME_CUTS.items()]
    scaled = scaled_match(_middle(luma), source, plain=_middle(details))
    places = np.searchsorted(FINGERPRINT_SCALES, _MATCH_BANDS)
    return [
        *(value if number == band else 0.0 for value in frames for number in range(n_bands)),
        *(_cut(match, name, limits) for name, limits in _CROP_CUTS.items()),
        size,
        min(scaled.score, 15.0),
        float(np.clip(scaled.score, 3, 6)),
        *(
            float(np.clip(scaled.scores[start:end].max(), 0, 12))
            for start, end in pairwise(places.tolist())
        ),
    ]


def _cut(match: TemplateCorrelation, name: str, limits: tuple[float, float]) -> float:
    field = _MATCH_FIELDS[name.partition(" to ")[0]]
    return float(np.clip(getattr(match, field), *limits))


def _common(image: NDArray[Any], luma: FloatArray, size: float) -> list[float]:
    """What generators in general leave, in the order of the names."""
    profiles = line_profiles(luma)
    part = Part(
        profiles=profiles,
        periods=tuple(period for profile in profiles for period in period_test(profile)),
        chroma=(),
        activity=activity(luma),
        lattice=lattice(image),
        phases=phase_statistics(image),
    )
    cue = camera_cue(part)
    grounds = [min(one(part).strength, _STRENGTH) for one in (bands_ground, lattice_ground)]
    found = comb(profiles)
    combs = np.stack([found.highest(*edges) for edges in pairwise(_COMB_BANDS)], axis=-1)
    return [
        max(grounds),
        float(np.clip(max(grounds) - _NOTABLE, 0, 1 - _NOTABLE)),
        *grounds,
        *np.minimum(second_evidence(part), 20.0).tolist(),
        min(part.lattice.shared, 15.0),
        float(cue.is_mosaic),
        float(cue.quincunx),
        float(like_webp(part)),
        *(min(-math.log(period.p_value), _NATS) for period in part.periods),
        size,
        *combs.ravel().tolist(),
    ]


def _within(image: NDArray[Any], picture: NDArray[Any]) -> str:
    return "" if image.shape == picture.shape else " within its even surround"


def judged(image: NDArray[Any]) -> NDArray[Any]:
    """The part of a very large picture that is looked at: its middle, 4096 pixels a side.

    Traces are everywhere or nowhere, and memory is not.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N)

    Returns
    -------
    ndarray
        A view.

    Examples
    --------
    >>> judged(np.zeros((5000, 300), np.uint8)).shape
    (4096, 300)
    """
    return _middle(image, _JUDGED)


def _middle(image: NDArray[Any], most: int = _CENTRAL) -> NDArray[Any]:
    rows, columns = (
        slice(max(0, (side - most) // 2), max(0, (side - most) // 2) + most)
        for side in image.shape[:2]
    )
    return image[rows, columns]
