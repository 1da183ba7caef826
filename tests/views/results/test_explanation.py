from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.detection.verdict.attribution import Contribution, PeriodCause
from forensics.detection.verdict.causes import (
    Camera,
    Cause,
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


def test_mixed_causes_are_named_in_the_headline():
    one = attributed("generator trace", GENERATOR, JPEG, CHROMA, signs=(STRONG, FAINT))
    assert headline(one) == "Generator trace, and a JPEG grid at origin (3, 5), quality about 75"
    assert headline_parts(one)[0] == "Generator trace"
    one = attributed("no generator trace", JPEG, RESIZED, WEBP)
    assert headline(one) == (
        "No generator trace: a JPEG grid at origin (3, 5), quality about 75, a resizing by about "
        "x0.83 or x1.25 and the luma of lossy WebP or video"
    )
    assert headline_parts(one)[0] == "No generator trace"


def test_without_a_generator_the_main_cause_is_told_first():
    def told(*causes: Cause) -> str:
        return headline(attributed("no generator trace", *causes))

    assert told(JPEG, CAMERA).startswith(
        "No generator trace: a camera's mosaic of colours and a JPEG grid at "
    )
    assert told(WEBP, RESIZED, JPEG).startswith("No generator trace: a JPEG grid at origin (3, 5)")
    assert told(WEBP, RESIZED).startswith("No generator trace: a resizing by about x0.83 or x1.25")
    assert told(RESIZED).endswith(": a resizing by about x0.83 or x1.25")
    assert explain(attributed("no generator trace", JPEG, CAMERA))[0].startswith("Red and blue are")


def test_nothing_found_is_said_to_prove_nothing():
    one = attributed("no generator trace")
    assert headline(one) == "No generator trace"
    finding, limit = explain(one)
    assert finding == "Of 2 signs of a generator that were sought none was found."
    assert limit.startswith("That no trace was found is not proof of a photograph: ")
    assert "pictures of StyleGAN3 and most of Midjourney would not show" in limit
    weak = replace(CROSSWISE, value=math.log(0.004))
    told = explain(attributed("no generator trace", signs=(weak, FAINT)))[0]
    assert told == (
        "The strongest sign of a generator, a pattern added crosswise (p = 0.004), is too weak to "
        "claim one."
    )
    unknown = replace(FAINT, value=math.nan)
    told = explain(attributed("no generator trace", signs=(unknown,)))[0]
    assert told == "No sign of a generator could be sought."
    assert headline(attributed("no generator trace", WEBP)) == (
        "No generator trace: the luma of lossy WebP or video"
    )


def test_a_generator_is_named_with_its_numbers_and_its_chance():
    one = attributed("generator trace", GENERATOR, JPEG, odds=4.0, signs=(STRONG, FAINT))
    finding, besides, worth = explain(one)
    assert finding.startswith("The same small pattern is added all over, crosswise, every 2 or 4 ")
    assert "(p = 3e-5)" in finding
    assert besides == "Besides, it shows a JPEG grid at origin (3, 5), quality about 75."
    assert worth.startswith(
        "What was found is about 55 times as likely in generated pictures as in real ones "
        "(moderate support for a generator): if half of all pictures were generated, "
    )
    assert "the chance that this one was is 98 %" in worth
    one = attributed("generator trace", GENERATOR, odds=6.0, signs=(MATCH, STRONG), family="X")
    assert headline(one) == "Generator trace of X"
    assert explain(one)[0].startswith(
        "The picture has the fingerprint of StyleGAN2, as a whole frame (by chance less than one "
    )
    one = attributed("generator trace", GENERATOR, odds=0.5, signs=(MATCH, STRONG))
    assert explain(one)[0].startswith("No sign alone, but 1 measures of the picture ")


def test_a_ratio_is_told_no_further_than_the_reference_goes():
    one = attributed("generator trace", GENERATOR, odds=6.0, signs=(MATCH,)).attribution
    assert render_ratio(one).startswith("about 400 times as likely in generated pictures as in ")
    cut = replace(one, contributions=(Contribution("fingerprint", -90.0, 80.0),))
    assert render_ratio(cut).startswith("over 400 times as likely")
    against = attributed("no generator trace", odds=-1.0).attribution
    assert render_ratio(against) == (
        "about 2.7 times as likely in real pictures as in generated ones (weak support against a "
        "generator)"
    )


def test_the_rate_is_a_sentence_to_quote_and_names_pictures_of_one_kind():
    one = attributed("unsure", reference=ReferenceRate(2310, 31, 2), alike=None).attribution
    assert render_rate(one) == (
        "real pictures from 31 sources, measured 2,310 times, as found and sent in all kinds of "
        "ways, show as much 2 times"
    )
    alike = replace(one, alike=ReferenceRate(140, 9, 0, "saved as JPEG"))
    assert render_rate(alike).endswith(
        "; those that are like this one (saved as JPEG) never of 140"
    )


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_what_would_settle_it_is_told(verdict):
    assert settling(attributed(verdict)).endswith(".")


def test_what_is_explained_names_the_bands_that_are():
    bands = (period("second", 8.0, 2e-9, "jpeg"), period("first", 2.0, 1e-5, "jpeg"))
    finding, worth = explain(attributed("no generator trace", JPEG, periods=bands))
    assert finding == (
        "The picture was saved as JPEG at quality about 75, and that explains its bands every 2 "
        "and 8 pixels (p = 2e-9)."
    )
    assert "none was found; that is not proof of a photograph" in worth
    unknown = replace(JPEG, quality=None)
    finding = explain(attributed("no generator trace", unknown, periods=bands))[0]
    assert finding.startswith("The picture was saved as JPEG, which explains its bands every 2 ")
    finding = explain(attributed("no generator trace", JPEG))[0]
    assert finding.startswith("JPEG's blocks of 8 x 8 pixels begin at row 3, column 5 (less ")


def test_doubts_are_said_with_their_reason():
    content = Content(0.61, 42, 42, 0.5, False, 0.1)
    one = attributed("unsure", limits=("drawn",))
    drawn = replace(one, evidence=replace(one.evidence, content=content))
    assert (
        headline(drawn) == "Unsure: a drawing, a screen or a dithered scan rather than a photograph"
    )
    assert explain(drawn)[0].startswith("61 % of the picture's blocks of 4 x 4 pixels are of one ")
    few = replace(one, evidence=replace(one.evidence, content=Content(0.0, 2, 2, 0.5, True, 0.1)))
    assert explain(few)[0].startswith("The picture has 2 colours: it is more like a drawing, ")
    flat = attributed("unsure", limits=("flat",))
    assert headline(flat) == "Unsure: almost all of one colour"
    close = attributed("unsure", odds=3.0)
    assert headline(close) == "Unsure: traces as of a generator, too weak to be sure"
    assert explain(close)[0].startswith("What was found is about 20 times as likely in generated ")
    assert explain(close)[-1] == (
        "So neither a generator nor a photograph is claimed: it may be either."
    )
    turned = attributed("unsure", odds=6.0, turned="jpeg q85")
    assert headline(turned) == "Unsure: the verdict would turn around after jpeg q85"
    assert "after a small change, jpeg q85, it would say the contrary" in explain(turned)[0]
    enlarged = attributed("unsure", Enlarged("waifu2x photo x2", 0.71, 1e-20))
    assert headline(enlarged).startswith("Unsure: enlarged by a network")


def test_bands_that_nothing_explains_are_told_and_decide_nothing():
    bands = (period("signed", 2.0, 5e-5, "unexplained"),)
    one = attributed("no generator trace", UNEXPLAINED, periods=bands)
    assert headline(one) == "No generator trace"


def test_tiles_are_said():
    one = replace(attributed("no generator trace", CAMERA), evidence=LARGE)
    assert parts_shape(one) == (512, 300) and parts_shape(BASE) == (144, 160)
    assert explain(one)[0].startswith(
        "Measured on three tiles of 300 x 512 pixels: red and blue are mirrored along rows and "
    )


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
