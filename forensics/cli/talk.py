"""What a command says besides its result: on stderr, short, and politely interruptible."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from forensics.errors import OutputError

if TYPE_CHECKING:
    from forensics.engine.run import Progress
    from forensics.images.sources import Skipped

__all__ = [
    "INTERRUPTED",
    "interruptible",
    "progress_bar",
    "report_skipped",
    "result",
    "say",
]

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
_NAMED_SKIPS = 20
_MINUTE = 60.0


def say(text: str, *, quiet: bool = False) -> None:
    """Print a line for people on stderr."""
    if not quiet:
        from forensics.images.names import defused

        sys.stderr.write(f"{defused(text)}\n")


def result(text: str) -> None:
    """Print the result on stdout, at once, so that a closed pipe is noticed here."""
    from forensics.images.names import defused

    try:
        sys.stdout.write(f"{defused(text)}\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        # What is still buffered cannot be delivered; without this, the interpreter
        # would complain about it once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError("the reader of the output went away before the end") from error


def report_skipped(skipped: Sequence[Skipped], *, quiet: bool) -> None:
    """Count and name what was skipped, each with its reason."""
    if not skipped:
        return
    from forensics.images.names import printable

    say(f"skipped {len(skipped):,}:", quiet=quiet)
    for one in skipped[:_NAMED_SKIPS]:
        say(f"  {printable(one.path)} {one.reason}", quiet=quiet)
    if len(skipped) > _NAMED_SKIPS:
        say(f"  and {len(skipped) - _NAMED_SKIPS:,} more", quiet=quiet)


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Show how far it is while the block runs: a bar on a terminal, a line a minute in a log."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _line_a_minute(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update


def _line_a_minute(label: str) -> Progress:
    """Tell a log what is done, and how long the rest will take, once a minute."""
    started = said = time.monotonic()
    last = 0, 0

    def update(done: int, total: int) -> None:
        nonlocal started, said, last
        now = time.monotonic()
        if total != last[1] or done < last[0]:  # the next of several passes begins
            started = now
        last = done, total
        if done and now - said >= _MINUTE:
            said = now
            left = (now - started) / done * (total - done) / _MINUTE
            so_long = "about a minute" if left > 0.75 else "less than a minute"
            so_long = f"about {left:.0f} minutes" if left > 1.5 else so_long
            say(f"{label}: {done:,} of {total:,}, {so_long} left", quiet=False)

    return update


@contextmanager
def interruptible(*, quiet: bool) -> Iterator[threading.Event]:
    """Let the first Ctrl-C finish what is under way and save, the second one end at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_interrupt(_number: int, _frame: FrameType | None) -> Any:
        # Not what was there before: begun in the background, that is to ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()
        if not quiet:
            # Unlike a buffered stream, a bare write may happen anywhere in the program.
            os.write(2, b"\nstopping: what is done will be saved, Ctrl-C again to end at once\n")

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
