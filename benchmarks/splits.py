"""Sets of pictures in parts: what looks alike stays together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forensics import read_pixels
from forensics.images.delivery.resize import resized

__all__ = ["halves", "parts_alike"]


def halves(paths: list[Path], rng: np.random.Generator) -> tuple[list[Path], list[Path]]:
    """Two halves; pictures that look alike stay together."""
    first, second = parts_alike(paths, 2, rng)
    return first, second


def parts_alike(paths: list[Path], n: int, rng: np.random.Generator) -> list[list[Path]]:
    """Split into n parts of about one size; pictures that look alike stay together."""
    parts: list[list[Path]] = [[] for _ in range(n)]
    groups = list(alike(paths))
    for number in rng.permutation(len(groups)):
        min(parts, key=len).extend(groups[number])
    return parts


def alike(paths: list[Path]) -> Iterator[list[Path]]:
    """Groups of pictures that look alike, directly or through others."""
    thumbs = np.stack([resized(read_pixels(path), (16, 16)).ravel() for path in paths])
    thumbs = thumbs - thumbs.mean(axis=1, keepdims=True)
    thumbs = thumbs / np.linalg.norm(thumbs, axis=1, keepdims=True)
    near = thumbs @ thumbs.T > 0.96
    left = set(range(len(paths)))
    while left:
        group = [left.pop()]
        for member in group:
            more = [i for i in np.flatnonzero(near[member]).tolist() if i in left]
            left.difference_update(more)
            group += more
        yield [paths[i] for i in group]
