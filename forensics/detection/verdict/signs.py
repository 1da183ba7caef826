"""What speaks for a generator: signs whose chance holds on real pictures of sources left out.

Bands are none: cameras leave the same ones, as strong, in a single picture. What repeats in one is
weighed by the score, and told with its causes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from forensics.detection.verdict.evidence import Evidence
from forensics.traces.fingerprints.match import FingerprintMatch

__all__ = [
    "CrosswiseSign",
    "FingerprintSign",
    "Sign",
    "SignName",
    "best_match",
    "signs",
]

SignName: TypeAlias = Literal["fingerprint", "crosswise pattern"]


@dataclass(frozen=True, slots=True, eq=False)
class FingerprintSign:
    """Sign "fingerprint": the pattern of a known generator.

    Parameters
    ----------
    value : float
        What the score weighs: the natural logarithm of the chance. NaN where none could be sought,
        or where it would speak for a generator and is excused.
    match : FingerprintMatch, optional
        The likeliest; None where none was tried.
    excused : bool
        Whether a cause that is there would make it as well: then it speaks for no generator.
    """

    name: ClassVar[SignName] = "fingerprint"
    value: float
    match: FingerprintMatch | None = None
    excused: bool = False

    @property
    def chance(self) -> float:
        """Chance that the score weighs; NaN as `value` is."""
        return math.exp(self.value)

    @property
    def p_value(self) -> float | None:
        """Chance over all fingerprints that were tried; None where none was."""
        return None if self.match is None else self.match.p_value

    def to_dict(self) -> dict[str, float | str]:
        """Evidence of the sign by name, ready for JSON."""
        if self.match is None or self.match.family is None:
            return {}
        return {
            "source": self.match.name,
            "family": self.match.family,
            "kind": self.match.kind,
            "z": self.match.z,
            "p_value": self.match.p_value,
            "matched_as": self.match.matched_as,
        }


@dataclass(frozen=True, slots=True, eq=False)
class CrosswiseSign:
    """Sign "crosswise pattern": a pattern that is added every 2 or 4 pixels.

    Parameters
    ----------
    value : float
        What the score weighs: the natural logarithm of the chance. NaN where it could not be
        sought, or where it would speak for a generator and is excused.
    p_value : float
        The chance.
    webp_share : float
        The largest share of WebP among what was found: that adds much the same.
    excused : bool
        Whether a cause that is there would make it as well: then it speaks for no generator.
    """

    name: ClassVar[SignName] = "crosswise pattern"
    value: float
    p_value: float
    webp_share: float
    excused: bool = False

    @property
    def chance(self) -> float:
        """Chance that the score weighs; NaN as `value` is."""
        return math.exp(self.value)

    def to_dict(self) -> dict[str, float | str]:
        """Evidence of the sign by name, ready for JSON."""
        return {"p_value": self.p_value, "webp_share": self.webp_share}


Sign: TypeAlias = FingerprintSign | CrosswiseSign
"""One sign of a generator; read by ``match``."""


def signs(found: Evidence) -> tuple[Sign, ...]:
    """Every sign of a generator that was sought, found or not.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    tuple of Sign
        Fingerprint, then crosswise pattern.
    """
    return _fingerprint(found), _crosswise(found)


def best_match(found: Evidence) -> FingerprintMatch | None:
    """Likeliest match of all fingerprints of generators that were tried.

    The two kinds of one generator's fingerprint are one generator. Those that nobody said to be a
    generator's speak for none: pictures share a watermark, a camera or a way of saving as well.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    FingerprintMatch or None
        None where none was tried.
    """
    generators = (match for match in found.matches if match.family is not None)
    return min(generators, key=lambda match: match.log_chance, default=None)


def _fingerprint(found: Evidence) -> FingerprintSign:
    """The best of all matches; its chance is corrected for all that were tried."""
    match = best_match(found)
    return FingerprintSign(math.nan if match is None else match.log_chance, match)


def _crosswise(found: Evidence) -> CrosswiseSign:
    added = found.added
    explained = added.p_value >= 1  # too small, or by WebP or dots: it says nothing
    log_chance = math.nan if explained else math.log(max(added.p_value, 1e-300))
    return CrosswiseSign(log_chance, added.p_value, max(added.webp.values(), default=0.0))
