from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from known_source import generated, known
from PIL import Image as Pillow
from PIL import PngImagePlugin
from typed_records import check_type

from forensics.detection.verdict.inspect import Inspection, inspect_image
from forensics.engine.profiles import profile_image
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.jpeg.grid import JpegGrid
from forensics.views.results.explanation import explain, headline, render_score
from forensics.views.results.inspection import (
    InspectionRecord,
    inspection_record,
    render_inspection,
    render_row,
    render_verdict,
)
from forensics.views.results.records import profile_record, render_json

KEYS = [
    "format_version", "path", "sha256", "shape", "file", "channel", "periods", "banding",
    "verdict", "score", "log_likelihood_ratio", "family", "reference", "alike", "causes",
    "explanation", "contributions", "signs", "period_causes", "chroma_periods", "fingerprints",
    "resampling", "jpeg", "parts", "insets", "map", "limits", "turned_by", "provenance",
]  # fmt: skip
VERDICTS = {"generator trace", "unsure", "no generator trace"}


def saved(pixels: np.ndarray, kind: str = "PNG", **options) -> BytesSource:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind, **options)
    return BytesSource("cats/7.png", file.getvalue())


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)


def banded() -> np.ndarray:
    """Every second line busier and brighter: as a generator's, and no camera's."""
    rng = np.random.default_rng(4)
    pixels = rng.normal(120, 12, (256, 256))
    pixels[::2] = (pixels[::2] - 120) * 1.3 + 124
    pixels[:, ::2] = (pixels[:, ::2] - 120) * 1.3 + 123
    return np.clip(np.stack([pixels] * 3, axis=-1), 0, 255).astype(np.uint8)


def strict(record: dict) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return json.loads(render_json(record), parse_constant=refuse)


def inspected(source: BytesSource, **options) -> Inspection:
    return inspect_image(source, **options)[0]


@pytest.mark.parametrize(
    "source",
    [
        saved(noise(80, 96, 3)),
        saved(noise(80, 96)),
        saved(np.full((70, 70, 3), 9, np.uint8)),
        saved(noise(1100, 1000, 3)),
        saved(banded(), "JPEG", quality=90),
    ],
    ids=["noise", "gray", "flat", "large", "banded"],
)
def test_the_object_is_a_profile_and_a_verdict(source):
    one = inspected(source)
    record = strict(inspection_record(one))
    check_type(record, InspectionRecord)
    assert list(record) == KEYS
    assert record["verdict"] in VERDICTS and 0 <= record["score"] <= 1
    assert record["explanation"] == list(explain(one))
    assert record["provenance"]["statements"]
    for cause in record["causes"]:
        assert list(cause) == ["cause", "evidence", "numbers"] and cause["evidence"].endswith(".")
    for period in record["period_causes"]:
        assert list(period) == ["profile", "period", "p_holm", "causes"] and period["causes"]
    rate = record["reference"]
    assert list(rate) == ["real", "sources", "as_much"] and rate["as_much"] <= rate["real"]
    assert not re.search(r"\bis real\b", render_json(record))
    odds = sum(part["log_odds"] for part in record["contributions"])
    ratio = record["log_likelihood_ratio"]
    assert abs(odds) >= abs(ratio) - 1e-3 or record["limits"]
    assert record["score"] == pytest.approx(1 / (1 + math.exp(-ratio)), abs=1e-5)
    if record["parts"]["n"] == 1:
        profile = profile_record(profile_image(source)[0])
        assert {key: record[key] for key in profile} == strict(profile)
        assert record["parts"]["shape"] == record["shape"][:2]
    else:
        assert record["parts"] == {"n": 9, "shape": [512, 512]}


def test_a_trace_is_in_the_object_with_what_speaks_for_it():
    record = inspection_record(inspected(saved(generated()), fingerprints=[known()]))
    check_type(record, InspectionRecord)
    assert record["verdict"] == "generator trace" and record["score"] > 0.5
    assert record["causes"][0]["cause"] == "generator"
    odds = [sign["log_odds"] for sign in record["signs"]]
    assert odds == sorted(odds, reverse=True) and odds[0] > 1
    assert record["family"] == record["fingerprints"][0]["family"]
    assert record["fingerprints"][0]["matched"] and record["fingerprints"][0]["z"] > 6


def test_bands_alone_are_in_the_object_and_blame_nobody():
    record = inspection_record(inspected(saved(banded())))
    assert record["verdict"] != "generator trace" and record["period_causes"]
    assert all(sign["log_odds"] < 1 for sign in record["signs"])
    assert record["family"] is None


