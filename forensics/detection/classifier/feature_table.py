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
from html import escape
from pathlib import PurePath
from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.counting import counted
from forensics.detection.verdict.attribution import measured_features
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.score import CHANCES, WEIGHED
from forensics.engine.attempts import measured
from forensics.engine.checkpoint import KeptRow
from forensics.engine.fingerprints import load_library
from forensics.engine.run import RunKeywords, RunOptions
from forensics.engine.threads import one_thread_each
from forensics.errors import ParameterError
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import held, named
from forensics.traces.fingerprints.decoder import DecoderTile
from forensics.traces.fingerprints.match import AnyFingerprint
from forensics.traces.periods import PERIODS
from forensics.traces.profiles import AXES, KINDS

__all__ = [
    "FeatureColumn",
    "FACTS",
    "FeatureRow",
    "Features",
    "feature_columns",
    "feature_table",
    "iter_feature_rows",
]

_BATCH = 4
_SMALLEST = 1e-300
_SHOWN_ROWS = 10


class FeatureColumn(NamedTuple):
    """One column of the table of features.

    Parameters
    ----------
    name : str
        Name of the column, without commas.
    kind : type
        Type of the values that are there: str, int, bool or float.
    meaning : str
        A sentence.
    """

    name: str
    kind: type
    meaning: str


FACTS: tuple[FeatureColumn, ...] = (
    FeatureColumn(
        "set", str, "What the set is called: as it was named, else its folder or archive."
    ),
    FeatureColumn("label", str, "What was asked for: of generated pictures, say, or of real ones."),
    FeatureColumn("path", str, "Name of the picture."),
    FeatureColumn("error", str, "Why it could not be measured: then it has no numbers."),
    FeatureColumn("sha256", str, "Of the whole file."),
    FeatureColumn("n_bytes", int, "Size of the file."),
    FeatureColumn("container", str, "Kind of the file: JPEG, PNG, WEBP and so on."),
    FeatureColumn("mode", str, "How its pixels are stored, in Pillow's words: RGB, L or P, say."),
    FeatureColumn("bit_depth", int, "Bits a channel."),
    FeatureColumn("rows", int, "Of pixels, as they are stored."),
    FeatureColumn("columns", int, "Of pixels, as they are stored."),
    FeatureColumn("orientation", int, "Of EXIF, 1 to 8; the pixels are not turned."),
    FeatureColumn("exif", bool, "Whether there is EXIF."),
    FeatureColumn("icc", bool, "Whether there is a colour profile."),
    FeatureColumn("alpha", bool, "Whether there is transparency."),
    FeatureColumn("converted", str, "What was done to its pixels to make them RGB of 8 bits."),
    FeatureColumn("frame", int, "Of an animation or of pages, which was measured: 0 is the first."),
    FeatureColumn("frames", int, "How many frames or pages there are."),
    FeatureColumn("ignored", str, "What else is in the file and was not looked at."),
    FeatureColumn("damaged", str, "How the coded pixels are damaged, if they were measured so."),
    FeatureColumn("damaged_chunks", str, "Chunks of a PNG whose checksum is wrong."),
    FeatureColumn("jpeg_quality", int, "IJG quality of its tables, 1 to 100."),
    FeatureColumn("subsampling", str, "Of the chroma of a JPEG."),
    FeatureColumn("progressive", bool, "Whether a JPEG is progressive."),
)
"""What is told of each picture besides numbers; any of it may be missing."""

