"""What stands still in a set, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forensics._records import Chance, Count, TypedDict
from forensics.counting import counted
from forensics.detection.alignment import Aligned, Alignment
from forensics.images.sources.names import printable
from forensics.traces.alignment import PLACED
from forensics.views.results.explanation import wrapped
from forensics.views.results.records import (
    FORMAT_VERSION,
    SkippedRecord,
    Version,
    json_value,
    skipped_records,
)
from forensics.views.results.sentences import bare_p, listed, render_p

__all__ = [
    "ALIGNMENT_MEANING",
    "AlignmentRecord",
    "alignment_record",
    "alignment_table",
    "render_alignment",
    "render_placed",
    "render_still",
]

_WIDTH = 96
_LOOSE = 5.0
"""Median distance in per cent of the width from which pictures were not cut alike."""
_HEADING = ("path", "placed", "right", "down", "scale", "z", "p_value")

ALIGNMENT_MEANING = (
    "What stands still was put there by somebody or something: by those who cropped a set of "
    "faces, by a network that learned from such crops, by one camera that stood still, or it is a "
    "watermark, a border or a caption. Alignment is no proof of a generator, for photographs "
    "are aligned as well; and that none is found is no proof against one."
)
"""What alignment is evidence of, and what not."""


class StillRecord(TypedDict):
    """What stands still as the pictures are; places are shares of the height and the width."""

    p_value: Chance
    n_shuffles: Count
    area: float
    strongest_down: float
    strongest_right: float
    strongest_correlation: float


class PlacedRecord(TypedDict):
    """How the pictures lie on one another; distances are in per cent of the width."""

    n: Count
    p_value: Chance
    median_distance: float | None
    ninth_decile_distance: float | None
    smallest_scale: float | None
    largest_scale: float | None


class PlacementRecord(TypedDict):
    """One picture: how far it has to be moved, in per cent of the width, and enlarged."""

    path: str
    placed: bool
    right: float | None
    down: float | None
    scale: float | None
    z: float
    p_value: Chance


class AlignmentRecord(TypedDict):
    """The object that `catforensics align --json` prints."""

    format_version: Version
    n_images: Count
    found: Aligned
    level: Chance
    rows: Count
    columns: Count
    still: StillRecord
    placed: PlacedRecord
    pictures: list[PlacementRecord]
    cut: list[str]
    copies: list[list[str]]
    n_skipped: Count
    skipped: list[SkippedRecord]


def alignment_record(found: Alignment) -> AlignmentRecord:
    """JSON object of what stands still in a set.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.

    Returns
    -------
    AlignmentRecord
        Ready for JSON.
    """
    down, right, correlation = found.still.strongest
    rows, columns = found.blend.shape
    record: AlignmentRecord = {
        "format_version": FORMAT_VERSION,
        "n_images": len(found.names),
        "found": found.found,
        "level": PLACED,
        "rows": rows,
        "columns": columns,
        "still": {
            "p_value": found.still.p_value,
            "n_shuffles": found.still.n_shuffles,
            "area": found.still.area,
            "strongest_down": down,
            "strongest_right": right,
            "strongest_correlation": correlation,
        },
        "placed": _placed_record(found),
        "pictures": list(_placements(found)),
        "cut": list(found.cut),
        "copies": [list(group) for group in found.copies],
        "n_skipped": len(found.skipped),
        "skipped": skipped_records(found.skipped),
    }
    return json_value(record)


def _placed_record(found: Alignment) -> PlacedRecord:
    laid = found.laid
    n, p_value = int(laid.placed.sum()), laid.p_value
    if not len(laid.distances):
        return {
            "n": n, "p_value": p_value, "median_distance": None, "ninth_decile_distance": None,
            "smallest_scale": None, "largest_scale": None,
        }  # fmt: skip
    median, ninth = np.quantile(100 * laid.distances, (0.5, 0.9)).tolist()
    scales = laid.scales[~np.isnan(laid.scales)]
    return {
        "n": n,
        "p_value": p_value,
        "median_distance": median,
        "ninth_decile_distance": ninth,
        "smallest_scale": float(scales.min()),
        "largest_scale": float(scales.max()),
    }


def _placements(found: Alignment) -> Iterator[PlacementRecord]:
    laid = found.laid
    for i, name in enumerate(found.names):
        known = not np.isnan(laid.scales[i])
        yield {
            "path": name,
            "placed": bool(laid.placed[i]),
            "right": float(100 * laid.moves[i, 1]) if known else None,
            "down": float(100 * laid.moves[i, 0]) if known else None,
            "scale": float(laid.scales[i]) if known else None,
            "z": float(laid.scores[i]),
            "p_value": float(laid.p_values[i]),
        }


def alignment_table(
    found: Alignment,
) -> tuple[tuple[str, ...], list[list[str | float | bool | None]]]:
    """Pictures of a set as a table: offset, scale and score of each.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.

    Returns
    -------
    heading : tuple of str
        Names of the columns; offsets are in per cent of the width.
    rows : list of list
        A row for each picture.
    """
    rows: list[list[str | float | bool | None]] = []
    for one in map(json_value, _placements(found)):
        where = one["right"], one["down"], one["scale"]
        rows.append([one["path"], one["placed"], *where, one["z"], one["p_value"]])
    return _HEADING, rows


def render_still(found: Alignment) -> str:
    """Whether something stands still in the set as it is, in a sentence.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.

    Returns
    -------
    str
        As in "Something stands still in 59 pictures: over 35 % of the frame, ...".
    """
    still = found.still
    least = 1 / (still.n_shuffles + 1)
    floor = f", the least that {still.n_shuffles:,} shuffles of their offsets can tell"
    p = f"{render_p(still.p_value)}{floor if still.p_value <= least else ''}"
    if still.p_value >= PLACED:
        return f"Nothing stands still that chance does not explain in {_pictures(found)} ({p})."
    down, right, correlation = still.strongest
    area = 100 * still.area
    over = f"{area:.0f} %" if area >= 1 else "less than 1 %"
    return (
        f"Something stands still in {_pictures(found)}: over {over} of the frame, most of all "
        f"{100 * down:.0f} % from the top and {100 * right:.0f} % from the left, where two of them "
        f"correlate by {correlation:.2f} in the mean ({p})."
    )


def render_placed(found: Alignment) -> str:
    """How exactly the pictures lie on one another, in a sentence or two.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.

    Returns
    -------
    str
        How many could be placed, and how far they lie from the middle one.
    """
    laid = found.laid
    n, of = int(laid.placed.sum()), len(found.names)
    counts = f"{n:,} of {of:,} can be placed on a blend of others"
    if laid.p_value >= PLACED:
        return (
            f"{counts}, no more than by chance ({render_p(laid.p_value)}): of offsets nothing can "
            "be said."
        )
    record = _placed_record(found)
    median, ninth = record["median_distance"], record["ninth_decile_distance"]
    if median is None or ninth is None:
        return (
            f"{counts} ({render_p(laid.p_value)}), too few to say where the middle one of them "
            "lies."
        )
    n_known = len(laid.distances)
    which = (
        "half of these"
        if n_known == n
        else f"of {n_known:,} it is known where they lie, for the two halves of the set show "
        "different things; half of these"
    )
    said = (
        f"{counts} ({render_p(laid.p_value)}): {which} lie within {median:.1f} % of the "
        f"width of the middle one, nine in ten within {ninth:.1f} %, at scales of "
        f"{record['smallest_scale']:.2f} to {record['largest_scale']:.2f}."
    )
    if found.found == "moved" or median > _LOOSE:
        said += " They show one subject in one pose, and each was cut or taken in its own way."
    return said


def _pictures(found: Alignment) -> str:
    return counted(len(found.names), "different picture")


def render_alignment(found: Alignment, *, most: int = 8) -> str:
    """What stands still in a set, in text: both answers, the pictures, what it means.

    Parameters
    ----------
    found : Alignment
        Alignment of a set, from `align`.
    most : int
        Pictures that are named: those that had to be moved farthest.

    Returns
    -------
    str
        Some lines.
    """
    lines = [*wrapped(render_still(found), _WIDTH), *wrapped(render_placed(found), _WIDTH)]
    if found.laid.p_value < PLACED:
        lines += _farthest(found, most)
    if found.cut:
        n = counted(len(found.cut), "picture has", "pictures have")
        rows, columns = found.blend.shape
        lines += wrapped(
            f"{n} another aspect than the commonest, {columns} to {rows}: the middle of each was "
            "compared.",
            _WIDTH,
        )
    if found.copies:
        n = counted(sum(len(group) - 1 for group in found.copies))
        first = listed([printable(group[0]) for group in found.copies[:3]])
        more = len(found.copies) - 3
        lines.append(
            f"copies of others, not compared: {n} (of {first}"
            f"{f' and {more} more' if more > 0 else ''})"
        )
    return "\n".join([*lines, *wrapped(ALIGNMENT_MEANING, _WIDTH)])


def _farthest(found: Alignment, most: int) -> list[str]:
    records = [one for one in _placements(found) if one["scale"] is not None]
    if not records:
        return []
    records.sort(key=lambda one: -np.hypot(one["right"] or 0, one["down"] or 0))
    lines = ["   right     down  scale      z  p"]
    lines += [
        f"{one['right']:+7.1f}% {one['down']:+7.1f}% {one['scale']:6.2f} {one['z']:6.1f}  "
        f"{bare_p(one['p_value']):8} {printable(one['path'])}"
        for one in records[:most]
    ]
    more = len(records) - most
    return [*lines, f"  and {more:,} more that had to be moved less"] if more > 0 else lines
