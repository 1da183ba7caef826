from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import fdtrc

from forensics.traces.significance import (
    SMALLEST,
    Tail,
    f_tail,
    fisher,
    holm,
    line_evidence,
    nyquist_evidence,
)

P = st.floats(1e-30, 1)
SEVERAL = st.lists(P, min_size=1, max_size=6)


# Fisher


@given(SEVERAL)
def test_fisher_agrees_with_scipy(p_values):
    from scipy.stats import combine_pvalues

    expected = combine_pvalues(p_values, method="fisher").pvalue
    assert fisher(p_values) == pytest.approx(max(expected, SMALLEST), rel=1e-6)


@given(P)
def test_fisher_of_one_is_that_one(p):
    assert fisher([p]) == pytest.approx(p, rel=1e-9)


@given(SEVERAL, st.randoms(use_true_random=False))
def test_fisher_knows_no_order(p_values, random):
    shuffled = random.sample(p_values, len(p_values))
    assert fisher(shuffled) == pytest.approx(fisher(p_values), rel=1e-9)


@given(SEVERAL, st.data())
def test_fisher_grows_with_each(p_values, data):
    which = data.draw(st.integers(0, len(p_values) - 1))
    larger = list(p_values)
    larger[which] = data.draw(st.floats(larger[which], 1))
    assert fisher(larger) >= fisher(p_values) * (1 - 1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_fisher_is_a_chance_and_never_zero(p_values):
    assert SMALLEST <= fisher(p_values) <= 1


# Holm


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_corrects_upwards_at_most_by_their_number(p_values):
    adjusted = holm(p_values)
    assert len(adjusted) == len(p_values)
    for p, q in zip(p_values, adjusted, strict=True):
        assert p <= q <= 1
    if p_values:
        assert min(adjusted) == min(1, len(p_values) * min(p_values))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_holm_keeps_the_ranks(p_values):
    pairs = sorted(zip(p_values, holm(p_values), strict=True))
    assert [q for _, q in pairs] == sorted(q for _, q in pairs)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8, unique=True))
def test_holm_knows_no_order(p_values):
    backwards = holm(p_values[::-1])[::-1]
    assert backwards == holm(p_values)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 0.05), min_size=1, max_size=8))
def test_holm_rejects_what_the_stepwise_rule_rejects(p_values):
    rejected, still = set(), True
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        still = still and (len(p_values) - rank) * p_values[i] <= 0.05
        if still:
            rejected.add(i)
    assert {i for i, q in enumerate(holm(p_values)) if q <= 0.05} == rejected


# The bins of a spectrum


@given(st.floats(0, 1e4), st.floats(2, 60))
def test_nyquist_is_the_tail_of_f(ratio, half):
    from scipy.stats import f

    expected = -f.logsf(ratio, 1, 2 * half)
    if expected < 600:
        assert nyquist_evidence(ratio, half) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@given(st.floats(2, 60), st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_power_is_more_evidence(half, one, other):
    ratios = np.array([one, other, 1.0])
    effective = np.full(3, half)
    first, second, _ = line_evidence(ratios, effective)
    assert (first <= second) == (one <= other) or math.isclose(first, second)
    assert math.isfinite(nyquist_evidence(max(one, other), half))


@given(st.floats(0, 100))
def test_a_well_known_noise_level_leaves_an_exponential(ratio):
    evidence = line_evidence(np.array([ratio, 0.0]), np.full(2, 1e7))
    assert evidence[0] == pytest.approx(ratio, rel=1e-3, abs=1e-9)


def test_trap_4_an_estimated_noise_level_is_less_evidence():
    ratios = np.array([20.0, 0.0])
    few, many = (line_evidence(ratios, np.full(2, n))[0] for n in (5.0, 50.0))
    assert few < many < 20


# The tail


def test_the_tail_of_an_exponential_is_its_own():
    evidence = np.random.default_rng(0).exponential(1, 20_000)
    tail = Tail(evidence)
    for value in (2.0, 3.0, 5.0):
        assert tail.p_value(value) == pytest.approx(math.exp(-value), rel=0.15)


@given(st.lists(st.floats(0, 50), max_size=60), st.floats(0, 100), st.floats(0, 100))
def test_a_tail_falls_and_is_a_chance(values, one, other):
    tail = Tail(np.array(values))
    low, high = sorted((one, other))
    if low > tail.start:
        assert 0 <= tail.p_value(high) <= tail.p_value(low) <= 0.2
    else:
        assert tail.p_value(low) == 0


def test_heavier_tails_are_more_cautious():
    rng = np.random.default_rng(1)
    light, heavy = rng.exponential(1, 400), rng.exponential(1, 400) ** 1.5
    assert Tail(heavy).p_value(12) > 5 * Tail(light).p_value(12)


def test_a_tail_of_nothing_says_nothing():
    assert Tail(np.array([])).p_value(5) == 0 == Tail(np.ones(9)).p_value(5)


# The tail of F


@pytest.mark.parametrize("shape", [0.15, 0.5, 1.0, 3.0, 1e5])
def test_the_tail_of_f_is_that_of_scipy(rng, shape):
    first = shape * rng.choice([1, 2], 300)
    second = 2 * shape * rng.uniform(5, 150, 300)
    ratios = np.exp(rng.uniform(-6, 6, 300))
    expected = fdtrc(first, second, ratios)
    there = expected > 1e-300
    found = f_tail(first, second, ratios)
    assert np.allclose(found[there], expected[there], rtol=1e-6, atol=0)
    assert (found[~there] < 1e-290).all()


def test_a_ratio_of_nothing_is_certain_and_an_endless_one_is_not():
    one = np.ones(2)
    assert f_tail(one, 9 * one, np.array([0.0, 1e300])).tolist() == [1.0, 0.0]


def test_the_tail_of_f_is_exact_where_the_field_needs_it(rng):
    first, second = np.full(64, 2.0), np.full(64, 280.0)
    ratios = rng.gamma(1, 1, 64)
    assert np.allclose(f_tail(first, second, ratios), fdtrc(first, second, ratios), rtol=1e-11)
