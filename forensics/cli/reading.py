"""How a command was told to read its pictures: which it takes, and who decodes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.cli.talk import say

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from forensics._typing import OnError

__all__ = ["Reading", "reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read pictures.

    Parameters
    ----------
    max_pixels : int
    strict : bool
        End at the first that is skipped.
    workers : int, optional
        How many work at once.
    quiet : bool
        Say nothing but errors.
    executor : concurrent.futures.Executor, optional
        Who works, if not threads of our own.
    """

    max_pixels: int
    strict: bool
    workers: int | None
    quiet: bool
    executor: Executor | None = None

    @property
    def on_error(self) -> OnError:
        """What to do with a picture that cannot be read."""
        return "raise" if self.strict else "skip"

    @property
    def options(self) -> dict[str, Any]:
        """The same, by the names that functions on sets take."""
        return {
            "workers": self.workers,
            "on_error": self.on_error,
            "max_pixels": self.max_pixels,
            "executor": self.executor,
        }


@contextmanager
def reading(
    max_pixels: int, strict: bool, workers: int | None, scheduler: str | None, quiet: bool
) -> Iterator[Reading]:
    """Yield how to read, on the cluster that was named while the block runs.

    Parameters
    ----------
    max_pixels, strict, workers, quiet
        As for `Reading`.
    scheduler : str, optional
        Address of a Dask scheduler, or "local".

    Raises
    ------
    ClusterError
        It cannot be used; or, when the block has ended and saved what was done, it went away.
    """
    if scheduler is None:
        yield Reading(max_pixels, strict, workers, quiet)
        return
    from forensics.engine.connecting import cluster

    with cluster(scheduler, workers=workers) as executor:
        n_workers = executor.n_workers
        counted = "1 worker" if n_workers == 1 else f"{n_workers:,} workers"
        say(f"scheduler {scheduler}: {counted}", quiet=quiet)
        yield Reading(max_pixels, strict, workers or n_workers, quiet, executor)
