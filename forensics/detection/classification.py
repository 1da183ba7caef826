"""One picture, classified: its score, what that rests on, and whether it would stand.

A score near a threshold is worth little, and so is one that a few pixels or one more JPEG
would turn around: both are said to be unsure.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from forensics._typing import Image, OnError
from forensics.detection.causes import Verdict
from forensics.detection.classifier import Model
from forensics.detection.features import judged
from forensics.detection.heads import chance
from forensics.detection.scoring import Scores, check_model, scores
from forensics.detection.standing import small_deliveries
from forensics.engine.attempts import measured, named
from forensics.engine.executors import worker_count
from forensics.engine.stream import Progress
from forensics.engine.threads import one_thread_each
from forensics.errors import ImageShapeError
from forensics.images.decode import MAX_PIXELS, read_image
from forensics.images.delivery import delivered_pixels
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Step
from forensics.traces.content import Content, content
from forensics.traces.fingerprints.pattern import Fingerprint

__all__ = [
    "Classification",
    "classify",
    "classify_image",
    "iter_classifications",
]

_BATCH = 2
_OPPOSITE = {"generator trace", "no generator trace"}

Reason: TypeAlias = str


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """The verdict of a classifier on one picture.

    Parameters
    ----------
    path : str
    sha256 : str
        Of the file.
    score : float
        Chance that it was generated if half of all pictures were.
    verdict : {"generator trace", "no generator trace", "unsure"}
        "No generator trace" never means that the picture is a photograph.
    reasons : tuple of str
        Why it is unsure: "between the thresholds", "flips after ...", "a drawing or screen".
    scores : Scores
    model : str
    """

    path: str
    sha256: str
    score: float
    verdict: Verdict
    reasons: tuple[Reason, ...]
    scores: Scores
    model: str


def classify(
    image: Image,
    model: Model,
    *,
    fingerprints: Sequence[Fingerprint] = (),
    workers: int = 1,
) -> tuple[Verdict, tuple[Reason, ...], Scores]:
    """Verdict on the pixels of one picture, why it is unsure if it is, and the scores.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        At least 128 pixels a side; of more than 4096 the middle is looked at.
    model : Model
    fingerprints : sequence of Fingerprint
        Of further known sources.
    workers : int
        Threads for the small deliveries that it has to stand.

    Returns
    -------
    {"generator trace", "no generator trace", "unsure"}
    tuple of str
    Scores

    Raises
    ------
    ParameterError
        `workers` is less than 1.
    ImageShapeError
        `image` is no image, or of a size that the model cannot take.
    """
    workers = worker_count(workers)
    image = judged(image)
    head = model.heads["together"]
    found = scores(image, model, fingerprints=fingerprints)
    verdict = head.verdict(found.together)
    if verdict == "unsure":
        return "unsure", ("between the thresholds",), found
    if verdict == "generator trace" and _is_no_photograph(content(image)):
        return "unsure", ("a drawing, a screen or a flat picture",), found
    ways = _to_try(model, found, verdict, image.shape)
    flips = _flips(image, model, fingerprints, verdict, ways, workers)
    return ("unsure" if flips else verdict), flips, found


def classify_image(
    source: ImageSource,
    model: Model,
    *,
    fingerprints: Sequence[Fingerprint] = (),
    max_pixels: int = MAX_PIXELS,
    workers: int = 1,
) -> Classification:
    """Classify one picture file.

    Parameters
    ----------
    source : ImageSource
    model : Model
    fingerprints : sequence of Fingerprint
    max_pixels : int
        A picture with more pixels is refused.
    workers : int
        Threads for the small deliveries that it has to stand.

    Returns
    -------
    Classification

    Raises
    ------
    ModelError
        The model is of another feature version.
    ImageReadError
        It cannot be read.
    ImageShapeError
        It is too small, or of a size that the model cannot take.
    """
    check_model(model)
    image, record = read_image(source, max_pixels=max_pixels)
    with named(source):
        verdict, reasons, found = classify(image, model, fingerprints=fingerprints, workers=workers)
    score = chance(found.together)
    return Classification(source.name, record.sha256, score, verdict, reasons, found, model.name)


def iter_classifications(
    images: Iterable[ImageSource],
    model: Model,
    *,
    fingerprints: Sequence[Fingerprint] = (),
    workers: int | None = None,
    on_error: OnError = "raise",
    max_pixels: int = MAX_PIXELS,
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Classification | Skipped]:
    """Classify many pictures, in threads, in the order of the pictures.

    Parameters
    ----------
    images : iterable of ImageSource
    model : Model
    fingerprints : sequence of Fingerprint
    workers, on_error, max_pixels, executor, progress, stop
        As for `iter_inspections`.

    Yields
    ------
    Classification or Skipped

    Raises
    ------
    ModelError
        The model is of another feature version.
    ParameterError
        `workers` is less than 1.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    check_model(model)
    with one_thread_each():
        yield from measured(
            partial(_classification, model, tuple(fingerprints), max_pixels),
            tuple(images),
            batch=_BATCH,
            workers=workers,
            on_error=on_error,
            executor=executor,
            progress=progress,
            stop=stop,
        )


def _classification(
    model: Model, fingerprints: Sequence[Fingerprint], max_pixels: int, source: ImageSource
) -> Classification:
    return classify_image(source, model, fingerprints=fingerprints, max_pixels=max_pixels)


def _is_no_photograph(found: Content) -> bool:
    return found.is_flat or found.is_drawn


def _to_try(
    model: Model, found: Scores, verdict: Verdict, shape: tuple[int, ...]
) -> dict[str, tuple[Step, ...]]:
    """The small deliveries that might turn a verdict around, for all that training has shown.

    Of generated pictures it has shown something of the sources that it knows only.
    """
    ways = small_deliveries(shape)
    if verdict == "no generator trace":
        gap = model.heads["together"].certain - found.together
        shown = {
            name for name, one in model.standing.items() if one.rise is not None and one.rise < gap
        }
    elif found.known is None or found.known <= model.heads["known"].certain:
        shown = set()
    else:
        shown = {
            name
            for name, one in model.standing.items()
            if one.above is not None and one.above < found.together
        }
    return {name: steps for name, steps in ways.items() if name not in shown}


def _flips(
    image: Image,
    model: Model,
    fingerprints: Sequence[Fingerprint],
    verdict: Verdict,
    ways: Mapping[str, tuple[Step, ...]],
    workers: int,
) -> tuple[Reason, ...]:
    """Name the first small delivery that turns the verdict around, if one does."""
    if not ways:
        return ()
    again = partial(_verdict_after, image, model, fingerprints)
    with one_thread_each(), ThreadPoolExecutor(workers) as pool:
        after = list(pool.map(again, ways.values()) if workers > 1 else map(again, ways.values()))
    turned = [name for name, one in zip(ways, after, strict=True) if {verdict, one} == _OPPOSITE]
    return (f"flips after {turned[0]}",) if turned else ()


def _verdict_after(
    image: Image, model: Model, fingerprints: Sequence[Fingerprint], steps: Sequence[Step]
) -> Verdict:
    try:
        again = scores(delivered_pixels(image, steps), model, fingerprints=fingerprints)
    except ImageShapeError:
        return "unsure"  # too small by now, or not of the size that the thread's network takes
    return model.heads["together"].verdict(again.together)
