"""The features of many pictures, each after deliveries of its own: measured once, then kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray, Image
from forensics.detection.labelled import LabelledImage
from forensics.detection.verdict.attribution import measured_features, picture_kind
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.score import FEATURE_VERSION, FEATURES, ScoreModel
from forensics.engine.attempts import measured
from forensics.engine.fingerprints import fingerprint_digest
from forensics.engine.npz import load_arrays
from forensics.engine.run import RunOptions
from forensics.engine.threads import one_thread_each
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery.deliver import delivered_pixels
from forensics.images.delivery.steps import Step
from forensics.images.read import MAX_PIXELS, read_pixels
from forensics.images.sources.find import ImageSource, Skipped
from forensics.output import writing
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "Delivery",
    "KEPT_FORMAT",
    "Rows",
    "joined",
    "key_of",
    "load_kept",
    "measured_rows",
    "save_kept",
]

KEPT_FORMAT = 1


def key_of(*parts: object) -> str:
    """Key of a row of features: what was measured, how it was delivered, and against what.

    Parameters
    ----------
    *parts : object
        Whatever the row depends on.

    Returns
    -------
    str
        The same for the same parts.

    Examples
    --------
    >>> key_of("sha256", "crop 256", 1) == key_of("sha256", "crop 256", 2)
    False
    """
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def save_kept(path: str | os.PathLike[str], rows: Mapping[str, FloatArray]) -> None:
    """Save rows of features by their keys; the file appears whole or not at all.

    Parameters
    ----------
    path : str or path-like
        File to write; replaced if it exists.
    rows : mapping of str to ndarray, shape (F,), float64
        Features by their keys, from `key_of`.

    Raises
    ------
    OutputError
        It cannot be written.

    See Also
    --------
    load_kept : The way back.
    """
    keys = sorted(rows)
    with writing(path) as file:
        np.savez_compressed(
            file,
            format_version=np.array(KEPT_FORMAT),
            keys=np.array(keys, dtype="S32"),
            lengths=np.array([len(rows[key]) for key in keys]),
            values=np.concatenate([rows[key] for key in keys]) if keys else np.zeros(0),
        )


def load_kept(path: str | os.PathLike[str]) -> dict[str, FloatArray]:
    """Rows that `save_kept` saved; none where there is no file yet.

    Parameters
    ----------
    path : str or path-like
        File to read.

    Returns
    -------
    dict of str to ndarray, shape (F,), float64
        Features by their keys.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    SavedFileError
        It is something else, damaged, or from a newer version.

    See Also
    --------
    save_kept : The way there.
    """
    if not os.path.exists(path):
        return {}
    return load_arrays(
        path,
        _rows,
        newest=KEPT_FORMAT,
        what="file of measured features",
        way_out="remove it, and everything is measured again",
    )


def _rows(arrays: dict[str, NDArray[Any]]) -> dict[str, FloatArray]:
    keys, lengths, values = arrays["keys"], arrays["lengths"], arrays["values"]
    if values.ndim != 1 or lengths.ndim != 1 or keys.ndim != 1:
        raise ValueError("arrays of more than one axis")
    if keys.dtype != "S32" or len(keys) != len(lengths) or values.dtype != np.float64:
        raise ValueError(f"{len(keys)} keys of type {keys.dtype}, values of {values.dtype}")
    if lengths.sum() != len(values) or (len(lengths) and lengths.min() < 1):
        raise ValueError(f"{len(values)} values, {lengths.sum()} expected")
    pieces: Iterable[FloatArray] = np.split(values, np.cumsum(lengths)[:-1]) if len(keys) else ()
    return {key.decode(): piece for key, piece in zip(keys.tolist(), pieces, strict=True)}


Delivery: TypeAlias = tuple[Step, ...]
"""One way that one picture goes before it is measured."""

_BATCH = 2
_TOO_SMALL = np.full(1, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features by picture and augmentation, in their order.

    Parameters
    ----------
    pictures : ndarray, shape (N,), int
        Number of the picture of each row.
    deliveries : ndarray, shape (N,), int
        Number of the delivery of each row, among those of its picture.
    values : ndarray, shape (N, F), float64
        Features in the order of `FEATURES`.
    limited : ndarray, shape (N,), bool
        Whether nothing can be said of it: flat, or drawn.
    pages : ndarray, shape (N,), bool
        Whether it is a page, of which nothing can be said where there is something to doubt.
    kinds : ndarray, shape (N,), int
        Numbers in `PICTURE_KINDS`.
    as_found : ndarray, shape (N,), bool
        Whether nothing was done to the picture.
    too_small : int
        Deliveries after which a picture was too small.
    skipped : tuple of Skipped
        Pictures of which there is no row.
    """

    pictures: NDArray[np.intp]
    deliveries: NDArray[np.intp]
    values: FloatArray
    limited: NDArray[np.bool_]
    pages: NDArray[np.bool_]
    kinds: NDArray[np.intp]
    as_found: NDArray[np.bool_]
    too_small: int
    skipped: tuple[Skipped, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def log_odds(self, model: ScoreModel) -> FloatArray:
        """Log odds of every row, not bounded; 0 where nothing can be said.

        Parameters
        ----------
        model : ScoreModel
            Score to judge by.

        Returns
        -------
        ndarray, shape (N,), float64
            Natural logarithms.
        """
        found = model.log_odds(self.values)
        return np.where(self.limited | (self.pages & (found >= model.doubtful)), 0.0, found)


def measured_rows(
    pictures: Sequence[LabelledImage],
    deliveries: Sequence[Sequence[Delivery]],
    *,
    fingerprints: Sequence[AnyFingerprint],
    kept: dict[str, FloatArray],
    run: RunOptions,
    max_pixels: int = MAX_PIXELS,
) -> Rows:
    """Features of pictures after their augmentations; only what is not kept yet is measured.

    Parameters
    ----------
    pictures : sequence of LabelledImage
        Labelled pictures, in their order.
    deliveries : sequence of sequence of tuple of Step
        Augmentations of each picture.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    kept : dict of str to ndarray, shape (F,), float64
        Rows by their keys; what is measured is added.
    run : RunOptions
        How the run goes: threads, failures, progress.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    Rows
        Of a run that was stopped, those that were measured.

    Raises
    ------
    ParameterError
        Two pictures have one name.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.
    """
    if len({one.source.name for one in pictures}) < len(pictures):
        raise ParameterError("two pictures have one name: pass each picture once, under its own")
    mark = key_of(*map(fingerprint_digest, fingerprints))
    keys = [
        [key_of(one.record.sha256, ", ".join(map(str, way)), FEATURE_VERSION, mark) for way in ways]
        for one, ways in zip(pictures, deliveries, strict=True)
    ]
    todo = {
        one.source.name: tuple(
            (key, way) for key, way in zip(mine, ways, strict=True) if key not in kept
        )
        for one, mine, ways in zip(pictures, keys, deliveries, strict=True)
    }
    waiting = [one.source for one in pictures if todo[one.source.name]]
    skipped = []
    with one_thread_each():
        for done in measured(
            partial(_rows_of, todo, tuple(fingerprints), max_pixels),
            waiting,
            _by_rows(run, [len(todo[source.name]) for source in waiting]),
            batch=_BATCH,
        ):
            if isinstance(done, Skipped):
                skipped.append(done)
            else:
                kept.update(done)
    return _gathered(keys, deliveries, kept, tuple(skipped))


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of one set of pictures that were measured in parts, one after the other.

    Parameters
    ----------
    parts : sequence of Rows
        Parts to join, one or more.

    Returns
    -------
    Rows
        All rows, in the order of the parts.
    """
    return Rows(
        pictures=np.concatenate([one.pictures for one in parts]),
        deliveries=np.concatenate([one.deliveries for one in parts]),
        values=np.concatenate([one.values for one in parts]),
        limited=np.concatenate([one.limited for one in parts]),
        pages=np.concatenate([one.pages for one in parts]),
        kinds=np.concatenate([one.kinds for one in parts]),
        as_found=np.concatenate([one.as_found for one in parts]),
        too_small=sum(one.too_small for one in parts),
        skipped=tuple(skip for one in parts for skip in one.skipped),
    )


def _by_rows(run: RunOptions, n_rows: Sequence[int]) -> RunOptions:
    """The same run, its progress told in rows: a picture may have one or a hundred."""
    progress = run.progress
    if progress is None:
        return run
    rows = [0, *accumulate(n_rows)]

    def tell(done: int, _: int) -> None:
        progress(rows[done], rows[-1])

    return replace(run, progress=tell)


def _rows_of(
    todo: Mapping[str, tuple[tuple[str, Delivery], ...]],
    fingerprints: Sequence[AnyFingerprint],
    max_pixels: int,
    source: ImageSource,
) -> dict[str, FloatArray]:
    image = read_pixels(source, max_pixels=max_pixels)
    rows = {}
    for key, way in todo[source.name]:
        try:
            rows[key] = _row(delivered_pixels(image, way) if way else image, fingerprints)
        except ImageShapeError:
            rows[key] = _TOO_SMALL  # known, and no row
    return rows


def _row(image: Image, fingerprints: Sequence[AnyFingerprint]) -> FloatArray:
    """Features, whether it is flat or drawn, whether it is a page, and the kind."""
    found = evidence(image, fingerprints=fingerprints, earlier_saves=False)
    values, limits = measured_features(found)
    page = limits == ("page",)
    return np.array([*values, bool(limits) and not page, page, picture_kind(found)], np.float64)


def _gathered(
    keys: Sequence[Sequence[str]],
    deliveries: Sequence[Sequence[Delivery]],
    kept: Mapping[str, FloatArray],
    skipped: tuple[Skipped, ...],
) -> Rows:
    places = [
        (picture, delivery, kept[key])
        for picture, mine in enumerate(keys)
        for delivery, key in enumerate(mine)
        if key in kept
    ]
    there = [place for place in places if len(place[2]) > 1]
    table = np.array([place[2] for place in there]).reshape(len(there), len(FEATURES) + 3)
    return Rows(
        pictures=np.array([place[0] for place in there], np.intp),
        deliveries=np.array([place[1] for place in there], np.intp),
        values=table[:, : len(FEATURES)],
        limited=table[:, -3] > 0,
        pages=table[:, -2] > 0,
        kinds=table[:, -1].astype(np.intp),
        as_found=np.array([not deliveries[place[0]][place[1]] for place in there], np.bool_),
        too_small=len(places) - len(there),
        skipped=skipped,
    )
