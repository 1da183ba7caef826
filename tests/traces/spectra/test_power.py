from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.spectra.power import cosine_spectrum, power_spectrum, radial_profile


def waves(shape: tuple[int, int], cycles: tuple[int, int]) -> np.ndarray:
    """A cosine with so many cycles along rows and along columns."""
    i, j = np.indices(shape)
    return np.cos(2 * np.pi * (cycles[0] * i / shape[0] + cycles[1] * j / shape[1]))


# Power


@pytest.mark.parametrize("shape", [(64, 64), (64, 96), (128, 32)])
def test_zero_frequency_is_in_the_middle(shape):
    power = power_spectrum(np.full(shape, 9.0)).power
    assert power.shape == shape
    assert np.unravel_index(power.argmax(), shape) == (shape[0] // 2, shape[1] // 2)


@given(st.integers(3, 29), st.integers(3, 29))
def test_a_wave_is_at_its_frequency_and_at_the_opposite(down, right):
    power = power_spectrum(waves((64, 64), (down, right))).power
    largest = {tuple(place) for place in np.argwhere(power > power.max() / 2)}
    assert largest == {(32 + down, 32 + right), (32 - down, 32 - right)}


def test_channels_are_not_rotated_by_the_shift(rng):
    # fftshift without axes= shifts the channel axis, too: red's spectrum becomes green's.
    image = rng.uniform(99, 101, (64, 64, 3))
    image[..., 0] += 20 * waves((64, 64), (0, 16))
    at = {c: power_spectrum(image, channel=c).power[32, 48] for c in ("red", "green", "blue")}
    assert at["red"] > 1000 * max(at["green"], at["blue"])
    alone = power_spectrum(image[..., 0]).power
    assert np.array_equal(power_spectrum(image, channel="red").power, alone)


def test_transposing_swaps_rows_and_columns(rng):
    image = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    power = power_spectrum(image).power
    turned = power_spectrum(image.swapaxes(0, 1)).power
    assert np.allclose(turned, power.T, rtol=1e-3, atol=1e-3)


def test_tiles_are_averaged(rng):
    image = rng.integers(0, 256, (1552, 1600), dtype=np.uint8)
    spectrum = power_spectrum(image)
    assert spectrum.n_parts == 9 and spectrum.power.shape == (512, 512)
    first = power_spectrum(image[:512, :512])
    assert first.n_parts == 1
    # The mean of nine is steadier than one.
    assert spectrum.power[100:200, 100:200].std() < first.power[100:200, 100:200].std() / 2


# Radial profile


@pytest.mark.parametrize("shape", [(64, 64), (64, 96), (200, 48)])
def test_the_radial_profile_is_centred_on_zero_frequency(shape):
    # The copied azimuthal average is half a pixel off and drops the middle.
    delta = np.zeros(shape)
    delta[shape[0] // 2, shape[1] // 2] = 5
    profile = radial_profile(delta)
    # In long pictures the nearest frequencies of the long side round to zero as well.
    assert profile.count[0] == 1 + 2 * (max(shape) // min(shape) // 2)
    assert np.isclose(profile.power[0] * profile.count[0], 5) and not profile.power[1:].any()
    n = min(shape)
    assert len(profile.power) == n // 2 + 1
    assert np.array_equal(profile.frequency, np.arange(n // 2 + 1) / n)


@given(st.integers(1, 31))
def test_power_at_a_distance_is_in_its_bin(k):
    power = np.zeros((64, 64))
    for i, j in ((k, 0), (-k, 0), (0, k), (0, -k)):
        power[32 + i, 32 + j] = 1
    profile = radial_profile(power)
    assert np.flatnonzero(profile.power).tolist() == [k]
    assert np.isclose(profile.power[k] * profile.count[k], 4)


@pytest.mark.parametrize("shape", [(64, 64), (48, 160)])
def test_the_profile_of_circles_is_their_height(shape):
    f, g = (np.fft.fftshift(np.fft.fftfreq(n)) for n in shape)
    radius = np.hypot(f[:, None], g)
    n = min(shape)
    profile = radial_profile(np.rint(radius * n))
    assert np.allclose(profile.power, np.arange(n // 2 + 1))
    assert profile.count.sum() == np.count_nonzero(np.rint(radius * n) <= n // 2)


def test_a_radial_profile_needs_a_spectrum():
    for shape in ((4,), (4, 4, 3), (0, 4)):
        with pytest.raises(ImageShapeError, match="spectrum has shape"):
            radial_profile(np.zeros(shape))


# Cosines


@settings(max_examples=15)
@given(st.floats(0.5, 20), st.integers(0, 2**32 - 1))
def test_noise_has_the_same_mean_logarithm_everywhere(deviation, seed):
    noise = np.random.default_rng(seed).normal(0, deviation, (128, 128))
    logs = cosine_spectrum(noise).log_magnitude
    assert logs.shape == (128, 128)
    assert np.isclose(logs.mean(), np.log(deviation) - 0.635, atol=0.05)


def test_a_grid_is_a_point_among_the_cosines(rng):
    image = rng.normal(100, 2, (128, 128))
    image[::2] += 3
    logs = cosine_spectrum(image).log_magnitude
    assert np.unravel_index(logs[1:].argmax(), logs[1:].shape) == (126, 0)


def test_a_flat_picture_has_finite_logarithms():
    logs = cosine_spectrum(np.full((32, 32, 3), 10, np.uint8)).log_magnitude
    assert np.isfinite(logs).all() and np.isclose(np.exp(logs[0, 0]), 320)


# At the edge


@pytest.mark.parametrize("measure", [power_spectrum, cosine_spectrum])
def test_input_is_checked_and_left_as_it_was(measure, rng):
    image = rng.integers(0, 256, (33, 47, 3), dtype=np.uint8)
    before = image.copy()
    image.setflags(write=False)
    first, second = measure(image), measure(image)
    name = "power" if measure is power_spectrum else "log_magnitude"
    assert getattr(first, name).shape == (32, 32)
    assert np.array_equal(getattr(first, name), getattr(second, name))
    assert getattr(first, name).dtype == np.float64
    assert np.array_equal(image, before)
    with pytest.raises(ImageShapeError):
        measure(np.zeros((32, 32, 2)))
    with pytest.raises(ImageShapeError):
        measure(np.zeros((8, 8, 3)))
    with pytest.raises(ParameterError):
        measure(image, channel="hue")
