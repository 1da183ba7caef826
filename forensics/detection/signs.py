"""What speaks for a generator: three signs, each with the numbers that it rests on.

Two have a chance that holds on real pictures of sources left out. The third, bands, has none: many
innocent makers leave them, so that it has a measure, which the score weighs by a fitted curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from forensics.detection.evidence import Evidence, Part
from forensics.traces.color import CHANNELS
from forensics.traces.fingerprints.matching import FingerprintMatch
from forensics.traces.periods import Period
from forensics.traces.phases import PARTS, STATISTICS
from forensics.traces.significance import fisher

__all__ = [
    "CameraCue",
    "Sign",
    "SignName",
    "bands_sign",
    "best_match",
    "camera_cue",
    "second_evidence",
    "signs",
    "webp_like",
]

SignName: TypeAlias = Literal["fingerprint", "crosswise pattern", "bands"]

_BANDS, _SECOND, _SIGNED, _CAP = 18.0, 5.0, 7.5, 25.0
_SIGNED_IF_UNEVEN, _WEAKER_AXIS, _UNEVEN_Z = 3.0, 8.0, 3.5
"""Rows and columns busier, but not alike, as a camera's mosaic would have them."""
_BOTH_AXES = 9.0
"""Evidence that the mean of every second line differs, in the weaker axis: but for WebP,
one in a thousand real pictures has 7."""
_BANDS_ALONE = 0.9
"""What the measure of bands is cut at: innocent makers leave the strongest."""
_WEBP_CHANCE = 0.65
"""Share of a 4 x 4 pattern that WebP's explain by chance."""
_WEBP_NATS, _WEBP_LIKE = 8.0, 0.57
"""Evidence of a lattice, and the share of it from which lossy WebP is what made it."""
_CAMERA_Z, _EQUAL_Z, _EQUAL, _READOUT = 3.0, 1.5, 0.2, 4.0
_GREEN_Z, _GREEN_SHARE, _RED_SHARE = 5.0, 0.4, 0.3
_SOME_SECOND = 2.0
_COARSE = 8.0
"""Evidence of period 16 from which period 2 may be its harmonic."""


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """One sign of a generator.

    Parameters
    ----------
    name : {"fingerprint", "crosswise pattern", "bands"}
        *fingerprint*: the pattern of a known source. *crosswise pattern*: one added every 2 or 4
        pixels. *bands*: every second line differs, in how busy it is and in its mean.
    value : float
        What the score weighs: of the first two the natural logarithm of the chance, of bands a
        measure of 0 to 0.9. NaN where the sign could not be sought, or is excused.
    numbers : dict
        What it rests on, by name.
    excused : bool
        Whether a cause that is there would make it as well: then it adds nothing.
    """

    name: SignName
    value: float
    numbers: dict[str, float | str]
    excused: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CameraCue:
    """How alike rows and columns are: a camera's mosaic treats them alike.

    Green lies on the diagonals of a camera's 2 x 2 mosaic, red and blue on the two other
    places. Whatever demosaicing does to them, the contrast of rows is as large as that of
    columns; and where colour is stored in full, green differs along diagonals alone, red
    and blue do not.

    Parameters
    ----------
    rows, columns : float
        Contrasts of ``|h|`` in luma between even and odd lines, relative.
    z_rows, z_columns : float
        Over their standard errors.
    z_difference : float
        Of the difference of their sizes.
    quincunx : bool
        Green differs along diagonals alone, red and blue along lines as well.
    """

    rows: float
    columns: float
    z_rows: float
    z_columns: float
    z_difference: float
    quincunx: bool

    @property
    def is_mosaic(self) -> bool:
        """Rows and columns have contrasts, equal as far as one can tell; or green tells it."""
        there = min(abs(self.z_rows), abs(self.z_columns)) > _CAMERA_Z
        sizes = sorted((abs(self.rows), abs(self.columns)))
        equal = self.z_difference < _EQUAL_Z or sizes[0] > (1 - _EQUAL) * sizes[1]
        return self.quincunx or (there and equal)


def camera_cue(part: Part) -> CameraCue:
    """Compare the contrasts of rows and columns in luma, and of diagonals in green.

    References
    ----------
    Gallagher and Chen 2008, *Image authentication by detecting traces of demosaicing*.
    """
    statistic = STATISTICS.index("absolute")
    contrasts, deviations = part.phases.parts[statistic], part.phases.errors[statistic]
    rows, columns = (float(contrasts[0, PARTS.index(axis)]) for axis in ("rows", "columns"))
    errors = [float(deviations[0, PARTS.index(axis)]) for axis in ("rows", "columns")]
    z_rows, z_columns = (
        value / error if error > 0 else 0.0
        for value, error in zip((rows, columns), errors, strict=True)
    )
    both = math.hypot(*errors)
    difference = abs(abs(rows) - abs(columns)) / both if both > 0 else 0.0
    return CameraCue(rows, columns, z_rows, z_columns, difference, _quincunx(part))


