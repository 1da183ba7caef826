"""What else can make a trace: compression, resizing, cameras, subsampled colour.

Each finder looks for one cause and returns it with its numbers, whether or not a generator
is there as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forensics.detection.evidence import Evidence
from forensics.detection.grounds import Ground, camera_cue, second_evidence, webp_like
from forensics.traces.periods import Banding, banding

__all__ = [
    "SIGNIFICANT",
    "Cause",
    "CauseName",
    "Container",
    "cameras",
    "chroma",
    "compressions",
    "explanation",
    "generator",
    "resamplings",
]

CauseName: TypeAlias = Literal[
    "generator", "jpeg", "webp", "resampling", "chroma", "camera", "unexplained"
]

SIGNIFICANT = 1e-3
"""Corrected p below which a period needs a cause, and a beat is a resampling."""
_REPEATED = 0.04
_DOUBLED = 20.0
"""How far period 2 in first must exceed JPEG's other harmonics to be a doubling."""
_ONE_AXIS = 4.0
_OFF_BEAT, _NEXT_TO = 0.15, 0.006
"""How far a period may lie from the beat, in its own cycles, and from a harmonic, in cycles a
pixel: three bins of 512 lines."""
_READ_OUT = 8.0
"""Evidence that means alternate along one axis alone, as a sensor's columns do."""
_BEYOND_BLOCKS = 6.0
"""How far period 2 of colour must exceed 8/3: blocks of 8 make both alike, of 16 only 2 and 4."""


@dataclass(frozen=True, slots=True)
class Container:
    """What the file's own header says about its compression.

    Parameters
    ----------
    format : str
        "JPEG", "WEBP", "PNG" and so on.
    quality : int, optional
        Of a JPEG.
    subsampling : str, optional
        Of a JPEG.
    """

    format: str
    quality: int | None = None
    subsampling: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """Something that happened to the picture, with the numbers that show it.

    Parameters
    ----------
    cause : {"generator", "jpeg", "webp", "resampling", "chroma", "camera", "unexplained"}
    numbers : dict
        By name, ready for JSON.
    """

    cause: CauseName
    numbers: dict[str, object]


def generator(reasons: tuple[Ground, ...]) -> Cause:
    """The generator, with every ground that convinces."""
    convincing = [one for one in reasons if one.strength >= 1]
    return Cause(
        "generator",
        {"grounds": {one.name: {"strength": one.strength, **one.numbers} for one in convincing}},
    )


def compressions(found: Evidence, container: Container | None) -> list[Cause]:
    """JPEG, by its grid in the pixels, and lossy WebP, by its 4 x 4 pixels or the file."""
    grid, quality = found.jpeg.grid, found.jpeg.quality
    causes = []
    if grid.found:
        numbers: dict[str, object] = {
            "origin": list(grid.origin),
            "log10_nfa": grid.log10_nfa,
            "quality": quality.quality if quality else None,
            "standard_table": quality.standard if quality else None,
        }
        if found.jpeg.earlier:
            earlier = found.jpeg.earlier
            numbers["earlier"] = {"origin": list(earlier.origin), "quality": earlier.quality}
        if container and container.format in ("JPEG", "MPO"):
            numbers["file_quality"] = container.quality
        causes.append(Cause("jpeg", numbers))
    seen = found.middle.lattice
    if webp_like(found.middle) or (container is not None and container.format == "WEBP"):
        causes.append(Cause("webp", {"nats": seen.total, "share": seen.webp}))
    return causes


def resamplings(found: Evidence, generated: bool) -> list[Cause]:
    """Resizing: by repeated lines, by a beat that is not the generator's own, by a doubling."""
    beat = found.resampling
    if beat.repeated > _REPEATED:
        factor = 1 / (1 - min(beat.repeated, 0.9))
        return [Cause("resampling", {"factors": [factor], "repeated_lines": beat.repeated})]
    own = generated and abs(beat.frequency * 16 - round(beat.frequency * 16)) < 0.1
    if beat.p_value < SIGNIFICANT and not own:
        numbers: dict[str, object] = {
            "factors": list(beat.factors),
            "frequency": beat.frequency,
            "p_value": beat.p_value,
        }
        return [Cause("resampling", numbers)]
    doubled = _doubling(found)
    if doubled and not generated:
        return [Cause("resampling", {"factors": [2.0], "ratio": doubled})]
    return []


