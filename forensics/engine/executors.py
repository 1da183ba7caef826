"""Who runs the batches: threads of our own, or any executor; some merge what they made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from forensics.images.files import ImageSource

__all__ = ["Batch", "Merging", "running"]

T = TypeVar("T")

Batch: TypeAlias = Iterable[ImageSource]


class Merging(Executor):
    """An executor that can merge results where they were made, so that few come back."""

    @abstractmethod
    def merged(
        self, work: Callable[[Batch], T], batches: Sequence[Batch], merge: Callable[..., T]
    ) -> Future[T]:
        """Run `work` over the batches, and merge what it returns.

        Parameters
        ----------
        work : callable
            Takes a batch. Picklable, as `merge` is.
        batches : sequence of iterables of ImageSource
        merge : callable
            Takes several results of `work` or of itself, and returns one.

        Returns
        -------
        Future
        """


@contextmanager
def running(executor: Executor | None, n_workers: int) -> Iterator[Executor]:
    """Yield the executor that was given, or threads that end with the block."""
    if executor is not None:
        yield executor
        return
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="forensics")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
