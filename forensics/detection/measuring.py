"""The features of many pictures, each after deliveries of its own: measured once, then kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Method
from forensics.detection.features import (
    ANY_FEATURES,
    FEATURE_VERSION,
    KNOWN_FEATURES,
    features,
)
from forensics.detection.keeping import key_of
from forensics.detection.specimens import Running, Specimen
from forensics.engine.attempts import measured
from forensics.engine.fingerprints import fingerprint_digest
from forensics.engine.threads import one_thread_each
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.decode import read_pixels
from forensics.images.delivery import delivered_pixels
from forensics.images.simulate import simulated
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Step
from forensics.images.uplayers import LayerName
from forensics.traces.fingerprints.pattern import Fingerprint
from forensics.traces.profiles import thread_vector

__all__ = ["THREAD_SIDE", "Journey", "Rows", "feature_names", "measured_rows", "row_of"]

THREAD_SIDE = 512
"""Pixels a side for which the thread's vector has its 464 values."""
_THREAD_LENGTH = 464
_BATCH = 2


@dataclass(frozen=True, slots=True)
class Journey:
    """One way that one picture goes before it is measured.

    Parameters
    ----------
    steps : tuple of Step
    layer : str
        Last layer of a generator that it is put through first, "" for none.
    seed : int
        Of that layer.
    before : tuple of Step
        What is done to it before the layer.
    """

    steps: tuple[Step, ...]
    layer: LayerName | None = None
    seed: int = 0
    before: tuple[Step, ...] = ()

    def __str__(self) -> str:
        """Name it, for the file of what is kept."""
        made = f"{', '.join(map(str, self.before))} | {self.layer} {self.seed} | "
        return (made if self.layer else "") + ", ".join(map(str, self.steps))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features by picture and journey, in their order.

    Parameters
    ----------
    pictures : tuple of int
        Number of the picture of each row.
    journeys : tuple of int
        Number of the journey of each row, among those of its picture.
    values : ndarray, shape (n_rows, n_features), float64
    too_small : int
        Journeys after which a picture was too small.
    skipped : tuple of Skipped
        Pictures of which there is no row.
    """

    pictures: tuple[int, ...]
    journeys: tuple[int, ...]
    values: FloatArray
    too_small: int
    skipped: tuple[Skipped, ...]


def feature_names(method: Method, *, known: bool) -> tuple[str, ...]:
    """Names of the features of a method, in their order."""
    if method == "thread":
        return tuple(f"line {number}" for number in range(_THREAD_LENGTH))
    return (*(KNOWN_FEATURES if known else ()), *ANY_FEATURES)


def row_of(
    image: NDArray[Any], method: Method, fingerprint: Fingerprint | None = None
) -> FloatArray:
    """Features of one picture by a method, against one fingerprint at most.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8, counts
    method : {"traces", "thread"}
    fingerprint : Fingerprint, optional
        For the method *traces*.

    Returns
    -------
    ndarray, shape (n,), float64
        As `feature_names` has them.

    Raises
    ------
    ImageShapeError
        The picture is too small; for the method *thread*, of another size than 512 x 512.
    """
    if method == "thread":
        return _thread_row(image)
    found = features(image, [fingerprint] if fingerprint else [])
    return np.concatenate([*found.known, found.common])


def measured_rows(
    pictures: Sequence[Specimen],
    journeys: Sequence[Sequence[Journey]],
    *,
    method: Method,
    fingerprints: Sequence[Fingerprint | None],
    kept: dict[str, FloatArray],
    running: Running,
) -> Rows:
    """Features of pictures after their journeys; only what is not kept yet is measured.

    Parameters
    ----------
    pictures : sequence of Specimen
    journeys : sequence of sequence of Journey
        For each picture.
    method : {"traces", "thread"}
    fingerprints : sequence of Fingerprint or None
        For each fold: of pictures outside of it.
    kept : dict
        Rows by their key; what is measured is added.
    running : Running

    Returns
    -------
    Rows
        Of a run that was stopped, those that were measured.
    """
    if len({one.source.name for one in pictures}) < len(pictures):
        raise ParameterError("two pictures have one name: pass each picture once, under its own")
    marks = [fingerprint_digest(one) if one else "" for one in fingerprints]
    keys = [
        [
            key_of(one.record.sha256, str(way), method, FEATURE_VERSION, marks[one.fold])
            for way in ways
        ]
        for one, ways in zip(pictures, journeys, strict=True)
    ]
    tasks = {
        one.source.name: _Task(
            one.fold,
            tuple((key, way) for key, way in zip(mine, ways, strict=True) if key not in kept),
        )
        for one, mine, ways in zip(pictures, keys, journeys, strict=True)
    }
    skipped = []
    with one_thread_each():
        for done in measured(
            partial(_rows_of, tasks, method, tuple(fingerprints), running.max_pixels),
            [one.source for one in pictures if tasks[one.source.name].todo],
            batch=_BATCH,
            **running.options(),
        ):
            if isinstance(done, Skipped):
                skipped.append(done)
            else:
                kept.update(done)
    return _gathered(keys, kept, tuple(skipped))


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be measured of one picture."""

    fold: int
    todo: tuple[tuple[str, Journey], ...]


def _rows_of(
    tasks: Mapping[str, _Task],
    method: Method,
    fingerprints: Sequence[Fingerprint | None],
    max_pixels: int,
    source: ImageSource,
) -> dict[str, FloatArray]:
    task = tasks[source.name]
    image = read_pixels(source, max_pixels=max_pixels)
    rows = {}
    for key, way in task.todo:
        start = image
        if way.layer is not None:
            if way.before:
                start = delivered_pixels(start, way.before)
            rng = np.random.default_rng(way.seed)
            start = simulated(start, way.layer, rng=rng).pixels
        pixels = delivered_pixels(start, way.steps)
        try:
            rows[key] = row_of(pixels, method, fingerprints[task.fold])
        except ImageShapeError:
            rows[key] = np.full(1, np.nan)  # too small to be measured: known, and no row
    return rows


def _gathered(
    keys: Sequence[Sequence[str]], kept: Mapping[str, FloatArray], skipped: tuple[Skipped, ...]
) -> Rows:
    places = [
        (picture, journey, kept[key])
        for picture, mine in enumerate(keys)
        for journey, key in enumerate(mine)
        if key in kept
    ]
    there = [place for place in places if len(place[2]) > 1]
    return Rows(
        pictures=tuple(place[0] for place in there),
        journeys=tuple(place[1] for place in there),
        values=np.stack([place[2] for place in there]) if there else np.zeros((0, 0)),
        too_small=len(places) - len(there),
        skipped=skipped,
    )


def _thread_row(image: NDArray[Any]) -> FloatArray:
    if image.shape != (THREAD_SIDE, THREAD_SIDE, 3):
        raise ImageShapeError(
            f"image has shape {image.shape}, the thread's network takes {THREAD_SIDE} x "
            f"{THREAD_SIDE} x 3 and nothing else: use the method traces"
        )
    return thread_vector(image)
