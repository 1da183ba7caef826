from __future__ import annotations

import json

import pytest

from forensics import load_fingerprint


@pytest.fixture
def source(picture_folder) -> str:
    return picture_folder(100).name


def test_a_hundred_pictures_make_a_fingerprint(catforensics, source):
    run = catforensics("fingerprint", source, "-o", "my.npz", "--name", "noise", "--json")
    assert run.status == 0
    told = json.loads(run.out)
    assert (told["name"], told["n_images"], told["shape"]) == ("noise", 100, [128, 128])
    made = load_fingerprint("my.npz")
    assert (made.name, made.n_images) == ("noise", 100)


def test_the_name_is_that_of_the_file(catforensics, source):
    run = catforensics("fingerprint", source, "-o", "cats.npz", "-q")
    assert run.status == 0 and run.err == ""
    assert "cats: 100 pictures of 128 x 128" in run.out


def test_too_few_are_refused_and_nothing_is_left(catforensics, picture_folder, here):
    run = catforensics("fingerprint", picture_folder(5).name, "-o", "my.npz")
    assert run.refused and "5 pictures are too few" in run.err
    assert not (here / "my.npz").exists()


def test_another_ending_is_refused(catforensics, source):
    run = catforensics("fingerprint", source, "-o", "my.json")
    assert run.refused and "ends in .npz" in run.err


def test_an_existing_file_is_kept(catforensics, source, here):
    (here / "my.npz").write_bytes(b"mine")
    assert catforensics("fingerprint", source, "-o", "my.npz").status == 1
    assert (here / "my.npz").read_bytes() == b"mine"
