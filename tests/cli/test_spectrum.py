from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from waiting import ctrl_c_at

from forensics.detection.spectra import spectrum_findings
from forensics.engine import spectra
from forensics.engine.spectra import average_spectra
from forensics.images.sources.find import find_images
from forensics.views.results.spectrum import spectrum_record

FILES = {"spectrum.png", "spectrum.json", "spectrum.npz"}


def names(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def test_a_set_leaves_its_files_and_tells_the_result(catforensics, cats):
    run = catforensics("spectrum", cats)
    assert run.status == 0 and names("spectrum") == FILES
    lines = run.out.splitlines()
    assert lines[0].startswith("4 pictures measured. ") and lines[0].endswith(".")
    assert len(lines) == 1 + 2 * 7
    assert run.err == "written to spectrum/\n"
    record = json.loads(Path("spectrum/spectrum.json").read_text())
    assert record == spectrum_record(spectrum_findings(average_spectra(find_images(cats))))
    with np.load("spectrum/spectrum.npz") as arrays:
        assert int(arrays["n_images"]) == 4


def test_one_picture_works_too(catforensics, cats):
    run = catforensics("spectrum", f"{cats}/0.png", "-o", "x")
    assert run.status == 0 and names("x") == FILES
    assert run.out.startswith("1 picture measured. ") and len(run.out.splitlines()) == 8


def test_json_is_all_that_stdout_carries(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"text")
    run = catforensics("spectrum", cats, "--json")
    record = json.loads(run.out)
    assert record["n_images"] == 4 and record["n_skipped"] == 1
    assert record["skipped"][0]["path"] == f"{cats}/bad.jpg"
    assert run.err.startswith(f"skipped 1:\n  {cats}/bad.jpg is no picture")
    assert names(".") == {cats}
    quiet = catforensics("spectrum", cats, "--json", "-q", "-o", "x")
    assert (quiet.status, quiet.out, quiet.err) == (0, run.out, "")
    assert names("x") == FILES


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_and_order_do_not_change_the_result(catforensics, cats, workers):
    expected = catforensics("spectrum", cats, "--json").out
    paths = sorted(Path(cats).iterdir(), reverse=True)
    assert catforensics("spectrum", *paths, "--json", "--workers", workers).out == expected


@pytest.mark.slow
def test_results_are_not_overwritten_without_force(catforensics, cats):
    catforensics("spectrum", cats, "-o", "x")
    Path("x/spectrum.json").write_text("mine")
    run = catforensics("spectrum", cats, "-o", "x")
    assert run.refused and "x/spectrum.png and 2 more exist" in run.err
    assert Path("x/spectrum.json").read_text() == "mine"
    assert catforensics("spectrum", cats, "-o", "x", "--force").status == 0
    assert Path("x/spectrum.json").read_text() != "mine"


def test_size_channel_and_limit_are_passed_on(catforensics, cats):
    run = catforensics("spectrum", cats, "--json", "--size", 100, "--channel", "red")
    record = json.loads(run.out)
    assert record["shape"] == [96, 96] and record["channel"] == "red"
    run = catforensics("spectrum", cats, "--json", "--max-pixels", 128 * 128 - 1)
    assert run.refused and "--max-pixels" in run.err


def test_pictures_of_another_size_are_skipped_with_the_way_out(catforensics, picture_folder):
    cats, other = picture_folder(4), picture_folder(1, "other", shape=(90, 130))
    run = catforensics("spectrum", cats, other, "--json")
    assert json.loads(run.out)["n_images"] == 4
    assert "pass --size 90 to crop" in run.err
    run = catforensics("spectrum", cats, other, "--strict")
    assert run.refused and "--size 90" in run.err and not Path("spectrum").exists()


def test_what_is_too_small_or_missing_is_refused(catforensics, picture_folder):
    small = picture_folder(1, "small", shape=(40, 40))
    run = catforensics("spectrum", small)
    assert run.refused and "at least 64 x 64" in run.err and not Path("spectrum").exists()
    assert catforensics("spectrum", "missing").refused
    assert catforensics("spectrum", small, "--size", 0).status == 2
    assert catforensics("spectrum").status == 2


def test_ctrl_c_saves_what_is_done(catforensics, cats, monkeypatch):
    for number in range(60):
        os.link(f"{cats}/1.jpg", f"{cats}/x{number}.jpg")
    measure, called = spectra.spectral_sums, ctrl_c_at(5)

    def interrupted(image, **options):
        called()
        return measure(image, **options)

    monkeypatch.setattr(spectra, "spectral_sums", interrupted)
    run = catforensics("spectrum", cats, "-o", "x")
    assert run.status == 130 and names("x") == FILES
    record = json.loads(Path("x/spectrum.json").read_text())
    assert 5 <= record["n_images"] < 30
    assert f"stopped early, after {record['n_images']} pictures" in run.err
    assert record["warnings"] == [spectra.SPECTRA_STOPPED]
    assert f"warning: {spectra.SPECTRA_STOPPED}" in run.err


def test_ctrl_c_before_the_first_picture_saves_nothing(catforensics, cats, monkeypatch):
    def interrupted(*_: object, **__: object):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(spectra, "common_size", interrupted)
    run = catforensics("spectrum", cats)
    assert run.status == 130 and run.err.endswith(
        "catforensics: interrupted: nothing more was saved\n"
    )
    assert not Path("spectrum").exists()
