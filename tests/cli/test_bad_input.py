"""Whatever it is given, a command refuses in one sentence or names a skip, and leaves no mess."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.engine.saved import load_blend

COMMAND = [sys.executable, "-m", "forensics"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything(folder: str | Path = ".") -> dict[str, tuple[int, int]]:
    """Each path under a folder, hidden ones too, with what would change if it were written."""
    found = {}
    for path in Path(folder).rglob("*"):
        facts = path.lstat()
        found[str(path)] = (facts.st_ino, facts.st_mtime_ns if not path.is_dir() else 0)
    return found


# The bad things, each made at a path


def picture(kind: str = "PNG", shape: tuple[int, int] = (128, 128)) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind)
    return file.getvalue()


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(c) - 4) + c + struct.pack(">L", zlib.crc32(c)) for c in chunks
    )


def png_head(columns: int, rows: int, depth: int) -> bytes:
    return b"IHDR" + struct.pack(">LLBBBBB", columns, rows, depth, 2, 0, 0, 0)


def huge_png() -> bytes:
    return png(png_head(60_000, 60_000, 8), b"IDAT" + zlib.compress(b""), b"IEND")


def huge_jpeg() -> bytes:
    data = bytearray(picture("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    return bytes(data)


def deep_png() -> bytes:
    rows = b"".join(b"\0" + os.urandom(128 * 6) for _ in range(128))
    return png(png_head(128, 128, 16), b"IDAT" + zlib.compress(rows), b"IEND")


def wrong_checksum() -> bytes:
    data = bytearray(picture())
    data[data.index(b"IEND") - 5] ^= 1  # last byte of the checksum of the pixels
    return bytes(data)


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "text.jpg": (lambda: b"These are my cats.\n", "is no picture, it begins with 'These are"),
    "truncated.jpg": (lambda: picture("JPEG")[:4000], "is damaged"),
    "zero.jpg": (lambda: b"", "is empty (0 bytes)"),
    "huge.png": (huge_png, "60000 x 60000 pixels, 3600 megapixels"),
    "huge.jpg": (huge_jpeg, "60000 x 60000 pixels, 3600 megapixels"),
    "checksum.png": (wrong_checksum, "checksum"),
    "deep.png": (deep_png, "16"),
    "corrupt.zip": (lambda: zipped({"1.png": picture()})[:2000], "is damaged"),
    "no.zip": (lambda: b"", "is damaged"),
    "out.zip": (lambda: zipped({"../1.png": picture()}), "leads out of the archive"),
    "bomb.zip": (lambda: zipped({"1.png": bytes(3 << 20)}), "more than 200 times"),
}


@pytest.fixture(params=BAD)
def bad(request) -> tuple[str, str]:
    """The path of a bad thing, and what must be told of it."""
    make, told = BAD[request.param]
    Path("bad").mkdir()
    Path(f"bad/{request.param}").write_bytes(make())
    return f"bad/{request.param}", told


@pytest.mark.parametrize("how", ["named", "in a folder"])
def test_alone_it_is_refused_in_one_sentence(catforensics, bad, how):
    path, told = bad
    named = path if how == "named" else "bad"
    before = everything()
    for arguments in (
        ["blend", named],
        ["blend", named, "-o", "new/x", "--json"],
        ["profile", named],
        ["profile", named, "-o", "new/x.png"],
        ["compare", named, named],
    ):
        run = catforensics(*arguments)
        assert run.refused and path in run.err and told in run.err
        assert everything() == before


def test_among_others_it_is_a_counted_skip(catforensics, bad, picture_folder):
    path, told = bad
    cats = picture_folder(3).name
    before = everything()
    run = catforensics("blend", "bad", cats, "--json")
    (record,) = [json.loads(line) for line in run.out.splitlines()]
    assert (run.status, record["n_images"], record["n_skipped"]) == (0, 3, 1)
    assert record["skipped"][0]["path"].startswith(path)
    assert told in record["skipped"][0]["reason"]
    assert run.err.startswith(f"skipped 1:\n  {path}") and len(run.err.splitlines()) == 2
    alone = json.loads(catforensics("blend", cats, "--json").out)
    left_out = {"n_skipped": 0, "skipped": []}
    assert {**record, **left_out} == alone
    run = catforensics("profile", "bad", cats)
    assert run.status == 0 and len(run.out.splitlines()) == 3 and told in run.err
    assert run.err.startswith(f"skipped 1:\n  {path}")
    assert everything() == before


# Places without pictures


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("empty", "no picture in empty, which is empty"),
        ("texts", "no picture in texts: looked for .jpg"),
        ("missing", "missing does not exist: check the spelling"),
        ("missing.jpg", "missing.jpg does not exist"),
        ("missing.zip", "missing.zip does not exist"),
        ("*.jqg", "*.jqg matches nothing"),
    ],
)
def test_a_place_without_pictures_is_refused(catforensics, place, told):
    Path("empty").mkdir()
    Path("texts").mkdir()
    Path("texts/notes.txt").write_text("cats")
    before = everything()
    for arguments in (
        ["blend", place],
        ["blend", place, "-o", "x", "--strict"],
        ["profile", place],
        ["compare", place, place],
    ):
        run = catforensics(*arguments)
        assert run.refused and told in run.err
        assert everything() == before


def test_a_missing_path_among_others_is_a_counted_skip(catforensics, picture_folder):
    cats = picture_folder(2).name
    run = catforensics("blend", cats, "missing", "--json")
    assert run.status == 0 and json.loads(run.out)["n_images"] == 2
    assert run.err == "skipped 1:\n  missing does not exist: check the spelling\n"


# Sizes


def test_of_mixed_sizes_most_win_and_the_others_are_named(catforensics, picture_folder):
    cats = picture_folder(4).name
    picture_folder(2, "cats/small", shape=(90, 80))
    run = catforensics("blend", cats)
    assert run.status == 0 and run.out.startswith("4 pictures blended.")
    reason = "has shape (90, 80, 3), the set has (128, 128, 3): pass --size 80 to crop"
    assert run.err.splitlines()[:3] == [
        "skipped 2:",
        f"  cats/small/0.png {reason}",
        f"  cats/small/1.jpg {reason}",
    ]
    (record,) = [json.loads(Path("blend/blend.json").read_text())]
    assert record["n_skipped"] == 2 and record["skipped"][0]["reason"] == reason
    run = catforensics("blend", cats, "--size", 80, "--json")
    assert json.loads(run.out)["n_images"] == 6 and run.err == ""


def test_a_one_pixel_picture(catforensics, picture_folder):
    Path("one.png").write_bytes(picture(shape=(1, 1)))
    before = everything()
    for arguments in (["blend", "one.png"], ["profile", "one.png"], ["compare", *["one.png"] * 2]):
        run = catforensics(*arguments)
        assert run.refused and everything() == before
    cats = picture_folder(3).name
    run = catforensics("blend", cats, "one.png", "--json")
    assert run.status == 0 and json.loads(run.out)["n_images"] == 3
    assert "one.png has shape (1, 1, 3)" in run.err
    run = catforensics("blend", cats, "one.png", "--size", 100, "--json")
    assert run.status == 0 and json.loads(run.out)["n_skipped"] == 1
    run = catforensics("profile", cats, "one.png")
    assert run.status == 0 and len(run.out.splitlines()) == 3
    assert run.err.startswith("skipped 1:\n  one.png ")


# Files that cannot be read, even by root


def test_an_unreadable_file(catforensics, picture_folder):
    if not Path("/proc/self/mem").exists():
        pytest.skip("no file here that nobody can read")
    Path("bad").mkdir()
    Path("bad/mem.jpg").symlink_to("/proc/self/mem")
    for command in ("blend", "profile"):
        run = catforensics(command, "bad")
        assert run.refused and "bad/mem.jpg cannot be read" in run.err
    run = catforensics("blend", "bad", picture_folder(2), "--json")
    assert run.status == 0 and json.loads(run.out)["n_images"] == 2
    assert run.err.startswith("skipped 1:\n  bad/mem.jpg cannot be read")


@contextmanager
def nobody() -> Iterator[None]:
    """Do without the rights of root, who may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_permission_denied(catforensics, monkeypatch):
    # Not in tmp_path, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.chdir(folder)
        for name in ("closed.png", "open.png"):
            Path(name).write_bytes(picture())
        # Once with all rights, so that what the commands import is loaded.
        assert catforensics("profile", "closed.png", "open.png", "missing").status == 0
        assert catforensics("profile", "open.png", "-o", "x/a.png").status == 0
        Path("closed.png").chmod(0)
        Path("x").chmod(0o555)
        before = everything()
        with nobody():
            alone = catforensics("profile", "closed.png", "--json")
            among = catforensics("profile", "closed.png", "open.png")
            closed_folder = catforensics("profile", "open.png", "-o", "x/b.png")
            below = catforensics("profile", "open.png", "-o", "x/y/b.png")
        assert alone.refused and "closed.png cannot be read, permission denied" in alone.err
        assert among.status == 0 and len(among.out.splitlines()) == 1
        assert among.err.startswith("skipped 1:\n  closed.png cannot be read, permission denied")
        for run in (closed_folder, below):
            assert run.refused and "cannot write x/" in run.err and "Permission denied" in run.err
        assert everything() == before
        Path("x").chmod(0o755)


