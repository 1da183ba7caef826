"""blend, compare and demo: what they write, what they say."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from forensics.engine.blend import RESIZED_WARNING, blend, load_blend
from forensics.images.sources.find import find_images

BLEND = {"blend.png", "distance.png", "profiles.png", "profiles.csv", "blend.json", "blend.npz"}
COMPARISON = {"compare.png", "compare.svg", "compare.json"}


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# blend


def test_blend_writes_its_six_files_and_tells_the_result(catforensics, cats):
    run = catforensics("blend", cats)
    assert run.status == 0 and names("blend") == BLEND
    assert run.out.startswith("4 pictures blended. ")
    assert run.err == "written to blend/\n"
    record = json.loads(Path("blend/blend.json").read_text())
    assert record["n_images"] == 4 and record["n_skipped"] == 0
    assert load_blend("blend/blend.npz").moments == blend(find_images(cats)).moments


def test_json_is_all_that_stdout_carries(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"text")
    run = catforensics("blend", cats, "--json")
    (record,) = objects(run.out)
    assert record["n_images"] == 4 and record["n_skipped"] == 1
    assert record["skipped"][0]["path"] == f"{cats}/bad.jpg"
    assert run.err.startswith(f"skipped 1:\n  {cats}/bad.jpg is no picture")
    assert names(".") == {cats}
    quiet = catforensics("blend", cats, "--json", "-q")
    assert (quiet.status, quiet.out, quiet.err) == (0, run.out, "")
    both = catforensics("blend", cats, "--json", "-o", "x")
    assert both.out == run.out and names("x") == BLEND
    assert json.loads(Path("x/blend.json").read_text()) == record


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_and_order_do_not_change_the_sums(catforensics, cats, workers):
    expected = catforensics("blend", cats, "--json").out
    paths = sorted(Path(cats).iterdir(), reverse=True)
    run = catforensics("blend", *paths, "--json", "--workers", workers)
    assert run.out == expected


def test_results_are_not_overwritten_without_force(catforensics, cats):
    catforensics("blend", cats, "-o", "x")
    for path in Path("x").iterdir():
        path.write_bytes(b"mine")
    run = catforensics("blend", cats, "-o", "x")
    assert run.refused and "x/blend.png and 5 more exist" in run.err and "--force" in run.err
    assert {path.read_bytes() for path in Path("x").iterdir()} == {b"mine"}
    assert catforensics("blend", cats, "-o", "x", "--force").status == 0
    assert b"mine" not in {path.read_bytes() for path in Path("x").iterdir()}


def test_other_files_in_the_folder_stay(catforensics, cats):
    Path("x").mkdir()
    Path("x/notes.txt").write_text("mine")
    assert catforensics("blend", cats, "-o", "x").status == 0
    assert names("x") == {*BLEND, "notes.txt"} and Path("x/notes.txt").read_text() == "mine"


def test_adding_halves_is_blending_all(catforensics, cats):
    paths = sorted(Path(cats).iterdir())
    catforensics("blend", cats, "-o", "all")
    catforensics("blend", *paths[:1], "-o", "first")
    catforensics("blend", *paths[1:3], "-o", "second")
    run = catforensics(
        "blend", paths[3], "--add", "first/blend.npz", "--add", "second/blend.npz", "-o", "sum"
    )
    assert run.status == 0 and run.out.startswith("4 pictures blended.")
    for name in BLEND:
        if not name.endswith(".png"):  # the title of a figure says what was blended
            assert (Path("sum") / name).read_bytes() == (Path("all") / name).read_bytes()


def test_the_spread_is_kept_on_request_and_changes_no_other_file(catforensics, cats):
    catforensics("blend", cats, "-o", "alone")
    assert catforensics("blend", cats, "-o", "both", "--spread").status == 0
    for name in BLEND - {"blend.npz"}:
        assert (Path("both") / name).read_bytes() == (Path("alone") / name).read_bytes()
    expected = blend(find_images(cats), spread=True).moments
    assert load_blend("both/blend.npz").moments == expected
    assert load_blend("alone/blend.npz").moments.squares is None


def test_it_goes_on_with_the_spread_where_there_is_one(catforensics, cats):
    first, *rest = sorted(Path(cats).iterdir())
    catforensics("blend", first, "-o", "alone")
    catforensics("blend", first, "-o", "both", "--spread")
    run = catforensics("blend", *rest, "--add", "alone/blend.npz", "--spread", "-o", "x")
    assert run.refused and "alone/blend.npz, which was blended without --spread" in run.err
    whole = blend(find_images(cats), spread=True).moments
    for saved, options in (("both", ["--spread"]), ("both", []), ("alone", [])):
        run = catforensics("blend", *rest, "--add", f"{saved}/blend.npz", "-o", "x", *options)
        found = load_blend("x/blend.npz").moments
        assert (found.n, (found.sums == whole.sums).all()) == (4, True)
        assert (found.squares is not None) == bool(options)
        assert not options or found == whole
        for path in Path("x").iterdir():
            path.unlink()


def test_a_blend_can_go_on_in_its_own_folder(catforensics, cats):
    catforensics("blend", f"{cats}/0.png", "-o", "x")
    catforensics("blend", f"{cats}/1.jpg", "-o", "x", "--add", "x/blend.npz", "--force")
    assert load_blend("x/blend.npz").n_images == 2


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4", b"text"])
def test_what_cannot_be_added_is_refused_before_anything_is_read(catforensics, cats, content):
    if content is not None:
        Path("bad.npz").write_bytes(content)
    run = catforensics("blend", cats, "--add", "bad.npz")
    assert run.refused and "bad.npz" in run.err and not Path("blend").exists()


def test_a_blend_of_another_size_cannot_be_added(catforensics, cats):
    catforensics("blend", cats, "--size", "80", "-o", "small")
    for options in ([], ["--size", "90"]):
        run = catforensics("blend", cats, "--add", "small/blend.npz", "--json", *options)
        assert run.refused
    run = catforensics("blend", cats, "--add", "small/blend.npz", "--size", "80", "--json")
    assert objects(run.out)[0]["n_images"] == 8


def test_strict_ends_at_the_first_skip(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"text")
    for command in ("blend", "profile"):
        run = catforensics(command, cats, "--strict")
        assert f"{cats}/bad.jpg is no picture" in run.err and "Traceback" not in run.err
        assert run.status == 1 and len(run.err.splitlines()) == 1
    assert names(".") == {cats}
    Path(f"{cats}/bad.jpg").unlink()
    assert catforensics("blend", cats, "--strict", "--json").status == 0
    assert catforensics("blend", cats, "missing.jpg", "--strict", "--json").refused


def test_size_crops_and_resize_warns(catforensics, cats):
    (record,) = objects(catforensics("blend", cats, "--size", "80", "--json").out)
    assert record["shape"] == [80, 80, 3] and record["warnings"] == []
    run = catforensics("blend", cats, "--resize", "80", "--json")
    (record,) = objects(run.out)
    assert record["shape"] == [80, 80, 3] and record["warnings"] == [RESIZED_WARNING]
    assert run.err == f"warning: {RESIZED_WARNING}\n"
    assert catforensics("blend", cats, "--resize", "80", "--size", "80").refused


def test_a_picture_named_twice_counts_once_and_is_said(catforensics, cats):
    run = catforensics("blend", cats, f"{cats}/0.png", "--json")
    assert objects(run.out)[0]["n_images"] == 4
    assert run.err == f"named twice, counted once: {cats}/0.png\n"


def test_paths_come_from_stdin(catforensics, cats):
    listed = f"{cats}/1.jpg\n{cats}/0.png\n".encode()
    assert objects(catforensics("blend", "-", "--json", stdin=listed).out)[0]["n_images"] == 2
    rows = objects(catforensics("profile", "-", stdin=listed).out)
    assert [row["path"] for row in rows] == [f"{cats}/1.jpg", f"{cats}/0.png"]
    assert catforensics("blend", "-", "--json", stdin=b"").refused


def test_an_archive_is_blended_where_it_lies(catforensics, cats):
    with zipfile.ZipFile("cats.zip", "w") as archive:
        for path in Path(cats).iterdir():
            archive.write(path)
    assert (
        catforensics("blend", "cats.zip", "--json").out == catforensics("blend", cats, "--json").out
    )
    assert names(".") == {cats, "cats.zip"}


def test_the_channel_and_the_limit_of_pixels_are_passed_on(catforensics, cats):
    for command in ("blend", "profile"):
        run = catforensics(command, f"{cats}/0.png", "--json", "--channel", "red")
        assert objects(run.out)[0]["channel"] == "red"
        run = catforensics(command, f"{cats}/0.png", "--json", "--max-pixels", 128 * 128 - 1)
        assert run.refused and "--max-pixels" in run.err


# compare


def test_compare_of_folders_and_of_blends(catforensics, cats, picture_folder):
    other = picture_folder(2, "other").name
    for name in (cats, other):
        catforensics("blend", name, "-o", f"{name}-blend")
    run = catforensics("compare", cats, other)
    assert run.status == 0 and names("comparison") == COMPARISON
    assert [line.partition(":")[0] for line in run.out.splitlines()] == [cats, other]
    assert run.err == "written to comparison/\n"
    a, b = (f"{name}-blend/blend.npz" for name in (cats, other))
    (saved,) = objects(catforensics("compare", a, b, "--json").out)
    read = json.loads(Path("comparison/compare.json").read_text())
    assert [side.pop("name") for side in (read["a"], read["b"])] == [cats, other]
    assert [side.pop("name") for side in (saved["a"], saved["b"])] == [a, b]
    assert saved == read
    assert catforensics("compare", cats, other).err == "written to comparison-2/\n"
    assert catforensics("compare", cats, other, "-o", "comparison").refused
    assert catforensics("compare", cats, other, "--force", "-q").err == ""


def test_compare_warns_and_names_skips_of_both(catforensics, cats, picture_folder):
    other = picture_folder(2, "other").name
    for name in (cats, other):
        Path(f"{name}/bad.jpg").write_bytes(b"")
    run = catforensics("compare", cats, other, "--json", "--resize", "70", "--channel", "blue")
    (record,) = objects(run.out)
    assert record["a"]["warnings"] == record["b"]["warnings"] == [RESIZED_WARNING]
    assert record["a"]["channel"] == "blue"
    assert run.err.count("skipped 1:") == 2 and run.err.count(RESIZED_WARNING) == 1
    assert catforensics("compare", cats, "missing", "--json").refused
    assert catforensics("compare", "missing.npz", cats, "--json").refused


# demo


def test_the_demo_writes_its_files_and_says_four_sentences(catforensics, here):
    run = catforensics("demo")
    assert run.status == 0
    assert names("catforensics-demo") == {
        *COMPARISON,
        "chelsea-profile.png",
        "chelsea-profile.json",
    }
    assert len(run.out.splitlines()) == 4
    assert len(re.findall(r"\.(?=\s)", run.out)) == 4
    assert "bands every 2, " in run.out and run.out.count("no bands at any tested period") == 2
    assert "catforensics-demo/compare.png" in run.err and len(run.err.splitlines()) == 1
    record = json.loads(Path("catforensics-demo/compare.json").read_text())
    assert (record["a"]["n_images"], record["b"]["n_images"]) == (420, 840)
    assert catforensics("demo", "-q").err == ""  # once more, over the first
    assert names(here) == {"catforensics-demo"}
