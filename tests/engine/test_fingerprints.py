from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from forensics.engine.fingerprints import (
    FINGERPRINT_FORMAT,
    LIBRARY,
    fingerprint_digest,
    load_fingerprint,
    load_library,
    save_fingerprint,
    save_library,
)
from forensics.errors import (
    EmptySetError,
    ImageReadError,
    OutputError,
    SavedFileError,
)
from forensics.images.delivery.encode import png_bytes
from forensics.traces.fingerprints.decoder import DecoderTile
from forensics.traces.fingerprints.fingerprint import FOLD, Fingerprint


def made(name: str = "made up") -> Fingerprint:
    codes = np.random.default_rng(0).integers(-127, 128, (48, 64)).astype(np.int8)
    means = codes.mean(axis=1), codes.mean(axis=0)
    return Fingerprint(name, 123, codes, 0.01, np.ones((FOLD, FOLD)), *means)


def doubled() -> Fingerprint:
    """One that has a pattern with JPEG's blocks, too."""
    codes = np.random.default_rng(1).integers(-127, 128, (48, 64)).astype(np.int8)
    return dataclasses.replace(made(), plain_codes=codes, plain_scale=0.25)


def facts(source: Fingerprint) -> dict[str, object]:
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source)}
    return {
        name: (value.dtype, value.tolist()) if isinstance(value, np.ndarray) else value
        for name, value in values.items()
    }


@pytest.fixture
def path(tmp_path) -> Path:
    save_fingerprint(made(), tmp_path / "made.npz")
    return tmp_path / "made.npz"


def refused(path: Path) -> str:
    with pytest.raises(SavedFileError) as caught:
        load_fingerprint(path)
    text = str(caught.value)
    assert str(path) in text and text.isprintable() and ": " in text
    return text


def replaced(path: Path, **arrays: object) -> Path:
    other = path.with_name("other.npz")
    with np.load(path) as before:
        np.savez(other, **{**before, **arrays})
    return other


# The library


def test_what_is_shipped_has_a_family_and_a_spread_and_is_small():
    held = load_library()
    assert {one.name for one in held} == set(LIBRARY)
    assert all(one.family and 1 <= one.spread < 2 and one.n_images > 1 for one in held)
    folder = resources.files("forensics") / "shipped"
    sizes = [len((folder / f"fingerprint-{name}.npz").read_bytes()) for name in LIBRARY]
    assert max(sizes) < 1_000_000


def test_both_kinds_of_one_source_are_saved_and_loaded(tmp_path):
    tile = next(one for one in load_library() if isinstance(one, DecoderTile))
    save_library([made("both"), tile], tmp_path / "both.npz")
    frame, again = load_library([tmp_path / "both.npz"], shipped=False)
    assert facts(frame) == facts(made("both"))
    assert again.name == tile.name and np.allclose(again.vector, tile.vector)
    assert load_library([tmp_path], shipped=False)[1].family == tile.family


def test_a_file_with_a_tile_alone_is_no_whole_frame(tmp_path):
    tile = next(one for one in load_library() if isinstance(one, DecoderTile))
    save_library([tile], tmp_path / "tile.npz")
    with pytest.raises(SavedFileError, match="a decoder tile and no whole frame"):
        load_fingerprint(tmp_path / "tile.npz")


def test_an_empty_folder_holds_no_fingerprint(tmp_path):
    with pytest.raises(EmptySetError, match=r"holds no \.npz file"):
        load_library([tmp_path])


@pytest.mark.parametrize(
    "arrays",
    [
        {"tile_vector": np.full((129, 9), np.nan, np.complex64)},
        {"tile_vector": np.zeros((129, 9), np.complex64)},
        {"tile_vector": np.ones((16, 9), np.complex64)},
        {"tile_planes": np.array("red")},
        {"tile_spread": np.array(0.5)},
        {"tile_n": np.array(0)},
        {"format_version": np.array(99)},
    ],
)
def test_a_damaged_tile_is_refused(tmp_path, arrays):
    tile = next(one for one in load_library() if isinstance(one, DecoderTile))
    save_library([tile], tmp_path / "tile.npz")
    with pytest.raises(SavedFileError, match=r"other\.npz"):
        load_library([replaced(tmp_path / "tile.npz", **arrays)], shipped=False)


# Files


