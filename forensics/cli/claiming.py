"""Results belong to one run from its beginning: never overwritten unasked, never by two at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

__all__ = ["claim_results", "one_run"]

_run: ContextVar[ExitStack] = ContextVar("_run")


@contextmanager
def one_run() -> Iterator[None]:
    """Hold what a command claims until it has ended."""
    with ExitStack() as stack:
        _run.set(stack)
        yield


def claim_results(paths: list[Path], *, force: bool) -> None:
    """Refuse to overwrite results, and to write what another run is writing.

    Raises
    ------
    OutputError
        One of them exists and `force` is False, or another run is at them.
    """
    from forensics.claims import claimed
    from forensics.writing import refuse_existing

    refuse_existing(paths, force=force)
    _run.get().enter_context(claimed(paths[0]))
