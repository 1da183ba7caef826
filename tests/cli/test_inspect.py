from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from waiting import ctrl_c_at

from forensics.detection.verdict import inspect as inspection
from forensics.engine.fingerprints import load_library, save_fingerprint
from forensics.images.sources.find import find_images
from forensics.traces.fingerprints.fingerprint import Fingerprint


@pytest.fixture
def banded() -> str:
    """A picture whose every second line is busier and brighter: a generator trace."""
    rng = np.random.default_rng(4)
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    pixels[:, ::2] = (pixels[:, ::2] - 120) * 1.3 + 123
    gray = np.clip(pixels, 0, 255).astype(np.uint8)
    Pillow.fromarray(np.stack([gray] * 3, axis=-1)).save("banded.png")
    return "banded.png"


@pytest.fixture
def mine() -> Path:
    """The fingerprint of a source, in a file."""
    codes = np.random.default_rng(0).integers(-9, 9, (128, 128)).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    save_fingerprint(Fingerprint("mine", 100, codes, 1.0, np.zeros((16, 16)), *means), "my.npz")
    return Path("my.npz")


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# One picture


def test_inspect_of_one_is_a_verdict_and_a_figure(catforensics, banded):
    run = catforensics("inspect", banded)
    assert run.status == 0 and run.out.startswith(f"{banded}: No generator trace")
    for said in ("\nscore  ", "\nunexplained  ", "\nfile  ", "if half of all pictures were"):
        assert said in run.out
    assert Path("banded-inspect.png").read_bytes().startswith(b"\x89PNG")
    assert run.err == "drawn in banded-inspect.png\n"
    again = catforensics("inspect", banded)  # it exists
    assert again.out == run.out and again.err == "drawn in banded-inspect-2.png\n"
    assert catforensics("inspect", banded, "--force", "-q").err == ""
    assert names(".") == {banded, "banded-inspect.png", "banded-inspect-2.png"}
    # Where it was told to draw there is something: the verdict comes all the same.
    told = catforensics("inspect", banded, "-o", "banded-inspect.png")
    assert told.out == run.out and told.status == 1
    assert told.err == (
        "catforensics: banded-inspect.png exists already: pass --force to overwrite it\n"
    )


def test_figures_of_our_own_are_no_pictures(catforensics, banded):
    for command in ("inspect", "profile"):
        catforensics(command, banded)
    catforensics("blend", banded, "-o", "blend")
    run = catforensics("inspect", "*.png", "--json")
    assert [one["path"] for one in objects(run.out)] == [banded]
    assert run.err == "passed over as no pictures: figures of catforensics (2)\n"
    run = catforensics("profile", ".", "--json")
    assert [one["path"] for one in objects(run.out)] == ["./banded.png"]
    assert run.err.endswith(": figures of catforensics (5), .csv (1), .json (1), .npz (1)\n")
    # Who names one means it.
    assert catforensics("profile", "blend/distance.png", "--json").status == 0


def test_a_picture_comes_through_a_pipe(catforensics, banded):
    data = Path(banded).read_bytes()
    there = objects(catforensics("inspect", banded, "--json").out)[0]
    (piped,) = objects(catforensics("inspect", "-", "--json", stdin=data).out)
    assert piped.pop("path") == "stdin" and there.pop("path") == banded and piped == there
    run = catforensics("inspect", "-", stdin=data)
    assert run.out.startswith("stdin: No generator trace")
    assert run.err == "drawn in stdin-inspect.png\n"
    listed = catforensics("inspect", "-", "--json", stdin=f"{banded}\n".encode())
    assert objects(listed.out)[0]["path"] == banded
    assert catforensics("inspect", "-", stdin=b"").refused
    for junk in (b"PK\x03\x04 an archive", bytes(range(1, 99)), b"\x7fELF"):
        run = catforensics("inspect", "-", stdin=junk)
        assert run.refused and "stdin is no picture that can be read" in run.err
    lines = f"\ufeff{banded}\r\n  \r\n".encode()
    assert objects(catforensics("inspect", "-", "--json", stdin=lines).out)[0]["path"] == banded
    damaged = catforensics("inspect", "-", stdin=data[:999])
    assert damaged.refused and "stdin is a damaged PNG (cut off" in damaged.err


def test_inspect_json_of_one_writes_nothing(catforensics, cats):
    run = catforensics("inspect", "--json", f"{cats}/1.jpg")
    (record,) = objects(run.out)
    assert record["verdict"] and record["file"]["format"] == "JPEG"
    assert run.status == 0 and run.err == "" and names(".") == {cats}


def test_inspect_draws_where_it_is_told(catforensics, cats):
    run = catforensics("inspect", f"{cats}/0.png", "--json", "-o", "x/a.svg")
    assert objects(run.out)[0]["path"] == f"{cats}/0.png"
    assert Path("x/a.svg").read_text().startswith("<?xml")
    run = catforensics("inspect", f"{cats}/0.png", "-o", "a.txt")
    assert run.refused and "a.txt" in run.err and not Path("a.txt").exists()


