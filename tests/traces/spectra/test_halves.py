"""Half a spectrum: what is read of it is what the whole would say."""

from __future__ import annotations

import numpy as np
import pytest

from forensics.traces.filters import box_mean
from forensics.traces.spectra.halves import folded, local_log_mean, surrounded

SHAPES = [(16, 16), (15, 17), (24, 9)]


@pytest.fixture(params=SHAPES)
def whole(request, rng) -> np.ndarray:
    """Power of a plane at all its frequencies."""
    return np.abs(np.fft.fft2(rng.normal(size=request.param))) ** 2


def half_of(whole: np.ndarray) -> np.ndarray:
    return whole[:, : whole.shape[1] // 2 + 1]


def test_every_bin_of_the_whole_is_held_somewhere(whole):
    rows, columns = np.indices(whole.shape)
    assert np.allclose(half_of(whole)[folded(rows, columns, whole.shape)], whole)


def test_the_neighbours_are_those_of_the_whole(whole):
    half = half_of(whole)
    framed = surrounded(half, whole.shape[1], 2)
    rows = np.arange(-2, half.shape[0] + 2) % whole.shape[0]
    columns = np.arange(-2, half.shape[1] + 2) % whole.shape[1]
    assert np.allclose(framed, whole[np.ix_(rows, columns)])


def test_the_level_is_that_of_the_whole(whole):
    padded = np.pad(np.log(whole + 1e-9), 1, mode="wrap")
    expected = box_mean(padded, 3)[1:-1, 1:-1]
    assert np.allclose(local_log_mean(half_of(whole), whole.shape[1], 3, 1e-9), half_of(expected))
