from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from forensics.detection.performance.likelihood import (
    VERBAL_SCALE,
    GeneratedShare,
    cllr,
    generated_share,
    least_cllr,
    tippett,
    verbal,
)
from forensics.errors import EmptySetError, ForensicsError, ParameterError

# Multiples of 1/4: ties are common, also between the classes.
ratios = st.lists(st.integers(-40, 40).map(lambda k: k / 4), min_size=1, max_size=30).map(np.array)
seldom = st.integers(0, 4)


@st.composite
def weighted(draw):
    """Ratios with whole numbers as weights, one of them above 0."""
    row = draw(ratios)
    weights = draw(st.lists(seldom, min_size=len(row), max_size=len(row)).filter(any))
    return row, np.array(weights)


def calibrated(rng: np.random.Generator, n: int, apart: float, *, gan: bool) -> np.ndarray:
    """Normal log ratios that are what they say: their mean is half their variance."""
    return rng.normal((apart**2 / 2) * (1 if gan else -1), apart, n)


def mixed(rng: np.random.Generator, n: int, share: float, apart: float) -> np.ndarray:
    n_gan = rng.binomial(n, share)
    return np.append(
        calibrated(rng, n_gan, apart, gan=True), calibrated(rng, n - n_gan, apart, gan=False)
    )


# The cost


@given(st.integers(1, 300), st.integers(1, 300))
def test_ratios_that_say_nothing_cost_one_bit(n_gan, n_real):
    assert cllr(np.zeros(n_gan), np.zeros(n_real)) == pytest.approx(1, abs=1e-12)
    assert least_cllr(np.zeros(n_gan), np.zeros(n_real)) == pytest.approx(1, abs=1e-12)


@given(ratios, ratios)
def test_the_cost_is_what_its_formula_says(gan, real):
    expected = np.mean(np.log2(1 + np.exp(-gan))) / 2 + np.mean(np.log2(1 + np.exp(real))) / 2
    assert cllr(gan, real) == pytest.approx(expected)


@given(weighted(), weighted())
def test_swapping_classes_and_signs_changes_no_cost(gan, real):
    for cost in (cllr, least_cllr):
        there = cost(gan[0], real[0], gan_weights=gan[1], real_weights=real[1])
        back = cost(-real[0], -gan[0], gan_weights=real[1], real_weights=gan[1])
        assert back == pytest.approx(there, abs=1e-12)


@given(weighted(), weighted())
def test_a_weight_is_as_good_as_repetition_and_its_scale_is_nothing(gan, real):
    for cost in (cllr, least_cllr):
        repeated = cost(np.repeat(*gan), np.repeat(*real))
        for scale in (1, 1e-300, 1e300):
            weights = {"gan_weights": gan[1] * scale, "real_weights": real[1] * scale}
            assert cost(gan[0], real[0], **weights) == pytest.approx(repeated, abs=1e-12)


@given(weighted(), weighted())
def test_recalibration_never_costs_more(gan, real):
    weights = {"gan_weights": gan[1], "real_weights": real[1]}
    least = least_cllr(gan[0], real[0], **weights)
    assert 0 <= least <= 1 + 1e-12
    for bent in (lambda x: x, lambda x: 3 * x - 1, lambda x: x / 5 + 2, np.cbrt):
        assert least <= cllr(bent(gan[0]), bent(real[0]), **weights) + 1e-12


@given(ratios, ratios)
def test_the_least_cost_is_of_the_order_alone_and_recalibrating_reaches_it(gan, real):
    least = least_cllr(gan, real)
    assert least_cllr(np.exp(gan), np.exp(real)) == pytest.approx(least, abs=1e-12)
    labels = np.repeat((1.0, 0.0), (len(gan), len(real)))
    parts = np.repeat((1 / len(gan), 1 / len(real)), (len(gan), len(real)))
    fitted = IsotonicRegression(y_min=0, y_max=1).fit(
        np.append(gan, real), labels, sample_weight=parts
    )
    near = 1e-12  # in place of infinite ratios
    chances = np.clip(fitted.predict(np.append(gan, real)), near, 1 - near)
    again = np.log(chances / (1 - chances))
    assert cllr(again[: len(gan)], again[len(gan) :]) == pytest.approx(least, abs=1e-9)


