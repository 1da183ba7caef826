"""Results as plain objects for JSON: the same shape from every command.

Keys are snake_case, every object says its ``format_version``, and no number
is NaN or infinite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast

from forensics._records import Chance, Count, TypedDict
from forensics._typing import Axis, Channel, ProfileKind
from forensics.detection.comparison import Blended, Side
from forensics.engine.profiles import PictureProfile
from forensics.images.record import FileFacts, file_facts
from forensics.images.sources.find import Skipped
from forensics.traces.color import mean_color
from forensics.traces.periods import Banding, Bands, Period

__all__ = [
    "BandingRecord",
    "BlendRecord",
    "ComparisonRecord",
    "FORMAT_VERSION",
    "PeriodRecord",
    "ProfileRecord",
    "SkippedRecord",
    "Version",
    "banding_record",
    "blend_record",
    "comparison_record",
    "json_value",
    "period_record",
    "profile_record",
    "render_json",
    "significant",
    "skipped_records",
]

T = TypeVar("T")

Version: TypeAlias = Literal[2]

FORMAT_VERSION: Version = 2
"""Of every JSON object; docs/verdicts.md tells what changed."""


class PeriodRecord(TypedDict):
    """One tested period of one line profile."""

    axis: Axis
    profile: ProfileKind
    period: float
    ratio: float
    amplitude: float
    phase: int
    p_value: Chance
    p_uncorrected: Chance


class BandingRecord(TypedDict):
    """One period of a kind of profile, rows and columns together."""

    profile: ProfileKind
    period: float
    p_value: Chance
    p_uncorrected: Chance
    p_holm: Chance


class SkippedRecord(TypedDict):
    """A picture that was left out, and why."""

    path: str
    reason: str


class BlendRecord(TypedDict):
    """The object that `catforensics blend --json` prints."""

    format_version: Version
    n_images: Count
    n_skipped: Count
    skipped: list[SkippedRecord]
    shape: list[int]
    mean_color: list[float]
    channel: Channel
    periods: list[PeriodRecord]
    banding: list[BandingRecord]
    warnings: list[str]


class NamedBlendRecord(BlendRecord):
    """A blend with the name of its set."""

    name: str


class ComparisonRecord(TypedDict):
    """The object that `catforensics compare --json` prints."""

    format_version: Version
    a: NamedBlendRecord
    b: NamedBlendRecord


class ProfileRecord(TypedDict):
    """The object that `catforensics profile --json` prints."""

    format_version: Version
    path: str
    sha256: str
    shape: list[int]
    file: FileFacts
    channel: Channel
    periods: list[PeriodRecord]
    banding: list[BandingRecord]


def blend_record(blended: Blended, bands: Bands) -> BlendRecord:
    """JSON object of one blend.

    Parameters
    ----------
    blended : Blended
        Blend to describe.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.

    Returns
    -------
    BlendRecord
        Ready for `render_json`.
    """
    mean = blended.mean
    return {
        "format_version": FORMAT_VERSION,
        "n_images": blended.n_images,
        "n_skipped": len(blended.skipped),
        "skipped": skipped_records(blended.skipped),
        "shape": list(mean.shape),
        "mean_color": [round(value, 4) for value in mean_color(mean).tolist()],
        "channel": bands.channel,
        "periods": [period_record(period) for period in bands.periods],
        "banding": [banding_record(found) for found in bands.tested],
        "warnings": list(blended.warnings),
    }


def profile_record(profile: PictureProfile) -> ProfileRecord:
    """JSON object of one picture's profile.

    Parameters
    ----------
    profile : PictureProfile
        Profile of the picture.

    Returns
    -------
    ProfileRecord
        Ready for `render_json`.
    """
    return {
        "format_version": FORMAT_VERSION,
        "path": profile.path,
        "sha256": profile.record.sha256,
        "shape": list(profile.shape),
        "file": file_facts(profile.record),
        "channel": profile.profiles[0].channel,
        "periods": [period_record(period) for period in profile.periods],
        "banding": [banding_record(found) for found in profile.bands.tested],
    }


def comparison_record(a: Side, b: Side) -> ComparisonRecord:
    """JSON object of a comparison: two named blends.

    Parameters
    ----------
    a, b : Side
        The two sets, each with its blend and periods.

    Returns
    -------
    ComparisonRecord
        Ready for `render_json`.
    """
    return {"format_version": FORMAT_VERSION, "a": _named_record(a), "b": _named_record(b)}


def _named_record(side: Side) -> NamedBlendRecord:
    return {
        "name": side.name,
        **blend_record(side.blended, side.bands),
    }


def skipped_records(skipped: Iterable[Skipped]) -> list[SkippedRecord]:
    """JSON objects of pictures that were left out.

    Parameters
    ----------
    skipped : iterable of Skipped
        Pictures left out, each with the reason.

    Returns
    -------
    list of SkippedRecord
        Name and reason of each.
    """
    return [{"path": left.path, "reason": left.reason} for left in skipped]


def render_json(record: Mapping[str, object], *, indent: int | None = None) -> str:
    """JSON text of an object; on one line unless `indent` is given.

    Names that are not valid Unicode, as file names may be, are kept in Python's
    escaped form, so that the text can always be encoded.

    Parameters
    ----------
    record : mapping of str to object
        Object to write, without NaN.
    indent : int, optional
        Number of spaces of each level; None for one line.

    Returns
    -------
    str
        The text, without a line end.
    """
    return json.dumps(record, indent=indent, allow_nan=False)


def period_record(period: Period) -> PeriodRecord:
    """JSON object of one tested period.

    Parameters
    ----------
    period : Period
        Tested period of one profile.

    Returns
    -------
    PeriodRecord
        Ready for `render_json`.
    """
    return {
        "axis": period.axis,
        "profile": period.profile,
        "period": round(period.period, 4),
        "ratio": significant(period.ratio),
        "amplitude": significant(period.amplitude),
        "phase": period.phase,
        "p_value": significant(period.p_value),
        "p_uncorrected": significant(period.p_value),
    }


def banding_record(found: Banding) -> BandingRecord:
    """JSON object of one period of both axes.

    Parameters
    ----------
    found : Banding
        Evidence for the period.

    Returns
    -------
    BandingRecord
        Ready for `render_json`.
    """
    return {
        "profile": found.profile,
        "period": round(found.period, 4),
        "p_value": significant(found.p_value),
        "p_uncorrected": significant(found.p_value),
        "p_holm": significant(found.p_holm),
    }


def significant(value: float, digits: int = 6) -> float:
    """Number rounded to so many significant digits, as JSON carries a measurement.

    Parameters
    ----------
    value : float
        Finite number.
    digits : int
        Number of significant digits.

    Returns
    -------
    float
        The rounded number.

    Examples
    --------
    >>> significant(1234567.8), significant(0.00012345678)
    (1234570.0, 0.000123457)
    """
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def json_value(value: T) -> T:
    """A value ready for JSON: six significant digits, lists for tuples, None for what is no number.

    For mypy it keeps its type, so that a record is checked where it is made.

    Parameters
    ----------
    value : object
        Value of objects, sequences and plain values.

    Returns
    -------
    object
        The same value, in types that JSON knows.

    Examples
    --------
    >>> json_value({"odds": (1 / 3, float("nan"))})
    {'odds': [0.333333, None]}
    """
    return cast(T, _json_value(value))


def _json_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(inner) for inner in value]
    if isinstance(value, float):
        return significant(value) if math.isfinite(value) else None
    return value
