from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection import journeys as module
from forensics.detection.journeys import delivered_as, seeded, training_journey
from forensics.images.resizing import scaled_shape
from forensics.images.steps import Crop, Jpeg, Paste, Png, Resize, Step, Webp

SIDES = st.integers(128, 6000)
SHAPES = st.tuples(SIDES, SIDES)
SHA = st.text("0123456789abcdef", min_size=64, max_size=64)


def shapes_along(steps: tuple[Step, ...], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Sizes of the picture after each step; crops must lie within it."""
    found = [shape]
    for step in steps:
        rows, columns = found[-1]
        if isinstance(step, Crop):
            assert step.top + step.rows <= rows and step.left + step.columns <= columns
            found.append((step.rows, step.columns))
        elif isinstance(step, Resize):
            found.append(scaled_shape((rows, columns), step.scale))
        elif isinstance(step, Paste):
            found.append((step.rows, step.columns))
        else:
            found.append((rows, columns))
    return found


# Journeys


@given(st.integers(0, 99), SHA, st.integers(0, 15), SHAPES)
def test_the_same_seed_makes_the_same_steps(seed, sha256, number, shape):
    one, other = (training_journey(seed, sha256, number, shape) for _ in range(2))
    assert one == other and str(one) == str(other)
    assert (one.layer, one.seed, one.before) == (None, 0, ())


def test_another_seed_file_or_number_makes_others():
    start = [training_journey(0, f"{i:x}", 0, (512, 512)) for i in range(50)]
    for other in (
        [training_journey(1, f"{i:x}", 0, (512, 512)) for i in range(50)],
        [training_journey(0, f"{i:x}a", 0, (512, 512)) for i in range(50)],
        [training_journey(0, f"{i:x}", 1, (512, 512)) for i in range(50)],
    ):
        assert sum(a != b for a, b in zip(start, other, strict=True)) > 40


@given(SHA, st.integers(0, 15), SHAPES)
def test_every_step_can_be_done(sha256, number, shape):
    shapes_along(training_journey(0, sha256, number, shape).steps, shape)


def smallest_sides(shape: tuple[int, int], n: int = 400) -> list[int]:
    """The shorter side after each journey of a picture."""
    ways = (training_journey(0, str(number), number, shape).steps for number in range(n))
    return [min(shapes_along(way, shape)[-1]) for way in ways]


@pytest.mark.parametrize(
    "shape", [(160, 160), (200, 300), (512, 512), (1024, 1024), (1600, 1200), (4032, 3024)]
)
def test_no_side_falls_below_128_pixels(shape):
    assert min(smallest_sides(shape)) >= 128


@pytest.mark.parametrize("shape", [(1500, 400), (4000, 1000), (1025, 128)])
def test_no_side_of_a_panorama_does_either(shape):
    assert min(smallest_sides(shape)) >= 128


@pytest.mark.parametrize("shape", [(1025, 900), (3000, 2000), (6000, 4000)])
def test_large_photographs_are_brought_down_first(shape):
    firsts = Counter()
    for number in range(400):
        first, *_ = steps = training_journey(0, str(number), 0, shape).steps
        firsts[type(first)] += 1
        rows, columns = shapes_along(steps, shape)[1]
        if isinstance(first, Crop):
            assert min(rows, columns) >= 256 and max(rows, columns) <= 800
        else:
            assert isinstance(first, Resize) and first.scale <= 1
            assert 399 <= max(rows, columns) <= 1400 and first.kernel != "nearest"
    assert set(firsts) == {Crop, Resize} and min(firsts.values()) > 150


@pytest.mark.parametrize("shape", [(1024, 1024), (128, 700)])
def test_others_are_not(shape):
    ways = [training_journey(0, str(number), 0, shape).steps for number in range(400)]
    assert any(not steps for steps in ways)
    assert sum(isinstance(steps[0], Jpeg) for steps in ways if steps) > 250


def test_all_kinds_of_arrival_are_common():
    counts = Counter(
        delivered_as(training_journey(0, str(number), 0, (512, 512)).steps, (512, 512))
        for number in range(1000)
    )
    assert set(counts) == {"whole", "crop", "rescaled crop"} and min(counts.values()) > 100


# How a picture arrives

FILES = st.lists(st.sampled_from([Jpeg(80), Jpeg(60, "4:4:4"), Webp(70), Png()]), max_size=2)
RESIZES = st.floats(0.5, 1.75).map(Resize)


@given(FILES, st.lists(RESIZES, max_size=2), SHAPES)
def test_without_a_crop_it_is_whole(files, resizes, shape):
    assert delivered_as((*files, *resizes), shape) == "whole"


@given(FILES, FILES, SHAPES, st.integers(8, 60), st.booleans(), st.lists(RESIZES, max_size=2))
def test_with_one_it_is_a_crop_and_a_resize_rescales_it(before, after, shape, cut, tall, resizes):
    rows, columns = (shape[0] - cut, shape[1]) if tall else (shape[0], shape[1] - cut)
    crop = Crop(0, 0, rows, columns)
    expected = "rescaled crop" if resizes else "crop"
    assert delivered_as((*before, crop, *resizes, *after), shape) == expected
    if len(resizes) == 1 and resizes[0].scale >= 1:
        assert delivered_as((*resizes, crop), shape) == "rescaled crop"


@given(SHAPES, st.integers(0, 7), st.integers(0, 7), st.lists(RESIZES, max_size=1))
def test_a_few_missing_pixels_leave_it_whole(shape, less, fewer, resizes):
    crop = Crop(less, 0, shape[0] - less, shape[1] - fewer)
    assert delivered_as((crop, *resizes), shape) == "whole"


@given(SHAPES, FILES)
def test_files_do_not_matter(shape, files):
    crop, resize = Crop(0, 0, 100, 100), Resize(0.8)
    for steps in ((), (crop,), (resize,), (crop, resize)):
        arrived = delivered_as(steps, shape)
        for place in range(len(steps) + 1):
            assert delivered_as((*steps[:place], *files, *steps[place:]), shape) == arrived


def test_channels_do_not_matter():
    for steps in ((), (Crop(0, 0, 200, 200),), (Crop(0, 0, 200, 200), Resize(0.8))):
        assert delivered_as(steps, (512, 300, 3)) == delivered_as(steps, (512, 300))


def test_a_crop_after_a_reduction_is_measured_on_what_is_left():
    halved = Resize(0.5)
    assert delivered_as((halved, Crop(0, 0, 252, 256)), (512, 512)) == "whole"
    assert delivered_as((halved, Crop(0, 0, 248, 256)), (512, 512)) == "rescaled crop"


# Seeds


@given(st.integers(0, 2**40), st.lists(st.text("abc0", max_size=5), max_size=3))
def test_a_generator_depends_on_its_seed_and_words(seed, words):
    def first(*given: object) -> int:
        return int(seeded(*given).integers(2**63))

    assert first(seed, *words) == first(seed, *words)
    assert len({first(seed, *words), first(seed + 1, *words), first(seed, *words, "d")}) == 3


def test_numbers_and_their_names_are_one_word():
    assert seeded(0, 7).random() == seeded(0, "7").random()
    assert isinstance(seeded(0), np.random.Generator)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
