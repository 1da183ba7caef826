"""Many pictures through one function, in threads or in any other executor.

Two ways, after what becomes of the results. *Rows*: small batches, results in
the order of the pictures, a bounded number under way. *Parts*: every thread
works along one shared stream and hands over a single partial sum at its end,
so that no thread waits for another and merging costs nothing; an executor
elsewhere cannot share a stream and is given batches instead, which it may
merge where they were summed.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from typing import TypeAlias, TypeVar

from forensics.engine.executors import Batch, Merging, running, worker_count
from forensics.images.files import ImageSource, in_memory

__all__ = [
    "Batch",
    "Progress",
    "further",
    "parts",
    "rows",
]

T = TypeVar("T")

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of pictures begun or done and of all, from one thread at a time."""

_LARGEST_BATCH = 64
_LEAVES = 4
"""Batches a worker that are merged before anything comes back."""


def parts(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    merge: Callable[..., T],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """Partial results of `work` that together cover all `sources`.

    Parameters
    ----------
    work : callable
        Takes an iterable of sources and reduces it. Picklable if the executor asks for it.
    sources : sequence of ImageSource
    merge : callable
        Takes several results of `work` or of itself, and returns one.
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
        What `work` returned, one a thread in no particular order; or with an executor, one
        for the next sources at a time, merged by those that can.

    Raises
    ------
    ParameterError
        `workers` is less than 1.

    Examples
    --------
    >>> from forensics.images.files import BytesSource
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> sum(parts(lambda some: len(list(some)), sources, lambda *some: sum(some), workers=2))
    10
    """
    n_workers = worker_count(workers)
    if isinstance(executor, Merging):
        leaf = max(1, min(_LARGEST_BATCH, math.ceil(len(sources) / n_workers)))
        together = executor.merged
        yield from _in_order(
            lambda some: together(work, _split(some, leaf), merge),
            sources,
            size=leaf * _LEAVES * n_workers,
            under_way=2,
            progress=progress,
            stop=stop,
        )
        return
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
    n_threads = min(n_workers, max(1, len(sources)))
    with ThreadPoolExecutor(n_threads, thread_name_prefix="forensics") as pool:
        try:
            for future in as_completed([pool.submit(work, shared) for _ in range(n_threads)]):
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
    >>> from forensics.images.files import BytesSource
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> list(rows(len, sources, batch=4, workers=1))
    [4, 4, 2]
    """
    n_workers = worker_count(workers)
    with running(executor, n_workers) as pool:
        yield from _in_order(
            lambda some: pool.submit(work, some),
            sources,
            size=max(1, min(batch, math.ceil(len(sources) / n_workers))),
            under_way=2 * n_workers,
            progress=progress,
            stop=stop,
        )


def _in_order(
    submit: Callable[[tuple[ImageSource, ...]], Future[T]],
    sources: Sequence[ImageSource],
    *,
    size: int,
    under_way: int,
    progress: Progress | None,
    stop: threading.Event | None,
) -> Iterator[T]:
    """Results for `size` sources at a time, so many of them under way at once."""
    total, done = len(sources), 0
    starts = iter(range(0, total, size))
    pending: deque[Future[T]] = deque()
    while True:
        while len(pending) < under_way and not (stop and stop.is_set()):
            start = next(starts, None)
            if start is None:
                break
            pending.append(submit(_loaded(sources[start : start + size])))
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
            (source,) = _loaded((next(self._sources),))
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


def _loaded(sources: Sequence[ImageSource]) -> tuple[ImageSource, ...]:
    """Read what can only be read in order, here, in the one submitting thread."""
    return tuple(in_memory(source) if source.sequential else source for source in sources)


def _split(sources: tuple[ImageSource, ...], size: int) -> list[tuple[ImageSource, ...]]:
    return [sources[at : at + size] for at in range(0, len(sources), size)]
