"""`features` and `blend --checkpoint`: killed at any moment, nothing is lost or done twice."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from forensics.detection.classifier import feature_table as featurerows
from forensics.engine import checkpoint
from forensics.engine.checkpoint import run_state

N = 24


@pytest.fixture
def cats(picture_folder) -> str:
    folder = picture_folder(N, shape=(72, 72))
    (folder / "broken.png").write_bytes(b"no")
    return folder.name


def names() -> set[str]:
    return {path.name for path in Path().iterdir()}


def rows(path: str) -> list[dict]:
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_has_a_row_for_every_picture(catforensics, cats):
    run = catforensics("features", cats, "-o", "table.csv")
    assert run.status == 0 and run.out == "" and names() == {cats, "table.csv"}
    assert "skipped 1" in run.err and f"{N + 1} rows written to table.csv" in run.err
    found = rows("table.csv")
    assert [Path(row["path"]).name for row in found][:2] == ["0.png", "1.jpg"]
    assert len(found) == N + 1 and found[1]["jpeg_quality"] == "85"
    (broken,) = [row for row in found if row["error"]]
    assert broken["path"].endswith("broken.png") and broken["fingerprint"] == ""


def test_rows_say_which_set_and_label(catforensics, cats):
    assert catforensics("features", cats, "-o", "a.csv", "-q").status == 0
    assert {(row["set"], row["label"]) for row in rows("a.csv")} == {(cats, "")}
    named = ("--set", "mine", "--label", "real")
    assert catforensics("features", cats, "-o", "b.csv", "-q", *named).status == 0
    assert {(row["set"], row["label"]) for row in rows("b.csv")} == {("mine", "real")}
    assert Path("b.csv").read_text().partition("\n")[0].startswith("set,label,path,error,sha256,")
    assert '"' not in Path("b.csv").read_text().partition("\n")[0]


def test_the_same_pictures_make_the_same_bytes(catforensics, cats):
    for name, workers in (("a.csv", 1), ("b.csv", 3)):
        assert catforensics("features", cats, "-o", name, "--workers", workers).status == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_parquet_is_written_where_pyarrow_is(catforensics, cats):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert catforensics("features", cats, "-o", "table.parquet", "-q").status == 0
    assert parquet.read_table("table.parquet").num_rows == N + 1


@pytest.mark.parametrize("output", ["table", "table.xlsx"])
def test_another_kind_of_table_is_refused(catforensics, cats, output):
    run = catforensics("features", cats, "-o", output)
    assert run.refused and ".csv or .parquet" in run.err and names() == {cats}


def test_nothing_is_overwritten(catforensics, cats):
    Path("table.csv").write_text("mine")
    run = catforensics("features", cats, "-o", "table.csv")
    assert run.refused and "--force" in run.err and Path("table.csv").read_text() == "mine"
    assert catforensics("features", cats, "-o", "table.csv", "--force").status == 0


def ended_early(monkeypatch, after: int) -> None:
    """Let the next run end with Ctrl-C after so many rows."""
    whole = featurerows.iter_feature_rows

    def some(images, *rest, **named):
        for number, row in enumerate(whole(images, *rest, **named)):
            if number == after:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(featurerows, "iter_feature_rows", some)


def test_a_run_that_was_ended_goes_on_and_measures_nothing_twice(catforensics, cats, monkeypatch):
    assert catforensics("features", cats, "-o", "whole.csv").status == 0
    monkeypatch.setattr(checkpoint, "_MOST", 5)
    monkeypatch.setattr(checkpoint, "_EVERY", 1e9)  # by count alone, however busy the machine is
    with monkeypatch.context() as patch:
        ended_early(patch, 13)
        assert catforensics("features", cats, "-o", "table.csv").status == 130
    assert names() >= {"table.csv.run"} and not Path("table.csv").exists()
    run = catforensics("features", cats, "-o", "table.csv")
    assert run.refused and "pass --resume" in run.err
    measured = []
    row = featurerows._row
    monkeypatch.setattr(featurerows, "_row", lambda *all_: measured.append(1) or row(*all_))
    run = catforensics("features", cats, "-o", "table.csv", "--resume")
    assert run.status == 0 and "going on after 13 pictures" in run.err
    assert len(measured) == N + 1 - 13
    assert Path("table.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert "table.csv.run" not in names()


def test_a_run_on_other_pictures_is_not_gone_on_with(
    catforensics, cats, monkeypatch, picture_folder
):
    monkeypatch.setattr(checkpoint, "_MOST", 5)
    monkeypatch.setattr(checkpoint, "_EVERY", 1e9)  # by count alone, however busy the machine is
    with monkeypatch.context() as patch:
        ended_early(patch, 13)
        catforensics("features", cats, "-o", "table.csv")
    other = picture_folder(3, "dogs").name
    run = catforensics("features", other, "-o", "table.csv", "--resume")
    assert run.refused and "other pictures" in run.err
    run = catforensics("features", other, "-o", "table.csv", "--force")
    assert run.status == 0 and len(rows("table.csv")) == 3


def test_two_runs_do_not_write_one_table(catforensics, cats):
    with run_state("table.csv.run", "mine", resume=False):
        run = catforensics("features", cats, "-o", "table.csv", "--resume")
        assert run.refused and "in use by another run" in run.err


def test_a_checkpoint_needs_a_folder(catforensics, cats):
    run = catforensics("blend", cats, "--json", "--checkpoint", 1)
    assert run.refused and "--output" in run.err


def killed_until_done(command: list[str], done: Path, seed: int, *, most: int) -> int:
    """Run a command again and again, killed at random moments, until it is done; how often."""
    rng = np.random.default_rng(seed)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    subprocess.run([*command, "--help"], check=True, capture_output=True, env=environment)
    floor = time.monotonic() - started
    for count in range(most):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            status = process.wait(floor + float(rng.uniform(0, 0.8)))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        else:
            # It may have been killed after its last word: then all is there, and it refuses.
            assert status == 0 or done.exists()
            return count
    last = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert last.returncode == 0 or done.exists()
    return most


@pytest.mark.slow
def test_features_killed_at_random_moments_lose_no_row_and_double_none(cats):
    command = [sys.executable, "-m", "forensics", "features", cats]
    subprocess.run([*command, "-o", "whole.csv", "-q"], check=True, capture_output=True)
    left, seed = 10, 0
    while left:
        name = f"table{seed}.csv"
        again = [*command, "-o", name, "--resume"]
        left -= killed_until_done(again, Path(name), seed, most=left)
        assert Path(name).read_bytes() == Path("whole.csv").read_bytes()
        assert not any(one.startswith(f".{name}") or one == f"{name}.run" for one in names())
        seed += 1


@pytest.mark.slow
def test_a_blend_killed_at_random_moments_ends_with_the_same_bytes(cats):
    command = [sys.executable, "-m", "forensics", "blend", cats]
    subprocess.run([*command, "-o", "whole", "-q"], check=True, capture_output=True)
    again = [*command, "-o", "out", "--checkpoint", "0.1", "--force"]
    killed_until_done(again, Path("out/blend.json"), 1, most=6)
    found = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    assert found == {path.name: path.read_bytes() for path in Path("whole").iterdir()}
