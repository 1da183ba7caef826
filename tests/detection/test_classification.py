from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from forensics.detection import classification as module
from forensics.detection.classification import (
    Classification,
    classify,
    classify_image,
    iter_classifications,
)
from forensics.detection.classifier import Model
from forensics.detection.features import ANY_FEATURES, FEATURE_VERSION
from forensics.detection.heads import Calibration, Head, Layer, Way, chance
from forensics.detection.modelfile import shipped_model
from forensics.detection.standing import Standing, small_deliveries
from forensics.errors import ImageReadError, ImageShapeError, ModelError, ParameterError
from forensics.images.delivery import deliver
from forensics.images.encoding import png_bytes
from forensics.images.sources import BytesSource, Skipped, find_images
from forensics.images.steps import Crop, Jpeg, Resize

MODEL = shipped_model()
CAT = skimage.data.chelsea()


def saying(
    log_odds: float,
    *,
    feature: str = "any size",
    weight: float = 0.0,
    rise: float = 0.0,
    above: float | None = None,
) -> Model:
    """A model whose log odds are a number, and one feature by a weight; thresholds 1 and 2."""
    n = len(ANY_FEATURES)
    column = np.zeros((n, 1))
    column[ANY_FEATURES.index(feature)] = weight
    ways = (Way("said", 1.0, (Layer(column, np.array([log_odds])),)),)
    standing = dict.fromkeys(small_deliveries(CAT.shape), Standing(rise, above))
    head = Head(ANY_FEATURES, np.zeros(n), np.ones(n), ways, Calibration.straight(), 1.0, 2.0)
    return Model(
        "saying",
        "traces",
        FEATURE_VERSION,
        {"together": head, "any": head},
        (),
        standing,
        {},
        {},
    )


def of_the_site() -> np.ndarray:
    """A picture with the pattern of the site's, and nothing else but noise."""
    pattern = MODEL.fingerprints[0].pattern
    pixels = np.random.default_rng(0).normal(120, 12, pattern.shape) + 40 * pattern
    gray = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return np.stack([gray] * 3, axis=-1)


def drawn() -> np.ndarray:
    """Nothing but lines of two colours: the perfect pattern of every second row."""
    drawing = np.full((200, 200, 3), 255, np.uint8)
    drawing[::2, 30:170] = (20, 90, 200)
    return drawing


