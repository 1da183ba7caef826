from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ParameterError
from forensics.images.delivery.simulate import LAYERS, draw_layer, interpolating, layer_response

SEEDS, SIDES = st.integers(0, 2**32), st.integers(1, 9)
SIZES = {"zero-insertion": 3, "transposed-3": 3, "transposed-4": 4, "transposed-5": 5,
         "nearest": 4, "bilinear": 6, "pixel-shuffle": 6}  # fmt: skip


def by_definition(features: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Zeros between the samples, then one kernel, the slow way."""
    size, reach = len(kernel), len(kernel)
    padded = np.pad(features, reach, mode="edge")
    zeros = np.zeros((2 * len(padded), 2 * padded.shape[1]))
    zeros[::2, ::2] = padded
    rows, columns = 2 * features.shape[0], 2 * features.shape[1]
    made = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = (2 * reach + place - size // 2 for place in (i, j))
            made[i, j] = (zeros[top : top + size, left : left + size] * kernel).sum()
    return made


@given(SEEDS, st.sampled_from(LAYERS), SIDES, SIDES)
def test_every_layer_is_zeros_between_the_samples_and_one_kernel(seed, name, rows, columns):
    rng = np.random.default_rng(seed)
    kernel = draw_layer(name, rng).kernels[0]
    assert kernel.shape == (SIZES[name],) * 2
    features = rng.standard_normal((rows, columns))
    assert np.allclose(layer_response(features, kernel), by_definition(features, kernel))


@given(SEEDS, SIDES, SIDES)
def test_channels_go_through_alike(seed, rows, columns):
    rng = np.random.default_rng(seed)
    features, kernel = rng.standard_normal((rows, columns, 3)), rng.standard_normal((5, 5))
    made = layer_response(features, kernel)
    for channel in range(3):
        assert np.allclose(made[..., channel], layer_response(features[..., channel], kernel))


@pytest.mark.parametrize("size", [3, 4, 5])
def test_an_interpolating_kernel_keeps_flat_areas_flat(size):
    assert np.allclose(layer_response(np.full((5, 6), 7.0), interpolating(size)), 7)


@given(SEEDS, st.sampled_from(["nearest", "bilinear"]))
def test_nearest_and_bilinear_draw_no_grid_on_flat_areas(seed, name):
    kernel = draw_layer(name, np.random.default_rng(seed)).kernels[0]
    assert np.ptp(layer_response(np.ones((6, 6)), kernel)) < 1e-9


@pytest.mark.parametrize("name", ["transposed-3", "transposed-4", "transposed-5", "pixel-shuffle"])
def test_the_others_do(name):
    kernel = draw_layer(name, np.random.default_rng(1)).kernels[0]
    flat = layer_response(np.ones((6, 6)), kernel)
    assert np.ptp(flat) > 0.01
    assert np.allclose(flat, np.tile(flat[:2, :2], (6, 6)))  # a checkerboard of period 2


@given(SEEDS, st.sampled_from([2, 4, 6]))
def test_a_symmetric_kernel_of_even_size_makes_mirror_images(seed, size):
    # Why such layers leave nothing at period 2 in second differences.
    rng = np.random.default_rng(seed)
    kernel, features = rng.standard_normal((size, size)), rng.standard_normal((7, 8))
    kernel = kernel + kernel[::-1]
    made = layer_response(features, kernel)
    assert np.allclose(layer_response(features[::-1], kernel), made[::-1])


def test_the_mirror_is_broken_in_every_drawn_layer(rng):
    features = rng.standard_normal((30, 30))
    for name in LAYERS:
        kernel = draw_layer(name, rng).kernels[0]
        for axis in (0, 1):
            made = layer_response(features, kernel)
            other = np.flip(layer_response(np.flip(features, axis), kernel), axis)
            assert np.abs(made - other).mean() > 0.01


@pytest.mark.parametrize("name", LAYERS)
def test_weights_are_seeded(name):
    first, same, other = (draw_layer(name, np.random.default_rng(s), depth=2) for s in (1, 1, 2))
    assert np.array_equal(first.kernels, same.kernels) and np.array_equal(first.signs, same.signs)
    assert not np.array_equal(first.kernels, other.kernels)
    assert not np.array_equal(first.kernels[0], first.kernels[1])
    assert set(first.signs) <= {-1, 1} and len(first.kernels) == len(first.signs) == 2


def test_what_is_no_layer_is_refused(rng):
    with pytest.raises(ParameterError, match="layer is 'deep', allowed are zero-insertion"):
        draw_layer("deep", rng)
    for depth in (0, 6, 1.5):
        with pytest.raises(ParameterError, match="depth is"):
            draw_layer("nearest", rng, depth=depth)
