from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.engine import blend as saved
from forensics.engine.blend import (
    BLEND_FORMAT,
    REFERENCES,
    Blend,
    load_blend,
    load_reference,
    save_blend,
    save_reference,
    write_blend,
)
from forensics.errors import (
    ForensicsError,
    ImageReadError,
    OutputError,
    ParameterError,
    SavedFileError,
)
from forensics.images.sources.find import Skipped
from forensics.traces.sums import Moments, moments

SKIPPED = (Skipped("a.jpg", "is empty"), Skipped("b\n\udcff猫.jpg", "is damaged"))


def blended(n: int = 3, *shape: int, spread: bool = False, **facts) -> Blend:
    rng = np.random.default_rng(n)
    size = *(shape or (5, 4)), 3
    images = (rng.integers(0, 256, size, dtype=np.uint8) for _ in range(n))
    return Blend(moments(images, spread=spread), **facts)


@pytest.fixture
def path(tmp_path) -> Path:
    save_blend(blended(spread=True, skipped=SKIPPED), tmp_path / "blend.npz")
    return tmp_path / "blend.npz"


def refused(path: Path) -> str:
    with pytest.raises(SavedFileError) as caught:
        load_blend(path)
    text = str(caught.value)
    assert text.startswith(str(path)) and text.isprintable() and ": " in text
    return text


def replaced(path: Path, **arrays) -> Path:
    with np.load(path) as before:
        np.savez(path.with_name("other.npz"), **{**before, **arrays})
    return path.with_name("other.npz")


# Save, then load


@pytest.mark.parametrize("n", [1, 2, 257, 260])
@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("facts", [{}, {"skipped": SKIPPED, "resized": True}, {"stopped": True}])
def test_a_blend_comes_back_as_it_was(tmp_path, n, spread, facts):
    before = blended(n, spread=spread, **facts)
    save_blend(before, tmp_path / "x")
    after = load_blend(tmp_path / "x")
    assert after.moments == before.moments and (after.moments.squares is not None) == spread
    assert after.moments.sums.dtype == before.moments.sums.dtype
    assert (after.skipped, after.resized, after.stopped) == (
        before.skipped,
        before.resized,
        before.stopped,
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_sums_wider_than_32_bits_come_back(tmp_path):
    n = 2**40
    sums = np.full((2, 3, 3), 200 * n, np.uint64)
    before = Blend(Moments(n, sums, sums * 200))
    save_blend(before, tmp_path / "x")
    assert load_blend(str(tmp_path / "x")).moments == before.moments


def test_the_same_blend_makes_the_same_bytes(tmp_path, monkeypatch):
    file = io.BytesIO()
    write_blend(blended(), file)
    monkeypatch.setattr("time.time", lambda: 2e9)
    save_blend(blended(), tmp_path / "a.npz")
    save_blend(load_blend(tmp_path / "a.npz"), tmp_path / "b.npz")
    first, second = ((tmp_path / name).read_bytes() for name in ("a.npz", "b.npz"))
    assert first == second == file.getvalue()


def test_a_loaded_blend_adds_up(path):
    assert (load_blend(path) + blended(4)).moments == (blended(3) + blended(4)).moments


def test_blends_of_both_kinds_are_loaded_and_added(tmp_path):
    """Also of format 1, which always had the squares."""
    with_spread, alone = blended(3, spread=True), blended(4)
    save_blend(with_spread, tmp_path / "two.npz")
    with np.load(tmp_path / "two.npz") as arrays:
        assert arrays["format_version"] == BLEND_FORMAT == 2
        np.savez(tmp_path / "one.npz", **{**arrays, "format_version": np.array(1)})
    save_blend(alone, tmp_path / "alone.npz")
    with np.load(tmp_path / "alone.npz") as arrays:
        assert set(arrays) == {"format_version", "n", "sums", "facts"}
    one, two, third = (load_blend(tmp_path / f"{name}.npz") for name in ("one", "two", "alone"))
    assert one.moments == two.moments == with_spread.moments
    assert (one + two).moments == with_spread.moments + with_spread.moments
    mixed = (one + third).moments
    assert mixed.squares is None and mixed == (blended(3) + alone).moments


def test_where_it_cannot_be_saved_it_says_so(path):
    with pytest.raises(OutputError):
        save_blend(blended(), path / "x.npz")


# What is no saved blend


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=300,
    deadline=None,
)
@given(st.floats(0, 0.9999), st.integers(1, 255))
def test_any_damaged_byte_is_an_error_or_harmless(path, place, change):
    whole = bytearray(path.read_bytes())
    whole[int(place * len(whole))] ^= change
    damaged = path.with_name("damaged.npz")
    damaged.write_bytes(whole)
    try:
        after = load_blend(damaged)
    except ForensicsError as error:
        assert str(error).isprintable() and str(damaged) in str(error)
    else:
        # A file in which the name of the squares is damaged has none.
        assert after.moments in (blended(spread=True).moments, blended().moments)
        assert after.skipped == SKIPPED


