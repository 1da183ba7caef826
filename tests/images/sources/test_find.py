from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.sources import names
from forensics.images.sources.find import FileSource, Skipped, find_images


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"")


def found(*args, **kwargs) -> list[str]:
    return [image.name for image in find_images(*args, **kwargs)]


def test_a_folder_is_searched_in_natural_order():
    touch("cats/img10.jpg", "cats/img2.JPG", "cats/a/1.png", "cats/b1.gif")
    assert found("cats") == ["cats/a/1.png", "cats/b1.gif", "cats/img2.JPG", "cats/img10.jpg"]


def test_hidden_things_and_other_files_are_left_out():
    touch("cats/1.jpg", "cats/.2.jpg", "cats/.git/3.jpg", "cats/1.jpg.cat", "cats/README")
    result = find_images("cats")
    assert [image.name for image in result] == ["cats/1.jpg"]
    assert result.repeated == result.skipped == () and len(result) == 1


def test_a_file_named_by_itself_may_have_any_extension():
    touch("cat.dat", ".hidden.jpg")
    assert found(["cat.dat", Path(".hidden.jpg")]) == ["cat.dat", ".hidden.jpg"]


@pytest.mark.parametrize(
    "name", ["two\nlines.jpg", "kätzchen 猫.jpg", "a[1].jpg", "-.jpg", " .jpg"]
)
def test_any_file_name_is_found_and_read(name):
    touch(f"cats/{name}")
    assert found("cats") == found(f"cats/{name}") == [f"cats/{name}"]
    assert found("-", stdin=io.StringIO(f"cats/{name}\0")) == [f"cats/{name}"]


def test_a_name_that_is_no_text_is_found():
    with open(b"a\xff.jpg", "wb"):
        pass
    (image,) = find_images(".")
    assert image.read_bytes() == b""


# What is named twice counts once


def test_the_same_file_counts_once_however_it_is_spelled(here):
    touch("cats/1.jpg")
    os.symlink("cats/1.jpg", "link.jpg")
    spellings = ["cats/1.jpg", "./cats/1.jpg", str(here / "cats/1.jpg"), "link.jpg", "cats", "c*/*"]
    result = find_images(spellings)
    assert [image.name for image in result] == ["cats/1.jpg"]
    assert len(result.repeated) == len(spellings) - 1


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=30,
)
@given(st.lists(st.sampled_from(["x", "x/1.jpg", "x/2.jpg", "x/*.jpg", "./x", "x/a.zip"])))
def test_naming_more_never_adds_a_picture_twice(paths):
    touch("x/1.jpg", "x/2.jpg")
    with zipfile.ZipFile("x/a.zip", "w") as archive:
        archive.writestr("1.jpg", b"")
    result = find_images(["x", *paths])
    assert [i.name for i in result] == ["x/1.jpg", "x/2.jpg", "x/a.zip/1.jpg"]
    assert (len(result.repeated) > 0) == (len(paths) > 0)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("path", ["a.zip", "a.tar", "a.tgz"])
def test_two_members_of_one_name_are_two_pictures(path):
    contents = [b"one", b"other", b"one", b"third", b"real"]
    names = ["x/1.jpg"] * 4 + ["x/1 (2).jpg"]
    if path == "a.zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in zip(names, contents, strict=True):
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path == "a.tgz" else "w") as tar:
            for name, content in zip(names, contents, strict=True):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    result = find_images(path)
    assert len({image.name for image in result}) == len(result)
    read = {image.name.removeprefix(path + "/"): image.read_bytes() for image in result}
    if path == "a.zip":  # its checksums tell that one of them is listed twice
        assert sorted(read.values()) == [b"one", b"other", b"real", b"third"]
        assert result.repeated == (f"{path}/x/1.jpg",) and read["x/1 (2).jpg"] == b"real"
    else:
        assert sorted(read.values()) == sorted(contents) and result.repeated == ()
    assert {"x/1.jpg", "x/1 (2).jpg", "x/1 (3).jpg"} < set(read)
    assert find_images([path, path]).images == result.images


def test_two_equal_files_are_two_pictures():
    touch("1.jpg")
    os.link("1.jpg", "2.jpg")
    assert len(find_images(".")) == 2


# Links


def test_linked_folders_are_followed_and_loops_end():
    touch("elsewhere/1.jpg", "cats/2.jpg")
    os.symlink("../elsewhere", "cats/a")
    os.symlink("..", "cats/up")
    os.symlink(".", "cats/loop")
    result = find_images("cats")
    assert [image.name for image in result][:2] == ["cats/2.jpg", "cats/a/1.jpg"]
    assert len(result) == 2 and "cats/loop" in result.repeated


@pytest.fixture
def deep(here) -> Iterator[str]:
    depth = sys.getrecursionlimit() + 50
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    touch("1.jpg")
    os.chdir(here)
    yield "d/" * depth
    # Tidied here, because pytest's own tidying recurses.
    os.unlink("d/" * depth + "1.jpg")
    for level in range(depth, 0, -1):
        os.rmdir("d/" * level)


def test_folders_deeper_than_the_recursion_limit(deep):
    assert found(".") == [f"./{deep}1.jpg"]


def test_a_broken_link_is_said():
    touch("cats/1.jpg")
    os.symlink("nowhere.jpg", "cats/2.jpg")
    with pytest.raises(ImageReadError, match=r"cats/2\.jpg does not exist"):
        find_images("cats")
    result = find_images("cats", on_error="skip")
    assert [s.path for s in result.skipped] == ["cats/2.jpg"] and len(result) == 1


# Patterns


