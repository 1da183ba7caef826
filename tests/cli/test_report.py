from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.views.report.document import MOST_BYTES


@pytest.fixture
def cats(picture_folder) -> str:
    return picture_folder(3).name


def test_one_picture(catforensics, cats):
    run = catforensics("report", f"{cats}/0.png", "-o", "out/one.html", "-q")
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith(f"{cats}/0.png: ")
    page, record = Path("out/one.html").read_text(), json.loads(Path("out/one.json").read_text())
    inspected = json.loads(catforensics("inspect", "--json", f"{cats}/0.png").out)
    assert record["images"] == [inspected]
    assert inspected["sha256"] in page
    assert f"catforensics report {cats}/0.png -o out/one.html -q" in page
    assert record["made"]["command"] == f"catforensics report {cats}/0.png -o out/one.html -q"


@pytest.mark.slow
def test_the_same_command_makes_the_same_bytes_at_the_same_time(catforensics, cats, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1617235200")
    made = []
    for _ in range(2):
        catforensics("report", f"{cats}/0.png", "--force")
        made.append(Path("report.html").read_bytes())
    assert made[0] == made[1]
    assert b"2021-04-01T00:00:00+00:00" in made[0]


@pytest.mark.slow
def test_many_pictures_and_one_that_cannot_be_read(catforensics, cats):
    Path(cats, "bad.png").write_bytes(b"no picture")
    run = catforensics("report", cats)
    assert run.status == 0
    assert len(run.out.splitlines()) == 3
    assert "skipped 1:" in run.err
    record = json.loads(Path("report.json").read_text())
    assert [one["path"] for one in record["skipped"]] == [f"{cats}/bad.png"]
    assert "bad.png" in Path("report.html").read_text()
    assert catforensics("report", cats, "--strict", "-o", "strict.html").refused
    assert not Path("strict.html").exists()


def test_two_sets(catforensics, picture_folder):
    a, b = picture_folder(4, "gan").name, picture_folder(5, "real").name
    Path(b, "bad.png").write_bytes(b"no picture")
    run = catforensics("report", a, "--against", b, "-o", "sets.html", "--json")
    assert run.status == 0
    record = json.loads(run.out)
    assert json.loads(Path("sets.json").read_text()) == record
    assert record["comparison"]["a"]["n_images"] == 4
    assert record["comparison"]["b"]["n_images"] == 5
    assert record["audit"]["a"]["n_images"] == 4
    page = Path("sets.html").read_text()
    assert len(page.encode()) < MOST_BYTES
    assert f"{b}/bad.png" in page


def test_a_model_is_judged_on_the_sets(catforensics, picture_folder, monkeypatch):
    from forensics.detection.evaluation import conditions
    from forensics.detection.evaluation import evaluate as evaluation

    monkeypatch.setitem(evaluation.evaluate.__kwdefaults__, "conditions", conditions.CONDITIONS[:2])
    a, b = picture_folder(20, "gan").name, picture_folder(20, "real").name
    from importlib import resources

    model = resources.files("forensics") / "shipped" / "score.json"
    run = catforensics("report", a, "--against", b, "--model", model, "-q")
    assert run.status == 0, run.err
    record = json.loads(Path("report.json").read_text())
    assert set(record["evaluation"]["conditions"]) == {"as found", "matched"}
    page = Path("report.html").read_text()
    assert "A classifier on these sets" in page
    assert "container" in page  # what the container alone tells stands beside it


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.png", "$a$ & 'b'.png", "\u202etxt.png"]
)
def test_hostile_names(catforensics, rng, name):
    Pillow.fromarray(rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)).save(name)
    run = catforensics("report", name)
    assert run.status == 0
    assert run.out.replace("\n", "").isprintable()
    page = Path("report.html").read_text()
    assert "<img src=x" not in page
    assert "\u202e" not in page


@pytest.mark.slow
def test_names_that_are_no_unicode(catforensics, rng, here):
    name = os.fsdecode(b"caf\xe9.png")
    try:
        Pillow.fromarray(rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)).save(name)
    except OSError:
        pytest.skip("this file system has no such names")
    assert catforensics("report", name).status == 0
    json.loads(Path("report.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0.png", "-o", "report.pdf"], "a report ends in .html"),
        (["0.png", "--size", "80"], "--against"),
        (["0.png", "--model", "m.json"], "--against"),
        (["missing.png"], "does not exist"),
        ([".", "--against", "."], "both sets are the same pictures"),
        (["0.png", "--against", "missing"], "does not exist"),
        ([".", "--against", "1", "--model", "missing.json"], "missing.json"),
    ],
)
def test_what_is_refused(catforensics, rng, arguments, said):
    Pillow.fromarray(rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)).save("0.png")
    Path("1").mkdir()
    run = catforensics("report", *arguments)
    assert run.refused, run.err
    assert said in run.err
    assert not Path("report.html").exists()


def test_more_than_a_report_holds(catforensics, rng):
    data = Path("0.png")
    Pillow.fromarray(rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)).save(data)
    Path("many").mkdir()
    for number in range(101):
        os.link(data, f"many/{number}.png")
    run = catforensics("report", "many")
    assert run.refused
    assert "101 pictures are named, a report holds at most 100" in run.err


@pytest.mark.slow
def test_existing_reports_are_not_overwritten(catforensics, cats):
    Path("report.json").write_text("mine")
    run = catforensics("report", f"{cats}/0.png", "-o", "report.html")
    assert run.refused
    assert Path("report.json").read_text() == "mine"
    assert not Path("report.html").exists()
    run = catforensics("report", f"{cats}/0.png")
    assert run.status == 0 and run.err == "written to report-2.html and report-2.json\n"
    assert catforensics("report", f"{cats}/0.png", "--force").status == 0
