from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.detection.evaluation.evaluate import Evaluation, Ratios
from forensics.detection.performance.accuracy import Metrics, metrics
from forensics.errors import OutputError
from forensics.views.folders import evaluation_files, save_evaluation_folder
from forensics.views.results.evaluation import evaluation_record

NAMES = ("as found", "matched", "jpeg q75", "crop 256")

AUDIT = "The sets differ in format (PNG against JPEG)."


def scored(rng: np.random.Generator, apart: float) -> Metrics:
    gan, real = rng.normal(apart, 1.5, 60), rng.normal(-apart, 1.5, 80)
    return metrics(1 / (1 + np.exp(-gan)), 1 / (1 + np.exp(-real)))


@pytest.fixture
def evaluation(rng) -> Evaluation:
    return Evaluation(
        n_gan=60,
        n_real=80,
        conditions={name: scored(rng, 3 / (1 + n)) for n, name in enumerate(NAMES)},
        container_only={"as found": (0.9, (0.8, 0.95)), "matched": (0.5, (0.4, 0.6))},
        match_quality=75,
        by_source={"as found": {"gan: site": (59, 60)}},
        ratios={
            name: Ratios(rng.normal(2, 1, 60), rng.normal(-2, 1, 80), 0.5, 0.4, {})
            for name in NAMES
        },
        one_sided={},
        thread={},
        prior=None,
        threshold=0.75,
        model="traces 1",
        left_out={"crop 384": "no picture of one set is of a size for it"},
        skipped=(),
    )


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_folder_has_what_was_announced_and_nothing_else(evaluation, tmp_path):
    folder = tmp_path / "new" / "out"
    assert save_evaluation_folder(evaluation, folder, AUDIT) is None
    assert sorted(folder.iterdir()) == sorted(evaluation_files(folder))
    record = evaluation_record(evaluation, AUDIT)
    assert json.loads((folder / "evaluation.json").read_text()) == record
    assert record["audit"] == AUDIT
    for path in evaluation_files(folder):
        if path.suffix == ".png":
            picture = np.asarray(Pillow.open(io.BytesIO(path.read_bytes())).convert("L"))
            assert min(picture.shape) > 500 and picture.min() < 128 < picture.max()


@pytest.mark.slow
def test_saving_twice_gives_the_same_bytes(evaluation, tmp_path):
    for name in "ab":
        save_evaluation_folder(evaluation, tmp_path / name, AUDIT)
    assert held(tmp_path / "a") == held(tmp_path / "b")


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_figures_come_in_other_formats(evaluation, tmp_path, kind, begins):
    save_evaluation_folder(evaluation, tmp_path / "a", AUDIT, kind)
    save_evaluation_folder(evaluation, tmp_path / "b", AUDIT, kind)
    assert held(tmp_path / "a") == held(tmp_path / "b")
    assert sorted((tmp_path / "a").iterdir()) == sorted(evaluation_files(tmp_path / "a", kind))
    for name, data in held(tmp_path / "a").items():
        assert data.startswith(begins) or name == "evaluation.json"


@pytest.mark.parametrize("left", [("as found",), ("matched",), ("crop 256", "jpeg q75")])
def test_few_conditions_are_drawn_as_well(evaluation, tmp_path, left):
    few = {name: evaluation.conditions[name] for name in left}
    ratios = {name: evaluation.ratios[name] for name in left}
    save_evaluation_folder(
        replace(evaluation, conditions=few, ratios=ratios), tmp_path / "out", AUDIT
    )
    assert len(held(tmp_path / "out")) == 5


def test_scores_without_any_overlap_are_drawn_as_well(evaluation, tmp_path):
    perfect = metrics([1.0] * 20, [0.0] * 20)
    save_evaluation_folder(
        replace(evaluation, conditions={"matched": perfect}), tmp_path / "out", AUDIT
    )
    assert len(held(tmp_path / "out")) == 5


def test_all_of_it_is_written_or_nothing(evaluation, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise OSError("no room")

    save_evaluation_folder(evaluation, tmp_path / "old", AUDIT)
    before = held(tmp_path / "old")
    monkeypatch.setattr("forensics.views.sheets.evaluation.show_robustness", broken)
    other = replace(evaluation, n_gan=61)
    for folder in (tmp_path / "new", tmp_path / "old"):
        with pytest.raises(OutputError):
            save_evaluation_folder(other, folder, AUDIT)
    assert held(tmp_path / "old") == before and not (tmp_path / "new").exists()


def test_what_is_no_folder_cannot_be_written_to(evaluation, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        save_evaluation_folder(evaluation, tmp_path / "file", AUDIT)
