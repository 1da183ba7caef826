"""One decision about one picture: a verdict and a score, and apart from these its causes.

Banding alone proves nothing: JPEG, resizing, subsampling and cameras make bands as well. What each
of them can do is taken off before anything is weighed. Then every sign of a generator adds to one
score, and the score alone makes the verdict: no cause ever stands for one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.verdict.causes import (
    NEEDS_CAUSE,
    Cause,
    CauseName,
    Container,
    Unexplained,
    cameras,
    chroma,
    codecs,
    enlargements,
    explanation,
    generator,
    jpegs,
    known_sources,
    lines,
    prints,
    resamplings,
    surrounds,
    vetoed,
)
from forensics.detection.verdict.evidence import Evidence
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.references import ReferenceRate, kind_number
from forensics.detection.verdict.score import (
    BASE,
    CUT,
    FEATURES,
    ScoreModel,
    Verdict,
    chance_ratio,
    chances,
    features,
)
from forensics.detection.verdict.signs import Sign, best_match, signs
from forensics.traces.fingerprints.fingerprint import SMALLEST_FRAME_SIDE
from forensics.traces.periods import Banding, banding

__all__ = [
    "Attribution",
    "Contribution",
    "PeriodCause",
    "Verdict",
    "attribution",
    "measured_features",
    "picture_kind",
]

_DITHERED = 0.45
"""Size of a 4 x 4 pattern, in units of the activity: dithers have .9, generators at most .25."""
_SPEAKS = 1.0
"""Log odds from which a sign is named as a reason of a verdict: it makes a generator 2.7 times as
likely."""
_NOTABLE = 0.05
"""Chance below which a sign is worth naming where no trace is found."""
_EXPLAINING: tuple[CauseName, ...] = ("known source", "camera", "jpeg", "resampling")
"""Causes that explain a picture without a trace of a generator, the rarest first."""
_TINY = 1e-9
"""Log odds that are rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodCause:
    """Significant period, and what explains it.

    Parameters
    ----------
    banding : Banding
        Evidence for the period.
    causes : tuple of str
        Names of the causes, as in `Cause`; several may share one period.
    """

    banding: Banding
    causes: tuple[CauseName, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """Log odds that one feature adds for a picture.

    Parameters
    ----------
    name : str
        Name of the feature, as in `FEATURES`; or "any picture", or "cut for want of sources".
    value : float
        Value of the feature; NaN where it could not be measured or is excused.
    log_odds : float
        Natural logarithm.
    """

    name: str
    value: float
    log_odds: float


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Verdict on one picture, with its score, its causes and all that it rests on.

    Parameters
    ----------
    verdict : str
        One of the three. "No generator trace" never means that the picture is a photograph.
    score : float
        Chance that it was generated if half of all pictures were, by pixels alone, after
        deliveries of all kinds. Without a trace it is not near 0: what travels loses them.
    log_likelihood_ratio : float
        Log odds of the score: natural logarithm of how much likelier the traces are in a generated
        picture than in a real one, no further than the reference can support.
    family : str, optional
        Family of the generator, where the fingerprint of one names it.
    contributions : tuple of Contribution
        In the order of `FEATURES`, then the one of any picture, and what is cut for want of
        sources; their sum is the log likelihood ratio before it is bounded. Empty where nothing can
        be said.
    reference : ReferenceRate
        Rate of real pictures that reach this score.
    alike : ReferenceRate, optional
        The same among real pictures of this kind; None where too few were measured.
    causes : tuple of Cause
        Strongest first.
    periods : tuple of PeriodCause
        Every period that is significant after correction.
    signs : tuple of Sign
        Signs of a generator, found or not; what adds most comes first.
    limits : tuple of str
        Why nothing can be said: "flat", "small", "drawn", "page".
    turned : str
        The small delivery that would turn the verdict around; "" for none.
    """

    verdict: Verdict
    score: float
    log_likelihood_ratio: float
    family: str | None
    contributions: tuple[Contribution, ...]
    reference: ReferenceRate
    alike: ReferenceRate | None
    causes: tuple[Cause, ...]
    periods: tuple[PeriodCause, ...]
    signs: tuple[Sign, ...]
    limits: tuple[str, ...]
    turned: str = ""

    @property
    def log_odds(self) -> float:
        """Log odds before they are bounded, as they are held against the thresholds."""
        return math.fsum(one.log_odds for one in self.contributions)

    def log_odds_of(self, name: str) -> float:
        """Log odds that one feature adds.

        Parameters
        ----------
        name : str
            Name of the feature, as in `FEATURES`.

        Returns
        -------
        float
            0 where it was not weighed.
        """
        return next((one.log_odds for one in self.contributions if one.name == name), 0.0)

    @property
    def is_bounded(self) -> bool:
        """Whether the log odds say more than the reference can support."""
        return abs(self.log_odds) > abs(self.log_likelihood_ratio) + _TINY

    @property
    def speaking(self) -> tuple[Sign, ...]:
        """Signs that alone make a generator likelier, what adds most first."""
        return tuple(one for one in self.signs if self.log_odds_of(one.name) >= _SPEAKS)

    @property
    def sought(self) -> tuple[Sign, ...]:
        """Signs that could be sought and are not excused."""
        return tuple(one for one in self.signs if not math.isnan(one.value))

    @property
    def noted(self) -> Sign | None:
        """Sign with the least chance, where that is below .05 and so worth naming."""
        least = min(self.sought, key=lambda one: one.value, default=None)
        return least if least is not None and least.chance <= _NOTABLE else None

    @property
    def main_cause(self) -> Cause | None:
        """What explains a picture without a trace of a generator, if something does."""
        if self.verdict != "no generator trace":
            return None
        causes = {one.cause: one for one in self.causes}
        return next((causes[name] for name in _EXPLAINING if name in causes), None)

    def turned_by(self, delivery: str) -> Attribution:
        """The same, unsure because a small delivery would turn the verdict around.

        Parameters
        ----------
        delivery : str
            Name of the small delivery.

        Returns
        -------
        Attribution
            With the verdict *unsure*.
        """
        causes = tuple(one for one in self.causes if one.cause != "generator")
        return replace(self, verdict="unsure", family=None, causes=causes, turned=delivery)


def attribution(
    found: Evidence, container: Container | None = None, *, model: ScoreModel | None = None
) -> Attribution:
    """Verdict on one picture from all its traces, and the cause of every trace.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.
    container : Container, optional
        What the file says about its own compression. It can explain a trace, never
        raise the score.
    model : ScoreModel, optional
        Score to judge by; the shipped one by default.

    Returns
    -------
    Attribution
        The verdict, with all that it rests on.

    See Also
    --------
    inspect_image : The same of a picture file.

    References
    ----------
    Odena, Dumoulin, Olah 2016, *Deconvolution and checkerboard artifacts*; Gallagher 2005;
    Gallagher and Chen 2008.

    Examples
    --------
    >>> from skimage.data import camera
    >>> from forensics.detection.verdict.evidence import evidence
    >>> attribution(evidence(camera())).verdict
    'no generator trace'
    """
    model = model or shipped_model()
    others = _makers(found)
    heeded = _heeded(found, others)
    values = features(found, heeded)
    added = model.contributions(values)
    log_odds = float(added.sum())
    limits = _limits(found, log_odds >= model.doubtful)
    verdict = _verdict(log_odds, limits, others, model)
    generated = verdict == "generator trace"
    parts = tuple(
        Contribution(name, value, odds)
        for name, value, odds in zip(
            (*FEATURES, BASE, CUT),
            (*values.tolist(), math.nan, math.nan),
            added.tolist(),
            strict=True,
        )
    )
    ranked = _ranked(heeded, parts)
    causes: list[Cause] = [
        *([generator(_speaking(ranked, parts))] if generated else []),
        *known_sources(found),
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
        if one.p_holm < NEEDS_CAUSE
    )
    unexplained = [one for one in periods if one.causes == ("unexplained",)]
    if unexplained:
        causes.append(Unexplained(tuple(one.banding.period for one in unexplained)))
    told = 0.0 if limits else log_odds
    ratio = float(model.bounded(told))
    match = best_match(found)
    kind = picture_kind(found)
    return Attribution(
        verdict=verdict,
        score=float(chances(ratio)),
        log_likelihood_ratio=ratio,
        family=match.family if generated and match is not None and match.matched else None,
        contributions=() if limits else parts,
        reference=model.reference.rate(told),
        alike=model.reference.alike(told, kind),
        causes=tuple(causes),
        periods=periods,
        signs=ranked,
        limits=limits,
    )


def measured_features(found: Evidence) -> tuple[FloatArray, tuple[str, ...]]:
    """Features that a score weighs of a picture, and why it may say nothing.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    ndarray, shape (18,), float64
        In the order of `FEATURES`.
    tuple of str
        Limits that hold whatever the score is: "flat", "small", "drawn", "page".
    """
    heeded = _heeded(found, _makers(found))
    return features(found, heeded), _limits(found, banded=True)


def picture_kind(found: Evidence) -> int:
    """Kind of a picture: what its pixels tell of the last save, and its size.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    int
        Number in `PICTURE_KINDS`.
    """
    quality = found.jpeg.quality.quality if found.jpeg.grid.found and found.jpeg.quality else None
    return kind_number(quality, found.shape)


def _makers(found: Evidence) -> list[Cause]:
    """What other makers of regular patterns left."""
    return [
        *codecs(found),
        *cameras(found),
        *lines(found),
        *prints(found),
        *surrounds(found),
        *enlargements(found),
    ]


def _heeded(found: Evidence, causes: list[Cause]) -> tuple[Sign, ...]:
    """Every sign, excused where a cause that is there would make it as well.

    Excused, it has no value, unless that speaks against a generator.
    """
    excused = vetoed(causes)
    every = []
    for one in signs(found):
        against = chance_ratio(one.value) < 0
        value = one.value if one.name not in excused or against else math.nan
        every.append(replace(one, value=value, excused=one.name in excused))
    return tuple(every)


def _ranked(heeded: tuple[Sign, ...], parts: tuple[Contribution, ...]) -> tuple[Sign, ...]:
    weight = {one.name: one.log_odds for one in parts}
    return tuple(sorted(heeded, key=lambda sign: -weight[sign.name]))


def _speaking(ranked: tuple[Sign, ...], parts: tuple[Contribution, ...]) -> tuple[Sign, ...]:
    weight = {one.name: one.log_odds for one in parts}
    return tuple(sign for sign in ranked if weight[sign.name] >= _SPEAKS)


def _limits(found: Evidence, banded: bool) -> tuple[str, ...]:
    """Why nothing can be said, if so; `banded` is whether there is anything to be doubted."""
    if found.content.is_flat:
        return ("flat",)
    if min(found.shape[:2]) < SMALLEST_FRAME_SIDE:
        return ("small",)
    regular = float(np.sqrt(np.mean(found.middle.pattern**2))) > _DITHERED
    if found.content.is_drawn or regular:
        return ("drawn",)
    # Lines of text repeat as regularly as a generator's; no page has a generator's fingerprint.
    match = best_match(found)
    known = match is not None and match.matched
    return ("page",) if found.content.is_page and banded and not known else ()


def _verdict(
    log_odds: float, limits: tuple[str, ...], causes: list[Cause], model: ScoreModel
) -> Verdict:
    if limits:
        return "unsure"
    verdict = model.verdict(log_odds)
    # What a network has enlarged may have been a photograph as well as a generated picture.
    enlarged = any(one.cause == "network enlargement" for one in causes)
    return "unsure" if enlarged and verdict == "no generator trace" else verdict
