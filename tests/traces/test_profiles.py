from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.profiles import AXES, KINDS, line_profile, line_profiles, thread_vector

SIDES = st.integers(3, 9)
GRAY = arrays.arrays(np.uint8, st.tuples(SIDES, SIDES))
COLOR = arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3)))
IMAGES = st.one_of(GRAY, COLOR)
OTHER = {"rows": "columns", "columns": "rows"}

HAND = np.array([[10, 20], [5, 40], [9, 0], [9, 0]], np.uint8)
BY_HAND = {
    ("rows", "signed"): [7.5, -18, 0],
    ("rows", "first"): [12.5, 22, 0],
    ("rows", "second"): [(9 + 60) / 2, (4 + 40) / 2],
}


@pytest.mark.parametrize("axis, kind", BY_HAND)
def test_profiles_worked_out_by_hand(axis, kind):
    assert line_profile(HAND, axis=axis, kind=kind).values.tolist() == BY_HAND[axis, kind]
    across = line_profile(HAND.T, axis=OTHER[axis], kind=kind)
    assert across.values.tolist() == BY_HAND[axis, kind]


def test_trap_1_differences_of_uint8_do_not_wrap():
    image = np.array([[10, 200], [5, 200], [10, 200]], np.uint8)
    assert np.diff(image, axis=0)[0, 0] == 251
    assert line_profile(image, kind="signed").values.tolist() == [-2.5, 2.5]
    assert line_profile(image, kind="first").values.tolist() == [2.5, 2.5]
    assert line_profile(image, kind="second").values.tolist() == [5]


@given(IMAGES, st.sampled_from(AXES), st.sampled_from(KINDS))
def test_a_profile_has_its_length_and_says_what_it_is(image, axis, kind):
    image.setflags(write=False)
    profile = line_profile(image, axis=axis, kind=kind)
    lines = image.shape[AXES.index(axis)]
    assert profile.values.shape == (lines - 2 if kind == "second" else lines - 1,)
    assert profile.values.dtype == np.float64
    assert (profile.axis, profile.kind, profile.channel) == (axis, kind, "luma")
    limit = {"signed": 255, "first": 255, "second": 510}[kind]
    assert np.abs(profile.values).max() <= limit + 1e-9


@given(IMAGES, st.sampled_from(AXES), st.sampled_from(KINDS))
def test_transposing_swaps_rows_and_columns(image, axis, kind):
    turned = line_profile(image.swapaxes(0, 1), axis=OTHER[axis], kind=kind)
    expected = line_profile(image, axis=axis, kind=kind)
    assert np.allclose(turned.values, expected.values, rtol=1e-12, atol=1e-11)


@given(st.integers(0, 255), st.sampled_from(AXES), st.sampled_from(KINDS))
def test_a_constant_picture_has_no_profile(value, axis, kind):
    assert not line_profile(np.full((5, 6, 3), value, np.uint8), axis=axis, kind=kind).values.any()


@given(GRAY, st.integers(2, 5))
def test_repeating_every_line_leaves_zeros_between(image, times):
    profile = line_profile(np.repeat(image, times, axis=0), kind="signed")
    between = np.arange(1, len(profile.values) + 1) % times != 0
    assert not profile.values[between].any()
    assert np.allclose(profile.values[~between], line_profile(image, kind="signed").values)


@given(IMAGES)
def test_signed_adds_up_to_the_step_from_first_to_last_line(image):
    luma = image if image.ndim == 2 else image @ [0.299, 0.587, 0.114]
    expected = luma[-1].mean() - luma[0].mean()
    assert line_profile(image, kind="signed").values.sum() == pytest.approx(expected, abs=1e-9)


@given(IMAGES, st.sampled_from(AXES))
def test_the_sign_is_kept_and_turns_with_the_picture(image, axis):
    signed = line_profile(image, axis=axis, kind="signed").values
    negative = line_profile(255 - image, axis=axis, kind="signed").values
    assert np.allclose(negative, -signed, atol=1e-9)
    upside_down = line_profile(image[::-1, ::-1], axis=axis, kind="signed").values
    assert np.allclose(upside_down, -signed[::-1], atol=1e-9)


@given(IMAGES, st.sampled_from(AXES))
def test_signed_is_never_above_first_nor_second_above_two_firsts(image, axis):
    signed, first, second = (line_profile(image, axis=axis, kind=kind).values for kind in KINDS)
    assert np.all(np.abs(signed) <= first + 1e-9)
    assert np.all(second <= first[1:] + first[:-1] + 1e-9)
    assert np.all(second >= np.abs(np.diff(signed)) - 1e-9)


