from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built pages."""
    folder = os.environ.get("CATFORENSICS_DOCS")
    if not folder:
        pytest.skip(
            "CATFORENSICS_DOCS does not name a folder of built pages: make docs builds them"
        )
    return Path(folder).resolve()
