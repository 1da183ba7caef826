"""A set in two parts by content: what looks alike is in one of them, never in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forensics.detection.specimens import Specimen
from forensics.errors import ParameterError
from forensics.traces.likeness import groups_alike

__all__ = ["Division", "divided"]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A set in two parts.

    Parameters
    ----------
    train, test : tuple of Specimen
        In the order of the set.
    n_groups : int
        Groups of pictures that look alike; as many as pictures if none do.
    """

    train: tuple[Specimen, ...]
    test: tuple[Specimen, ...]
    n_groups: int


def divided(pictures: Sequence[Specimen], *, test: float = 0.3, seed: int = 0) -> Division:
    """Divide a set so that no picture of one part looks like one of the other.

    A model that is tested on near-duplicates of what it was trained on is not tested. Which
    group goes where depends on the seed and on the bytes of its pictures, not on their names.

    Parameters
    ----------
    pictures : sequence of Specimen
        What `look_at` found.
    test : float
        Share of the pictures that is wanted for the test, above 0 and below 1. As groups are
        kept whole, it is met as nearly as they allow.
    seed : int

    Returns
    -------
    Division

    Raises
    ------
    ParameterError
        `test` is out of its range, or all pictures look alike.
    """
    if not 0 < test < 1:
        raise ParameterError(f"test is {test}, a share: pass a number above 0 and below 1")
    groups = groups_alike(np.stack([one.likeness for one in pictures]))
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        raise ParameterError(
            f"all {len(pictures)} pictures look alike, so none can be kept apart: add others"
        )
    first = [""] * len(sizes)
    for group, one in zip(groups.tolist(), pictures, strict=True):
        first[group] = min(first[group] or one.record.sha256, one.record.sha256)
    ranked = sorted(range(len(sizes)), key=first.__getitem__)
    drawn = np.random.default_rng(seed).permutation(len(ranked))
    wanted = test * len(pictures)
    chosen: set[int] = set()
    n = 0
    for group in (ranked[place] for place in drawn):
        # Whichever is nearer to what is wanted: with this group, or without it.
        if len(chosen) < len(sizes) - 1 and abs(n + sizes[group] - wanted) < abs(n - wanted):
            chosen.add(group)
            n += int(sizes[group])
    if not chosen:
        chosen.add(min(ranked, key=sizes.__getitem__))
    parts: dict[bool, list[Specimen]] = {True: [], False: []}
    for group, one in zip(groups.tolist(), pictures, strict=True):
        parts[group in chosen].append(one)
    return Division(tuple(parts[False]), tuple(parts[True]), len(sizes))
