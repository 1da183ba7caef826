"""What functions on many pictures have in common: described once, checked once."""

from __future__ import annotations

import inspect
import threading
from dataclasses import fields
from typing import get_type_hints

import numpy as np
import pytest

import forensics as cf
from forensics.detection.classifier.feature_table import feature_table, iter_feature_rows
from forensics.detection.classifier.train import measured_sets
from forensics.engine.checkpoint import blend_in_steps
from forensics.engine.deliveries import iter_delivered, iter_simulated
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import ParameterError

OPTIONS = [one.name for one in fields(RunOptions)]
BESIDES = [
    blend_in_steps, feature_table, iter_delivered, iter_feature_rows, iter_simulated, measured_sets,
]  # fmt: skip
"""Functions that are at no door."""
FLOORS = (cf, cf.images, cf.traces, cf.engine, cf.detection, cf.views)
PUBLIC = list({getattr(floor, name) for floor in FLOORS for name in floor.__all__})
PUBLIC.sort(key=lambda one: (one.__name__, getattr(one, "__module__", "")))
TAKING = [
    one
    for one in [*PUBLIC, *BESIDES]
    if inspect.isfunction(one) and "run" in inspect.signature(one).parameters
]


def called(function, **keywords: object) -> None:
    """Call it with nothing where it asks for something, and do not go on to the next."""
    needed = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    ]
    first = [None for one in needed if one.kind is not one.KEYWORD_ONLY]
    named = {one.name: None for one in needed if one.kind is one.KEYWORD_ONLY}
    function(*first, **named, **keywords)


def test_both_types_have_the_same_names():
    assert list(RunKeywords.__annotations__) == OPTIONS
    assert get_type_hints(RunKeywords) == get_type_hints(RunOptions)


def test_all_that_run_over_pictures_take_them():
    names = {one.__name__ for one in TAKING}
    assert {"inspect", "classify", "profile", "blend", "compare", "audit", "train"} < names
    assert {"evaluate", "iter_inspections", "iter_profiles", "make_fingerprints"} < names
    for one in PUBLIC:
        if inspect.isfunction(one):
            assert not {"workers", "executor"} & set(inspect.signature(one).parameters)


@pytest.mark.parametrize("function", TAKING, ids=lambda one: one.__qualname__)
def test_a_misspelt_keyword_is_refused_at_once_with_those_that_there_are(function):
    with pytest.raises(TypeError) as caught:
        called(function, worker=2)
    said = str(caught.value)
    assert said.startswith(f"{function.__name__}() has no keyword 'worker': it takes ")
    own = [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind is one.KEYWORD_ONLY
    ]
    assert said.endswith(", ".join([*own, *OPTIONS]))


@pytest.mark.parametrize("function", TAKING, ids=lambda one: one.__qualname__)
@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"workers": 0}, "workers is 0: pass 1 or more"),
        ({"workers": -1}, "workers is -1: pass 1 or more"),
        ({"workers": "2"}, "workers is '2': pass 1 or more"),
        ({"workers": 1.5}, "workers is 1.5: pass 1 or more"),
        ({"on_error": "ignore"}, "on_error is 'ignore', allowed are raise, skip"),
    ],
)
def test_what_is_not_allowed_is_refused_at_once(function, keywords, told):
    with pytest.raises(ParameterError, match=told):
        called(function, **keywords)


def test_whole_numbers_of_any_kind_count_workers():
    assert RunOptions(workers=np.int64(3)).n_workers == 3


def test_keywords_come_back():
    stop = threading.Event()
    options = RunOptions(workers=2, on_error="skip", stop=stop)
    again = RunOptions(**options.keywords)
    assert all(getattr(again, name) is getattr(options, name) for name in OPTIONS)
    assert not again.stopped
    stop.set()
    assert again.stopped and not RunOptions().stopped


def test_the_progress_of_a_part_is_told_as_that_of_the_whole():
    told = []
    part = RunOptions(workers=2, progress=lambda *now: told.append(now)).further(5, 9)
    part.progress(1, 4)
    assert told == [(6, 9)] and part.workers == 2
    assert RunOptions().further(5, 9).progress is None
