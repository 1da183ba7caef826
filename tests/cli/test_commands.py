from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from forensics import __version__
from forensics.cli import app, talk
from forensics.engine import pictures
from forensics.engine.blend import RESIZED_WARNING, blend
from forensics.engine.saved import load_blend
from forensics.images.sources import find_images

COMMANDS = [
    "blend", "compare", "profile", "inspect", "report", "classify", "train", "evaluate", "audit",
    "features", "spectrum", "fingerprint", "deliver", "simulate", "serve", "demo",
]  # fmt: skip
FOUR_TOO_FEW = {"fingerprint", "train", "evaluate"}
BLEND = {"blend.png", "distance.png", "profiles.png", "profiles.csv", "blend.json", "blend.npz"}
COMPARISON = {"compare.png", "compare.svg", "compare.json"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    return tmp_path


@pytest.fixture
def cats(picture_folder) -> str:
    return picture_folder(4).name


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# Help, and what is not asked well


def test_every_command_is_listed_and_has_its_example(catforensics):
    listed = {command.name for command in app.registered_commands}
    assert listed == set(COMMANDS)
    run = catforensics("--help")
    assert run.status == 0 and run.err == ""
    for name in COMMANDS:
        assert re.search(rf"^[│|] {name} ", run.out, re.MULTILINE)
        assert f"Example: catforensics {name}" in catforensics(name, "--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_options_stand_in_panels(catforensics, name):
    told = catforensics(name, "--help").out
    some = {"demo": ["Output"], "serve": ["Input", "Output"]}
    panels = some.get(name, ["Input", "Analysis", "Output"])
    assert re.findall(r"─ (Input|Analysis|Output) ─", told) == panels
    assert catforensics(name, "-h").out == told
    for option in ("--quiet", "-q") if name == "serve" else ("--output", "-o", "--quiet", "-q"):
        assert option in told


def test_examples_are_the_last_line_and_parse(catforensics, cats, picture_folder):
    for name in COMMANDS:
        last = catforensics(name, "-h").out.strip().splitlines()[-1].strip()
        assert last.startswith(f"Example: catforensics {name}")
    for name in ("images", "gan"):
        Path(name).symlink_to(cats)
    picture_folder(4, "real")
    Path("img.png").symlink_to(f"{cats}/0.png")
    for command in app.registered_commands:
        _, _, *arguments = command.epilog.split()
        # The demo has a test below; the page serves until it is ended, test_page_serving.py.
        run = catforensics(*arguments) if arguments not in (["demo"], ["serve"]) else None
        if arguments[0] in FOUR_TOO_FEW:
            assert run.refused and re.search(r"4 .*pictures are too few", run.err)
        elif run:
            assert run.status == 0


def test_the_version(catforensics):
    run = catforensics("--version")
    assert (run.status, run.out, run.err) == (0, f"catforensics {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["blend"],
        ["blend", "cats", "--nonsense"],
        ["blend", "cats", "--size", "0"],
        ["blend", "cats", "--size", "big"],
        ["blend", "cats", "--metric", "hue"],
        ["blend", "cats", "--workers", "0"],
        ["profile", "cats", "--channel", "hue"],
        ["compare", "cats"],
    ],
)
def test_wrong_usage_is_status_2(catforensics, cats, arguments):
    run = catforensics(*arguments)
    assert run.status == 2 and run.out == "" and "Usage:" in run.err
    assert names(".") == {cats}


def test_python_m_is_the_same_command(cats):
    for command in (
        [sys.executable, "-m", "forensics"],
        [Path(sys.executable).parent / "catforensics"],
    ):
        run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert run.stdout == f"catforensics {__version__}\n"


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
        assert (Path("sum") / name).read_bytes() == (Path("all") / name).read_bytes()


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


# profile


def test_profile_of_one_is_a_table_and_a_figure(catforensics, cats):
    run = catforensics("profile", f"{cats}/1.jpg")
    assert run.status == 0 and run.out.startswith(f"{cats}/1.jpg: ")
    assert len(run.out.splitlines()) == 2 + 15
    assert Path("1-profile.png").read_bytes().startswith(b"\x89PNG")
    assert "drawn in 1-profile.png" in run.err
    assert catforensics("profile", f"{cats}/1.jpg").refused  # it exists
    assert catforensics("profile", f"{cats}/1.jpg", "--force", "-q").err == ""


def test_profile_draws_where_it_is_told(catforensics, cats):
    run = catforensics("profile", f"{cats}/1.jpg", "--json", "-o", "x/a.svg")
    assert objects(run.out)[0]["path"] == f"{cats}/1.jpg"
    assert Path("x/a.svg").read_text().startswith("<?xml")
    run = catforensics("profile", f"{cats}/1.jpg", "-o", "a.gif")
    assert run.refused and "a.gif" in run.err and not Path("a.gif").exists()


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
    assert catforensics("compare", cats, other).refused
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


# Talk


def test_only_twenty_skips_are_named(catforensics, cats):
    for number in range(23):
        Path(f"{cats}/bad{number}.jpg").write_bytes(b"")
    told = catforensics("blend", cats, "--json").err.splitlines()
    assert told[0] == "skipped 23:" and told[-1] == "  and 3 more" and len(told) == 22


def test_progress_is_shown_on_a_terminal_only(catforensics, cats, monkeypatch):
    assert catforensics("blend", cats, "--json").err == ""
    with talk.progress_bar("x", quiet=False) as progress:
        assert progress is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with talk.progress_bar("x", quiet=True) as progress:
        assert progress is None
    with talk.progress_bar("x", quiet=False) as progress:
        assert progress is not None
        progress(1, 2)


def test_names_that_are_no_text_reach_the_terminal_escaped(catforensics, cats):
    name = f"{cats}/a\udcff\x1b[31m\n.png"
    os.rename(f"{cats}/0.png", name)
    for arguments in (["profile", name, "-o", "a.png"], ["compare", name, cats]):
        run = catforensics(*arguments)
        assert run.status == 0
        assert all(line.isprintable() for line in (run.out + run.err).splitlines())
    (row,) = objects(catforensics("profile", "--json", name).out)
    assert row["path"] == name
    Path(name).write_bytes(b"")
    for run in (catforensics("blend", cats, "--json"), catforensics("profile", name, "--json")):
        assert run.err and all(line.isprintable() for line in run.err.splitlines())


# Ctrl-C


def test_profile_keeps_what_is_done_on_ctrl_c(catforensics, cats, monkeypatch):
    for number in range(200):
        os.link(f"{cats}/1.jpg", f"{cats}/x{number}.jpg")
    read, count = pictures.read_image, []

    def interrupted(source, **options):
        count.append(source.name)
        if len(count) == 10:
            os.kill(os.getpid(), signal.SIGINT)
        return read(source, **options)

    monkeypatch.setattr(pictures, "read_image", interrupted)
    before = signal.getsignal(signal.SIGINT)
    run = catforensics("profile", cats, "-o", "lines.json")
    assert signal.getsignal(signal.SIGINT) is before
    assert run.status == 130 and "Ctrl-C again" not in run.out
    rows = objects(Path("lines.json").read_text())
    assert 10 <= len(rows) < 60 and f"stopped early, after {len(rows)} pictures" in run.err
    assert [row["path"] for row in rows] == [i.name for i in find_images(cats)][: len(rows)]


def test_ctrl_c_while_writing_leaves_nothing(catforensics, cats, monkeypatch):
    from forensics.views import folders

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "write_blend", interrupted)
    run = catforensics("blend", cats)
    assert run.status == 130 and run.err == "catforensics: interrupted: nothing more was saved\n"
    assert run.out == "" and names(".") == {cats}


def test_ctrl_c_before_the_first_picture_saves_nothing(catforensics, cats, monkeypatch):
    from forensics.engine import geometry as engine

    probe = engine.read_size

    def interrupted(*arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)
        return probe(*arguments, **options)

    monkeypatch.setattr(engine, "read_size", interrupted)
    run = catforensics("blend", f"{cats}/0.png")
    assert run.status == 130 and run.err.endswith(
        "catforensics: interrupted: nothing more was saved\n"
    )
    assert names(".") == {cats}
