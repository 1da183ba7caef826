"""A known network's fingerprint by place: where in a picture its frame lies, and where not."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from forensics.traces.fingerprints.fingerprint import Fingerprint, plain_residual
from forensics.traces.fingerprints.frame import usual_largest
from forensics.traces.fingerprints.whitening import (
    log_largest_chance,
    matched_field,
    whitened,
)
from forensics.traces.medians import median
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.regions.beats import Cells
from forensics.traces.regions.boxes import CELL

__all__ = ["Framed", "LARGEST_FRAMED", "framed"]

LARGEST_FRAMED = 4096
"""Pixels a side up to which a frame is sought in a picture."""
_LEAST = 96
_NEAR = 8
"""Pixels around the best place that belong to it."""
_HALF = 0.5
_LOUDEST = 3.0


class Framed(NamedTuple):
    """Best place of a frame in a picture.

    Parameters
    ----------
    cells : Cells
        One number for each cell, standard normal where the frame is not.
    offset : (int, int)
        Row and column of the frame at the picture's first pixel; negative where the frame begins
        within the picture.
    log_chance : float
        Natural logarithm of the chance of as good a place, all offsets counted.
    """

    cells: Cells
    offset: tuple[int, int]
    log_chance: float


def framed(image: PlanesLike, source: Fingerprint) -> Framed | None:
    """Best place of a fingerprint's frame in a picture, at its own scale, and every cell's share.

    All offsets at once, those included at which the frame reaches out of the picture.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture, measured whole.
    source : Fingerprint
        Fingerprint of whole frames.

    Returns
    -------
    Framed or None
        None where the picture is too small or too large for it.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    planes = as_planes(image)
    sides = planes.shape[:2]
    if min(sides) < _LEAST or max(sides) > LARGEST_FRAMED:
        return None
    field = matched_field(whitened(plain_residual(planes)))
    if not field.any():
        return None
    pattern = source.pattern
    whole = tuple(
        next_fast_len(a + b, real=True) for a, b in zip(sides, pattern.shape, strict=True)
    )
    surface = irfft2(np.conj(rfft2(field, whole)) * rfft2(pattern, whole), whole)
    energy = irfft2(
        np.conj(rfft2(np.square(field), whole)) * rfft2(np.square(pattern), whole), whole
    )
    downs, rights = (
        (np.arange(n) + side) % n - side  # offsets, negative ones from the end
        for n, side in zip(whole, sides, strict=True)
    )
    shares = [
        np.clip(np.minimum(offsets + side, long) - np.maximum(offsets, 0), 0, None)
        for offsets, side, long in zip((downs, rights), sides, pattern.shape, strict=True)
    ]
    covered = np.minimum(shares[0][:, np.newaxis], shares[1]) >= _LEAST
    scores = np.where(covered, surface / np.sqrt(np.maximum(energy, 1e-6 * float(energy.max()))), 0)
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    offset = int(downs[best[0]]), int(rights[best[1]])
    largest, n = float(scores[best]), int(covered.sum())
    usual = max(1.0, median(np.abs(scores[covered]).astype(np.float64)) / 0.6745)
    near = np.arange(-_NEAR, _NEAR + 1)
    scores[np.ix_((best[0] + near) % whole[0], (best[1] + near) % whole[1])] = 0
    # Stripes and edges fit at many offsets: the second best place says so.
    usual = max(usual, float(scores.max()) / usual_largest(n))
    chance = log_largest_chance(largest / usual, n)
    return Framed(Cells(_HALF, _shares(field, pattern, offset)), offset, chance)


def _shares(
    field: NDArray[np.float32], pattern: NDArray[np.float32], offset: tuple[int, int]
) -> NDArray[np.complex64]:
    """The product of both in every cell, over its standard deviation, shape (1, M, N)."""
    moved = np.zeros(field.shape, np.float32)
    own = [
        slice(max(0, -first), min(side, long - first))
        for first, side, long in zip(offset, field.shape, pattern.shape, strict=True)
    ]
    theirs = tuple(
        slice(one.start + first, one.stop + first) for one, first in zip(own, offset, strict=True)
    )
    moved[own[0], own[1]] = pattern[theirs]
    rows, columns = (side // CELL for side in field.shape)
    product = (field * moved)[: rows * CELL, : columns * CELL]
    blocks = product.reshape(rows, CELL, columns, CELL)
    spread = np.sqrt(np.square(blocks).sum(axis=(1, 3)))
    z = blocks.sum(axis=(1, 3)) / np.maximum(spread, 1e-9)
    return cast(
        "NDArray[np.complex64]", np.clip(z, -_LOUDEST, _LOUDEST)[np.newaxis].astype(np.complex64)
    )
