from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.sources.names import (
    ARCHIVE_SUFFIXES,
    PICTURE_SUFFIXES,
    is_archive,
    is_hidden,
    is_picture,
    natural_key,
    printable,
)


@given(st.lists(st.integers(0, 10**12), unique=True), st.text("ab/._ é", max_size=5))
def test_numbers_sort_by_value_whatever_stands_before_them(numbers, stem):
    names = [f"{stem}{number}.jpg" for number in numbers]
    assert sorted(names, key=natural_key) == [f"{stem}{number}.jpg" for number in sorted(numbers)]


@given(st.lists(st.text("aA01/é٣", max_size=6), unique=True), st.randoms())
def test_the_order_is_total(names, shuffle: random.Random):
    once = sorted(names, key=natural_key)
    shuffle.shuffle(names)
    assert sorted(names, key=natural_key) == once


def test_a_number_of_any_length_is_ordered():
    long = "1" + "0" * 5000
    assert sorted([long, "9"], key=natural_key) == ["9", long]


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_pictures_by_extension_in_either_case(suffix):
    assert is_picture(f"cats/1{suffix}") and is_picture(f"cats/1{suffix.upper()}")
    assert not is_picture(f"cats/1{suffix}.txt") and not is_archive(f"1{suffix}")


@pytest.mark.parametrize("suffix", ARCHIVE_SUFFIXES)
def test_archives_by_extension(suffix):
    assert is_archive(f"cats{suffix}") and not is_picture(f"cats{suffix}")


def test_hidden_is_any_part_that_begins_with_a_dot():
    assert is_hidden(".a.jpg") and is_hidden("a/.b/c.jpg") and is_hidden("__MACOSX/c.jpg")
    assert not is_hidden("../a.jpg") and not is_hidden("./a.b/c.jpg")


@given(st.text())
def test_printable_names_fit_on_one_line(name):
    shown = printable(name)
    assert shown.isprintable()
    assert shown == name or not name.isprintable()


def test_a_name_that_is_no_text_can_be_printed():
    printable("a\udcff.jpg").encode()
