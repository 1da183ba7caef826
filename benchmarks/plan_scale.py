"""A day's plan for a hundred million pictures, on paper, from the rates that were measured.

    CATFORENSICS_DATA=path/to/data python benchmarks/plan_scale.py [--pictures 100000000] [--write]

Reads the table of `bench_scale.py` in docs/scale.md, measures what a name and a row take, and
counts. --write puts the plan into docs/scale.md.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

from bench_scale import DASK_AT_LEAST, repeated
from written import DOCS, write_between

from forensics import find_images

BATCH, LEAVES, FAN_IN = 64, 4, 8
REQUESTS, SHARD = 3, 10_000
CORES = 16
SECONDS = 24 * 3600
LARGE_SUMS = 512 * 512 * 3 * 4
"""Bytes of the sums over many pictures of 512 x 512: 32 bits."""


def measured_rate(name: str, n: int) -> float:
    """Pictures a second and core, from the table."""
    row = re.search(rf"^\| {name} \| {n:,} \|.*$", (DOCS / "scale.md").read_text(), re.MULTILINE)
    if row is None:
        raise SystemExit(
            f"docs/scale.md has no row for {name} of {n:,}: run bench_scale.py --write"
        )
    return float(row[0].split("|")[4].replace(",", "")) / len(os.sched_getaffinity(0))


def bytes_of_a_name(files: list[Path]) -> float:
    """What a list of pictures takes, each."""
    with repeated(files, 20_000) as folder:
        find_images(folder)
        tracemalloc.start()
        found = find_images(folder)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size / len(found)


def bytes_of_a_row(files: list[Path]) -> float:
    """What a table takes, each row."""
    with repeated(files[:40], 40) as folder, tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "forensics", "features", str(folder), "-q"]
        subprocess.run([*command, "-o", f"{place}/table.csv"], check=True)
        lines = (Path(place) / "table.csv").read_bytes().splitlines(keepends=True)
        return sum(map(len, lines[1:])) / (len(lines) - 1)


def plan(n: int, files: list[Path]) -> str:
    """The whole plan, in Markdown."""
    size = sum(path.stat().st_size for path in files) / len(files)
    name, row = bytes_of_a_name(files), bytes_of_a_row(files)
    needed = n / SECONDS
    said = [("what", "blend", "features"), ("---", "---:", "---:")]
    cores = {
        what: math.ceil(needed / (measured_rate(what, most) * DASK_AT_LEAST))
        for what, most in (("blend", 50_000), ("features", 50_000))
    }
    machines = {what: math.ceil(some / CORES) for what, some in cores.items()}
    group = {what: BATCH * LEAVES * some for what, some in cores.items()}

    def both(what: str, blend: object, features: object) -> None:
        said.append((what, *(f"{one:,}" if isinstance(one, int) else str(one)
                             for one in (blend, features))))  # fmt: skip

    both("pictures a second", round(needed), round(needed))
    both(f"cores, at {DASK_AT_LEAST} of the measured rate", *cores.values())
    both(f"machines of {CORES} cores", *machines.values())
    both("core hours", *(24 * some for some in cores.values()))
    both("read, TB", *[f"{n * size / 1e12:.1f}"] * 2)
    both("read, MB a second", *[round(needed * size / 1e6)] * 2)
    both("requests, pictures read singly", *[REQUESTS * n] * 2)
    both(f"requests, shards of {SHARD:,} copied whole", *[n // SHARD] * 2)
    both("tasks of the scheduler a second", f"{needed / BATCH:.0f}", f"{needed:.0f}")
    depth = {what: math.ceil(math.log(LEAVES * some, FAN_IN)) for what, some in cores.items()}
    both("levels of the tree of merges", depth["blend"], "none")
    both("sums that come back", math.ceil(n / group["blend"]), "none")
    both("sums that come back, GB", f"{n / group['blend'] * LARGE_SUMS / 1e9:.0f}", "none")
    both("names in the client's memory, GB", *[f"{n * name / 1e9:.1f}"] * 2)
    both("table, GB", "none", f"{n * row / 1e9:.0f}")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in said)


def main() -> int:
    """Print the plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100_000_000)
    parser.add_argument("--write", action="store_true", help="Put it into the docs.")
    told = parser.parse_args()
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    files = sorted((Path(root) / "gan/thiscatdoesnotexist").glob("*.jpg"))
    text = plan(told.pictures, files)
    print(text)
    if told.write:
        write_between("plan", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