@given(ratios, ratios)
def test_what_is_told_apart_without_error_has_nothing_left_to_be_told(gan, real):
    apart = gan - gan.min() + 0.25, real - real.max()
    assert least_cllr(*apart) == 0
    assert cllr(*apart) > 0
    assert least_cllr(apart[1], apart[0]) == pytest.approx(1, abs=1e-12)  # all upside down


def test_calibrated_ratios_lose_next_to_nothing_and_exaggerated_ones_do(rng):
    gan, real = (calibrated(rng, 4000, 2, gan=one) for one in (True, False))
    assert 0 < cllr(gan, real) - least_cllr(gan, real) < 0.01
    assert cllr(8 * gan, 8 * real) - least_cllr(gan, real) > 0.5


def test_ratios_beyond_what_can_be_raised_have_a_cost():
    assert cllr([1e6], [-1e6]) == 0
    assert cllr([-1e6], [1e6]) == pytest.approx(1e6 / math.log(2))
    assert least_cllr([1e300, -1e300], [-1e300]) == pytest.approx(cllr([50, 0.0], [0.0]), abs=0.2)


# Tippett's curves


@given(ratios, ratios)
def test_tippetts_curves_count_those_that_are_greater_or_equal(gan, real):
    thresholds, *shares = tippett(gan, real)
    assert np.array_equal(thresholds, np.unique(np.append(gan, real)))
    for share, row in zip(shares, (gan, real), strict=True):
        assert np.array_equal(share, [np.mean(row >= one) for one in thresholds])


@given(ratios, ratios)
def test_tippetts_curves_begin_at_1_and_never_rise(gan, real):
    _, *shares = tippett(gan, real)
    for share in shares:
        assert share[0] == 1 and (np.diff(share) <= 0).all() and share[-1] >= 0
    assert max(share[-1] for share in shares) > 0
    assert shares[0].dtype == shares[1].dtype == np.float64


@given(ratios, ratios)
def test_tippetts_curves_change_places_with_the_classes(gan, real):
    there, back = tippett(gan, real), tippett(real, gan)
    assert all(map(np.array_equal, there, (back[0], back[2], back[1])))


# Words


@pytest.mark.parametrize(
    ("ratio", "word"),
    [(2, "weak"), (9.9, "weak"), (10.1, "moderate"), (99, "moderate"),
     (101, "moderately strong"), (1001, "strong"), (10_001, "very strong"),
     (999_999, "very strong"), (1_000_001, "extremely strong"), (1e300, "extremely strong")],
)  # fmt: skip
def test_the_words_are_those_of_the_guideline(ratio, word):
    assert verbal(math.log(ratio)) == f"{word} support for a generator"
    assert verbal(-math.log(ratio)) == f"{word} support against a generator"


def test_at_a_bound_the_stronger_word_holds():
    for bound, word in VERBAL_SCALE:
        assert verbal(math.log(bound)).startswith(f"{word} support")
        assert not verbal(math.log(bound) - 1e-9).startswith(f"{word} support")


@given(st.floats(-1e4, 1e4))
def test_words_never_call_a_picture_real_and_turn_with_the_sign(llr):
    said = verbal(llr)
    assert "real" not in said
    assert verbal(abs(llr)).replace(" for a", " against a") == verbal(-abs(llr))
    assert (said == "no support either way") == (abs(llr) < math.log(2))


def test_stronger_ratios_never_have_weaker_words():
    order = ["no", *(word for _, word in VERBAL_SCALE)]
    said = [verbal(llr).split(" support")[0] for llr in np.linspace(0, 20, 500)]
    assert np.all(np.diff([order.index(word) for word in said]) >= 0)
    assert {*said} == {*order}


