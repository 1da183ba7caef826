from __future__ import annotations

import itertools
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forensics.traces.sums as module
from forensics.errors import EmptySetError, ImageShapeError, ParameterError
from forensics.traces.sums import Moments, RunningMoments, moments

COUNTS = (1, 2, 3, 4, 13, 255, 256, 257, 258, 513, 514, 515)
SHAPES = ((1, 1), (1, 1, 3), (2, 1, 3), (3, 5), (2, 3, 3))
PALETTES = ((0,), (128,), (255,), (0, 255), (127, 128), (0, 128, 255), tuple(range(256)))


def stack_of(n: int, shape: tuple[int, ...], palette: tuple[int, ...], seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).integers(0, len(palette), (n, *shape))
    return np.asarray(palette, np.uint8)[drawn]


def narrowest(largest: int) -> type:
    return np.uint16 if largest < 2**16 else np.uint32 if largest < 2**32 else np.uint64


STACKS = st.builds(
    stack_of,
    st.sampled_from(COUNTS),
    st.sampled_from(SHAPES),
    st.sampled_from(PALETTES),
    st.integers(0, 2**32),
)


def same_bytes(one: Moments, other: Moments) -> bool:
    return all(
        a is b is None or (a.dtype == b.dtype and a.tobytes() == b.tobytes())
        for a, b in ((one.sums, other.sums), (one.squares, other.squares))
    )


@given(STACKS)
def test_moments_are_the_sums_of_naive_int64(stack):
    naive = stack.astype(np.int64)
    result = moments(iter(stack), spread=True)
    assert result.n == len(stack)
    assert result.shape == stack.shape[1:]
    assert np.array_equal(result.sums, naive.sum(axis=0))
    assert np.array_equal(result.squares, (naive**2).sum(axis=0))
    assert result.sums.dtype == narrowest(len(stack) * 255)
    assert result.squares.dtype == narrowest(len(stack) * 255**2)


@given(STACKS)
def test_without_the_spread_there_are_the_same_sums_alone(stack):
    result, both = moments(stack), moments(stack, spread=True)
    assert result.squares is None and (result.n, result.shape) == (both.n, both.shape)
    assert same_bytes(result, Moments(both.n, both.sums))
    assert result != both and both != result and result == moments(iter(stack))
    for spread in ("std", "stderr"):
        with pytest.raises(ParameterError, match=r"no squares, .* pass spread=True when"):
            getattr(result, spread)


@given(STACKS, STACKS)
def test_squares_are_added_where_both_have_them(one, other):
    other = np.resize(other, (len(other), *one.shape[1:]))
    both = moments([*one, *other])
    for spreads in ((True, False), (False, True), (False, False)):
        a, b = (moments(x, spread=y) for x, y in zip((one, other), spreads, strict=True))
        assert same_bytes(a + b, both) and a + b == both
    with_both = moments(one, spread=True) + moments(other, spread=True)
    assert same_bytes(with_both, moments([*one, *other], spread=True))


@given(STACKS, st.booleans(), st.data())
def test_order_split_and_number_of_parts_change_no_byte(stack, spread, draw):
    whole = moments(stack, spread=spread)
    order = np.random.default_rng(draw.draw(st.integers(0, 2**32))).permutation(len(stack))
    cuts = sorted(draw.draw(st.sets(st.integers(1, max(1, len(stack) - 1)), max_size=5)))
    split = np.split(stack[order], cuts)
    parts = [moments(part, spread=spread) for part in split if len(part)]
    for merged in (sum(parts), sum(reversed(parts))):
        assert merged == whole
        assert same_bytes(merged, whole)
        assert merged.n == len(stack)


@given(STACKS)
def test_mean_and_spread_are_those_of_the_stack(stack):
    result = moments(stack, spread=True)
    assert np.array_equal(result.mean, stack.sum(axis=0, dtype=np.int64) / len(stack))
    assert np.allclose(result.std, stack.std(axis=0, dtype=np.float64), rtol=1e-9, atol=1e-9)
    assert np.allclose(result.stderr * np.sqrt(result.n), result.std, rtol=1e-14)


