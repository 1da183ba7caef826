from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from forensics.detection.classifier import Model
from forensics.detection.heads import Calibration, Head, Layer, Way
from forensics.detection.standing import Standing
from forensics.views.records import render_json
from forensics.views.trainingrecords import render_training, training_record


def head(doubtful: float) -> Head:
    ways = (Way("only", 1.0, (Layer(np.zeros((1, 1)), np.zeros(1)),)),)
    return Head(
        ("x",), np.zeros(1), np.ones(1), ways, Calibration.straight(), doubtful, doubtful + 1
    )


def figures(accuracy: float) -> dict:
    every = {"accuracy": accuracy, "auc": 0.9876, "ece": 0.0312}
    return {
        "all": every,
        "by_delivery": {"crop": every, "whole": {**every, "accuracy": 0.777}},
        "found_at_0.01": 0.8,
        "found_at_0.001": 0.6,
        "false_at_0.01_by_origin": {"afhq": 0.0, "phones": 0.0123},
    }


MODEL = Model(
    name="a site",
    method="traces",
    feature_version=1,
    heads={"together": head(1.25), "known": head(0.5), "any": head(-1.0)},
    fingerprints=(),
    standing={"jpeg q95": Standing(0.123456789, 2.0), "jpeg q85": Standing(None, None)},
    training={
        "seed": 7,
        "sets": {
            "gan": {"n_images": 1420, "n_deliveries": 2000, "origins": {"gan": 1420}},
            "real": {"n_images": 5000, "n_deliveries": 2100, "origins": {"afhq": 5000}},
        },
    },
    metrics={"together": figures(0.95), "known": figures(0.9), "any": figures(0.8)},
)


def strict(record: dict) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(render_json(record), parse_constant=refuse)


def test_the_object_has_all_but_the_weights():
    record = strict(training_record(MODEL))
    assert list(record) == [
        "format_version", "name", "method", "feature_version", "training", "metrics",
        "thresholds", "small_deliveries",
    ]  # fmt: skip
    assert (record["format_version"], record["name"], record["method"]) == (1, "a site", "traces")
    assert record["training"] == MODEL.training and record["metrics"] == MODEL.metrics
    assert record["thresholds"] == {
        "together": {"0.01": 1.25, "0.001": 2.25},
        "known": {"0.01": 0.5, "0.001": 1.5},
        "any": {"0.01": -1.0, "0.001": 0.0},
    }
    assert record["small_deliveries"] == {
        "jpeg q95": {"rise": 0.123457, "above": 2.0},
        "jpeg q85": {"rise": None, "above": None},
    }
    assert "weights" not in render_json(record)


def test_the_object_is_a_copy():
    record = training_record(MODEL)
    record["training"]["seed"] = 8
    record["metrics"].clear()
    assert MODEL.training["seed"] == 7 and MODEL.metrics


def test_the_text_tells_the_sets_and_every_head():
    text = render_training(MODEL)
    lines = text.splitlines()
    assert lines[0] == (
        "Model a site (traces): 1,420 generated and 5,000 real pictures, 2,000 and 2,100 "
        "deliveries."
    )
    rows = [line for line in lines if " together " in line or " alone " in line]
    assert [row[:26].strip() for row in rows] == [
        "both together", "the known source alone", "any generator alone",
    ]  # fmt: skip
    assert rows[0].split()[-5:] == ["0.950", "0.9876", "0.031", "0.800", "0.600"]
    assert len({len(row) for row in rows}) == 1


def test_the_text_tells_deliveries_and_every_origin():
    text = render_training(MODEL)
    assert "delivered as a whole             accuracy 0.777, AUC 0.9876" in text
    after = text[text.index("False positives at the 1 % threshold, by origin:") :].splitlines()
    assert [line.split() for line in after[1:]] == [["afhq", "0.000"], ["phones", "0.012"]]
    assert all(line == line.rstrip() and len(line) <= 98 for line in text.splitlines())


def test_a_model_of_one_head_has_one_row():
    few = replace(
        MODEL,
        method="thread",
        heads={"together": head(0.0)},
        metrics={"together": {**figures(0.7), "by_delivery": {}}},
    )
    text = render_training(few)
    assert "(thread)" in text and "alone" not in text and "delivered as" not in text
    assert list(training_record(few)["thresholds"]) == ["together"]


@pytest.mark.parametrize("where", ["name", "origin"])
def test_names_cannot_write_on_the_terminal(where):
    rude = "a\x1b[31m\nb"
    found = {**figures(0.9), "false_at_0.01_by_origin": {rude: 0.5}}
    changes = {"name": rude} if where == "name" else {"metrics": {"together": found}}
    assert "\x1b" not in render_training(replace(MODEL, **changes))
