"""`align`: what stands still in a set."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow


@pytest.fixture
def faces(here) -> str:
    """A folder of twenty faces that a detector cut out alike."""
    folder = Path("faces")
    folder.mkdir()
    for i, one in enumerate(skimage.data.lfw_subset()[:20]):
        Pillow.fromarray(np.rint(255 * one).astype(np.uint8)).save(folder / f"{i:02}.png")
    return "faces"


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_stands_still_is_told_drawn_and_tabled(catforensics, faces):
    run = catforensics("align", faces, "-o", "out")
    assert run.status == 0 and run.err == "written to out/\n"
    assert run.out.startswith("Something stands still in 2")
    assert "Alignment is no proof of a generator" in run.out.replace("\n", " ")
    assert {path.name for path in Path("out").iterdir()} == {
        "alignment.json",
        "alignment.csv",
        "alignment.png",
    }
    record = json.loads(Path("out/alignment.json").read_text())
    with open("out/alignment.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [one["path"] for one in record["pictures"]]
    assert rows[0]["z"] == str(record["pictures"][0]["z"])
    with Pillow.open("out/alignment.png") as drawn:
        assert drawn.width > 1000


@pytest.mark.slow
def test_json_leaves_no_files_and_names_are_free_ones(catforensics, faces):
    (record,) = objects(catforensics("align", faces, "--json").out)
    assert record["found"] == "still" and not Path("alignment").exists()
    for wanted in ("alignment", "alignment-2"):
        catforensics("align", faces, "-q")
        assert Path(wanted, "alignment.json").exists()
    assert catforensics("align", faces, "-o", "alignment").refused
    assert catforensics("align", faces, "-o", "alignment", "--force").status == 0


def test_what_cannot_be_compared_is_a_sentence_and_leaves_nothing(catforensics, faces):
    for given, said in (
        ([f"{faces}/00.png"], "1 picture given: too few, at least 6 different ones are needed"),
        ([f"{faces}/00.png", f"{faces}/01.png"], "2 pictures given: too few"),
        (["missing"], "missing does not exist"),
    ):
        run = catforensics("align", *given)
        assert run.refused and said in run.err
    for name, many in (("same", [90, 91, 92]), ("black", [0, 0, 0])):
        Path(name).mkdir()
        for i, _ in enumerate(many):
            pixels = skimage.data.coins()[:64, :64] if name == "same" else np.zeros((64, 64), "u1")
            Pillow.fromarray(pixels).save(f"{name}/{i}.png")
    run = catforensics("align", "same")
    assert run.refused and "3 pictures show 1 different picture, the others being copies" in run.err
    run = catforensics("align", "black")
    assert run.refused and "3 pictures are of one shade each" in run.err
    Path("broken").mkdir()
    for i in range(9):
        Path(f"broken/{i}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    run = catforensics("align", "broken")
    assert run.refused and "no picture was left: broken/0.png" in run.err
    assert not any(Path().glob("alignment*"))


def test_what_is_broken_or_of_another_size_is_named(catforensics, faces):
    Path(faces, "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Pillow.fromarray(skimage.data.coins()[:100, :60]).save(f"{faces}/tall.png")
    run = catforensics("align", faces, "--json")
    (record,) = objects(run.out)
    assert record["n_skipped"] == 1 and record["skipped"][0]["path"] == f"{faces}/broken.png"
    assert "broken.png" in run.err and record["cut"] == [f"{faces}/tall.png"]
    assert catforensics("align", faces, "--json", "--strict").refused
