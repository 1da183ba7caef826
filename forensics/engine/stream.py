"""Many pictures through one function, in threads or in any other executor.

Two ways, after what becomes of the results. *Rows*: small batches, results in
the order of the pictures, a bounded number under way. *Parts*: every thread
works along one shared stream and hands over a single partial sum at its end,
so that no thread waits for another and merging costs nothing; an executor
elsewhere cannot share a stream and is given batches instead.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from forensics.errors import ImageReadError, ParameterError
from forensics.images.sources import BytesSource, ImageSource

__all__ = [
    "Batch",
    "Progress",
    "further",
    "parts",
    "rows",
    "worker_count",
]

T = TypeVar("T")

Batch: TypeAlias = Iterable[ImageSource]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of pictures begun or done and of all, from one thread at a time."""

_LARGEST_BATCH = 64


def parts(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """Partial results of `work` that together cover all `sources`, in no particular order.

    Parameters
    ----------
    work : callable
        Takes an iterable of sources and reduces it. Picklable if the executor asks for it.
    sources : sequence of ImageSource
    workers : int, optional
        Threads; all cores by default. With an executor, how many batches it runs at once.
    executor : concurrent.futures.Executor, optional
        Runs batches, instead of threads of our own along one stream; it is not shut down.
    progress : callable, optional
    stop : threading.Event, optional
        Once set, no further picture is begun; what is done is still yielded.

    Yields
    ------
    object
        What `work` returned: one a thread, or one a batch.

    Raises
    ------
    ParameterError
        `workers` is less than 1.

    Examples
    --------
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> sum(parts(lambda some: len(list(some)), sources, workers=2))
    10
    """
    if executor is not None:
        yield from rows(
            work,
            sources,
            batch=_LARGEST_BATCH,
            workers=workers,
            executor=executor,
            progress=progress,
            stop=stop,
        )
        return
    shared = _SharedStream(sources, progress, stop)
    n_workers = min(worker_count(workers), max(1, len(sources)))
    with ThreadPoolExecutor(n_workers, thread_name_prefix="forensics") as pool:
        try:
            for future in as_completed([pool.submit(work, shared) for _ in range(n_workers)]):
                yield future.result()
            shared.report()
        finally:
            shared.close()


def rows(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    *,
    batch: int,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """Results of `work` over batches of `sources`, in order, while later ones are under way.

    Memory stays flat: at most two batches a worker are submitted and not yet taken.

    Parameters
    ----------
    work : callable
        Takes a tuple of sources. Picklable if the executor asks for it.
    sources : sequence of ImageSource
    batch : int
        Pictures in a batch at most; fewer if else some worker would have none.
    workers : int, optional
        Threads; all cores by default. With an executor, how many batches it runs at once.
    executor : concurrent.futures.Executor, optional
        Runs the batches instead of threads of our own; it is not shut down.
    progress : callable, optional
    stop : threading.Event, optional
        Once set, no further batch is begun; what is under way is still yielded.

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
    >>> list(rows(len, sources, batch=4, workers=1))
    [4, 4, 2]
    """
    n_workers = worker_count(workers)
    total, done = len(sources), 0
    size = max(1, min(batch, math.ceil(total / n_workers)))
    starts = iter(range(0, total, size))
    pending: deque[Future[T]] = deque()
    with _running(executor, n_workers) as pool:
        while True:
            while len(pending) < 2 * n_workers and not (stop and stop.is_set()):
                start = next(starts, None)
                if start is None:
                    break
                loaded = tuple(map(_loaded, sources[start : start + size]))
                pending.append(pool.submit(work, loaded))
            if not pending:
                return
            result = pending.popleft().result()
            done = min(done + size, total)
            if progress is not None:
                progress(done, total)
            yield result


class _SharedStream:
    """One pass over the sources that several threads take from, each source going to one."""

    def __init__(
        self,
        sources: Sequence[ImageSource],
        progress: Progress | None,
        stop: threading.Event | None,
    ) -> None:
        self._sources = iter(sources)
        self._total, self._taken = len(sources), 0
        self._progress, self._stop = progress, stop
        self._lock = threading.Lock()
        self._closed = False

    def __iter__(self) -> Iterator[ImageSource]:
        return self

    def __next__(self) -> ImageSource:
        with self._lock:
            if self._closed or (self._stop is not None and self._stop.is_set()):
                raise StopIteration
            source = _loaded(next(self._sources))
            self.report()
            self._taken += 1
            return source

    def report(self) -> None:
        """Tell the progress so far."""
        if self._progress is not None:
            self._progress(self._taken, self._total)

    def close(self) -> None:
        """End the stream for all threads."""
        self._closed = True


def further(progress: Progress | None, start: int, total: int) -> Progress | None:
    """The progress of a part that begins after `start` pictures of `total`."""
    if progress is None:
        return None
    return lambda done, _: progress(start + done, total)


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
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else (os.cpu_count() or 1)
        )
    if workers < 1:
        raise ParameterError(f"workers is {workers}: pass 1 or more, or leave it out for all cores")
    return workers


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
