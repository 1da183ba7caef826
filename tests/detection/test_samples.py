from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from forensics.detection import samples
from forensics.detection.features import ANY_FEATURES
from forensics.detection.samples import N_FOLDS, Samples, sampled
from forensics.detection.specimens import Running, look_at, split
from forensics.images.sources import BytesSource

pytestmark = pytest.mark.usefixtures("few_deliveries", "trained")


def drawn(sets, kept, *, seed: int = 0, method="traces") -> Samples:
    return sampled(
        *sets, name="x", method=method, seed=seed, kept=dict(kept), running=Running(workers=2)
    )


def test_every_row_says_whose_it_is(sets, kept):
    found = drawn(sets, kept)
    table = found.table
    assert table.names == ANY_FEATURES and table.values.shape == (len(table), len(ANY_FEATURES))
    assert np.isfinite(table.values).all()
    assert set(table.origins[table.gan]) == {"gan"} and set(table.origins[~table.gan]) == {"a", "b"}
    assert set(table.delivered) <= {"whole", "crop", "rescaled crop"}
    assert set(table.folds) == set(range(N_FOLDS))
    assert found.whole is None and found.by_fold == (None,) * N_FOLDS and found.skipped == ()
    n_journeys = [len(ways) for ways in samples._journeys(found.gan, found.real, "traces", 0)]
    assert sum(n_journeys) == len(table) + found.too_small


def test_folds_are_about_one_size_and_the_seed_draws_the_journeys(sets):
    looked = [look_at(some, Running()).pictures for some in sets]
    gan, real = split(*looked, n_folds=N_FOLDS, seed=0)
    for some in (gan, real):
        assert max(Counter(one.fold for one in some).values()) <= 7
    ways = [str(samples._journeys(gan, real, "traces", seed)) for seed in (0, 0, 1)]
    assert ways[0] == ways[1] != ways[2]
    assert {len(one) for one in samples._journeys(gan, real, "thread", 0)} == {1}


def test_an_origin_of_few_pictures_has_more_deliveries_of_each(sets, monkeypatch):
    monkeypatch.setattr(samples, "_ROWS", 100)
    gan, real = sets
    few = [BytesSource(f"real/few/{i}.png", one.data) for i, one in enumerate(real[:5])]
    many = [BytesSource(f"real/many/{i}.png", one.data) for i, one in enumerate(real[5:])]
    looked = [look_at(some, Running()).pictures for some in (gan, [*few, *many])]
    ways = samples._journeys(*looked, "traces", 0)[len(gan) :]
    counts = {
        origin: {
            len(mine) for mine, one in zip(ways, looked[1], strict=True) if one.origin == origin
        }
        for origin in ("few", "many")
    }
    assert min(counts["few"]) > max(counts["many"])
