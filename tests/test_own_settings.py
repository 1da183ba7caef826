"""Nothing that the user has set for other programs changes a result."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import MINUTES

COMMANDS = Path(__file__).parent / "made" / "commands.py"
MATPLOTLIBRC = """
image.origin: lower
image.cmap: gray
image.lut: 3
image.interpolation: bilinear
image.aspect: auto
lines.linestyle: none
lines.linewidth: 9
lines.marker: o
text.usetex: True
text.color: red
text.parse_math: True
font.family: serif
font.size: 30
axes.grid: True
axes.facecolor: black
axes.prop_cycle: cycler(color="rgb")
axes.formatter.use_locale: True
axes.xmargin: 0.4
axes.unicode_minus: False
figure.facecolor: black
figure.autolayout: True
figure.constrained_layout.use: True
savefig.bbox: tight
savefig.dpi: 33
savefig.transparent: True
savefig.facecolor: green
savefig.format: pdf
svg.fonttype: none
svg.hashsalt: mine
pdf.compression: 0
path.sketch: 5, 100, 2
patch.force_edgecolor: True
xtick.labelsize: 30
ytick.right: True
legend.loc: center
legend.frameon: True
no.such.key: 1
"""
HOSTILE = {
    "MPLBACKEND": "no such backend",
    "COLUMNS": "3",
    "LINES": "-1",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "LANG": "tr_TR.ISO-8859-9",
    "LC_ALL": "C",
    "TZ": "Pacific/Kiritimati",
    "PYTHONIOENCODING": "ascii:strict",
    "PYTHONOPTIMIZE": "2",
    "PYTHONHASHSEED": "7",
    "PYTHONWARNINGS": "error::UserWarning,always::DeprecationWarning",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/nowhere",
}
RUNS = [
    ["profile", "kätzchen.png"],
    ["profile", "kätzchen.png", "-o", "profile.svg", "--json"],
    ["inspect", "kätzchen.png"],
    ["inspect", "kätzchen.png", "-o", "inspect.pdf", "--json"],
    ["inspect", "gan"],
    ["report", "kätzchen.png", "-o", "report.html"],
    ["report", "gan", "--against", "real", "-o", "sets.html"],
    ["blend", "gan"],
    ["compare", "blend/blend.npz", "real"],
    ["spectrum", "gan"],
    ["classify", "gan"],
    ["features", "gan", "real", "-o", "features.csv"],
    ["audit", "gan", "real"],
    ["train", "gan", "real", "-o", "model.json"],
    ["evaluate", "gan", "real", "--model", "model.json", "-o", "evaluation", "--figures", "eps"],
    ["fingerprint", "gan", "-o", "fingerprint.npz"],
    ["link", "gan/0.png", "gan/2.png"],
    ["cluster", "gan"],
    ["align", "gan"],
    ["deliver", "gan", "--chain", "messenger", "-o", "delivered"],
    ["simulate", "gan", "-o", "simulated"],
    ["data", "sheet", "gan", "-o", "sheet.png"],
    ["demo"],
]


def results(folder: Path, **settings: str) -> tuple[str, dict[str, str]]:
    """What all commands print, and the files that they leave, by their hashes."""
    plain = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    run = subprocess.run(
        [sys.executable, str(COMMANDS), json.dumps(RUNS)],
        cwd=folder,
        env={**plain, "SOURCE_DATE_EPOCH": "1700000000", "OMP_NUM_THREADS": "1", **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=MINUTES,
    )
    assert run.returncode == 0 and run.stdout.count(b"ended with 0") == len(RUNS), (
        f"{run.stdout.decode()}\n{run.stderr.decode()[-3000:]}"
    )
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "matplotlibrc"
    }
    return run.stdout.decode(), files


@pytest.mark.slow
def test_no_setting_of_the_user_changes_a_result(picture_folder, tmp_path, cat):
    from PIL import Image as Pillow

    folders = []
    gan, real = picture_folder(20, "gan"), picture_folder(20, "real")
    for name in ("plain", "hostile"):
        folder = tmp_path / name
        folder.mkdir()
        for pictures in (gan, real):
            (folder / pictures.name).mkdir()
            for one in pictures.iterdir():
                os.link(one, folder / pictures.name / one.name)
        Pillow.fromarray(cat[:128, :140]).save(folder / "kätzchen.png")
        folders.append(folder)
    plain, hostile = folders
    (hostile / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    said, files = results(plain)
    assert len(files) > 100 and {"report.html", "kätzchen-inspect.png"} <= set(files)
    said_there, files_there = results(hostile, **HOSTILE)
    assert said_there == said
    assert files_there == files


def test_a_report_has_the_date_that_is_asked_for(catforensics, tmp_path, monkeypatch, cat):
    from PIL import Image as Pillow

    monkeypatch.chdir(tmp_path)
    Pillow.fromarray(cat[:70, :80]).save("cat.png")
    pages = []
    for zone in ("UTC", "Asia/Tokyo"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        monkeypatch.setenv("TZ", zone)
        assert catforensics("report", "cat.png", "-o", "report.html", "--force").status == 0
        pages.append(Path("report.html").read_bytes())
    assert pages[0] == pages[1] and b"2023-11-14T22:13:20+00:00" in pages[0]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    run = catforensics("report", "cat.png", "-o", "other.html")
    assert run.refused and "SOURCE_DATE_EPOCH is 'yesterday'" in run.err


@pytest.mark.parametrize("where", ["here", "by variable", "at home"])
def test_settings_that_are_no_text_are_no_traceback(picture_folder, tmp_path, cat, where):
    picture = picture_folder(1) / "0.png"
    place = {"here": tmp_path, "by variable": tmp_path / "x", "at home": tmp_path / "matplotlib"}
    place[where].mkdir(exist_ok=True)
    (place[where] / "matplotlibrc").write_bytes(b"axes.titlesize: gro\xdf\xff\n")
    settings = {"MATPLOTLIBRC": str(place[where])} if where == "by variable" else {}
    settings |= {"XDG_CONFIG_HOME": str(tmp_path)} if where == "at home" else {}
    run = subprocess.run(
        [sys.executable, "-m", "forensics", "profile", str(picture), "-o", "profile.png"],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES,
    )
    assert run.returncode == 0 and "Traceback" not in run.stderr, run.stderr
    assert (tmp_path / "profile.png").exists()
