"""Names and texts that are made to break lines, terminals and tables, through whole commands."""

from __future__ import annotations

import csv
import json
import os
import struct
import unicodedata
from pathlib import Path

import pytest
from hostile.seeds import chunk, seeds, tarred, zipped
from PIL import Image as Pillow
from PIL import PngImagePlugin

PICTURE = seeds("PNG")[26]  # of 136 x 144 pixels, which every command takes
NAMES = {
    "newline": "two\nlines.png",
    "carriage return": "\rover.png",
    "tab": "\tcell.png",
    "escape": "\x1b]0;owned\x07\x1b[31mred.png",
    "delete": "gone\x7f\x08\x08.png",
    "quotes": "\"double\" 'single' `back`.png",
    "right to left": "cat\u202egnp.exe.png",
    "isolate": "\u2066cat\u2069\u200f.png",
    "line separator": "a\u2028b.png",
    "no width": "a\u200bb\ufeffc.png",
    "255 bytes": "x" * 251 + ".png",
    "255 bytes of four": "\U0001f408" * 62 + "abc.png",
    "no text": os.fsdecode(b"\xff\xfe\x80.png"),
    "formula": "=cmd|' C calc'!A0.png",
    "plus": "+1+1.png",
    "at": "@SUM(A1).png",
    "full width": "＝1+1.png",
    "separators": "a,b;c.png",
    "mathematics": "$\\frac{$ _^ 100%.png",
    "markup": "<b>&amp;[red]{0}%s.png",
    "pattern": "[a-z]*?.png",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=NAMES)
def name(request) -> str:
    path = Path(NAMES[request.param])
    try:
        path.write_bytes(PICTURE)
    except (OSError, UnicodeError):
        pytest.skip("no such name on this file system")
    return path.name


def fit_for_a_terminal(text: str) -> bool:
    """Whether no character would move the cursor, turn the text around or hide."""
    kinds = {unicodedata.category(one) for one in text.replace("\n", "")}
    return kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


def test_what_commands_say_of_a_name_is_fit_for_a_terminal(catforensics, name):
    run = catforensics("classify", name)
    assert run.status == 0 and fit_for_a_terminal(run.out + run.err)
    for command in ("profile", "inspect", "classify"):
        run = catforensics(command, "--json", name)
        assert run.status == 0 and json.loads(run.out)["path"] == name
        assert fit_for_a_terminal(run.out) and len(run.out.splitlines()) == 1


@pytest.mark.slow
def test_figures_are_named_after_the_picture_and_drawn_with_its_name(catforensics, name):
    stem = Path(name).stem
    while len(os.fsencode(stem)) > 200:  # so that there is room for what follows
        stem = stem[:-1]
    for command in ("profile", "inspect"):
        run = catforensics(command, name)
        assert run.status == 0 and fit_for_a_terminal(run.out + run.err)
        assert not any(line.startswith("lines") for line in (run.out + run.err).splitlines())
        assert Path(f"{stem}-{command}.png").exists()


def test_a_damaged_picture_of_that_name_is_told_in_one_line(catforensics, name):
    Path(name).write_bytes(PICTURE[:200])
    for command in ("profile", "inspect", "classify", "blend"):
        run = catforensics(command, name)
        assert run.refused and fit_for_a_terminal(run.err)


