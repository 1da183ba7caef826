"""The score: chances by a formula, the rest by curves, and a sum."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_score import known_score

from forensics.detection.verdict import score as module
from forensics.detection.verdict.score import (
    CHANCES,
    FEATURES,
    WEIGHED,
    Curve,
    chance_ratio,
    chances,
)
from forensics.errors import ParameterError

NATS = st.floats(0, 1e6)
LOG_ODDS = st.floats(-1e6, 1e6)
SOME = st.floats(-50, 50) | st.just(math.nan)
ROWS = st.lists(SOME, min_size=len(FEATURES), max_size=len(FEATURES)).map(np.array)
MODEL = known_score(base=-0.7)
ROUNDING = 1e-8


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    values = sorted(draw(st.lists(st.floats(-99, 99), min_size=1, max_size=8, unique=True)))
    rises = draw(st.lists(st.floats(0, 9), min_size=len(values), max_size=len(values)))
    return Curve(WEIGHED[0], np.array(values), draw(st.floats(-9, 9)) + np.cumsum(rises))


# Chances


@given(NATS, NATS)
def test_the_less_likely_by_chance_the_more_it_speaks_for_a_generator(one, other):
    likely, unlikely = chance_ratio([-min(one, other), -max(one, other)])
    assert unlikely >= likely - ROUNDING
    if abs(one - other) > 0.1:
        assert unlikely > likely


@pytest.mark.parametrize("nats", [1.0, 5.0, 30.0, 1000.0])
def test_it_is_the_formula_and_the_mean_over_all_alternatives(nats):
    """Half the mean of the likelihood ratios k p^(k - 1), over k from 0 to 1, and a half."""
    k = (np.arange(200_000) + 0.5) / 200_000
    log_ratios = np.log(k) + (k - 1) * -nats
    most = log_ratios.max()
    mean = most + math.log(np.exp(log_ratios - most).mean())
    expected = np.logaddexp(0, mean) - math.log(2)
    assert float(chance_ratio(-nats)) == pytest.approx(expected, rel=1e-4)


def test_where_a_chance_holds_its_ratio_is_1_on_average():
    """An e-value: whoever bets on it gains nothing. Over p evenly from 0 to 1, in nats."""
    steps = np.linspace(math.log(1e-6), math.log(1e7), 400_001)
    nats = np.exp(steps)
    density = np.exp(chance_ratio(-nats) - nats + steps)  # of ln nats
    assert np.trapezoid(density, steps) == pytest.approx(1, abs=1e-5)


def test_no_evidence_costs_a_quarter_and_what_was_not_tried_nothing():
    assert float(chance_ratio(0.0)) == pytest.approx(math.log(3 / 4), abs=1e-3)
    assert float(chance_ratio(1.0)) == float(chance_ratio(0.0))  # no chance is above 1
    assert chance_ratio([math.nan, 0.0])[0] == 0


@given(st.lists(NATS.map(lambda x: -x) | st.just(math.nan), max_size=9))
def test_every_chance_has_a_finite_ratio_of_its_own(log_chances):
    found = chance_ratio(log_chances)
    assert found.shape == (len(log_chances),) and np.isfinite(found).all()
    assert (found >= math.log(3 / 4) - ROUNDING).all()
    assert found.tolist() == [float(chance_ratio(one)) for one in log_chances]


# Curves


@given(curves(), st.lists(st.floats(-200, 200), min_size=2, max_size=9))
def test_curves_never_fall_and_are_level_outside(curve, values):
    found = curve(np.sort(values))
    assert (np.diff(found) >= -1e-12).all()
    least, most = curve.log_odds[0], curve.log_odds[-1]
    assert (found >= least - 1e-12).all() and (found <= most + 1e-12).all()
    assert curve(curve.values[0] - 1e9) == least and curve(curve.values[-1] + 1e9) == most


@given(curves())
def test_they_go_through_their_knots_and_unknown_values_add_nothing(curve):
    np.testing.assert_allclose(curve(curve.values), curve.log_odds, atol=1e-12)
    assert curve(math.nan) == 0 and curve([math.nan, math.nan]).tolist() == [0, 0]


# The sum


@given(st.lists(ROWS, min_size=1, max_size=4).map(np.stack))
def test_what_each_feature_adds_is_the_whole(values):
    added = MODEL.contributions(values)
    assert added.shape == (len(values), len(FEATURES) + 2)
    np.testing.assert_allclose(added.sum(axis=1), MODEL.log_odds(values), atol=1e-9)
    for row, parts in zip(values, added, strict=True):
        np.testing.assert_array_equal(MODEL.contributions(row), parts)


@given(ROWS, st.integers(0, len(FEATURES) - 1), SOME)
def test_a_feature_changes_its_own_contribution_alone(row, place, value):
    other = row.copy()
    other[place] = value
    before, after = (np.delete(MODEL.contributions(one), place) for one in (row, other))
    np.testing.assert_array_equal(before, after)


@given(ROWS)
def test_parts_are_those_of_their_feature(row):
    added = MODEL.contributions(row)
    for place, name in enumerate(FEATURES):
        if name in CHANCES:
            expected = float(chance_ratio(row[place]))
        else:
            [curve] = [one for one in MODEL.curves if one.name == name]
            expected = float(curve(row[place]))
        assert added[place] == expected
    assert added[-2] == MODEL.base and added[-1] == 0


@given(ROWS, st.floats(0.01, 3))
def test_curves_are_believed_as_far_as_their_sources_go(row, support):
    """What is cut is cut from the curves alone: a chance holds within any source."""
    few = dataclasses.replace(MODEL, support=support)
    added = few.contributions(row)
    curved = added[len(CHANCES) : len(FEATURES)].sum() + added[-1]
    assert abs(curved) <= support + ROUNDING
    np.testing.assert_array_equal(added[:-1], MODEL.contributions(row)[:-1])


def test_a_picture_of_which_nothing_is_known_has_the_base():
    assert MODEL.log_odds(np.full(len(FEATURES), math.nan)) == MODEL.base


@given(ROWS, st.integers(0, len(FEATURES) - 1), st.floats(0, 50))
def test_a_louder_feature_never_lowers_the_score(row, place, more):
    """Louder is a smaller chance, and a larger value of all others."""
    louder = row.copy()
    louder[place] += -more if place < len(CHANCES) else more
    assert MODEL.log_odds(louder) >= MODEL.log_odds(row) - ROUNDING


@pytest.mark.parametrize("n", [0, 1, len(FEATURES) - 1, len(FEATURES) + 1])
def test_another_number_of_features_is_refused_in_a_sentence(n):
    for shape in ((n,), (5, n)):
        with pytest.raises(ParameterError) as caught:
            MODEL.log_odds(np.zeros(shape))
        were = "feature was" if n == 1 else "features were"
        assert str(caught.value) == (
            f"{n} {were} given, the score takes {len(FEATURES)}: pass those that FEATURES names, "
            "in its order"
        )


def test_features_have_each_their_own_name():
    assert (*CHANCES, *WEIGHED) == FEATURES and len(set(FEATURES)) == len(FEATURES) == 18
    assert all(name.isprintable() and name == name.strip() for name in FEATURES)


# What is said of it


@given(LOG_ODDS, st.floats(-9, 9), st.floats(0, 9))
def test_the_verdict_follows_the_two_thresholds(log_odds, doubtful, further):
    certain = doubtful + further
    model = dataclasses.replace(MODEL, doubtful=doubtful, certain=certain, bound=max(1, certain))
    assert dataclasses.replace(model, bound=certain - 0.1).verdict(log_odds) != "generator trace"
    found = model.verdict(log_odds)
    assert (found == "generator trace") == (log_odds >= model.certain)
    assert (found == "no generator trace") == (log_odds < model.doubtful)
    assert found in ("generator trace", "unsure", "no generator trace")


@given(LOG_ODDS, st.floats(0.1, 99))
def test_what_is_told_is_bounded_on_both_sides_alike(log_odds, bound):
    model = dataclasses.replace(MODEL, bound=bound)
    found = float(model.bounded(log_odds))
    assert abs(found) <= bound and found == -float(model.bounded(-log_odds))
    assert found == log_odds if abs(log_odds) <= bound else abs(found) == bound
    assert float(model.bounded(found)) == found


@given(LOG_ODDS, LOG_ODDS)
def test_chances_rise_with_log_odds_and_opposite_ones_have_the_rest(one, other):
    low, high = chances(np.sort([one, other]))
    assert 0 <= low <= high <= 1
    assert float(chances(one)) + float(chances(-one)) == pytest.approx(1)


@given(st.floats(-30, 30))
def test_the_odds_of_a_chance_are_those_it_came_from(log_odds):
    found = float(chances(log_odds))
    assert math.log(found) - math.log1p(-found) == pytest.approx(log_odds, abs=1e-2)


def test_inputs_stay_as_they_were():
    row = np.zeros(len(FEATURES))
    row.setflags(write=False)
    MODEL.log_odds(row), MODEL.contributions(row), chance_ratio(row), chances(row)
    assert not row.any()


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
