from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import skimage.data
from PIL import Image

import forensics as cf
from forensics import load_library
from forensics.errors import ParameterError


@pytest.fixture
def source(picture_folder) -> str:
    return picture_folder(12).name


def test_a_few_pictures_make_a_fingerprint_and_it_is_told_how_good(catforensics, source):
    run = catforensics(
        "fingerprint", source, "-o", "my.npz", "--name", "noise", "--family", "noises", "--json"
    )
    assert run.status == 0
    told = json.loads(run.out)
    assert (told["name"], told["family"]) == ("noise", "noises")
    [frame] = told["fingerprints"]
    assert (frame["kind"], frame["n_images"], frame["judged_by"]) == ("whole frame", 12, 12)
    assert 0 <= frame["matched"] <= 1 and frame["least_z"] <= frame["median_z"]
    assert ["decoder tile" in reason for reason in told["not_made"]] == [True]
    [made] = load_library(["my.npz"], shipped=False)
    assert (made.name, made.family, made.n_images) == ("noise", "noises", 12)


def test_the_name_is_that_of_the_file(catforensics, source):
    run = catforensics("fingerprint", source, "-o", "cats.npz", "-q")
    assert run.status == 0 and run.err == ""
    assert run.out.startswith("Fingerprints of cats\n") and "whole frame: of 12" in run.out


def test_what_all_photographs_of_an_account_carry_accuses_none(catforensics, here):
    """A watermark, a grain, a sensor: the same pattern, and no generator."""
    grain = np.random.default_rng(3).normal(0, 6, (192, 192, 1))
    (here / "account").mkdir()
    for name, picture in views(12).items():
        marked = np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8)
        Image.fromarray(marked).save(here / "account" / name)
    (here / "account" / "11.png").rename(here / "new.png")
    run = catforensics("fingerprint", "account", "-o", "account.npz")
    assert "which may be a camera" in run.out and "--family" in run.out
    found = json.loads(
        catforensics(
            "inspect", "new.png", "--no-reference", "--fingerprint", "account.npz", "--json"
        ).out
    )
    match = next(one for one in found["fingerprints"] if one["kind"] == "whole frame")
    assert match["matched"] and match["family"] is None and found["family"] is None
    assert found["verdict"] != "generator trace"
    cause = next(one for one in found["causes"] if one["cause"] == "known source")
    assert cause["numbers"]["source"] == "account" and cause["numbers"]["p_value"] < 1e-4
    said = catforensics("inspect", "new.png", "--no-reference", "--fingerprint", "account.npz").out
    assert "fingerprint of account" in said


def views(n: int) -> dict[str, np.ndarray]:
    """Parts of photographs that show different things."""
    named = [skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea()]
    parts = [
        picture[top : top + 192, left : left + 192]
        for picture in named
        for top in (0, 100)
        for left in (0, 200)
    ]
    return {f"{i:02}.png": part for i, part in enumerate(parts[:n])}


def test_copies_count_once(catforensics, source, here):
    first = sorted((here / source).iterdir())[0]
    shutil.copy(first, first.with_name("copy.png"))
    run = catforensics("fingerprint", source, "-o", "my.npz")
    assert "whole frame: of 12" in run.out and "1 picture is a copy" in run.out


def test_one_picture_repeated_is_refused(catforensics, source, here):
    first, *others = sorted((here / source).iterdir())
    for other in others:
        shutil.copy(first, other)
    run = catforensics("fingerprint", source, "-o", "my.npz")
    assert run.refused and "1 different picture of" in run.err
    assert not (here / "my.npz").exists()


def test_too_few_are_refused_and_nothing_is_left(catforensics, picture_folder, here):
    run = catforensics("fingerprint", picture_folder(5).name, "-o", "my.npz")
    assert run.refused and "5 different pictures" in run.err and "at least 8" in run.err
    assert not (here / "my.npz").exists()


def test_another_ending_is_refused(catforensics, source):
    run = catforensics("fingerprint", source, "-o", "my.json")
    assert run.refused and "ends in .npz" in run.err


def test_an_existing_file_is_kept(catforensics, source, here):
    (here / "my.npz").write_bytes(b"mine")
    assert catforensics("fingerprint", source, "-o", "my.npz").status == 1
    assert (here / "my.npz").read_bytes() == b"mine"


def test_the_name_of_a_file_is_no_fingerprint_in_python(source):
    with pytest.raises(ParameterError, match=r"'my.npz', of type str: pass what load_library"):
        cf.inspect(f"{source}", fingerprints=["my.npz"], on_error="raise")  # type: ignore[list-item]