@given(st.sampled_from(COUNTS), st.integers(0, 255))
def test_a_constant_set_has_its_value_as_mean_and_no_spread(n, value):
    result = moments(itertools.repeat(np.full((2, 2, 3), value, np.uint8), n), spread=True)
    assert np.all(result.mean == value)
    assert np.all(result.std == 0)
    assert np.all(result.stderr == 0)


def test_the_spread_does_not_cancel_where_it_is_small():
    n = 10_007
    images = [np.full((1, 1), 255, np.uint8)] * (n - 1) + [np.full((1, 1), 254, np.uint8)]
    share = 1 / n
    assert moments(images, spread=True).std[0, 0] == pytest.approx(
        np.sqrt(share * (1 - share)), rel=1e-9
    )


@pytest.mark.parametrize("n", [257, 258, 65_537, 65_793, 66_049, 66_051, 66_052, 70_000])
def test_sums_hold_where_the_next_wider_type_begins(n):
    values = np.array([0, 128, 255], np.uint8)
    result = moments(itertools.repeat(values.reshape(1, 1, 3), n), spread=True)
    assert result.n == n
    assert result.sums.ravel().tolist() == [0, 128 * n, 255 * n]
    assert result.squares.ravel().tolist() == [0, 128**2 * n, 255**2 * n]
    assert result.squares.dtype == narrowest(255**2 * n)
    assert np.array_equal(result.mean.ravel(), values)
    assert not result.std.any()


@pytest.mark.parametrize("n", [257, 258, 66_051, 66_052])
def test_merging_widens_before_it_can_overflow(n):
    white = Moments(1, np.full((1, 1), 255, np.uint16), np.full((1, 1), 255**2, np.uint16))
    doubled, merged, rest = white, 0, n
    while rest:
        if rest % 2:
            merged = merged + doubled
        doubled, rest = doubled + doubled, rest // 2
    assert merged.n == n
    assert merged.sums.item() == 255 * n
    assert merged.squares.item() == 255**2 * n
    whites = itertools.repeat(np.full((1, 1), 255, np.uint8), n)
    assert same_bytes(merged, moments(whites, spread=True))


@pytest.mark.parametrize("block", [1, 7, 2**17])
def test_pictures_of_more_than_one_block_have_the_same_sums(rng, monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    side = (300, 301) if block > 7 else (4, 5)  # 270,900 values of three channels
    stack = rng.integers(0, 256, (5, *side, 3), dtype=np.uint8)
    result = moments(stack, spread=True)
    assert np.array_equal(result.sums, stack.sum(axis=0, dtype=np.int64))
    assert np.array_equal(result.squares, (stack.astype(np.int64) ** 2).sum(axis=0))


@pytest.mark.parametrize(
    "view",
    [
        lambda stack: stack[:, ::2, ::-1],
        lambda stack: stack.transpose(0, 2, 1, 3),
        lambda stack: stack[..., ::-1],
        lambda stack: stack[..., 1],
        np.asfortranarray,
    ],
)
def test_views_and_read_only_pictures_are_read_and_left_as_they_are(rng, view):
    stack = rng.integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
    before = stack.copy()
    stack.setflags(write=False)
    images = view(stack)
    assert moments(images) == moments(list(np.ascontiguousarray(images)))
    assert np.array_equal(moments(images).sums, images.sum(axis=0, dtype=np.int64))
    assert np.array_equal(stack, before)


def test_a_buffer_may_be_used_again_for_the_next_picture(rng):
    stack = rng.integers(0, 256, (30, 4, 5, 3), dtype=np.uint8)

    def reusing_one_buffer():
        buffer = np.empty(stack.shape[1:], np.uint8)
        for image in stack:
            buffer[:] = image
            yield buffer

    assert moments(reusing_one_buffer()) == moments(stack)


def test_pictures_are_taken_once_and_a_few_at_a_time():
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0

    def fresh():
        nonlocal most
        for value in range(300):
            image = np.full((8, 8, 3), value % 256, np.uint8)
            alive.append(weakref.ref(image))
            most = max(most, sum(reference() is not None for reference in alive))
            yield image

    images = fresh()
    assert moments(images).n == 300
    assert next(images, None) is None
    assert most <= 3


def test_the_result_shares_no_memory_with_the_pictures_or_its_parts(rng):
    images = rng.integers(0, 256, (2, 3, 3), dtype=np.uint8)
    one, other = moments(images[:1]), moments(images[1:])
    merged = one + other
    sums = merged.sums.copy()
    images[:] = 0
    one.sums[:] = 0
    assert np.array_equal(merged.sums, sums)


def test_a_wrong_picture_stops_the_stream_where_it_stands():
    images = iter([np.zeros((2, 2), np.uint8)] * 2 + [np.zeros((2, 3), np.uint8)] * 5)
    with pytest.raises(ImageShapeError, match=r"shape \(2, 3\), the set has \(2, 2\)"):
        moments(images)
    assert len(list(images)) == 4


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 2), np.float64),
        np.zeros((2, 2), np.int8),
        np.zeros((2, 2), np.uint16),
        np.zeros((2, 2), bool),
    ],
)
def test_other_types_are_refused_by_name(image):
    with pytest.raises(ImageShapeError, match=f"dtype {image.dtype}, allowed is uint8"):
        moments([image])


