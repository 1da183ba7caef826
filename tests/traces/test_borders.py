from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ImageShapeError
from forensics.traces.borders import picture_within

SHAPE = (40, 56)
borders = st.tuples(*[st.integers(0, 30)] * 4)


def busy(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)


def pasted(picture: np.ndarray, above: int, below: int, left: int, right: int, shade: int = 240):
    sides = ((above, below), (left, right)) + ((0, 0),) * (picture.ndim - 2)
    return np.pad(picture, sides, constant_values=shade)


def whole(image: np.ndarray) -> bool:
    return picture_within(image) == (slice(0, image.shape[0]), slice(0, image.shape[1]))


# What is cut away


@given(
    widths=st.tuples(*[st.sampled_from([0, 4, 5, 30])] * 4),
    shade=st.integers(0, 255),
    channels=st.sampled_from([(), (3,)]),
)
def test_pasting_on_an_even_surface_is_undone(widths, shade, channels):
    picture = busy(*SHAPE, *channels)
    screen = pasted(picture, *widths, shade)
    assert np.array_equal(screen[picture_within(screen)], picture)


@given(borders, st.integers(0, 255))
def test_fewer_than_four_lines_are_left(widths, shade):
    screen = pasted(busy(*SHAPE), *widths, shade)
    above, below, left, right = (wide if wide >= 4 else 0 for wide in widths)
    rows, columns = picture_within(screen)
    assert (rows.start, columns.start) == (above, left)
    assert (screen.shape[0] - rows.stop, screen.shape[1] - columns.stop) == (below, right)


@given(borders)
def test_the_second_time_nothing_is_left_to_cut(widths):
    screen = pasted(busy(*SHAPE), *widths)
    assert whole(np.ascontiguousarray(screen[picture_within(screen)]))


def test_a_surround_may_be_of_several_even_parts():
    screen = pasted(pasted(busy(*SHAPE), 6, 6, 0, 0, 0), 5, 9, 0, 0, 250)
    assert picture_within(screen) == (slice(11, 51), slice(0, 56))


@pytest.mark.parametrize(("uneven", "cut"), [(3, True), (4, False)])
def test_a_slightly_uneven_surround_is_one_still(uneven, cut):
    screen = pasted(busy(*SHAPE), 8, 8, 8, 8, 100)
    screen[:, 0] += np.uint8(uneven)  # on every row
    assert (picture_within(screen)[0] == slice(8, 48)) == cut


# What is left


@pytest.mark.parametrize("shape", [SHAPE, (*SHAPE, 3), (128, 128, 3), (1, 9)])
def test_a_picture_without_border_is_left_whole(shape):
    assert whole(busy(*shape))


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("shape", [SHAPE, (*SHAPE, 3), (1, 1)])
def test_a_flat_picture_is_left_whole(shape, shade):
    assert whole(np.full(shape, shade, np.uint8))


def test_stripes_along_one_axis_are_left_whole():
    # Every column is even, and so no column is border.
    assert whole(np.tile(5 * np.arange(40, dtype=np.uint8)[:, None], (1, 56)))


def test_even_lines_within_a_picture_are_no_border():
    picture = busy(*SHAPE)
    picture[10:20] = 77
    picture[:, 30:40] = 77
    assert whole(picture)


# What does not matter


@given(borders)
def test_gray_and_colour_are_alike(widths):
    screen = pasted(busy(*SHAPE), *widths)
    assert picture_within(screen) == picture_within(np.repeat(screen[..., None], 3, axis=2))


@given(borders)
def test_transposing_swaps_rows_and_columns(widths):
    screen = pasted(busy(*SHAPE), *widths)
    assert picture_within(screen.T) == picture_within(screen)[::-1]


def test_counts_may_be_floats_and_negatives_cut_alike():
    screen = pasted(busy(*SHAPE), 9, 4, 0, 7)
    assert picture_within(screen) == picture_within(screen.astype(np.float64))
    assert picture_within(screen) == picture_within(255 - screen)


def test_the_picture_is_left_alone_and_may_be_read_only():
    screen = pasted(busy(*SHAPE, 3), 9, 4, 0, 7)
    before = screen.copy()
    screen.setflags(write=False)
    picture_within(screen)
    assert np.array_equal(screen, before)


@pytest.mark.parametrize("shape", [(0, 4), (64,), (64, 64, 4), (2, 2, 3, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError, match="shape"):
        picture_within(np.zeros(shape, np.uint8))
