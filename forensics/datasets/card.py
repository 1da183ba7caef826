"""A data card: what a set is made of, as far as files tell, and what only people can fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from forensics import __version__
from forensics.counting import counted
from forensics.detection.labelled import LabelledImage
from forensics.images.sources.find import Skipped
from forensics.images.sources.names import printable
from forensics.traces.copies import groups_of_copies

__all__ = [
    "render_card",
]

_MOST = 8
"""Values of a fact that are listed; the others are counted."""
_TO_FILL = {
    "Licence": "Under which terms may these pictures be kept, shown, passed on?",
    "Source": "Where are they from, who collected them, when, by which command?",
    "Consent": "Are people in them, or places that are somebody's? What did these agree to?",
    "Known gaps": "Which kinds of pictures are missing? What must not be concluded from the set?",
}


def render_card(
    name: str, pictures: Sequence[LabelledImage], skipped: Sequence[Skipped], n_same: int
) -> str:
    """Data card of a set, in Markdown.

    Parameters
    ----------
    name : str
        Name of the set.
    pictures : sequence of LabelledImage
        Pictures of the set, files with different bytes.
    skipped : sequence of Skipped
        Pictures left out, each with the reason, in order of their names.
    n_same : int
        Number of files with the bytes of another one.

    Returns
    -------
    str
        The text, with blanks for what only people know.
    """
    groups = groups_of_copies([one.likeness for one in pictures])
    alike = len(pictures) - len(np.unique(groups))
    lines = [
        f"# {_cell(name)}",
        "",
        f"{counted(len(pictures))}. "
        + counted(
            n_same,
            "file has the bytes of another one and is",
            "files have the bytes of another one and are",
        )
        + " not counted; "
        + counted(alike, "looks like another one", "look like another one")
        + f"; {len(skipped):,} could not be read.",
        "",
    ]
    for title, question in _TO_FILL.items():
        lines += [f"## {title}", "", f"*To be filled in: {question}*", ""]
    lines += ["## What the files are", "", "| fact | pictures |", "|---|---|"]
    for fact, tell in _FACTS.items():
        lines.append(f"| {fact} | {_tally(Counter(map(tell, pictures)))} |")
    if skipped:
        lines += ["", "## What could not be read", ""]
        lines += [f"- {_cell(one.path)} {_cell(one.reason)}" for one in skipped[:50]]
        if len(skipped) > 50:
            lines.append(f"- and {len(skipped) - 50:,} more")
    lines += ["", f"Made by catforensics {__version__}, `catforensics data card`.", ""]
    return "\n".join(lines)


def _quality(one: LabelledImage) -> str:
    jpeg = one.record.jpeg
    return "no JPEG" if jpeg is None else str(jpeg.quality)


def _subsampling(one: LabelledImage) -> str:
    jpeg = one.record.jpeg
    return "no JPEG" if jpeg is None else str(jpeg.subsampling)


_FACTS: dict[str, Callable[[LabelledImage], str]] = {
    "format": lambda one: one.record.container,
    "size, columns x rows": lambda one: f"{one.record.columns} x {one.record.rows}",
    "mode": lambda one: one.record.mode,
    "bits a channel": lambda one: str(one.record.bit_depth),
    "JPEG quality": _quality,
    "subsampling": _subsampling,
    "EXIF": lambda one: "yes" if one.record.exif else "no",
    "EXIF orientation": lambda one: str(one.record.orientation),
    "frames or pages": lambda one: str(one.record.frames),
    "damaged": lambda one: "yes" if one.record.damaged else "no",
    "origin, by folder and first word": lambda one: _cell(one.origin),
}


def _tally(values: Counter[str]) -> str:
    shown = values.most_common(_MOST)
    text = ", ".join(f"{value or 'none'}: {n:,}" for value, n in shown)
    more = len(values) - len(shown)
    return f"{text}, and {more:,} other values" if more else text


def _cell(text: str) -> str:
    """Text that stays text in Markdown."""
    shown = printable(text)
    for mark in "\\`*_{}[]<>#|":
        shown = shown.replace(mark, f"\\{mark}")
    return shown