@pytest.mark.parametrize("shape", [(), (4,), (2, 2, 1), (2, 2, 4), (1, 2, 2, 3), (0, 2, 3), (2, 0)])
def test_other_shapes_are_refused_by_name(shape):
    with pytest.raises(ImageShapeError, match="allowed is") as caught:
        moments([np.zeros(shape, np.uint8)])
    assert str(shape) in str(caught.value)


def test_gray_and_color_do_not_mix():
    with pytest.raises(ImageShapeError, match="crop all to one size"):
        moments([np.zeros((3, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)])


def test_an_empty_set_has_no_moments():
    with pytest.raises(EmptySetError, match="no picture"):
        moments(iter(()))


def test_sets_of_two_sizes_do_not_merge():
    one, other = (moments([np.zeros(shape, np.uint8)]) for shape in ((2, 2, 3), (2, 3, 3)))
    with pytest.raises(ImageShapeError, match=r"\(2, 3, 3\) cannot be added .* \(2, 2, 3\)"):
        one + other


def test_moments_add_to_moments_only():
    one = moments([np.zeros((1, 1), np.uint8)])
    for other in (1, None, "two", np.zeros((1, 1))):
        with pytest.raises(TypeError):
            one + other
    assert one != 1
    with pytest.raises(TypeError):
        1 + one


@given(STACKS)
def test_one_changed_pixel_makes_another_blend(stack):
    changed = stack.copy()
    changed.reshape(-1)[0] ^= 1
    assert moments(changed) != moments(stack)
    assert moments(stack) == moments(stack.copy())


def test_pictures_put_into_the_room_are_counted_like_others(rng):
    pictures = rng.integers(0, 256, (30, 4, 5, 3), dtype=np.uint8)
    running = RunningMoments(spread=True)
    for number, picture in enumerate(pictures):
        if running.room is None or number % 3 == 0:
            running.add(picture)
        else:
            running.room[...] = picture
            running.add(running.room)
    assert running.moments() == moments(pictures, spread=True)


@given(STACKS, st.booleans())
def test_sums_so_far_stay_as_they_were_when_more_is_added(stack, spread):
    running = RunningMoments(spread=spread)
    with pytest.raises(EmptySetError):
        running.moments()
    before = []
    for number, picture in enumerate(stack, 1):
        running.add(picture)
        if number in (1, 3, 257, len(stack)):
            before.append((number, running.moments()))
    for number, result in before:
        assert same_bytes(result, moments(stack[:number], spread=spread))
