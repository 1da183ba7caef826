from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from forensics.detection import samples
from forensics.detection.features import ANY_FEATURES, FEATURE_VERSION, SMALLEST_SIDE
from forensics.detection.measuring import THREAD_SIDE, Journey
from forensics.detection.modelfile import load_model, model_record, save_model
from forensics.detection.scoring import check_model, scores
from forensics.detection.specimens import Running
from forensics.detection.standing import small_deliveries
from forensics.detection.training import Trained, train
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.encoding import png_bytes
from forensics.images.sources import BytesSource
from forensics.images.steps import Crop, Resize


def numbers(done: Trained) -> str:
    """All that a model says, but the day it was made."""
    record = model_record(done.model)
    record["training"] = {**record["training"], "date": ""}
    return json.dumps(record, sort_keys=True)


pytestmark = pytest.mark.usefixtures("few_deliveries")


# From end to end


def test_a_model_tells_the_sets_apart(trained):
    model = trained.model
    check_model(model)
    assert (model.name, model.method, trained.skipped) == ("rows", "traces", ())
    assert model.feature_version == FEATURE_VERSION and model.fingerprints == ()
    assert set(model.heads) == {"together", "any"}
    assert model.heads["any"].features == ANY_FEATURES
    assert list(model.standing) == list(small_deliveries((128, 128)))
    for one in model.standing.values():
        assert one.rise is None or one.rise >= 0
        assert one.above is None or one.above >= model.heads["together"].certain
    head = model.heads["together"]
    assert head.doubtful <= head.certain and head.calibration.slope(0.0) > 0
    assert model.metrics["together"]["all"]["auc"] > 0.8


def test_a_model_scores_pictures_that_it_has_not_seen(trained, soft):
    gan, real = (
        [scores(soft(seed, 200, rows=rows), trained.model).together for seed in range(90, 96)]
        for rows in (4.0, 0.0)
    )
    assert min(gan) > max(real)


def test_a_model_tells_how_it_was_made(trained, sets):
    facts = trained.model.training
    assert facts["seed"] == 0 and {"numpy", "scikit-learn", "catforensics"} <= set(
        facts["versions"]
    )
    assert facts["sets"]["gan"]["origins"] == {"gan": 20}
    assert facts["sets"]["real"]["origins"] == {"a": 10, "b": 10}
    assert facts["sets"]["gan"]["sha256"] != facts["sets"]["real"]["sha256"]
    n = [facts["sets"][label]["n_deliveries"] for label in ("gan", "real")]
    assert sum(facts["deliveries"].values()) == sum(n) and min(n) >= 20
    assert set(facts["deliveries"]) <= {"whole", "crop", "rescaled crop"}
    shares = trained.model.metrics["together"]["false_at_0.01_by_origin"]
    assert set(shares) == {"a", "b"} and all(0 <= one <= 1 for one in shares.values())


def test_saving_and_loading_a_model_changes_nothing(trained, tmp_path, soft):
    path = tmp_path / "rows.json"
    save_model(trained.model, path)
    loaded = load_model(path)
    assert model_record(loaded) == model_record(trained.model)
    image = soft(77, 160)
    assert scores(image, loaded).together == scores(image, trained.model).together


# What is measured once


def test_the_same_seed_is_the_same_model_and_nothing_is_measured_twice(
    trained, sets, kept, monkeypatch
):
    def measured(*_, **__):
        pytest.fail("a picture was measured again")

    monkeypatch.setattr("forensics.detection.measuring.row_of", measured)
    rows = dict(kept)
    again = train(*sets, name="rows", kept=rows)
    assert numbers(again) == numbers(trained)
    assert set(rows) == set(kept)


def test_order_and_workers_change_nothing_that_is_measured(sets, kept, trained):
    gan, real = sets
    rows: dict[str, np.ndarray] = {}
    train(gan[::-1], real[::-1], name="x", kept=rows, running=Running(workers=3))
    shared = set(rows) & set(kept)
    assert len(shared) > 0.7 * len(kept)  # but for those on which small deliveries are tried
    assert all(np.array_equal(rows[key], kept[key], equal_nan=True) for key in shared)


# The method of the thread


def test_the_thread_has_one_network_and_takes_pictures_as_found():
    rng = np.random.default_rng(1)
    pixels = rng.integers(60, 190, (40, 64, 64, 3), dtype=np.uint8)
    pixels = pixels.repeat(8, axis=1).repeat(8, axis=2)
    pixels[:20, ::2] += 9
    pictures = [BytesSource(f"{i // 20}/{i}.png", png_bytes(one)) for i, one in enumerate(pixels)]
    kept: dict[str, np.ndarray] = {}
    done, again = (
        train(pictures[:20], pictures[20:], name="lines", method="thread", kept=kept)
        for _ in range(2)
    )
    check_model(done.model)
    head = done.model.heads["together"]
    assert set(done.model.heads) == {"together"} and not head.is_linear
    assert len(head.features) == 464 and done.model.training["deliveries"] == {"whole": 40}
    assert pixels.shape[1] == THREAD_SIDE and numbers(again) == numbers(done)
    gan, real = (scores(pixels[i], done.model).together for i in (0, 20))
    assert gan > real


