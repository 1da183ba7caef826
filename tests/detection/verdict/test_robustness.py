"""What a verdict has to stand, and what a score remembers of it."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from known_score import NOTHING_TURNS, known_score

from forensics.detection.verdict import robustness as module
from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.robustness import robust, robustness, small_deliveries
from forensics.detection.verdict.score import Robustness, ScoreModel, Verdict
from forensics.images.delivery.deliver import deliver, delivered_pixels
from forensics.images.delivery.steps import Crop, Jpeg, Resize

NAMES = list(small_deliveries((128, 128)))
CAT = skimage.data.chelsea()[:160, :200]
TRACE, UNSURE, NONE = "generator trace", "unsure", "no generator trace"


@cache
def told() -> Attribution:
    """What is said of the cat: nothing is found."""
    return attribution(evidence(np.ascontiguousarray(CAT)), model=known_score())


def saying(verdict: Verdict, log_odds: float = 0.0) -> Attribution:
    [first, *_] = told().contributions
    only = dataclasses.replace(first, log_odds=log_odds)
    return dataclasses.replace(told(), verdict=verdict, contributions=(only,))


def shown(rise: float | None = 0.0) -> ScoreModel:
    return known_score(robustness=dict.fromkeys(NAMES, Robustness(rise)))


@pytest.fixture
def tried(monkeypatch) -> list[tuple[int, ...]]:
    """Shapes of the pictures that were measured again; nothing is found in any."""
    shapes: list[tuple[int, ...]] = []
    monkeypatch.setattr(module, "evidence", lambda image, **_: shapes.append(image.shape))
    monkeypatch.setattr(module, "attribution", lambda *_, **__: saying(NONE))
    return shapes


# What is small


@pytest.mark.parametrize("shape", [(128, 128, 3), (500, 131), (1000, 700, 3)])
def test_small_deliveries_are_small_and_can_be_taken(shape, rng):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    ways = small_deliveries(shape)
    assert list(ways) == NAMES and all(name.isprintable() for name in ways)
    for steps in ways.values():
        delivered = deliver(image, steps).pixels
        assert delivered.ndim == len(shape)
        for before, after in zip(shape[:2], delivered.shape[:2], strict=True):
            assert abs(after / before - 1) < 0.045
    assert {type(step) for steps in ways.values() for step in steps} == {Crop, Jpeg, Resize}


# One picture


def test_what_no_small_delivery_turns_is_not_tried(monkeypatch):
    monkeypatch.setattr(module, "evidence", lambda *_, **__: pytest.fail("a delivery was tried"))
    for verdict in (TRACE, UNSURE, NONE):
        found = saying(verdict, log_odds=1.0)
        assert robust(found, CAT, shown(rise=4.9)) is found
    unknown = known_score(robustness={})
    for verdict in (UNSURE, TRACE):  # one is unsure already, the other was there
        assert robust(saying(verdict), CAT, unknown).verdict == verdict


@pytest.mark.parametrize(
    ("found", "model"),
    [
        (saying(NONE, 1.0), shown(rise=5.0)),  # it might reach 6, where a trace is claimed
        (saying(NONE, 1.0), shown(rise=None)),
        (saying(NONE, -99.0), known_score(robustness={})),
    ],
    ids=range(3),
)
def test_what_might_turn_or_was_never_shown_not_to_is_tried(found, model, tried):
    again = robust(found, CAT, model)
    assert len(tried) == len(NAMES) and again is found


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_only_the_deliveries_that_might_turn_it_are_tried(place, tried):
    turning = {NAMES[place]: Robustness(None)}
    robust(saying(NONE), CAT, known_score(robustness={**NOTHING_TURNS, **turning}))
    steps = small_deliveries(CAT.shape)[NAMES[place]]
    assert tried == [delivered_pixels(CAT, steps).shape]


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_a_picture_into_which_one_brings_a_trace_is_unsure(place, monkeypatch):
    answers = iter([NONE] * place + [TRACE] * 9)
    monkeypatch.setattr(module, "evidence", lambda *_, **__: None)
    monkeypatch.setattr(module, "attribution", lambda *_, **__: saying(next(answers)))
    found = saying(NONE, 1.0)
    again = robust(found, CAT, known_score(robustness={}))
    assert (again.verdict, again.turned) == (UNSURE, NAMES[place])
    for name in ("score", "log_likelihood_ratio", "log_odds", "reference", "contributions"):
        assert getattr(again, name) == getattr(found, name)
    assert again.family is None


def test_one_that_only_makes_it_unsure_turns_nothing_around(monkeypatch):
    monkeypatch.setattr(module, "evidence", lambda *_, **__: None)
    monkeypatch.setattr(module, "attribution", lambda *_, **__: saying(UNSURE))
    found = saying(NONE)
    assert robust(found, CAT, known_score(robustness={})) is found


# What is remembered

TRIALS = st.lists(
    st.lists(st.floats(-5, 15), min_size=len(NAMES) + 1, max_size=len(NAMES) + 1),
    min_size=1,
    max_size=60,
)


def measured(trials: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds, pictures and deliveries of every trial."""
    values = np.array(trials)
    pictures, deliveries = np.indices(values.shape)
    return values.ravel(), pictures.ravel(), deliveries.ravel()


@given(TRIALS, st.floats(0, 5))
def test_no_trial_went_further_than_is_remembered(trials, doubtful):
    found = robustness(*measured(trials), doubtful=doubtful)
    assert list(found) == NAMES
    starts = np.array(trials)[:, 0]
    for number, name in enumerate(NAMES, start=1):
        ends = np.array(trials)[:, number]
        low = starts < doubtful
        one = found[name]
        assert (one.rise is None) == (low.sum() < 20)
        if one.rise is not None:
            assert one.rise == max(0.0, (ends - starts)[low].max())


@given(TRIALS, st.floats(0, 5), st.floats(0, 5))
def test_whatever_was_turned_in_the_trials_would_be_tried_again(trials, doubtful, further):
    certain = doubtful + further
    found = robustness(*measured(trials), doubtful=doubtful)
    model = known_score(doubtful=doubtful, certain=certain, robustness=found)
    for first, *others in trials:
        for name, last in zip(NAMES, others, strict=True):
            if (model.verdict(first), model.verdict(last)) == (NONE, TRACE):
                assert module._may_turn(saying(NONE, first + 1e-12), model, found[name])


@given(TRIALS, st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(trials, random):
    log_odds, pictures, deliveries = measured(trials)
    order = random.sample(range(len(log_odds)), len(log_odds))
    one = robustness(log_odds, pictures, deliveries, doubtful=1.0)
    other = robustness(log_odds[order], pictures[order], deliveries[order], doubtful=1)
    assert one == other


def test_pictures_that_were_not_measured_as_they_are_say_nothing():
    log_odds, pictures, deliveries = measured([[0.0, *[9.0] * len(NAMES)]] * 25)
    kept = (pictures > 2) | (deliveries > 0)
    found = robustness(log_odds[kept], pictures[kept], deliveries[kept], doubtful=1.0)
    assert all(one.rise == 9.0 for one in found.values())
    kept = (pictures > 5) | (deliveries > 0)
    few = robustness(log_odds[kept], pictures[kept], deliveries[kept], doubtful=1.0)
    assert all(one.rise is None for one in few.values())


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
