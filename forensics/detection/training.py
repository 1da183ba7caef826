"""Train a classifier on two sets: its heads, and what they say of pictures they have not seen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from forensics import __version__
from forensics._typing import FloatArray, Method
from forensics.detection.classifier import Model
from forensics.detection.features import ANY_FEATURES, FEATURE_VERSION, KNOWN_FEATURES
from forensics.detection.fitting import WAYS, fit_perceptron, fit_ways, fitted_head
from forensics.detection.heads import Head
from forensics.detection.journeys import shape_after, training_journey
from forensics.detection.measuring import Journey, Rows, measured_rows
from forensics.detection.samples import Samples, sampled
from forensics.detection.specimens import Running, digest
from forensics.detection.standing import small_deliveries, standings
from forensics.detection.tables import Table
from forensics.detection.unseen import unseen_metrics
from forensics.engine.threads import one_thread_each
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Step

__all__ = ["Trained", "train"]

_TRIED = 32
"""Pictures of each class on which small deliveries are tried."""
_FURTHER = 1000
"""Number of a journey that no row is made of."""


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
    found = sampled(
        gan_images,
        real_images,
        name=name,
        method=method,
        seed=seed,
        kept=kept,
        running=running,
    )
    known = found.whole is not None
    with one_thread_each():
        heads, unseen = _heads(found.table, method, seed, known=known)
    model = Model(
        name=name,
        method=method,
        feature_version=FEATURE_VERSION,
        heads=heads,
        fingerprints=(found.whole,) if found.whole else (),
        standing={},
        training=_facts(found, seed),
        metrics=unseen_metrics(found.table, unseen, heads),
    )
    standing = standings(heads["together"], _tried(found, method, seed, kept, running))
    return Trained(replace(model, standing=standing), found.skipped)


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


def _tried(
    found: Samples, method: Method, seed: int, kept: dict[str, FloatArray], running: Running
) -> Rows:
    """Some pictures of each class, every second as found, and after every small delivery."""
    some = [
        one
        for pictures in (found.gan, found.real)
        for one in pictures[:: math.ceil(len(pictures) / _TRIED)]
    ]
    ways = []
    for number, one in enumerate(some):
        steps: tuple[Step, ...] = ()
        if number % 2 and method == "traces":
            steps = training_journey(seed, one.record.sha256, _FURTHER, one.shape).steps
        small = small_deliveries(shape_after(steps, one.shape)).values()
        ways.append([Journey(steps), *(Journey((*steps, *more)) for more in small)])
    return measured_rows(
        some, ways, method=method, fingerprints=found.by_fold, kept=kept, running=running
    )


def _facts(found: Samples, seed: int) -> dict[str, Any]:
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
                "n_deliveries": int((found.table.gan == (label == "gan")).sum()),
                "origins": dict(Counter(one.origin for one in pictures).most_common()),
            }
            for label, pictures in (("gan", found.gan), ("real", found.real))
        },
        "deliveries": dict(Counter(found.table.delivered.tolist())),
        "too_small": found.too_small,
    }
