from __future__ import annotations

import dataclasses
import math
from functools import cache
from itertools import permutations
from typing import get_args

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.signs import Sign, SignName, best_match, signs
from forensics.images.delivery.encode import decoded_pixels, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.images.delivery.simulate import simulated
from forensics.traces.fingerprints.match import FingerprintMatch

KINDS = ("photograph", "flat", "generated", "dots", "webp")
ROUNDING = 1e-12


@cache
def photograph() -> np.ndarray:
    return resized(skimage.data.coffee(), 0.5)


@cache
def found(kind: str) -> Evidence:
    cat = skimage.data.chelsea()
    rng = np.random.default_rng(0)
    rows, columns = np.indices(photograph().shape[:2])
    # Not single dots: these are what lossy WebP adds.
    dots = (np.sin(np.pi * rows / 2) * np.sin(np.pi * columns / 2))[..., np.newaxis]
    return evidence(
        {
            "photograph": photograph,
            "flat": lambda: np.full((96, 96), 7, np.uint8),
            "generated": lambda: simulated(cat, "transposed-4", strength=3, rng=rng).pixels,
            "turned": lambda: (
                simulated(cat, "transposed-4", strength=3, rng=np.random.default_rng(0))
                .pixels.swapaxes(0, 1)
                .copy()
            ),
            "dots": lambda: np.clip(photograph() + 8.0 * dots, 0, 255).astype(np.uint8),
            "webp": lambda: decoded_pixels(webp_bytes(skimage.data.astronaut(), quality=80)),
        }[kind]()
    )


def by_name(kind: str) -> dict[str, Sign]:
    return {one.name: one for one in signs(found(kind))}


def matched(log_chance: float, name: str = "a source") -> FingerprintMatch:
    return FingerprintMatch(name, "a family", "whole frame", 0.0, log_chance, "crop", (3, 4), 1.0)


# The list


@pytest.mark.parametrize("kind", KINDS)
def test_every_sign_is_sought_once_in_one_order(kind):
    every = signs(found(kind))
    assert tuple(one.name for one in every) == get_args(SignName)
    assert not any(one.excused for one in every)
    fingerprint, crosswise = every
    assert math.isnan(fingerprint.value) and fingerprint.to_dict() == {}  # none was tried
    assert math.isnan(crosswise.value) or crosswise.value <= 0


def test_of_all_matches_the_likeliest_is_the_sign_whatever_their_order():
    several = [matched(nats, f"source {nats}") for nats in (-3.0, -40.0, 0.0)]
    for some in permutations(several):
        one = dataclasses.replace(found("photograph"), matches=tuple(some))
        sign = signs(one)[0]
        assert best_match(one) is several[1] and sign.value == -40.0
        assert sign.match is best_match(one)
        assert sign.p_value == pytest.approx(math.exp(-40))
    assert best_match(found("photograph")) is None


def test_a_source_that_nobody_said_to_be_a_generator_is_no_sign():
    camera = dataclasses.replace(matched(-99.0, "a camera"), family=None)
    one = dataclasses.replace(found("photograph"), matches=(camera, matched(-3.0, "a generator")))
    assert best_match(one) is one.matches[1] and signs(one)[0].value == -3.0
    alone = dataclasses.replace(one, matches=(camera,))
    assert best_match(alone) is None and math.isnan(signs(alone)[0].value)


def test_numbers_are_ready_for_json():
    import json

    for kind in ("photograph", "generated", "flat"):
        one = dataclasses.replace(found(kind), matches=(matched(-9.0),))
        for sign in signs(one):
            assert json.loads(json.dumps(sign.to_dict(), allow_nan=False)) == sign.to_dict()


# How much they say


@given(st.floats(1e-320, 0.999999))
def test_a_crosswise_pattern_has_the_logarithm_of_its_chance(p_value):
    added = dataclasses.replace(found("photograph").added, p_value=p_value)
    sign = signs(dataclasses.replace(found("photograph"), added=added))[1]
    assert sign.value == pytest.approx(max(math.log(p_value), math.log(1e-300)))
    assert sign.p_value == p_value


def test_a_pattern_that_something_else_explains_says_nothing():
    added = dataclasses.replace(found("photograph").added, p_value=1.0)
    sign = signs(dataclasses.replace(found("photograph"), added=added))[1]
    assert math.isnan(sign.value) and not sign.excused


def test_transposing_keeps_what_was_found():
    straight, turned = by_name("generated"), by_name("turned")
    name = "crosswise pattern"
    np.testing.assert_allclose(straight[name].value, turned[name].value, atol=1e-6)
