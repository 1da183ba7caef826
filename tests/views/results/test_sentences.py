from __future__ import annotations

import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.detection.comparison import Side
from forensics.engine.blend import load_reference
from forensics.engine.profiles import profile_image
from forensics.images.sources.find import BytesSource
from forensics.traces.periods import PERIODS, Period, banding, line_bands
from forensics.views.results.sentences import (
    render_demo,
    render_finding,
    render_findings,
    render_number,
    render_p,
    render_period,
    render_table,
)


def results(p_values: dict[float, float], kind="signed", axes=("rows", "columns")) -> list[Period]:
    return [
        Period(axis, kind, period, 1.0, 0.1, 0, p_values.get(period, 0.5))
        for axis in axes
        for period in PERIODS
    ]


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1"),
        (0.5, "p = 0.5"),
        (0.00996, "p = 0.01"),
        (0.001, "p = 0.001"),
        (0.00098, "p = 1e-3"),
        (3.2e-15, "p = 3e-15"),
        (1e-30, "p = 1e-30"),
        (9.9e-31, "p < 1e-30"),
        (0.0, "p < 1e-30"),
    ],
)
def test_p_values(p, text):
    assert render_p(p) == text


@given(st.floats(1e-30, 1))
def test_a_p_value_is_read_back_within_its_digits(p):
    assert float(render_p(p).removeprefix("p = ")) == pytest.approx(p, rel=0.5)


@given(st.floats(0, 1e9))
def test_a_ratio_is_read_back_within_its_digits(value):
    text = render_number(value)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.06)
    assert re.fullmatch(r"\d{1,3}(,\d{3})+|[\d.e+-]+", text)


def test_periods_are_whole_or_a_fraction():
    assert [render_period(period) for period in PERIODS] == ["2", "4", "8", "16", "8/3"]


@pytest.mark.parametrize(
    ("p_values", "sentence"),
    [
        ({}, "No bands at any tested period"),
        ({8: 0.02}, "No bands at any tested period"),
        ({8: 1e-6}, "Bands every 8 pixels (p = 1e-10)"),
        ({2: 1e-40, 8: 1e-6}, "Bands every 2 and 8 pixels (p < 1e-30 for the first)"),
        (
            {8: 1e-40, 2: 1e-6, 8 / 3: 1e-20},
            "Bands every 8, 8/3 and 2 pixels (p < 1e-30 for the first)",
        ),
    ],
)
def test_a_finding_names_periods_strongest_first(p_values, sentence):
    assert render_finding(banding(results(p_values)), "signed") == sentence
    assert render_finding(banding(results(p_values)), "second") == "No bands at any tested period"
    others = render_findings(banding(results(p_values)), "second")
    found = not sentence.startswith("No bands")
    assert others == (
        "No bands in second differences, but in signed ones"
        if found
        else "No bands at any tested period"
    )
    assert render_findings(banding(results(p_values)), "signed") == sentence


@given(st.dictionaries(st.sampled_from(PERIODS), st.floats(1e-12, 1)))
def test_a_finding_says_just_what_is_significant(p_values):
    periods = results(p_values)
    found = {render_period(b.period) for b in banding(periods) if b.found}
    told = render_finding(banding(periods), "signed")
    named = re.findall(r"8/3|\d+", told.partition("(")[0])
    assert set(named) == found and len(named) == len(found)


def test_a_table_has_a_line_for_every_kind_and_period():
    periods = results({2: 1e-40}) + results({4: 1e-9}, "second", axes=("rows",))
    head, *lines = render_table(iter(banding(periods))).splitlines()
    assert head.split()[:2] == ["profile", "period"] and len(lines) == 2 * len(PERIODS)
    rows = [line.split() for line in lines]
    assert [row[:2] for row in rows] == [
        [kind, render_period(period)] for kind in ("signed", "second") for period in PERIODS
    ]
    assert [line for line in lines if line.endswith("*")] == [lines[0], lines[6]]
    assert rows[0][-2:] == ["1e-30", "*"] and rows[0][-3] == "<"
    assert rows[6][3] == "-"  # no columns were tested


def test_the_demo_says_four_sentences_and_never_real_of_one_picture(cat):
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(cat)).save(file, "PNG")
    blends = [load_reference(name) for name in ("thiscatdoesnotexist", "afhq")]
    gan, real = (Side(blend.name, blend, line_bands(blend.mean)) for blend in blends)
    photograph, _ = profile_image(BytesSource("chelsea.png", file.getvalue()))
    sentences = render_demo(gan, real, photograph)
    assert len(sentences) == 4
    assert all(text.endswith(".") and text.isprintable() for text in sentences)
    assert all(len(re.findall(r"\.(?=\s|$)", text)) == 1 for text in sentences)
    first, second, third, _ = sentences
    assert "420 generated" in first and "bands every 2," in first
    assert "840 real cats" in second and "no bands" in second
    assert "no bands" in third
