from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection import heads as module
from forensics.detection.heads import Calibration, Head, Layer, Way, chance, chances
from forensics.errors import ParameterError

SEEDS = st.integers(0, 2**32 - 1)


def made(rng: np.random.Generator, *, n_ways: int = 3, hidden: tuple[int, ...] = ()) -> Head:
    """A head of random weights."""
    n = int(rng.integers(1, 8))
    widths = (n, *hidden, 1)
    ways = tuple(
        Way(
            f"way {number}",
            float(rng.uniform(0.05, 1)),
            tuple(Layer(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(widths)),
        )
        for number in range(n_ways)
    )
    names = tuple(f"feature {i}" for i in range(n))
    center, scale = rng.normal(size=n), rng.uniform(0.1, 3, n)
    return Head(
        names,
        center,
        scale,
        ways,
        Calibration(np.array([-3.0, 0.0, 1.0, 4.0]), np.cumsum(rng.uniform(0.1, 2, 4))),
        1,
        2,
    )


def rows(rng: np.random.Generator, head: Head, n: int = 6) -> np.ndarray:
    return rng.normal(size=(n, len(head.features)), scale=3)


# The log odds


@given(SEEDS, st.integers(1, 4))
def test_the_log_odds_are_those_of_the_formula(seed, n_ways):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=n_ways)
    values = rows(rng, head)
    for picture, found in zip(values, head.log_odds(values), strict=True):
        total = -math.inf
        for way in head.ways:
            [layer] = way.layers
            odds = math.log(way.prior) + float(layer.bias[0])
            for i, value in enumerate(picture):
                odds += float(layer.weights[i, 0] * (value - head.center[i]) / head.scale[i])
            total = float(np.logaddexp(total, odds))
        assert found == pytest.approx(float(head.calibration(np.array([total]))[0]), abs=1e-9)


@given(SEEDS)
def test_hidden_layers_cut_what_is_negative(seed):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=2, hidden=(4, 3))
    values = rows(rng, head)
    for picture, found in zip(values, head.log_odds(values), strict=True):
        total = -math.inf
        for way in head.ways:
            signal = (picture - head.center) / head.scale
            for number, layer in enumerate(way.layers):
                signal = signal @ layer.weights + layer.bias
                if number < len(way.layers) - 1:
                    signal = np.where(signal > 0, signal, 0)
            total = float(np.logaddexp(total, math.log(way.prior) + signal[0]))
        assert found == pytest.approx(float(head.calibration(np.array([total]))[0]), abs=1e-9)


@given(SEEDS)
def test_a_single_way_of_the_whole_prior_is_a_plain_regression(seed):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=1)
    alone = dataclasses.replace(
        head,
        ways=(dataclasses.replace(head.ways[0], prior=1.0),),
        calibration=Calibration.straight(),
    )
    values = rows(rng, head)
    standard = (values - head.center) / head.scale
    np.testing.assert_allclose(alone.log_odds(values), alone.ways[0].log_odds(standard), atol=1e-12)


@given(SEEDS, st.integers(1, 3))
def test_the_order_of_pictures_and_the_company_do_not_matter(seed, n_ways):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=n_ways)
    values = rows(rng, head)
    order = rng.permutation(len(values))
    found = head.log_odds(values)
    np.testing.assert_allclose(head.log_odds(values[order]), found[order], rtol=1e-12, atol=1e-12)
    alone = [float(head.log_odds(one[np.newaxis])[0]) for one in values]
    np.testing.assert_allclose(alone, found, rtol=1e-12, atol=1e-12)


@given(SEEDS)
def test_the_order_of_ways_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=4)
    values = rows(rng, head)
    turned = dataclasses.replace(head, ways=head.ways[::-1])
    np.testing.assert_allclose(turned.log_odds(values), head.log_odds(values), atol=1e-10)


@given(SEEDS)
def test_a_way_can_only_add_odds(seed):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=3)
    values = rows(rng, head)
    fewer = dataclasses.replace(head, ways=head.ways[:2])
    assert (head.log_odds(values) >= fewer.log_odds(values) - 1e-12).all()


def test_no_picture_has_no_score_and_the_input_stays(rng):
    head = made(rng)
    assert head.log_odds(np.zeros((0, len(head.features)))).shape == (0,)
    values = rows(rng, head)
    before = values.copy()
    values.flags.writeable = False
    head.log_odds(values), head.contributions(values[0])
    assert (values == before).all()


# What each feature adds


@given(SEEDS, st.integers(1, 4))
def test_contributions_and_the_rest_are_the_log_odds(seed, n_ways):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=n_ways)
    for picture in rows(rng, head):
        added, rest = head.contributions(picture)
        assert added.shape == picture.shape
        found = float(head.log_odds(picture[np.newaxis])[0])
        assert added.sum() + rest == pytest.approx(found, rel=1e-12, abs=1e-12)


@given(SEEDS)
def test_of_one_way_the_rest_is_that_of_average_features(seed):
    rng = np.random.default_rng(seed)
    head = dataclasses.replace(made(rng, n_ways=1), calibration=Calibration.straight(0.7, -2))
    average = float(head.log_odds(head.center[np.newaxis])[0])
    for picture in rows(rng, head):
        assert head.contributions(picture)[1] == pytest.approx(average, abs=1e-9)


