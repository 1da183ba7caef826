"""How a command was told to read its pictures: which it takes, and who measures them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.cli.claiming import end_with
from forensics.cli.talk import progress_bar, say

if TYPE_CHECKING:
    import threading
    from concurrent.futures import Executor

    from forensics._typing import OnError
    from forensics.engine.run import RunOptions
    from forensics.images.sources import FoundImages

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to find, read and measure pictures: what the flags of a command say, in one.

    Parameters
    ----------
    max_pixels : int
        A picture with more is refused.
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

    def find(self, paths: Sequence[str]) -> FoundImages:
        """The pictures that were named; says what was named twice, or not read to its end."""
        from forensics.images.names import printable
        from forensics.images.sources import find_images

        found = find_images(paths, on_error=self._on_error)
        for place in found.incomplete:
            end_with(
                f"{printable(place)} could not be read to its end: what was found before is in "
                "the results; copy or mend it, and begin anew"
            )
        if found.repeated:
            first, more = found.repeated[0], len(found.repeated) - 1
            others = f" and {more} more" if more else ""
            say(f"named twice, counted once: {printable(first)}{others}", quiet=self.quiet)
        return found

    @contextmanager
    def on(self, scheduler: str | None) -> Iterator[Reading]:
        """Yield the same on the cluster that was named, while the block runs.

        Parameters
        ----------
        scheduler : str, optional
            Address of a Dask scheduler, or "local"; None for threads of our own.

        Raises
        ------
        ClusterError
            It cannot be used; or, when the block has ended and saved what was done, it went away.
        """
        if scheduler is None:
            yield self
            return
        from forensics.engine.connecting import cluster

        with cluster(scheduler, workers=self.workers) as executor:
            n_workers = executor.n_workers
            counted = "1 worker" if n_workers == 1 else f"{n_workers:,} workers"
            say(f"scheduler {scheduler}: {counted}", quiet=self.quiet)
            yield replace(self, workers=self.workers or n_workers, executor=executor)

    @contextmanager
    def run(
        self, label: str, stop: threading.Event | None = None, *, bar: bool = True
    ) -> Iterator[RunOptions]:
        """Yield the options of one run, its progress shown while the block runs.

        Parameters
        ----------
        label : str
            Of the progress bar.
        stop : threading.Event, optional
            Set by Ctrl-C.
        bar : bool
            Whether there is room for one.
        """
        from forensics.engine.run import RunOptions

        with progress_bar(label, quiet=self.quiet or not bar) as progress:
            yield RunOptions(
                workers=self.workers,
                on_error=self._on_error,
                executor=self.executor,
                progress=progress,
                stop=stop,
            )

    @property
    def _on_error(self) -> OnError:
        return "raise" if self.strict else "skip"