@given(GRAY, st.integers(-1000, 1000), st.sampled_from(KINDS))
def test_a_constant_adds_nothing(image, constant, kind):
    lighter = line_profile(image + float(constant), kind=kind).values
    assert np.allclose(lighter, line_profile(image, kind=kind).values, atol=1e-9)


@given(GRAY, st.integers(-50, 50))
def test_a_slope_adds_its_step_to_signed_and_nothing_to_second(image, step):
    sloped = image + float(step) * np.arange(image.shape[0])[:, None]
    assert np.allclose(
        line_profile(sloped, kind="signed").values,
        line_profile(image, kind="signed").values + step,
    )
    assert np.allclose(
        line_profile(sloped, kind="second").values, line_profile(image, kind="second").values
    )
    columns = line_profile(sloped, axis="columns", kind="first")
    assert np.allclose(columns.values, line_profile(image, axis="columns", kind="first").values)


@given(COLOR, st.sampled_from(AXES), st.sampled_from(KINDS))
def test_a_channel_is_measured_alone(image, axis, kind):
    for number, channel in enumerate(("red", "green", "blue")):
        alone = line_profile(image[..., number], axis=axis, kind=kind)
        chosen = line_profile(image, axis=axis, kind=kind, channel=channel)
        assert np.allclose(chosen.values, alone.values, atol=1e-12)
        assert chosen.channel == channel


@given(COLOR, st.permutations(KINDS), st.sampled_from(("luma", "red", "green", "blue")))
def test_all_profiles_are_the_single_ones_in_the_order_asked_for(image, kinds, channel):
    together = line_profiles(image, channel=channel, kinds=tuple(kinds))
    alone = [
        line_profile(image, axis=axis, kind=kind, channel=channel)
        for kind in kinds
        for axis in AXES
    ]
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one.values, other.values)
        assert (one.axis, one.kind, one.channel) == (other.axis, other.kind, other.channel)


