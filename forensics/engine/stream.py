"""Many pictures through one function, in threads of our own or in any other executor.

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
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from forensics.engine.run import RunOptions
from forensics.engine.threads import keep_freed_memory
from forensics.images.sources.local import ImageSource, in_memory

__all__ = [
    "Batch",
    "Merging",
    "parts",
    "rows",
    "running",
]

T = TypeVar("T")

Batch: TypeAlias = Iterable[ImageSource]


class Merging(Executor):
    """Executor that can merge results where they were made, so that few come back."""

    @abstractmethod
    def merged(
        self, work: Callable[[Batch], T], batches: Sequence[Batch], merge: Callable[..., T]
    ) -> Future[T]:
        """Run `work` over the batches, and merge what it returns.

        Parameters
        ----------
        work : callable
            Takes a batch of sources and reduces it to one result; picklable if the executor asks
            for it.
        batches : sequence of iterables of ImageSource
            Pictures of each batch.
        merge : callable
            Takes several results of `work` or of itself, and returns one.

        Returns
        -------
        Future
            Its result is that of the last merge.
        """


@contextmanager
def running(executor: Executor | None, n_workers: int) -> Iterator[Executor]:
    """Executor for a block: the one that was given, or threads that end with the block.

    Parameters
    ----------
    executor : Executor or None
        Executor of the caller, which stays open; None for threads.
    n_workers : int
        Number of threads, if there is no executor.

    Yields
    ------
    Executor
        To submit work to.
    """
    if executor is not None:
        yield executor
        return
    pool = _threads(n_workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _threads(n: int) -> ThreadPoolExecutor:
    keep_freed_memory()  # before they begin: a thread looks for its heap but once
    return ThreadPoolExecutor(n, thread_name_prefix="forensics")


_LARGEST_BATCH = 64
_LEAVES = 4
"""Batches a worker that are merged before anything comes back."""


def parts(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    merge: Callable[..., T],
    run: RunOptions,
) -> Iterator[T]:
    """Partial results that together cover all pictures, in no particular order.

    Parameters
    ----------
    work : callable
        Takes an iterable of sources and reduces it to one result; picklable if the executor asks
        for it.
    sources : sequence of ImageSource
        Pictures, in their order.
    merge : callable
        Takes several results of `work` or of itself, and returns one.
    run : RunOptions
        An executor runs batches, instead of threads of our own along one stream. What to do with
        a picture that fails is up to `work`.

    Yields
    ------
    object
        What `work` returned, one a thread in no particular order; or with an executor, one
        for the next sources at a time, merged by those that can.

    Examples
    --------
    >>> from forensics.images.sources.local import BytesSource
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> two = RunOptions(workers=2)
    >>> sum(parts(lambda some: len(list(some)), sources, lambda *some: sum(some), two))
    10
    """
    executor, n_workers = run.executor, run.n_workers
    if isinstance(executor, Merging):
        leaf = max(1, min(_LARGEST_BATCH, math.ceil(len(sources) / n_workers)))
        together = executor.merged
        yield from _in_order(
            lambda some: together(work, _split(some, leaf), merge),
            sources,
            size=leaf * _LEAVES * n_workers,
            under_way=2,
            run=run,
        )
        return
    if executor is not None:
        yield from rows(work, sources, run, batch=_LARGEST_BATCH)
        return
    shared = _SharedStream(sources, run)
    n_threads = min(n_workers, max(1, len(sources)))
    with _threads(n_threads) as pool:
        try:
            for future in as_completed([pool.submit(work, shared) for _ in range(n_threads)]):
                yield future.result()
            shared.report()
        finally:
            shared.close()


def rows(
    work: Callable[[Batch], T],
    sources: Sequence[ImageSource],
    run: RunOptions,
    *,
    batch: int,
) -> Iterator[T]:
    """Results over batches of pictures, in order, while later ones are under way.

    Memory stays flat: at most two batches a worker are submitted and not yet taken.

    Parameters
    ----------
    work : callable
        Takes a tuple of sources. Picklable if the executor asks for it.
    sources : sequence of ImageSource
        Pictures, in their order.
    run : RunOptions
        Once stopped, no further batch is begun; what is under way is still yielded. What to do
        with a picture that fails is up to `work`.
    batch : int
        Largest number of pictures in a batch; fewer if else some worker would have none.

    Yields
    ------
    object
        What `work` returned for each batch.

    Examples
    --------
    >>> from forensics.images.sources.local import BytesSource
    >>> sources = [BytesSource(str(i), b"") for i in range(10)]
    >>> list(rows(len, sources, RunOptions(workers=1), batch=4))
    [4, 4, 2]
    """
    n_workers = run.n_workers
    with running(run.executor, n_workers) as pool:
        yield from _in_order(
            lambda some: pool.submit(work, some),
            sources,
            size=max(1, min(batch, math.ceil(len(sources) / n_workers))),
            under_way=2 * n_workers,
            run=run,
        )


def _in_order(
    submit: Callable[[tuple[ImageSource, ...]], Future[T]],
    sources: Sequence[ImageSource],
    *,
    size: int,
    under_way: int,
    run: RunOptions,
) -> Iterator[T]:
    """Results for `size` sources at a time, so many of them under way at once."""
    total, done = len(sources), 0
    starts = iter(range(0, total, size))
    pending: deque[Future[T]] = deque()
    while True:
        while len(pending) < under_way and not run.stopped:
            start = next(starts, None)
            if start is None:
                break
            pending.append(submit(_loaded(sources[start : start + size])))
        if not pending:
            return
        result = pending.popleft().result()
        done = min(done + size, total)
        if run.progress is not None:
            run.progress(done, total)
        yield result


class _SharedStream:
    """One pass over the sources that several threads take from, each source going to one."""

    def __init__(self, sources: Sequence[ImageSource], run: RunOptions) -> None:
        self._sources = iter(sources)
        self._total, self._taken = len(sources), 0
        self._run = run
        self._lock = threading.Lock()
        self._closed = False

    def __iter__(self) -> Iterator[ImageSource]:
        return self

    def __next__(self) -> ImageSource:
        with self._lock:
            if self._closed or self._run.stopped:
                raise StopIteration
            (source,) = _loaded((next(self._sources),))
            self.report()
            self._taken += 1
            return source

    def report(self) -> None:
        """Tell the progress so far."""
        if self._run.progress is not None:
            self._run.progress(self._taken, self._total)

    def close(self) -> None:
        """End the stream for all threads."""
        self._closed = True


def _loaded(sources: Sequence[ImageSource]) -> tuple[ImageSource, ...]:
    """Read what can only be read in order, here, in the one submitting thread."""
    return tuple(in_memory(source) if source.sequential else source for source in sources)


def _split(sources: tuple[ImageSource, ...], size: int) -> list[tuple[ImageSource, ...]]:
    return [sources[at : at + size] for at in range(0, len(sources), size)]
