"""What tests of commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Facts = dict[str, tuple[int, int]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to run in, and a terminal of 100 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    return tmp_path


@pytest.fixture
def cats(picture_folder: Callable[..., Path]) -> str:
    """The name of a folder of four pictures."""
    return picture_folder(4).name


@pytest.fixture
def everything() -> Callable[[], Facts]:
    """Tells each path below here, hidden ones too, with what would change if it were written."""

    def tell() -> Facts:
        found = {}
        for path in Path().rglob("*"):
            facts = path.lstat()
            found[str(path)] = (facts.st_ino, facts.st_mtime_ns if not path.is_dir() else 0)
        return found

    return tell
