"""What "no generator trace" has to stand: a few pixels cut, one JPEG more, a slight resize.

Nothing small may bring a trace into a picture that showed none: then one is unsure. The contrary
proves nothing. A trace that a save removes was there, and the chance it was claimed by holds
without it; a fingerprint is sought at its own place with more power than at all places of a cut.

A model remembers how far each of them raised the score of pictures of its training, so that it need
not be tried again on every picture whose score is far enough from a trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.score import Robustness, ScoreModel
from forensics.errors import ImageShapeError
from forensics.images.delivery.deliver import delivered_pixels
from forensics.images.delivery.steps import Crop, Jpeg, Resize, Step
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "robust",
    "robustness",
    "small_deliveries",
]

_FEWEST = 20
"""Trials below which nothing was shown."""


def small_deliveries(shape: tuple[int, ...]) -> dict[str, tuple[Step, ...]]:
    """Small deliveries, which must not bring a trace into a picture.

    Parameters
    ----------
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).

    Returns
    -------
    dict of str to tuple of Step
        Steps by the name of the delivery.

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


def robust(
    found: Attribution,
    image: Image,
    model: ScoreModel,
    *,
    fingerprints: Sequence[AnyFingerprint] = (),
    resized_crops: bool = False,
    threads: int = 1,
) -> Attribution:
    """The same verdict, or unsure where a small delivery brings a trace into a picture without one.

    Only those are tried that could, for all that training has shown: hardly ever one.

    Parameters
    ----------
    found : Attribution
        Verdict on the picture.
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
        Pixels of the picture.
    model : ScoreModel
        Score that it was judged by.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that the picture is matched against.
    resized_crops : bool
        Whether crops that were resized are sought, as when it was inspected.
    threads : int
        Threads to use.

    Returns
    -------
    Attribution
        `found` itself, or the same as *unsure*.
    """
    if found.verdict != "no generator trace":
        return found
    for name, steps in small_deliveries(image.shape).items():
        if not _may_turn(found, model, model.robustness.get(name)):
            continue
        try:
            sent = delivered_pixels(image, steps)
            again = attribution(
                evidence(
                    sent,
                    fingerprints=fingerprints,
                    resized_crops=resized_crops,
                    earlier_saves=False,
                    threads=threads,
                ),
                model=model,
            )
        except ImageShapeError:  # too small by now
            continue
        if again.verdict == "generator trace":
            return found.turned_by(name)
    return found


def _may_turn(found: Attribution, model: ScoreModel, shown: Robustness | None) -> bool:
    """Whether one small delivery might bring a trace, for all that training has shown."""
    if shown is None or shown.rise is None:
        return True
    return shown.rise >= model.certain - found.log_odds


def robustness(
    log_odds: FloatArray,
    pictures: NDArray[np.intp],
    deliveries: NDArray[np.intp],
    *,
    doubtful: float,
) -> Mapping[str, Robustness]:
    """How far every small delivery raises the log odds of pictures in which nothing was found.

    Parameters
    ----------
    log_odds : ndarray, shape (N,), float64
        Log odds of each row.
    pictures, deliveries : ndarray, shape (N,), int
        Number of the picture of each row, and of its small delivery: 0 is the picture itself, the
        next are those of `small_deliveries` in their order.
    doubtful : float
        Threshold below which nothing was found.

    Returns
    -------
    mapping of str to Robustness
        What each delivery does, by its name.
    """
    first = {int(pictures[row]): float(log_odds[row]) for row in np.flatnonzero(deliveries == 0)}
    starts = np.array([first.get(picture, np.nan) for picture in pictures.tolist()])
    found = {}
    for number, name in enumerate(small_deliveries((128, 128)), start=1):
        low = (deliveries == number) & (starts < doubtful)
        rise = max(0.0, float((log_odds - starts)[low].max())) if low.sum() >= _FEWEST else None
        found[name] = Robustness(rise)
    return found
