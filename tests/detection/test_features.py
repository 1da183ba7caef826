from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from forensics.detection.features import (
    ANY_FEATURES,
    COMB_FEATURES,
    CROP_FEATURES,
    FRAME_FEATURES,
    GROUND_FEATURES,
    KNOWN_FEATURES,
    RULE_FEATURES,
    SCALED_FEATURES,
    SMALLEST_SIDE,
    Features,
    features,
)
from forensics.errors import ImageShapeError
from forensics.images.encoding import decoded, jpeg_bytes
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint


def source(name: str = "made up", shape: tuple[int, int] = (192, 192), seed: int = 0):
    codes = np.random.default_rng(seed).integers(-9, 10, shape).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    return Fingerprint(name, 100, codes, 1.0, np.zeros((FOLD, FOLD)), *means)


SOURCE = source()


def noise(*shape: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def alike(one: Features, other: Features) -> bool:
    return len(one.known) == len(other.known) and all(
        np.array_equal(mine, its)
        for mine, its in zip((one.common, *one.known), (other.common, *other.known), strict=True)
    )


def named(values: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


# The names


def test_names_are_unique_and_make_up_the_whole():
    together = (*KNOWN_FEATURES, *ANY_FEATURES)
    assert len(set(together)) == len(together)
    assert (*FRAME_FEATURES, *CROP_FEATURES, *SCALED_FEATURES) == KNOWN_FEATURES
    assert (*GROUND_FEATURES, *RULE_FEATURES, *COMB_FEATURES) == ANY_FEATURES
    assert all(name.isprintable() and name == name.strip() for name in together)


@pytest.mark.parametrize(
    "shape",
    [(128, 128), (128, 900, 3), (900, 129, 3), (131, 257), (400, 400, 3), (512, 700), (900, 900)],
)
def test_every_picture_has_as_many_numbers_as_there_are_names(shape):
    found = features(noise(*shape), [SOURCE])
    assert found.common.shape == (len(ANY_FEATURES),) and found.common.dtype == np.float64
    assert found.known[0].shape == (len(KNOWN_FEATURES),)
    assert np.isfinite(found.common).all() and np.isfinite(found.known[0]).all()


def ramp() -> np.ndarray:
    return np.add.outer(np.arange(160), np.arange(200)).astype(np.uint8)


def drawn() -> np.ndarray:
    drawing = np.full((200, 160, 3), 255, np.uint8)
    drawing[20:180:16, 10:150] = (200, 10, 10)
    drawing[20:180, 10:150:32] = 0
    drawing[0, 0] = drawing[-1, -1] = 128
    return drawing


@pytest.mark.parametrize(
    "image",
    [
        np.full((128, 160, 3), 77, np.uint8),
        np.zeros((130, 130), np.uint8),
        np.full((128, 128, 3), 255, np.uint8),
        drawn(),
        ramp(),
        np.indices((144, 144)).sum(axis=0).astype(np.uint8) % 2 * 255,
        noise(128, 128),
        skimage.data.camera(),
        decoded(jpeg_bytes(skimage.data.astronaut(), quality=10)),
    ],
    ids=["flat", "black", "white", "drawn", "ramp", "checked", "noise", "gray", "jpeg"],
)
def test_all_numbers_are_finite_whatever_is_shown(image):
    found = features(image, [SOURCE, source("empty", (128, 128))])
    for values in (found.common, *found.known):
        assert np.isfinite(values).all() and np.abs(values).max() <= 100


# What they tell


def test_a_pattern_is_in_the_features_of_its_source_alone():
    rng = np.random.default_rng(5)
    image = rng.normal(120, 12, (192, 192)) + 2.0 * SOURCE.codes
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    found = features(image, [SOURCE, source("another", seed=9)])
    mine, other = (named(one, KNOWN_FEATURES) for one in found.known)
    assert mine["whole, x0.95 to 1.05"] == other["whole, x0.95 to 1.05"] == 1
    assert mine["frame, x0.95 to 1.05"] == 15 > 6 > other["frame, x0.95 to 1.05"]
    assert mine["crop"] == 20 > 10 > other["crop"]


@pytest.mark.parametrize(
    ("side", "band"), [(128, "x0.58 to 0.72"), (192, "x0.95 to 1.05"), (256, "x1.3 to inf")]
)
def test_a_whole_picture_speaks_in_the_band_of_its_size(side, band):
    found = named(features(noise(side, side), [SOURCE]).known[0], KNOWN_FEATURES)
    whole = [name for name in FRAME_FEATURES if name.startswith("whole")]
    assert [name for name in whole if found[name]] == [f"whole, {band}"]
    assert not any(found[name] for name in FRAME_FEATURES if not name.endswith(band))


def test_another_aspect_ratio_is_no_whole_picture():
    found = named(features(noise(192, 160), [SOURCE]).known[0], KNOWN_FEATURES)
    assert not any(found[name] for name in FRAME_FEATURES if name.startswith("whole"))


def test_every_second_line_is_in_the_features_of_any_generator():
    rng = np.random.default_rng(4)
    plain = rng.normal(120, 12, (256, 256))
    banded = plain.copy()
    banded[::2] = (banded[::2] - 120) * 1.3 + 124
    before, after = (
        named(features(np.clip(one, 0, 255).astype(np.uint8)).common, ANY_FEATURES)
        for one in (plain, banded)
    )
    assert after["strongest ground"] == max(after["bands"], after["lattice"]) > 1
    assert before["strongest ground"] < 0.6 and before["strongest ground over 0.6"] == 0
    assert after["signed 2 rows"] == 12 > 6 > after["signed 2 columns"]


def test_size_is_told_relative_to_a_usual_picture():
    for side in (128, 400, 800):
        found = named(features(noise(side, side)).common, ANY_FEATURES)
        assert found["any size"] == pytest.approx(np.log(side / 400))


# What does not matter


def test_without_fingerprints_nothing_is_known_and_the_rest_is_the_same():
    image = noise(160, 160, 3)
    assert features(image).known == ()
    assert np.array_equal(features(image).common, features(image, [SOURCE]).common)


def test_fingerprints_do_not_mind_each_other():
    image, other = noise(160, 160, 3), source("other", (256, 256), seed=2)
    both = features(image, [SOURCE, other])
    for known, one in zip(both.known, (SOURCE, other), strict=True):
        assert np.array_equal(known, features(image, [one]).known[0])


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("shape", [(192, 192, 3), (150, 210), (400, 300, 3)])
def test_the_surround_of_a_screenshot_changes_nothing(shape, shade):
    picture = np.ascontiguousarray(noise(*shape))
    channels = ((0, 0),) * (len(shape) - 2)
    for sides in (((40, 9), (0, 31)), ((4, 4), (4, 4)), ((0, 200), (90, 0))):
        screen = np.pad(picture, sides + channels, constant_values=shade)
        assert alike(features(screen, [SOURCE]), features(picture, [SOURCE]))


def test_the_picture_is_left_alone_and_may_be_read_only(cat):
    image = cat[:160, :200].copy()
    image.setflags(write=False)
    before = image.copy()
    assert alike(features(image, [SOURCE]), features(image, [SOURCE]))
    assert np.array_equal(image, before)


def test_of_large_pictures_periods_are_sought_in_the_middle():
    image = noise(1400, 1100)
    changed = image.copy()
    changed[:150] = changed[-150:] = noise(150, 1100, seed=8)
    assert np.array_equal(features(image).common, features(changed).common)


# What is refused


@pytest.mark.parametrize("shape", [(127, 500), (500, 127, 3), (1, 1), (64, 64, 3)])
def test_small_pictures_are_refused_in_a_sentence(shape):
    with pytest.raises(ImageShapeError) as caught:
        features(noise(*shape))
    said = str(caught.value)
    assert f"image has shape {shape}, a score needs at least 128 x 128 pixels" in said
    assert "pass a larger picture, not an enlarged one" in said and "surround" not in said


@pytest.mark.parametrize("channels", [(), (3,)])
def test_small_pictures_in_a_large_surround_are_refused_as_such(channels):
    screen = np.full((600, 800, *channels), 250, np.uint8)
    screen[100:200, 300:500] = noise(100, 200, *channels)
    with pytest.raises(ImageShapeError, match="within its even surround, a score needs at least"):
        features(screen, [SOURCE])
    screen[100 : 100 + SMALLEST_SIDE, 300:500] = noise(SMALLEST_SIDE, 200, *channels)
    features(screen, [SOURCE])


@pytest.mark.parametrize(
    "image",
    [np.zeros((200, 200)), np.zeros((200, 200, 4), np.uint8), np.zeros((0, 200), np.uint8)],
    ids=["floats", "four channels", "empty"],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ImageShapeError):
        features(image)
