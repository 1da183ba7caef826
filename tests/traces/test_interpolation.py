from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forensics.errors import ImageShapeError
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes
from forensics.images.delivery.resize import resized
from forensics.traces.interpolation import resampling

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")
CLEAN = ("camera", "chelsea", "gravel")  # of astronaut and coffee others have changed the size


def photograph(name: str) -> np.ndarray:
    return getattr(skimage.data, name)()


def near(factor: float, wanted: float) -> bool:
    return abs(factor / wanted - 1) < 0.02


# What is found


@pytest.mark.parametrize("kernel", ["bilinear", "bicubic"])
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_enlarged_photographs_are_found_and_the_factor_is_a_candidate(name, kernel):
    large = resized(photograph(name)[:192, :192], 1.3, kernel=kernel)
    found = resampling(large)
    assert found.p_value < 1e-3 and any(near(factor, 1.3) for factor in found.factors)


@pytest.mark.parametrize("scale", [1.25, 1.4, 1.6, 1.8])
def test_the_beat_stands_where_theory_has_it(cat, scale):
    found = resampling(resized(cat, scale, kernel="bilinear"))
    beat = 1 / scale
    assert found.p_value < 1e-3
    assert found.frequency == pytest.approx(min(beat, 1 - beat), abs=0.01)


@pytest.mark.parametrize("name", CLEAN)
def test_pictures_that_nobody_enlarged_have_no_beat(name):
    assert resampling(photograph(name)).p_value > 1e-3


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_reduction_with_antialiasing_is_not_seen_and_nothing_else_either(name):
    assert resampling(resized(photograph(name), 0.5)).p_value > 1e-3


def test_noise_is_rarely_taken_for_a_resized_picture():
    rng = np.random.default_rng(7)
    p_values = [resampling(rng.normal(100, 20, (128, 128))).p_value for _ in range(100)]
    assert sum(p < 0.01 for p in p_values) <= 4


@pytest.mark.parametrize("scale", [1.5, 2.0, 3.0])
def test_nearest_neighbours_repeat_lines(cat, scale):
    found = resampling(resized(cat, scale, kernel="nearest"))
    assert found.repeated == pytest.approx(1 - 1 / scale, abs=0.01)


def test_lines_must_repeat_along_both_axes(cat):
    assert resampling(np.repeat(cat, 2, axis=0)).repeated == 0


def test_lines_without_content_do_not_count_as_repeated(cat):
    barred = cat.copy()
    barred[:100], barred[:, :100] = 0, 0
    assert resampling(barred).repeated == 0


def test_the_grid_of_a_jpeg_hides_no_beat_of_its_own(cat):
    once = decoded_pixels(jpeg_bytes(cat, quality=75))
    assert resampling(once, grid=True).p_value > 1e-3
    twice = decoded_pixels(jpeg_bytes(resized(cat, 1.4, kernel="bilinear"), quality=95))
    found = resampling(twice, grid=True)
    assert found.p_value < 1e-3 and any(near(factor, 1.4) for factor in found.factors)


def test_with_a_grid_its_harmonics_are_never_the_answer(cat):
    blocks = decoded_pixels(jpeg_bytes(cat, quality=40))
    folded = resampling(blocks, grid=True).frequency * 8
    assert abs(folded - round(folded)) > 0.05


# What does not matter


@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_transposing_changes_nothing(cat, scale):
    image = resized(cat, scale, kernel="bicubic")
    found, turned = resampling(image), resampling(image.swapaxes(0, 1))
    assert turned.frequency == pytest.approx(found.frequency, abs=1e-12)
    assert turned.factors == pytest.approx(found.factors)
    assert np.log(turned.p_value) == pytest.approx(np.log(found.p_value), rel=1e-6, abs=1e-6)
    assert turned.repeated == found.repeated


def test_mirroring_and_cropping_keep_the_answer(cat):
    large = resized(cat, 1.4, kernel="bilinear")
    for image in (large[::-1], large[:, ::-1], large[7:-6, 11:-2], 255 - large):
        found = resampling(image)
        assert found.p_value < 1e-3 and any(near(factor, 1.4) for factor in found.factors)


def test_gray_is_its_own_luma_and_bytes_are_counts(cat):
    gray = cat[..., 1]
    one, three = resampling(gray), resampling(np.repeat(gray[..., None], 3, axis=2))
    assert one.frequency == three.frequency
    assert np.log(one.p_value) == pytest.approx(np.log(three.p_value), rel=1e-6)
    floats = resampling(gray.astype(np.float64))
    assert (floats.p_value, floats.frequency) == (one.p_value, one.frequency)


def test_the_picture_is_left_alone_and_may_be_read_only(cat):
    image = cat[:128, :128].copy()
    image.setflags(write=False)
    before = image.copy()
    first, second = resampling(image), resampling(image)
    assert (first.p_value, first.factors) == (second.p_value, second.factors)
    assert np.array_equal(image, before)


# The edges


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_small_pictures_have_no_beat(image):
    found = resampling(image)
    assert (found.frequency, found.factors, found.p_value) == (0, (), 1)
    assert 0 <= found.repeated <= 1


@pytest.mark.parametrize("shape", [(95, 400, 3), (400, 95)])
def test_one_short_side_is_enough_to_see_nothing(shape, rng):
    assert resampling(rng.integers(0, 256, shape, dtype=np.uint8)).p_value == 1


@pytest.mark.parametrize("shape", [(96, 96), (97, 131, 3), (96, 256)])
def test_every_answer_is_in_bounds(shape, rng):
    found = resampling(rng.integers(0, 256, shape, dtype=np.uint8))
    assert 0 < found.p_value <= 1 and 0.05 <= found.frequency <= 0.5
    assert all(0.5 <= factor <= 4 for factor in found.factors)
    distances = [abs(np.log(factor)) for factor in found.factors]
    assert distances == sorted(distances)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_constant_picture_is_no_resized_one(value):
    found = resampling(np.full((128, 160, 3), value, np.uint8))
    assert found.p_value > 0.5 and found.repeated == 0


@pytest.mark.parametrize("shape", [(0, 5), (5,), (4, 4, 4), (2, 4, 4, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError, match="shape"):
        resampling(np.zeros(shape, np.uint8))
