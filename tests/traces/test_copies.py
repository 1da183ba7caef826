"""Copies are found however they were cut, framed, mirrored or turned, and nothing else is one."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.errors import ImageShapeError, ParameterError
from forensics.traces import copies
from forensics.traces.copies import Likeness, copied_pairs, groups_of_copies, likeness, thumbnail

PICTURES = [getattr(skimage.data, name)() for name in ("chelsea", "astronaut", "coffee")]


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Pillow.open(file))


def cut(image: np.ndarray, top: float, bottom: float, left: float, right: float) -> np.ndarray:
    rows, columns = image.shape[:2]
    down = slice(int(top * rows), rows - int(bottom * rows))
    return image[down, int(left * columns) : columns - int(right * columns)]


def framed(image: np.ndarray, share: float, shade: int) -> np.ndarray:
    width = int(share * min(image.shape[:2]))
    return np.pad(image, ((width, width), (width, width), (0, 0)), constant_values=shade)


def turned(image: np.ndarray, position: int) -> np.ndarray:
    image = np.rot90(image, position % 4)
    return np.ascontiguousarray(image[:, ::-1] if position >= 4 else image)


share = st.floats(0, 0.08)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2),
    st.tuples(share, share, share, share),
    st.integers(0, 7),
    st.one_of(st.none(), st.tuples(st.floats(0.02, 0.15), st.integers(0, 255))),
    st.integers(50, 95),
)
def test_a_copy_is_found_whatever_was_done_to_it(number, shares, position, frame, quality):
    other = cut(PICTURES[number], *shares)
    other = framed(other, *frame) if frame else other
    other = saved(turned(other, position), quality)
    thumbnails = np.stack([thumbnail(one) for one in (*PICTURES, other)])
    assert copied_pairs(thumbnails).tolist() == [[number, 3]]


def test_copies_of_copies_are_one_group():
    chelsea, astronaut, _ = PICTURES
    set_of = [chelsea, astronaut, chelsea[:, ::-1], astronaut[::2, ::2], np.rot90(chelsea[:, ::-1])]
    assert groups_of_copies([likeness(one) for one in set_of]).tolist() == [0, 1, 0, 1, 0]


def test_what_shows_nothing_is_nobodys_copy(rng):
    flat = [np.full((64, 64), shade, np.uint8) for shade in (9, 9, 200)]
    noise = [rng.integers(0, 256, (64, 64), dtype=np.uint8) for _ in range(20)]
    thumbnails = np.stack([thumbnail(one) for one in (*flat, *noise)])
    assert len(copied_pairs(thumbnails)) == 0
    assert copied_pairs(thumbnails[:0]).shape == copied_pairs(thumbnails[:1]).shape == (0, 2)


def test_exact_copies_are_looked_at_once(monkeypatch):
    one, other = likeness(skimage.data.camera()), likeness(skimage.data.chelsea())
    looked_at = []
    monkeypatch.setattr(
        copies, "copied_pairs", lambda some: looked_at.append(len(some)) or copied_pairs(some)
    )
    groups = groups_of_copies([other, *[one] * 500, other])
    assert groups.tolist() == [0, *[1] * 500, 0] and looked_at == [2]


def test_the_order_makes_no_difference(rng):
    some = [PICTURES[0], PICTURES[1], PICTURES[0][:, ::-1], PICTURES[1][9:, 20:], PICTURES[2]]
    thumbnails = np.stack([thumbnail(one) for one in some])
    pairs = {tuple(pair) for pair in copied_pairs(thumbnails).tolist()}
    order = rng.permutation(len(some))
    again = {tuple(sorted(order[list(pair)])) for pair in copied_pairs(thumbnails[order]).tolist()}
    assert pairs == again == {(0, 2), (1, 3)}


def test_a_likeness_is_small():
    found = likeness(PICTURES[0])
    assert isinstance(found, Likeness) and found.bits.nbytes + found.cells.nbytes <= 2048


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageShapeError, match="at least 16 x 16 pixels"):
        thumbnail(np.zeros((8, 40), np.uint8))
    with pytest.raises(ImageShapeError):
        thumbnail(np.zeros(8, np.uint8))
    with pytest.raises(ParameterError, match=r"allowed is \(n, 32, 32\) and uint8"):
        copied_pairs(np.zeros((3, 32, 32)))
