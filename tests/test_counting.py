"""One of a thing is told in the singular, everywhere: `counted` is the only place that decides."""

from __future__ import annotations

import re
from pathlib import Path

import forensics as cf
from forensics.counting import counted

PACKAGE = Path(cf.__file__).parent
COUNTED = re.compile(
    r"""\{(?:len\([^{}]*\)|[\w.\[\]]*\bn(?:_\w+)?|[\w.]+\.n)(?::,)?\}\ (?:\w+\ )?
    (?:pictures|files|faces|frames|pages|places|rows|sources|inspections|repeats|requests
    |channels|workers|deliveries)\b""",
    re.VERBOSE,
)


def test_there_is_one_and_there_are_several():
    assert counted(1, "file") == "1 file" and counted(0, "file") == "0 files"
    assert counted(2, "copy", "copies") == "2 copies"


def test_no_message_counts_by_itself():
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text().splitlines()
        if COUNTED.search(line) and "ValueError" not in line and "counted(" not in line
    ]
    assert found == []


def test_one_picture_is_one(cat, tmp_path, monkeypatch, catforensics, picture_folder):
    assert repr(cf.blend([cat])).startswith("<Blend of 1 picture: ")
    assert repr(cf.classify([cat])).startswith("<1 inspection: ")
    assert "<Features of 1 picture: " in repr(cf.features([cat]))
    monkeypatch.chdir(tmp_path)
    one = picture_folder(1).name
    for words in (["compare", one, one, "--json"], ["classify", one], ["blend", one]):
        run = catforensics(*words)
        assert "1 pictures" not in run.out + run.err, words
    said = catforensics("inspect", f"{one}/0.png", "--frame", 3).err
    assert "has 1 frame alone: there is no frame 3, pass --frame 0" in said
