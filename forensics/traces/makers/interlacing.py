"""Interlaced video: odd and even lines from two moments, one moved against the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensics.traces.blockwise import BLOCK, cropped
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.significance import binomial_tail

__all__ = ["Interlacing", "interlacing"]

_FURTHEST = 6
_CLEAR = 0.9
"""Share of the error without a shift that the error with one has to stay below."""
_USUAL = 1 / 3
"""Share of the blocks that texture alone may send to one shift: far more than it does."""


@dataclass(frozen=True, slots=True)
class Interlacing:
    """How far odd lines are displaced against even ones.

    Parameters
    ----------
    shift : int, pixels
        Positive to the right; 0 where they are not.
    votes : float
        Share of the blocks with any texture that find this shift best.
    p_value : float
        Chance of so many votes for any shift where a third may go to one by chance.
    """

    shift: int
    votes: float
    p_value: float


def interlacing(image: PlanesLike) -> Interlacing:
    """Trace of interlaced video: two fields that are displaced against each other.

    The mean of two even lines is held against the odd line between them, moved by up to 6
    pixels: nothing but a displacement of fields makes most blocks choose the same one.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 64 pixels a side.

    Returns
    -------
    Interlacing
        The displacement, with the chance of such agreement without fields.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

    References
    ----------
    Wang and Farid 2007, *Exposing digital forgeries in interlaced and deinterlaced video*.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 20, (128, 160)).cumsum(axis=0).cumsum(axis=1) / 50 + 100
    >>> image[1::2] = np.roll(image, 3, axis=1)[1::2]
    >>> interlacing(image).shift, interlacing(image[::2]).shift
    (3, 0)
    """
    luma = as_planes(image).single()
    even, odd = luma[::2], luma[1::2]
    between = (even[: len(odd) - 1] + even[1 : len(odd)]) / 2
    inner = slice(_FURTHEST, luma.shape[1] - _FURTHEST)
    errors = []
    for shift in range(-_FURTHEST, _FURTHEST + 1):
        moved = odd[: len(between), inner.start + shift : inner.stop + shift]
        apart = cropped(np.abs(moved - between[:, inner]), BLOCK)
        rows, columns = (length // BLOCK for length in apart.shape)
        lines = apart.reshape(2 * rows, BLOCK // 2, columns * BLOCK).sum(axis=1)
        errors.append(lines.reshape(2 * rows * columns, BLOCK).mean(axis=1) / (BLOCK // 2))
    return _voted(np.stack(errors))


def _voted(errors: NDArray[np.float32]) -> Interlacing:
    """The shift that most blocks choose, those left out that have no texture to choose by."""
    best = errors.argmin(axis=0)
    textured = np.median(errors, axis=0) > errors.min(axis=0) + 0.5
    clear = errors.min(axis=0) < _CLEAR * errors[_FURTHEST]
    chosen = np.where(clear, best, _FURTHEST)[textured]
    votes = np.bincount(chosen, minlength=len(errors))
    moved = votes.copy()
    moved[[0, _FURTHEST, len(votes) - 1]] = 0  # the furthest would stand for all beyond
    winner = int(moved.argmax())
    n = int(votes.sum())
    if n == 0 or moved[winner] == 0:
        return Interlacing(0, 0.0, 1.0)
    chance = min(1.0, len(votes) * binomial_tail(int(moved[winner]), n, _USUAL))
    return Interlacing(winner - _FURTHEST, moved[winner] / n, chance)
