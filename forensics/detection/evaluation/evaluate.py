"""What a test set says of the score, condition by condition, as a court or a newsroom would ask.

Never as found alone: two sets differ in more than the generator. Every other condition brings both
to one JPEG quality first, and beside it stands what a model reaches that sees nothing but the
file's header, and what the thread's network of April 2021 reaches on the same pictures.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Unpack

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.classifier.measure import Delivery, measured_rows
from forensics.detection.classifier.thread import THREAD_SIDE, thread_accuracy
from forensics.detection.evaluation.conditions import (
    CONDITIONS,
    Condition,
    condition_rng,
    condition_steps,
    match_quality,
)
from forensics.detection.evaluation.container import Fact, container_facts, container_only_accuracy
from forensics.detection.labelled import LabelledImage, check_apart, groups_of, look_at
from forensics.detection.performance.accuracy import Metrics, auc, metrics
from forensics.detection.performance.likelihood import (
    GeneratedShare,
    cllr,
    generated_share,
    least_cllr,
)
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.score import ScoreModel, Verdict, chances
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError, ImageShapeError
from forensics.images.delivery.deliver import deliver
from forensics.images.delivery.steps import Jpeg, Step
from forensics.images.inputs import AnyImages
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import BytesSource
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "Evaluation",
    "OneSided",
    "Ratios",
    "evaluate",
]

_HEADERS = 200
_PASSES = 3
"""Passes over both sets after those over the conditions: headers, and the thread's way twice."""
"""Pictures of each set whose header is looked at after they were saved alike."""
_BATCH = 4
_AS_FOUND, _MATCHED = "as found", "matched"


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """Log likelihood ratios of two sets under one condition, and what they are worth.

    Parameters
    ----------
    gan, real : ndarray, shape (n,), float64
        Natural logarithms, as told: no further than the reference supports.
    cllr : float
        Cost of the ratios in bits; 1 is what saying nothing costs.
    least_cllr : float
        Cost that is left after the best calibration, in bits.
    verdicts : mapping of {"gan", "real"} to mapping of str to int
        Number of pictures that got each verdict, by the score alone.
    """

    gan: FloatArray
    real: FloatArray
    cllr: float
    least_cllr: float
    verdicts: Mapping[str, Mapping[Verdict, int]]


