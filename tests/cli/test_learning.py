from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter

from forensics.detection.classifier import train as training
from forensics.detection.classifier.measure import load_kept
from forensics.detection.evaluation import audit
from forensics.detection.evaluation import evaluate as evaluation
from forensics.detection.evaluation.conditions import CONDITIONS
from forensics.detection.verdict.model_file import load_model, shipped_model
from forensics.errors import EmptySetError

CONTRACT = ["accuracy", "accuracy_interval", "auc", "tpr_at_fpr_0.01", "tpr_at_fpr_0.001", "ece"]
FIGURES = {"roc.png", "calibration.png", "robustness.png", "tippett.png"}
N = 20
TRAIN = ("train", "gan", "real", "--deliveries", "40")


def folder(name: str, first: int, *, rows: float = 0.0, kind: str = "png", side: int = 176) -> Path:
    """A folder of soft pictures; with `rows`, brighter in every second and eighth row."""
    made = Path(name)
    made.mkdir()
    row = np.arange(side)
    lines = rows * ((row % 2) + (row % 8 == 0))[:, np.newaxis, np.newaxis]
    for number in range(N):
        rng = np.random.default_rng(first + number)
        smooth = gaussian_filter(rng.normal(0, 1, (side, side, 3)), (5, 5, 0))
        pixels = smooth / smooth.std() * 40 + 120 + rng.normal(0, 3, (side, side, 3)) + lines
        image = Pillow.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
        image.save(made / f"{number}.{kind}")
    return made


@pytest.fixture(scope="module")
def ready(tmp_path_factory) -> Path:
    """Two sets that no one writes to."""
    place = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        folder("gan", 0, rows=4.0)
        folder("real", 500)
        folder("jpg", 800, kind="jpg")
    return place


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, ready) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "_TRIED", 2)
    few = [one for one in CONDITIONS if one.name in ("as found", "matched", "crop 256")]
    monkeypatch.setattr(evaluation.evaluate, "__kwdefaults__", {
        **evaluation.evaluate.__kwdefaults__, "conditions": few,
    })  # fmt: skip
    for name in ("gan", "real", "jpg"):
        os.symlink(ready / name, name)
    return tmp_path


@pytest.fixture(scope="module")
def once() -> dict[str, bytes]:
    """Files of the first run, for those that follow."""
    return {}


@pytest.fixture
def model(catforensics, once) -> str:
    """A model of both sets, with what was measured for it; trained by the first who asks."""
    if not once:
        assert catforensics(*TRAIN, "-o", "model.json", "-q").status == 0
        once |= {name: Path(name).read_bytes() for name in ("model.json", "model.features.npz")}
    for name, data in once.items():
        Path(name).write_bytes(data)
    return "model.json"


def names(place: str | Path = ".") -> set[str]:
    return {path.name for path in Path(place).iterdir()} - {"gan", "real", "jpg"}


# Training


def test_train_writes_a_model_and_says_what_it_does(catforensics):
    run = catforensics(*TRAIN, "-o", "out/model.json", "--name", "my cats")
    assert run.status == 0 and names() == {"out"}
    assert names("out") == {"model.json", "model.features.npz"}
    model = load_model("out/model.json")
    assert model.name == "my cats"
    assert model.training.sets["gan"].sources == {"gan": N}
    assert run.out.startswith(f"Score my cats: {N} generated and {N} real pictures of 1 and 1")
    assert run.out.count("how often the score errs on others cannot be told") == 2
    audit, written = run.err.splitlines()
    told = ("The containers do not differ", "Nothing besides the content", "Neither the containers")
    assert any(one in audit for one in told)
    assert written == "written to out/model.json"


