"""A run that is broken off, or meets another, saves what is done or what was, and no half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forensics.engine.blend import load_blend

SLOW = """
import pathlib, signal, sys, time
# What a shell runs in the background has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from forensics.engine import blend as blend
read = blend.read_pixels
def slow(*arguments, **options):
    pathlib.Path("begun").touch()
    time.sleep({pause})
    return read(*arguments, **options)
blend.read_pixels = slow
from forensics.cli import main
main()
"""


def started(pause: float, *arguments: str) -> subprocess.Popen[str]:
    """Start a command that takes its time for each picture, and wait for the first one."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(pause=pause), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(1000):
        if Path("begun").exists():
            return process
        time.sleep(0.01)
    process.kill()
    pytest.fail("it does not begin")


def many(cats: Path, n: int) -> str:
    for number in range(2, n):
        os.link(cats / "0.png", cats / f"{number}.png")
    return cats.name


def test_ctrl_c_saves_what_is_done(picture_folder):
    cats = many(picture_folder(2), 400)
    process = started(0.05, "blend", cats, "-o", "x", "--workers", "2")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    n = load_blend("x/blend.npz").n_images
    assert process.returncode == 130 and 2 <= n < 200
    assert load_blend("x/blend.npz").stopped
    assert json.loads(Path("x/blend.json").read_text())["n_images"] == n
    assert out.startswith(f"{n} pictures blended.")
    assert "stopping: what is done will be saved, Ctrl-C again to end at once" in err
    assert f"stopped early, after {n} pictures" in err and "Traceback" not in err
    assert len(list(Path("x").iterdir())) == 6


def test_ctrl_c_twice_ends_at_once_and_saves_nothing(picture_folder):
    cats = many(picture_folder(2), 100)
    process = started(3.0, "blend", cats, "-o", "x", "--workers", "2")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline() == "\n"
    assert process.stderr.readline().startswith("stopping: ")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 15
    assert process.returncode == 130 and out == ""
    assert err == "catforensics: interrupted: nothing more was saved\n"
    assert {path.name for path in Path().iterdir()} == {"cats", "begun"}


def test_two_runs_do_not_write_one_folder(catforensics, picture_folder):
    cats = many(picture_folder(2), 60)
    process = started(0.1, "blend", cats, "-o", "x", "--workers", "1")
    for force in ([], ["--force"]):
        run = catforensics("blend", cats, "-o", "x", *force)
        assert run.refused and "blend.png is being written by another run" in run.err
    assert catforensics("blend", cats, "-o", "y").status == 0
    assert process.communicate(timeout=60)[1] == "written to x/\n" and process.returncode == 0
    assert Path("x/blend.npz").read_bytes() == Path("y/blend.npz").read_bytes()
    assert catforensics("blend", cats, "-o", "x", "--force").status == 0


def test_a_run_that_was_killed_holds_no_claim(catforensics, picture_folder):
    cats = many(picture_folder(2), 60)
    process = started(1.0, "blend", cats, "-o", "x", "--workers", "1")
    process.kill()
    process.communicate(timeout=30)
    assert catforensics("blend", cats, "-o", "x").status == 0


def test_ctrl_c_twice_leaves_what_was_saved_before(catforensics, picture_folder):
    cats = many(picture_folder(2), 60)
    process = started(0.5, "blend", cats, "-o", "x", "--workers", "1", "--checkpoint", "0.3")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert [process.stderr.readline()[:9] for _ in range(2)] == ["\n", "stopping:"]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert err == "catforensics: interrupted: nothing more was saved\n"
    assert not Path("x/blend.npz").exists() and Path("x/blend.run").exists()
    run = catforensics("blend", cats, "-o", "x", "--checkpoint", "60", "--force")
    assert run.status == 0 and "going on after" in run.err
    assert catforensics("blend", cats, "-o", "y").status == 0
    assert Path("x/blend.npz").read_bytes() == Path("y/blend.npz").read_bytes()
