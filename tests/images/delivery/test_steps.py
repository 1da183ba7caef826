from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ParameterError
from forensics.images.delivery.encode import SUBSAMPLINGS
from forensics.images.delivery.resize import KERNELS
from forensics.images.delivery.steps import (
    Crop,
    Jpeg,
    Paste,
    Png,
    Resize,
    Webp,
    read_step,
    step_numbers,
)

SCALES = st.integers(1, 99_999).map(lambda n: n / 1000)
PLACES, SIDES, COUNTS = st.integers(0, 9999), st.integers(1, 9999), st.integers(0, 255)
STEPS = st.one_of(
    st.builds(Crop, PLACES, PLACES, SIDES, SIDES),
    st.builds(Paste, PLACES, PLACES, SIDES, SIDES, COUNTS),
    st.builds(Resize, SCALES, st.sampled_from(KERNELS), st.booleans()),
    st.builds(Jpeg, st.integers(1, 100), st.sampled_from(SUBSAMPLINGS), st.booleans()),
    st.builds(Webp, st.integers(0, 100)),
    st.builds(Png),
)  # fmt: skip


@given(STEPS)
def test_the_words_of_a_step_are_read_as_that_step(step):
    assert read_step(str(step)) == step
    assert read_step(f"  {str(step).upper()} ".replace(" ", "  ")) == step


@given(STEPS)
def test_the_numbers_of_a_step_are_json_and_make_it_again(step):
    record = json.loads(json.dumps(step_numbers(step), allow_nan=False))
    kind = record.pop("step")
    assert type(step).__name__.lower() == kind and type(step)(**record) == step
    assert pickle.loads(pickle.dumps(step)) == step


def test_what_is_usual_may_be_left_out():
    assert read_step("crop 20x30") == Crop(0, 0, 20, 30)
    assert read_step("resize x.5") == Resize(0.5)
    assert read_step("resize x2 without antialiasing") == Resize(2, antialias=False)
    assert read_step("paste on 20x30") == Paste(0, 0, 20, 30)
    assert read_step("jpeg q75 progressive") == Jpeg(75, progressive=True)


@pytest.mark.parametrize(
    "text",
    ["", "jpeg", "jpeg 75", "jpeg q-1", "crop 10x", "crop 10x10 (1, 2)", "resize 0.5", "png png",
     "resize x0.5 lanczos sharp", "webp", "blur", "resize xnan", "jpeg q٧٥"],
)  # fmt: skip
def test_other_words_are_refused_with_examples(text):
    with pytest.raises(ParameterError, match="write it like 'crop 256x320"):
        read_step(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [("jpeg q101", "quality is 101"), ("jpeg q0", "quality is 0"), ("webp q101", "quality is 101"),
     ("jpeg q75 4:1:1", "subsampling is"), ("resize x0", "scale is 0"),
     ("resize x2 area", "kernel is"), ("crop 0x10", "rows is 0"),
     ("paste on 9x9 gray 256", "gray is 256"), ("resize x" + "9" * 400, "scale is inf"),
     ("jpeg q" + "9" * 9000, "quality is 9")],
)  # fmt: skip
def test_parameters_that_are_not_allowed_are_refused(text, told):
    with pytest.raises(ParameterError, match=told):
        read_step(text)


@pytest.mark.parametrize(
    "make",
    [lambda: Crop(-1, 0, 1, 1), lambda: Crop(0, 0, 1.5, 1), lambda: Jpeg(75.0), lambda: Webp(-1),
     lambda: Paste(0, 0, 1, 1, -1), lambda: Resize(float("nan")), lambda: Crop(0, "1", 1, 1)],
)  # fmt: skip
def test_steps_refuse_what_makes_no_sense(make):
    with pytest.raises(ParameterError, match=" is "):
        make()
