from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest

from forensics.detection.verdict.causes import (
    Camera,
    CauseName,
    Chroma,
    Dither,
    Earlier,
    Enlarged,
    Frame,
    Generator,
    Halftone,
    Interlace,
    Jpeg2000,
    JpegSave,
    Page,
    Resampled,
    ScanLines,
    Sensor,
    Unexplained,
    Watermark,
    WebP,
)
from forensics.detection.verdict.signs import CrosswiseSign, FingerprintSign
from forensics.traces.fingerprints.match import FingerprintMatch
from forensics.views.results.causes import cause_phrase, evidence_sentence, sign_meaning
from forensics.views.results.sentences import listed

GRID = JpegSave((0, 3), -461.3, 75, True)
GENERATOR = Generator((CrosswiseSign(-19.6, p_value=3e-9, webp_share=0.4),))


CAUSES = (
    GRID,
    replace(GRID, quality=None, log10_nfa=-0.52),
    replace(GRID, file_quality=74),
    replace(GRID, file_quality=95),
    replace(GRID, earlier=Earlier((0, 3), 60)),
    replace(GRID, earlier=Earlier((0, 0), 60)),
    Resampled((1.25, 0.834, 0.556, 3.0), 0.2, 3e-6),
    Resampled((1.5,), repeated_lines=0.333),
    Resampled((2.0,), ratio=51_234.0),
    Camera(3e-9, 11.2, -9.4, 40.0),
    Camera(3e-9, scale=0.874),
    Jpeg2000("5/3", 0.95, 0.6, 1e-30),
    WebP(0.56, 1e-30),
    Chroma(1e-9, "4:2:0"),
    Sensor("columns", "offset", -0.52, 0.9, 1e-9),
    Sensor("rows", "gain", 0.005, 0.9, 1e-9),
    ScanLines(0.05, 0.99, 1e-9),
    Interlace(-3, 0.97, 1e-9),
    Halftone(4.0, 45.0, 22.0, 1e-9),
    Dither(16, 0.5, 1e-9),
    Watermark((-48, 36), 0.2, 1e-9),
    Frame(20, 20, 0, 0),
    Page(0.6),
    Enlarged("waifu2x photo x2", 0.71, 1e-20),
    Unexplained((8.0, 8 / 3, 2.0)),
    GENERATOR,
)


def test_what_is_said_of_every_cause(golden):
    told = (f"{cause_phrase(one)}\n{evidence_sentence(one)}" for one in CAUSES)
    golden("causes", "\n\n".join(told))


@pytest.mark.parametrize("cause", CAUSES)
def test_evidence_is_a_sentence_and_json(cause):
    sentence = evidence_sentence(cause)
    assert not sentence[0].islower() and sentence.endswith(".")
    assert cause_phrase(cause) and cause.cause in get_args(CauseName)
    assert json.loads(json.dumps(cause.to_dict(), allow_nan=False)) == cause.to_dict()


def test_a_match_names_the_family_and_its_decoder_never_a_product():
    match = FingerprintMatch("a-site", "FLUX", "decoder tile", 9.0, -20.7, "tile", (0, 0), 1.0)
    tile = sign_meaning(FingerprintSign(2.0, match))
    assert "decoder of the FLUX family" in tile
    match = replace(match, kind="whole frame", matched_as="resized crop")
    crop = sign_meaning(FingerprintSign(2.0, match))
    assert "of FLUX, as a resized crop" in crop


def test_lists_read_as_sentences():
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
