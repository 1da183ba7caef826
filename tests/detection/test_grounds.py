from __future__ import annotations

import dataclasses
import math
from functools import cache
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import skimage.data

from forensics.detection.evidence import Evidence, evidence
from forensics.detection.grounds import (
    CameraCue,
    Ground,
    GroundName,
    bands_ground,
    camera_cue,
    grounds,
    second_evidence,
)
from forensics.images.encoding import decoded, webp_bytes
from forensics.images.resizing import resized
from forensics.images.simulate import simulated
from forensics.traces.fingerprints.matching import MATCHED, FingerprintMatch
from forensics.traces.phases import PARTS, STATISTICS

PLAIN = ("bands", "lattice")
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


def by_name(kind: str) -> dict[str, Ground]:
    return {one.name: one for one in grounds(found(kind))}


def matched(log_chance: float) -> FingerprintMatch:
    return FingerprintMatch(
        "a source", "a family", "whole frame", 0.0, log_chance, "crop", (3, 4), 1.0
    )


# The list


@pytest.mark.parametrize("kind", ["photograph", "flat", "generated", "dots", "webp"])
def test_every_ground_is_weighed_once_strongest_first(kind):
    every = grounds(found(kind))
    assert sorted(one.name for one in every) == sorted(PLAIN)
    strengths = [one.strength for one in every]
    assert strengths == sorted(strengths, reverse=True)
    assert all(math.isfinite(one) and one >= -ROUNDING for one in strengths)


def test_every_match_is_a_ground_of_its_own():
    several = matched(math.log(1e-3)), matched(2 * math.log(MATCHED))
    every = grounds(dataclasses.replace(found("photograph"), matches=several))
    assert every[0].name == "fingerprint" and every[0].strength == pytest.approx(2)
    assert every[0].numbers["source"] == "a source" and every[0].numbers["family"] == "a family"
    assert [one.strength for one in every if one.name == "fingerprint"][1] == pytest.approx(0.6)
    assert {one.name for one in every} == set(get_args(GroundName))


def test_numbers_are_ready_for_json():
    import json

    for kind in ("photograph", "generated", "flat"):
        for one in grounds(found(kind)):
            assert json.loads(json.dumps(one.numbers, allow_nan=False)) == one.numbers


# What convinces


@pytest.mark.parametrize("kind", ["photograph", "flat", "webp"])
def test_pictures_without_a_generator_convince_nobody(kind):
    assert grounds(found(kind))[0].strength < 0.8


def test_every_second_line_makes_one_unsure_and_never_sure():
    """Cameras, sensors, codecs and screens make it, as strongly as generators do."""
    assert bands_ground(found("generated").middle).strength > 1
    assert 0.8 < by_name("generated")["bands"].strength < 1


def test_what_is_added_crosswise_convinces_by_its_chance():
    added = dataclasses.replace(found("photograph").added, p_value=1e-9)
    by_chance = grounds(dataclasses.replace(found("photograph"), added=added))[0]
    assert by_chance.name == "lattice" and by_chance.strength == pytest.approx(2.25)
    assert by_chance.numbers["p_value"] == 1e-9


def test_transposing_keeps_what_convinces():
    strong = [
        {name for name, one in by_name(kind).items() if one.strength >= 0.8}
        for kind in ("generated", "turned")
    ]
    assert strong[0] == strong[1] == {"bands"}


def test_of_many_parts_the_median_one_speaks():
    """A pattern in a corner of a large picture says nothing about the whole."""
    few = dataclasses.replace(
        found("photograph"), parts=(*found("photograph").parts * 5, *found("generated").parts * 4)
    )
    most = dataclasses.replace(
        found("photograph"), parts=(*found("photograph").parts * 4, *found("generated").parts * 5)
    )
    assert grounds(few)[0].strength < 0.8 < grounds(most)[0].strength


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
