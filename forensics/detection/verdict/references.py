"""How often real pictures show as much: the rate that stands beside every verdict.

A likelihood ratio says little to most people; that two of three thousand real pictures from
eighteen sources reach it says what a reader wants to know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray

__all__ = [
    "LEVELS",
    "PICTURE_KINDS",
    "Reference",
    "ReferenceRate",
    "counted",
    "kind_number",
]

LEVELS: FloatArray = np.round(np.arange(-20, 101) / 10, 1)
"""Log odds from which pictures are counted: of single pictures nothing is kept."""
_QUALITIES: tuple[tuple[int, str], ...] = (
    (0, "saved as JPEG of quality under 75"),
    (75, "saved as JPEG of quality 75 to 89"),
    (90, "saved as JPEG of quality 90 or more"),
)
_NO_JPEG = "without blocks of JPEG"
_SIDES: tuple[tuple[int, str], ...] = (
    (0, "under 256 pixels on the shorter side"),
    (256, "of 256 to 511 pixels on the shorter side"),
    (512, "of 512 pixels or more on the shorter side"),
)
PICTURE_KINDS: tuple[str, ...] = tuple(
    f"{quality}, {side}"
    for quality in (_NO_JPEG, *(words for _, words in _QUALITIES))
    for _, side in _SIDES
)
"""Kinds of pictures by what was done to them last, as the pixels tell it."""
FEWEST_ALIKE = 100
"""Real pictures of a kind below which its rate says too little."""


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """Reference rate: how many real pictures reach a score.

    Parameters
    ----------
    real : int
        Times that real pictures were measured, as found and after deliveries of all kinds; one
        picture many times, each time sent in another way.
    sources : int
        Number of sources that the pictures come from.
    as_much : int
        Those whose score is at least as high, by a fit that has not seen their source.
    kind : str
        Kind of the pictures, as in `PICTURE_KINDS`; "" for all.
    """

    real: int
    sources: int
    as_much: int
    kind: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Number of real pictures by source, kind and score.

    Parameters
    ----------
    sources : tuple of str
        Names of the sources.
    counts : ndarray, shape (S, K, L), int64
        Number of pictures of each source and each of `PICTURE_KINDS` that reach each of `LEVELS`.
    """

    sources: tuple[str, ...]
    counts: NDArray[np.int64]

    def rate(self, log_odds: float, kind: int | None = None) -> ReferenceRate:
        """Reference rate at given log odds, of all pictures or of those of one kind.

        Parameters
        ----------
        log_odds : float
            Log odds that are reached.
        kind : int, optional
            Number in `PICTURE_KINDS`; all kinds by default.

        Returns
        -------
        ReferenceRate
            How many reach them, of how many.
        """
        chosen = self.counts if kind is None else self.counts[:, [kind]]
        by_source = chosen.sum(axis=1)
        # Counted from the level below: rather one picture too many than one too few.
        level = int(np.searchsorted(LEVELS, log_odds + 1e-9, side="right")) - 1
        total = by_source[:, 0]
        return ReferenceRate(
            int(total.sum()),
            int(np.count_nonzero(total)),
            int(by_source[:, max(level, 0)].sum()),
            "" if kind is None else PICTURE_KINDS[kind],
        )

    def alike(self, log_odds: float, kind: int) -> ReferenceRate | None:
        """Reference rate among pictures of one kind.

        Parameters
        ----------
        log_odds : float
            Log odds that are reached.
        kind : int
            Number in `PICTURE_KINDS`.

        Returns
        -------
        ReferenceRate or None
            None where there are under a hundred.
        """
        rate = self.rate(log_odds, kind)
        return rate if rate.real >= FEWEST_ALIKE else None


def counted(log_odds: FloatArray, sources: NDArray[np.str_], kinds: NDArray[np.intp]) -> Reference:
    """Reference from the log odds of real pictures.

    Parameters
    ----------
    log_odds : ndarray, shape (N,), float64
        Log odds of the pictures.
    sources : ndarray, shape (N,), dtype str
        Source of each picture.
    kinds : ndarray, shape (N,), int
        Kind of each picture, as its number in `PICTURE_KINDS`.

    Returns
    -------
    Reference
        Number of pictures by source, kind and level.

    Examples
    --------
    >>> found = counted(np.array([0.0, 3.0]), np.array(["a", "b"]), np.array([0, 5]))
    >>> found.rate(1.0).as_much, found.rate(1.0).real
    (1, 2)
    """
    names = np.unique(sources)
    counts = np.zeros((len(names), len(PICTURE_KINDS), len(LEVELS)), np.int64)
    levels = np.clip(np.searchsorted(LEVELS, log_odds + 1e-9, side="right") - 1, 0, None)
    np.add.at(counts, (np.searchsorted(names, sources), kinds, levels), 1)
    reached = counts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return Reference(tuple(names.tolist()), np.ascontiguousarray(reached))


def kind_number(quality: int | None, shape: tuple[int, ...]) -> int:
    """Number in `PICTURE_KINDS` of a picture.

    Parameters
    ----------
    quality : int, optional
        Quality of the JPEG that its pixels show; None where they show none.
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).

    Returns
    -------
    int
        From 0.

    Examples
    --------
    >>> PICTURE_KINDS[kind_number(80, (512, 640, 3))]
    'saved as JPEG of quality 75 to 89, of 512 pixels or more on the shorter side'
    """
    number = 0 if quality is None else sum(quality >= least for least, _ in _QUALITIES)
    side = sum(min(shape[:2]) >= least for least, _ in _SIDES) - 1
    return number * len(_SIDES) + side
