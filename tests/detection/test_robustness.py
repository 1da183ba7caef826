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
from known_source import generated, known

from forensics.detection import robustness as module
from forensics.detection.attribution import Attribution, attribution
from forensics.detection.evidence import evidence
from forensics.detection.inspection import inspect_image, iter_inspections
from forensics.detection.robustness import robust, robustness, small_deliveries
from forensics.detection.score import Robustness, ScoreModel, Verdict
from forensics.errors import ImageShapeError
from forensics.images.delivery import deliver, delivered_pixels
from forensics.images.encoding import png_bytes
from forensics.images.sources import BytesSource
from forensics.images.steps import Crop, Jpeg, Resize

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


def shown(rise: float | None = 0.0, above: float | None = 0.0) -> ScoreModel:
    return known_score(robustness=dict.fromkeys(NAMES, Robustness(rise, above)))


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
        assert robust(found, CAT, shown(rise=4.9, above=0.9)) is found
    unknown = known_score(robustness={})
    assert robust(saying(UNSURE), CAT, unknown).verdict == UNSURE  # it is unsure already


@pytest.mark.parametrize(
    ("found", "model"),
    [
        (saying(NONE, 1.0), shown(rise=5.0)),  # it might reach 6, where a trace is claimed
        (saying(NONE, 1.0), shown(rise=None)),
        (saying(NONE, -99.0), known_score(robustness={})),
        (saying(TRACE, 7.0), shown(above=7.0)),
        (saying(TRACE, 7.0), shown(above=None)),
        (saying(TRACE, 99.0), known_score(robustness={})),
    ],
    ids=range(6),
)
def test_what_might_turn_or_was_never_shown_not_to_is_tried(found, model, tried):
    again = robust(found, CAT, model)
    assert len(tried) == (len(NAMES) if found.verdict == NONE else 1)
    assert (again is found) == (found.verdict == NONE)  # the cut alone counts against a trace


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_only_the_deliveries_that_might_turn_it_are_tried(place, tried):
    turning = {NAMES[place]: Robustness(None, None)}
    robust(saying(NONE), CAT, known_score(robustness={**NOTHING_TURNS, **turning}))
    steps = small_deliveries(CAT.shape)[NAMES[place]]
    assert tried == [delivered_pixels(CAT, steps).shape]


@pytest.mark.parametrize(
    ("verdict", "place"), [(TRACE, 0), *((NONE, place) for place in range(len(NAMES)))]
)
def test_a_verdict_that_one_turns_around_is_unsure(verdict, place, monkeypatch):
    other = {TRACE: NONE, NONE: TRACE}[verdict]
    answers = iter([verdict] * place + [other] * 9)
    monkeypatch.setattr(module, "evidence", lambda *_, **__: None)
    monkeypatch.setattr(module, "attribution", lambda *_, **__: saying(next(answers)))
    found = saying(verdict, 1.0)
    again = robust(found, CAT, known_score(robustness={}))
    assert (again.verdict, again.turned) == (UNSURE, NAMES[place])
    for name in ("score", "log_likelihood_ratio", "log_odds", "reference", "contributions"):
        assert getattr(again, name) == getattr(found, name)
    assert again.family is None


def test_a_trace_that_a_save_or_a_resize_removes_was_there_nevertheless(tried):
    found = saying(TRACE, 9.0)
    model = known_score(robustness={**dict.fromkeys(NAMES), NAMES[0]: Robustness(0.0, 0.0)})
    assert robust(found, CAT, model) is found and tried == []


@pytest.mark.parametrize("verdict", [TRACE, NONE])
def test_one_that_only_makes_it_unsure_turns_nothing_around(verdict, monkeypatch):
    monkeypatch.setattr(module, "evidence", lambda *_, **__: None)
    monkeypatch.setattr(module, "attribution", lambda *_, **__: saying(UNSURE))
    found = saying(verdict)
    assert robust(found, CAT, known_score(robustness={})) is found


def test_a_picture_that_is_too_small_afterwards_is_not_turned_by_it(monkeypatch):
    def too_small(*_: object, **__: object) -> None:
        raise ImageShapeError("too small by now")

    monkeypatch.setattr(module, "evidence", too_small)
    found = saying(NONE)
    assert robust(found, CAT, known_score(robustness={})) is found