Fact = str | int | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRow:
    """Row of the feature table: what is known of one picture.

    Parameters
    ----------
    facts : dict
        Facts of the file, by the names in `FACTS`; "error" says why a picture has no features.
    values : ndarray, shape (n,), float64
        Features in the order of `feature_columns`, after those of `FACTS`; empty if they could not
        be measured.
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


class Features(dict[str, NDArray[Any]]):
    """Table of the features of many pictures: names of columns, and a value for each picture.

    ``pandas.DataFrame(table)`` and ``pyarrow.table(table)`` take it as it is. What is missing is
    NaN among numbers and "" among texts; yes and no are 1 and 0.

    Parameters
    ----------
    columns : sequence of FeatureColumn
        From `feature_columns`.
    rows : iterable of FeatureRow
        A row for each picture.
    """

    def __init__(self, columns: Sequence[FeatureColumn], rows: Iterable[FeatureRow]) -> None:
        self.columns = tuple(columns)
        every = list(rows)
        numbers = np.full((len(every), len(columns) - len(FACTS)), math.nan)
        for cells, row in zip(numbers, every, strict=True):
            if len(row.values):
                cells[:] = row.values
        super().__init__({one.name: _filled(one, every) for one in FACTS})
        self.update(
            (one.name, np.ascontiguousarray(values))
            for one, values in zip(columns[len(FACTS) :], numbers.T, strict=True)
        )

    @property
    def n_images(self) -> int:
        """Number of pictures, which is that of rows."""
        return len(self["path"])

    def to_dict(self) -> list[dict[str, str | int | float | bool | None]]:
        """Rows of it, ready for JSON: what is missing among numbers is None."""
        cells = [[_plain(one, value) for value in self[one.name]] for one in self.columns]
        names = [one.name for one in self.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]

    def __repr__(self) -> str:
        failed = int(np.count_nonzero(self["error"] != ""))
        told = f", {failed:,} without numbers" if failed else ""
        return f"<Features of {counted(self.n_images)}: {len(self)} columns{told}>"

    def _repr_html_(self) -> str:
        names = [one.name for one in (*FACTS[:4], *_OF_SCORE[:3])]
        rows = zip(*(self[name][:_SHOWN_ROWS] for name in names), strict=True)
        shown = [names, *([_brief(value) for value in row] for row in rows)]
        cells = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in shown]
        table = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table>{table}</table><p>{escape(repr(self))}</p>"


def _filled(column: FeatureColumn, rows: Sequence[FeatureRow]) -> NDArray[Any]:
    values = [row.facts.get(column.name) for row in rows]
    if column.kind is str:
        # A file name may hold bytes that are no text.
        return np.array([_encodable(str(value or "")) for value in values], np.str_)
    return np.array([math.nan if value is None else float(value) for value in values])


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(column: FeatureColumn, value: Any) -> str | int | float | bool | None:
    if column.kind is str:
        return str(value)
    if math.isnan(value):
        return None
    plain: int | float | bool = column.kind(value)
    return plain


def _brief(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:.4g}"


def feature_columns(
    fingerprints: Sequence[AnyFingerprint] | None = None,
) -> tuple[FeatureColumn, ...]:
    """Columns of the table of features: facts of the file, then numbers.

    Names of the columns hold no commas, so that a CSV file needs no quotes for them.

    Parameters
    ----------
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Fingerprints with a column of their own; those that are shipped unless given.

    Returns
    -------
    tuple of FeatureColumn
        Facts first, then numbers in the order of `FeatureRow.values`.

    Raises
    ------
    ParameterError
        Two fingerprints of one kind have the same name.

    Examples
    --------
    >>> [one.name for one in feature_columns([])][24:27]
    ['fingerprint', 'crosswise pattern', 'luma every 2 pixels']
    """
    known = load_library() if fingerprints is None else fingerprints
    columns = (*FACTS, *(_of_fingerprint(one) for one in known), *_OF_SCORE, *_OF_PERIODS)
    names = [one.name for one in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(
            f"two columns would be called {twice!r}: give every fingerprint a name of its own"
        )
    return columns


def _of_fingerprint(one: AnyFingerprint) -> FeatureColumn:
    name = one.name.replace(",", "")
    return FeatureColumn(
        f"{name} {_kind(one)}",
        float,
        "Log of the chance of a match as good, corrected for every place that was tried; missing "
        "where the size of the picture does not admit one.",
    )


_OF_SCORE = (
    *(
        FeatureColumn(
            name, float, f"Log of the chance of {what}, corrected for all that were tried."
        )
        for name, what in zip(
            CHANCES,
            ("the best match of a known fingerprint", "a pattern as strong, added crosswise"),
            strict=True,
        )
    ),
    *(
        FeatureColumn(
            name.replace(",", ""),
            float,
            "Log of the energy of {} that repeats {}, over what real pictures have: about 0 in "
            "these.".format(*name.replace(", a", " a").split(", ")),
        )
        for name in WEIGHED
    ),
)
_OF_PERIODS = tuple(
    FeatureColumn(
        f"{kind} {period:.3g} {axis}",
        float,
        f"Minus log of the p-value, uncorrected, of a period of {period:.3g} in the {kind} line "
        f"profile of {axis}.",
    )
    for kind in KINDS
    for axis in AXES
    for period in PERIODS
)


def feature_table(
    images: AnyImages,
    fingerprints: Sequence[AnyFingerprint] | None = None,
    *,
    set: str = "",
    label: str = "",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Features:
    """Features of many pictures, as a table.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, consumed once.
    fingerprints : sequence of Fingerprint or DecoderTile, optional
        Fingerprints that every picture is matched against; those that are shipped by default.
    set : str
        Name of the set; by default the folder or archive that each picture stood in.
    label : str
        Label of all pictures, such as "gan" or "real", for those who compare sets.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Features
        One value a picture in every column.

    Raises
    ------
    ParameterError, ImageReadError, ImageShapeError
        As `iter_feature_rows` and `feature_columns`.
    """
    options = RunOptions.of(feature_table, run)
    known = load_library() if fingerprints is None else tuple(fingerprints)
    columns = feature_columns(known)
    rows = iter_feature_rows(
        images, known, set=set, label=label, max_pixels=max_pixels, **options.keywords
    )
    return Features(columns, rows)


def iter_feature_rows(
    images: AnyImages,
    fingerprints: Sequence[AnyFingerprint] = (),
    *,
    set: str = "",
    label: str = "",
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[FeatureRow]:
    """Features of many pictures, measured in threads, in their order: a row for every one.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them.
    fingerprints : sequence of Fingerprint or DecoderTile
        Fingerprints that every picture is matched against.
    set : str
        Name of the set; by default the folder or archive that each picture stood in.
    label : str
        Label of all pictures, such as "gan" or "real", for those who compare sets.
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
    sources = as_sources(images, on_error=options.on_error)
    rows = _iter_rows(partial(_row, tuple(fingerprints), max_pixels), sources, options)
    return (_placed(row, set, label) for row in rows)


