"""Heaps of pictures are sorted by maker, not by content, and what is alone stays alone."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics.detection import clusters
from forensics.detection.clusters import cluster, link_pictures
from forensics.engine.checkpoint import run_state
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.local import BytesSource
from forensics.traces.fingerprints.link import LINKED

SIDE = 192


def source(name: str, pixels: np.ndarray, kind: str = "PNG", **options: object) -> BytesSource:
    file = io.BytesIO()
    Pillow.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)).save(file, kind, **options)
    return BytesSource(name, file.getvalue())


def scene(seed: int, side: int = SIDE) -> np.ndarray:
    """A content of its own: smooth shades under noise."""
    rng = np.random.default_rng((seed, 7))
    shade = np.cumsum(np.cumsum(rng.normal(size=(side, side, 3)), axis=0), axis=1)
    shade = 60 * (shade - shade.mean()) / shade.std() + 120
    return np.clip(shade, 30, 220) + rng.normal(0, 8, (side, side, 3))


def maker(number: int, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng((number, 3)).normal(size=(side, side, 1))


def pictures(maker_number: int, n: int, strength: float = 5.0) -> list[BytesSource]:
    return [
        source(
            f"{maker_number}-{i}.png",
            scene(100 * maker_number + i) + strength * maker(maker_number),
        )
        for i in range(n)
    ]


def strangers(n: int) -> list[BytesSource]:
    return [source(f"alone-{i}.png", scene(5000 + i)) for i in range(n)]


def together(found) -> list[set[str]]:
    return [set(group.pictures) for group in found.groups]


@pytest.fixture(scope="module")
def heap() -> list[BytesSource]:
    return [*pictures(1, 5), *strangers(6), *pictures(2, 4)]


@pytest.fixture(scope="module")
def found(heap):
    return cluster(heap, fingerprints=())


def test_makers_are_told_apart(found):
    assert together(found) == [
        {f"1-{i}.png" for i in range(5)},
        {f"2-{i}.png" for i in range(4)},
    ]
    assert found.alone == tuple(f"alone-{i}.png" for i in range(6)) and found.copies == ()
    for number, group in enumerate(found.groups, 1):
        assert group.name == f"group {number}" and group.family is None
        assert group.grounds == ("whole frame",) and 0 < group.p_value < 0.01
        assert [found.names[i] for i in group.members] == list(group.pictures)


def test_scores_of_pairs_are_there_to_be_drawn(found):
    assert found.scores.shape == (15, 15)
    assert np.array_equal(found.scores, found.scores.T, equal_nan=True)
    first = found.scores[np.ix_(found.groups[0].members, found.groups[0].members)]
    assert first[~np.eye(5, dtype=bool)].min() > 5
    alone = [i for i, name in enumerate(found.names) if name.startswith("alone")]
    between = found.scores[np.ix_(alone, alone)][~np.eye(6, dtype=bool)]
    assert np.abs(between).max() < 5


def test_neither_order_nor_threads_matter(heap, found):
    order = np.random.default_rng(0).permutation(len(heap))
    again = cluster([heap[i] for i in order], fingerprints=(), workers=1)
    assert sorted(map(sorted, together(again))) == sorted(map(sorted, together(found)))
    assert set(again.alone) == set(found.alone)


def test_a_group_finds_what_is_too_faint_for_a_pair():
    faint = pictures(3, 9, strength=0.22)[8]
    strong = pictures(3, 8)
    pairs = [link_pictures(one, faint).p_value for one in strong]
    found = cluster([*strong, faint, *strangers(4)], fingerprints=())
    limit = min(LINKED, 0.01 / found.n_compared)
    assert min(pairs) > limit  # no pair would do
    assert together(found)[0] == {one.name for one in (*strong, faint)}


def test_smaller_copies_of_other_pictures_join():
    large, small = 320, 160
    pattern = maker(4, large)
    some = [source(f"large-{i}.png", scene(i, large) + 8 * pattern) for i in range(3)]
    for i in range(3):
        picture = Pillow.fromarray(
            np.clip(scene(50 + i, large) + 14 * pattern, 0, 255).astype(np.uint8)
        )
        reduced = picture.resize((small, small), Pillow.Resampling.LANCZOS)
        some.append(source(f"small-{i}.png", np.asarray(reduced)))
    found = cluster([*some, *strangers(3)], fingerprints=())
    assert together(found) == [{one.name for one in some}]


def test_a_decoder_is_found_by_what_it_repeats_unless_it_was_saved_as_jpeg():
    tile = np.tile(np.random.default_rng(8).normal(size=(16, 16, 3)), (SIDE // 16, SIDE // 16, 1))
    # As crops of one decoder's pictures: what whole frames share is cut away.
    made = [source(f"tile-{i}.png", scene(i) + 3 * tile) for i in range(4)]
    found = cluster([*made, *strangers(3)], fingerprints=())
    assert together(found) == [{one.name for one in made}]
    saved = [
        source(f"{i}.jpg", scene(900 + i), "JPEG", quality=60, subsampling=2) for i in range(8)
    ]
    assert cluster(saved, fingerprints=()).groups == ()


@pytest.mark.parametrize("way", [Pillow.Resampling.BILINEAR, Pillow.Resampling.BICUBIC])
@pytest.mark.parametrize("side", [192, 128])
def test_photographs_that_were_enlarged_alike_share_nothing(side, way):
    crops = [
        getattr(skimage.data, name)()[top : top + side, left : left + side]
        for name in ("astronaut", "chelsea", "coffee", "rocket")
        for top, left in ((0, 0), (0, 210))
    ]
    heap = [
        source(f"{i}.png", np.asarray(Pillow.fromarray(crop).resize((256, 256), way)))
        for i, crop in enumerate(crops)
    ]
    assert cluster(heap, fingerprints=()).groups == ()


def test_a_run_goes_on_and_measures_nothing_twice(heap, found, tmp_path, monkeypatch):
    broken = BytesSource("broken.png", b"no picture")
    mixed = [*heap[:3], broken, *heap[3:]]
    stop, n_read = threading.Event(), []
    read = clusters.read_pixels

    def counting(one, **how):
        n_read.append(one.name)
        if len(n_read) == 6:
            stop.set()
        return read(one, **how)

    monkeypatch.setattr(clusters, "read_pixels", counting)
    path, how = tmp_path / "heap.run", {"fingerprints": (), "on_error": "skip", "workers": 1}
    with run_state(path, "mine", resume=False) as state:
        part = cluster(mixed, state=state, stop=stop, **how)
        n_done = state.n_done
    assert part.stopped and 6 <= n_done < len(mixed) and part.groups == part.alone == ()
    assert len(part.names) + len(part.skipped) == n_done == len(n_read)
    seen: list[tuple[int, int]] = []
    with run_state(path, "mine", resume=True) as state:
        whole = cluster(mixed, state=state, progress=lambda *some: seen.append(some), **how)
        assert state.n_done == len(mixed)
    assert n_read[: len(mixed)] == [one.name for one in mixed] and seen[0][0] > n_done
    assert not whole.stopped and [one.path for one in whole.skipped] == ["broken.png"]
    assert (whole.groups, whole.alone, whole.names) == (found.groups, found.alone, found.names)
    assert np.array_equal(whole.scores, found.scores, equal_nan=True)


def test_photographs_stay_alone():
    names = ("astronaut", "chelsea", "coffee", "rocket")
    crops = [
        source(f"{name}-{place}.png", getattr(skimage.data, name)()[:256, place : place + 256])
        for name in names
        for place in (0, 120)
    ]
    assert cluster(crops).groups == ()


def test_copies_are_put_aside_and_make_no_group():
    image = skimage.data.chelsea()
    copies = [
        source("a.png", image),
        source("b.jpg", image, "JPEG", quality=80),
        source("c.png", image[:, ::-1]),
    ]
    found = cluster([*copies, *strangers(3)], fingerprints=())
    assert found.copies == (("a.png", "b.jpg", "c.png"),) and found.groups == ()
    assert set(found.alone) == {"a.png", "alone-0.png", "alone-1.png", "alone-2.png"}


def test_what_cannot_be_compared_is_alone():
    some = [
        source("black.png", np.zeros((200, 200, 3))),
        source("white.png", np.full((200, 200, 3), 255)),
        source("small.png", scene(1, 60)),
        source("tiny.png", scene(2, 8)),
        *strangers(2),
    ]
    found = cluster(some, fingerprints=())
    assert found.groups == () and len(found.alone) + sum(map(len, found.copies)) >= len(some)


def test_too_little_is_refused_and_what_is_broken_is_named():
    broken = BytesSource("broken.png", b"\x89PNG\r\n\x1a\n")
    with pytest.raises(EmptySetError, match=r"1 of 2 pictures can be measured \(.*\): at least 2"):
        cluster([broken, *strangers(1)], fingerprints=(), on_error="skip")
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        cluster([broken, *strangers(2)], fingerprints=())
    found = cluster([broken, *strangers(2)], fingerprints=(), on_error="skip")
    assert [one.path for one in found.skipped] == ["broken.png"] and len(found.names) == 2


# Two pictures


def test_two_pictures_of_one_maker_are_linked(heap):
    found = link_pictures(heap[0], heap[1])
    assert found.linked and found.p_value < 1e-6 and found.ground == "whole frame"
    assert found.compared_at == (SIDE, SIDE)
    assert link_pictures(heap[1], heap[0]).z == pytest.approx(found.z, rel=1e-4)
    other = link_pictures(heap[0], heap[-1])
    assert not other.linked and other.p_value > 1e-4


def test_two_pictures_that_nothing_can_compare_are_refused():
    with pytest.raises(ParameterError, match="100 x 100 and 100 x 170 pixels: two whole frames"):
        link_pictures(source("a", scene(1, 100)), source("b", scene(2, 170)[:100]))


def test_copies_and_coarse_files_are_told_as_such():
    image = skimage.data.chelsea()
    found = link_pictures(source("a", image), source("b", image, "JPEG", quality=75))
    assert (found.limit, found.linked) == ("copies", False) and found.z > 6
    coarse = [source(str(i), scene(i), "JPEG", quality=15) for i in range(6)]
    found = link_pictures(coarse[0], coarse[1])
    assert (found.limit, found.linked) == ("coarse", False)
    assert cluster(coarse, fingerprints=()).groups == ()
