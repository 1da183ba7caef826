from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from forensics.engine.threads import one_thread_each


def blas_threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    """Two threads to begin with, whatever the machine has."""
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("the linear algebra of this machine has one thread")
        yield


def test_within_there_is_one_and_afterwards_as_many_as_before():
    with one_thread_each():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_an_error_gives_them_back():
    with pytest.raises(ZeroDivisionError), one_thread_each():
        raise ZeroDivisionError
    assert blas_threads() == {2}


def test_blocks_within_blocks():
    with one_thread_each():
        with one_thread_each():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_other_threads_have_one_as_well():
    seen: list[set[int]] = []
    with one_thread_each():
        thread = threading.Thread(target=lambda: seen.append(blas_threads()))
        thread.start()
        thread.join()
    assert seen == [{1}]


def test_products_are_the_same(rng):
    a, b = rng.integers(0, 9, (2, 300, 300)).astype(float)
    expected = a @ b
    with one_thread_each():
        assert np.array_equal(a @ b, expected)


def test_blocks_that_overlap_give_them_back():
    first, second = one_thread_each(), one_thread_each()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    within = blas_threads()
    second.__exit__(None, None, None)
    assert (within, blas_threads()) == ({1}, {2})