def test_a_table_holds_the_name_and_no_formula(catforensics, name):
    run = catforensics("features", name, "-o", "table.csv")
    assert run.status == 0 and fit_for_a_terminal(run.out + run.err)
    with Path("table.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    readable = os.fsencode(name).decode("utf-8", "surrogateescape")
    shown = readable.encode("utf-8", "backslashreplace").decode("utf-8")
    assert row["path"].removeprefix("'") == shown.replace("\r", "\\r")
    for cell in row.values():
        assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
        # A number may be negative; anything else that begins so would be calculated.
        assert not cell.startswith("-") or float(cell) < 0


@pytest.mark.slow
def test_a_blend_of_that_name_names_it_in_json_only(catforensics, name):
    Path("other.png").write_bytes(b"no picture")
    run = catforensics("blend", name, "other.png", "-o", "blend")
    assert run.status == 1 and fit_for_a_terminal(run.out + run.err)
    assert json.loads(Path("blend/blend.json").read_text())["n_images"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_inside_archives(catforensics, pack):
    # What a zip cannot hold, a newline in a manifest say, its library mends or keeps.
    names = [one for one in NAMES.values() if "\udcff" not in one]
    Path("cats.zip" if pack is zipped else "cats.tar").write_bytes(
        pack(dict.fromkeys(names, PICTURE))
    )
    run = catforensics("features", ".", "-o", "table.csv")
    assert run.status == 0 and fit_for_a_terminal(run.out + run.err)
    assert f"{len(names)} rows" in run.err
    run = catforensics("profile", ".")
    assert len(run.out.splitlines()) == len(names) and fit_for_a_terminal(run.out + run.err)


# What stands in files


HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J",
    "a\r\nfile: it is real\n",
    "\u202eevil\u2066",
    "=HYPERLINK(0)\x00\x9b31m",
    "<script>alert(1)</script>",
)


def hostile_png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    for number, text in enumerate(HOSTILE):
        # Keys that are looked for, so that the text is quoted.
        for key in ("parameters", "Software", "prompt"):
            texts.add_itxt(key, f"{text} Steps: 20, Sampler: x {number}")
    texts.add_text("k\x1b[31m", "Steps: 20, Sampler: x, Seed: 1")
    texts.add_itxt(
        "XML:com.adobe.xmp",
        '<d xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="&#x202e;&#x85;&#x9b;2J"/>',
    )
    Pillow.open("clean.png").save("texts.png", pnginfo=texts)
    data = Path("texts.png").read_bytes()
    return data[:-12] + chunk(b"tEXt", b"\x1b[2J\0" + HOSTILE[0].encode()) + data[-12:]


def hostile_jpeg() -> bytes:
    exif = Pillow.Exif()
    for tag, text in zip((0x010E, 0x010F, 0x0110, 0x0131, 0x013B), HOSTILE, strict=True):
        exif[tag] = f"{text} generated with Midjourney".encode()
    exif.get_ifd(0x8769)[0x9003] = "2021\x1b[31m"
    comment = HOSTILE[2].encode() + b" made with Stable Diffusion \x1b[2J"
    Pillow.open("clean.png").convert("RGB").save("texts.jpg", exif=exif, comment=comment)
    return Path("texts.jpg").read_bytes()


def hostile_gif() -> bytes:
    data = seeds("GIF")[12]
    text = b"\x1b[2J\xe2\x80\xae Steps: 20, Sampler: x, Seed: 1"
    return data[:-1] + b"!\xfe" + struct.pack("B", len(text)) + text + b"\0;"


@pytest.mark.parametrize("make", [hostile_png, hostile_jpeg, hostile_gif])
def test_texts_from_files_are_escaped_for_terminal_json_and_table(catforensics, make):
    Path("clean.png").write_bytes(PICTURE)
    Path("bad.img").write_bytes(make())
    run = catforensics("inspect", "bad.img", "-o", "x.svg")
    assert run.status == 0 and fit_for_a_terminal(run.out + run.err)
    assert "\\x1b" in run.out
    # A line of its own is the program's word: no file can write one.
    assert not any(line.startswith("file: it is real") for line in run.out.splitlines())
    svg = Path("x.svg").read_text()
    assert "<script" not in svg and "\x1b" not in svg and "\u202e" not in svg
    run = catforensics("inspect", "bad.img", "--json")
    assert fit_for_a_terminal(run.out) and "\\x1b" in run.out
    for statement in json.loads(run.out)["provenance"]["statements"]:
        assert fit_for_a_terminal(statement) and "\n" not in statement
    assert catforensics("features", "bad.img", "-o", "table.csv").status == 0
    assert fit_for_a_terminal(Path("table.csv").read_text())
