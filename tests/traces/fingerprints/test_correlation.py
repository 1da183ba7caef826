from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forensics.errors import ImageShapeError
from forensics.images.encoding import decoded, jpeg_bytes
from forensics.traces.fingerprints.correlation import TemplateCorrelation, template_correlation
from forensics.traces.fingerprints.pattern import Fingerprint
from forensics.traces.fingerprints.rescaling import rescaled
from forensics.traces.fingerprints.template import plain_details
from forensics.traces.jpeg.grid import jpeg_grid

SIDE = 192


def source(seed: int = 0, shape: tuple[int, int] = (SIDE, SIDE)) -> Fingerprint:
    codes = np.random.default_rng(seed).integers(-9, 10, shape).astype(np.int8)
    return Fingerprint(
        f"source {seed}",
        100,
        codes,
        1.0,
        np.zeros((16, 16)),
        codes.mean(axis=1),
        codes.mean(axis=0),
    )


SOURCE = source()


def noise(seed: int, shape: tuple[int, ...] = (SIDE, SIDE)) -> np.ndarray:
    return np.random.default_rng(1000 + seed).normal(120, 15, shape)


def facts(match: TemplateCorrelation) -> tuple[object, ...]:
    return (
        match.frame,
        match.crop,
        match.frame_specific,
        match.explained,
        match.off_axes,
        match.offset,
        match.correlation,
        match.peak_to_energy,
        match.lines,
    )


# Whole pictures


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_pattern_is_found_whole(seed):
    match = template_correlation(noise(seed) + SOURCE.codes, SOURCE)
    assert match.name == "source 0" and match.strength > 1 and match.frame > 20
    assert match.offset == (0, 0) and match.p_value < 1e-6 and match.correlation > 0.1


@pytest.mark.parametrize("scale", [0.75, 1.25])
def test_a_resized_one_is_found_at_its_own_size(scale):
    side = round(SIDE * scale)
    resized = rescaled(SOURCE.pattern, (side, side))
    match = template_correlation(noise(1, (side, side)) + 1.5 * resized, SOURCE)
    assert match.strength > 1 and match.whole and match.frame > 10 > match.crop


def test_other_pictures_do_not_match():
    matches = [template_correlation(noise(seed), SOURCE) for seed in range(25)]
    assert max(match.strength for match in matches) < 1
    assert abs(np.mean([match.frame for match in matches])) < 1
    assert np.std([match.frame for match in matches]) < 2


def test_pictures_of_another_source_do_not_match():
    matches = [template_correlation(noise(i) + source(i + 1).codes, SOURCE) for i in range(10)]
    assert max(match.strength for match in matches) < 1


def test_the_more_of_the_pattern_the_higher_the_score():
    frames = [
        template_correlation(noise(3) + k * SOURCE.codes, SOURCE).frame for k in (0, 0.5, 1, 2)
    ]
    assert frames == sorted(frames)


def test_the_negative_does_not_match():
    match = template_correlation(noise(2) - SOURCE.codes, SOURCE)
    assert match.frame < -10 and match.strength < 1 and match.p_value > 0.99


@pytest.mark.parametrize("change", [lambda x: 2 * x, lambda x: x + 30])
def test_contrast_and_brightness_hardly_matter(change):
    image = noise(4) + SOURCE.codes
    first, second = (template_correlation(one, SOURCE).frame for one in (image, change(image)))
    assert second == pytest.approx(first, rel=0.1)


# With JPEG's blocks left in


def doubled() -> Fingerprint:
    """A source of two patterns: one for each kind of residual."""
    return dataclasses.replace(SOURCE, plain_codes=source(50).codes, plain_scale=0.5)


def test_each_kind_of_match_seeks_its_own_pattern():
    both = doubled()
    for mine, is_plain in ((SOURCE, False), (source(50), True)):
        image = noise(14) + mine.codes
        ways = [None, plain_details(image)]
        other, asked = (template_correlation(image, both, plain=one) for one in ways)
        if not is_plain:
            asked, other = other, asked
        assert asked.frame > 20 and abs(other.frame) < 8


def test_without_a_plain_pattern_the_other_one_is_sought():
    image = noise(15) + SOURCE.codes
    match = template_correlation(image, SOURCE, plain=plain_details(image))
    assert match.frame > 20 and match.strength > 1
    assert facts(template_correlation(image, SOURCE)) == facts(
        template_correlation(image, doubled())
    )


def test_the_plain_kind_does_not_look_for_a_grid(cat):
    image = decoded(jpeg_bytes(np.ascontiguousarray(cat[:192, :192]), quality=70))
    found = jpeg_grid(image)
    assert found.found
    plain = template_correlation(image, SOURCE, plain=plain_details(image))
    assert facts(plain) == facts(
        template_correlation(image, SOURCE, grid=found, plain=plain_details(image))
    )
    assert facts(plain) != facts(template_correlation(image, SOURCE))


def test_other_pictures_have_no_plain_match():
    images = [noise(seed) for seed in range(15)]
    matches = [template_correlation(one, doubled(), plain=plain_details(one)) for one in images]
    assert max(match.strength for match in matches) < 1
    assert abs(np.mean([match.frame for match in matches])) < 1.2


