"""The rows a model is fitted on: two sets, split by content, delivered alike, measured.

Both classes go the same random ways, from one seed. A fingerprint is made of the generated
pictures outside of each fold, so that none is held against a template that it is part of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add

import numpy as np

from forensics._typing import FloatArray, Method
from forensics.detection.journeys import delivered_as, training_journey
from forensics.detection.measuring import Journey, Rows, feature_names, measured_rows
from forensics.detection.specimens import FEWEST, Running, Specimen, look_at, split
from forensics.detection.tables import Table
from forensics.engine.adding import Adding, summed
from forensics.errors import EmptySetError
from forensics.images.decode import read_pixels
from forensics.images.sources import ImageSource, Skipped
from forensics.traces.fingerprints.pattern import (
    FEWEST_PICTURES,
    Fingerprint,
    FingerprintSums,
    fingerprint,
    fingerprint_sums,
)

__all__ = ["N_FOLDS", "Samples", "sampled"]

N_FOLDS = 4
_ROWS, _MOST = 2000, 16
"""Deliveries of each class, and of one picture at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Two sets after their journeys.

    Parameters
    ----------
    gan, real : tuple of Specimen
        With their folds.
    table : Table
    too_small : int
        Journeys after which a picture was too small.
    by_fold : tuple of Fingerprint or None
        For each fold: of the generated pictures outside of it.
    whole : Fingerprint, optional
        Of all generated pictures; None where too few have one size.
    skipped : tuple of Skipped
    """

    gan: tuple[Specimen, ...]
    real: tuple[Specimen, ...]
    table: Table
    too_small: int
    by_fold: tuple[Fingerprint | None, ...]
    whole: Fingerprint | None
    skipped: tuple[Skipped, ...]


def sampled(
    gan_images: Iterable[ImageSource],
    real_images: Iterable[ImageSource],
    *,
    name: str,
    method: Method,
    seed: int,
    kept: dict[str, FloatArray],
    running: Running,
) -> Samples:
    """Rows of features of two sets, ready to be fitted.

    Parameters
    ----------
    gan_images, real_images, name, method, seed, kept, running
        As for `train`.

    Returns
    -------
    Samples

    Raises
    ------
    EmptySetError
        Too few pictures are left.
    ParameterError
        The sets share pictures.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    seen = [
        look_at(images, running, label=label)
        for images, label in ((gan_images, "generated"), (real_images, "real"))
    ]
    gan, real = split(seen[0].pictures, seen[1].pictures, n_folds=N_FOLDS, seed=seed)
    by_fold, whole = (
        _fingerprints(gan, name, running) if method == "traces" else ([None] * N_FOLDS, None)
    )
    pictures = (*gan, *real)
    journeys = _journeys(gan, real, method, seed)
    rows = measured_rows(
        pictures, journeys, method=method, fingerprints=by_fold, kept=kept, running=running
    )
    names = feature_names(method, known=whole is not None)
    return Samples(
        gan=gan,
        real=real,
        table=_table(rows, pictures, journeys, len(gan), names),
        too_small=rows.too_small,
        by_fold=tuple(by_fold),
        whole=whole,
        skipped=(*seen[0].skipped, *seen[1].skipped, *rows.skipped),
    )


def _fingerprints(
    gan: Sequence[Specimen], name: str, running: Running
) -> tuple[list[Fingerprint | None], Fingerprint | None]:
    """A fingerprint for each fold, of the pictures outside, and one of all; None for too few."""
    shape, _ = Counter(one.shape for one in gan).most_common(1)[0]
    alike = [one for one in gan if one.shape == shape]
    by_fold = [[one.source for one in alike if one.fold == fold] for fold in range(N_FOLDS)]
    if min(shape) < 128 or len(alike) - max(map(len, by_fold)) < FEWEST_PICTURES:
        return [None] * N_FOLDS, None
    start = partial(Adding, partial(_sums, running.max_pixels))
    sums = [summed(start, mine, **running.options()).sums if mine else None for mine in by_fold]
    without = [
        _total([one for other, one in enumerate(sums) if other != fold]) for fold in range(N_FOLDS)
    ]
    return [fingerprint(one, name) for one in without], fingerprint(_total(sums), name)


def _total(sums: Sequence[FingerprintSums | None]) -> FingerprintSums:
    return reduce(add, [one for one in sums if one is not None])


def _sums(max_pixels: int, source: ImageSource) -> FingerprintSums:
    return fingerprint_sums(read_pixels(source, max_pixels=max_pixels))


def _journeys(
    gan: Sequence[Specimen], real: Sequence[Specimen], method: Method, seed: int
) -> list[list[Journey]]:
    """The ways every picture goes: more of those whose origin has few."""
    if method == "thread":
        return [[Journey(())] for _ in (*gan, *real)]
    ways = []
    for pictures in (gan, real):
        counts = Counter(one.origin for one in pictures)
        roots = sum(math.sqrt(count) for count in counts.values())
        for one in pictures:
            count = counts[one.origin]
            each = round(_ROWS * math.sqrt(count) / roots / count)
            ways.append(
                [
                    training_journey(seed, one.record.sha256, number, one.shape)
                    for number in range(min(max(each, 1), _MOST))
                ]
            )
    return ways


def _table(
    rows: Rows,
    pictures: Sequence[Specimen],
    journeys: Sequence[Sequence[Journey]],
    n_gan: int,
    names: tuple[str, ...],
) -> Table:
    of = np.array(rows.pictures, np.intp)
    gan = of < n_gan
    for label, mine in (("generated", of[gan]), ("real", of[~gan])):
        n, folds = len(np.unique(mine)), {pictures[i].fold for i in mine.tolist()}
        if n < FEWEST or len(folds) < N_FOLDS:
            raise EmptySetError(
                f"{n} of the {label} pictures could be measured, at least {FEWEST} that do not "
                "look alike are needed: pass pictures of at least 128 x 128 pixels (512 x 512 for "
                "the method thread)"
            )
    return Table(
        names=names,
        values=rows.values,
        gan=gan,
        origins=np.array([pictures[i].origin for i in of]),
        folds=np.array([pictures[i].fold for i in of]),
        delivered=np.array(
            [
                delivered_as(journeys[i][j].steps, pictures[i].shape)
                for i, j in zip(rows.pictures, rows.journeys, strict=True)
            ]
        ),
    )
