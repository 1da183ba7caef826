from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter, ImageOps

from forensics.errors import ImageShapeError
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.traces.crosswise import added_pattern
from forensics.traces.lattices import lattice

SIDE = 256
CELL = np.zeros((4, 4))
CELL[1, 2] = 7.0
DITHER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16


def noise(seed: int = 0, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).normal(120, 8, (side, side))


def tiled(cell: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.tile(cell, (shape[0] // 4 + 1, shape[1] // 4 + 1))[: shape[0], : shape[1]]


def added(image: np.ndarray, amount: float = 1.0) -> np.ndarray:
    pattern = amount * tiled(CELL, image.shape)
    return image + (pattern if image.ndim == 2 else pattern[..., None])


def counts(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def photographs() -> list[np.ndarray]:
    return [
        skimage.data.camera(),
        skimage.data.astronaut(),
        skimage.data.chelsea(),
        resized(skimage.data.coffee(), 0.75),
        skimage.data.rocket(),
    ]


# The null


def test_p_values_of_noise_are_not_too_small():
    p = np.array([added_pattern(noise(seed, 200)).p_value for seed in range(200)])
    assert (p < 0.05).mean() < 0.06 and (p < 0.01).mean() <= 0.02 and p.min() > 1e-4


def test_nor_are_those_of_coloured_noise():
    rng = np.random.default_rng(0)
    p = np.array([added_pattern(rng.normal(120, 9, (200, 200, 3))).p_value for _ in range(100)])
    assert (p < 0.05).mean() < 0.08 and p.min() > 1e-4


@pytest.mark.parametrize("number", range(5))
def test_no_photograph_shows_it_however_it_was_saved(number):
    image = photographs()[number]
    assert added_pattern(image).p_value > 1e-3
    for quality in (50, 75, 95):
        saved = decoded_pixels(jpeg_bytes(image, quality=quality), gray=image.ndim == 2)
        assert added_pattern(saved).p_value > 1e-3


@pytest.mark.parametrize("quality", [60, 80, 92, 97])
def test_lossy_webp_adds_such_a_pattern_and_is_told_apart(quality):
    saved = decoded_pixels(webp_bytes(skimage.data.astronaut(), quality=quality))
    assert added_pattern(saved).p_value > 1e-3


EDITS = {
    "unsharp mask": lambda image: image.filter(ImageFilter.UnsharpMask(2, 150, 3)),
    "autocontrast": lambda image: ImageOps.autocontrast(image, cutoff=1),
    "equalised": ImageOps.equalize,
}


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("quality", [80, 90, 95])
def test_lossy_webp_that_was_edited_is_told_apart(name, edit, quality):
    saved = Image.fromarray(
        decoded_pixels(webp_bytes(getattr(skimage.data, name)(), quality=quality))
    )
    for cut in (saved, saved.crop((3, 5, saved.width - 2, saved.height - 1))):
        assert added_pattern(np.asarray(edit(cut))).p_value > 1e-3


# What is found


@pytest.mark.parametrize("amount", [1.0, -1.0])
def test_what_is_added_everywhere_is_found(amount):
    assert added_pattern(added(noise(), amount)).p_value < 1e-8


def test_what_changes_its_sign_from_quadrant_to_quadrant_is_found_too():
    image = noise()
    pattern = tiled(CELL, image.shape)
    pattern[: SIDE // 2] *= -1
    assert added_pattern(image + pattern).p_value < 1e-8
    # In one spectrum of the whole it cancels itself.
    assert lattice(image + pattern).total < 0.5 * lattice(image + tiled(CELL, image.shape)).total


def test_one_quadrant_is_not_enough():
    image = noise()
    image[: SIDE // 2, : SIDE // 2] = added(image[: SIDE // 2, : SIDE // 2], 3)
    assert added_pattern(image).p_value > 1e-3


def test_the_more_is_added_the_smaller_the_p_value():
    p = [added_pattern(added(noise(), amount)).p_value for amount in (0, 0.4, 0.8, 1.6)]
    assert p == sorted(p, reverse=True) and p[0] > 0.01 > p[2]


def test_it_is_found_in_colour_differences_alone():
    rng = np.random.default_rng(1)
    image = rng.normal(120, 8, (SIDE, SIDE, 3))
    pattern = tiled(CELL, image.shape)
    image[..., 0] += 2 * pattern
    image[..., 1] -= 2 * pattern * 0.299 / 0.587
    found = added_pattern(image)
    assert found.p_values["red"] < 1e-6 < 1e-3 < found.p_values["luma"]
    assert found.p_value == pytest.approx(2 * found.p_values["red"])


def test_in_a_large_picture_half_of_nine_tiles_have_to_show_it():
    image = noise(3, 1056)
    part = image.copy()
    part[:512, :512] = added(part[:512, :512], 2)
    assert added_pattern(added(image)).parts == 9
    assert added_pattern(added(image)).p_value < 1e-8
    assert added_pattern(part).p_value > 1e-3


# What is not it


def test_period_2_is_no_evidence_however_strong():
    image = noise()
    rows, columns = np.indices(image.shape)
    for lines in (rows % 2, columns % 2, (rows + columns) % 2):
        assert added_pattern(image + 20 * lines).p_value > 1e-3


@pytest.mark.parametrize("step", [3, 5, 6, 8])
def test_other_steps_are_not_it(step):
    image = noise()
    rows, columns = np.indices(image.shape)
    dots = 10 * ((rows % step == 0) & (columns % step == 0))
    assert added_pattern(image + dots).p_value > 1e-3


def test_lines_along_one_axis_are_not_it():
    image = noise()
    image[::4] += 20
    assert added_pattern(image).p_value > 1e-3


@pytest.mark.parametrize("levels", [2, 8, 32])
def test_ordered_dither_is_told_apart(levels):
    step = 255 / (levels - 1)
    image = skimage.data.camera() / step
    dithered = np.floor(image + tiled(DITHER, image.shape)) * step
    found = added_pattern(counts(dithered))
    assert found.screened and found.p_value == 1


def test_a_picture_whose_pixels_were_repeated_is_not_it():
    image = added(noise(2, 128), 5)
    assert added_pattern(np.kron(image, np.ones((2, 2)))).p_value > 1e-3


def test_jpeg_2000_is_not_it():
    for irreversible in (False, True):
        file = io.BytesIO()
        Image.fromarray(skimage.data.astronaut()).save(
            file,
            "JPEG2000",
            quality_mode="rates",
            quality_layers=[20],
            irreversible=irreversible,
        )
        assert added_pattern(np.array(Image.open(file))).p_value > 1e-3


def test_what_rounding_adds_to_flat_places_is_not_it():
    image = np.full((SIDE, SIDE), 120.0)
    assert added_pattern(image + 0.2 * tiled(CELL, image.shape)).p_value == 1


# What does not matter


def test_transposing_and_turning_light_into_dark_change_nothing():
    image = added(noise(), 0.6)
    found = added_pattern(image)
    for other in (image.T, 255 - image):
        assert added_pattern(other).p_value == pytest.approx(found.p_value, rel=1e-6)
        assert added_pattern(other).webp["luma"] == pytest.approx(found.webp["luma"], rel=1e-6)


def test_webp_is_known_in_every_pose():
    saved = decoded_pixels(webp_bytes(skimage.data.astronaut(), quality=92))
    for pose in (saved, saved[::-1], saved[:, ::-1], np.rot90(saved)):
        found = added_pattern(pose)
        assert found.webp["luma"] > 0.65 and found.p_value > 1e-3


def test_the_picture_is_left_alone_and_may_be_read_only():
    image = counts(noise())
    image.setflags(write=False)
    before = image.copy()
    assert added_pattern(image).p_value == added_pattern(image).p_value
    assert np.array_equal(image, before)


# Bounds and edges


@pytest.mark.parametrize("shape", [(193, 193), (194, 300, 3), (700, 193), (1100, 1000, 3)])
def test_every_answer_is_in_bounds(shape, rng):
    found = added_pattern(rng.integers(0, 256, shape, dtype=np.uint8))
    planes = {"luma"} if len(shape) == 2 else {"luma", "red"}
    assert set(found.p_values) == set(found.webp) == set(found.regular) == planes
    for values in (found.p_values, found.webp, found.regular):
        assert all(0 <= value <= 1 for value in values.values())
    assert 0 < found.p_value <= 1 and found.parts in (4, 9)


@pytest.mark.parametrize("shape", [(64, 64), (192, 192, 3), (66, 500), (1100, 3000)])
def test_a_constant_picture_and_one_too_small_say_nothing(shape):
    found = added_pattern(np.full(shape, 77, np.uint8))
    assert found.p_value == 1 and not any(found.webp.values())


def test_a_long_strip_says_nothing():
    assert added_pattern(counts(noise(0, 256))[:100]).p_value == 1
    assert added_pattern(np.zeros((100, 20000), np.uint8)).p_value == 1


@pytest.mark.parametrize("shape", [(0, 4), (64,), (64, 64, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ImageShapeError):
        added_pattern(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("radius", [2.0, 2.7, 4.0])
def test_dots_that_are_drawn_every_16_pixels_are_nothing_added_every_4(radius):
    rows, columns = np.indices((384, 384))
    dots = (rows % 16 - 8) ** 2 + (columns % 16 - 8) ** 2 < radius**2
    photograph = skimage.data.astronaut()[:384, :384] * (1 - 0.4 * dots[..., np.newaxis])
    assert added_pattern(photograph.astype(np.uint8)).p_value > 1e-3