# The share of generated pictures


@pytest.mark.parametrize("apart", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.5, 0.9, 1.0])
def test_the_share_of_a_mixture_is_recovered(rng, share, apart):
    found = generated_share(mixed(rng, 4000, share, apart))
    assert found.low - 0.02 <= share <= found.high + 0.02
    assert found.share == pytest.approx(share, abs=0.06)
    assert found.n == 4000


def test_intervals_of_the_share_hold_the_truth_as_often_as_they_say(rng):
    found = [generated_share(mixed(rng, 150, 0.3, 2.5)) for _ in range(600)]
    assert 0.92 < np.mean([one.low <= 0.3 <= one.high for one in found]) < 0.98
    assert np.mean([one.share for one in found]) == pytest.approx(0.3, abs=0.01)


@given(ratios)
def test_the_interval_holds_the_share_and_the_share_is_likeliest(llr):
    found = generated_share(llr)
    assert 0 <= found.low <= found.share <= found.high <= 1

    def likelihood(share: float) -> float:
        return float(np.log(share * np.exp(llr) + 1 - share).sum())

    best = likelihood(found.share)
    for share in np.linspace(0, 1, 21):
        assert likelihood(share) <= best + 1e-9
    for bound in {found.low, found.high} - {0.0, 1.0}:
        assert best - likelihood(bound) == pytest.approx(1.9207, abs=1e-4)


@given(ratios.filter(lambda llr: bool(llr.any())))
def test_within_0_and_1_the_share_is_the_mean_chance_with_itself_as_the_prior(llr):
    share = generated_share(llr).share
    odds = share * np.exp(llr)
    mean = float(np.mean(odds / (odds + 1 - share)))
    if 1e-6 < share < 1 - 1e-6:
        assert mean == pytest.approx(share, abs=1e-9)
    assert (share == 0) == (np.mean(np.exp(llr)) <= 1)
    assert share < 1 or np.mean(np.exp(-llr)) <= 1 + 1e-6


