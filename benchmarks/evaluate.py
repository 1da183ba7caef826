"""Print every figure of docs/evaluation.md again, and put it there.

    CATFORENSICS_DATA=path/to/data python benchmarks/evaluate.py [NAMES]

Each name is a script of this folder; all of them take some hours on two cores. What one
prints stands on the page as it was printed, misses and broken promises included. A script
that ends for want of data, or with a traceback, changes nothing and is named at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from written import write_between

CHECKS = (
    "check_p_values",
    "check_sets",
    "check_spectra",
    "check_jpeg",
    "check_webp",
    "check_fingerprints",
    "check_signs",
    "check_causes",
    "check_copies",
    "check_map",
    "check_align",
    "check_scales",
    "check_deliveries",
    "check_score",
)
PAGE = "evaluation.md"
CRASHED = "Traceback (most recent call last)"
"""What tells a script that broke from one whose goals were missed: both end with status 1."""


def main() -> int:
    """Run them one after another, for they time themselves."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKS)}")
    names = parser.parse_args().names or CHECKS
    if unknown := [name for name in names if name not in CHECKS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(CHECKS)}")
    if "CATFORENSICS_DATA" not in os.environ:
        parser.error("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
    failed = [name for name in names if not evaluated(name)]
    print(f"not renewed: {', '.join(failed)}" if failed else "every figure was printed anew")
    return bool(failed)


def evaluated(name: str) -> bool:
    """Run one script and keep what it printed; whether it came to its end."""
    start = time.perf_counter()
    script = Path(__file__).with_name(f"{name}.py")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    print(f"{name}: status {run.returncode}, {time.perf_counter() - start:.0f} s", flush=True)
    if run.returncode > 1 or CRASHED in run.stderr or not run.stdout.strip():
        sys.stderr.write(run.stderr)
        return False
    write_between(name, f"```none\n{run.stdout.strip()}\n```", PAGE)
    return True


if __name__ == "__main__":
    sys.exit(main())