@pytest.mark.slow
def test_a_second_run_starts_from_what_was_kept(catforensics, model, monkeypatch):
    before = Path(model).read_text(), Path("model.features.npz").read_bytes()

    def measured(*_, **__):
        pytest.fail("a picture was measured again")

    monkeypatch.setattr("forensics.detection.classifier.measure.evidence", measured)
    run = catforensics(*TRAIN, "-o", model, "--force", "--json", "--quiet")
    record = json.loads(run.out)
    assert run.status == 0 and run.err == ""
    assert (Path(model).read_text(), Path("model.features.npz").read_bytes()) == before
    assert record["name"] == "gan" and record["training"]["seed"] == 0
    assert not re.search(r"NaN|Infinity", run.out)


@pytest.mark.slow
def test_the_audit_comes_first_and_not_where_no_one_sees_it(catforensics, model, monkeypatch):
    def audited(*_, **__):
        raise EmptySetError("the sets cannot be audited")

    monkeypatch.setattr(audit, "audit", audited)
    before = Path(model).read_bytes()
    for command in (["train", "-o", model, "--force"], ["evaluate", "-o", "out", "--quiet"]):
        run = catforensics(command[0], "gan", "real", *command[1:])
        assert run.refused and "cannot be audited" in run.err
        assert Path(model).read_bytes() == before and not Path("out").exists()
    assert catforensics(*TRAIN, "-o", model, "--force", "-q").status == 0


@pytest.mark.slow
def test_the_model_that_was_trained_classifies(catforensics, model):
    def score(name: str) -> float:
        run = catforensics("classify", f"{name}/3.png", "--model", model, "--json")
        record = json.loads(run.out)
        assert record["format_version"] == 2
        return float(record["score"])

    assert score("gan") > score("real")


@pytest.mark.slow
def test_an_existing_model_is_left_without_force(catforensics, model):
    before = Path(model).read_bytes()
    run = catforensics("train", "gan", "real", "-o", model, "--seed", "1")
    assert run.refused and "--force" in run.err and Path(model).read_bytes() == before


@pytest.mark.parametrize("output", ["model", "model.npz", "json", ".json/x"])
def test_a_model_is_a_file_of_json(catforensics, output):
    run = catforensics("train", "gan", "real", "-o", output)
    assert run.refused and "a model ends in .json" in run.err and names() == set()


def test_an_output_must_be_named(catforensics):
    assert catforensics("train", "gan", "real").status == 2
    assert catforensics("train", "gan", "-o", "model.json").status == 2
    assert catforensics("train", "gan", "real", "-o", "m.json", "--deliveries", "0").status == 2


def few(n: int) -> None:
    Path("other").mkdir()
    for number in range(n):
        shutil.copy(f"real/{number}.png", "other")


def of_gan() -> None:
    shutil.copytree("gan", "other")
    shutil.copytree("real", "other/real")


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: few(0), "no picture in other, which is empty"),
        (lambda: None, "other does not exist"),
        (lambda: few(3), "pictures are too few, at least 20"),
        (lambda: Path("other").write_bytes(b"text"), "other is no picture"),
        pytest.param(
            lambda: folder("other", 0, side=48), "measured, at least 20", marks=pytest.mark.slow
        ),
        (of_gan, "in both sets"),
    ],
    ids=["empty", "missing", "three pictures", "text", "small", "shared"],
)
def test_what_is_no_set_is_refused_in_one_sentence(catforensics, make, told, first):
    make()
    pair = ("other", "gan") if first else ("gan", "other")
    run = catforensics("train", *pair, "-o", "new/model.json")
    assert run.refused and told in run.err
    if "too few" in told:
        assert f"3 different {'generated' if first else 'real'} pictures" in run.err
    assert not Path("new/model.json").exists()


def test_one_folder_named_twice_is_no_pair(catforensics):
    for other in ("gan", "./gan/", "gan/*.png"):
        for command in (["train", "-o", "x.json"], ["evaluate"]):
            run = catforensics(command[0], "gan", other, *command[1:])
            assert run.refused and "same pictures" in run.err
    assert names() == set()


