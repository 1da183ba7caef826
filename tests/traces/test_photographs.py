from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forensics.errors import ImageShapeError
from forensics.traces.photographs import Content, content

IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 13), st.integers(1, 13), st.just(3)))


def facts(found: Content) -> tuple[float, int, bool]:
    return found.flat, found.n_colors, found.gray


@given(IMAGES)
def test_colors_are_counted(image):
    found = content(image)
    assert found.n_colors == len(np.unique(image.reshape(-1, 3), axis=0))
    assert 0 <= found.flat <= 1
    assert found.gray == bool((image == image[..., :1]).all())


@given(IMAGES, st.integers(4, 5))
def test_flat_blocks_are_those_of_one_color(image, times):
    enlarged = image.repeat(4, axis=0).repeat(4, axis=1)
    assert content(enlarged).flat == 1
    assert content(enlarged).n_colors == content(image).n_colors


@given(IMAGES)
def test_plain_is_the_share_of_the_commonest_shade(image):
    green = image[..., 1].astype(int)
    most = max((np.abs(green - shade) <= 8).mean() for shade in range(256))
    assert content(image).plain == pytest.approx(most)


def test_a_page_is_plain_and_a_photograph_is_not():
    page = np.full((120, 90, 3), 250, np.uint8)
    page[::3] = 20
    assert content(page).is_page
    assert not any(content(getattr(skimage.data, name)()).is_page for name in ("chelsea", "coffee"))


@given(IMAGES)
def test_turning_and_mirroring_keep_colors(image):
    expected = facts(content(image))[1:]
    for other in (image.swapaxes(0, 1), image[::-1], image[:, ::-1]):
        assert facts(content(other))[1:] == expected


@pytest.mark.parametrize("value", [0, 7, 255])
@pytest.mark.parametrize("shape", [(32, 32), (33, 47, 3)])
def test_one_color_is_flat_and_drawn(shape, value):
    found = content(np.full(shape, value, np.uint8))
    assert facts(found) == (1, 1, True) and found.is_flat and found.is_drawn


def test_one_bit_is_drawn_but_not_flat(rng):
    found = content(255 * rng.integers(0, 2, (96, 96), dtype=np.uint8))
    assert found.n_colors == 2 and found.gray and found.is_drawn and not found.is_flat


def test_a_palette_is_drawn_even_where_it_is_noisy(rng):
    palette = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    found = content(palette[rng.integers(0, 256, (128, 128))])
    assert found.n_colors <= 256 and not found.gray
    assert found.flat < 0.01 and found.is_drawn


def test_large_flat_areas_are_drawn(cat):
    screen = np.full((300, 451, 3), 255, np.uint8)
    screen[:100] = cat[:100]
    assert content(screen).is_drawn and not content(screen).is_flat


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee", "camera", "gravel"])
def test_photographs_are_neither(name):
    image = getattr(skimage.data, name)()
    found = content(image)
    assert not found.is_flat and not found.is_drawn and found.gray == (image.ndim == 2)


def test_gray_is_gray_in_three_channels(cat):
    gray = cat[..., 1]
    assert facts(content(gray)) == facts(content(np.repeat(gray[..., None], 3, axis=2)))
    almost = np.repeat(gray[..., None], 3, axis=2)
    almost[-1, -1, 0] ^= 1
    assert not content(almost).gray


def test_a_large_picture_is_seen_in_tiles():
    image = np.zeros((1600, 1600), np.uint8)
    assert content(image).flat == 1
    image[:512, :512] = np.random.default_rng(0).integers(0, 256, (512, 512))
    assert content(image).flat == pytest.approx(8 / 9, abs=1e-3)


def test_the_picture_is_left_alone_and_may_be_read_only(cat):
    image = cat[:64, :64].copy()
    image.setflags(write=False)
    before = image.copy()
    assert content(image) is not None and np.array_equal(image, before)


@pytest.mark.parametrize("shape", [(0, 4), (64,), (8, 8, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        content(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (3, 100)])
def test_less_than_a_block_is_flat(shape, rng):
    assert content(rng.integers(0, 256, shape, dtype=np.uint8)).is_flat
