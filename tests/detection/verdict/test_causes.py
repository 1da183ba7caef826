from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import get_args

import numpy as np
import pytest
import skimage.data

from forensics.detection.verdict.causes import (
    Cause,
    CauseName,
    Container,
    cameras,
    chroma,
    codecs,
    explanation,
    generator,
    jpegs,
    lines,
    prints,
    resamplings,
    surrounds,
)
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.signs import CrosswiseSign, FingerprintSign, signs
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.images.delivery.simulate import simulated
from forensics.traces.interpolation import Resampling
from forensics.traces.periods import PERIODS, Banding
from forensics.traces.profiles import KINDS

NAMES: tuple[CauseName, ...] = get_args(CauseName)


@cache
def photograph() -> np.ndarray:
    return resized(skimage.data.coffee(), 0.5)


@cache
def found(kind: str) -> Evidence:
    image = photograph()
    rng = np.random.default_rng(0)
    return evidence(
        {
            "photograph": lambda: image,
            "flat": lambda: np.full((96, 96, 3), 7, np.uint8),
            "jpeg": lambda: decoded_pixels(jpeg_bytes(image, quality=75))[3:, 5:],
            "webp": lambda: decoded_pixels(webp_bytes(skimage.data.astronaut(), quality=80)),
            "x1.4": lambda: resized(image, 1.4, kernel="bilinear"),
            "x1.5 nearest": lambda: resized(image, 1.5, kernel="nearest"),
            "x2": lambda: resized(image, 2.0, kernel="bilinear"),
            "generated": lambda: (
                simulated(skimage.data.chelsea(), "transposed-4", strength=3, rng=rng).pixels
            ),
        }[kind]()
    )


KINDS_OF_PICTURE = ("photograph", "flat", "jpeg", "webp", "x1.4", "x1.5 nearest", "x2", "generated")


def names(causes: list[Cause]) -> list[str]:
    return [cause.cause for cause in causes]


def nearest(cause: Cause, factor: float) -> float:
    return min(abs(one / factor - 1) for one in cause.to_dict()["factors"])


# Finders


def test_a_photograph_has_no_cause():
    plain = found("photograph")
    assert jpegs(plain, None) == codecs(plain) == resamplings(plain, False) == []
    assert cameras(plain) == lines(plain) == prints(plain) == surrounds(plain) == []
    assert chroma(plain, None) == []


@pytest.mark.parametrize("kind", KINDS_OF_PICTURE)
def test_numbers_are_ready_for_json(kind):
    one = found(kind)
    container = Container("JPEG", 75, "4:2:0")
    causes = [
        generator(signs(one)),
        *jpegs(one, container),
        *codecs(one),
        *lines(one),
        *prints(one),
        *surrounds(one),
        *resamplings(one, False),
        *cameras(one),
        *chroma(one, container),
    ]
    for cause in causes:
        assert cause.cause in NAMES
        assert json.loads(json.dumps(cause.to_dict(), allow_nan=False)) == cause.to_dict()


def test_jpeg_is_named_with_origin_and_quality():
    [cause] = jpegs(found("jpeg"), None)
    assert cause.cause == "jpeg"
    assert cause.to_dict()["origin"] == [5, 3] and cause.to_dict()["quality"] == 75
    assert cause.to_dict()["log10_nfa"] < 0 and "file_quality" not in cause.to_dict()


@pytest.mark.parametrize("format", ["JPEG", "MPO"])
def test_the_quality_of_the_file_is_quoted_beside(format):
    [cause] = jpegs(found("jpeg"), Container(format, 80, "4:4:4"))
    assert (cause.to_dict()["quality"], cause.to_dict()["file_quality"]) == (75, 80)
    [png] = jpegs(found("jpeg"), Container("PNG"))
    assert "file_quality" not in png.to_dict()


def test_a_jpeg_file_without_a_grid_has_no_grid():
    assert jpegs(found("photograph"), Container("JPEG", 99, "4:4:4")) == []


def test_webp_is_known_by_its_pixels():
    assert names(codecs(found("webp"))) == ["webp"] and codecs(found("photograph")) == []


