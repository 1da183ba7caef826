from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.classifier import train as module
from forensics.detection.classifier.fit import FeatureTable, weights
from forensics.detection.classifier.train import Trained, measured_sets, thresholds, train
from forensics.detection.verdict.attribution import attribution
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.model_file import load_model, model_record, save_model
from forensics.detection.verdict.references import PICTURE_KINDS
from forensics.detection.verdict.robustness import small_deliveries
from forensics.detection.verdict.score import FEATURES, WEIGHED
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.delivery.encode import png_bytes
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.fingerprint import FingerprintSums, fingerprint
from forensics.views.results.training import render_training, training_record

FEW_DELIVERIES = 12
"""Of every source, as `trained` has."""
pytestmark = pytest.mark.usefixtures("few_tried")


def numbers(done: Trained) -> str:
    """All that a model says, but the day it was made."""
    record = model_record(done.model)
    record["training"] = {**record["training"], "date": ""}
    return json.dumps(record, sort_keys=True)


def again(sets, kept, **how: object) -> Trained:
    given = {"name": "rows", "deliveries": FEW_DELIVERIES, "kept": dict(kept)}
    return train(*sets, **{**given, **how})


# From end to end


@pytest.mark.slow
def test_a_score_has_all_that_is_told_of_a_picture(trained):
    model = trained.model
    assert (model.name, trained.skipped) == ("rows", ())
    assert tuple(curve.name for curve in model.curves) == WEIGHED
    assert model.doubtful <= model.certain and model.bound == pytest.approx(math.log(20 / 3))
    assert list(model.robustness) == list(small_deliveries((128, 128)))
    assert model.reference.sources == ("a", "b")
    assert model.reference.rate(-99.0).real == 2 * FEW_DELIVERIES
    assert sum(model.reference.rate(-9.0, kind).real for kind in range(len(PICTURE_KINDS))) == 24


def test_it_scores_pictures_that_it_has_not_seen(trained, soft):
    gan, real = (
        [
            attribution(evidence(soft(seed, 200, rows=rows)), model=trained.model).log_odds
            for seed in range(90, 96)
        ]
        for rows in (4.0, 0.0)
    )
    assert np.median(gan) > np.median(real)


def test_it_tells_how_it_was_made(trained):
    facts = trained.model.training
    assert facts.seed == 0 and facts.features == FEATURES
    assert {"numpy", "scipy", "catforensics"} <= set(facts.versions)
    assert facts.sets["gan"].sources == {"one": 10, "two": 10}
    assert facts.sets["real"].sources == {"a": 10, "b": 10}
    assert facts.sets["gan"].sha256 != facts.sets["real"].sha256
    for label in ("gan", "real"):
        assert facts.sets[label].n_images == 20
        assert facts.sets[label].n_deliveries == 2 * FEW_DELIVERIES
    json.dumps(model_record(trained.model), allow_nan=False)


def test_its_figures_are_of_sources_that_the_fits_have_not_seen(trained):
    found = trained.model.metrics
    assert found.n_sources == {"gan": 2, "real": 2}
    assert 0 <= found.auc <= 1 and 0 <= found.ece <= 1 and found.cllr >= 0
    counts = found.traces
    assert set(counts["gan"]) == {"one", "two"} and set(counts["real"]) == {"a", "b"}
    for above, n in (*counts["gan"].values(), *counts["real"].values()):
        assert 0 <= above <= n == FEW_DELIVERIES
    assert all(above == 0 for above, _ in counts["real"].values())


def test_saving_and_loading_a_score_changes_nothing(trained, tmp_path, soft):
    path = tmp_path / "rows.json"
    save_model(trained.model, path)
    loaded = load_model(path)
    assert model_record(loaded) == model_record(trained.model)
    found = evidence(soft(77, 160))
    here, there = (attribution(found, model=model) for model in (trained.model, loaded))
    assert here.log_odds == there.log_odds and here.verdict == there.verdict
    assert (here.reference, here.alike) == (there.reference, there.alike)


