"""Threads that do not hinder each other: one for linear algebra, memory kept for reuse."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

__all__ = [
    "give_back_memory",
    "keep_freed_memory",
    "one_thread_each",
]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGEST_BLOCK, _KEPT = 32 * 2**20, 256 * 2**20


@cache
def keep_freed_memory() -> bool:
    """Tell glibc to keep up to 256 MiB of freed memory, for blocks of up to 32 MiB, in one heap.

    Measuring a picture takes dozens of arrays of a few megabytes. By default each is asked
    of the system, filled with zeros page by page, and given back: a third of all time, where
    two threads do so at once (`benchmarks/bench_scale.py` has the rates). Peak memory grows
    by the few megabytes that are no longer given back. Threads that begin later share the heap
    of the main one: what a heap of their own keeps serves nobody once they have ended.

    Returns
    -------
    bool
        Whether it was understood; elsewhere than under glibc nothing is done.

    References
    ----------
    mallopt(3) in the Linux manual pages.

    Examples
    --------
    >>> keep_freed_memory() == keep_freed_memory()
    True
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return False
    settings = (
        (_M_MMAP_THRESHOLD, _LARGEST_BLOCK),
        (_M_TRIM_THRESHOLD, _KEPT),
        (_M_ARENA_MAX, 1),
    )
    return all(mallopt(name, value) for name, value in settings)


def give_back_memory() -> bool:
    """Give the system what is kept of freed memory, before something else needs room.

    Returns
    -------
    bool
        Whether any was given back; elsewhere than under glibc nothing is known of it.

    See Also
    --------
    keep_freed_memory : Why there is any.

    References
    ----------
    malloc_trim(3) in the Linux manual pages.

    Examples
    --------
    >>> give_back_memory() in (True, False)
    True
    """
    gc.collect()
    malloc_trim = _of_glibc("malloc_trim")
    return malloc_trim is not None and bool(malloc_trim(0))


def _of_glibc(name: str) -> Callable[..., int] | None:
    """Function of the C library, where it is the one that has it."""
    if not sys.platform.startswith("linux"):
        return None
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found


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
