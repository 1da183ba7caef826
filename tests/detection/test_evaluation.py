from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forensics.detection.conditions import CONDITIONS, Condition
from forensics.detection.evaluation import Evaluation, evaluate
from forensics.detection.features import FEATURE_VERSION
from forensics.detection.heads import chance
from forensics.detection.modelfile import shipped_model
from forensics.detection.specimens import Running
from forensics.errors import EmptySetError, ImageReadError, ModelError, ParameterError
from forensics.images.encoding import jpeg_bytes, png_bytes
from forensics.images.sources import BytesSource

BY_NAME = {condition.name: condition for condition in CONDITIONS}


def chosen(*names: str) -> list[Condition]:
    return [BY_NAME[name] for name in names]


@pytest.fixture(scope="module")
def unseen(soft) -> tuple[list[BytesSource], list[BytesSource]]:
    """Generated ones are JPEGs of two sizes, real ones PNGs of two folders."""
    sides = (136, 152)
    gan = [
        BytesSource(f"gan/{i}.jpg", jpeg_bytes(soft(200 + i, sides[i % 2], rows=6.0), quality=92))
        for i in range(20)
    ]
    real = [
        BytesSource(f"real/{'ab'[i % 2]}/{i}.png", png_bytes(soft(300 + i, sides[i % 2])))
        for i in range(20)
    ]
    return gan, real


@pytest.fixture(scope="module")
def done(unseen, trained) -> Evaluation:
    said: list[str] = []
    found = evaluate(
        *unseen,
        trained.model,
        conditions=chosen("as found", "matched", "crop 256"),
        said=said.append,
    )
    assert said == ["as found", "matched", "crop 256"]
    return found


def test_every_condition_is_told_or_named_as_left_out(done):
    assert list(done.conditions) == ["as found", "matched"]
    assert list(done.left_out) == ["crop 256"] and "of a size for it" in done.left_out["crop 256"]
    assert (done.n_gan, done.n_real, done.model, done.skipped) == (20, 20, "rows", ())
    for found in done.conditions.values():
        assert (found.n_gan, found.n_real) == (20, 20) and 0 <= found.ece <= 1
        assert found.accuracy_interval[0] <= found.accuracy <= found.accuracy_interval[1]


def test_the_model_finds_what_it_was_trained_on(done):
    assert all(found.auc > 0.8 for found in done.conditions.values())


def test_a_container_tells_all_as_found_and_nothing_once_both_are_saved_alike(done):
    assert done.match_quality == 92
    assert set(done.container_only) == {"as found", "matched"}
    assert done.container_only["as found"][0] == 1
    accuracy, (low, high) = done.container_only["matched"]
    assert accuracy == pytest.approx(0.5, abs=0.15) and low <= 0.5 <= high


def test_sources_are_counted_at_the_models_own_threshold(done, trained):
    assert done.threshold_1 == chance(trained.model.heads["together"].doubtful)
    for name, sources in done.by_source.items():
        assert name in done.conditions
        assert {key: n for key, (_, n) in sources.items()} == {
            "gan: gan": 20, "real: a": 10, "real: b": 10,
        }  # fmt: skip
        assert all(0 <= right <= n for right, n in sources.values())


def facts(found: Evaluation) -> object:
    return (
        {name: (one.auc, one.accuracy, one.ece) for name, one in found.conditions.items()},
        found.container_only,
        found.by_source,
        found.match_quality,
    )


def test_what_is_kept_is_not_measured_again_and_says_the_same(unseen, trained, monkeypatch):
    kept: dict[str, np.ndarray] = {}
    conditions = chosen("as found", "jpeg q75")
    first = evaluate(*unseen, trained.model, conditions=conditions, kept=kept, n_each=20)
    assert len(kept) == 80 and (first.n_gan, first.n_real) == (20, 20)

    def measured(*_, **__):
        pytest.fail("a picture was measured again")

    monkeypatch.setattr("forensics.detection.measuring.row_of", measured)
    again = evaluate(
        *unseen,
        trained.model,
        conditions=conditions,
        kept=kept,
        n_each=20,
        running=Running(workers=3),
    )
    assert facts(again) == facts(first) and len(kept) == 80


def test_the_seed_draws_which_pictures_are_used(unseen, trained):
    drawn = []
    for seed in (0, 0, 1):
        kept: dict[str, np.ndarray] = {}
        evaluate(
            *unseen, trained.model, conditions=chosen("as found"), kept=kept, n_each=8, seed=seed
        )
        drawn.append(set(kept))
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_condition_keeps_the_pictures_that_are_large_enough(unseen, trained, soft):
    gan, real = (list(some) for some in unseen)
    for some, rows in ((gan, 6.0), (real, 0.0)):
        some += [
            BytesSource(f"{some[0].name}/{i}.png", png_bytes(soft(400 + i, 264, rows=rows)))
            for i in range(4)
        ]
    found = evaluate(gan, real, trained.model, conditions=chosen("crop 256")).conditions
    assert (found["crop 256"].n_gan, found["crop 256"].n_real) == (4, 4)


def test_the_shipped_model_can_be_judged_too(unseen):
    found = evaluate(*unseen, shipped_model(), conditions=chosen("matched"), n_each=20)
    assert found.model == shipped_model().name and set(found.conditions) == {"matched"}


# What is refused, and what is skipped


def test_a_model_of_another_version_is_refused(unseen, trained):
    other = replace(trained.model, feature_version=FEATURE_VERSION + 1)
    with pytest.raises(ModelError, match="train it again"):
        evaluate(*unseen, other)


@pytest.mark.parametrize("which", [0, 1])
def test_too_few_pictures_are_refused(unseen, trained, which):
    few = list(unseen)
    few[which] = few[which][:19]
    label = ("generated", "real")[which]
    with pytest.raises(EmptySetError, match=f"19 different {label} pictures are too few"):
        evaluate(*few, trained.model)


def test_broken_pictures_end_it_or_are_skipped(unseen, trained):
    gan, real = unseen
    broken = BytesSource("broken.png", b"text")
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        evaluate([*gan, broken], real, trained.model)
    found = evaluate(
        [*gan, broken],
        real,
        trained.model,
        conditions=chosen("as found"),
        running=Running(on_error="skip"),
    )
    assert [one.path for one in found.skipped] == ["broken.png"] and found.n_gan == 20


def test_sets_that_no_condition_can_take_are_refused(trained, soft):
    tiny = [
        [BytesSource(f"{name}/{i}.png", png_bytes(soft(start + i, 64))) for i in range(20)]
        for name, start in (("gan", 700), ("real", 800))
    ]
    with pytest.raises(EmptySetError, match="128"):
        evaluate(*tiny, trained.model, conditions=chosen("as found"))


def test_a_picture_in_both_sets_is_refused(unseen, trained):
    gan, real = unseen
    with pytest.raises(ParameterError, match="both sets"):
        evaluate(gan, [*real, *gan], trained.model, conditions=chosen("as found"))
