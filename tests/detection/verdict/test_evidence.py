from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from forensics.detection.verdict.evidence import SMALLEST_JUDGED_SIDE, Evidence, evidence
from forensics.errors import ImageShapeError
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.lattices import lattice


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return resized(skimage.data.coffee(), 0.5)


@pytest.fixture(scope="module")
def large() -> Evidence:
    rng = np.random.default_rng(0)
    return evidence(rng.integers(0, 256, (1400, 1400), dtype=np.uint8))


def made(seed: int) -> Fingerprint:
    codes = np.random.default_rng(seed).integers(-9, 10, (600, 600)).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    return Fingerprint(f"source {seed}", 100, codes, 1.0, np.zeros((16, 16)), *means)


def numbers(found: Evidence) -> tuple[object, ...]:
    return (
        [(one.profile, one.axis, one.period, one.ratio, one.p_value) for one in found.periods],
        [one.p_value for one in found.chroma],
        [part.pattern.tolist() for part in found.parts],
        [one.p_value for part in found.parts for one in part.activity.periods],
        (found.jpeg.grid.origin, found.jpeg.grid.log10_nfa),
        (found.resampling.p_value, found.resampling.factors),
        (found.content.flat, found.content.n_colors),
    )


# What is measured


def test_every_profile_and_period_is_tested_once(photograph):
    found = evidence(photograph)
    tested = [(one.profile, one.axis, one.period) for one in found.periods]
    assert len(set(tested)) == len(tested) == 3 * 2 * 5
    assert len(found.middle.profiles) == 6 and found.shape == photograph.shape
    assert all(0 < one.p_value <= 1 for one in found.periods)


def test_a_jpeg_has_its_grid_at_its_origin(photograph):
    image = decoded_pixels(jpeg_bytes(photograph, quality=80))
    assert not evidence(photograph).jpeg.grid.found
    for down, right in ((0, 0), (3, 5), (7, 1)):
        grid = evidence(image[down:, right:]).jpeg.grid
        assert grid.found and grid.origin == (-down % 8, -right % 8)


def test_an_enlargement_has_its_beat(photograph):
    assert evidence(photograph).resampling.p_value > 1e-3
    assert evidence(resized(photograph, 1.4, kernel="bilinear")).resampling.p_value < 1e-3


@pytest.mark.parametrize("quality", [97, 90])
def test_subsampled_color_shows_in_the_color_differences(photograph, quality):
    subsampled = decoded_pixels(jpeg_bytes(photograph, quality=quality, subsampling="4:2:0"))
    assert min(one.p_value for one in evidence(subsampled).chroma) < 1e-3
    assert min(one.p_value for one in evidence(photograph).chroma) > 1e-2


def test_gray_pictures_have_no_color_differences():
    assert evidence(skimage.data.camera()[:128, :128]).chroma == ()


def test_lossy_webp_leaves_its_cells():
    image = skimage.data.astronaut()
    decoded = decoded_pixels(webp_bytes(image, quality=80))
    assert lattice(decoded).webp > 0.8 and evidence(decoded).middle.activity.webp > 0.8


def test_every_fingerprint_is_held_against_it(photograph):
    sources = [made(seed) for seed in range(3)]
    found = evidence(photograph, fingerprints=sources)
    assert [match.name for match in found.matches] == [source.name for source in sources]
    assert evidence(photograph).matches == ()
    assert numbers(found) == numbers(evidence(photograph))


# Small, large, other


def test_a_picture_over_one_megapixel_has_nine_parts(large):
    assert len(large.parts) == 9 and large.middle is large.parts[4]
    assert len(large.periods) == 3 * 2 * 5


def test_the_median_part_speaks(large):
    for number, median in enumerate(large.periods):
        each = sorted(part.periods[number].p_value for part in large.parts)
        assert median.p_value == each[4]
        assert median.period == large.parts[0].periods[number].period


def test_a_picture_of_one_part_speaks_for_itself(photograph):
    found = evidence(photograph)
    assert found.middle is found.parts[0] and found.periods == found.middle.periods


@pytest.mark.parametrize(
    "shape", [(SMALLEST_JUDGED_SIDE, SMALLEST_JUDGED_SIDE), (66, 131, 3), (400, 66)]
)
def test_the_smallest_pictures_are_measured(shape, rng):
    found = evidence(rng.integers(0, 256, shape, dtype=np.uint8))
    assert all(0 < one.p_value <= 1 for one in found.periods)


@pytest.mark.parametrize("shape", [(65, 300), (300, 65, 3), (1, 1), (0, 9), (99,), (99, 99, 4)])
def test_smaller_and_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError, match="shape"):
        evidence(np.zeros(shape, np.uint8))


def test_floats_are_refused():
    with pytest.raises(ImageShapeError, match="uint8"):
        evidence(np.zeros((99, 99)))


@pytest.mark.parametrize("value", [0, 200])
def test_a_constant_picture_has_no_trace(value):
    found = evidence(np.full((128, 160, 3), value, np.uint8))
    assert found.content.is_flat and not found.jpeg.grid.found
    assert min(one.p_value for one in found.periods) > 1e-2
    assert not found.middle.pattern.any() and found.resampling.p_value > 0.5


def test_asking_twice_gives_the_same_and_leaves_the_picture_alone(photograph):
    image = photograph.copy()
    image.setflags(write=False)
    assert numbers(evidence(image)) == numbers(evidence(image))
    assert np.array_equal(image, photograph)


def test_transposing_swaps_rows_and_columns(photograph):
    found, turned = evidence(photograph), evidence(photograph.swapaxes(0, 1).copy())
    other = {"rows": "columns", "columns": "rows"}
    p_values = {(one.profile, one.axis, one.period): one.p_value for one in turned.periods}
    for one in found.periods:
        p = p_values[one.profile, other[one.axis], one.period]
        assert np.log(p) == pytest.approx(np.log(one.p_value), rel=1e-6, abs=1e-9)
    assert turned.jpeg.grid.found == found.jpeg.grid.found


def test_without_earlier_saves_everything_else_is_the_same(photograph):
    saved = decoded_pixels(jpeg_bytes(photograph, quality=60))
    twice = decoded_pixels(jpeg_bytes(saved[3:, 5:], quality=95))
    found, quick = evidence(twice), evidence(twice, earlier_saves=False)
    assert found.jpeg.earlier is not None and quick.jpeg.earlier is None
    assert numbers(found) == numbers(quick)