@given(ratios, st.randoms(use_true_random=False))
def test_the_share_knows_no_order(llr, random):
    places = [*range(len(llr))]
    random.shuffle(places)
    as_is, shuffled = generated_share(llr), generated_share(llr[places])
    assert near(as_is, shuffled)
    grouped = generated_share(llr, groups=[place // 2 for place in range(len(llr))])
    assert near(grouped, generated_share(llr[places], groups=[place // 2 for place in places]))


@given(ratios, st.integers(1, 5))
def test_copies_in_one_group_are_one_picture(llr, copies):
    once = generated_share(llr)
    again = generated_share(np.tile(llr, copies), groups=[*range(len(llr))] * copies)
    assert near(once, again)
    alone = generated_share(llr, groups=[7 - 3 * place for place in range(len(llr))])
    assert near(once, alone)


@given(ratios)
def test_swapping_the_classes_mirrors_the_interval(llr):
    found, turned = generated_share(llr), generated_share(-llr)
    assert turned.low == pytest.approx(1 - found.high, abs=1e-6)
    assert turned.high == pytest.approx(1 - found.low, abs=1e-6)


def test_fewer_pictures_have_wider_intervals_and_so_have_pictures_in_groups(rng):
    llr = mixed(rng, 400, 0.4, 3)
    width = [one.high - one.low for one in
             (generated_share(llr),
              generated_share(np.tile(llr, 4)),
              generated_share(llr, groups=(np.arange(400) // 4).tolist()))]  # fmt: skip
    assert width[1] == pytest.approx(width[0] / 2, rel=0.05)
    assert width[2] > 1.5 * width[0]


@pytest.mark.parametrize("strength", [20.0, 800.0, 1e300])
def test_a_set_that_is_all_of_one_kind_has_a_bound_by_its_size(strength):
    none, every = generated_share([-strength] * 50), generated_share([strength] * 50)
    bound = 1 - math.exp(-1.9207 / 50)
    assert (none.share, none.low, none.n) == (0, 0, 50)
    assert (every.share, every.high) == (1, 1)
    assert none.high == pytest.approx(bound, abs=1e-4)
    assert every.low == pytest.approx(1 - bound, abs=1e-4)


def test_ratios_that_say_nothing_leave_every_share_possible():
    assert generated_share([0.0] * 100) == GeneratedShare(0.0, 0.0, 1.0, 100)


def near(one: GeneratedShare, other: GeneratedShare) -> bool:
    """To 1e-6: the share is where a slope is 0, and sums in another order round otherwise."""
    pairs = ((one.share, other.share), (one.low, other.low), (one.high, other.high))
    return one.n == other.n and all(a == pytest.approx(b, abs=1e-6) for a, b in pairs)


# What is refused


@pytest.mark.parametrize("measure", [cllr, least_cllr, tippett])
@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ([], EmptySetError, "gan is empty: pass the number of one picture at least"),
        ([[1.0]], ParameterError, r"gan has shape \(1, 1\): pass a row of numbers"),
        (1.0, ParameterError, r"gan has shape \(\): pass a row of numbers"),
        (["cat"], ParameterError, "gan holds what is no number"),
        ([1.0, math.nan, math.inf], ParameterError, "gan has 2 of 3 that are not finite"),
    ],
)
def test_rows_that_are_none_are_refused(measure, wrong, error, said):
    with pytest.raises(error, match=said):
        measure(wrong, [0.0])
    with pytest.raises(error, match=said.replace("gan", "real")):
        measure([0.0], wrong)


@pytest.mark.parametrize("measure", [cllr, least_cllr])
@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ([1.0], ParameterError, "has 1 number for 2 pictures: pass one each"),
        ([1.0, -1.0], ParameterError, "reaches from -1 to 1: pass weights of 0 or more"),
        ([0.0, 0.0], ParameterError, "reaches from 0 to 0: pass weights of 0 or more"),
        ([1.0, math.nan], ParameterError, "has 1 of 2 that are not finite"),
        ([], EmptySetError, "is empty"),
    ],
)
def test_weights_that_are_none_are_refused(measure, wrong, error, said):
    for name in ("gan_weights", "real_weights"):
        with pytest.raises(error, match=f"{name} {said}"):
            measure([1.0, 2.0], [0.0, 1.0], **{name: wrong})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([1], "groups has 1 number for 2 pictures: pass one each"),
        ([], "groups has 0 numbers for 2 pictures: pass one each"),
        ([0.0, 1.0], "groups holds what is no whole number"),
        (["a", "b"], "groups holds what is no whole number"),
        ([[0], [1, 2]], "groups holds what is no whole number"),
        (5, "groups holds what is no whole number"),
        ([1, 2**80], "groups holds what is no whole number"),
    ],
)
def test_groups_that_are_none_are_refused(wrong, said):
    with pytest.raises(ParameterError, match=said):
        generated_share([1.0, 2.0], groups=wrong)


def test_a_set_without_pictures_has_no_share():
    with pytest.raises(EmptySetError, match="llr is empty"):
        generated_share([])
    with pytest.raises(ParameterError, match="llr has 1 of 2 that are not finite"):
        generated_share([1.0, math.inf])


def test_no_number_has_no_words():
    with pytest.raises(ForensicsError, match="llr is nan: pass the logarithm"):
        verbal(math.nan)


def test_nothing_that_was_passed_in_is_changed(rng):
    llr = mixed(rng, 50, 0.5, 2)
    before, weights = llr.copy(), np.ones(50)
    for row in (llr, weights):
        row.setflags(write=False)
    cllr(llr, llr, gan_weights=weights)
    least_cllr(llr, llr, real_weights=weights)
    tippett(llr, llr)
    generated_share(llr, groups=[1] * 50)
    assert np.array_equal(llr, before)
