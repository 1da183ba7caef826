from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow


def folder(name: str, n: int, kind: str = "png", *, seed: int = 0, **options) -> str:
    """A folder of n soft pictures, the same for the same seed."""
    rng = np.random.default_rng(seed)
    Path(name).mkdir()
    for number in range(n):
        small = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Pillow.fromarray(small).resize((64, 64)).save(f"{name}/{number}.{kind}", **options)
    return name


@pytest.fixture
def png() -> str:
    return folder("png", 8)


@pytest.fixture
def jpg() -> str:
    return folder("jpg", 12, "jpg", seed=1, quality=80)


def names() -> set[str]:
    return {path.name for path in Path().iterdir()}


def test_audit_prints_what_differs_and_writes_nothing(catforensics, png, jpg):
    run = catforensics("audit", png, jpg)
    assert run.status == 0 and run.err == "" and names() == {png, jpg}
    assert run.out.startswith(f"{png} (8 pictures) and {jpg} (12 pictures)\n")
    said = " ".join(run.out.split())
    assert "PNG against JPEG" in said and "100 % apart" in said
    assert "near-duplicates across none" in said


def test_audit_as_json_on_stdout_and_in_a_file(catforensics, png, jpg):
    run = catforensics("audit", png, jpg, "--json")
    record = json.loads(run.out)
    assert record["container_only_accuracy"] == 1 and record["b"]["n_images"] == 12
    text = catforensics("audit", png, jpg, "-o", "x/audit.json")
    assert text.out.startswith(png) and text.err == "written to x/audit.json\n"
    assert json.loads(Path("x/audit.json").read_text()) == record
    assert catforensics("audit", png, jpg, "-o", "x/audit.json").refused
    again = catforensics("audit", png, jpg, "-o", "x/audit.json", "--force", "-q", "--json")
    assert again.err == "" and json.loads(again.out) == record


def test_the_order_and_the_workers_change_nothing(catforensics, png, jpg):
    there, back = (
        json.loads(catforensics("audit", *sets, "--json", "--workers", n).out)
        for sets, n in (((png, jpg), 1), ((jpg, png), 3))
    )
    assert {one["fact"]: one["accuracy"] for one in there["facts"]} == pytest.approx(
        {one["fact"]: one["accuracy"] for one in back["facts"]}
    )
    assert there["a"] == back["b"]


def test_an_accuracy_above_the_limit_is_status_3_once_it_is_said(catforensics, png, jpg):
    run = catforensics("audit", png, jpg, "--fail-above", "0.9", "-o", "a.json")
    assert run.status == 3 and run.out and Path("a.json").exists()
    assert run.err.splitlines()[-1] == "the highest accuracy, 1.000, is above 0.9"
    assert catforensics("audit", png, jpg, "--fail-above", "1").status == 0
    same = folder("same", 9, seed=2)
    record = json.loads(catforensics("audit", png, same, "--json").out)
    highest = max(one["accuracy"] for one in record["facts"])
    assert record["container_only_accuracy"] == 0.5 and highest < 0.9
    assert catforensics("audit", png, same, "--fail-above", "0.9").status == 0
    for limit in ("-0.1", "1.1", "high"):
        assert catforensics("audit", png, jpg, "--fail-above", limit).status == 2


def test_the_same_pictures_in_two_formats_are_told_by_the_format_alone(catforensics, png):
    run = catforensics("audit", png, folder("same", 8, "webp", lossless=True))
    assert "PNG against WEBP" in " ".join(run.out.split())
    assert re.search(r"16 pictures, .* 0 .*; png/0\.png and same/0\.webp: .* saved again", run.out)


def test_what_is_skipped_is_named_and_counted(catforensics, png, jpg):
    Path(f"{png}/bad.png").write_bytes(b"text")
    run = catforensics("audit", png, jpg, "--json")
    record = json.loads(run.out)
    assert run.status == 0 and record["n_skipped"] == 1 and record["a"]["n_images"] == 8
    assert run.err.startswith(f"skipped 1:\n  {png}/bad.png is no picture")
    run = catforensics("audit", png, jpg, "--strict")
    assert run.refused and f"{png}/bad.png is no picture" in run.err
    run = catforensics("audit", png, jpg, "--max-pixels", "100")
    assert run.refused and "--max-pixels" in run.err


# What is no pair of sets


def test_one_set_named_twice_is_refused(catforensics, png):
    for other in (png, f"./{png}/", f"{png}/../{png}", f"{png}/*.png"):
        run = catforensics("audit", png, other)
        assert (
            run.refused and f"both sets are the same pictures, those of {png}: name two" in run.err
        )


def test_a_copy_of_a_folder_is_another_set_that_does_not_differ(catforensics, png):
    shutil.copytree(png, "copy")
    run = catforensics("audit", png, "copy")
    assert run.status == 0
    assert "Nothing besides the content was found" in run.out
    assert re.search(r"16 pictures, .* 16 .*; png/0\.png and copy/0\.png: the same", run.out)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Path("other").mkdir(), "no picture in other, which is empty"),
        (lambda: None, "other does not exist"),
        (lambda: folder("other", 1), "other has 1 picture: name a set of at least two"),
        (lambda: Path("other").write_bytes(b"text"), "other is no picture"),
    ],
    ids=["empty", "missing", "one picture", "text"],
)
def test_what_is_no_set_is_refused_in_one_sentence(catforensics, png, make, told, first):
    make()
    before = names()
    run = catforensics("audit", *(("other", png) if first else (png, "other")))
    assert run.refused and told in run.err and names() == before


