"""Train a classifier on two sets: split by content, delivered alike, judged on the unseen.

Both classes go the same random ways, from one seed. A fingerprint is made of the generated
pictures outside of each fold, so that none is held against a template that it is part of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from forensics import __version__
from forensics._typing import FloatArray, Method
from forensics.detection.classification import small_deliveries
from forensics.detection.classifier import Head, Model
from forensics.detection.features import ANY_FEATURES, FEATURE_VERSION, KNOWN_FEATURES
from forensics.detection.fitting import WAYS, Table, fit_perceptron, fit_ways, fitted_head
from forensics.detection.journeys import delivered_as, training_journey
from forensics.detection.measuring import Journey, Rows, feature_names, measured_rows
from forensics.detection.specimens import Running, Specimen, digest, look_at, split
from forensics.detection.unseen import unseen_metrics
from forensics.engine.attempts import Adding, summed
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

__all__ = ["N_FOLDS", "Trained", "train"]

N_FOLDS = 4
_ROWS, _MOST = 2000, 16
"""Deliveries of each class, and of one picture at most."""
_TRIED = 16
"""Pictures of each class on which small deliveries are tried."""
_REACHED = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model, and what was left out.

    Parameters
    ----------
    model : Model
    skipped : tuple of Skipped
    """

    model: Model
    skipped: tuple[Skipped, ...]


def train(
    gan_images: Iterable[ImageSource],
    real_images: Iterable[ImageSource],
    *,
    name: str,
    method: Method = "traces",
    seed: int = 0,
    kept: dict[str, FloatArray] | None = None,
    running: Running | None = None,
) -> Trained:
    """Train a classifier.

    Parameters
    ----------
    gan_images, real_images : iterable of ImageSource
        At least 20 different pictures each; with 134 generated ones of one size, a
        fingerprint of their source is made as well.
    name : str
        Of the model, and of that source.
    method : {"traces", "thread"}
        Ours, or the network of the thread: 464 values, pictures as found.
    seed : int
        Of the split, the deliveries and the fits.
    kept : dict, optional
        Rows of features measured before; new ones are added.
    running : Running, optional

    Returns
    -------
    Trained

    Raises
    ------
    EmptySetError
        Too few pictures are left.
    ParameterError
        The sets share pictures.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    running = running or Running()
    kept = {} if kept is None else kept
    seen = [look_at(images, running) for images in (gan_images, real_images)]
    gan, real = split(seen[0].pictures, seen[1].pictures, n_folds=N_FOLDS, seed=seed)
    by_fold, whole = (
        _fingerprints(gan, name, running) if method == "traces" else ([None] * N_FOLDS, None)
    )
    pictures = (*gan, *real)
    journeys = _journeys(gan, real, method, seed)

    measured = partial(
        measured_rows, method=method, fingerprints=by_fold, kept=kept, running=running
    )
    rows = measured(pictures, journeys)
    table = _table(rows, pictures, journeys, len(gan), feature_names(method, known=bool(whole)))
    heads, unseen = _heads(table, method, seed, known=whole is not None)
    model = Model(
        name=name,
        method=method,
        feature_version=FEATURE_VERSION,
        heads=heads,
        fingerprints=(whole,) if whole else (),
        rise=0.0,
        fall=0.0,
        training=_facts(gan, real, table, rows, seed),
        metrics=unseen_metrics(table, unseen, heads),
    )
    tried = (*gan[:: max(1, len(gan) // _TRIED)], *real[:: max(1, len(real) // _TRIED)])
    again = measured(tried, [_small(one) for one in tried])
    rise, fall = _moves(heads["together"], again)
    skipped = (*seen[0].skipped, *seen[1].skipped, *rows.skipped)
    return Trained(replace(model, rise=rise, fall=fall), skipped)


def _fingerprints(
    gan: Sequence[Specimen], name: str, running: Running
) -> tuple[list[Fingerprint | None], Fingerprint | None]:
    """A fingerprint for each fold, of the pictures outside, and one of all; None for too few."""
    shape, _ = Counter(one.shape for one in gan).most_common(1)[0]
    alike = [one for one in gan if one.shape == shape]
    if min(shape) < 128 or len(alike) * (N_FOLDS - 1) < FEWEST_PICTURES * N_FOLDS:
        return [None] * N_FOLDS, None
    sums: list[FingerprintSums] = []
    for fold in range(N_FOLDS):
        mine = [one.source for one in alike if one.fold == fold]
        start = partial(Adding, partial(_sums, running.max_pixels))
        sums.append(summed(start, mine, **running.options()).sums)
    without = [
        _total([one for other, one in enumerate(sums) if other != fold]) for fold in range(N_FOLDS)
    ]
    return [fingerprint(one, name) for one in without], fingerprint(_total(sums), name)


def _total(sums: Sequence[FingerprintSums]) -> FingerprintSums:
    total = sums[0]
    for one in sums[1:]:
        total = total + one
    return total


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
    if not gan.any() or gan.all():
        raise EmptySetError(
            f"no picture of the {'generated' if not gan.any() else 'real'} set could be measured: "
            "pass pictures of at least 128 x 128 pixels (512 x 512 for the method thread)"
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


def _heads(
    table: Table, method: Method, seed: int, *, known: bool
) -> tuple[dict[str, Head], dict[str, FloatArray]]:
    """Every head that the features allow, with the log odds of unseen pictures."""
    if method == "thread":
        head, unseen = fitted_head(table, fit_perceptron, seed)
        return {"together": head}, {"together": unseen}
    heads, scores = {}, {}
    for name in ("together", "known", "any"):
        if not known and name != "any":
            continue
        columns = {"together": table.names, "known": KNOWN_FEATURES, "any": ANY_FEATURES}[name]
        fit = partial(fit_ways, WAYS[name])
        heads[name], scores[name] = fitted_head(table.columns(columns), fit, seed)
    if not known:
        heads["together"], scores["together"] = heads["any"], scores["any"]
    return heads, scores


def _small(one: Specimen) -> list[Journey]:
    return [Journey(()), *(Journey(steps) for steps in small_deliveries(one.shape).values())]


def _moves(head: Head, rows: Rows) -> tuple[float, float]:
    """How far small deliveries raise what was not found, and lower what was called generated."""
    if not len(rows.values):
        return 0.0, 0.0
    odds = head.log_odds(rows.values)
    start = {
        picture: float(value)
        for picture, journey, value in zip(rows.pictures, rows.journeys, odds, strict=True)
        if journey == 0
    }
    moved = [
        (start[picture], float(value) - start[picture])
        for picture, value in zip(rows.pictures, odds, strict=True)
        if picture in start
    ]
    rises = [move for before, move in moved if before <= head.doubtful]
    falls = [-move for before, move in moved if before > head.certain]
    return _furthest(rises), _furthest(falls)


def _furthest(moves: Sequence[float]) -> float:
    return max(0.0, float(np.quantile(moves, _REACHED))) if moves else 0.0


def _facts(
    gan: Sequence[Specimen], real: Sequence[Specimen], table: Table, rows: Rows, seed: int
) -> dict[str, Any]:
    """What a reader of the model must know of its making."""
    import scipy
    import sklearn

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "versions": {
            "catforensics": __version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "sets": {
            label: {
                "sha256": digest(pictures),
                "n_images": len(pictures),
                "n_deliveries": int((table.gan == (label == "gan")).sum()),
                "origins": dict(Counter(one.origin for one in pictures).most_common()),
            }
            for label, pictures in (("gan", gan), ("real", real))
        },
        "deliveries": dict(Counter(table.delivered.tolist())),
        "too_small": rows.too_small,
    }
