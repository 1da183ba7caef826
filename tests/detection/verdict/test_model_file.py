from __future__ import annotations

import copy
import dataclasses
import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_score import known_score

from forensics.detection.verdict import model_file as module
from forensics.detection.verdict.model_file import (
    MODEL_FORMAT,
    load_model,
    model_record,
    save_model,
    shipped_model,
)
from forensics.detection.verdict.references import LEVELS, PICTURE_KINDS, Reference
from forensics.detection.verdict.score import (
    FEATURE_VERSION,
    FEATURES,
    WEIGHED,
    Curve,
    Robustness,
    ScoreModel,
)
from forensics.errors import ForensicsError, ImageReadError, ModelError, OutputError

SOURCE = "猫 of\nphones"


def reference() -> Reference:
    counts = np.zeros((2, len(PICTURE_KINDS), len(LEVELS)), np.int64)
    counts[0, 0, :4] = [9, 7, 7, 1]
    counts[0, 3] = 2
    counts[1, 11, :1] = 2**53 + 1
    return Reference(("a", SOURCE), counts)


def made(name: str = "made up") -> ScoreModel:
    curves = known_score().curves
    odd = Curve(WEIGHED[1], np.array([-1 / 3, 5e-324, 7.0]), np.array([-2.0, 1e-17, 0.1]))
    flat = Curve(WEIGHED[-1], np.array([1e300]), np.array([0.0]))
    return dataclasses.replace(
        known_score(),
        name=name,
        curves=(curves[0], odd, *curves[2:-1], flat),
        base=-1 / 3,
        doubtful=0.1,
        certain=0.1,
        bound=5e-324,
        robustness={"猫": Robustness(0.25), "resize": Robustness(None)},
        reference=reference(),
    )


