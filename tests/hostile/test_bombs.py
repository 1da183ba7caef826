"""Every known bomb, link and device: refused or read, soon, in little memory, in one sentence."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile.bombs import BOMBS, HARMLESS, POLYGLOTS
from hostile.seeds import jpeg, png, png_chunk
from hostile.targets import MOST_MEMORY, MOST_SECONDS, TARGETS

import forensics as cf
from forensics.errors import ImageReadError
from forensics.images.decode import read_image, read_size

# In a process of its own: its memory is counted, and a hang can be ended.
MEASURED = """
import re, resource, sys, time
from pathlib import Path
from hostile.targets import TARGETS, outcome
TARGETS["inspect"](Path(sys.argv[2]).read_bytes())
data = Path(sys.argv[3]).read_bytes()
begin = time.perf_counter()
became = outcome(TARGETS[sys.argv[1]], data)
seconds = time.perf_counter() - begin
status = Path("/proc/self/status")
if status.exists():  # getrusage() would count the process that began this one, too
    peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(became, seconds, peak)
"""
GIVEN_UP = 12 * MOST_SECONDS


class Became(NamedTuple):
    outcome: str
    seconds: float
    memory: float


def become(target: str, data: bytes, folder: Path) -> Became:
    usual, hostile = folder / "usual.png", folder / "hostile"
    usual.write_bytes(png(96))
    hostile.write_bytes(data)
    command = [sys.executable, "-c", MEASURED, target, str(usual), str(hostile)]
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=GIVEN_UP,
        env={**os.environ, "PYTHONPATH": paths},
    )
    outcome, seconds, memory = told.stdout.split()
    return Became(outcome, float(seconds), float(memory))


@pytest.mark.parametrize("target", ["decode", "inspect"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_goes_off(name, target, tmp_path):
    found = become(target, BOMBS[name](), tmp_path)
    assert found.outcome == "refused"
    assert found.seconds < MOST_SECONDS and found.memory < MOST_MEMORY


@pytest.mark.parametrize("target", ["decode", "inspect", "classify"])
@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_large_and_no_bomb_is_read(name, target, tmp_path):
    found = become(target, HARMLESS[name](), tmp_path)
    small = target == "classify" and not name.startswith(("zeros", "scans"))
    assert found.outcome == ("refused" if small else "accepted")
    # A hundred megapixels take their time, thirty times and more what is asked for.
    assert found.seconds < MOST_SECONDS * (4 if name.startswith("zeros") else 1)
    assert found.memory < MOST_MEMORY


def nested(depth: int) -> bytes:
    """A picture in a zip in a zip, and so on, each with copies of the one within."""
    inner = png(16)
    for level in range(depth):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(10):
                archive.writestr(f"{copy}.zip" if level else f"{copy}.png", inner)
        inner = file.getvalue()
    return inner


def test_an_archive_in_an_archive_is_not_unpacked(tmp_path):
    path = tmp_path / "nested.zip"
    path.write_bytes(nested(6))
    with pytest.raises(cf.EmptySetError, match="no picture"):
        cf.find_images(path)


# What is several things at once


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_polyglot_is_what_it_begins_as(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(POLYGLOTS[name]())
    record = read_image(path)[1]
    assert record.container == {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name[-3:]]
    TARGETS["inspect"](path.read_bytes())


@pytest.mark.parametrize("name", ["zip.jpg", "zip.png", "script.gif", "jpeg in a jpeg.jpg"])
def test_what_follows_the_picture_is_told(catforensics, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(POLYGLOTS[name]())
    run = catforensics("inspect", path, "--json")
    assert run.status == 0 and "append" in json.dumps(json.loads(run.out)["provenance"])


# Places that are no picture


def test_links_are_followed_to_what_they_name(tmp_path):
    (tmp_path / "a.png").write_bytes(png(16))
    for name, target in (("b.png", "a.png"), ("c.png", "/dev/zero"), ("d.png", "d.png")):
        (tmp_path / name).symlink_to(target)
    assert read_size(tmp_path / "b.png") == (16, 16)
    with pytest.raises(ImageReadError, match="is a device, not a regular file"):
        read_image(tmp_path / "c.png")
    with pytest.raises(ImageReadError, match="cannot be read"):
        read_image(tmp_path / "d.png")
    found = cf.find_images(tmp_path, on_error="skip")
    assert [Path(one.name).name for one in found] == ["a.png"]  # b.png is a.png again
    assert [Path(one.path).name for one in found.skipped] == ["c.png", "d.png"]


@pytest.mark.parametrize("command", ["blend", "profile", "inspect", "classify"])
@pytest.mark.parametrize("place", ["/dev/zero", "fifo.png"])
def test_devices_and_pipes_are_refused_at_once(catforensics, tmp_path, monkeypatch, command, place):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo.png")
    run = catforensics(command, place)
    assert run.refused and "not a regular file" in run.err


# Names, and texts from within files


NAMES = [
    "new\nline.png",
    "tab\tand \x1b[31mred.png",
    "quote\"and'quote.png",
    "right-to-left \u202egnp.exe.png",
    "=HYPERLINK(1).png",
    "+1.png",
    "@SUM(1).png",
    "-2.png",
    "<img src=x onerror=alert(1)>.png".replace("/", ""),
    "x" * 251 + ".png",
    os.fsdecode(b"no text \xff\xfe.png"),
]


@pytest.fixture
def oddly_named(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("odd")
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(png(96 + number))
    (folder / "broken \x1b]0;title\x07\u202e.png").write_bytes(b"no picture")
    return folder


def is_calm(text: str) -> bool:
    """Whether nothing in it moves a terminal's cursor or turns its text around."""
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("command", ["profile", "inspect"])
def test_lines_of_json_keep_every_name_and_no_terminal_code(catforensics, oddly_named, command):
    run = catforensics(command, oddly_named)
    assert run.status == 0 and is_calm(run.err)
    # A name that is no text has its bytes escaped, as Python writes them.
    assert run.out.isascii() or is_calm(run.out)
    found = {Path(json.loads(line)["path"]).name for line in run.out.splitlines()}
    assert len(found) == len(NAMES) and found >= {*NAMES[:-1]}


