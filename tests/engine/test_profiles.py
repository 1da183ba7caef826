from __future__ import annotations

import io
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import astuple

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.engine.profiles import PictureProfile, iter_profiles, profile_image
from forensics.errors import EmptySetError, ImageReadError, ImageShapeError, ParameterError
from forensics.images.read import read_image
from forensics.images.sources.find import BytesSource, ImageSource, Skipped, find_images
from forensics.traces.periods import PERIODS, period_test
from forensics.traces.profiles import line_profile

BAD = BytesSource("bad\n.jpg", b"text")


@pytest.fixture
def sources(picture_folder) -> tuple[ImageSource, ...]:
    return find_images(picture_folder(11, shape=(80, 100))).images


@pytest.fixture
def small(rng) -> ImageSource:
    file = io.BytesIO()
    Pillow.fromarray(rng.integers(0, 256, (20, 90, 3), dtype=np.uint8)).save(file, "PNG")
    return BytesSource("small.png", file.getvalue())


def facts(profile: PictureProfile | Skipped) -> tuple:
    if isinstance(profile, Skipped):
        return astuple(profile)
    values = [(p.axis, p.kind, p.values.tobytes()) for p in profile.profiles]
    return (profile.path, profile.record, values, [astuple(p) for p in profile.periods])


def test_a_profile_is_that_of_the_stored_pixels(sources):
    pixels, record = read_image(sources[1])
    profile, image = profile_image(sources[1])
    assert np.array_equal(image, pixels) and profile.record == record
    assert profile.path == sources[1].name and profile.shape == (80, 100, 3)
    kinds = [(p.kind, p.axis) for p in profile.profiles]
    assert sorted(kinds) == sorted(
        (kind, axis) for kind in ("signed", "first", "second") for axis in ("rows", "columns")
    )
    for kind, axis in kinds:
        expected = line_profile(pixels, axis=axis, kind=kind)
        (got,) = [p for p in profile.profiles if (p.kind, p.axis) == (kind, axis)]
        assert np.array_equal(got.values, expected.values)
        tested = [p for p in profile.periods if (p.profile, p.axis) == (kind, axis)]
        assert [p.period for p in tested] == list(PERIODS)
        assert [astuple(p) for p in tested] == [astuple(p) for p in period_test(expected)]


def test_the_channel_is_passed_on(sources):
    red, luma = (profile_image(sources[0], channel=c)[0] for c in ("red", "luma"))
    pixels, _ = read_image(sources[0])
    expected = line_profile(pixels, axis="rows", kind="signed", channel="red")
    (got,) = [p for p in red.profiles if (p.kind, p.axis) == ("signed", "rows")]
    assert np.array_equal(got.values, expected.values)
    assert facts(red) != facts(luma)
    (same,) = list(iter_profiles(sources[:1], channel="red"))
    assert facts(same) == facts(red)
    with pytest.raises(ParameterError, match="channel is 'hue'"):
        profile_image(sources[0], channel="hue")  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_rows_are_the_same_in_the_same_order(sources, workers):
    mixed = (*sources[:5], BAD, *sources[5:])
    rows = [facts(row) for row in iter_profiles(mixed, workers=workers, on_error="skip")]
    assert [row[0] for row in rows] == [source.name for source in mixed]
    assert rows[6:] == [facts(profile_image(source)[0]) for source in sources[5:]]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_another_executor_gives_the_same_rows(sources, kind):
    mixed = (*sources, BAD)
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=spawn) as executor
    ):
        there = iter_profiles(mixed, executor=executor, workers=2, on_error="skip")
        here = iter_profiles(mixed, workers=1, on_error="skip")
        assert [facts(row) for row in there] == [facts(row) for row in here]


def test_what_cannot_be_measured_is_said_once_with_its_reason(small):
    rows = list(iter_profiles([BAD, small], on_error="skip"))
    assert all(isinstance(row, Skipped) for row in rows)
    assert [row.path for row in rows] == [BAD.name, small.name]
    assert rows[0].reason.startswith("is no picture, it begins with 'text'")
    assert rows[1].reason.startswith("the profile has 19 values")


def test_by_default_the_first_bad_picture_is_an_error_that_names_it(sources, small):
    with pytest.raises(ImageReadError, match=r"^'bad\\n\.jpg' is no picture"):
        list(iter_profiles([*sources, BAD]))
    for call in (profile_image, lambda one: list(iter_profiles([one]))):
        with pytest.raises(ImageShapeError, match=r"^small\.png (has|the profile)"):
            call(small)


def test_the_limit_of_pixels_is_passed_on(sources):
    assert len(list(iter_profiles(sources[:1], max_pixels=8000))) == 1
    for call in (
        lambda: profile_image(sources[0], max_pixels=7999),
        lambda: list(iter_profiles(sources[:1], max_pixels=7999)),
    ):
        with pytest.raises(ImageReadError, match="megapixels"):
            call()


def test_a_stop_still_gives_what_was_begun_and_no_more(sources):
    stop, seen = threading.Event(), []
    many = sources * 20
    for row in iter_profiles(many, workers=1, stop=stop, progress=lambda *now: seen.append(now)):
        stop.set()
        assert isinstance(row, PictureProfile)
    assert seen[0] == (4, 220) and seen[-1] == (8, 220)


def test_progress_reaches_the_end(sources):
    seen = []
    list(iter_profiles(sources, workers=2, progress=lambda *now: seen.append(now)))
    assert seen == sorted(seen) and seen[-1] == (11, 11)


def test_no_picture_gives_no_row_and_workers_are_counted_from_one(sources):
    with pytest.raises(EmptySetError, match="no picture was given"):
        iter_profiles([])
    with pytest.raises(ParameterError, match="workers is 0"):
        list(iter_profiles(sources, workers=0))
