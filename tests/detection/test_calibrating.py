"""Calibration and thresholds: what a score is worth on pictures that no fit has seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from forensics.detection import calibrating as module
from forensics.detection.calibrating import fitted_calibration, thresholds
from forensics.detection.heads import chances
from forensics.detection.metrics import metrics
from forensics.detection.tables import Table

SIZES = pytest.mark.parametrize("n", [100, 101, 102, 150, 199, 250])


@SIZES
def test_at_most_1_percent_of_each_large_origin_are_doubtful(n):
    rng = np.random.default_rng(n)
    origins = np.repeat(["one", "other", "few"], [n, n + 40, 60])
    scores = rng.normal(size=len(origins)) + (origins == "other")
    one = flat(scores, origins)
    doubtful, certain = thresholds(scores, one)
    for origin in ("one", "other"):
        assert (scores[origins == origin] > doubtful).mean() <= 0.01
    assert (scores > doubtful).mean() <= 0.01 and (scores > certain).mean() <= 0.001
    assert certain >= doubtful


def flat(scores: np.ndarray, origins: np.ndarray) -> Table:
    n = len(scores)
    nothing = np.zeros(n, bool)
    return Table((), np.zeros((n, 0)), nothing, origins, np.zeros(n, int), np.full(n, "whole"))


def test_the_worst_large_origin_sets_the_threshold_and_a_small_one_does_not():
    rng = np.random.default_rng(0)
    origins = np.repeat(["one", "other"], [1000, 200])
    scores = rng.normal(size=1200)
    even, _ = thresholds(scores, flat(scores, origins))
    raised = np.where(origins == "other", scores + 5, scores)
    assert thresholds(raised, flat(raised, origins))[0] > even + 4
    small = np.repeat(["one", "other"], [1195, 5])
    raised = np.where(small == "other", scores + 50, scores)
    assert thresholds(raised, flat(raised, small))[0] < even + 4


def test_generated_pictures_do_not_move_the_thresholds():
    scores = np.random.default_rng(0).normal(size=300)
    gan = np.arange(300) % 2 == 0
    one = dataclasses.replace(flat(scores, np.full(300, "one")), gan=gan)
    other = np.where(gan, 99.0, scores)
    assert thresholds(scores, one) == thresholds(other, one)


# Calibration


def scored(n: int, spread: float, seed: int = 0) -> tuple[np.ndarray, Table]:
    """Scores of two normal distributions, whose log odds are known: 2 x / spread ** 2."""
    rng = np.random.default_rng(seed)
    gan = np.arange(n) % 2 == 0
    scores = rng.normal(np.where(gan, 1, -1), spread)
    return scores, dataclasses.replace(flat(scores, np.full(n, "one")), gan=gan)


@pytest.mark.parametrize("spread", [0.8, 1.5])
def test_the_log_odds_of_normal_scores_are_found(spread):
    scores, one = scored(20_000, spread)
    found = fitted_calibration(scores, one)
    middle = np.linspace(-1.5, 1.5, 13)
    assert np.abs(found(middle) - 2 * middle / spread**2).max() < 0.35
    chance = chances(found(scores))
    assert metrics(chance[one.gan], chance[~one.gan]).ece < 0.01


def test_it_bends_where_a_straight_line_would_not_do():
    scores, one = scored(20_000, 1.0)
    bent = np.where(scores > 0, scores, 4 * scores)
    found = fitted_calibration(bent, one)
    straight = LogisticRegression(C=1e6).fit(bent[:, np.newaxis], one.gan)
    ways = chances(found(bent)), straight.predict_proba(bent[:, np.newaxis])[:, 1]
    mine, platt = (metrics(chance[one.gan], chance[~one.gan]).ece for chance in ways)
    assert mine < platt / 2
    assert found.slope(-9.0) < found.slope(9.0) / 2


def test_it_rises_whatever_the_scores_say():
    scores, one = scored(400, 1.0)
    for wrong in (-scores, np.abs(scores), np.zeros(400), np.round(scores)):
        found = fitted_calibration(wrong, one)
        assert (np.diff(found.raw) > 0).all() and (np.diff(found.log_odds) > 0).all()


def test_sets_without_an_error_promise_no_certainty():
    scores, one = scored(100, 0.01)
    chance = chances(fitted_calibration(scores, one)(scores))
    assert chance[one.gan].min() > 0.9 and chance[one.gan].mean() < 0.995


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
