from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics.traces.jpeg.grid import jpeg_trace


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photograph that never was a JPEG, (400, 600, 3)."""
    return skimage.data.coffee()


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Pillow.open(stream))


@pytest.mark.parametrize("first, last", [(50, 75), (50, 90), (75, 90), (70, 85), (90, 95)])
def test_two_saves_on_one_grid(photo, first, last):
    trace = jpeg_trace(saved(saved(photo, first), last)[3:, 1:])
    assert (trace.grid.origin, trace.quality.quality) == ((5, 7), last)
    assert trace.earlier.origin == (5, 7)
    assert abs(trace.earlier.quality - first) <= 1
    assert trace.earlier.log10_evidence > 30


@pytest.mark.parametrize("first, last", [(50, 90), (75, 90), (75, 95), (95, 98)])
@pytest.mark.parametrize("between", [(2, 5), (4, 4), (1, 3)])
def test_two_saves_with_a_crop_between(photo, first, last, between):
    once = saved(photo, first)[between[0] :, between[1] :]
    trace = jpeg_trace(saved(once, last))
    assert (trace.grid.origin, trace.quality.quality) == ((0, 0), last)
    assert trace.earlier.origin == (8 - between[0], 8 - between[1])
    assert abs(trace.earlier.quality - first) <= 1


@pytest.mark.parametrize("quality", [12, 50, 60, 70, 75, 80, 85, 90, 95, 98])
def test_one_save_has_no_earlier_one(photo, quality):
    assert jpeg_trace(saved(photo, quality)).earlier is None
    assert jpeg_trace(saved(photo, quality)[3:300, 6:]).earlier is None


@pytest.mark.parametrize("first, last", [(90, 75), (75, 75), (95, 90)])
def test_a_finer_first_save_is_gone_and_none_is_claimed(photo, first, last):
    trace = jpeg_trace(saved(saved(photo, first)[2:, 5:], last))
    assert (trace.grid.origin, trace.quality.quality) == ((0, 0), last)
    assert trace.earlier is None


def test_steps_that_divide_the_first_ones_show_the_first_quality(photo):
    trace = jpeg_trace(saved(saved(photo, 80), 95))
    assert trace.quality.quality == 80
    assert trace.earlier is None
