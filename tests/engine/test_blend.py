from __future__ import annotations

import io
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.engine.blend import RESIZED_WARNING, Blend, blend, write_blend
from forensics.errors import EmptySetError, ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.deliver import crop_center, resize_to_cover
from forensics.images.read import read_image, read_pixels
from forensics.images.sources.find import BytesSource, ImageSource, find_images
from forensics.traces.sums import Moments, moments


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def jpeg(pixels: np.ndarray, mode: str | None = None, *, progressive: bool = False) -> bytes:
    file = io.BytesIO()
    picture = Pillow.fromarray(pixels)
    picture.convert(mode or picture.mode).save(file, "JPEG", progressive=bool(progressive))
    return file.getvalue()


def pictures(rng: np.random.Generator, n: int, *shape: int, name: str = "") -> list[ImageSource]:
    return [
        BytesSource(f"{name}{i}.png", png(rng.integers(0, 256, (*shape, 3), dtype=np.uint8)))
        for i in range(n)
    ]


def saved(blended: Blend) -> bytes:
    file = io.BytesIO()
    write_blend(blended, file)
    return file.getvalue()


@pytest.fixture
def set_of_20(rng) -> list[ImageSource]:
    return pictures(rng, 20, 9, 7)


class Tape:
    """A source that is best read in order, and remembers when it was."""

    sequential = True

    def __init__(self, source: ImageSource, log: list[str]) -> None:
        self.name, self._source, self._log = source.name, source, log

    def read_bytes(self) -> bytes:
        self._log.append(self.name)
        return self._source.read_bytes()


# The same, however it is made


def test_it_is_the_moments_of_the_pixels(set_of_20):
    expected = moments(read_pixels(source) for source in set_of_20)
    assert blend(set_of_20).moments == expected and blend(set_of_20).n_images == 20


@pytest.mark.parametrize("workers", [1, 2])
def test_the_spread_is_kept_on_request(set_of_20, workers):
    expected = moments((read_pixels(source) for source in set_of_20), spread=True)
    assert blend(set_of_20, spread=True, workers=workers).moments == expected
    assert blend(set_of_20, workers=workers).moments == Moments(20, expected.sums)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(20)), st.sampled_from([1, 2, 4]), st.integers(1, 19), st.booleans())
def test_order_workers_and_split_leave_the_same_bytes(order, workers, cut, spread):
    sources = pictures(np.random.default_rng(5), 20, 9, 7)
    once = saved(blend(sources, workers=1, spread=spread))
    shuffled = [sources[i] for i in order]
    how = {"workers": workers, "spread": spread}
    assert saved(blend(shuffled, **how)) == once
    first, second = (blend(half, **how) for half in (shuffled[:cut], shuffled[cut:]))
    assert saved(first + second) == saved(second + first) == once


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_another_executor_gives_the_same_bytes(kind, picture_folder, set_of_20):
    found = find_images(picture_folder(9, shape=(40, 50)))
    bad = BytesSource("bad.png", b"")
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=spawn) as executor
    ):
        for sources in (set_of_20, [*found, bad]):
            here = blend(sources, on_error="skip")
            there = blend(sources, on_error="skip", executor=executor, workers=2)
            assert saved(there) == saved(here)
            assert there.n_images + len(there.skipped) == len(sources)


def test_the_sums_of_two_add_up_with_all_that_was_left_out(rng):
    a = blend([*pictures(rng, 2, 5, 5), BytesSource("z.png", b"")], on_error="skip")
    b = blend([*pictures(rng, 3, 5, 5), BytesSource("a.png", b"")], on_error="skip", size=5)
    total = a + b
    assert total.n_images == 5 and [s.path for s in total.skipped] == ["a.png", "z.png"]
    assert not total.resized and not total.stopped
    for fact in ("resized", "stopped"):
        marked = Blend(a.moments, **{fact: True})
        assert getattr(marked + b, fact) and getattr(b + marked, fact)
    with pytest.raises(TypeError):
        a + 1


def test_sets_of_two_sizes_do_not_add_up(rng):
    with pytest.raises(ImageShapeError, match="blend both sets with the same size"):
        blend(pictures(rng, 1, 5, 5)) + blend(pictures(rng, 1, 5, 6))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("spread", [False, True])
def test_damaged_pictures_gray_ones_and_other_sizes_among_many(cat, workers, spread):
    """More than 16 bits hold of one thread's, decoded in place and elsewhere."""
    tile = np.ascontiguousarray(cat[:24, :16])
    good = [jpeg(np.roll(tile, turn, 0), progressive=turn % 2) for turn in range(24)]
    good += [jpeg(tile[..., 0]), jpeg(tile, "CMYK"), png(tile), png(tile[..., 1])]
    bad = [good[0][:200], good[1][: len(good[1]) // 2] + b"\xff\xd9", jpeg(tile[:8]), b""]
    files = [*good, *bad] * 20
    sources = [BytesSource(f"{number}", data) for number, data in enumerate(files)]
    result = blend(sources, on_error="skip", workers=workers, spread=spread)
    assert result.n_images == 20 * len(good) and len(result.skipped) == 20 * len(bad)
    stack = np.stack([read_image(data)[0] for data in good]).astype(np.int64)
    assert np.array_equal(result.moments.sums, 20 * stack.sum(axis=0))
    if spread:
        assert np.array_equal(result.moments.squares, 20 * (stack**2).sum(axis=0))


def test_pictures_are_left_as_they_were(picture_folder):
    folder = picture_folder(3)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    blend(find_images(folder))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


# One size


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 7), st.sampled_from([1, 2]))
def test_size_is_the_blend_of_cropped_pixels(size, workers):
    rng = np.random.default_rng(size)
    sources = [*pictures(rng, 3, 9, 7), *pictures(rng, 3, 8, 12)]
    expected = moments(crop_center(read_pixels(source), size) for source in sources)
    result = blend(sources, size=size, workers=workers)
    assert result.moments == expected and result.warnings == ()


