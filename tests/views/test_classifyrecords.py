from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forensics.detection.classification import Classification
from forensics.detection.heads import chance
from forensics.detection.scoring import Contribution, Scores
from forensics.views.classifyrecords import classification_record, render_classification
from forensics.views.records import render_json

KEYS = [
    "format_version", "path", "sha256", "score", "verdict", "reasons", "log_odds", "known", "any",
    "model",
]  # fmt: skip
PARTS = tuple(Contribution(f"feature {i}", i / 3, (20 - i) * (-1) ** i / 7) for i in range(20))
SCORES = Scores(2.5, 1.25, -0.5, "a site", PARTS, 2.5 - sum(one.log_odds for one in PARTS))
FOUND = Classification(
    "cats/7.png", "00ff", chance(2.5), "generator trace", (), SCORES, "a site's model"
)


def strict(record: dict) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(render_json(record), parse_constant=refuse)


# The object


def test_the_object_keeps_the_contract():
    record = strict(classification_record(FOUND))
    assert list(record) == KEYS and record["format_version"] == 1
    assert (record["path"], record["sha256"], record["model"]) == (
        "cats/7.png", "00ff", "a site's model",
    )  # fmt: skip
    assert (record["verdict"], record["reasons"]) == ("generator trace", [])
    assert record["log_odds"] == 2.5
    assert record["known"] == {"source": "a site", "score": pytest.approx(chance(1.25), rel=1e-5)}
    assert record["any"] == pytest.approx(chance(-0.5), rel=1e-5)


def test_explained_it_has_all_contributions_and_what_they_are_added_to():
    record = strict(classification_record(FOUND, explain=True))
    assert list(record) == [*KEYS, "baseline", "contributions"]
    assert [one["feature"] for one in record["contributions"]] == [one.feature for one in PARTS]
    total = record["baseline"] + sum(one["log_odds"] for one in record["contributions"])
    assert total == pytest.approx(record["log_odds"], abs=1e-4)
    assert classification_record(FOUND) == {
        key: value for key, value in record.items() if key in KEYS
    }


def test_what_a_model_cannot_say_is_null():
    bare = replace(SCORES, known=None, any=None, source="", contributions=(), baseline=0.0)
    record = strict(classification_record(replace(FOUND, scores=bare), explain=True))
    assert record["known"] is record["any"] is None
    assert record["contributions"] == [] and record["baseline"] == 0


@pytest.mark.parametrize("score", [0.0, 1e-13, 0.5, 1 - 1e-13, 1.0])
def test_numbers_have_six_digits(score):
    record = strict(classification_record(replace(FOUND, score=score)))
    assert record["score"] == float(f"{score:.6g}")


# The text


def test_the_text_has_the_verdict_first_and_the_model_last():
    lines = render_classification(FOUND).splitlines()
    assert lines[0] == "cats/7.png: generator trace"
    assert [line.split()[0] for line in lines[1:]] == ["score", "known", "any", "model"]
    assert "if half of all pictures were" in lines[1] and "a site alone" in lines[2]
    assert lines[-1].endswith("a site's model")
    assert all(len(line) <= 96 and line == line.rstrip() for line in lines)


def test_without_a_trace_it_is_never_said_to_be_a_photograph():
    text = render_classification(replace(FOUND, verdict="no generator trace"))
    said = "cats/7.png: no generator trace, which does not make it a photograph\n"
    assert text.startswith(said)
    rest = text.removeprefix(said)
    assert "photograph" not in rest and "real" not in rest


@pytest.mark.parametrize("why", ["between the thresholds", "flips after jpeg q85"])
def test_unsure_says_why(why):
    text = render_classification(replace(FOUND, verdict="unsure", reasons=(why,)))
    assert text.startswith(f"cats/7.png: unsure ({why})\n")


def test_what_a_model_cannot_say_is_left_out():
    bare = replace(SCORES, known=None, any=None, source="", contributions=(), baseline=0.0)
    text = render_classification(replace(FOUND, scores=bare))
    assert "known" not in text and "\nany" not in text
    explained = render_classification(replace(FOUND, scores=bare), explain=True)
    assert explained.startswith(text) and "the model is a network" in explained


def test_the_table_adds_up_and_stands_in_columns():
    text = render_classification(FOUND, explain=True)
    _, _, header, *rows = text.removeprefix(render_classification(FOUND)).splitlines()
    assert header.split() == ["feature", "value", "log", "odds"]
    assert len(rows) == 12 + 3 and len({len(row) for row in rows}) == 1
    names = [row[:36].strip() for row in rows]
    assert names[:12] == [one.feature for one in PARTS[:12]]
    assert names[12:] == ["8 others", "a picture of average features", "together"]
    *parts, total = (float(row.split()[-1]) for row in rows)
    assert sum(parts) == pytest.approx(total, abs=0.1) and total == 2.5


@pytest.mark.parametrize("n", [1, 12, 13])
def test_few_contributions_are_all_shown(n):
    parts = PARTS[:n]
    found = replace(FOUND, scores=replace(SCORES, contributions=parts))
    text = render_classification(found, explain=True)
    assert f"\n{max(n - 12, 0)} others " in text
    assert all(f"\n{one.feature} " in text for one in parts[:12])


def test_names_of_pictures_and_sources_cannot_write_on_the_terminal():
    rude = "a\x1b[31m\nb"
    found = replace(FOUND, path=rude, scores=replace(SCORES, source=rude))
    text = render_classification(found, explain=True)
    assert "\x1b" not in text and len(text.splitlines()) == 22


def test_names_of_models_cannot_write_on_the_terminal():
    assert "\x1b" not in render_classification(replace(FOUND, model="a\x1b[31m\nb"))
