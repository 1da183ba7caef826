"""Laws that hold for the trace of every innocent maker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import ImageShapeError
from forensics.traces.blockwise import block_means, block_z, two_sided
from forensics.traces.makers.dithering import dithering
from forensics.traces.makers.enlargement import enlargement
from forensics.traces.makers.every import makers
from forensics.traces.makers.interlacing import interlacing
from forensics.traces.makers.mosaic import mosaic, scaled_mosaic
from forensics.traces.makers.readout import readout
from forensics.traces.makers.screens import screen
from forensics.traces.makers.studio import studio_luma
from forensics.traces.makers.tiling import tiling
from forensics.traces.makers.wavelets import wavelet_trace
from forensics.traces.significance import binomial_tail

TRACES: tuple[Callable[[Any], Any], ...] = (
    dithering,
    enlargement,
    interlacing,
    mosaic,
    readout,
    scaled_mosaic,
    screen,
    studio_luma,
    tiling,
    wavelet_trace,
)
SURE = 1e-6


def textured(seed: int, shape: tuple[int, ...] = (160, 192, 3)) -> np.ndarray:
    """Noise with neighbours alike, as photographs have them, in whole counts."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 25, (shape[0] // 8 + 2, shape[1] // 8 + 2))
    rows, columns = (np.arange(side) / 8 for side in shape[:2])
    wide = np.stack([np.interp(columns, np.arange(coarse.shape[1]), line) for line in coarse])
    smooth = np.stack([np.interp(rows, np.arange(len(wide)), line) for line in wide.T], axis=1)
    colors = smooth.reshape(*shape[:2], *[1] * (len(shape) - 2)) + rng.normal(0, 5, shape)
    return np.clip(np.rint(125 + colors), 0, 255).astype(np.uint8)


# What always holds


@pytest.mark.parametrize("trace", TRACES)
def test_noise_has_none(trace):
    chances = [trace(textured(seed)).p_value for seed in range(20)]
    assert all(0 < p <= 1 for p in chances)
    assert min(chances) > 1e-4 and np.mean(np.array(chances) < 0.05) <= 0.2


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("value", [0, 90, 255])
def test_one_color_has_none(trace, value):
    assert trace(np.full((128, 128, 3), value, np.uint8)).p_value > 0.1


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("shape", [(64, 64), (65, 131, 3), (300, 66)])
def test_small_and_gray_pictures_are_measured(trace, shape):
    image = textured(3, shape)
    image.setflags(write=False)
    before = image.copy()
    found = trace(image)
    assert is_dataclass(found) and SURE < found.p_value <= 1
    assert np.array_equal(image, before) and trace(image) == found


@pytest.mark.parametrize("trace", TRACES)
def test_other_shapes_are_refused(trace):
    with pytest.raises(ImageShapeError):
        trace(np.zeros((64, 64, 4), np.uint8))


def test_every_maker_is_measured_within_the_frame():
    image = textured(1)
    image[::2] += 3
    framed = np.pad(image, ((20, 30), (10, 0), (0, 0)))
    assert makers(framed) == makers(image)
    assert len(fields(makers(image))) == len(TRACES)


# JPEG 2000


def dropped(image: np.ndarray) -> np.ndarray:
    """The finest details of three levels of averages dropped, as strong compression does."""
    import io

    from PIL import Image as Pillow

    file = io.BytesIO()
    options = {"quality_mode": "rates", "quality_layers": [20], "irreversible": True}
    Pillow.fromarray(image).save(file, "JPEG2000", **options)
    return np.asarray(Pillow.open(file))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 7), st.integers(0, 7))
def test_wavelets_are_seen_at_any_crop(down, right):
    image = dropped(textured(2, (320, 320, 3)))[down:, right:]
    found = wavelet_trace(image)
    assert found.wavelet == "9/7" and found.p_value < SURE and found.zeros > found.elsewhere
    assert wavelet_trace(image.swapaxes(0, 1)).p_value == pytest.approx(found.p_value)


def test_noise_covers_the_wavelet():
    image = dropped(textured(2, (320, 320, 3))).astype(float)
    image += np.random.default_rng(0).normal(0, 6, image.shape)
    assert wavelet_trace(image).p_value > SURE


# Lines


@settings(max_examples=12, deadline=None)
@given(st.sampled_from([-1, 1]), st.floats(0.01, 0.05), st.sampled_from([0, 1]), st.booleans())
def test_one_gain_on_every_second_line_is_measured(sign, share, axis, offset):
    image = textured(4, (256, 256, 3)).astype(float)
    lines = np.moveaxis(image, axis, 0)
    lines[1::2] += sign * share * (100 if offset else lines[1::2])
    found = readout(image)
    expected = share * (100 if offset else 1)
    assert found.axis == ("rows", "columns")[axis] and found.p_value < SURE < found.p_across
    assert found.explained > 0.8 and found.departure < 0.3
    measured = abs(found.amount) * (1 if (found.law == "offset") == offset else 0)
    assert measured == 0 or measured == pytest.approx(expected, rel=0.25)
    turned = readout(image.swapaxes(0, 1))
    assert turned.axis != found.axis and turned.p_value == pytest.approx(found.p_value, rel=1e-3)


def test_colors_that_alternate_on_their_own_leave_the_law():
    image = textured(5, (256, 256, 3)).astype(float)
    image[::2, :, 1] += 2
    image[::2, :, 0] -= 1
    assert readout(image).departure > 0.3


