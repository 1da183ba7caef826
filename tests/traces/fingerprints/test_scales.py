from __future__ import annotations

import numpy as np
import pytest

from forensics.errors import ImageShapeError
from forensics.images.encoding import decoded, jpeg_bytes
from forensics.images.resizing import resized
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint
from forensics.traces.fingerprints.scales import FINGERPRINT_SCALES, ScaledMatch, scaled_match

SIDE = 480


def tiled(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Lines that repeat every 16 pixels along either axis."""
    rng = np.random.default_rng(seed)
    cell = np.add.outer(rng.normal(0, 4, FOLD), rng.normal(0, 4, FOLD))
    cell -= cell.mean()
    return np.tile(cell, (shape[0] // FOLD + 1, shape[1] // FOLD + 1))[: shape[0], : shape[1]]


def source(seed: int = 0) -> Fingerprint:
    codes = np.rint(2 * tiled((256, 256), seed)).astype(np.int8)
    fold = codes[:FOLD, :FOLD].astype(np.float64)
    return Fingerprint(f"{seed}", 100, codes, 0.5, fold, codes.mean(axis=1), codes.mean(axis=0))


SOURCE = source()


def noise(seed: int, shape: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    return np.random.default_rng(1000 + seed).normal(120, 12, shape)


def picture(seed: int = 0, of: int = 0) -> np.ndarray:
    return np.clip(np.rint(noise(seed) + tiled((SIDE, SIDE), of)), 0, 255).astype(np.uint8)


def flat_size(match: ScaledMatch) -> float:
    return float(np.abs(match.scores).max())


# What is found


@pytest.mark.parametrize(("top", "left"), [(0, 0), (7, 3), (16, 101)])
@pytest.mark.parametrize("scale", [0.8, 1.25])
def test_a_resized_crop_is_found_at_its_scale_wherever_it_was_cut(scale, top, left):
    crop = np.ascontiguousarray(picture()[top : top + 320, left : left + 352])
    match = scaled_match(resized(crop, scale), SOURCE)
    assert match.score > 7 and match.scale == pytest.approx(scale, rel=0.01)


def test_a_crop_as_it_is_is_found_at_scale_one():
    match = scaled_match(picture()[5:300, 9:260], SOURCE)
    assert match.score > 7 and match.scale == pytest.approx(1, rel=0.01)


def test_it_stands_nowhere_else():
    match = scaled_match(resized(picture(), 0.8), SOURCE)
    away = np.abs(np.log(FINGERPRINT_SCALES / 0.8)) > 0.05
    assert match.scores[away].max() < 0.6 * match.score


def test_the_pattern_of_another_source_says_less():
    mine, other = (scaled_match(picture(1, of), SOURCE).score for of in (0, 1))
    assert other < mine - 2


def test_noise_stays_low():
    scores = [scaled_match(noise(seed, (160, 160)), SOURCE).score for seed in range(200)]
    assert np.quantile(scores, 0.99) < 6 and np.median(scores) < 4


def test_a_jpeg_grid_does_not_speak_for_every_scale():
    # Stairs between blocks of 8 have harmonics of the template's at scale 1, and at few more.
    slope = np.add.outer(np.linspace(20, 200, SIDE), np.linspace(0, 50, SIDE))
    slope = np.clip(slope + np.random.default_rng(2).normal(0, 6, slope.shape), 0, 255)
    gray = np.rint(slope).astype(np.uint8)
    saved = decoded(jpeg_bytes(np.repeat(gray[..., None], 3, axis=2), quality=40))
    scores = scaled_match(saved, SOURCE).scores
    assert np.median(scores) < 3 and np.mean(scores > 5) < 0.1


# What does not matter


def test_transposing_both_leaves_the_scores():
    turned = Fingerprint(
        "T", 100, SOURCE.codes.T.copy(), 0.5, SOURCE.fold.T, SOURCE.columns, SOURCE.rows
    )
    image = picture()[:300, :256]
    there, back = scaled_match(image, SOURCE), scaled_match(image.T, turned)
    # What noise gives at best is drawn, for each axis anew.
    assert np.allclose(there.scores, back.scores, rtol=0.05, atol=0.3)
    assert there.scale == pytest.approx(back.scale, rel=0.005)


def test_gray_is_gray_in_three_channels():
    image = picture()[:200, :200]
    three = np.repeat(image[..., None], 3, axis=2)
    assert np.allclose(
        scaled_match(three, SOURCE).scores, scaled_match(image, SOURCE).scores, atol=0.05
    )


def test_the_picture_is_left_alone_and_may_be_read_only():
    image = picture()[:160, :160].copy()
    image.setflags(write=False)
    before = image.copy()
    assert (scaled_match(image, SOURCE).scores == scaled_match(image, SOURCE).scores).all()
    assert np.array_equal(image, before)


# Bounds and edges


@pytest.mark.parametrize("shape", [(63, 300), (300, 63, 3), (1, 1), (63, 63)])
def test_small_pictures_have_zeros(shape, rng):
    match = scaled_match(rng.integers(0, 256, shape, dtype=np.uint8), SOURCE)
    assert match.scores.shape == FINGERPRINT_SCALES.shape and match.score == 0


@pytest.mark.parametrize("shape", [(64, 64), (64, 700, 3), (129, 4200)])
def test_every_other_picture_has_finite_scores(shape, rng):
    match = scaled_match(rng.integers(0, 256, shape, dtype=np.uint8), SOURCE)
    assert match.scores.shape == FINGERPRINT_SCALES.shape and np.isfinite(match.scores).all()
    assert 0.4 <= match.scale <= 1.8


def test_a_flat_picture_and_an_empty_fingerprint_have_finite_scores():
    nothing = np.zeros((64, 64), np.int8)
    empty = Fingerprint(
        "empty", 100, nothing, 1.0, np.zeros((FOLD, FOLD)), np.zeros(64), np.zeros(64)
    )
    flat = np.full((128, 128, 3), 9, np.uint8)
    for image, one in ((flat, SOURCE), (noise(1, (128, 128)), empty), (flat, empty)):
        match = scaled_match(image, one)
        assert np.isfinite(match.scores).all() and match.score < 5
    assert flat_size(scaled_match(noise(1, (128, 128)), empty)) < 1e-6


@pytest.mark.parametrize("shape", [(0, 4), (128,), (128, 128, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError, match="shape"):
        scaled_match(np.zeros(shape, np.uint8), SOURCE)
