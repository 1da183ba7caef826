from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typed_records import check_type

from forensics.detection.evaluation.audit import Audit, AuditedFact, copies, summary
from forensics.detection.evaluation.container import Separation
from forensics.images.sources.find import Skipped
from forensics.views.results.audit import (
    AuditRecord,
    audit_record,
    audit_rows,
    audit_sentence,
    render_audit,
)
from forensics.views.results.records import render_json

NO_COPIES = copies(([0], [1]), (["x"], ["y"]))


def fact(name: str, a: list, b: list, accuracy: float = 1.0, of: str = "header") -> AuditedFact:
    low, high = max(0.0, accuracy - 0.04), min(1.0, accuracy + 0.04)
    apart = Separation(accuracy, (low, high), (len(a), len(b)))
    return AuditedFact(name, of, summary(a), summary(b), apart)


def audited(*facts: AuditedFact, container: float = 0.5, **changed) -> Audit:
    interval = max(0.0, container - 0.04), min(1.0, container + 0.04)
    plain = Audit(
        ("gan", "real"), (20, 30), (5, 5), facts, container, interval, NO_COPIES, NO_COPIES, ()
    )
    return replace(plain, **changed)


QUALITY = fact("jpeg_quality", [75.0] * 20, [99.0] * 30)
PROGRESSIVE = fact("progressive", ["no"] * 20, ["yes"] * 30)
ROWS = fact("rows", [512.0] * 20, [512.0] * 30, 0.5)
BRIGHT = fact("brightness", [80.0] * 20, [120.0] * 30, 0.8, of="look")
GRID = fact("jpeg_grid", ["none"] * 5, ["shifted"] * 5, of="pixels")


# The sentence


FORMATS = (
    fact("format", ["PNG"] * 20, ["JPEG"] * 30),
    fact("jpeg_quality", ["none"] * 20, [85.0] * 30),
    fact("subsampling", ["none"] * 20, ["4:2:0"] * 30),
)
EXIF = fact("exif", ["no"] * 20, ["no"] * 20 + ["yes"] * 10, 0.66)
NAMES = ("mode", "rows", "columns", "exif", "alpha", "orientation")
SETS = {
    "containers tell all": audited(QUALITY, PROGRESSIVE, ROWS, GRID, container=1.0),
    "what follows from the format is not said twice": audited(*FORMATS, container=1.0),
    "containers tell some": audited(EXIF, container=0.66),
    "containers tell some, no fact alone": audited(ROWS, container=0.66),
    "no difference": audited(ROWS),
    "one of pixels alone": audited(ROWS, GRID),
    "looks alone": audited(ROWS, BRIGHT),
    "four of many are named": audited(
        *(fact(name, ["a"] * 20, ["b"] * 30) for name in NAMES), container=1.0
    ),
}


def test_what_is_said_of_two_sets(golden):
    said = "\n\n".join(f"[{of}]\n{audit_sentence(one)}" for of, one in SETS.items())
    golden("audit", f"{said}\n\n[the table]\n{render_audit(SETS['containers tell all'])}")


# JSON


def test_the_object_has_everything_and_no_nan():
    found = audited(
        QUALITY, PROGRESSIVE, GRID, container=1.0, skipped=(Skipped("a\udcff.jpg", "is empty"),),
        alike=copies(([0, 0, 1], [1]), (["a", "b", "c"], ["d"])),
    )  # fmt: skip
    record = json.loads(render_json(audit_record(found)), parse_constant=pytest.fail)
    check_type(record, AuditRecord)
    assert record["format_version"] == 2 and record["container_only_accuracy"] == 1
    assert record["a"] == {"name": "gan", "n_images": 20, "n_histories": 5}
    quality, progressive, grid = record["facts"]
    assert quality["fact"] == "jpeg_quality" and quality["a"]["median"] == 75
    assert quality["accuracy_interval"] == [0.96, 1] and quality["n"] == [20, 30]
    assert progressive["b"]["words"] == [{"word": "yes", "n": 30}]
    assert progressive["a"]["median"] is None and grid["of"] == "pixels"
    assert record["near_duplicates"]["within_a"] == 2
    assert record["near_duplicates"]["pairs_across"] == [["c", "d"]]
    assert record["skipped"] == [{"path": "a\udcff.jpg", "reason": "is empty"}]
    assert record["sentence"] == audit_sentence(found)


# The table


def test_the_text_has_the_sentence_and_a_line_for_every_fact():
    words = [f"{n * 1000}/{n * 1111} abcd" for n in range(20)]
    tables = fact("jpeg_tables", words, [*words[:10], *words[:10], *words[:10]], 0.61)
    found = audited(QUALITY, tables, ROWS, GRID, container=1.0)
    text = render_audit(found)
    lines = text.splitlines()
    assert lines[0] == "gan (20 pictures) and real (30 pictures)"
    assert audit_sentence(found) in " ".join(text.split())
    assert all(len(line) <= 100 and line == line.rstrip() for line in lines)
    assert sum(line.startswith("JPEG quality         75 ") for line in lines) == 1
    assert any(line.startswith("JPEG tables          0/0 abcd 5 % +19") for line in lines)
    assert lines.index("of the pixels of 5 and 5 pictures") > 0
    assert lines[-3:] == [
        "near-duplicates within A  none",
        "near-duplicates within B  none",
        "near-duplicates across    none",
    ]


def test_names_that_are_no_text_are_escaped():
    found = audited(
        ROWS, names=("a\x1b[31m", "b\n"),
        alike=copies(([0, 0], [1]), (["x\x1b", "y\udcff"], ["d"])),
    )  # fmt: skip
    text = render_audit(found)
    assert all(line.isprintable() for line in text.splitlines())
    assert "2 pictures, of which 0 have the bytes of another; 'x\\x1b' and 'y\\udcff'" in text


def test_of_two_that_are_alike_it_is_said_what_they_share():
    names = ["/home/me/a/1.jpg", "/home/me/b/1.jpg", "3", "4", "5", "6"], ["7"]
    alike = [0, 0, 1, 1, 2, 2], [2]
    closer = {"bytes": ([0, 0, 1, 2, 3, 4], [9]), "saved again": ([0, 0, 1, 1, 2, 3], [9])}
    found = audited(
        ROWS,
        alike=copies(alike, names, closer=closer),
        exact=copies(closer["bytes"], names, kind="bytes"),
    )
    assert found.alike.kinds == (("bytes", "saved again", "near copy"), (), ("near copy",))
    text = render_audit(found)
    assert (
        "within A  6 pictures, of which 2 have the bytes of another; /home/me/a/1.jpg and "
        "/home/me/b/1.jpg: the same bytes\n" in text
    )
    assert (
        "of which 0 have the bytes of another; 5 and 7: one of them cut, framed, mirrored or turned"
        in text
    )
    # A report is passed on: it has no path of a machine.
    within, *_ = audit_rows(found)["Near-duplicates"]
    assert within[1].endswith("; a/1.jpg and b/1.jpg: the same bytes")
