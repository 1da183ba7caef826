from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.errors import ImageShapeError
from forensics.traces.color import CHANNELS
from forensics.traces.phases import PARTS, STATISTICS, phase_statistics

SIGNED, ABSOLUTE, SQUARE = range(3)
ROWS, COLUMNS, DIAGONAL = range(3)


def high_passed(plane: np.ndarray) -> np.ndarray:
    """The definition; nan where a neighbour is missing."""
    h = np.full(plane.shape, np.nan)
    around = plane[:-2, 1:-1] + plane[2:, 1:-1] + plane[1:-1, :-2] + plane[1:-1, 2:]
    h[1:-1, 1:-1] = 4 * plane[1:-1, 1:-1] - around
    return h


def test_names_are_in_the_order_of_the_axes(rng):
    found = phase_statistics(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert found.cells.shape == (len(STATISTICS), len(CHANNELS), 2, 2)
    assert found.parts.shape == found.errors.shape == found.z_scores.shape
    assert found.parts.shape == (len(STATISTICS), len(CHANNELS), len(PARTS))
    assert found.levels.shape == (len(STATISTICS), len(CHANNELS)) and found.n_images == 1


def test_it_is_what_it_is_said_to_be(rng):
    image = rng.integers(0, 256, (68, 100, 3), dtype=np.uint8)
    found = phase_statistics(image)
    planes = [image @ np.array([0.299, 0.587, 0.114]), *np.moveaxis(image.astype(float), 2, 0)]
    for c, plane in enumerate(planes):
        h = high_passed(plane)[2 : 2 + 64, 2 : 2 + 96]  # whole blocks of 16
        for s, values in enumerate((h, np.abs(h), h**2)):
            means = np.array([[values[i::2, j::2].mean() for j in (0, 1)] for i in (0, 1)])
            assert found.levels[s, c] == pytest.approx(values.mean(), rel=1e-4, abs=1e-3)
            over = np.abs(h).mean() if s == SIGNED else values.mean()
            assert np.allclose(found.cells[s, c], means / over, rtol=1e-4, atol=1e-5)


def test_parts_are_half_the_differences(rng):
    found = phase_statistics(rng.normal(0, 9, (64, 64)))
    for s in range(3):
        (a, b), (c, d) = found.cells[s, 0]
        expected = ((a + b - c - d) / 4, (a + c - b - d) / 4, (a + d - b - c) / 4)
        assert np.allclose(found.parts[s, 0], expected)


@pytest.mark.parametrize(
    ("where", "part"),
    [
        (np.s_[::2], ROWS),
        (np.s_[:, ::2], COLUMNS),
    ],
)
def test_busier_lines_are_in_their_part(rng, where, part):
    image = rng.normal(100, 4, (256, 256))
    image[where] = 100 + (image[where] - 100) / 4
    found = phase_statistics(image)
    others = [p for p in range(3) if p != part]
    for statistic in (ABSOLUTE, SQUARE):
        z = found.z_scores[statistic, 0]
        assert z[part] < -20 and np.all(np.abs(z[others]) < 5)


def test_bilinear_demosaicing_is_diagonal_in_green(rng):
    mosaic = rng.normal(100, 8, (258, 258))
    green = mosaic.copy()
    around = (mosaic[:-2, 1:-1] + mosaic[2:, 1:-1] + mosaic[1:-1, :-2] + mosaic[1:-1, 2:]) / 4
    inner = green[1:-1, 1:-1]
    i, j = np.indices(inner.shape)
    other = (i + j) % 2 == 1
    inner[other] = around[other]
    image = np.stack([rng.normal(100, 8, green.shape), green, rng.normal(100, 8, green.shape)], 2)
    z = phase_statistics(image).z_scores[ABSOLUTE]
    assert abs(z[CHANNELS.index("green"), DIAGONAL]) > 30
    assert np.all(np.abs(z[[CHANNELS.index("red"), CHANNELS.index("blue")]]) < 5)
    assert np.all(np.abs(z[CHANNELS.index("green"), [ROWS, COLUMNS]]) < 5)


def test_an_added_checkerboard_is_signed(rng):
    i, j = np.indices((256, 256))
    found = phase_statistics(rng.normal(100, 4, (256, 256)) + 0.5 * (-1.0) ** (i + j))
    assert found.z_scores[SIGNED, 0, DIAGONAL] > 15
    assert np.all(np.abs(found.z_scores[SIGNED, 0, [ROWS, COLUMNS]]) < 5)


def test_chroma_subsampling_shows_in_signed_colours_only(rng):
    big = rng.integers(60, 200, (40, 40, 3), dtype=np.uint8)
    image = Pillow.fromarray(big).resize((320, 320), Pillow.Resampling.BICUBIC)
    noisy = np.clip(np.asarray(image) + rng.normal(0, 3, (320, 320, 1)), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(noisy).save(file, "JPEG", quality=90, subsampling="4:2:0")
    z = phase_statistics(np.array(Pillow.open(file))).z_scores
    assert np.abs(z[SIGNED, CHANNELS.index("blue")]).max() > 2 * np.abs(z[SIGNED, 0]).max()
    assert np.abs(z[ABSOLUTE]).max() < 5


def test_in_noise_scores_are_standard(rng):
    scores = np.concatenate(
        [phase_statistics(rng.normal(0, 3, (128, 192))).z_scores[:, 0].ravel() for _ in range(60)]
    )
    assert abs(scores.mean()) < 0.2 and 0.8 < scores.std() < 1.25


@settings(max_examples=20)
@given(st.integers(0, 1), st.integers(0, 1))
def test_a_crop_moves_the_cell(down, right):
    image = np.random.default_rng(2).normal(0, 3, (258, 258))
    image[::2] *= 1.5
    image[:, ::2] *= 1.2
    parts = phase_statistics(image[down : 256 + down, right : 256 + right]).parts[ABSOLUTE, 0]
    expected = phase_statistics(image).parts[ABSOLUTE, 0]
    signs = np.array([(-1) ** down, (-1) ** right, (-1) ** (down + right)])
    assert np.allclose(parts, expected * signs, atol=0.02)


def test_gray_is_all_four_channels(rng):
    gray = rng.integers(0, 256, (64, 80), dtype=np.uint8)
    found, color = phase_statistics(gray), phase_statistics(np.repeat(gray[..., None], 3, axis=2))
    assert np.allclose(found.cells, color.cells, atol=1e-5)
    assert np.array_equal(found.cells[:, 0], found.cells[:, 3])


def test_large_pictures_are_measured_by_tiles(rng):
    image = rng.integers(0, 256, (1600, 1600), dtype=np.uint8)
    image[::2] //= 2
    found, part = phase_statistics(image), phase_statistics(image[:512, :512])
    assert np.allclose(found.parts[ABSOLUTE], part.parts[ABSOLUTE], atol=0.01)
    assert np.all(found.errors[ABSOLUTE] < 0.5 * part.errors[ABSOLUTE])


def test_a_flat_picture_has_no_scores():
    found = phase_statistics(np.full((64, 64, 3), 9, np.uint8))
    assert not found.parts.any() and not found.z_scores.any()


def test_what_cannot_be_measured_is_refused(rng):
    with pytest.raises(ImageShapeError, match="at least 36 x 36"):
        phase_statistics(np.zeros((35, 99)))
    with pytest.raises(ImageShapeError, match="shape"):
        phase_statistics(np.zeros((64, 64, 2)))
    image = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    before = image.copy()
    image.setflags(write=False)
    phase_statistics(image)
    assert np.array_equal(image, before)
