from __future__ import annotations

import ast
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import forensics

ROOT = Path(forensics.__file__).parent
PROJECT = Path(__file__).parents[1]
HEAVY = ("numpy", "PIL", "matplotlib", "scipy", "skimage", "sklearn", "dask")


def loaded(program: str, *arguments: object) -> set[str]:
    """Return which of the heavy packages a fresh interpreter loads for a program."""
    told = f"\nimport sys; print(*{{*{HEAVY!r}}} & {{*sys.modules}}, file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", program + told, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stderr.split())


COMMAND = """
from forensics.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end
"""


FLOORS = ("images", "traces", "engine", "detection", "views")
DOORS = [forensics, *(getattr(forensics, name) for name in FLOORS)]
NAMES = [
    pytest.param(door, name, id=f"{door.__name__}.{name}")
    for door in DOORS
    for name in door.__all__
]
MOST = 45
"""Names that a person can look through."""


@pytest.mark.parametrize(("door", "name"), NAMES)
def test_every_public_name_is_there_and_explained(door, name):
    value = getattr(door, name)
    explained = inspect.getdoc(value) or ""
    assert len(explained) > 30
    if inspect.ismodule(value):
        assert door is forensics and value.__name__ == f"forensics.{name}"
        return
    assert value.__name__ == name and value.__module__.startswith("forensics.")
    # A dataclass without a docstring gets its own signature for one.
    assert not explained.startswith(f"{name}(")
    home = sys.modules[value.__module__]
    assert name in home.__all__ and getattr(home, name) is value


def test_the_front_door_has_few_names():
    assert len(forensics.__all__) <= MOST
    assert set(FLOORS) | {"errors"} == {
        name for name in forensics.__all__ if inspect.ismodule(getattr(forensics, name))
    }


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_nothing_foreign_is_listed(door):
    for name in door.__all__:
        getattr(door, name)
    assert dir(door) == sorted(door.__all__) and len(set(door.__all__)) == len(door.__all__)


@pytest.mark.parametrize("door", DOORS[1:], ids=lambda door: door.__name__)
def test_no_name_is_that_of_a_module_beside_it(door):
    modules = {found.name for found in pkgutil.iter_modules(door.__path__)}
    assert modules and not modules & set(door.__all__)


def test_the_front_door_gives_what_the_floors_give():
    for floor in DOORS[1:]:
        for name in set(forensics.__all__) & set(floor.__all__):
            assert getattr(forensics, name) is getattr(floor, name)


def test_names_are_listed_before_they_are_loaded():
    with pytest.raises(AttributeError, match="No forensics attribute nonsense"):
        forensics.nonsense  # noqa: B018


def test_importing_loads_nothing():
    assert loaded("import forensics, forensics.cli") == set()
    assert "numpy" in loaded("import forensics; forensics.blend")  # the check can fail


@pytest.mark.parametrize("arguments", [["--help"], ["blend", "--help"], ["--version"]])
def test_help_loads_nothing(arguments):
    assert loaded(COMMAND, *arguments) == set()


def test_profiling_one_picture_loads_neither_scipy_nor_figures(picture_folder):
    assert loaded(COMMAND, "profile", "--json", picture_folder(2) / "1.jpg") <= {"numpy", "PIL"}


def test_matplotlib_is_imported_in_one_place():
    importers = set()
    for path in ROOT.rglob("*.py"):
        for node in at_run_time(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "matplotlib" for name in names):
                importers.add(str(path.relative_to(ROOT)))
    assert {importer.rpartition("/")[0] for importer in importers} == {"views/figures"}


def at_run_time(tree: ast.AST):
    """Walk a syntax tree without the blocks that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        is_typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not is_typing:
            yield node
            yield from at_run_time(node)


def test_one_version_everywhere():
    if not (PROJECT / "pyproject.toml").exists():
        pytest.skip("only the wheel is here")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] == forensics.__version__
    citation = PROJECT / "CITATION.cff"
    if citation.exists():
        (line,) = [
            line for line in citation.read_text().splitlines() if line.startswith("version:")
        ]
        assert line.partition(":")[2].strip().strip("\"'") == forensics.__version__
