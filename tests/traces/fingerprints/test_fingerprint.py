from __future__ import annotations

import operator
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import EmptySetError, ImageShapeError
from forensics.traces.fingerprints.fingerprint import (
    FEWEST_IN_A_MEAN,
    FOLD,
    FingerprintSums,
    fingerprint,
    fingerprint_sums,
    plain_residual,
)
from forensics.traces.fingerprints.whitening import white_plane, whitened

SIDE = 128


def planted_cell() -> np.ndarray:
    cell = np.random.default_rng(4).normal(0, 1, (FOLD, FOLD))
    return cell - cell.mean()


PATTERN = np.tile(planted_cell(), (SIDE // FOLD, SIDE // FOLD))
LINES = np.where(np.arange(SIDE) % 2, 1.5, -1.5)[:, np.newaxis].repeat(SIDE, axis=1)


def picture(seed: int, planted: np.ndarray | float = 0.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(120, 12, (SIDE, SIDE))
    return np.clip(np.rint(noise + planted), 0, 255).astype(np.uint8)


def summed(planted: np.ndarray | float, n: int = FEWEST_IN_A_MEAN, first: int = 0):
    return sum(fingerprint_sums(picture(seed, planted)) for seed in range(first, first + n))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.fixture(scope="module")
def parts() -> list[FingerprintSums]:
    return [fingerprint_sums(picture(seed)) for seed in range(8)]


# Sums


@settings(max_examples=30)
@given(order=st.permutations(range(8)), cut=st.integers(1, 7))
def test_order_and_split_do_not_matter(parts, order, cut):
    once = sum(parts)
    shuffled = [parts[i] for i in order]
    halves = sum(shuffled[:cut]), sum(shuffled[cut:])
    for other in (sum(shuffled), halves[0] + halves[1], halves[1] + halves[0]):
        assert other.n == once.n == 8
        assert (other.residuals == once.residuals).all() and other.residuals.dtype == np.int64


def test_a_sum_is_bounded_by_the_clip(parts):
    assert np.abs(parts[0].residuals).max() <= 30_000
    assert np.abs(plain_residual(picture(0))).max() <= 3


def test_what_is_summed_is_the_residual_in_units_of_its_noise():
    image = picture(3)
    white = np.clip(white_plane(whitened(plain_residual(image))), -3, 3)
    exact = np.rint(white.astype(np.float64) * 10_000)
    assert np.array_equal(fingerprint_sums(image).residuals, exact)
    assert 0.7 < white.std() < 1.1


def test_the_parts_are_left_alone(parts):
    before = parts[0].residuals.copy()
    reduce(operator.add, parts)
    assert np.array_equal(parts[0].residuals, before)


def test_the_picture_is_left_alone_and_may_be_read_only():
    image = picture(1)
    image.setflags(write=False)
    fingerprint_sums(image)
    assert np.array_equal(image, picture(1))


def test_gray_is_gray_in_three_channels():
    one = fingerprint_sums(picture(1)).residuals
    three = fingerprint_sums(np.repeat(picture(1)[..., None], 3, axis=2)).residuals
    assert np.abs(one - three).max() <= 1


def test_a_constant_picture_adds_nothing():
    # Rounding of one float32 step is all there is.
    assert np.abs(fingerprint_sums(np.full((SIDE, SIDE), 9, np.uint8)).residuals).max() <= 1


def test_other_sizes_do_not_add_up(parts):
    other = fingerprint_sums(np.zeros((SIDE, SIDE + 1), np.uint8))
    with pytest.raises(ImageShapeError, match="with the same size"):
        parts[0] + other
    with pytest.raises(TypeError):
        parts[0] + 1


@pytest.mark.parametrize("shape", [(127, 300), (300, 127, 3), (0, 4), (SIDE,), (SIDE, SIDE, 4)])
def test_small_and_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        fingerprint_sums(np.zeros(shape, np.uint8))


def test_floats_are_refused():
    with pytest.raises(ImageShapeError, match="uint8"):
        fingerprint_sums(np.zeros((SIDE, SIDE)))


# The fingerprint


def test_a_planted_pattern_is_recovered():
    source = fingerprint(summed(PATTERN), "planted")
    assert (source.name, source.n_images) == ("planted", FEWEST_IN_A_MEAN)
    assert correlation(source.pattern, PATTERN) > 0.8
    assert correlation(source.fold, planted_cell()) > 0.8


def test_trap_means_of_rows_and_columns_are_kept():
    """The clean-up that is usual for sensors would leave nothing of such a pattern."""
    for planted, axis in ((LINES, 1), (LINES.T, 0)):
        source = fingerprint(summed(planted), "lines")
        means = (source.rows, source.columns)[1 - axis]
        # One frequency, and none may be louder than 4 in units of noise.
        assert correlation(means, planted.mean(axis=axis)) > 0.6
        cleaned = source.pattern - source.pattern.mean(axis=axis, keepdims=True)
        assert np.square(cleaned).sum() < 0.5 * np.square(source.pattern).sum()


def test_two_halves_of_a_source_agree_and_other_sources_do_not():
    one, other = (fingerprint(summed(PATTERN, first=f), "a") for f in (0, 500))
    stranger = fingerprint(summed(PATTERN.T, first=900), "b")
    assert correlation(one.pattern, other.pattern) > 0.7
    assert abs(correlation(one.pattern, stranger.pattern)) < 0.3


def test_noise_leaves_less_than_a_source():
    nothing, something = (fingerprint(summed(p), "x").pattern.std() for p in (0.0, PATTERN))
    assert nothing < 0.5 * something


def test_codes_are_small_whole_numbers_and_lines_are_their_means():
    source = fingerprint(summed(PATTERN), "planted")
    assert source.codes.dtype == np.int8 and source.codes.shape == (SIDE, SIDE)
    assert np.abs(source.codes.astype(int)).max() == 127
    assert source.pattern.dtype == np.float32 and source.scale > 0
    assert source.fold.shape == (FOLD, FOLD)
    assert np.abs(source.pattern.mean(axis=1) - source.rows).max() < source.scale / 2 + 1e-6
    assert np.abs(source.pattern.mean(axis=0) - source.columns).max() < source.scale / 2 + 1e-6


def test_a_source_without_any_pattern_has_an_empty_fingerprint():
    source = fingerprint(FingerprintSums(100, np.zeros((SIDE, SIDE), np.int64)), "empty")
    assert not source.codes.any() and source.scale > 0 and np.isfinite(source.rows).all()


@pytest.mark.parametrize("n", [1, FEWEST_IN_A_MEAN - 1])
def test_too_few_pictures_are_refused(n):
    with pytest.raises(EmptySetError, match=f"{n} pictures? (is|are) too few"):
        fingerprint(FingerprintSums(n, np.zeros((SIDE, SIDE), np.int64)), "few")
