"""What stands still in sets of known makers, and what is found again of sets that were cut anew.

CATFORENSICS_DATA=path/to/data python benchmarks/check_align.py
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import skimage.data

from forensics import find_images, read_pixels
from forensics._typing import FloatArray, Image
from forensics.detection import align
from forensics.detection.alignment import Alignment
from forensics.images.sources.local import ImageSource

FACES, SITE, AFHQ = "gan/stylegan2ada-ffhq", "gan/thiscatdoesnotexist", "real/afhq"
PHOTOGRAPHS = (
    "real/bsds-film", "real/cats-cataas", "real/cats-cdn", "real/classics", "real/exif-cameras",
    "real/imagenet", "real/photos", "real/phones-native",
)  # fmt: skip
OTHERS = (
    "gan/stylegan2ada-metfaces", "gan/stylegan3-faces", "gan/stylegan2ada-ebycow",
    "gan/biggan-husky", "gan/pix2pix-day2night", "diffusion/fluxvae16",
    "diffusion/midjourney-profiles", "real/products", "real/renders", "real/video-headcam",
    "real/car-camera",
)  # fmt: skip
SETS, OF = 60, 12
"""Sets that chance is measured on, and pictures in each."""


def main() -> int:
    """Print every set; exit 1 where what must show does not."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, real/, diffusion/")
        return 1
    rng = np.random.default_rng(4)
    lfw = [np.rint(255 * one).astype(np.uint8) for one in skimage.data.lfw_subset()[:100]]
    own = [getattr(skimage.data, name)() for name in ("astronaut", "camera", "cat", "coffee")]
    photographs = [read_pixels(one) for name in PHOTOGRAPHS for one in some(root, name, 25)]

    print("as they are")
    faces = told("StyleGAN2 faces", some(root, FACES, 60))
    told("faces of LFW (scikit-image), aligned by a detector", lfw)
    cats = told("site cats", some(root, SITE, 140))
    afhq = told("AFHQ, cats aligned by its makers", some(root, AFHQ, 140))
    for name in OTHERS:
        told(name, some(root, name, 60))

    print("\ncut at random, 60 to 85 % of the shorter side")
    cuts = [cut(one, rng)[0] for one in (*own, *photographs)]
    none = told("photographs of scikit-image and 8 sources", cuts)
    told("faces of LFW", [cut(one, rng)[0] for one in lfw])
    again = [
        recut(name, [read_pixels(one) for one in some(root, source, n)], rng)
        for name, source, n in (
            ("StyleGAN2 faces", FACES, 60), ("site cats", SITE, 140), ("AFHQ", AFHQ, 140),
        )
    ]  # fmt: skip

    print(f"\n{SETS} sets of {OF} photographs cut at random")
    still, placed = by_chance(photographs, rng)
    reached = {
        "something stands still in faces, and nothing in photographs that were cut at random": (
            faces.found == "still" and none.found == "not found"
        ),
        "half of the faces that are placed lie within 1 % of the width": middle(faces) <= 1,
        "cats do not, neither the site's nor AFHQ's": min(middle(cats), middle(afhq)) > 1,
        "faces that were cut anew are found again, half of them to 1.5 % of the width": (
            again[0] <= 1.5
        ),
        "chance shows no more than it may": still <= 0.05 and placed <= 0.05,
    }
    print()
    for what, is_so in reached.items():
        print(f"{'holds' if is_so else 'DOES NOT HOLD'}: {what}")
    return 0 if all(reached.values()) else 1


def some(root: str, name: str, n: int) -> list[ImageSource]:
    """So many pictures of a source, evenly spread."""
    images = find_images(Path(root) / name).images
    return list(images[:: max(1, len(images) // n)][:n])


def told(name: str, images: Sequence[ImageSource | Image]) -> Alignment:
    """One set in a line."""
    began = time.process_time()
    found = align(images, on_error="skip")
    seconds = time.process_time() - began
    still, laid = found.still, found.laid
    distances = 100 * laid.distances
    how_far = (
        "median {:4.1f} %, ninth decile {:4.1f} %".format(*np.quantile(distances, (0.5, 0.9)))
        if len(distances)
        else "no offset is told"
    )
    print(
        f"  {name:51} {len(found.names):3}  {found.found:9}  p {still.p_value:.3f}"
        f"  area {still.area:4.2f}  placed {laid.placed.mean():4.2f} (p {laid.p_value:.0e})"
        f"  {how_far}; {1000 * seconds / len(images):.0f} ms a picture",
        flush=True,
    )
    return found


def middle(found: Alignment) -> float:
    """Median distance in per cent of the width, NaN where none is told."""
    distances = found.laid.distances
    return float(100 * np.median(distances)) if len(distances) else float("nan")


def cut(image: Image, rng: np.random.Generator) -> tuple[Image, FloatArray]:
    """A square out of a picture; its centre down and right and its side, in widths."""
    rows, columns = image.shape[:2]
    side = int(min(rows, columns) * rng.uniform(0.6, 0.85))
    top, left = rng.integers(0, rows - side + 1), rng.integers(0, columns - side + 1)
    where = np.array([top + side / 2, left + side / 2, side]) / columns
    return image[top : top + side, left : left + side], where


def recut(name: str, images: Sequence[Image], rng: np.random.Generator) -> float:
    """Cut a set anew; print how exactly it is found again, in per cent of the whole width."""
    cuts, where = zip(*(cut(one, rng) for one in images), strict=True)
    found = told(name, cuts)
    known = ~np.isnan(found.laid.scales)
    if not known.any():
        print("    nothing is found again")
        return float("inf")
    # Arrays are named by their places, as in "picture 7 in memory"; copies were left out.
    numbers = [int(one.split()[1]) - 1 for one in found.names]
    true = np.array(where)[numbers][known]
    wide = np.median(true[:, 2])
    away = found.laid.moves[known] * wide - (true[:, :2] - np.median(true[:, :2], axis=0))
    error = 100 * np.hypot(*(away - np.median(away, axis=0)).T)
    ratio = np.log(found.laid.scales[known] / true[:, 2])
    median, ninth = np.quantile(error, (0.5, 0.9))
    print(
        f"    found again to {median:.1f} % of the whole width, nine in ten to {ninth:.1f} %; "
        f"scales to {100 * float(ratio.std()):.0f} %"
    )
    return float(median)


def by_chance(images: Sequence[Image], rng: np.random.Generator) -> tuple[float, float]:
    """How often sets of photographs show what they have not, at a level of one in a hundred."""
    found = []
    for _ in range(SETS):
        chosen = rng.permutation(len(images))[:OF]
        one = align([cut(images[i], rng)[0] for i in chosen], on_error="skip")
        found.append((one.still.p_value, one.laid.p_value, one.laid.placed.mean()))
    still, several, placed = np.array(found).T
    print(
        f"  still below .01 {np.mean(still < 0.01):.3f}, .05 {np.mean(still < 0.05):.3f}, .10 "
        f"{np.mean(still < 0.1):.3f}; more placed than by chance {np.mean(several < 0.01):.3f}, "
        f"placed {placed.mean():.3f}"
    )
    return float(np.mean(still < 0.01)), float(np.mean(several < 0.01))


if __name__ == "__main__":
    sys.exit(main())
