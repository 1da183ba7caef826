"""`--scheduler`: the same commands on Dask workers, with the same results."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from PIL import Image as Pillow
from waiting import MINUTES, until

from forensics.engine import dask as connecting
from forensics.engine.blend import load_blend

pytest.importorskip("distributed", reason="the extra cluster is not installed")

N_MANY = 2000
HELD = """
import pathlib, signal, time
# What a shell runs in the background has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from forensics.engine.dask import ClusterExecutor
merged, n_handed = ClusterExecutor.merged, 0
def held(*arguments):
    global n_handed
    n_handed += 1
    if n_handed == 3:  # two are handed over at first, the next when something came back
        pathlib.Path("begun").touch()
        while not pathlib.Path("go").exists():
            time.sleep(0.01)
    return merged(*arguments)
ClusterExecutor.merged = held
from forensics.cli import main
if __name__ == "__main__":
    main()
"""
"""The command, held up once something is done, until it is let go or ends."""
SCHEDULER = ("--scheduler", "local", "--workers", "2")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster that the tests share."""
    with connecting.cluster("local", workers=2, answer=MINUTES) as executor:
        yield executor.client.scheduler.address


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> None:
    """On a busy machine a scheduler may take its time."""
    monkeypatch.setattr(connecting, "cluster", partial(connecting.cluster, answer=MINUTES))


@pytest.fixture
def cats(picture_folder) -> str:
    folder = picture_folder(12)
    (folder / "broken.png").write_bytes(b"no")
    return folder.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["blend"], ["blend.npz", "blend.json"]),
        (["blend", "--checkpoint", "60"], ["blend.npz", "blend.json"]),
        (["spectrum"], ["spectrum.npz", "spectrum.json"]),
    ],
)
def test_a_set_comes_out_as_it_does_here(catforensics, cats, scheduler, words, written):
    here = catforensics(words[0], cats, *words[1:], "-o", "here")
    there = catforensics(words[0], cats, *words[1:], "-o", "there", "--scheduler", scheduler)
    assert here.status == there.status == 0 and here.out == there.out
    assert f"scheduler {scheduler}: 2 workers" in there.err and "skipped 1" in there.err
    for name in written:
        assert Path("here", name).read_bytes() == Path("there", name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["profile", "inspect", "classify"])
def test_lines_come_out_as_they_do_here(catforensics, cats, scheduler, command):
    here = catforensics(command, cats)
    there = catforensics(command, cats, "--scheduler", scheduler, "--workers", 2)
    assert here.status == there.status == 0
    assert here.out == there.out and len(here.out.splitlines()) == 12
    assert f"scheduler {scheduler}: 2 workers" in there.err


@pytest.mark.slow
def test_frames_are_those_that_were_asked_for(catforensics, cat, scheduler):
    frames = [Pillow.fromarray(cat[top : top + 100, :100]) for top in (0, 50, 100)]
    for name in ("1.png", "2.png"):
        frames[0].save(name, save_all=True, append_images=frames[1:])
    here = catforensics("profile", "1.png", "2.png", "--frame", 2)
    there = catforensics("profile", "1.png", "2.png", "--frame", 2, "--scheduler", scheduler)
    assert here.status == there.status == 0 and here.out == there.out
    assert '"frame": 2' in there.out


@pytest.mark.slow
def test_a_table_comes_out_as_it_does_here(catforensics, cats, scheduler):
    for name, options in (("here.csv", []), ("there.csv", ["--scheduler", scheduler])):
        assert catforensics("features", cats, "-o", name, *options).status == 0
    assert Path("here.csv").read_bytes() == Path("there.csv").read_bytes()


def test_two_sets_are_compared_on_a_cluster(catforensics, picture_folder):
    a, b = picture_folder(4, "a").name, picture_folder(4, "b").name
    here = catforensics("compare", a, b, "--json")
    there = catforensics("compare", a, b, "--json", "--scheduler", "local")
    assert here.status == there.status == 0 and here.out == there.out


def test_what_is_no_address_is_refused(catforensics, cats):
    run = catforensics("blend", cats, "--scheduler", "8786")
    assert run.refused and "pass tcp://HOST:PORT, or local" in run.err
    assert not Path("blend").exists()


def test_an_unreachable_scheduler_is_one_sentence(catforensics, cats, monkeypatch):
    monkeypatch.setattr(connecting, "cluster", partial(connecting.cluster, answer=1))
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        run = catforensics("blend", cats, "--scheduler", address)
    assert run.refused and f"scheduler {address} does not answer" in run.err
    assert not Path("blend").exists()


def test_a_missing_extra_says_what_to_install(catforensics, cats, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    run = catforensics("blend", cats, "--scheduler", "local")
    assert run.refused and "pip install 'catforensics[cluster]'" in run.err


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_reaches_the_workers_too_and_costs_nothing(picture_folder, times):
    cats = picture_folder(2)
    for number in range(2, N_MANY):
        os.link(cats / "0.png", cats / f"{number}.png")
    Path("held.py").write_text(HELD)
    process = subprocess.Popen(
        [sys.executable, "held.py", "blend", cats.name, "-o", "x", *SCHEDULER],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("scheduler local: ")
    until(Path("begun").exists)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stderr.readline() == "\n"
    assert process.stderr.readline().startswith("stopping: ")
    if times == 2:
        os.killpg(process.pid, signal.SIGINT)
    else:
        Path("go").touch()
    try:
        _, err = process.communicate(timeout=MINUTES)
    finally:
        process.kill()
    assert process.returncode == 130 and "Traceback" not in err
    if times == 2:
        assert err == "catforensics: interrupted: nothing more was saved\n"
        assert not Path("x").exists()
    else:
        done = load_blend("x/blend.npz")
        assert done.stopped and 0 < done.n_images < N_MANY