def _doubling(found: Evidence) -> float:
    """Ratio of period 2 in first if only an enlargement by 2 explains it, else 0.

    JPEG makes this period, too, but never without its other harmonics; a generator shows
    it in second.
    """
    second, _ = second_evidence(found.middle)
    ratios = {
        period: min(
            one.ratio
            for one in found.periods
            if one.profile == "first" and math.isclose(one.period, period)
        )
        for period in (2.0, 4.0, 8 / 3)
    }
    tested = [one for one in banding(found.periods) if (one.profile, one.period) == ("first", 2.0)]
    others = max(ratios[4.0], ratios[8 / 3], 1.0)
    if tested[0].p_holm < SIGNIFICANT and ratios[2.0] > _DOUBLED * others and second < _ONE_AXIS:
        return ratios[2.0]
    return 0.0


def cameras(found: Evidence) -> list[Cause]:
    """A camera: its mosaic makes lines unlike in both axes alike, its read-out one axis."""
    together, weaker = second_evidence(found.middle)
    cue = camera_cue(found.middle)
    signed = {
        one.axis: -math.log(one.p_value)
        for one in found.periods
        if one.profile == "signed" and one.period == 2
    }
    mosaic = together > -math.log(SIGNIFICANT) and weaker > 1 and cue.is_mosaic
    readout = max(signed.values()) > _READ_OUT and min(signed.values()) < _ONE_AXIS
    if not (mosaic or readout):
        return []
    numbers: dict[str, object] = {
        "rows": cue.rows,
        "columns": cue.columns,
        "z_difference": cue.z_difference,
        "mosaic": mosaic,
        "read_out": max(signed, key=lambda axis: signed[axis]) if readout else None,
        "read_out_nats": max(signed.values()),
    }
    return [Cause("camera", numbers)]


def chroma(found: Evidence, container: Container | None) -> list[Cause]:
    """Subsampled colour: period 2 in the colour differences, beyond JPEG's other harmonics."""
    tested = [one for one in banding(found.chroma) if one.period == 2 and one.p_holm < SIGNIFICANT]
    ratios = {
        period: max(one.ratio for one in found.chroma if math.isclose(one.period, period))
        for period in ((2.0, 8 / 3) if tested else ())
    }
    if not tested or ratios[2.0] < _BEYOND_BLOCKS * ratios[8 / 3]:
        return []
    numbers: dict[str, object] = {"p_value": tested[0].p_holm}
    if container and container.subsampling:
        numbers["file_subsampling"] = container.subsampling
    return [Cause("chroma", numbers)]


def explanation(band: Banding, found: Evidence, names: set[CauseName]) -> tuple[CauseName, ...]:
    """The causes, among those that are there, that can make a period of a profile."""
    able: list[CauseName] = []
    if "generator" in names:
        able.append("generator")
    if "jpeg" in names and _jpeg_makes(band, found):
        able.append("jpeg")
    if "webp" in names and (band.profile == "signed" or band.period in (4.0, 8.0)):
        able.append("webp")
    if "resampling" in names and _resampling_makes(band, found):
        able.append("resampling")
    if "camera" in names and band.period == 2:
        able.append("camera")
    return tuple(able) or ("unexplained",)


def _jpeg_makes(band: Banding, found: Evidence) -> bool:
    """JPEG makes 8 and its parts; 16 with subsampled colour; 2 in second on one axis only,
    and only where it came twice.
    """
    if band.period != 2 or band.profile == "first":
        return True
    _, weaker = second_evidence(found.middle)
    return band.profile == "second" and weaker < _ONE_AXIS


def _resampling_makes(band: Banding, found: Evidence) -> bool:
    """Lines at a beat or at one of its next harmonics, folded back at half a cycle."""
    beat = found.resampling
    if band.period == 2 and band.profile == "first":
        return True
    if band.period == 2 and band.profile == "signed" and _doubling(found) > 0:
        return True
    if beat.repeated > _REPEATED and band.period != 2:
        return True
    line = 1 / band.period
    folded = [abs(k * beat.frequency - round(k * beat.frequency)) for k in (1, 2, 3)]
    multiples = [m * line for m in range(1, round(band.period / 2) + 1)]
    near = min(abs(folded[0] - one) for one in multiples) * band.period < _OFF_BEAT
    return (near and band.period != 2) or min(abs(one - line) for one in folded) < _NEXT_TO
