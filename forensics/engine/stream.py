"""Many pictures through one function, a few batches ahead, in any executor.

Work travels in batches that shrink toward the end ("guided" scheduling): large
enough that merging results costs little, small enough that no worker is left
with a long last one. A batch function takes named sources and returns a
picklable result, so threads here can be processes or a cluster elsewhere.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from forensics.errors import EmptySetError, ForensicsError, ImageReadError, ParameterError
from forensics.images.names import printable
from forensics.images.sources import BytesSource, ImageSource, Skipped

__all__ = ["Progress", "batches_done", "first_reasons", "reason_without_name", "worker_count"]

T = TypeVar("T")

Batch: TypeAlias = tuple[ImageSource, ...]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of pictures done and the number of all."""

_LARGEST_BATCH = 32
_SMALLEST_BATCH = 4


def batches_done(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    largest: int = _LARGEST_BATCH,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """Results of `work` over batches of `sources`, in order, while later ones are under way.

    Memory stays flat: at most two batches a worker are submitted and not yet taken.

    Parameters
    ----------
    work : callable
        Takes a tuple of sources. Runs in the executor; picklable if that asks for it.
    sources : sequence of ImageSource
    workers : int, optional
        Threads; all cores by default. Ignored where an executor is given, but for
        how many batches are kept under way.
    executor : concurrent.futures.Executor, optional
        Runs the batches instead of threads of our own; it is not shut down.
    largest : int
        Pictures in a batch at most.
    progress : callable, optional
        Called in this thread with pictures done and in all.
    stop : threading.Event, optional
        Once set, nothing more is begun; what is under way is still yielded.

    Yields
    ------
    object
        What `work` returned for each batch.

    Raises
    ------
    ParameterError
        `workers` is less than 1.

    Examples
    --------
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> sum(batches_done(len, sources, workers=2))
    10
    """
    n_workers = worker_count(workers)
    total, done = len(sources), 0
    pending: deque[tuple[int, Future[T]]] = deque()
    batches = _batches(sources, n_workers, largest)
    with _running(executor, n_workers) as pool:
        while True:
            while len(pending) < 2 * n_workers and not (stop and stop.is_set()):
                batch = next(batches, None)
                if batch is None:
                    break
                pending.append((len(batch), pool.submit(work, batch)))
            if not pending:
                return
            size, future = pending.popleft()
            result = future.result()
            done += size
            if progress is not None:
                progress(done, total)
            yield result


def worker_count(workers: int | None) -> int:
    """Number of threads to use: `workers`, or all cores this process may use.

    Raises
    ------
    ParameterError
        `workers` is less than 1.

    Examples
    --------
    >>> worker_count(3)
    3
    """
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (
            os.cpu_count() or 1
        )
    if workers < 1:
        raise ParameterError(f"workers is {workers}: pass 1 or more, or leave it out for all cores")
    return workers


def reason_without_name(name: str, error: ForensicsError) -> str:
    """The sentence of an error without the picture's name in front.

    Examples
    --------
    >>> reason_without_name("a.jpg", ForensicsError("a.jpg is empty"))
    'is empty'
    """
    return str(error).removeprefix(printable(name)).lstrip(" :") or str(error)


def first_reasons(skipped: Sequence[Skipped]) -> EmptySetError:
    """The error for a set of which nothing was left, with the first reason.

    Examples
    --------
    >>> print(first_reasons([Skipped("a.jpg", "is empty")]))
    no picture was left: a.jpg is empty
    """
    first = f"{skipped[0].path} {skipped[0].reason}" if skipped else "there was none to begin with"
    more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
    return EmptySetError(f"no picture was left: {first}{more}")


@contextmanager
def _running(executor: Executor | None, n_workers: int) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="forensics")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(
    sources: Sequence[ImageSource], n_workers: int, largest: int
) -> Iterator[Batch]:
    start = 0
    while start < len(sources):
        fair = (len(sources) - start) // (3 * n_workers)
        size = max(1, min(largest, max(fair, _SMALLEST_BATCH)))
        yield tuple(map(_loaded, sources[start : start + size]))
        start += size


def _loaded(source: ImageSource) -> ImageSource:
    """Read a source that can only be read in order, here, in the one submitting thread."""
    if not source.sequential:
        return source
    try:
        return BytesSource(source.name, source.read_bytes())
    except ImageReadError as error:
        return _Unreadable(source.name, str(error))


class _Unreadable:
    """A source whose reading failed already; it says so when its turn comes."""

    sequential = False

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self._message = message

    def read_bytes(self) -> bytes:
        raise ImageReadError(self._message)
