"""Rows of features: chosen by flag and name, weighed so that no origin outvotes the others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forensics.detection import tables as module
from forensics.detection.tables import Table, weights

DELIVERED = ("whole", "crop", "rescaled crop")


def table(
    names: tuple[str, ...] = ("a", "b", "c", "d", "e", "f"),
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


def test_weights_balance_classes_and_origins():
    rng = np.random.default_rng(0)
    one = table(n=400)
    rows = one.rows(~one.gan | (rng.random(400) < 0.2))
    found = weights(rows)
    assert found.mean() == pytest.approx(1) and (found > 0).all()
    assert found[rows.gan].sum() == pytest.approx(found[~rows.gan].sum())
    real = np.unique(rows.origins[~rows.gan])
    counts, sums = (
        np.array([sum_of(found[rows.origins == origin]) for origin in real])
        for sum_of in (len, np.sum)
    )
    np.testing.assert_allclose(sums / sums[0], np.sqrt(counts / counts[0]))
    for origin in np.unique(rows.origins):
        assert np.ptp(found[rows.origins == origin]) < 1e-12


def test_an_origin_that_both_classes_have_counts_in_each_for_itself():
    one = table(n=100)
    shared = dataclasses.replace(one, origins=np.full(100, "everywhere"))
    np.testing.assert_allclose(weights(shared), 1)


def test_rows_and_columns_are_chosen_by_flag_and_name():
    one = table(n=40)
    few = one.rows(one.gan)
    assert len(few) == 20 and few.gan.all() and set(few.origins) == {"gan"}
    assert np.array_equal(few.values, one.values[one.gan])
    two = one.columns([one.names[5], one.names[2]])
    assert np.array_equal(two.values, one.values[:, [5, 2]]) and two.names == one.names[5:1:-3]


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
