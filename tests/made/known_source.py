"""A source whose fingerprint is known: a pattern of noise that it adds to every picture."""

from __future__ import annotations

from functools import cache

import numpy as np
import skimage.data

from forensics.engine.fingerprints import load_library
from forensics.traces.fingerprints.fingerprint import Fingerprint, FingerprintSums, fingerprint
from forensics.traces.fingerprints.frame import rescaled

SHAPE = (288, 448)
STRENGTH = 5.0
"""Counts."""


@cache
def pattern() -> np.ndarray:
    return np.random.default_rng(0).normal(size=SHAPE)


@cache
def known() -> Fingerprint:
    sums = FingerprintSums(100, np.rint(1e6 * pattern()).astype(np.int64))
    return fingerprint(sums, "a made-up source", family="a made-up source", dense=True)


def bearing(image: np.ndarray, strength: float = STRENGTH) -> np.ndarray:
    """The first part of a picture, as the source would have made it."""
    part = image[: SHAPE[0], : SHAPE[1]].astype(float)
    added = strength * pattern()[: part.shape[0], : part.shape[1]]
    return np.clip(
        np.rint(part + added.reshape(*added.shape, *[1] * (part.ndim - 2))), 0, 255
    ).astype(np.uint8)


@cache
def shipped_pattern(side: int) -> np.ndarray:
    """What the shipped fingerprint of StyleGAN2 faces says that their network adds, in counts."""
    source = next(one for one in load_library() if one.name == "stylegan2-faces")
    plane = rescaled(source.pattern, (side, side))
    return 5 * plane / plane.std()


@cache
def generated() -> np.ndarray:
    return bearing(skimage.data.chelsea())