def test_patterns_match_pictures_only():
    touch("c/1.jpg", "c/10.jpg", "c/2.jpg", "c/d/3.png", "c/notes.txt")
    assert found("c/*.jpg") == ["c/1.jpg", "c/2.jpg", "c/10.jpg"]
    assert found("**/*.png") == ["c/d/3.png"]
    result = find_images("c/**")
    assert len(result) == 4 and result.repeated == ()


def test_a_file_whose_name_looks_like_a_pattern_is_itself():
    touch("a[1].jpg", "a1.jpg")
    assert found("a[1].jpg") == ["a[1].jpg"]


# Lists on stdin


@pytest.mark.parametrize(
    "text", ["1.jpg\n2.jpg\n", "1.jpg\r\n2.jpg", "1.jpg\x002.jpg\x00", "\n1.jpg\n\n2.jpg"]
)
def test_a_list_on_stdin(text, monkeypatch):
    touch("1.jpg", "2.jpg")
    assert found("-", stdin=io.StringIO(text)) == ["1.jpg", "2.jpg"]
    assert found("-", stdin=io.BytesIO(text.encode())) == ["1.jpg", "2.jpg"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert found(["-", "1.jpg"]) == ["1.jpg", "2.jpg"]


def test_a_list_may_hold_names_that_are_no_text():
    with open(b"a\xff.jpg", "wb"):
        pass
    (image,) = find_images("-", stdin=io.BytesIO(b"a\xff.jpg\n"))
    assert image.read_bytes() == b""


def test_an_empty_list_is_an_empty_set():
    for stdin in (io.StringIO(""), io.BytesIO(b"\n")):
        with pytest.raises(EmptySetError, match="no picture was named"):
            find_images("-", stdin=stdin)


# Archives, also inside folders


def test_archives_lie_among_the_files_of_a_folder():
    touch("c/1.jpg", "c/3.jpg")
    with zipfile.ZipFile("c/2.zip", "w") as archive:
        archive.writestr("a/1.jpg", b"in zip")
    with tarfile.open("c/4.tar.gz", "w:gz") as archive:
        archive.add("c/1.jpg", "b.jpg")
    assert found("c") == ["c/1.jpg", "c/2.zip/a/1.jpg", "c/3.jpg", "c/4.tar.gz/b.jpg"]


# What cannot be read


@pytest.mark.parametrize("path", ["missing", "missing.jpg", "*.jqg", "a\0b", ""])
def test_a_missing_path_is_an_error_or_a_skip(path):
    with pytest.raises(ImageReadError) as caught:
        find_images([path])
    assert "\n" not in str(caught.value) and ": " in str(caught.value)
    result = find_images([path], on_error="skip")
    assert len(result) == 0 and [s.path for s in result.skipped] == [path]


def test_what_is_no_regular_file_is_refused_by_name():
    os.mkfifo("fifo.jpg")
    for path, kind in [("fifo.jpg", "FIFO"), ("/dev/zero", "device"), (".", "FIFO")]:
        with pytest.raises(ImageReadError, match=f"is a {kind}"):
            find_images(path)
    assert find_images("fifo.jpg", on_error="skip").skipped[0].path == "fifo.jpg"


def test_a_folder_that_cannot_be_listed_is_named(monkeypatch):
    touch("cats/closed/1.jpg", "cats/2.jpg")
    scandir = os.scandir

    def refuse(path):
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ImageReadError, match="cats/closed cannot be read, permission denied"):
        find_images("cats")
    result = find_images("cats", on_error="skip")
    assert [i.name for i in result] == ["cats/2.jpg"]
    assert [s.path for s in result.skipped] == ["cats/closed"]


def test_a_damaged_archive_is_an_error_or_a_skip():
    touch("1.jpg")
    Path("a.zip").write_bytes(b"PK\3\4 and nothing more")
    with pytest.raises(ImageReadError, match=r"a\.zip is damaged"):
        find_images(".")
    result = find_images(["1.jpg", "a.zip"], on_error="skip")
    assert [i.name for i in result] == ["1.jpg"]
    assert isinstance(result.skipped[0], Skipped) and result.skipped[0].path == "a.zip"


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_an_empty_folder_and_one_without_pictures_differ(on_error):
    Path("empty").mkdir()
    touch("texts/notes.txt")
    with pytest.raises(EmptySetError, match="empty, which is empty"):
        find_images("empty", on_error=on_error)
    with pytest.raises(EmptySetError) as caught:
        find_images("texts", on_error=on_error)
    assert all(suffix in str(caught.value) for suffix in names.PICTURE_SUFFIXES)
    with pytest.raises(EmptySetError, match="no picture was named"):
        find_images([], on_error=on_error)


def test_on_error_is_one_of_two():
    with pytest.raises(ParameterError, match="on_error is 'ignore'"):
        find_images(".", on_error="ignore")


def test_one_path_and_a_list_of_it_are_the_same():
    touch("1.jpg")
    assert find_images("1.jpg") == find_images(["1.jpg"]) == find_images(Path("1.jpg"))
    assert find_images("1.jpg").images == (FileSource("1.jpg"),)


def test_finding_loads_no_array_and_no_picture_library(here):
    touch("1.jpg")
    program = (
        "import sys; from forensics.images.sources.find import find_images; find_images('.');"
        "sys.exit(', '.join({'numpy', 'PIL', 'zipfile', 'tarfile'} & set(sys.modules)) or 0)"
    )
    root = Path(names.__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_a_link_in_a_circle_does_not_keep_a_folder_from_being_read():
    folder = Path("circle")
    folder.mkdir()
    (folder / "a.png").write_bytes(b"")
    (folder / "b.png").symlink_to("b.png")
    (folder / "c").symlink_to("c")
    found = find_images(folder, on_error="skip")
    assert [image.name for image in found] == ["circle/a.png"]
    assert [one.path for one in found.skipped] == ["circle/b.png"]
