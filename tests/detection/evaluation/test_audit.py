from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.detection.evaluation import audit as module
from forensics.detection.evaluation.audit import Audit, AuditedFact, audit, copies, summary
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.find import BytesSource, find_images

BROKEN = BytesSource("broken.png", b"\x89PNG\r\n\x1a\n")


def pictures(n: int, seed: int, side: int = 48) -> list[np.ndarray]:
    """Soft pictures, each its own."""
    rng = np.random.default_rng(seed)
    return [
        np.asarray(
            Pillow.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize((side, side))
        )
        for _ in range(n)
    ]


def saved(images: Sequence[np.ndarray], name: str, kind: str = "PNG", **options) -> list:
    sources = []
    for number, pixels in enumerate(images):
        file = io.BytesIO()
        Pillow.fromarray(pixels).save(file, kind, **options)
        sources.append(BytesSource(f"{name}/{number}", file.getvalue()))
    return sources


def fact(found: Audit, name: str) -> AuditedFact:
    return next(one for one in found.facts if one.name == name)


def accuracies(found: Audit) -> dict[str, float]:
    return {one.name: one.separation.accuracy for one in found.facts}


# What is found


def test_sets_that_differ_by_format_alone():
    same = pictures(12, 1)
    found = audit(saved(same, "a"), saved(same, "b", "JPEG", quality=90))
    assert found.container_only == 1 and found.most_telling == 1
    assert fact(found, "format").separation.accuracy == 1
    assert fact(found, "rows").separation.accuracy == 0.5
    assert found.alike.across == (12, 12) and found.exact.across == (0, 0)
    assert found.alike.pairs[2][0] == ("a/0", "b/0")


@pytest.mark.parametrize(
    ("name", "options", "a", "b"),
    [
        ("jpeg_quality", {"quality": 75}, 95, 75),
        ("progressive", {"quality": 95, "progressive": True}, "no", "yes"),
        ("subsampling", {"quality": 95, "subsampling": "4:4:4"}, "4:2:0", "4:4:4"),
        ("colour_profile", {"quality": 95, "icc_profile": b"a profile"}, "no", "yes"),
    ],
)
def test_what_differs_between_two_sets_of_jpegs(name, options, a, b):
    found = audit(
        saved(pictures(8, 1), "a", "JPEG", quality=95),
        saved(pictures(11, 2), "b", "JPEG", **options),
    )
    one = fact(found, name)
    assert one.separation.accuracy == 1 and one.of == "header" and found.container_only == 1
    assert (one.a.typical, one.b.typical) == (a, b) and found.n == (8, 11)
    assert fact(found, "format").separation.accuracy == 0.5


def test_the_best_separating_fact_comes_first():
    found = audit(saved(pictures(6, 1), "a"), saved(pictures(6, 2, side=64), "b"))
    told = [one.separation.accuracy for one in found.facts]
    assert told == sorted(told, reverse=True)
    assert {one.name for one in found.facts[:2]} == {"rows", "columns"}


def test_pixels_remember_the_jpeg_they_were():
    rng = np.random.default_rng(5)
    soft = [
        np.clip(np.cumsum(rng.normal(0, 3, (256, 256, 3)), axis=1) + 120, 0, 255).astype(np.uint8)
        for _ in range(8)
    ]
    once = []
    for pixels in soft[:4]:
        file = io.BytesIO()
        Pillow.fromarray(pixels).save(file, "JPEG", quality=60)
        once.append(np.asarray(Pillow.open(file)))
    found = audit(saved(once, "a"), saved(soft[4:], "b"))
    assert found.container_only == 0.5 and found.most_telling == 1
    quality = fact(found, "pixel_jpeg_quality")
    assert quality.of == "pixels" and quality.separation.accuracy == 1
    assert quality.a.typical == 60 and quality.b.typical == "none"
    assert fact(found, "jpeg_grid").a.words == (("at the corner", 4),)


# What does not matter


def test_swapping_the_sets_keeps_every_separation():
    a = saved(pictures(5, 1), "a", "JPEG", quality=80) + saved(pictures(4, 2), "a2")
    b = saved(pictures(14, 3), "b", "JPEG", quality=70)
    there, back = audit(a, b), audit(b, a)
    assert accuracies(there) == pytest.approx(accuracies(back))
    assert there.container_only == pytest.approx(back.container_only)
    assert there.n == back.n[::-1] and there.alike.within == back.alike.within[::-1]


def test_workers_and_executors_change_nothing():
    a, b = saved(pictures(9, 1), "a"), saved(pictures(5, 2), "b", "JPEG")
    plain = audit(a, b, workers=1)
    with ThreadPoolExecutor(2) as pool:
        for other in (audit(a, b, workers=3), audit(a, b, executor=pool)):
            assert other.facts == plain.facts and other.alike == plain.alike
            assert other.container_only == plain.container_only


