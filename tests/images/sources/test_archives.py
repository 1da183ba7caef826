from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from forensics.errors import ImageReadError
from forensics.images.sources import archives
from forensics.images.sources import archives as members
from forensics.images.sources.archives import iter_members


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def zipped(files: dict[str, bytes], path: str = "a.zip", packing=zipfile.ZIP_STORED) -> str:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(files: dict[str, bytes], path: str = "a.tar") -> str:
    with tarfile.open(path, f"w:{path.partition('.tar')[2][1:]}") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def listed(path: str) -> tuple[list[str], list[tuple[str, str]]]:
    refused: list[tuple[str, str]] = []
    found = [member for member, _ in iter_members(path, refuse=lambda *what: refused.append(what))]
    return found, refused


def refuse(name: str, reason: str) -> None:
    raise ImageReadError(f"{name} {reason}")


TARS = ["a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"]
FILES = {"img10.jpg": b"ten", "img2.png": b"two" * 999, "notes.txt": b"", "a/.b.jpg": b""}


@pytest.mark.parametrize("path", ["a.zip", *TARS])
def test_members_give_the_bytes_that_were_packed(path):
    (zipped if path == "a.zip" else tarred)(FILES, path)
    for member, source in iter_members(path, refuse=refuse):
        assert source.name == f"{path}/{member}"
        assert source.read_bytes() == FILES[member]
        assert source.sequential == (path.count(".") == 2)


def test_zips_come_in_natural_order_and_tars_as_stored():
    assert listed(zipped(FILES))[0] == ["img2.png", "img10.jpg"]
    assert listed(tarred(FILES))[0] == ["img10.jpg", "img2.png"]


def test_nothing_is_extracted(here):
    for path in [zipped(FILES), tarred(FILES, "a.tar.gz")]:
        for _, source in iter_members(path, refuse=refuse):
            source.read_bytes()
    assert {path.name for path in here.iterdir()} == {"a.zip", "a.tar.gz"}


def test_the_content_says_how_a_tar_is_packed_not_the_name():
    os.rename(tarred(FILES, "a.tar.gz"), "a.tar")
    ((_, first), _) = iter_members("a.tar", refuse=refuse)
    assert first.sequential and first.read_bytes() == b"ten"


def test_leading_dot_slash_is_not_shown():
    ((_, source),) = iter_members(tarred({"./a/1.jpg": b""}), refuse=refuse)
    assert source.name == "a.tar/a/1.jpg"


# Names and kinds that must not be read

BAD_NAMES = ["../1.jpg", "a/../../1.jpg", "/etc/1.jpg", "C:/1.jpg", "..\\1.jpg"]


@pytest.mark.parametrize("bad", BAD_NAMES)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_lead_out_are_refused(bad, pack):
    path = pack({bad: b"", "fine.jpg": b""})
    found, refused = listed(path)
    assert found == ["fine.jpg"]
    assert refused[0][0] == f"{path}/{bad}" and "leads out of the archive" in refused[0][1]
    with pytest.raises(ImageReadError, match="leads out"):
        list(iter_members(path, refuse=refuse))


def test_links_and_devices_in_a_tar_are_refused():
    kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
    with tarfile.open("a.tar", "w") as archive:
        for number, kind in enumerate(kinds):
            info = tarfile.TarInfo(f"{number}.jpg")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    found, refused = listed("a.tar")
    assert found == [] and len(refused) == len(kinds)


def test_a_link_in_a_zip_is_refused():
    info = zipfile.ZipInfo("1.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "is a link or device" in listed("a.zip")[1][0][1]


def test_an_encrypted_member_is_refused():
    content = bytearray(Path(zipped({"1.jpg": b"abc"})).read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    Path("a.zip").write_bytes(content)
    assert "is encrypted" in listed("a.zip")[1][0][1]


def test_archives_in_archives_are_named():
    within = Path(zipped(FILES)).read_bytes()
    for path in (zipped({"b.zip": within}, "c.zip"), tarred({"b.zip": within}, "c.tar")):
        found, ((name, reason),) = listed(path)
        assert found == [] and name == f"{path}/b.zip"
        assert reason.startswith("is an archive in an archive, which is not looked into")


# Bombs


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    path = zipped({"1.jpg": bytes(3 << 20), "2.jpg": b"fine"}, packing=zipfile.ZIP_DEFLATED)
    found, refused = listed(path)
    assert found == ["2.jpg"] and "more than 200 times its size" in refused[0][1]


def test_a_tar_bomb_is_refused():
    path = tarred({"0.jpg": b"fine", "1.jpg": bytes(8 << 20)}, "a.tar.xz")
    found, refused = listed(path)
    assert found[0] == "0.jpg" and "more than 200 times its size" in refused[-1][1]
    assert refused[-1][0] == path


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_member_over_the_limit_is_refused(pack, monkeypatch):
    monkeypatch.setattr(members, "MAX_MEMBER_BYTES", 10)
    found, refused = listed(pack({"1.jpg": bytes(11), "2.jpg": bytes(10)}))
    assert found == ["2.jpg"] and "the limit in an archive is" in refused[0][1]


# Damage


@pytest.mark.parametrize("path", ["a.zip", *TARS])
@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\5\6", b"\x1f\x8b\x08 gz"])
def test_what_is_no_archive_is_refused_in_one_sentence(path, content):
    Path(path).write_bytes(content)
    found, refused = listed(path)
    assert found == [] and [name for name, _ in refused] == [path]
    assert "\n" not in refused[0][1]


@pytest.mark.parametrize("path", ["a.zip", *TARS])
def test_a_cut_off_archive_never_loses_pictures_in_silence(path, rng):
    files = {f"{number}.jpg": rng.bytes(3000) for number in range(4)}
    whole = Path((zipped if path == "a.zip" else tarred)(files, path)).read_bytes()
    for cut in range(0, len(whole) - 1, len(whole) // 25):
        Path(path).write_bytes(whole[:cut])
        found, refused = listed(path)
        # A tar may end without its mark of the end, so everything may still be there.
        assert refused or found == list(files)


def test_damage_in_the_middle_of_a_tar_is_not_taken_for_its_end():
    content = bytearray(Path(tarred({f"{n}.jpg": b"x" * 600 for n in range(3)})).read_bytes())
    second = 512 + 1024
    content[second : second + 100] = b"?" * 100
    Path("a.tar").write_bytes(content)
    found, refused = listed("a.tar")
    assert found == ["0.jpg"] and "damaged in the middle" in refused[0][1]


def test_a_missing_archive_is_said():
    assert "does not exist" in listed("nowhere.zip")[1][0][1]
    assert archives.MAX_MEMBER_BYTES == 128 * 2**20
