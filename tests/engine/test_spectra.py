from __future__ import annotations

import io
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.engine.spectra import SPECTRA_STOPPED, AverageSpectra, average_spectra
from forensics.errors import EmptySetError, ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.deliver import crop_center
from forensics.images.read import read_pixels
from forensics.images.sources.find import BytesSource, ImageSource, find_images
from forensics.traces.spectra.peaks import spectral_peaks
from forensics.traces.spectra.sums import spectral_sums


def pictures(rng: np.random.Generator, n: int, *shape: int, name: str = "") -> list[ImageSource]:
    sources = []
    for i in range(n):
        file = io.BytesIO()
        Pillow.fromarray(rng.integers(0, 256, (*shape, 3), dtype=np.uint8)).save(file, "PNG")
        sources.append(BytesSource(f"{name}{i}.png", file.getvalue()))
    return sources


@pytest.fixture
def set_of_9(rng) -> list[ImageSource]:
    return pictures(rng, 9, 64, 70)


BAD = BytesSource("bad.png", b"text")


def test_it_is_the_sum_of_its_pictures(set_of_9):
    expected = sum(spectral_sums(read_pixels(source)) for source in set_of_9)
    result = average_spectra(set_of_9)
    assert result.sums == expected and result.n_images == 9 and result.warnings == ()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_order_and_split_leave_the_same_bits(set_of_9, workers):
    once = average_spectra(set_of_9, workers=1).sums
    assert average_spectra(set_of_9[::-1], workers=workers).sums == once
    halves = [average_spectra(half, workers=workers) for half in (set_of_9[4:], set_of_9[:4])]
    assert sum(halves).sums == once


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_another_executor_gives_the_same_bits(kind, set_of_9):
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=spawn) as executor
    ):
        there = average_spectra([*set_of_9, BAD], on_error="skip", executor=executor, workers=2)
    assert there.sums == average_spectra(set_of_9).sums
    assert [skipped.path for skipped in there.skipped] == ["bad.png"]


def test_two_add_up_with_all_that_was_left_out(rng):
    a = average_spectra([*pictures(rng, 2, 64, 64), BAD], on_error="skip")
    b = average_spectra([BytesSource("a.png", b""), *pictures(rng, 1, 64, 64)], on_error="skip")
    total = a + b
    assert total.n_images == 3 and [s.path for s in total.skipped] == ["a.png", "bad.png"]
    assert not total.stopped and (total + AverageSpectra(a.sums, stopped=True)).stopped
    with pytest.raises(TypeError):
        a + 1


def test_size_crops_the_centre(rng):
    sources = [*pictures(rng, 2, 90, 100), *pictures(rng, 2, 80, 120, name="b")]
    expected = sum(spectral_sums(crop_center(read_pixels(source), 64)) for source in sources)
    assert average_spectra(sources, size=64).sums == expected


def test_the_size_of_most_is_the_size_of_the_set(rng):
    sources = [*pictures(rng, 2, 64, 64, name="few"), *pictures(rng, 3, 64, 80)]
    result = average_spectra(sources, on_error="skip")
    assert result.n_images == 3 and result.sums.shape == (64, 80)
    assert [s.path for s in result.skipped] == ["few0.png", "few1.png"]
    assert "pass size=64 to crop" in result.skipped[0].reason


def test_too_small_pictures_are_named_with_the_way_out(rng):
    result = average_spectra(
        [*pictures(rng, 1, 99, 99), *pictures(rng, 1, 99, 60, name="small")],
        shape=None,
        size=64,
        on_error="skip",
    )
    assert "smaller than the 64 x 64" in result.skipped[0].reason
    with pytest.raises(ImageShapeError, match=r"^0\.png has shape \(60, 99, 3\), these spectra"):
        average_spectra(pictures(rng, 1, 60, 99))


def test_by_default_the_first_bad_picture_is_an_error_that_names_it(set_of_9):
    with pytest.raises(ImageReadError, match=r"^bad\.png is no picture"):
        average_spectra([*set_of_9, BAD])


def test_a_set_of_which_nothing_is_left_tells_the_first_reason():
    with pytest.raises(EmptySetError, match=r"^no picture was left: bad\.png"):
        average_spectra([BAD], on_error="skip")
    with pytest.raises(EmptySetError, match="no picture was given"):
        average_spectra([])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"size": 0}, "size is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"channel": "hue"}, "channel is 'hue'"),
    ],
)
def test_parameters_are_checked(set_of_9, options, told):
    with pytest.raises(ParameterError, match=told):
        average_spectra(set_of_9, **options)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_keeps_what_is_done(rng, workers):
    sources = pictures(rng, 30, 64, 64)
    stop = threading.Event()

    def progress(begun: int, total: int) -> None:
        assert total == 30
        if begun == 5:
            stop.set()

    result = average_spectra(sources, workers=workers, stop=stop, progress=progress)
    assert result.stopped and result.n_images == 6 and result.warnings == (SPECTRA_STOPPED,)
    assert result.sums == average_spectra(sources[:6]).sums


def found(folder, step: int = 1) -> set[tuple[str, float]]:
    spectrum = average_spectra(list(find_images(folder))[::step]).sums.residual_spectrum
    level = 0.01 / 38
    return {
        (peak.direction, peak.period)
        for power in (spectrum.power, spectrum.locked)
        for peak in spectral_peaks(power)
        if peak.p_value < level
    }


@pytest.mark.slow
def test_what_is_known_of_the_real_sets(data):
    site = found(data / "gan/thiscatdoesnotexist", 10)
    assert {("rows", 2.0), ("columns", 2.0), ("rows", 8.0), ("rows", 8 / 3)} <= site
    assert not found(data / "real/afhq", 20)
    assert not found(data / "gan/stylegan3-faces")
    assert {("rows", 4.0), ("columns", 4.0)} <= found(data / "gan/biggan-husky")
    assert {("columns", 2.0), ("diagonal", 2.0)} <= found(data / "gan/cyclegan-cats")
