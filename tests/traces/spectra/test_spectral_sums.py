from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.phases import phase_statistics
from forensics.traces.spectra.harmonics import harmonic_grid
from forensics.traces.spectra.power import cosine_spectrum, power_spectrum
from forensics.traces.spectra.residual import median_residual, residual_spectrum
from forensics.traces.spectra.sums import spectral_sums


def pictures(n: int, seed: int = 3, shape: tuple[int, ...] = (64, 80, 3)) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, shape, dtype=np.uint8) for _ in range(n)]


PARTS = [spectral_sums(image) for image in pictures(6)]


@settings(max_examples=20)
@given(st.permutations(range(6)), st.integers(1, 5))
def test_order_and_split_leave_the_same_bits(order, cut):
    total = sum(PARTS)
    shuffled = [PARTS[i] for i in order]
    assert sum(shuffled) == total
    assert sum(shuffled[cut:]) + sum(shuffled[:cut]) == total
    assert total.n_images == 6 and total.n_parts == 6


def test_one_picture_is_what_the_traces_say():
    (image,) = pictures(1, shape=(64, 80, 3))
    sums = spectral_sums(image)
    assert np.allclose(sums.power_spectrum.power, power_spectrum(image).power, atol=2.0**-12)
    residual, expected = sums.residual_spectrum, residual_spectrum(image)
    assert np.allclose(residual.power, expected.power, rtol=1e-3, atol=2.0**-16)
    assert np.allclose(residual.locked, residual.power, rtol=1e-3, atol=1e-3)
    assert np.array_equal(sums.locked, np.rint(1000 * median_residual(image)))
    logs = cosine_spectrum(image).log_magnitude
    assert np.allclose(sums.cosine_spectrum.log_magnitude, logs, atol=1e-6)
    phases, expected = sums.phase_statistics, phase_statistics(image)
    for name in ("cells", "errors", "levels", "parts"):
        assert np.allclose(getattr(phases, name), getattr(expected, name), atol=1e-6)
    for period in (8, 16):
        ratios = harmonic_grid(image, period=period).ratios
        assert np.allclose(sums.harmonic_grid(period).ratios, ratios, rtol=1e-3, atol=1e-3)


def test_a_set_is_the_mean_of_its_pictures():
    images = pictures(5)
    sums = sum(map(spectral_sums, images))
    power = np.mean([residual_spectrum(image).power for image in images], axis=0)
    assert np.allclose(sums.residual_spectrum.power, power, rtol=1e-3, atol=1e-4)
    mean = np.mean([median_residual(image) for image in images], axis=0)
    assert np.allclose(sums.mean_residual, mean)
    assert np.allclose(sums.residual_spectrum.locked, power_spectrum(mean).power)
    logs = np.mean([cosine_spectrum(image).log_magnitude for image in images], axis=0)
    assert np.allclose(sums.cosine_spectrum.log_magnitude, logs, atol=1e-6)
    each = [phase_statistics(image) for image in images]
    assert np.allclose(sums.phase_statistics.cells, np.mean([one.cells for one in each], axis=0))
    errors = np.sqrt(np.sum([one.errors**2 for one in each], axis=0)) / 5
    assert np.allclose(sums.phase_statistics.errors, errors, atol=1e-6)
    assert sums.phase_statistics.n_images == 5 and sums.residual_spectrum.n_parts == 5


def test_what_is_shared_stands_out_of_a_set(rng):
    i, _ = np.indices((128, 128))
    pattern = 1.5 * (-1.0) ** i
    images = [np.clip(rng.normal(120, 10, i.shape) + pattern, 0, 255) for _ in range(20)]
    spectrum = sum(spectral_sums(x.astype(np.uint8)) for x in images).residual_spectrum
    for power, least in ((spectrum.power, 20), (spectrum.locked, 400)):
        assert power[0, 64] > least * np.median(power)


def test_a_large_picture_counts_once_and_its_tiles_nine_times(rng):
    image = rng.integers(0, 256, (1600, 1600), dtype=np.uint8)
    sums = spectral_sums(image)
    assert (sums.n_images, sums.n_parts, sums.shape) == (1, 9, (512, 512))
    spectrum = residual_spectrum(image)
    assert np.allclose(sums.residual_spectrum.power, spectrum.power, rtol=1e-3, atol=1e-3)
    assert np.allclose(sums.residual_spectrum.locked, spectrum.locked, rtol=1e-2, atol=1e-2)


def test_the_channel_is_passed_on():
    (image,) = pictures(1)
    sums = spectral_sums(image, channel="blue")
    assert sums.channel == sums.power_spectrum.channel == "blue"
    assert np.array_equal(sums.residual, spectral_sums(image[..., 2]).residual)


def test_a_flat_picture_has_sums():
    sums = spectral_sums(np.full((64, 64, 3), 100, np.uint8))
    assert not sums.residual_spectrum.power.any() and not sums.mean_residual.any()
    assert np.isfinite(sums.cosine_spectrum.log_magnitude).all()


def test_sums_that_do_not_match_are_not_added():
    a = spectral_sums(pictures(1)[0])
    with pytest.raises(ImageShapeError, match="same size"):
        a + spectral_sums(pictures(1, shape=(80, 64))[0])
    with pytest.raises(ImageShapeError, match="same size and channel"):
        a + spectral_sums(pictures(1)[0], channel="red")
    with pytest.raises(TypeError):
        a + 1
    assert a != 1 and a != a + a


@pytest.mark.parametrize("value", [2**62, -(2**62) - 1])
def test_sums_that_do_not_fit_are_refused_and_never_wrap(value):
    a = spectral_sums(pictures(1)[0])
    full = replace(a, cosine=np.full_like(a.cosine, value))
    with pytest.raises(ParameterError, match="two halves"):
        full + full


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ImageShapeError, match="dtype"):
        spectral_sums(np.zeros((64, 64)))
    with pytest.raises(ImageShapeError, match="at least 64 x 64"):
        spectral_sums(np.zeros((64, 63, 3), np.uint8))
    with pytest.raises(ParameterError, match="channel"):
        spectral_sums(np.zeros((64, 64, 3), np.uint8), channel="hue")
