"""A classifier: its heads, the fingerprints that it holds, and all that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forensics._typing import Method
from forensics.detection.heads import Head
from forensics.detection.standing import Standing
from forensics.traces.fingerprints.pattern import Fingerprint

__all__ = ["Model"]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A classifier with all that it needs, and all that made it.

    Parameters
    ----------
    name : str
    method : {"traces", "thread"}
        Which features it takes.
    feature_version : int
        Of the definition of these features.
    heads : mapping of str to Head
        "together", and with the method *traces* "any", and "known" if there is a fingerprint.
    fingerprints : tuple of Fingerprint
        Of the sources it knows.
    standing : mapping of str to Standing
        What each small delivery does to a verdict of *together*.
    training : mapping
        Sets by hash, counts, deliveries, seed, versions, date: ready for JSON.
    metrics : mapping
        On its own held-out pictures: ready for JSON.
    """

    name: str
    method: Method
    feature_version: int
    heads: Mapping[str, Head]
    fingerprints: tuple[Fingerprint, ...]
    standing: Mapping[str, Standing]
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]
