from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.color import deltaE_cie76, rgb2lab

from forensics.errors import ForensicsError, ImageShapeError, ParameterError
from forensics.traces.color import channel_plane, color_distance, mean_color

SIDES = st.integers(1, 6)
SHAPES = st.one_of(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.just(3)))
IMAGES = arrays.arrays(np.uint8, SHAPES)
METRICS = ("euclidean", "weighted", "lab")
CHANNELS = ("luma", "red", "green", "blue")

# mean (1, 2, 3); the two pixels differ from it by (1, 2, 3) on either side
PAIR = np.array([[[0, 0, 0], [2, 4, 6]]], np.uint8)


@given(IMAGES)
def test_mean_color_is_the_exact_sum_over_the_number_of_pixels(image):
    sums = image.astype(np.int64).sum(axis=(0, 1))
    expected = sums / (image.shape[0] * image.shape[1])
    assert mean_color(image).tolist() == np.broadcast_to(expected, 3).tolist()


def test_mean_color_of_a_picture_worked_out_by_hand():
    assert mean_color(PAIR).tolist() == [1, 2, 3]
    assert mean_color(np.array([[0, 255]], np.uint8)).tolist() == [127.5] * 3


def test_mean_color_is_a_new_array_that_may_be_written_to():
    color = mean_color(np.full((2, 2), 9, np.uint8))
    color[0] = 0
    assert color.tolist() == [0, 9, 9]


def test_euclidean_and_weighted_distance_worked_out_by_hand():
    assert color_distance(PAIR) == pytest.approx(np.sqrt([[14, 14]]), rel=1e-15)
    expected = (2 * 1 + 5 * 2 + 3 * 3) / 10
    assert color_distance(PAIR, metric="weighted") == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("channel, weight", [(0, 2), (1, 5), (2, 3)])
def test_the_weights_of_the_thread_stand_in_the_order_of_rgb(channel, weight):
    image = np.zeros((1, 2, 3), np.uint8)
    image[0, 1, channel] = 20
    assert color_distance(image, metric="weighted").ravel() == pytest.approx([weight, weight])


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3))))
def test_lab_is_the_cie76_difference_of_scikit_image(image):
    mean = image.reshape(-1, 3).mean(axis=0).reshape(1, 1, 3)
    expected = deltaE_cie76(rgb2lab(image), rgb2lab(mean / 255))
    assert np.allclose(color_distance(image, metric="lab"), expected, rtol=1e-9, atol=1e-9)


def test_black_and_white_are_a_hundred_apart_in_lab_from_black():
    image = np.zeros((1, 1000, 3), np.uint8)
    image[0, 0] = 255  # so few that the mean stays next to black
    assert color_distance(image, metric="lab")[0, 0] == pytest.approx(100, abs=0.5)


@given(IMAGES)
def test_distances_stay_within_their_range(image):
    euclidean = color_distance(image)
    assert euclidean.shape == image.shape[:2]
    assert euclidean.min() >= 0
    assert euclidean.max() <= 255 * np.sqrt(3)
    weighted = color_distance(image, metric="weighted")
    assert weighted.min() >= 0
    assert weighted.max() <= 255


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.sampled_from(METRICS))
def test_a_constant_picture_is_nowhere_off_its_mean(red, green, blue, metric):
    image = np.full((3, 4, 3), (red, green, blue), np.uint8)
    assert np.all(color_distance(image, metric=metric) <= 1e-12)
    assert mean_color(image).tolist() == [red, green, blue]


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES)), st.sampled_from(METRICS))
def test_gray_is_measured_as_three_equal_channels(gray, metric):
    color = np.dstack([gray] * 3)
    assert np.allclose(
        color_distance(gray, metric=metric), color_distance(color, metric=metric), atol=1e-12
    )
    assert mean_color(gray).tolist() == mean_color(color).tolist()


@given(IMAGES, st.sampled_from(METRICS))
def test_a_blend_in_floating_point_is_measured_as_the_same_counts(image, metric):
    image.setflags(write=False)
    expected = color_distance(image, metric=metric)
    assert np.array_equal(color_distance(image.astype(np.float64), metric=metric), expected)


@given(IMAGES, st.sampled_from(["euclidean", "weighted"]))
def test_swapping_rows_and_columns_swaps_the_map(image, metric):
    turned = color_distance(image.swapaxes(0, 1), metric=metric)
    assert np.allclose(turned, color_distance(image, metric=metric).T, rtol=1e-12, atol=1e-9)


def test_a_channel_is_the_one_that_was_asked_for():
    image = np.array([[[10, 20, 30]]], np.uint8)
    red, green, blue = (channel_plane(image, name).item() for name in CHANNELS[1:])
    assert (red, green, blue) == (10, 20, 30)
    assert channel_plane(image).item() == pytest.approx(0.299 * 10 + 0.587 * 20 + 0.114 * 30)


@given(IMAGES, st.sampled_from(CHANNELS))
def test_a_channel_is_floating_point_of_its_own(image, channel):
    before = image.copy()
    plane = channel_plane(image, channel)
    assert plane.dtype == np.float64
    assert plane.shape == image.shape[:2]
    plane[:] = -1
    assert np.array_equal(image, before)


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES)), st.sampled_from(CHANNELS))
def test_gray_is_every_channel_of_itself(gray, channel):
    assert np.array_equal(channel_plane(gray, channel), gray)
    color = channel_plane(np.dstack([gray] * 3), channel)
    assert np.allclose(color, gray, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (4,), (2, 2, 1), (2, 2, 4), (1, 2, 2, 3), (0, 2, 3)])
@pytest.mark.parametrize("measure", [mean_color, color_distance, channel_plane])
def test_what_is_no_image_is_refused_with_its_shape(measure, shape):
    with pytest.raises(ImageShapeError, match="put rows first") as caught:
        measure(np.zeros(shape, np.uint8))
    assert str(shape) in str(caught.value)


def test_unknown_words_are_refused_with_those_allowed():
    with pytest.raises(ParameterError, match="'cosine', allowed are euclidean"):
        color_distance(PAIR, metric="cosine")
    with pytest.raises(ParameterError, match="'chroma', allowed are luma"):
        channel_plane(PAIR, "chroma")
    for child, builtin in ((ParameterError, ValueError), (ImageShapeError, ValueError)):
        assert issubclass(child, ForensicsError) and issubclass(child, builtin)
