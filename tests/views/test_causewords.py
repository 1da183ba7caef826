from __future__ import annotations

import pytest

from forensics.detection.causes import Cause
from forensics.detection.grounds import Ground
from forensics.views.causewords import cause_phrase, evidence_sentence, ground_meaning, listed

GRID = {"origin": [0, 3], "log10_nfa": -461.3, "quality": 75, "standard_table": True}
BANDS = {"strength": 2.04, "second_nats": 23.6, "signed_nats": 12.4, "ratio": 7.3, "p_value": 6e-11}
LATTICE = {"strength": 1.2, "nats": 15.6, "webp_share": 0.4}


@pytest.mark.parametrize(
    ("cause", "numbers", "said"),
    [
        (
            "jpeg",
            GRID,
            "JPEG's blocks of 8 x 8 pixels begin at row 0, column 3 (1e-461 such grids expected by "
            "chance), saved at quality about 75.",
        ),
        (
            "jpeg",
            {**GRID, "quality": None, "log10_nfa": -0.52},
            "(0.3 such grids expected by chance).",
        ),
        ("jpeg", {**GRID, "file_quality": 74}, "at quality about 75."),
        ("jpeg", {**GRID, "file_quality": 95}, "at quality about 75 (the file says 95)."),
        (
            "jpeg",
            {**GRID, "earlier": {"origin": [0, 3], "quality": 60}},
            "at quality about 75, and before at about 60.",
        ),
        (
            "jpeg",
            {**GRID, "earlier": {"origin": [0, 0], "quality": 60}},
            "and before on another grid at about 60.",
        ),
        (
            "resampling",
            {"factors": [1.25, 0.834, 0.556, 3.0], "frequency": 0.2, "p_value": 3e-6},
            "Lines are busier every 5 pixels (p = 3e-6), as resizing by about x1.25, x0.83 or "
            "x0.56 makes them.",
        ),
        (
            "resampling",
            {"factors": [1.5], "repeated_lines": 0.333},
            "33 % of the lines repeat the line before exactly, as enlarging by about x1.5 ",
        ),
        ("resampling", {"factors": [2.0], "ratio": 51_234.0}, "51,234 times the noise"),
        ("camera", {"rows": -0.033, "columns": 0.031}, "rows by 3.3 % and columns by 3.1 %: alike"),
        ("webp", {"nats": 22.0, "share": 0.93}, "explains 93 % of what is added"),
        ("chroma", {"p_value": 1e-9, "file_subsampling": "4:2:0"}, "; the file says 4:2:0."),
        (
            "unexplained",
            {"periods": [8.0, 8 / 3, 2.0]},
            "Bands every 2, 8/3 and 8 pixels have none",
        ),
        (
            "generator",
            {"grounds": {"bands": BANDS, "lattice": LATTICE}},
            "(p = 6e-11) and in its mean (p = 4e-6), 2.0 times what would convince; the same small "
            "pattern is added all over, crosswise, every 2 or 4 pixels (evidence of 16 nats), 1.2 "
            "times what would convince.",
        ),
        ("new kind", {"p_value": 0.0012, "side": "left"}, "New kind: p value 0.0012, side left."),
    ],
)
def test_evidence_is_told_with_its_numbers(cause, numbers, said):
    sentence = evidence_sentence(Cause(cause, numbers))
    assert said in sentence and not sentence[0].islower() and sentence.endswith(".")


def test_every_cause_has_a_phrase():
    assert cause_phrase(Cause("jpeg", GRID)) == "a JPEG grid at origin (0, 3), quality about 75"
    unknown = {**GRID, "quality": None}
    assert cause_phrase(Cause("jpeg", unknown)) == "a JPEG grid at origin (0, 3)"
    factors = {"factors": [1.0 / 3, 1.5, 4.0]}
    assert cause_phrase(Cause("resampling", factors)) == "a resizing by about x0.33 or x1.5"
    for cause in ("generator", "webp", "camera", "chroma"):
        assert cause_phrase(Cause(cause, {}))
    assert cause_phrase(Cause("new", {})) == "new"


def test_a_match_of_a_crop_claims_no_chance():
    facts = {"source": "a site", "score": 17.34, "p_value": 1e-9, "matched_as": "a whole frame"}
    whole = ground_meaning(Ground("fingerprint", 2.0, facts))
    assert "as a whole frame (score 17.3, p = 1e-9), the pattern" in whole
    facts.update(p_value=0.4, matched_as="a crop")
    crop = ground_meaning(Ground("fingerprint", 2.0, facts))
    assert "a site as a crop (score 17.3), the pattern" in crop


def test_a_strong_ratio_is_told():
    strong = {**BANDS, "ratio": 1_477.0}
    assert "(1,477 times the noise, p = 6e-11)" in ground_meaning(Ground("bands", 2.0, strong))
    assert "nats 3" in ground_meaning(Ground("new", 1.0, {"nats": 3.0}))


def test_lists_read_as_sentences():
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
