"""Nothing is missing from the docs: commands, public names, pages, figures, notebooks."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

import forensics

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

FLOORS = ("images", "traces", "engine", "detection", "views", "errors")


def public() -> list[str]:
    """Every public name, once, at its shortest path."""
    front = [name for name in forensics.__all__ if name not in FLOORS]
    found = [f"forensics.{name}" for name in front]
    for floor in FLOORS:
        names = getattr(forensics, floor).__all__
        found += [f"forensics.{floor}.{name}" for name in names if name not in front]
    return found


PUBLIC = public()
REAL = "real sets"
"""What notebooks/sets.py says where it finds them."""
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = [*DOCS.glob("*.md"), *DOCS.glob("guides/*.md")]


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    from reference import pages

    return pages()


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_stands_in_the_reference(name: str, generated: dict[str, str]) -> None:
    entry = re.compile(rf"^\.\. auto(function|class|exception):: {re.escape(name)}$", re.MULTILINE)
    assert sum(len(entry.findall(page)) for page in generated.values()) == 1


def test_every_public_name_has_one_page_and_no_other_has_one(generated: dict[str, str]) -> None:
    entries = re.findall(r"^\.\. auto\w+:: (\S+)$", "\n".join(generated.values()), re.MULTILINE)
    assert sorted(entries) == sorted(PUBLIC)


def test_every_column_of_features_stands_in_the_reference(generated: dict[str, str]) -> None:
    from forensics.detection import feature_columns

    for one in feature_columns():
        assert generated["detection"].count(f"\n| {one.name} |") == 1


def test_every_command_and_option_stands_in_the_reference(generated: dict[str, str]) -> None:
    from reference import commands

    page = generated["commands"]
    found = dict(commands())
    assert {"blend", "inspect", "serve", "data collect"} <= set(found)
    for name, command in found.items():
        _, _, rest = page.partition(f"## catforensics {name}\n")
        section = rest.partition("\n## ")[0]
        assert " ".join(command.help.split()) in " ".join(section.split())
        for parameter in command.params:
            if parameter.name != "help":
                for option in parameter.opts:
                    spelled = option if option.startswith("-") else option.upper()
                    assert f"`{spelled}`" in section or parameter.metavar in section


def test_every_page_is_in_one_chapter() -> None:
    chapters = "".join(path.read_text() for path in DOCS.glob("chapters/*.md"))
    pages = [page.relative_to(DOCS).with_suffix("") for page in PAGES]
    pages += [Path("generated", path.stem) for path in NOTEBOOKS]
    for page in pages:
        assert chapters.count(f"\n/{page}\n") == (page != Path("index"))
    index = (DOCS / "index.md").read_text()
    for chapter in DOCS.glob("chapters/*.md"):
        assert f"\nchapters/{chapter.stem}\n" in index


def test_every_figure_is_shown_and_made_by_a_command() -> None:
    text = "".join(page.read_text() for page in PAGES)
    scripts = (DOCS / "make_figures.py").read_text() + "".join(
        script.read_text() for script in (ROOT / "benchmarks").glob("*.py")
    )
    for figure in (DOCS / "figures").iterdir():
        assert f"figures/{figure.name}" in text
        assert re.search(rf"\b{figure.stem}\b", scripts)
        assert figure.stat().st_size < 2e6


def test_figures_say_in_words_what_they_show() -> None:
    for page in [*PAGES, ROOT / "README.md"]:
        for words in re.findall(r"!\[(.*?)\]\(", page.read_text(), flags=re.DOTALL):
            assert len(words) > 30


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_as_they_ran(notebook: Path) -> None:
    cells = json.loads(notebook.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert sum(len(cell["outputs"]) for cell in code) >= len(code) // 2
    said = "".join("".join(output.get("text", "")) for cell in code for output in cell["outputs"])
    assert not re.search(r"Traceback|/home/|/root/|/tmp/|/Users/", said)
    assert REAL not in said  # no picture of anybody's is kept
    assert notebook.stat().st_size < 2e6


def test_notebooks_are_numbered() -> None:
    assert [int(path.stem[:2]) for path in NOTEBOOKS] == [1, 2, 3, 4, 5, 6]


def test_built_pages_know_every_name(built: Path) -> None:
    from sphinx.util.inventory import InventoryFile

    with (built / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda a, b: b)
    found = {name for kind in inventory for name in inventory[kind] if kind.startswith("py:")}
    assert set(PUBLIC) <= found


def test_built_pages_ask_no_network(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        asked = re.findall(r'(?:src|href)="(https?://[^"]+)"', page.read_text())
        loaded = re.findall(
            r'<(?:script|link|img)[^>]*(?:src|href)="(https?://[^"]+)"', page.read_text()
        )
        assert not loaded, (page, asked)
