from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.detection.evaluation.conditions import (
    CONDITIONS,
    Condition,
    condition_rng,
    condition_steps,
    match_quality,
)
from forensics.errors import ImageShapeError, ParameterError
from forensics.images.delivery.deliver import Delivered, deliver
from forensics.images.delivery.encode import jpeg_bytes
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Resize, Step
from forensics.images.record import jpeg_record

BY_NAME = {condition.name: condition for condition in CONDITIONS}
SHA = "9f86d081884c7d65"
MATCH = 85

all_conditions = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.name)


@pytest.fixture
def large(cat: np.ndarray) -> np.ndarray:
    """Large enough for every crop, and no side a multiple of 8."""
    return np.tile(cat, (2, 2, 1))[:517, :645]


def steps(name: str, shape: tuple[int, ...] = (512, 512, 3), sha256: str = SHA, seed: int = 0,
          match: int = MATCH) -> tuple[Step, ...]:  # fmt: skip
    return condition_steps(BY_NAME[name], shape, condition_rng(seed, name, sha256), match)


def done(name: str, image: np.ndarray, **options) -> Delivered:
    return deliver(image, steps(name, image.shape, **options))


def test_every_condition_is_there_once_and_as_found_is_the_only_one_that_is_not_matched():
    assert len(BY_NAME) == len(CONDITIONS)
    assert [one.name for one in CONDITIONS if not one.matched] == ["as found"]


@all_conditions
def test_every_condition_but_as_found_begins_by_saving_both_sets_alike(condition: Condition):
    found = steps(condition.name)
    if condition.name == "as found":
        assert found == ()
    else:
        assert found[0] == Jpeg(MATCH, "4:2:0")
    assert (len(found) == 1) == (condition.name == "matched")


@all_conditions
def test_a_condition_really_does_something_to_the_picture(large, condition: Condition):
    arrived = done(condition.name, large)
    if condition.name == "as found":
        assert np.array_equal(arrived.pixels, large)
        return
    before = done("matched", large).pixels if condition.name != "matched" else large
    assert arrived.pixels.shape != before.shape or not np.array_equal(arrived.pixels, before)


@all_conditions
def test_the_same_seed_gives_the_same_bytes(large, condition: Condition):
    first, second = (done(condition.name, large).data for _ in range(2))
    assert first == second


def test_a_lower_quality_makes_a_smaller_file_and_a_larger_error(large):
    names = ("jpeg q90", "jpeg q75", "jpeg q60", "jpeg q50")
    arrived = [done(name, large, match=98) for name in names]
    assert [jpeg_record(Pillow.open(io.BytesIO(one.data))).quality for one in arrived] == [
        90,
        75,
        60,
        50,
    ]
    sizes = [len(jpeg_bytes(large, quality=98)), *(len(one.data) for one in arrived)]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)
    assert sizes[-1] < sizes[0] / 4
    errors = [np.square(one.pixels - large.astype(float)).mean() for one in arrived]
    assert errors == sorted(errors) and errors[0] > 0


def test_all_that_ends_as_jpeg_is_smaller_than_the_picture_saved_well(large):
    saved = len(jpeg_bytes(large, quality=98))
    for condition in CONDITIONS:
        arrived = done(condition.name, large)
        if arrived.container == "JPEG" and arrived.pixels.size <= large.size:
            assert len(arrived.data) < saved, condition.name
            assert jpeg_record(Pillow.open(io.BytesIO(arrived.data))).subsampling == "4:2:0"


