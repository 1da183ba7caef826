from __future__ import annotations

import csv
import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.images.read import read_pixels

POINTS = "9 90 90 150 90 120 130 60 60 70 30 90 50 180 60 170 30 150 50 "


@pytest.fixture
def photos(rng) -> Path:
    """Photographs with points beside them: of a large face, of a small one, of a turned one."""
    folder = Path("photos")
    folder.mkdir()
    for name, scale, orientation in (("large", 2, 1), ("small", 1, 1), ("turned", 2, 6)):
        side = 120 * scale + 60
        pixels = rng.integers(0, 256, (side, side + 40, 3), dtype=np.uint8)
        exif = Pillow.Exif()
        exif[0x0112] = orientation
        Pillow.fromarray(pixels).save(folder / f"{name}.png", exif=exif)
        numbers = [int(word) * scale for word in POINTS.split()]
        points = " ".join(map(str, [9, *numbers[1:]]))
        (folder / f"{name}.png.cat").write_text(points)
    return folder


def rows(path: str) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_faces_by_points_are_crops_of_stored_pixels(catforensics, photos):
    run = catforensics("data", "faces", photos, "-o", "faces", "--size", 256)
    assert run.status == 0
    assert run.out.startswith("2 faces cut, 1 smaller than 256 pixels left out, 0 pictures")
    told = rows("faces/manifest.csv")
    assert [row["path"] for row in told] == ["large.png", "turned.png"]
    for row in told:
        source = Path(row["source"])
        assert row["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        top, left, side = (int(row[key]) for key in ("row", "column", "side"))
        assert (int(row["grid_row"]), int(row["grid_column"])) == (top % 8, left % 8)
        assert (row["factor"], row["way"], side) == ("1", "points", 256)
        cut = read_pixels(source)[top : top + side, left : left + side]
        np.testing.assert_array_equal(read_pixels(f"faces/{row['path']}"), cut)


def test_faces_may_be_resampled_and_say_so(catforensics, photos):
    run = catforensics("data", "faces", photos, "-o", "faces", "--size", 256, "--resize", "-q")
    assert run.status == 0
    factors = {row["path"]: float(row["factor"]) for row in rows("faces/manifest.csv")}
    assert factors["small.png"] > 1
    assert factors["large.png"] < 1
    assert len(factors) == 3


def test_faces_without_points_are_sought(catforensics, cat, rng):
    pytest.importorskip("cv2", reason="the extra 'faces' is not installed")
    Path("in").mkdir()
    for number in range(4):  # detectors are not shared between threads
        Pillow.fromarray(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(
            f"in/{number}.png"
        )
    run = catforensics("data", "faces", "in", "-o", "out", "--size", 96)
    assert run.out.startswith("0 faces cut, 0 smaller than 96 pixels left out, 4 pictures without")
    assert not Path("out").exists()


@pytest.mark.slow
def test_faces_of_household_photographs(catforensics, data):
    pytest.importorskip("cv2", reason="the extra 'faces' is not installed")
    photo = data / "real" / "photos" / "gpriamo_f96b4c36.jpg"
    run = catforensics("data", "faces", photo, "-o", "out", "--size", 512)
    assert run.out.startswith("1 face cut")
    (told,) = rows("out/manifest.csv")
    assert (told["way"], told["side"], told["factor"]) == ("cascade", "512", "1")


def test_faces_with_bad_points_are_skipped_by_name(catforensics, photos):
    (photos / "large.png.cat").write_text("nine")
    run = catforensics("data", "faces", photos, "-o", "faces", "--size", 256)
    assert run.status == 0
    assert "large.png.cat begins with 'nine'" in run.err
    assert catforensics("data", "faces", photos, "-o", "more", "--strict").refused


def test_a_split_is_by_content_and_its_tables_are_sets(catforensics, picture_folder, rng):
    folder = picture_folder(10)
    for number in range(5):  # near-duplicates: saved again
        pixels = np.asarray(Pillow.open(folder / f"{2 * number}.png"))
        Pillow.fromarray(pixels).save(folder / f"again{number}.jpg", quality=95)
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    run = catforensics("data", "split", folder, "-o", "parts", "--test", 0.4)
    assert run.status == 0
    assert "5 look like another one" in run.out
    parts = [
        {Path(row["path"]).name for row in rows(f"parts/{part}.csv")} for part in ("train", "test")
    ]
    assert len(parts[0] | parts[1]) == 15
    assert not parts[0] & parts[1]
    assert 4 <= len(parts[1]) <= 8
    for number in range(5):
        assert any({f"{2 * number}.png", f"again{number}.jpg"} <= part for part in parts)
    blended = catforensics("blend", "parts/train.csv", "--json", "-q")
    assert f'"n_images": {len(parts[0])}' in blended.out


def test_a_split_depends_on_the_seed_and_not_on_names(catforensics, picture_folder):
    folder = picture_folder(12)

    def test_part(seed: int) -> set[str]:
        catforensics("data", "split", folder, "-o", f"s{seed}", "--seed", seed, "--force", "-q")
        return {row["sha256"] for row in rows(f"s{seed}/test.csv")}

    first = test_part(0)
    assert test_part(0) == first
    assert any(test_part(seed) != first for seed in (1, 2, 3))
    for path in list(folder.iterdir()):
        path.rename(folder / f"z{path.name[::-1]}{path.suffix}")
    assert test_part(0) == first


def test_a_split_keeps_changed_copies_together(catforensics, rng):
    Path("set").mkdir()
    for number in range(12):
        small = rng.integers(0, 256, (10, 12, 3), dtype=np.uint8)
        whole = np.asarray(Pillow.fromarray(small).resize((160, 140)))
        for place, one in enumerate((whole, whole[:, ::-1], whole[9:, 6:-8], np.rot90(whole))):
            Pillow.fromarray(np.ascontiguousarray(one)).save(f"set/{number}-{place}.png")
    assert catforensics("data", "split", "set", "-o", "parts", "--test", "0.5").status == 0
    sides = [
        {Path(row["path"]).stem.split("-")[0] for row in rows(path)}
        for path in ("parts/train.csv", "parts/test.csv")
    ]
    assert len(sides[0]) == len(sides[1]) == 6 and sides[0].isdisjoint(sides[1])


def test_parts_by_source_leave_one_out_at_a_time(catforensics, picture_folder):
    Path("set").mkdir()
    for name in ("one", "two", "three"):
        picture_folder(3, f"set/{name}")
    Path("set/two/copy.png").write_bytes(Path("set/one/0.png").read_bytes())
    turned = Pillow.open("set/one/2.png").transpose(Pillow.Transpose.FLIP_LEFT_RIGHT)
    turned.save("set/three/9.png")
    run = catforensics("data", "split", "set", "-o", "parts", "--by-source")
    assert run.status == 0 and sorted(path.name for path in Path("parts").iterdir()) == [
        "one", "three", "two",
    ]  # fmt: skip
    assert run.out.startswith("one: ")
    test = {row["path"] for row in rows("parts/one/test.csv")}
    train = {row["path"] for row in rows("parts/one/train.csv")}
    assert {Path(path).parent.name for path in test} == {"one"} and len(test) == 3
    # Of the others none that looks like one of them.
    assert {Path(path).parent.name for path in train} == {"two", "three"}
    assert not any(path.endswith("three/9.png") for path in train) and len(train) == 6
    assert catforensics("blend", "parts/one/train.csv", "--json").status == 0
    assert catforensics("data", "split", "set", "-o", "parts", "--by-source").refused
    alone = catforensics("data", "split", "set/one", "-o", "x", "--by-source")
    assert alone.refused and "seem to be from one source" in alone.err


def test_a_split_may_copy(catforensics, picture_folder):
    folder = picture_folder(6)
    assert catforensics("data", "split", folder, "-o", "parts", "--copy", "-q").status == 0
    copied = [path for path in Path("parts").rglob("*") if path.is_file()]
    assert len(copied) == 6
    for path in copied:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


@pytest.mark.parametrize("share", [0, 1])
def test_a_share_that_is_none(catforensics, picture_folder, share):
    run = catforensics("data", "split", picture_folder(4), "-o", "parts", "--test", share)
    assert run.refused
    assert "above 0 and below 1" in run.err


def test_one_picture_many_times_cannot_be_split(catforensics, rng):
    Path("in").mkdir()
    pixels = rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)
    for quality in (95, 96, 97):
        Pillow.fromarray(pixels).save(f"in/{quality}.jpg", quality=quality)
    run = catforensics("data", "split", "in", "-o", "parts")
    assert run.refused
    assert "3 pictures look alike" in run.err


def test_a_sheet_shows_every_picture(catforensics, picture_folder):
    folder = picture_folder(11)
    Path(folder, "bad.png").write_bytes(b"x")
    run = catforensics("data", "sheet", folder, "-o", "sheet.png")
    assert (run.status, run.out) == (0, "sheet.png\n")
    assert "skipped 1:" in run.err
    height, width = read_pixels("sheet.png").shape[:2]
    assert width == 8 * 140 + 12
    assert height > 2 * 140
    assert catforensics("data", "sheet", folder, "-o", "few.png", "-n", 3, "-q").status == 0
    assert catforensics("data", "sheet", folder, "-o", "sheet.txt").refused


def test_a_card_counts_what_files_tell_and_leaves_the_rest_open(catforensics, picture_folder):
    folder = picture_folder(6, "a|b <i>")
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "bad.png").write_bytes(b"x")
    run = catforensics("data", "card", folder)
    assert (run.status, run.out) == (0, "card.md\n")
    card = Path("card.md").read_text()
    assert card.startswith("# ")
    assert "a\\|b \\<i\\>" in card.splitlines()[0]
    assert "6 pictures. 1 file has the bytes of another one" in card
    assert "1 could not be read" in card
    assert "| format | JPEG: 3, PNG: 3 |" in card or "| format | PNG: 3, JPEG: 3 |" in card
    assert "| JPEG quality | no JPEG: 3, 85: 3 |" in card or "85: 3, no JPEG: 3" in card
    for field in ("## Licence", "## Source", "## Consent", "## Known gaps"):
        assert field in card


def test_results_do_not_come_to_lie_among_the_pictures(catforensics, picture_folder):
    folder = picture_folder(4)
    for command in ("faces", "split"):
        run = catforensics("data", command, folder, "-o", os.path.dirname(folder))
        assert run.refused
        assert "would be read from where the results go" in run.err


def test_every_data_command_has_its_example(catforensics):
    for name in ("collect", "faces", "split", "sheet", "card"):
        told = catforensics("data", name, "--help").out
        assert (
            told.strip().splitlines()[-1].strip().startswith(f"Example: catforensics data {name}")
        )
        assert catforensics("data", name, "-h").out == told


def test_the_help_says_how_far_cut_copies_are_found(catforensics):
    """The figures are those of the evaluation, which `benchmarks/check_copies.py` prints."""
    said = " ".join(catforensics("data", "split", "--help").out.split())
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text()
    assert "up to a tenth of a side" in said
    for what, told in (
        ("10 % off one side", "10 % off one side 97 % are found"),
        ("15 % off two that meet", "15 % off two sides that meet 60 %"),
    ):
        (share,) = re.findall(rf"^{what} +(\d+) %$", page, re.MULTILINE)
        assert told in said and f"{share} %" in told
