"""Count what the files of every set are, and put it into docs/data-cards.md.

CATFORENSICS_DATA=path/to/data python benchmarks/make_cards.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from written import write_between

SETS = (
    "gan/thiscatdoesnotexist",
    "real/afhq",
    "real/photos",
    "real/cyclegan-inputs",
    "gan/stylegan2ada-metfaces",
    "gan/biggan-husky",
    "gan/cyclegan-cats",
    "gan/stylegan3-faces",
)


def main() -> int:
    """Have `catforensics data card` describe each, and take the table out of its card."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for name in SETS:
            card = Path(folder) / "card.md"
            command = [sys.executable, "-m", "forensics", "data", "card", str(Path(root) / name)]
            subprocess.run(
                [*command, "-o", str(card), "--force", "--quiet"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            lines = card.read_text().splitlines()
            counts = next(line for line in lines if "pictures." in line)
            table = [line for line in lines if line.startswith("|")]
            write_between(name, "\n".join([counts, "", *table]), "data-cards.md")
            print(f"{name}: {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
