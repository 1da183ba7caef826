"""Damaged files of every container, decoded and inspected: no fault may be found.

    python benchmarks/fuzz.py [--inputs 207000] [--workers 2] [--keep FOLDER] [--of PNG]

Every input is made anew from its number, so the same are tried on every machine. Prints what
became of them, container by container, and exits 1 if anything but pixels or one sentence
came out, a call took 5 s, or a process had 1 GB. `--one PNG 1234` tries one input again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from hostile.seeds import CONTAINERS
from hostile.targets import Outcome, made, outcomes
from hostile.watching import PATIENCE, Report, Share, watched

DEFAULT = 23_000 * len(CONTAINERS)
SHARE = 11_500
"""Inputs for one process: its start costs less than the inputs do."""
SHOWN = 2000


def main() -> int:
    """Try all inputs, print the table and say whether any fault was found."""
    options = _options()
    # One thread for each process: they share the cores already.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if options.one:
        container, number = options.one
        return _one(container, int(number))
    begun = time.monotonic()
    run = tried if options.plant is None else PLANTED[options.plant]
    containers = options.of or CONTAINERS
    shares = _shares(containers, options.inputs // len(containers))
    reports = watched(run, shares, options.workers, patience=options.patience)
    n_faults = _table(reports, options.keep)
    print(f"{time.monotonic() - begun:,.0f} s")
    return 1 if n_faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Damaged files of every container, read.")
    parser.add_argument("--inputs", type=int, default=DEFAULT, help="how many in all")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument("--of", choices=CONTAINERS, action="append", help="only these containers")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for an input")
    parser.add_argument("--keep", type=Path, help="folder for inputs with which something is wrong")
    parser.add_argument("--one", nargs=2, metavar=("CONTAINER", "NUMBER"), help="try one again")
    parser.add_argument("--plant", choices=PLANTED, help="try whether such a fault is noticed")
    return parser.parse_args()


def tried(container: str, number: int) -> list[Outcome]:
    return outcomes(container, made(container, number))


def _shares(containers: Sequence[str], each: int) -> list[Share]:
    starts = range(0, each, SHARE)
    return [Share(one, at, min(each, at + SHARE)) for at in starts for one in containers]


def _one(container: str, number: int) -> int:
    faults = 0
    for outcome in tried(container, number):
        print(outcome.target, outcome.accepted, f"{outcome.seconds:.3f} s", outcome.fault)
        faults += bool(outcome.fault)
    return 1 if faults else 0


def _table(reports: Iterable[Report], keep: Path | None) -> int:
    n_inputs, n_faults = Counter[str](), 0
    peaks, counts = Counter[str](), defaultdict[tuple[str, str], Counter[str]](Counter)
    slowest = dict[tuple[str, str], float]()
    for report in reports:
        n_inputs[report.container] += 1
        peaks[report.container] = max(peaks[report.container], report.peak)
        for one in report.outcomes:
            key = (report.container, one.target)
            counts[key]["fault" if one.fault else "accepted" if one.accepted else "refused"] += 1
            slowest[key] = max(slowest.get(key, 0.0), one.seconds)
            if one.fault:
                n_faults += 1
                _keep(report, one, keep)
    print(f"{'':6}{'':12}{'inputs':>8}{'accepted':>10}{'refused':>9}{'faults':>8}{'slowest':>10}")
    for container in n_inputs:
        for (of, target), count in sorted(counts.items()):
            if of == container:
                cells = f"{count['accepted']:>10,}{count['refused']:>9,}{count['fault']:>8,}"
                time_taken = f"{slowest[of, target]:>8.2f} s"
                print(f"{container:6}{target:12}{count.total():>8,}{cells}{time_taken}")
        print(f"{container:6}{'peak':12}{peaks[container] / 1e6:>8,.0f} MB")
    print(f"{n_inputs.total():,} inputs, {n_faults:,} faults")
    return n_faults


def _keep(report: Report, one: Outcome, folder: Path | None) -> None:
    name = f"{report.container} {report.number}"
    print(f"{name}: {one.target}: {one.fault[-SHOWN:]}", file=sys.stderr, flush=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name.replace(' ', '-')}-{one.target}"
        path.write_bytes(made(report.container, report.number))
        path.with_suffix(".txt").write_text(one.fault)


# What the watch must not miss; each at one input of each container, among others that are well.


def _planted_crash(container: str, number: int) -> list[Outcome]:
    if number == 1:
        os.abort()
    return tried(container, number)


def _planted_hang(container: str, number: int) -> list[Outcome]:
    if number == 1:
        time.sleep(3600)
    return tried(container, number)


def _planted_growth(container: str, number: int) -> list[Outcome]:
    if number == 1:
        len(b"\1" * 1_100_000_000)
    return tried(container, number)


PLANTED = {"crash": _planted_crash, "hang": _planted_hang, "growth": _planted_growth}


if __name__ == "__main__":
    sys.exit(main())
