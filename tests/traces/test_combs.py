from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from forensics.errors import ImageShapeError
from forensics.traces.combs import COMB_PERIODS, COMB_SCALES, Comb, comb
from forensics.traces.profiles import LineProfile, line_profiles

SHAPE = (384, 320)
BANDS = (0.4, 0.5, 0.62, 0.75, 0.88, 1.03, 1.2, 1.45, 1.76)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(120, 10, SHAPE)


def combed(period: float, scale: float, amount: float = 6.0, seed: int = 0) -> np.ndarray:
    """Noise with a pattern along both axes, of `period` pixels before resizing by `scale`."""
    lines = [2 * np.pi * np.arange(length) / (period * scale) for length in SHAPE]
    return noise(seed) + amount * np.add.outer(np.cos(lines[0]), np.cos(lines[1]))


def found(image: np.ndarray) -> Comb:
    return comb(line_profiles(image))


# What is found


@pytest.mark.parametrize("scale", [0.55, 0.68, 0.8, 1.1, 1.3, 1.6])
@pytest.mark.parametrize("period", [4, 8])
def test_a_line_pattern_stands_in_the_band_of_its_scale(period, scale):
    # Its tooth alone: what it shares with shorter periods at larger scales is another comb's.
    row = COMB_PERIODS.index(period)
    highest = [
        found(combed(period, scale)).highest(low, high)[0, row] for low, high in pairwise(BANDS)
    ]
    place = int(np.searchsorted(BANDS, scale)) - 1
    assert int(np.argmax(highest)) == place and highest[place] > 2


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.25])
def test_the_score_peaks_at_the_scale_itself(scale):
    scores = found(combed(4, scale)).scores[0, COMB_PERIODS.index(4)]
    assert COMB_SCALES[scores.argmax()] == pytest.approx(scale, rel=0.03)


def test_a_comb_of_two_has_no_teeth_in_reduced_pictures():
    # Its first harmonic would be beyond half a cycle a pixel.
    scores = found(combed(4, 1.0)).scores[:, COMB_PERIODS.index(2)]
    assert not scores[:, COMB_SCALES < 1].any() and scores[:, COMB_SCALES > 1].any()


def test_the_more_of_it_the_higher_the_score():
    highest = [found(combed(4, 1.2, k)).highest(1.15, 1.25)[0, 1] for k in (0, 1, 2, 6)]
    assert highest == sorted(highest)


def test_noise_scores_a_little_more_than_nothing():
    scores = np.stack([found(noise(seed)).scores for seed in range(30)])
    assert 0.2 < scores.mean() < 0.5 and np.quantile(scores, 0.99) < 3


# What does not matter


def test_transposing_the_picture_leaves_the_scores():
    image = combed(8, 0.7)
    assert np.allclose(found(image.T).scores, found(image).scores, atol=1e-6)


@pytest.mark.parametrize("change", [lambda x: 255 - x, lambda x: x + 40, lambda x: 3 * x])
def test_brightness_and_contrast_leave_the_scores(change):
    image = combed(4, 1.1)
    assert np.allclose(found(change(image)).scores, found(image).scores, atol=1e-6)


def test_rows_and_columns_count_alike():
    rows, columns = (
        noise() + 6 * np.expand_dims(np.cos(2 * np.pi * np.arange(SHAPE[axis]) / 5), 1 - axis)
        for axis in (0, 1)
    )
    scores = [found(image).highest(1.2, 1.3)[0, 1] for image in (rows, columns)]
    assert min(scores) > 1.5 and scores[0] == pytest.approx(scores[1], rel=0.35)


def test_profiles_are_left_alone_and_may_be_read_only():
    profiles = line_profiles(combed(4, 1.0))
    before = [one.values.copy() for one in profiles]
    for one in profiles:
        one.values.setflags(write=False)
    assert np.array_equal(comb(profiles).scores, comb(profiles).scores)
    assert all(np.array_equal(one.values, old) for one, old in zip(profiles, before, strict=True))


# Bounds and edges


def test_scales_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        COMB_SCALES[0] = 1


@pytest.mark.parametrize("shape", [(128, 128, 3), (128, 900), (301, 177)])
def test_scores_have_one_shape_and_are_finite(shape, rng):
    result = found(rng.integers(0, 256, shape, dtype=np.uint8))
    assert result.scores.shape == (3, len(COMB_PERIODS), len(COMB_SCALES))
    assert np.isfinite(result.scores).all()
    assert (result.highest(0.4, 1.76) == result.scores.max(axis=-1)).all()


@pytest.mark.parametrize("band", [(0.1, 0.2), (1.8, 9), (1.0, 1.0), (1.2, 1.1)])
def test_a_band_without_any_scale_scores_nothing(band):
    assert np.array_equal(found(noise()).highest(*band), np.zeros((3, len(COMB_PERIODS))))


def test_a_flat_picture_has_finite_scores():
    assert np.isfinite(found(np.full(SHAPE, 7.0)).scores).all()


@pytest.mark.parametrize("length", [2, 40, 63])
def test_a_profile_that_is_too_short_is_refused(length):
    profiles: list[LineProfile] = [
        replace(one, values=one.values[:length]) for one in line_profiles(noise())
    ]
    with pytest.raises(ImageShapeError):
        comb(profiles)
