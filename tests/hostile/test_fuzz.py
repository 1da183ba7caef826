"""The short, fixed round of damaged files: 5,000 of them, and whether a fault would be seen.

`make fuzz` tries forty times as many. Hypothesis makes what it finds small.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hostile import targets
from hostile.seeds import CONTAINERS, seeds
from hostile.targets import made, outcomes
from hostile.watching import LARGEST
from processes import measured, needs_usage
from waiting import MINUTES

from forensics.errors import ImageReadError

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"
EACH = 560  # 6,160 in all


@pytest.mark.slow
@needs_usage
@pytest.mark.parametrize("container", CONTAINERS)
def test_damaged_files_give_pixels_or_one_sentence(container, monkeypatch):
    monkeypatch.chdir(FUZZ.parent)
    run = measured(sys.executable, "-m", "hostile.short_round", container, EACH)
    assert run.status == 0, run.err
    assert run.peak < LARGEST


@pytest.mark.parametrize("container", CONTAINERS)
def test_all_undamaged_files_are_read(container):
    if container == "HEIF":
        pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    refused = [
        one
        for data in seeds(container)
        for one in outcomes(container, data)
        if one.target in ("read_image", "read_pixels", "provenance", "members") and not one.accepted
    ]
    assert refused == []


def test_a_number_always_makes_the_same_file():
    for container in CONTAINERS:
        assert [made(container, n) for n in range(5)] == [made(container, n) for n in range(5)]
        # One in some may be damaged to the same bytes where there is little to damage.
        assert len({made(container, n) for n in range(20)}) > 17


# A harness that notices nothing proves nothing


def warn() -> None:
    warnings.warn("odd metadata", UserWarning, stacklevel=1)


def raised(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (lambda: raised(KeyError("tag")), "KeyError"),
        (lambda: raised(ImageReadError("a.jpg is damaged\nin two lines: copy it")), "no sentence"),
        (lambda: raised(ImageReadError("no way out")), "no sentence"),
        (lambda: raised(ImageReadError(f"long: {'x' * 2000}")), "no sentence"),
        (warn, "leaks a warning"),
    ],
)
def test_a_planted_fault_is_named(monkeypatch, planted, told):
    monkeypatch.setattr(targets, "read_pixels", lambda _source: planted())
    found = {one.target: one.fault for one in outcomes("PNG", seeds("PNG")[0])}
    assert told in found["read_pixels"]
    assert found["read_image"] == ""


def test_a_slow_call_is_named(monkeypatch):
    monkeypatch.setattr(targets, "SLOWEST", 0.0)
    assert all("took 0.0 s" in one.fault for one in outcomes("PNG", seeds("PNG")[0]))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits and peaks of memory are Linux's")
@pytest.mark.parametrize(
    ("planted", "patience", "told"),
    [
        ("crash", MINUTES, "PNG 1: process: brought its process down, exit status -6"),
        ("growth", MINUTES, "MB at its peak"),
        ("hang", 15, "PNG 1: process: hung for more than 15 s"),
    ],
)
def test_a_process_that_fails_is_named_and_its_input_kept(tmp_path, planted, patience, told):
    few = ["--of", "PNG", "--inputs", "3", "--patience", str(patience)]
    command = [sys.executable, FUZZ, *few, "--keep", tmp_path, "--plant", planted]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MINUTES)
    assert run.returncode == 1 and "3 inputs, 1 faults" in run.stdout
    assert run.stderr.count(told) == 1
    assert (tmp_path / "PNG-1-process").read_bytes() == made("PNG", 1)


def test_memory_limits_stay_as_they_are():
    # The safety net is for the processes of fuzz.py, not for the one that runs the tests.
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
