from __future__ import annotations

import numpy as np
import pytest

from forensics.errors import ImageShapeError
from forensics.traces.fingerprints.link import link

SIDE = 160


def photograph(seed: int) -> np.ndarray:
    rough = np.random.default_rng(seed).normal(size=(SIDE, SIDE))
    return 120 + np.cumsum(rough, axis=0) / 3 + 8 * rough


def shared() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(SIDE, SIDE))


def test_two_pictures_with_one_pattern_are_linked():
    found = link(photograph(1) + 4 * shared(), photograph(2) + 4 * shared())
    assert found.linked and found.z > 6 and found.compared_at == (SIDE, SIDE)


def test_two_pictures_without_are_not():
    z = [link(photograph(i), photograph(50 + i)).z for i in range(40)]
    assert abs(np.mean(z)) < 0.6 and np.std(z) < 1.4 and max(z) < 4.5


def test_the_order_does_not_matter():
    one, other = photograph(3) + 3 * shared(), photograph(4) + 3 * shared()
    assert link(one, other).z == pytest.approx(link(other, one).z, rel=1e-4)


def test_what_a_pipeline_shares_links_nothing():
    grid = 2.0 * ((np.arange(SIDE) % 8 == 0)[:, np.newaxis] | (np.arange(SIDE) % 8 == 0))
    assert not link(photograph(5) + grid, photograph(6) + grid).linked


def test_sizes_must_agree():
    with pytest.raises(ImageShapeError, match="one size"):
        link(photograph(1), photograph(2)[:, :100])
    with pytest.raises(ImageShapeError, match="96 x 96"):
        link(photograph(1)[:50, :50], photograph(2)[:50, :50])
