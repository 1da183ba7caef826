"""One picture, classified: its score, what that rests on, and whether it would stand.

A score near a threshold is worth little, and so is one that a few pixels or one more JPEG
would turn around: both are said to be unsure.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from forensics._typing import Image, OnError
from forensics.detection.classifier import ClassVerdict, Model, chance
from forensics.detection.scoring import Scores, check_model, scores
from forensics.engine.attempts import measured, named
from forensics.engine.stream import Progress
from forensics.engine.threads import one_thread_each
from forensics.errors import ImageShapeError
from forensics.images.decode import MAX_PIXELS, read_image
from forensics.images.delivery import deliver
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Crop, Jpeg, Resize, Step
from forensics.traces.content import content
from forensics.traces.fingerprints.pattern import Fingerprint

__all__ = [
    "Classification",
    "classify",
    "classify_image",
    "iter_classifications",
    "small_deliveries",
]

_BATCH = 2
_OPPOSITE = {"generated", "not found"}

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
    verdict : {"generated", "not found", "unsure"}
        "Not found" never means that the picture is a photograph.
    reasons : tuple of str
        Why it is unsure: "between the thresholds", "flips after ...", "a drawing or screen".
    scores : Scores
    model : str
    """

    path: str
    sha256: str
    score: float
    verdict: ClassVerdict
    reasons: tuple[Reason, ...]
    scores: Scores
    model: str


def classify(
    image: Image,
    model: Model,
    *,
    fingerprints: Sequence[Fingerprint] = (),
    workers: int = 1,
) -> tuple[ClassVerdict, tuple[Reason, ...], Scores]:
    """Verdict on the pixels of one picture, why it is unsure if it is, and the scores.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        At least 128 pixels a side.
    model : Model
    fingerprints : sequence of Fingerprint
        Of further known sources.
    workers : int
        Threads for the small deliveries that it has to stand.

    Returns
    -------
    {"generated", "not found", "unsure"}
    tuple of str
    Scores

    Raises
    ------
    ImageShapeError
        `image` is no image, or of a size that the model cannot take.
    """
    head = model.heads["together"]
    found = scores(image, model, fingerprints=fingerprints)
    verdict = head.verdict(found.together)
    if verdict == "unsure":
        return "unsure", ("between the thresholds",), found
    if verdict == "generated" and (content(image).is_flat or content(image).is_drawn):
        return "unsure", ("a drawing, a screen or a flat picture",), found
    if _out_of_reach(model, found.together, verdict):
        return verdict, (), found
    flips = _flips(image, model, fingerprints, verdict, workers)
    return ("unsure" if flips else verdict), flips, found


def small_deliveries(shape: tuple[int, ...]) -> dict[str, tuple[Step, ...]]:
    """What must not turn a verdict around: a few pixels cut, a JPEG more, a slight resize.

    Examples
    --------
    >>> list(small_deliveries((512, 512, 3)))
    ['a crop by 3 and 5 pixels', 'jpeg q95', 'jpeg q85', 'resize x0.97', 'resize x1.03']
    """
    return {
        "a crop by 3 and 5 pixels": (Crop(3, 5, shape[0] - 3, shape[1] - 5),),
        "jpeg q95": (Jpeg(95),),
        "jpeg q85": (Jpeg(85),),
        "resize x0.97": (Resize(0.97, "bicubic"),),
        "resize x1.03": (Resize(1.03, "bicubic"),),
    }


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


def _out_of_reach(model: Model, log_odds: float, verdict: ClassVerdict) -> bool:
    """Whether small deliveries hardly ever move a score as far as the other side."""
    head = model.heads["together"]
    if verdict == "generated":
        return log_odds - head.doubtful > model.fall
    return head.certain - log_odds > model.rise


def _flips(
    image: Image,
    model: Model,
    fingerprints: Sequence[Fingerprint],
    verdict: ClassVerdict,
    workers: int,
) -> tuple[Reason, ...]:
    """Name the first small delivery that turns the verdict around, if one does."""
    ways = small_deliveries(image.shape)
    again = partial(_verdict_after, image, model, fingerprints)
    with one_thread_each(), ThreadPoolExecutor(workers) as pool:
        after = list(pool.map(again, ways.values()) if workers > 1 else map(again, ways.values()))
    turned = [name for name, one in zip(ways, after, strict=True) if {verdict, one} == _OPPOSITE]
    return (f"flips after {turned[0]}",) if turned else ()


def _verdict_after(
    image: Image, model: Model, fingerprints: Sequence[Fingerprint], steps: Sequence[Step]
) -> ClassVerdict:
    try:
        again = scores(deliver(image, steps).pixels, model, fingerprints=fingerprints)
    except ImageShapeError:
        return "unsure"  # too small by now, or not of the size that the thread's network takes
    return model.heads["together"].verdict(again.together)
