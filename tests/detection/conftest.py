"""Two small sets that differ in every second row, for what learns and what judges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from known_score import known_score
from scipy.ndimage import gaussian_filter

from forensics.detection.classifier import train as training
from forensics.detection.classifier.train import Trained, train
from forensics.detection.verdict.score import ScoreModel
from forensics.images.delivery.encode import png_bytes
from forensics.images.sources.find import BytesSource

Soft = Callable[..., np.ndarray]
Sets = tuple[list[BytesSource], list[BytesSource]]
FEW_DELIVERIES = 12


def _soft(seed: int, side: int, *, rows: float = 0.0) -> np.ndarray:
    """Soft noise under some grain; with `rows`, brighter in every second and eighth row."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(0, 1, (side, side, 3)), (5, 5, 0))
    pixels = smooth / smooth.std() * 40 + 120 + rng.normal(0, 3, (side, side, 3))
    row = np.arange(side)
    pixels += rows * ((row % 2) + (row % 8 == 0))[:, np.newaxis, np.newaxis]
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _sets(n: int = 20, side: int = 200) -> Sets:
    gan, real = (
        [
            BytesSource(f"{folders[i % 2]}/{i}.png", png_bytes(_soft(start + i, side, rows=rows)))
            for i in range(n)
        ]
        for folders, start, rows in ((("one", "two"), 0, 4.0), (("a", "b"), 1000, 0.0))
    )
    return gan, real


@pytest.fixture(scope="session")
def soft() -> Soft:
    """Makes a soft picture from a seed and a side; with rows=4, a generated one."""
    return _soft


@pytest.fixture(scope="session")
def sets() -> Sets:
    """20 pictures of 200 x 200 each, of two folders each."""
    return _sets()


@pytest.fixture(scope="session")
def score_model() -> ScoreModel:
    """A score made by hand, whose every number is known."""
    return known_score()


@pytest.fixture
def few_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `train` try small deliveries on four pictures of each class."""
    monkeypatch.setattr(training, "_TRIED", 4)


@pytest.fixture(scope="session")
def kept() -> dict[str, np.ndarray]:
    """What `trained` has measured."""
    return {}


@pytest.fixture(scope="session")
def trained(sets: Sets, kept: dict[str, np.ndarray]) -> Trained:
    """A score of both sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_TRIED", 4)
        return train(*sets, name="rows", deliveries=FEW_DELIVERIES, kept=kept, workers=2)
