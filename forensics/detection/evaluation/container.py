"""What a file tells besides its content, and how well that alone tells two sets apart.

A detector that reads quality 75 against 99 has learned nothing about generators; this is
what its accuracy has to be held against.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.performance.accuracy import Clusters
from forensics.detection.performance.intervals import mean_interval
from forensics.errors import ParameterError
from forensics.images.record import FileRecord

__all__ = [
    "ABSENT",
    "Fact",
    "Separation",
    "container_facts",
    "container_only_accuracy",
    "separation",
]

Fact: TypeAlias = float | str
"""A number, or a word."""

ABSENT = "none"
"""The word for what a file has not, such as the quality of a PNG; among numbers, too."""
_FOLDS = 5
_DEPTH = 4
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Separation:
    """Separation of two sets by one fact alone.

    Parameters
    ----------
    accuracy : float
        Balanced accuracy on pictures that the rule was not made from; about .5 where the
        fact says nothing.
    interval : (float, float)
        95 %.
    n : (int, int)
        Number of pictures of either set.
    """

    accuracy: float
    interval: tuple[float, float]
    n: tuple[int, int]

    @property
    def telling(self) -> bool:
        """Whether it is more than chance."""
        return self.interval[0] > 0.5


def container_facts(record: FileRecord) -> dict[str, Fact]:
    """Facts of one file's header, each a number or a word.

    Parameters
    ----------
    record : FileRecord
        What the file tells, from `read_image`.

    Returns
    -------
    dict
        Keys format, mode, bit_depth, rows, columns, jpeg_quality, jpeg_tables (sums, and
        a checksum in hex), subsampling, progressive, exif, orientation, colour_profile and
        alpha. `ABSENT` where there is no JPEG.

    Examples
    --------
    >>> record = FileRecord("00", "PNG", "L", 8, 2, 3, 1, False, False, False, "", None)
    >>> facts = container_facts(record)
    >>> facts["format"], facts["rows"], facts["jpeg_quality"], facts["exif"]
    ('PNG', 2.0, 'none', 'no')
    """
    jpeg = record.jpeg
    return {
        "format": record.container,
        "mode": record.mode,
        "bit_depth": float(record.bit_depth),
        "rows": float(record.rows),
        "columns": float(record.columns),
        "jpeg_quality": float(jpeg.quality) if jpeg else ABSENT,
        "jpeg_tables": _tables_word(jpeg.tables) if jpeg else ABSENT,
        "subsampling": jpeg.subsampling if jpeg else ABSENT,
        "progressive": _yes(jpeg.progressive) if jpeg else ABSENT,
        "exif": _yes(record.exif),
        "orientation": str(record.orientation),
        "colour_profile": _yes(record.icc),
        "alpha": _yes(record.alpha),
    }


def separation(
    a: Sequence[Fact], b: Sequence[Fact], *, groups: Clusters | None = None, seed: int = 0
) -> Separation:
    """Separation of two sets by one fact alone, on pictures the rule was not made from.

    The rule for words: the set in which a word is more common. For numbers: inside or
    outside the interval in which the shares of both sets differ most (Kuiper's). What
    differs by less than one standard error is left undecided and counts one half. The rule
    is made from four fifths of the pictures and tried on the rest, five times.

    Parameters
    ----------
    a, b : sequence of float or str
        Values of the pictures of either set: all numbers, all words, or numbers and `ABSENT`.
    groups : (sequence of int, sequence of int), optional
        Group number of each picture of either set, from `groups_alike` over both: pictures of one
        group stay together.
    seed : int
        Seed of the split.

    Returns
    -------
    Separation
        The same if `a` and `b` are swapped.

    Raises
    ------
    ParameterError
        A set has fewer than two pictures, or groups, or `groups` do not fit.

    Examples
    --------
    >>> separation([75.0] * 20, [99.0] * 30).accuracy
    1.0
    >>> separation(["PNG"] * 20, ["PNG"] * 30).accuracy
    0.5
    """
    folds = _folds((len(a), len(b)), groups, seed)
    codes = _codes([*a, *b])
    words = any(isinstance(one, str) and one != ABSENT for one in (*a, *b))
    mine, others = codes[: len(a)], codes[len(a) :]
    credit = np.empty(len(codes))
    for fold in range(_FOLDS):
        out = folds == fold
        kept = mine[~out[: len(a)]], others[~out[len(a) :]]
        credit[out] = _rule(*kept, int(codes.max()) + 1, words=words)[codes[out]]
    return _scored(credit[: len(a)], 1 - credit[len(a) :])


def container_only_accuracy(
    facts_a: Sequence[Mapping[str, Fact]],
    facts_b: Sequence[Mapping[str, Fact]],
    *,
    groups: Clusters | None = None,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """Balanced accuracy of a model that sees the facts of headers and no pixel.

    A decision tree of depth 4, fitted on four fifths and tried on the rest, five times. A
    detector that is not clearly better has shown nothing.

    Parameters
    ----------
    facts_a, facts_b : sequence of dict
        Facts of the pictures of either set, from `container_facts`; or any facts, the same for
        every picture.
    groups : (sequence of int, sequence of int), optional
        Group number of each picture of either set, from `groups_alike` over both: pictures of one
        group stay together.
    seed : int
        Seed of the split.

    Returns
    -------
    accuracy : float
        Balanced accuracy; 0.5 is what guessing reaches.
    interval : (float, float)
        Its 95 % interval, from Wilson's of either set.

    Raises
    ------
    ParameterError
        A set has fewer than two pictures, or groups, or `groups` do not fit.

    Examples
    --------
    >>> png, jpeg = [{"format": "PNG"}] * 30, [{"format": "JPEG"}] * 20
    >>> container_only_accuracy(png, jpeg)[0], container_only_accuracy(png, png[:20])[0]
    (1.0, 0.5)
    """
    from sklearn.tree import DecisionTreeClassifier

    n = len(facts_a)
    folds = _folds((n, len(facts_b)), groups, seed)
    values = _columns([*facts_a, *facts_b])
    labels = np.arange(len(values)) < n
    credit = np.empty(len(values))
    for fold in range(_FOLDS):
        out = folds == fold
        if not out.any():
            continue
        counts = [int(np.count_nonzero(labels[~out] == label)) for label in (True, False)]
        tree = DecisionTreeClassifier(
            max_depth=_DEPTH,
            class_weight="balanced",
            # A difference of one standard error: less is what the split itself makes.
            min_impurity_decrease=(1 / counts[0] + 1 / counts[1]) / 8,
            random_state=seed,
        ).fit(values[~out], labels[~out])
        credit[out] = _decided(tree.predict_proba(values[out])[:, 1] - 0.5)
    accuracy = _scored(credit[:n], 1 - credit[n:])
    return accuracy.accuracy, accuracy.interval


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _tables_word(tables: Sequence[Sequence[int]]) -> str:
    sums = "/".join(str(sum(table)) for table in tables)
    return f"{sums} {zlib.crc32(repr(tables).encode()) & 0xFFFF:04x}"


def _codes(values: Sequence[Fact]) -> NDArray[np.intp]:
    """Whole numbers in the order of the values, words in front of numbers."""
    order = sorted(set(values), key=lambda one: (not isinstance(one, str), one))
    place = {value: number for number, value in enumerate(order)}
    return np.array([place[value] for value in values], np.intp)


def _columns(facts: Sequence[Mapping[str, Fact]]) -> FloatArray:
    """A column for each number, one for each word; what is absent lies below all numbers."""
    columns: list[FloatArray] = []
    for name in facts[0]:
        values = [one[name] for one in facts]
        codes = _codes(values).astype(np.float64)
        if any(isinstance(value, str) and value != ABSENT for value in values):
            columns += [(codes == code).astype(np.float64) for code in np.unique(codes)]
        else:
            columns.append(codes)
    return np.stack(columns, axis=1)


def _folds(n: tuple[int, int], groups: Clusters | None, seed: int) -> NDArray[np.intp]:
    """A fold for every picture of both sets: groups whole, each set spread evenly."""
    named = groups if groups is not None else (range(n[0]), range(n[0], sum(n)))
    if (len(named[0]), len(named[1])) != n:
        raise ParameterError(f"groups are of {len(named[0])} and {counted(len(named[1]))}, not {n}")
    _, which = np.unique([*named[0], *named[1]], return_inverse=True)
    most = int(which.max(initial=0)) + 1
    sizes = np.stack([np.bincount(part, minlength=most) for part in (which[: n[0]], which[n[0] :])])
    if min(np.count_nonzero(sizes, axis=1)) < 2:
        raise ParameterError(
            f"the sets have {n[0]} and {n[1]} pictures, at least two that are not alike are needed "
            "of each: name larger sets"
        )
    # Drawn for each set by itself, so that neither comes before the other.
    draws = [np.random.default_rng(seed).permutation(size) for size in n]
    ranks = np.full(sizes.shape[1], max(n))
    np.minimum.at(ranks, which, np.concatenate(draws))
    order = np.lexsort((ranks, -sizes.sum(axis=0), sizes.min(axis=0) == 0))
    folds, load = np.zeros(len(order), np.intp), np.zeros((2, _FOLDS))
    for group in order:
        folds[group] = np.argmin(sizes[:, group] @ load)
        load[:, folds[group]] += sizes[:, group]
    return folds[which]


def _rule(a: NDArray[np.intp], b: NDArray[np.intp], n_codes: int, *, words: bool) -> FloatArray:
    """For each value, 1 where it speaks for `a`, 0 for `b`, one half where it says nothing."""
    in_a, in_b = (np.bincount(part, minlength=n_codes) / len(part) for part in (a, b))
    if words:
        return _decided(in_a - in_b, _spread(in_a, in_b, len(a), len(b)))
    ahead = np.concatenate([[0.0], np.cumsum(in_a - in_b)])
    first, last = sorted((int(ahead.argmin()), int(ahead.argmax())))
    inside = np.zeros(n_codes, np.bool_)
    inside[first:last] = True
    share_a, share_b = (np.array(share[inside].sum()) for share in (in_a, in_b))
    for_a = _decided(share_a - share_b, _spread(share_a, share_b, len(a), len(b)))
    return np.where(inside, for_a, 1 - for_a)


def _spread(share_a: FloatArray, share_b: FloatArray, n_a: int, n_b: int) -> FloatArray:
    """Standard error of the difference of two shares."""
    variance = share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b
    return cast(FloatArray, np.sqrt(np.maximum(variance, 0)))


def _decided(difference: FloatArray, least: FloatArray | float = 0.0) -> FloatArray:
    """1 for positive, 0 for negative, one half for what does not exceed `least`."""
    beyond = np.abs(difference) > least + _ROUNDING
    return np.where(beyond, difference > 0, 0.5)


def _scored(right_a: FloatArray, right_b: FloatArray) -> Separation:
    counts = [(round(float(right.sum())), len(right)) for right in (right_a, right_b)]
    accuracy = (float(right_a.mean()) + float(right_b.mean())) / 2
    return Separation(accuracy, mean_interval(*counts), (len(right_a), len(right_b)))
