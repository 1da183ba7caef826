from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from forensics.detection import unseen as module
from forensics.detection.heads import Calibration, Head, Layer, Way, chances
from forensics.detection.metrics import metrics
from forensics.detection.tables import Table
from forensics.detection.unseen import unseen_metrics

HEAD = Head(
    ("one",),
    np.zeros(1),
    np.ones(1),
    (Way("way", 1.0, (Layer(np.ones((1, 1)), np.zeros(1)),)),),
    Calibration.straight(),
    1.0,
    2.0,
)


def table(n: int = 300, *, seed: int = 0) -> tuple[Table, np.ndarray]:
    rng = np.random.default_rng(seed)
    gan = rng.random(n) < 0.4
    origins = np.where(gan, "gan", rng.choice(["photos", "faces"], n))
    delivered = rng.choice(["whole", "crop", "rescaled crop"], n)
    log_odds = rng.normal(size=n) + 2 * gan
    values = log_odds[:, np.newaxis]
    return Table(("one",), values, gan, origins, rng.integers(0, 4, n), delivered), log_odds


def of(one: Table, log_odds: np.ndarray, head: Head = HEAD) -> dict:
    return unseen_metrics(one, {"together": log_odds}, {"together": head})["together"]


def test_figures_are_those_of_the_metrics():
    one, log_odds = table()
    found = of(one, log_odds)
    scores = chances(log_odds)
    for figures, rows in (
        (found["all"], np.full(len(one), True)),
        *((found["by_delivery"][kind], one.delivered == kind) for kind in set(one.delivered)),
    ):
        expected = metrics(scores[rows & one.gan], scores[rows & ~one.gan])
        assert figures == {
            "accuracy": round(expected.accuracy, 4),
            "auc": round(expected.auc, 4),
            "ece": round(expected.ece, 4),
        }


def test_shares_are_counted_above_the_thresholds():
    one, log_odds = table()
    found = of(one, log_odds)
    assert found["found_at_0.01"] == pytest.approx((log_odds[one.gan] > 1).mean(), abs=5e-5)
    assert found["found_at_0.001"] == pytest.approx((log_odds[one.gan] > 2).mean(), abs=5e-5)
    assert found["found_at_0.001"] <= found["found_at_0.01"]
    assert set(found["false_at_0.01_by_origin"]) == {"photos", "faces"}
    for origin, share in found["false_at_0.01_by_origin"].items():
        mine = ~one.gan & (one.origins == origin)
        assert share == pytest.approx((log_odds[mine] > 1).mean(), abs=5e-5)


def test_every_head_is_judged_by_its_own_scores():
    one, log_odds = table()
    other = dataclasses.replace(HEAD, doubtful=0.5)
    found = unseen_metrics(
        one, {"together": log_odds, "any": log_odds - 1}, {"together": HEAD, "any": other}
    )
    assert found == {"together": of(one, log_odds), "any": of(one, log_odds - 1, other)}
    assert list(found) == ["together", "any"]


def test_scores_of_no_head_are_not_judged():
    one, log_odds = table()
    assert unseen_metrics(one, {"any": log_odds}, {}) == {}


def test_perfect_scores_are_perfect_and_turned_ones_the_opposite():
    one, _ = table()
    log_odds = np.where(one.gan, 9.0, -9.0)
    found = of(one, log_odds)
    assert found["all"]["accuracy"] == found["all"]["auc"] == found["found_at_0.01"] == 1
    assert set(found["false_at_0.01_by_origin"].values()) == {0.0}
    turned = of(one, -log_odds)
    assert turned["all"]["accuracy"] == turned["all"]["auc"] == turned["found_at_0.01"] == 0


def test_a_delivery_of_one_class_has_no_figures():
    one, log_odds = table()
    delivered = np.where(one.gan, "whole", "crop")
    assert of(dataclasses.replace(one, delivered=delivered), log_odds)["by_delivery"] == {}
    mixed = np.where(np.arange(len(one)) < 200, "rescaled crop", delivered)
    found = of(dataclasses.replace(one, delivered=mixed), log_odds)
    assert set(found["by_delivery"]) == {"rescaled crop"}


def test_an_origin_that_both_classes_have_counts_its_real_pictures_alone():
    one, log_odds = table()
    shared = dataclasses.replace(one, origins=np.full(len(one), "everywhere"))
    found = of(shared, log_odds)["false_at_0.01_by_origin"]
    assert found == {"everywhere": pytest.approx((log_odds[~one.gan] > 1).mean(), abs=5e-5)}


def test_the_order_of_rows_does_not_matter():
    one, log_odds = table()
    order = np.random.default_rng(1).permutation(len(one))
    turned = Table(
        one.names,
        *(getattr(one, name)[order] for name in ("values", "gan", "origins", "folds", "delivered")),
    )
    assert of(turned, log_odds[order]) == of(one, log_odds)


def test_it_is_ready_for_json():
    found = of(*table())
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
