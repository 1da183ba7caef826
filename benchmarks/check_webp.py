"""What lossy WebP adds to every 4 x 4 pixels: the shapes that `lattice` and `activity` know.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_webp.py

Prints the two strongest principal components over pictures and qualities, for the
crosswise pattern and for the whole one, how far the shapes in the code explain freshly
made WebP, and how far they explain what generators add. Then how many real pictures that were
saved as WebP and edited have a pattern added crosswise, p < 1e-4: no more than 1 in 300 may.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageFilter, ImageOps

from forensics import read_pixels
from forensics._typing import FloatArray, Image
from forensics.images.delivery.encode import decoded_pixels, webp_bytes
from forensics.traces.activities import activity
from forensics.traces.crosswise import added_pattern
from forensics.traces.lattices import lattice

SEED = 4
QUALITIES = (50, 60, 70, 80, 90, 97)
N_FACES = 40
SIDE = 512
N_EDITED = 20
FOUND, MOST = 1e-4, 1 / 300
EDITS: dict[str, Callable[[Pillow.Image], Pillow.Image]] = {
    "unsharp mask": lambda image: image.filter(ImageFilter.UnsharpMask(2, 150, 3)),
    "stronger unsharp mask": lambda image: image.filter(ImageFilter.UnsharpMask(1, 200, 0)),
    "autocontrast": lambda image: ImageOps.autocontrast(image, cutoff=1),
    "equalised": ImageOps.equalize,
    "contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.4),
    "colour": lambda image: ImageEnhance.Color(image).enhance(1.6),
    "sharpness": lambda image: ImageEnhance.Sharpness(image).enhance(2.5),
}
"""What people do to a picture they have downloaded."""
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
    saved = {q: [decoded_pixels(webp_bytes(one, quality=q)) for one in images] for q in QUALITIES}
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
    with ProcessPoolExecutor() as pool:
        holds &= edited(data, pool)
    return 0 if holds else 1


def edited(data: Path, pool: ProcessPoolExecutor) -> bool:
    """What is left of WebP's pattern after an edit, by kind of edit; half of them cut before."""
    rng = np.random.default_rng(SEED)
    print(f"\nsaved as WebP, edited{'':<9}{'n':>6}{'p < 1e-4':>10}{'least':>10}")
    of_all = []
    for name in EDITS:
        jobs = [
            (path, name, int(rng.integers(78, 97)))
            for folder in sorted((data / "real").iterdir())
            for path in sorted(folder.iterdir())[:: max(1, len(list(folder.iterdir())) // N_EDITED)]
        ]
        p_values = np.array(list(pool.map(p_value_of_edited, jobs, chunksize=8)))
        of_all.append(p_values)
        share, least = np.mean(p_values < FOUND), p_values.min()
        print(f"  {name:<28}{len(p_values):>6}{share:>10.4f}{least:>10.0e}", flush=True)
    together = np.concatenate(of_all)
    share = float(np.mean(together < FOUND))
    print(f"  {'all':<28}{len(together):>6}{share:>10.4f}{together.min():>10.0e}")
    return share <= MOST


def p_value_of_edited(job: tuple[Path, str, int]) -> float:
    """Of the pattern added crosswise, after WebP of a quality and an edit."""
    path, name, quality = job
    saved = Pillow.fromarray(decoded_pixels(webp_bytes(read_pixels(path), quality=quality)))
    if quality % 2:
        saved = saved.crop((3, 5, saved.width - 2, saved.height - 1))
    return added_pattern(np.asarray(EDITS[name](saved))).p_value


def corner(image: Image) -> Image:
    """As much of a picture as one of AFHQ has."""
    return image[:SIDE, :SIDE]


if __name__ == "__main__":
    sys.exit(main())
