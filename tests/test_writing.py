from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from forensics.errors import OutputError
from forensics.output import refuse_existing, write_together, writing


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


def put(content: bytes):
    return lambda file: file.write(content)


def full(_file: IO[bytes]) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 10,000 bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "deep" / "a.txt"
    with writing(target) as file:
        file.write(b"half")
        file.flush()
        assert not target.exists()
        file.write(b" whole")
    assert everything(tmp_path / "new") == {"deep": None, "deep/a.txt": b"half whole"}


@pytest.mark.parametrize("problem", [OSError(28, "No space left"), ValueError(), KeyboardInterrupt])
def test_a_block_that_fails_leaves_what_was_there(tmp_path, problem):
    (tmp_path / "a.txt").write_bytes(b"before")
    expected = OutputError if isinstance(problem, OSError) else BaseException
    with pytest.raises(expected), writing(tmp_path / "a.txt") as file:
        file.write(b"half")
        raise problem
    assert everything(tmp_path) == {"a.txt": b"before"}


def test_a_name_as_long_as_the_file_system_takes(tmp_path):
    with writing(tmp_path / ("é" * 120 + ".png")) as file:
        file.write(b"1")
    assert len(everything(tmp_path)) == 1


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_the_file_mode_honours_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        with writing(tmp_path / "a") as file:
            file.write(b"")
        write_together(tmp_path, {"b": put(b"")})
        assert os.umask(mask) == mask  # reading it left it as it was
    finally:
        os.umask(before)
    for name in "ab":
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o666 & ~mask


def test_where_it_cannot_write_it_says_so_in_one_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "file" / "a.txt", tmp_path):
        sentence = f"^cannot write {target}"
        with pytest.raises(OutputError, match=sentence) as caught, writing(target) as file:
            file.write(b"1")
        assert str(caught.value).isprintable() and "write elsewhere" in str(caught.value)
    assert everything(tmp_path) == {"file": b""}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO])
def test_room_is_asked_for_only_where_it_is_missing(tmp_path, monkeypatch, number):
    def refused(**_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("forensics.output.tempfile.mkstemp", refused)
    with pytest.raises(OutputError) as caught, writing(tmp_path / "a"):
        pass
    said = str(caught.value)
    assert "free some room" not in said and "write elsewhere" in said
    assert ("make its folder writable" in said) == (number != errno.EIO)


def test_what_is_no_earlier_result_is_not_replaced(tmp_path):
    for there, kept in ((b"PK old", False), (b"", False), (b"\xff\xd8\xff", True)):
        (tmp_path / "a").write_bytes(there)
        try:
            with writing(tmp_path / "a", over=b"PK") as file:
                file.write(b"PK new")
        except OutputError as error:
            assert kept and "is no earlier result of this kind" in str(error)
        assert (tmp_path / "a").read_bytes() == (there if kept else b"PK new")


def test_files_of_one_result_come_together(tmp_path):
    write_together(tmp_path / "x", {"a": put(b"1"), "b": put(b"2")})
    write_together(tmp_path / "x", {"b": put(b"3"), "c": put(b"4")})
    assert everything(tmp_path / "x") == {"a": b"1", "b": b"3", "c": b"4"}


def test_none_appears_before_the_last_is_whole(tmp_path):
    def last(file: IO[bytes]) -> None:
        assert not (tmp_path / "a").exists()
        file.write(b"2")

    write_together(tmp_path, {"a": put(b"1"), "b": last})
    assert everything(tmp_path) == {"a": b"1", "b": b"2"}


def test_if_one_fails_all_stay_as_they_were(tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(OutputError, match="No space left"):
        write_together(tmp_path, {"a": put(b"1"), "b": put(b"2"), "c": full})
    assert everything(tmp_path) == {"a": b"before"}


def test_a_folder_in_the_place_of_a_file_is_seen_before_anything_is_moved(tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputError):
        write_together(tmp_path, {"a": put(b"1"), "b": put(b"2")})
    assert everything(tmp_path) == {"a": b"before", "b": None}


def test_what_is_no_file_is_never_replaced_by_one(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    sentence = "something is there that is no file"
    with pytest.raises(OutputError, match=sentence), writing(tmp_path / "fifo") as file:
        file.write(b"1")
    assert (tmp_path / "fifo").is_fifo() and len(list(tmp_path.iterdir())) == 1


def fails(_file: IO[bytes]) -> None:
    raise ValueError


def is_interrupted(_file: IO[bytes]) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("writer", [full, fails, is_interrupted])
def test_folders_that_would_stay_empty_are_taken_away(tmp_path, writer):
    with pytest.raises((OutputError, ValueError, KeyboardInterrupt)):
        write_together(tmp_path / "x" / "y", {"a": put(b"1"), "b": writer})
    assert everything(tmp_path) == {}
    target = tmp_path / "x" / "y" / "a"
    with pytest.raises((OutputError, ValueError, KeyboardInterrupt)), writing(target) as file:
        writer(file)
    assert everything(tmp_path) == {}


@pytest.mark.usefixtures("small_files")
def test_a_real_limit_of_the_disk(tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(OutputError, match="too large"), writing(tmp_path / "a") as file:
        file.write(bytes(20_000))
    # Larger than what is buffered: it fails in the writer; smaller: on closing.
    for size in (10_001, 2_000_000):
        with pytest.raises(OutputError, match="too large"):
            write_together(tmp_path / "x", {"a": put(b"1"), "b": put(bytes(size))})
    write_together(tmp_path, {"b": put(bytes(10_000))})
    assert everything(tmp_path) == {"a": b"before", "b": bytes(10_000)}


def test_existing_results_are_named_unless_forced(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    refuse_existing(paths, force=False)
    paths[1].touch()
    with pytest.raises(OutputError, match=f"^{paths[1]} exists already: pass force=True"):
        refuse_existing(paths, force=False)
    paths[2].touch()
    with pytest.raises(OutputError, match=f"^{paths[1]} and 1 more exist"):
        refuse_existing(paths, force=False)
    refuse_existing(paths, force=True)