# Crops


@pytest.mark.parametrize("top, left", [(0, 0), (0, 40), (17, 3), (31, 32)])
def test_a_crop_is_found_at_its_offset(top, left):
    image = (noise(5) + 1.5 * SOURCE.codes)[top : top + 160, left : left + 140]
    match = template_correlation(image, SOURCE)
    assert match.frame == 0 and match.offset == (top, left)
    assert match.strength > 1 and not match.whole and match.crop > 20
    assert match.peak_to_energy > 100


def test_a_crop_of_the_same_aspect_ratio_is_one_nevertheless():
    match = template_correlation((noise(6) + 1.5 * SOURCE.codes)[20:150, 9:139], SOURCE)
    assert match.offset == (20, 9) and match.crop > match.frame and not match.whole


def test_crops_of_other_pictures_do_not_match():
    matches = [template_correlation(noise(seed, (160, 140)), SOURCE) for seed in range(15)]
    assert max(match.strength for match in matches) < 1
    assert max(match.peak_to_energy for match in matches) < 60


def test_of_larger_pictures_a_corner_is_sought():
    large = noise(7, (300, 420))
    large[:SIDE, :SIDE] += 1.5 * SOURCE.codes
    match = template_correlation(large, SOURCE)
    assert match.frame == 0 and match.offset == (0, 0) and match.crop > 20


@pytest.mark.parametrize("shape", [(SIDE, 160), (150, SIDE), (1700, 1700)])
def test_another_aspect_ratio_or_a_huge_picture_is_no_whole_frame(shape):
    match = template_correlation(np.resize(noise(8), shape), SOURCE)
    assert (match.frame, match.frame_specific) == (0, 0)


def test_transposing_both_swaps_rows_and_columns():
    oblong = source(3, (SIDE, 160))
    turned = Fingerprint(
        "turned", 100, oblong.codes.T.copy(), 1.0, oblong.fold.T, oblong.columns, oblong.rows
    )
    image = noise(9, (SIDE, 160)) + oblong.codes
    match, other = template_correlation(image, oblong), template_correlation(image.T, turned)
    assert other.frame == pytest.approx(match.frame, rel=1e-3)
    assert other.crop == pytest.approx(match.crop, rel=1e-3)
    assert other.lines == pytest.approx(match.lines[::-1], abs=1e-3)


def test_lines_of_the_pattern_are_found_at_any_shift():
    banded = np.where(np.arange(SIDE) % 4 == 1, 3.0, -1.0)
    codes = np.rint(3 * banded)[:, np.newaxis].repeat(SIDE, axis=1).astype(np.int8)
    lined = Fingerprint(
        "lined", 100, codes, 1.0, np.zeros((16, 16)), codes.mean(axis=1), codes.mean(axis=0)
    )
    match = template_correlation((noise(10) + codes)[3:], lined)
    assert match.lines[0] > 0.6 and abs(match.lines[1]) < 0.5


# Bounds


@pytest.mark.parametrize("shape", [(96, 96), (97, 131, 3), (SIDE, SIDE, 3), (300, 100)])
def test_every_answer_is_in_bounds(shape, rng):
    match = template_correlation(rng.integers(0, 256, shape, dtype=np.uint8), SOURCE)
    assert all(np.isfinite(one).all() for one in facts(match))
    assert -1 <= match.correlation <= 1 and 0 <= match.p_value <= 1 and match.strength >= 0
    assert all(-1 <= one <= 1 for one in match.lines)


@pytest.mark.parametrize("shape", [(95, 300), (300, 95, 3), (1, 1)])
def test_small_pictures_match_nothing(shape):
    match = template_correlation(np.zeros(shape, np.uint8), SOURCE)
    assert facts(match) == (0, 0, 0, 0, 0, (0, 0), 0, 0, (0, 0)) and match.strength == 0


def test_a_constant_picture_and_an_empty_fingerprint_match_nothing():
    empty = Fingerprint(
        "empty",
        100,
        np.zeros((SIDE, SIDE), np.int8),
        1.0,
        np.zeros((16, 16)),
        np.zeros(SIDE),
        np.zeros(SIDE),
    )
    flat = np.full((SIDE, SIDE, 3), 80, np.uint8)
    for image, one in ((flat, SOURCE), (noise(11), empty), (flat, empty)):
        match = template_correlation(image, one)
        assert all(np.isfinite(fact).all() for fact in facts(match)) and match.strength < 1


def test_asking_twice_gives_the_same_and_leaves_the_picture_alone():
    image = noise(12) + SOURCE.codes
    image.setflags(write=False)
    before = image.copy()
    assert facts(template_correlation(image, SOURCE)) == facts(template_correlation(image, SOURCE))
    assert np.array_equal(image, before)


@pytest.mark.parametrize("shape", [(0, 4), (SIDE,), (SIDE, SIDE, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        template_correlation(np.zeros(shape, np.uint8), SOURCE)
