from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from known_score import known_score

from forensics.detection.evaluation import evaluate as module
from forensics.detection.evaluation.conditions import CONDITIONS, Condition
from forensics.detection.evaluation.evaluate import Evaluation, evaluate
from forensics.detection.labelled import groups_of, look_at
from forensics.detection.performance.accuracy import auc
from forensics.detection.performance.likelihood import cllr, generated_share, least_cllr
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.score import ScoreModel, chances
from forensics.engine.run import RunOptions
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.delivery.encode import jpeg_bytes, png_bytes
from forensics.images.sources.find import BytesSource

BY_NAME = {condition.name: condition for condition in CONDITIONS}
IDENTITY = Condition("nothing at all", False, lambda *_: ())
MODEL = known_score(base=6.5, energies=0.8, doubtful=0.5, certain=3.0)
"""One that pictures with lines reach, mostly, and those without never."""
Sets = tuple[list[BytesSource], list[BytesSource]]


def chosen(*names: str) -> list[Condition]:
    return [BY_NAME[name] for name in names]


@pytest.fixture(scope="module")
def unseen(soft) -> Sets:
    """Generated ones are JPEGs of two sizes, real ones PNGs of two folders."""
    sides = (180, 190)
    gan = [
        BytesSource(f"gan/{i}.jpg", jpeg_bytes(soft(200 + i, sides[i % 2], rows=6.0), quality=92))
        for i in range(20)
    ]
    real = [
        BytesSource(f"{'ab'[i % 2]}/{i}.png", png_bytes(soft(300 + i, sides[i % 2])))
        for i in range(20)
    ]
    return gan, real


@pytest.fixture(scope="module")
def held() -> dict[str, np.ndarray]:
    """What `done` has measured."""
    return {}


@pytest.fixture(scope="module")
def done(unseen, held) -> Evaluation:
    said: list[str] = []
    found = evaluate(
        *unseen,
        MODEL,
        conditions=[*chosen("as found", "matched", "crop 256"), IDENTITY],
        kept=held,
        said=said.append,
    )
    assert said == ["as found", "matched", "crop 256", IDENTITY.name]
    return found


# What is told


@pytest.mark.slow
def test_every_condition_is_told_or_named_as_left_out(done):
    assert list(done.conditions) == list(done.ratios) == ["as found", "matched", IDENTITY.name]
    assert list(done.left_out) == ["crop 256"]
    assert done.left_out["crop 256"] == "no picture of one set is large enough for it"
    assert (done.n_gan, done.n_real, done.model, done.skipped) == (20, 20, MODEL.name, ())
    for found in done.conditions.values():
        assert (found.n_gan, found.n_real) == (20, 20) and 0 <= found.ece <= 1
        assert found.accuracy_interval[0] <= found.accuracy <= found.accuracy_interval[1]


@pytest.mark.slow
def test_ratios_are_those_that_are_told_and_everything_else_follows_from_them(done):
    for name, one in done.ratios.items():
        for values in (one.gan, one.real):
            assert len(values) == 20 and np.abs(values).max() <= MODEL.bound
        assert (one.cllr, one.least_cllr) == (
            cllr(one.gan, one.real),
            least_cllr(one.gan, one.real),
        )
        found = done.conditions[name]
        assert found.auc == auc(chances(one.gan), chances(one.real))
        limit = chances(MODEL.certain)
        assert found.right_gan == (chances(one.gan) > limit).sum()


def test_verdicts_are_counted_by_the_score_alone(done):
    for name, one in done.ratios.items():
        for values, counts in ((one.gan, one.verdicts["gan"]), (one.real, one.verdicts["real"])):
            assert sum(counts.values()) == len(values) == 20
            for verdict, n in counts.items():
                told = [MODEL.verdict(value) for value in values.tolist()]
                assert n == told.count(verdict)
        certain = one.verdicts["gan"].get("generator trace", 0)
        assert done.conditions[name].right_gan == certain
    assert 10 < done.ratios["as found"].verdicts["gan"]["generator trace"] < 20
    assert "generator trace" not in done.ratios["as found"].verdicts["real"]


