from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from scipy import fft

from forensics.jpeg_tables import ijg_tables
from forensics.traces.color import channel_plane
from forensics.traces.jpeg.blocks import (
    DCT,
    FREQUENCIES,
    LumaPart,
    block_coefficients,
    comb,
    histogram,
    parts_of,
    shifted_histograms,
)

ALL = np.arange(64)


def test_the_transform_is_the_orthonormal_dct(rng):
    assert np.allclose(DCT @ DCT.T, np.eye(8), atol=1e-6)
    image = rng.uniform(1, 254, (8, 8))
    (coefficients,) = block_coefficients(parts_of(image), (0, 0), ALL, most=9)
    assert np.allclose(coefficients.reshape(8, 8), fft.dctn(image, norm="ortho"), atol=1e-2)


def test_the_frequencies_left_out_are_those_where_whole_counts_are_a_comb(rng):
    image = rng.integers(1, 255, (64, 64))
    coefficients = 8 * block_coefficients(parts_of(image), (0, 0), ALL, most=99)
    whole = np.abs(coefficients - np.rint(coefficients)).max(axis=0) < 0.02
    assert np.array_equal(np.flatnonzero(~whole), FREQUENCIES)


@pytest.mark.parametrize("quality", [1, 10, 25, 49, 50, 51, 75, 90, 99, 100])
def test_tables_are_those_that_encoders_write(quality):
    stream = io.BytesIO()
    Pillow.new("L", (8, 8)).save(stream, "JPEG", quality=quality)
    written = Pillow.open(stream).quantization[0]
    assert ijg_tables()[quality - 1].tolist() == list(written)


@given(st.integers(0, 7), st.integers(0, 7), st.integers(8, 30), st.integers(8, 30))
def test_blocks_of_a_crop_are_blocks_at_its_origin(top, left, rows, columns):
    image = np.random.default_rng(0).integers(1, 255, (rows + 7, columns + 7))
    at = block_coefficients(parts_of(image), (top, left), most=999)
    cropped = block_coefficients(parts_of(image[top:, left:]), (0, 0), most=999)
    assert np.array_equal(at, cropped)
    assert len(at) == (rows + 7 - top) // 8 * ((columns + 7 - left) // 8)


@pytest.mark.parametrize("shape", [(1, 1), (7, 40), (40, 7), (8, 8), (9, 15)])
def test_what_has_no_block_has_no_coefficients(shape):
    coefficients = block_coefficients(parts_of(np.full(shape, 9.0)), (1, 1), most=9)
    assert coefficients.shape == (int(shape == (9, 15)), 60)


def test_no_more_blocks_than_asked_for_in_rows_from_top_to_bottom(rng):
    image = np.repeat(np.arange(8, 72)[:, np.newaxis] * 3.0, 64, axis=1).repeat(4, axis=0)
    coefficients = block_coefficients(parts_of(image), (0, 0), np.array([0]), most=64)
    assert 32 <= len(coefficients) <= 64
    whole = block_coefficients(parts_of(image), (0, 0), np.array([0]), most=10**6)
    assert coefficients.mean() == pytest.approx(whole.mean(), rel=0.1)


def test_a_clipped_pixel_spoils_its_block_alone(rng):
    image = rng.integers(1, 255, (64, 64, 3), dtype=np.uint8)
    image[10, 20] = (255, 7, 7)
    image[60, 1] = (7, 7, 0)
    spoiled = np.isnan(block_coefficients(parts_of(image), (0, 0), most=99)).any(axis=1)
    assert np.flatnonzero(spoiled).tolist() == [10, 56]
    (part,) = parts_of(image)
    assert np.array_equal(part.luma, channel_plane(image).astype(np.float32))


def test_where_every_block_is_clipped_all_are_used(rng):
    image = rng.integers(1, 255, (64, 64, 3), dtype=np.uint8)
    image[::4, ::4, 2] = 0
    assert not np.isnan(block_coefficients(parts_of(image), (0, 0), most=99)).any()


def test_large_pictures_are_measured_on_tiles_on_the_grid():
    image = np.zeros((1600, 1601), np.uint8)
    image[::8, ::8] = 200
    parts = parts_of(image)
    assert len(parts) == 9
    assert all(part.luma[::8, ::8].min() == 200 for part in parts)


def test_a_histogram_counts_every_size_once():
    sizes = np.array([[0.1, 3.0], [-1.0, np.nan], [1.9, -64.0], [63.9, 2.49]], np.float32)
    counts = histogram(sizes, bins=2, top=64)
    assert counts.shape == (2, 128)
    assert {(f, i / 2): int(n) for (f, i), n in np.ndenumerate(counts) if n} == {
        (0, 0.0): 1, (0, 1.0): 1, (0, 2.0): 1, (1, 3.0): 1, (1, 2.5): 1,
    }  # fmt: skip


@pytest.mark.parametrize("blur", [0.35, 1.2, 3.0])
def test_a_comb_is_a_likelihood_which_bounds_false_alarms(blur):
    # Its mean over a period is 1: no more than 1 in p of flat densities exceed 1 / p.
    likelihood = np.exp(comb(blur, bins=8, top=200, steps=60))
    for step in range(int(2.5 * blur) + 2, 60):
        period = likelihood[4 * step + 1 : 12 * step + 1, step - 1]
        assert period.mean() == pytest.approx(1, abs=0.02)


def test_a_comb_says_nothing_of_zeros_and_of_steps_that_are_blurred_away():
    evidence = comb(0.35, bins=8, top=64, steps=40)
    size = np.arange(8 * 64) / 8
    assert not evidence[:, 0].any()
    assert not evidence[size <= 5, 9].any()
    assert evidence[size == 20, 9] > 2
    assert evidence[size == 25, 9] < -3
    assert not comb(2.0, bins=8, top=64, steps=40)[:, :5].any()


@pytest.mark.parametrize("shape", [(64, 80), (43, 61), (7, 50)])
def test_histograms_at_all_origins_are_those_of_each(rng, shape):
    luma = rng.normal(100, 20, shape).astype(np.float32)
    clean = np.where(rng.random(shape) < 0.002, np.float32(np.nan), luma)
    parts, low = [LumaPart(luma, clean)], np.array([1, 2, 9, 16, 48])
    found = shifted_histograms(parts, low, bins=2, top=64, most=64)
    for origin in range(64):
        coefficients = block_coefficients(parts, divmod(origin, 8), low, most=64)
        expected = histogram(coefficients, bins=2, top=64)
        # A size next to the edge of two bins may be in either.
        assert found[origin].sum() == expected.sum()
        assert np.abs(found[origin] - expected).sum() <= 2
