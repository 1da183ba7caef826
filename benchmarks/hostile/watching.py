"""Run inputs in processes that may hang, die or grow, and miss none of it.

A process for each share of a container's inputs: its peak memory is that container's, and
what a C decoder brings down with it is one input, which is known and kept.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from hostile.targets import SLOWEST, Outcome

__all__ = ["LARGEST", "PATIENCE", "Report", "Share", "peak_memory", "watched"]

LARGEST = 10**9
"""Bytes of memory that a process may have at its peak."""
_ADDRESS_SPACE = 4 * LARGEST
"""The safety net: a process that asks for more is told no, instead of the machine's others."""
PATIENCE = 4 * SLOWEST
"""Seconds for all calls on one input, after which its process is ended."""
_START = 120.0
"""Seconds for a process to load what it needs."""

Run = Callable[[str, int], list[Outcome]]


@dataclass(frozen=True, slots=True)
class Share:
    """The inputs `start` to `stop` of a container."""

    container: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen of one input; a fault of the process is an outcome of the target "process"."""

    container: str
    number: int
    outcomes: Sequence[Outcome]
    peak: int


def watched(
    run: Run, shares: Sequence[Share], workers: int, *, patience: float = PATIENCE
) -> Iterator[Report]:
    """Run all inputs of all shares, at most so many processes at a time."""
    waiting, running = deque(shares), dict[Connection, _Worker]()
    while waiting or running:
        while waiting and len(running) < workers:
            worker = _Worker(run, waiting.popleft(), patience)
            running[worker.connection] = worker
        ready = wait(list(running), timeout=0.5)
        for connection in list(running):
            worker = running[connection]
            if connection in ready:
                yield from worker.read()
            elif time.monotonic() > worker.deadline:
                worker.process.kill()
                yield worker.fault(f"hung for more than {patience:g} s")
            if worker.ended:
                del running[connection]
                worker.process.kill()
                worker.process.join()
                if worker.next < worker.share.stop:
                    rest = Share(worker.share.container, worker.next, worker.share.stop)
                    waiting.appendleft(rest)


class _Worker:
    def __init__(self, run: Run, share: Share, patience: float) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe(duplex=False)
        self.process: BaseProcess = context.Process(
            target=_work, args=(run, share, theirs), daemon=True
        )
        self.share, self.next, self.ended = share, share.start, False
        self.patience = patience
        self.deadline = time.monotonic() + _START
        self.process.start()
        theirs.close()

    def read(self) -> Iterator[Report]:
        try:
            report: Report | None = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(10)
            if self.next < self.share.stop:
                yield self.fault(f"brought its process down, exit status {self.process.exitcode}")
            self.ended = True
            return
        self.deadline = time.monotonic() + self.patience
        if report is not None:
            self.next = report.number + 1
            if report.peak > LARGEST:
                # The peak of a process does not fall again: the next input needs another.
                self.ended = True
            yield report

    def fault(self, sentence: str) -> Report:
        number, self.next, self.ended = self.next, self.next + 1, True
        outcome = Outcome("process", accepted=False, seconds=0.0, fault=sentence)
        return Report(self.share.container, number, [outcome], 0)


def _work(run: Run, share: Share, connection: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, resource.RLIM_INFINITY))
    connection.send(None)
    for number in range(share.start, share.stop):
        found = run(share.container, number)
        peak = peak_memory()
        if peak > LARGEST:
            sentence = f"its process had {peak / 1e6:,.0f} MB at its peak"
            found.append(Outcome("process", accepted=False, seconds=0.0, fault=sentence))
        connection.send(Report(share.container, number, found, peak))


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
