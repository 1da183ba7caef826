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

from forensics.detection.attribution import Attribution, PeriodCause
from forensics.detection.causes import (
    Camera,
    Cause,
    Chroma,
    Generator,
    Jpeg,
    Resampled,
    Unexplained,
    Verdict,
    WebP,
)
from forensics.detection.grounds import Ground
from forensics.detection.inspection import Inspection, inspect_image
from forensics.images.sources import BytesSource
from forensics.traces.content import Content
from forensics.traces.periods import PERIODS, Banding
from forensics.views.causewords import cause_phrase
from forensics.views.explanations import (
    explain,
    headline,
    headline_parts,
    parts_shape,
    render_score,
    wrapped,
)

JPEG = Jpeg((3, 5), -461.0, 75)
RESIZED = Resampled((0.834, 1.249), 0.2, 3e-6)
CAMERA = Camera(3e-9, -11.3, 9.1, 40.2)
CHROMA = Chroma(3e-9)
WEBP = WebP(0.56, 1e-30)
UNEXPLAINED = Unexplained((2.0, 8 / 3))
BANDS = Ground(
    "bands", 2.1, {"second_nats": 23.6, "signed_nats": 12.4, "ratio": 77.3, "p_value": 6e-11}
)
FAINT = Ground("bands", 0.0, {**BANDS.numbers, "signed_nats": 0.2})
LATTICE = Ground("lattice", 0.06, {"p_value": 0.44, "webp_share": 0.4})
MATCH = Ground(
    "fingerprint",
    4.2,
    {
        "source": "a site",
        "family": "StyleGAN2",
        "kind": "whole frame",
        "z": 17.3,
        "p_value": 1e-40,
        "matched_as": "whole frame",
    },
)
GENERATOR = Generator((BANDS,))

PICTURE = np.random.default_rng(5).integers(0, 256, (80, 96, 3), dtype=np.uint8)


def inspected(pixels: np.ndarray = PICTURE) -> Inspection:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return inspect_image(BytesSource("cats/7.png", file.getvalue()))[0]


BASE = inspected()
LARGE = replace(BASE.evidence, shape=(3000, 300, 3), parts=BASE.evidence.parts * 3)


def attributed(verdict, *causes, score=0.5, periods=(), grounds=(LATTICE, FAINT), limits=()):
    found = Attribution(verdict, score, tuple(causes), tuple(periods), tuple(grounds), limits)
    return replace(BASE, attribution=found)


def period(kind, length, p, *causes) -> PeriodCause:
    return PeriodCause(Banding(kind, length, p, p), causes)


def test_mixed_causes_are_named_in_the_headline():
    one = attributed("generator trace", GENERATOR, JPEG, CHROMA, grounds=(BANDS, LATTICE))
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
    assert finding == (
        "The strongest of 2 signs of a generator, a pattern added crosswise, reaches 6 % of what "
        "would convince."
    )
    assert limit.startswith("That no trace was found is not proof of a photograph: ")
    assert "a StyleGAN3 picture would not show here" in limit
    none = explain(attributed("no generator trace", grounds=(FAINT, FAINT)))[0]
    assert none == "Of 2 signs of a generator that were sought none was found."
    assert headline(attributed("no generator trace", WEBP)) == (
        "No generator trace: the luma of lossy WebP or video"
    )


def test_a_generator_is_named_with_its_numbers_and_its_chance():
    one = attributed(
        "generator trace", GENERATOR, JPEG, score=0.982, grounds=(BANDS, LATTICE, FAINT)
    )
    finding, besides, worth = explain(one)
    assert "77 times the noise, p = 6e-11" in finding and "p = 4e-6" in finding
    assert besides == "Besides, it shows a JPEG grid at origin (3, 5), quality about 75."
    assert worth.startswith("The trace is 2.1 times what would convince: if half of all pictures ")
    assert "the chance that this one was is 98 %" in worth
    finding, worth = explain(attributed("generator trace", GENERATOR, grounds=(MATCH, BANDS)))
    assert finding.startswith(
        "The picture has the fingerprint of StyleGAN2, as a whole frame (p < 1e-30)"
    )
    assert "4.2 times what would convince, and another sign agrees" in worth


def test_what_is_explained_names_the_bands_that_are():
    bands = (period("second", 8.0, 2e-9, "jpeg"), period("first", 2.0, 1e-5, "jpeg"))
    finding, worth = explain(attributed("no generator trace", JPEG, periods=bands))
    assert finding == (
        "The picture was saved as JPEG at quality about 75, and that explains its bands every 2 "
        "and 8 pixels (p = 2e-9)."
    )
    assert "6 % of what would convince; that is not proof of a photograph" in worth
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
    assert explain(few)[0].startswith("The picture has 2 colours: it is a drawing, a screen ")
    flat = attributed("unsure", limits=("flat",))
    assert headline(flat) == "Unsure: almost all of one colour"
    bands = (period("signed", 2.0, 5e-5, "unexplained"),)
    finding, worth = explain(attributed("unsure", UNEXPLAINED, periods=bands))
    assert finding == "None of the known causes explains its bands every 2 pixels (p = 5e-5)."
    assert worth == "So neither a generator nor a photograph is claimed: it may be either."
    close = attributed("unsure", grounds=(replace(LATTICE, strength=0.93), FAINT))
    assert headline(close) == "Unsure: a sign of a generator, too weak to be sure"
    assert "reaches 93 % of what would convince" in explain(close)[0]


def test_tiles_are_said():
    one = replace(attributed("no generator trace", CAMERA), evidence=LARGE)
    assert parts_shape(one) == (512, 300) and parts_shape(BASE) == (80, 96)
    assert explain(one)[0].startswith(
        "Measured on three tiles of 300 x 512 pixels: red and blue are mirrored along rows and "
    )


def grounds_of(strengths: list[float]) -> tuple[Ground, ...]:
    kinds = (BANDS, MATCH, FAINT, LATTICE)
    found = (replace(kind, strength=s) for kind, s in zip(kinds, strengths, strict=True))
    return tuple(sorted(found, key=lambda ground: -ground.strength))


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
        score=draw(st.floats(0, 1)),
        periods=periods,
        grounds=grounds_of(draw(st.lists(st.floats(0, 100), min_size=4, max_size=4))),
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
    assert re.search(r"\d", said[0]) or "small" in one.attribution.limits
    for text in (*said, headline(one)):
        assert not re.search(r"\b(real|nan|inf)\b|None(?! of)", text)
        assert text.isprintable()
    assert headline_parts(one)[0].lower() == one.attribution.verdict


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


@pytest.mark.parametrize("kind", ["flat", "noise"])
def test_what_was_inspected_is_explained(kind):
    pixels = np.full((70, 70, 3), 9, np.uint8) if kind == "flat" else PICTURE
    one = inspected(pixels)
    assert one.attribution.verdict == ("unsure" if kind == "flat" else "no generator trace")
    assert len(explain(one)) == 2 and math.isfinite(one.attribution.score)
