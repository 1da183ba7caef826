from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.similarity import (
    BITS,
    WITHIN,
    groups_alike,
    pairs_alike,
    perceptual_hash,
)


def distance(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.bitwise_count(perceptual_hash(a) ^ perceptual_hash(b)).sum())


def saved(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Pillow.open(file))


def resized(pixels: np.ndarray, factor: float) -> np.ndarray:
    rows, columns = pixels.shape[:2]
    size = round(columns * factor), round(rows * factor)
    return np.asarray(Pillow.fromarray(pixels).resize(size, Pillow.Resampling.LANCZOS))


def hashes(*rows: int) -> np.ndarray:
    """Hashes that differ in the first word alone, by these many bits from zero."""
    return np.array([[(1 << bits) - 1, 0, 0, 0] for bits in rows], np.uint64)


# One picture


@pytest.mark.parametrize("quality", [75, 50, 20])
def test_saving_as_jpeg_keeps_the_hash(cat, quality):
    assert distance(cat, saved(cat, quality)) <= 16


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.75, 2])
def test_resizing_keeps_the_hash(cat, factor):
    assert distance(cat, resized(cat, factor)) <= 16


def test_a_slight_crop_is_alike_and_another_picture_is_not(cat):
    assert distance(cat, cat[3:-3, 4:-4]) <= WITHIN
    for other in (cat[:, ::-1], cat[::-1], cat[:150, :225]):
        assert distance(cat, other) > WITHIN


def test_light_and_colour_matter_little(cat):
    darker = (cat * 0.8).astype(np.uint8)
    gray = np.asarray(Pillow.fromarray(cat).convert("L"))
    assert distance(cat, darker) <= 16 and distance(cat, gray) <= 4


@given(st.integers(16, 90), st.integers(16, 90), st.integers(0, 255))
def test_every_shape_has_a_hash_and_flat_pictures_no_bits(rows, columns, value):
    flat = np.full((rows, columns, 3), value, np.uint8)
    hashed = perceptual_hash(flat)
    assert hashed.shape == (BITS // 64,) and hashed.dtype == np.uint64
    assert not hashed.any()


def test_the_input_is_read_only_and_stays(cat):
    cat = cat.copy()
    before = cat.copy()
    cat.flags.writeable = False
    perceptual_hash(cat)
    assert np.array_equal(cat, before)


def test_noises_are_as_far_apart_as_coins(rng):
    several = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(8)]
    for place, one in enumerate(several):
        for other in several[:place]:
            assert 90 < distance(one, other) < 166


@pytest.mark.parametrize("shape", [(15, 40, 3), (40, 15), (0, 0, 3), (40, 40, 4)])
def test_what_is_too_small_or_no_image_is_refused(shape):
    with pytest.raises(ImageShapeError, match="shape"):
        perceptual_hash(np.zeros(shape, np.uint8))


# Many


@given(st.lists(st.integers(0, 63), min_size=1, max_size=30), st.randoms(), st.integers(0, 8))
def test_groups_are_those_of_every_order(bits, random, within):
    order = list(range(len(bits)))
    random.shuffle(order)
    some = hashes(*bits)
    straight, shuffled = groups_alike(some, within=within), groups_alike(some[order], within=within)
    together = straight[:, np.newaxis] == straight
    assert np.array_equal(together[np.ix_(order, order)], shuffled[:, np.newaxis] == shuffled)
    # Numbered as they appear, and what is alike is together.
    assert list(dict.fromkeys(straight.tolist())) == list(range(straight.max() + 1))
    apart = np.abs(np.subtract.outer(bits, bits)) <= within
    assert together[apart].all()


def test_groups_chain_and_large_sets_are_searched_in_tiles(rng):
    assert groups_alike(hashes(0, 20, 10, 40), within=10).tolist() == [0, 0, 0, 1]
    many = rng.integers(0, 2**63, (2500, 4), dtype=np.uint64)
    many[2400] = many[3] ^ np.uint64(1)
    groups = groups_alike(many)
    assert groups[2400] == groups[3] and groups.max() == 2498
    assert pairs_alike(many).tolist() == [[3, 2400]]
    assert pairs_alike(many[:1100], many).tolist()[:4] == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_a_set_of_one_picture_is_one_group():
    assert groups_alike(np.zeros((3000, 4), np.uint64)).max() == 0
    assert groups_alike(np.zeros((0, 4), np.uint64)).tolist() == []


@given(st.lists(st.integers(0, 63), max_size=12), st.lists(st.integers(0, 63), max_size=12))
def test_pairs_are_those_within_and_swap(a, b):
    found = pairs_alike(hashes(*a).reshape(-1, 4), hashes(*b).reshape(-1, 4), within=5).tolist()
    expected = [[i, j] for i, x in enumerate(a) for j, y in enumerate(b) if abs(x - y) <= 5]
    assert found == expected
    swapped = pairs_alike(hashes(*b).reshape(-1, 4), hashes(*a).reshape(-1, 4), within=5)
    assert sorted([j, i] for i, j in swapped.tolist()) == found


def test_pairs_within_a_set_come_once_and_the_search_can_end():
    assert pairs_alike(hashes(1, 1, 1)).tolist() == [[0, 1], [0, 2], [1, 2]]
    assert pairs_alike(hashes(1, 1, 1), most=2).tolist() == [[0, 1], [0, 2]]


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 3), np.uint64), np.zeros(4, np.uint64), np.zeros((2, 4), np.int64)]
)
def test_what_are_no_hashes_is_refused(wrong):
    for search in (groups_alike, pairs_alike):
        with pytest.raises(ParameterError, match="hashes have shape"):
            search(wrong)
        with pytest.raises(ParameterError, match="within is"):
            search(hashes(1), within=257)


# On pictures of known origin, where they are here


def test_cats_are_told_apart_and_copies_are_not(data):
    from forensics.images.read import read_pixels

    sets = [
        [read_pixels(path) for path in sorted((data / folder).iterdir())[:40]]
        for folder in ("gan/thiscatdoesnotexist", "real/afhq")
    ]
    whole = np.stack([perceptual_hash(one) for some in sets for one in some])
    copies = np.stack([perceptual_hash(saved(resized(one, 0.5), 50)) for one in sets[0] + sets[1]])
    assert groups_alike(whole).max() == len(whole) - 1
    assert pairs_alike(whole, copies).tolist() == [[i, i] for i in range(len(whole))]