def test_a_container_tells_all_as_found_and_nothing_once_both_are_saved_alike(done):
    assert done.match_quality == 92
    assert set(done.container_only) == {"as found", "matched"}
    assert done.container_only["as found"][0] == 1
    accuracy, (low, high) = done.container_only["matched"]
    assert accuracy == pytest.approx(0.5, abs=0.15) and low <= 0.5 <= high


def test_sources_are_counted_at_the_threshold_of_a_trace(done):
    assert done.threshold == pytest.approx(float(chances(MODEL.bounded(MODEL.certain))))
    for name, sources in done.by_source.items():
        assert name in done.conditions
        assert {key: n for key, (_, n) in sources.items()} == {
            "gan: gan": 20, "real: a": 10, "real: b": 10,
        }  # fmt: skip
        assert all(0 <= right <= n for right, n in sources.values())
        assert sources["gan: gan"][0] == done.ratios[name].verdicts["gan"]["generator trace"]


def test_what_nothing_was_done_to_is_not_moved(done):
    assert set(done.one_sided) == {"matched", IDENTITY.name}
    same, as_found = done.one_sided[IDENTITY.name], done.conditions["as found"]
    assert (same.shift_gan, same.shift_real) == (0, 0)
    assert same.auc_gan == same.auc_real == as_found.auc


def test_a_delivery_of_one_class_is_bias(done):
    first, then = done.ratios["as found"], done.ratios["matched"]
    one = done.one_sided["matched"]
    assert one.shift_gan == pytest.approx(then.gan.mean() - first.gan.mean())
    assert one.shift_real == pytest.approx(then.real.mean() - first.real.mean())
    assert (one.auc_gan, one.auc_real) == (auc(then.gan, first.real), auc(first.gan, then.real))


# What does not matter


def facts(found: Evaluation) -> object:
    return (
        {name: (one.auc, one.accuracy, one.ece) for name, one in found.conditions.items()},
        {name: (one.gan.tolist(), one.real.tolist()) for name, one in found.ratios.items()},
        found.container_only,
        found.by_source,
        found.match_quality,
    )


def test_what_is_kept_is_not_measured_again_and_says_the_same(unseen, done, held, monkeypatch):
    assert len(held) == 80  # nothing at all is what was found

    monkeypatch.setattr(
        "forensics.detection.classifier.measure._row", lambda *_: pytest.fail("measured again")
    )
    again = evaluate(
        *unseen,
        MODEL,
        conditions=[*chosen("as found", "matched"), IDENTITY],
        kept=held,
        workers=3,
    )
    assert facts(again) == facts(done) and len(held) == 80


def test_swapped_sets_have_swapped_numbers(unseen, done, held):
    """Every picture has its own ratio, whatever it is called."""
    swapped = evaluate(*unseen[::-1], MODEL, conditions=chosen("as found", "matched"), kept=held)
    assert swapped.match_quality == done.match_quality
    for name, one in swapped.ratios.items():
        before = done.ratios[name]
        assert np.array_equal(one.gan, before.real) and np.array_equal(one.real, before.gan)
        assert one.verdicts == {"gan": before.verdicts["real"], "real": before.verdicts["gan"]}
        assert swapped.conditions[name].auc == pytest.approx(1 - done.conditions[name].auc)
    one, before = swapped.one_sided["matched"], done.one_sided["matched"]
    assert (one.shift_gan, one.shift_real) == (before.shift_real, before.shift_gan)
    assert one.auc_gan == pytest.approx(1 - before.auc_real)


def test_the_order_of_pictures_does_not_matter(unseen, done, held):
    turned = [some[::-1] for some in unseen]
    found = evaluate(*turned, MODEL, conditions=chosen("as found"), kept=held)
    for here, there in (
        (found.ratios["as found"].gan, done.ratios["as found"].gan),
        (found.ratios["as found"].real, done.ratios["as found"].real),
    ):
        assert sorted(here.tolist()) == sorted(there.tolist())


