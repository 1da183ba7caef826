from __future__ import annotations

import numpy as np
import pytest

from forensics.errors import EmptySetError
from forensics.traces.fingerprints.decoder import (
    PERIOD,
    PLANES,
    DecoderTile,
    TileNoise,
    decoder_tile,
    tile_coefficients,
    tile_noise,
    tile_place,
    tile_scores,
    tile_vector,
)
from forensics.traces.fingerprints.whitening import normal_score

SIDE = 192


def picture(seed: int, strength: float = 0.0, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = rng.normal(120, 12, (SIDE + 16, SIDE + 16, 3))
    cell = np.random.default_rng(7).normal(size=(PERIOD, PERIOD, 3))
    tiled = np.tile(cell, (SIDE // PERIOD + 1, SIDE // PERIOD + 1, 1))
    image += strength * tiled
    down, right = shift
    return image[down : down + SIDE, right : right + SIDE]


def noise() -> TileNoise:
    rows = [tile_coefficients(picture(1000 + i)) for i in range(45)]
    return tile_noise(np.array(rows), ["a", "b", "c"] * 15)


@pytest.fixture(scope="module")
def tile() -> DecoderTile:
    known = noise()
    vectors = [tile_vector(tile_coefficients(picture(i, 4)), known, "all") for i in range(6)]
    return decoder_tile(np.mean(vectors, axis=0), "made up", noise=known, planes="all", n_images=6)


def place(image: np.ndarray, tile: DecoderTile):
    return tile_place(tile_vector(tile_coefficients(image), tile.noise, tile.planes), tile)


def test_scores_of_other_pictures_are_standard_normal(tile):
    scores = [
        tile_scores(tile_vector(tile_coefficients(picture(50 + i)), tile.noise, "all"), tile)[0, 0]
        for i in range(40)
    ]
    assert abs(np.mean(scores)) < 0.6 and 0.6 < np.std(scores) < 1.6


def test_a_tile_is_found_uncut_and_at_any_offset(tile):
    assert place(picture(90, 4), tile).offset == (0, 0)
    found = place(picture(91, 4, (5, 11)), tile)
    assert found.offset == (5, 11) and found.log_chance < -20


def test_it_is_not_found_where_it_is_not(tile):
    assert min(place(picture(200 + i), tile).log_chance for i in range(12)) > np.log(1e-6)


def test_being_loud_everywhere_fits_nothing(tile):
    rng = np.random.default_rng(3)
    loud = rng.normal(size=(129, 9)) + 1j * rng.normal(size=(129, 9))
    vector = tile_vector((100 * loud).astype(np.complex64), tile.noise, "all")
    assert normal_score(tile_place(vector, tile).log_chance) < 4


def test_a_shift_of_the_picture_turns_its_phases_alone():
    before, behind = (tile_coefficients(picture(4, 4, (0, shift))) for shift in (0, 8))
    # Content at the edges changes; the pattern itself is far above it.
    strong = np.abs(before[:, 0]) > 5
    assert strong.sum() > 10
    assert np.abs(np.abs(behind[strong, 0]) - np.abs(before[strong, 0])).max() < 1.5


def test_gray_pictures_have_no_colour():
    gray = picture(5)[..., 0]
    found = tile_coefficients(gray)
    assert not found[:, [1, 2, 5, 6, 7, 8]].any() and found[:, 0].any()
    assert np.array_equal(
        tile_coefficients(np.repeat(gray[..., None], 3, axis=2))[:, 1:3] * 0, found[:, 1:3]
    )


def test_a_black_picture_has_nothing():
    found = tile_coefficients(np.zeros((SIDE, SIDE, 3), np.uint8))
    assert not tile_vector(found, noise(), "luma").any()


def test_real_pictures_are_white_after_it():
    known = noise()
    rows = np.array([tile_coefficients(picture(300 + i)) for i in range(20)])
    for planes, chosen in PLANES.items():
        some = np.einsum("bpq,nbq->nbp", known.whitening[planes], rows[:, :, list(chosen)])
        assert 0.5 < np.mean(np.abs(some) ** 2) < 2


def test_each_source_counts_alike():
    rows = np.array([tile_coefficients(picture(i, 6 * (i == 0))) for i in range(9)])
    once = tile_noise(rows, ["a"] + ["b"] * 8).whitening["luma"]
    repeated = tile_noise(np.concatenate([rows, rows[1:]]), ["a"] + ["b"] * 16).whitening["luma"]
    assert np.allclose(once, repeated, atol=1e-5)


def test_one_picture_or_nothing_makes_no_tile():
    known = noise()
    for mean, n in ((np.zeros((129, 9)), 5), (np.ones((129, 9)), 1)):
        with pytest.raises(EmptySetError, match="too few for a decoder tile"):
            decoder_tile(mean, "x", noise=known, planes="all", n_images=n)