def test_a_cut_off_file_is_an_error(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        assert "is no saved blend or is damaged" in refused(path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\5\6" + bytes(18), b"\x93NUMPY", bytes(99)])
def test_what_is_no_npz_is_said(path, content):
    path.write_bytes(content)
    assert "pass a blend.npz that `catforensics blend` wrote" in refused(path)


def test_a_single_array_is_no_blend(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros((4, 4, 3)))
    refused(path)


def test_a_foreign_npz_is_said(path):
    np.savez(path, images=np.zeros(3))
    assert "format_version" in refused(path)


def test_a_newer_version_says_upgrade(path):
    told = refused(replaced(path, format_version=np.array(BLEND_FORMAT + 1)))
    assert f"has format {BLEND_FORMAT + 1}" in told and "upgrade catforensics" in told


class Bomb:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (Path("/nowhere/at/all").touch, ())


def test_nothing_in_it_is_unpickled(path):
    told = refused(replaced(path, facts=np.array([Bomb()], dtype=object)))
    assert "allow_pickle" in told
    path.write_bytes(pickle.dumps(Bomb()))
    refused(path)


SMALL = np.ones((2, 2, 3), np.uint16)


@pytest.mark.parametrize(
    "arrays",
    [
        {"n": np.array(0, np.uint64)},
        {"n": np.array(-1)},
        {"n": np.array([1, 2])},
        {"n": np.array(1, np.uint64)},  # then no sum is above 255
        {"sums": SMALL},
        {"sums": SMALL[:, :, 0], "squares": SMALL[:, :, 0]},
        {"squares": SMALL},
        {"squares": np.zeros((5, 4, 3))},
        {"sums": SMALL[:0], "squares": SMALL[:0]},
        {"sums": SMALL.astype(float), "squares": SMALL},
        {"sums": SMALL.astype(int), "squares": SMALL},
        {"facts": np.array("no json")},
        {"facts": np.array("[]")},
        {"facts": np.array('{"skipped": [1], "resized": false, "stopped": false}')},
        {"facts": np.array("[" * 100_000)},
    ],
)
def test_sums_that_no_pictures_have_are_refused(path, arrays):
    refused(replaced(path, **arrays))


def test_a_file_that_cannot_be_read_is_another_error(tmp_path):
    for path, told in [(tmp_path / "missing.npz", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(ImageReadError, match=f"^{path} cannot be read: {told}"):
            load_blend(path)


def test_names_that_break_lines_do_not_break_messages(tmp_path):
    path = tmp_path / "two\nlines.npz"
    path.write_bytes(b"")
    for name in (path, path.with_name("other\n")):
        with pytest.raises(ForensicsError) as caught:
            load_blend(name)
        assert str(caught.value).isprintable()


# What is shipped


@pytest.mark.parametrize(("name", "n"), [("thiscatdoesnotexist", 420), ("afhq", 840)])
def test_references_are_small_and_whole(name, n):
    reference = load_reference(name)
    assert (reference.name, reference.n_images) == (name, n)
    assert reference.sums.shape == (512, 512, 3) and reference.sums.dtype.kind == "u"
    assert np.array_equal(np.rint(reference.mean * n), reference.sums)
    assert 50 < reference.mean.mean() < 200 and reference.sums.max() <= 255 * n
    assert reference.skipped == reference.warnings == ()
    shipped = Path(saved.__file__).parents[1] / "shipped" / f"blend-{name}.npz"
    assert shipped.stat().st_size <= 2_000_000


def test_a_reference_holds_the_mean_and_the_count_only(tmp_path, monkeypatch):
    save_reference(blended(), "cats", tmp_path / "blend-cats.npz")
    with np.load(tmp_path / "blend-cats.npz") as arrays:
        assert set(arrays) == {"format_version", "name", "n", "sums"}
    monkeypatch.setattr(saved, "REFERENCES", ("cats",))
    monkeypatch.setattr(saved.resources, "files", lambda _: tmp_path.parent)
    (tmp_path.parent / "shipped").symlink_to(tmp_path)
    reference = load_reference("cats")
    assert np.array_equal(reference.mean, blended().mean) and reference.n_images == 3


def test_an_unknown_reference_is_said():
    with pytest.raises(ParameterError, match="reference is 'dogs', allowed are") as caught:
        load_reference("dogs")
    assert all(name in str(caught.value) for name in REFERENCES)
