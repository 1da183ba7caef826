"""What speaks for a generator, each ground on its own scale: 1 is where it convinces.

The scales are set on real pictures sent through random deliveries
(``benchmarks/check_deliveries.py``), never on those that are reported on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forensics.detection.evidence import Evidence, Part
from forensics.traces.periods import Period
from forensics.traces.phases import PARTS, STATISTICS
from forensics.traces.significance import fisher

__all__ = [
    "CameraCue",
    "Ground",
    "GroundName",
    "camera_cue",
    "grounds",
    "second_evidence",
]

GroundName: TypeAlias = Literal["fingerprint", "bands", "uneven bands", "lattice"]

_BANDS, _SECOND, _SIGNED, _CAP = 18.0, 5.0, 7.5, 25.0
_BOTH_AXES = 9.0
"""Evidence that the mean of every second line differs, in the weaker axis: but for WebP,
one in a thousand real pictures has 7."""
_UNEVEN, _WEAKER_AXIS, _UNEVEN_Z = 22.0, 10.0, 3.5
_LATTICE = 13.0
_SHARED = 3.0
"""How often the evidence of a lattice may stand in its strongest harmonic alone."""
_WEBP_CHANCE = 0.65
"""Share of a 4 x 4 pattern that WebP's explain by chance."""
_WEBP_LIKE = 0.8
_CAMERA_Z, _EQUAL_Z, _READOUT = 3.0, 1.5, 4.0
_MOSAIC_CONTRAST = 0.05
"""Contrast that a camera's mosaic leaves at most; .04 in the phones measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One ground for calling a picture generated.

    Parameters
    ----------
    name : {"fingerprint", "bands", "uneven bands", "lattice"}
        *fingerprint*: the pattern of a known source. *bands*: every second line differs, in
        how busy it is and in its mean. *uneven bands*: every second line is busier along
        both axes, but not equally, as a camera's mosaic would have it. *lattice*: a
        pattern added crosswise every 2 or 4 pixels.
    strength : float
        1 where it convinces.
    numbers : dict
        What it rests on, by name.
    """

    name: GroundName
    strength: float
    numbers: dict[str, float | str]


@dataclass(frozen=True, slots=True, eq=False)
class CameraCue:
    """How alike rows and columns are: a camera's mosaic treats them alike.

    Green lies on the diagonals of a camera's 2 x 2 mosaic, red and blue on the two other
    places. Whatever demosaicing does to them, the contrast of rows is as large as that of
    columns.

    Parameters
    ----------
    rows, columns : float
        Contrasts of ``|h|`` in luma between even and odd lines, relative.
    z_rows, z_columns : float
        Over their standard errors.
    z_difference : float
        Of the difference of their sizes.
    """

    rows: float
    columns: float
    z_rows: float
    z_columns: float
    z_difference: float

    @property
    def is_mosaic(self) -> bool:
        """Both are there, and equal as far as one can tell."""
        there = min(abs(self.z_rows), abs(self.z_columns)) > _CAMERA_Z
        weak = max(abs(self.rows), abs(self.columns)) < _MOSAIC_CONTRAST
        return there and weak and self.z_difference < _EQUAL_Z


def camera_cue(part: Part) -> CameraCue:
    """Compare the contrasts of rows and columns.

    References
    ----------
    Gallagher and Chen 2008, *Image authentication by detecting traces of demosaicing*.
    """
    contrasts = part.phases.parts[STATISTICS.index("absolute"), 0]
    deviations = part.phases.errors[STATISTICS.index("absolute"), 0]
    both_axes = [PARTS.index(axis) for axis in ("rows", "columns")]
    rows, columns = (float(contrasts[axis]) for axis in both_axes)
    errors = [float(deviations[axis]) for axis in both_axes]
    z_rows, z_columns = (
        value / error if error > 0 else 0.0
        for value, error in zip((rows, columns), errors, strict=True)
    )
    both = math.hypot(*errors)
    difference = abs(abs(rows) - abs(columns)) / both if both > 0 else 0.0
    return CameraCue(rows, columns, z_rows, z_columns, difference)


def second_evidence(part: Part) -> tuple[float, float]:
    """Evidence, in nats, that every second line is busier: both axes, and the weaker one.

    The stronger of two measures: second differences, and relative activity.
    """
    measures = [_of(part.periods, "second"), list(part.activity.periods)]
    together = max(_nats(fisher([one.p_value for one in both])) for both in measures)
    weaker = max(min(_nats(one.p_value) for one in both) for both in measures)
    return together, weaker


def grounds(found: Evidence) -> tuple[Ground, ...]:
    """What speaks for a generator, strongest first; all of it, convincing or not.

    Parameters
    ----------
    found : Evidence

    Returns
    -------
    tuple of Ground
    """
    medians = (
        sorted(map(ground, found.parts), key=lambda one: one.strength)[len(found.parts) // 2]
        for ground in (_bands, _uneven, _lattice)
    )
    every = (*_fingerprints(found), *medians)
    return tuple(sorted(every, key=lambda ground: -ground.strength))


def _bands(part: Part) -> Ground:
    """Every second line differs both in variance and in mean, or in the mean of both axes.

    JPEG's own history moves the variance, WebP the mean, a camera the variance of both
    and the mean of columns: together, none does.
    """
    second, _ = second_evidence(part)
    signed = _of(part.periods, "signed")
    nats = [_nats(one.p_value) for one in signed]
    beyond_webp = min(1.0, (1 - part.activity.webp) / (1 - _WEBP_CHANCE))
    mean = _nats(fisher([one.p_value for one in signed])) * beyond_webp
    strength = min(nats) * beyond_webp / _BOTH_AXES
    by_camera = camera_cue(part).is_mosaic and min(nats) < _READOUT
    if second > _SECOND and mean > _SIGNED and not by_camera:
        strength = max(strength, (min(second, _CAP) + min(mean, _CAP)) / _BANDS)
    return Ground(
        "bands",
        strength,
        {
            "second_nats": second,
            "signed_nats": mean,
            "ratio": max(one.ratio for one in _of(part.periods, "second")),
            "p_value": math.exp(-min(second, 700.0)),
        },
    )


def _uneven(part: Part) -> Ground:
    second, weaker = second_evidence(part)
    cue = camera_cue(part)
    convinces = weaker > _WEAKER_AXIS and cue.z_difference > _UNEVEN_Z
    return Ground(
        "uneven bands",
        second / _UNEVEN if convinces else 0.0,
        {"second_nats": second, "rows": cue.rows, "columns": cue.columns},
    )


def _lattice(part: Part) -> Ground:
    seen = part.lattice
    by_webp = seen.webp > _WEBP_LIKE
    strength = 0.0 if by_webp else min(seen.evidence, _SHARED * seen.shared) / _LATTICE
    return Ground("lattice", strength, {"nats": seen.evidence, "webp_share": seen.webp})


def _fingerprints(found: Evidence) -> tuple[Ground, ...]:
    return tuple(
        Ground(
            "fingerprint",
            match.strength,
            {"source": match.name, "score": match.score, "p_value": match.p_value},
        )
        for match in found.matches
    )


def _of(periods: tuple[Period, ...], kind: str) -> list[Period]:
    return [one for one in periods if one.profile == kind and one.period == 2]


def _nats(p_value: float) -> float:
    return -math.log(p_value)
