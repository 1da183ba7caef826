"""Pictures measured a second beside bare decoding: features, classify and inspect, in two threads.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_measure.py [--pictures 60]

Real pictures and generated ones of 512 x 512 pixels, with the whole library of fingerprints,
warm. "CPU" is the processor's time for one picture in milliseconds, which other programs on a
busy machine inflate less than the rate; "in two" is that time over the one in a single thread.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forensics import load_library, read_pixels
from forensics.detection import iter_inspections
from forensics.detection.classifier.feature_table import iter_feature_rows
from forensics.views.results.inspection import inspection_record
from forensics.views.results.records import render_json

GOALS = {"features": 60, "classify": 40, "inspect": 25}
THREADS = 2


def main() -> int:
    """Print the table and whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=60)
    n = parser.parse_args().pictures
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    sets = {
        "real (AFHQ)": sorted((Path(root) / "real/afhq").iterdir())[:n],
        "generated (site)": sorted((Path(root) / "gan/thiscatdoesnotexist").iterdir())[:n],
    }
    library = load_library()
    print("| set | measured | a second | goal | over bare | CPU, ms | in two |")
    print("|---|---|---:|---:|---:|---:|---:|")
    holds = True
    for name, paths in sets.items():
        bare, _ = rate(decoded, paths, THREADS)
        for what, measure in ways(library).items():
            measure(paths[:4], THREADS)  # caches, imports
            _, alone = rate(measure, paths[: max(4, n // 4)], 1)
            found, cpu = rate(measure, paths, THREADS)
            print(
                f"| {name} | {what} | {found:.1f} | {GOALS[what]} | {found / bare:.3f} "
                f"| {cpu:.0f} | {cpu / alone:.2f} |",
                flush=True,
            )
            holds &= found >= GOALS[what]
    return 0 if holds else 1


def ways(library: tuple[object, ...]) -> dict[str, Callable[[list[Path], int], object]]:
    """What is measured of some pictures in some threads."""

    def judged(paths: list[Path], threads: int) -> Iterable[object]:
        return iter_inspections(paths, fingerprints=library, workers=threads)

    return {
        "features": lambda paths, threads: list(iter_feature_rows(paths, library, workers=threads)),
        "classify": lambda paths, threads: [one.verdict for one in judged(paths, threads)],
        "inspect": lambda paths, threads: [
            render_json(inspection_record(one)) for one in judged(paths, threads)
        ],
    }


def decoded(paths: list[Path], threads: int) -> None:
    """Decode pictures and do nothing else."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(read_pixels, paths):
            pass


def rate(
    measure: Callable[[list[Path], int], object], paths: list[Path], threads: int
) -> tuple[float, float]:
    """Pictures a second, and milliseconds of the processor for each."""
    started, cpu = time.perf_counter(), time.process_time()
    measure(paths, threads)
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    return len(paths) / seconds, 1000 * used / len(paths)


if __name__ == "__main__":
    sys.exit(main())
