from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from forensics.detection.performance.accuracy import (
    BINS,
    Metrics,
    auc,
    auc_interval,
    calibration,
    calibration_error,
    metrics,
    operating_point,
    roc,
)
from forensics.detection.performance.intervals import (
    Z,
    chance_right,
    chance_right_interval,
    mean_interval,
    wilson,
)
from forensics.errors import EmptySetError, ParameterError

# Multiples of 1/64: ties are common, and 1 - score is exact.
scores = st.lists(st.integers(0, 64).map(lambda k: k / 64), min_size=1, max_size=40).map(np.array)
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
shares = st.floats(0, 1)


def labelled(gan: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat((1, 0), (len(gan), len(real))), np.concatenate((gan, real))


def normal_sets(rng: np.random.Generator, n_gan: int, n_real: int, apart: float):
    return rng.normal(apart, 1, n_gan), rng.normal(0, 1, n_real)


# Intervals of shares


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),  # Newcombe 1998, table I, score method
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_gives_the_published_intervals(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_wilsons_bounds_are_the_shares_that_are_just_not_refused(count):
    k, n = count
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1 and low < high
    for bound in {low, high} - {0.0, 1.0}:
        off = abs(k / n - bound) / math.sqrt(bound * (1 - bound) / n)
        assert off == pytest.approx(Z, rel=1e-6)
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low))


@given(counts, counts)
def test_the_interval_of_a_mean_holds_it_and_is_narrower_than_the_mean_of_intervals(first, second):
    low, high = mean_interval(first, second)
    mean = (first[0] / first[1] + second[0] / second[1]) / 2
    assert 0 <= low <= mean + 1e-12 and mean - 1e-12 <= high <= 1
    widths = [bounds[1] - bounds[0] for bounds in (wilson(*first), wilson(*second))]
    assert high - low <= sum(widths) / 2 + 1e-12
    assert mean_interval(second, first) == pytest.approx((low, high))


def test_intervals_of_a_mean_hold_the_truth_as_often_as_they_say(rng):
    drawn = rng.binomial((150, 40), (0.95, 0.7), size=(4000, 2)).tolist()
    held = np.mean([low <= 0.825 <= high for low, high in
                    (mean_interval((a, 150), (b, 40)) for a, b in drawn)])  # fmt: skip
    assert 0.935 < held < 0.965


@pytest.mark.parametrize("wrong", [(-1, 5), (6, 5), (0, 0), (1.5, 5), (float("nan"), 3)])
def test_counts_that_are_none_are_refused(wrong):
    with pytest.raises(ParameterError, match="pass whole numbers, n 1 or more"):
        wilson(*wrong)


# The chance that a positive is right


def test_a_good_detector_is_mostly_wrong_where_generated_pictures_are_rare():
    assert chance_right(0.942, 0.058, 0.01) == pytest.approx(0.141, abs=5e-4)
    assert chance_right(0.942, 0.058, 0.5) == pytest.approx(0.942)


@given(shares, shares, shares)
def test_the_chance_is_a_share_or_not_defined(tpr, fpr, prevalence):
    chance = chance_right(tpr, fpr, prevalence)
    called = tpr * prevalence + fpr * (1 - prevalence)
    assert (chance is None) == (called == 0)
    assert chance is None or 0 <= chance <= 1


@given(counts, counts, shares)
def test_the_interval_of_the_chance_holds_it(found, false, prevalence):
    low, high = chance_right_interval(found, false, prevalence)
    assert 0 <= low <= high <= 1
    chance = chance_right(found[0] / found[1], false[0] / false[1], prevalence)
    assert chance is None or low - 1e-9 <= chance <= high + 1e-9


@given(counts, counts, st.floats(0.001, 0.999))
def test_no_false_positive_is_not_certainty(found, false, prevalence):
    low, high = chance_right_interval(found, (0, false[1]), prevalence)
    assert low < 1 and high == 1
    if found[0]:
        # No worse than at the upper bounds of both at once, no better than the lower rate at 1.
        bound = wilson(0, false[1])[1]
        worst = chance_right(wilson(*found)[0], bound, prevalence)
        best = chance_right(found[0] / found[1], bound, prevalence)
        assert worst - 1e-12 <= low <= best + 1e-12


