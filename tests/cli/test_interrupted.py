"""A run that is broken off, or meets another, saves what is done or what was, and no half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import MINUTES, until

from forensics.engine.blend import load_blend

HELD = """
import pathlib, signal, sys, threading, time
# What a shell runs in the background has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from forensics.engine import blend as blend, checkpoint, stream
free, saved = {free}, threading.Event()
lock, ended, n_read = threading.Lock(), threading.Event(), 0
read, commit, close = blend.read_pixels, checkpoint.RunState.commit, stream._SharedStream.close
def held(*arguments, **options):
    global n_read
    with lock:
        n_read += 1
        holds = n_read > free if free is not None else saved.is_set()
    if holds:
        pathlib.Path("begun").touch()
        while not (pathlib.Path("go").exists() or ended.is_set()):
            time.sleep(0.01)
    else:
        time.sleep(0 if free is not None else 0.05)
    return read(*arguments, **options)
def committed(state, n_done, *arguments):
    commit(state, n_done, *arguments)
    if n_done:
        saved.set()
def closed(*arguments):
    close(*arguments)
    ended.set()
blend.read_pixels, checkpoint.RunState.commit, stream._SharedStream.close = held, committed, closed
from forensics.cli import main
main()
"""
"""A command that is held up from the `free` + 1st picture on (without such a number: once something
is saved), until it is let go or gives up by itself."""


def started(*arguments: str, free: int | None = 0) -> subprocess.Popen[str]:
    """Start a command, and wait until it is held up."""
    process = subprocess.Popen(
        [sys.executable, "-c", HELD.format(free=free), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(Path("begun").exists)
    return process


def interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C, and wait until that was heard."""
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline() == "\n"
    heard = "stopping: what is done will be saved, Ctrl-C again to end at once\n"
    assert process.stderr.readline() == heard


def many(cats: Path, n: int) -> str:
    for number in range(2, n):
        os.link(cats / "0.png", cats / f"{number}.png")
    return cats.name


def test_ctrl_c_saves_what_is_done(picture_folder):
    cats = many(picture_folder(2), 40)
    process = started("blend", cats, "-o", "x", "--workers", "2", free=10)
    interrupt(process)
    Path("go").touch()
    out, err = process.communicate(timeout=MINUTES)
    n = load_blend("x/blend.npz").n_images
    assert process.returncode == 130 and 10 <= n <= 12
    assert load_blend("x/blend.npz").stopped
    assert json.loads(Path("x/blend.json").read_text())["n_images"] == n
    assert out.startswith(f"{n} pictures blended.")
    assert f"stopped early, after {n} pictures" in err and "Traceback" not in err
    assert len(list(Path("x").iterdir())) == 6


def test_ctrl_c_twice_ends_at_once_and_saves_nothing(picture_folder):
    cats = many(picture_folder(2), 40)
    process = started("blend", cats, "-o", "x", "--workers", "2", free=10)
    interrupt(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=MINUTES)
    assert process.returncode == 130 and out == ""
    assert err == "catforensics: interrupted: nothing more was saved\n"
    assert {path.name for path in Path().iterdir()} == {"cats", "begun"}


@pytest.mark.slow
def test_two_runs_do_not_write_one_folder(catforensics, picture_folder):
    cats = many(picture_folder(2), 10)
    process = started("blend", cats, "-o", "x", "--workers", "1")
    for force in ([], ["--force"]):
        run = catforensics("blend", cats, "-o", "x", *force)
        assert run.refused and "blend.png is being written by another run" in run.err
    assert catforensics("blend", cats, "-o", "y").status == 0
    Path("go").touch()
    assert process.communicate(timeout=MINUTES)[1] == "written to x/\n" and process.returncode == 0
    assert Path("x/blend.npz").read_bytes() == Path("y/blend.npz").read_bytes()
    assert catforensics("blend", cats, "-o", "x", "--force").status == 0


@pytest.mark.slow
def test_a_run_that_was_killed_holds_no_claim(catforensics, picture_folder):
    cats = many(picture_folder(2), 10)
    process = started("blend", cats, "-o", "x", "--workers", "1")
    process.kill()
    process.communicate(timeout=MINUTES)
    assert catforensics("blend", cats, "-o", "x").status == 0


@pytest.mark.slow
def test_ctrl_c_twice_leaves_what_was_saved_before(catforensics, picture_folder):
    cats = many(picture_folder(2), 60)
    command = ["blend", cats, "-o", "x", "--workers", "1", "--checkpoint", "0.3"]
    process = started(*command, free=None)
    interrupt(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=MINUTES)
    assert err == "catforensics: interrupted: nothing more was saved\n"
    assert not Path("x/blend.npz").exists() and Path("x/blend.run").exists()
    run = catforensics("blend", cats, "-o", "x", "--checkpoint", "60", "--force")
    assert run.status == 0 and "going on after" in run.err
    assert catforensics("blend", cats, "-o", "y").status == 0
    assert Path("x/blend.npz").read_bytes() == Path("y/blend.npz").read_bytes()