@pytest.mark.parametrize(
    ("name", "quality", "scale"),
    [("x0.75, q75", 75, 0.75), ("q70, x0.6, q70", 70, 0.6), ("crop 384, x0.8, q80", 80, 0.8),
     *((f"resize x{scale:g}", 90, scale) for scale in (0.9, 1.1, 1.25, 1.5, 0.75, 0.67, 0.5))],
)  # fmt: skip
def test_a_resize_is_by_the_scale_of_its_name_and_by_every_smooth_kernel(
    large, name, quality, scale
):
    arrived = done(name, large)
    assert jpeg_record(Pillow.open(io.BytesIO(arrived.data))).quality == quality
    rows = 384 if name.startswith("crop") else large.shape[0]
    assert arrived.pixels.shape[0] == np.floor(rows * scale + 0.5)
    kernels = set()
    for number in range(60):
        (resize,) = (step for step in steps(name, sha256=f"{number}") if isinstance(step, Resize))
        assert resize.scale == scale and resize.antialias
        kernels.add(resize.kernel)
    assert kernels == {"bilinear", "bicubic", "lanczos"}


@pytest.mark.parametrize(("name", "side"), [("crop 256", 256), ("crop 128", 128),
                                            ("crop 384, x0.8, q80", 384)])  # fmt: skip
def test_a_crop_is_at_an_offset_of_the_pictures_own(name, side):
    crops = [steps(name, (512, 700, 3), sha256=f"{number:064x}")[1] for number in range(700)]
    assert all(isinstance(crop, Crop) for crop in crops)
    assert {(crop.rows, crop.columns) for crop in crops} == {(side, side)}
    assert len({(crop.top % 8, crop.left % 8) for crop in crops}) == 64
    assert all(crop.top + side <= 512 and crop.left + side <= 700 for crop in crops)
    assert max(crop.left for crop in crops) > 0.9 * (700 - side)


def test_a_picture_of_just_the_size_is_cropped_to_itself():
    _, crop, _ = steps("crop 256", (256, 256, 3))
    assert crop == Crop(0, 0, 256, 256)


@pytest.mark.parametrize(("name", "shape"), [("crop 256", (255, 900, 3)), ("crop 128", (900, 127)),
                                             ("crop 384, x0.8, q80", (383, 383, 3))])  # fmt: skip
def test_a_picture_that_is_too_small_for_a_crop_is_refused(name, shape):
    with pytest.raises(ImageShapeError, match=r"too small to cut .* leave it out of this"):
        steps(name, shape)


def test_platforms_leave_small_pictures_at_their_size_and_reduce_large_ones():
    for name in ("messenger", "social"):
        assert not any(isinstance(step, Resize) for step in steps(name, (512, 512, 3)))
        assert any(isinstance(step, Resize) for step in steps(name, (3000, 4000, 3)))
    assert any(isinstance(step, Paste) for step in steps("screenshot"))


@all_conditions
def test_what_is_drawn_depends_on_seed_condition_and_picture_alone(condition: Condition):
    def draw(seed: int, sha256: str) -> list[float]:
        return condition_rng(seed, condition.name, sha256).random(3).tolist()

    assert draw(0, "aa") == draw(0, "aa")
    others = [draw(1, "aa"), draw(0, "ab"), draw(10, "a")]
    others += [condition_rng(0, f"{condition.name} ", "aa").random(3).tolist()]
    assert all(other != draw(0, "aa") for other in others)


def test_gray_pictures_go_the_same_way(large):
    for condition in CONDITIONS:
        assert done(condition.name, large[:, :, 1]).pixels.ndim == 2


def test_the_quality_to_match_is_the_lower_median():
    assert match_quality([99, 99, 98], [75, 75, 75]) == 75
    assert match_quality([70, 80, 90], [60, 99, 99]) == 80
    assert match_quality([70, 71], [None, None]) == 70
    assert match_quality((None, 96), iter([None])) == 96
    assert match_quality([], [None]) == 95
    a, b = [99, None, 50, 60], [88, 70]
    assert match_quality(a, b) == match_quality(b, a) == match_quality(a[::-1], b) == 60


@pytest.mark.parametrize("wrong", [0, 101, 75.5])
def test_a_quality_that_is_none_is_refused(wrong):
    with pytest.raises(ParameterError, match="pass a whole number, 1 to 100"):
        steps("matched", match=wrong)
    assert steps("as found", match=wrong) == ()