def test_the_seed_draws_which_pictures_are_used(unseen, held):
    drawn = []
    for seed in (0, 0, 1):
        found = evaluate(
            *unseen, MODEL, conditions=chosen("as found"), kept=held, n_each=8, seed=seed
        )
        assert (found.n_gan, found.n_real) == (8, 8)
        drawn.append(found.ratios["as found"].gan.tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_without_as_found_nothing_is_one_sided(unseen, held):
    assert evaluate(*unseen, MODEL, conditions=[IDENTITY], kept=held).one_sided == {}


def test_a_condition_keeps_the_pictures_that_are_large_enough(unseen, soft):
    gan, real = (list(some) for some in unseen)
    for some, rows in ((gan, 6.0), (real, 0.0)):
        some += [
            BytesSource(f"{some[0].name}/{i}.png", png_bytes(soft(400 + i, 264, rows=rows)))
            for i in range(4)
        ]
    found = evaluate(gan, real, MODEL, conditions=chosen("crop 256")).conditions
    assert (found["crop 256"].n_gan, found["crop 256"].n_real) == (4, 4)


def test_the_shipped_score_is_judged_unless_another_is_given(unseen, held):
    found = evaluate(*unseen, conditions=chosen("as found"), kept=held)
    assert found.model == shipped_model().name and set(found.conditions) == {"as found"}


# Pictures that look alike, and those without a label


class Told:
    """Rows whose log odds are said by the name of the picture."""

    def __init__(self, pictures, say: Callable[[str], float]) -> None:
        self.pictures = np.arange(len(pictures))
        self._values = np.array([say(one.source.name) for one in pictures])

    def __len__(self) -> int:
        return len(self._values)

    def log_odds(self, _: ScoreModel) -> np.ndarray:
        return self._values


def saying(monkeypatch: pytest.MonkeyPatch, say: Callable[[str], float]) -> None:
    monkeypatch.setattr(module, "measured_rows", lambda pictures, *_, **__: Told(pictures, say))


def odds(name: str) -> float:
    """Of one look: whatever it is called besides."""
    number = int(name.split("/")[1].split(".", maxsplit=1)[0].split("-", maxsplit=1)[0])
    return 1.5 * math.sin(number) + (2.0 if name.startswith("gan") else -2.0)


def test_ten_pictures_of_one_look_tell_no_more_than_one(unseen, monkeypatch):
    saying(monkeypatch, odds)
    once = evaluate(*unseen, MODEL, conditions=[IDENTITY]).conditions[IDENTITY.name]
    looks = [
        [
            BytesSource(one.name.replace(".", f"-{quality}."), jpeg_bytes(pixels, quality=quality))
            for one in some
            for pixels in [_pixels(one)]
            for quality in (80, 90)
        ]
        for some in unseen
    ]
    seen = [look_at(some, RunOptions()).pictures for some in looks]
    assert [len(set(groups.tolist())) for groups in groups_of(*seen)] == [20, 20]
    twice = evaluate(*looks, MODEL, conditions=[IDENTITY]).conditions[IDENTITY.name]
    assert twice.n_gan == 40 and twice.auc == pytest.approx(once.auc)
    for name in ("accuracy_interval", "auc_interval"):
        (low, high), (lower, higher) = getattr(once, name), getattr(twice, name)
        assert higher - lower >= 0.99 * (high - low)


def _pixels(source: BytesSource) -> np.ndarray:
    from forensics.images.read import read_pixels

    return read_pixels(source)


def test_which_share_of_a_folder_is_generated_is_told_each_look_once(unseen, monkeypatch):
    saying(monkeypatch, odds)
    gan, real = unseen
    folder = [*gan[:15], *real[:5]]
    found = evaluate(gan, real, MODEL, prior_images=folder, conditions=[IDENTITY]).prior
    expected = generated_share([float(MODEL.bounded(odds(one.name))) for one in folder])
    assert (found.n, found.share) == (20, pytest.approx(expected.share))
    assert 0 <= found.low <= found.share <= found.high <= 1
    again = [BytesSource(one.name + "x", jpeg_bytes(_pixels(one), quality=90)) for one in gan[:15]]
    doubled = evaluate(
        gan, real, MODEL, prior_images=[*folder, *again], conditions=[IDENTITY]
    ).prior
    assert doubled.n == 20 and doubled.share == pytest.approx(found.share, abs=0.02)
    assert evaluate(gan, real, MODEL, conditions=[IDENTITY]).prior is None


def test_of_one_picture_without_a_label_hardly_anything_is_told(unseen, held):
    found = evaluate(
        *unseen, MODEL, prior_images=unseen[1][:1], conditions=[IDENTITY], kept=held
    ).prior
    assert found.n == 1 and found.high - found.low > 0.3


# The network of the thread


def test_the_network_takes_pictures_of_its_size_alone(unseen, soft, monkeypatch):
    saying(monkeypatch, odds)
    asked = []
    monkeypatch.setattr(
        module, "thread_accuracy", lambda *sets, **how: asked.append((sets, how)) or {}
    )
    gan, real = unseen
    large = [BytesSource(f"gan/{90 + i}.png", png_bytes(soft(i, 512))) for i in range(2)]
    found = evaluate([*gan, *large], real, MODEL, conditions=[IDENTITY])
    [((sent, none), how)] = asked
    assert [one.name for one in sent] == ["gan/90.png", "gan/91.png"] and list(none) == []
    assert [len(some) for some in how["groups"]] == [2, 0]
    assert list(how["ways"]) == ["as found", "matched"] and how["ways"]["as found"] == ()
    assert found.thread == {}


def test_without_such_pictures_it_has_nothing_to_say(done):
    assert done.thread == {}


# What is refused, and what is skipped


@pytest.mark.parametrize("which", [0, 1])
def test_too_few_pictures_are_refused(unseen, which):
    few = list(unseen)
    few[which] = few[which][:19]
    label = ("generated", "real")[which]
    with pytest.raises(EmptySetError, match=f"19 different {label} pictures are too few"):
        evaluate(*few, MODEL)


def test_broken_pictures_end_it_or_are_skipped(unseen, held):
    gan, real = unseen
    broken = BytesSource("broken.png", b"text")
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        evaluate([*gan, broken], real, MODEL)
    found = evaluate(
        [*gan, broken],
        real,
        MODEL,
        conditions=chosen("as found"),
        kept=held,
        on_error="skip",
    )
    assert [one.path for one in found.skipped] == ["broken.png"] and found.n_gan == 20


def test_sets_that_no_condition_can_take_are_refused(soft):
    tiny = [
        [BytesSource(f"{name}/{i}.png", png_bytes(soft(start + i, 64))) for i in range(20)]
        for name, start in (("gan", 700), ("real", 800))
    ]
    with pytest.raises(EmptySetError, match="66 pixels a side"):
        evaluate(*tiny, MODEL, conditions=chosen("as found"))


def test_a_folder_of_pictures_that_are_too_small_has_no_share(unseen, soft, held):
    tiny = [BytesSource(f"x/{i}.png", png_bytes(soft(700 + i, 64))) for i in range(3)]
    with pytest.raises(EmptySetError, match="no picture without label can be scored"):
        evaluate(*unseen, MODEL, prior_images=tiny, conditions=[IDENTITY], kept=held)
    with pytest.raises(EmptySetError, match="no unlabelled picture was found"):
        evaluate(*unseen, MODEL, prior_images=[], conditions=[IDENTITY], kept=held)


def test_a_picture_in_both_sets_is_refused(unseen):
    gan, real = unseen
    with pytest.raises(ParameterError, match="both sets"):
        evaluate(gan, [*real, *gan], MODEL, conditions=chosen("as found"))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
