from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from forensics.detection.classifier import Model
from forensics.detection.features import (
    ANY_FEATURES,
    FEATURE_VERSION,
    KNOWN_FEATURES,
    features,
)
from forensics.detection.heads import Calibration, Head, Layer, Way
from forensics.detection.modelfile import shipped_model
from forensics.detection.scoring import check_model, scores
from forensics.errors import ImageShapeError, ModelError
from forensics.images.resizing import resized
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint

MODEL = shipped_model()
NAME = MODEL.fingerprints[0].name


def source(name: str, seed: int, shape: tuple[int, int] = (192, 192)) -> Fingerprint:
    codes = np.random.default_rng(seed).integers(-9, 10, shape).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    return Fingerprint(name, 100, codes, 1.0, np.zeros((FOLD, FOLD)), *means)


def planted(pattern: np.ndarray, seed: int = 0, amount: float = 1.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(120, 12, pattern.shape)
    return np.clip(np.rint(noise + amount * pattern), 0, 255).astype(np.uint8)


def network(n: int, **changes) -> Head:
    """A head with hidden layers and weights of no meaning."""
    rng = np.random.default_rng(0)
    layers = (
        Layer(rng.normal(size=(n, 3)), rng.normal(size=3)),
        Layer(rng.normal(size=(3, 1)), np.zeros(1)),
    )
    ways = (Way("network", 1.0, layers),)
    names = tuple(f"line {number}" for number in range(n))
    return replace(
        Head(names, np.zeros(n), np.ones(n), ways, Calibration.straight(), 1.0, 2.0), **changes
    )


def thread() -> Model:
    return replace(
        MODEL, name="lines", method="thread", heads={"together": network(464)}, fingerprints=()
    )


PICTURES = {
    "camera": skimage.data.camera(),
    "cat": skimage.data.chelsea(),
    "noise": np.random.default_rng(1).integers(0, 256, (128, 131, 3), dtype=np.uint8),
    "flat": np.full((160, 160, 3), 99, np.uint8),
    "planted": planted(40 * MODEL.fingerprints[0].pattern),
}


# What a score is made of


@pytest.mark.parametrize("name", PICTURES)
def test_contributions_and_the_baseline_make_up_the_log_odds(name):
    found = scores(PICTURES[name], MODEL)
    parts = found.contributions
    total = found.baseline + sum(one.log_odds for one in parts)
    assert total == pytest.approx(found.together, abs=1e-9)
    assert {one.feature for one in parts} == {*KNOWN_FEATURES, *ANY_FEATURES}
    sizes = [abs(one.log_odds) for one in parts]
    assert sizes == sorted(sizes, reverse=True) and len(parts) == len(
        MODEL.heads["together"].features
    )


def test_the_values_are_the_features():
    image = PICTURES["cat"]
    measured = features(image, MODEL.fingerprints)
    values = {one.feature: one.value for one in scores(image, MODEL).contributions}
    names = (*KNOWN_FEATURES, *ANY_FEATURES)
    row = np.concatenate([measured.known[0], measured.common])
    assert [values[name] for name in names] == row.tolist()


def test_each_head_speaks_of_its_own_features():
    image = PICTURES["cat"]
    measured, found = features(image, MODEL.fingerprints), scores(image, MODEL)
    for head, said, row in (
        ("known", found.known, measured.known[0]),
        ("any", found.any, measured.common),
    ):
        assert said == pytest.approx(float(MODEL.heads[head].log_odds(row[None])[0]))


def test_a_picture_of_the_source_scores_above_one_without():
    pattern = MODEL.fingerprints[0].pattern
    low, high = (scores(planted(k * pattern), MODEL) for k in (0, 40))
    assert high.known > 3 > 0 > low.known and high.together > low.together
    assert high.source == low.source == NAME


def test_a_network_has_no_contributions():
    image = np.ascontiguousarray(skimage.data.astronaut())
    found = scores(image, thread())
    assert found.contributions == () and found.baseline == 0
    assert (found.known, found.any, found.source) == (None, None, "")
    with pytest.raises(ImageShapeError, match="512"):
        scores(image[:500], thread())


# Several sources


def test_of_two_fingerprints_the_better_one_is_named():
    mine, another = source("mine", 1), source("another", 2)
    for order in ((mine, another), (another, mine)):
        for one in order:
            found = scores(planted(one.codes, amount=1.5), MODEL, fingerprints=order)
            assert found.source == one.name
        of_site = scores(planted(40 * MODEL.fingerprints[0].pattern), MODEL, fingerprints=order)
        assert of_site.source == NAME


def test_a_further_source_never_lowers_what_is_known():
    image = planted(source("mine", 1).codes, amount=1.5)
    alone, more = scores(image, MODEL), scores(image, MODEL, fingerprints=[source("mine", 1)])
    assert more.known > alone.known + 3 and more.any == alone.any


def test_a_further_source_of_the_same_name_never_lowers_what_is_known():
    image = planted(40 * MODEL.fingerprints[0].pattern)
    alone = scores(image, MODEL)
    both = scores(image, MODEL, fingerprints=[source(NAME, 1)])
    assert both.known >= alone.known


def test_a_model_that_knows_no_source_says_so():
    bare = replace(
        MODEL,
        heads={"any": MODEL.heads["any"], "together": MODEL.heads["any"]},
        fingerprints=(),
    )
    check_model(bare)
    for further in ((), (source("mine", 1),)):
        found = scores(PICTURES["cat"], bare, fingerprints=further)
        assert found.known is None and found.source == "" and found.together == found.any


# Which models fit


def test_the_shipped_model_fits():
    check_model(MODEL)
    assert MODEL.feature_version == FEATURE_VERSION and set(MODEL.heads) == {
        "together", "known", "any",
    }  # fmt: skip
    check_model(thread())


def shuffled(head: Head) -> Head:
    return replace(head, features=head.features[::-1])


@pytest.mark.parametrize(
    "model",
    [
        replace(MODEL, feature_version=FEATURE_VERSION + 1),
        replace(MODEL, feature_version=FEATURE_VERSION - 1),
        replace(MODEL, heads={**MODEL.heads, "any": shuffled(MODEL.heads["any"])}),
        replace(MODEL, heads={**MODEL.heads, "known": shuffled(MODEL.heads["known"])}),
        replace(MODEL, heads={"together": MODEL.heads["known"]}),
        replace(MODEL, heads={"together": MODEL.heads["together"]}),
        replace(MODEL, method="thread"),
        replace(thread(), method="traces"),
        replace(thread(), heads={"together": network(463)}),
    ],
)
def test_a_model_of_other_features_is_refused(model):
    with pytest.raises(ModelError, match="train it again"):
        check_model(model)


def test_a_head_for_known_sources_without_any_is_refused():
    with pytest.raises(ModelError):
        check_model(replace(MODEL, fingerprints=()))


def test_a_model_cannot_write_on_the_terminal():
    with pytest.raises(ModelError) as caught:
        check_model(replace(MODEL, name="a\nb\x1b[31m", feature_version=FEATURE_VERSION + 1))
    assert str(caught.value).isprintable()


# Pictures


def test_small_pictures_are_refused():
    with pytest.raises(ImageShapeError, match="128"):
        scores(np.zeros((127, 300, 3), np.uint8), MODEL)


def test_the_picture_is_left_alone_and_may_be_read_only():
    image = resized(skimage.data.chelsea(), 0.6)
    image.setflags(write=False)
    before = image.copy()
    assert scores(image, MODEL).together == scores(image, MODEL).together
    assert np.array_equal(image, before)