def _iter_rows(
    measure: Callable[[ImageSource], FeatureRow], sources: Sequence[ImageSource], run: RunOptions
) -> Iterator[FeatureRow]:
    with one_thread_each():
        for one in measured(measure, sources, run, batch=_BATCH):
            if isinstance(one, Skipped):
                yield FeatureRow({"path": one.path, "error": one.reason}, np.zeros(0))
            else:
                yield one


def _placed(row: FeatureRow, of: str, label: str) -> FeatureRow:
    stood_in = PurePath(str(row.facts["path"])).parent.name
    return FeatureRow({"set": of or stood_in, "label": label, **row.facts}, row.values)


def _row(
    fingerprints: Sequence[AnyFingerprint], max_pixels: int, source: ImageSource
) -> FeatureRow:
    data = source.read_bytes()
    image, record = read_image(held(source, data), max_pixels=max_pixels)
    with named(source):
        found = evidence(image, fingerprints=fingerprints, earlier_saves=False)
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
        "frame": record.frame,
        "frames": record.frames,
        "ignored": record.ignored,
        "damaged": record.damaged,
        "damaged_chunks": " ".join(record.damaged_chunks),
        "jpeg_quality": jpeg.quality if jpeg else None,
        "subsampling": jpeg.subsampling if jpeg else None,
        "progressive": jpeg.progressive if jpeg else None,
    }