def test_a_picture_in_a_screenshot_is_told_and_can_be_measured_alone(catforensics, cat):
    page = np.full((cat.shape[0] + 200, cat.shape[1] + 90, 3), 250, np.uint8)
    page[120 : 120 + cat.shape[0], 40 : 40 + cat.shape[1]] = cat
    Pillow.fromarray(page).save("shot.png")
    Pillow.fromarray(cat).save("cat.png")
    box = f"120,40,{cat.shape[0]},{cat.shape[1]}"
    run = catforensics("inspect", "shot.png")
    assert f"\ncatforensics inspect shot.png --box {box}\n" in run.out
    whole = objects(catforensics("inspect", "shot.png", "--json").out)[0]
    where = {"top": 120, "left": 40, "rows": cat.shape[0], "columns": cat.shape[1]}
    assert whole["insets"] == [where] and whole["file"]["box"] is None
    for command in ("profile", "inspect", "classify"):
        part = objects(catforensics(command, "shot.png", "--box", box, "--json").out)[0]
        alone = objects(catforensics(command, "cat.png", "--json").out)[0]
        assert part["file"]["box"] == where
        keys = {"shape", "score", "verdict", "causes", "signs", "banding", "insets", "periods"}
        for key in keys & set(part):
            assert part[key] == alone[key]
    assert catforensics("inspect", "shot.png", "--box", box).err.startswith("drawn in ")
    assert catforensics("report", "shot.png", "--box", box).status == 0
    (told,) = json.loads(Path("report.json").read_text())["images"]
    assert told["file"]["box"] == where and told["score"] == alone["score"]
    assert (
        "only rows 120 to 419 and columns 40 to 490 were measured"
        in Path("report.html").read_text()
    )
    for bad in ("1,2,3", "a,b,c,d", "-1,0,90,90", "0,0,0,90", ""):
        run = catforensics("inspect", "shot.png", "--box", bad)
        assert run.refused and "name first row, first column, rows and columns" in run.err
    run = catforensics("inspect", "shot.png", "--box", "0,0,9000,90")
    assert run.refused and "reaches out of it" in run.err
    assert run.err.startswith("catforensics: shot.png has shape ")


# Many pictures


@pytest.mark.parametrize("workers", [1, 3])
def test_inspect_of_many_is_a_line_each_in_their_order_and_a_summary(
    catforensics, cats, banded, workers
):
    order = [f"{cats}/3.jpg", banded, f"{cats}/2.png", f"{cats}/1.jpg"]
    run = catforensics("inspect", *order, "--workers", workers)
    records = objects(run.out)
    assert [record["path"] for record in records] == order and run.status == 0
    for path, line in zip(order, run.out.splitlines(), strict=True):
        assert catforensics("inspect", "--json", path).out == f"{line}\n"
    counts = [record["verdict"] for record in records]
    (summary,) = run.err.splitlines()
    assert summary.startswith("4 pictures inspected: ")
    for verdict in set(counts):
        assert f"{counts.count(verdict)} {verdict}" in summary
    assert names(".") == {cats, banded}
    assert catforensics("inspect", *order, "-q").err == ""


def test_inspect_of_many_can_be_a_file(catforensics, cats):
    lines = catforensics("inspect", cats).out
    run = catforensics("inspect", cats, "-o", "x/lines.jsonl")
    assert run.status == 0 and run.out == "" and "4 pictures inspected" in run.err
    assert Path("x/lines.jsonl").read_text() == lines
    assert catforensics("inspect", cats, "-o", "x/lines.jsonl").refused


def test_what_is_skipped_is_named_and_counted(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"text")
    run = catforensics("inspect", cats)
    assert run.status == 0 and len(objects(run.out)) == 4
    assert run.err.startswith(f"skipped 1:\n  {cats}/bad.jpg is no picture")
    assert run.err.rstrip().endswith("; 1 skipped")
    run = catforensics("inspect", cats, "--strict")
    assert run.status == 1 and f"{cats}/bad.jpg is no picture" in run.err
    run = catforensics("inspect", f"{cats}/bad.jpg", f"{cats}/missing.png")
    assert run.refused and "no picture was left" in run.err


def test_inspect_keeps_what_is_done_on_ctrl_c(catforensics, cats, monkeypatch):
    for number in range(100):
        os.link(f"{cats}/1.jpg", f"{cats}/x{number}.jpg")
    read, called = inspection.read_image, ctrl_c_at(5)

    def interrupted(source, **options):
        called()
        return read(source, **options)

    monkeypatch.setattr(inspection, "read_image", interrupted)
    run = catforensics("inspect", cats, "-o", "lines", "--fail-above", "0")
    assert run.status == 130
    rows = objects(Path("lines").read_text())
    assert 5 <= len(rows) < 60 and f"stopped early, after {len(rows)} pictures" in run.err
    assert [row["path"] for row in rows] == [i.name for i in find_images(cats)][: len(rows)]


# What is asked for


