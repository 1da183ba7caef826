from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.classifier import measure as module
from forensics.detection.classifier.measure import KEPT_FORMAT, key_of, load_kept, save_kept
from forensics.errors import ForensicsError, ImageReadError, OutputError, SavedFileError

LINE = st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"]), max_size=8)
ROW = st.lists(st.floats(), min_size=1, max_size=6)


def some() -> dict[str, np.ndarray]:
    return {
        key_of("a"): np.arange(5.0),
        key_of("b"): np.array([np.nan]),
        key_of("c"): np.array([-0.0, np.inf, 5e-324]),
    }


def facts(rows: dict[str, np.ndarray]) -> dict[str, object]:
    return {key: (row.dtype.str, row.shape, row.tobytes()) for key, row in rows.items()}


@pytest.fixture
def path(tmp_path) -> Path:
    save_kept(tmp_path / "kept.npz", some())
    return tmp_path / "kept.npz"


def refused(path: Path) -> str:
    with pytest.raises(SavedFileError) as caught:
        load_kept(path)
    text = str(caught.value)
    assert str(path) in text and text.isprintable() and ": " in text
    return text


def replaced(path: Path, **arrays: object) -> Path:
    other = path.with_name("other.npz")
    with np.load(path) as before:
        np.savez(other, **{**before, **arrays})
    return other


# Keys


@given(st.lists(LINE, min_size=1, max_size=5), st.data())
def test_a_key_differs_when_any_part_does(parts, data):
    assert key_of(*parts) == key_of(*parts) and len(key_of(*parts)) == 32
    place = data.draw(st.integers(0, len(parts) - 1))
    other = data.draw(LINE.filter(lambda part: part != parts[place]))
    assert key_of(*parts[:place], other, *parts[place + 1 :]) != key_of(*parts)
    assert key_of(*parts, "") != key_of(*parts)


@given(st.lists(LINE, min_size=2, max_size=4, unique=True))
def test_the_order_of_parts_matters_and_where_they_end(parts):
    assert key_of(*parts[::-1]) != key_of(*parts)
    assert key_of("".join(parts)) != key_of(*parts)


# Files


@given(st.dictionaries(LINE.map(key_of), ROW, max_size=6))
def test_saving_and_loading_keeps_everything(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("kept") / "kept.npz"
    kept = {key: np.array(row) for key, row in rows.items()}
    save_kept(path, kept)
    assert facts(load_kept(path)) == facts(kept)
    assert [one.name for one in path.parent.iterdir()] == ["kept.npz"]


def test_the_order_of_rows_does_not_change_the_file(tmp_path, path):
    turned = dict(reversed(some().items()))
    save_kept(tmp_path / "turned.npz", turned)
    assert (tmp_path / "turned.npz").read_bytes() == path.read_bytes()


def test_nothing_can_be_kept(tmp_path):
    save_kept(tmp_path / "none.npz", {})
    assert load_kept(tmp_path / "none.npz") == {}


def test_where_no_file_is_nothing_is_kept(tmp_path):
    assert load_kept(tmp_path / "missing.npz") == {}
    assert load_kept(tmp_path / "missing" / "missing.npz") == {}
    assert list(tmp_path.iterdir()) == []


def test_saving_again_replaces(path):
    save_kept(path, {key_of("d"): np.ones(2)})
    assert list(load_kept(path)) == [key_of("d")]


def test_loaded_rows_can_be_added_to(path):
    kept = load_kept(path)
    kept[key_of("d")] = np.ones(2)
    save_kept(path, kept)
    assert facts(load_kept(path)) == facts({**some(), key_of("d"): np.ones(2)})


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ImageReadError, match="cannot be read"):
        load_kept(tmp_path)


def test_a_name_that_is_too_long_has_no_file(tmp_path):
    try:
        assert load_kept(tmp_path / ("x" * 300)) == {}
    except ForensicsError as error:
        assert "cannot be read" in str(error)


def test_what_is_no_folder_cannot_be_written_to(path):
    with pytest.raises(OutputError):
        save_kept(path / "kept.npz", some())


def test_damaged_files_are_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 53):
        path.write_bytes(whole[:length])
        refused(path)


@given(st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 7)), min_size=1, max_size=4))
def test_flipped_bits_raise_nothing_but_refusals(tmp_path_factory, flips):
    path = tmp_path_factory.mktemp("kept") / "kept.npz"
    save_kept(path, some())
    held = bytearray(path.read_bytes())
    for place, bit in flips:
        held[place % len(held)] ^= 1 << bit
    path.write_bytes(held)
    try:
        found = load_kept(path)
    except ForensicsError as error:
        assert str(error).isprintable()
    else:
        assert all(row.dtype == np.float64 for row in found.values())


@pytest.mark.parametrize("data", [b"", b"no", b"PK\x05\x06" + b"\x00" * 18, b"\x93NUMPY"])
def test_foreign_files_are_refused(tmp_path, data):
    path = tmp_path / "foreign.npz"
    path.write_bytes(data)
    assert "measured again" in refused(path)


def test_other_arrays_are_refused(tmp_path):
    path = tmp_path / "foreign.npz"
    np.savez(path, format_version=np.array(KEPT_FORMAT), sums=np.arange(3))
    assert "file of measured features" in refused(path)


def test_newer_files_ask_for_an_upgrade(path):
    assert "upgrade" in refused(replaced(path, format_version=np.array(KEPT_FORMAT + 1)))


@pytest.mark.parametrize(
    "arrays",
    [
        {"keys": np.array(["a", "b", "c"])},
        {"keys": np.array([b"a", b"b"], "S32")},
        {"keys": np.array([b"\xff", b"b", b"c"], "S32")},
        {"lengths": np.array([5, 1, 2])},
        {"lengths": np.array([9, 0, 0])},
        {"lengths": np.array([10, -2, 1])},
        {"lengths": np.array([5.0, 1.0, 3.0])},
        {"values": np.arange(9)},
        {"values": np.arange(9, dtype=np.float32)},
        {"values": np.array(1.0)},
    ],
    ids=range(10),
)
def test_numbers_that_make_no_sense_are_refused(path, arrays):
    refused(replaced(path, **arrays))


def test_rows_have_one_axis(path):
    refused(replaced(path, values=np.zeros((9, 2))))


def test_pickled_arrays_are_refused(path):
    refused(replaced(path, values=np.array([None] * 9, dtype=object)))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
