"""Small deliveries, and what a training remembers of them."""

from __future__ import annotations

import numpy as np
import pytest

from forensics.detection import standing as module
from forensics.detection.heads import Calibration, Head, Layer, Way
from forensics.detection.measuring import Rows
from forensics.detection.standing import Standing, small_deliveries, standings

NAMES = list(small_deliveries((128, 128)))
HEAD = Head(
    ("one",),
    np.zeros(1),
    np.ones(1),
    (Way("way", 1.0, (Layer(np.ones((1, 1)), np.zeros(1)),)),),
    Calibration.straight(),
    1.0,
    2.0,
)


def rows(starts: np.ndarray, moves: np.ndarray) -> Rows:
    """Pictures of which every small delivery moves the score by its own amount."""
    scores = np.column_stack([starts, starts[:, np.newaxis] + moves])
    n, each = scores.shape
    return Rows(
        pictures=tuple(np.repeat(np.arange(n), each).tolist()),
        journeys=tuple(np.tile(np.arange(each), n).tolist()),
        values=scores.reshape(-1, 1),
        too_small=0,
        skipped=(),
    )


def test_the_furthest_rise_of_what_was_not_found_is_kept():
    starts = np.linspace(-5, 0.9, 40)
    moves = np.tile([0.1, -1.0, 0.2, 0.3, 0.4], (40, 1))
    moves[7, 3] = 6.5
    found = standings(HEAD, rows(starts, moves))
    assert [found[name].rise for name in NAMES] == pytest.approx([0.1, 0, 0.2, 6.5, 0.4])
    assert all(found[name].above is None for name in NAMES)  # none was called generated


def test_above_the_highest_that_fell_verdicts_stand():
    starts = np.linspace(2.5, 9, 30)
    moves = np.full((30, 5), -0.4)
    moves[4, 1] = moves[11, 1] = -9.0
    moves[20, 2] = -5.5  # into doubt, and not to the other side
    found = standings(HEAD, rows(starts, moves))
    assert found[NAMES[1]].above == pytest.approx(starts[11])
    for number in (0, 2, 3, 4):
        assert found[NAMES[number]] == Standing(None, 2.0)


def test_a_few_trials_show_nothing():
    few = np.concatenate([np.full(19, -3.0), np.full(19, 5.0)])
    found = standings(HEAD, rows(few, np.zeros((38, 5))))
    assert set(found.values()) == {Standing(None, None)}
    empty = Rows(pictures=(), journeys=(), values=np.zeros((0, 0)), too_small=0, skipped=())
    assert standings(HEAD, empty) == found


def test_what_could_not_be_measured_at_first_counts_for_nothing():
    told = rows(np.full(40, -3.0), np.full((40, 5), 1.0))
    lost = np.array(told.journeys) == 0
    without = Rows(
        pictures=tuple(np.array(told.pictures)[~lost].tolist()),
        journeys=tuple(np.array(told.journeys)[~lost].tolist()),
        values=told.values[~lost],
        too_small=40,
        skipped=(),
    )
    assert set(standings(HEAD, without).values()) == {Standing(None, None)}


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
