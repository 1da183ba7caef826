"""Which frame is measured, and what becomes of damaged pictures, by each command that says so."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

import forensics as cf
from forensics.errors import ImageReadError

MEASURING = [(command, "--json") for command in ("inspect", "classify", "profile", "blend")]


@pytest.fixture
def film(cat, tmp_path) -> Path:
    frames = [Pillow.fromarray(cat[n : n + 128, :128]) for n in (0, 40, 80)]
    path = tmp_path / "film.png"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


@pytest.fixture
def broken(cat, tmp_path) -> Path:
    file = io.BytesIO()
    Pillow.fromarray(cat[:128, :128]).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    path = tmp_path / "broken.jpg"
    path.write_bytes(data[: data.rindex(b"\xff\xda")] + b"\xff\xd9")
    return path


@pytest.mark.parametrize("command", MEASURING)
def test_a_frame_is_chosen(catforensics, film, cat, command):
    for number, top in enumerate((0, 40, 80)):
        run = catforensics(*command, film, "--frame", number)
        record = json.loads(run.out)
        assert run.status == 0 and record["shape"] == [128, 128, 3]
        if command[0] == "blend":
            expected = np.round(cat[top : top + 128, :128].mean((0, 1)), 4)
            assert record["mean_color"] == expected.tolist()
        else:
            assert (record["file"]["frame"], record["file"]["frames"]) == (number, 3)
    run = catforensics(*command, film, "--frame", 3)
    assert run.refused and "has 3 frames, counted from 0" in run.err
    assert "--frame 2" in run.err


def test_the_first_frame_is_measured_and_said(catforensics, film):
    for command in ("inspect", "profile", "classify"):
        figure = [] if command == "classify" else ["-o", film.with_name(f"{command}.png")]
        run = catforensics(command, film, "--quiet", *figure)
        assert "has 3 frames, counted from 0: frame 0" in " ".join(run.out.split())


@pytest.mark.parametrize("command", MEASURING)
def test_a_damaged_picture_is_left_out_or_kept(catforensics, broken, command):
    run = catforensics(*command, broken)
    assert run.refused and "is a damaged JPEG (its last scans are missing)" in run.err
    assert "pass --damaged keep" in run.err
    run = catforensics(*command, broken, "--damaged", "keep")
    assert run.status == 0
    if command[0] == "blend":
        assert "damaged pictures are kept" in run.err
    else:
        assert json.loads(run.out)["file"]["damaged"] == "its last scans are missing"
    assert catforensics(*command, broken, "--damaged", "maybe").status == 2


def test_features_have_a_column_of_damage_and_of_frames(catforensics, broken, film, tmp_path):
    for damaged in ("skip", "keep"):
        table = tmp_path / f"{damaged}.csv"
        run = catforensics("features", broken, film, "-o", table, "--damaged", damaged)
        assert run.status == (1 if damaged == "skip" else 0)
        first, second = csv.DictReader(table.read_text().splitlines())
        assert first["damaged"] == ("its last scans are missing" if damaged == "keep" else "")
        assert ("is a damaged JPEG" in first["error"]) == (damaged == "skip")
        assert (second["frame"], second["frames"], second["damaged"]) == ("0", "3", "")


def test_a_card_counts_the_damaged(catforensics, broken, film, tmp_path):
    catforensics("data", "card", broken, film, "-o", tmp_path / "card.md")
    card = (tmp_path / "card.md").read_text()
    assert "| damaged | no: 1, yes: 1 |" in card or "| damaged | yes: 1, no: 1 |" in card
    assert "| frames or pages | " in card


def test_verbs_take_both(broken, film, cat):
    assert cf.inspect(film, frame=1).record.frame == 1
    assert cf.profile(str(film), frame=2).record.frames == 3
    assert np.array_equal(cf.blend([film], frame=1).mean, cat[40:168, :128])
    assert cf.classify([film], frame=2)[0].record.frame == 2
    assert cf.features([film], frame=2)["frame"].tolist() == [2]
    with pytest.raises(ImageReadError, match="is a damaged JPEG"):
        cf.inspect(broken)
    assert cf.inspect(broken, damaged="keep").record.damaged
    assert cf.features([broken], damaged="keep")["damaged"][0]
