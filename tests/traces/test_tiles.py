from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forensics.traces.tiles import TILE_SIDE, tiles

SIDES = st.integers(1, 6000)
WHOLE = (3 * TILE_SIDE) ** 2


def corners(parts) -> list[tuple[int, int, int, int]]:
    return [(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in parts]


@given(SIDES, SIDES)
def test_a_picture_is_whole_or_tiles_of_one_shape_inside_it(rows, columns):
    parts = corners(tiles((rows, columns)))
    if rows * columns <= WHOLE:
        assert parts == [(0, rows, 0, columns)]
        return
    assert 1 <= len(parts) <= 9 and len(set(parts)) == len(parts)
    shapes = set()
    for top, bottom, left, right in parts:
        assert top >= 0 and left >= 0 and top % 16 == left % 16 == 0
        shapes.add((min(bottom, rows) - top, min(right, columns) - left))
    assert shapes == {(min(rows, TILE_SIDE), min(columns, TILE_SIDE))}


@given(SIDES, SIDES, st.integers(1, 3_000_000))
def test_whole_is_the_most_pixels_of_one_part(rows, columns, whole):
    one = len(tiles((rows, columns), whole=whole)) == 1
    if rows * columns <= whole:
        assert one
    elif min(rows, columns) > 2 * TILE_SIDE:
        assert not one


@given(SIDES, SIDES)
def test_channels_do_not_matter_and_transposing_transposes(rows, columns):
    assert tiles((rows, columns, 3)) == tiles((rows, columns))
    turned = {(c, d, a, b) for a, b, c, d in corners(tiles((columns, rows)))}
    assert turned == set(corners(tiles((rows, columns))))


@given(st.integers(3 * TILE_SIDE + 16, 9000), st.integers(3 * TILE_SIDE + 16, 9000))
def test_nine_tiles_of_a_large_picture_do_not_overlap_and_reach_its_ends(rows, columns):
    parts = corners(tiles((rows, columns)))
    assert len(parts) == 9 and parts[0][:1] + parts[0][2:3] == (0, 0)
    assert rows - parts[-1][1] < 16 and columns - parts[-1][3] < 16
    for i, (top, bottom, left, right) in enumerate(parts):
        for above, below, before, after in parts[:i]:
            assert top >= below or above >= bottom or left >= after or before >= right


def test_tiles_are_views():
    image = np.zeros((1600, 1600), np.uint8)
    for place in tiles(image.shape):
        assert image[place].shape == (TILE_SIDE, TILE_SIDE) and image[place].base is image
