"""A report is one file that explains itself, whatever somebody wrote into a picture's name."""

from __future__ import annotations

import html.parser
import itertools
import json
import re
from collections import Counter

import pytest
from markupsafe import Markup

from forensics.views.report.document import (
    Making,
    Panel,
    Plate,
    Report,
    ReportPart,
    ReportTable,
    Section,
    render_report,
)

HOSTILE = (
    "<script>alert(1)</script>.png",
    '"><img src=x onerror=alert(1)>.png',
    "{{ 7 * 7 }}{% raw %}.png",
    "</pre></style><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)//.png",
    "a\u202egnp.exe\x1b[31m\0",
    "\ud800 lone surrogate.png",
    "]]><!--",
)
MADE = Making("0", "catforensics report x.png", "2026-01-01T00:00:00+00:00", (("Python", "3"),))
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Reader(html.parser.HTMLParser):
    """Elements as a browser would see them: names, attributes, text by element, balance."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: Counter[str] = Counter()
        self.of: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.of[self.open[-1]] = self.of.get(self.open[-1], "") + data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def report_on(word: str) -> Report:
    panel = Panel(word, Markup('<img alt="" src="data:image/png;base64,AA==">'))
    table = ReportTable(word, (word, "b"), ((word, word),))
    plate = Plate(word, word, (panel, panel), word)
    section = Section(word, (word, word), (plate,), (table,))
    part = ReportPart(word, word, word, "unsure", (word,), 0.5, panel.drawing, (section,))
    made = Making("0", word, word, ((word, word),))
    return Report(word, (part, part), (section,), {"name": word}, made)


@pytest.mark.parametrize("word", HOSTILE)
def test_nothing_in_a_name_becomes_markup(word):
    harmless, hostile = (read(render_report(report_on(one))) for one in ("harmless", word))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in harmless.elements]
    for (_, ours), (_, theirs) in zip(harmless.elements, hostile.elements, strict=True):
        assert ours.keys() == theirs.keys()


@pytest.mark.parametrize("word", HOSTILE)
def test_the_record_comes_back_as_it_was(word):
    reader = read(render_report(report_on(word)))
    assert json.loads(reader.of["pre"]) == {"name": word}


def test_no_script_no_network_no_name_twice():
    page = render_report(report_on("cat"))
    reader = read(page)
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "iframe", "object", "embed", "link", "form", "base", "video"}
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in reader.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), value
    assert "http-equiv" in page
    assert not re.search(r"url\((?!#)", page)
    assert not re.search(r"@import", page)


def test_every_anchor_leads_somewhere_and_headings_skip_no_level():
    reader = read(render_report(report_on("cat")))
    names = {attributes.get("id") for _, attributes in reader.elements}
    for _, attributes in reader.elements:
        if (attributes.get("href") or "").startswith("#"):
            assert attributes["href"][1:] in names
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in names
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_the_same_report_is_the_same_bytes():
    assert render_report(report_on("cat")) == render_report(report_on("cat"))
