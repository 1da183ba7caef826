from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forensics.traces.fingerprints.null import (
    log_largest_chance,
    log_normal_tail,
    normal_score,
    phase_chance,
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


@pytest.mark.parametrize("heavy", [0, 4, 60])
def test_chances_are_uniform_where_phases_are(heavy):
    rng = np.random.default_rng(heavy)
    sizes = rng.random(400) + 0.1
    sizes[:heavy] *= 25
    chances = np.array(
        [
            math.exp(phase_chance(sizes * np.exp(2j * np.pi * rng.random(400)))[1])
            for _ in range(3000)
        ]
    )
    for level in (0.5, 0.1, 0.02):
        assert np.mean(chances < level) < 1.35 * level


def test_few_bins_that_agree_are_less_likely_than_a_normal_variable_would_have_it():
    score, log_chance = phase_chance(np.full(20, 2 + 0j))
    assert score > math.sqrt(2 * 20) and log_chance < log_normal_tail(math.sqrt(2 * 20))


def test_one_loud_bin_proves_nothing():
    products = np.ones(2000, complex) * np.exp(2j * np.pi * np.random.default_rng(1).random(2000))
    products[0] = 1e6
    assert phase_chance(products)[0] < 2


@given(st.floats(0.01, 100), st.integers(0, 99))
def test_scale_does_not_matter(scale, seed):
    rng = np.random.default_rng(seed)
    products = rng.normal(size=50) + 1j * rng.normal(size=50)
    assert phase_chance(scale * products)[0] == pytest.approx(phase_chance(products)[0], abs=1e-6)


def test_nothing_is_as_likely_as_not():
    assert phase_chance(np.zeros(5, complex)) == (0.0, math.log(0.5))
