from __future__ import annotations

import numpy as np
import pytest

from forensics.engine.blend import Geometry, check_sides, common_size
from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.deliver import crop_center, resize_to_cover
from forensics.images.delivery.encode import png_bytes
from forensics.images.read import MAX_PIXELS
from forensics.images.sources.find import BytesSource


def source(shape: tuple[int, int], name: str = "a.png", seed: int = 0) -> BytesSource:
    pixels = np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)
    return BytesSource(name, png_bytes(pixels))


def pixels_of(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, shape: tuple[int, int], *, sequential: bool) -> None:
        self._source, self.sequential, self.n = source(shape), sequential, 0
        self.name = "counted.png"

    def read_bytes(self) -> bytes:
        self.n += 1
        return self._source.read_bytes()


# One picture


def test_as_it_is():
    geometry = Geometry(None, None, None, MAX_PIXELS)
    assert np.array_equal(geometry.pixels(source((9, 7)), None), pixels_of((9, 7)))


@pytest.mark.parametrize("side", [1, 4, 7])
def test_cropped_or_resized_to_a_square(side):
    cropped = Geometry(side, None, None, MAX_PIXELS).pixels(source((9, 7)), None)
    assert np.array_equal(cropped, crop_center(pixels_of((9, 7)), side))
    covered = Geometry(None, side, None, MAX_PIXELS).pixels(source((9, 7)), None)
    assert np.array_equal(covered, resize_to_cover(pixels_of((9, 7)), side))
    assert cropped.shape == covered.shape == (side, side, 3)


def test_the_common_size_passes_and_others_are_told_the_way_out():
    geometry = Geometry(None, None, (9, 7), MAX_PIXELS)
    assert geometry.pixels(source((9, 7)), None).shape == (9, 7, 3)
    with pytest.raises(ImageShapeError, match=r"\(8, 12, 3\).*\(9, 7, 3\).*pass size=7"):
        geometry.pixels(source((8, 12)), None)


def test_too_many_pixels_are_refused():
    with pytest.raises(ImageReadError):
        Geometry(None, None, None, 62).pixels(source((9, 7)), None)


# The size of a set


def test_most_pictures_decide():
    sources = [source((9, 7)), source((5, 5)), source((9, 7)), source((8, 8))]
    assert common_size(sources, MAX_PIXELS) == (9, 7)
    assert common_size(sources[::-1], MAX_PIXELS) == (9, 7)


def test_where_two_sizes_are_as_common_the_larger_one_decides_in_any_order():
    sources = [source((5, 5)), source((9, 7))]
    assert common_size(sources, MAX_PIXELS) == common_size(sources[::-1], MAX_PIXELS) == (9, 7)


def test_what_cannot_be_read_is_passed_over():
    broken = BytesSource("broken.png", b"no picture")
    assert common_size([broken, broken, source((9, 7))], MAX_PIXELS) == (9, 7)
    assert common_size([broken], MAX_PIXELS) is None and common_size([], MAX_PIXELS) is None


def test_of_pictures_in_order_only_the_first_is_read():
    tape = [Counted((5, 4), sequential=True), *(Counted((9, 7), sequential=True) for _ in "abc")]
    assert common_size(tape, MAX_PIXELS) == (5, 4)
    assert [one.n for one in tape] == [1, 0, 0, 0]


def test_a_few_headers_are_enough():
    many = [Counted((3, 2), sequential=False) for _ in range(1000)]
    assert common_size(many, MAX_PIXELS) == (3, 2)
    assert sum(one.n > 0 for one in many) <= 64


# What is allowed


@pytest.mark.parametrize("sides", [(None, None), (1, None), (None, 1), (512, None)])
def test_one_side_or_none(sides):
    check_sides(*sides)


@pytest.mark.parametrize("sides, word", [((1, 1), "both"), ((0, None), "size"), ((None, -3), "re")])
def test_other_sides_are_refused(sides, word):
    with pytest.raises(ParameterError, match=word):
        check_sides(*sides)
