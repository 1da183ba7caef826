"""Five thousand damaged files, the same ones every time; `make fuzz` has the other 200,000."""

from __future__ import annotations

import time

import pytest
from hostile.edits import KINDS, Edit, damaged
from hostile.seeds import archives, pictures
from hostile.targets import MOST_SECONDS, TARGETS, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

edits = st.lists(
    st.builds(Edit, st.sampled_from(KINDS), st.floats(0, 1), st.integers(0, 2**16)), max_size=6
)


def within_its_time(target: str, data: bytes) -> str:
    begin = time.monotonic()
    became = outcome(TARGETS[target], data)
    assert time.monotonic() - begin < MOST_SECONDS
    return became


@pytest.mark.parametrize("name", pictures())
def test_the_file_is_accepted_as_it_is(name):
    assert within_its_time("decode", pictures()[name]) == "accepted"


def fuzz(target: str, kind: str, n: int) -> None:
    files = [data for name, data in pictures().items() if name.split()[0] == kind]

    @settings(max_examples=n, derandomize=True, database=None, deadline=None)
    @given(st.sampled_from(files), edits, st.sampled_from([*pictures().values()]))
    def holds(data: bytes, some: list[Edit], other: bytes) -> None:
        within_its_time(target, damaged(data, some, other))

    holds()


CONTAINERS = sorted({name.split()[0] for name in pictures()})


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_damaged_file_is_read_or_refused(kind):
    fuzz("decode", kind, 600)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_damaged_file_is_inspected_or_refused(kind):
    fuzz("inspect", kind, 25)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_damaged_file_is_classified_or_refused(kind):
    fuzz("classify", kind, 10)


@pytest.mark.parametrize("suffix", archives())
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(edits)
def test_a_damaged_archive_is_unpacked_or_refused(suffix, some):
    within_its_time("unpack", damaged(archives()[suffix], some))
