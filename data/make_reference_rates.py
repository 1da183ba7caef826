"""Make again the table of how strong signs of a generator are in real pictures.

    CATFORENSICS_DATA=path/to/data python data/make_reference_rates.py

Writes ``forensics/traces/reference/real-strengths.npz``: for 18 sources of real pictures, as many
pictures of each, how many have a strongest sign of at least each of 61 strengths, every fourth as
found and the others after random deliveries. Decoder tiles are weighed by all sources, the judged
one among them.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from make_fingerprints import real_sources

from forensics import deliver, load_library, random_delivery, read_pixels
from forensics.detection.attribution import attribution
from forensics.detection.evidence import evidence
from forensics.errors import ForensicsError

TARGET = Path(__file__).parents[1] / "forensics" / "traces" / "reference" / "real-strengths.npz"
SEED, EACH, AS_FOUND = 41, 60, 4
LEVELS = np.round(np.arange(0, 3.01, 0.05), 2)
"""Strengths from which pictures are counted: of single pictures nothing is kept."""


def main() -> int:
    """Write the table, and say what is in it."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with real/")
        return 1
    sources = dict(real_sources(Path(root)))
    jobs = [
        (name, paths[i % len(paths)], i) for name, paths in sources.items() for i in range(EACH)
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(strength, sorted(jobs), chunksize=8))
    rows = [row for row in found if row is not None]
    counts = np.array(
        [
            [sum(one == name and value >= level for one, value in rows) for level in LEVELS]
            for name in sources
        ]
    )
    np.savez_compressed(TARGET, sources=list(sources), levels=LEVELS, counts=counts)
    print(f"{len(rows)} pictures of {len(sources)} sources, {TARGET.stat().st_size:,} bytes")
    for level, n in zip(LEVELS, counts.sum(axis=0), strict=True):
        if level in (0.5, 0.8, 1.0):
            print(f"strength of at least {level}: {n}")
    return 0


def strength(job: tuple[str, Path, int]) -> tuple[str, float] | None:
    """Source, and strength of the strongest sign; None where a picture is too small."""
    name, path, number = job
    pixels = read_pixels(path)
    if number % AS_FOUND:
        rng = np.random.default_rng([SEED, number, path.stat().st_size])
        pixels = deliver(pixels, random_delivery(rng, pixels.shape)).pixels
    try:
        found = attribution(evidence(pixels, fingerprints=load_library()))
    except ForensicsError:
        return None
    return name, found.grounds[0].strength


if __name__ == "__main__":
    sys.exit(main())
