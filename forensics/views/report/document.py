"""What a report is: parts of sections of plates and tables, and what becomes of them in HTML.

One file without a script and without a network. Whatever somebody wrote into a file's name or
its metadata is text here, never markup: the templates escape everything but our own drawings.
"""

from __future__ import annotations

import base64
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from markupsafe import Markup

from forensics import __version__
from forensics.images.sources.names import printable
from forensics.output import source_date
from forensics.views.results.explanation import render_score

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = [
    "MOST_BYTES",
    "Making",
    "Panel",
    "Plate",
    "Report",
    "ReportPart",
    "ReportTable",
    "Section",
    "making",
    "making_record",
    "render_report",
]

_LIBRARIES = ("numpy", "scipy", "pillow", "scikit-image")


@dataclass(frozen=True, slots=True)
class Making:
    """How a report was made.

    Parameters
    ----------
    version : str
        Version of this program.
    command : str
        Command as it would be typed.
    created : str
        Date and time in UTC, ISO 8601.
    libraries : tuple of (str, str)
        Names and versions of what measured, Python's first.
    """

    version: str
    command: str
    created: str
    libraries: tuple[tuple[str, str], ...]


def making(command: Sequence[str] | str) -> Making:
    """How a report is made here and now.

    With ``SOURCE_DATE_EPOCH`` set, as builds that can be repeated have it, that is the time.

    Parameters
    ----------
    command : sequence of str, or str
        Words of a command line, or what to say instead.

    Returns
    -------
    Making
        Version, command, time and libraries.
    """
    import shlex

    now = source_date() or datetime.now(UTC)
    return Making(
        __version__,
        command if isinstance(command, str) else shlex.join(command),
        now.isoformat(timespec="seconds"),
        (("Python", platform.python_version()), *((name, version(name)) for name in _LIBRARIES)),
    )


def making_record(how: Making) -> dict[str, Any]:
    """JSON object of how a report was made.

    Parameters
    ----------
    how : Making
        How it was made.

    Returns
    -------
    dict
        Keys version, command, created and libraries.
    """
    return {**asdict(how), "libraries": dict(how.libraries)}


MOST_BYTES = 3_000_000
"""What a report may weigh: mail takes it, and an archive keeps it."""
_SHORT_RECORD = 300_000
"""Characters up to which a record is in the page twice, the second time behind a link."""

Tone: TypeAlias = Literal["generator", "unsure", "none", "sets"]


@dataclass(frozen=True, slots=True)
class Panel:
    """Drawing of a plate.

    Parameters
    ----------
    label : str
        What it is of: this picture, or a set of known origin.
    drawing : Markup
        An ``<svg>`` or ``<img>`` that has a text alternative.
    wide : bool
        Whether it takes the whole width.
    """

    label: str
    drawing: Markup
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Plate:
    """Drawings that belong together, under the finding that they show.

    Parameters
    ----------
    title : str
        Title of the plate.
    finding : str
        What the drawings show in words; a sentence or two.
    panels : tuple of Panel
        Drawings, from left to right.
    reading : str
        How to read the drawings.
    """

    title: str
    finding: str
    panels: tuple[Panel, ...]
    reading: str = ""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Table of a report: rows of text.

    Parameters
    ----------
    caption : str
        Caption of the table.
    heading : tuple of str
        Headings of the columns; empty where the first cell of each row is its heading and that is
        all.
    rows : tuple of tuple of str
        Cells of each row.
    """

    caption: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Section of a report: what is said of one matter.

    Parameters
    ----------
    title : str
        Title of the section.
    sentences : tuple of str
        Sentences that it begins with.
    plates : tuple of Plate
        Plates of drawings.
    tables : tuple of ReportTable
        Tables that follow them.
    """

    title: str
    sentences: tuple[str, ...] = ()
    plates: tuple[Plate, ...] = ()
    tables: tuple[ReportTable, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPart:
    """Part of a report: what is said of one picture, or of two sets, the verdict first.

    Parameters
    ----------
    name : str
        Name of the picture or the sets.
    verdict, rest : str
        Words in large letters, and those that follow in small ones.
    tone : {"generator", "unsure", "none", "sets"}
        Tone that its colour is chosen by.
    sentences : tuple of str
        Sentences to be quoted.
    score : float, optional
        Score of the picture, 0 to 1.
    picture : Markup, optional
        Small picture, for a list of many.
    sections : tuple of Section
        Sections on single matters.
    """

    name: str
    verdict: str
    rest: str
    tone: Tone
    sentences: tuple[str, ...]
    score: float | None = None
    picture: Markup | None = None
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report, finished but for its looks.

    Parameters
    ----------
    title : str
        Title of the page.
    parts : tuple of ReportPart
        What is said of each picture, or of the sets.
    sections : tuple of Section
        Sections that are said once for all parts.
    record : dict
        JSON object with the same for machines.
    made : Making
        How the report was made.
    """

    title: str
    parts: tuple[ReportPart, ...]
    sections: tuple[Section, ...]
    record: dict[str, Any]
    made: Making


def render_report(report: Report) -> str:
    """Report as one file of HTML.

    Parameters
    ----------
    report : Report
        Report to write.

    Returns
    -------
    str
        It holds the record as ``report.json``, in the element of that id, and if it is short
        behind a link as well; it is left out if the page would weigh more than `MOST_BYTES`.
    """
    text = json.dumps(report.record, allow_nan=False)
    short = len(text) < _SHORT_RECORD
    indented = json.dumps(report.record, indent=1, allow_nan=False) if short else text
    link = base64.b64encode(text.encode()).decode() if short else ""
    template = _environment().get_template("report.html.j2")
    page = template.render(report=report, record=_as_text(indented), record_data=link)
    if len(page) <= MOST_BYTES:
        return page
    return template.render(report=report, record=None, record_data="")


def _as_text(text: str) -> Markup:
    """Text between tags, where quotes may stay as they are: a record is full of them."""
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, escaped)
    return Markup(text)


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("forensics.views.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = printable
    environment.filters["chance"] = render_score
    return environment