def test_intervals_of_the_chance_hold_the_truth_as_often_as_they_say(rng):
    truth = chance_right(0.9, 0.02, 0.1)
    drawn = rng.binomial((200, 400), (0.9, 0.02), size=(4000, 2)).tolist()
    bounds = [chance_right_interval((a, 200), (b, 400), 0.1) for a, b in drawn]
    assert 0.935 < np.mean([low <= truth <= high for low, high in bounds]) < 0.975


def test_shares_that_are_none_are_refused():
    for wrong in (-0.1, 1.1, math.nan):
        for place in range(3):
            given_shares = [0.5, 0.5, 0.5]
            given_shares[place] = wrong
            with pytest.raises(ParameterError, match="pass a share between 0 and 1"):
                chance_right(*given_shares)
        with pytest.raises(ParameterError, match="prevalence is"):
            chance_right_interval((1, 2), (1, 2), wrong)


# Ranking


@given(scores, scores)
def test_the_area_is_sklearns_ties_included(gan, real):
    assert auc(gan, real) == pytest.approx(roc_auc_score(*labelled(gan, real)), abs=1e-12)


def test_the_area_of_large_sets_is_sklearns(rng):
    for digits in (1, 2, 15):
        gan, real = (values.round(digits) for values in normal_sets(rng, 3000, 7000, 0.5))
        assert auc(gan, real) == pytest.approx(roc_auc_score(*labelled(gan, real)), abs=1e-12)


@given(scores, scores)
def test_swapping_the_labels_flips_the_area(gan, real):
    assert auc(gan, real) + auc(real, gan) == pytest.approx(1, abs=1e-15)
    low, high = auc_interval(gan, real)
    assert auc_interval(real, gan) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(scores, scores)
def test_a_rising_function_of_the_scores_leaves_the_ranking(gan, real):
    for rising in (np.exp, lambda x: 8 * x - 3, lambda x: x**3 + x):
        assert auc(rising(gan), rising(real)) == auc(gan, real)
        assert auc_interval(rising(gan), rising(real)) == auc_interval(gan, real)
        assert np.array_equal(roc(rising(gan), rising(real)), roc(gan, real))


@given(scores, scores)
def test_the_area_is_that_under_the_curve(gan, real):
    fpr, tpr = roc(gan, real)
    assert np.trapezoid(tpr, fpr) == pytest.approx(auc(gan, real))
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert (np.diff(fpr) >= 0).all() and (np.diff(tpr) >= 0).all()
    theirs = roc_curve(*labelled(gan, real), drop_intermediate=False)
    assert np.allclose(fpr, theirs[0]) and np.allclose(tpr, theirs[1])


def test_delongs_variance_is_that_of_all_pairs(rng):
    gan, real = (values.round(1) for values in normal_sets(rng, 37, 23, 1))
    pairs = (gan[:, None] > real) + 0.5 * (gan[:, None] == real)
    variance = sum(pairs.mean(axis=1 - k).var(ddof=1) / n for k, n in enumerate((37, 23)))
    low, high = (math.log(bound / (1 - bound)) for bound in auc_interval(gan, real))
    area = pairs.mean()
    assert (low + high) / 2 == pytest.approx(math.log(area / (1 - area)))
    assert (high - low) / 2 == pytest.approx(Z * math.sqrt(variance) / (area * (1 - area)))


@pytest.mark.parametrize(("n_gan", "n_real", "apart"), [(60, 90, 1.0), (200, 40, 2.0)])
def test_intervals_of_the_area_hold_the_truth_as_often_as_they_say(rng, n_gan, n_real, apart):
    truth = (1 + math.erf(apart / 2)) / 2
    bounds = [auc_interval(*normal_sets(rng, n_gan, n_real, apart)) for _ in range(2000)]
    assert 0.935 < np.mean([low <= truth <= high for low, high in bounds]) < 0.97


@given(scores, scores)
def test_an_interval_of_the_area_is_never_a_point(gan, real):
    low, high = auc_interval(gan, real)
    assert 0 <= low <= auc(gan, real) <= high <= 1 and high - low > 0.01