@dataclass(frozen=True, slots=True)
class OneSided:
    """Effect of a delivery that only one class goes through: bias, and not robustness.

    Parameters
    ----------
    shift_gan, shift_real : float
        Change of the mean log likelihood ratio of either class, against as found.
    auc_gan, auc_real : float
        Area under the curve where only generated, and only real pictures were delivered.
    """

    shift_gan: float
    shift_real: float
    auc_gan: float
    auc_real: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Results of a score on two sets, as found and after what happens on the way.

    Parameters
    ----------
    n_gan, n_real : int
        Number of pictures of either set. A condition may have fewer: a picture that is too small to
        be cropped is left out of it.
    conditions : mapping of str to Metrics
        Metrics by the name of the condition, in the order in which they are told.
    ratios : mapping of str to Ratios
        Likelihood ratios by the name of the condition.
    one_sided : mapping of str to OneSided
        Bias by the name of the condition, of all but *as found*.
    container_only : mapping of str to (float, (float, float))
        For *as found* and *matched*, balanced accuracy, with its 95 % interval, of a
        model that sees nothing but container and tables, on the same split.
    thread : mapping of str to (float, (float, float))
        For *as found* and *matched*, balanced accuracy of the thread's network, trained as found on
        four fifths of these pictures; empty where too few are of 512 x 512 pixels.
    match_quality : int
        JPEG quality at which both sets are saved first under every condition but
        *as found*.
    by_source : mapping of str to mapping of str to (int, int)
        By name of the condition, then of the source: how many of its pictures are on
        the right side of the threshold, and how many there are.
    threshold : float
        The score from which a picture is called generator trace; `by_source` counts at it.
    prior : GeneratedShare, optional
        Estimated share of generated pictures in a folder without labels, where one was given.
    model : str
        Name of the score.
    left_out : mapping of str to str
        Conditions that could not be measured, and why.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    """

    n_gan: int
    n_real: int
    conditions: Mapping[str, Metrics]
    ratios: Mapping[str, Ratios]
    one_sided: Mapping[str, OneSided]
    container_only: Mapping[str, tuple[float, tuple[float, float]]]
    thread: Mapping[str, tuple[float, tuple[float, float]]]
    match_quality: int
    by_source: Mapping[str, Mapping[str, tuple[int, int]]]
    threshold: float
    prior: GeneratedShare | None
    model: str
    left_out: Mapping[str, str]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Judge:
    """What every condition is judged with."""

    model: ScoreModel
    fingerprints: tuple[AnyFingerprint, ...]
    quality: int
    seed: int
    kept: dict[str, FloatArray]
    max_pixels: int
    run: RunOptions

    def log_odds(
        self, pictures: Sequence[LabelledImage], condition: Condition
    ) -> tuple[list[int], FloatArray]:
        """Numbers of the pictures that a condition leaves large enough, and their log odds."""
        able: list[int] = []
        ways: list[list[Delivery]] = []
        for number, one in enumerate(pictures):
            rng = condition_rng(self.seed, condition.name, one.record.sha256)
            try:
                steps: tuple[Step, ...] = condition_steps(condition, one.shape, rng, self.quality)
            except ImageShapeError:
                continue
            able.append(number)
            ways.append([steps])
        rows = measured_rows(
            [pictures[number] for number in able],
            ways,
            fingerprints=self.fingerprints,
            kept=self.kept,
            run=self.run,
            max_pixels=self.max_pixels,
        )
        return [able[place] for place in rows.pictures.tolist()], rows.log_odds(self.model)


def evaluate(
    gan_images: AnyImages,
    real_images: AnyImages,
    model: ScoreModel | None = None,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    prior_images: AnyImages | None = None,
    n_each: int = 250,
    seed: int = 0,
    conditions: Sequence[Condition] = CONDITIONS,
    kept: dict[str, FloatArray] | None = None,
    said: Callable[[str], None] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Evaluation:
    """Evaluation of the score on two sets that it has not seen.

    Parameters
    ----------
    gan_images, real_images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Generated and real pictures, at least 20 different ones of each, none of them used in
        training.
    model : ScoreModel, optional
        Score to judge by; the shipped one by default.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    prior_images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them, optional
        Pictures without labels, of which the share that is generated is estimated.
    n_each : int
        Number of pictures of each class that are used, drawn by the seed; all where there are
        fewer.
    seed : int
        Seed of what is drawn.
    conditions : sequence of Condition
        Conditions to judge under.
    kept : dict, optional
        Rows of features that were measured before; new ones are added.
    said : callable, optional
        Called with the name of each condition before it is measured.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Evaluation
        Metrics, likelihood ratios and bias, condition by condition.

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown; the sets share pictures.
    EmptySetError
        Too few pictures are left.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    audit : What differs between the sets besides the content.
    train : Train a score.

    References
    ----------
    Brümmer and du Preez 2006, *Application-independent evaluation of speaker detection*; Grommelt
    et al. 2024, *Fake or JPEG? Revealing common biases in generated image detection datasets*.
    """
    options = RunOptions.of(evaluate, run)
    seen = [
        look_at(images, options, max_pixels=max_pixels, label=label)
        for images, label in ((gan_images, "generated"), (real_images, "real"))
    ]
    check_apart(seen[0].pictures, seen[1].pictures)
    sets = [_drawn(one.pictures, n_each, seed) for one in seen]
    groups = [some.tolist() for some in groups_of(sets[0], sets[1])]
    chosen = model or shipped_model()
    judge = _Judge(
        chosen,
        tuple(fingerprints),
        match_quality(*(map(_quality, some) for some in sets)),
        seed,
        {} if kept is None else kept,
        max_pixels,
        # Of the passes that follow those over the conditions, each is as long as one of them.
        options.whole((len(conditions) + _PASSES) * (len(sets[0]) + len(sets[1]))),
    )
    # Just below: who reaches the threshold is called so. Beyond the bound no told score reaches it.
    least = chosen.trace_from
    limit = float(np.nextafter(chances(least), 0)) if math.isfinite(least) else 1.0
    found: dict[str, Metrics] = {}
    ratios: dict[str, Ratios] = {}
    by_source: dict[str, Mapping[str, tuple[int, int]]] = {}
    left_out: dict[str, str] = {}
    for condition in conditions:
        if said is not None:
            said(condition.name)
        scored = [judge.log_odds(some, condition) for some in sets]
        if not all(len(values) for _, values in scored):
            left_out[condition.name] = "no picture of one set is large enough for it"
            continue
        names = [
            [some[number].origin for number in numbers]
            for some, (numbers, _) in zip(sets, scored, strict=True)
        ]
        clusters = [
            [own[number] for number in numbers]
            for own, (numbers, _) in zip(groups, scored, strict=True)
        ]
        values = [one for _, one in scored]
        found[condition.name] = metrics(
            *(chances(chosen.bounded(one)) for one in values),
            threshold=limit,
            groups=_labelled(names),
            clusters=(clusters[0], clusters[1]),
        )
        by_source[condition.name] = found[condition.name].by_group
        ratios[condition.name] = _ratios(values, chosen)
    if not found:
        raise EmptySetError(
            "one set at least has no picture that can be scored: pass pictures of 66 pixels a side "
            "or more"
        )
    return Evaluation(
        n_gan=len(sets[0]),
        n_real=len(sets[1]),
        conditions=found,
        ratios=ratios,
        one_sided=_one_sided(ratios),
        container_only=_container_only(sets[0], sets[1], judge),
        thread=_thread(sets, groups, judge),
        match_quality=judge.quality,
        by_source=by_source,
        threshold=limit,
        prior=None if prior_images is None else _prior(prior_images, judge),
        model=chosen.name,
        left_out=left_out,
        skipped=(*seen[0].skipped, *seen[1].skipped),
    )


def _prior(images: AnyImages, judge: _Judge) -> GeneratedShare:
    """Which share of pictures without labels is generated, each look counted once."""
    pictures = look_at(
        images, judge.run, max_pixels=judge.max_pixels, label="unlabelled", fewest=1
    ).pictures
    rows = measured_rows(
        pictures,
        [[()] for _ in pictures],
        fingerprints=judge.fingerprints,
        kept=judge.kept,
        run=judge.run,
        max_pixels=judge.max_pixels,
    )
    if not len(rows):
        raise EmptySetError(
            "no picture without label can be scored: pass pictures of 66 pixels a side or more"
        )
    groups = groups_of(pictures, ())[0][rows.pictures]
    told = judge.model.bounded(rows.log_odds(judge.model))
    return generated_share(told, groups=groups.tolist())


def _ratios(values: Sequence[FloatArray], model: ScoreModel) -> Ratios:
    gan, real = map(model.bounded, values)
    return Ratios(
        gan,
        real,
        cllr(gan, real),
        least_cllr(gan, real),
        {
            label: dict(Counter(model.verdict(value) for value in some.tolist()))
            for label, some in zip(("gan", "real"), values, strict=True)
        },
    )


def _one_sided(ratios: Mapping[str, Ratios]) -> dict[str, OneSided]:
    first = ratios.get(_AS_FOUND)
    if first is None:
        return {}
    return {
        name: OneSided(
            float(one.gan.mean() - first.gan.mean()),
            float(one.real.mean() - first.real.mean()),
            auc(one.gan, first.real),
            auc(first.gan, one.real),
        )
        for name, one in ratios.items()
        if name != _AS_FOUND
    }


def _thread(
    sets: Sequence[Sequence[LabelledImage]], groups: Sequence[Sequence[int]], judge: _Judge
) -> dict[str, tuple[float, tuple[float, float]]]:
    """The thread's network on the pictures that it can take, as found and matched."""
    side = (THREAD_SIDE, THREAD_SIDE)
    able = [
        (
            [one.source for one in some if one.shape == side],
            [group for one, group in zip(some, own, strict=True) if one.shape == side],
        )
        for some, own in zip(sets, groups, strict=True)
    ]
    return thread_accuracy(
        able[0][0],
        able[1][0],
        groups=(able[0][1], able[1][1]),
        ways={_AS_FOUND: (), _MATCHED: (Jpeg(judge.quality),)},
        seed=judge.seed,
        run=judge.run,
        max_pixels=judge.max_pixels,
    )


def _drawn(pictures: Sequence[LabelledImage], n: int, seed: int) -> tuple[LabelledImage, ...]:
    order = np.random.default_rng(seed).permutation(len(pictures))[:n]
    return tuple(pictures[i] for i in sorted(order.tolist()))


def _quality(one: LabelledImage) -> int | None:
    return one.record.jpeg.quality if one.record.jpeg else None


def _labelled(sources: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Names of sources that are not the same in both classes."""
    return [f"gan: {name}" for name in sources[0]], [f"real: {name}" for name in sources[1]]


def _container_only(
    gan: Sequence[LabelledImage], real: Sequence[LabelledImage], judge: _Judge
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
                partial(_matched_facts, judge.quality, judge.max_pixels),
                [one.source for one in some],
                judge.run,
                batch=_BATCH,
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
