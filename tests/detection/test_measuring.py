from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from forensics.detection import measuring as module
from forensics.detection.features import ANY_FEATURES, KNOWN_FEATURES
from forensics.detection.measuring import (
    THREAD_SIDE,
    Journey,
    Rows,
    feature_names,
    measured_rows,
    row_of,
)
from forensics.detection.specimens import Running, Specimen
from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.decode import read_image
from forensics.images.encoding import jpeg_bytes, png_bytes
from forensics.images.sources import BytesSource
from forensics.images.steps import Crop, Jpeg, Resize
from forensics.traces.fingerprints.pattern import Fingerprint, FingerprintSums, fingerprint
from forensics.traces.likeness import perceptual_hash

SIDE = 160
WHOLE = Journey(())
HALF = Journey((Resize(0.5),))
WAYS = (WHOLE, Journey((Crop(3, 5, 130, 140), Jpeg(80))))


def pixels(seed: int, *, side: int = SIDE, gan: bool = False) -> np.ndarray:
    """A smooth picture, with lines of period 2 and 8 if it is to be generated."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(size=(side, side, 3)), (3, 3, 0))
    image = 120 + 40 * smooth / smooth.std() + rng.normal(0, 2, smooth.shape)
    if gan:
        image[::2] += 3
        image[:, ::8] += 3
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def specimen(seed: int, *, fold: int = 0, side: int = SIDE, data: bytes = b"") -> Specimen:
    data = data or png_bytes(pixels(seed, side=side, gan=bool(seed % 2)))
    image, record = read_image(BytesSource("one", data))
    source = BytesSource(f"{seed}.png", data)
    return Specimen(source, record, perceptual_hash(image), "here", fold)


def made(seed: int = 0) -> Fingerprint:
    """A fingerprint of sums that no picture ever had."""
    rng = np.random.default_rng(seed)
    residuals = rng.normal(0, 300, (SIDE, SIDE)).astype(np.int64) * 100
    return fingerprint(FingerprintSums(100, residuals), f"made {seed}")


@pytest.fixture(scope="module")
def source() -> Fingerprint:
    return made()


@pytest.fixture(scope="module")
def pictures() -> list[Specimen]:
    return [specimen(seed) for seed in range(4)]


def measure(
    pictures: list[Specimen],
    ways: tuple[Journey, ...] = WAYS,
    kept: dict[str, np.ndarray] | None = None,
    **how: object,
) -> Rows:
    given = {"method": "traces", "fingerprints": [None], "running": Running(workers=1)}
    kept = {} if kept is None else kept
    return measured_rows(pictures, [ways] * len(pictures), kept=kept, **{**given, **how})


@pytest.fixture
def reads(monkeypatch) -> Counter[str]:
    """How often each picture has been read."""
    counts: Counter[str] = Counter()
    real = module.read_pixels

    def read_pixels(source, **options):
        counts[source.name] += 1
        return real(source, **options)

    monkeypatch.setattr(module, "read_pixels", read_pixels)
    return counts


# Names and rows


def test_there_is_a_name_for_every_number(source):
    image = pixels(1)
    assert len(row_of(image, "traces")) == len(feature_names("traces", known=False))
    assert len(row_of(image, "traces", source)) == len(feature_names("traces", known=True))
    large = pixels(1, side=THREAD_SIDE)
    for known in (False, True):
        assert len(row_of(large, "thread")) == len(feature_names("thread", known=known))


@pytest.mark.parametrize("method", ["traces", "thread"])
@pytest.mark.parametrize("known", [False, True])
def test_names_are_different(method, known):
    names = feature_names(method, known=known)
    assert len(set(names)) == len(names)


def test_what_is_known_comes_first(source):
    assert feature_names("traces", known=True) == (*KNOWN_FEATURES, *ANY_FEATURES)
    with_it, without = row_of(pixels(1), "traces", source), row_of(pixels(1), "traces")
    assert np.array_equal(with_it[len(KNOWN_FEATURES) :], without)


@pytest.mark.parametrize("shape", [(512, 511, 3), (511, 512, 3), (512, 512), (1024, 1024, 3)])
def test_the_thread_takes_no_other_size(shape):
    with pytest.raises(ImageShapeError, match=r"512 x 512 x 3 .* method traces"):
        row_of(np.zeros(shape, np.uint8), "thread")


def test_too_small_a_picture_has_no_row():
    with pytest.raises(ImageShapeError, match="128 x 128"):
        row_of(pixels(0, side=127), "traces")
    assert np.isfinite(row_of(pixels(0, side=128), "traces")).all()


# Many pictures


def test_rows_are_those_of_the_pictures_after_their_journeys(pictures):
    found = measure(pictures)
    assert found.pictures == (0, 0, 1, 1, 2, 2, 3, 3) and found.journeys == (0, 1) * 4
    assert (found.too_small, found.skipped) == (0, ())
    assert found.values.shape == (8, len(ANY_FEATURES)) and np.isfinite(found.values).all()
    for seed in range(4):
        image = pixels(seed, gan=bool(seed % 2))
        assert np.array_equal(found.values[2 * seed], row_of(image, "traces"))
        assert not np.array_equal(found.values[2 * seed + 1], found.values[2 * seed])


def test_workers_and_order_do_not_matter(pictures):
    one = measure(pictures)
    other = measure(pictures[::-1], running=Running(workers=3))
    assert other.pictures == one.pictures and other.journeys == one.journeys
    assert np.array_equal(other.values.reshape(4, 2, -1)[::-1], one.values.reshape(4, 2, -1))


def test_what_is_kept_is_not_measured_again(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    first = measure(pictures, kept=kept)
    assert reads == {f"{seed}.png": 1 for seed in range(4)} and len(kept) == 8
    again = measure(pictures, kept=kept)
    assert reads.total() == 4 and np.array_equal(again.values, first.values)
    assert again.pictures == first.pictures and again.journeys == first.journeys
    reads.clear()
    measure([*pictures, specimen(4)], kept=kept)
    assert reads == {"4.png": 1} and len(kept) == 10
    reads.clear()
    more = measure(pictures[:1], (*WAYS, Journey((Crop(0, 0, 150, 150),))), kept=kept)
    assert reads == {"0.png": 1} and len(more.values) == 3 and len(kept) == 11


def test_a_renamed_picture_is_known_by_its_bytes(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    measure(pictures, kept=kept)
    reads.clear()
    moved = [
        dataclasses.replace(one, source=BytesSource("x" + one.source.name, b"gone"), origin="there")
        for one in pictures
    ]
    assert len(measure(moved, kept=kept).values) == 8 and not reads


def test_what_was_not_kept_of_another_fingerprint_is_measured(pictures, source, reads):
    kept: dict[str, np.ndarray] = {}
    two = pictures[:2]
    plain = measure(two, (WHOLE,), kept=kept)
    known = measure(two, (WHOLE,), kept=kept, fingerprints=[source])
    assert reads.total() == 4 and len(kept) == 4
    assert np.array_equal(known.values[:, len(KNOWN_FEATURES) :], plain.values)
    measure(two, (WHOLE,), kept=kept, fingerprints=[source])
    measure(two, (WHOLE,), kept=kept, fingerprints=[made()])
    assert reads.total() == 4


def test_each_fold_has_its_fingerprint(source):
    other = made(1)
    placed = [specimen(seed, fold=seed) for seed in range(2)]
    found = measure(placed, (WHOLE,), fingerprints=[source, other])
    for seed, held in enumerate((source, other)):
        expected = row_of(pixels(seed, gan=bool(seed)), "traces", held)
        assert np.array_equal(found.values[seed], expected)


def test_too_small_ones_are_counted_and_kept(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    for _ in range(2):
        found = measure([*pictures[:2], specimen(9, side=100)], (WHOLE, HALF), kept=kept)
        assert found.pictures == (0, 1) and found.journeys == (0, 0)
        assert (found.too_small, found.skipped) == (4, ())
    assert reads == {"0.png": 1, "1.png": 1, "9.png": 1}


def test_where_all_are_too_small_there_is_no_row():
    found = measure([specimen(0, side=100)], (WHOLE, HALF))
    assert found.values.shape == (0, 0) and found.too_small == 2 and found.pictures == ()


def test_without_pictures_there_is_none():
    found = measure([])
    assert len(found.values) == 0 and (found.too_small, found.skipped) == (0, ())


def test_the_thread_counts_other_sizes_as_too_small():
    found = measure([specimen(0), specimen(1, side=THREAD_SIDE)], (WHOLE,), method="thread")
    assert found.pictures == (1,) and found.too_small == 1
    assert found.values.shape == (1, len(feature_names("thread", known=False)))


def test_what_cannot_be_read_ends_the_run_or_is_named(pictures):
    broken = dataclasses.replace(
        pictures[0],
        source=BytesSource("broken.png", b"no"),
        record=dataclasses.replace(pictures[0].record, sha256="0" * 64),
    )
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        measure([broken, *pictures[1:]])
    found = measure([broken, *pictures[1:]], (WHOLE,), running=Running(workers=1, on_error="skip"))
    assert [one.path for one in found.skipped] == ["broken.png"]
    assert found.pictures == (1, 2, 3) and found.too_small == 0


def test_two_pictures_of_one_name_are_refused(pictures):
    same = [
        dataclasses.replace(one, source=dataclasses.replace(one.source, name="same.png"))
        for one in pictures[:2]
    ]
    with pytest.raises(ParameterError, match="one name"):
        measure(same, (WHOLE,))


# Journeys


def test_a_journey_may_begin_with_a_generators_last_layer(pictures):
    plain = Journey((Jpeg(90),))
    layered = Journey((Jpeg(90),), "transposed-4", 3)
    reduced = Journey((Jpeg(90),), "transposed-4", 3, (Crop(0, 0, 144, 144),))
    other = Journey((Jpeg(90),), "transposed-4", 4)
    ways = (plain, layered, reduced, other)
    assert len({str(way) for way in ways}) == 4
    found = measure(pictures[:1], ways)
    assert len(np.unique(found.values, axis=0)) == 4
    assert np.array_equal(found.values, measure(pictures[:1], ways).values)


def test_names_of_journeys_tell_them_apart():
    ways = [
        WHOLE, HALF, *WAYS[1:], Journey((Jpeg(80),)), Journey((Jpeg(81),)),
        Journey((Jpeg(80), Resize(0.5))), Journey((Resize(0.5), Jpeg(80))),
        Journey((), "transposed-4"), Journey((), "transposed-4", 1), Journey((), "nearest"),
        Journey((), "transposed-4", 0, (Jpeg(80),)), Journey((Jpeg(80),), "transposed-4"),
    ]  # fmt: skip
    assert len({str(way) for way in ways}) == len(ways)
    assert str(WHOLE) == "" and str(Journey((), None, 7)) == ""


def test_a_jpeg_file_is_measured_as_it_is_decoded():
    data = jpeg_bytes(pixels(0), quality=80)
    found = measure([specimen(0, data=data)], (WHOLE,))
    image, _ = read_image(BytesSource("one.jpg", data))
    assert np.array_equal(found.values[0], row_of(image, "traces"))


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)
