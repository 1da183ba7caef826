"""One row for every picture, whatever becomes of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from forensics.detection import featurerows as module
from forensics.detection.featurerows import FACTS, FeatureRow, feature_columns, iter_feature_rows
from forensics.detection.features import ANY_FEATURES, KNOWN_FEATURES, features
from forensics.engine.fingerprints import load_fingerprints
from forensics.errors import ParameterError
from forensics.images.encoding import jpeg_bytes, png_bytes
from forensics.images.sources import BytesSource

SITE = load_fingerprints([])


@pytest.fixture
def pictures(cat) -> list[BytesSource]:
    return [
        BytesSource("a/cat.jpg", jpeg_bytes(cat, quality=80)),
        BytesSource("broken.png", b"no"),
        BytesSource("small.png", png_bytes(np.ascontiguousarray(cat[:90, :90]))),
        BytesSource("cat.png", png_bytes(cat)),
    ]


def test_rows_come_in_the_order_of_the_pictures_with_facts_and_features(pictures, cat):
    rows = list(iter_feature_rows(pictures, SITE))
    assert [row.facts["path"] for row in rows] == [one.name for one in pictures]
    first, last = rows[0], rows[3]
    assert (first.facts["container"], first.facts["jpeg_quality"]) == ("JPEG", 80)
    assert (last.facts["container"], last.facts["jpeg_quality"]) == ("PNG", None)
    assert (last.facts["rows"], last.facts["columns"]) == (300, 451)
    assert last.facts["n_bytes"] == len(pictures[3].data) and last.facts["error"] is None
    expected = features(cat, SITE)
    assert np.allclose(last.values, [*expected.known[0], *expected.common], rtol=1e-8, atol=0)


def test_what_cannot_be_measured_has_a_row_that_says_why(pictures):
    _, broken, small, _ = iter_feature_rows(pictures)
    assert "is no picture" in str(broken.facts["error"]) and broken.values.size == 0
    assert "128 x 128" in str(small.facts["error"]) and small.values.size == 0


def test_every_fact_has_a_column_of_its_type(pictures):
    types = dict(FACTS)
    for row in iter_feature_rows(pictures):
        for name, value in row.facts.items():
            assert value is None or type(value) is types[name]


def test_a_row_comes_back_to_the_last_bit(pictures):
    for row in iter_feature_rows(pictures):
        packed = row.packed()
        again = FeatureRow.unpacked(packed)
        assert again.facts == row.facts and np.array_equal(again.values, row.values)
        assert json.loads(packed[0]) == row.facts


def test_numbers_do_not_depend_on_who_measures_or_where(pictures):
    expected = [row.packed() for row in iter_feature_rows(pictures * 3, SITE, workers=1)]
    for workers in (2, 3):
        again = [row.packed() for row in iter_feature_rows(pictures * 3, SITE, workers=workers)]
        assert again == expected


def test_columns_are_named_for_each_source():
    columns = feature_columns(["one", "two"])
    assert len(columns) == 2 * len(KNOWN_FEATURES) + len(ANY_FEATURES) == len(set(columns))
    assert columns[len(KNOWN_FEATURES)] == f"two: {KNOWN_FEATURES[0]}"


def test_no_workers_are_refused(pictures):
    with pytest.raises(ParameterError):
        list(iter_feature_rows(pictures, workers=0))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
