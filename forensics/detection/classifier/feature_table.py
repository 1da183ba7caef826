"""One row for every picture: the facts of its file, and all features.

The raw material of everybody's own statistics, and what a run of days leaves behind: a
picture that cannot be measured has a row as well, with the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Unpack

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.verdict.attribution import measured_features
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.score import FEATURES
from forensics.engine.attempts import measured
from forensics.engine.checkpoint import KeptRow
from forensics.engine.run import RunKeywords, RunOptions
from forensics.engine.threads import one_thread_each
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import BytesSource, named
from forensics.traces.fingerprints.decoder import DecoderTile
from forensics.traces.fingerprints.match import AnyFingerprint
from forensics.traces.periods import PERIODS
from forensics.traces.profiles import AXES, KINDS

__all__ = [
    "FACTS",
    "FeatureRow",
    "feature_columns",
    "iter_feature_rows",
]

_BATCH = 4
_SMALLEST = 1e-300
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

_PERIODS = tuple(
    f"{kind} {period:.3g} {axis}" for kind in KINDS for axis in AXES for period in PERIODS
)

Fact = str | int | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRow:
    """Row of the feature table: what is known of one picture.

    Parameters
    ----------
    facts : dict
        Facts of the file, by the names in `FACTS`; "error" says why a picture has no features.
    values : ndarray, shape (n,), float64
        Features in the order of `feature_columns`; empty if they could not be measured.
    """

    facts: dict[str, Fact]
    values: FloatArray

    def packed(self) -> KeptRow:
        """The row as the state of a run keeps it."""
        return json.dumps(self.facts), self.values.astype("<f8").tobytes()

    @classmethod
    def unpacked(cls, row: KeptRow) -> FeatureRow:
        """Row as it was before it was packed.

        Parameters
        ----------
        row : (str, bytes)
            What `packed` returned.

        Returns
        -------
        FeatureRow
            The same row.
        """
        return cls(json.loads(row[0]), np.frombuffer(row[1], "<f8"))


def feature_columns(fingerprints: Sequence[AnyFingerprint]) -> tuple[str, ...]:
    """Names of the columns of features: of each fingerprint, of the score, of every period.

    Of fingerprints the natural logarithm of the chance, corrected for all that were tried; of
    periods minus that logarithm.

    Parameters
    ----------
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.

    Returns
    -------
    tuple of str
        Names in the order of `FeatureRow.values`.

    Examples
    --------
    >>> feature_columns([])[:3]
    ('fingerprint', 'crosswise pattern', 'luma, every 2 pixels')
    """
    known = [f"{one.name}, {_kind(one)}" for one in fingerprints]
    return (*known, *FEATURES, *_PERIODS)


def iter_feature_rows(
    images: Iterable[ImageSource],
    fingerprints: Sequence[AnyFingerprint] = (),
    *,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[FeatureRow]:
    """Features of many pictures, measured in threads, in their order: a row for every one.

    Parameters
    ----------
    images : iterable of ImageSource
        Pictures of the set, as `find_images` returns them.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Yields
    ------
    FeatureRow
        With ``on_error="skip"`` also of a picture that cannot be measured, with the reason.

    Raises
    ------
    ParameterError
        `workers` is less than 1, or `on_error` unknown.
    ImageReadError, ImageShapeError
        With ``on_error="raise"``.

    See Also
    --------
    feature_columns : Names of the features.
    """
    options = RunOptions.of(iter_feature_rows, run)
    return _iter_rows(partial(_row, tuple(fingerprints), max_pixels), tuple(images), options)


def _iter_rows(
    measure: Callable[[ImageSource], FeatureRow], sources: Sequence[ImageSource], run: RunOptions
) -> Iterator[FeatureRow]:
    with one_thread_each():
        for one in measured(measure, sources, run, batch=_BATCH):
            if isinstance(one, Skipped):
                yield FeatureRow({"path": one.path, "error": one.reason}, np.zeros(0))
            else:
                yield one


def _row(
    fingerprints: Sequence[AnyFingerprint], max_pixels: int, source: ImageSource
) -> FeatureRow:
    data = source.read_bytes()
    image, record = read_image(BytesSource(source.name, data), max_pixels=max_pixels)
    with named(source):
        found = evidence(image, fingerprints=fingerprints)
        values, _ = measured_features(found)
    facts = {"path": source.name, "error": None, "n_bytes": len(data), **_facts(record)}
    known = _known(found, fingerprints)
    return FeatureRow(facts, _rounded(np.array([*known, *values, *_period_nats(found)])))


def _kind(one: AnyFingerprint) -> str:
    return "decoder tile" if isinstance(one, DecoderTile) else "whole frame"


def _known(found: Evidence, fingerprints: Sequence[AnyFingerprint]) -> list[float]:
    """Log chances of every fingerprint; NaN for those that the size does not admit."""
    tried: dict[tuple[str, str], float] = {
        (match.name, match.kind): match.log_chance for match in found.matches
    }
    return [tried.get((one.name, _kind(one)), math.nan) for one in fingerprints]


def _period_nats(found: Evidence) -> list[float]:
    nats = {
        (one.profile, one.axis, one.period): -math.log(max(one.p_value, _SMALLEST))
        for one in found.periods
    }
    return [nats[kind, axis, period] for kind in KINDS for axis in AXES for period in PERIODS]


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
