"""Whatever is in the way of its results, a command says it in one sentence and writes nothing."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "forensics"]


def test_an_existing_result_is_refused_before_any_picture_is_read(
    catforensics, picture_folder, everything
):
    cats = picture_folder(2).name
    for name in ("blend/profiles.csv", "comparison/compare.svg", "lines"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("mine")
    Path(f"{cats}/bad.jpg").write_bytes(b"")
    before = everything()
    for taken, arguments in (
        ("blend/profiles.csv", ["blend", cats, "--strict", "-o", "blend"]),
        ("comparison/compare.svg", ["compare", cats, cats, "--strict", "-o", "comparison"]),
        ("lines", ["profile", cats, "-o", "lines"]),
    ):
        run = catforensics(*arguments)
        assert run.refused and f"{taken} exists already: pass --force" in run.err
        assert everything() == before


def test_a_file_or_folder_in_the_way_of_the_results(catforensics, picture_folder, everything):
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
        assert run.status == 1 and "cannot write" in run.err
        # Of one picture the answer comes without its figure.
        assert (run.out == "") == ("y.png" not in arguments)
        assert everything() == before


def test_no_picture_that_is_read_is_overwritten_whatever_is_forced(
    catforensics, picture_folder, everything
):
    cats = picture_folder(3).name
    before = everything()
    for arguments in (
        ["inspect", f"{cats}/0.png", "-o", f"{cats}/0.png", "--force"],
        ["profile", f"{cats}/0.png", "-o", f"./{cats}/../{cats}/0.png", "--force"],
        ["profile", cats, "-o", f"{cats}/1.jpg", "--force"],
        ["data", "sheet", cats, "-o", f"{cats}/2.png", "--force"],
        ["features", cats, "-o", f"{cats}/0.csv", "--force"],
    ):
        run = catforensics(*arguments)
        if arguments[0] == "features":  # no picture: it may lie there
            assert run.status == 0
            continue
        assert run.status == 1 and "is read, and the result would take its place" in run.err
        assert everything() == before


def test_a_closed_output_is_one_sentence(picture_folder):
    cats = picture_folder(2).name
    for words in ("inspect CATS/0.png", "classify CATS", "blend CATS", "profile CATS --json"):
        line = f"{sys.executable} -m forensics {words.replace('CATS', cats)} >&-"
        run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert run.returncode == 1 and run.stderr.startswith("catforensics: the standard output is")
        assert len(run.stderr.splitlines()) == 1
    assert sorted(os.listdir()) == [cats]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [5_000, 30_000])
def test_a_full_disk(catforensics, picture_folder, limit, everything):
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
            # Of one picture the answer comes all the same.
            assert run.status == 1 and "cannot write" in run.err and "too large" in run.err
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
def test_a_closed_pipe(picture_folder, arguments, everything):
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


# Where nothing can be written


@pytest.fixture
def read_only(monkeypatch, tmp_path) -> None:
    """As for somebody who is not root."""
    monkeypatch.setattr("forensics.output.os.access", lambda path, mode, **_: mode != os.W_OK)


@pytest.mark.parametrize("command", ["inspect", "profile"])
def test_in_a_folder_that_is_read_only_the_answer_comes(
    catforensics, read_only, picture_folder, command
):
    picture = f"{picture_folder(1).name}/0.png"
    run = catforensics(command, picture)
    assert run.status == 1 and picture in run.out
    assert (
        "no permission to write" in run.err and "-o" in run.err and "free some room" not in run.err
    )
    assert catforensics(command, picture, "--json").status == 0


@pytest.mark.parametrize("command", ["blend", "spectrum", "report"])
def test_what_needs_a_folder_is_refused_before_it_works(
    catforensics, read_only, picture_folder, command
):
    cats = picture_folder(2).name
    run = catforensics(command, cats)
    assert (
        run.refused
        and "no permission to write" in run.err
        and "name another place with -o" in run.err
    )
    run = catforensics(command, cats, "-o", "elsewhere.html")
    assert run.refused and "write elsewhere, or make it writable" in run.err


def test_a_figure_that_cannot_be_written_does_not_take_the_answer_away(
    catforensics, picture_folder, monkeypatch
):
    picture = f"{picture_folder(1).name}/0.png"

    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("forensics.output.tempfile.mkstemp", refused)
    for command in ("inspect", "profile"):
        run = catforensics(command, picture)
        assert run.status == 1 and picture in run.out and "drawn in" not in run.err
        assert "Permission denied: write elsewhere, or make its folder writable" in run.err


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", "x.png", "-o", ""], ["blend", "x", "--output", ""], ["blend", "x", "--output="],
        ["report", "x", "-o", ""], ["data", "split", "x", "-o", ""], ["audit", "x", "y", "-o", ""],
        ["features", "x", "-o", ""], ["train", "x", "y", "-o", ""],
    ],
)  # fmt: skip
def test_an_empty_output_is_one_sentence(catforensics, words):
    run = catforensics(*words)
    said = " ".join(run.err.replace("│", " ").split())
    assert run.status == 2 and "--output is empty: name a path, or leave it out" in said
