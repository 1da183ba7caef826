"""profile, of one picture and of many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_profile_of_one_is_a_table_and_a_figure(catforensics, cats):
    run = catforensics("profile", f"{cats}/1.jpg")
    assert run.status == 0 and run.out.startswith(f"{cats}/1.jpg: ")
    assert len(run.out.splitlines()) == 2 + 15
    assert Path("1-profile.png").read_bytes().startswith(b"\x89PNG")
    assert "drawn in 1-profile.png" in run.err
    again = catforensics("profile", f"{cats}/1.jpg")  # it exists
    assert again.out == run.out and "drawn in 1-profile-2.png" in again.err
    assert catforensics("profile", f"{cats}/1.jpg", "--force", "-q").err == ""


def test_profile_draws_where_it_is_told(catforensics, cats):
    run = catforensics("profile", f"{cats}/1.jpg", "--json", "-o", "x/a.svg")
    assert objects(run.out)[0]["path"] == f"{cats}/1.jpg"
    assert Path("x/a.svg").read_text().startswith("<?xml")
    run = catforensics("profile", f"{cats}/1.jpg", "-o", "a.txt")
    assert run.refused and "a.txt" in run.err and not Path("a.txt").exists()


def test_profile_json_of_one_writes_nothing(catforensics, cats):
    run = catforensics("profile", "--json", f"{cats}/1.jpg")
    (record,) = objects(run.out)
    assert record["file"]["format"] == "JPEG" and run.err == "" and names(".") == {cats}


@pytest.mark.parametrize("workers", [1, 3])
def test_profile_of_many_is_a_line_each_in_their_order(catforensics, cats, workers):
    order = [f"{cats}/{name}" for name in ("3.jpg", "0.png", "2.png", "1.jpg")]
    run = catforensics("profile", *order, "--workers", workers)
    assert [record["path"] for record in objects(run.out)] == order
    assert run.status == 0 and run.err == "" and names(".") == {cats}
    for path, line in zip(order, run.out.splitlines(), strict=True):
        assert catforensics("profile", "--json", path).out == f"{line}\n"


def test_profile_of_many_can_be_a_file(catforensics, cats):
    lines = catforensics("profile", cats).out
    run = catforensics("profile", cats, "-o", "x/lines.json")
    assert run.status == 0 and run.out == ""
    assert Path("x/lines.json").read_text() == lines
    assert catforensics("profile", cats, "-o", "x/lines.json").refused
    assert catforensics("profile", cats, "-o", "x/lines.json", "--force").status == 0
