"""Blocks and cells: means of them, whatever does not fill one is left out."""

from __future__ import annotations

import numpy as np
import pytest

from forensics.traces.blockwise import block_means, cell_means, mean_cell


@pytest.mark.parametrize("shape", [(64, 64), (70, 95), (64, 64, 3), (10, 64), (5, 5)])
def test_blocks_have_their_means(rng, shape):
    values = rng.normal(size=shape)
    expected = [
        values[top : top + 32, left : left + 32].mean(axis=(0, 1))
        for top in range(0, shape[0] - 31, 32)
        for left in range(0, shape[1] - 31, 32)
    ]
    found = block_means(values)
    assert found.shape == (len(expected), *shape[2:])
    assert np.allclose(found, np.reshape(expected, found.shape))


@pytest.mark.parametrize("shape", [(64, 96), (70, 33), (9, 40)])
def test_cells_have_the_means_of_their_four_places(rng, shape):
    values = rng.normal(size=shape)
    found = cell_means(values)
    for row, column in np.ndindex(2, 2):
        sides = [(side // 32 * 32) for side in shape]
        place = values[: sides[0], : sides[1]][row::2, column::2]
        assert np.allclose(found[:, row, column], block_means(place, 16))


def test_the_mean_cell_is_the_mean_of_all_cells(rng):
    values = rng.normal(size=(41, 30))
    cells = [
        values[top : top + 4, left : left + 4]
        for top in range(0, 40, 4)
        for left in range(0, 28, 4)
    ]
    assert np.allclose(mean_cell(values, 4), np.mean(cells, axis=0))
