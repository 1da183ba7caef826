from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from forensics.detection.comparison import Side
from forensics.engine.blend import Blend, load_blend
from forensics.errors import OutputError
from forensics.traces.periods import line_bands
from forensics.traces.profiles import line_profiles
from forensics.traces.sums import moments
from forensics.views import folders
from forensics.views.folders import (
    blend_files,
    comparison_files,
    save_blend_folder,
    save_comparison_folder,
)
from forensics.views.results.records import blend_record, comparison_record

BLEND = {"blend.png", "distance.png", "profiles.png", "profiles.csv", "blend.json", "blend.npz"}
COMPARISON = {"compare.png", "compare.svg", "compare.json"}


@pytest.fixture(scope="module")
def done() -> Blend:
    rng = np.random.default_rng(3)
    return Blend(moments([rng.integers(0, 256, (70, 90, 3), dtype=np.uint8) for _ in range(3)]))


@pytest.fixture(scope="module")
def sides(done) -> tuple[Side, Side]:
    return Side("a", done, line_bands(done.mean)), Side("b", done, line_bands(done.mean))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_files_of_a_blend(tmp_path, done):
    folder = tmp_path / "new" / "x"
    save_blend_folder(done, line_bands(done.mean, channel="red"), folder)
    assert names(folder) == {path.name for path in blend_files(folder)} == BLEND
    for name in ("blend.png", "distance.png", "profiles.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    assert load_blend(folder / "blend.npz").moments == done.moments
    record = json.loads((folder / "blend.json").read_text())
    assert record == json.loads(
        json.dumps(blend_record(done, line_bands(done.mean, channel="red")))
    )


@pytest.mark.parametrize("channel", ["luma", "blue"])
def test_the_table_holds_every_profile(tmp_path, done, channel):
    save_blend_folder(done, line_bands(done.mean, channel=channel), tmp_path)
    text = (tmp_path / "profiles.csv").read_bytes()
    assert b"\r" not in text and text.endswith(b"\n")
    rows = list(csv.DictReader(text.decode().splitlines()))
    assert list(rows[0]) == ["axis", "profile", "line", "counts"]
    for profile in line_profiles(done.mean, channel=channel):
        mine = [r for r in rows if (r["axis"], r["profile"]) == (profile.axis, profile.kind)]
        assert [int(row["line"]) for row in mine] == list(range(1, len(profile.values) + 1))
        assert np.allclose([float(row["counts"]) for row in mine], profile.values, rtol=1e-8)
    assert len(rows) == sum(len(profile.values) for profile in line_profiles(done.mean))


def test_the_files_of_a_comparison(tmp_path, sides):
    save_comparison_folder(*sides, tmp_path)
    assert names(tmp_path) == {path.name for path in comparison_files(tmp_path)} == COMPARISON
    assert (tmp_path / "compare.svg").read_text().rstrip().endswith("</svg>")
    record = json.loads((tmp_path / "compare.json").read_text())
    assert record == json.loads(json.dumps(comparison_record(*sides)))


def test_writing_twice_gives_the_same_bytes(tmp_path, done):
    for name in "ab":
        save_blend_folder(done, line_bands(done.mean), tmp_path / name)
    for one in BLEND:
        assert (tmp_path / "a" / one).read_bytes() == (tmp_path / "b" / one).read_bytes()


@pytest.mark.parametrize("was_there", [True, False])
def test_all_files_or_none(tmp_path, done, sides, monkeypatch, was_there):
    folder = tmp_path / "x"
    if was_there:
        folder.mkdir()
        (folder / "blend.png").write_bytes(b"before")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "write_blend", full)
    with pytest.raises(OutputError, match="No space left"):
        save_blend_folder(done, line_bands(done.mean), folder)
    monkeypatch.setattr(folders, "save_figure", full)
    with pytest.raises(OutputError, match="No space left"):
        save_comparison_folder(*sides, folder)
    if was_there:
        assert names(folder) == {"blend.png"}
        assert (folder / "blend.png").read_bytes() == b"before"
    else:
        assert names(tmp_path) == set()
