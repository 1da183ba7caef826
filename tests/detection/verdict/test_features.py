"""What the score weighs: the signs, and what repeats in small cells."""

from __future__ import annotations

import dataclasses
import math
from functools import cache

import numpy as np
import pytest
import skimage.data
from known_source import generated, known

from forensics.detection.verdict import score as module
from forensics.detection.verdict.attribution import measured_features
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.score import CHANCES, FEATURES, WEIGHED, features
from forensics.detection.verdict.signs import signs
from forensics.traces.fingerprints.decoder import ENERGIES, SMALLEST_TILE_SIDE

COLOR = [name for name in ENERGIES if name.startswith("colour")]


@cache
def found(kind: str) -> Evidence:
    cat = skimage.data.chelsea()[:288, :448]
    image = {
        "photograph": lambda: cat,
        "gray": lambda: cat[..., 1],
        "small": lambda: cat[: SMALLEST_TILE_SIDE - 1],
        "least": lambda: cat[:SMALLEST_TILE_SIDE, :SMALLEST_TILE_SIDE],
        "flat": lambda: np.full((200, 200, 3), 9, np.uint8),
        "generated": generated,
    }[kind]()
    return evidence(np.ascontiguousarray(image), fingerprints=(known(),))


KINDS = ("photograph", "gray", "small", "least", "flat", "generated")


def named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(FEATURES, values.tolist(), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_has_as_many_numbers_as_there_are_names(kind):
    values = features(found(kind), signs(found(kind)))
    assert values.shape == (len(FEATURES),) and values.dtype == np.float64
    assert not np.isinf(values).any()
    chances = values[: len(CHANCES)]
    assert (np.isnan(chances) | (chances <= 0)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_signs_come_by_their_names_in_any_order(kind):
    every = signs(found(kind))
    values = features(found(kind), every)
    np.testing.assert_array_equal(features(found(kind), every[::-1]), values)
    for sign in every:
        np.testing.assert_equal(named(values)[sign.name], sign.value)


def test_energies_stand_in_their_order_and_small_pictures_have_none():
    values = features(found("photograph"), signs(found("photograph")))
    np.testing.assert_array_equal(values[-len(ENERGIES) :], found("photograph").energies)
    small, least = (features(found(kind), signs(found(kind))) for kind in ("small", "least"))
    assert np.isnan(small[-len(ENERGIES) :]).all() and np.isfinite(least[-len(ENERGIES) :]).all()
    assert WEIGHED == ENERGIES


def test_gray_pictures_have_none_of_colour():
    values = named(features(found("gray"), signs(found("gray"))))
    assert all(math.isnan(values[name]) == (name in COLOR) for name in ENERGIES)


def test_a_pattern_that_is_known_is_less_likely_by_chance():
    photograph, made = (
        named(features(found(kind), signs(found(kind)))) for kind in ("photograph", "generated")
    )
    assert made["fingerprint"] < -50 < math.log(1e-4) < photograph["fingerprint"]


def test_without_fingerprints_nothing_is_known_and_the_rest_is_the_same():
    one = found("photograph")
    without = dataclasses.replace(one, matches=())
    values, others = (features(some, signs(some)) for some in (one, without))
    assert math.isnan(others[0]) and not math.isnan(values[0])
    np.testing.assert_array_equal(values[1:], others[1:])


def test_what_explains_a_crosswise_pattern_explains_what_repeats_in_small_cells():
    one = found("photograph")
    excused = tuple(
        dataclasses.replace(sign, value=math.nan, excused=True)
        if sign.name == "crosswise pattern"
        else sign
        for sign in signs(one)
    )
    values = features(one, excused)
    unknown = {name for name, value in named(values).items() if math.isnan(value)}
    assert unknown == {"crosswise pattern", *ENERGIES}


@pytest.mark.parametrize("kind", KINDS)
def test_those_who_fit_get_what_those_who_judge_weigh(kind, score_model):
    from forensics.detection.verdict.attribution import attribution

    values, limits = measured_features(found(kind))
    judged = attribution(found(kind), model=score_model)
    if not judged.limits:
        weighed = [one.value for one in judged.contributions[:-2]]
        np.testing.assert_array_equal(values, weighed)
    assert set(judged.limits) <= set(limits)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