@pytest.mark.slow
def test_a_score_above_the_limit_is_status_3_once_everything_is_written(catforensics, cats, banded):
    score = json.loads(catforensics("inspect", "--json", banded).out)["score"]
    assert 0.5 < score < 0.9
    run = catforensics("inspect", banded, "--fail-above", "0.5")
    assert run.status == 3 and run.out and Path("banded-inspect.png").exists()
    assert run.err.splitlines()[-1] == f"the highest score, {score:.3f}, is above 0.5"
    assert catforensics("inspect", "--json", banded, "--fail-above", "1").status == 0
    run = catforensics("inspect", banded, f"{cats}/0.png", "--fail-above", "0.5", "-o", "lines")
    assert run.status == 3 and len(objects(Path("lines").read_text())) == 2
    for limit in ("-0.1", "1.1", "high"):
        assert catforensics("inspect", banded, "--fail-above", limit).status == 2


def test_fingerprints_of_ones_own_join_the_shipped(catforensics, cats, mine):
    def held(*options) -> list[str]:
        (record,) = objects(catforensics("inspect", "--json", f"{cats}/0.png", *options).out)
        return [match["name"] for match in record["fingerprints"]]

    shipped = [
        one.name
        for one in load_library()
        if isinstance(one, Fingerprint)  # 128 pixels are too few for a tile
    ]
    assert set(held()) <= set(shipped) and "stylegan2-faces" in held()
    shipped = held()
    assert held("--fingerprint", mine) == [*shipped, "mine"]
    assert held("--fingerprint", mine, "--no-reference", "--fingerprint", mine) == ["mine", "mine"]
    assert held("--no-reference") == []


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4", b"text"])
def test_what_is_no_fingerprint_is_refused_before_anything_is_read(catforensics, cats, content):
    if content is not None:
        Path("bad.npz").write_bytes(content)
    for images in (f"{cats}/0.png", cats):
        run = catforensics("inspect", images, "--fingerprint", "bad.npz")
        assert run.refused and "bad.npz" in run.err
    assert "0-inspect.png" not in names(".")


@pytest.mark.slow
def test_a_limit_of_pixels_and_names_that_are_no_text(catforensics, cats):
    run = catforensics("inspect", f"{cats}/0.png", "--json", "--max-pixels", 128 * 128 - 1)
    assert run.refused and "--max-pixels" in run.err
    name = f"{cats}/a\udcff\x1b[31m\n.png"
    os.rename(f"{cats}/0.png", name)
    run = catforensics("inspect", name, "-o", "a.png")
    assert run.status == 0
    assert all(line.isprintable() for line in (run.out + run.err).splitlines())
    (row,) = objects(catforensics("inspect", "--json", name).out)
    assert row["path"] == name


# On pictures of known origin, where they are here


@pytest.mark.slow
def test_cats_of_the_site_and_cats_of_photographers(catforensics, data):
    gan = sorted((data / "gan" / "thiscatdoesnotexist").iterdir())[:6]
    real = sorted((data / "real" / "afhq").iterdir())[:6]
    verdicts = [record["verdict"] for record in objects(catforensics("inspect", *gan, *real).out)]
    assert verdicts[:6].count("generator trace") >= 5
    assert "generator trace" not in verdicts[6:]


def test_a_map_names_the_part_with_another_history(catforensics, cat):
    first, second = io.BytesIO(), io.BytesIO()
    for file, quality in ((first, 60), (second, 90)):
        Pillow.fromarray(cat).save(file, "JPEG", quality=quality)
    halves = [np.asarray(Pillow.open(file)) for file in (first, second)]
    both = np.concatenate([halves[0][:, :224], halves[1][:, 224:]], axis=1)
    Pillow.fromarray(both).save("both.png")
    run = catforensics("inspect", "both.png", "--map")
    assert "differ from the rest (p below 1e-6): there the last save as JPEG" in " ".join(
        run.out.split()
    )
    assert "\ncatforensics inspect both.png --box 0," in run.out
    assert names(".") == {"both.png", "both-inspect.png"}
    plain, mapped = (
        objects(catforensics("inspect", "both.png", "--json", *more).out)[0]
        for more in ((), ("--map",))
    )
    assert plain["map"] is None and len(mapped["map"]["regions"]) == 1
    box = mapped["map"]["regions"][0]["box"]
    edge = box["left"] or box["columns"]
    assert box["top"] == 0 and abs(edge - 224) <= 16
    same = plain.keys() - {"map", "explanation"}
    assert {key: plain[key] for key in same} == {key: mapped[key] for key in same}
    Pillow.fromarray(both).save("again.png")
    several = objects(catforensics("inspect", "both.png", "again.png", "--map", "--json").out)
    assert [one["map"] for one in several] == [mapped["map"]] * 2
    assert catforensics("report", "both.png", "--map").status == 0
    page = Path("report.html").read_text()
    assert "Traces by place" in page and "Map of the grid and steps of JPEG" in page
    assert "Traces by place" not in _report(catforensics, "both.png")
    refused = catforensics("report", "both.png", "--map", "--against", "both.png")
    assert refused.refused and "--map is for pictures" in refused.err


def _report(catforensics, *named: str) -> str:
    assert catforensics("report", *named, "-o", "plain.html").status == 0
    return Path("plain.html").read_text()
