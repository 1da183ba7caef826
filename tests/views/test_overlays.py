from __future__ import annotations

import numpy as np
import pytest

from forensics.views.figures import (
    layer_over,
    new_figure,
    placed_axes,
    show_grid,
    show_image,
    show_layer,
    show_places,
)


def shown_axes(side: int = 900):
    return placed_axes(new_figure(side, side), 0, 0, side, side)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("origin", [(1, 2), (3, 5)])
def test_marks_stand_between_blocks_however_the_picture_is_turned(orientation, origin):
    rows, columns = np.indices((48, 72))
    blocks = ((rows - origin[0]) // 8 + (columns - origin[1]) // 8) % 2
    axes = shown_axes()
    pixels = (255 * blocks).astype(np.uint8)
    shown = np.asarray(show_image(pixels, orientation=orientation, ax=axes).get_array()).astype(int)
    marks, every = show_grid(origin, pixels.shape, orientation=orientation, ax=axes)
    assert every == 1
    # Around the corner of four blocks, the checks of a board meet.
    places = np.rint(np.asarray(marks.get_xydata()) + 0.5).astype(int)
    assert len(places) == len(range(origin[0], 49, 8)) * len(range(origin[1], 73, 8))
    for column, row in places:
        a, b, c, d = shown[row - 1 : row + 1, column - 1 : column + 1].ravel()
        assert (a, b) == (d, c) and a != b


@pytest.mark.parametrize("shape", [(512, 512), (3000, 4000), (40, 40), (66, 5000)])
def test_marks_stand_apart_however_large_the_picture_is(shape):
    marks, every = show_grid((3, 5), shape, ax=shown_axes(512))
    columns, rows = np.asarray(marks.get_xydata()).T
    assert (rows[0] + 0.5, columns[0] + 0.5) == (3, 5)
    assert np.all(np.diff(np.unique(columns)) == 8 * every)
    assert 8 * every * 512 / max(shape) >= 25 and len(rows) < 500


@pytest.mark.parametrize("orientation", range(1, 9))
def test_frames_lie_around_the_places(orientation):
    pixels = np.zeros((60, 90), np.uint8)
    places = [(slice(10, 20), slice(50, 80)), (slice(40, 60), slice(0, 7))]
    for place in places:
        pixels[place] = 255
    axes = shown_axes()
    shown = np.asarray(show_image(pixels, orientation=orientation, ax=axes).get_array())
    frames = show_places(places, pixels.shape, orientation=orientation, ax=axes)
    corners = np.asarray(frames.get_xydata()).reshape(2, 6, 2)[:, :5] + 0.5
    left = shown.copy()
    for columns, rows in corners.transpose(0, 2, 1).astype(int):
        box = np.s_[rows.min() : rows.max(), columns.min() : columns.max()]
        assert shown[box].all()
        left[box] = 0
    assert not left.any()


def test_a_map_is_red_where_cells_speak_for_it_and_blue_where_against():
    image = np.full((64, 104, 3), 120, np.uint8)
    values = np.zeros((8, 13))
    values[:, :4], values[:, 9:] = 5, -5
    shown = layer_over(values, image).astype(int)
    assert shown.shape == image.shape
    assert (shown[20:40, 4:16, 0] > shown[20:40, 4:16, 2] + 20).all()
    assert (shown[20:40, -16:-4, 2] > shown[20:40, -16:-4, 0] + 20).all()
    assert np.ptp(shown[20:40, 48:56], axis=2).max() <= 2  # white at most


def test_a_map_of_nothing_is_the_picture_in_grey():
    image = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    for values in (np.zeros((0, 0)), np.zeros((5, 6))):
        shown = layer_over(values, image)
        assert np.ptp(shown, axis=2).max() == 0 and np.ptp(shown) > 60


def test_regions_are_framed_in_the_picture_as_it_is_turned():
    image = np.zeros((80, 120, 3), np.uint8)
    box = slice(16, 48), slice(24, 104)
    framed = layer_over(np.zeros((10, 15)), image, 2, [box])
    assert framed.shape == (40, 60, 3)
    white = np.argwhere(framed[..., 0] == 255)
    assert white.min(axis=0).tolist() == [8, 12] and white.max(axis=0).tolist() == [23, 51]
    axes = shown_axes()
    artist = show_layer(np.zeros((10, 15)), image, [box], orientation=6, ax=axes)
    assert artist.get_array().shape[:2] == (120, 80)
    frame = axes.lines[-1].get_xydata()
    assert np.nanmin(frame, axis=0).tolist() == [31.5, 23.5]
