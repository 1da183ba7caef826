from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from forensics.engine.fingerprint_making import FEWEST_FRAMES, make_fingerprints
from forensics.errors import EmptySetError, ParameterError
from forensics.images.delivery.encode import png_bytes
from forensics.images.sources.find import BytesSource
from forensics.traces.fingerprints.decoder import DecoderTile
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.fingerprints.match import fingerprint_matches

SIDE = 192


def picture(seed: int, strength: float = 4.0) -> np.ndarray:
    """Noise, with what one source adds: a pattern of its own, and a tile."""
    rng = np.random.default_rng(seed)
    image = rng.normal(120, 12, (SIDE, SIDE, 3))
    own = np.random.default_rng(1)
    image += strength * own.normal(size=(SIDE, SIDE, 1))
    image += strength * np.tile(own.normal(size=(16, 16, 3)), (SIDE // 16, SIDE // 16, 1))
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def sources(n: int) -> list[BytesSource]:
    return [BytesSource(f"{i:02}.png", png_bytes(picture(i))) for i in range(n)]


@pytest.fixture(scope="module")
def made():
    return make_fingerprints(sources(14), "mine", family="ours", workers=1)


def test_both_kinds_are_made_and_judged_by_pictures_that_are_not_in_them(made):
    assert [type(one) for one in made.fingerprints] == [Fingerprint, DecoderTile]
    assert made.reasons == () and made.n_copies == 0
    for one, quality in zip(made.fingerprints, made.qualities, strict=True):
        assert (one.name, one.family, one.n_images) == ("mine", "ours", 14)
        assert quality.n_judged == 14 and quality.matched == 1
        assert quality.median <= quality.with_twice <= 1.42 * quality.median


def test_they_match_others_of_the_source_and_nothing_else(made):
    assert all(one.matched for one in fingerprint_matches(picture(99), made.fingerprints))
    other = fingerprint_matches(picture(99, 0), made.fingerprints)
    assert not any(one.matched for one in other)


@pytest.mark.slow
def test_order_and_workers_do_not_matter(made):
    again = make_fingerprints(sources(14)[::-1], "mine", family="ours", workers=2)
    for one, other in zip(made.fingerprints, again.fingerprints, strict=True):
        codes = (
            (one.codes, other.codes) if isinstance(one, Fingerprint) else (one.vector, other.vector)
        )
        assert np.array_equal(*codes)


@pytest.mark.slow
def test_a_tile_needs_two_pictures_a_frame_needs_eight():
    two = make_fingerprints(sources(2), "two", workers=1)
    assert [type(one) for one in two.fingerprints] == [DecoderTile]
    assert f"at least {FEWEST_FRAMES}" in two.reasons[0]
    with pytest.raises(EmptySetError, match="1 different picture of"):
        make_fingerprints([*sources(1), *sources(1)], "one", workers=1)


def test_black_pictures_make_nothing():
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    some = [BytesSource(f"{i}.png", png_bytes(black) + bytes(i)) for i in range(10)]
    with pytest.raises(EmptySetError, match="not counting flat ones"):
        make_fingerprints(some, "black", workers=1)


@pytest.mark.slow
def test_what_was_saved_again_counts_once():
    from forensics.images.delivery.encode import jpeg_bytes

    photograph = skimage.data.chelsea()[:SIDE, :SIDE]
    again = [BytesSource(f"{q}.jpg", jpeg_bytes(photograph, quality=q)) for q in (60, 90, 95)]
    one = make_fingerprints([*sources(14), *again], "mine", workers=1)
    assert one.n_copies == 2 and {some.n_images for some in one.fingerprints} == {15}
    with pytest.raises(EmptySetError, match="no fingerprint can be made"):
        make_fingerprints(again, "one picture", workers=1)


def test_nothing_is_made_of_nothing_and_of_unknown_planes():
    with pytest.raises(EmptySetError, match="no picture was given"):
        make_fingerprints([], "nothing")
    with pytest.raises(ParameterError, match="'chroma'"):
        make_fingerprints(sources(2), "mine", planes="chroma")  # type: ignore[arg-type]


@pytest.mark.slow
def test_what_is_drawn_around_pictures_is_no_part_of_their_tile():
    def framed(seed: int) -> BytesSource:
        image = np.full((SIDE + 80, SIDE + 80, 3), 255, np.uint8)
        image[40 : 40 + SIDE, 40 : 40 + SIDE] = picture(seed, 0)
        return BytesSource(f"{seed}.png", png_bytes(image))

    made = make_fingerprints([framed(i) for i in range(10)], "framed", workers=1)
    tile = made.fingerprints[-1]
    assert isinstance(tile, DecoderTile)
    assert not fingerprint_matches(picture(50, 0), [tile])[0].matched
