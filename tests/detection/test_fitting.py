from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from forensics.detection import fitting as module
from forensics.detection.features import ANY_FEATURES, KNOWN_FEATURES
from forensics.detection.fitting import (
    WAYS,
    Telling,
    fit_perceptron,
    fit_ways,
    fitted_head,
    unseen_scores,
)
from forensics.detection.heads import Calibration, Head, Layer, Way
from forensics.detection.tables import Table, weights
from forensics.errors import ForensicsError

DELIVERED = ("whole", "crop", "rescaled crop")
NAMES = {
    "together": (*KNOWN_FEATURES, *ANY_FEATURES),
    "known": KNOWN_FEATURES,
    "any": ANY_FEATURES,
}


def table(
    names: tuple[str, ...] = ANY_FEATURES,
    n: int = 240,
    *,
    seed: int = 0,
    real_origins: tuple[str, ...] = ("photos", "faces", "scans"),
) -> Table:
    """Noise, in which a few features of generated pictures lie higher."""
    rng = np.random.default_rng(seed)
    gan = np.arange(n) % 2 == 0
    values = rng.normal(size=(n, len(names))) * rng.uniform(0.5, 4, len(names)) + 2
    values[gan, :3] += 1.5
    values[:, -1] = 7.0  # never changes
    origins = np.where(gan, "gan", rng.choice(real_origins, n))
    return Table(names, values, gan, origins, rng.integers(0, 4, n), rng.choice(DELIVERED, n))


def standard(one: Table) -> np.ndarray:
    spread = one.values.std(axis=0)
    return (one.values - one.values.mean(axis=0)) / np.where(spread > 1e-6, spread, 1)


def numbers(head: Head) -> list[np.ndarray]:
    """All that a head is made of."""
    layers = [layer for way in head.ways for layer in way.layers]
    found = [head.center, head.scale, *(x for layer in layers for x in (layer.weights, layer.bias))]
    return [
        *found,
        head.calibration.raw,
        head.calibration.log_odds,
        np.array([head.doubtful, head.certain]),
    ]


