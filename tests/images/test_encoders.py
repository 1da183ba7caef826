"""Whether files are what was asked for: a sweep that saves one quality proves that nothing matters.

Pillow does the saving; header, size and pixels of what it saves are held against the definitions of
the formats.
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.images.delivery.encode import (
    SUBSAMPLINGS,
    decoded_pixels,
    jpeg_bytes,
    luma_psnr,
    png_bytes,
    webp_bytes,
)
from forensics.images.record import jpeg_record
from forensics.jpeg_tables import ijg_tables

BLOCK = 8
HEADERS = 1024
"""Bytes: a file of few pixels is mostly headers, larger than its pixels."""
LUMA = np.array([0.299, 0.587, 0.114])


def pictures(cat: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 64, 0)
    return {
        "cat": cat,
        "cat saved before": decoded_pixels(jpeg_bytes(cat, quality=75)),
        "gray cat": cat[:, :, 1],
        "noise": rng.integers(0, 256, (64, 72, 3), dtype=np.uint8),
        "gray noise": rng.integers(0, 256, (64, 72), dtype=np.uint8),
        "saturated": (rng.integers(0, 2, (64, 64, 3)) * 255).astype(np.uint8),
        "bits": (rng.integers(0, 2, (64, 64)) * 255).astype(np.uint8),
        "flat": np.full((64, 64, 3), 77, np.uint8),
        "black": np.zeros((64, 64, 3), np.uint8),
        "ramp": ramp.repeat(3, 2),
        "a pixel": cat[:1, :1],
        "less than a block": cat[:7, :9],
    }


@pytest.mark.parametrize("quality", [1, 10, 50, 75, 90, 98, 100])
def test_a_jpeg_is_what_was_asked_for(cat, quality):
    for name, image in pictures(cat).items():
        for number, subsampling in enumerate(SUBSAMPLINGS):
            progressive = number == 1
            data = jpeg_bytes(
                image, quality=quality, subsampling=subsampling, progressive=progressive
            )
            facts = jpeg_record(Pillow.open(io.BytesIO(data)))
            kind = subsampling if image.ndim == 3 else "gray"
            assert (facts.quality, facts.subsampling, facts.progressive, facts.exact) == (
                quality, kind, progressive, True,
            )  # fmt: skip
            assert quality > 90 or len(data) <= image.size + HEADERS
            found, due = luma_errors(image, decoded_pixels(data, gray=image.ndim == 2), quality)
            assert abs(found - due) <= 1 + 0.05 * due, name


@pytest.mark.parametrize("quality", [0, 10, 50, 75, 90, 100])
def test_a_webp_is_what_was_asked_for(cat, quality):
    for image in pictures(cat).values():
        data = webp_bytes(image, quality=quality)
        assert data[12:16] in (b"VP8 ", b"VP8X")  # lossy
        assert quality > 90 or len(data) <= image.size + HEADERS
        back = decoded_pixels(data, gray=image.ndim == 2)
        # Five less than what noise of saturated colours has, the hardest there is.
        assert luma_psnr(image, back) >= 12 + 12 * min(quality, 50) / 50


def test_a_png_keeps_every_pixel(cat):
    for image in pictures(cat).values():
        assert np.array_equal(decoded_pixels(png_bytes(image), gray=image.ndim == 2), image)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_a_lower_quality_makes_a_smaller_file(cat, subsampling):
    for image in (cat, cat[:, :, 1]):
        sizes = [
            len(jpeg_bytes(image, quality=quality, subsampling=subsampling))
            for quality in range(100, 0, -5)
        ]
        assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)


def test_the_ratio_is_that_of_its_definition(cat):
    assert luma_psnr(cat, cat) == np.inf
    gray = np.full((4, 4), 100, np.uint8)
    assert luma_psnr(gray, gray + 10) == pytest.approx(20 * np.log10(25.5))
    colored = np.repeat(gray[:, :, None], 3, axis=2)
    assert luma_psnr(colored, colored + 10) == pytest.approx(20 * np.log10(25.5))


@pytest.mark.parametrize("quality", [10, 50, 75, 90, 98])
def test_luma_comes_back_as_the_format_says(cat, quality):
    gray = cat[:296, :448, 1]
    found = decoded_pixels(jpeg_bytes(gray, quality=quality), gray=True)
    due = np.clip(jpeg_luma(gray.astype(float), quality), 0, 255)
    assert np.abs(found - due).mean() < 0.5


@given(st.integers(1, 100), st.floats(0, 255))
def test_a_flat_block_keeps_its_mean_to_half_a_step(quality, value):
    back = jpeg_luma(np.full((8, 16), value), quality)
    assert np.ptp(back) < 1e-9 and abs(back[0, 0] - value) <= 255 / 16 + 1e-9


def jpeg_luma(luma: np.ndarray, quality: int) -> np.ndarray:
    """Luma as a JPEG must give it back by ITU-T T.81, Annex A; neither rounded nor limited."""
    rows, columns = luma.shape
    basis = cosines()
    steps = ijg_tables()[quality - 1].reshape(BLOCK, BLOCK).astype(np.float64)
    blocks = (luma - 128).reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
    blocks = blocks.swapaxes(1, 2)
    coefficients = np.rint(basis @ blocks @ basis.T / steps) * steps
    restored = (basis.T @ coefficients @ basis).swapaxes(1, 2)
    return restored.reshape(rows, columns) + 128


def luma_errors(before: np.ndarray, after: np.ndarray, quality: int) -> tuple[float, float]:
    """RMS error of luma as found and as due, over whole blocks and where nothing was clipped."""
    rows, columns = (side // BLOCK * BLOCK for side in before.shape[:2])
    if not rows or not columns:
        return 0.0, 0.0
    before, after = before[:rows, :columns], after[:rows, :columns]
    inside = (after > 0) & (after < 255)
    kept = inside if before.ndim == 2 else inside.all(axis=2)
    if not kept.any():
        return 0.0, 0.0
    luma, back = (one.astype(float) if one.ndim == 2 else one @ LUMA for one in (before, after))
    errors = luma - back, luma - jpeg_luma(luma, quality)
    found, due = (float(np.sqrt(np.square(error[kept]).mean())) for error in errors)
    return found, due


def cosines() -> np.ndarray:
    """The orthonormal DCT of 8 values, shape (8, 8): one basis function a row."""
    k, n = np.ogrid[:BLOCK, :BLOCK]
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * BLOCK)) / 2
    basis[0] /= np.sqrt(2)
    return basis
