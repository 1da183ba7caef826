"""What is said of regions, and of pictures in which nothing could be judged."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics import inspect
from forensics.box import Box
from forensics.traces.regions.histories import History
from forensics.traces.regions.maps import LEAST_CHANCE, Layer, Region, Sign, TraceMap
from forensics.views.results.explanation import explain
from forensics.views.results.inspection import render_inspection, render_row
from forensics.views.results.maps import map_record, map_sentences

BOX = Box(64, 8, 128, 96)
LAYERS = (
    Layer("JPEG grid", np.ones((37, 56)), True),
    Layer("bands of period 2", np.zeros((37, 56)), False, "too flat"),
)


def jpeg(quality: int = 90) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(skimage.data.chelsea()).save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.fixture(scope="module")
def plain():
    return inspect(jpeg())


def with_sign(inspection, layer, inside, outside, p=LEAST_CHANCE):
    region = Region(BOX, (Sign(layer, 300.0, p, inside, outside),))
    return replace(inspection, trace_map=TraceMap(LAYERS, (region,)))


def test_nothing_is_said_of_what_nobody_asked_for(plain):
    assert map_sentences(plain) == () and map_record(plain) is None
    assert plain.to_dict()["map"] is None


@pytest.mark.parametrize(
    ("layer", "inside", "outside", "said"),
    [
        (
            "JPEG grid",
            History("last", (3, 5), 70),
            None,
            "there the last save as JPEG has a quality of about 70 and blocks from row 3, "
            "column 5, elsewhere no last save as JPEG shows",
        ),
        (
            "earlier JPEG",
            None,
            History("earlier", (0, 0), 75),
            "there no earlier save as JPEG shows, elsewhere the earlier save as JPEG has a quality "
            "of about 75 and blocks from row 0, column 0",
        ),
        (
            "JPEG grid",
            History("last", (0, 0), 90),
            History("last", (0, 0), 90),
            "the steps of JPEG are other ones there than elsewhere",
        ),
        ("bands of period 2", 0.5, None, "every second line is busier there, and nowhere else"),
        ("resampling", 0.25, None, "the beat of a resized picture (0.250 cycles a pixel)"),
        (
            "fingerprint",
            "StyleGAN2",
            None,
            "they have the fingerprint of StyleGAN2, which the rest",
        ),
        ("fingerprint", None, "StyleGAN2", "they have not the fingerprint of StyleGAN2, which"),
    ],
)
def test_a_region_has_a_box_a_chance_and_a_sentence(plain, layer, inside, outside, said):
    found = with_sign(plain, layer, inside, outside)
    first, second = map_sentences(found)
    assert first.startswith(
        "Rows 64 to 191 and columns 8 to 103, to about 16 pixels, differ from the rest "
        "(p below 1e-6): "
    )
    assert said in first and first.endswith("measure them alone with --box 64,8,128,96.")
    assert (
        second == "This says that it has another history than the rest, not that it was generated."
    )
    assert explain(found)[-2:] == (first, second)
    (told,) = map_record(found)["regions"]
    assert told["box"] == BOX.to_dict() and told["sentence"] == first
    assert " ".join(render_inspection(found).split()).count("--box 64,8,128,96") == 2
    assert "(1 region apart: 64,8,128,96)" in render_row(found, 200)
    assert found.verdict == plain.verdict


def test_a_chance_is_told_as_it_is(plain):
    assert "(p = 4e-3)" in map_sentences(with_sign(plain, "bands of period 2", 0.5, None, 0.004))[0]


def test_no_region_is_no_proof_and_says_what_was_looked_at(plain):
    (said,) = map_sentences(replace(plain, trace_map=TraceMap(LAYERS, ())))
    assert said == (
        "No part was found to differ from the rest in the grid and steps of JPEG; by bands of "
        "period 2 that could not be judged. That is no proof of one history."
    )
    assert map_record(replace(plain, trace_map=TraceMap(LAYERS, ())))["layers"] == [
        {"layer": "JPEG grid", "judged": True, "why": None, "shape": (37, 56)},
        {"layer": "bands of period 2", "judged": False, "why": "too flat", "shape": (37, 56)},
    ]


def test_what_could_not_be_judged_is_not_called_untouched(plain):
    found = replace(plain, trace_map=TraceMap(LAYERS[1:], ()))
    assert map_sentences(found) == (
        "Whether a part has another history than the rest cannot be judged: too flat.",
    )
    assert map_record(found)["judged"] is False


def test_in_a_part_boxes_are_those_of_the_whole():
    part = inspect(jpeg(), box=(16, 32, 256, 256))
    first, _ = map_sentences(with_sign(part, "bands of period 2", 0.5, None))
    assert re.search(r"--box 80,40,128,96\.$", first)
    assert first.startswith("Rows 80 to 207 and columns 40 to 135")