def same(first: Head, second: Head) -> bool:
    pairs = zip(numbers(first), numbers(second), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


any_fit = partial(fit_ways, WAYS["any"])


# What the ways are


@pytest.mark.parametrize("name", WAYS)
def test_the_priors_of_a_head_are_a_whole_and_its_features_exist(name):
    tellings = WAYS[name].values()
    assert sum(one.prior for one in tellings) == pytest.approx(1)
    for one in tellings:
        assert set(one.features) <= set(NAMES[name]) and one.strength > 0
        assert len(set(one.features)) == len(one.features)
        assert one.delivered in ("", *DELIVERED)


def test_the_head_of_the_unknown_learns_nothing_of_fingerprints():
    features = {name for one in WAYS["any"].values() for name in one.features}
    assert not features & set(KNOWN_FEATURES)


# scikit-learn fits, NumPy predicts the same


@pytest.mark.parametrize("name", WAYS)
def test_every_way_predicts_as_scikit_learn_does(name):
    one = table(NAMES[name])
    head = fit_ways(WAYS[name], one, 3)
    assert [way.name for way in head.ways] == list(WAYS[name])
    assert (
        head.calibration(np.array([-7.0, 7.0])).tolist() == [-7, 7]
        and head.features == one.names
        and head.is_linear
    )
    inputs = standard(one)
    for way, telling in zip(head.ways, WAYS[name].values(), strict=True):
        places = [one.names.index(feature) for feature in telling.features]
        rows = (one.delivered == telling.delivered) | (telling.delivered == "")
        fitted = LogisticRegression(C=telling.strength, max_iter=1000, random_state=3).fit(
            inputs[rows][:, places], one.gan[rows], sample_weight=weights(one.rows(rows))
        )
        expected = fitted.decision_function(inputs[:, places])
        np.testing.assert_allclose(way.log_odds(inputs), expected, rtol=0, atol=1e-9)
        assert way.prior == telling.prior
        others = np.delete(way.layers[0].weights[:, 0], places)
        assert not others.any()


def test_the_network_predicts_as_scikit_learn_does():
    one = table(ANY_FEATURES[:20], 120)
    head = fit_perceptron(one, 5)
    fitted = MLPClassifier((32,), alpha=1.0, max_iter=1000, random_state=5).fit(
        standard(one), one.gan
    )
    chances = fitted.predict_proba(standard(one))
    expected = np.log(chances[:, 1]) - np.log(chances[:, 0])
    np.testing.assert_allclose(head.log_odds(one.values), expected, rtol=0, atol=1e-9)
    assert not head.is_linear and [len(layer.bias) for layer in head.ways[0].layers] == [32, 1]


def test_a_feature_that_never_changes_is_divided_by_one():
    head = any_fit(table(), 0)
    assert head.scale[-1] == 1 and head.center[-1] == 7
    assert np.isfinite(head.log_odds(table().values)).all()


def test_swapped_labels_flip_the_log_odds_of_a_way():
    one = table()
    swapped = dataclasses.replace(one, gan=~one.gan)
    tellings = {"all": Telling(1.0, ANY_FEATURES)}
    here, there = (fit_ways(tellings, x, 0).log_odds(one.values) for x in (one, swapped))
    assert np.abs(here).max() > 1
    np.testing.assert_allclose(here, -there, atol=2e-3)


@pytest.mark.parametrize("fit", [any_fit, fit_perceptron], ids=["ways", "perceptron"])
def test_the_same_seed_makes_the_same_numbers(fit):
    one = table(n=80)
    assert same(fit(one, 4), fit(table(n=80), 4))


def test_the_input_stays_as_it_was():
    one = table()
    before = one.values.copy()
    one.values.flags.writeable = False
    fitted_head(one, any_fit, 0)
    assert np.array_equal(one.values, before)


# What a fit has not seen


def mean_fit(one: Table, seed: int) -> Head:
    """A fit that remembers every row: its bias is a sum over all of them."""
    n = len(one.names)
    bias = np.array([one.values.sum()])
    layers = (Layer(np.ones((n, 1)), bias),)
    return Head(
        one.names,
        np.zeros(n),
        np.ones(n),
        (Way("sum", 1.0, layers),),
        Calibration.straight(),
        0.0,
        0.0,
    )


@pytest.mark.parametrize("real_origins", [("photos", "faces", "scans"), ("photos",)])
def test_no_row_is_scored_by_what_it_should_not_have_seen(real_origins):
    one = table(ANY_FEATURES[:6], n=60, real_origins=real_origins)
    before = unseen_scores(one, mean_fit, 0)
    assert np.isfinite(before).all()
    by_fold = one.gan | (len(real_origins) == 1)
    for row in range(len(one)):
        mine = one.folds == one.folds[row]
        if not by_fold[row]:
            mine = ~one.gan & (one.origins == one.origins[row])
        poison = mine.copy()
        poison[row] = False
        poisoned = one.values.copy()
        poisoned[poison] = 1e6
        after = unseen_scores(dataclasses.replace(one, values=poisoned), mean_fit, 0)
        assert after[row] == before[row]
        if mine.all():
            continue
        poisoned = one.values.copy()
        poisoned[np.flatnonzero(~mine)[0]] += 1e6
        after = unseen_scores(dataclasses.replace(one, values=poisoned), mean_fit, 0)
        assert after[row] != before[row]


def test_real_scores_do_not_know_their_origin():
    one = table(n=160)
    before = unseen_scores(one, any_fit, 0)
    for origin in ("photos", "scans"):
        mine = ~one.gan & (one.origins == origin)
        kept = np.flatnonzero(mine)[0]
        poisoned = one.values.copy()
        others = mine & (np.arange(160) != kept)
        poisoned[others] = poisoned[others][:, ::-1] * 50
        after = unseen_scores(dataclasses.replace(one, values=poisoned), any_fit, 0)
        assert after[kept] == before[kept]
        assert (after[one.gan] != before[one.gan]).any()


def test_each_row_has_the_score_of_the_fit_without_it():
    one = table(n=160)
    found = unseen_scores(one, any_fit, 0)
    for fold in range(4):
        rows = one.gan & (one.folds == fold)
        expected = any_fit(one.rows(one.folds != fold), 0).log_odds(one.values[rows])
        np.testing.assert_allclose(found[rows], expected, atol=1e-12)
    for origin in ("photos", "faces", "scans"):
        rows = ~one.gan & (one.origins == origin)
        expected = any_fit(one.rows(~rows), 0).log_odds(one.values[rows])
        np.testing.assert_allclose(found[rows], expected, atol=1e-12)


@pytest.mark.parametrize("fit", [any_fit, fit_perceptron], ids=["ways", "perceptron"])
def test_generated_pictures_of_one_fold_are_too_few(fit):
    one = table(n=60)
    alone = dataclasses.replace(one, folds=np.where(one.gan, 0, one.folds))
    with pytest.raises(ForensicsError):
        fitted_head(alone, fit, 0)


# Calibration and thresholds


@pytest.mark.parametrize("fit", [any_fit, fit_perceptron], ids=["ways", "perceptron"])
def test_a_fitted_head_is_the_fit_of_all_rows_calibrated_on_unseen_ones(fit):
    one = table(n=120)
    head, log_odds = fitted_head(one, fit, 1)
    raw = fit(one, 1)
    np.testing.assert_allclose(
        head.log_odds(one.values), head.calibration(raw.log_odds(one.values)), atol=1e-9
    )
    unseen = unseen_scores(one, fit, 1)
    np.testing.assert_allclose(log_odds, head.calibration(unseen))
    assert head.calibration.slope(0.0) > 0 and head.certain >= head.doubtful


def test_calibration_balances_the_classes():
    one = table(n=400)
    _, log_odds = fitted_head(one, any_fit, 0)
    counts = weights(one)
    chances = 1 / (1 + np.exp(-log_odds))
    # The condition of the highest likelihood: expected and found generated ones are as many.
    assert (counts * chances).sum() == pytest.approx((counts * one.gan).sum(), rel=1e-3)


def test_where_nothing_can_be_learned_the_slope_is_not_negative():
    one = table(n=120)
    noise = np.random.default_rng(3).normal(size=one.values.shape)
    head, _ = fitted_head(dataclasses.replace(one, values=noise), any_fit, 0)
    assert head.calibration.slope(0.0) > 0


# Nothing that could run


@pytest.mark.parametrize("fit", [any_fit, fit_perceptron], ids=["ways", "perceptron"])
def test_a_head_is_made_of_numbers_and_names_alone(fit):
    def plain(value: object) -> bool:
        if isinstance(value, tuple):
            return all(map(plain, value))
        if isinstance(value, Head | Way | Layer | Calibration):
            return all(plain(getattr(value, field.name)) for field in dataclasses.fields(value))
        if isinstance(value, np.ndarray):
            return type(value) is np.ndarray and value.dtype == np.float64
        return type(value) in (str, float, int)

    head, _ = fitted_head(table(n=80), fit, 0)
    assert plain(head)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
