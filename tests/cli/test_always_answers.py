"""A command always answers: typed twice, in a folder of everything, whatever is in the way."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

README = Path(__file__).parents[2] / "README.md"


def first_commands(n: int) -> list[list[str]]:
    block = re.search(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    lines = [line.partition("#")[0].partition(">")[0] for line in block[1].splitlines()[:n]]
    return [shlex.split(line)[1:] for line in lines]


@pytest.mark.slow
def test_the_first_commands_of_the_readme_typed_twice_give_ten_answers(
    catforensics, picture_folder, cat
):
    for name in ("images", "suspect", "photographs"):
        picture_folder(3, name)
    Pillow.fromarray(cat).save("img.png")
    commands = first_commands(5)
    assert [words[0] for words in commands] == ["blend", "inspect", "profile", "compare", "inspect"]
    answers = []
    for words in commands * 2:
        before = set(os.listdir())
        run = catforensics(*words)
        assert run.status == 0 and run.out
        answers.append((words, run.out, set(os.listdir()) - before))
    for (words, once, new), (again, twice, newer) in zip(answers[:5], answers[5:], strict=True):
        assert words == again and once == twice
        assert len(new) == len(newer) == (0 if words == commands[4] else 1) and not new & newer


def encoded(kind: str, number: int, **options: object) -> bytes:
    rng = np.random.default_rng(number)
    file = io.BytesIO()
    Pillow.fromarray(rng.integers(0, 256, (80, 96, 3), dtype=np.uint8)).save(file, kind, **options)
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def a_hundred_files() -> dict[str, bytes]:
    """Of many kinds; half of them broken, renamed or foreign."""
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF", "bmp": "BMP", "gif": "GIF"}
    files = {}
    for number in range(50):
        ending, kind = list(kinds.items())[number % 6]
        files[f"good{number}.{ending}"] = encoded(kind, number)
    for number in range(10):  # renamed: content decides
        files[f"renamed{number}.{('jpg', 'png')[number % 2]}"] = encoded(
            ("PNG", "JPEG")[number % 2], 50 + number
        )
    for number in range(5):
        files[f"cache_{number}"] = encoded("JPEG", 60 + number)
        files[f"tweet{number}.jpg_large"] = encoded("JPEG", 70 + number)
        files[f"cut{number}.png"] = encoded("PNG", 80 + number)[:900]
        files[f"empty{number}.jpg"] = b""
        files[f"text{number}.png"] = b"no picture at all"
        files[f"notes{number}.txt"] = b"words"
        files[f"._mac{number}.jpg"] = b"fork"
    within = zipped({"in.png": encoded("PNG", 90), "deep.zip": zipped({"x.png": b""})})
    files["set.zip"] = within
    files["film.mp4"] = b"\0\0\0\x18ftypmp42"
    files["scan.pdf"] = b"%PDF-1.7"
    files["odd"] = b"odd"
    files["raw.nef"] = b"MM\0*" + bytes(60)
    return files


@pytest.mark.slow
def test_a_hundred_files_of_all_kinds_are_all_accounted_for(catforensics, monkeypatch):
    files = a_hundred_files()
    assert len(files) == 100
    Path("set").mkdir()
    for name, data in files.items():
        Path("set", name).write_bytes(data)
    run = catforensics("inspect", "set")
    measured = {Path(json.loads(line)["path"]).name for line in run.out.splitlines()}
    good = {name for name in files if name.startswith(("good", "renamed", "cache", "tweet"))}
    assert measured == good | {"in.png"}
    skipped = dict(re.findall(r"^  set/(\S+) (.*)$", run.err, re.MULTILINE))
    bad = {name for name in files if name.startswith(("cut", "empty", "text", "raw"))}
    assert set(skipped) == bad | {"set.zip/deep.zip"} and all(skipped.values())
    passed = re.search(r"^passed over as no pictures: (.*)$", run.err, re.MULTILINE)
    assert passed is not None
    assert sorted(passed[1].split(", ")) == sorted(
        [".txt (5)", "hidden (5)", ".mp4 (1)", ".pdf (1)", "without an extension (1)"]
    )
    n_passed = sum(map(int, re.findall(r"\((\d+)\)", passed[1])))
    assert len(good) + len(bad) + n_passed + 1 == 100 and run.status == 0  # and the archive
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    table = catforensics("inspect", "set").out.splitlines()
    assert not any(line.startswith("{") for line in table)
    assert len([line for line in table[1:] if not line.startswith(" ")]) == len(measured)


def test_a_pattern_of_the_shell_that_names_a_broken_file_ends_with_status_1(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"")
    named = [str(path) for path in sorted(Path(cats).iterdir())]
    run = catforensics("classify", *named)
    assert run.status == 1 and len(run.out.splitlines()) == 4
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        archive.add(cats)
    Path("cats.tar").write_bytes(tarred.getvalue())
    assert catforensics("classify", "cats.tar").status == 0  # a member was not named
