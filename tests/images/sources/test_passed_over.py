"""What lies in a folder or archive and is no picture is counted by kind, and none is missed."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image as Pillow

from forensics.errors import EmptySetError
from forensics.images.sources.find import FoundImages, find_images
from forensics.views.figures import save_figure


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (80, 80), (9, 8, 7)).save(file, kind)
    return file.getvalue()


def figure() -> bytes:
    from matplotlib.figure import Figure

    file = io.BytesIO()
    save_figure(Figure(figsize=(1, 1)), file, "png")
    return file.getvalue()


FILES = {
    "1.png": picture(),
    "drawn.png": figure(),
    "f_0001": picture("JPEG"),
    "EPq.jpg_large": picture("JPEG"),
    "cat.webp!d": picture("WEBP"),
    "README": b"words",
    "notes.txt": picture(),
    "b/2.TXT": b"",
    "c.odd": b"odd",
    "._x.jpg": b"fork",
    "raw.DNG": b"II*\0",
}
TAKEN = ["1.png", "EPq.jpg_large", "cat.webp!d", "f_0001", "raw.DNG"]
COUNTED = (
    (".txt", 2),
    (".odd", 1),
    ("figures of catforensics", 1),
    ("hidden", 1),
    ("without an extension", 1),
)


def in_folder(files: dict[str, bytes]) -> str:
    for name, data in files.items():
        path = Path("set", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return "set"


def in_zip(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile("set.zip", "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return "set.zip"


def tar_of(files: dict[str, bytes], path: str) -> str:
    with tarfile.open(path, f"w:{path.rpartition('.tar')[2].lstrip('.')}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def in_tar(files: dict[str, bytes]) -> str:
    return tar_of(files, "set.tar")


def in_packed_tar(files: dict[str, bytes]) -> str:
    return tar_of(files, "set.tar.gz")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(found: FoundImages) -> list[str]:
    return sorted(one.name.split("/", 1)[1] for one in found)


@pytest.mark.parametrize("packed", [in_folder, in_zip, in_tar, in_packed_tar])
def test_names_decide_and_where_they_say_nothing_the_content(packed):
    found = find_images(packed(FILES))
    assert names(found) == TAKEN and found.passed_over == COUNTED and found.skipped == ()
    assert {one.read_bytes() for one in found} == {FILES[name] for name in TAKEN}


def test_a_pattern_counts_what_it_matches_and_does_not_take():
    in_folder(FILES)
    found = find_images("set/*")
    # What is hidden no pattern matches; "b" is a folder.
    assert names(found) == TAKEN
    assert dict(found.passed_over) == {kind: n for kind, n in COUNTED if kind != "hidden"}


def test_what_was_found_by_its_content_counts_once():
    in_folder(FILES)
    found = find_images(["set", "set/f_0001", "set/1.png"])
    assert names(found) == TAKEN and found.repeated == ("set/f_0001", "set/1.png")
    # A figure is passed over in a folder; who names it means it.
    assert "drawn.png" in names(find_images(["set", "set/drawn.png"]))


def test_a_folder_of_other_things_says_of_what():
    in_folder({"a.heif.txt": b"", "b.csv": b"", "c.csv": b""})
    with pytest.raises(EmptySetError, match=r"passed over \.csv \(2\), \.txt \(1\); name a file"):
        find_images("set")


def test_archives_in_archives_are_named():
    within = {"in.zip": Path(in_zip(FILES)).read_bytes(), "1.png": picture()}
    for path in (in_zip(within), in_tar(within)):
        found = find_images(path, on_error="skip")
        assert names(found) == ["1.png"]
        assert [one.path for one in found.skipped] == [f"{path}/in.zip"]
        assert "unpack it and name it" in found.skipped[0].reason


@pytest.mark.parametrize(("method", "called"), [(9, "Deflate64"), (97, "WavPack"), (77, "method")])
def test_members_packed_in_ways_that_cannot_be_read_are_named(method, called):
    data = bytearray(Path(in_zip({"1.png": picture(), "2.png": picture()})).read_bytes())
    at = data.rindex(b"PK\x01\x02")  # the entry of the second
    data[at + 10 : at + 12] = method.to_bytes(2, "little")
    Path("set.zip").write_bytes(data)
    found = find_images("set.zip", on_error="skip")
    assert names(found) == ["1.png"] and found.skipped[0].path == "set.zip/2.png"
    assert found.skipped[0].reason.startswith(f"is packed by {called}")


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_tars_that_were_put_together_are_read_to_the_end(ending):
    parts = [tar_of({f"{n}.png": picture()}, f"{n}.{ending}") for n in range(3)]
    whole = Path(f"whole.{ending}")
    whole.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    found = find_images(str(whole))
    assert names(found) == ["0.png", "1.png", "2.png"]
    assert {one.read_bytes() for one in found} == {picture()}
