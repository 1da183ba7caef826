from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from typed_records import check_type

from forensics.detection.evaluation.conditions import CONDITIONS
from forensics.detection.evaluation.evaluate import Evaluation, OneSided, Ratios
from forensics.detection.performance.accuracy import Metrics, metrics
from forensics.detection.performance.intervals import (
    chance_right,
    chance_right_interval,
    mean_interval,
)
from forensics.detection.performance.likelihood import GeneratedShare
from forensics.views.results.evaluation import (
    PREVALENCES,
    EvaluationRecord,
    evaluation_record,
    render_evaluation,
)
from forensics.views.results.records import render_json

RATIOS = Ratios(
    np.array([1.0, 3.0]),
    np.array([-1.0, 0.5]),
    0.625,
    0.5,
    {
        "gan": {"generator trace": 3, "unsure": 1},
        "real": {"no generator trace": 7, "unsure": 1},
    },
)
CONTRACT = ["accuracy", "accuracy_interval", "auc", "tpr_at_fpr_0.01", "tpr_at_fpr_0.001", "ece"]


def scored(rng: np.random.Generator, apart: float, n_gan: int = 300, n_real: int = 1200) -> Metrics:
    gan, real = rng.normal(apart, 1.5, n_gan), rng.normal(-apart, 1.5, n_real)
    return metrics(1 / (1 + np.exp(-gan)), 1 / (1 + np.exp(-real)))


@pytest.fixture
def evaluation(rng) -> Evaluation:
    return Evaluation(
        n_gan=300,
        n_real=1200,
        conditions={c.name: scored(rng, 4 / (1 + n / 5)) for n, c in enumerate(CONDITIONS)},
        container_only={
            "as found": (0.99, mean_interval((297, 300), (1188, 1200))),
            "matched": (0.5, mean_interval((150, 300), (600, 1200))),
        },
        match_quality=75,
        by_source={
            "as found": {"site": (300, 300), "afhq": (1100, 1100), "phones": (90, 100)},
            "matched": {"site": (290, 300), "afhq": (1090, 1100)},
        },
        ratios={c.name: RATIOS for c in CONDITIONS},
        one_sided={c.name: OneSided(-1.25, 0.5, 0.8, 0.9) for c in CONDITIONS[1:]},
        thread={"as found": (0.9, (0.85, 0.94))},
        prior=None,
        threshold=0.8125,
        model="traces 1",
        left_out={},
        skipped=(),
    )


def strict(record: dict) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(render_json(record), parse_constant=refuse)


def row(text: str, name: str) -> str:
    (line,) = (one for one in text.splitlines() if re.match(rf"{re.escape(name)} +\d+ +\d+ ", one))
    return line


def test_the_object_keeps_the_contract(evaluation):
    record = strict(evaluation_record(evaluation))
    check_type(record, EvaluationRecord)
    assert record["audit"] is None
    assert strict(evaluation_record(evaluation, "They differ."))["audit"] == "They differ."
    assert (record["format_version"], record["n_gan"], record["n_real"]) == (2, 300, 1200)
    assert list(record["conditions"]) == [condition.name for condition in CONDITIONS]
    for name, found in evaluation.conditions.items():
        told = record["conditions"][name]
        assert list(told)[:6] == CONTRACT
        assert told["accuracy"] == pytest.approx(found.accuracy, rel=1e-5)
        assert told["accuracy_interval"] == pytest.approx(found.accuracy_interval, rel=1e-5)
        assert told["tpr_at_fpr_0.01"] == pytest.approx(found.at_one_percent.tpr, rel=1e-5)
        assert told["tpr_at_fpr_0.001"] == pytest.approx(found.at_one_permille.tpr, rel=1e-5)
        assert told["operating_points"][1]["n_false"] == found.at_one_permille.n_false
    assert record["container_only_accuracy"] == 0.99
    assert record["container_only"]["matched"]["accuracy"] == 0.5
    assert record["conditions"]["as found"]["by_source"]["phones"] == {"right": 90, "n": 100}
    assert record["conditions"]["social"]["by_source"] == {}


def test_the_object_tells_how_often_a_positive_is_right(evaluation):
    told = strict(evaluation_record(evaluation))["chance_right"]
    assert [(one["condition"], one["prevalence"]) for one in told] == [
        (name, prevalence) for name in ("as found", "matched") for prevalence in PREVALENCES
    ]
    found = evaluation.conditions["matched"]
    point = found.at_one_percent
    assert told[-1]["chance"] == pytest.approx(
        chance_right(point.tpr, point.n_false / 1200, 0.01), rel=1e-5
    )
    assert told[-1]["chance_interval"] == pytest.approx(
        chance_right_interval((point.n_found, 300), (point.n_false, 1200), 0.01), rel=1e-5
    )


def test_what_was_not_measured_is_null(evaluation):
    nothing = metrics([0.1, 0.2], [0.9, 0.8])
    bare = replace(
        evaluation,
        conditions={"as found": nothing},
        ratios={},
        one_sided={},
        thread={},
        container_only={},
        by_source={},
    )
    record = strict(evaluation_record(replace(bare, threshold=float("nan"))))
    assert record["container_only_accuracy"] is None and record["container_only"] == {}
    assert record["threshold"] is None
    assert {one["chance"] for one in record["chance_right"]} == {None}
    text = render_evaluation(bare)
    assert text.count("none found") == 3 and "container" not in text and "matched" not in text


