"""Merge ten thousand partial sums, as a run on a cluster does, and see what it costs.

    python benchmarks/simulate_merge.py [--partials 10000] [--as-if 2 64] [--write]

Every batch of 64 pictures of 512 x 512 pixels leaves one partial sum. Here the batches are not
decoded: a worker hands out sums that it holds already, so that only the merge is seen: the
scheduler's work, what goes from worker to worker, and the results that come back. At the end
the sum is compared with the one that multiplication gives.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
from collections.abc import Iterable
from functools import cache

import numpy as np
from written import write_between

from forensics.engine.dask import cluster
from forensics.engine.run import RunOptions
from forensics.engine.stream import parts
from forensics.images.sources.find import BytesSource, ImageSource
from forensics.traces.sums import Moments, moments

BATCH, SIDE, KINDS = 64, 512, 4
FAN_IN = 8


@cache
def partial_sum(kind: int) -> Moments:
    """The sum of a batch of random pictures, one of a few."""
    rng = np.random.default_rng(kind)
    return moments(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8) for _ in range(BATCH))


def held(batch: Iterable[ImageSource]) -> Moments:
    """What the pictures of a batch add up to, found without reading them."""
    (first, *_) = batch
    return partial_sum(int(first.name) // BATCH % KINDS)


def together(*some: Moments) -> Moments:
    """The sum of sums."""
    return sum(some[1:], some[0])


def merged(n_partials: int, workers: int, as_if: int) -> tuple[dict[str, str], bool]:
    """Merge so many partial sums; what it cost, in words, and whether the result is exact."""
    sources = [BytesSource(str(number), b"") for number in range(n_partials * BATCH)]
    with cluster("local", workers=workers) as executor:
        begin = time.perf_counter()
        total, n_roots = None, 0
        run = RunOptions(workers=as_if, executor=executor)
        for root in parts(held, sources, together, run):
            total = root if total is None else total + root
            n_roots += 1
        seconds = time.perf_counter() - begin
        peaks = executor.client.run(peak_memory).values()
    counts = [len(range(kind, n_partials, KINDS)) for kind in range(KINDS)]
    expected = together(
        *(
            Moments(n * one.n, one.sums * np.uint64(n))
            for n, one in zip(counts, map(partial_sum, range(KINDS)), strict=True)
        )
    )
    one = partial_sum(0)
    size = one.sums.nbytes / 1e6
    per_root = math.ceil(n_partials / n_roots)
    exact = total == expected
    return {
        "merged as for": f"{as_if} workers, by {workers}",
        "partial sums": f"{n_partials:,} of {size:.1f} MB",
        "stand for pictures": f"{n_partials * BATCH:,}",
        "merged on the workers at a time": f"{per_root:,}",
        "levels, eight into one": f"{math.ceil(math.log(per_root, FAN_IN))}",
        "sums that come back": f"{n_roots:,}",
        "seconds": f"{seconds:.0f}",
        "pictures a second, at most": f"{n_partials * BATCH / seconds:,.0f}",
        "peak memory of the client, MB": f"{peak_memory():,.0f}",
        "peak memory of a worker, MB": f"{max(peaks):,.0f}",
        "exact": "yes" if exact else "NO",
    }, exact


def main() -> int:
    """Print what the merge costs; exit 1 if its result is not exact."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--partials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2, help="Processes of this machine.")
    parser.add_argument("--as-if", type=int, nargs="+", default=[2, 64], help="Of so many workers.")
    parser.add_argument("--write", action="store_true", help="Put it into docs/scale.md.")
    told = parser.parse_args()
    runs = [merged(told.partials, told.workers, as_if) for as_if in told.as_if]
    rows = [[label, *(facts[label] for facts, _ in runs)] for label in runs[0][0]]
    rows.insert(1, ["---", *["---:"] * len(runs)])
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    print(text)
    if told.write:
        write_between("merge", text)
    return 0 if all(exact for _, exact in runs) else 1


def peak_memory() -> float:
    """Peak of this process, MB (10**6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


if __name__ == "__main__":
    sys.exit(main())