def test_what_it_came_to_is_told(trained):
    said = render_training(trained.model)
    assert "20 generated and 20 real pictures of 2 and 2 sources" in said
    assert "are of one source" not in said
    record = training_record(trained.model)
    assert (
        json.loads(json.dumps(record, allow_nan=False))["metrics"]
        == trained.model.metrics.to_dict()
    )


# What is measured once


def test_the_same_seed_is_the_same_score_and_nothing_is_measured_twice(
    trained, sets, kept, monkeypatch
):
    monkeypatch.setattr(
        "forensics.detection.classifier.measure._row",
        lambda *_: pytest.fail("a row was measured again"),
    )
    rows = dict(kept)
    same = train(*sets, name="rows", deliveries=FEW_DELIVERIES, kept=rows)
    assert numbers(same) == numbers(trained) and set(rows) == set(kept)
    reseeded = replace(trained.model, training={})
    assert reseeded.training != trained.model.training  # nothing was changed in place


@pytest.mark.slow
def test_workers_and_the_order_of_folders_change_no_row(sets, kept, trained):
    gan, real = sets
    turned = [
        sorted(some, key=lambda one: (one.name.split("/")[0] == first, 0))
        for some, first in ((gan, "one"), (real, "a"))
    ]
    rows = dict(kept)
    same = train(*turned, name="rows", deliveries=FEW_DELIVERIES, kept=rows, workers=3)
    assert same.model.doubtful == pytest.approx(trained.model.doubtful, abs=0.05)
    assert same.model.training.sets["gan"].sha256 == (trained.model.training.sets["gan"].sha256)
    new = set(rows) - set(kept)  # small deliveries are tried on other pictures
    assert len(new) <= 8 * (1 + len(small_deliveries((128, 128))))


def test_another_seed_goes_other_ways(sets, kept, monkeypatch):
    asked: list[list] = []

    def ways(pictures, deliveries, **_):
        asked.append(deliveries)
        raise EmptySetError("enough")

    monkeypatch.setattr(module, "measured_rows", ways)
    for seed in (0, 0, 1):
        with pytest.raises(EmptySetError, match="enough"):
            again(sets, kept, seed=seed)
    assert asked[0] == asked[1] != asked[2]


# Sources


def measured(sets, kept, **how: object):
    return measured_sets(*sets, **{"deliveries": FEW_DELIVERIES, "kept": dict(kept), **how})


def test_every_row_says_of_which_source_it_is(sets, kept, trained):
    found = measured(sets, kept)
    assert len(found.table) == sum(map(len, found.rows)) == 4 * FEW_DELIVERIES
    assert found.table.generated.tolist() == [True] * 24 + [False] * 24
    for label, pictures, rows in zip((True, False), found.sets, found.rows, strict=True):
        mine = found.table.sources[found.table.generated == label]
        assert mine.tolist() == [pictures[place].origin for place in rows.pictures.tolist()]
        np.testing.assert_array_equal(
            found.table.values[found.table.generated == label], rows.values
        )
    assert found.limited.tolist() == [
        bool(one) for rows in found.rows for one in rows.limited | rows.pages
    ]


def test_real_sources_may_have_more_rows(sets, kept, monkeypatch):
    asked: list[int] = []

    def rows(_, ways, **__):
        asked.append(sum(map(len, ways)))

    monkeypatch.setattr(module, "joined", lambda _: None)
    monkeypatch.setattr(module, "measured_rows", rows)
    monkeypatch.setattr(module, "_check_enough", lambda *_: pytest.fail("enough"))
    for real, expected in ((None, [24, 24]), (30, [24, 60])):
        asked.clear()
        with pytest.raises(pytest.fail.Exception, match="enough"):
            measured(sets, kept, real_deliveries=real)
        assert asked == expected


