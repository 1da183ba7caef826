"""Try to measure every picture of a set, each by itself.

A picture that cannot be measured ends the run with its name in front, or is left out and
named: the caller chooses, and it is decided here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from forensics._typing import OnError
from forensics.engine.run import RunOptions
from forensics.engine.stream import Batch, rows
from forensics.engine.threads import keep_freed_memory
from forensics.errors import ForensicsError
from forensics.images.sources.local import ImageSource, Skipped, named, reason_without_name

__all__ = [
    "measured",
    "skipped_or_raised",
]


T = TypeVar("T")


def measured(
    measure: Callable[[ImageSource], T],
    sources: Sequence[ImageSource],
    run: RunOptions,
    *,
    batch: int,
) -> Iterator[T | Skipped]:
    """Results of measuring each picture by itself, in threads, in the order of the pictures.

    Parameters
    ----------
    measure : callable
        Measures one picture; picklable if the executor asks for it.
    sources : sequence of ImageSource
        Pictures, in their order.
    run : RunOptions
        How the run goes: threads, failures, progress.
    batch : int
        Number of pictures that one thread takes at a time.

    Yields
    ------
    object or Skipped
        What `measure` returns of each picture, or the picture as left out.

    Raises
    ------
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.
    """
    for results in rows(partial(_each_of, measure, run.on_error), sources, run, batch=batch):
        yield from results


def _each_of(
    measure: Callable[[ImageSource], T], on_error: OnError, batch: Batch
) -> list[T | Skipped]:
    keep_freed_memory()
    results: list[T | Skipped] = []
    for source in batch:
        try:
            with named(source):
                results.append(measure(source))
        except ForensicsError as error:
            results.append(skipped_or_raised(source, error, on_error))
    return results


def skipped_or_raised(source: ImageSource, error: ForensicsError, on_error: OnError) -> Skipped:
    """Picture as left out, unless its error is to be raised.

    Parameters
    ----------
    source : ImageSource
        Picture that failed.
    error : ForensicsError
        Error that it failed with.
    on_error : {"raise", "skip"}
        Whether the error is raised, or the picture is named with the reason.

    Returns
    -------
    Skipped
        With ``on_error="skip"``.
    """
    if on_error == "raise":
        raise error
    return Skipped(source.name, reason_without_name(source.name, error))
