from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from forensics.engine.npz import load_arrays
from forensics.errors import ImageReadError, SavedFileError


def load(path, parse=dict, newest=3):
    return load_arrays(path, parse, newest=newest, what="box of numbers", way_out="make another")


def refused(path, **how) -> str:
    with pytest.raises(SavedFileError) as caught:
        load(path, **how)
    text = str(caught.value)
    assert text.isprintable() and "\n" not in text and ": " in text
    return text


@pytest.fixture
def path(tmp_path) -> Path:
    place = tmp_path / "box.npz"
    np.savez(place, format_version=np.array(3), values=np.arange(6).reshape(2, 3))
    return place


def test_arrays_come_back_as_they_were(path):
    held = load(path)
    assert set(held) == {"format_version", "values"}
    assert held["values"].dtype == np.arange(1).dtype
    assert held["values"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_it_returns_what_parse_makes(path):
    assert load(path, lambda held: int(held["values"].sum())) == 15


@pytest.mark.parametrize("newest", [3, 4])
def test_old_versions_are_understood(path, newest):
    assert load(path, newest=newest)


def test_newer_versions_ask_for_an_upgrade(path):
    text = refused(path, newest=2)
    assert "format 3" in text and "up to 2" in text and "upgrade" in text


@pytest.mark.parametrize(
    "error",
    [ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, ZeroDivisionError],
)
def test_what_parse_cannot_take_is_refused_by_name(path, error):
    def parse(held):
        raise error("seven of them")

    text = refused(path, parse=parse)
    assert str(path) in text and "box of numbers" in text and "seven of them" in text
    assert text.endswith("make another")


def test_other_errors_of_parse_are_nobodys_fault_but_ours(path):
    def parse(held):
        raise AssertionError

    with pytest.raises(AssertionError):
        load(path, parse)


def test_an_error_without_words_is_still_a_sentence(path):
    def parse(held):
        raise ValueError

    assert "(ValueError)" in refused(path, parse=parse)


@pytest.mark.parametrize("lost", ["missing.npz", "no/such/folder.npz"])
def test_a_missing_file_cannot_be_read(tmp_path, lost):
    with pytest.raises(ImageReadError, match=r"cannot be read: No such file"):
        load(tmp_path / lost)


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ImageReadError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" * 9])
def test_foreign_files_are_refused(tmp_path, content):
    path = tmp_path / "foreign.npz"
    path.write_bytes(content)
    refused(path)


def test_a_single_array_is_no_archive(tmp_path):
    path = tmp_path / "one.npz"
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    refused(path)


def test_an_archive_without_version_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", values=np.arange(3))
    assert "format_version" in refused(tmp_path / "other.npz")


@pytest.mark.parametrize("version", [np.arange(3), np.array("three"), np.array(np.nan)])
def test_a_version_that_is_no_number_is_refused(tmp_path, version):
    np.savez(tmp_path / "other.npz", format_version=version)
    refused(tmp_path / "other.npz")


def test_truncated_files_are_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        refused(path)


def test_flipped_bytes_are_refused_or_harmless(path):
    whole = path.read_bytes()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            values = load(path, lambda held: held["values"].tolist())
        except SavedFileError:
            continue
        assert values == [[0, 1, 2], [3, 4, 5]]


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('ran')",)


def test_pickles_are_refused_and_never_run(tmp_path):
    path = tmp_path / "pickled.npz"
    held = np.empty(1, object)
    held[0] = Bomb()
    np.savez(path, format_version=np.array(1), values=held)
    refused(path)
    path.write_bytes(pickle.dumps(Bomb()))
    refused(path)
    file = io.BytesIO()
    np.save(file, held)
    path.write_bytes(file.getvalue())
    refused(path)


def test_names_from_elsewhere_are_printed_safely(tmp_path):
    path = tmp_path / "b\n\x1b[31m.npz"
    path.write_bytes(b"no")
    refused(path)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"plain text\n", b"\x80\x04N.", b"\x93NUMPY\x01\x00"]
)
def test_what_is_no_archive_is_refused_without_advice_on_pickle(tmp_path, content):
    path = tmp_path / "foreign.npz"
    path.write_bytes(content)
    said = refused(path)
    assert "no archive of arrays" in said and "pickle" not in said
