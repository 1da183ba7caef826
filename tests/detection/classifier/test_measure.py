from __future__ import annotations

import dataclasses
import threading
from collections import Counter

import numpy as np
import pytest
from known_score import known_score
from scipy.ndimage import gaussian_filter

from forensics.detection.classifier import measure as module
from forensics.detection.classifier.measure import Delivery, Rows, joined, measured_rows
from forensics.detection.labelled import LabelledImage, look_at
from forensics.detection.verdict.attribution import attribution, measured_features, picture_kind
from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.references import PICTURE_KINDS
from forensics.detection.verdict.score import FEATURES
from forensics.engine.run import RunOptions
from forensics.errors import ImageReadError, ParameterError
from forensics.images.delivery.deliver import delivered_pixels
from forensics.images.delivery.encode import jpeg_bytes, png_bytes
from forensics.images.delivery.steps import Crop, Jpeg, Resize
from forensics.images.read import read_image
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.fingerprint import Fingerprint, FingerprintSums, fingerprint
from forensics.traces.similarity import perceptual_hash

SIDE = 160
HALF: Delivery = (Resize(0.4),)
WAYS: tuple[Delivery, ...] = ((), (Crop(3, 5, 130, 140), Jpeg(80)))


def pixels(seed: int, *, side: int = SIDE) -> np.ndarray:
    """A smooth picture under some grain, every second one with lines of period 2 and 8."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.normal(size=(side, side, 3)), (3, 3, 0))
    image = 120 + 40 * smooth / smooth.std() + rng.normal(0, 2, smooth.shape)
    if seed % 2:
        image[::2] += 3
        image[:, ::8] += 3
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def labelled_image(seed: int, *, side: int = SIDE, data: bytes = b"") -> LabelledImage:
    data = data or png_bytes(pixels(seed, side=side))
    image, record = read_image(BytesSource("one", data))
    return LabelledImage(BytesSource(f"{seed}.png", data), record, perceptual_hash(image), "here")


def made(seed: int = 0) -> Fingerprint:
    """A fingerprint of sums that no picture ever had."""
    rng = np.random.default_rng(seed)
    residuals = rng.normal(0, 300, (SIDE, SIDE)).astype(np.int64) * 100
    return fingerprint(FingerprintSums(100, residuals), f"made {seed}", family=f"made {seed}")


@pytest.fixture(scope="module")
def pictures() -> list[LabelledImage]:
    return [labelled_image(seed) for seed in range(4)]


def measure(
    pictures: list[LabelledImage],
    ways: tuple[Delivery, ...] = WAYS,
    kept: dict[str, np.ndarray] | None = None,
    **how: object,
) -> Rows:
    given = {"fingerprints": (), "run": RunOptions(workers=1)}
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


# Rows


def test_rows_are_those_of_the_pictures_after_their_deliveries(pictures):
    found = measure(pictures)
    assert found.pictures.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert found.deliveries.tolist() == [0, 1] * 4
    assert (found.too_small, found.skipped) == (0, ())
    assert found.as_found.tolist() == [True, False] * 4
    assert found.values.shape == (len(found), len(FEATURES)) == (8, 18)
    for row in range(8):
        way = WAYS[row % 2]
        image = pixels(row // 2)
        one = evidence(delivered_pixels(image, way) if way else image)
        values, limits = measured_features(one)
        np.testing.assert_array_equal(found.values[row], values)
        assert found.kinds[row] == picture_kind(one) and limits == ()
        assert not found.limited[row] and not found.pages[row]
    assert (
        "quality 75 to 89" in PICTURE_KINDS[found.kinds[1]]
        and "without" in PICTURE_KINDS[found.kinds[0]]
    )


def test_workers_and_order_do_not_matter(pictures):
    one = measure(pictures)
    other = measure(pictures[::-1], run=RunOptions(workers=3))
    for name in ("values", "kinds", "limited"):
        here, there = (getattr(some, name).reshape(4, 2, -1) for some in (one, other))
        np.testing.assert_array_equal(here, there[::-1])


def test_each_picture_has_its_own_ways(pictures):
    found = measured_rows(
        pictures[:3],
        [[], [()], [WAYS[1], ()]],
        fingerprints=(),
        kept={},
        run=RunOptions(workers=1),
    )
    assert found.pictures.tolist() == [1, 2, 2] and found.deliveries.tolist() == [0, 0, 1]


def test_what_is_kept_is_not_measured_again(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    first = measure(pictures, kept=kept)
    assert reads == {f"{seed}.png": 1 for seed in range(4)} and len(kept) == 8
    again = measure(pictures, kept=kept)
    assert reads.total() == 4
    np.testing.assert_array_equal(again.values, first.values)
    reads.clear()
    measure([*pictures, labelled_image(4)], kept=kept)
    assert reads == {"4.png": 1} and len(kept) == 10
    reads.clear()
    more = measure(pictures[:1], (*WAYS, (Crop(0, 0, 150, 150),)), kept=kept)
    assert reads == {"0.png": 1} and len(more) == 3 and len(kept) == 11


def test_a_renamed_picture_is_known_by_its_bytes(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    measure(pictures, kept=kept)
    reads.clear()
    moved = [
        dataclasses.replace(one, source=BytesSource("x" + one.source.name, b"gone"), origin="there")
        for one in pictures
    ]
    assert len(measure(moved, kept=kept)) == 8 and not reads


def test_other_fingerprints_are_measured_anew_and_change_their_feature_alone(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    two = pictures[:2]
    plain = measure(two, ((),), kept=kept)
    known = measure(two, ((),), kept=kept, fingerprints=(made(),))
    assert reads.total() == 4 and len(kept) == 4
    np.testing.assert_array_equal(known.values[:, 1:], plain.values[:, 1:])
    assert np.isnan(plain.values[:, 0]).all() and (known.values[:, 0] <= 0).all()
    measure(two, ((),), kept=kept, fingerprints=(made(),))
    assert reads.total() == 4
    measure(two, ((),), kept=kept, fingerprints=(made(), made(1)))
    assert reads.total() == 6


def test_too_small_ones_are_counted_and_kept(pictures, reads):
    kept: dict[str, np.ndarray] = {}
    for _ in range(2):
        found = measure([*pictures[:2], labelled_image(9, side=60)], ((), HALF), kept=kept)
        assert found.pictures.tolist() == [0, 1] and found.deliveries.tolist() == [0, 0]
        assert (found.too_small, found.skipped) == (4, ())
    assert reads == {"0.png": 1, "1.png": 1, "9.png": 1}


def test_where_all_are_too_small_or_there_are_none_there_is_no_row():
    for some, too_small in (([labelled_image(0, side=60)], 2), ([], 0)):
        found = measure(some, ((), HALF))
        assert len(found) == 0 and found.values.shape == (0, len(FEATURES))
        assert found.too_small == too_small and found.skipped == ()


def test_what_cannot_be_read_ends_the_run_or_is_named(pictures):
    broken = dataclasses.replace(
        pictures[0],
        source=BytesSource("broken.png", b"no"),
        record=dataclasses.replace(pictures[0].record, sha256="0" * 64),
    )
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        measure([broken, *pictures[1:]])
    found = measure([broken, *pictures[1:]], ((),), run=RunOptions(workers=1, on_error="skip"))
    assert [one.path for one in found.skipped] == ["broken.png"]
    assert found.pictures.tolist() == [1, 2, 3] and found.too_small == 0


def test_a_run_that_was_stopped_has_the_rows_that_were_measured(pictures):
    kept: dict[str, np.ndarray] = {}
    measure(pictures[:2], kept=kept)
    stop = threading.Event()
    stop.set()
    found = measure(pictures, kept=kept, run=RunOptions(workers=1, stop=stop))
    assert found.pictures.tolist() == [0, 0, 1, 1]


def test_parts_that_are_joined_are_the_whole(pictures):
    whole = measure(pictures)
    halves = [
        measured_rows(
            pictures,
            [list(WAYS) if number // 2 == half else [] for number in range(4)],
            fingerprints=(),
            kept={},
            run=RunOptions(workers=1),
        )
        for half in (0, 1)
    ]
    for some in ([whole], halves):
        for field in dataclasses.fields(Rows):
            mine, its = (getattr(one, field.name) for one in (joined(some), whole))
            np.testing.assert_array_equal(mine, its)


def test_two_pictures_of_one_name_are_refused(pictures):
    same = [
        dataclasses.replace(one, source=dataclasses.replace(one.source, name="same.png"))
        for one in pictures[:2]
    ]
    with pytest.raises(ParameterError, match="one name"):
        measure(same, ((),))


def test_a_jpeg_file_is_measured_as_it_is_decoded():
    data = jpeg_bytes(pixels(0), quality=80)
    found = measure([labelled_image(0, data=data)], ((),))
    image, _ = read_image(BytesSource("one.jpg", data))
    np.testing.assert_array_equal(found.values[0], measured_features(evidence(image))[0])


# Of which nothing can be said


@pytest.mark.parametrize("even", [0.0, 0.9])
@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("doubtful", [-20.0, -0.5, 0.5, 20.0])
def test_log_odds_of_rows_are_those_that_are_told_of_the_picture(
    drawn, even, doubtful, monkeypatch
):
    """Whatever limits what can be said of it: a drawing, or a page where there is any doubt."""
    one = evidence(pixels(1))
    levels = 2 if drawn else one.content.n_levels
    one = dataclasses.replace(
        one, content=dataclasses.replace(one.content, plain=even, n_levels=levels)
    )
    monkeypatch.setattr(module, "evidence", lambda *_, **__: one)
    found = measure([labelled_image(1)], ((),))
    assert found.limited.tolist() == [drawn] and found.pages.tolist() == [even > 0 and not drawn]
    model = known_score(doubtful=doubtful, certain=25.0)
    assert found.log_odds(model)[0] == pytest.approx(attribution(one, model=model).log_odds)


def test_flat_and_drawn_pictures_have_even_odds_whatever_is_weighed():
    found = measure([labelled_image(0, data=png_bytes(np.full((96, 96, 3), 7, np.uint8)))], ((),))
    assert found.limited.tolist() == [True] and found.pages.tolist() == [False]
    assert found.log_odds(known_score(base=9.0)).tolist() == [0.0]


def test_every_public_name_is_there():
    assert all(hasattr(module, name) for name in module.__all__)


def test_progress_is_told_in_rows_and_of_the_whole():
    rng = np.random.default_rng(0)
    told: list[tuple[int, int]] = []
    noise = rng.integers(0, 256, (3, 80, 80, 3), dtype=np.uint8)
    sources = [BytesSource(f"{number}.png", png_bytes(one)) for number, one in enumerate(noise)]
    pictures = look_at(sources, RunOptions(), fewest=1).pictures
    run = RunOptions(workers=1, progress=lambda done, of: told.append((done, of))).whole(7)
    ways = [[()], [(), (Jpeg(80),), (Jpeg(70),)], [()]]
    for _ in range(2):  # the second pass has nothing to measure
        kept: dict[str, np.ndarray] = {}
        measured_rows(pictures, ways, fingerprints=(), kept=kept, run=run)
        measured_rows(pictures, ways, fingerprints=(), kept=kept, run=run)
    assert told[-1] == (7, 7) and {of for _, of in told} == {7}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert (5, 7) in told
