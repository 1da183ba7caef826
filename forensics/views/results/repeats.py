"""Pictures that stand in a set more than once, as JSON and in words."""

from __future__ import annotations

from forensics._records import Count, TypedDict
from forensics.counting import counted
from forensics.detection.evaluation.audit import CopyKind
from forensics.detection.evaluation.repeats import Repeats
from forensics.images.sources.names import printable
from forensics.views.results.records import (
    FORMAT_VERSION,
    SkippedRecord,
    Version,
    json_value,
    skipped_records,
)

__all__ = ["RepeatsRecord", "render_repeats", "repeats_record"]

_WORDS: dict[CopyKind, str] = {
    "bytes": "the same bytes",
    "saved again": "saved again or made smaller",
    "near copy": "cut, framed, mirrored or turned",
}


class RepeatedRecord(TypedDict):
    """One picture that is there more than once."""

    pictures: list[str]
    kinds: list[CopyKind]


class RepeatsRecord(TypedDict):
    """The object that `catforensics audit FOLDER --json` prints."""

    format_version: Version
    n_images: Count
    repeats: list[RepeatedRecord]
    n_skipped: Count
    skipped: list[SkippedRecord]


def repeats_record(found: Repeats) -> RepeatsRecord:
    """JSON object of the pictures that stand in a set more than once.

    Parameters
    ----------
    found : Repeats
        Repeats of the set.

    Returns
    -------
    RepeatsRecord
        Ready for JSON.
    """
    record: RepeatsRecord = {
        "format_version": FORMAT_VERSION,
        "n_images": found.n_images,
        "repeats": [
            {"pictures": list(one.pictures), "kinds": list(one.kinds)} for one in found.groups
        ],
        "n_skipped": len(found.skipped),
        "skipped": skipped_records(found.skipped),
    }
    return json_value(record)


def render_repeats(found: Repeats) -> str:
    """Pictures that stand in a set more than once, in text.

    Parameters
    ----------
    found : Repeats
        Repeats of the set.

    Returns
    -------
    str
        A line for each picture that is one of several.
    """
    lines = [
        f"{counted(len(found.groups), 'picture is', 'pictures are')} there more than once, among "
        f"{counted(found.n_images)}."
    ]
    for one in found.groups:
        lines.append(printable(one.pictures[0]))
        lines += [
            f"  {printable(name)}  {_WORDS[kind]}"
            for name, kind in zip(one.pictures[1:], one.kinds, strict=True)
        ]
    return "\n".join(lines)
