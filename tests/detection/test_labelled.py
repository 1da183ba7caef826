from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from forensics.detection import labelled as module
from forensics.detection.labelled import (
    FEWEST,
    LabelledImage,
    digest,
    groups_of,
    look_at,
    split,
)
from forensics.engine.attempts import measured
from forensics.engine.run import RunOptions
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.delivery.encode import jpeg_bytes, png_bytes
from forensics.images.read import read_image
from forensics.images.record import FileRecord
from forensics.images.sources.find import BytesSource, FileSource, find_images
from forensics.traces.copies import Likeness

ALONE = RunOptions(workers=1)


def pixels(seed: int, side: int = 96) -> np.ndarray:
    """A smooth picture, unlike any other."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(size=(side, side, 3)), (6, 6, 0))
    noisy = 120 + 40 * smooth / smooth.std() + rng.normal(0, 3, smooth.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def written(folder: Path, names: list[str], *, start: int = 0) -> list[FileSource]:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        image = pixels(start + number)
        data = png_bytes(image) if name.endswith("png") else jpeg_bytes(image, quality=90)
        (folder / name).write_bytes(data)
    return [FileSource(str(folder / name)) for name in names]


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> list[FileSource]:
    names = [f"{i}.{('png', 'jpg')[i % 2]}" for i in range(24)]
    return written(tmp_path_factory.mktemp("sets") / "cats", names)


@pytest.fixture(scope="module")
def seen(sources) -> tuple[LabelledImage, ...]:
    return look_at(sources, ALONE).pictures


# Looking


def test_every_picture_is_seen_in_its_order(sources, seen):
    assert [one.source for one in seen] == sources
    assert all(one.shape == (96, 96) and one.fold == 0 for one in seen)
    assert [one.record.container for one in seen[:2]] == ["PNG", "JPEG"]
    assert all(one.likeness.bits.shape == (4,) for one in seen)
    assert all(one.likeness.cells.shape == (32, 32) for one in seen)


def test_workers_do_not_matter(sources, seen):
    again = look_at(find_images(str(Path(sources[0].path).parent)), RunOptions(workers=3)).pictures
    assert [one.record.sha256 for one in again] == [one.record.sha256 for one in seen]
    assert [one.likeness.bits.tolist() for one in again] == [
        one.likeness.bits.tolist() for one in seen
    ]


def test_exact_copies_are_there_once(tmp_path, sources):
    copies = []
    for number, source in enumerate(sources[:5]):
        copy = tmp_path / f"copy{number}.png"
        copy.write_bytes(Path(source.path).read_bytes())
        copies.append(FileSource(str(copy)))
    found = look_at([*sources, *copies, sources[0]], ALONE)
    assert [one.source for one in found.pictures] == sources and found.skipped == ()


def test_copies_do_not_make_a_set_large_enough(sources):
    with pytest.raises(EmptySetError, match=f"{FEWEST - 1} different .* at least {FEWEST}"):
        look_at([*sources[: FEWEST - 1], *sources[: FEWEST - 1]], ALONE)
    assert len(look_at(sources[:FEWEST], ALONE).pictures) == FEWEST


def test_no_picture_at_all_is_an_empty_set(tmp_path):
    with pytest.raises(EmptySetError, match="pass a folder"):
        look_at([], ALONE)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no")
    with pytest.raises(EmptySetError):
        look_at([FileSource(str(broken))], dataclasses.replace(ALONE, on_error="skip"))


def test_what_cannot_be_read_ends_the_run_or_is_named(tmp_path, sources):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no")
    (tmp_path / "tiny.png").write_bytes(png_bytes(pixels(0, 8)))
    tiny = FileSource(str(tmp_path / "tiny.png"))
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        look_at([*sources, FileSource(str(broken))], ALONE)
    found = look_at(
        [FileSource(str(broken)), *sources, tiny], dataclasses.replace(ALONE, on_error="skip")
    )
    assert [one.path for one in found.skipped] == [str(broken), tiny.path]
    assert [one.source for one in found.pictures] == sources


def test_progress_counts_every_picture(sources):
    counts: list[int] = []
    look_at(sources, dataclasses.replace(ALONE, progress=lambda *now: counts.append(now[0])))
    assert counts == sorted(counts) and counts[-1] == len(sources)


# Origins


def origins(seen: tuple[LabelledImage, ...], names: list[str]) -> list[str]:
    """What is made of these names, with the pictures of others."""
    assert len(names) <= len(seen)
    renamed = tuple(
        dataclasses.replace(one, source=FileSource(name), origin="")
        for one, name in zip(seen, names, strict=False)
    )
    return [one.origin for one in module._with_origins(renamed)]


def test_an_origin_is_the_folder(seen):
    assert {one.origin for one in seen} == {"cats"}
    assert origins(seen, ["a/b/1.png", "a/c/2.png", "3.png"]) == ["b", "c", "."]


def test_the_leading_word_makes_an_origin_of_its_own(seen):
    names = [f"x/flickr_{i}.png" for i in range(5)] + [f"x/pixabay-{i}.jpg" for i in range(5)]
    assert origins(seen, names) == ["x/flickr"] * 5 + ["x/pixabay"] * 5


def test_a_word_that_few_share_is_none(seen):
    names = [f"x/flickr_{i}.png" for i in range(4)] + [f"x/{i}.png" for i in range(5)]
    assert origins(seen, names) == ["x"] * 9


def test_of_several_folders_each_is_one_origin_whatever_names_begin_with(seen):
    names = [f"{'xy'[i % 2]}/{('cat', 'dog')[i // 12]}{i}.png" for i in range(24)]
    assert Counter(origins(seen, names)) == {"x": 12, "y": 12}
    assert set(origins(seen, [*names[:23], "z/1.png"])) == {"x", "y", "z"}


def test_two_letters_are_no_word(seen):
    assert set(origins(seen, [f"x/ab_{i}.png" for i in range(6)])) == {"x"}


def test_other_pictures_of_the_set_do_not_change_their_order(seen):
    names = [f"x/{('one', 'two')[i % 2]}{i}.png" for i in range(12)]
    assert origins(seen, names)[::-1] == origins(seen, names[::-1])


# Splitting


@cache
def some_record() -> FileRecord:
    return read_image(BytesSource("one.png", png_bytes(pixels(0))))[1]


def labelled_image(number: int, group: int | None = None) -> LabelledImage:
    """A picture without a file, alike to those of its group."""
    seed = number if group is None else 10_000 + group
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2**63, 4).astype(np.uint64)
    likeness = Likeness(bits, rng.integers(0, 256, (32, 32), np.uint8))
    record = dataclasses.replace(some_record(), sha256=f"{number:064x}")
    return LabelledImage(FileSource(f"{number}.png"), record, likeness, "")


def folds(gan: list[LabelledImage], real: list[LabelledImage], **how: int) -> dict[str, int]:
    placed = split(gan, real, **{"n_folds": 4, "seed": 0, **how})
    return {one.record.sha256: one.fold for some in placed for one in some}


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.lists(st.integers(5, 14), min_size=1, max_size=30),
    st.integers(2, 5),
    st.integers(0, 9),
)
def test_what_looks_alike_shares_a_fold(gan_groups, real_groups, n_folds, seed):
    gan = [labelled_image(i, group) for i, group in enumerate(gan_groups)]
    real = [labelled_image(100 + i, group) for i, group in enumerate(real_groups)]
    placed = split(gan, real, n_folds=n_folds, seed=seed)
    assert [[one.source for one in some] for some in placed] == [
        [one.source for one in some] for some in (gan, real)
    ]
    of_group: dict[int, set[int]] = {}
    everyone = zip((*placed[0], *placed[1]), (*gan_groups, *real_groups), strict=True)
    for one, group in everyone:
        assert 0 <= one.fold < n_folds
        of_group.setdefault(group, set()).add(one.fold)
    assert all(len(some) == 1 for some in of_group.values())
    sizes = Counter(gan_groups)
    filled = [sum(one.fold == fold for one in placed[0]) for fold in range(n_folds)]
    assert max(filled) - min(filled) <= max(sizes.values())


@pytest.mark.parametrize("n", [20, 21, 50, 103])
def test_folds_of_single_pictures_are_of_one_size(n):
    gan, real = ([labelled_image(start + i) for i in range(n)] for start in (0, 1000))
    for some in split(gan, real, n_folds=4, seed=1):
        counts = Counter(one.fold for one in some)
        assert len(counts) == 4 and max(counts.values()) - min(counts.values()) <= 1


def test_the_same_seed_splits_alike_and_another_one_does_not():
    gan, real = ([labelled_image(start + i) for i in range(40)] for start in (0, 1000))
    assert folds(gan, real) == folds(gan, real) != folds(gan, real, seed=1)


def test_the_order_of_the_pictures_does_not_matter():
    gan, real = ([labelled_image(start + i, i // 2) for i in range(40)] for start in (0, 1000))
    assert folds(gan[::-1], real[::-1]) == folds(gan, real)


def test_a_picture_of_both_sets_is_refused():
    gan, real = ([labelled_image(start + i) for i in range(20)] for start in (0, 1000))
    with pytest.raises(ParameterError, match=r"2 pictures are in both sets, 3\.png"):
        split(gan, [*real, gan[3], gan[7]], n_folds=4, seed=0)


def test_groups_span_both_sets(seen):
    copies = [dataclasses.replace(one, fold=7) for one in seen[::-1]]
    mine, theirs = groups_of(seen, copies)
    assert mine.tolist() == theirs[::-1].tolist()
    assert len(set(mine.tolist())) == len(seen)


def test_saved_again_a_picture_is_alike(tmp_path, seen):
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg_bytes(pixels(number), quality=60))
    sources = [FileSource(str(tmp_path / f"{number}.jpg")) for number in range(3)]
    looked = list(measured(lambda one: module._looked_at(10**6, one), sources, ALONE, batch=1))
    mine, theirs = groups_of(seen, looked)
    assert mine[:3].tolist() == theirs.tolist()


# The hash of a set


def test_the_digest_is_of_the_set_and_of_no_order(seen):
    assert digest(seen) == digest(seen[::-1]) == digest(iter(seen)) and len(digest(seen)) == 64
    assert digest(seen[1:]) != digest(seen) != digest((*seen[1:], seen[1]))


def test_names_and_folds_do_not_change_it(seen):
    moved = [dataclasses.replace(one, source=FileSource("x"), fold=3, origin="y") for one in seen]
    assert digest(moved) == digest(seen)


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