@cache
def after(name: str) -> float:
    """Log odds of the cat, after a small delivery or as it is."""
    steps = small_deliveries(CAT.shape).get(name, ())
    image = delivered_pixels(CAT, steps) if steps else np.ascontiguousarray(CAT)
    return attribution(evidence(image), model=known_score(energies=3.0)).log_odds


def test_on_a_picture_it_is_what_each_delivery_says_by_itself():
    rises = {name: after(name) - after("") for name in NAMES}
    assert max(rises.values()) > 0.1
    source = BytesSource("cat.png", png_bytes(np.ascontiguousarray(CAT)))
    for gap in (0.5 * max(rises.values()), max(rises.values()) + 0.01):
        limit = after("") + gap
        model = known_score(energies=3.0, doubtful=limit, certain=limit, robustness={})
        turning = [name for name in NAMES if rises[name] >= gap]
        found, _ = inspect_image(source, model=model)
        [same] = iter_inspections([source], model=model)
        assert found.attribution.turned == same.attribution.turned
        assert found.attribution.turned == (turning[0] if turning else "")
        assert found.attribution.verdict == (UNSURE if turning else NONE)


def test_a_pattern_that_is_there_stands_all_of_them():
    source = BytesSource("made.png", png_bytes(generated()))
    model = known_score(robustness={})
    found, _ = inspect_image(source, model=model, fingerprints=(known(),))
    assert (found.attribution.verdict, found.attribution.turned) == (TRACE, "")


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


@given(TRIALS, st.floats(0, 5), st.floats(0, 5))
def test_no_trial_went_further_than_is_remembered(trials, doubtful, further):
    certain = doubtful + further
    found = robustness(*measured(trials), doubtful=doubtful, certain=certain)
    assert list(found) == NAMES
    starts = np.array(trials)[:, 0]
    for number, name in enumerate(NAMES, start=1):
        ends = np.array(trials)[:, number]
        low, high = starts < doubtful, starts >= certain
        one = found[name]
        assert (one.rise is None) == (low.sum() < 20) and (one.above is None) == (high.sum() < 20)
        if one.rise is not None:
            assert one.rise == max(0.0, (ends - starts)[low].max())
        if one.above is not None:
            fallen = starts[high & (ends < doubtful)]
            assert one.above == max([certain, *fallen])


@given(TRIALS, st.floats(0, 5), st.floats(0, 5))
def test_whatever_was_turned_in_the_trials_would_be_tried_again(trials, doubtful, further):
    certain = doubtful + further
    found = robustness(*measured(trials), doubtful=doubtful, certain=certain)
    model = known_score(doubtful=doubtful, certain=certain, robustness=found)
    for first, *others in trials:
        for name, last in zip(NAMES, others, strict=True):
            start = model.verdict(first)
            if {start, model.verdict(last)} == {TRACE, NONE}:
                assert module._may_turn(saying(start, first + 1e-12), model, found[name])


@given(TRIALS, st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(trials, random):
    log_odds, pictures, deliveries = measured(trials)
    order = random.sample(range(len(log_odds)), len(log_odds))
    one = robustness(log_odds, pictures, deliveries, doubtful=1.0, certain=3.0)
    other = robustness(log_odds[order], pictures[order], deliveries[order], doubtful=1, certain=3)
    assert one == other


def test_pictures_that_were_not_measured_as_they_are_say_nothing():
    log_odds, pictures, deliveries = measured([[0.0, *[9.0] * len(NAMES)]] * 25)
    kept = (pictures > 2) | (deliveries > 0)
    found = robustness(log_odds[kept], pictures[kept], deliveries[kept], doubtful=1.0, certain=3.0)
    assert all(one.rise == 9.0 for one in found.values())
    kept = (pictures > 5) | (deliveries > 0)
    few = robustness(log_odds[kept], pictures[kept], deliveries[kept], doubtful=1.0, certain=3.0)
    assert all(one.rise is None for one in few.values())


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
