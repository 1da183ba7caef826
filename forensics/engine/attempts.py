"""Try to measure every picture of a set: each by itself, or all of them as one sum.

A picture that cannot be measured ends the run with its name in front, or is left out and
named: the caller chooses, and it is decided here, once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from forensics._typing import OnError
from forensics.engine.stream import (
    Batch,
    Progress,
    first_reasons,
    parts,
    reason_without_name,
    rows,
)
from forensics.errors import ForensicsError
from forensics.images.names import printable
from forensics.images.sources import ImageSource, Skipped

__all__ = [
    "Adding",
    "Running",
    "SoFar",
    "Total",
    "measured",
    "named",
    "summed",
    "summed_so_far",
]

T = TypeVar("T")


class Sum(Protocol):
    """What was measured of one picture or of many: it adds up."""

    def __add__(self: S, other: S, /) -> S:
        """Merge two."""
        ...


S = TypeVar("S", bound=Sum)
S_co = TypeVar("S_co", covariant=True)


class Running(Protocol[S_co]):
    """A sum that is being made, picture by picture, by one thread."""

    def add(self, source: ImageSource) -> None:
        """Measure a picture and add it, or raise and stay as before."""
        ...

    @property
    def total(self) -> S_co | None:
        """What was added so far; None if nothing was."""
        ...


class Adding(Generic[S]):
    """The plain way to add up: measure a picture, add the result."""

    def __init__(self, measure: Callable[[ImageSource], S]) -> None:
        self._measure = measure
        self.total: S | None = None

    def add(self, source: ImageSource) -> None:
        """Measure a picture and add it."""
        one = self._measure(source)
        self.total = one if self.total is None else self.total + one


@dataclass(frozen=True, slots=True, eq=False)
class SoFar(Generic[S]):
    """The sum over the first pictures of a set.

    Parameters
    ----------
    sums : object, optional
        Of those that could be measured; None if none could.
    skipped : tuple of Skipped
        The others, in order of their names.
    n_seen : int
        How many they are together, from the first on.
    """

    sums: S | None
    skipped: tuple[Skipped, ...]
    n_seen: int


@dataclass(frozen=True, slots=True, eq=False)
class Total(Generic[S]):
    """The sum over a set, with what went into it and what did not.

    Parameters
    ----------
    sums : object
        Of all pictures that could be measured.
    skipped : tuple of Skipped
        The others, each with the reason, in order of their names.
    stopped : bool
        Whether the run ended before all pictures were seen.
    """

    sums: S
    skipped: tuple[Skipped, ...]
    stopped: bool


def summed(
    start: Callable[[], Running[S]],
    sources: Sequence[ImageSource],
    *,
    workers: int | None = None,
    on_error: OnError = "raise",
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Total[S]:
    """Sum over all pictures, in threads: exact sums are the same in every order and split.

    Parameters
    ----------
    start : callable
        Begins an empty sum; one for every thread. Picklable if the executor asks for it.
    sources : sequence of ImageSource
    workers, on_error, executor, progress, stop
        As for `blend`.

    Returns
    -------
    Total

    Raises
    ------
    EmptySetError
        No picture was left.
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.
    """
    done = summed_so_far(
        start,
        sources,
        workers=workers,
        on_error=on_error,
        executor=executor,
        progress=progress,
        stop=stop,
    )
    if done.sums is None:
        raise first_reasons(done.skipped)
    return Total(done.sums, done.skipped, stopped=done.n_seen < len(sources))


def summed_so_far(
    start: Callable[[], Running[S]],
    sources: Sequence[ImageSource],
    *,
    workers: int | None = None,
    on_error: OnError = "raise",
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> SoFar[S]:
    """The same sum, of as many pictures as were seen until `stop` was set.

    Parameters
    ----------
    start, sources, workers, on_error, executor, progress, stop
        As for `summed`.

    Returns
    -------
    SoFar

    Raises
    ------
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.
    """
    total: S | None = None
    skipped: list[Skipped] = []
    n_seen = 0
    for part, left_out, n_tried in parts(
        partial(_sum_of, start, on_error),
        sources,
        workers=workers,
        executor=executor,
        progress=progress,
        stop=stop,
    ):
        n_seen += n_tried
        skipped += left_out
        if part is not None:
            total = part if total is None else total + part
    return SoFar(total, tuple(sorted(skipped, key=attrgetter("path"))), n_seen)


def measured(
    measure: Callable[[ImageSource], T],
    sources: Sequence[ImageSource],
    *,
    batch: int,
    workers: int | None = None,
    on_error: OnError = "raise",
    executor: Executor | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[T | Skipped]:
    """What was measured of each picture, in threads, in the order of the pictures.

    Parameters
    ----------
    measure : callable
        Picklable if the executor asks for it.
    sources : sequence of ImageSource
    batch : int
        Pictures that one thread takes at a time.
    workers, executor, progress, stop
        As for `blend`.
    on_error : {"raise", "skip"}
        Whether a picture that cannot be measured ends the run, or yields a `Skipped`.

    Yields
    ------
    object or Skipped

    Raises
    ------
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.
    """
    for results in rows(
        partial(_each_of, measure, on_error),
        sources,
        batch=batch,
        workers=workers,
        executor=executor,
        progress=progress,
        stop=stop,
    ):
        yield from results


@contextmanager
def named(source: ImageSource) -> Iterator[None]:
    """Put the picture's name in front of an error that does not know it.

    Examples
    --------
    >>> from forensics.images.sources import BytesSource
    >>> with named(BytesSource("a.jpg", b"")):
    ...     raise ForensicsError("image has shape (2, 2, 3)")
    Traceback (most recent call last):
    forensics.errors.ForensicsError: a.jpg has shape (2, 2, 3)
    """
    try:
        yield
    except ForensicsError as error:
        reason = reason_without_name(source.name, error)
        raise type(error)(f"{printable(source.name)} {reason}") from error


def _sum_of(
    start: Callable[[], Running[S]], on_error: OnError, batch: Batch
) -> tuple[S | None, list[Skipped], int]:
    running = start()
    skipped: list[Skipped] = []
    n_tried = 0
    for source in batch:
        n_tried += 1
        try:
            with named(source):
                running.add(source)
        except ForensicsError as error:
            skipped.append(_skipped(source, error, on_error))
    return running.total, skipped, n_tried


def _each_of(
    measure: Callable[[ImageSource], T], on_error: OnError, batch: Batch
) -> list[T | Skipped]:
    results: list[T | Skipped] = []
    for source in batch:
        try:
            with named(source):
                results.append(measure(source))
        except ForensicsError as error:
            results.append(_skipped(source, error, on_error))
    return results


def _skipped(source: ImageSource, error: ForensicsError, on_error: OnError) -> Skipped:
    if on_error == "raise":
        raise error
    return Skipped(source.name, reason_without_name(source.name, error))