def test_a_set_of_copies_of_one_picture_is_refused(catforensics, png):
    Path("same").mkdir()
    for number in range(3):
        shutil.copy(f"{png}/0.png", f"same/{number}.png")
    run = catforensics("audit", png, "same")
    assert run.refused and "same has 3 pictures, all alike" in run.err


def test_one_list_on_stdin_is_a_set_and_two_are_none(catforensics, png, jpg):
    listed = "\n".join(map(str, sorted(Path(jpg).iterdir()))).encode()
    record = json.loads(catforensics("audit", png, "-", "--json", stdin=listed).out)
    assert record["b"] == {"name": "-", "n_images": 12, "n_histories": 12}
    assert catforensics("audit", "-", "-", stdin=listed).refused


# On pictures of known origin, where they are here


@pytest.mark.slow
def test_the_site_and_afhq(catforensics, data):
    run = catforensics("audit", data / "gan/cyclegan-cats", data / "real/cyclegan-inputs")
    assert run.status == 0
    assert re.search(r"near-duplicates across +24 pictures, of which 0 ", run.out)
    assert "containers do not differ" in run.out


# Copies


def test_copies_are_found_however_they_were_changed(catforensics, cat):
    for name in ("a", "b"):
        Path(name).mkdir()
    rng = np.random.default_rng(5)
    wholes = [np.asarray(Pillow.fromarray(one).resize((240, 200))) for one in soft(6, rng)]
    wholes.append(cat)
    for number, whole in enumerate(wholes):
        rows, columns = whole.shape[:2]
        changed = (
            whole[:, ::-1],
            np.rot90(whole),
            np.pad(whole, ((20, 20), (20, 20), (0, 0)), constant_values=255),
            whole[rows // 12 :, columns // 12 : -(columns // 20)],
        )[number % 4]
        Pillow.fromarray(whole).save(f"a/{number}.png")
        Pillow.fromarray(np.ascontiguousarray(changed)).save(f"b/{number}.jpg", quality=85)
    # Turned by EXIF alone: the stored pixels lie on their side.
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(np.rot90(cat)).save("b/exif.jpg", quality=90, exif=exif)
    record = json.loads(catforensics("audit", "a", "b", "--json", "-q").out)
    copies = record["near_duplicates"]
    assert (copies["across_a"], copies["across_b"]) == (7, 8)
    assert (copies["within_a"], copies["within_b"]) == (0, 2)
    assert record["exact_duplicates"]["across_a"] == 0


def soft(n: int, rng: np.random.Generator) -> list[np.ndarray]:
    return list(rng.integers(0, 256, (n, 14, 12, 3), dtype=np.uint8))


# The cure


def test_fix_writes_copies_that_headers_do_not_tell_apart(catforensics, png, jpg):
    Path("jpg/small.jpg").write_bytes(Path("jpg/0.jpg").read_bytes())
    Pillow.new("RGB", (40, 40), (9, 90, 200)).save("jpg/small.jpg")
    before = {path: path.read_bytes() for path in Path().rglob("*.*")}
    run = catforensics("audit", png, jpg, "--fix", "fixed")
    assert run.status == 0 and "PNG against JPEG" in " ".join(run.out.split())
    # The smallest of 13 is one of a twentieth: it is what both are cut to.
    assert "8 pictures of 40 x 40 pixels, JPEG of quality 80, written to fixed/png/" in run.err
    assert {path: path.read_bytes() for path in before} == before
    matched = json.loads(catforensics("audit", "fixed/png", "fixed/jpg", "--json", "-q").out)
    assert matched["container_only_accuracy"] == 0.5
    assert (matched["a"]["n_images"], matched["b"]["n_images"]) == (8, 13)
    for path in Path("fixed").rglob("*.jpg"):
        with Pillow.open(path) as opened:
            assert opened.format == "JPEG" and opened.size == (40, 40)
    again = catforensics("audit", png, jpg, "--fix", "fixed")
    assert again.status == 1 and "exist already: pass --force" in again.err


def test_fix_leaves_out_what_is_too_small_by_name(catforensics, jpg):
    other = folder("other", 40, seed=4)
    Pillow.new("RGB", (64, 20)).save("other/tiny.png")
    run = catforensics("audit", jpg, other, "--fix", "fixed")
    assert (
        run.status == 0 and "other/tiny.png is 20 x 64 pixels, smaller than the 64 x 64" in run.err
    )
    assert "40 pictures of 64 x 64 pixels, JPEG of quality 80, written to fixed/other/" in run.err


def test_fix_never_writes_into_a_set(catforensics, png, jpg):
    for place in (png, f"{png}/fixed", f"./{jpg}"):
        before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
        run = catforensics("audit", png, jpg, "--fix", place)
        assert run.refused and "which is read: name another folder" in run.err
        assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_tiny_pictures_are_named_and_set_no_size(catforensics, png, jpg):
    for name, size in (("one", (1, 1)), ("thin", (90, 2))):
        Pillow.new("RGB", size).save(f"{jpg}/{name}.png")
    run = catforensics("audit", png, jpg, "--fix", "fixed")
    assert run.status == 0 and run.err.count("jpg/one.png") == run.err.count("jpg/thin.png") == 1
    assert "12 pictures of 64 x 64 pixels" in run.err and "Warning" not in run.err
