"""Print every figure of docs/evaluation.md again, and put it there.

    CATFORENSICS_DATA=path/to/data python benchmarks/evaluate.py [NAMES]

Each name is a script of this folder; all of them take about two hours on two cores. What one
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

CHECKS = {
    "check_p_values": "p-values where there is no period",
    "check_sets": "the thread's peaks, in sets and in single pictures",
    "check_spectra": "spectra and their nulls",
    "check_jpeg": "JPEG from pixels",
    "check_webp": "what WebP leaves",
    "check_suite": "causes that are known",
    "check_fingerprint": "the source whose fingerprint is held",
    "check_deliveries": "false traces on delivered photographs",
    "check_classifier": "scores, by condition",
    "check_ablation": "what every group of features is worth",
}
PAGE = "evaluation.md"
MISSED = (0, 1)
"""A script says by 1 that a goal was missed, which is a result."""


def main() -> int:
    """Run them one after another, for they time themselves."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *CHECKS], help="which; all unless said")
    if "CATFORENSICS_DATA" not in os.environ:
        parser.error("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
    failed = [name for name in parser.parse_args().names or CHECKS if not evaluated(name)]
    print(f"not renewed: {', '.join(failed)}" if failed else "every figure was printed anew")
    return bool(failed)


def evaluated(name: str) -> bool:
    """Run one script and keep what it printed; whether it came to its end."""
    start = time.perf_counter()
    script = Path(__file__).with_name(f"{name}.py")
    run = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, text=True, check=False)
    print(f"{name}: status {run.returncode}, {time.perf_counter() - start:.0f} s", flush=True)
    if run.returncode not in MISSED or not run.stdout.strip():
        return False
    write_between(name, f"```text\n{run.stdout.strip()}\n```", PAGE)
    return True


if __name__ == "__main__":
    sys.exit(main())
