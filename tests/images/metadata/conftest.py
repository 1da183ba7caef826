from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def found_in() -> Callable[[bytes], object]:
    from forensics.images.metadata.containers import read_container

    return read_container
