"""What stands still is found with a chance that holds, and what was moved is found again."""

from __future__ import annotations

import numpy as np
import pytest

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.alignment import (
    PLACED,
    fitted_raster,
    local_contrast,
    mean_of_moved,
    placements,
    standing_still,
)

SIDE = 128


def scene(seed: int, shape: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    """Shades of its own, as a photograph has them: power falls with frequency."""
    rng = np.random.default_rng((seed, 11))
    spectrum = np.fft.rfft2(rng.normal(size=shape))
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    spectrum /= np.hypot(rows[:, np.newaxis], columns) + 0.01
    shade = np.fft.irfft2(spectrum, s=shape)
    return 128 + 40 * (shade - shade.mean()) / shade.std()


def counts(values: np.ndarray) -> np.ndarray:
    return np.rint(values).clip(0, 255).astype(np.uint8)


def subject() -> np.ndarray:
    """What a network might draw again and again: spots at fixed places, in 192 x 192 pixels."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:192, :192]
    drawn = np.zeros((192, 192))
    for row, column, size, sign in zip(
        rng.uniform(50, 142, 24), rng.uniform(50, 142, 24), rng.uniform(3, 7, 24),
        rng.choice([-1, 1], 24), strict=True,
    ):  # fmt: skip
        drawn += sign * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * size**2))
    return drawn


def seen(seed: int, down: float, right: float, scale: float) -> np.ndarray:
    """The subject before a scene of its own, moved by pixels of 128 and enlarged."""
    from scipy.ndimage import affine_transform

    middle = 95.5 - (63.5 + np.array([down, right])) / scale
    drawn = affine_transform(subject(), np.ones(2) / scale, middle, output_shape=(SIDE, SIDE))
    return counts(0.5 * scene(seed) + 64 + 90 * drawn)


def moved(n: int, reach: float, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng((seed, 5))
    where = np.column_stack(
        [rng.uniform(-reach, reach, (n, 2)), np.exp(rng.uniform(-0.15, 0.15, n))]
    )
    return np.stack([seen(100 * seed + i, *one) for i, one in enumerate(where)]), where


# Local contrast


def test_light_and_contrast_do_not_count():
    plain = scene(1)
    ramp = np.linspace(-30, 30, SIDE)
    other = 0.6 * plain + 40 + ramp
    assert np.corrcoef(local_contrast(plain).ravel(), local_contrast(other).ravel())[0, 1] > 0.99
    assert not local_contrast(np.full((40, 50), 7, np.uint8)).any()


# The map


@pytest.mark.slow
def test_chances_of_sets_without_anything_in_common_hold():
    found = [
        standing_still(
            np.stack([counts(scene(100 * n + i, (64, 64))) for i in range(8)]), n_shuffles=39
        ).p_value
        for n in range(40)
    ]
    assert np.mean(np.array(found) <= 0.1) <= 0.2 and 0.25 < np.median(found) < 0.75


def test_what_is_put_into_every_picture_is_found_where_it_is():
    pictures = [scene(i) for i in range(12)]
    for one in pictures:
        one[88:108, 20:40] = scene(999, (20, 20))
    found = standing_still(np.stack([counts(one) for one in pictures]))
    down, right, correlation = found.strongest
    assert found.p_value == 1 / 500 and 0.6 < correlation < 1
    assert abs(down - 98 / SIDE) < 0.06 and abs(right - 30 / SIDE) < 0.06
    where = found.p_values < PLACED
    assert where[92:104, 24:36].all() and not where[:70].any() and not where[:, 60:].any()
    assert 0.01 < found.area < 0.08 and found.n_images == 12


def test_a_map_does_not_depend_on_the_order():
    rasters, _ = moved(9, 0)
    one, other = (standing_still(some, n_shuffles=19) for some in (rasters, rasters[::-1]))
    assert np.array_equal(one.correlation, other.correlation)
    assert np.array_equal(one.p_values, other.p_values)


def test_more_pictures_than_are_shuffled_are_held_against_fewer():
    few = np.stack([counts(scene(i, (32, 32))) for i in range(120)])
    assert standing_still(few, n_shuffles=39).p_value > 0.05
    few[:, 10:22, 10:22] = (few[:, 10:22, 10:22] // 2) + few[0, 10:22, 10:22] // 2
    assert standing_still(few, n_shuffles=39).p_value == 1 / 40


# Offsets


@pytest.fixture(scope="module")
def cut_anew() -> tuple[np.ndarray, np.ndarray]:
    return moved(24, 26)


def test_what_was_moved_and_enlarged_is_found_again(cut_anew):
    rasters, where = cut_anew
    assert standing_still(rasters, n_shuffles=99).p_value > PLACED
    laid = placements(rasters)
    known = laid.placed
    assert known.mean() > 0.8 and laid.p_value < 1e-20
    scales = where[known, 2]
    ratio = laid.scales[known] * scales
    assert np.std(np.log(ratio)) < 0.03
    # A picture that shows the subject off its middle has to be moved back, when it is enlarged.
    back = -where[known, :2] * laid.scales[known, np.newaxis] / SIDE
    away = laid.moves[known] - (back - np.median(back, axis=0))
    assert np.median(np.hypot(*(away - np.median(away, axis=0)).T)) < 0.01
    sharp = mean_of_moved(rasters, laid)[30:-30, 30:-30]
    assert sharp.std() > 1.5 * rasters.mean(axis=0)[30:-30, 30:-30].std()


@pytest.mark.slow
def test_what_lies_where_the_others_do_is_not_moved():
    rasters = np.stack([seen(i, 0, 0, 1) for i in range(16)])
    laid = placements(rasters)
    assert laid.placed.mean() > 0.8 and np.median(laid.distances) < 0.005
    assert np.abs(np.log(laid.scales[laid.placed])).max() < 0.04
    assert standing_still(rasters).p_value == 1 / 500


@pytest.mark.slow
def test_pictures_without_anything_in_common_are_not_placed():
    n_placed = n = 0
    for number in range(6):
        rasters = np.stack([counts(scene(1000 * number + i)) for i in range(14)])
        laid = placements(rasters)
        assert laid.p_value > 0.001
        n_placed, n = n_placed + laid.placed.sum(), n + 14
    assert n_placed <= 0.05 * n


@pytest.mark.slow
def test_offsets_do_not_depend_on_the_order(cut_anew):
    rasters = cut_anew[0][:10]
    one, other = placements(rasters), placements(rasters[::-1])
    assert np.array_equal(one.scores, other.scores[::-1])
    assert np.array_equal(one.moves, other.moves[::-1], equal_nan=True)


def test_what_stands_on_its_head_is_no_place():
    """A frame looks the same upside down: it stands still, and places nothing."""
    pictures = np.stack([counts(scene(i)) for i in range(12)])
    for edge in (slice(0, 12), slice(-12, None)):
        pictures[:, edge], pictures[:, :, edge] = 0, 0
    assert standing_still(pictures, n_shuffles=99).p_value == 1 / 100
    assert placements(pictures).placed.mean() < 0.3


def test_progress_is_told():
    said = []
    rasters = np.stack([counts(scene(i, (32, 64))) for i in range(7)])
    placements(rasters, progress=lambda done, total: said.append((done, total)))
    assert said == [(done, 7) for done in range(1, 8)]


def test_nothing_is_moved_where_nothing_is_placed():
    rasters = np.stack([counts(scene(i, (64, 64))) for i in range(6)])
    laid = placements(rasters)
    assert not laid.placed.any() and not len(laid.distances)
    assert mean_of_moved(rasters, laid) is None


# Rasters


def test_a_raster_is_cut_to_the_middle():
    raster = np.tile(np.arange(100, dtype=np.uint8), (50, 1))
    cut = fitted_raster(raster, (64, 64))
    assert cut.shape == (64, 64) and cut[0, 0] == 25 and abs(int(cut[0, -1]) - 74) <= 1
    assert fitted_raster(raster, (50, 100)) is raster
    assert fitted_raster(raster.T, (100, 20)).shape == (100, 20)


def test_what_is_no_set_of_rasters_is_refused():
    with pytest.raises(ParameterError, match=r"allowed is \(n, M, N\)"):
        standing_still(np.zeros((1, 32, 32), np.uint8))
    with pytest.raises(ParameterError, match="n at least 6"):
        placements(np.zeros((5, 32, 32), np.uint8))
    with pytest.raises(ParameterError, match="float64"):
        standing_still(np.zeros((8, 32, 32)))
    with pytest.raises(ImageShapeError, match="15 x 32"):
        standing_still(np.zeros((8, 15, 32), np.uint8))
    with pytest.raises(ParameterError, match="n_shuffles is 0"):
        standing_still(np.zeros((8, 32, 32), np.uint8), n_shuffles=0)
