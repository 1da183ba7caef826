"""One row for every picture, whatever becomes of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import skimage.data

from forensics.detection.classifier import feature_table as module
from forensics.detection.classifier.feature_table import (
    FACTS,
    FeatureRow,
    feature_columns,
    feature_table,
    iter_feature_rows,
)
from forensics.detection.verdict.attribution import measured_features
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.score import FEATURES
from forensics.engine.fingerprints import load_library
from forensics.errors import ImageReadError, ParameterError
from forensics.images.delivery.encode import jpeg_bytes, png_bytes
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.decoder import DecoderTile

LIBRARY = [one for one in load_library() if one.name in ("thiscatdoesnotexist", "flux")]
"""A whole frame of 512 x 512 pixels, and two decoder tiles."""

N_FACTS = len(FACTS)


def numbers(fingerprints) -> list[str]:
    return [one.name for one in feature_columns(fingerprints)[N_FACTS:]]


every_row = partial(iter_feature_rows, on_error="skip")


@pytest.fixture
def pictures(cat) -> list[BytesSource]:
    return [
        BytesSource("a/cat.jpg", jpeg_bytes(cat, quality=80)),
        BytesSource("broken.png", b"no"),
        BytesSource("small.png", png_bytes(np.ascontiguousarray(cat[:60, :90]))),
        BytesSource("cat.png", png_bytes(cat)),
    ]


def test_rows_come_in_the_order_of_the_pictures_with_facts_and_features(pictures, cat):
    rows = list(every_row(pictures, LIBRARY))
    assert [row.facts["path"] for row in rows] == [one.name for one in pictures]
    first, last = rows[0], rows[3]
    assert (first.facts["container"], first.facts["jpeg_quality"]) == ("JPEG", 80)
    assert (last.facts["container"], last.facts["jpeg_quality"]) == ("PNG", None)
    assert (last.facts["rows"], last.facts["columns"]) == (300, 451)
    assert last.facts["n_bytes"] == len(pictures[3].data) and last.facts["error"] is None
    found = evidence(cat, fingerprints=LIBRARY)
    columns = dict(zip(numbers(LIBRARY), last.values.tolist(), strict=True))
    for name, value in zip(FEATURES, measured_features(found)[0].tolist(), strict=True):
        assert columns[name.replace(",", "")] == pytest.approx(value, rel=1e-8, nan_ok=True)
    for one in found.periods:
        nats = columns[f"{one.profile} {one.period:.3g} {one.axis}"]
        assert nats == pytest.approx(-math.log(one.p_value), rel=1e-8, abs=1e-12)


def test_a_fingerprint_has_its_chance_or_nothing_where_the_size_does_not_admit_it(cat):
    whole = png_bytes(skimage.data.astronaut())
    part = png_bytes(np.ascontiguousarray(cat[:90, :170]))
    sources = [BytesSource("part.png", part), BytesSource("astronaut.png", whole)]
    small, large = (row.values for row in iter_feature_rows(sources, LIBRARY))
    frame, tile = (
        [isinstance(one, DecoderTile) for one in LIBRARY].index(kind) for kind in (False, True)
    )
    assert math.isnan(small[frame]) and math.isnan(small[tile])
    assert large[frame] <= 0 and large[tile] <= 0


def test_what_cannot_be_measured_has_a_row_that_says_why(pictures):
    _, broken, small, _ = every_row(pictures)
    assert "is no picture" in str(broken.facts["error"]) and broken.values.size == 0
    assert "66 x 66" in str(small.facts["error"]) and small.values.size == 0


def test_it_may_end_the_run_as_well(pictures):
    with pytest.raises(ImageReadError, match=r"broken\.png is no picture"):
        list(iter_feature_rows(pictures))


def test_every_fact_has_a_column_of_its_type(pictures):
    types = {one.name: one.kind for one in FACTS}
    for row in every_row(pictures):
        for name, value in row.facts.items():
            assert value is None or type(value) is types[name]


def test_a_row_comes_back_to_the_last_bit(pictures):
    for row in every_row(pictures):
        packed = row.packed()
        again = FeatureRow.unpacked(packed)
        assert again.facts == row.facts and np.array_equal(again.values, row.values, equal_nan=True)
        assert json.loads(packed[0]) == row.facts


def test_numbers_do_not_depend_on_who_measures_or_where(pictures):
    expected = [row.packed() for row in every_row(pictures * 3, LIBRARY, workers=1)]
    for workers in (2, 3):
        again = [row.packed() for row in every_row(pictures * 3, LIBRARY, workers=workers)]
        assert again == expected


def test_every_column_has_its_name_and_meaning():
    plain, known = numbers([]), numbers(LIBRARY)
    assert plain[: len(FEATURES)] == [name.replace(",", "") for name in FEATURES]
    assert known[len(LIBRARY) :] == plain
    assert len(set(known)) == len(known) == len(LIBRARY) + len(FEATURES) + 30
    for name, one in zip(known, LIBRARY, strict=False):
        kind = "decoder tile" if isinstance(one, DecoderTile) else "whole frame"
        assert name == f"{one.name} {kind}"
    columns = feature_columns()
    assert [one.name for one in columns[:4]] == ["set", "label", "path", "error"]
    assert not [one.name for one in columns if "," in one.name]
    assert all(len(one.meaning) > 10 and one.meaning.endswith(".") for one in columns)


def test_no_column_stands_there_twice():
    with pytest.raises(ParameterError, match="give every fingerprint a name of its own"):
        feature_columns([*LIBRARY, LIBRARY[0]])
    renamed = replace(LIBRARY[0], name="mine, or yours")
    assert (
        f"mine or yours {'decoder tile' if isinstance(renamed, DecoderTile) else 'whole frame'}"
        in numbers([*LIBRARY, renamed])
    )


def test_rows_know_their_set_and_label(pictures):
    assert [row.facts["set"] for row in every_row(pictures)] == ["a", "", "", ""]
    for row in every_row(pictures, set="mine", label="real"):
        assert (row.facts["set"], row.facts["label"]) == ("mine", "real")


def test_a_table_has_arrays_of_one_length_and_says_what_is_missing(pictures):
    table = feature_table(pictures, LIBRARY, on_error="skip", label="gan")
    assert list(table) == [one.name for one in feature_columns(LIBRARY)]
    assert {one.shape for one in table.values()} == {(4,)} and table.n_images == 4
    for column in table.columns:
        assert table[column.name].dtype.kind == ("U" if column.kind is str else "f")
    assert table["error"][0] == "" and "is no picture" in table["error"][1]
    assert table["jpeg_quality"][0] == 80 and math.isnan(table["jpeg_quality"][3])
    assert table["fingerprint"][0] <= 0 and math.isnan(table["fingerprint"][1])
    assert repr(table) == f"<Features of 4 pictures: {len(table)} columns, 2 without numbers>"
    assert table._repr_html_().count("<tr>") == 5 and "a/cat.jpg" in table._repr_html_()


def test_its_rows_are_ready_for_json(pictures):
    table = feature_table(pictures, [], on_error="skip")
    first, broken, _, last = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert list(first) == list(table) and first["jpeg_quality"] == 80 and first["exif"] is False
    assert broken["rows"] is None and broken["mode"] == "" and broken["fingerprint"] is None
    assert last["progressive"] is None and last["rows"] == 300


def test_pandas_and_pyarrow_take_it_as_it_is(pictures):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    surrogate = BytesSource("b/\udcff.png", pictures[3].data)
    table = feature_table([*pictures[:2], surrogate], [], on_error="skip")
    taken = pyarrow.table(table)
    assert taken.column_names == list(table) and taken.num_rows == 3
    assert taken["path"].to_pylist()[2] == "b/\\udcff.png" and taken["set"][2].as_py() == "b"
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert pandas.DataFrame(table).shape == (3, len(table))


@pytest.mark.parametrize("fingerprints", [[], LIBRARY], ids=["none", "some"])
def test_every_row_has_a_number_for_every_column(pictures, fingerprints):
    for row in every_row(pictures, fingerprints):
        assert len(row.values) == (0 if row.facts["error"] else len(numbers(fingerprints)))


def test_no_workers_are_refused(pictures):
    with pytest.raises(ParameterError):
        list(iter_feature_rows(pictures, workers=0))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
