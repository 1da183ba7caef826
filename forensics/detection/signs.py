"""What speaks for a generator: signs whose chance holds on real pictures of sources left out.

Bands are none: cameras leave the same ones, as strong, in a single picture. What repeats in one is
weighed by the score, and told with its causes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forensics.detection.evidence import Evidence
from forensics.traces.fingerprints.matching import FingerprintMatch

__all__ = ["Sign", "SignName", "best_match", "signs"]

SignName: TypeAlias = Literal["fingerprint", "crosswise pattern"]


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """One sign of a generator.

    Parameters
    ----------
    name : {"fingerprint", "crosswise pattern"}
        *fingerprint*: the pattern of a known source. *crosswise pattern*: one added every 2 or 4
        pixels.
    value : float
        What the score weighs: the natural logarithm of the chance. NaN where the sign could not be
        sought, or where it would speak for a generator and is excused.
    numbers : dict
        What it rests on, by name.
    excused : bool
        Whether a cause that is there would make it as well: then it speaks for no generator.
    """

    name: SignName
    value: float
    numbers: dict[str, float | str]
    excused: bool = False

    @property
    def chance(self) -> float:
        """The chance that the score weighs; NaN as `value` is."""
        return math.exp(self.value)

    @property
    def p_value(self) -> float | None:
        """The chance, before anything excuses it; None where the sign could not be sought."""
        p = self.numbers.get("p_value")
        return p if isinstance(p, float) else None


def signs(found: Evidence) -> tuple[Sign, ...]:
    """Every sign of a generator that was sought, found or not.

    Parameters
    ----------
    found : Evidence

    Returns
    -------
    tuple of Sign
        Fingerprint, crosswise pattern.
    """
    return _fingerprint(found), _crosswise(found)


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
