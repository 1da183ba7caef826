from __future__ import annotations

import numpy as np
import pytest

from forensics.engine.fingerprinting import FEWEST_FRAMES, make_fingerprints
from forensics.errors import EmptySetError
from forensics.images.encoding import png_bytes
from forensics.images.sources import BytesSource
from forensics.traces.fingerprints.matching import fingerprint_matches
from forensics.traces.fingerprints.pattern import Fingerprint
from forensics.traces.fingerprints.tile import DecoderTile

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


def test_order_and_workers_do_not_matter(made):
    again = make_fingerprints(sources(14)[::-1], "mine", family="ours", workers=2)
    for one, other in zip(made.fingerprints, again.fingerprints, strict=True):
        codes = (
            (one.codes, other.codes) if isinstance(one, Fingerprint) else (one.vector, other.vector)
        )
        assert np.array_equal(*codes)


def test_a_tile_needs_two_pictures_a_frame_needs_eight():
    two = make_fingerprints(sources(2), "two", workers=1)
    assert [type(one) for one in two.fingerprints] == [DecoderTile]
    assert f"at least {FEWEST_FRAMES}" in two.reasons[0]
    with pytest.raises(EmptySetError, match="1 different pictures"):
        make_fingerprints([*sources(1), *sources(1)], "one", workers=1)


def test_black_pictures_make_nothing():
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    some = [BytesSource(f"{i}.png", png_bytes(black) + bytes(i)) for i in range(10)]
    with pytest.raises(EmptySetError, match="not flat"):
        make_fingerprints(some, "black", workers=1)
