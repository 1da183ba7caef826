"""Hundreds of thousands of damaged files, through everything that reads them.

    python benchmarks/fuzz.py [--inputs 200000] [--seed 0] [--keep fuzz-findings]

Real files of every container (tests/hostile/seeds.py) are damaged at random
(tests/hostile/edits.py) and decoded, unpacked, inspected or classified. What is no clean
outcome is kept as a file and ends the run with status 1: an exception of another kind than a
refusal, a warning, a crash of the process, more than 5 s, or more than 1 GB.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from hostile.edits import KINDS, Edit, damaged
from hostile.seeds import archives, pictures
from hostile.targets import MOST_MEMORY, MOST_SECONDS, TARGETS, outcome

SHARES = {"decode": 0.90, "unpack": 0.05, "inspect": 0.04, "classify": 0.01}
BATCH = 500
MOST_EDITS = 6


@dataclass
class Tally:
    """What became of the inputs of one container at one target."""

    accepted: int = 0
    refused: int = 0
    slowest: float = 0.0


@dataclass
class Report:
    """What became of a batch."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    memory: float = 0.0
    findings: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Target, what happened, and the input."""


def generated(seed: int, number: int) -> tuple[str, str, bytes]:
    """The target, container and bytes of an input; the same whenever it is asked for."""
    rng = np.random.default_rng((seed, number))
    target = str(rng.choice([*SHARES], p=[*SHARES.values()]))
    files = archives() if target == "unpack" else pictures()
    name = str(rng.choice([*files]))
    other = files[str(rng.choice([*files]))]
    edits = [
        Edit(str(rng.choice(KINDS)), float(rng.random()), int(rng.integers(2**16)))
        for _ in range(rng.integers(1, MOST_EDITS + 1))
    ]
    return target, name.split(maxsplit=1)[0], damaged(files[name], edits, other)


class TooSlowError(Exception):
    """An input took longer than it may."""


def on_alarm(_number: int, _frame: FrameType | None) -> None:
    """End what hangs in Python; what hangs in C is ended by the next signal, the default one."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(MOST_SECONDS))
    raise TooSlowError


def batch(seed: int, first: int, n: int, underway: str) -> Report:
    """Try some inputs, noting which one is under way in case the process does not outlive it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff writes what it thinks of every file
    report = Report()
    for number in range(first, first + n):
        target, container, data = generated(seed, number)
        Path(underway).write_text(str(number))
        signal.signal(signal.SIGALRM, on_alarm)
        begin = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
        tally = report.tallies.setdefault((target, container), Tally())
        try:
            became = outcome(TARGETS[target], data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            report.findings.append((target, f"{type(error).__name__}: {error}"[:300], data))
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        tally.slowest = max(tally.slowest, time.monotonic() - begin)
        if became == "accepted":
            tally.accepted += 1
        else:
            tally.refused += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report.memory = peak * (1 if sys.platform == "darwin" else 1024)
    return report


def tried(seed: int, first: int, n: int, underway: str) -> Report:
    """A batch in a process of its own; where that dies, the inputs one by one."""
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(batch, seed, first, n, underway).result()
        except BrokenProcessPool:
            number = int(Path(underway).read_text())
    target, _, data = generated(seed, number)
    report = Report(findings=[(target, "the process died", data)])
    if number + 1 < first + n:
        merge(report, tried(seed, number + 1, first + n - number - 1, underway))
    return report


def merge(total: Report, one: Report) -> None:
    """Add what became of a batch."""
    for key, tally in one.tallies.items():
        into = total.tallies.setdefault(key, Tally())
        into.accepted += tally.accepted
        into.refused += tally.refused
        into.slowest = max(into.slowest, tally.slowest)
    total.memory = max(total.memory, one.memory)
    total.findings += one.findings


def table(total: Report) -> str:
    """All of it, a line for each target and container."""
    lines = [f"{'target':9} {'container':9} {'inputs':>8} {'accepted':>9} {'slowest':>8}"]
    for (target, container), tally in sorted(total.tallies.items()):
        n = tally.accepted + tally.refused
        lines.append(
            f"{target:9} {container:9} {n:8,} {tally.accepted / max(1, n):9.1%} "
            f"{tally.slowest:6.2f} s"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table; exit 1 where there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    told = parser.parse_args()
    begin = time.monotonic()
    total, n_done = Report(), 0
    starts = range(0, told.inputs, BATCH)
    told.keep.mkdir(exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [
            pool.submit(
                tried, told.seed, first, min(BATCH, told.inputs - first),
                str(told.keep / f"underway-{first}"),
            )
            for first in starts
        ]  # fmt: skip
        for future in as_completed(futures):
            merge(total, future.result())
            n_done += BATCH
            if n_done % 20_000 == 0:
                print(f"{n_done:,} inputs, {time.monotonic() - begin:,.0f} s", flush=True)
    for left in told.keep.glob("underway-*"):
        left.unlink()
    for number, (target, what, data) in enumerate(total.findings):
        (told.keep / f"{target}-{number}").write_bytes(data)
        print(f"FOUND {told.keep}/{target}-{number}: {what}")
    if not total.findings:
        told.keep.rmdir()
    n = sum(tally.accepted + tally.refused for tally in total.tallies.values())
    kinds = Counter(target for target, _ in total.tallies)
    print(table(total))
    print(
        f"{n:,} inputs of {len(kinds)} targets in {time.monotonic() - begin:,.0f} s, "
        f"peak memory {total.memory / 1e6:,.0f} MB, {len(total.findings)} findings"
    )
    return 1 if total.findings or total.memory > MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
