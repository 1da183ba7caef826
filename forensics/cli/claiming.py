"""What holds for a whole run: its results are its own, and what was missing is its end.

Results are never overwritten unasked and never written by two at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from forensics.errors import ImageReadError

__all__ = ["claim_results", "end_with", "one_run"]

_run: ContextVar[ExitStack] = ContextVar("_run")


@contextmanager
def one_run() -> Iterator[None]:
    """Hold what a command claims until it has ended."""
    with ExitStack() as stack:
        _run.set(stack)
        yield


def end_with(sentence: str) -> None:
    """Let the command go on and save what it can, and end with this error then."""

    def end(kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if kind is None or (isinstance(error, SystemExit) and not error.code):
            raise ImageReadError(sentence)
        return False

    _run.get().push(end)


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
