"""What a test set says of a classifier, condition by condition.

Never as found alone: two sets differ in more than the generator, and a model may have learned
just that. Every other condition brings both to one JPEG quality first, and beside it stands
what a model reaches that sees nothing but the file's header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forensics._typing import FloatArray, Method
from forensics.detection.classifier import Model
from forensics.detection.conditions import (
    CONDITIONS,
    Condition,
    condition_rng,
    condition_steps,
    match_quality,
)
from forensics.detection.container import Fact, container_facts, container_only_accuracy
from forensics.detection.heads import chance, chances
from forensics.detection.measuring import Journey, Rows, measured_rows
from forensics.detection.metrics import Metrics, metrics
from forensics.detection.scoring import check_model
from forensics.detection.specimens import Running, Specimen, check_apart, groups_of, look_at
from forensics.engine.attempts import measured
from forensics.errors import EmptySetError, ImageShapeError
from forensics.images.decode import read_image
from forensics.images.delivery import deliver
from forensics.images.files import BytesSource
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Jpeg

__all__ = ["Evaluation", "evaluate"]

_HEADERS = 200
"""Pictures of each set whose header is looked at after they were saved alike."""
_BATCH = 4
_NEEDED: dict[Method, str] = {
    "traces": "pictures of at least 128 x 128 pixels",
    "thread": "pictures of 512 x 512 pixels",
}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How a classifier does on two sets, as found and after what happens on the way.

    Parameters
    ----------
    n_gan, n_real : int
        Pictures that were scored as found. A condition may have fewer: a picture that
        is too small to be cropped is left out of it.
    conditions : mapping of str to Metrics
        By name of the condition, in the order in which it is told.
    container_only : mapping of str to (float, (float, float))
        For *as found* and *matched*, balanced accuracy, with its 95 % interval, of a
        model that sees nothing but container and tables, on the same split.
    match_quality : int
        JPEG quality at which both sets are saved first under every condition but
        *as found*.
    by_source : mapping of str to mapping of str to (int, int)
        By name of the condition, then of the source: how many of its pictures are on
        the right side of the threshold, and how many there are.
    threshold_1 : float
        The model's own score for 1 % false positives, set in training; `by_source` counts
        at it.
    model : str
        What the classifier is called.
    left_out : mapping of str to str
        Conditions that could not be measured, and why.
    skipped : tuple of Skipped
    """

    n_gan: int
    n_real: int
    conditions: Mapping[str, Metrics]
    container_only: Mapping[str, tuple[float, tuple[float, float]]]
    match_quality: int
    by_source: Mapping[str, Mapping[str, tuple[int, int]]]
    threshold_1: float
    model: str
    left_out: Mapping[str, str]
    skipped: tuple[Skipped, ...]


