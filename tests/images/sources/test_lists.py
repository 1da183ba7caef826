from __future__ import annotations

import io
import os
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.find import find_images
from forensics.images.sources.lists import is_manifest, iter_named, iter_rows


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


def raises(_name: str, reason: str) -> None:
    raise ImageReadError(reason)


def save_parquet(file: str, **columns: list) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra table is not installed")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), file)


# What a table names


def test_a_csv_names_pictures_beside_it_in_its_order():
    touch("sets/10.jpg", "sets/a/2.jpg", "sets/not-named.jpg")
    Path("sets/cats.csv").write_text("label,path\ncat,10.jpg\ncat,a/2.jpg\n")
    assert found("sets/cats.csv") == ["sets/10.jpg", "sets/a/2.jpg"]


def test_a_parquet_table_names_pictures_too():
    touch("sets/10.jpg", "sets/2.jpg")
    save_parquet("sets/cats.parquet", n=[1, 2], filename=["10.jpg", "2.jpg"])
    assert found("sets/cats.parquet") == ["sets/10.jpg", "sets/2.jpg"]


def test_absolute_paths_and_urls_stay_what_they_are(here):
    touch("1.jpg")
    os.mkdir("sets")
    Path("sets/cats.csv").write_text(f"url\n{here / '1.jpg'}\ns3://cats/2.jpg\n")
    rows = list(iter_rows("sets/cats.csv", refuse=raises))
    assert rows == [str(here / "1.jpg"), "s3://cats/2.jpg"]


@pytest.mark.parametrize(
    ("headings", "taken"),
    [("url,path", 1), ("filename,file", 1), (" Path ,x", 0), ("x;PATH", 1), ("x\tfile", 1)],
)
def test_the_first_known_heading_is_taken(headings, taken):
    row = [f"{i}.jpg" for i in range(2)]
    divider = next(c for c in ",;\t" if c in headings)
    Path("cats.csv").write_text(f"\ufeff{headings}\r\n{divider.join(row)}\r\n", encoding="utf-8")
    assert list(iter_rows("cats.csv", refuse=raises)) == [row[taken]]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        min_size=1,
    )
)
def test_any_name_comes_back_from_a_csv(names):
    import csv

    with open("cats.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["path"], *([name] for name in names)])
    rows = list(iter_rows("cats.csv", refuse=raises))
    assert rows == names


def test_a_name_that_is_no_text_comes_back():
    touch("x.jpg")
    os.rename("x.jpg", b"k\xe4tzchen.jpg")
    Path("cats.csv").write_bytes(b"path\nk\xe4tzchen.jpg\n")
    assert next(iter(find_images("cats.csv"))).read_bytes() == b""


def test_a_row_is_a_file_and_nothing_else():
    touch("a[1].jpg", "sets/1.jpg", "more.csv")
    Path("cats.csv").write_text("path\na[1].jpg\nsets\n*.jpg\nmissing.jpg\ncats.csv\n")
    result = find_images("cats.csv", on_error="skip")
    assert [image.name for image in result] == ["a[1].jpg", "cats.csv"]
    assert [(s.path, s.reason.split(":")[0]) for s in result.skipped] == [
        ("sets", "is a folder, not a regular file"),
        ("*.jpg", "does not exist"),
        ("missing.jpg", "does not exist"),
    ]
    with pytest.raises(ImageReadError, match="sets is a folder"):
        find_images("cats.csv")


def test_a_row_named_twice_counts_once():
    touch("1.jpg")
    Path("cats.csv").write_text("path\n1.jpg\n./1.jpg\n")
    result = find_images(["cats.csv", "1.jpg"])
    assert len(result) == 1 and result.repeated == ("./1.jpg", "1.jpg")


def test_a_url_in_a_row_that_is_not_read_is_skipped_by_name():
    touch("1.jpg")
    Path("cats.csv").write_text("path\nftp://me:hush@host/1.jpg\n1.jpg\n")
    result = find_images("cats.csv", on_error="skip")
    assert [s.path for s in result.skipped] == ["ftp://host/1.jpg"] and len(result) == 1


def test_a_table_in_a_folder_is_no_picture():
    touch("cats/1.jpg", "cats/cats.csv")
    assert found("cats") == ["cats/1.jpg"]
    assert is_manifest("CATS.Parquet") and not is_manifest("cats.csv.gz")


# What is wrong with a table


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no column with paths: it has no column"),
        (b"name,label\n1.jpg,cat\n", "it has name, label; name one of them path"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "has no column with paths"),
        (b"path\n", "has no rows"),
        (b"label,path\ncat\n", "names no picture in row 1: fill it in"),
        (b"label,path\ncat,\n", "names no picture in row 1: fill it in"),
        (b'path\n"' + b"x" * 200_000, "is damaged, or no table of its kind"),
    ],
)
def test_a_csv_that_is_none_is_refused_by_name(content, said):
    Path("cats.csv").write_bytes(content)
    with pytest.raises(ImageReadError, match=r"^cats\.csv ") as refused:
        find_images("cats.csv")
    assert said in str(refused.value) and str(refused.value).isprintable()
    (skipped,) = find_images("cats.csv", on_error="skip").skipped
    assert skipped.path == "cats.csv"


