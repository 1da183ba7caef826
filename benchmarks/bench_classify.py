"""How fast pictures are judged: one as a whole process, and many in bulk.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_classify.py

With the whole library of fingerprints. The ratio to decoding and measuring alone, in the same
threads, says what the verdict costs, small deliveries of pictures near a threshold included.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forensics import find_images, load_library, read_pixels
from forensics.detection import iter_inspections
from forensics.detection.verdict.evidence import evidence
from forensics.engine.run import RunOptions
from forensics.engine.threads import one_thread_each

N_PICTURES, N_RUNS = 100, 7
PROCESS_SECONDS, RATE = 0.7, 15


def main() -> int:
    """Print the rates and whether they are within the limits."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    sets = {
        "real (AFHQ)": sorted((Path(root) / "real/afhq").iterdir())[:N_PICTURES],
        "generated (site)": sorted((Path(root) / "gan/thiscatdoesnotexist").iterdir())[:N_PICTURES],
    }
    holds = True
    for name, paths in sets.items():
        seconds = whole_process(paths[0])
        rate, bare = bulk(paths), measuring(paths)
        print(
            f"{name:<18} one picture, whole process: {seconds:.2f} s (limit {PROCESS_SECONDS}); "
            f"bulk {rate:.1f} a second (goal {RATE}), {rate / bare:.2f} of decoding and measuring",
            flush=True,
        )
        holds &= seconds <= PROCESS_SECONDS and rate >= RATE
    return 0 if holds else 1


def whole_process(path: Path) -> float:
    """Median seconds of `catforensics classify` of one picture."""
    times = []
    for _ in range(N_RUNS):
        started = time.perf_counter()
        command = [sys.executable, "-m", "forensics", "classify", "--json", str(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def bulk(paths: list[Path]) -> float:
    """Pictures judged a second, in all threads."""
    images, library = find_images([str(path) for path in paths]), load_library()
    list(iter_inspections(images.images[:4], fingerprints=library))
    started = time.perf_counter()
    list(iter_inspections(images, fingerprints=library))
    return len(paths) / (time.perf_counter() - started)


def measuring(paths: list[Path]) -> float:
    """Pictures decoded and measured a second, nothing else, in all threads."""
    library = load_library()
    started = time.perf_counter()
    with one_thread_each(), ThreadPoolExecutor(RunOptions().n_workers) as pool:
        list(pool.map(lambda path: evidence(read_pixels(path), fingerprints=library), paths))
    return len(paths) / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