@pytest.mark.parametrize("n", [1, 2, 30, 1000])
def test_sets_that_do_not_overlap_are_not_certain(n):
    gan, real = np.arange(n) + 1.0 * n, np.arange(n) * 1.0
    low, high = auc_interval(gan, real)
    assert high == 1
    # Newcombe's bound solves (1 - a)^2 = z^2 V(a).
    spread = (1 - low) / (2 - low) + low / (1 + low)
    variance = low * (1 - low) * (1 + (n - 1) * spread) / n**2
    assert (1 - low) ** 2 == pytest.approx(Z**2 * variance)


# Operating points


@given(scores, scores, st.sampled_from([0.001, 0.01, 0.1, 0.5]))
def test_an_operating_point_is_the_best_that_is_allowed(gan, real, fpr):
    point = operating_point(gan, real, fpr=fpr)
    assert point.n_false == (real > point.threshold).sum() <= fpr * len(real)
    assert point.n_found == (gan > point.threshold).sum()
    assert point.tpr == point.n_found / len(gan)
    assert point.tpr_interval == wilson(point.n_found, len(gan))
    assert point.resolved == (fpr * len(real) >= 1)
    for lower in np.unique(np.concatenate((gan, real))):
        if lower < point.threshold:
            assert (real > lower).sum() > fpr * len(real)


@pytest.mark.parametrize(("fpr", "n"), [(0.01, 100), (0.01, 2900), (0.001, 1000), (0.001, 7000)])
def test_a_whole_number_of_false_ones_is_not_lost_to_rounding(fpr, n):
    point = operating_point(np.array([1.0]), np.arange(n) / n, fpr=fpr)
    assert point.n_false == round(fpr * n) and point.resolved


def test_too_few_real_pictures_leave_the_smallest_rates_open():
    found = metrics([0.2, 0.7, 0.9], np.linspace(0, 0.6, 200))
    assert found.at_one_percent.resolved and not found.at_one_permille.resolved
    assert found.at_one_permille.threshold == 0.6 and found.at_one_permille.n_false == 0
    assert found.at_one_permille.tpr == pytest.approx(2 / 3)


# Calibration


def error_by_definition(gan: np.ndarray, real: np.ndarray) -> float:
    label, score = labelled(gan, real)
    weight = np.where(label == 1, 0.5 / len(gan), 0.5 / len(real))
    total = 0.0
    for number in range(BINS):
        here = np.minimum(np.floor(score * BINS), BINS - 1) == number
        if here.any():
            mean, share = (np.average(x[here], weights=weight[here]) for x in (score, label))
            total += weight[here].sum() * abs(mean - share)
    return total


@given(scores, scores)
def test_the_calibration_error_is_its_definition(gan, real):
    error = calibration_error(gan, real)
    assert error == pytest.approx(error_by_definition(gan, real), abs=1e-12)
    bins = calibration(gan, real)
    assert bins.n.sum() == len(gan) + len(real) and (bins.n > 0).all()
    assert (bins.share_low <= bins.share + 1e-12).all()
    assert (bins.share <= bins.share_high + 1e-12).all()
    assert (np.diff(bins.score) > 0).all()


@given(scores, scores, st.integers(2, 5))
def test_a_class_that_is_shown_more_often_changes_nothing_but_its_share(gan, real, times):
    once, often = metrics(gan, real), metrics(np.tile(gan, times), real)
    for name in ("accuracy", "auc", "ece", "brier"):
        assert getattr(often, name) == pytest.approx(getattr(once, name), abs=1e-12)
    assert np.allclose(often.calibration.share, once.calibration.share)
    assert np.allclose(often.calibration.score, once.calibration.score)


def test_scores_that_are_chances_have_a_small_error(rng):
    label = rng.random(40_000) < 0.5
    score = rng.beta(np.where(label, 3, 2), np.where(label, 2, 3))  # posterior: the score itself
    found = metrics(score[label], score[~label])
    assert found.ece < 0.015
    bins = found.calibration
    assert np.mean((bins.share_low < bins.score) & (bins.score < bins.share_high)) > 0.8
    extreme = metrics(score[label] ** 3, score[~label] ** 3)
    assert extreme.ece > 0.15 and extreme.auc == found.auc