@pytest.mark.parametrize("kind, factor", [("x1.4", 1.4), ("x1.5 nearest", 1.5), ("x2", 2.0)])
def test_resizing_is_named_with_its_factor(kind, factor):
    [cause] = resamplings(found(kind), False)
    assert cause.cause == "resampling" and nearest(cause, factor) < 0.03


@pytest.mark.parametrize("frequency", [1 / 8, 1 / 4, 7 / 16])
def test_a_beat_on_the_grid_of_a_generator_is_its_own(frequency):
    beat = Resampling(frequency, (1 / (1 - frequency),), 1e-9, 0.0)
    one = dataclasses.replace(found("photograph"), resampling=beat)
    assert resamplings(one, True) == resamplings(one, False) == []


def test_other_beats_are_resizing_even_of_a_generated_picture():
    beat = Resampling(0.29, (1.41,), 1e-9, 0.0)
    one = dataclasses.replace(found("photograph"), resampling=beat)
    assert names(resamplings(one, True)) == ["resampling"]
    weak = dataclasses.replace(beat, p_value=2e-6)
    assert resamplings(dataclasses.replace(one, resampling=weak), False) == []


@pytest.mark.parametrize("kind", ["photograph", "flat", "jpeg", "x1.4", "x2"])
def test_no_camera_is_seen_where_none_was(kind):
    assert cameras(found(kind)) == []


def test_subsampled_color_is_named():
    causes = chroma(found("jpeg"), Container("JPEG", 75, "4:2:0"))
    assert names(causes) == ["chroma"]
    assert causes[0].to_dict()["file_subsampling"] == "4:2:0"


def test_a_generator_is_named_with_the_signs_that_speak_for_it():
    strong, weak = CrosswiseSign(-9.0, p_value=0.1, webp_share=0.2), FingerprintSign(-3.0)
    cause = generator((strong, weak))
    assert cause.cause == "generator" and cause.signs == (strong, weak)
    assert cause.to_dict() == {
        "signs": {"crosswise pattern": {"p_value": 0.1, "webp_share": 0.2}, "fingerprint": {}}
    }
    assert generator(()).to_dict() == {"signs": {}}


# Periods and their causes


@pytest.mark.parametrize("kind", KINDS_OF_PICTURE)
def test_only_causes_that_are_there_explain(kind):
    for profile in KINDS:
        for period in PERIODS:
            band = Banding(profile, period, 1e-9, 1e-8)
            assert explanation(band, found(kind), set()) == ("unexplained",)
            for name in NAMES[:-1]:
                assert explanation(band, found(kind), {name}) in ((name,), ("unexplained",))
            every = explanation(band, found(kind), set(NAMES[:-1]))
            assert len(set(every)) == len(every) and every[0] == "generator"
            assert set(every) == {
                name for name in NAMES[:-1] if explanation(band, found(kind), {name}) == (name,)
            }


def test_period_2_in_first_never_needs_a_generator():
    band = Banding("first", 2.0, 1e-9, 1e-8)
    assert explanation(band, found("jpeg"), {"jpeg"}) == ("jpeg",)
    assert explanation(band, found("x2"), {"resampling"}) == ("resampling",)


def test_period_2_in_signed_is_nothing_that_jpeg_or_resizing_makes():
    band = Banding("signed", 2.0, 1e-9, 1e-8)
    assert explanation(band, found("jpeg"), {"jpeg", "resampling"}) == ("unexplained",)


def test_period_2_in_second_along_both_axes_is_not_jpegs():
    band = Banding("second", 2.0, 1e-9, 1e-8)
    assert explanation(band, found("generated"), {"jpeg"}) == ("unexplained",)


@pytest.mark.parametrize("period", [period for period in PERIODS if period != 2])
@pytest.mark.parametrize("profile", KINDS)
def test_jpegs_own_harmonics_are_explained(profile, period):
    band = Banding(profile, period, 1e-9, 1e-8)
    assert explanation(band, found("jpeg"), {"jpeg"}) == ("jpeg",)
