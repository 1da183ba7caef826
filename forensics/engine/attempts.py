"""Try to measure every picture of a set, each by itself.

A picture that cannot be measured ends the run with its name in front, or is left out and
named: the caller chooses, and it is decided here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from forensics._typing import OnError
from forensics.engine.run import RunOptions
from forensics.engine.stream import Batch, rows
from forensics.engine.threads import keep_freed_memory
from forensics.errors import EmptySetError, ForensicsError
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.names import printable

__all__ = [
    "first_reasons",
    "measured",
    "named",
    "reason_without_name",
    "skipped_or_raised",
]


def reason_without_name(name: str, error: ForensicsError) -> str:
    """The sentence of an error without the picture's name in front.

    Examples
    --------
    >>> reason_without_name("a.jpg", ForensicsError("a.jpg is empty"))
    'is empty'
    >>> reason_without_name("a.jpg", ForensicsError("image has shape (2, 2, 3)"))
    'has shape (2, 2, 3)'
    """
    reason = str(error).removeprefix(printable(name)).lstrip(" :")
    return reason.removeprefix("image ") or str(error)


def first_reasons(skipped: Sequence[Skipped]) -> EmptySetError:
    """The error for a set of which nothing was left, with the first reason.

    Examples
    --------
    >>> print(first_reasons([Skipped("a.jpg", "is empty")]))
    no picture was left: a.jpg is empty
    """
    first = (
        f"{printable(skipped[0].path)} {skipped[0].reason}"
        if skipped
        else "there was none to begin with"
    )
    more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
    return EmptySetError(f"no picture was left: {first}{more}")


T = TypeVar("T")


def measured(
    measure: Callable[[ImageSource], T],
    sources: Sequence[ImageSource],
    run: RunOptions,
    *,
    batch: int,
) -> Iterator[T | Skipped]:
    """What was measured of each picture, in threads, in the order of the pictures.

    Parameters
    ----------
    measure : callable
        Picklable if the executor asks for it.
    sources : sequence of ImageSource
    run : RunOptions
    batch : int
        Pictures that one thread takes at a time.

    Yields
    ------
    object or Skipped

    Raises
    ------
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.
    """
    for results in rows(partial(_each_of, measure, run.on_error), sources, run, batch=batch):
        yield from results


@contextmanager
def named(source: ImageSource) -> Iterator[None]:
    """Put the picture's name in front of an error that does not know it.

    Examples
    --------
    >>> from forensics.images.sources.find import BytesSource
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
    """Raise the error of a picture, or name the picture as left out: as the caller chose."""
    if on_error == "raise":
        raise error
    return Skipped(source.name, reason_without_name(source.name, error))
