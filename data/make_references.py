"""Make the shipped reference blends again from the pictures they were made of.

    CATFORENSICS_DATA=path/to/data python data/make_references.py

Writes ``forensics/shipped/blend-*.npz``, exact sums and the count, and
``typical-*.npz``, percentiles of what single pictures show. Name files to make only these.
Fingerprints are made by ``data/make_fingerprints.py``, before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from forensics import blend, find_images
from forensics.detection import iter_inspections
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.typical import save_typical, typical
from forensics.engine import average_spectra
from forensics.engine.blend import REFERENCES, save_reference
from forensics.engine.fingerprint_making import make_fingerprints
from forensics.engine.fingerprints import LIBRARY, load_library
from forensics.images.sources.find import FoundImages

FOLDERS = {"thiscatdoesnotexist": "gan/thiscatdoesnotexist", "afhq": "real/afhq"}
TARGET = Path(__file__).parents[1] / "forensics" / "shipped"


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
    for name in REFERENCES:
        path = TARGET / f"typical-{name}.npz"
        if not wanted or path.name in wanted:
            found = find_images(Path(root) / FOLDERS[name])
            each = _inspections(found, name)
            usual = typical(name, each, average_spectra(found).sums.residual_spectrum)
            save_typical(usual, path)
            print(f"{path.name}: {usual.n_images} pictures, {path.stat().st_size:,} bytes")
    return 0


def _inspections(found: FoundImages, name: str) -> Iterator[Inspection]:
    """Each picture, held against a fingerprint that it is not itself in."""
    library = load_library()
    if name not in LIBRARY:
        yield from iter_inspections(found, fingerprints=library)
        return
    others = [one for one in library if one.name != name]
    halves = found.images[::2], found.images[1::2]
    for made_of, held_against_it in (halves, halves[::-1]):
        made = make_fingerprints(made_of, name, family=name, planes="luma").fingerprints
        yield from iter_inspections(held_against_it, fingerprints=[*made, *others])


if __name__ == "__main__":
    sys.exit(main())
