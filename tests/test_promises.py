"""What the README promises, measured on whole processes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from processes import command, measured, needs_usage

MEGABYTE = 2**20


def blend_with_peak(folder: Path, output: Path) -> tuple[int, int]:
    """Blend a folder in a process of its own: number of pictures, and its peak memory in bytes."""
    run = command("blend", folder, "-o", output, "-q")
    return json.loads((output / "blend.json").read_text())["n_images"], run.peak


def named_often(tmp_path: Path, pictures: list[bytes], times: int) -> Path:
    """A folder in which each picture has many names: hard links, so each counts."""
    folder = tmp_path / f"{times}"
    folder.mkdir()
    for number, data in enumerate(pictures):
        first = folder / f"{number}-0.jpg"
        first.write_bytes(data)
        for again in range(1, times):
            os.link(first, folder / f"{number}-{again}.jpg")
    return folder


@pytest.mark.slow
@needs_usage
def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path, cat):
    square = np.ascontiguousarray(cat[:256, :256]).repeat(2, axis=0).repeat(2, axis=1)
    pictures = []
    for turn in range(8):
        file = io.BytesIO()
        turned = np.rot90(square, turn % 4)[:, :: 1 - 2 * (turn // 4)]
        Pillow.fromarray(np.ascontiguousarray(turned)).save(file, "JPEG", quality=85)
        pictures.append(file.getvalue())
    peaks = []
    for times in (5, 50):
        folder = named_often(tmp_path, pictures, times)
        n, peak = blend_with_peak(folder, tmp_path / f"out{times}")
        assert n == 8 * times
        peaks.append(peak)
    # What is measured is the process, not this one.
    assert measured(sys.executable, "-S", "-c", "").peak < min(peaks) / 2
    assert max(peaks) < 200 * MEGABYTE  # a quarter of it for a figure of 300 dots an inch
    assert peaks[1] < 1.05 * peaks[0]
    # A tenth of what the pictures would take that there are more of.
    assert peaks[1] - peaks[0] < 0.1 * 360 * square.nbytes


# Any use of the network ends the process, whoever tries and whatever catches.
OFFLINE = """
import os, sys
def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        os.write(2, f"network: {event}".encode())
        os._exit(99)
sys.addaudithook(watch)
"""
FEW = Path(__file__).parent / "made" / "few.py"
RUN = OFFLINE + f"import runpy; runpy.run_path({str(FEW)!r}, run_name='__main__')"


def offline(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_every_command_works_offline(picture_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert offline(OFFLINE + "import socket; socket.socket()").returncode == 99  # it can fail
    cats, gan, real = picture_folder(2), picture_folder(20, "gan"), picture_folder(20, "real")
    for arguments in (
        ["blend", cats],
        ["compare", "blend/blend.npz", cats],
        ["profile", "--json", cats / "0.png"],
        ["inspect", cats / "0.png"],
        ["classify", cats / "0.png"],
        ["train", gan, real, "-o", "model.json"],
        ["evaluate", gan, real, "--model", "model.json", "-o", "evaluation"],
        ["audit", gan, real],
        ["demo"],
    ):
        run = offline(RUN, *arguments)
        assert run.returncode == 0, run.stderr
    for written in ("catforensics-demo/compare.png", "evaluation/evaluation.json"):
        assert (tmp_path / written).exists()
