"""What public functions refuse at their edge, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from forensics.errors import ImageShapeError, ParameterError
from forensics.validation import check_choice, check_image, check_shape


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5, 3)])
def test_images_pass(shape):
    check_image(np.zeros(shape, np.uint8))
    check_shape(np.zeros(shape))


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 4), (2, 2, 1), (0, 2), (2, 0, 3), (1, 2, 2, 3)])
def test_what_has_another_shape_is_refused_with_it(shape):
    for check in (check_image, check_shape):
        with pytest.raises(ImageShapeError) as refused:
            check(np.zeros(shape, np.uint8))
        assert str(shape) in str(refused.value)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float64, bool])
def test_an_image_has_counts_of_8_bits_and_a_blend_need_not(dtype):
    check_shape(np.zeros((2, 2), dtype))
    with pytest.raises(ImageShapeError, match="allowed is uint8"):
        check_image(np.zeros((2, 2), dtype))


def test_a_choice_is_refused_with_what_is_allowed():
    check_choice("axis", "rows", ("rows", "columns"))
    with pytest.raises(ParameterError, match="axis is 'x', allowed are rows, columns"):
        check_choice("axis", "x", ("rows", "columns"))