def facts(value: Any) -> Any:
    """All that a model holds, with shapes and types, to be compared with ``==``."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if dataclasses.is_dataclass(value):
        return {one.name: facts(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [facts(one) for one in value]
    if isinstance(value, dict):
        return {key: facts(one) for key, one in value.items()}
    return type(value), value


@pytest.fixture
def path(tmp_path) -> Path:
    save_model(made(), tmp_path / "made.json")
    return tmp_path / "made.json"


def refused(path: Path, error: type[ForensicsError] = ModelError) -> str:
    """The sentence: which file, what is wrong with it, the way out."""
    with pytest.raises(ForensicsError) as caught:
        load_model(path)
    text = str(caught.value)
    assert type(caught.value) is error
    assert str(path) in text and text.isprintable() and ": " in text
    if error is ModelError:
        assert "catforensics train" in text or "upgrade catforensics" in text
    return text


def written(path: Path, record: object) -> Path:
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


# Identity


@pytest.mark.parametrize("name", ["made up", "猫 with\nlines", ""])
def test_saving_and_loading_keeps_everything(tmp_path, name):
    path = tmp_path / "one.json"
    save_model(made(name), path)
    assert facts(load_model(path)) == facts(made(name))
    assert [one.name for one in tmp_path.iterdir()] == ["one.json"]


def test_a_loaded_model_says_the_same(path, rng):
    values = rng.normal(size=(9, len(FEATURES)), scale=3)
    values[::2, 3] = np.nan
    here, there = made(), load_model(path)
    assert np.array_equal(here.contributions(values), there.contributions(values))
    for odds in (-9.0, 0.0, 0.05, 0.1, 3.0, 99.0):
        assert here.verdict(odds) == there.verdict(odds)
        for kind in (None, *range(len(PICTURE_KINDS))):
            assert here.reference.rate(odds, kind) == there.reference.rate(odds, kind)


def test_saving_twice_gives_the_same_bytes(path):
    again = path.with_name("again.json")
    save_model(load_model(path), again)
    assert again.read_bytes() == path.read_bytes()


def test_the_file_is_json_with_nothing_that_could_run(path):
    record = json.loads(path.read_bytes())
    assert record == model_record(made()) and path.read_bytes().isascii()
    assert (record["format_version"], record["kind"]) == (MODEL_FORMAT, "catforensics score")
    assert (MODEL_FORMAT, record["feature_version"]) == (2, FEATURE_VERSION)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6, unique=True),
    st.floats(-1e300, 1e300),
)
def test_every_finite_number_comes_back(tmp_path_factory, values, base):
    path = tmp_path_factory.mktemp("models") / "one.json"
    rising = np.unique(np.array(values) + 0.0)
    curve = Curve(WEIGHED[0], rising, rising / 2)
    rest = made().curves[1:]
    model = dataclasses.replace(made(), curves=(curve, *rest), base=base, doubtful=abs(base) / 2)
    model = dataclasses.replace(model, certain=abs(base))
    if np.isfinite(np.diff(rising)).all():
        save_model(model, path)
        assert facts(load_model(path)) == facts(model)


def test_what_is_no_folder_cannot_be_written_to(path):
    before = path.read_bytes()
    with pytest.raises(OutputError):
        save_model(made(), path / "one.json")
    assert path.read_bytes() == before


# The shipped one


def test_the_shipped_score_loads_is_small_and_fits_this_version(tmp_path):
    model = shipped_model()
    file = resources.files("forensics") / "shipped" / "score.json"
    with resources.as_file(file) as place:
        assert place.stat().st_size < 1_000_000
        assert facts(load_model(place)) == facts(model)
    assert tuple(curve.name for curve in model.curves) == WEIGHED
    assert 0 < model.doubtful <= model.certain < model.bound
    assert len(model.reference.sources) >= 10 and model.reference.rate(-9).real > 1000
    save_model(model, tmp_path / "again.json")
    assert facts(load_model(tmp_path / "again.json")) == facts(model)


def test_only_the_shipped_score_lies_in_its_folder():
    there = {one.name for one in (resources.files("forensics") / "shipped").iterdir()}
    assert {one for one in there if one.endswith(".json")} == {"score.json"}


# Files that are none


def test_what_cannot_be_opened_cannot_be_read(tmp_path, path):
    for place in (tmp_path / "missing.json", tmp_path, path / "below", tmp_path / ("x" * 300)):
        assert "cannot be read" in refused(place, ImageReadError)


def test_a_path_that_is_none_cannot_be_read():
    with pytest.raises(ImageReadError):
        load_model("a\0b.json")


def test_truncated_files_are_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 251):
        path.write_bytes(whole[:length])
        refused(path)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00", b"\xff\xfe", b"\x89PNG\r\n\x1a\n", b"null", b"3", b'"model"', b"[]", b"{}",
        b'{"kind": "catforensics blend"}', b'{"kind": ["catforensics score"]}',
        b'{"kind": "catforensics blend", "format_version": 2, "feature_version": 3}',
        b'{"kind": "catforensics score"}', b'{"kind": null, "format_version": 2}',
        "{'kind': 1}".encode("utf-16"), b'{"kind": "caf\xe9"}', b"[" * 100_000, b"9" * 5000,
    ],
    ids=range(18),
)  # fmt: skip
def test_foreign_files_are_refused(tmp_path, data):
    path = tmp_path / "foreign.json"
    path.write_bytes(data)
    assert "pass a file that `catforensics train` wrote" in refused(path)


def test_a_file_that_is_not_utf_8_is_refused(path):
    path.write_bytes(path.read_bytes().replace(b"made up", "gemacht für".encode("latin-1")))
    refused(path)


def test_a_huge_file_is_refused_before_it_is_parsed(path, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 1000)
    assert "no model has" in refused(path)


def test_newer_files_ask_for_an_upgrade(path):
    for version in (MODEL_FORMAT + 1, 99):
        newer = written(path, {**model_record(made()), "format_version": version})
        assert "upgrade catforensics" in refused(newer)


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": 1},
        {"format_version": 1, "kind": "catforensics classifier"},
        {"format_version": 0},
        {"feature_version": FEATURE_VERSION - 1},
    ],
)
def test_models_of_other_features_ask_to_be_trained_again(path, changes):
    older = written(path, {**model_record(made()), **changes})
    assert "train it again with `catforensics train`" in refused(older)


def test_the_classifier_of_before_is_of_an_older_version(path):
    before = {
        "format_version": 1, "kind": "catforensics classifier", "name": "x", "method": "traces",
        "feature_version": 1, "heads": {}, "fingerprints": [],
    }  # fmt: skip
    assert "is of an older version" in refused(written(path, before))


# Damage


def changed(place: tuple[Any, ...], *value: object) -> dict[str, Any]:
    """The record with another value at one place, or with none."""
    record = copy.deepcopy(model_record(made()))
    inner: Any = record
    for key in place[:-1]:
        inner = inner[key]
    if value:
        inner[place[-1]] = value[0]
    else:
        del inner[place[-1]]
    return record


def places(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a record that a reader depends on."""
    found = [at] if at else []
    if isinstance(value, dict):
        for key, one in value.items():
            found += places(one, (*at, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict | list):
        found += places(value[0], (*at, 0))
    return found


WORDS = [("reference", "kinds")]
"""Read by people alone: counts name their kinds themselves."""
NAMED = ("versions", "sources")
"""What holds names that are the maker's own: none of them has to be there."""
REQUIRED = [
    place
    for place in places(model_record(made()))
    if isinstance(place[-1], str)
    and place not in WORDS
    and not (place[0] == "small_deliveries" and len(place) == 2)
    and place[:2] != ("reference", "sources")
    and not (place[0] == "training" and len(place) > 2 and place[-2] in NAMED)
    and not (place[:2] == ("metrics", "generator_trace_by_source") and len(place) == 4)
] + [("reference", "sources")]


@pytest.mark.parametrize("place", REQUIRED, ids=lambda place: " ".join(map(str, place)))
def test_nothing_may_be_missing(path, place):
    refused(written(path, changed(place)))


ONE = ("curves", 1)
COUNTS = ("reference", "sources", "a", PICTURE_KINDS[0])
NUMBERS = [
    ("thresholds", "0.01"), ("thresholds", "0.001"), ("bound",), ("base",), (*ONE, "values", 0),
    (*ONE, "log_odds", 2), ("reference", "levels", 0), (*COUNTS, 1),
]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "x", [], {}, [1.0], 10**400])
@pytest.mark.parametrize("place", NUMBERS, ids=lambda place: " ".join(map(str, place)))
def test_what_is_no_finite_number_is_refused(path, place, value):
    if place == ("base",) and value is None:
        value = "none"
    refused(written(path, changed(place, value)))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*ONE, "values"), [0.0] * 3), ((*ONE, "values"), [3.0, 2.0, 1.0]), ((*ONE, "values"), []),
        ((*ONE, "values"), [1.0, 2.0]), ((*ONE, "values"), [[1.0, 2.0, 3.0]]),
        ((*ONE, "values"), 3.0), ((*ONE, "log_odds"), [1.0, 0.5, 2.0]), ((*ONE, "log_odds"), [1.0]),
        ((*ONE, "feature"), "bands"), ((*ONE, "feature"), None), (ONE, []), (ONE, None),
        (("curves",), []), (("curves",), {}), (("curves",), None),
        (("curves",), model_record(made())["curves"][::-1]),
        (("curves",), model_record(made())["curves"] * 2),
        (("thresholds", "0.01"), 0.2), (("thresholds",), []), (("thresholds",), [1.0, 2.0]),
        (("bound",), 0), (("bound",), -1.0),
        (("small_deliveries", "猫", "rise"), "x"), (("small_deliveries", "猫"), 1.0),
        (("small_deliveries",), []), (("support",), 0), (("support",), None),
        (("kind",), "catforensics blend"), (("kind",), "catforensics classifier"),
        (("training",), 3), (("metrics",), "good"), (("metrics",), None),
        (("training", "seed"), 0.5), (("training", "sets"), []),
        (("training", "sets", "gan", "n_images"), "20"), (("metrics", "auc"), None),
        (("metrics", "generator_trace_by_source", "gan", "one"), [1]),
        (("feature_version",), "new"), (("format_version",), None), (("format_version",), "two"),
        (("format_version",), float("nan")),
        (("reference",), []), (("reference",), None), (("reference", "levels"), [0.0, 1.0]),
        (("reference", "levels"), LEVELS.tolist()[::-1]), (("reference", "sources"), {}),
        (("reference", "sources"), []), (("reference", "sources"), {"a": {}}),
        (("reference", "sources", "a"), []), (("reference", "sources", "a"), {"no kind": [1]}),
        (COUNTS, []), (COUNTS, 3), (COUNTS, [1, 2]), (COUNTS, [3, -1]), (COUNTS, [1] * 200),
        (COUNTS, [[1], [1]]),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(path, place, value):
    refused(written(path, changed(place, value)))


@pytest.mark.parametrize("place", [("training", "seed"), ("metrics", "auc")])
def test_no_number_anywhere_is_nan(path, place):
    refused(written(path, changed(place, float("nan"))))


@given(
    st.lists(
        st.tuples(st.integers(0, 2**20), st.integers(0, 7)), min_size=1, max_size=4, unique=True
    )
)
def test_flipped_bits_raise_nothing_but_refusals(tmp_path_factory, flips):
    """Where they leave a model, it is one that can be saved and loaded."""
    path = tmp_path_factory.mktemp("models") / "flipped.json"
    held = bytearray(json.dumps(model_record(made())).encode())
    for place, bit in flips:
        held[place % len(held)] ^= 1 << bit
    path.write_bytes(held)
    try:
        model = load_model(path)
    except ForensicsError as error:
        assert str(error).isprintable()
    else:
        save_model(model, path)
        assert facts(load_model(path)) == facts(model)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
