"""What public functions refuse at their edge, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

import forensics as cf
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


def test_arguments_of_a_wrong_kind_are_named(cat, tmp_path):
    line = cf.line_profile(cat)
    saved = tmp_path / "a.npz"
    for call, said in (
        (lambda: cf.blend([cat], size="big"), "size is 'big': pass a whole number of pixels"),
        (lambda: cf.blend([cat], size=(80, 80)), r"size is \(80, 80\): pass a whole number"),
        (lambda: cf.blend([cat], size=80.0), "size is 80.0: pass a whole number"),
        (lambda: cf.blend([cat], size=True), "size is True: pass a whole number"),
        (lambda: cf.inspect(cat, max_pixels="big"), "max_pixels is 'big': pass a positive whole"),
        (lambda: cf.inspect(cat, frame="first"), "frame is 'first': pass 0 for the first frame"),
        (lambda: cf.inspect(cat, frame=1.5), r"frame is 1\.5: pass 0 for the first frame"),
        (lambda: cf.find_images(3), "paths is of type int: pass a path or several"),
        (lambda: cf.period_test([1.0, 2.0]), "profile is of type list, a LineProfile is needed"),
        (lambda: cf.period_test(line.values), "profile is of type ndarray, a LineProfile is"),
        (lambda: cf.period_test(line, periods=8), "periods is of type int, a Sequence is needed"),
        (lambda: cf.period_test(line, periods=["8"]), "one of periods is of type str, a Real is"),
        (lambda: cf.banding([1.0]), "one of periods is of type float, a Period is needed"),
        (lambda: cf.save_blend(cat, saved), "blend is of type ndarray, a Blend is needed"),
        (lambda: cf.save_blend(cf.blend([cat]), 3), "path is of type int: pass the path of a file"),
        (lambda: cf.save_blend(cf.blend([cat]), ""), "path is empty: pass the path of a file"),
        (lambda: cf.save_model(1, saved), "model is of type int, a ScoreModel is needed"),
        (lambda: cf.load_blend(3), "path is of type int: pass the path of a file"),
        (lambda: cf.load_model(3), "path is of type int: pass the path of a file"),
    ):
        with pytest.raises(cf.ParameterError, match=said):
            call()


def test_a_blend_takes_the_place_of_a_blend_and_of_nothing_else(cat, tmp_path):
    blend = cf.blend([cat])
    for _ in range(2):
        cf.save_blend(blend, tmp_path / "a.npz")
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8\xff a picture")
    with pytest.raises(cf.ForensicsError, match="is no earlier result of this kind"):
        cf.save_blend(blend, tmp_path / "cat.jpg")
    assert (tmp_path / "cat.jpg").read_bytes() == b"\xff\xd8\xff a picture"
