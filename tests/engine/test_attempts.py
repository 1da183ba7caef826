from __future__ import annotations

import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.engine.attempts import measured
from forensics.engine.reduce import Adding, summed
from forensics.engine.run import RunOptions
from forensics.errors import EmptySetError, ForensicsError, ImageReadError
from forensics.images.sources.find import Skipped
from forensics.images.sources.local import BytesSource, named

SOURCES = [BytesSource(f"{i:02}", bytes([i])) for i in range(23)]
"""The thirteenth cannot be measured."""


def value(source: BytesSource) -> int:
    number = source.read_bytes()[0]
    if number == 13:
        raise ImageReadError("image is unlucky")
    return number


start = partial(Adding, value)


@given(workers=st.integers(1, 5))
def test_a_sum_does_not_depend_on_the_workers(workers):
    done = summed(start, SOURCES, RunOptions(workers=workers, on_error="skip"))
    assert done.sums == sum(range(23)) - 13 and not done.stopped
    assert done.skipped == (Skipped("13", "is unlucky"),)


def test_without_leave_to_skip_the_error_bears_the_name_of_the_picture():
    with pytest.raises(ImageReadError, match=r"^13 is unlucky$"):
        summed(start, SOURCES, RunOptions())
    with pytest.raises(ImageReadError, match=r"^13 is unlucky$"):
        list(measured(value, SOURCES, RunOptions(), batch=2))


def test_of_nothing_there_is_no_sum():
    with pytest.raises(EmptySetError, match="13 is unlucky"):
        summed(start, SOURCES[13:14], RunOptions(on_error="skip"))
    with pytest.raises(EmptySetError):
        summed(start, [], RunOptions())


def test_a_sum_that_was_stopped_says_so():
    stop = threading.Event()
    seen = []

    def until_nine(source: BytesSource) -> int:
        seen.append(source.name)
        if len(seen) == 9:
            stop.set()
        return 1

    done = summed(partial(Adding, until_nine), SOURCES, RunOptions(workers=1, stop=stop))
    assert done.stopped and done.sums == len(seen) == 9


def test_each_is_measured_in_order_and_what_cannot_be_is_named():
    three = RunOptions(workers=3, on_error="skip")
    found = list(measured(value, SOURCES, three, batch=4))
    assert found[13] == Skipped("13", "is unlucky")
    assert [one for one in found if isinstance(one, int)] == [i for i in range(23) if i != 13]


def test_a_name_stands_in_front_once():
    with pytest.raises(ForensicsError, match=r"^05 is odd$"), named(SOURCES[5]), named(SOURCES[5]):
        raise ForensicsError("image is odd")
