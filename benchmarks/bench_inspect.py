"""How long one picture takes: all traces and the verdict, and the JPEG grid alone.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_inspect.py

A 512 x 512 picture, warm, two threads, with the whole library; median of many pictures. Then
pictures of other sizes up to 30 megapixels, with peak memory.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forensics import read_pixels
from forensics.detection.verdict.attribution import attribution
from forensics.detection.verdict.evidence import evidence
from forensics.engine.fingerprints import load_library
from forensics.traces.jpeg.grid import jpeg_grid

N_PICTURES = 30
VERDICT_SECONDS, GRID_SECONDS = 0.2, 0.15


def main() -> int:
    """Print the medians and whether they are within the limits."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with real/")
        return 1
    images = [read_pixels(p) for p in sorted((Path(root) / "real/afhq").iterdir())[:N_PICTURES]]
    library = load_library()

    def verdict(image: np.ndarray) -> object:
        return attribution(evidence(image, fingerprints=library, threads=2))

    whole, grid = median_time(verdict, images), median_time(jpeg_grid, images)
    print(f"all traces and the verdict, 512 x 512: median {whole:.3f} s (limit {VERDICT_SECONDS})")
    print(f"JPEG grid, 512 x 512:                  median {grid:.3f} s (limit {GRID_SECONDS})")
    photo = np.tile(images[0], (11, 11, 1))
    for rows, columns in ((1024, 1024), (2000, 3000), (3024, 4032), (5000, 6000)):
        started = time.perf_counter()
        verdict(photo[:rows, :columns])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        taken = time.perf_counter() - started
        print(f"{rows * columns / 1e6:5.1f} megapixels: {taken:.2f} s, peak so far {peak:.0f} MB")
    return 0 if whole <= VERDICT_SECONDS and grid <= GRID_SECONDS else 1


def median_time(work: Callable[[np.ndarray], object], images: list[np.ndarray]) -> float:
    """Median seconds of one call, the first left out."""
    work(images[0])
    times = []
    for image in images:
        started = time.perf_counter()
        work(image)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
