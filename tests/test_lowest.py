"""constraints-lowest.txt holds the floors of pyproject.toml, each as it stands there."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FOR_DEVELOPERS = {"dev", "docs"}


def floors() -> dict[str, Version]:
    """Every library that users may get, and the lowest version that is allowed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].items()
    listed = [
        *project["dependencies"],
        *(each for name, extra in extras if name not in FOR_DEVELOPERS for each in extra),
    ]
    lowest = {}
    for requirement in map(Requirement, listed):
        (floor,) = [each.version for each in requirement.specifier if each.operator == ">="]
        lowest[requirement.name] = Version(floor)
    return lowest


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    lines = (ROOT / "constraints-lowest.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    assert {name: Version(version) for name, version in pins} == floors()
