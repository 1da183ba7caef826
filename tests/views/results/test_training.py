from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typed_records import check_type

from forensics.detection.verdict.references import counted
from forensics.detection.verdict.score import (
    WEIGHED,
    Curve,
    Robustness,
    ScoreModel,
    TrainedSet,
    Training,
    UnseenMetrics,
)
from forensics.views.results.records import render_json
from forensics.views.results.training import TrainingRecord, render_training, training_record

MODEL = ScoreModel(
    name="a site",
    curves=tuple(Curve(name, np.zeros(1), np.zeros(1)) for name in WEIGHED),
    base=0.0,
    support=1.5,
    bound=5.5,
    doubtful=1.25,
    certain=4.1234567,
    robustness={"jpeg q95": Robustness(0.123456789), "jpeg q85": Robustness(None)},
    reference=counted(np.zeros(1), np.array(["afhq"]), np.zeros(1, np.intp)),
    training=Training(
        date="2026-11-30",
        seed=7,
        features=WEIGHED,
        versions={},
        sets={
            "gan": TrainedSet("00", 1420, 2000, {"gan": 1420}),
            "real": TrainedSet("01", 5000, 2100, {"afhq": 4000, "phones": 1000}),
        },
    ),
    metrics=UnseenMetrics(
        n_sources={"gan": 1, "real": 2},
        auc=0.9876,
        ece=0.0312,
        cllr=0.5,
        traces={"gan": {"gan": (12, 40)}, "real": {"afhq": (0, 40), "phones": (1, 40)}},
    ),
)


def strict(record: dict) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(render_json(record), parse_constant=refuse)


def test_the_object_has_all_but_the_curves():
    record = strict(training_record(MODEL))
    check_type(record, TrainingRecord)
    assert (record["format_version"], record["name"]) == (2, "a site")
    assert record["training"] == MODEL.training.to_dict()
    assert record["training"]["sets"]["gan"] == {
        "sha256": "00", "n_images": 1420, "n_deliveries": 2000, "sources": {"gan": 1420}
    }  # fmt: skip
    assert record["metrics"] == MODEL.metrics.to_dict() == {
        "unseen_sources": {"gan": 1, "real": 2},
        "auc": 0.9876,
        "ece": 0.0312,
        "cllr": 0.5,
        "generator_trace_by_source": {
            "gan": {"gan": [12, 40]},
            "real": {"afhq": [0, 40], "phones": [1, 40]},
        },
    }  # fmt: skip
    assert record["thresholds"] == {"0.01": 1.25, "0.001": 4.12346} and record["bound"] == 5.5
    assert record["small_deliveries"] == {
        "jpeg q95": {"rise": 0.123457},
        "jpeg q85": {"rise": None},
    }


def test_the_object_is_a_copy():
    record = training_record(MODEL)
    record["training"]["seed"] = 8
    record["metrics"].clear()
    assert training_record(MODEL)["training"]["seed"] == 7 and training_record(MODEL)["metrics"]


def test_what_is_said_of_a_score(golden):
    few = replace(MODEL, bound=MODEL.certain - np.log(3))
    golden("training", f"{render_training(MODEL)}\n\n[too few]\n{render_training(few)}")


def test_the_text_tells_every_source_and_what_cannot_be_told():
    text = render_training(MODEL)
    rows = [line.split() for line in text.splitlines() if " of 40" in line]
    assert [(row[0], row[1]) for row in rows] == [("gan", "12"), ("afhq", "0"), ("phones", "1")]
    assert "All generated pictures are of one source" in text
    assert "All real pictures" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("where", ["name", "source"])
def test_names_cannot_write_on_the_terminal(where):
    rude = "a\x1b[31m\nb"
    found = replace(MODEL.metrics, traces={"gan": {rude: (1, 2)}, "real": {}})
    changes = {"name": rude} if where == "name" else {"metrics": found}
    text = render_training(replace(MODEL, **changes))
    assert "\x1b" not in text and "\nb" not in text