@pytest.mark.slow
def test_what_is_skipped_is_named_and_counted(catforensics, model):
    shutil.copytree("gan", "some")
    Path("some/bad.png").write_bytes(b"text")
    run = catforensics("train", "some", "real", "-o", model, "--force", "--deliveries", "40")
    assert run.status == 0 and run.err.startswith("skipped 1:\n  some/bad.png is no picture")
    run = catforensics("train", "some", "real", "-o", model, "--force", "--strict")
    assert run.refused and "some/bad.png is no picture" in run.err


@pytest.mark.parametrize("content", [b"", b"text", b"PK\3\4"])
def test_measured_features_that_are_damaged_are_refused(catforensics, content):
    Path("model.features.npz").write_bytes(content)
    run = catforensics("train", "gan", "real", "-o", "model.json")
    assert run.refused and "model.features.npz" in run.err and "remove it" in run.err
    assert Path("model.features.npz").read_bytes() == content


@pytest.mark.slow
def test_what_was_measured_is_kept_if_the_run_is_ended(catforensics, monkeypatch):
    def ended(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "fitted_curves", ended)
    run = catforensics(*TRAIN, "-o", "model.json")
    assert run.status == 130 and names() == {"model.features.npz"}
    assert len(load_kept("model.features.npz")) >= 40


@pytest.mark.slow
def test_names_of_folders_cannot_write_on_the_terminal(catforensics, model):
    os.rename("real", "a\x1b[31m")
    run = catforensics(
        "train",
        "gan",
        "a\x1b[31m",
        "-o",
        model,
        "--force",
        "--name",
        "b\x1b[2J",
        "--deliveries",
        "40",
    )
    os.rename("a\x1b[31m", "real")
    assert run.status == 0 and "\x1b" not in run.out + run.err


@pytest.mark.slow
def test_folders_whose_names_are_no_text_can_be_learned_from(catforensics, model):
    shutil.copytree("real", "re\udcffal")
    run = catforensics("train", "gan", "re\udcffal", "-o", model, "--force", "--deliveries", "40")
    run.out.encode()
    assert run.status == 0


# Judging


@pytest.mark.slow
def test_evaluate_prints_a_table_and_writes_nothing(catforensics, model):
    before = names()
    run = catforensics("evaluate", "gan", "real", "--model", model, "--n-each", 20)
    assert run.status == 0 and names() == before
    assert re.search(r"^as found +20 +20 ", run.out, flags=re.MULTILINE)
    assert re.search(r"^matched +20 +20 ", run.out, flags=re.MULTILINE)
    assert "accuracy of a model that sees the container alone" in run.out
    assert run.out.splitlines()[-1].startswith(("Nothing besides the content", "Neither the"))
    (left,) = run.err.splitlines()
    assert left.startswith("left out crop 256: ") and "large enough for it" in left


@pytest.mark.slow
def test_evaluate_as_json_keeps_the_contract(catforensics, model):
    run = catforensics("evaluate", "gan", "real", "--model", model, "--json", "--n-each", 20, "-q")
    record = json.loads(run.out)
    assert run.status == 0 and run.err == ""
    assert (record["format_version"], record["model"]) == (2, "gan")
    assert (record["n_gan"], record["n_real"]) == (N, N)
    assert list(record["conditions"]) == ["as found", "matched"]
    for told in record["conditions"].values():
        assert list(told)[:6] == CONTRACT
    assert record["conditions"]["as found"]["auc"] > 0.8
    assert record["container_only_accuracy"] == 0.5
    assert record["audit"].startswith(("Nothing besides the content", "Neither the containers"))


@pytest.mark.slow
def test_sets_that_differ_by_their_format_are_warned_of(catforensics, model):
    run = catforensics("evaluate", "gan", "jpg", "--model", model, "--json")
    record = json.loads(run.out)
    assert record["container_only_accuracy"] == 1
    assert record["container_only"]["matched"]["accuracy"] == pytest.approx(0.5, abs=0.15)
    assert "PNG against JPEG" in record["audit"] and "100 % apart" in record["audit"]