@pytest.mark.parametrize("name", ["made up", "猫 with\nlines", ""])
def test_saving_and_loading_keeps_everything(tmp_path, name):
    path = tmp_path / "one.npz"
    save_fingerprint(made(name), path)
    assert facts(load_fingerprint(path)) == facts(made(name))
    assert [one.name for one in tmp_path.iterdir()] == ["one.npz"]


def test_saving_twice_gives_the_same_bytes(path):
    again = path.with_name("again.npz")
    save_fingerprint(load_fingerprint(path), again)
    assert again.read_bytes() == path.read_bytes()


def test_a_missing_file_cannot_be_read(tmp_path):
    with pytest.raises(ImageReadError, match="cannot be read"):
        load_fingerprint(tmp_path / "missing.npz")
    with pytest.raises(ImageReadError, match="cannot be read"):
        load_fingerprint(tmp_path)


def test_what_is_no_folder_cannot_be_written_to(path):
    with pytest.raises(OutputError):
        save_fingerprint(made(), path / "one.npz")


def test_damaged_files_are_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 501):
        path.write_bytes(whole[:length])
        refused(path)


def test_foreign_files_are_refused(tmp_path):
    path = tmp_path / "foreign.npz"
    path.write_bytes(png_bytes(np.zeros((9, 9), np.uint8)))
    refused(path)
    np.savez(path, format_version=np.array(1), sums=np.arange(3))
    assert "catforensics fingerprint" in refused(path)


def test_newer_files_ask_for_an_upgrade(path):
    newer = replaced(path, format_version=np.array(FINGERPRINT_FORMAT + 1))
    assert "upgrade" in refused(newer)


@pytest.mark.parametrize(
    "arrays",
    [
        {"codes": np.zeros((48, 64), np.int16)},
        {"codes": np.zeros(48, np.int8)},
        {"codes": np.zeros((64, 48), np.int8)},
        {"rows": np.zeros(47)},
        {"columns": np.zeros(65)},
        {"fold": np.zeros((8, 8))},
        {"fold": np.full((FOLD, FOLD), np.nan)},
        {"rows": np.full(48, np.inf)},
        {"scale": np.array(np.nan)},
        {"scale": np.array("wide")},
        {"n": np.array(0)},
        {"n": np.arange(2)},
        {"rows": np.zeros((48, 2))},
        {"columns": np.zeros(64, complex)},
        {"scale": np.array(-1.0)},
    ],
)
def test_numbers_that_make_no_sense_are_refused(path, arrays):
    refused(replaced(path, **arrays))


def test_plain_codes_are_kept_and_a_hash_tells_of_them(tmp_path):
    path = tmp_path / "both.npz"
    save_fingerprint(doubled(), path)
    assert facts(load_fingerprint(path)) == facts(doubled())
    digests = {fingerprint_digest(one) for one in (made(), doubled(), made("another"))}
    assert len(digests) == 3
    assert fingerprint_digest(load_fingerprint(path)) == fingerprint_digest(doubled())


def test_files_of_before_are_of_another_unit_and_say_so(path):
    with np.load(path) as arrays:
        assert int(arrays["format_version"]) == 4 == FINGERPRINT_FORMAT
        assert not {"plain_codes", "plain_scale"} & set(arrays)
    assert "make it again" in refused(replaced(path, format_version=np.array(3)))


@pytest.mark.parametrize(
    "arrays",
    [
        {"plain_codes": np.zeros((48, 64), np.int16)},
        {"plain_codes": np.zeros((64, 48), np.int8)},
        {"plain_codes": np.zeros(48, np.int8)},
        {"plain_codes": np.array(0, np.int8)},
        {"plain_scale": np.array(0.0)},
        {"plain_scale": np.array(-1.0)},
        {"plain_scale": np.array(np.nan)},
        {"plain_scale": np.array(np.inf)},
        {"plain_scale": np.array("wide")},
        {"plain_scale": np.ones(2)},
        {"plain_codes": np.array([[None]], dtype=object)},
    ],
)
def test_plain_codes_that_make_no_sense_are_refused(path, arrays):
    save_fingerprint(doubled(), path)
    refused(replaced(path, **arrays))


def test_pickled_arrays_are_refused(path):
    refused(replaced(path, codes=np.array([[None]], dtype=object)))


# The shipped ones


def test_the_shipped_frames_are_sound():
    frames = [one for one in load_library() if isinstance(one, Fingerprint)]
    assert frames
    for frame in frames:
        assert frame.codes.dtype == np.int8 and frame.codes.any()
        assert (len(frame.rows), len(frame.columns)) == frame.codes.shape
