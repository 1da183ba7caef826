"""Whatever it is given, a command refuses in one sentence or names a skip, and leaves no mess."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.engine.blend import load_blend

COMMAND = [sys.executable, "-m", "forensics"]


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


def cut_and_closed() -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (128, 128), "red").save(file, "JPEG", progressive=True)
    data = file.getvalue()
    return data[: data.rindex(b"\xff\xda")] + b"\xff\xd9"


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
    "truncated.jpg": (lambda: picture("JPEG")[:4000], "is a damaged JPEG (cut off, missing"),
    "zero.jpg": (lambda: b"", "is empty (0 bytes)"),
    "huge.png": (huge_png, "60000 x 60000 pixels, 3600 megapixels"),
    "huge.jpg": (huge_jpeg, "60000 x 60000 pixels, 3600 megapixels"),
    "checksum.png": (wrong_checksum, "checksum"),
    "cut.jpg": (cut_and_closed, "is a damaged JPEG (its last scans are missing)"),
    "a.jxl": (lambda: b"\xff\x0a" + bytes(100), "is a JPEG XL picture, which is not read"),
    "canon.tif": (lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(100), "is a camera RAW file"),
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
def test_alone_it_is_refused_in_one_sentence(catforensics, bad, how, everything):
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


def test_among_others_it_is_a_counted_skip(catforensics, bad, picture_folder, everything):
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
def test_a_place_without_pictures_is_refused(catforensics, place, told, everything):
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


LEFT_OUT = "{} was left out, for the reason above: mend or omit it\n"


def test_a_missing_path_among_others_is_a_counted_skip_and_status_1(catforensics, picture_folder):
    cats = picture_folder(2).name
    run = catforensics("blend", cats, "missing", "--json")
    assert run.status == 1 and json.loads(run.out)["n_images"] == 2
    assert run.err == (
        "skipped 1:\n  missing does not exist: check the spelling\n"
        f"catforensics: {LEFT_OUT.format('missing')}"
    )
    run = catforensics("profile", cats, "missing", "absent")
    assert run.status == 1 and "catforensics: 2 of what was named were left out" in run.err


def test_what_is_named_within_a_folder_that_is_named_counts_as_named(catforensics, picture_folder):
    cats = picture_folder(2).name
    Path(f"{cats}/bad.jpg").write_bytes(b"")
    assert catforensics("profile", cats).status == 0
    run = catforensics("profile", cats, f"./{cats}/bad.jpg", "-q")
    assert run.status == 1 and run.err == f"catforensics: {LEFT_OUT.format(f'{cats}/bad.jpg')}"


def test_what_is_named_on_stdin_or_in_a_table_and_missing_is_status_1(
    catforensics, picture_folder, tmp_path
):
    cats = picture_folder(2).name
    rows = [f"{cats}/0.png", f"{cats}/1.jpg", "gone.jpg", "lost.jpg"]
    Path("set.csv").write_text("path\n" + "\n".join(rows))
    for run in (
        catforensics("profile", "-", "--json", stdin="\n".join(rows).encode()),
        catforensics("blend", "-", "--json", stdin="\n".join(rows).encode()),
        catforensics("blend", "set.csv", "--json"),
        catforensics("features", "set.csv", "-o", "features.csv"),
    ):
        assert run.status == 1 and "2 of what was named were left out" in run.err
        assert "gone.jpg does not exist" in run.err and "skipped 2:" in run.err
    run = catforensics("blend", "-", "--json", stdin="\n".join(rows[:3]).encode())
    assert run.status == 1 and run.err.endswith(LEFT_OUT.format("gone.jpg"))


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
    assert record["n_skipped"] == 2
    assert record["skipped"][0]["reason"] == reason.replace("--size 80", "size=80")
    run = catforensics("blend", cats, "--size", 80, "--json")
    assert json.loads(run.out)["n_images"] == 6 and run.err == ""


def test_a_one_pixel_picture(catforensics, picture_folder, everything):
    Path("one.png").write_bytes(picture(shape=(1, 1)))
    before = everything()
    for arguments in (["blend", "one.png"], ["profile", "one.png"], ["compare", *["one.png"] * 2]):
        run = catforensics(*arguments)
        assert run.refused and everything() == before
    cats = picture_folder(3).name
    run = catforensics("blend", cats, "one.png", "--json")
    assert run.status == 1 and json.loads(run.out)["n_images"] == 3
    assert "one.png has shape (1, 1, 3)" in run.err
    run = catforensics("blend", cats, "one.png", "--size", 100, "--json")
    assert run.status == 1 and json.loads(run.out)["n_skipped"] == 1
    run = catforensics("profile", cats, "one.png")
    assert run.status == 1 and len(run.out.splitlines()) == 3
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


def test_permission_denied(catforensics, monkeypatch, everything):
    # Not in tmp_path, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.chdir(folder)
        for name in ("closed.png", "open.png"):
            Path(name).write_bytes(picture())
        # Once with all rights, so that what the commands import is loaded.
        assert catforensics("profile", "closed.png", "open.png", "missing").status == 1
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
        assert among.status == 1 and len(among.out.splitlines()) == 1
        assert among.err.startswith("skipped 1:\n  closed.png cannot be read, permission denied")
        for run in (closed_folder, below):
            assert run.status == 1 and "cannot write x/" in run.err
            assert "no permission to write in the folder" in run.err
            assert run.out.startswith("open.png: ")  # the answer comes without its figure
        assert everything() == before
        Path("x").chmod(0o755)


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
