from __future__ import annotations

import io
import pickle
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forensics.errors import ImageReadError
from forensics.images.sources import archives as members
from forensics.images.sources.archives import TarMember, ZipMember, iter_members


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pack(path: str, files: dict[str, bytes]) -> list[ZipMember | TarMember]:
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.endswith("gz") else "w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return [source for _, source in iter_members(path, refuse=pytest.fail)]


@pytest.fixture
def files(rng) -> dict[str, bytes]:
    return {f"{number:03}.jpg": rng.bytes(5000) for number in range(60)}


@pytest.mark.parametrize("path", ["a.zip", "a.tar", "a.tar.gz"])
def test_many_threads_read_what_one_does(path, files):
    sources = pack(path, files)
    with ThreadPoolExecutor(8) as pool:
        assert (
            list(pool.map(lambda source: source.read_bytes(), sources * 4)) == [*files.values()] * 4
        )


@pytest.mark.parametrize("path", ["a.zip", "a.tar", "a.tar.gz"])
def test_members_are_plain_data(path, files):
    sources = pack(path, files)
    before = sources[5].read_bytes()
    again = pickle.loads(pickle.dumps(sources))
    assert again == sources and again[5].read_bytes() == before


def test_a_packed_tar_can_be_read_backwards(files):
    sources = pack("a.tar.gz", files)
    assert [s.read_bytes() for s in reversed(sources)] == list(reversed(files.values()))


@pytest.mark.parametrize("path", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_new_archive_of_the_same_name_is_read_anew(path):
    (first,) = pack(path, {"1.jpg": b"old"})
    assert first.read_bytes() == b"old"
    Path(path).rename("old")
    (second,) = pack(path, {"1.jpg": b"newer"})
    assert second.read_bytes() == b"newer"


def test_a_wrong_checksum_is_an_error(rng):
    (source,) = pack("a.zip", {"1.jpg": rng.bytes(500)})
    content = bytearray(Path("a.zip").read_bytes())
    content[300] ^= 255
    Path("a.zip").write_bytes(content)
    with pytest.raises(ImageReadError, match=r"a\.zip/1\.jpg is damaged"):
        source.read_bytes()


def test_a_member_that_is_longer_than_it_says_is_an_error():
    pack("a.zip", {"1.jpg": b"a" * 5000})
    content = bytearray(Path("a.zip").read_bytes())
    directory = content.index(b"PK\1\2")
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    Path("a.zip").write_bytes(content)
    with pytest.raises(ImageReadError):
        ZipMember("a.zip", "1.jpg", "a.zip/1.jpg").read_bytes()


def test_the_limit_holds_for_what_is_really_read(monkeypatch):
    (source,) = pack("a.zip", {"1.jpg": b"a" * 5000})
    monkeypatch.setattr(members, "MAX_MEMBER_BYTES", 100)
    with pytest.raises(ImageReadError):
        source.read_bytes()


@pytest.mark.parametrize("path", ["a.zip", "a.tar", "a.tar.gz"])
def test_an_archive_that_has_gone_or_was_cut_is_named(path, rng):
    source = pack(path, {"1.jpg": rng.bytes(5000)})[0]
    Path(path).write_bytes(Path(path).read_bytes()[:2000])
    with pytest.raises(ImageReadError, match=r"/1\.jpg"):
        source.read_bytes()
    Path(path).unlink()
    with pytest.raises(ImageReadError, match="does not exist"):
        source.read_bytes()


def test_a_member_that_is_not_there_is_named():
    pack("a.zip", {"1.jpg": b""})
    with pytest.raises(ImageReadError, match=r"a\.zip/2\.jpg"):
        ZipMember("a.zip", "2.jpg", "a.zip/2.jpg").read_bytes()
