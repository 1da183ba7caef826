from __future__ import annotations

import io
import math

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from scipy import fft, stats

from forensics import read_pixels
from forensics.errors import ImageShapeError
from forensics.traces.jpeg.grid import (
    _log10_binomial_tail,
    _log10_false_alarms,
    _votes,
    _zero_counts,
    jpeg_grid,
    jpeg_trace,
)

ORIGINS = [(row, column) for row in range(8) for column in range(8)]


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photograph that never was a JPEG, (384, 384, 3)."""
    return skimage.data.coffee()[:384, 100:484]


def saved(image: np.ndarray, quality: int, **options) -> np.ndarray:
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, "JPEG", quality=quality, **options)
    return np.asarray(Pillow.open(stream))


def resized(image: np.ndarray, factor: float, method: Pillow.Resampling) -> np.ndarray:
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(Pillow.fromarray(image).resize(size, method))


def as_counts(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def written(cell: int | None = None) -> np.ndarray:
    """A screenshot of letters, on cells as in a terminal or not."""
    letters = np.random.default_rng(0)
    page = Pillow.new("RGB", (400, 400), (250, 250, 245))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default()
    for top in range(4, 400, 16):
        line = "".join(map(chr, letters.integers(97, 123, 48)))
        if cell is None:
            pen.text((8, top), line, font=font, fill=(20, 20, 30))
            continue
        for number, letter in enumerate(line):
            pen.text((number * cell, top), letter, font=font, fill=(20, 20, 30))
    return np.asarray(page)


# --- votes, against their definition


def test_zeros_are_counted_in_every_window(rng):
    plane = rng.normal(128, 0.6, (21, 45)).astype(np.float32)
    counts = _zero_counts(plane)
    assert counts.shape == (14, 38)
    for (row, column), count in np.ndenumerate(counts):
        window = fft.dctn(plane[row : row + 8, column : column + 8].astype(float), norm="ortho")
        clear = np.abs(np.abs(window) - 0.4) > 1e-3
        near = np.abs(window) < 0.4
        near[0, 0] = False
        assert abs(int(count) - near.sum()) <= (~clear).sum()


def test_a_pixel_votes_for_the_window_with_most_zeros_unless_it_is_flat_or_tied(rng):
    plane = rng.normal(128, 0.4, (40, 33)).astype(np.float32)
    plane[:14, :] = 128
    counts = _zero_counts(plane)
    expected = np.zeros(64, int)
    for row in range(7, 40 - 7):
        for column in range(7, 33 - 7):
            covering = counts[row - 7 : row + 1, column - 7 : column + 1]
            best = np.argwhere(covering == covering.max())
            if len(best) == 1 and covering.max() > 0:
                top, left = (best[0] + (row - 7, column - 7)) % 8
                expected[8 * top + left] += 1
    assert expected.sum() > 50
    assert np.array_equal(_votes(plane), expected)


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([1 / 64, 0.3]))
def test_the_tail_is_the_binomial_one(n, share, p):
    k = math.floor(n * share)
    exact = stats.binom.logsf(k - 1, n, p) / math.log(10)
    if k <= n * p:
        assert _log10_binomial_tail(n, k, p) == 0
    elif np.isfinite(exact) and exact > -250:
        assert _log10_binomial_tail(n, k, p) == pytest.approx(exact, rel=1e-6, abs=1e-9)
    else:
        assert _log10_binomial_tail(n, k, p) < -200


def test_the_tail_never_underflows():
    assert _log10_binomial_tail(40000, 40000, 1 / 64) == pytest.approx(40000 * math.log10(1 / 64))
    assert _log10_false_alarms(0, 0) == 0
    assert _log10_false_alarms(64 * 4096, 64 * 4096) < -7000


def test_more_votes_are_fewer_false_alarms():
    alarms = [_log10_false_alarms(64 * 1000, 64 * votes) for votes in range(0, 1000, 10)]
    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] > 0 > alarms[-1]


# --- one save


@pytest.mark.parametrize("quality", [50, 75, 90, 98])
def test_every_origin_is_found(photo, quality):
    image = saved(photo, quality)
    for origin in ORIGINS[:: 1 if quality == 75 else 7]:
        down, right = -origin[0] % 8, -origin[1] % 8
        grid = jpeg_grid(image[down : down + 160, right : right + 168])
        assert grid.found
        assert grid.origin == origin


@pytest.mark.parametrize("quality", [20, 50, 75, 95, 97, 98])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_grid_and_quality_of_one_save(photo, quality, subsampling):
    trace = jpeg_trace(saved(photo, quality, subsampling=subsampling)[5:, 2:])
    assert trace.grid.found
    assert trace.grid.origin == (3, 6)
    assert trace.quality.quality == quality
    assert trace.earlier is None
    assert trace.grid.log10_nfa == max(trace.grid.votes_log10_nfa, trace.grid.comb_log10_nfa) < -20
    assert trace.grid.votes <= trace.grid.n_votes <= trace.grid.n_pixels == 365 * 368


def test_transposing_and_turning_move_the_origin(photo):
    image = saved(photo, 80)[1:, 6:]
    assert jpeg_grid(image).origin == (7, 2)
    assert jpeg_grid(image.swapaxes(0, 1)).origin == (2, 7)
    assert jpeg_grid(image[::-1]).origin == (0, 2)
    assert jpeg_grid(np.rot90(image)).found


def test_a_gray_picture_and_floats(photo):
    gray = saved(np.ascontiguousarray(photo[..., 0]), 85)[4:]
    assert jpeg_grid(gray).origin == jpeg_grid(gray.astype(np.float64)).origin == (4, 0)
    assert jpeg_grid(gray).found


def test_a_foreign_table_is_found(photo):
    stream = io.BytesIO()
    table = [3 + 2 * (i // 8 + i % 8) for i in range(64)]
    Pillow.fromarray(photo).save(stream, "JPEG", qtables=[table, table])
    trace = jpeg_trace(np.asarray(Pillow.open(stream))[2:])
    assert trace.grid.found
    assert trace.grid.origin == (6, 0)
    assert not trace.quality.standard


@pytest.mark.parametrize("quality", [60, 90])
def test_a_clipped_picture_is_found(photo, quality):
    overexposed = as_counts(photo * 1.5)
    assert 0.1 < ((overexposed == 0) | (overexposed == 255)).mean() < 0.9
    trace = jpeg_trace(saved(overexposed, quality)[0:, 3:])
    assert trace.grid.found
    assert trace.grid.origin == (0, 5)
    assert trace.quality.quality == quality


def test_a_large_picture_is_measured_on_tiles(photo):
    image = saved(np.tile(photo, (5, 5, 1))[:1620, :1700], 80)[1:, 1:]
    trace = jpeg_trace(image)
    assert trace.grid.n_pixels == 9 * 498**2
    assert trace.grid.origin == (7, 7)
    assert trace.quality.quality == 80


# --- never a JPEG


def enlarged(image: np.ndarray) -> dict[str, np.ndarray]:
    methods = Pillow.Resampling
    part = image[:160, :160]
    return {
        f"x{factor} {method.name}": resized(part, factor, method)
        for factor in (2, 4)
        for method in (methods.NEAREST, methods.BILINEAR, methods.BICUBIC, methods.LANCZOS)
    }


def synthetic(photo: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    rows, columns = np.indices(photo.shape[:2])
    image = Pillow.fromarray(photo)
    logo = np.full((300, 300, 3), 255, np.uint8)
    disc = np.hypot(*np.mgrid[-150:150, -150:150])
    logo[disc < 120] = (200, 30, 40)
    logo[80:160, 64:224] = (30, 60, 200)
    tiny = np.asarray(image.resize((96, 96)).quantize(12).convert("RGB"))
    icons = rng.integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
    layout = rng.integers(0, 6, (24, 24)).repeat(16, axis=0).repeat(16, axis=1)
    cell = rng.normal(0, 3, (8, 8))[rows % 8, columns % 8, np.newaxis]
    return {
        "photograph": photo,
        "flat": np.full((200, 200, 3), 77, np.uint8),
        "white": np.full((200, 200, 3), 255, np.uint8),
        "noise": rng.integers(0, 256, (256, 256, 3), dtype=np.uint8),
        "faint noise": as_counts(rng.normal(128, 1, (256, 256))),
        "gradient": as_counts(np.add.outer(np.arange(256) * 0.3, np.arange(256) * 0.5)),
        "float gradient": 120 + 60 * np.sin(np.add.outer(np.arange(512), np.arange(512)) / 300),
        "text": written(),
        "terminal": written(8),
        "logo": logo,
        "1-bit scan": np.asarray(image.convert("1").convert("L")),
        "threshold": ((photo[..., 1] > 90) * 255).astype(np.uint8),
        "palette": np.asarray(image.quantize(16).convert("RGB")),
        "pixel art": tiny.repeat(4, axis=0).repeat(4, axis=1),
        "large pixels": tiny.repeat(8, axis=0).repeat(8, axis=1)[:400, :400],
        "icons": icons[layout, rows % 16, columns % 16],
        "period 2": as_counts(photo + 3 * (-1.0) ** (rows + columns)[..., np.newaxis]),
        "period 8": as_counts(photo + cell),
        "period 8 alone": as_counts(128 + 10 * np.broadcast_to(cell, photo.shape)),
        "overexposed": as_counts(photo * 2.5),
    } | enlarged(photo)


KINDS = [
    "photograph", "flat", "white", "noise", "faint noise", "gradient", "float gradient", "text",
    "terminal", "logo", "1-bit scan", "threshold", "palette", "pixel art", "large pixels", "icons",
    "period 2", "period 8", "period 8 alone", "overexposed",
    *(f"x{f} {m}" for f in (2, 4) for m in ("NEAREST", "BILINEAR", "BICUBIC", "LANCZOS")),
]  # fmt: skip


@pytest.fixture(scope="module")
def never_jpegs(photo) -> dict[str, np.ndarray]:
    return synthetic(photo)


@pytest.mark.parametrize("kind", KINDS)
def test_no_grid_is_claimed_where_there_was_no_jpeg(never_jpegs, kind):
    trace = jpeg_trace(never_jpegs[kind])
    assert not trace.grid.found
    assert trace.quality is None
    assert trace.earlier is None


@pytest.mark.parametrize("name", ["brick", "gravel", "camera", "astronaut", "coffee", "cell"])
def test_nor_in_pictures_of_scikit_image(name):
    assert not jpeg_grid(getattr(skimage.data, name)()).found


def test_chelsea_was_a_jpeg_before_she_was_a_png(cat):
    trace = jpeg_trace(cat)
    assert trace.grid.origin == (0, 0)
    assert trace.quality.quality == 98


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2, 4])
@pytest.mark.parametrize("method", ["NEAREST", "BILINEAR", "LANCZOS"])
def test_a_resampled_jpeg_has_no_grid_of_8_left(photo, factor, method):
    image = resized(saved(photo, 75)[:256, :256], factor, Pillow.Resampling[method])
    assert not jpeg_grid(image).found


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_small_picture_is_not_found_and_no_crash(rows, columns):
    rng = np.random.default_rng(0)
    for image in (rng.integers(0, 256, (rows, columns, 3)), np.full((rows, columns), 3.0)):
        trace = jpeg_trace(image)
        assert not trace.grid.found
        assert trace.quality is None


def test_other_shapes_are_refused():
    for shape in [(8,), (8, 8, 4), (0, 8, 3)]:
        with pytest.raises(ImageShapeError):
            jpeg_grid(np.zeros(shape))
        with pytest.raises(ImageShapeError):
            jpeg_trace(np.zeros(shape))


def test_a_read_only_picture_is_left_as_it_is(photo):
    image = saved(photo, 60)
    before = image.copy()
    image.setflags(write=False)
    assert jpeg_trace(image).grid.found
    assert np.array_equal(image, before)


# --- the sets


def test_real_faces_are_jpegs_of_quality_75_from_the_corner(data):
    for path in sorted((data / "real" / "afhq").glob("*"))[::60]:
        trace = jpeg_trace(read_pixels(path))
        assert trace.grid.found
        assert trace.grid.origin == (0, 0)
        assert trace.quality.quality == 75
        assert trace.earlier is None


def test_generated_pngs_never_were_jpegs(data):
    for name in ("stylegan3-faces", "biggan-husky", "cyclegan-cats"):
        for path in sorted((data / "gan" / name).glob("*.png"))[::2]:
            assert not jpeg_grid(read_pixels(path)).found
