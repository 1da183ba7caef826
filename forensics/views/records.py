"""Results as plain objects for JSON: the same shape from every command.

Keys are snake_case, every object says its ``format_version``, and no number
is NaN or infinite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from forensics._typing import Channel
from forensics.detection.comparison import Blended, Side
from forensics.engine.pictures import PictureProfile
from forensics.images.record import file_facts
from forensics.traces.color import mean_color
from forensics.traces.periods import Banding, Period, banding

__all__ = [
    "FORMAT_VERSION",
    "banding_record",
    "blend_record",
    "comparison_record",
    "period_record",
    "plain",
    "profile_record",
    "render_json",
    "significant",
]

FORMAT_VERSION = 2
"""Of every JSON object; docs/verdicts.md tells what changed."""


def blend_record(
    blended: Blended, periods: Sequence[Period], *, channel: Channel = "luma"
) -> dict[str, Any]:
    """The JSON object of one blend.

    Parameters
    ----------
    blended : Blended
    periods : sequence of Period
        What `blend_periods` returned.
    channel : {"luma", "red", "green", "blue"}
        What the periods were sought in.

    Returns
    -------
    dict
        Keys format_version, n_images, n_skipped, skipped, shape, mean_color,
        channel, periods, banding and warnings.
    """
    mean = blended.mean
    return {
        "format_version": FORMAT_VERSION,
        "n_images": blended.n_images,
        "n_skipped": len(blended.skipped),
        "skipped": [{"path": left.path, "reason": left.reason} for left in blended.skipped],
        "shape": list(mean.shape),
        "mean_color": [round(value, 4) for value in mean_color(mean).tolist()],
        "channel": channel,
        "periods": [period_record(period) for period in periods],
        "banding": [banding_record(found) for found in banding(periods)],
        "warnings": list(blended.warnings),
    }


def profile_record(profile: PictureProfile) -> dict[str, Any]:
    """The JSON object of one picture's profile.

    Parameters
    ----------
    profile : PictureProfile

    Returns
    -------
    dict
        Keys format_version, path, sha256, shape, file, channel, periods and banding.
    """
    return {
        "format_version": FORMAT_VERSION,
        "path": profile.path,
        "sha256": profile.record.sha256,
        "shape": list(profile.shape),
        "file": file_facts(profile.record),
        "channel": profile.profiles[0].channel,
        "periods": [period_record(period) for period in profile.periods],
        "banding": [banding_record(found) for found in banding(profile.periods)],
    }


def comparison_record(a: Side, b: Side) -> dict[str, Any]:
    """The JSON object of a comparison: two named blends.

    Parameters
    ----------
    a, b : Side

    Returns
    -------
    dict
        Keys format_version, a and b; both the object of a blend with its name.
    """
    return {
        "format_version": FORMAT_VERSION,
        **{
            key: {
                "name": side.name,
                **blend_record(side.blended, side.periods, channel=side.channel),
            }
            for key, side in (("a", a), ("b", b))
        },
    }


def render_json(record: dict[str, Any], *, indent: int | None = None) -> str:
    """JSON text of an object; on one line unless `indent` is given.

    Names that are not valid Unicode, as file names may be, are kept in Python's
    escaped form, so that the text can always be encoded.

    Parameters
    ----------
    record : dict
    indent : int, optional

    Returns
    -------
    str
    """
    return json.dumps(record, indent=indent, allow_nan=False)


def period_record(period: Period) -> dict[str, Any]:
    """The JSON object of one tested period.

    Parameters
    ----------
    period : Period

    Returns
    -------
    dict
        Keys axis, profile, period, ratio, amplitude, phase and p_value.
    """
    return {
        "axis": period.axis,
        "profile": period.profile,
        "period": round(period.period, 4),
        "ratio": significant(period.ratio),
        "amplitude": significant(period.amplitude),
        "phase": period.phase,
        "p_value": significant(period.p_value),
    }


def banding_record(found: Banding) -> dict[str, Any]:
    """The JSON object of one period of both axes.

    Parameters
    ----------
    found : Banding

    Returns
    -------
    dict
        Keys profile, period, p_value and p_holm.
    """
    return {
        "profile": found.profile,
        "period": round(found.period, 4),
        "p_value": significant(found.p_value),
        "p_holm": significant(found.p_holm),
    }


def significant(value: float, digits: int = 6) -> float:
    """Round to so many significant digits: what JSON carries of a measurement.

    Parameters
    ----------
    value : float
        Finite.
    digits : int

    Examples
    --------
    >>> significant(1234567.8), significant(0.00012345678)
    (1234570.0, 0.000123457)
    """
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def plain(value: Any) -> Any:
    """A value ready for JSON: six significant digits, lists for tuples, None for what is no number.

    Examples
    --------
    >>> plain({"odds": (1 / 3, float("nan"))})
    {'odds': [0.333333, None]}
    """
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return significant(value) if math.isfinite(value) else None
    return value
