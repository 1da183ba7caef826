from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.detection.verdict.attribution import Contribution, PeriodCause
from forensics.detection.verdict.causes import (
    Camera,
    Chroma,
    Enlarged,
    Generator,
    JpegSave,
    Resampled,
    Unexplained,
    WebP,
)
from forensics.detection.verdict.inspect import Inspection, inspect_image
from forensics.detection.verdict.references import ReferenceRate
from forensics.detection.verdict.score import Verdict
from forensics.detection.verdict.signs import CrosswiseSign, FingerprintSign
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.match import FingerprintMatch
from forensics.traces.periods import PERIODS, Banding
from forensics.traces.photographs import Content
from forensics.views.results.causes import cause_phrase
from forensics.views.results.explanation import (
    explain,
    headline,
    headline_parts,
    parts_shape,
    render_rate,
    render_ratio,
    render_score,
    settling,
    wrapped,
)

JPEG = JpegSave((3, 5), -461.0, 75)
RESIZED = Resampled((0.834, 1.249), 0.2, 3e-6)
CAMERA = Camera(3e-9, -11.3, 9.1, 40.2)
CHROMA = Chroma(3e-9)
WEBP = WebP(0.56, 1e-30)
UNEXPLAINED = Unexplained((2.0, 8 / 3))
STRONG = CrosswiseSign(math.log(3e-5), p_value=3e-5, webp_share=0.4)
CROSSWISE = CrosswiseSign(math.log(0.44), p_value=0.44, webp_share=0.4)


def matching(z: float, p_value: float) -> FingerprintSign:
    match = FingerprintMatch(
        "a site", "StyleGAN2", "whole frame", z, math.log(p_value), "whole frame", None, 1.0
    )
    return FingerprintSign(match.log_chance, match)


MATCH, FAINT = matching(17.3, 1e-40), matching(0.3, 0.9)
GENERATOR = Generator((STRONG,))

PICTURE = np.random.default_rng(5).integers(0, 256, (144, 160, 3), dtype=np.uint8)


def inspected(pixels: np.ndarray = PICTURE) -> Inspection:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return inspect_image(BytesSource("cats/7.png", file.getvalue()))[0]


BASE = inspected()
LARGE = replace(BASE.evidence, shape=(3000, 300, 3), parts=BASE.evidence.parts * 3)


def attributed(
    verdict, *causes, odds=0.0, periods=(), signs=(CROSSWISE, FAINT), limits=(), **facts
):
    """An inspection with log odds that are all of its first sign."""
    found = replace(
        BASE.attribution,
        verdict=verdict,
        score=1 / (1 + math.exp(-odds)),
        log_likelihood_ratio=odds,
        contributions=() if limits else (Contribution(signs[0].name, signs[0].value, odds),),
        causes=tuple(causes),
        periods=tuple(periods),
        signs=tuple(signs),
        limits=limits,
        **facts,
    )
    return replace(BASE, attribution=found)


def period(kind, length, p, *causes) -> PeriodCause:
    return PeriodCause(Banding(kind, length, p, p), causes)


BANDS = (period("second", 8.0, 2e-9, "jpeg"), period("first", 2.0, 1e-5, "jpeg"))
NOTHING = replace(FAINT, value=math.nan)
WEAK = replace(CROSSWISE, value=math.log(0.004))


def seen(content: Content) -> Inspection:
    one = attributed("unsure", limits=("drawn",))
    return replace(one, evidence=replace(one.evidence, content=content))


none_found = partial(attributed, "no generator trace")
found = partial(attributed, "generator trace", GENERATOR)
unsure = partial(attributed, "unsure")
CASES = {
    "a pattern, and other causes": found(JPEG, CHROMA, odds=4.0, signs=(STRONG, FAINT)),
    "a fingerprint of a family": found(odds=6.0, signs=(MATCH, STRONG), family="X"),
    "no sign alone": found(odds=0.5, signs=(MATCH, STRONG)),
    "nothing": none_found(),
    "nothing, a weak sign": none_found(signs=(WEAK, FAINT)),
    "nothing that could be sought": none_found(signs=(NOTHING,)),
    "JPEG": none_found(JPEG),
    "JPEG, which explains bands": none_found(JPEG, periods=BANDS),
    "JPEG of unknown quality": none_found(replace(JPEG, quality=None), periods=BANDS),
    "JPEG, resized, WebP": none_found(JPEG, RESIZED, WEBP),
    "WebP, resized": none_found(WEBP, RESIZED),
    "WebP": none_found(WEBP),
    "resized": none_found(RESIZED),
    "a camera, JPEG": none_found(JPEG, CAMERA),
    "a camera, on tiles": replace(none_found(CAMERA), evidence=LARGE),
    "unexplained bands": none_found(
        UNEXPLAINED, periods=(period("signed", 2.0, 5e-5, "unexplained"),)
    ),
    "a drawing": seen(Content(0.61, 42, 42, 0.5, False, 0.1)),
    "two colours": seen(Content(0.0, 2, 2, 0.5, True, 0.1)),
    "flat": unsure(limits=("flat",)),
    "too weak": unsure(odds=3.0),
    "turned around": unsure(odds=6.0, turned="jpeg q85"),
    "enlarged": unsure(Enlarged("waifu2x photo x2", 0.71, 1e-20)),
}


def test_what_is_said_of_a_picture(golden):
    said = {name: [headline(one), *explain(one)] for name, one in CASES.items()}
    golden("explanation", "\n\n".join("\n".join([f"[{of}]", *text]) for of, text in said.items()))


