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

RARE = "by chance less than one in a million"
GRID = JpegSave((0, 3), -461.3, 75, True)
GENERATOR = Generator((CrosswiseSign(-19.6, p_value=3e-9, webp_share=0.4),))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            GRID,
            "JPEG's blocks of 8 x 8 pixels begin at row 0, column 3 (less than one in a million "
            "expected by chance), saved at quality about 75.",
        ),
        (replace(GRID, quality=None, log10_nfa=-0.52), "(0.3 such grids expected by chance)."),
        (replace(GRID, file_quality=74), "at quality about 75."),
        (replace(GRID, file_quality=95), "at quality about 75 (the file says 95)."),
        (
            replace(GRID, earlier=Earlier((0, 3), 60)),
            "at quality about 75, and before at about 60.",
        ),
        (replace(GRID, earlier=Earlier((0, 0), 60)), "and before on another grid at about 60."),
        (
            Resampled((1.25, 0.834, 0.556, 3.0), 0.2, 3e-6),
            "Lines are busier every 5 pixels (p = 3e-6), as resizing by about x1.25, x0.83 or "
            "x0.56 makes them.",
        ),
        (
            Resampled((1.5,), repeated_lines=0.333),
            "33 % of the lines repeat the line before exactly, as enlarging by about x1.5 ",
        ),
        (Resampled((2.0,), ratio=51_234.0), "51,234 times the noise"),
        (Camera(3e-9, 11.2, -9.4, 40.0), "mirrored along rows and columns"),
        (Camera(3e-9, scale=0.874), "as scaling by x0.87 moves them (p = 3e-9)"),
        (Jpeg2000("5/3", 0.95, 0.6, 1e-30), "95 % of the finest details of the 5/3 wavelet"),
        (WebP(0.56, 1e-30), "220 steps of the studio range (p = 1e-30)"),
        (Chroma(1e-9, "4:2:0"), "; the file says 4:2:0."),
        (Sensor("columns", "offset", -0.52, 0.9, 1e-9), "along columns is brighter by 0.52 counts"),
        (Sensor("rows", "gain", 0.005, 0.9, 1e-9), "along rows is brighter by 0.5 %"),
        (ScanLines(0.05, 0.99, 1e-9), "by 5.0 %, in all colours and all over (p = 1e-9), as the"),
        (Interlace(-3, 0.97, 1e-9), "moved by 3 pixels in 97 % of the picture"),
        (Halftone(4.0, 45.0, 22.0, 1e-9), "4 pixels apart, 22 counts strong"),
        (Dither(16, 0.5, 1e-9), "16 levels"),
        (Watermark((-48, 36), 0.2, 1e-9), "48 rows and 36 columns away"),
        (Frame(20, 20, 0, 0), "borders of 20 and 20 lines"),
        (Page(0.6), "60 % of the picture is painted in one colour"),
        (Enlarged("waifu2x photo x2", 0.71, 1e-20), "enlarged by a network, a photograph or not"),
        (Unexplained((8.0, 8 / 3, 2.0)), "Bands every 2, 8/3 and 8 pixels are not all explained"),
        (
            GENERATOR,
            "The same small pattern is added all over, crosswise, every 2 or 4 pixels (by chance "
            "less than one in a million).",
        ),
    ],
)
def test_evidence_is_told_with_its_numbers(cause, said):
    sentence = evidence_sentence(cause)
    assert said in sentence and not sentence[0].islower() and sentence.endswith(".")
    assert cause_phrase(cause) and cause.cause in get_args(CauseName)
    assert json.loads(json.dumps(cause.to_dict(), allow_nan=False)) == cause.to_dict()


def test_phrases_have_the_numbers_that_matter():
    assert cause_phrase(GRID) == "a JPEG grid at origin (0, 3), quality about 75"
    assert cause_phrase(replace(GRID, quality=None)) == "a JPEG grid at origin (0, 3)"
    assert cause_phrase(Resampled((1 / 3, 1.5, 4.0))) == "a resizing by about x0.33, x1.5 or x4"


def test_a_match_names_the_family_and_its_decoder_never_a_product():
    match = FingerprintMatch("a-site", "FLUX", "decoder tile", 9.0, -20.7, "tile", (0, 0), 1.0)
    tile = sign_meaning(FingerprintSign(2.0, match))
    assert f"the fingerprint of the decoder of the FLUX family ({RARE}), the pattern" in tile
    match = replace(match, kind="whole frame", matched_as="resized crop")
    crop = sign_meaning(FingerprintSign(2.0, match))
    assert f"the fingerprint of FLUX, as a resized crop ({RARE}), the pattern" in crop


def test_lists_read_as_sentences():
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