def test_a_table_has_no_formula_and_every_name(catforensics, oddly_named, monkeypatch):
    monkeypatch.chdir(oddly_named)
    names = "\0".join(sorted(os.listdir("."))).encode(errors="surrogateescape")
    run = catforensics("features", "-", "-o", "table.csv", stdin=names)
    assert run.status == 0 and is_calm(run.err)
    with open("table.csv", errors="surrogateescape", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(NAMES) + 2
    for cell in (cell for row in rows for cell in row):
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
            float(cell)  # what begins so is a number, or this raises
    found = {row[0].removeprefix("'") for row in rows}
    assert found >= {name for name in NAMES if name.isprintable()}


@pytest.mark.parametrize("name", NAMES)
def test_one_picture_is_told_of_calmly(catforensics, oddly_named, name):
    for command in ("profile", "inspect"):
        run = catforensics(command, oddly_named / name)
        assert run.status == 0 and is_calm(run.out) and is_calm(run.err)


TEXTS = ["\x1b[2J\x1b]0;title\x07", "line\nline", "\u202eright to left", "=1+1", "<script>"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_from_within_a_file_reaches_the_terminal_calmly(catforensics, tmp_path, text):
    path = tmp_path / "a.png"
    chunk = png_chunk(b"iTXt", b"parameters\0\0\0\0\0" + f"{text}, Steps: 20, Seed: 1".encode())
    path.write_bytes(png(96)[:33] + chunk + png(96)[33:])
    words = catforensics("inspect", path, "--output", tmp_path / "a.svg")
    assert words.status == 0 and is_calm(words.out) and "Steps" in words.out
    record = catforensics("inspect", path, "--json")
    assert "Steps: 20" in json.dumps(json.loads(record.out)) and is_calm(record.out)
    assert "<script>" not in (tmp_path / "a.svg").read_text()


def test_what_a_jpeg_says_of_itself_is_calm(catforensics, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("a.jpg")
    path.write_bytes(jpeg(96, comment="\x1b[2Jcleared \u202e".encode()))
    run = catforensics("inspect", path)
    assert run.status == 0 and is_calm(run.out)
