"""Whole processes: how they end, what they print, and what they need."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from waiting import MINUTES

needs_usage = pytest.mark.skipif(
    not hasattr(os, "wait4"), reason="nothing here tells what a process needed"
)

# A process is charged the memory of the one that started it, until it is its own program:
# pytest may be large by now, so another small one stands between.
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_maxrss, usage.ru_utime + usage.ru_stime, file=sys.stderr)
sys.exit(process.returncode)
"""


@dataclass(frozen=True)
class Measured:
    """How a process ended, what it printed, its peak memory in bytes and seconds of computing."""

    status: int
    out: str
    err: str
    peak: int
    seconds: float


def measured(*words: object) -> Measured:
    """Run any program."""
    run = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES,
    )
    *err, last = run.stderr.splitlines()
    peak, seconds = last.split()
    factor = 1 if sys.platform == "darwin" else 1024
    return Measured(run.returncode, run.stdout, "\n".join(err), factor * int(peak), float(seconds))


def command(*arguments: object) -> Measured:
    """Run catforensics with these arguments."""
    return measured(sys.executable, "-m", "forensics", *arguments)