def test_a_source_is_judged_by_the_others_and_so_is_a_family(sets, kept, trained):
    table = measured(sets, kept).table
    for label in (True, False):
        folds = {
            name: set(table.folds[(table.generated == label) & (table.sources == name)].tolist())
            for name in set(table.sources[table.generated == label].tolist())
        }
        assert all(len(own) == 1 for own in folds.values()) and len(folds) == 2
        assert len(set.union(*folds.values())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("label", ["generated", "real"])
def test_a_class_of_one_source_is_judged_by_pictures_that_do_not_look_alike_and_that_is_told(
    sets, kept, trained, label
):
    gan, real = sets
    number = ("generated", "real").index(label)
    own = [replace(one, name=f"all/{i}.png") for i, one in enumerate(sets[number])]
    some = (own, real) if number == 0 else (gan, own)
    rows = dict(kept)
    found = measured_sets(*some, deliveries=20, kept=rows)
    mine = found.table.generated == (number == 0)
    assert set(found.table.folds[mine].tolist()) == set(range(5))
    of_picture: dict[int, set[int]] = {}
    for place, fold in zip(
        found.rows[number].pictures.tolist(), found.table.folds[mine].tolist(), strict=True
    ):
        of_picture.setdefault(place, set()).add(fold)
    assert all(len(folds) == 1 for folds in of_picture.values())
    done = again(some, rows, deliveries=20)
    assert done.model.metrics.n_sources[("gan", "real")[number]] == 1
    assert f"All {label} pictures are of one source" in render_training(done.model)


def test_one_family_is_one_source_that_is_left_out(sets, kept, trained):
    found = measured(sets, kept, families={"one": "both", "two": "both"})
    assert set(found.table.sources[found.table.generated].tolist()) == {"one", "two"}
    assert len(set(found.table.folds[found.table.generated].tolist())) == 5


@pytest.mark.slow
def test_a_fingerprint_is_not_held_against_those_it_was_made_of(sets):
    rng = np.random.default_rng(0)
    sums = FingerprintSums(100, np.rint(1e6 * rng.normal(size=(200, 200))).astype(np.int64))
    mine = fingerprint(sums, "mine", family="mine", dense=True)
    found = measured_sets(*sets, fingerprints=(mine,), known={"two": "mine"}, deliveries=10)
    tried = {
        name: np.isfinite(found.table.values[found.table.sources == name, 0]).any()
        for name in ("one", "two", "a", "b")
    }
    assert tried == {"one": True, "two": False, "a": True, "b": True}
    assert np.isnan(found.table.values[found.table.sources == "two", 0]).all()


# Thresholds


@st.composite
def real_log_odds(draw: st.DrawFn) -> tuple[np.ndarray, FeatureTable]:
    """Log odds of rows of some sources of either class, most of them real."""
    sizes = draw(st.lists(st.integers(1, 150), min_size=1, max_size=5))
    step = draw(st.sampled_from([1e-9, 0.5, 3.0]))  # ties
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sources = np.repeat([f"r{i}" for i in range(len(sizes))], sizes)
    found = rng.normal(size=len(sources)) * 2 + rng.integers(0, 3, size=len(sources))
    found = np.concatenate([np.round(found / step) * step, [99.0, -99.0]])
    sources = np.append(sources, ["g", "g"])
    generated = sources == "g"
    n = len(found)
    return found, FeatureTable(np.zeros((n, 0)), generated, sources, np.zeros(n, np.intp))


@given(real_log_odds())
def test_no_more_real_pictures_lie_above_than_is_promised(some):
    log_odds, table = some
    doubtful, certain = thresholds(log_odds, table)
    assert doubtful <= certain
    real = ~table.generated
    share = weights(table.generated, table.sources)[real]
    found, sources = log_odds[real], table.sources[real]
    for limit, most in ((doubtful, 0.01), (certain, 0.001)):
        assert share[found >= limit].sum() <= most * share.sum() + 1e-9
    for name in set(sources.tolist()):
        own = found[sources == name]
        if len(own) >= 50:
            assert (own >= certain).mean() <= 0.01
    largest = found.max()
    if len(found) < 1000:
        assert certain >= largest + math.log(1000 / len(found)) - 1e-9


@given(real_log_odds())
def test_nor_are_they_higher_than_that_needs(some):
    log_odds, table = some
    doubtful, _ = thresholds(log_odds, table)
    real = ~table.generated
    share = weights(table.generated, table.sources)[real]
    assert doubtful >= math.log(2)
    if doubtful == math.log(2):  # where a finding begins to say something
        return
    below = np.nextafter(doubtful, -np.inf)
    assert share[log_odds[real] >= below].sum() > 0.01 * share.sum() - 1e-9
    assert below in log_odds[real]


@given(real_log_odds(), st.floats(-50, 50))
def test_generated_pictures_do_not_move_them(some, value):
    log_odds, table = some
    other = np.where(table.generated, value, log_odds)
    assert thresholds(log_odds, table) == thresholds(other, table)


@given(real_log_odds(), st.integers(2, 4))
def test_a_source_with_more_rows_has_no_more_to_say_on_what_is_doubtful(some, times):
    log_odds, table = some
    own = np.flatnonzero(table.sources == "r0")
    order = np.concatenate([np.arange(len(table)), *[own] * (times - 1)])
    more = dataclasses.replace(
        table, **{f.name: getattr(table, f.name)[order] for f in dataclasses.fields(FeatureTable)}
    )
    assert thresholds(log_odds[order], more)[0] == pytest.approx(thresholds(log_odds, table)[0])


# What is refused


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("n", [0, 3, 19])
def test_too_few_pictures_are_refused(sets, which, n):
    few = [list(one) for one in sets]
    few[which] = few[which][:n]
    label = ("generated", "real")[which]
    told = f"{n} different {label} pictures are too few" if n else f"no {label} picture was found"
    with pytest.raises(EmptySetError, match=told):
        train(*few, name="x")


def test_copies_do_not_count(sets):
    gan, real = sets
    copies = [BytesSource(f"copy/{i}.png", gan[0].data) for i in range(30)]
    with pytest.raises(EmptySetError, match="1 different generated picture is"):
        train(copies, real, name="x")


def test_a_picture_in_both_sets_is_refused(sets):
    gan, real = sets
    with pytest.raises(ParameterError, match=r"in both sets, two/3\.png"):
        train(gan, [*real, replace(gan[3], name="a/x.png")], name="x")


def test_a_broken_picture_ends_it_or_is_skipped(sets, kept, trained):
    gan, real = sets
    broken = BytesSource("one/broken.png", b"text")
    with pytest.raises(ImageReadError, match="broken"):
        train([*gan, broken], real, name="x")
    done = again(([*gan, broken], real), kept, on_error="skip")
    assert [one.path for one in done.skipped] == ["one/broken.png"]
    assert numbers(done) == numbers(trained)


def test_pictures_that_are_too_small_are_counted_and_left_out(sets, kept, trained, soft):
    gan, real = sets
    tiny = [BytesSource(f"t/{i}.png", png_bytes(soft(600 + i, 40))) for i in range(20)]
    with pytest.raises(EmptySetError, match=r"0 of the 20 real pictures .* 66 pixels a side"):
        again((gan, tiny), kept)
    done = again((gan, [*real, *tiny[:2]]), kept)
    assert done.model.training.sets["real"].sources["t"] == 2
    assert done.model.training.sets["real"].n_deliveries == 2 * FEW_DELIVERIES


def test_two_pictures_of_one_name_are_refused(sets):
    gan, real = ([replace(one, name=f"{i // 2}.png") for i, one in enumerate(x)] for x in sets)
    with pytest.raises(ParameterError, match="one name"):
        train(gan, real, name="rows")


@pytest.mark.slow
def test_a_set_of_pictures_that_all_look_alike_is_refused(sets, soft, kept, trained):
    rng = np.random.default_rng(0)
    base = soft(0, 80, rows=4.0).astype(int)
    alike = [
        BytesSource(
            f"gan/{i}.png",
            png_bytes(np.clip(base + rng.integers(-1, 2, base.shape), 0, 255).astype(np.uint8)),
        )
        for i in range(24)
    ]
    with pytest.raises(EmptySetError, match="look alike"):
        again((alike, sets[1]), kept, deliveries=24)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
