"""Linear algebra in one thread, where pictures already have one each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

__all__ = ["one_thread_each"]

_lock = threading.Lock()
_limit = ExitStack()
_n_inside = 0


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let no matrix product start threads of its own while the block runs.

    Small products in many threads at once spend their time waiting for each other: measured
    on two cores, pictures are then classified at three fourths of the rate. The limit is the
    whole process's: the first block sets it, the last one to end takes it off.
    """
    from threadpoolctl import threadpool_limits

    global _n_inside  # noqa: PLW0603 - the limit is global, so is the count of who wants it
    with _lock:
        if _n_inside == 0:
            _limit.enter_context(threadpool_limits(1, user_api="blas"))
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                _limit.close()