def test_a_grid_is_told_as_pixels_and_file_have_it():
    rng = np.random.default_rng(5)
    smooth = np.cumsum(rng.normal(0, 2, (256, 256, 3)), axis=1) % 200 + 20
    record = inspection_record(inspected(saved(smooth.astype(np.uint8), "JPEG", quality=60)))
    check_type(record, InspectionRecord)
    assert record["jpeg"]["found"] and record["jpeg"]["origin"] == [0, 0]
    assert record["file"]["jpeg_quality"] == 60 == record["jpeg"]["quality"]
    unsaved = inspection_record(inspected(saved(noise(80, 96, 3))))["jpeg"]
    assert unsaved["origin"] is unsaved["quality"] is unsaved["earlier"] is None


def test_fingerprints_are_told_by_name():
    codes = np.random.default_rng(0).integers(-9, 9, (128, 128)).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    source = Fingerprint("made up", 100, codes, 1.0, np.zeros((16, 16)), *means)
    record = strict(inspection_record(inspected(saved(noise(128, 128, 3)), fingerprints=[source])))
    check_type(record, InspectionRecord)
    (match,) = record["fingerprints"]
    assert match["name"] == "made up" and 0 <= match["p_value"] <= 1


def test_no_number_is_infinite_or_longer_than_six_digits():
    one = inspected(saved(noise(80, 96, 3)))
    grid = one.evidence.jpeg.grid
    endless = JpegGrid(
        grid.origin, -math.inf, -math.inf, math.nan, grid.votes, grid.n_votes, grid.n_pixels
    )
    jpeg = replace(one.evidence.jpeg, grid=endless)
    record = strict(inspection_record(replace(one, evidence=replace(one.evidence, jpeg=jpeg))))
    assert record["jpeg"]["log10_nfa"] is None

    def check(value: object) -> None:
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                check(inner)
        elif isinstance(value, float):
            assert value == float(f"{value:.6g}")

    check(record)


def test_chroma_is_told_for_each_difference_and_axis():
    record = inspection_record(inspected(saved(noise(80, 96, 3))))
    told = [
        (one["difference"], one["axis"]) for one in record["chroma_periods"] if one["period"] == 2
    ]
    assert told == [
        ("red - green", "rows"), ("red - green", "columns"),
        ("blue - green", "rows"), ("blue - green", "columns"),
    ]  # fmt: skip


def test_the_text_has_the_verdict_first_and_the_file_last():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1")
    one = inspected(saved(generated(), pnginfo=info), fingerprints=[known()])
    text = render_inspection(one)
    lines = text.splitlines()
    assert lines[0] == f"cats/7.png: {headline(one)}"
    assert lines[1].startswith("score        ")
    assert f"{render_score(one.attribution.score)}: chance that it was generated if " in lines[1]
    assert "\ngenerator    " in text
    assert all(len(line) <= 96 for line in lines[1:])
    unwrapped = " ".join(text.split())
    for sentence in explain(one):
        assert sentence in unwrapped
    of_file = text[text.index("\nfile  ") :]
    assert "Stable Diffusion" in of_file and "Stable Diffusion" not in text.removesuffix(of_file)


def test_a_row_and_a_few_lines_say_what_the_object_says():
    for pixels in (noise(80, 96, 3), generated(), np.full((70, 70, 3), 9, np.uint8)):
        one = inspected(saved(pixels), fingerprints=[known()])
        found, row = one.attribution, render_row(one, 200)
        assert row.startswith(found.verdict) and render_score(found.score) in row
        first, *below = render_row(one, 60).splitlines()
        assert row.startswith(first) and all(len(line) <= 60 for line in below)
        assert " ".join([first, *below]).split() == row.split()
        lines = render_verdict(one, explain=True).splitlines()
        assert lines[0] == f"cats/7.png: {headline(one)}"
        said = [line for line in lines if line.startswith("together")]
        told = "over +100" if found.log_odds > 100 else f"{found.log_odds:+.2f}"
        assert said == ([f"{'together':<58}{told:>10}"] if found.contributions else [])


def test_what_the_file_says_does_not_change_what_the_pixels_say():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1")
    plain, saying = (
        inspection_record(inspected(saved(noise(80, 96, 3), **options)))
        for options in ({}, {"pnginfo": info})
    )
    assert saying["provenance"]["generators"] and not plain["provenance"]["generators"]
    for key in set(KEYS) - {"sha256", "provenance"}:
        assert plain[key] == saying[key]
