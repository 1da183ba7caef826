"""Medians: those of numpy to the last bit, whatever the values are like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forensics.traces.medians import median, medians

FLOATS = st.sampled_from([np.float32, np.float64])
FINITE = st.floats(-1e6, 1e6, width=32)


@given(FLOATS.flatmap(lambda kind: hnp.arrays(kind, st.integers(1, 99), elements=FINITE)))
def test_the_median_is_that_of_numpy(values):
    assert median(values) == float(np.median(values))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [8193, 40_000, 262_144])
def test_many_values_are_looked_for_between_two(rng, n, dtype):
    noise = rng.normal(size=n)
    for values in (noise, np.sort(noise), np.round(noise), np.zeros(n), np.where(noise > 2, 9, 1)):
        assert median(values.astype(dtype)) == float(np.median(values.astype(dtype)))


def test_a_plane_that_repeats_in_its_columns_misleads_nobody(rng):
    plane = np.tile(rng.normal(size=(1, 512)), (512, 1)).astype(np.float32)
    assert median(plane) == float(np.median(plane))


@pytest.mark.parametrize("n", [1, 2, 15, 16, 31])
@pytest.mark.parametrize("axis", [0, 1])
def test_lines_have_the_medians_of_numpy(rng, n, axis):
    values = rng.normal(size=(n, n)).astype(np.float32)
    found = medians(values, axis=axis)
    assert found.dtype == np.float32
    assert np.array_equal(found, np.median(values, axis=axis))