@pytest.mark.parametrize("shift", [-4, -1, 2, 5])
def test_fields_that_are_moved_are_measured(shift):
    image = textured(6, (256, 256)).astype(float)
    rows = np.repeat(image[::2], 2, axis=0)
    rows[1::2] = np.roll(rows, shift, axis=1)[1::2]
    found = interlacing(rows)
    assert found.shift == shift and found.p_value < SURE
    assert interlacing(rows[:, ::-1]).shift == -shift


# Mosaic


def bayer(image: np.ndarray) -> np.ndarray:
    """Red at even rows and columns; gaps are filled with the mean of the neighbours."""
    from scipy.ndimage import convolve

    rows, columns = np.indices(image.shape[:2]) % 2
    sites = ((rows == 0) & (columns == 0), rows != columns, (rows == 1) & (columns == 1))
    wide = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
    kernels = (wide, cross, wide)
    planes = [
        convolve(np.where(site, image[..., i], 0.0), kernel, mode="mirror")
        for i, (site, kernel) in enumerate(zip(sites, kernels, strict=True))
    ]
    return np.stack(planes, axis=2)


@pytest.mark.parametrize("down", [0, 1])
@pytest.mark.parametrize("right", [0, 1])
def test_a_mosaic_is_seen_at_any_place(down, right):
    image = bayer(textured(7, (256, 256, 3)))[down:, right:]
    found = mosaic(image)
    assert found.p_value < SURE and found.is_mirrored
    swapped = mosaic(image[..., ::-1])
    assert np.allclose(swapped.opposed, -np.array(found.opposed), rtol=1e-3)
    turned = mosaic(image.swapaxes(0, 1))
    assert np.allclose(turned.opposed, found.opposed[::-1], rtol=1e-2)


@pytest.mark.parametrize("scale", [0.83, 0.9])
def test_a_mosaic_that_was_scaled_keeps_its_diagonal(scale):
    from forensics.images.delivery.resize import resized

    image = np.clip(np.rint(bayer(textured(7, (320, 320, 3)))), 0, 255).astype(np.uint8)
    found = scaled_mosaic(resized(image, scale))
    assert found.p_value < SURE and found.scale == pytest.approx(scale, rel=0.02)
    assert scaled_mosaic(image).p_value > SURE


def test_red_and_blue_alike_are_no_mosaic():
    image = bayer(textured(7, (256, 256, 3)))
    image[..., 2] = image[..., 0]
    assert mosaic(image).p_value > 1e-3 or not mosaic(image).is_mirrored


# What returns


@settings(max_examples=8, deadline=None)
@given(st.integers(18, 60), st.integers(18, 60))
def test_a_tile_is_found_at_its_distance(high, wide):
    rng = np.random.default_rng(high * wide)
    image = textured(8, (320, 320)).astype(float)
    tile = rng.normal(0, 6, (high, wide))
    image += np.tile(tile, (-(-320 // high), -(-320 // wide)))[:320, :320]
    found = tiling(image)
    down, right = found.offset
    assert found.p_value < SURE and down % high == 0 and right % wide == 0


@pytest.mark.parametrize("period", [2, 4, 8, 16])
def test_what_codecs_and_layers_repeat_is_no_tile(period):
    tile = np.random.default_rng(period).normal(0, 6, (period, period))
    image = textured(9, (320, 320)) + np.tile(tile, (320 // period, 320 // period))
    assert tiling(image).p_value > SURE


@settings(max_examples=8, deadline=None)
@given(st.floats(3.2, 9.0), st.floats(0, 45))
def test_dots_are_measured(pitch, angle):
    rows, columns = np.indices((256, 256))
    turn = np.radians(angle)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    dots = np.cos(2 * np.pi * along / pitch) + np.cos(2 * np.pi * across / pitch)
    found = screen(textured(10, (256, 256)) + 15 * dots)
    assert found.p_value < SURE and found.pitch == pytest.approx(pitch, rel=0.04)
    assert 7 < found.amplitude < 20


@pytest.mark.parametrize("side", [2, 4])
def test_a_dither_is_a_matter_of_place(side):
    rng = np.random.default_rng(side)
    image = textured(11, (256, 256)).astype(float)
    screens = np.tile(
        rng.permutation(side * side).reshape(side, side) / side**2, (256 // side,) * 2
    )
    steps = np.floor(image / 255 * 7 + screens) * 255 / 7
    noise = np.floor(image / 255 * 7 + rng.random(image.shape)) * 255 / 7
    assert dithering(steps).p_value < SURE < dithering(noise).p_value
    assert dithering(steps).levels <= 9


# Blocks and chances


def test_means_of_blocks_keep_channels():
    values = np.random.default_rng(0).normal(size=(70, 100, 3))
    found = block_means(values)
    assert found.shape == (6, 3)
    assert np.allclose(found[0], values[:32, :32].mean(axis=(0, 1)))


@given(st.integers(0, 40), st.integers(1, 40), st.floats(0.05, 0.95))
def test_the_binomial_tail_is_that_of_scipy(successes, trials, share):
    from scipy.stats import binom

    successes = min(successes, trials)
    expected = float(binom.sf(successes - 1, trials, share))
    assert binomial_tail(successes, trials, share) == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_chances_of_blocks_are_uniform():
    rng = np.random.default_rng(0)
    chances = np.array([two_sided(block_z(rng.normal(size=30)), 30) for _ in range(500)])
    assert abs(np.mean(chances < 0.1) - 0.1) < 0.04 and abs(chances.mean() - 0.5) < 0.05
