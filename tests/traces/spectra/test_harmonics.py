from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.spectra.harmonics import cross_difference, harmonic_grid, harmonic_ratios


def textured(rng, shape, period, axis):
    """Noise that is stronger on every so many lines."""
    noise = rng.normal(0, 2, shape)
    lines = np.arange(shape[axis]) % period == 0
    strength = 1 + 2 * lines
    return 100 + noise * (strength[:, None] if axis == 0 else strength)


def test_the_cross_difference_is_what_it_is_said_to_be(rng):
    image = rng.integers(0, 256, (9, 7), dtype=np.uint8)
    x = image.astype(float)
    found = cross_difference(image)
    for i in range(8):
        for j in range(6):
            expected = abs(x[i, j] + x[i + 1, j + 1] - x[i, j + 1] - x[i + 1, j])
            assert found[i, j] == expected


def test_ramps_and_stripes_along_the_axes_have_none(rng):
    i, j = np.indices((20, 30))
    lines = rng.uniform(0, 100, 20)[:, None] + rng.uniform(0, 100, 30)
    assert np.allclose(cross_difference(3.0 * i + 2.0 * j), 0)
    assert np.allclose(cross_difference(lines), 0)


@pytest.mark.parametrize("period", [8, 16])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_grid_is_on_its_harmonics_along_its_axis(rng, period, axis):
    image = textured(rng, (256, 320), period, axis)
    grid = harmonic_grid(image, period=period)
    ratios = grid.ratios if axis == 0 else grid.ratios.T
    assert grid.ratios.shape == (period, period)
    assert np.all(ratios[1:4, 0] > 30) and np.median(ratios[:, 1:]) < 3
    assert np.all(grid.p_values[ratios > 100] < 1e-6) if axis == 0 else True


def test_a_grid_mirrors_itself(rng):
    grid = harmonic_grid(rng.normal(100, 9, (128, 192)), period=16)
    for values in (grid.ratios, grid.p_values):
        mirrored = np.roll(values[::-1, ::-1], (1, 1), axis=(0, 1))
        assert np.allclose(values, mirrored) and values[0, 0] == 1


def test_the_grid_of_8_is_every_second_of_16(rng):
    image = rng.normal(100, 9, (128, 128))
    eight, sixteen = (harmonic_grid(image, period=period) for period in (8, 16))
    assert np.array_equal(eight.ratios, sixteen.ratios[::2, ::2])


def test_jpeg_fills_the_axes_of_the_grid_of_8(cat):
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, "JPEG", quality=50)
    before, after = (harmonic_grid(x).ratios for x in (cat, np.array(Pillow.open(file))))
    assert np.all(after[1:, 0] > 20) and np.all(after[0, 1:] > 20)
    assert np.median(before[1:, 0]) < 5


def test_power_of_a_set_can_be_given(rng):
    power = rng.exponential(1, (64, 64))
    grid = harmonic_ratios(power, period=8, channel="red", n_parts=7)
    assert (grid.period, grid.channel, grid.n_parts) == (8, "red", 7)


def test_large_pictures_are_measured_by_tiles(rng):
    assert harmonic_grid(rng.integers(0, 9, (1600, 1600), dtype=np.uint8)).n_parts == 9


def test_a_flat_picture_has_no_grid():
    grid = harmonic_grid(np.full((64, 64, 3), 9, np.uint8))
    assert grid.ratios.sum() == 1 and np.all(grid.p_values == 1)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ParameterError, match="period is 7"):
        harmonic_grid(np.zeros((64, 64)), period=7)
    with pytest.raises(ParameterError, match="period is 4"):
        harmonic_ratios(np.zeros((64, 64)), period=4)
    with pytest.raises(ImageShapeError, match="at least 64 x 64"):
        harmonic_grid(np.zeros((63, 99)))
    with pytest.raises(ParameterError, match="channel"):
        harmonic_grid(np.zeros((64, 64)), channel="hue")
