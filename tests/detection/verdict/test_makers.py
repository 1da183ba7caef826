"""Every made case of ``benchmarks/cases.py``, of one photograph of the wheel."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import skimage.data
from cases import CASES

from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.causes import cameras, enlargements, explanation, lines, vetoed
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.images.delivery.resize import resized
from forensics.images.delivery.simulate import simulated
from forensics.traces.makers.enlargement import Enlargement
from forensics.traces.periods import Banding

HARD = {"reduced", "camera, JPEG"}
"""What physics or compression hides too often to be promised for one picture."""


@cache
def made(kind: str) -> Evidence:
    rng = np.random.default_rng(1)
    image, _ = CASES[kind][0](skimage.data.coffee(), rng)
    return evidence(np.ascontiguousarray(image))


def judged(kind: str) -> Attribution:
    return attribution(made(kind))


def names(found: Attribution) -> set[str]:
    return {one.cause for one in found.causes}


@pytest.mark.parametrize("kind", sorted(set(CASES) - HARD))
def test_each_maker_is_named(kind):
    _, causes = CASES[kind]
    assert not causes or set(causes) & names(judged(kind))


@pytest.mark.parametrize("kind", sorted(CASES))
def test_no_maker_is_called_a_generator(kind):
    found = judged(kind)
    assert found.verdict != "generator trace"
    assert "camera" not in names(found) or "camera" in kind


@pytest.mark.parametrize("layer", ["transposed-4", "pixel-shuffle", "zero-insertion", "nearest"])
def test_no_layer_of_a_generator_is_excused(layer):
    rng = np.random.default_rng(1)
    image = simulated(resized(skimage.data.coffee(), 0.5), layer, strength=3, rng=rng).pixels
    found = names(attribution(evidence(image)))
    assert not found - {"generator", "jpeg", "chroma", "unexplained", "resampling"}


def test_a_period_that_no_evidence_explains_is_unexplained():
    band = Banding("second", 2.0, 1e-9, 1e-8)
    names_of_facts = {"jpeg2000", "webp", "chroma", "frame"}
    plain = made("nothing")
    assert explanation(band, plain, names_of_facts - {"jpeg2000"}) == ("unexplained",)
    assert explanation(band, plain, {"resampling"}) == ("unexplained",)
    assert explanation(band, plain, {"camera"}) == ("unexplained",)
    assert explanation(band, made("camera"), {"camera"}) == ("camera",)


def test_what_works_in_cells_of_pixels_undoes_a_crosswise_pattern():
    assert vetoed([]) == frozenset()
    assert vetoed(list(lines(made("scan lines")))) == frozenset()
    assert vetoed(list(cameras(made("camera")))) == {"crosswise pattern"}


def test_a_network_is_neither_innocent_nor_an_accusation():
    seen = replace(made("nothing").makers, enlargement=Enlargement("one x2", 0.8, 1e-30))
    found = attribution(replace(made("nothing"), makers=seen))
    assert found.verdict == "unsure" and "network enlargement" in names(found)
    weak = replace(seen, enlargement=Enlargement("one x2", 0.3, 1e-30))
    assert enlargements(replace(made("nothing"), makers=weak)) == []