def test_the_thread_takes_no_other_size(sets):
    with pytest.raises(EmptySetError, match="512 x 512 for the method thread"):
        train(*sets, name="lines", method="thread")


# A fingerprint of the source


def test_many_pictures_of_one_size_give_a_fingerprint(soft, monkeypatch):
    ways = (), (Crop(3, 5, 130, 131),), (Crop(3, 5, 133, 133), Resize(1.1, "bicubic"))
    monkeypatch.setattr(
        samples, "training_journey", lambda seed, sha, *_: Journey(ways[int(sha[:6], 16) % 3])
    )
    cell = np.random.default_rng(5).normal(0, 4, (16, 16))
    pattern = np.tile(cell, (9, 9))[..., None]
    pictures = [np.clip(np.rint(soft(i, 144) + pattern * (i < 136)), 0, 255) for i in range(156)]
    data = [png_bytes(one.astype(np.uint8)) for one in pictures]
    gan = [BytesSource(f"gan/{i}.png", one) for i, one in enumerate(data[:136])]
    real = [BytesSource(f"real/{'ab'[i % 2]}/{i}.png", one) for i, one in enumerate(data[136:])]
    done = train(gan, real, name="cells")
    check_model(done.model)
    (source,) = done.model.fingerprints
    assert (source.name, source.n_images, source.codes.shape) == ("cells", 136, (144, 144))
    assert set(done.model.heads) == {"together", "known", "any"}
    assert set(done.model.training["deliveries"]) == {"whole", "crop", "rescaled crop"}
    assert done.model.metrics["known"]["all"]["auc"] > 0.7


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
    with pytest.raises(EmptySetError, match="1 different generated pictures"):
        train(copies, real, name="x")


def test_a_picture_in_both_sets_is_refused(sets):
    gan, real = sets
    with pytest.raises(ParameterError, match=r"in both sets, gan/3\.png"):
        train(gan, [*real, replace(gan[3], name="real/a/x.png")], name="x")


def test_a_broken_picture_ends_it_or_is_skipped(sets, kept):
    gan, real = sets
    broken = BytesSource("gan/broken.png", b"text")
    with pytest.raises(ImageReadError, match="broken"):
        train([*gan, broken], real, name="x")
    done = train(
        [*gan, broken], real, name="rows", kept=dict(kept), running=Running(on_error="skip")
    )
    assert [one.path for one in done.skipped] == ["gan/broken.png"]


def test_pictures_that_are_too_small_are_counted_and_left_out(sets, kept, soft):
    gan, real = sets
    small = [BytesSource(f"gan/s{i}.png", png_bytes(soft(500 + i, 40, rows=4.0))) for i in range(3)]
    done = train([*gan, *small], real, name="x", kept=dict(kept))
    assert done.model.training["sets"]["gan"]["n_images"] == 23
    assert done.model.training["too_small"] >= 3 and SMALLEST_SIDE > 40 * 1.75
    tiny = [BytesSource(f"t/{i}.png", png_bytes(soft(600 + i, 40))) for i in range(20)]
    with pytest.raises(EmptySetError, match="0 of the real pictures could be measured"):
        train(gan, tiny, name="x", kept=dict(kept))


def test_two_pictures_of_one_name_are_refused(sets):
    gan, real = ([replace(one, name=f"{i}.png") for i, one in enumerate(some)] for some in sets)
    with pytest.raises(ParameterError, match="one name"):
        train(gan, real, name="rows")


def test_a_set_of_pictures_that_all_look_alike_is_refused(sets, soft):
    rng = np.random.default_rng(0)
    base = soft(0, 160, rows=4.0).astype(int)
    alike = [
        BytesSource(
            f"gan/{i}.png",
            png_bytes(np.clip(base + rng.integers(-1, 2, base.shape), 0, 255).astype(np.uint8)),
        )
        for i in range(24)
    ]
    with pytest.raises(EmptySetError, match="look alike"):
        train(alike, sets[1], name="x")


def test_pictures_of_a_source_that_look_alike_are_learned_without_a_fingerprint(sets, soft):
    rng = np.random.default_rng(0)
    base = soft(0, 128, rows=4.0).astype(int)
    alike = [
        np.clip(base + rng.integers(-1, 2, base.shape), 0, 255).astype(np.uint8) for _ in range(50)
    ]
    pixels = [*alike, *(soft(i, 128, rows=4.0) for i in range(1, 86))]
    gan = [BytesSource(f"gan/{i}.png", png_bytes(one)) for i, one in enumerate(pixels)]
    assert train(gan, sets[1], name="x").model.fingerprints == ()
