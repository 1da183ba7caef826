from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20210401)


@pytest.fixture
def cat() -> np.ndarray:
    """A real cat, (300, 451, 3), from the scikit-image wheel."""
    import skimage.data

    return skimage.data.chelsea()


@pytest.fixture
def data() -> Path:
    """The private test sets."""
    folder = os.environ.get("CATFORENSICS_DATA")
    if not folder:
        pytest.skip("CATFORENSICS_DATA is not set: the shared sets are not here")
    return Path(folder)
