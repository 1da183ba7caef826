"""How many pictures are run: one object for everything that functions on sets have in common."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeAlias, TypedDict, get_args

from forensics._typing import OnError
from forensics.validation import check_choice, check_whole

__all__ = ["Progress", "RunKeywords", "RunOptions"]

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of pictures begun or done and of all, from one thread at a time."""


class RunKeywords(TypedDict, total=False):
    """Keywords of `RunOptions`, for functions that take ``**run: Unpack[RunKeywords]``.

    Parameters
    ----------
    workers : int, optional
        Threads to use; one per core by default. With an executor, how many batches it runs at once.
    on_error : {"raise", "skip"}
        Whether a picture that cannot be read or measured ends the run with its error, or is left
        out and named.
    executor : concurrent.futures.Executor, optional
        Runs the pictures instead of threads of our own.
    progress : callable, optional
        Called with the number of pictures done and of all.
    stop : threading.Event, optional
        Set it from elsewhere to end early; what is done is kept.
    """

    workers: int | None
    on_error: OnError
    executor: Executor | None
    progress: Progress | None
    stop: threading.Event | None


@dataclass(frozen=True, slots=True, eq=False)
class RunOptions:
    """How a run over many pictures goes: who does it, what becomes of failures, how it is watched.

    Functions on many pictures take them by keyword, as in ``blend(images, workers=2)``. Nothing
    here changes a result, but for pictures that are left out.

    Parameters
    ----------
    workers : int, optional
        Threads to use; one per core by default. With an executor, how many batches it runs at once.
    on_error : {"raise", "skip"}
        Whether a picture that cannot be read or measured ends the run with its error, or is left
        out and named, with the reason, as a `Skipped`.
    executor : concurrent.futures.Executor, optional
        Runs the pictures instead of threads of our own; it is not shut down. What is measured
        with has to be picklable where the executor asks for it.
    progress : callable, optional
        Called with the number of pictures done and of all, from one thread at a time.
    stop : threading.Event, optional
        Set it from elsewhere to end early: no further picture is begun, what is done is kept.

    Raises
    ------
    ParameterError
        `workers` is not a whole number from 1 on, or `on_error` is unknown.

    Examples
    --------
    >>> RunOptions(workers=2).on_error
    'raise'
    """

    workers: int | None = None
    on_error: OnError = "raise"
    executor: Executor | None = None
    progress: Progress | None = None
    stop: threading.Event | None = None

    def __post_init__(self) -> None:
        _check_workers(self.workers)
        check_choice("on_error", self.on_error, get_args(OnError))

    @classmethod
    def of(cls, function: Callable[..., object], keywords: RunKeywords) -> RunOptions:
        """Options from the keywords that a function has left over.

        Parameters
        ----------
        function : callable
            Function that was called; its name and keywords are told where one is misspelt.
        keywords : RunKeywords
            Keywords that it was given as ``**run``.

        Returns
        -------
        RunOptions
            With the usual values for what is not given.

        Raises
        ------
        TypeError
            The function has no such keyword.
        ParameterError
            As from the class.

        Examples
        --------
        >>> def brighten(images, *, by=1, **run):
        ...     return RunOptions.of(brighten, run).n_workers
        >>> brighten([], workers=2)
        2
        >>> brighten([], worker=2)
        Traceback (most recent call last):
        TypeError: brighten() has no keyword 'worker': it takes by, workers, on_error, executor, \
progress, stop
        """
        for name in keywords:
            if name not in RunKeywords.__annotations__:
                own = inspect.signature(function).parameters.values()
                allowed = [one.name for one in own if one.kind is one.KEYWORD_ONLY]
                raise TypeError(
                    f"{function.__name__}() has no keyword {name!r}: it takes "
                    f"{', '.join([*allowed, *RunKeywords.__annotations__])}"
                )
        return cls(**keywords)

    @property
    def keywords(self) -> RunKeywords:
        """The options as keywords, to be handed on as ``**options.keywords``."""
        return RunKeywords(
            workers=self.workers,
            on_error=self.on_error,
            executor=self.executor,
            progress=self.progress,
            stop=self.stop,
        )

    @property
    def n_workers(self) -> int:
        """Number of threads, either `workers` or all cores that this process may use."""
        if self.workers is not None:
            return self.workers
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    @property
    def stopped(self) -> bool:
        """Whether `stop` was set."""
        return self.stop is not None and self.stop.is_set()

    def further(self, start: int, total: int) -> RunOptions:
        """Options of a part of the run, whose progress is told as that of the whole.

        Parameters
        ----------
        start : int
            Number of pictures before this part.
        total : int
            Number of pictures of the whole run.

        Returns
        -------
        RunOptions
            The same but for `progress`.
        """
        progress = self.progress
        if progress is None:
            return self
        return replace(self, progress=lambda done, _: progress(start + done, total))

    def whole(self, total: int) -> RunOptions:
        """Options for all passes of a run, one after the other, whose progress is told as one.

        Who waits wants to know how long the whole takes, and not how long the third of 43 parts.

        Parameters
        ----------
        total : int
            Number of steps of all passes together, as far as can be known.

        Returns
        -------
        RunOptions
            The same but for `progress`.

        Examples
        --------
        >>> told = []
        >>> run = RunOptions(progress=lambda done, of: told.append((done, of))).whole(5)
        >>> for done, of in ((1, 2), (2, 2), (1, 3), (3, 3)):
        ...     run.progress(done, of)
        >>> told
        [(1, 5), (2, 5), (3, 5), (5, 5)]
        """
        progress = self.progress
        if progress is None:
            return self
        before = passed = 0

        def tell(done: int, _: int) -> None:
            nonlocal before, passed
            if done < passed:  # the next pass
                before += passed
            passed = done
            progress(min(before + done, total), total)

        return replace(self, progress=tell)


def _check_workers(workers: object) -> None:
    if workers is not None:
        check_whole("workers", workers, "pass 1 or more, or leave it out for all cores")