@pytest.mark.parametrize("shape, axis", [((2, 9), "rows"), ((9, 2, 3), "columns")])
def test_too_few_lines_are_refused_by_number(shape, axis):
    with pytest.raises(ImageShapeError, match=f"too few {axis} .* 2 where at least 3"):
        line_profile(np.zeros(shape, np.uint8), axis=axis)
    with pytest.raises(ImageShapeError, match="too few"):
        line_profiles(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("wrong", [{"axis": "x"}, {"kind": "third"}, {"channel": "chroma"}])
def test_unknown_words_are_refused_with_those_allowed(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ParameterError, match=f"{name} is '{value}', allowed are"):
        line_profile(np.zeros((4, 4), np.uint8), **wrong)


def test_unknown_words_are_refused_by_line_profiles_too():
    with pytest.raises(ParameterError, match="kind is 'third'"):
        line_profiles(np.zeros((4, 4), np.uint8), kinds=("signed", "third"))
    with pytest.raises(ParameterError, match="channel is 'chroma'"):
        line_profiles(np.zeros((4, 4), np.uint8), channel="chroma")


# --- the vector of the thread


def published(image: np.ndarray) -> np.ndarray:
    """Section 1 of the method, step by step, for 512x512."""
    color = image.mean(axis=(0, 1))
    distance = np.abs(image - color)
    distance = distance / distance.max()
    weighted = 2 * distance[:, :, 0] + 5 * distance[:, :, 1] + 3 * distance[:, :, 2]
    lines = weighted.sum(axis=0) + weighted.sum(axis=1)
    steps = np.diff(lines)[24:488]
    return steps / np.abs(steps).max()


def lines_on_black(side: int, lines: dict[int, tuple[int, int, int]], axis: str) -> np.ndarray:
    image = np.zeros((side, side, 3), np.uint8)
    for line, color in lines.items():
        image[line] = color
    return image if axis == "rows" else image.swapaxes(0, 1)


def test_the_vector_is_the_published_one_to_the_last_bit(rng):
    from skimage.data import astronaut

    noise = rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    for image in (astronaut(), noise, noise // 4, astronaut().swapaxes(0, 1)):
        vector = thread_vector(image)
        assert vector.shape == (464,)
        assert np.array_equal(vector, published(image))


@pytest.mark.parametrize("axis", AXES)
def test_one_white_line_is_a_step_up_and_a_step_down(axis):
    vector = thread_vector(lines_on_black(512, {100: (255, 255, 255)}, axis))
    expected = np.zeros(464)
    expected[99 - 24], expected[100 - 24] = 1, -1
    assert np.array_equal(vector, expected)


def test_channels_are_weighted_two_five_three():
    image = lines_on_black(512, {100: (90, 0, 0), 200: (0, 90, 0), 300: (0, 0, 90)}, "rows")
    vector = thread_vector(image)
    ups = vector[[99 - 24, 199 - 24, 299 - 24]]
    assert ups == pytest.approx([2 / 5, 1, 3 / 5], rel=1e-12)
    assert np.count_nonzero(np.abs(vector) > 1e-12) == 6


def test_the_channels_are_divided_by_one_maximum():
    vector = thread_vector(lines_on_black(512, {100: (250, 0, 0), 200: (0, 100, 0)}, "rows"))
    assert vector[[99 - 24, 199 - 24]] == pytest.approx([1, 1], rel=1e-12)  # 2 * 250 = 5 * 100


def test_rows_are_added_to_columns():
    both = lines_on_black(512, {100: (255,) * 3}, "rows")
    both[:, 100] = 255
    vector = thread_vector(both)
    assert vector[[99 - 24, 100 - 24]].tolist() == [1, -1]
    alone = thread_vector(lines_on_black(512, {100: (255,) * 3}, "rows"), axis="columns")
    assert not alone.any()


@pytest.mark.parametrize("side", [64, 100, 256, 300, 512, 1024])
def test_other_sizes_lose_the_border_in_proportion(side):
    start, stop = round(24 * side / 512), round(488 * side / 512)
    for line in (start + 1, side // 2, stop - 1):
        vector = thread_vector(lines_on_black(side, {line: (255,) * 3}, "rows"))
        assert len(vector) == stop - start
        assert np.argmax(vector) == line - 1 - start
        assert np.argmin(vector) == line - start
    beyond = thread_vector(lines_on_black(side, {start - 1: (255,) * 3}, "rows"))
    assert not beyond.any()


def test_a_picture_that_is_not_square_is_measured_along_one_axis(rng):
    image = rng.integers(0, 256, (512, 256, 3), dtype=np.uint8)
    with pytest.raises(ImageShapeError, match="needs a square: pass axis='rows' or axis='columns'"):
        thread_vector(image)
    rows, columns = (thread_vector(image, axis=axis) for axis in AXES)
    assert (len(rows), len(columns)) == (464, 232)
    assert np.allclose(thread_vector(image.swapaxes(0, 1), axis="columns"), rows, atol=1e-9)
    for vector in (rows, columns):
        assert np.abs(vector).max() == 1


@pytest.mark.parametrize("axis", [None, "rows", "columns"])
def test_a_flat_picture_has_a_vector_of_zeros(axis):
    vector = thread_vector(np.full((64, 64, 3), 77, np.uint8), axis=axis)
    assert vector.shape == (58,)
    assert not vector.any()


def test_the_vector_does_not_change_the_picture(cat):
    image = cat[:256, :256].copy()
    image.setflags(write=False)
    assert np.array_equal(thread_vector(image), thread_vector(image.copy()))


def test_trap_5_one_pixel_of_shift_turns_the_vector_around(rng):
    busy = 5 + 15 * (np.arange(514) % 2)  # every other row is farther from the mean
    image = (128 + busy[:, None] * rng.normal(size=(514, 514)))[..., None] * np.ones(3)
    vector, shifted, back = (thread_vector(image[i : i + 512, i : i + 512]) for i in range(3))
    assert np.corrcoef(vector, shifted)[0, 1] < -0.9
    assert np.corrcoef(vector, back)[0, 1] > 0.9


@pytest.mark.parametrize("shape", [(64, 64), (64, 64, 1), (64, 64, 4), (0, 0, 3)])
def test_the_vector_needs_three_channels(shape):
    with pytest.raises(ImageShapeError, match=r"allowed is \(M, N, 3\)"):
        thread_vector(np.zeros(shape, np.uint8))


def test_the_vector_knows_two_axes():
    with pytest.raises(ParameterError, match="axis is 'both', allowed are rows, columns"):
        thread_vector(np.zeros((64, 64, 3), np.uint8), axis="both")