@given(SEEDS)
def test_the_rest_is_what_average_features_have_and_how_undecided_the_ways_are(seed):
    rng = np.random.default_rng(seed)
    head = made(rng, n_ways=3)
    [picture] = rows(rng, head, 1)
    standard = ((picture - head.center) / head.scale)[np.newaxis]
    odds = np.array([float(way.log_odds(standard)[0]) + math.log(way.prior) for way in head.ways])
    shares = np.exp(odds) / np.exp(odds).sum()
    fixed = [math.log(way.prior) + float(way.layers[0].bias[0]) for way in head.ways]
    undecided = -(shares * np.log(np.maximum(shares, 1e-300))).sum()
    raw = np.log(np.exp(odds).sum())
    by_features = raw - shares @ np.array(fixed) - undecided
    rest = float(head.calibration(np.array([raw]))[0]) - head.calibration.slope(raw) * by_features
    assert head.contributions(picture)[1] == pytest.approx(rest, abs=1e-6)


def test_a_calibration_goes_through_its_knots_and_on_beyond_them():
    line = Calibration(np.array([-1.0, 0.0, 2.0]), np.array([-4.0, 0.0, 1.0]))
    raw = np.array([-2.0, -1.0, -0.5, 0.0, 1.0, 2.0, 4.0])
    assert line(raw).tolist() == [-8.0, -4.0, -2.0, 0.0, 0.5, 1.0, 2.0]
    assert [line.slope(one) for one in (-9, -0.1, 0.1, 9)] == [4.0, 4.0, 0.5, 0.5]


def test_a_straight_calibration_is_that_of_platt():
    raw = np.linspace(-9, 9, 7)
    assert np.allclose(Calibration.straight(0.7, -2)(raw), 0.7 * raw - 2, atol=1e-12)
    assert np.array_equal(Calibration.straight()(raw), raw)


@given(SEEDS)
def test_an_average_feature_adds_nothing(seed):
    rng = np.random.default_rng(seed)
    head = made(rng)
    [picture] = rows(rng, head, 1)
    picture[0] = head.center[0]
    assert head.contributions(picture)[0][0] == 0


def test_what_has_hidden_layers_explains_nothing(rng):
    head = made(rng, hidden=(4,))
    assert not head.is_linear and made(rng).is_linear
    with pytest.raises(ParameterError, match=r"hidden layers.*method traces"):
        head.contributions(rows(rng, head, 1)[0])
    mixed = dataclasses.replace(made(rng), ways=(made(rng).ways[0], head.ways[0]))
    assert not mixed.is_linear


# What is refused


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_named(rng, value):
    head = made(rng)
    values = rows(rng, head)
    place = len(head.features) - 1
    values[2, place] = value
    with pytest.raises(ParameterError) as caught:
        head.log_odds(values)
    text = str(caught.value)
    assert f"feature {place} of picture 2" in text and str(value) in text and "\n" not in text
    with pytest.raises(ParameterError, match=f"feature {place} of picture 0"):
        head.contributions(values[2])


# The verdict


@given(st.floats(-50, 50), st.floats(-20, 20), st.floats(0, 20))
def test_the_verdict_follows_the_two_thresholds(log_odds, doubtful, further):
    head = made(np.random.default_rng(0))
    head = dataclasses.replace(head, doubtful=doubtful, certain=doubtful + further)
    found = head.verdict(log_odds)
    assert (found == "generator trace") == (log_odds > head.certain)
    assert (found == "no generator trace") == (log_odds <= head.doubtful)
    assert found in ("generator trace", "unsure", "no generator trace")


def test_on_a_threshold_it_is_the_more_careful_one():
    head = dataclasses.replace(made(np.random.default_rng(0)), doubtful=1.0, certain=2.0)
    verdicts = [head.verdict(value) for value in (0.9, 1.0, 1.1, 2.0, 2.1)]
    none, unsure, trace = "no generator trace", "unsure", "generator trace"
    assert verdicts == [none, none, unsure, unsure, trace]


# Chances


@given(st.floats(-1e300, 1e300))
def test_a_chance_is_one_and_the_opposite_odds_have_the_rest(log_odds):
    assert 0 < chance(log_odds) < 1
    assert chance(log_odds) + chance(-log_odds) == pytest.approx(1)


@given(st.lists(st.floats(-100, 100), max_size=20))
def test_chances_rise_with_the_log_odds(log_odds):
    found = chances(np.array(sorted(log_odds), dtype=np.float64))
    assert (np.diff(found) >= 0).all()
    assert found.tolist() == [chance(value) for value in sorted(log_odds)]


@given(st.floats(-29, 29))
def test_the_odds_of_a_chance_are_those_it_came_from(log_odds):
    found = chance(log_odds)
    assert math.log(found) - math.log1p(-found) == pytest.approx(log_odds, abs=1e-2)


def test_even_odds_are_one_half():
    assert chance(0.0) == 0.5
    assert chance(math.inf) == chance(1e9) and chance(-math.inf) == chance(-1e9)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
