from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.verdict import references as module
from forensics.detection.verdict.references import (
    FEWEST_ALIKE,
    LEVELS,
    PICTURE_KINDS,
    Reference,
    counted,
    kind_number,
)

ODDS = st.floats(-5, 15) | st.sampled_from(LEVELS.tolist())


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds, sources and kinds of some real pictures."""
    n = draw(st.integers(1, 60))
    log_odds = draw(st.lists(ODDS, min_size=n, max_size=n))
    sources = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=n, max_size=n))
    kinds = draw(st.lists(st.integers(0, len(PICTURE_KINDS) - 1), min_size=n, max_size=n))
    return np.array(log_odds), np.array(sources), np.array(kinds)


def alike(n: int, kind: int = 3) -> Reference:
    """A reference of so many pictures of one kind, their log odds from 0 up."""
    return counted(np.arange(n) / n, np.array(["a"] * n), np.full(n, kind))


@given(pictures(), ODDS, ODDS)
def test_higher_log_odds_are_reached_by_no_more_real_pictures(some, one, other):
    found = counted(*some)
    low, high = (found.rate(value) for value in sorted((one, other)))
    assert low.real == high.real >= low.as_much >= high.as_much >= 0
    assert low.sources == high.sources


@given(pictures(), ODDS)
def test_it_is_counted_from_the_level_below(some, value):
    """Rather one too many than one too few, and never one from further below than a level."""
    log_odds, *_ = some
    found = counted(*some).rate(value)
    assert found.as_much >= np.count_nonzero(log_odds >= value)
    step = LEVELS[1] - LEVELS[0]
    if LEVELS[1] <= value <= LEVELS[-1]:
        assert found.as_much <= np.count_nonzero(log_odds >= value - step - 1e-6)
    if value < LEVELS[1] - 1e-6:
        assert found.as_much == len(log_odds)


@given(pictures(), ODDS)
def test_kinds_add_up_to_all(some, value):
    log_odds, sources, _ = some
    found = counted(*some)
    whole, parts = (
        found.rate(value),
        [found.rate(value, kind) for kind in range(len(PICTURE_KINDS))],
    )
    assert sum(one.as_much for one in parts) == whole.as_much
    assert sum(one.real for one in parts) == whole.real == len(log_odds)
    assert whole.sources == len(found.sources) == len(set(sources.tolist()))
    assert max(one.sources for one in parts) <= whole.sources
    assert [one.kind for one in (whole, *parts)] == ["", *PICTURE_KINDS]


@given(pictures(), st.randoms(use_true_random=False))
def test_the_order_of_pictures_does_not_matter(some, random):
    order = random.sample(range(len(some[0])), len(some[0]))
    one, other = counted(*some), counted(*(part[order] for part in some))
    assert one.sources == other.sources and np.array_equal(one.counts, other.counts)


@given(pictures())
def test_counts_of_levels_never_rise(some):
    counts = counted(*some).counts
    assert counts.min() >= 0 and (np.diff(counts, axis=-1) <= 0).all()


@pytest.mark.parametrize("n", [1, FEWEST_ALIKE - 1, FEWEST_ALIKE, FEWEST_ALIKE + 1])
def test_of_under_a_hundred_of_a_kind_nothing_is_told(n):
    found = alike(n).alike(0.0, 3)
    assert (found is None) == (n < FEWEST_ALIKE == 100)
    assert found is None or (found.real, found.as_much, found.kind) == (n, n, PICTURE_KINDS[3])
    assert alike(n).alike(0.0, 4) is None


@pytest.mark.parametrize(
    ("quality", "said"),
    [(None, "without blocks"), (1, "under 75"), (74, "under 75"), (75, "75 to 89"),
     (89, "75 to 89"), (90, "90 or more"), (100, "90 or more")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("side", "size"), [(66, "under 256"), (255, "under 256"), (256, "256 to 511"),
                       (511, "256 to 511"), (512, "512 pixels or more"), (9000, "512 pixels")]
)  # fmt: skip
def test_a_kind_is_of_the_last_save_and_the_shorter_side(quality, said, side, size):
    for shape in ((side, side + 40, 3), (side + 40, side)):
        found = PICTURE_KINDS[kind_number(quality, shape)]
        assert said in found.split(", ")[0] and size in found.split(", ")[1]


def test_every_kind_can_be_reached_and_has_words_of_its_own():
    reached = {kind_number(q, (s, s)) for q in (None, 50, 80, 95) for s in (66, 256, 512)}
    assert (
        reached == set(range(len(PICTURE_KINDS)))
        and len(set(PICTURE_KINDS)) == len(PICTURE_KINDS) == 12
    )


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
