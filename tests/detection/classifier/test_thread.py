"""The network of the thread: never judged by what it was trained on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.classifier import thread as module
from forensics.detection.classifier.thread import THREAD_SIDE, thread_accuracy
from forensics.detection.performance.intervals import mean_interval
from forensics.engine.run import RunOptions
from forensics.errors import ImageReadError, ImageShapeError
from forensics.images.delivery.encode import png_bytes
from forensics.images.delivery.steps import Jpeg
from forensics.images.read import MAX_PIXELS
from forensics.images.sources.find import BytesSource
from forensics.traces.profiles import thread_vector

WAYS = {"as found": (), "matched": (Jpeg(80),)}


def named(n: int, start: int = 0) -> list[BytesSource]:
    """Pictures without pixels, for those who look at names alone."""
    return [BytesSource(str(start + i), b"") for i in range(n)]


Seen = list[tuple[np.ndarray, np.ndarray]]


def watched(patch: pytest.MonkeyPatch) -> Seen:
    """Vectors that are the number of the picture; which were learned, and which were judged."""
    seen: Seen = []

    def vectors(sources, *_):
        return np.array([[float(one.name)] for one in sources])

    def fitted(values, generated, seed):
        def predict(some):
            seen.append((values[:, 0], some[:, 0]))
            return np.ones(len(some), bool)

        return predict

    patch.setattr(module, "_vectors", vectors)
    patch.setattr(module, "_fitted", fitted)
    return seen


@pytest.fixture
def numbered(monkeypatch) -> Seen:
    return watched(monkeypatch)


def accuracy(gan, real, groups=None, ways=WAYS, **how):
    groups = groups or (range(len(gan)), range(len(gan), len(gan) + len(real)))
    given = {"groups": groups, "ways": ways, "run": RunOptions()}
    return thread_accuracy(gan, real, **{**given, **how})


# What is learned, and what is judged


@given(
    st.lists(st.integers(0, 15), min_size=20, max_size=40),
    st.lists(st.integers(10, 25), min_size=20, max_size=40),
    st.integers(0, 99),
)
def test_what_looks_alike_is_never_learned_and_judged(gan_groups, real_groups, seed):
    with pytest.MonkeyPatch.context() as patch:
        seen = watched(patch)
        gan, real = named(len(gan_groups)), named(len(real_groups), 1000)
        groups = dict(
            zip((one.name for one in (*gan, *real)), (*gan_groups, *real_groups), strict=True)
        )
        accuracy(gan, real, (gan_groups, real_groups), seed=seed)
        for learned, judged in seen:
            mine, theirs = (
                {groups[str(int(number))] for number in some} for some in (learned, judged)
            )
            assert not mine & theirs


def test_every_picture_is_judged_once_each_way(numbered):
    found = accuracy(named(25), named(30, 1000))
    judged = np.concatenate([some for _, some in numbered])
    assert sorted(judged.tolist()) == sorted(2 * [*range(25), *range(1000, 1030)])
    # All were called generated: right of one class, wrong of the other.
    assert found == dict.fromkeys(WAYS, (0.5, mean_interval((25, 25), (0, 30))))


def test_the_same_seed_learns_from_the_same_pictures(numbered):
    for seed in (0, 0, 1):
        accuracy(named(25), named(25, 1000), ways={"as found": ()}, seed=seed)
    runs = [[judged.tolist() for _, judged in numbered[i : i + 5]] for i in (0, 5, 10)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(("n_gan", "n_real"), [(0, 0), (19, 40), (40, 19)])
def test_of_under_twenty_of_a_class_nothing_is_said(n_gan, n_real, numbered):
    assert accuracy(named(n_gan), named(n_real, 1000)) == {}
    assert accuracy(named(20), named(20, 1000)) and numbered


def test_where_all_look_alike_nothing_is_said(numbered):
    assert accuracy(named(20), named(20, 1000), ([0] * 20, [0] * 20)) == {}


def test_on_noise_it_guesses(monkeypatch):
    rng = np.random.default_rng(0)
    noise = {str(i): rng.normal(size=9) for i in range(2000)}
    monkeypatch.setattr(
        module, "_vectors", lambda some, *_: np.stack([noise[x.name] for x in some])
    )
    monkeypatch.setattr(module, "_ITERATIONS", 2000)
    _, (low, high) = accuracy(named(80), named(120, 1000), ways={"as found": ()})["as found"]
    assert low <= 0.5 <= high


# On pictures


def picture(seed: int, *, busier: bool = False) -> np.ndarray:
    """Noise; with some rows that are busier, the same in every picture."""
    rng = np.random.default_rng(seed)
    rows = np.random.default_rng(7).uniform(1, 1.5, (THREAD_SIDE, 1, 1)) if busier else 1.2
    noise = 20 * rows * rng.standard_normal((THREAD_SIDE, THREAD_SIDE, 3), np.float32)
    return np.clip(128 + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def sets() -> tuple[list[BytesSource], list[BytesSource]]:
    gan, real = (
        [
            BytesSource(f"{label}/{i}.png", png_bytes(picture(start + i, busier=busier)))
            for i in range(20)
        ]
        for label, start, busier in (("gan", 0, True), ("real", 100, False))
    )
    return gan, real


def test_two_sets_that_differ_are_told_apart(sets):
    [(name, (share, (low, high)))] = accuracy(*sets, ways={"as found": ()}).items()
    assert name == "as found" and 0.9 < share <= 1 and 0.5 < low <= share <= high <= 1


def test_a_vector_has_464_values_of_the_delivered_picture(sets):
    gan, _ = sets
    found = module._vectors(gan[:2], (), MAX_PIXELS, RunOptions(workers=1))
    assert found.shape == (2, 464) and np.array_equal(
        found[0], thread_vector(picture(0, busier=True))
    )
    sent = module._vectors(gan[:2], (Jpeg(80),), MAX_PIXELS, RunOptions(workers=1))
    assert sent.shape == (2, 464) and not np.array_equal(sent, found)


def test_other_sizes_and_broken_files_end_it_or_are_left_out(sets, monkeypatch):
    monkeypatch.setattr(module, "_fitted", lambda *_: lambda some: np.ones(len(some), bool))
    gan, real = sets
    other = BytesSource("small.png", png_bytes(picture(0)[:500]))
    broken = BytesSource("broken.png", b"text")
    for wrong, error in ((other, ImageShapeError), (broken, ImageReadError)):
        with pytest.raises(error, match=wrong.name):
            accuracy([wrong, *gan], real, ways={"as found": ()})
    skipping = RunOptions(on_error="skip")
    found = accuracy([other, *gan, broken], real, ways={"as found": ()}, run=skipping)
    assert found == {"as found": (0.5, mean_interval((20, 20), (0, 20)))}
    none = accuracy([broken] * 20, [other] * 20, ways={"as found": ()}, run=skipping)
    assert none == {} and THREAD_SIDE == 512


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