def _quincunx(part: Part) -> bool:
    """Green differs along diagonals and hardly along lines; red and blue along lines, too."""
    statistic = STATISTICS.index("absolute")
    sizes = np.abs(part.phases.parts[statistic])
    diagonal = PARTS.index("diagonal")
    lines = np.delete(sizes, diagonal, axis=1).max(axis=1)
    red, green, blue = (CHANNELS.index(channel) for channel in ("red", "green", "blue"))
    error = float(part.phases.errors[statistic, green, diagonal])
    clear = sizes[green, diagonal] > _GREEN_Z * error > 0
    diagonals_only = lines[green] < _GREEN_SHARE * sizes[green, diagonal]
    in_lines = min(lines[red], lines[blue]) > _RED_SHARE * sizes[green, diagonal]
    return bool(clear and diagonals_only and in_lines)


def second_evidence(part: Part) -> tuple[float, float]:
    """Evidence, in nats, that every second line is busier: both axes, and the weaker one.

    The stronger of two measures: second differences, and relative activity.
    """
    measures = [_of(part.periods, "second"), list(part.activity.periods)]
    together = max(_nats(fisher([one.p_value for one in both])) for both in measures)
    weaker = max(min(_nats(one.p_value) for one in both) for both in measures)
    return together, weaker


def signs(found: Evidence) -> tuple[Sign, ...]:
    """Every sign of a generator that was sought, found or not.

    Parameters
    ----------
    found : Evidence

    Returns
    -------
    tuple of Sign
        Fingerprint, crosswise pattern, bands.
    """
    bands = sorted(map(bands_sign, found.parts), key=lambda one: one.value)
    return _fingerprint(found), _crosswise(found), bands[len(bands) // 2]


def best_match(found: Evidence) -> FingerprintMatch | None:
    """The likeliest match of all fingerprints that were tried; None where none was.

    The two kinds of one source's fingerprint are one source.
    """
    return min(found.matches, key=lambda match: match.log_chance, default=None)


def _fingerprint(found: Evidence) -> Sign:
    """The best of all matches; its chance is corrected for all that were tried."""
    match = best_match(found)
    if match is None:
        return Sign("fingerprint", math.nan, {})
    return Sign(
        "fingerprint",
        match.log_chance,
        {
            "source": match.name,
            "family": match.family,
            "kind": match.kind,
            "z": match.z,
            "p_value": match.p_value,
            "matched_as": match.matched_as,
        },
    )


def _crosswise(found: Evidence) -> Sign:
    added = found.added
    explained = added.p_value >= 1  # too small, or by WebP or dots: it says nothing
    log_chance = math.nan if explained else math.log(max(added.p_value, 1e-300))
    return Sign(
        "crosswise pattern",
        log_chance,
        {"p_value": added.p_value, "webp_share": max(added.webp.values(), default=0.0)},
    )


def bands_sign(part: Part) -> Sign:
    """Every second line differs both in variance and in mean, or in the mean of both axes.

    JPEG's own history moves the variance, WebP the mean, a camera the variance of both
    and the mean of columns: together, none does.
    """
    second, weaker = second_evidence(part)
    signed = _of(part.periods, "signed")
    nats = [_nats(one.p_value) for one in signed]
    beyond_webp = min(1.0, (1 - part.activity.webp) / (1 - _WEBP_CHANCE))
    mean = _nats(fisher([one.p_value for one in signed])) * beyond_webp
    cue = camera_cue(part)
    coarse = _has_coarse_lines(part)
    innocent = cue.quincunx or webp_like(part) or (cue.is_mosaic and min(nats) < _READOUT)
    # An enlargement by 2 of a compressed picture has the means as well, and no variance.
    both_axes = second > _SOME_SECOND and not webp_like(part) and not coarse
    strength = min(nats) * beyond_webp / _BOTH_AXES if both_axes else 0.0
    uneven = weaker > _WEAKER_AXIS and cue.z_difference > _UNEVEN_Z
    needed = _SIGNED_IF_UNEVEN if uneven else _SIGNED
    if second > _SECOND and mean > needed and not innocent and not coarse:
        strength = max(strength, (min(second, _CAP) + min(mean, _CAP)) / _BANDS)
    return Sign(
        "bands",
        min(strength, _BANDS_ALONE),
        {
            "second_nats": second,
            "signed_nats": mean,
            "ratio": max(one.ratio for one in _of(part.periods, "second")),
            "p_value": math.exp(-min(second, 700.0)),
        },
    )


def _has_coarse_lines(part: Part) -> bool:
    """Whether period 2 may be a harmonic of period 16: lines of text do that, generators do not."""
    second = [one for one in part.periods if one.profile == "second"]
    for axis in ("rows", "columns"):
        fine, coarse = (
            next(one for one in second if one.axis == axis and one.period == period)
            for period in (2, 16)
        )
        if _nats(coarse.p_value) > _COARSE and coarse.ratio > fine.ratio / 2:
            return True
    return False


def webp_like(part: Part) -> bool:
    """Whether a lattice is there that lossy WebP explains."""
    return part.lattice.total > _WEBP_NATS and part.lattice.webp > _WEBP_LIKE


def _of(periods: tuple[Period, ...], kind: str) -> list[Period]:
    return [one for one in periods if one.profile == kind and one.period == 2]


def _nats(p_value: float) -> float:
    return -math.log(min(p_value, 1.0))
