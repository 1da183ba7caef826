"""What lossy WebP adds to every 4 x 4 pixels: the shapes that `lattice` and `activity` know.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_webp.py

Prints the two strongest principal components over pictures and qualities, for the
crosswise pattern and for the whole one, how far the shapes in the code explain freshly
made WebP, and how far they explain what generators add.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forensics import read_pixels
from forensics._typing import FloatArray, Image
from forensics.images.encoding import decoded, webp_bytes
from forensics.traces.activity import activity
from forensics.traces.lattice import lattice

SEED = 4
QUALITIES = (50, 60, 70, 80, 90, 97)
N_FACES = 40
SIDE = 512
LEAST = 0.75
"""Median share of a fresh WebP's pattern that the shapes in the code must explain."""


def main() -> int:
    """Print the shapes and what they explain."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    data = Path(root)
    rng = np.random.default_rng(SEED)
    faces = rng.permutation(sorted((data / "real/afhq").iterdir()))[:N_FACES]
    photos = sorted((data / "real/photos").iterdir())
    images = [corner(read_pixels(path)) for path in (*faces, *photos)]
    saved = {q: [decoded(webp_bytes(one, quality=q)) for one in images] for q in QUALITIES}
    holds = True
    measures: dict[str, Callable[[Image], tuple[FloatArray, float]]] = {
        "crosswise (lattice)": lambda image: (lattice(image).pattern, lattice(image).webp),
        "whole (activity)": lambda image: (activity(image).pattern, activity(image).webp),
    }
    for name, measure in measures.items():
        found = {q: [measure(image) for image in some] for q, some in saved.items()}
        patterns = np.array([one.ravel() for some in found.values() for one, _ in some])
        patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
        _, sizes, shapes = np.linalg.svd(patterns, full_matrices=False)
        print(f"{name}: singular values {np.round(sizes[:4], 1)}")
        print(np.round(shapes[:2].reshape(2, 4, 4), 3))
        for q, some in found.items():
            print(f"  quality {q}: median share {np.median([share for _, share in some]):.2f}")
        holds &= bool(np.median([share for some in found.values() for _, share in some]) > LEAST)
        for folder in ("cyclegan-cats", "biggan-husky", "thiscatdoesnotexist"):
            paths = sorted((data / "gan" / folder).iterdir())[:20]
            shares = [measure(read_pixels(path))[1] for path in paths]
            print(f"  {folder}: median share {np.median(shares):.2f}, largest {max(shares):.2f}")
    return 0 if holds else 1


def corner(image: Image) -> Image:
    """As much of a picture as one of AFHQ has."""
    return image[:SIDE, :SIDE]


if __name__ == "__main__":
    sys.exit(main())
