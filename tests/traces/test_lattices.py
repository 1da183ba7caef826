from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from forensics.errors import ImageShapeError
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.traces.lattices import CROSSWISE, lattice

SIDE = 192


def noise(seed: int = 0, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).normal(120, 8, (side, side))


def dotted(image: np.ndarray, step: int, amount: float = 5.0) -> np.ndarray:
    rows, columns = np.indices(image.shape[:2])
    dots = amount * ((rows % step == 0) & (columns % step == 0))
    return image + (dots if image.ndim == 2 else dots[..., None])


def photographs() -> list[np.ndarray]:
    return [
        skimage.data.camera()[:256, :256],
        skimage.data.gravel()[:256, :256],
        skimage.data.chelsea()[:256, :256],
        resized(skimage.data.coffee(), 0.5),
    ]


# What is found


@pytest.mark.parametrize("step", [2, 4])
@pytest.mark.parametrize("amount", [5.0, -5.0])
def test_what_is_added_every_2_or_4_pixels_is_found(step, amount):
    found = lattice(dotted(noise(), step, amount))
    assert found.evidence > 20


def test_the_more_is_added_the_more_evidence():
    totals = [lattice(dotted(noise(), 4, amount)).total for amount in (0, 2, 4, 8)]
    assert totals == sorted(totals) and totals[0] < 5


def test_a_pattern_of_4_has_several_harmonics():
    found = lattice(dotted(noise(), 4, 8))
    assert sum(value > 3 for value in found.excess) >= 3 and found.shared > 10


def test_dots_every_2_pixels_stand_in_one_harmonic_only():
    found = lattice(dotted(noise(), 2, 8))
    assert max(found.excess) == found.excess[CROSSWISE.index((4, 4))]
    assert found.shared < 0.2 * found.total


@pytest.mark.parametrize("step", [3, 5, 7])
def test_other_steps_are_not_ours(step):
    assert lattice(dotted(noise(), step, 8)).total < 5


def test_noise_has_little_evidence():
    totals = [lattice(noise(seed, 128)).total for seed in range(40)]
    assert np.mean(totals) < 1.5 and max(totals) < 10


@pytest.mark.parametrize("number", range(4))
def test_photographs_have_little_evidence_even_as_jpegs(number):
    image = photographs()[number]
    assert lattice(image).evidence < 8
    if image.ndim == 3:
        assert lattice(decoded_pixels(jpeg_bytes(image, quality=75))).evidence < 8


def test_what_lossy_webp_adds_is_explained_by_it():
    image = skimage.data.astronaut()
    found = lattice(decoded_pixels(webp_bytes(image, quality=80)))
    assert found.total > 5 and found.webp > 0.8
    assert found.evidence < 0.25 * found.total


def test_it_adds_over_a_real_photograph():
    image = resized(skimage.data.coffee(), 0.5).astype(np.float64)
    assert lattice(dotted(image, 4, 6)).evidence > lattice(image).evidence + 10


# What does not matter


def test_transposing_swaps_rows_and_columns():
    image = dotted(noise(), 4)
    image[::2] += 3
    found, turned = lattice(image), lattice(image.T)
    assert np.allclose(turned.ratios, found.ratios.T, rtol=1e-3)
    assert np.allclose(turned.pattern, found.pattern.T, atol=1e-5)
    assert turned.total == pytest.approx(found.total, rel=1e-3)


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (3, 2)])
def test_a_shifted_pattern_is_the_same_evidence(shift):
    image = dotted(noise(), 4, 8)
    rolled = np.roll(image, shift, axis=(0, 1))
    assert lattice(rolled).total == pytest.approx(lattice(image).total, rel=0.2)


def test_turning_light_into_dark_changes_nothing():
    image = dotted(noise(), 4)
    assert lattice(255 - image).total == pytest.approx(lattice(image).total, rel=1e-3)


def test_bands_along_one_axis_are_not_crosswise():
    image = noise()
    banded = image.copy()
    banded[::2] += 10
    assert lattice(banded).total == pytest.approx(lattice(image).total, abs=1e-2)


def test_slow_changes_of_brightness_are_no_lattice():
    image = noise()
    slope = np.add.outer(np.arange(SIDE), np.arange(SIDE)) / 8
    assert lattice(image + slope).total == pytest.approx(lattice(image).total, abs=1e-2)


def test_the_picture_is_left_alone_and_may_be_read_only(cat):
    image = cat[:128, :128].copy()
    image.setflags(write=False)
    before = image.copy()
    assert lattice(image).total == lattice(image).total
    assert np.array_equal(image, before)


# Bounds and edges


@pytest.mark.parametrize("shape", [(64, 64), (65, 131, 3), (200, 64)])
def test_every_answer_is_in_bounds(shape, rng):
    found = lattice(rng.integers(0, 256, shape, dtype=np.uint8))
    assert found.ratios.shape == found.p_values.shape == (8, 8)
    assert (found.ratios >= 0).all()
    assert ((found.p_values > 0) & (found.p_values <= 1)).all()
    assert len(found.excess) == len(CROSSWISE) and min(found.excess) >= 0
    assert 0 <= found.webp <= 1
    assert 0 <= found.shared <= found.evidence <= found.total
    assert np.allclose(found.pattern.sum(axis=0), 0, atol=1e-9)
    assert np.allclose(found.pattern.sum(axis=1), 0, atol=1e-9)


def test_a_constant_picture_has_no_pattern():
    found = lattice(np.full((128, 128, 3), 77, np.uint8))
    assert found.evidence == 0 and not found.pattern.any() and found.webp == 0


@pytest.mark.parametrize("shape", [(63, 200), (200, 63, 3), (0, 4), (64,), (64, 64, 4)])
def test_small_and_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        lattice(np.zeros(shape, np.uint8))
