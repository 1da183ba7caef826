"""The values that one fact has in a set, in a few numbers or words; and who has copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forensics.detection.container import Fact

__all__ = ["Copies", "Summary", "copies", "summary"]

_WORDS, _PAIRS = 5, 5


@dataclass(frozen=True, slots=True)
class Summary:
    """The values of one fact in one set.

    Parameters
    ----------
    n : int
        Pictures.
    words : tuple of (str, int)
        The most common words with their counts; of numbers, what is absent.
    n_words : int
        How many different words there are.
    numbers : (float, float, float) or None
        5 %, median and 95 % of the numbers; None where there is none.
    """

    n: int
    words: tuple[tuple[str, int], ...]
    n_words: int
    numbers: tuple[float, float, float] | None

    @property
    def typical(self) -> Fact:
        """The median, or the most common word if at least half of the values are words."""
        worded = sum(count for _, count in self.words)
        if self.numbers is None or (self.words and 2 * worded >= self.n):
            return self.words[0][0]
        return self.numbers[1]


@dataclass(frozen=True, slots=True)
class Copies:
    """Pictures that are there more than once.

    Parameters
    ----------
    within : (int, int)
        Pictures of either set with another like them in their own set.
    across : (int, int)
        Pictures of either set with one like them in the other.
    pairs : tuple of tuples of (str, str)
        The first few by name: within the first set, within the second, across.
    """

    within: tuple[int, int]
    across: tuple[int, int]
    pairs: tuple[tuple[tuple[str, str], ...], ...]


def summary(values: Sequence[Fact]) -> Summary:
    """The values of one fact in a few numbers or words.

    Parameters
    ----------
    values : sequence of float or str
        At least one.

    Returns
    -------
    Summary

    Examples
    --------
    >>> summary([75.0, 75.0, 99.0]).numbers[1], summary(["yes", "no", "no"]).words
    (75.0, (('no', 2), ('yes', 1)))
    """
    words = Counter(value for value in values if isinstance(value, str))
    numbers = [value for value in values if not isinstance(value, str)]
    ranked = sorted(words.items(), key=lambda one: (-one[1], one[0]))
    low, middle, high = (
        np.quantile(numbers, (0.05, 0.5, 0.95), method="closest_observation").tolist()
        if numbers
        else (0.0, 0.0, 0.0)
    )
    return Summary(
        len(values), tuple(ranked[:_WORDS]), len(words), (low, middle, high) if numbers else None
    )


def copies(
    groups: tuple[Sequence[int], Sequence[int]], names: tuple[Sequence[str], Sequence[str]]
) -> Copies:
    """Who has copies, from a group number and a name for every picture of both sets.

    Parameters
    ----------
    groups : (sequence of int, sequence of int)
    names : (sequence of str, sequence of str)

    Returns
    -------
    Copies

    Examples
    --------
    >>> found = copies(([0, 0, 1], [1, 2]), (["a", "b", "c"], ["d", "e"]))
    >>> found.within, found.across, found.pairs
    ((2, 0), (1, 1), ((('a', 'b'),), (), (('c', 'd'),)))
    """
    members = [_members(*one) for one in zip(groups, names, strict=True)]
    shared = [group for group in members[0] if group in members[1]]
    repeated = [[some for some in one.values() if len(some) > 1] for one in members]
    return Copies(
        within=(sum(map(len, repeated[0])), sum(map(len, repeated[1]))),
        across=(
            sum(len(members[0][group]) for group in shared),
            sum(len(members[1][group]) for group in shared),
        ),
        pairs=(
            *(tuple((some[0], some[1]) for some in one[:_PAIRS]) for one in repeated),
            tuple((members[0][group][0], members[1][group][0]) for group in shared[:_PAIRS]),
        ),
    )


def _members(groups: Sequence[int], names: Sequence[str]) -> dict[int, list[str]]:
    members: dict[int, list[str]] = {}
    for group, name in zip(groups, names, strict=True):
        members.setdefault(group, []).append(name)
    return members