def evaluate(
    gan_images: Iterable[ImageSource],
    real_images: Iterable[ImageSource],
    model: Model,
    *,
    n_each: int = 250,
    seed: int = 0,
    conditions: Sequence[Condition] = CONDITIONS,
    kept: dict[str, FloatArray] | None = None,
    running: Running | None = None,
    said: Callable[[str], None] | None = None,
) -> Evaluation:
    """Judge a model on two sets that it has not seen.

    Parameters
    ----------
    gan_images, real_images : iterable of ImageSource
        At least 20 different pictures each, none of them used in training.
    model : Model
    n_each : int
        Pictures of each class that are used, drawn by the seed; all where there are fewer.
    seed : int
    conditions : sequence of Condition
    kept : dict, optional
        Rows of features measured before; new ones are added.
    running : Running, optional
    said : callable, optional
        Told the name of each condition before it is measured.

    Returns
    -------
    Evaluation

    Raises
    ------
    ModelError
        The model is of another feature version.
    EmptySetError
        Too few pictures are left, or none of a size that the model takes.
    ParameterError
        The sets share pictures.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    check_model(model)
    running = running or Running()
    kept = {} if kept is None else kept
    seen = [
        look_at(images, running, label=label)
        for images, label in ((gan_images, "generated"), (real_images, "real"))
    ]
    check_apart(seen[0].pictures, seen[1].pictures)
    gan, real = (_drawn(one.pictures, n_each, seed) for one in seen)
    quality = match_quality(*(map(_quality, some) for some in (gan, real)))
    limit = chance(model.heads["together"].doubtful)
    found: dict[str, Metrics] = {}
    by_source: dict[str, dict[str, tuple[int, int]]] = {}
    left_out: dict[str, str] = {}
    for condition in conditions:
        if said is not None:
            said(condition.name)
        scored = [
            _scored(some, condition, model, quality, seed, kept, running) for some in (gan, real)
        ]
        if not all(len(scores) for _, scores in scored):
            left_out[condition.name] = "no picture of one set is of a size for it"
            continue
        sources = [[one.origin for one in pictures] for pictures, _ in scored]
        values = [scores for _, scores in scored]
        found[condition.name] = metrics(*values)
        at_limit = metrics(*values, threshold=limit, groups=_labelled(sources))
        by_source[condition.name] = dict(at_limit.by_group)
    if not found:
        raise EmptySetError(
            "one set at least has no picture that the model can score: pass "
            f"{_NEEDED[model.method]}"
        )
    return Evaluation(
        n_gan=len(gan),
        n_real=len(real),
        conditions=found,
        container_only=_container_only(gan, real, quality, running),
        match_quality=quality,
        by_source=by_source,
        threshold_1=limit,
        model=model.name,
        left_out=left_out,
        skipped=(*seen[0].skipped, *seen[1].skipped),
    )


def _drawn(pictures: Sequence[Specimen], n: int, seed: int) -> tuple[Specimen, ...]:
    order = np.random.default_rng(seed).permutation(len(pictures))[:n]
    return tuple(pictures[i] for i in sorted(order.tolist()))


def _quality(one: Specimen) -> int | None:
    return one.record.jpeg.quality if one.record.jpeg else None


def _labelled(sources: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Names of sources that are not the same in both classes."""
    return [f"gan: {name}" for name in sources[0]], [f"real: {name}" for name in sources[1]]


def _scored(
    pictures: Sequence[Specimen],
    condition: Condition,
    model: Model,
    quality: int,
    seed: int,
    kept: dict[str, FloatArray],
    running: Running,
) -> tuple[list[Specimen], FloatArray]:
    """The pictures that a condition leaves large enough, and their scores."""
    able, journeys = [], []
    for one in pictures:
        rng = condition_rng(seed, condition.name, one.record.sha256)
        try:
            steps = condition_steps(condition, one.shape, rng, quality)
        except ImageShapeError:
            continue
        able.append(one)
        journeys.append([Journey(steps)])
    source = model.fingerprints[0] if model.fingerprints else None
    rows: Rows = measured_rows(
        able, journeys, method=model.method, fingerprints=[source], kept=kept, running=running
    )
    there = [able[i] for i in rows.pictures]
    if not there:
        return [], np.zeros(0)
    return there, chances(model.heads["together"].log_odds(rows.values))


def _container_only(
    gan: Sequence[Specimen], real: Sequence[Specimen], quality: int, running: Running
) -> dict[str, tuple[float, tuple[float, float]]]:
    """What the header alone tells, as found and after both were saved alike."""
    groups = groups_of(gan, real)
    found = {
        "as found": container_only_accuracy(
            *([container_facts(one.record) for one in some] for some in (gan, real)),
            groups=(groups[0].tolist(), groups[1].tolist()),
        )
    }
    few = [some[:: max(1, len(some) // _HEADERS)] for some in (gan, real)]
    facts = [
        [
            one
            for one in measured(
                partial(_matched_facts, quality, running.max_pixels),
                [one.source for one in some],
                batch=_BATCH,
                **running.options(),
            )
            if not isinstance(one, Skipped)
        ]
        for some in few
    ]
    found["matched"] = container_only_accuracy(*facts)
    return found


def _matched_facts(quality: int, max_pixels: int, source: ImageSource) -> dict[str, Fact]:
    image, _ = read_image(source, max_pixels=max_pixels)
    data = deliver(image, (Jpeg(quality),)).data
    return container_facts(read_image(BytesSource(source.name, data))[1])
