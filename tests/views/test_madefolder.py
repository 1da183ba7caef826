from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.engine.deliveries import MadePicture, MadeStep
from forensics.errors import OutputError
from forensics.images.delivery.steps import Crop, Jpeg, step_numbers
from forensics.images.sources.find import Skipped
from forensics.images.sources.local import BytesSource, FileSource
from forensics.views.folders import (
    MADE_MANIFEST,
    check_folder,
    manifest_record,
    output_stems,
    render_made,
    save_made,
)


def made(path: str, *, data: bytes = b"pixels", container: str = "PNG", psnr=38.125) -> MadePicture:
    steps = (
        MadeStep(Crop(0, 0, 2, 3), None),
        MadeStep(Jpeg(75), psnr),
    )
    return MadePicture(path, "00", 1, 4, 7, (2, 3, 3), data, container, steps)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0/")), unique=True))
def test_every_picture_has_a_name_of_its_own(given_names):
    stems = output_stems([BytesSource(f"a/{name}.png", b"") for name in given_names])
    assert len({stem.casefold() for stem in stems.values()}) == len(given_names)
    assert all(stem and not stem.startswith(".") and "/" not in stem for stem in stems.values())
    assert all(len(stem.encode()) <= 255 - 20 for stem in stems.values())


def test_names_are_kept_and_numbered_where_they_repeat():
    found = ["a/1.jpg", "b/1.png", "c/1-2.png", "cats.zip/x/1.JPG", "A.png", "a.png", ".x.png"]
    stems = output_stems([FileSource(name) for name in found])
    assert list(stems.values()) == ["1", "1-2", "1-2-2", "1-3", "A", "a-2", "x"]


def test_pictures_and_their_manifest_are_written(tmp_path):
    stems = {"a/1.jpg": "1", "b/1.jpg": "1-2"}
    items = [
        made("a/1.jpg"),
        Skipped("c.jpg", "is empty"),
        made("b/1.jpg", data=b"more", container="JPEG", psnr=math.inf),
    ]
    records, skipped = save_made(items, tmp_path / "out", stems)
    assert names(tmp_path / "out") == ["1-2.jpg", "1.png", MADE_MANIFEST]
    assert (tmp_path / "out/1-2.jpg").read_bytes() == b"more"
    lines = (tmp_path / "out" / MADE_MANIFEST).read_text().splitlines()
    assert [json.loads(line) for line in lines] == records and skipped == [items[1]]
    assert records[0] == {
        "format_version": 2,
        "path": "a/1.jpg",
        "sha256": "00",
        "orientation": 1,
        "output": "1.png",
        "output_sha256": hashlib.sha256(b"pixels").hexdigest(),
        "shape": [2, 3, 3],
        "seed": 7,
        "index": 4,
        "steps": [
            {**step_numbers(Crop(0, 0, 2, 3)), "text": "crop 2x3 at (0, 0)", "psnr": None},
            {**step_numbers(Jpeg(75)), "text": "jpeg q75 4:2:0", "psnr": 38.12},
        ],
    }
    assert manifest_record(items[2], "1-2.jpg")["steps"][1]["psnr"] is None


def test_where_there_is_nothing_nothing_is_written(tmp_path):
    folder = tmp_path / "out"
    assert save_made([Skipped("a", "is empty")], folder, {}) == ([], [Skipped("a", "is empty")])
    assert not folder.exists()


@pytest.mark.parametrize("error", [OutputError("no room"), KeyboardInterrupt()])
def test_a_run_that_fails_leaves_what_was_there(tmp_path, error):
    def items():
        yield made("1.jpg")
        yield made("2.jpg", data=b"new")
        raise error

    folder = tmp_path / "new" / "out"
    with pytest.raises(type(error)):
        save_made(items(), folder, {"1.jpg": "1", "2.jpg": "2"})
    assert not folder.exists()
    folder.mkdir(parents=True)
    (folder / "2.png").write_bytes(b"old")
    (folder / "notes.txt").write_bytes(b"mine")
    with pytest.raises(type(error)):
        save_made(items(), folder, {"1.jpg": "1", "2.jpg": "2"})
    assert names(folder) == ["2.png", "notes.txt"]


def test_another_container_replaces_the_file_of_an_earlier_run(tmp_path):
    stems = {"1.jpg": "1"}
    save_made([made("1.jpg")], tmp_path, stems)
    save_made([made("1.jpg", container="JPEG")], tmp_path, stems)
    assert names(tmp_path) == ["1.jpg", MADE_MANIFEST]


@pytest.mark.parametrize("there", ["1.png", "1.jpg", "1.webp", MADE_MANIFEST])
def test_results_are_not_overwritten_unless_told(tmp_path, there):
    (tmp_path / there).write_bytes(b"")
    (tmp_path / "else.png").write_bytes(b"")
    images = [BytesSource("a/1.jpg", b"")]
    with pytest.raises(OutputError, match="exists already: pass force=True"):
        check_folder(tmp_path, images, force=False)
    check_folder(tmp_path, images, force=True)
    check_folder(tmp_path / "new", images, force=False)


def test_pictures_are_never_written_where_they_are_read(tmp_path):
    image = FileSource(str(tmp_path / "a" / "1.jpg"))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "a" / ".." / "a"):
        with pytest.raises(OutputError, match="would be read from where the results go"):
            check_folder(folder, [image], force=True)
    check_folder(tmp_path / "a" / "out", [image], force=False)


def test_one_sentence_tells_the_bounds():
    records = [manifest_record(made("1", psnr=psnr), "1") for psnr in (38.0, 44.26, math.inf)]
    assert re.match("3 pictures .* 38.0 to 44.3 dB ", render_made(records, "delivered"))
    assert re.match("1 picture .* unchanged", render_made(records[2:], "delivered"))
