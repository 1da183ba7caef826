from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.classifier import augment as module
from forensics.detection.classifier.augment import (
    seeded,
    shape_after,
    source_deliveries,
    training_delivery,
)
from forensics.detection.classifier.measure import Delivery
from forensics.images.delivery.resize import scaled_shape
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Png, Resize, Step, Webp

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


# Deliveries


@given(st.integers(0, 99), SHA, st.integers(0, 15), SHAPES)
def test_the_same_seed_makes_the_same_steps(seed, sha256, number, shape):
    one, other = (training_delivery(seed, sha256, number, shape) for _ in range(2))
    assert one == other and str(one) == str(other)


def test_another_seed_file_or_number_makes_others():
    start = [training_delivery(0, f"{i:x}", 0, (512, 512)) for i in range(50)]
    for other in (
        [training_delivery(1, f"{i:x}", 0, (512, 512)) for i in range(50)],
        [training_delivery(0, f"{i:x}a", 0, (512, 512)) for i in range(50)],
        [training_delivery(0, f"{i:x}", 1, (512, 512)) for i in range(50)],
    ):
        assert sum(a != b for a, b in zip(start, other, strict=True)) > 40


@given(SHA, st.integers(0, 15), SHAPES)
def test_every_step_can_be_done(sha256, number, shape):
    shapes_along(training_delivery(0, sha256, number, shape), shape)


def smallest_sides(shape: tuple[int, int], n: int = 400) -> list[int]:
    """The shorter side after each delivery of a picture."""
    ways = (training_delivery(0, str(number), number, shape) for number in range(n))
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
        first, *_ = steps = training_delivery(0, str(number), 0, shape)
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
    ways = [training_delivery(0, str(number), 0, shape) for number in range(400)]
    assert any(not steps for steps in ways)
    assert sum(isinstance(steps[0], Jpeg) for steps in ways if steps) > 250


# The rows of a source


def ways_of(n_pictures: int, n: int, *, seed: int = 0, side: int = 300) -> list[list[Delivery]]:
    hashes = [f"{number:064x}" for number in range(n_pictures)]
    return source_deliveries(seed, hashes, [(side, side + 20)] * n_pictures, n)


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 9))
def test_a_source_has_as_many_rows_whatever_the_number_of_its_pictures(n_pictures, n, seed):
    ways = ways_of(n_pictures, n, seed=seed)
    assert len(ways) == n_pictures and sum(map(len, ways)) == n
    counts = [len(some) for some in ways]
    assert max(counts) <= 2 * -(-n // n_pictures) + 1  # and spread over them
    assert min(counts) > 0 or n < 3 * n_pictures
    assert ways == ways_of(n_pictures, n, seed=seed)


@given(st.integers(1, 40), st.integers(1, 60))
def test_a_third_of_the_pictures_that_are_taken_are_also_taken_as_found(n_pictures, n):
    ways = ways_of(n_pictures, n)
    assert 3 * sum(() in some for some in ways) >= sum(map(bool, ways))
    assert () in ways[0]


def test_of_many_pictures_some_are_taken_from_everywhere():
    taken = [number for number, some in enumerate(ways_of(1000, 10)) if some]
    assert np.diff(taken).tolist() == [100] * 9


def test_another_seed_makes_other_ways():
    one, other = (ways_of(20, 40, seed=seed) for seed in (0, 1))
    assert sum(a != b for a, b in zip(one, other, strict=True)) > 15


@given(st.integers(1, 9), st.integers(1, 40), SHAPES)
def test_every_way_of_a_source_can_be_gone(n_pictures, n, shape):
    hashes = [f"{number:064x}" for number in range(n_pictures)]
    for some in source_deliveries(0, hashes, [shape] * n_pictures, n):
        for way in some:
            assert shapes_along(way, shape)[-1] == shape_after(way, shape)


@given(st.integers(1, 127), st.integers(1, 40))
def test_small_pictures_are_taken_as_they_are(side, n):
    """Nothing enlarges them until they can be measured."""
    assert all(way == () for some in ways_of(5, n, side=side) for way in some)


# Shapes


def test_cuts_and_scales_change_a_shape_and_files_do_not():
    assert shape_after((), (300, 200)) == (300, 200)
    assert shape_after((Jpeg(80), Png(), Webp(70)), (300, 200)) == (300, 200)
    assert shape_after((Crop(3, 5, 100, 90), Jpeg(80), Resize(0.5)), (300, 200)) == (50, 45)
    assert shape_after((Paste(3, 5, 400, 500, 0),), (300, 200)) == (400, 500)


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
