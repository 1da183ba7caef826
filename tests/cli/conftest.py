"""What tests of commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Facts = dict[str, tuple[int, int]]


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
