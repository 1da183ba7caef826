"""Train the score on pictures of many sources, and find out what it says of sources it never saw.

Both classes go the same random ways, and every source counts alike. Thresholds, the reference and
every figure come from fits that have not seen the source that they judge.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from forensics import __version__
from forensics._typing import FloatArray
from forensics.detection.classifier.augment import shape_after, source_deliveries
from forensics.detection.classifier.fit import (
    FeatureTable,
    fitted_curves,
    source_folds,
    unseen_log_odds,
    weights,
)
from forensics.detection.classifier.measure import Delivery, Rows, joined, measured_rows
from forensics.detection.labelled import (
    FEWEST,
    LabelledImage,
    check_apart,
    digest,
    groups_of,
    look_at,
)
from forensics.detection.performance.accuracy import metrics
from forensics.detection.performance.likelihood import VERBAL_SCALE, cllr
from forensics.detection.verdict.references import counted
from forensics.detection.verdict.robustness import robustness, small_deliveries
from forensics.detection.verdict.score import (
    FEATURES,
    Label,
    ScoreModel,
    TrainedSet,
    Training,
    UnseenMetrics,
    chance_ratio,
    chances,
)
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import EmptySetError
from forensics.images.inputs import AnyImages
from forensics.images.read import MAX_PIXELS
from forensics.images.sources.find import Skipped
from forensics.output import source_date
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "DELIVERIES",
    "MeasuredSets",
    "Trained",
    "measured_sets",
    "support_of",
    "thresholds",
    "train",
]

DELIVERIES = 40
"""Of every source, whatever the number of its pictures."""
_TRIED = 24
"""Pictures of each class on which small deliveries are tried."""
_DOUBTFUL, _CERTAIN, _WORST = 0.01, 0.001, 0.01
"""Shares of real pictures that may lie above: of all, of all, and of the worst source."""
_FEWEST_OF_SOURCE = 50
_NOTHING = math.log(VERBAL_SCALE[0][0])
"""Log odds up to which the verbal scale has no word of support."""
_RESOLVED = 1 / _CERTAIN
_DIGITS = 4
_ONE_SOURCE_FOLDS = 5
_LABELS: dict[Label, bool] = {"gan": True, "real": False}
_NOT_JUDGED = UnseenMetrics({}, math.nan, math.nan, math.nan, {})


@dataclass(frozen=True, slots=True)
class Trained:
    """Trained score, with what was left out.

    Parameters
    ----------
    model : ScoreModel
        The score.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    """

    model: ScoreModel
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSets:
    """Two sets after their augmentations.

    Parameters
    ----------
    sets : (tuple of LabelledImage, tuple of LabelledImage)
        Labelled pictures, generated and real.
    rows : (Rows, Rows)
        Features of either set.
    table : FeatureTable
        Features of both together, the generated ones first.
    limited : ndarray, shape (N,), bool
        True for rows of which nothing can be said.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    """

    sets: tuple[tuple[LabelledImage, ...], tuple[LabelledImage, ...]]
    rows: tuple[Rows, Rows]
    table: FeatureTable
    limited: NDArray[np.bool_]
    skipped: tuple[Skipped, ...]


def train(
    gan_images: AnyImages,
    real_images: AnyImages,
    *,
    name: str,
    fingerprints: Sequence[AnyFingerprint] = (),
    deliveries: int = DELIVERIES,
    real_deliveries: int | None = None,
    families: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    seed: int = 0,
    kept: dict[str, FloatArray] | None = None,
    said: Callable[[str], None] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Trained:
    """Train the score on pictures of many sources.

    False matches of fingerprints are what thresholds have to stand. A fingerprint that was made of
    the generated pictures themselves would say nothing of others: name it in `known`.

    Parameters
    ----------
    gan_images, real_images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        At least 20 different pictures each; the more sources, the better. Where they are from is
        told by their folders, and by the words that names begin with.
    name : str
        Name of the model.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against: the library that the score will be used
        with.
    deliveries : int
        Number of rows that are measured of every source.
    real_deliveries : int, optional
        The same of every real source, if more: what one in a thousand shows is seen in thousands
        only.
    families : mapping of str to str, optional
        Family of sources that count as one when one is left out.
    known : mapping of str to str, optional
        For generated sources, the family whose fingerprints they are not matched against.
    seed : int
        Seed of the augmentations and the folds.
    kept : dict, optional
        Rows of features that were measured before; new ones are added.
    said : callable, optional
        Called with the name of what is measured next.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Trained
        The score, with what was left out.

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
    evaluate : Judge it on sets that it has not seen.
    save_model : Keep it in a file.

    References
    ----------
    Hastie and Tibshirani 1986, *Generalized additive models*.
    """
    options = RunOptions.of(train, run)
    kept = {} if kept is None else kept
    tell = said or _silent
    found = measured_sets(
        gan_images,
        real_images,
        fingerprints=fingerprints,
        deliveries=deliveries,
        real_deliveries=real_deliveries,
        families=families,
        known=known,
        seed=seed,
        kept=kept,
        said=tell,
        max_pixels=max_pixels,
        **run,
    )
    table, limited = found.table, found.limited
    sayable = table.rows(~limited)
    log_odds = np.zeros(len(table))
    support = support_of(table)
    log_odds[~limited] = unseen_log_odds(sayable, support)
    curves, base = fitted_curves(sayable)
    doubtful, certain = thresholds(log_odds, table, least=least_certain(base, support))
    is_real = ~table.generated
    bound = math.log(max(len(found.sets[1]), 4) / 3)
    unfinished = ScoreModel(
        name=name,
        curves=curves,
        base=base,
        support=support,
        bound=bound,
        doubtful=doubtful,
        certain=certain,
        robustness={},
        reference=counted(log_odds[is_real], table.sources[is_real], found.rows[1].kinds),
        training=_facts(found.sets, table, seed),
        metrics=_NOT_JUDGED,
    )
    judged = replace(unfinished, metrics=_metrics(log_odds, table, unfinished.trace_from))
    tell("trying small deliveries")
    measure = partial(measured_rows, kept=kept, run=options, max_pixels=max_pixels)
    tried = _tried(found.sets, tuple(fingerprints), seed, measure)
    return Trained(_with_robustness(judged, tried), found.skipped)


def measured_sets(
    gan_images: AnyImages,
    real_images: AnyImages,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    deliveries: int = DELIVERIES,
    real_deliveries: int | None = None,
    families: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    seed: int = 0,
    kept: dict[str, FloatArray] | None = None,
    said: Callable[[str], None] | None = None,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> MeasuredSets:
    """Features of two sets, measured as `train` does it.

    Parameters
    ----------
    gan_images, real_images : iterable of ImageSource
        Generated and real pictures, at least 20 different ones of each.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    deliveries : int
        Number of rows that are measured of every source.
    real_deliveries : int, optional
        The same of every real source, if more.
    families : mapping of str to str, optional
        Family of sources that count as one when one is left out.
    known : mapping of str to str, optional
        For generated sources, the family whose fingerprints they are not matched against.
    seed : int
        Seed of the augmentations and the folds.
    kept : dict, optional
        Rows of features that were measured before; new ones are added.
    said : callable, optional
        Called with the name of what is measured next.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    MeasuredSets
        The features, with what was left out.

    Raises
    ------
    EmptySetError, ParameterError, ImageReadError, ImageShapeError
        As from `train`.
    """
    options = RunOptions.of(measured_sets, run)
    kept = {} if kept is None else kept
    tell = said or _silent
    tell("reading")
    seen = [
        look_at(images, options, max_pixels=max_pixels, label=label)
        for images, label in ((gan_images, "generated"), (real_images, "real"))
    ]
    gan, real = (one.pictures for one in seen)
    check_apart(gan, real)
    tell("measuring")
    n_sources = [len({one.origin for one in pictures}) for pictures in (gan, real)]
    n_rows = n_sources[0] * deliveries + n_sources[1] * (real_deliveries or deliveries)
    measure = partial(measured_rows, kept=kept, run=options.whole(n_rows), max_pixels=max_pixels)
    rows = [
        _measured(pictures, fingerprints, own, n, seed, measure)
        for pictures, own, n in (
            (gan, known or {}, deliveries),
            (real, {}, real_deliveries or deliveries),
        )
    ]
    for label, pictures, one in zip(("generated", "real"), (gan, real), rows, strict=True):
        _check_enough(label, pictures, one)
    table, limited = _table((gan, real), rows, families or {}, seed)
    skipped = (*(s for one in seen for s in one.skipped), *(s for one in rows for s in one.skipped))
    return MeasuredSets((gan, real), (rows[0], rows[1]), table, limited, skipped)


def support_of(table: FeatureTable) -> float:
    """Log odds up to which curves over so many sources of real pictures are believed.

    Parameters
    ----------
    table : FeatureTable
        Rows that the curves are fitted on.

    Returns
    -------
    float
        Logarithm of 1 + n / 3 for n real sources.
    """
    return math.log1p(len(np.unique(table.sources[~table.generated])) / 3)


def least_certain(base: float, support: float) -> float:
    """Log odds that curves alone never reach, whatever an unseen source has.

    All its pictures may be as loud as the curves know. Then only a chance protects them, and has to
    be below one in a thousand by itself.

    Parameters
    ----------
    base, support : float
        As in `ScoreModel`.
    """
    rare, nothing = chance_ratio(math.log(_CERTAIN)), chance_ratio(0.0)
    return base + support + float(rare + nothing)


def thresholds(
    log_odds: FloatArray, table: FeatureTable, *, least: float = -math.inf
) -> tuple[float, float]:
    """Log odds that at most 1 %, and at most 0.1 %, of real pictures of unseen sources reach.

    Sources count alike, and the first is at least where a finding begins to say something. Of the
    second no source of 50 rows or more may have over 1 % above. Where
    there are too few real rows to see one in a thousand, it lies as far beyond the largest of them
    as log odds that hold would have it.

    Parameters
    ----------
    log_odds : ndarray, shape (N,), float64
        Log odds of the rows of `table`, from fits that have not seen them.
    table : FeatureTable
        Rows with their sources.
    least : float
        Smallest value of the second threshold.

    Returns
    -------
    float, float
        Log odds from which a picture is *unsure*, and a *generator trace*.
    """
    real = ~table.generated
    found, sources = log_odds[real], table.sources[real]
    share = weights(table.generated, table.sources)[real]
    doubtful, certain = (_exceeded_by(found, share, most) for most in (_DOUBTFUL, _CERTAIN))
    for name in np.unique(sources):
        own = found[sources == name]
        if len(own) >= _FEWEST_OF_SOURCE:
            certain = max(certain, _exceeded_by(own, np.ones(len(own)), _WORST))
    certain += max(0.0, math.log(_RESOLVED / len(found)))
    doubtful = max(doubtful, _NOTHING)
    return doubtful, max(doubtful, certain, least)


def _exceeded_by(values: FloatArray, share: FloatArray, most: float) -> float:
    """Just above the smallest value beyond which there is no more than this share."""
    order = np.argsort(values)
    beyond = 1 - np.cumsum(share[order]) / share.sum()
    first = int(np.argmax(beyond <= most + 1e-12))
    return float(np.nextafter(values[order][first], np.inf))


def _measured(
    pictures: Sequence[LabelledImage],
    fingerprints: Sequence[AnyFingerprint],
    known: Mapping[str, str],
    n: int,
    seed: int,
    measure: Callable[..., Rows],
) -> Rows:
    """Rows of one class, as many of every source."""
    ways: list[list[Delivery]] = [[] for _ in pictures]
    for source in dict.fromkeys(one.origin for one in pictures):
        places = [place for place, one in enumerate(pictures) if one.origin == source]
        own = [pictures[place] for place in places]
        found = source_deliveries(
            seed, [one.record.sha256 for one in own], [one.shape for one in own], n
        )
        for place, way in zip(places, found, strict=True):
            ways[place] = way
    parts = []
    for family in dict.fromkeys(known.get(one.origin, "") for one in pictures):
        library = [one for one in fingerprints if (one.family or one.name) != family]
        chosen = [known.get(one.origin, "") == family for one in pictures]
        asked = [way if mine else [] for way, mine in zip(ways, chosen, strict=True)]
        parts.append(measure(pictures, asked, fingerprints=library))
    return joined(parts)


def _check_enough(label: str, pictures: Sequence[LabelledImage], rows: Rows) -> None:
    able = rows.pictures if not rows.limited.all() else rows.pictures[:0]
    alike = len(np.unique(groups_of(pictures, ())[0][able])) if len(able) else 0
    if alike < FEWEST:
        raise EmptySetError(
            f"{alike} of the {len(pictures):,} {label} pictures that do not look alike could be "
            f"measured, at least {FEWEST} are needed: pass more photographs, of 66 pixels a side "
            "or more, or ask for more deliveries"
        )


def _table(
    sets: tuple[Sequence[LabelledImage], Sequence[LabelledImage]],
    rows: Sequence[Rows],
    families: Mapping[str, str],
    seed: int,
) -> tuple[FeatureTable, NDArray[np.bool_]]:
    """All rows of both classes, and of which nothing can be said."""
    generated = np.repeat([True, False], [len(one) for one in rows])
    sources = np.array(
        [
            pictures[place].origin
            for pictures, one in zip(sets, rows, strict=True)
            for place in one.pictures.tolist()
        ]
    )
    named = np.array([families.get(name, name) for name in sources.tolist()])
    folds = source_folds(generated, sources, named.tolist(), seed)
    groups = groups_of(*sets)
    for label, own, one in zip((True, False), groups, rows, strict=True):
        mine = generated == label
        if len(np.unique(named[mine])) < 2:  # no other source: at least no picture that looks alike
            folds[mine] = own[one.pictures] % _ONE_SOURCE_FOLDS
    values = np.concatenate([one.values for one in rows])
    limited = np.concatenate([one.limited | one.pages for one in rows])
    return FeatureTable(values, generated, sources, folds), limited


def _metrics(log_odds: FloatArray, table: FeatureTable, trace_from: float) -> UnseenMetrics:
    """Figures on sources that the fits have not seen."""
    scores, generated = chances(log_odds), table.generated
    found = metrics(scores[generated], scores[~generated])
    share = weights(generated, table.sources)
    above = log_odds >= trace_from
    return UnseenMetrics(
        n_sources={
            label: len(np.unique(table.sources[generated == value]))
            for label, value in _LABELS.items()
        },
        auc=round(found.auc, _DIGITS),
        ece=round(found.ece, _DIGITS),
        cllr=round(
            cllr(
                log_odds[generated],
                log_odds[~generated],
                gan_weights=share[generated],
                real_weights=share[~generated],
            ),
            _DIGITS,
        ),
        traces={
            label: {
                name: (int(above[own].sum()), int(own.sum()))
                for name in np.unique(table.sources[generated == value]).tolist()
                for own in [(table.sources == name) & (generated == value)]
            }
            for label, value in _LABELS.items()
        },
    )


def _tried(
    sets: tuple[Sequence[LabelledImage], Sequence[LabelledImage]],
    fingerprints: Sequence[AnyFingerprint],
    seed: int,
    measure: Callable[..., Rows],
) -> Rows:
    """Some pictures of each class, half of them on their way, and after every small delivery."""
    some = [one for pictures in sets for one in pictures[:: math.ceil(len(pictures) / _TRIED)]]
    ways: list[list[Delivery]] = []
    for number, one in enumerate(some):
        start = source_deliveries(seed, [one.record.sha256], [one.shape], 2)[0][number % 2 :][:1]
        steps = start[0] if start else ()
        small = small_deliveries(shape_after(steps, one.shape)).values()
        ways.append([steps, *((*steps, *more) for more in small)])
    return measure(some, ways, fingerprints=fingerprints)


def _with_robustness(model: ScoreModel, tried: Rows) -> ScoreModel:
    found = robustness(
        tried.log_odds(model),
        tried.pictures,
        tried.deliveries,
        doubtful=model.doubtful,
    )
    return replace(model, robustness=found)


def _facts(
    sets: tuple[Sequence[LabelledImage], Sequence[LabelledImage]], table: FeatureTable, seed: int
) -> Training:
    """What a reader of the model must know of its making."""
    import scipy

    return Training(
        date=(source_date() or datetime.now(UTC)).date().isoformat(),
        seed=seed,
        features=FEATURES,
        versions={
            "catforensics": __version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        sets={
            label: TrainedSet(
                digest(pictures),
                len(pictures),
                int((table.generated == value).sum()),
                dict(Counter(one.origin for one in pictures).most_common()),
            )
            for (label, value), pictures in zip(_LABELS.items(), sets, strict=True)
        },
    )


def _silent(_: str) -> None:
    """Say nothing."""
