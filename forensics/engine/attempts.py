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
    """Sentence of an error without the picture's name in front.

    Parameters
    ----------
    name : str
        Name of the picture.
    error : ForensicsError
        Error whose message may begin with that name.

    Returns
    -------
    str
        The reason, as the rest of a sentence.

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
    """Error for a set of which nothing was left, with the first reason.

    Parameters
    ----------
    skipped : sequence of Skipped
        Pictures left out, each with the reason.

    Returns
    -------
    EmptySetError
        To be raised by the caller.

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


@contextmanager
def named(source: ImageSource) -> Iterator[None]:
    """Block in which an error that does not know the picture's name is given it.

    Parameters
    ----------
    source : ImageSource
        Picture that the block is about.

    Yields
    ------
    None
        The block runs once.

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
