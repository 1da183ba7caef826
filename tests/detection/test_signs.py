from __future__ import annotations

import dataclasses
import math
from functools import cache
from itertools import permutations
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.evidence import Evidence, evidence
from forensics.detection.signs import (
    CameraCue,
    Sign,
    SignName,
    best_match,
    camera_cue,
    second_evidence,
    signs,
)
from forensics.images.encoding import decoded, webp_bytes
from forensics.images.resizing import resized
from forensics.images.simulate import simulated
from forensics.traces.fingerprints.matching import FingerprintMatch
from forensics.traces.phases import PARTS, STATISTICS

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
            "webp": lambda: decoded(webp_bytes(skimage.data.astronaut(), quality=80)),
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
    fingerprint, crosswise, bands = every
    assert math.isnan(fingerprint.value) and fingerprint.numbers == {}  # none was tried
    assert math.isnan(crosswise.value) or crosswise.value <= 0
    assert 0 <= bands.value <= 0.9


def test_of_all_matches_the_likeliest_is_the_sign_whatever_their_order():
    several = [matched(nats, f"source {nats}") for nats in (-3.0, -40.0, 0.0)]
    for some in permutations(several):
        one = dataclasses.replace(found("photograph"), matches=tuple(some))
        sign = signs(one)[0]
        assert best_match(one) is several[1] and sign.value == -40.0
        assert (sign.numbers["source"], sign.numbers["family"]) == ("source -40.0", "a family")
        assert sign.numbers["p_value"] == pytest.approx(math.exp(-40))
    assert best_match(found("photograph")) is None


def test_numbers_are_ready_for_json():
    import json

    for kind in ("photograph", "generated", "flat"):
        one = dataclasses.replace(found(kind), matches=(matched(-9.0),))
        for sign in signs(one):
            assert json.loads(json.dumps(sign.numbers, allow_nan=False)) == sign.numbers


# How much they say


@pytest.mark.parametrize("kind", ["photograph", "flat", "webp", "dots"])
def test_pictures_without_a_generator_have_no_bands(kind):
    assert by_name(kind)["bands"].value < 0.4


def test_every_second_line_is_measured_up_to_what_innocent_makers_leave():
    assert by_name("generated")["bands"].value == 0.9


@given(st.floats(1e-320, 0.999999))
def test_a_crosswise_pattern_has_the_logarithm_of_its_chance(p_value):
    added = dataclasses.replace(found("photograph").added, p_value=p_value)
    sign = signs(dataclasses.replace(found("photograph"), added=added))[1]
    assert sign.value == pytest.approx(max(math.log(p_value), math.log(1e-300)))
    assert sign.numbers["p_value"] == p_value


def test_a_pattern_that_something_else_explains_says_nothing():
    added = dataclasses.replace(found("photograph").added, p_value=1.0)
    sign = signs(dataclasses.replace(found("photograph"), added=added))[1]
    assert math.isnan(sign.value) and not sign.excused


def test_transposing_keeps_what_was_found():
    straight, turned = by_name("generated"), by_name("turned")
    for name in ("bands", "crosswise pattern"):
        np.testing.assert_allclose(straight[name].value, turned[name].value, atol=1e-6)


def test_of_many_parts_the_median_one_speaks():
    """A pattern in a corner of a large picture says nothing about the whole."""
    few = dataclasses.replace(
        found("photograph"), parts=(*found("photograph").parts * 5, *found("generated").parts * 4)
    )
    most = dataclasses.replace(
        found("photograph"), parts=(*found("photograph").parts * 4, *found("generated").parts * 5)
    )
    assert signs(few)[2].value < 0.4 < 0.8 < signs(most)[2].value


# The second order


def test_evidence_of_both_axes_is_at_least_that_of_the_weaker():
    for kind in ("photograph", "generated", "dots", "flat"):
        both, weaker = second_evidence(found(kind).middle)
        assert both >= -ROUNDING and weaker >= -ROUNDING and math.isfinite(both)
    generated, plain = (second_evidence(found(kind).middle) for kind in ("generated", "photograph"))
    assert generated[0] > plain[0] and generated[1] > plain[1]


# The camera


def cue_of(rows: float, columns: float, error: float) -> CameraCue:
    parts = np.zeros((len(STATISTICS), 4, len(PARTS)))
    errors = np.zeros_like(parts)
    here = STATISTICS.index("absolute")
    for axis, value in (("rows", rows), ("columns", columns)):
        parts[here, 0, PARTS.index(axis)] = value
        errors[here, 0, PARTS.index(axis)] = error
    return camera_cue(SimpleNamespace(phases=SimpleNamespace(parts=parts, errors=errors)))


@pytest.mark.parametrize("rows, columns", [(0.03, 0.03), (-0.03, 0.03), (0.03, -0.031)])
def test_equal_contrasts_of_any_sign_are_a_mosaic(rows, columns):
    assert cue_of(rows, columns, 0.001).is_mosaic


@pytest.mark.parametrize("rows, columns", [(0.03, 0.0), (0.0, 0.03), (0.03, 0.01), (0.0, 0.0)])
def test_unequal_contrasts_or_none_are_not(rows, columns):
    assert not cue_of(rows, columns, 0.001).is_mosaic


def test_what_may_be_chance_is_no_mosaic():
    assert not cue_of(0.03, 0.03, 0.02).is_mosaic


def test_a_cue_is_in_standard_errors():
    cue = cue_of(0.03, -0.01, 0.002)
    assert (cue.rows, cue.columns) == (0.03, -0.01)
    assert (cue.z_rows, cue.z_columns) == pytest.approx((15, -5))
    assert cue.z_difference == pytest.approx(0.02 / (0.002 * math.sqrt(2)))


def test_without_errors_nothing_is_claimed():
    cue = cue_of(0.03, 0.03, 0.0)
    assert (cue.z_rows, cue.z_columns, cue.z_difference) == (0, 0, 0) and not cue.is_mosaic
