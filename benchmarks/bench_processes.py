"""Memory of `blend` and start-up time of commands, as whole processes.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_processes.py [--runs 9]

Memory is the peak that the operating system counted for the process; time is the median.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "forensics"]
FEW, MANY = 200, 50_000
MOST_MEMORY, MOST_GROWTH = 200, 1.05
MOST_SECONDS = {"--help": 0.2, "profile --json": 0.5}


def main() -> int:
    """Print both tables; exit 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    files = sorted((Path(root) / "gan/thiscatdoesnotexist").glob("*.jpg"))
    return 0 if all((memory(files), start_up(files[0], runs))) else 1


def memory(files: list[Path]) -> bool:
    """Peak memory of `catforensics blend`, with its figures, for few and for many pictures."""
    peaks = []
    for n in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder:
            names = [Path(folder) / f"{number:05}.jpg" for number in range(n)]
            for source, name in zip(files, names, strict=False):
                shutil.copy(source, name)
            for number in range(len(files), n):
                os.link(names[number % len(files)], names[number])
            peaks.append(_peak([*COMMAND, "blend", folder, "-q", "-o", f"{folder}/blend"]))
        print(f"blend of {n:5,} pictures: peak {peaks[-1]:.0f} MB (promised {MOST_MEMORY})")
    growth = max(peaks) / min(peaks)
    print(f"larger over smaller: {growth:.3f} (promised {MOST_GROWTH})")
    return max(peaks) < MOST_MEMORY and growth < MOST_GROWTH


def start_up(picture: Path, runs: int) -> bool:
    """Median wall time of small commands, the files in the disk cache."""
    arguments = {"--help": ["--help"], "profile --json": ["profile", "--json", str(picture)]}
    kept = True
    for name, words in arguments.items():
        seconds = []
        for _ in range(runs + 1):
            start = time.perf_counter()
            subprocess.run([*COMMAND, *words], stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds[1:])
        print(f"{name:15} median {median:.3f} s (promised {MOST_SECONDS[name]})")
        kept &= median <= MOST_SECONDS[name]
    return kept


def _peak(command: list[str]) -> float:
    """Peak resident memory of one process in MB (10**6 bytes)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


if __name__ == "__main__":
    sys.exit(main())
