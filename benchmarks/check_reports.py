"""What reports weigh: of one picture of every kind, of several, and of 420 against 840.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_reports.py [--write]

Promised are 3 MB in all, and 1 MB for every figure of the report on two sets. A figure is what
stands between <figure> and </figure>. --write puts the table into docs/page.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from written import Table, write_between

MOST, MOST_FIGURE = 3_000_000, 1_000_000


def weighed(table: Table, name: str, *arguments: object) -> bool:
    """Write a report and print what it weighs; whether that is what is promised."""
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "report.html"
        command = [sys.executable, "-m", "forensics", "report", *map(str, arguments)]
        begun = time.perf_counter()
        subprocess.run([*command, "-o", page, "-q"], stdout=subprocess.DEVNULL, check=True)
        seconds = time.perf_counter() - begun
        text = page.read_text()
    figures = [len(one.encode()) for one in re.findall(r"<figure.*?</figure>", text, re.DOTALL)]
    size, largest = len(text.encode()), max(figures, default=0)
    table.add(name, f"{size / 1e6:.2f}", len(figures), f"{largest / 1e6:.2f}", f"{seconds:.1f}")
    return size <= MOST and largest <= MOST_FIGURE


def main() -> int:
    """Print a line for every report."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    gan, real = Path(root) / "gan" / "thiscatdoesnotexist", Path(root) / "real" / "afhq"
    cats = sorted(gan.iterdir())
    table = Table("report", "MB", "figures", "largest, MB", "seconds")
    held = [
        weighed(table, "one picture of the site", cats[0]),
        weighed(table, "one photograph", sorted(real.iterdir())[0]),
        weighed(table, "4 pictures", *cats[:4]),
        weighed(table, "100 pictures", *cats[:100]),
        weighed(table, "420 against 840", gan, "--against", real),
    ]
    if "--write" in sys.argv:
        write_between("reports", table.text, "page.md")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
