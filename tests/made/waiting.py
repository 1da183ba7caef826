"""Waiting for what has to come, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
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
