from __future__ import annotations

import base64
import copy
import dataclasses
import io
import json
import zipfile
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection import modelfile as module
from forensics.detection.classifier import Model
from forensics.detection.heads import Calibration, Head, Layer, Way
from forensics.detection.modelfile import (
    MODEL_FORMAT,
    MODELS,
    load_model,
    model_record,
    save_model,
    shipped_model,
)
from forensics.detection.scoring import check_model
from forensics.detection.standing import Standing
from forensics.errors import (
    ForensicsError,
    ImageReadError,
    ModelError,
    OutputError,
    ParameterError,
)
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint


def source(name: str = "elsewhere") -> Fingerprint:
    rng = np.random.default_rng(1)
    codes, plain = rng.integers(-127, 128, (2, 16, 24)).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    return Fingerprint(name, 123, codes, 0.01, np.ones((FOLD, FOLD)), *means, plain, 0.02)


def head(n: int, widths: tuple[int, ...] = (1,)) -> Head:
    rng = np.random.default_rng(n)
    sides = (n, *widths)
    layers = tuple(Layer(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(sides))
    names = tuple(f"feature {i}, 猫" for i in range(n))
    ways = (Way("one", 1 / 3, layers), Way("other", 2 / 3, layers))
    return Head(
        names,
        rng.normal(size=n),
        rng.uniform(0.1, 2, n),
        ways,
        Calibration(np.array([-1 / 3, 0.1, 7.0]), np.array([-2.0, 1e-9, 0.7])),
        0.1,
        5e-324,
    )


def made(name: str = "made up", *, fingerprints: tuple[Fingerprint, ...] | None = None) -> Model:
    return Model(
        name=name,
        method="traces",
        feature_version=1,
        heads={"together": head(4), "known": head(1), "any": head(3, (5, 2, 1))},
        fingerprints=(source(),) if fingerprints is None else fingerprints,
        standing={"猫": Standing(0.25, 1e-17), "resize": Standing(None, None)},
        training={"seed": 3, "sets": {"gan": {"n_images": 20}}},
        metrics={"together": {"all": {"auc": 0.5}}},
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
    with pytest.raises(ForensicsError) as caught:
        load_model(path)
    text = str(caught.value)
    assert type(caught.value) is error
    assert str(path) in text and text.isprintable() and ": " in text
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


def test_a_model_without_fingerprints_is_one_too(tmp_path):
    save_model(made(fingerprints=()), tmp_path / "one.json")
    assert load_model(tmp_path / "one.json").fingerprints == ()


def test_a_loaded_model_scores_the_same(path, rng):
    values = rng.normal(size=(5, 3))
    here, there = made().heads["any"], load_model(path).heads["any"]
    assert np.array_equal(here.log_odds(values), there.log_odds(values))


def test_saving_twice_gives_the_same_bytes(path):
    again = path.with_name("again.json")
    save_model(load_model(path), again)
    assert again.read_bytes() == path.read_bytes()


def test_the_file_is_json_with_nothing_that_could_run(path):
    record = json.loads(path.read_bytes())
    assert record == model_record(made())
    [held] = record["fingerprints"]
    with np.load(io.BytesIO(base64.b64decode(held["npz_base64"])), allow_pickle=False) as arrays:
        assert all(array.dtype != object for array in dict(arrays).values())
    assert path.read_bytes().isascii()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_every_finite_number_comes_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("models") / "one.json"
    one = head(len(values))
    center = np.array(values)
    with_values = dataclasses.replace(one, center=center, doubtful=values[0])
    save_model(dataclasses.replace(made(), heads={"together": with_values}), path)
    found = load_model(path).heads["together"]
    assert found.center.tobytes() == center.tobytes() and found.doubtful == values[0]


def test_what_is_no_folder_cannot_be_written_to(path):
    before = path.read_bytes()
    with pytest.raises(OutputError):
        save_model(made(), path / "one.json")
    assert path.read_bytes() == before


# The shipped ones


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_models_load_are_small_and_fit_this_version(name, tmp_path):
    model = shipped_model(name)
    check_model(model)
    assert model.method == "traces" and model.name == name and "together" in model.heads
    file = resources.files("forensics.detection") / "models" / f"{name}.json"
    with resources.as_file(file) as place:
        assert place.stat().st_size < 1_000_000
        assert facts(load_model(place)) == facts(model)
    for one in model.heads.values():
        assert (
            one.certain >= one.doubtful
            and np.diff(one.calibration.log_odds).min() > 0
            and one.is_linear
        )
        assert sum(way.prior for way in one.ways) == pytest.approx(1)
    save_model(model, tmp_path / "again.json")
    assert facts(load_model(tmp_path / "again.json")) == facts(model)


def test_only_shipped_models_lie_in_their_folder():
    there = {one.name for one in (resources.files("forensics.detection") / "models").iterdir()}
    assert {f"{name}.json" for name in MODELS} == {one for one in there if one.endswith(".json")}


def test_there_are_no_others():
    with pytest.raises(ParameterError, match=f"'elsewhere', allowed are {MODELS[0]}"):
        shipped_model("elsewhere")


def test_a_model_of_other_features_does_not_fit():
    model = shipped_model()
    together = model.heads["together"]
    other = dataclasses.replace(together, features=together.features[::-1])
    for wrong in (
        dataclasses.replace(model, feature_version=99),
        dataclasses.replace(model, heads={**model.heads, "together": other}),
        dataclasses.replace(model, method="thread"),
    ):
        with pytest.raises(ModelError, match="train it again"):
            check_model(wrong)


# Files that are none


def test_what_cannot_be_opened_cannot_be_read(tmp_path, path):
    for place in (tmp_path / "missing.json", tmp_path, path / "below", tmp_path / ("x" * 300)):
        assert "cannot be read" in refused(place, ImageReadError)


def test_a_path_that_is_none_cannot_be_read():
    with pytest.raises(ForensicsError):
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
        b'{"kind": "catforensics blend"}', b'{"kind": ["catforensics classifier"]}',
        "{'kind': 1}".encode("utf-16"), b'{"kind": "caf\xe9"}', b"[" * 100_000, b"9" * 5000,
    ],
    ids=range(15),
)  # fmt: skip
def test_foreign_files_are_refused(tmp_path, data):
    path = tmp_path / "foreign.json"
    path.write_bytes(data)
    assert "catforensics train" in refused(path)


