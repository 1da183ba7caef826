"""The likeliest box, against every box there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forensics.traces.regions.boxes import fold_to_cells, largest_box, likeliest_split

MAPS = arrays(
    np.float64,
    st.tuples(st.integers(2, 7), st.integers(2, 7)),
    elements=st.integers(-9, 9).map(float),
)


def every_box(shape, least):
    for top in range(shape[0]):
        for bottom in range(top + least, shape[0] + 1):
            for left in range(shape[1]):
                for right in range(left + least, shape[1] + 1):
                    yield top, bottom, left, right


@settings(max_examples=60, deadline=None)
@given(MAPS, st.integers(1, 2))
def test_no_box_has_more(values, least):
    found = largest_box(values, least)
    sums = [values[a:b, c:d].sum() for a, b, c, d in every_box(values.shape, least)]
    assert found.total == max(sums) == values[found.place].sum()
    assert min(found.bottom - found.top, found.right - found.left) >= least


@settings(max_examples=30, deadline=None)
@given(MAPS)
def test_turning_a_map_turns_its_box(values):
    assert largest_box(values.T).total == largest_box(values).total


@settings(max_examples=30, deadline=None)
@given(MAPS, st.integers(0, 7), st.integers(0, 7))
def test_what_blocks_say_is_shared_out_and_not_lost(blocks, down, right):
    shape = blocks.shape[0] + 1, blocks.shape[1] + 1
    cells = fold_to_cells(blocks, (down, right), shape)
    assert cells.shape == shape and cells.sum() == pytest.approx(blocks.sum())


def test_of_two_hypotheses_each_has_its_part():
    maps = np.zeros((3, 20, 30))
    maps[1] = 1
    maps[1, 4:12, 10:20] = -2
    maps[2] = -1
    maps[2, 4:12, 10:20] = 2
    found = likeliest_split(maps)
    assert (found.inside, found.outside) == (2, 1)
    assert found.box.place == (slice(4, 12), slice(10, 20))
    assert found.nats == maps[1].sum() + 4 * 80 - maps[1].sum()


@pytest.mark.parametrize("shape", [(1, 20, 20), (2, 5, 20), (2, 6, 6)])
def test_no_split_of_one_history_or_of_a_picture_that_is_too_small(shape):
    assert likeliest_split(np.zeros(shape)) is None
