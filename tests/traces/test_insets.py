"""A picture in a screenshot is found to the pixel, and an ordinary picture is no screenshot."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw
from scipy.ndimage import find_objects, label

from forensics.box import Box, as_box
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.insets import _touching, inset_boxes

PICTURES = [getattr(skimage.data, name)() for name in ("chelsea", "astronaut", "coffee")]


def screen(image: np.ndarray, top: int, left: int, right: int, shade: int) -> np.ndarray:
    """A picture on an even page, words above and below it."""
    rows, columns = image.shape[:2]
    page = Pillow.new("RGB", (left + columns + right, top + rows + 60), (shade,) * 3)
    ink = ImageDraw.Draw(page)
    for place in range(0, page.width, 60):
        ink.text((place + 4, 6), "words", fill=(255 - shade,) * 3)
        ink.text((place + 4, page.height - 16), "and more", fill=(255 - shade,) * 3)
    page.paste(Pillow.fromarray(image), (left, top))
    return np.asarray(page)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2),
    st.integers(40, 200),
    st.one_of(st.just(0), st.integers(24, 200)),
    st.one_of(st.just(0), st.integers(24, 200)),
    st.sampled_from([16, 245, 255]),
)
def test_a_picture_on_a_screen_is_found_to_the_pixel(number, top, left, right, shade):
    image = PICTURES[number]
    wanted = Box(top, left, *image.shape[:2])
    assert inset_boxes(screen(image, top, left, right, shade)) == (wanted,)


@pytest.mark.parametrize("image", PICTURES)
def test_it_is_found_in_a_screenshot_that_was_sent_on(image):
    file = io.BytesIO()
    Pillow.fromarray(screen(image, 90, 40, 70, 250)).save(file, "JPEG", quality=85)
    (found,) = inset_boxes(np.asarray(Pillow.open(file)))
    wanted = (90, 40, *image.shape[:2])
    assert max(abs(a - b) for a, b in zip(wanted, found, strict=True)) <= 1


def test_turning_the_screen_turns_what_is_found():
    page = screen(PICTURES[0], 80, 50, 120, 255)
    (found,) = inset_boxes(page)
    turned = Box(found.left, found.top, found.columns, found.rows)
    assert inset_boxes(page.transpose(1, 0, 2)) == (turned,)


@pytest.mark.parametrize("quality", [None, 85])
@pytest.mark.parametrize("gap", [2, 4, 8, 20, 60])
def test_every_picture_of_a_collage_is_found(gap, quality):
    pieces = [image[60:220, 100:300] for image in PICTURES[:3]] + [PICTURES[1][200:360, 200:400]]
    page = np.full((2 * 160 + 3 * gap, 2 * 200 + 3 * gap, 3), 255, np.uint8)
    places = [
        Box(gap + i * (160 + gap), gap + j * (200 + gap), 160, 200) for i in (0, 1) for j in (0, 1)
    ]
    for place, piece in zip(places, pieces, strict=True):
        page[place.top : place.top + 160, place.left : place.left + 200] = piece
    if quality is not None:
        file = io.BytesIO()
        Pillow.fromarray(page).save(file, "JPEG", quality=quality)
        page = np.asarray(Pillow.open(file))
    found = sorted(inset_boxes(page))
    assert len(found) == 4
    assert np.abs(np.array(found) - np.array(sorted(places))).max() <= 1


@pytest.mark.parametrize(
    "name", ["chelsea", "astronaut", "coffee", "camera", "rocket", "moon", "grass", "cell"]
)
def test_a_photograph_holds_none(name):
    assert inset_boxes(getattr(skimage.data, name)()) == ()


def test_nothing_is_found_in_nothing(rng):
    for image in (
        np.zeros((90, 90), np.uint8),
        np.zeros((20, 400, 3), np.uint8),
        rng.integers(0, 256, (200, 200, 3), dtype=np.uint8),
        screen(PICTURES[0][:40, :40], 60, 60, 60, 255),
    ):
        assert inset_boxes(image) == ()


def test_a_box_that_reaches_out_is_refused():
    image = PICTURES[0]
    assert np.array_equal(Box(10, 20, 80, 90).of(image), image[10:90, 20:110])
    with pytest.raises(ImageShapeError, match="the box 10,20,800,90 reaches out of it"):
        Box(10, 20, 800, 90).of(image)


@pytest.mark.parametrize(
    "box", [(1, 2, 3), (0, 0, 0, 9), (-1, 0, 9, 9), "1,2,3,4", 7, (0, 0, 1.5, 9), (True, 0, 9, 9)]
)
def test_what_is_no_box_is_refused(box):
    with pytest.raises(ParameterError, match="pass first row, first column, rows and columns"):
        as_box(box)


@pytest.mark.parametrize("share", [0.3, 0.55, 0.8])
def test_cells_that_touch_are_one_part(rng, share):
    for _ in range(20):
        cells = rng.random(rng.integers(1, 30, 2)) < share
        assert _touching(cells) == find_objects(label(cells)[0])