def test_a_picture_smaller_than_the_crop_is_skipped_with_its_size(rng):
    sources = [*pictures(rng, 2, 9, 9), *pictures(rng, 1, 5, 9, name="small")]
    result = blend(sources, size=8, on_error="skip")
    assert result.n_images == 2
    ((path, reason),) = [(skipped.path, skipped.reason) for skipped in result.skipped]
    assert path == "small0.png" and "(5, 9, 3)" in reason and "8 x 8" in reason


def test_resized_pictures_are_marked(rng):
    sources = [*pictures(rng, 2, 9, 7), *pictures(rng, 2, 20, 30)]
    result = blend(sources, resize=8)
    assert result.moments == moments(resize_to_cover(read_pixels(s), 8) for s in sources)
    assert result.resized and result.warnings == (RESIZED_WARNING,)


def test_the_size_of_most_is_the_size_of_the_set(rng):
    sources = [*pictures(rng, 3, 6, 6, name="few"), *pictures(rng, 5, 8, 9)]
    result = blend(sources, on_error="skip")
    assert result.mean.shape == (8, 9, 3) and result.n_images == 5
    assert [skipped.path for skipped in result.skipped] == ["few0.png", "few1.png", "few2.png"]
    for skipped in result.skipped:
        assert skipped.reason == ("has shape (6, 6, 3), the set has (8, 9, 3): pass size=6 to crop")


def test_the_size_is_judged_all_over_a_large_set(rng):
    sources = [*pictures(rng, 90, 2, 2), *pictures(rng, 110, 3, 3)]
    assert blend(sources, on_error="skip").n_images == 110


def test_what_cannot_be_read_has_no_say_in_the_size(rng):
    sources = [*[BytesSource(f"bad{i}.png", b"") for i in range(9)], *pictures(rng, 2, 4, 4)]
    assert blend(sources, on_error="skip").n_images == 2


# What cannot be blended


def test_by_default_the_first_bad_picture_is_an_error_that_names_it(rng):
    bad = BytesSource("bad.png", b"text")
    with pytest.raises(ImageReadError, match=r"^bad\.png is no picture"):
        blend([*pictures(rng, 3, 4, 4), bad])
    with pytest.raises(ImageShapeError, match=r"^other0\.png has shape \(4, 5, 3\), the set"):
        blend([*pictures(rng, 3, 4, 4), *pictures(rng, 1, 4, 5, name="other")])


def test_the_limit_of_pixels_is_passed_on(rng):
    sources = pictures(rng, 2, 4, 4)
    assert blend(sources, max_pixels=16).n_images == 2
    with pytest.raises(ImageReadError, match=r"^0\.png is 4 x 4 pixels"):
        blend(sources, max_pixels=15, workers=1)


def test_a_set_of_which_nothing_is_left_tells_the_first_reason():
    bad = [BytesSource(f"bad{i}.png", b"") for i in range(3)]
    with pytest.raises(EmptySetError) as caught:
        blend(bad, on_error="skip", workers=1)
    assert str(caught.value) == (
        "no picture was left: bad0.png is empty (0 bytes): copy it again or leave it out "
        "(and 2 more)"
    )
    with pytest.raises(EmptySetError, match="no picture was given"):
        blend([])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"size": 0}, "size is 0"),
        ({"resize": -1}, "resize is -1"),
        ({"size": 4, "resize": 4}, "both given"),
        ({"workers": 0}, "workers is 0"),
    ],
)
def test_parameters_are_checked(rng, options, told):
    with pytest.raises(ParameterError, match=told):
        blend(pictures(rng, 2, 8, 8), **options)


# On the way


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_keeps_what_is_done(rng, workers):
    sources = pictures(rng, 300, 4, 4)
    stop = threading.Event()

    def progress(begun: int, total: int) -> None:
        assert total == 300
        if begun == 20:
            stop.set()

    result = blend(sources, workers=workers, stop=stop, progress=progress)
    assert result.stopped and result.n_images == 21
    assert result.moments == moments(read_pixels(source) for source in sources[:21])
    assert not blend(sources).stopped


def test_a_stop_before_the_first_picture_leaves_nothing(rng):
    stop = threading.Event()
    stop.set()
    with pytest.raises(EmptySetError):
        blend(pictures(rng, 3, 4, 4), stop=stop)


@pytest.mark.parametrize("workers", [1, 4])
def test_packed_archives_are_read_in_order(rng, workers):
    log: list[str] = []
    sources = pictures(rng, 30, 4, 4)
    tapes = [Tape(source, log) for source in sources]
    names = [source.name for source in sources]
    assert saved(blend(tapes, workers=workers, size=4)) == saved(blend(sources))
    assert log == names
    log.clear()
    assert saved(blend(tapes, workers=workers)) == saved(blend(sources))
    assert log == [names[0], *names]  # the first one twice, for its size


def test_a_set_partly_in_packed_archives_takes_its_size_from_the_files(rng):
    log: list[str] = []
    tapes = [Tape(source, log) for source in pictures(rng, 3, 4, 4, name="tape")]
    result = blend([*tapes, *pictures(rng, 1, 5, 5)], on_error="skip")
    assert result.mean.shape == (5, 5, 3) and len(result.skipped) == 3
    assert log == ["tape0.png", "tape1.png", "tape2.png"]
