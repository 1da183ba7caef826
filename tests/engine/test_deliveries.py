from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest

from forensics.engine.deliveries import MadePicture, iter_delivered, iter_simulated
from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.chains import random_delivery
from forensics.images.delivery.deliver import deliver
from forensics.images.delivery.encode import decoded_pixels
from forensics.images.delivery.simulate import draw_layer, simulated
from forensics.images.delivery.steps import Crop, Jpeg, Png
from forensics.images.read import read_pixels
from forensics.images.sources.find import BytesSource, Skipped, find_images


def randomly(shape, rng):
    return random_delivery(rng, shape)


MAKERS = [
    partial(iter_delivered, steps_for=randomly),
    partial(iter_simulated, name="transposed-4"),
    partial(iter_simulated, name="nearest", depth=2, strength=0.5, reduce=1.5),
]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_makes_the_same_bytes_on_any_number_of_threads(make, picture_folder):
    found = find_images(picture_folder(7))
    one, three = (list(make(found, seed=5, workers=workers)) for workers in (1, 3))
    assert [made.data for made in one] == [made.data for made in three]
    assert [made.path for made in one] == [image.name for image in found]
    assert [made.steps for made in one] == [made.steps for made in three]
    other = list(make(found, seed=6))
    assert [made.data for made in one] != [made.data for made in other]


@pytest.mark.parametrize("make", MAKERS)
def test_a_bad_picture_is_a_skip_and_changes_no_other(make, picture_folder):
    folder = picture_folder(5)
    good = list(make(find_images(folder), seed=5))
    (folder / "2.png").write_bytes(b"cats")
    found = find_images(folder)
    with pytest.raises(ImageReadError, match=r"2\.png is no picture"):
        list(make(found, seed=5))
    made = list(make(found, seed=5, on_error="skip"))
    assert isinstance(made[2], Skipped) and made[2].reason.startswith("is no picture")
    for place in (0, 1, 3, 4):
        assert made[place].data == good[place].data and made[place].index == place


def test_a_delivery_is_that_of_the_library(picture_folder):
    found = find_images(picture_folder(2))
    for place, made in enumerate(iter_delivered(found, randomly, seed=8)):
        image = read_pixels(made.path)
        rng = np.random.default_rng(np.random.SeedSequence(8, spawn_key=(place,)))
        done = deliver(image, random_delivery(rng, image.shape))
        assert made.data == done.data and made.container == done.container
        assert made.shape == done.pixels.shape and made.seed == 8
        assert tuple(step.step for step in made.steps) == done.steps
        assert tuple(step.psnr for step in made.steps) == done.psnr


def test_a_set_passes_through_one_generator_with_noise_of_its_own(picture_folder, rng):
    found = find_images(picture_folder(2))
    layer = draw_layer("bilinear", np.random.default_rng(8))
    for place, made in enumerate(iter_simulated(found, "bilinear", seed=8)):
        noise = np.random.default_rng(np.random.SeedSequence(8, spawn_key=(place,)))
        done = simulated(read_pixels(made.path), layer, rng=noise)
        assert np.array_equal(decoded_pixels(made.data), done.pixels) and made.container == "PNG"
        assert [step.psnr for step in made.steps] == [done.psnr]
        assert str(made.steps[0].step) == "simulate bilinear x1"


def test_reducing_comes_first_and_is_told(picture_folder):
    (made,) = iter_simulated(find_images(picture_folder(1)), "nearest", seed=0, reduce=2, depth=3)
    assert made.shape == (64, 64, 3)
    assert [str(s.step) for s in made.steps] == [
        "resize x0.5 lanczos",
        "simulate nearest depth 3 x1",
    ]


def test_stored_pixels_are_taken_and_the_orientation_told(cat):
    import io

    from PIL import Image as Pillow

    exif = Pillow.Exif()
    exif[274] = 6
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, "PNG", exif=exif)
    source = BytesSource("turned.png", file.getvalue())
    (made,) = iter_delivered([source], lambda *_: [Png()], seed=0)
    assert made.orientation == 6 and np.array_equal(decoded_pixels(made.data), cat)


def test_steps_that_cannot_be_done_name_the_picture(picture_folder):
    found = find_images(picture_folder(2))
    with pytest.raises(ImageShapeError, match=r"0\.png has shape .128, 128, 3., crop 200x1"):
        list(iter_delivered(found, lambda *_: [Crop(0, 0, 200, 1)], seed=0))
    skips = list(iter_delivered(found, lambda *_: [Crop(0, 0, 200, 1)], seed=0, on_error="skip"))
    assert all(isinstance(one, Skipped) for one in skips) and len(skips) == 2


def test_it_can_be_stopped_and_says_how_far_it_is(picture_folder):
    found = find_images(picture_folder(9))
    stop, told = threading.Event(), []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        stop.set()

    steps = [Jpeg(75)]
    made = list(
        iter_delivered(found, lambda *_: steps, seed=0, workers=1, progress=progress, stop=stop)
    )
    assert 1 <= len(made) < 9 and told[0] == (1, 9)
    assert all(isinstance(one, MadePicture) for one in made)


def test_what_makes_no_sense_is_refused(picture_folder):
    found = find_images(picture_folder(1))
    for make in MAKERS:
        with pytest.raises(ParameterError, match="seed is -1"):
            next(make(found, seed=-1))
    for wrong, told in (({"reduce": 0.5}, "reduce is"), ({"depth": 0}, "depth is")):
        with pytest.raises(ParameterError, match=told):
            next(iter_simulated(found, "nearest", seed=0, **wrong))
    with pytest.raises(ParameterError, match="strength is"):
        next(iter_simulated(found, "nearest", seed=0, strength=9))
