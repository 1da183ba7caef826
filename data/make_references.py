"""Make the shipped reference blends again from the pictures they were made of.

    CATFORENSICS_DATA=path/to/data python data/make_references.py

Writes ``forensics/traces/reference/blend-*.npz``, exact sums and the count, and
``fingerprint-*.npz``, mean residuals. Name files to make only these.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from forensics import blend, find_images
from forensics.engine.fingerprints import FINGERPRINTS, find_fingerprint, save_fingerprint
from forensics.engine.saved import REFERENCES, save_reference

FOLDERS = {"thiscatdoesnotexist": "gan/thiscatdoesnotexist", "afhq": "real/afhq"}
TARGET = Path(__file__).parents[1] / "forensics" / "traces" / "reference"


def main() -> int:
    """Measure the sets and save what may be shipped of them."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    wanted = set(sys.argv[1:])
    for name in REFERENCES:
        path = TARGET / f"blend-{name}.npz"
        if not wanted or path.name in wanted:
            result = blend(find_images(Path(root) / FOLDERS[name]))
            save_reference(result, name, path)
            print(f"{path.name}: {result.n_images} pictures, {path.stat().st_size:,} bytes")
    for name in FINGERPRINTS:
        path = TARGET / f"fingerprint-{name}.npz"
        if not wanted or path.name in wanted:
            made = find_fingerprint(find_images(Path(root) / FOLDERS[name]), name).fingerprint
            save_fingerprint(made, path)
            print(f"{path.name}: {made.n_images} pictures, {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
