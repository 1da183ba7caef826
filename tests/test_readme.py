"""README.md keeps its word: its commands are the Makefile's, its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    return [line for line in README.splitlines() if line.startswith("python3 -m venv")]


def test_two_commands_of_one_line_each_set_everything_up() -> None:
    demo, test = commands()
    assert demo.endswith("catforensics demo")
    assert "pytest" in test


def test_the_makefile_runs_the_same_commands() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([\w-]+):$", makefile, flags=re.MULTILINE)
    assert makefile.splitlines()[1] == f".PHONY: {' '.join(targets)}"
    for command in commands():
        assert f"\t{command}\n" in makefile


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)h][^)]*)\)", README))
def test_links_lead_somewhere(name: str) -> None:
    assert (ROOT / name).is_file()


def test_the_python_block_runs(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cats").mkdir()
    for number in range(3):
        pixels = rng.integers(0, 256, (160, 130, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "cats" / f"{number}.png")
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(block.strip().splitlines()) <= 10
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert (tmp_path / "cats.npz").is_file()
    assert len(names["found"]) == 5  # type: ignore[arg-type]
    plt.close("all")


def test_every_command_is_documented() -> None:
    from forensics.cli import app, data_app

    for command in app.registered_commands:
        assert f"catforensics {command.name}" in README
    for command in data_app.registered_commands:
        assert f"data {command.name}" in README


def test_the_same_version_everywhere() -> None:
    import forensics

    assert f'version = "{forensics.__version__}"' in (ROOT / "pyproject.toml").read_text()
    assert f"version: {forensics.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {forensics.__version__} " in (ROOT / "CHANGELOG.md").read_text()


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 60
