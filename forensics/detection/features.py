"""What the score weighs: every trace of one picture as a short row of named numbers."""

from __future__ import annotations

import math

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.evidence import Evidence
from forensics.detection.score import FEATURES
from forensics.detection.signs import Sign
from forensics.traces.fingerprints.tile import ENERGIES

__all__ = ["features"]


def features(found: Evidence, heeded: tuple[Sign, ...]) -> FloatArray:
    """The numbers that the score of a picture is made of.

    Parameters
    ----------
    found : Evidence
    heeded : tuple of Sign
        With NaN for those that a cause which is there would make as well.

    Returns
    -------
    ndarray, shape (18,), float64
        In the order of `FEATURES`.
    """
    values: dict[str, float] = {sign.name: sign.value for sign in heeded}
    # What repeats in small cells is made by the same makers as a crosswise pattern.
    explained = any(sign.name == "crosswise pattern" and sign.excused for sign in heeded)
    energies = np.full(len(ENERGIES), math.nan)
    if found.energies is not None and not explained:
        energies = found.energies
    return np.array([*(values[name] for name in FEATURES[: len(values)]), *energies])
