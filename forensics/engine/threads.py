"""Linear algebra in one thread, where pictures already have one each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_thread_each"]


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let no matrix product start threads of its own while the block runs.

    Small products in many threads at once spend their time waiting for each other: measured
    on two cores, pictures are then classified at three fourths of the rate.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
