from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forensics.traces.fingerprints.whitening import (
    log_largest_chance,
    log_normal_tail,
    normal_score,
)


@given(st.floats(-7, 37))
def test_the_tail_is_that_of_a_normal_variable(score):
    assert log_normal_tail(score) == pytest.approx(stats.norm.logsf(score), rel=1e-6, abs=1e-12)


@given(st.floats(-6, 200))
def test_the_score_is_the_inverse_of_the_tail(score):
    assert normal_score(log_normal_tail(score)) == pytest.approx(score, abs=1e-5)


@given(st.floats(-3, 9), st.integers(1, 10**6))
def test_the_largest_of_many_is_as_likely_as_independence_says(score, n):
    expected = -math.expm1(n * math.log1p(-stats.norm.sf(score)))
    assert math.exp(log_largest_chance(score, n)) == pytest.approx(expected, rel=1e-4, abs=1e-300)
