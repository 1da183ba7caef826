from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typed_records import check_type

from forensics.detection.evaluation.audit import Audit, AuditedFact, copies, summary
from forensics.detection.evaluation.container import Separation
from forensics.images.sources.find import Skipped
from forensics.views.results.audit import AuditRecord, audit_record, audit_sentence, render_audit
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
GRID = fact("jpeg_grid", ["none"] * 5, ["shifted"] * 5, of="pixels")


# The sentence


def test_containers_that_tell_all_are_named_with_their_values():
    assert audit_sentence(audited(QUALITY, PROGRESSIVE, ROWS, GRID, container=1.0)) == (
        "The sets differ in JPEG quality (75 against 99) and progressive (no against yes): a model "
        "that sees only the container tells 100 % apart, so as-found accuracy says nothing about "
        "the generator; report matched figures."
    )


def test_what_follows_from_the_format_is_not_said_twice():
    facts = [
        fact("format", ["PNG"] * 20, ["JPEG"] * 30),
        fact("jpeg_quality", ["none"] * 20, [85.0] * 30),
        fact("subsampling", ["none"] * 20, ["4:2:0"] * 30),
    ]
    said = audit_sentence(audited(*facts, container=1.0))
    assert said.startswith("The sets differ in format (PNG against JPEG): a model that sees")


def test_containers_that_tell_some_are_told_with_their_range():
    exif = fact("exif", ["no"] * 20, ["no"] * 20 + ["yes"] * 10, 0.66)
    said = audit_sentence(audited(exif, container=0.66))
    assert said.startswith("The sets differ in EXIF: a model")
    assert "66 % apart (62 % to 70 % in 95 of 100 samples), so some" in said
    assert "in their containers" in audit_sentence(audited(ROWS, container=0.66))


def test_no_difference_and_one_of_pixels_alone():
    assert audit_sentence(audited(ROWS)) == (
        "Nothing besides the content was found that tells the sets apart: a model that sees only "
        "the container tells 50 % apart, where guessing tells 50 %."
    )
    said = audit_sentence(audited(ROWS, GRID))
    assert said.startswith("The containers do not differ")
    assert "the pixels do in JPEG grid (none against shifted): unless the generator" in said


def test_of_many_differences_four_are_named():
    names = ("mode", "rows", "columns", "exif", "alpha", "orientation")
    many = [fact(name, ["a"] * 20, ["b"] * 30) for name in names]
    assert "columns (a against b), EXIF (a against b) and 2 more: a" in audit_sentence(
        audited(*many, container=1.0)
    )


# JSON


def test_the_object_has_everything_and_no_nan():
    found = audited(
        QUALITY, PROGRESSIVE, GRID, container=1.0, skipped=(Skipped("a\udcff.jpg", "is empty"),),
        alike=copies(([0, 0, 1], [1]), (["a", "b", "c"], ["d"])),
    )  # fmt: skip
    record = json.loads(render_json(audit_record(found)), parse_constant=pytest.fail)
    check_type(record, AuditRecord)
    assert list(record) == [
        "format_version", "a", "b", "container_only_accuracy", "container_only_interval", "facts",
        "near_duplicates", "exact_duplicates", "n_skipped", "skipped", "sentence",
    ]  # fmt: skip
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
    assert sum(line.startswith("JPEG quality       75 ") for line in lines) == 1
    assert any(line.startswith("JPEG tables        0/0 abcd 5 % +19") for line in lines)
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
    assert "2 pictures, 0 of them the same file: 'x\\x1b' and 'y\\udcff'" in text