def test_every_condition_has_a_row_in_its_order(evaluation):
    text = render_evaluation(evaluation)
    rows = [row(text, name) for name in evaluation.conditions]
    assert [text.index(one) for one in rows] == sorted(text.index(one) for one in rows)
    found = evaluation.conditions["jpeg q50"]
    numbers = re.findall(r"[\d.]+", row(text, "jpeg q50").removeprefix("jpeg q50"))
    expected = [
        300, 1200, 100 * found.accuracy, *(100 * bound for bound in found.accuracy_interval),
        found.auc, 100 * found.at_one_percent.tpr, 100 * found.at_one_permille.tpr, found.ece,
    ]  # fmt: skip
    assert [float(number) for number in numbers] == pytest.approx(expected, abs=0.0501)


def test_lines_fit_a_terminal_and_rows_stand_in_columns(evaluation):
    long = "a condition whose name goes on and on"
    wide = {"as found": {f"{long} {n}": (12345, 12345) for n in range(4)}}
    conditions = {**evaluation.conditions, long: evaluation.conditions["matched"]}
    text = render_evaluation(replace(evaluation, conditions=conditions, by_source=wide))
    assert max(map(len, text.splitlines())) <= 98
    rows = [row(text, name) for name in evaluation.conditions]
    assert len({line.index("(") for line in rows}) == 1
    assert len({len(line) for line in rows}) == 1
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_names_cannot_write_on_the_terminal(evaluation):
    sources = {"as found": {"a\x1b[31m": (1, 1), "b\nc": (1, 1), "d": (1, 1)}}
    text = render_evaluation(replace(evaluation, by_source=sources))
    assert "\x1b" not in text and "b\nc" not in text


def test_what_is_said_of_an_evaluation(evaluation, golden):
    known = replace(evaluation, prior=GeneratedShare(0.23, 0.11, 0.4, 87))
    text = render_evaluation(known)
    golden("evaluation", text)
    named = r"\breal (ones|pictures)\b|gan  real|real: trace|gan +real"
    assert "real" not in re.sub(named, "", text)  # no verdict


def test_the_text_tells_how_often_a_positive_is_right(evaluation):
    text = render_evaluation(evaluation)
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("chance"))
    assert all(f"{share} %" in lines[start + 1] for share in ("50", "10", "1"))
    found = evaluation.conditions["as found"]
    point = found.at_one_percent
    for prevalence, cell in zip(
        PREVALENCES, re.findall(r"([\d.]+) \(", lines[start + 2]), strict=True
    ):
        chance = chance_right(point.tpr, point.n_false / 1200, prevalence)
        assert float(cell) == pytest.approx(100 * chance, abs=0.0501)


def test_not_one_false_positive_is_told_as_a_bound(evaluation):
    perfect = metrics([0.9] * 20, [0.1] * 30)
    text = render_evaluation(replace(evaluation, conditions={"as found": perfect}))
    low = chance_right_interval((20, 20), (0, 30), 0.01)[0]
    (told,) = re.findall(r"([\d.]+) or more$", text, re.MULTILINE)
    assert 100 * low - 0.1 <= float(told) <= 100 * low
    assert row(text, "as found").count("100.0*") == 2 and "* Too few real pictures" in text


def test_a_star_stands_only_where_it_is_needed(evaluation):
    assert "*" not in render_evaluation(evaluation)


def test_all_but_one_right_is_not_all(evaluation):
    nearly = metrics(np.full(9999, 0.9), np.append(np.full(9998, 0.1), 0.95))
    text = render_evaluation(replace(evaluation, conditions={"as found": nearly}))
    assert " 99.9 (99.9 to 99.9)" in row(text, "as found")
    assert " 0.9999 " in row(text, "as found")


def test_sources_are_told_where_there_are_several(evaluation):
    text = render_evaluation(evaluation)
    assert re.search(r"phones +90 of 100 +-", text) and re.search(r"site .*290 of 300", text)
    two = {"as found": {"site": (1, 1), "afhq": (1, 1)}}
    assert "by source" not in render_evaluation(replace(evaluation, by_source=two))


def test_what_the_ratios_are_worth_is_told_with_the_bias_of_one_sided_deliveries(evaluation):
    text = render_evaluation(evaluation)
    (line,) = (one for one in text.splitlines() if re.match(r"matched +75\.0 +25\.0 ", one))
    assert line.split()[1:] == ["75.0", "25.0", "0.0", "12.5", "0.625", "0.500", "-1.25", "+0.50"]
    record = strict(evaluation_record(evaluation))["conditions"]["matched"]
    assert record["cllr"] == 0.625 and record["one_sided"]["shift_gan"] == -1.25
    assert record["verdicts"]["gan"]["generator trace"] == 3


def test_the_share_of_a_folder_is_a_prevalence_more(evaluation):
    known = replace(evaluation, prior=GeneratedShare(0.23, 0.11, 0.4, 87))
    record = strict(evaluation_record(known))
    check_type(record, EvaluationRecord)
    assert record["prior"] == {"share": 0.23, "low": 0.11, "high": 0.4, "n": 87}
    assert {one["prevalence"] for one in record["chance_right"]} == {*PREVALENCES, 0.23}