def test_a_share_in_a_bin_is_that_of_sets_of_one_size():
    gan, real = np.full(10, 0.5), np.append(np.full(10, 0.5), np.zeros(90))
    bins = calibration(gan, real)
    # All of the generated, a tenth of the real ones: ten to one.
    assert bins.share[-1] == pytest.approx(10 / 11)
    low, high = wilson(10, 20)
    assert bins.share_low[-1] == pytest.approx(10 * low / (10 * low + 1 - low))
    assert bins.share_high[-1] == pytest.approx(10 * high / (10 * high + 1 - high))


# All of it


@given(scores, scores)
def test_the_numbers_of_a_whole_agree_with_each_other(gan, real):
    found = metrics(gan, real)
    assert (found.n_gan, found.n_real) == (len(gan), len(real))
    assert found.right_gan == (gan > 0.5).sum() and found.right_real == (real <= 0.5).sum()
    assert found.accuracy == pytest.approx(((gan > 0.5).mean() + (real <= 0.5).mean()) / 2)
    assert found.accuracy_interval[0] <= found.accuracy <= found.accuracy_interval[1]
    right = found.right_gan + found.right_real
    assert found.share_right == right / (len(gan) + len(real))
    assert found.share_right_interval == wilson(right, len(gan) + len(real))
    assert found.auc == auc(gan, real) and found.auc_interval == auc_interval(gan, real)
    assert found.ece == calibration_error(gan, real)
    brier = (brier_score_loss(np.ones_like(gan), gan, pos_label=1)
             + brier_score_loss(np.zeros_like(real), real, pos_label=1)) / 2  # fmt: skip
    assert found.brier == pytest.approx(brier)
    assert found.by_group == {}


@given(scores, scores, st.randoms(use_true_random=False))
def test_the_order_of_the_pictures_makes_no_difference(gan, real, random):
    mixed = [np.array(random.sample(values.tolist(), len(values))) for values in (gan, real)]
    first, second = metrics(gan, real), metrics(*mixed)
    for name in ("accuracy", "auc", "auc_interval", "ece", "brier"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-12)
    assert first.at_one_percent.threshold == second.at_one_percent.threshold


@given(scores, scores)
def test_mirrored_scores_and_labels_are_as_good(gan, real):
    first, second = metrics(gan, real), metrics(1 - real, 1 - gan)
    assert second.auc == pytest.approx(first.auc) and second.brier == pytest.approx(first.brier)
    undecided = np.mean(gan == 0.5), np.mean(real == 0.5)
    moved = (undecided[0] - undecided[1]) / 2  # exactly at the threshold is not above it
    assert second.accuracy == pytest.approx(first.accuracy + moved)


def test_a_large_class_does_not_flatter():
    found = metrics(np.full(10, 0.1), np.full(990, 0.1))  # never calls anything generated
    assert found.accuracy == 0.5 and found.share_right == 0.99
    assert found.auc == 0.5 and found.at_one_percent.tpr == 0


def test_scores_are_not_changed_and_may_be_lists(rng):
    gan, real = rng.random(20), rng.random(30)
    before = gan.copy(), real.copy()
    for values in (gan, real):
        values.setflags(write=False)
    first, second = metrics(gan, real), metrics(gan.tolist(), tuple(real))
    assert isinstance(first, Metrics) and first.auc == second.auc
    assert np.array_equal(gan, before[0]) and np.array_equal(real, before[1])


# Pictures that look alike


def chances_of(rng: np.random.Generator, n: int, apart: float) -> np.ndarray:
    return 1 / (1 + np.exp(-rng.normal(apart, 1, n)))


def widths(found: Metrics) -> np.ndarray:
    return np.array([high - low for low, high in (found.accuracy_interval, found.auc_interval)])


@given(scores, scores)
def test_clusters_of_one_change_nothing(gan, real):
    numbers = range(len(gan)), range(len(gan), len(gan) + len(real))
    one, other = metrics(gan, real), metrics(gan, real, clusters=numbers)
    assert other.accuracy_interval == one.accuracy_interval
    assert other.auc_interval == one.auc_interval


