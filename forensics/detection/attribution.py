"""Every period gets its cause, and a picture its verdict.

Banding alone proves nothing: JPEG, resizing, subsampling and cameras make bands as well.
So what each of them can do is taken off before a generator is named, and what nobody
explains is said to be unexplained.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forensics.detection.causes import Cause, CauseName, Container, Unexplained, Verdict
from forensics.detection.evidence import Evidence
from forensics.detection.grounds import Ground, grounds
from forensics.detection.makers import (
    SIGNIFICANT,
    cameras,
    chroma,
    codecs,
    enlargements,
    explanation,
    generator,
    jpegs,
    lines,
    prints,
    resamplings,
    surrounds,
    vetoed,
)
from forensics.traces.periods import Banding, banding

__all__ = [
    "Attribution",
    "PeriodCause",
    "Verdict",
    "attribution",
]

_DOUBTFUL = 0.8
"""Strength of the grounds from which one is no longer sure that there is no generator."""
_DITHERED = 0.45
"""Size of a 4 x 4 pattern, in units of the activity: dithers have .9, generators at most .25."""
_KNOTS, _LOG_ODDS = (0.0, 0.8, 1.0, 3.0), (-0.36, 0.0, 1.92, 3.78)
"""Straight lines from the strength of the grounds to the log odds of a generator; made again
by ``data/calibrate_score.py``. Below the strength from which one is unsure, even odds at most: that
knot is a choice; the others were fitted before the spreads of fingerprints were made wider."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodCause:
    """A significant period and what explains it.

    Parameters
    ----------
    banding : Banding
    causes : tuple of str
        As in `Cause`; several may share one period.
    """

    banding: Banding
    causes: tuple[CauseName, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """The verdict on one picture, and all it rests on.

    Parameters
    ----------
    verdict : str
        One of the three. "No generator trace" never means that the picture is a photograph, and
        no cause ever stands for a verdict.
    score : float
        Chance that it was generated if half of all pictures were, by pixels alone, after
        deliveries of all kinds. Without a trace it is not near 0: what travels loses them.
    causes : tuple of Cause
        Strongest first.
    periods : tuple of PeriodCause
        Every period that is significant after correction.
    grounds : tuple of Ground
        What speaks for a generator, convincing or not, strongest first.
    limits : tuple of str
        Why nothing, or less, can be said: "flat", "drawn", "page".
    """

    verdict: Verdict
    score: float
    causes: tuple[Cause, ...]
    periods: tuple[PeriodCause, ...]
    grounds: tuple[Ground, ...]
    limits: tuple[str, ...]


def attribution(found: Evidence, container: Container | None = None) -> Attribution:
    """Find the cause of every trace of a picture, and a verdict that can be defended.

    Parameters
    ----------
    found : Evidence
    container : Container, optional
        What the file says about its own compression. It can explain a trace, never
        raise the score.

    Returns
    -------
    Attribution

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*; Gallagher 2005;
    Gallagher and Chen 2008.

    Examples
    --------
    >>> from skimage.data import camera
    >>> from forensics.detection.evidence import evidence
    >>> attribution(evidence(camera())).verdict
    'no generator trace'
    """
    others: list[Cause] = [
        *codecs(found),
        *cameras(found),
        *lines(found),
        *prints(found),
        *surrounds(found),
        *enlargements(found),
    ]
    reasons = _heeded(grounds(found), others)
    limits = _limits(found, reasons)
    strength = reasons[0].strength
    generated = strength >= 1 and not limits
    causes: list[Cause] = [
        *([generator(reasons)] if generated else []),
        *jpegs(found, container),
        *resamplings(found, generated),
        *others,
    ]
    if not {"generator", "resampling"} & {one.cause for one in causes}:
        causes += chroma(found, container)
    names = {one.cause for one in causes}
    periods = tuple(
        PeriodCause(one, explanation(one, found, names))
        for one in banding(found.periods)
        if one.p_holm < SIGNIFICANT
    )
    unexplained = [one for one in periods if one.causes == ("unexplained",)]
    if unexplained:
        causes.append(Unexplained(tuple(one.banding.period for one in unexplained)))
        names.add("unexplained")
    doubtful = bool(limits) or strength >= _DOUBTFUL
    verdict = _verdict(names, doubtful)
    return Attribution(verdict, _score(strength, limits), tuple(causes), periods, reasons, limits)


def _limits(found: Evidence, reasons: tuple[Ground, ...]) -> tuple[str, ...]:
    if found.content.is_flat:
        return ("flat",)
    regular = float(np.sqrt(np.mean(found.middle.lattice.pattern**2))) > _DITHERED
    if found.content.is_drawn or regular:
        return ("drawn",)
    # Lines of text repeat as regularly as a generator's; no page has a generator's fingerprint.
    known = any(one.name == "fingerprint" and one.strength >= 1 for one in reasons)
    banded = reasons[0].strength >= _DOUBTFUL and not known
    return ("page",) if found.content.is_page and banded else ()


def _heeded(reasons: tuple[Ground, ...], causes: list[Cause]) -> tuple[Ground, ...]:
    """Grounds that no cause which is there would make as well."""
    undone = vetoed(causes)
    heeded = [Ground(one.name, 0.0, one.numbers) if one.name in undone else one for one in reasons]
    return tuple(sorted(heeded, key=lambda ground: -ground.strength))


def _verdict(names: set[CauseName], doubtful: bool) -> Verdict:
    if "generator" in names:
        return "generator trace"
    # What a network has enlarged may have been a photograph as well as a generated picture.
    if doubtful or names & {"unexplained", "network enlargement"}:
        return "unsure"
    return "no generator trace"


def _score(strength: float, limits: tuple[str, ...]) -> float:
    """Map the strength to a chance; where nothing can be said, one half."""
    if limits:
        return 0.5
    return float(1 / (1 + math.exp(-np.interp(strength, _KNOTS, _LOG_ODDS))))
