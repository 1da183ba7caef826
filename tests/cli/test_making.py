from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from waiting import ctrl_c_at

from forensics import cli
from forensics.cli import deliver, simulate
from forensics.engine import deliveries as engine
from forensics.images.delivery import simulate as uplayers
from forensics.images.delivery.chains import CHAINS
from forensics.images.read import read_pixels
from forensics.images.sources.find import find_images

DELIVERIES = [["--chain", name] for name in CHAINS] + [
    ["--random"],
    ["--step", "crop 90x100 at (3, 5)", "--step", "resize x0.75", "--step", "jpeg q75"],
]
COMMANDS = {
    "simulate": (simulate.simulate_command, simulate.SIMULATE_EXAMPLE),
    "deliver": (deliver.deliver_command, deliver.DELIVER_EXAMPLE),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, (command, example) in COMMANDS.items():
        if name not in {registered.name for registered in cli.app.registered_commands}:
            monkeypatch.setattr(cli.app, "registered_commands", list(cli.app.registered_commands))
            cli._add(name, command, example)
    return tmp_path


@pytest.fixture
def cats(picture_folder) -> str:
    return picture_folder(5).name


def names(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def manifest(folder: str) -> list[dict]:
    return [json.loads(line) for line in Path(folder, "manifest.jsonl").read_text().splitlines()]


def contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_the_words_of_the_options_are_those_of_the_library():
    assert get_args(simulate.Layer) == uplayers.LAYERS
    assert get_args(deliver.Chain) == CHAINS


def test_simulate_writes_pictures_and_a_manifest(catforensics, cats):
    before = contents(cats)
    run = catforensics("simulate", cats, "--layer", "nearest", "--seed", 3, "--reduce", 2)
    assert run.status == 0 and run.err == "written to simulated/\n"
    assert run.out.startswith("5 pictures simulated, luma at ")
    assert names("simulated") == {*(f"{n}.png" for n in range(5)), "manifest.jsonl"}
    assert contents(cats) == before
    for place, record in enumerate(manifest("simulated")):
        assert (record["index"], record["seed"]) == (place, 3)
        assert record["path"] == find_images(cats).images[place].name
        assert record["shape"] == [64, 64, 3] and record["format_version"] == 2
        assert [step["step"] for step in record["steps"]] == ["resize", "simulate"]
        assert record["steps"][1]["layer"] == "nearest" and record["steps"][1]["psnr"] > 20
        assert read_pixels(f"simulated/{record['output']}").shape == (64, 64, 3)


@pytest.mark.parametrize("how", DELIVERIES)
def test_deliver_writes_pictures_and_a_manifest(catforensics, cats, how):
    run = catforensics("deliver", cats, *how)
    assert run.status == 0 and run.err == "written to delivered/\n"
    records = manifest("delivered")
    assert {record["output"] for record in records} | {"manifest.jsonl"} == names("delivered")
    for record in records:
        assert list(read_pixels(f"delivered/{record['output']}").shape) == record["shape"]
        assert Path(record["output"]).stem == Path(record["path"]).stem


@pytest.mark.parametrize(
    "command",
    [["simulate", "--layer", "pixel-shuffle"], *(["deliver", *how] for how in DELIVERIES)],
)
def test_the_same_seed_makes_the_same_files(catforensics, cats, command):
    name, *how = command
    for folder, workers in (("a", 1), ("b", 3)):
        arguments = [cats, *how, "-o", folder, "--seed", 9, "--workers", workers, "-q"]
        assert catforensics(name, *arguments).err == ""
    assert contents("a") == contents("b")


def test_strength_0_gives_the_pictures_back(catforensics, cats):
    assert catforensics("simulate", cats, "--strength", 0).out == (
        "5 pictures simulated, luma unchanged by saving.\n"
    )
    for record in manifest("simulated"):
        made = read_pixels(f"simulated/{record['output']}")
        assert np.array_equal(made, read_pixels(record["path"]))


def test_what_to_do_is_said_once(catforensics, cats):
    for how in ([], ["--random", "--chain", "social"], ["--random", "--step", "png"]):
        run = catforensics("deliver", cats, *how)
        assert run.refused and "pass one of --chain, --random and --step" in run.err
    run = catforensics("deliver", cats, "--step", "jpeg q0")
    assert run.refused and "quality is 0" in run.err
    assert names(".") == {cats}


@pytest.mark.parametrize(
    "arguments",
    [["simulate"], ["simulate", "cats", "--layer", "deep"], ["simulate", "cats", "--strength", "5"],
     ["simulate", "cats", "--seed", "-1"], ["simulate", "cats", "--reduce", "0.5"],
     ["deliver"], ["deliver", "cats", "--chain", "fax"], ["deliver", "cats", "--workers", "0"]],
)  # fmt: skip
def test_wrong_usage_is_status_2(catforensics, cats, arguments):
    run = catforensics(*arguments)
    assert run.status == 2 and run.out == "" and names(".") == {cats}


@pytest.mark.parametrize("command", [["simulate"], ["deliver", "--random"]])
def test_bad_pictures_are_counted_and_named(catforensics, cats, command):
    Path(f"{cats}/2.png").write_bytes(b"cats")
    Path(f"{cats}/9.jpg").write_bytes(b"")
    run = catforensics(*command, cats, "missing", "-o", "out")
    assert run.status == 1 and run.out.startswith("4 pictures ")
    lines = run.err.splitlines()
    assert lines[0] == "skipped 3:" and lines[1].startswith("  missing does not exist")
    assert lines[2].startswith(f"  {cats}/2.png is no picture")
    assert lines[3].startswith(f"  {cats}/9.jpg is empty")
    assert [record["index"] for record in manifest("out")] == [0, 1, 3, 4]
    run = catforensics(*command, cats, "-o", "strict", "--strict")
    assert run.refused and f"{cats}/2.png is no picture" in run.err
    run = catforensics(*command, f"{cats}/2.png", "-o", "bad")
    assert run.refused and "no picture was left" in run.err
    assert names(".") == {cats, "out"}


def test_equal_names_are_numbered(catforensics, cats, picture_folder):
    other = picture_folder(2, "other").name
    catforensics("deliver", cats, other, "--step", "png", "-o", "out", "-q")
    assert {"0.png", "1.png", "0-2.png", "1-2.png"} <= names("out")
    paths = {record["output"]: record["path"] for record in manifest("out")}
    assert paths["0.png"] == f"{cats}/0.png" and paths["0-2.png"] == f"{other}/0.png"


@pytest.mark.parametrize("command", [["simulate"], ["deliver", "--random"]])
def test_nothing_is_overwritten_unless_told_and_no_input_ever(catforensics, cats, command):
    assert catforensics(*command, cats, "-o", "out", "-q").err == ""
    before = contents("out")
    run = catforensics(*command, cats, "-o", "out", "--seed", 1)
    assert run.refused and "exist already: pass --force" in run.err and contents("out") == before
    assert catforensics(*command, cats, "-o", "out", "--seed", 1, "--force", "-q").status == 0
    assert contents("out") != before and len(manifest("out")) == len(names("out")) - 1
    before = contents(cats)
    for folder in (cats, f"./{cats}/"):
        run = catforensics(*command, cats, "-o", folder, "--force")
        assert run.refused and "would be read from where the results go" in run.err
    assert contents(cats) == before


def test_a_full_disk_takes_back_what_was_written(catforensics, cats, monkeypatch):
    from forensics.errors import OutputError
    from forensics.views import folders as madefolder

    write, count = madefolder.writing, []

    def fails(path):
        count.append(path)
        if len(count) == 3:
            raise OutputError(f"cannot write {path}: no space left on device")
        return write(path)

    monkeypatch.setattr(madefolder, "writing", fails)
    run = catforensics("deliver", cats, "--step", "jpeg q75", "-o", "a/b")
    assert run.refused and "no space left" in run.err and names("a") == set()


@pytest.mark.parametrize("name", ["iter_delivered", "iter_simulated"])
def test_ctrl_c_keeps_what_is_done(catforensics, cats, monkeypatch, name):
    for number in range(60):
        os.link(f"{cats}/1.jpg", f"{cats}/x{number}.jpg")
    read, called = engine.read_image, ctrl_c_at(6)

    def interrupted(source, **options):
        called()
        return read(source, **options)

    monkeypatch.setattr(engine, "read_image", interrupted)
    command = {"iter_delivered": ["deliver", "--step", "png"], "iter_simulated": ["simulate"]}[name]
    run = catforensics(*command, cats, "-o", "out")
    records = manifest("out")
    assert run.status == 130 and f"stopped early, after {len(records)} pictures" in run.err
    assert 6 <= len(records) < 40
    assert {record["output"] for record in records} | {"manifest.jsonl"} == names("out")


def test_names_that_are_no_text_can_be_made(catforensics, cats):
    name = f"{cats}/a\udcff\x1b[31m\n.png"
    os.rename(f"{cats}/0.png", name)
    run = catforensics("deliver", name, "--step", "jpeg q75", "-o", "out")
    assert run.status == 0 and all(line.isprintable() for line in run.err.splitlines())
    (record,) = manifest("out")
    assert record["path"] == name and record["output"] == "a\udcff\x1b[31m\n.jpg"
    assert record["output"] in names("out")


def test_archives_are_read_in_place(catforensics, cats):
    import zipfile

    with zipfile.ZipFile("cats.zip", "w") as archive:
        for path in sorted(Path(cats).iterdir()):
            archive.write(path)
    simulate = partial(catforensics, "simulate", "--layer", "transposed-5", "-q")
    assert simulate(cats, "-o", "a").status == simulate("cats.zip", "-o", "b").status == 0
    a, b = contents("a"), contents("b")
    del a["manifest.jsonl"], b["manifest.jsonl"]
    assert a == b
