"""Waiting for what has to come, however busy the machine is."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

T = TypeVar("T")

MINUTES = 600.0
"""Seconds after which something hangs: nothing that is well takes them, on any machine."""


def until(holds: Callable[[], T]) -> T:
    """Wait until it is so, and return what it is."""
    end = time.monotonic() + MINUTES
    while not (found := holds()):
        assert time.monotonic() < end, "it hangs"
        time.sleep(0.01)
    return found


def ctrl_c_at(nth: int) -> Callable[[], None]:
    """A function whose `nth` call is Ctrl-C; no call from then on ends before that was heard."""
    calls = count(1)

    def called() -> None:
        number = next(calls)
        if number == nth:
            os.kill(os.getpid(), signal.SIGINT)
        if number >= nth:
            until(lambda: signal.getsignal(signal.SIGINT) is signal.default_int_handler)

    return called
