"""How far may a copy be cut, framed, mirrored or turned until `data split` does not find it?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_copies.py [PICTURES]

Of every folder of real pictures as many as PICTURES (25 unless said), drawn at random. Those that
look like no other are changed, and counted as found if they share a group with what they were.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forensics import find_images, read_pixels
from forensics._typing import Image
from forensics.errors import ForensicsError
from forensics.traces.copies import groups_of_copies, likeness

N, SMALLEST, LARGEST = 25, 64, 1200
Change = Callable[[Image], Image]


def cut(top: float = 0, bottom: float = 0, left: float = 0, right: float = 0) -> Change:
    """What takes shares of the sides off."""

    def change(image: Image) -> Image:
        rows, columns = image.shape[:2]
        down = slice(round(top * rows), rows - round(bottom * rows))
        return image[down, round(left * columns) : columns - round(right * columns)]

    return change


CHANGES: dict[str, Change] = {
    "10 % off one side": cut(left=0.1),
    "10 % off two that meet": cut(top=0.1, left=0.1),
    "10 % off all four": cut(0.1, 0.1, 0.1, 0.1),
    "15 % off one side": cut(left=0.15),
    "15 % off two that meet": cut(top=0.15, left=0.15),
    "20 % off one side": cut(left=0.2),
    "20 % off two that meet": cut(top=0.2, left=0.2),
    "mirrored": lambda image: image[:, ::-1],
    "turned by a quarter": np.rot90,
    "mirrored, 5 % off all four": lambda image: cut(0.05, 0.05, 0.05, 0.05)(image[:, ::-1]),
}


def main() -> int:
    """Print the table."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, diffusion/, real/")
        return 1
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N
    images = list(drawn(Path(root) / "real", n))
    before = [likeness(one) for one in images]
    groups = groups_of_copies(before)
    alone = [i for i, group in enumerate(groups) if np.count_nonzero(groups == group) == 1]
    print(f"{len(alone)} pictures that look like no other of {len(images)}; found of their copies")
    for name, change in CHANGES.items():
        changed = [likeness(np.ascontiguousarray(change(images[i]))) for i in alone]
        found = groups_of_copies([*(before[i] for i in alone), *changed])
        first, second = found[: len(alone)], found[len(alone) :]
        print(f"{name:<28}{100 * (first == second).mean():>6.0f} %", flush=True)
    return 0


def drawn(folder: Path, n: int) -> list[Image]:
    """Pictures of every set, no larger than it takes to see what they show."""
    rng = np.random.default_rng(0)
    images = []
    for one in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = find_images(one).images
        for number in rng.permutation(len(found))[:n]:
            try:
                image = read_pixels(found[number])
            except ForensicsError:
                continue
            step = max(1, max(image.shape) // LARGEST)
            if min(image.shape[:2]) >= SMALLEST * step:
                images.append(image[::step, ::step])
    return images


if __name__ == "__main__":
    sys.exit(main())
