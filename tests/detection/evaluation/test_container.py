from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.evaluation.container import (
    ABSENT,
    container_facts,
    container_only_accuracy,
    separation,
)
from forensics.errors import ParameterError
from forensics.images.record import FileRecord, JpegRecord
from forensics.jpeg_tables import ijg_tables

TABLES = [tuple(table) for table in ijg_tables().tolist()]
"""For each quality from 1 on."""
PNG = FileRecord("00", "PNG", "RGB", 8, 20, 30, 1, False, False, False, "", None)
JPEG = replace(
    PNG, container="JPEG", jpeg=JpegRecord((TABLES[75 - 1],), 75, True, "4:2:0", False), exif=True
)

words = st.sampled_from(["a", "b", "c"])
numbers = st.integers(0, 5).map(float) | st.floats(-9, 9)
facts = st.lists(words, min_size=2, max_size=20) | st.lists(
    numbers | st.just(ABSENT), min_size=2, max_size=20
)


def of(values: list) -> list[dict]:
    return [{"fact": value} for value in values]


# The facts of one file


def test_facts_are_the_same_for_every_kind_of_file():
    png, jpeg = container_facts(PNG), container_facts(JPEG)
    assert list(png) == list(jpeg)
    assert (jpeg["jpeg_quality"], jpeg["subsampling"], jpeg["progressive"]) == (75, "4:2:0", "no")
    assert {png[name] for name in ("jpeg_quality", "jpeg_tables", "subsampling")} == {ABSENT}
    assert (png["exif"], jpeg["exif"], png["rows"], png["columns"]) == ("no", "yes", 20, 30)


def test_other_tables_are_another_word():
    said = set()
    for quality in (74, 75, 76):
        jpeg = JpegRecord((TABLES[quality - 1],), 75, False, "4:2:0", False)
        said.add(container_facts(replace(JPEG, jpeg=jpeg))["jpeg_tables"])
    moved = (TABLES[75 - 1][::-1],)
    said.add(container_facts(replace(JPEG, jpeg=replace(JPEG.jpeg, tables=moved)))["jpeg_tables"])
    assert len(said) == 4


# One fact


@given(st.integers(2, 30), st.integers(2, 30), words | numbers)
def test_a_constant_separates_nothing(n_a, n_b, value):
    found = separation([value] * n_a, [value] * n_b)
    assert found.accuracy == 0.5 and not found.telling and found.n == (n_a, n_b)
    assert container_only_accuracy(of([value] * n_a), of([value] * n_b))[0] == 0.5


@given(st.integers(2, 30), st.integers(2, 30), st.sampled_from([("a", "b"), (75.0, 99.0)]))
def test_what_always_differs_separates_all(n_a, n_b, values):
    a, b = [values[0]] * n_a, [values[1]] * n_b
    assert separation(a, b).accuracy == container_only_accuracy(of(a), of(b))[0] == 1
    low, high = container_only_accuracy(of(a), of(b))[1]
    assert 0 < low < 1 and high == 1


@given(facts, facts)
def test_swapping_the_sets_changes_nothing(a, b):
    there, back = separation(a, b), separation(b, a)
    assert there.accuracy == pytest.approx(back.accuracy, abs=1e-12)
    assert there.interval == pytest.approx(back.interval, abs=1e-12)
    assert there.n == back.n[::-1] and 0 <= there.interval[0] <= there.interval[1] <= 1


def test_numbers_are_told_by_the_interval_that_holds_them():
    between, around = [75.0] * 50, [60.0, 95.0] * 25
    assert separation(between, around).accuracy == 1
    assert separation([1.0] * 50 + [ABSENT] * 50, [2.0] * 100).accuracy == 1
    assert separation([ABSENT] * 50, [1.0] * 50).accuracy == 1


@pytest.mark.parametrize("draw", ["word", "quality", "number"])
def test_equal_chances_give_about_one_half(rng, draw):
    def drawn(n: int) -> list:
        if draw == "word":
            return [("PNG", "JPEG")[one] for one in rng.integers(0, 2, n)]
        return (
            rng.integers(75, 77, n).astype(float).tolist()
            if draw == "quality"
            else list(rng.random(n))
        )

    single, all_facts = [], []
    for _ in range(20):
        a, b = drawn(40), drawn(200)
        single.append(separation(a, b).accuracy)
        all_facts.append(container_only_accuracy(of(a), of(b))[0])
    assert abs(np.mean(single) - 0.5) < 0.05 and abs(np.mean(all_facts) - 0.5) < 0.05


def test_imbalance_does_not_pay(rng):
    few, many = of(["a"] * 5 + ["b"] * 5), of(["a"] * 500 + ["b"] * 500)
    assert abs(container_only_accuracy(few, many)[0] - 0.5) < 0.2


def test_a_word_that_is_seen_once_is_no_rule():
    names_a, names_b = [f"a{i}" for i in range(50)], [f"b{i}" for i in range(50)]
    assert separation(names_a, names_b).accuracy == 0.5


def test_copies_of_a_picture_are_never_tried_on_their_own_rule():
    # Ten pictures a set, ten copies of each, each with a word of its own.
    a, b = ([f"{name}{i // 10}" for i in range(100)] for name in "ab")
    groups = [i // 10 for i in range(100)], [10 + i // 10 for i in range(100)]
    assert separation(a, b).accuracy == 1
    assert separation(a, b, groups=groups).accuracy == 0.5
    assert container_only_accuracy(of(a), of(b), groups=groups)[0] < 0.7


def test_groups_may_be_shared_by_both_sets():
    groups = list(range(12)), list(range(12))
    a, b = ["PNG"] * 12, ["JPEG"] * 12
    assert separation(a, b, groups=groups).accuracy == 1
    assert separation(a, a, groups=groups).accuracy == 0.5


@pytest.mark.parametrize(
    ("a", "b", "groups"),
    [
        ([], ["a"], None),
        (["a"], ["a", "b"], None),
        (["a"] * 3, ["a"] * 3, ([0, 0, 0], [1, 2, 3])),
        (["a"] * 3, ["a"] * 3, ([0, 1], [1, 2, 3])),
    ],
)
def test_sets_that_cannot_be_split_are_refused(a, b, groups):
    for refused in (
        separation,
        lambda *of_both, **options: container_only_accuracy(*map(of, of_both), **options),
    ):
        with pytest.raises(ParameterError, match="pictures"):
            refused(a, b, groups=groups)


def test_all_facts_together_find_what_one_does_not():
    a = [{"x": "yes", "y": "yes"}] * 40
    b = [{"x": x, "y": y} for x, y in (("yes", "no"), ("no", "yes")) * 20]
    for name in "xy":
        alone = separation([one[name] for one in a], [one[name] for one in b])
        assert alone.accuracy == pytest.approx(0.75)
    assert container_only_accuracy(a, b)[0] == 1
