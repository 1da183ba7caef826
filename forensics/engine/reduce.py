"""All pictures of a set as one sum, made in threads: what can be measured adds up.

Exact sums are the same in every order and split, and so can be ended and gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add, attrgetter
from typing import Generic, Protocol, TypeAlias, TypeVar

from forensics._typing import OnError
from forensics.engine.attempts import skipped_or_raised
from forensics.engine.run import RunOptions
from forensics.engine.stream import Batch, parts
from forensics.engine.threads import keep_freed_memory
from forensics.errors import ClusterError, ForensicsError
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import first_reasons, named

__all__ = [
    "Adding",
    "RunningSum",
    "SoFar",
    "Total",
    "summed",
    "summed_so_far",
]


class Sum(Protocol):
    """What was measured of one picture or of many: it adds up."""

    def __add__(self: S, other: S, /) -> S:
        """Merge two."""
        ...


S = TypeVar("S", bound=Sum)
S_co = TypeVar("S_co", covariant=True)


class RunningSum(Protocol[S_co]):
    """Sum that is being made, picture by picture, by one thread."""

    def add(self, source: ImageSource) -> None:
        """Measure a picture and add it, or raise and stay as before.

        Parameters
        ----------
        source : ImageSource
            Picture to measure.
        """
        ...

    @property
    def total(self) -> S_co | None:
        """Sum of what was added so far, None if nothing was."""
        ...


class Adding(Generic[S]):
    """Sum that is made the plain way: measure a picture, add the result.

    Parameters
    ----------
    measure : callable
        Measures one picture; its results add up by ``+``.
    """

    def __init__(self, measure: Callable[[ImageSource], S]) -> None:
        self._measure = measure
        self.total: S | None = None

    def add(self, source: ImageSource) -> None:
        """Measure a picture and add it.

        Parameters
        ----------
        source : ImageSource
            Picture to measure.
        """
        one = self._measure(source)
        self.total = one if self.total is None else self.total + one


@dataclass(frozen=True, slots=True, eq=False)
class SoFar(Generic[S]):
    """Sum over the first pictures of a set.

    Parameters
    ----------
    sums : object, optional
        Sum of the pictures that could be measured; None if none could.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    n_seen : int
        Number of pictures seen, from the first on.
    lost : bool
        Whether the cluster that it was made on went away for good.
    """

    sums: S | None
    skipped: tuple[Skipped, ...]
    n_seen: int
    lost: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Total(Generic[S]):
    """Sum over a set, with what went into it and what did not.

    Parameters
    ----------
    sums : object
        Sum of all pictures that could be measured.
    skipped : tuple of Skipped
        Pictures left out, each with the reason, in order of their names.
    stopped : bool
        Whether the run was stopped before all pictures were seen.
    """

    sums: S
    skipped: tuple[Skipped, ...]
    stopped: bool


def summed(
    start: Callable[[], RunningSum[S]], sources: Sequence[ImageSource], run: RunOptions
) -> Total[S]:
    """Sum over all pictures, in threads: exact sums are the same in every order and split.

    Parameters
    ----------
    start : callable
        Begins an empty sum; one for every thread. Picklable if the executor asks for it.
    sources : sequence of ImageSource
        Pictures, in their order.
    run : RunOptions
        How the run goes: threads, failures, progress.

    Returns
    -------
    Total
        The sum, with what was left out.

    Raises
    ------
    EmptySetError
        No picture was left.
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.

    See Also
    --------
    summed_so_far : The same until the run was stopped.
    """
    done = summed_so_far(start, sources, run)
    if done.sums is None:
        raise first_reasons(done.skipped)
    return Total(done.sums, done.skipped, stopped=done.n_seen < len(sources))


def summed_so_far(
    start: Callable[[], RunningSum[S]], sources: Sequence[ImageSource], run: RunOptions
) -> SoFar[S]:
    """Sum of as many pictures as were seen until the run was stopped.

    Parameters
    ----------
    start : callable
        Begins an empty sum; one for every thread. Picklable if the executor asks for it.
    sources : sequence of ImageSource
        Pictures, in their order.
    run : RunOptions
        How the run goes: threads, failures, progress.

    Returns
    -------
    SoFar
        The sum, with the number of pictures seen.

    Raises
    ------
    ForensicsError
        With ``on_error="raise"``: the first that any picture raised, its name in front.

    See Also
    --------
    summed : The sum of all pictures.
    """
    done: _Part[S] = (None, [], 0)
    lost = False
    try:
        for part in parts(partial(_sum_of, start, run.on_error), sources, _merged, run):
            done = _merged(done, part)
    except ClusterError:  # the executor says so when it is left: what is done is not lost
        lost = True
    total, skipped, n_seen = done
    return SoFar(total, tuple(sorted(skipped, key=attrgetter("path"))), n_seen, lost)


_Part: TypeAlias = tuple[S | None, list[Skipped], int]
"""A sum, what was left out of it, and how many pictures both are."""


def _sum_of(start: Callable[[], RunningSum[S]], on_error: OnError, batch: Batch) -> _Part[S]:
    keep_freed_memory()
    running = start()
    skipped: list[Skipped] = []
    n_tried = 0
    for source in batch:
        n_tried += 1
        try:
            with named(source):
                running.add(source)
        except ForensicsError as error:
            skipped.append(skipped_or_raised(source, error, on_error))
    return running.total, skipped, n_tried


def _merged(*some: _Part[S]) -> _Part[S]:
    sums = [total for total, _, _ in some if total is not None]
    return (
        reduce(add, sums) if sums else None,
        [one for _, skipped, _ in some for one in skipped],
        sum(n_tried for _, _, n_tried in some),
    )