def noise(seed: int = 0, shape: tuple[int, ...] = (128, 128, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def sources(n: int) -> list[BytesSource]:
    return [BytesSource(f"{i}.png", png_bytes(noise(i))) for i in range(n)]


# One picture


@pytest.mark.parametrize(
    ("log_odds", "verdict", "why"),
    [
        (-5, "no generator trace", ()),
        (1, "no generator trace", ()),
        (1.5, "unsure", ("between the thresholds",)),
        (2, "unsure", ("between the thresholds",)),
        (2.1, "generator trace", ()),
        (50, "generator trace", ()),
    ],
)
def test_the_verdict_follows_from_the_thresholds(log_odds, verdict, why):
    assert classify(CAT, saying(log_odds))[:2] == (verdict, why)


@pytest.mark.parametrize("image", [drawn(), np.full((160, 160, 3), 9, np.uint8)])
def test_a_drawn_or_flat_picture_is_unsure_rather_than_a_generator_trace(image):
    verdict, (why,), _ = classify(image, saying(9))
    assert verdict == "unsure" and "drawing" in why
    assert classify(image, saying(-9))[0] == "no generator trace"


@pytest.mark.parametrize("workers", [1, 3])
def test_a_verdict_that_a_small_delivery_turns_around_is_unsure(workers):
    # Every slight enlargement moves it across both thresholds.
    size = math.log(math.sqrt(CAT.shape[0] * CAT.shape[1]) / 400)
    across = saying(0.5 - 200 * size, feature="any size", weight=200, rise=100)
    verdict, why, found = classify(CAT, across, workers=workers)
    assert found.together == pytest.approx(0.5)
    assert (verdict, why) == ("unsure", ("flips after resize x1.03",))


def test_what_no_small_delivery_reaches_is_not_tried(monkeypatch):
    def never(*_):
        pytest.fail("a delivery was tried")

    monkeypatch.setattr(module, "delivered_pixels", never)
    assert classify(CAT, saying(-9, rise=3))[0] == "no generator trace"
    assert classify(of_the_site(), MODEL)[0] == "generator trace"


@pytest.mark.parametrize("above", [None, 1e9])
def test_what_was_not_shown_to_stand_is_tried(monkeypatch, above):
    tried = []
    monkeypatch.setattr(module, "delivered_pixels", lambda *_: tried.append(1) or _[0])
    assert (
        classify(
            of_the_site(),
            replace(MODEL, standing=dict.fromkeys(MODEL.standing, Standing(0, above))),
        )[0]
        == "generator trace"
    )
    assert len(tried) == 5
    tried.clear()
    assert classify(CAT, saying(9, above=3))[0] == "generator trace"
    assert len(tried) == 5  # no fingerprint speaks for it


def test_small_deliveries_are_small_and_can_be_taken():
    for shape in ((128, 128, 3), (500, 131), (1000, 700, 3)):
        ways = small_deliveries(shape)
        assert len(ways) >= 5
        for name, steps in ways.items():
            delivered = deliver(noise(1, shape), steps).pixels
            assert delivered.ndim == len(shape) and name.isprintable()
            for before, after in zip(shape[:2], delivered.shape[:2], strict=True):
                assert abs(after / before - 1) < 0.045
        kinds = [type(step) for steps in ways.values() for step in steps]
        assert {Crop, Jpeg, Resize} == set(kinds)


def test_a_picture_that_is_too_small_after_a_delivery_is_not_flipped_by_it():
    assert classify(noise(3), saying(-5, rise=100))[:2] == ("no generator trace", ())


def test_gray_is_as_good_as_colour():
    gray = skimage.data.camera()
    verdict, why, found = classify(gray, MODEL)
    three = classify(np.repeat(gray[..., None], 3, axis=2), MODEL)
    assert (verdict, why) == three[:2]
    assert found.together == pytest.approx(three[2].together, abs=1e-6)


@pytest.mark.parametrize("image", [CAT, skimage.data.camera(), skimage.data.coffee()])
def test_the_shipped_model_finds_nothing_in_photographs(image):
    assert classify(image, MODEL)[0] == "no generator trace"


def test_the_shipped_model_never_finds_a_generator_in_a_drawing():
    assert classify(drawn(), MODEL)[0] != "generator trace"


def test_the_picture_is_left_alone_and_may_be_read_only():
    image = CAT.copy()
    image.setflags(write=False)
    classify(image, saying(1.9, rise=100))
    assert np.array_equal(image, CAT)


def test_no_workers_are_refused():
    with pytest.raises(ParameterError):
        classify(CAT, saying(-5, rise=100), workers=0)


# One file


def test_a_file_is_named_with_the_hash_of_its_bytes():
    (one,) = sources(1)
    found = classify_image(one, MODEL)
    assert isinstance(found, Classification)
    assert found.path == "0.png" and len(found.sha256) == 64 and found.model == MODEL.name
    assert found.score == chance(found.scores.together)
    assert found.verdict == classify(noise(0), MODEL)[0]


def test_a_file_that_cannot_be_scored_is_named():
    with pytest.raises(ImageReadError, match=r"7\.png"):
        classify_image(BytesSource("7.png", b"text"), MODEL)
    small = BytesSource("8.png", png_bytes(noise(0, (100, 300, 3))))
    with pytest.raises(ImageShapeError, match=r"8\.png.*at least 128 x 128"):
        classify_image(small, MODEL)
    with pytest.raises(ImageReadError, match=r"0\.png"):
        classify_image(sources(1)[0], MODEL, max_pixels=100)


@pytest.mark.parametrize("change", [-1, 1, 7])
def test_a_model_of_another_version_is_refused_before_anything_is_read(change):
    other = replace(MODEL, feature_version=FEATURE_VERSION + change)

    def unread() -> Iterator[BytesSource]:
        pytest.fail("a picture was taken")
        yield

    with pytest.raises(ModelError, match="train it again"):
        classify_image(BytesSource("x.png", b""), other)
    with pytest.raises(ModelError, match=f"version {FEATURE_VERSION + change}"):
        next(iter_classifications(unread(), other))


# Many files


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_many_come_in_their_order_and_as_one_by_one(workers):
    many = sources(7)
    found = list(iter_classifications(many, MODEL, workers=workers))
    assert [one.path for one in found] == [one.name for one in many]
    for one, source in zip(found, many, strict=True):
        alone = classify_image(source, MODEL)
        assert (one.score, one.verdict, one.sha256) == (alone.score, alone.verdict, alone.sha256)


def test_what_cannot_be_scored_ends_it_or_is_skipped_in_its_place():
    many = sources(4)
    many[1] = BytesSource("bad.png", b"text")
    many[2] = BytesSource("small.png", png_bytes(noise(0, (40, 300, 3))))
    with pytest.raises(ImageReadError, match=r"bad\.png"):
        list(iter_classifications(many, MODEL))
    found = list(iter_classifications(many, MODEL, on_error="skip"))
    assert [isinstance(one, Skipped) for one in found] == [False, True, True, False]
    assert [one.path for one in found] == ["0.png", "bad.png", "small.png", "3.png"]
    assert "at least 128 x 128 pixels" in found[2].reason


def test_progress_counts_and_stopping_stops():
    seen: list[tuple[int, int]] = []
    list(iter_classifications(sources(5), MODEL, progress=lambda *counts: seen.append(counts)))
    assert seen[-1] == (5, 5)
    stop = threading.Event()
    stop.set()
    assert list(iter_classifications(sources(5), MODEL, stop=stop)) == []


def test_no_pictures_are_no_results_and_no_workers_are_refused():
    assert list(iter_classifications([], MODEL)) == []
    with pytest.raises(ParameterError):
        list(iter_classifications(sources(2), MODEL, workers=0))


# On pictures of known origin, where they are here


def verdicts(folder) -> list[str]:
    images = find_images(folder).images
    chosen = images[:: max(1, len(images) // 10)][:10]
    return [one.verdict for one in iter_classifications(chosen, MODEL)]


def test_pictures_of_the_site_have_a_generator_trace(data):
    assert verdicts(data / "gan" / "thiscatdoesnotexist") == ["generator trace"] * 10


def test_cats_of_photographers_have_none(data):
    assert "generator trace" not in verdicts(data / "real" / "afhq")