@pytest.mark.parametrize("times", [2, 10])
@pytest.mark.parametrize(("n_gan", "n_real"), [(60, 60), (40, 120)])
@pytest.mark.parametrize("apart", [0.0, 1.0, 9.0])
def test_ten_copies_of_a_picture_tell_no_more_than_one(rng, apart, n_gan, n_real, times):
    """Of all pictures: the interval is as wide as without them, even where all are right."""
    gan, real = chances_of(rng, n_gan, apart), chances_of(rng, n_real, -apart)
    once = metrics(gan, real)
    copied = np.repeat(gan, times), np.repeat(real, times)
    numbers = np.repeat(np.arange(n_gan), times), np.repeat(np.arange(n_real), times)
    told, untold = metrics(*copied, clusters=numbers), metrics(*copied)
    assert (widths(told) >= 0.999 * widths(once)).all()
    assert (widths(told) <= 1.35 * widths(once) + 0.01).all()
    assert (widths(told) > 1.2 * widths(untold)).all()
    assert (told.accuracy, told.auc) == (untold.accuracy, untold.auc)
    assert told.accuracy == pytest.approx(once.accuracy) and told.auc == pytest.approx(once.auc)


@given(scores, scores, st.integers(1, 3), st.integers(1, 3))
def test_intervals_of_clusters_hold_what_was_found(gan, real, of_gan, of_real):
    numbers = np.arange(len(gan)) // of_gan, np.arange(len(real)) // of_real
    found = metrics(gan, real, clusters=numbers)
    for (low, high), value in (
        (found.accuracy_interval, found.accuracy),
        (found.auc_interval, found.auc),
    ):
        assert 0 <= low <= value + 1e-9 and value - 1e-9 <= high <= 1 and low < high


def test_names_of_clusters_and_the_order_of_pictures_do_not_matter(rng):
    gan, real = chances_of(rng, 30, 1.0), chances_of(rng, 30, -1.0)
    numbers = np.arange(30) // 3
    one = metrics(gan, real, clusters=(numbers, numbers))
    other = metrics(gan[::-1], real, clusters=((500 + 7 * numbers[::-1]).tolist(), numbers))
    np.testing.assert_allclose(one.accuracy_interval, other.accuracy_interval, atol=0.03)
    np.testing.assert_allclose(one.auc_interval, other.auc_interval, atol=0.03)


# What is refused


def test_groups_are_counted_by_name():
    groups = (["site", "site", "ada"], ["afhq", "phones"])
    found = metrics([0.9, 0.2, 0.8], [0.1, 0.7], groups=groups)
    assert found.by_group == {"site": (1, 2), "ada": (1, 1), "afhq": (1, 1), "phones": (0, 1)}
    assert metrics([0.9, 0.2, 0.8], [0.1, 0.7], threshold=0.75, groups=groups).by_group[
        "phones"
    ] == (1, 1)


@pytest.mark.parametrize(
    ("gan", "real", "options", "error", "said"),
    [
        ([], [0.5], {}, EmptySetError, "gan_scores is empty"),
        ([0.5], [], {}, EmptySetError, "real_scores is empty"),
        ([0.5, math.nan], [0.5], {}, ParameterError, "gan_scores has 1 of 2 that are not finite"),
        ([0.5], [math.inf], {}, ParameterError, "real_scores has 1 of 1 that are not finite"),
        ([0.5], [1.5, -2], {}, ParameterError, "real_scores reaches from -2 to 1.5"),
        ([[0.5]], [0.5], {}, ParameterError, r"gan_scores has shape \(1, 1\)"),
        (0.5, [0.5], {}, ParameterError, r"gan_scores has shape \(\)"),
        (["cat"], [0.5], {}, ParameterError, "gan_scores holds what is no number"),
        ([0.5], [0.5], {"threshold": 1.5}, ParameterError, "threshold is 1.5"),
        ([0.5], [0.5], {"threshold": math.nan}, ParameterError, "threshold is nan"),
        ([0.5], [0.5], {"groups": (["a"], [])}, ParameterError, "0 names for 1 real score"),
        ([0.5], [0.5], {"groups": (["a"], ["a"])}, ParameterError, "'a' for generated and for"),
    ],
)
def test_what_makes_no_sense_is_refused(gan, real, options, error, said):
    with pytest.raises(error, match=said):
        metrics(gan, real, **options)
