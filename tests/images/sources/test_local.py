from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest

from forensics.errors import ImageReadError
from forensics.images.sources import local as failures
from forensics.images.sources.local import BytesSource, FileSource, Unreadable


def test_a_file_gives_its_bytes_under_the_name_it_was_spelled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.jpg").write_bytes(b"abc")
    source = FileSource("./a.jpg")
    assert (source.name, source.sequential, source.read_bytes()) == ("./a.jpg", False, b"abc")


@pytest.mark.parametrize(
    "source", [FileSource("a.jpg"), BytesSource("a", b"1"), Unreadable("a", "b")]
)
def test_sources_are_plain_data(source):
    assert pickle.loads(pickle.dumps(source)) == source
    assert hash(source) == hash(pickle.loads(pickle.dumps(source)))


@pytest.mark.parametrize("path", ["missing.jpg", "missing/a.jpg"])
def test_a_missing_file_is_named(tmp_path, path):
    with pytest.raises(ImageReadError, match="does not exist: check the spelling"):
        FileSource(str(tmp_path / path)).read_bytes()


def test_an_impossible_path_is_named():
    with pytest.raises(ImageReadError, match=r"'a\\x00b' cannot be read"):
        FileSource("a\0b").read_bytes()


def test_an_unreadable_file_is_named(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ImageReadError, match="permission denied: make it readable"):
        FileSource(str(path)).read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_permissions_are_respected(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    path.chmod(0)
    with pytest.raises(ImageReadError, match="permission denied"):
        FileSource(str(path)).read_bytes()


def test_a_disk_that_fails_while_reading_is_named(tmp_path):
    # Opening works, reading does not: what a bad sector does.
    with pytest.raises(ImageReadError, match="cannot be read"):
        FileSource("/proc/self/mem").read_bytes()


def test_a_fifo_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(ImageReadError, match="is a FIFO, not a regular file"):
        FileSource(str(tmp_path / "a.jpg")).read_bytes()


def test_devices_folders_and_sockets_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")
        for path, kind in [("/dev/zero", "device"), (".", "folder"), ("socket.jpg", "socket")]:
            with pytest.raises(ImageReadError, match=f"is a {kind}, not a regular file"):
                FileSource(path).read_bytes()


class Changing:
    """An open file that somebody else writes to while it is read."""

    def __init__(self, path: Path, append: bytes) -> None:
        self.file, self.path, self.append = open(path, "rb"), path, append  # noqa: SIM115

    def __enter__(self) -> Changing:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def fileno(self) -> int:
        return self.file.fileno()

    def read(self) -> bytes:
        data = self.file.read(2)
        with open(self.path, "r+b") as other:
            other.seek(0, os.SEEK_END if self.append else os.SEEK_SET)
            other.write(self.append or b"x")
        os.utime(self.path, ns=(1, 1))
        return data + self.file.read()


@pytest.mark.parametrize("append", [b"", b"de"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, append):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    monkeypatch.setattr(FileSource, "open", lambda self: Changing(path, append))
    with pytest.raises(ImageReadError, match="changed while it was read"):
        FileSource(str(path)).read_bytes()


def test_a_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    monkeypatch.setattr(failures, "MAX_FILE_BYTES", 2)
    with pytest.raises(ImageReadError, match="the limit is"):
        FileSource(str(path)).read_bytes()
