"""What all commands have in common: help, usage, talk, interruptions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import ctrl_c_at

from forensics import __version__
from forensics.cli import app
from forensics.cli import run as talk
from forensics.engine import profiles as pictures
from forensics.images.sources.find import find_images

COMMANDS = [command.name for command in app.registered_commands]
FOUR_TOO_FEW = {"align", "fingerprint", "train", "evaluate"}


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# Help, and what is not asked well


def test_every_command_is_listed_and_has_its_example(catforensics):
    run = catforensics("--help")
    assert run.status == 0 and run.err == ""
    for name in COMMANDS:
        assert re.search(rf"^[│|] {name} ", run.out, re.MULTILINE)
        assert f"Example: catforensics {name}" in catforensics(name, "--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_options_stand_in_panels(catforensics, name):
    told = catforensics(name, "--help").out
    some = {"demo": ["Output"], "serve": ["Input", "Output"], "link": ["Input", "Output"]}
    panels = some.get(name, ["Input", "Analysis", "Output"])
    assert re.findall(r"─ (Input|Analysis|Output) ─", told) == panels
    assert catforensics(name, "-h").out == told
    written = () if name in ("serve", "link") else ("--output", "-o")
    for option in (*written, "--quiet", "-q"):
        assert option in told


def test_examples_are_the_last_line_and_parse(catforensics, cats, picture_folder):
    for name in COMMANDS:
        last = catforensics(name, "-h").out.strip().splitlines()[-1].strip()
        assert last.startswith(f"Example: catforensics {name}")
    for name in ("images", "gan"):
        Path(name).symlink_to(cats)
    picture_folder(4, "real")
    for name, number in (("img", 0), ("a", 0), ("b", 2)):
        Path(f"{name}.png").symlink_to(f"{cats}/{number}.png")
    for command in app.registered_commands:
        _, _, *arguments = command.epilog.split()
        # The demo has a test below; the page serves until it is ended, test_page_serving.py.
        run = catforensics(*arguments) if arguments not in (["demo"], ["serve"]) else None
        if arguments[0] in FOUR_TOO_FEW:
            assert run.refused and re.search(r"4 .*too few", run.err)
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


# Talk


def test_only_a_hundred_skips_are_named(catforensics, cats):
    for number in range(103):
        Path(f"{cats}/bad{number}.jpg").write_bytes(b"")
    told = catforensics("blend", cats, "--json").err.splitlines()
    assert told[0] == "skipped 103:" and told[-1] == "  and 3 more" and len(told) == 102


def test_a_log_is_told_once_a_minute_how_far_it_is(catforensics, cats, monkeypatch, capsys):
    assert catforensics("blend", cats, "--json").err == ""
    now = 0.0
    monkeypatch.setattr(talk.time, "monotonic", lambda: now)
    with talk.progress_bar("x", quiet=False) as progress:
        for done in range(1, 200):
            now += 1.0
            progress(done, 200)
        now += 61.0
        progress(1, 50)  # the next pass: nothing is known of its pace
        now += 61.0
        progress(2, 50)
    first, second, third, fourth, fifth = capsys.readouterr().err.splitlines()
    assert first == "x: 60 of 200, about 2 minutes left" and second.startswith("x: 120 of 200")
    assert third.startswith("x: 180 of 200") and fourth.startswith("x: 1 of 50, less than")
    assert fifth == "x: 2 of 50, about 24 minutes left"


def test_a_bar_is_shown_on_a_terminal_only(monkeypatch):
    with talk.progress_bar("x", quiet=True) as progress:
        assert progress is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with talk.progress_bar("x", quiet=True) as progress:
        assert progress is None
    with talk.progress_bar("x", quiet=False) as progress:
        assert progress is not None
        progress(1, 2)


@pytest.mark.slow
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
    read, called = pictures.read_image, ctrl_c_at(10)

    def interrupted(source, **options):
        called()
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
    from forensics.engine import blend as engine

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
