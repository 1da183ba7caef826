"""Fits of the curves, on rows that are made of noise."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.classifier import fit as module
from forensics.detection.classifier.fit import (
    FeatureTable,
    fitted_curves,
    source_folds,
    unseen_log_odds,
    weights,
)
from forensics.detection.verdict.score import (
    CHANCES,
    FEATURES,
    WEIGHED,
    Curve,
    chance_ratio,
    chances,
)

LOUD = (WEIGHED[0], WEIGHED[1], WEIGHED[4])
"""Features of which generated pictures have more."""
NEVER = WEIGHED[-1]
"""A feature that never changes."""
CLOSE = 0.02
"""Log odds by which the same fit, reached on another way, may differ."""
SOURCES = st.lists(
    st.tuples(st.booleans(), st.sampled_from("abcdefghijklm")), min_size=2, max_size=40
).filter(lambda some: len({label for label, _ in some}) == 2)


def table(n: int = 240, *, seed: int = 0, each: int = 3, loud: float = 1.5) -> FeatureTable:
    """So many sources of each class, and noise, in which a few features of generated lie higher."""
    rng = np.random.default_rng(seed)
    generated = np.arange(n) % 2 == 0
    values = rng.normal(size=(n, len(FEATURES)))
    values[:, : len(CHANCES)] = np.log(rng.uniform(size=(n, len(CHANCES))))
    values[generated, 1] *= 3
    for name in LOUD:
        values[generated, FEATURES.index(name)] += loud
    values[:, FEATURES.index(NEVER)] = 7.0
    number = np.arange(n) // 2 % each
    sources = np.array(
        [("g" if one else "r") + str(k) for one, k in zip(generated, number, strict=True)]
    )
    return FeatureTable(values, generated, sources, number.astype(np.intp))


def rows(one: FeatureTable, order: np.ndarray) -> FeatureTable:
    return FeatureTable(
        one.values[order], one.generated[order], one.sources[order], one.folds[order]
    )


def fitted(one: FeatureTable, values: np.ndarray | None = None) -> np.ndarray:
    """Log odds of rows by a fit of all of a table."""
    values = one.values if values is None else values
    curves, base = fitted_curves(one)
    return (
        base + module.chance_ratio(values[:, : len(CHANCES)]).sum(axis=1) + curved(curves, values)
    )


def curved(curves: tuple[Curve, ...], values: np.ndarray) -> np.ndarray:
    return sum(curve(values[:, FEATURES.index(curve.name)]) for curve in curves)


# How much each row counts


def of(some: list[tuple[bool, str]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in some]), np.array([name for _, name in some])


@given(SOURCES)
def test_classes_count_alike_and_in_each_all_sources(some):
    generated, sources = of(some)
    counts = weights(generated, sources)
    assert counts.sum() == pytest.approx(len(some)) and counts.min() > 0
    for label in (False, True):
        mine = generated == label
        assert counts[mine].sum() == pytest.approx(len(some) / 2)
        names = set(sources[mine].tolist())
        for name in names:
            own = counts[mine & (sources == name)]
            assert own.sum() == pytest.approx(len(some) / 2 / len(names))
            assert own.min() == own.max()


@given(SOURCES, st.integers(2, 5))
def test_a_source_with_more_pictures_has_no_more_to_say(some, times):
    generated, sources = of(some)
    one = some[0]
    more_generated, more_sources = of([*some, *[row for row in some if row == one] * (times - 1)])
    before, after = weights(generated, sources), weights(more_generated, more_sources)
    for row in set(some):
        first, second = (
            counts[(labels == row[0]) & (names == row[1])].sum() / counts.sum()
            for counts, labels, names in (
                (before, generated, sources),
                (after, more_generated, more_sources),
            )
        )
        assert first == pytest.approx(second)


# Curves


def test_every_feature_without_a_chance_has_a_curve_that_never_falls():
    curves, base = fitted_curves(table())
    assert tuple(curve.name for curve in curves) == WEIGHED and math.isfinite(base)
    for curve in curves:
        assert np.isfinite(curve.log_odds).all() and curve.values.shape == curve.log_odds.shape
        assert (np.diff(curve.values) > 0).all() and (np.diff(curve.log_odds) >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_they_never_fall_whatever_the_labels_say(seed):
    """Even where generated pictures have less of everything."""
    one = table(seed=seed, loud=-2.0)
    curves, _ = fitted_curves(one)
    for curve in curves:
        assert (np.diff(curve.log_odds) >= 0).all()
        if curve.name in LOUD:
            assert np.ptp(curve.log_odds) < 0.1


def test_what_tells_the_classes_apart_is_found():
    curves, _ = fitted_curves(table(600))
    rises = {curve.name: float(np.ptp(curve.log_odds)) for curve in curves}
    assert min(rises[name] for name in LOUD) > 2 * max(
        rise for name, rise in rises.items() if name not in LOUD
    )


@pytest.mark.parametrize("value", [7.0, 0.0, math.nan])
def test_a_feature_that_never_changes_has_a_flat_curve(value):
    one = table()
    one.values[:, FEATURES.index(NEVER)] = value
    [curve] = [curve for curve in fitted_curves(one)[0] if curve.name == NEVER]
    assert curve(np.array([-99.0, 0.0, 7.0, 99.0, math.nan])).tolist() == [0.0] * 5


def test_the_average_picture_has_nothing_of_any_feature():
    one = table()
    share = weights(one.generated, one.sources)
    for curve in fitted_curves(one)[0]:
        found = curve(one.values[:, FEATURES.index(curve.name)])
        assert np.average(found, weights=share) == pytest.approx(0, abs=1e-9)


def test_as_many_are_expected_as_were_found():
    """The condition of the highest likelihood, with every source counting alike."""
    one = table(600)
    share = weights(one.generated, one.sources)
    expected = np.average(chances(fitted(one)), weights=share)
    assert expected == pytest.approx(0.5, abs=1e-3)


def test_no_other_curves_are_likelier(rng):
    one = table()
    curves, base = fitted_curves(one)
    sign = np.where(one.generated, 1.0, -1.0)
    share = weights(one.generated, one.sources) / len(one)
    offset = chance_ratio(one.values[:, : len(CHANCES)]).sum(axis=1)

    def cost(some: tuple[Curve, ...], at: float) -> float:
        margin = sign * (curved(some, one.values) + at + offset)
        rises = sum(float(np.square(np.diff(curve.log_odds)).sum()) for curve in some)
        return float(share @ np.logaddexp(0, -margin)) + module._SHRINKAGE * rises

    least = cost(curves, base)
    for size in (0.01, 0.1, 0.5):
        assert min(cost(curves, base + size), cost(curves, base - size)) > least - 1e-6
        for _ in range(20):
            other = tuple(
                dataclasses.replace(
                    curve,
                    log_odds=curve.log_odds[0]
                    + np.maximum.accumulate(
                        curve.log_odds
                        - curve.log_odds[0]
                        + size * np.append(0, rng.normal(size=len(curve.values) - 1))
                    ).clip(0),
                )
                for curve in curves
            )
            assert cost(other, base) > least - 1e-6


def test_chances_are_counted_before_anything_is_fitted():
    """What they say already no curve has to say again: a strong chance leaves little to learn."""
    plain, told = table(), table()
    told.values[told.generated, 0] = -400.0
    rises = [
        sum(float(np.ptp(curve.log_odds)) for curve in fitted_curves(one)[0])
        for one in (plain, told)
    ]
    assert rises[1] < rises[0]


# What does not matter


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed):
    one = table(seed=seed)
    order = np.random.default_rng(seed).permutation(len(one))
    np.testing.assert_allclose(fitted(rows(one, order), one.values), fitted(one), atol=CLOSE)


@pytest.mark.parametrize("times", [2, 7])
def test_a_source_that_is_shown_more_often_changes_nothing(times):
    one = table()
    own = np.flatnonzero(one.sources == "r1")
    order = np.concatenate([np.arange(len(one)), *[own] * (times - 1)])
    np.testing.assert_allclose(fitted(rows(one, order), one.values), fitted(one), atol=CLOSE)


def test_what_is_not_known_says_nothing():
    """Rows without a feature have, by it, the odds of the average row."""
    one = table()
    place = FEATURES.index(WEIGHED[1])
    one.values[::3, place] = math.nan
    curves, _ = fitted_curves(one)
    curve = next(curve for curve in curves if curve.name == WEIGHED[1])
    share = weights(one.generated, one.sources)
    known = ~np.isnan(one.values[:, place])
    usual = np.average(curve(one.values[known, place]), weights=share[known])
    assert usual == pytest.approx(0, abs=1e-9) and curve(np.array([math.nan]))[0] == 0


def test_the_input_stays_as_it_was():
    one = table()
    before = one.values.copy()
    for part in (one.values, one.generated, one.sources, one.folds):
        part.setflags(write=False)
    fitted_curves(one), unseen_log_odds(one, 99.0)
    assert np.array_equal(one.values, before)


def test_chosen_rows_are_those():
    one = table()
    chosen = one.rows(one.folds == 1)
    assert len(chosen) == (one.folds == 1).sum() and set(chosen.folds.tolist()) == {1}
    assert np.array_equal(chosen.values, one.values[one.folds == 1])


# Folds


@given(SOURCES, st.integers(0, 99), st.data())
def test_no_family_is_in_two_folds(some, seed, data):
    generated, sources = of(some)
    families = {name: data.draw(st.sampled_from("xyz" + name)) for name in set(sources.tolist())}
    named = [families[name] for name in sources.tolist()]
    folds = source_folds(generated, sources, named, seed)
    assert folds.shape == (len(some),) and folds.min() >= 0
    for label in (False, True):
        mine = generated == label
        of_family: dict[str, set[int]] = {}
        for fold, name in zip(folds[mine].tolist(), np.array(named)[mine].tolist(), strict=True):
            of_family.setdefault(name, set()).add(fold)
        assert all(len(found) == 1 for found in of_family.values())
        counts = np.bincount([min(found) for found in of_family.values()])
        assert counts[counts > 0].max() - counts.min() <= 1  # families are spread evenly
        assert len(counts) == min(len(of_family), module._FOLDS)


@given(SOURCES, st.integers(0, 99), st.randoms(use_true_random=False))
def test_folds_are_those_of_the_seed_in_any_order(some, seed, random):
    generated, sources = of(some)
    folds = source_folds(generated, sources, sources.tolist(), seed)
    order = random.sample(range(len(some)), len(some))
    again = source_folds(generated[order], sources[order], sources[order].tolist(), seed)
    assert np.array_equal(again, folds[order])


# What a fit has not seen


def test_each_row_has_the_log_odds_of_a_fit_without_its_fold():
    one = table()
    found = unseen_log_odds(one, 99.0)
    assert found.shape == (len(one),) and np.isfinite(found).all()
    for fold in range(3):
        out = one.folds == fold
        expected = fitted(one.rows(~out), one.values[out])
        np.testing.assert_allclose(found[out], expected, atol=1e-9)


@pytest.mark.parametrize("source", ["g0", "g2", "r0", "r1"])
def test_no_row_is_judged_by_a_fit_that_knows_its_label(source):
    one = table(120)
    own = one.sources == source
    flipped = dataclasses.replace(one, generated=np.where(own, ~one.generated, one.generated))
    before, after = unseen_log_odds(one, 99.0), unseen_log_odds(flipped, 99.0)
    assert np.array_equal(before[own], after[own])
    assert not np.array_equal(before, after)


def test_nor_by_one_that_knows_other_rows_of_its_fold(rng):
    one = table(120)
    before = unseen_log_odds(one, 99.0)
    for row in (0, 1, 50):
        others = one.folds == one.folds[row]
        others[row] = False
        poisoned = one.values.copy()
        poisoned[others] = rng.normal(size=(others.sum(), len(FEATURES))) * 99
        assert unseen_log_odds(dataclasses.replace(one, values=poisoned), 99.0)[row] == before[row]


def test_on_noise_unseen_log_odds_tell_nothing():
    one = table(600, loud=0.0)
    one.values[:, 1] = math.nan
    found = unseen_log_odds(one, 99.0)
    assert abs(found[one.generated].mean() - found[~one.generated].mean()) < 0.3


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