def test_every_picture_is_read_once_and_few_are_asked_for_their_history(monkeypatch):
    read: list[str] = []
    asked: list[int] = []
    monkeypatch.setattr(module, "read_image", _counting(module.read_image, read))
    monkeypatch.setattr(module, "jpeg_trace", _counting(module.jpeg_trace, asked))
    a, b = saved(pictures(9, 1), "a"), saved(pictures(5, 2), "b")
    found = audit(a, b, most_histories=4, workers=1)
    assert sorted(one.name for one in read) == sorted(one.name for one in (*a, *b))
    assert found.n_histories == (4, 4) and len(asked) == 8
    assert fact(found, "jpeg_grid").a.n == 4 and fact(found, "rows").a.n == 9
    none = audit(a, b, most_histories=0)
    assert none.n_histories == (0, 0) and {one.of for one in none.facts} == {"header", "look"}


def _counting(function, seen: list):
    def counted(first, *others, **options):
        seen.append(first)
        return function(first, *others, **options)

    return counted


# Copies


def test_copies_are_counted_and_named():
    some = pictures(6, 1)
    a = saved(some, "a") + saved(some[:2], "again") + saved(some[2:3], "jpeg", "JPEG")
    b = saved(pictures(5, 2), "b") + saved(some[:1], "shared")
    found = audit(a, b)
    assert found.exact.within == (4, 0) and found.exact.across == (2, 1)
    assert found.alike.within == (6, 0) and found.alike.across == (2, 1)
    assert found.exact.pairs == (
        (("a/0", "again/0"), ("a/1", "again/1")), (), (("a/0", "shared/0"),),
    )  # fmt: skip


def test_a_picture_that_was_saved_again_or_mirrored_is_not_the_same_file():
    some = pictures(6, 1)
    again = saved(some[:1], "saved again", "JPEG", quality=90)
    mirrored = saved([some[2][:, ::-1]], "mirrored")
    a = saved(some, "a") + saved(some[1:2], "same") + mirrored + again
    found = audit(a, saved(pictures(5, 2), "b"))
    said = dict(zip(found.alike.pairs[0], found.alike.kinds[0], strict=True))
    assert said["a/0", "saved again/0"] == "saved again"
    assert said["a/1", "same/0"] == "bytes" and said["a/2", "mirrored/0"] == "near copy"


def test_of_many_copies_the_first_few_are_named():
    n = 20
    found = copies((list(range(n)) * 2, [0, 99]), ([str(i) for i in range(2 * n)], ["x", "y"]))
    assert found.within == (2 * n, 0) and len(found.pairs[0]) == 5 and found.across == (2, 1)


def test_a_summary_tells_numbers_from_what_is_absent():
    mixed = summary([75.0, 75.0, 90.0, "none"])
    assert mixed.numbers == (75, 75, 90) and mixed.words == (("none", 1),)
    assert mixed.typical == 75 and summary(["none", "none", 9.0]).typical == "none"
    many = summary([f"w{i}" for i in range(9)])
    assert many.n == many.n_words == 9 and len(many.words) == 5 and many.numbers is None


# What cannot be audited


@pytest.mark.parametrize(("n", "said"), [(1, "1 picture"), (3, "3 pictures, all alike")])
def test_a_set_of_one_picture_is_refused_by_name(n, said):
    one, several = saved(pictures(1, 1) * n, "one"), saved(pictures(4, 2), "b")
    for sets, names in (((one, several), ("one", "b")), ((several, one), ("b", "one"))):
        with pytest.raises(EmptySetError, match=f"^one has {said}: name a set"):
            audit(*sets, names=names)


@pytest.mark.parametrize("sets", [([], 1), (1, []), ([], [])])
def test_an_empty_set_is_refused(sets):
    several = saved(pictures(4, 2), "b")
    with pytest.raises(EmptySetError):
        audit(*(several if one else one for one in sets))


def test_a_broken_picture_is_skipped_or_ends_the_run():
    a, b = saved(pictures(4, 1), "a"), saved(pictures(4, 2), "b")
    tiny = saved(pictures(1, 3, side=15), "tiny")
    found = audit([*a, BROKEN], [*tiny, *b], on_error="skip")
    assert found.n == (4, 4)
    assert [one.path for one in found.skipped] == ["broken.png", "tiny/0"]
    assert "16 x 16" in found.skipped[1].reason
    with pytest.raises(ImageReadError, match="broken"):
        audit([*a, BROKEN], b)
    with pytest.raises(EmptySetError, match="broken"):
        audit([BROKEN], b, on_error="skip")


def test_no_workers_are_refused_and_progress_runs_over_both_sets():
    a, b = saved(pictures(5, 1), "a"), saved(pictures(9, 2), "b")
    with pytest.raises(ParameterError, match="workers"):
        audit(a, b, workers=0)
    seen: list[tuple[int, int]] = []
    audit(a, b, workers=1, progress=lambda *counts: seen.append(counts))
    assert seen == sorted(seen) and seen[-1] == (14, 14) and {total for _, total in seen} == {14}


# On pictures of known origin, where they are here


def test_the_site_and_afhq_are_told_apart_by_their_containers(data):
    gan, real = (
        find_images(sorted((data / folder).iterdir())[:n])
        for folder, n in (("gan/thiscatdoesnotexist", 20), ("real/afhq", 30))
    )
    found = audit(gan, real, most_histories=4)
    telling = {one.name for one in found.facts if one.of == "header" and one.separation.telling}
    assert found.container_only == 1
    assert telling == {"jpeg_quality", "jpeg_tables", "progressive"}
    assert found.alike.across == (0, 0)
