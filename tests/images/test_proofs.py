from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import OutputError
from forensics.images.encoding import SUBSAMPLINGS, decoded, jpeg_bytes, webp_bytes
from forensics.images.proofs import check_jpeg, check_shrunk, check_webp, jpeg_luma, luma_psnr
from forensics.images.steps import Jpeg, Webp


def pictures(cat: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 64, 0)
    return {
        "cat": cat,
        "cat saved before": decoded(jpeg_bytes(cat, quality=75)),
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
def test_no_fair_file_fails(cat, quality):
    for image in pictures(cat).values():
        for subsampling in SUBSAMPLINGS:
            step = Jpeg(quality, subsampling)
            data = jpeg_bytes(image, quality=quality, subsampling=subsampling)
            check_jpeg(image, data, decoded(data, gray=image.ndim == 2), step)
        data = webp_bytes(image, quality=quality)
        check_webp(image, data, decoded(data, gray=image.ndim == 2), Webp(quality))


@pytest.mark.parametrize(
    "step", [Jpeg(75), Jpeg(95, "4:4:4"), Jpeg(95, progressive=True), Jpeg(94), Jpeg(96)]
)
def test_a_file_that_is_not_what_was_asked_for_is_seen(cat, step):
    data = jpeg_bytes(cat, quality=95)
    with pytest.raises(OutputError, match=r"was asked for, the file is jpeg q95 4:2:0:"):
        check_jpeg(cat, data, decoded(data), step)


def test_pixels_that_are_not_those_of_the_file_are_seen(cat):
    data = jpeg_bytes(cat, quality=50)
    with pytest.raises(OutputError, match=r"luma changed by 0.0 counts \(rms\), not by 4"):
        check_jpeg(cat, data, cat, Jpeg(50))
    shifted = np.roll(decoded(data), 1, axis=0)
    with pytest.raises(OutputError, match="luma changed by"):
        check_jpeg(cat, data, shifted, Jpeg(50))
    with pytest.raises(OutputError, match="luma came out"):
        check_webp(cat, webp_bytes(cat, quality=50), 255 - cat, Webp(50))


def test_a_file_as_large_as_its_pixels_is_seen(cat):
    data = jpeg_bytes(cat, quality=50)
    with pytest.raises(OutputError, match=r"the file has 4\d\d,\d+ bytes, the pixels 405,900"):
        check_jpeg(cat, data + bytes(cat.size), decoded(data), Jpeg(50))
    data = webp_bytes(cat, quality=50)
    with pytest.raises(OutputError, match="the file has"):
        check_webp(cat, data + bytes(cat.size), decoded(data), Webp(50))
    with pytest.raises(OutputError, match="is not a lossy WebP"):
        check_webp(cat, webp_bytes(cat, lossless=True), cat, Webp(50))


def test_a_sweep_that_does_nothing_is_seen(cat):  # trap 9 of the method: always q95
    with pytest.raises(OutputError, match="did not shrink: 50,000 bytes at q95, now 50,000"):
        check_shrunk((Jpeg(95), 50_000), (Jpeg(90), 50_000))
    for before, after in (
        ((Jpeg(95), 50_000), (Jpeg(90), 49_999)),
        ((Jpeg(95), 50_000), (Jpeg(93), 50_001)),
        ((Jpeg(95), 50_000), (Jpeg(99), 80_000)),
        ((Jpeg(95), 50_000), (Jpeg(75, "4:4:4"), 60_000)),
        ((Jpeg(95), 900), (Jpeg(75), 910)),
    ):
        check_shrunk(before, after)


def test_the_ratio_is_that_of_its_definition(cat):
    assert luma_psnr(cat, cat) == np.inf
    gray = np.full((4, 4), 100, np.uint8)
    assert luma_psnr(gray, gray + 10) == pytest.approx(20 * np.log10(25.5))
    colored = np.repeat(gray[:, :, None], 3, axis=2)
    assert luma_psnr(colored, colored + 10) == pytest.approx(20 * np.log10(25.5))


@pytest.mark.parametrize("quality", [10, 50, 75, 90, 98])
def test_luma_comes_back_as_the_format_says(cat, quality):
    gray = cat[:296, :448, 1]
    found = decoded(jpeg_bytes(gray, quality=quality), gray=True)
    due = np.clip(jpeg_luma(gray.astype(float), quality), 0, 255)
    assert np.abs(found - due).mean() < 0.5


@given(st.integers(1, 100), st.floats(0, 255))
def test_a_flat_block_keeps_its_mean_to_half_a_step(quality, value):
    back = jpeg_luma(np.full((8, 16), value), quality)
    assert np.ptp(back) < 1e-9 and abs(back[0, 0] - value) <= 255 / 16 + 1e-9