def test_a_file_that_is_not_utf_8_is_refused(path):
    path.write_bytes(path.read_bytes().replace(b"made up", "gemacht für".encode("latin-1")))
    refused(path)


def test_a_huge_file_is_refused_before_it_is_parsed(path, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 1000)
    assert "no model has" in refused(path)


def test_newer_files_ask_for_an_upgrade(path):
    newer = written(path, {**model_record(made()), "format_version": MODEL_FORMAT + 1})
    assert "upgrade" in refused(newer)


# Damage


def places(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a record that a reader depends on."""
    found = [at] if at else []
    if isinstance(value, dict):
        for key, one in value.items():
            found += places(one, (*at, key)) if at or key not in ("training", "metrics") else []
    elif isinstance(value, list) and value and isinstance(value[0], dict | list):
        found += places(value[0], (*at, 0))
    return found


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


REQUIRED = [
    place
    for place in places(model_record(made()))
    if isinstance(place[-1], str)
    and not (place[0] == "heads" and len(place) == 2 and place[1] != "together")
    and not (place[0] == "fingerprints" and place[-1] in ("name", "n_images"))
    and not (place[0] == "small_deliveries" and len(place) == 2)
]


@pytest.mark.parametrize("place", REQUIRED, ids=lambda place: " ".join(map(str, place)))
def test_nothing_may_be_missing(path, place):
    refused(written(path, changed(place)))


ONE = ("heads", "any")
WAY = (*ONE, "ways", 0)
LAYER = (*WAY, "layers", 0)
NUMBERS = [
    (*ONE, "calibration", "raw", 0), (*ONE, "thresholds", "0.01"),
    (*ONE, "center", 0), (*ONE, "scale", 0), (*WAY, "prior"), (*LAYER, "bias", 0),
    (*LAYER, "weights", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "x", [], {}, [1.0], 10**400])
@pytest.mark.parametrize("place", NUMBERS, ids=lambda place: " ".join(map(str, place)))
def test_what_is_no_finite_number_is_refused(path, place, value):
    refused(written(path, changed(place, value)))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*ONE, "center"), [0.0] * 4), ((*ONE, "center"), [[0.0]] * 3), ((*ONE, "scale"), [1.0]),
        ((*ONE, "scale"), [0.0, 1.0, 1.0]), ((*ONE, "scale"), [-1.0, 1.0, 1.0]),
        ((*ONE, "features"), ["a", "b"]), ((*ONE, "features"), 3), ((*ONE, "ways"), []),
        ((*WAY, "layers"), []), ((*WAY, "prior"), 0), ((*WAY, "prior"), 1.1),
        ((*WAY, "prior"), -0.5), ((*LAYER, "weights"), [[1.0] * 5] * 2),
        ((*LAYER, "weights"), [[1.0] * 4] * 3), ((*LAYER, "weights"), [1.0] * 3),
        ((*LAYER, "weights"), [[1.0], [1.0, 2.0], [1.0]]), ((*LAYER, "bias"), [1.0] * 4),
        ((*WAY, "layers", 2, "weights"), [[1.0, 1.0]] * 2), ((*WAY, "layers", 1), None),
        (("small_deliveries", "猫", "rise"), "x"), (("small_deliveries", "猫"), 1.0),
        (("small_deliveries", "猫", "above"), [1.0]), (("small_deliveries",), []),
        ((*ONE, "calibration", "raw"), [1.0]), ((*ONE, "calibration", "raw"), [3.0, 2.0, 1.0]),
        ((*ONE, "calibration", "log_odds"), [0.0, 1.0]), ((*ONE, "calibration"), []),
        ((*ONE, "calibration", "log_odds"), [0.0, 1.0, 1.0]),
        (("heads",), {}), (("heads", "everything"), {}), (("heads",), []), (("method",), "magic"),
        (("method",), None), (("training",), 3), (("metrics",), "good"),
        (("feature_version",), "new"), (("format_version",), None),
        (("format_version",), float("nan")), (("fingerprints",), None),
        (("fingerprints", 0), "npz"),
        (("fingerprints", 0, "npz_base64"), ""),
        (("fingerprints", 0, "npz_base64"), "!"), (("fingerprints", 0, "npz_base64"), "猫"),
        (("fingerprints", 0, "npz_base64"), "AAAA"), (("fingerprints", 0, "npz_base64"), 7),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(path, place, value):
    refused(written(path, changed(place, value)))


def packed(**arrays: np.ndarray) -> str:
    held = io.BytesIO()
    np.savez(held, **arrays)
    return base64.b64encode(held.getvalue()).decode()


def test_pickled_arrays_are_refused(path):
    data = packed(codes=np.array([[print]], dtype=object))
    refused(written(path, changed(("fingerprints", 0, "npz_base64"), data)))


def test_an_array_instead_of_a_fingerprint_is_refused(path):
    held = io.BytesIO()
    np.save(held, np.arange(3))
    data = base64.b64encode(held.getvalue()).decode()
    refused(written(path, changed(("fingerprints", 0, "npz_base64"), data)))
    refused(written(path, changed(("fingerprints", 0, "npz_base64"), packed(rows=np.arange(3)))))


def flipped(data: bytes, flips: list[tuple[int, int]]) -> bytes:
    held = bytearray(data)
    for place, bit in flips:
        held[place % len(held)] ^= 1 << bit
    return bytes(held)


FLIPS = st.lists(
    st.tuples(st.integers(0, 2**20), st.integers(0, 7)), min_size=1, max_size=4, unique=True
)


@given(FLIPS)
def test_flipped_bits_raise_nothing_but_refusals(tmp_path_factory, flips):
    """Of the text; where they leave a model, it is one that can be saved and loaded."""
    record = json.dumps(model_record(made(fingerprints=())), allow_nan=False).encode()
    path = tmp_path_factory.mktemp("models") / "flipped.json"
    path.write_bytes(flipped(record, flips))
    try:
        model = load_model(path)
    except ForensicsError as error:
        assert str(error).isprintable()
    else:
        save_model(model, path)
        assert facts(load_model(path)) == facts(model)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_of_a_fingerprint_raise_nothing_but_refusals(path, seed):
    rng = np.random.default_rng(seed)
    record = model_record(made())
    whole = base64.b64decode(record["fingerprints"][0]["npz_base64"])
    for _ in range(100):
        held = bytearray(whole)
        for place in rng.integers(0, len(held), rng.integers(1, 4)):
            held[place] = rng.integers(256)
        record["fingerprints"][0]["npz_base64"] = base64.b64encode(held).decode()
        written(path, record)
        try:
            load_model(path)
        except ForensicsError as error:
            assert str(error).isprintable()


def test_a_fingerprint_packed_in_an_unknown_way_is_refused(path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as box:
        box.writestr("codes.npy", b"x" * 100)
    data = held.getvalue()
    # Compression method 99 in both headers.
    for sign, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.index(sign) + offset
        data = data[:at] + (99).to_bytes(2, "little") + data[at + 2 :]
    record = changed(("fingerprints", 0, "npz_base64"), base64.b64encode(data).decode())
    refused(written(path, record))


@pytest.mark.parametrize("place", [("training", "seed"), ("metrics", "together")])
def test_no_number_anywhere_is_nan(path, place):
    refused(written(path, changed(place, float("nan"))))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
