"""One row for every picture: the facts of its file, and all features.

The raw material of everybody's own statistics, and what a run of days leaves behind: a
picture that cannot be measured has a row as well, with the reason.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.features import ANY_FEATURES, KNOWN_FEATURES, features
from forensics.engine.attempts import measured, named
from forensics.engine.state import Row
from forensics.engine.stream import Progress
from forensics.engine.threads import one_thread_each
from forensics.images.decode import MAX_PIXELS, read_image
from forensics.images.files import BytesSource
from forensics.images.record import FileRecord
from forensics.images.sources import ImageSource, Skipped
from forensics.traces.fingerprints.pattern import Fingerprint

__all__ = ["FACTS", "FeatureRow", "feature_columns", "iter_feature_rows"]

_BATCH = 4
_TYPES: dict[str, type] = {
    "path": str,
    "error": str,
    "sha256": str,
    "n_bytes": int,
    "container": str,
    "mode": str,
    "bit_depth": int,
    "rows": int,
    "columns": int,
    "orientation": int,
    "exif": bool,
    "icc": bool,
    "alpha": bool,
    "converted": str,
    "jpeg_quality": int,
    "subsampling": str,
    "progressive": bool,
}
FACTS: tuple[tuple[str, type], ...] = tuple(_TYPES.items())
"""Columns of file facts and their types; any of them may be empty."""

Fact = str | int | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRow:
    """What is known of one picture.

    Parameters
    ----------
    facts : dict
        Of the file, by the names in `FACTS`; "error" says why a picture has no features.
    values : ndarray, shape (n,), float64
        In the order of `feature_columns`; empty if it could not be measured.
    """

    facts: dict[str, Fact]
    values: FloatArray

    def packed(self) -> Row:
        """As the state of a run keeps it."""
        return json.dumps(self.facts), self.values.astype("<f8").tobytes()

    @classmethod
    def unpacked(cls, row: Row) -> FeatureRow:
        """As it was before it was packed."""
        return cls(json.loads(row[0]), np.frombuffer(row[1], "<f8"))


def feature_columns(fingerprints: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns of numbers: those of each fingerprint, then all others.

    Parameters
    ----------
    fingerprints : sequence of str
        Names of the sources.

    Examples
    --------
    >>> feature_columns(["site"])[0], len(feature_columns([])) == len(ANY_FEATURES)
    ('site: whole, x0 to 0.58', True)
    """
    known = [f"{source}: {name}" for source in fingerprints for name in KNOWN_FEATURES]
    return (*known, *ANY_FEATURES)


def iter_feature_rows(
    images: Iterable[ImageSource],
    fingerprints: Sequence[Fingerprint] = (),
    *,
    workers: int | None = None,
    max_pixels: int = MAX_PIXELS,
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[FeatureRow]:
    """Measure many pictures, in threads, in their order: a row for every one.

    Parameters
    ----------
    images : iterable of ImageSource
    fingerprints : sequence of Fingerprint
        Held against every picture.
    workers, max_pixels, executor, progress, stop
        As for `iter_inspections`.

    Yields
    ------
    FeatureRow

    Raises
    ------
    ParameterError
        `workers` is less than 1.
    """
    with one_thread_each():
        for one in measured(
            partial(_row, tuple(fingerprints), max_pixels),
            tuple(images),
            batch=_BATCH,
            workers=workers,
            on_error="skip",
            executor=executor,
            progress=progress,
            stop=stop,
        ):
            if isinstance(one, Skipped):
                yield FeatureRow({"path": one.path, "error": one.reason}, np.zeros(0))
            else:
                yield one


def _row(fingerprints: Sequence[Fingerprint], max_pixels: int, source: ImageSource) -> FeatureRow:
    data = source.read_bytes()
    image, record = read_image(BytesSource(source.name, data), max_pixels=max_pixels)
    with named(source):
        found = features(image, fingerprints)
    facts = {"path": source.name, "error": None, "n_bytes": len(data), **_facts(record)}
    return FeatureRow(facts, _rounded(np.concatenate([*found.known, found.common])))


def _rounded(values: FloatArray) -> FloatArray:
    """Nine significant digits: the last ones depend on where arrays lie in memory."""
    return np.array([float(f"{value:.9g}") for value in values.tolist()])


def _facts(record: FileRecord) -> dict[str, Fact]:
    jpeg = record.jpeg
    return {
        "sha256": record.sha256,
        "container": record.container,
        "mode": record.mode,
        "bit_depth": record.bit_depth,
        "rows": record.rows,
        "columns": record.columns,
        "orientation": record.orientation,
        "exif": record.exif,
        "icc": record.icc,
        "alpha": record.alpha,
        "converted": record.converted,
        "jpeg_quality": jpeg.quality if jpeg else None,
        "subsampling": jpeg.subsampling if jpeg else None,
        "progressive": jpeg.progressive if jpeg else None,
    }
