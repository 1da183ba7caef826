"""Two small sets that differ in every second row, for what learns and what judges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from forensics.detection import samples, training
from forensics.detection.specimens import Running
from forensics.detection.training import Trained, train
from forensics.images.encoding import png_bytes
from forensics.images.sources import BytesSource

Soft = Callable[..., np.ndarray]
Sets = tuple[list[BytesSource], list[BytesSource]]


def _soft(seed: int, side: int, *, rows: float = 0.0) -> np.ndarray:
    """Soft noise under some grain; with `rows`, brighter in every second and eighth row."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(0, 1, (side, side, 3)), (5, 5, 0))
    pixels = smooth / smooth.std() * 40 + 120 + rng.normal(0, 3, (side, side, 3))
    row = np.arange(side)
    pixels += rows * ((row % 2) + (row % 8 == 0))[:, np.newaxis, np.newaxis]
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _sets(n: int = 20, side: int = 144) -> Sets:
    gan = [BytesSource(f"gan/{i}.png", png_bytes(_soft(i, side, rows=4.0))) for i in range(n)]
    real = [
        BytesSource(f"real/{'ab'[i % 2]}/{i}.png", png_bytes(_soft(1000 + i, side)))
        for i in range(n)
    ]
    return gan, real


@pytest.fixture(scope="session")
def soft() -> Soft:
    """Makes a soft picture from a seed and a side; with rows=4, a generated one."""
    return _soft


@pytest.fixture(scope="session")
def sets() -> Sets:
    """20 pictures of 144 x 144 each, the real ones from two folders."""
    return _sets()


@pytest.fixture
def few_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `train` measure a delivery or two of a picture rather than sixteen."""
    monkeypatch.setattr(samples, "_ROWS", 40)
    monkeypatch.setattr(training, "_TRIED", 2)


@pytest.fixture(scope="session")
def kept() -> dict[str, np.ndarray]:
    """What `trained` has measured."""
    return {}


@pytest.fixture(scope="session")
def trained(sets: Sets, kept: dict[str, np.ndarray]) -> Trained:
    """A model of both sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "_ROWS", 40)
        patch.setattr(training, "_TRIED", 2)
        return train(*sets, name="rows", kept=kept, running=Running(workers=2))
