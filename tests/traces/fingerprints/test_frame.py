from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from scipy.fft import rfft2

from forensics.engine.fingerprints import load_library
from forensics.traces.fingerprints.fingerprint import (
    Fingerprint,
    FingerprintSums,
    fingerprint,
    plain_residual,
)
from forensics.traces.fingerprints.frame import (
    crop_place,
    may_be_whole,
    posed,
    rescaled,
    scaled_crop_place,
    whole_place,
)
from forensics.traces.fingerprints.match import fingerprint_matches
from forensics.traces.fingerprints.whitening import normal_score, whitened

SIDE = 192


def pattern(seed: int = 0, shape: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def source(shape: tuple[int, int] = (SIDE, SIDE)) -> Fingerprint:
    sums = FingerprintSums(100, np.rint(1e6 * pattern(0, shape)).astype(np.int64))
    return fingerprint(sums, "made up", dense=True)


def photograph(seed: int, shape: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    rough = np.random.default_rng(100 + seed).normal(size=shape)
    return 120 + 0.7 * np.cumsum(np.cumsum(rough, axis=0) / 9, axis=1) + 6 * rough


def score(image: np.ndarray, one: Fingerprint) -> float:
    return normal_score(whole_place(whitened(plain_residual(image)), one)[0].log_chance)


def turned(plane: np.ndarray, pose: int) -> np.ndarray:
    plane = plane[:, ::-1] if pose & 1 else plane
    plane = plane[::-1] if pose & 2 else plane
    return plane.T if pose & 4 else plane


@pytest.mark.parametrize("pose", range(8))
@pytest.mark.parametrize("shape", [(12, 12), (12, 18), (13, 11)])
def test_a_pose_of_the_spectrum_is_the_spectrum_of_the_pose(pose, shape):
    plane = pattern(3, shape)
    half = posed(rfft2(plane).astype(np.complex64), shape, pose)
    assert np.allclose(half, rfft2(turned(plane, pose)), atol=1e-4)


def test_scores_of_other_pictures_are_standard_normal():
    scores = [score(photograph(i), source()) for i in range(120)]
    assert abs(np.mean(scores)) < 0.35 and 0.75 < np.std(scores) < 1.25


def test_the_pattern_is_found_in_every_pose_and_only_there():
    image = photograph(1) + 2 * pattern()
    for pose in (0, 1, 6):
        places = whole_place(whitened(plain_residual(turned(image, pose))), source())
        best = min(places, key=lambda one: one.log_chance)
        assert best.log_chance < -30 and best.pose == pose


def test_a_reduced_picture_is_found_by_a_reduced_template():
    small = rescaled(photograph(2) + 3 * pattern(), (128, 128))
    assert score(small, source()) > 6 > 3 > score(rescaled(photograph(2), (128, 128)), source())


def test_stripes_that_the_template_has_as_well_prove_little():
    """One wave on an axis is one phase, however strong it is in both."""
    lines = np.sin(np.arange(SIDE) * 2 * np.pi / 12)[:, np.newaxis]
    sums = FingerprintSums(100, np.rint(1e6 * (0.3 * lines + pattern())).astype(np.int64))
    striped = fingerprint(sums, "stripes", dense=True)
    for shift in (0, 2, 5):
        shifted = np.roll(lines, shift, axis=0)
        assert abs(score(photograph(4) + 10 * shifted, striped)) < 4


def test_a_crop_is_found_at_its_offset():
    image = (photograph(5) + 3 * pattern())[40:150, 31:141]
    place = crop_place(whitened(plain_residual(image)), source())
    assert place is not None and place.offset == (40, 31) and place.log_chance < -12


def test_crops_of_other_pictures_are_no_match():
    chances = [
        crop_place(whitened(plain_residual(photograph(i)[:110, :110])), source()).log_chance
        for i in range(20)
    ]
    assert min(chances) > -7 and np.mean(np.array(chances) < np.log(0.5)) < 0.9


def test_a_crop_that_was_resized_is_found_at_its_scale():
    large = source((256, 256))
    image = (photograph(6, (256, 256)) + 4 * pattern(0, (256, 256)))[20:200, 50:230]
    place = scaled_crop_place(whitened(plain_residual(rescaled(image, (144, 144)))), large)
    assert place is not None and place.log_chance < -12
    assert place.scale == pytest.approx(0.8, abs=0.02)
    assert place.offset == pytest.approx((16, 40), abs=2)


def test_only_frames_of_the_same_aspect_and_a_sensible_size_may_be_whole():
    assert may_be_whole((512, 512), (1024, 1024)) and may_be_whole((300, 200), (600, 900))
    assert not may_be_whole((512, 400), (1024, 1024)) and not may_be_whole((64, 64), (512, 512))
    assert not may_be_whole((4000, 4000), (1024, 1024))


@pytest.mark.parametrize("period", [8, 16])
@pytest.mark.parametrize("darker", [0.12, 0.4])
def test_dots_that_are_drawn_every_8_pixels_match_nothing(period, darker):
    """Many harmonics of 8 agree by chance where all of them are loud."""
    site = [one for one in load_library() if one.name == "thiscatdoesnotexist"]
    rows, columns = np.indices((512, 512))
    for down, right in ((0, 0), (1, 3), (4, 2)):
        places = (rows + down) % period - 4, (columns + right) % period - 4
        dots = places[0] ** 2 + places[1] ** 2 < 7
        image = skimage.data.astronaut() * (1 - darker * dots[..., np.newaxis])
        assert not any(one.matched for one in fingerprint_matches(image.astype(np.uint8), site))