@pytest.mark.slow
def test_evaluate_draws_into_a_folder_and_starts_from_what_was_kept(
    catforensics, model, monkeypatch
):
    run = catforensics("evaluate", "gan", "real", "--model", model, "-o", "x/out", "--json")
    assert run.status == 0 and run.err.splitlines()[-1] == "written to x/out/"
    assert names("x/out") == {"evaluation.json", "features.npz"} | FIGURES
    record = json.loads(run.out)
    assert json.loads(Path("x/out/evaluation.json").read_text()) == record and record["audit"]
    for name in FIGURES:
        assert Path("x/out", name).read_bytes().startswith(b"\x89PNG")
    again = catforensics("evaluate", "gan", "real", "--model", model, "-o", "x/out")
    assert again.refused and "--force" in again.err

    def measured(*_, **__):
        pytest.fail("a picture was measured again")

    monkeypatch.setattr("forensics.detection.classifier.measure.evidence", measured)
    options = ("--model", model, "-o", "x/out", "--force", "--json")
    assert catforensics("evaluate", "gan", "real", *options).out == run.out


def test_without_a_model_the_shipped_one_is_judged(catforensics):
    record = json.loads(catforensics("evaluate", "gan", "real", "--json").out)
    assert record["model"] == shipped_model().name


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: few(3), "3 different real pictures are too few, at least 20"),
        (lambda: few(0), "no picture in other, which is empty"),
        (lambda: None, "other does not exist"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_sentence(catforensics, make, told):
    make()
    before = names()
    run = catforensics("evaluate", "gan", "other", "-o", "new/x")
    assert run.refused and told in run.err and names() == before
    Path("bad.json").write_bytes(b"{}")
    run = catforensics("evaluate", "gan", "real", "--model", "bad.json", "-o", "new/x")
    assert run.refused and "bad.json is no model" in run.err and not Path("new").exists()


def test_fewer_than_twenty_of_each_are_no_test(catforensics):
    assert catforensics("evaluate", "gan", "real", "--n-each", 19).status == 2


def test_sets_that_are_too_small_for_every_condition_are_refused(catforensics):
    folder("a", 0, side=60)
    folder("b", 100, side=60)
    run = catforensics("evaluate", "a", "b", "-o", "out")
    assert run.refused and "66 pixels" in run.err


@pytest.mark.slow
def test_the_share_of_a_folder_without_labels_is_estimated(catforensics, model):
    options = ("--model", model, "--prior-from", "gan", "-q")
    run = catforensics("evaluate", "gan", "real", *options, "--json")
    prior = json.loads(run.out)["prior"]
    assert 0 <= prior["low"] <= prior["share"] <= prior["high"] <= 1 and prior["n"] >= 1
    assert "pictures without labels" in catforensics("evaluate", "gan", "real", *options).out
    run = catforensics("evaluate", "gan", "real", "--prior-from", "missing", "-o", "new")
    assert run.refused and "missing does not exist" in run.err and not Path("new").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_figures_come_in_other_formats(catforensics, model, kind):
    run = catforensics(
        "evaluate", "gan", "real", "--model", model, "-o", "out", "--figures", kind, "-q"
    )
    assert run.status == 0
    assert {f"roc.{kind}", f"tippett.{kind}"} <= names("out")


def test_pictures_that_all_look_alike_end_in_a_sentence_before_anything_is_written(catforensics):
    Path("alike").mkdir()
    base = np.asarray(Pillow.open("gan/0.png")).astype(int)
    for number in range(N):
        rng = np.random.default_rng(number)
        pixels = np.clip(base + rng.integers(-1, 2, base.shape), 0, 255).astype(np.uint8)
        Pillow.fromarray(pixels).save(f"alike/{number}.png")
    for command in (["evaluate", "-o", "out"], ["train", "-o", "m.json"]):
        run = catforensics(command[0], "alike", "real", *command[1:])
        assert run.refused and names() <= {"alike", "m.features.npz"}
