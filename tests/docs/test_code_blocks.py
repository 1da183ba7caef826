"""Every code block of the docs runs, in the order of its page, on pictures made for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter

import forensics as cf

ROOT = Path(__file__).parents[2]
FEW = ROOT / "tests" / "made" / "few.py"
sys.path.insert(0, str(ROOT / "docs"))

PAGES = [
    *(ROOT / name for name in ("README.md", "data/README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
DRAWN = ("none", "{toctree}", "{include}")
ELSEWHERE = re.compile(
    # What asks a package index, another machine or real data, never ends, or is CI itself.
    r"^(pip install|cd |python3 -m venv|source |make |bash \.ci/run|curl |catforensics serve)"
    r"|(tcp|s3|gs|https)://|path/to/data|gan/thiscatdoesnotexist"
)
NO_END = re.compile(r"^(catforensics serve|catforensics data collect|python3 -m venv)")


def words(page: Path) -> str:
    """A page, or what a notebook says between its cells of code, which nbmake runs."""
    if page.suffix == ".md":
        return page.read_text()
    cells = json.loads(page.read_text())["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Kind and text of every fenced block of a page."""
    for found in FENCE.finditer(words(page)):
        yield found[1], found[2]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages take to be there: sets, single pictures, an archive."""
    folder = tmp_path_factory.mktemp("desk")
    rng = np.random.default_rng(9)

    def soft(side: int) -> np.ndarray:
        smooth = gaussian_filter(rng.normal(0, 1, (side, side, 3)), (4, 4, 0))
        pixels = smooth / smooth.std() * 40 + 120 + rng.normal(0, 3, (side, side, 3))
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)

    layer = cf.images.simulated(soft(160), "transposed-3", rng=rng).layer

    def made(side: int) -> np.ndarray:
        return cf.images.simulated(soft(side), layer, strength=2.0, rng=rng).pixels

    sets = {
        "account": (24, made),
        "photographs": (24, soft),
        "gan": (22, made),
        "real": (22, soft),
    }
    sets |= {"test-gan": (22, made), "test-real": (22, soft), "inbox": (6, made)}
    for name, (n, make) in sets.items():
        (folder / name).mkdir()
        for number in range(n):
            Pillow.fromarray(make(144)).save(folder / name / f"{number}.png")
    for name in ("suspect", "images", "cats", "accounts"):
        shutil.copytree(folder / "account", folder / name)
    shutil.copytree(folder / "photographs", folder / "photos")
    faces = folder / "cat-dataset"
    faces.mkdir()
    cat = skimage.data.chelsea()
    large = cf.images.resized(cat, 3.0)
    Pillow.fromarray(large).save(faces / "cat.jpg", quality=95)
    points = (170, 110, 280, 120, 215, 190, 90, 60, 100, 10, 160, 40, 280, 40, 340, 20, 340, 80)
    (faces / "cat.jpg.cat").write_text(f"9 {' '.join(str(3 * one) for one in points)}")
    Pillow.fromarray(cat).save(folder / "cat.png")
    for name in ("img", "a", "b"):
        Pillow.fromarray(made(256)).save(folder / f"{name}.png")
    Pillow.fromarray(made(256)).save(folder / "suspect.jpg", quality=90)
    shipped = ROOT / "forensics/shipped/score.json"
    shutil.copyfile(shipped, folder / "model.json")
    shutil.make_archive(str(folder / "cats"), "zip", folder / "photographs")
    return folder


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], str]:
    """Runs a shell block, and tells what it said on stdout; learning goes over a few deliveries."""
    programs = tmp_path_factory.mktemp("bin")
    command = programs / "catforensics"
    command.write_text(f"#!{sys.executable}\n{FEW.read_text()}")
    command.chmod(0o755)
    path = os.pathsep.join(map(str, (programs, Path(sys.executable).parent, os.environ["PATH"])))
    environment = {**os.environ, "PATH": path, "COLUMNS": "100"}

    def run(text: str, folder: Path) -> str:
        lines = [line for line in text.splitlines() if not NO_END.match(line)]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{text}\nended with {done.returncode}:\n{done.stderr}"
        return done.stdout

    return run


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_blocks_of_a_page_run(
    page: Path,
    desk: Path,
    ran: Callable[[str, Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, object] = {}
    said = ""
    for kind, text in blocks(page):
        if kind == "sh":
            said = ran(text, tmp_path)
        elif kind == "python":
            said = executed(text, named(page), names)
        elif kind == "text":
            assert said.split() == text.split()
        elif kind == "console":
            for line in text.splitlines():
                assert ELSEWHERE.search(line), f"could be run, so let it be sh: {line}"
        else:
            assert kind in DRAWN, f"a block of kind {kind!r} is not run by anybody"
    plt.close("all")


def executed(text: str, page: str, names: dict[str, object]) -> str:
    """Run a Python block after those before it, and what it printed."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, page, "exec"), names)
    return out.getvalue()


def test_the_page_of_commands_has_their_examples() -> None:
    """They are run in `tests/cli/test_commands.py`."""
    from reference import pages

    from forensics.cli import app

    shown = "".join(text for kind, text in FENCE.findall(pages()["commands"]) if kind == "sh")
    for command in app.registered_commands:
        assert command.epilog.removeprefix("Example: ") in shown


def test_no_code_hides_in_indented_blocks() -> None:
    for page in PAGES:
        text = FENCE.sub("", words(page))
        for line in text.splitlines():
            assert not re.match(r" {4,}(catforensics|python|import|from|make|bash) ", line), (
                page,
                line,
            )


def test_the_example_of_a_trace_is_short() -> None:
    first, *_ = (text for kind, text in blocks(ROOT / "docs/add-a-trace.md") if kind == "python")
    assert len(first.splitlines()) <= 40