def test_the_headings_of_a_wide_table_are_not_all_shown():
    Path("cats.csv").write_text(",".join(f"column{i}" for i in range(100)) + "\n")
    with pytest.raises(ImageReadError, match=r"column7, …; name"):
        find_images("cats.csv")


def test_a_parquet_table_that_is_none_is_refused_by_name():
    save_parquet("other.parquet", name=["1.jpg"])
    save_parquet("numbers.parquet", path=[1])
    save_parquet("empty.parquet", path=[None, ""])
    Path("cut.parquet").write_bytes(Path("other.parquet").read_bytes()[:-20])
    for name, said in {
        "other": "it has name; name one of them path",
        "numbers": "names no picture in row 1",
        "empty": "names no picture in row 1",
        "cut": "is damaged, or no table of its kind",
    }.items():
        with pytest.raises(ImageReadError, match=rf"^{name}\.parquet .*{said}"):
            find_images(f"{name}.parquet")


def test_a_parquet_table_without_pyarrow_says_what_to_install(monkeypatch):
    touch("cats.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParameterError, match=r"pip install 'catforensics\[table\]'"):
        find_images("cats.parquet", on_error="skip")


def test_a_table_that_is_no_file_is_refused():
    os.mkfifo("cats.csv")
    with pytest.raises(ImageReadError, match=r"cats\.csv is a FIFO"):
        find_images("cats.csv")
    with pytest.raises(ImageReadError, match=r"none\.csv does not exist"):
        find_images("none.csv")


def test_a_table_that_cannot_be_read_says_why(monkeypatch):
    touch("cats.csv")

    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(ImageReadError, match=r"cats\.csv cannot be read, permission denied"):
        find_images("cats.csv")


# Lists on stdin


def test_a_list_on_stdin_stands_where_it_was_named():
    assert list(iter_named(["a", "-", "z"], io.BytesIO(b"b\0c\0"))) == ["a", "b", "c", "z"]
    with pytest.raises(EmptySetError):
        find_images("-", stdin=io.StringIO(""))


# Shards: tables beside pictures, in one tar


def shard(path: str, n: int = 3) -> list[str]:
    """Pack a tar as WebDataset has it: what belongs together has one name."""
    with tarfile.open(path, "w") as archive:
        for i in range(n):
            for suffix, data in {"jpg": b"x" * 3000, "json": b"{}", "cls": b"3"}.items():
                info = tarfile.TarInfo(f"{i:06}.{suffix}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return [f"{path}/{i:06}.jpg" for i in range(n)]


def test_the_pictures_of_a_shard_are_taken_and_the_rest_left():
    names = shard("cats-000.tar") + shard("cats-001.tar")
    result = find_images("cats-*.tar")
    assert [image.name for image in result] == names and result.skipped == ()
    assert {image.read_bytes() for image in result} == {b"x" * 3000}


@pytest.mark.parametrize("rest", [7000, 7300, 8000])
def test_a_shard_cut_short_is_refused_and_what_is_whole_is_kept(rest):
    names = shard("cats.tar")
    whole = Path("cats.tar").read_bytes()
    Path("cats.tar").write_bytes(whole[:rest])
    result = find_images("cats.tar", on_error="skip")
    assert names[0] in [image.name for image in result]
    assert next(iter(result)).read_bytes() == b"x" * 3000
    assert "cats.tar" in [skipped.path for skipped in result.skipped]
    for image in list(result)[1:]:
        with pytest.raises(ImageReadError, match=r"cats\.tar/000001\.jpg is not the 3000 bytes"):
            image.read_bytes()
    with pytest.raises(ImageReadError, match=r"^cats\.tar is damaged"):
        find_images("cats.tar")
