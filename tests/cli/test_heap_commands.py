"""`link` and `cluster`: whether pictures share a source."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics import load_library

SIDE = 192


def picture(seed: int, maker: int | None) -> np.ndarray:
    rng = np.random.default_rng((seed, 7))
    shade = np.cumsum(np.cumsum(rng.normal(size=(SIDE, SIDE, 3)), axis=0), axis=1)
    shade = np.clip(60 * (shade - shade.mean()) / shade.std() + 120, 30, 220)
    shade += rng.normal(0, 8, shade.shape)
    if maker is not None:
        shade += 5 * np.random.default_rng((maker, 3)).normal(size=(SIDE, SIDE, 1))
    return np.clip(np.rint(shade), 0, 255).astype(np.uint8)


@pytest.fixture
def heap(here) -> str:
    """A folder of nine pictures of one maker, two of another and three of none."""
    folder = Path("heap")
    folder.mkdir()
    for name, n, maker in (("one", 9, 1), ("other", 2, 2), ("alone", 3, None)):
        for i in range(n):
            seed = 100 * (maker or 9) + i
            Pillow.fromarray(picture(seed, maker)).save(folder / f"{name}-{i}.png")
    return "heap"


def test_a_heap_is_sorted_and_drawn(catforensics, heap):
    run = catforensics("cluster", heap, "--no-reference", "-o", "sorted")
    assert run.status == 0
    assert run.out.startswith("group 1: 9 pictures share a source, by one pattern over the whole")
    assert "group 2: 2 pictures share a source" in run.out and "alone: 3 pictures" in run.out
    assert "heap/one-0.png" in run.out and "and 1 more" in run.out
    record = json.loads(Path("sorted/clusters.json").read_text())
    assert [len(group["pictures"]) for group in record["groups"]] == [9, 2]
    assert record["groups"][0]["family"] is None and record["groups"][0]["matched"] == []
    assert record["alone"] == [f"heap/alone-{i}.png" for i in range(3)]
    assert record["n_images"] == 14 and record["family_wise"] == 0.01
    with Pillow.open("sorted/clusters.png") as drawn:
        assert drawn.width > 1000
    groups = {"group-1.npz", "group-2.npz"}
    assert {path.name for path in Path("sorted").iterdir()} == {
        "clusters.json", "clusters.png", *groups
    }  # fmt: skip
    # Nobody said that one of them is a generator's.
    assert {one.family for one in load_library(["sorted"], shipped=False)} == {""}


def test_fingerprints_of_groups_that_are_no_more_go_with_them(catforensics, heap):
    assert catforensics("cluster", heap, "--no-reference", "-o", "sorted").status == 0
    Path("sorted/clusters.json").unlink()
    Path("sorted/clusters.png").unlink()
    assert catforensics("cluster", heap, "--no-reference", "-o", "sorted").refused
    for path in Path(heap).glob("other-*"):
        path.unlink()
    assert catforensics("cluster", heap, "--no-reference", "-o", "sorted", "--force").status == 0
    assert [path.name for path in Path("sorted").glob("*.npz")] == ["group-1.npz"]


def test_a_run_that_was_ended_early_goes_on(catforensics, heap, monkeypatch):
    from forensics.detection import clusters

    read, n_read = clusters.read_pixels, []

    def pressed(one, **how):
        n_read.append(one.name)
        if len(n_read) == 5:
            signal.raise_signal(signal.SIGINT)
        return read(one, **how)

    with monkeypatch.context() as changed:
        changed.setattr(clusters, "read_pixels", pressed)
        run = catforensics("cluster", heap, "--no-reference")
    assert run.status == 130 and "pass --resume to go on" in run.err
    assert [path.name for path in Path("clusters").iterdir()] == ["clusters.run"]
    first = len(n_read)
    assert first < 14
    with monkeypatch.context() as changed:
        changed.setattr(clusters, "read_pixels", pressed)
        run = catforensics("cluster", heap, "--no-reference", "--resume")
    assert run.status == 0 and f"going on after {first} pictures" in run.err
    assert set(n_read[:first]).isdisjoint(n_read[first:14])
    assert run.out.startswith("group 1: 9 pictures")
    assert not Path("clusters/clusters.run").exists()
    again = catforensics("cluster", heap, "--resume", "--json")
    assert again.refused and "--output" in again.err


def test_a_heap_that_cannot_be_compared_leaves_nothing(catforensics, heap):
    for other in sorted(Path(heap).iterdir())[1:]:
        other.write_bytes(b"no picture")
    Path("there").mkdir()
    for place in ("anew", "there"):
        run = catforensics("cluster", heap, "-o", place)
        assert run.refused and "1 of 14 pictures can be measured" in run.err
    assert not Path("anew").exists() and not list(Path("there").iterdir())


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_leaves_no_files_and_names_are_free_ones(catforensics, heap):
    (record,) = objects(catforensics("cluster", heap, "--json", "--no-reference").out)
    assert len(record["groups"]) == 2 and not Path("clusters").exists()
    for wanted in ("clusters", "clusters-2"):
        catforensics("cluster", heap, "--no-reference", "-q")
        assert Path(wanted, "clusters.json").exists()


def test_what_is_broken_is_named(catforensics, heap):
    Path(heap, "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    run = catforensics("cluster", heap, "--no-reference", "--json")
    (record,) = objects(run.out)
    assert record["n_skipped"] == 1 and record["skipped"][0]["path"] == f"{heap}/broken.png"
    assert "broken.png" in run.err
    assert catforensics("cluster", f"{heap}/one-0.png", "--json").refused
    run = catforensics("cluster", f"{heap}/one-0.png", "--json")
    assert "1 of 1 picture can be measured: at least 2" in run.err
    run = catforensics("cluster", "missing")
    assert run.refused and "missing does not exist: check the spelling" in run.err


def test_two_pictures_are_linked_or_not(catforensics, heap):
    one, two, alone = f"{heap}/one-0.png", f"{heap}/one-1.png", f"{heap}/alone-0.png"
    run = catforensics("link", one, two)
    assert run.status == 0
    assert run.out.startswith(f"{one} and {two}: linked by one pattern over the whole frame (z = ")
    run = catforensics("link", one, alone)
    assert "no link found" in run.out and "That proves nothing" in run.out
    (record,) = objects(catforensics("link", one, two, "--json").out)
    assert record["linked"] and record["compared_at"] == [SIDE, SIDE]
    assert record["pictures"] == [one, two] and record["p_value"] < 1e-6 and record["z"] > 5


def test_a_link_needs_two_pictures(catforensics, heap):
    run = catforensics("link", heap, f"{heap}/one-0.png", "-q")
    assert run.refused and "use catforensics cluster for more" in run.err
    run = catforensics("link", f"{heap}/one-0.png", "missing.png")
    assert run.refused and "missing.png" in run.err


# One set


def test_what_is_in_a_set_more_than_once_is_told_and_drawn(catforensics, heap):
    first = picture(0, None)
    Pillow.fromarray(first).save(f"{heap}/a.png")
    Pillow.fromarray(first[:, ::-1]).save(f"{heap}/b.png")
    run = catforensics("audit", heap, "--sheet", "sheet.png", "-o", "repeats.json")
    assert run.status == 0
    assert run.out.startswith("1 picture is there more than once, among 16 pictures.\nheap/a.png\n")
    assert "  heap/b.png  cut, framed, mirrored or turned" in run.out
    with Pillow.open("sheet.png") as drawn:
        assert drawn.width >= 640
    record = json.loads(Path("repeats.json").read_text())
    assert record["repeats"] == [{"pictures": ["heap/a.png", "heap/b.png"], "kinds": ["near copy"]}]
    assert objects(catforensics("audit", heap, "--json").out) == [record]
    Path(f"{heap}/b.png").unlink()
    run = catforensics("audit", heap, "--sheet", "none.png")
    assert "nothing is there twice" in run.err and not Path("none.png").exists()


def test_what_one_set_cannot_be_asked_is_refused(catforensics, heap):
    for option in (("--fix", "fixed"), ("--fail-above", "0.6")):
        run = catforensics("audit", heap, *option)
        assert run.refused and f"{option[0]} is {option[1]}, which is for two sets" in run.err
    run = catforensics("audit", heap, f"{heap}/one-0.png", "--sheet", "x.png")
    assert run.refused and "which is for one set" in run.err
    assert catforensics("audit", heap, "--sheet", "x.txt").refused
