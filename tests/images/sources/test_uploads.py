from __future__ import annotations

import io
import stat
import zipfile

import pytest

from forensics.errors import ImageReadError, ParameterError
from forensics.images.sources.archives import uploaded_sets


def packed(files: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def names(data: bytes) -> dict[str, list[str]]:
    sets = uploaded_sets(data, {"a": "cats", "b": "dogs"})
    return {key: [image.name for image in one.images] for key, one in sets.items()}


FILES = {
    "a/10.png": b"ten",
    "a/9.png": b"nine",
    "a/notes.txt": b"",
    "b/x/1.jpg": b"one",
    "c/2.png": b"",
}


def test_folders_of_one_archive_in_natural_order():
    data = packed(FILES)
    assert names(data) == {"a": ["cats/9.png", "cats/10.png"], "b": ["dogs/x/1.jpg"]}
    images = uploaded_sets(data, {"a": "cats"})["a"].images
    assert [image.read_bytes() for image in images] == [b"nine", b"ten"]


def test_archives_in_an_archive_are_the_same_sets():
    inner = {
        f"{key}.zip": packed(
            {name[2:]: data for name, data in FILES.items() if name[0] == key}, zipfile.ZIP_DEFLATED
        )
        for key in "ab"
    }
    assert names(packed(inner)) == names(packed(FILES))


def test_a_packed_archive_in_the_archive_is_refused():
    data = packed({"a.zip": packed({"1.png": b""}), "b/1.png": b""}, zipfile.ZIP_DEFLATED)
    with pytest.raises(ParameterError, match=r"a\.zip is packed inside the upload: store it"):
        names(data)


def test_nothing_for_one_of_them():
    with pytest.raises(ParameterError, match=r"neither b\.zip nor a folder b"):
        names(packed({"a/1.png": b""}))


@pytest.mark.parametrize("data", [b"", b"no archive", packed(FILES)[:-30]])
def test_damaged_archives(data):
    with pytest.raises(ImageReadError, match="the upload is damaged"):
        names(data)


def test_a_damaged_archive_in_the_archive():
    with pytest.raises(ImageReadError, match="cats is damaged"):
        names(packed({"a.zip": b"no archive", "b/1.png": b""}))


def test_a_damaged_picture_is_said_when_it_is_read():
    data = bytearray(packed({"a/1.png": b"x" * 100, "b/1.png": b""}))
    data[60] ^= 1
    (image,) = uploaded_sets(bytes(data), {"a": "cats"})["a"].images
    with pytest.raises(ImageReadError, match=r"cats/1.png is damaged"):
        image.read_bytes()


def test_what_leads_out_of_the_archive_and_bombs_are_left_out():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/../../1.png", b"x")
        archive.writestr("a/bomb.png", bytes(10**7))
        link = zipfile.ZipInfo("a/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b/1.png", b"")
    found = uploaded_sets(file.getvalue(), {"a": "cats"})["a"]
    assert found.images == ()
    assert len(found.skipped) == 3
    assert all(one.path.startswith("cats/") for one in found.skipped)