def test_the_main_cause_is_told_first():
    assert explain(CASES["a camera, JPEG"])[0].startswith("Red and blue are")
    assert headline_parts(CASES["a pattern, and other causes"])[0] == "Generator trace"
    assert headline_parts(CASES["JPEG, resized, WebP"])[0] == "No generator trace"


def test_a_ratio_is_told_no_further_than_the_reference_goes():
    one = attributed("generator trace", GENERATOR, odds=6.0, signs=(MATCH,)).attribution
    assert render_ratio(one).startswith("about 400 times")
    cut = replace(one, contributions=(Contribution("fingerprint", -90.0, 80.0),))
    assert render_ratio(cut).startswith("over 400 times")
    against = attributed("no generator trace", odds=-1.0).attribution
    assert re.match(r"about 2\.7 times .*real.*generated.*against", render_ratio(against))


def test_the_rate_is_a_sentence_to_quote_and_names_pictures_of_one_kind():
    one = attributed("unsure", reference=ReferenceRate(2310, 31, 2), alike=None).attribution
    assert re.search(r"31 sources, .* 2,310 times, .* 2 times$", render_rate(one))
    alike = replace(one, alike=ReferenceRate(140, 9, 0, "saved as JPEG"))
    assert render_rate(alike).endswith("(saved as JPEG) never of 140")


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_what_would_settle_it_is_told(verdict):
    assert settling(attributed(verdict)).endswith(".")


def test_tiles_are_said():
    assert parts_shape(CASES["a camera, on tiles"]) == (512, 300)
    assert parts_shape(BASE) == (144, 160)


MAIN = (CAMERA, JPEG, RESIZED)
"""What explains a picture without a generator, in the order in which it is told."""


@st.composite
def attributions(draw) -> Inspection:
    verdict = draw(st.sampled_from(get_args(Verdict)))
    causes = [GENERATOR] if verdict == "generator trace" else []
    causes += draw(st.lists(st.sampled_from([*MAIN, CHROMA, WEBP]), unique=True))
    names = [one.cause for one in causes] or ["unexplained"]
    periods = [
        period(draw(st.sampled_from(["signed", "first", "second"])), length, p, name)
        for length, p, name in draw(
            st.lists(
                st.tuples(st.sampled_from(PERIODS), st.floats(1e-300, 1e-3), st.sampled_from(names))
            )
        )
    ]
    made = attributed(
        verdict,
        *causes,
        odds=draw(st.floats(-6, 6)),
        periods=periods,
        signs=draw(st.permutations((STRONG, MATCH))),
        turned=draw(st.sampled_from(["", "jpeg q95"])) if verdict == "unsure" else "",
        limits=draw(st.sampled_from([(), ("flat",), ("drawn",), ("page",)]))
        if verdict == "unsure"
        else (),
    )
    return replace(made, evidence=LARGE) if draw(st.booleans()) else made


@given(attributions())
def test_sentences_can_be_quoted_whatever_was_found(one):
    said = explain(one)
    assert 2 <= len(said) <= 3
    for sentence in said:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith((".", ".)")) and ".." not in sentence and "  " not in sentence
    assert re.search(r"\d", said[0]) or "as likely in generated" in said[0]
    for text in (*said, headline(one)):
        assert not re.search(r"\b(nan|inf)\b|None(?! of)|is real", text)
        assert text.isprintable()
    assert headline_parts(one)[0].lower().startswith(one.attribution.verdict)


@given(attributions())
def test_every_cause_is_told_whatever_the_verdict_and_the_main_one_first(one):
    causes, verdict = one.attribution.causes, one.attribution.verdict
    _, rest = headline_parts(one)
    if verdict != "unsure":
        told = [cause for cause in causes if cause not in (GENERATOR, CHROMA)]
        assert all(cause_phrase(cause) in rest for cause in told) and bool(rest) == bool(told)
    main = [cause for cause in MAIN if cause in causes]
    if verdict == "no generator trace" and main:
        assert rest.startswith(f": {cause_phrase(main[0])}")


@given(st.floats(0, 1))
def test_scores_claim_no_more_than_percents(score):
    said = render_score(score)
    number = int(re.sub(r"\D", "", said))
    assert abs(number / 100 - score) <= 0.0101 and said.endswith(" %") and said != "100 %"


WORDS = ["a", "longer", "p = 3e-9", "p < 1e-30", "99 %", "8 x 8 pixels", "x1.25", "six", "(1 %)."]


@given(st.lists(st.sampled_from(WORDS)), st.integers(14, 40))
def test_wrapping_loses_nothing_and_keeps_numbers_whole(words, width):
    text = " ".join(words)
    lines = wrapped(text, width)
    assert " ".join(lines) == text and all(len(line) <= width for line in lines)
    for line in lines:
        assert not line.startswith(("=", "%", "<", "x ")) and not line.endswith(("=", "<", " x"))


@pytest.mark.parametrize("kind", ["flat", "noise", "small"])
def test_what_was_inspected_is_explained(kind):
    flat = np.full((70, 70, 3), 9, np.uint8)
    one = inspected({"flat": flat, "noise": PICTURE, "small": PICTURE[:127]}[kind])
    assert one.attribution.verdict == ("no generator trace" if kind == "noise" else "unsure")
    assert one.attribution.limits == (() if kind == "noise" else (kind,))
    assert len(explain(one)) == 2 and math.isfinite(one.attribution.score)