# Where results go


def test_an_existing_result_is_refused_before_any_picture_is_read(catforensics, picture_folder):
    cats = picture_folder(2).name
    for name in ("blend/profiles.csv", "comparison/compare.svg", "0-profile.png", "lines"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("mine")
    Path(f"{cats}/bad.jpg").write_bytes(b"")
    before = everything()
    for taken, arguments in (
        ("blend/profiles.csv", ["blend", cats, "--strict"]),
        ("comparison/compare.svg", ["compare", cats, cats, "--strict"]),
        ("0-profile.png", ["profile", f"{cats}/0.png"]),
        ("lines", ["profile", cats, "-o", "lines"]),
    ):
        run = catforensics(*arguments)
        assert run.refused and f"{taken} exists already: pass --force" in run.err
        assert everything() == before


def test_a_file_or_folder_in_the_way_of_the_results(catforensics, picture_folder):
    cats = picture_folder(2).name
    Path("file").write_text("mine")
    Path("x/blend.npz").mkdir(parents=True)
    Path("y.png").mkdir()
    before = everything()
    for arguments in (
        ["blend", cats, "-o", "file"],
        ["blend", cats, "-o", "file/x"],
        ["blend", cats, "-o", "x", "--force"],
        ["compare", cats, cats, "-o", "file"],
        ["demo", "-o", "file"],
        ["profile", f"{cats}/0.png", "-o", "y.png", "--force"],
        ["profile", cats, "-o", "file/x"],
    ):
        run = catforensics(*arguments)
        assert run.refused and "cannot write" in run.err
        assert everything() == before


@pytest.mark.parametrize("limit", [5_000, 30_000])
def test_a_full_disk(catforensics, picture_folder, limit):
    cats = picture_folder(2).name
    catforensics("blend", cats, "-o", "old")
    before = everything()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        for arguments in (
            ["blend", cats, "-o", "new"],
            ["blend", cats, "-o", "old", "--force"],
            ["compare", cats, cats, "-o", "new"],
            ["profile", f"{cats}/0.png", "-o", "new/x.png"],
            ["profile", *[f"{cats}/0.png", f"{cats}/1.jpg"], "-o", "new/x"],
        )[: 5 if limit == 5_000 else 3]:
            run = catforensics(*arguments)
            assert run.refused and "cannot write" in run.err and "too large" in run.err
            assert everything() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def small_disk(here) -> Iterator[Path]:
    disk = here / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_small_disk(catforensics, picture_folder, small_disk):
    cats = picture_folder(2)
    for arguments in (["blend", cats], ["compare", cats, cats]):
        run = catforensics(*arguments, "-o", small_disk / "x")
        assert run.refused and "No space left on device" in run.err
        assert list(small_disk.iterdir()) == []


def test_a_device_that_is_full(picture_folder):
    cats = picture_folder(2).name
    for arguments in (["blend", cats, "--json"], ["profile", cats]):
        with open("/dev/full", "wb") as full:
            run = subprocess.run(
                [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
        assert "No space left on device" in run.stderr


@pytest.mark.parametrize("arguments", [["profile", "cats"], ["blend", "cats", "--json"]])
def test_a_closed_pipe(picture_folder, arguments):
    picture_folder(3)
    before = everything()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert told == "catforensics: the reader of the output went away before the end\n"
    assert everything() == before


# Ctrl-C in the middle

SLOW = """
import pathlib, signal, sys, time
# What a shell runs in the background has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from forensics.engine import geometry as blend
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


def test_a_shard_cut_short_gives_what_it_has_and_ends_with_1(catforensics, picture_folder):
    cats = picture_folder(6)
    with tarfile.open("whole.tar", "w") as archive:
        for path in sorted(cats.iterdir()):
            archive.add(path, path.name)
    whole = Path("whole.tar").read_bytes()
    Path("00017.tar").write_bytes(whole[: len(whole) // 2])
    run = catforensics("blend", "00017.tar", "-o", "x")
    assert run.status == 1 and "00017.tar could not be read to its end" in run.err
    n = load_blend("x/blend.npz").n_images
    assert 2 <= n < 6 and run.out.startswith(f"{n} pictures blended.")
    assert catforensics("blend", "00017.tar", "-o", "y", "--strict").refused
    assert not Path("y").exists()
    assert catforensics("features", "00017.tar", "-o", "x/table.csv").status == 1
    with open("x/table.csv", newline="") as file:
        errors = [row["error"] for row in csv.DictReader(file)]
    assert errors.count("") == n
