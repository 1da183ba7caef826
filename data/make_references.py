"""Make the shipped reference blends again from the pictures they were made of.

    CATFORENSICS_DATA=path/to/data python data/make_references.py

Writes ``forensics/traces/reference/blend-*.npz``: exact sums and the count.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from forensics import blend, find_images
from forensics.engine.saved import REFERENCES, save_reference

FOLDERS = {"thiscatdoesnotexist": "gan/thiscatdoesnotexist", "afhq": "real/afhq"}
TARGET = Path(__file__).parents[1] / "forensics" / "traces" / "reference"


def main() -> int:
    """Blend both sets and save what may be shipped of them."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    for name in REFERENCES:
        result = blend(find_images(Path(root) / FOLDERS[name]))
        path = TARGET / f"blend-{name}.npz"
        save_reference(result, name, path)
        print(f"{path.name}: {result.n_images} pictures, {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
