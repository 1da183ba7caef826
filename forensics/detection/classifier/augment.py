"""Where the pictures of a training set go before they are measured."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from forensics.detection.classifier.measure import Delivery
from forensics.images.delivery.chains import random_delivery, usual_delivery
from forensics.images.delivery.resize import KERNELS, scaled_shape
from forensics.images.delivery.steps import Crop, Paste, Resize, Step

__all__ = [
    "seeded",
    "shape_after",
    "source_deliveries",
    "training_delivery",
]

_LARGE = 1024
"""Pixels a side from which a photograph is cropped or reduced first, as those who post it do."""
_NATIVE, _REDUCED = (256, 800), (400, 1400)
_SMALLEST = 128
"""Pixels a side below which a picture cannot be measured."""
_FOUND = 3
"""Every third row of a source is a picture as found, as long as there are such."""


def training_delivery(seed: int, sha256: str, number: int, shape: tuple[int, int]) -> Delivery:
    """Random augmentation of one picture, drawn from the seed, the file's hash and its number.

    A photograph of more than 1024 pixels a side first becomes one of its native crops, or
    a smaller copy: what it looks like at full size is not what is passed on.

    Parameters
    ----------
    seed : int
        Seed of the whole training.
    sha256 : str
        Hash of the picture's file, in hex.
    number : int
        Number of the augmentation of this picture.
    shape : (int, int)
        Rows and columns of the picture.

    Returns
    -------
    Delivery
        Steps for `deliver`, in their order.

    Examples
    --------
    >>> training_delivery(0, "00", 1, (512, 512)) == training_delivery(0, "00", 1, (512, 512))
    True
    """
    if min(shape) < _SMALLEST:
        return ()  # too small to be measured, and not to be enlarged until it is not
    rng = seeded(seed, sha256, number)
    first: tuple[Step, ...] = ()
    if max(shape) > _LARGE:
        first = (_native_crop(rng, shape) if rng.random() < 0.5 else _reduced(rng, shape),)
        shape = shape_after(first, shape)
    return (*first, *usual_delivery(rng, shape))


def source_deliveries(
    seed: int, sha256s: Sequence[str], shapes: Sequence[tuple[int, int]], n: int
) -> list[list[Delivery]]:
    """Augmentations of the pictures of one source, n in all, whatever their number.

    Of more pictures than n, some that are spread evenly. Every third way is the picture as found,
    each picture once; the others go in turns as pictures usually travel, and as hardly any can
    stand (`random_delivery`).

    Parameters
    ----------
    seed : int
        Seed of the whole training.
    sha256s : sequence of str
        Hash of each picture's file, in hex.
    shapes : sequence of (int, int)
        Rows and columns of each picture.
    n : int
        Number of augmentations of the source.

    Returns
    -------
    list of list of tuple of Step
        Those of each picture, in the order of the pictures.
    """
    ways: list[list[Delivery]] = [[] for _ in sha256s]
    for number in range(n):
        place = number * len(ways) // n if len(ways) > n else number % len(ways)
        unseen = [turn for turn in (place, *range(len(ways))) if () not in ways[turn]]
        if number % _FOUND == 0 and unseen and len(ways) <= n:
            ways[unseen[0]].append(())
        elif number % _FOUND == 0 and place in unseen:
            ways[place].append(())
        elif number % 2:
            ways[place].append(training_delivery(seed, sha256s[place], number, shapes[place]))
        elif min(shapes[place]) >= _SMALLEST:
            rng = seeded(seed, sha256s[place], number)
            ways[place].append(random_delivery(rng, shapes[place]))
    return ways


def seeded(seed: int, *words: object) -> np.random.Generator:
    """Random generator of a picture, the same whatever else is in the set.

    Parameters
    ----------
    seed : int
        Seed of the whole run.
    *words : object
        What the generator is for: hash, number, name.

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and words.
    """
    digest = hashlib.sha256("\n".join(map(str, words)).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], np.uint32).tolist()])


def _native_crop(rng: np.random.Generator, shape: tuple[int, int]) -> Crop:
    rows, columns = (int(rng.integers(min(_NATIVE[0], s), min(_NATIVE[1], s) + 1)) for s in shape)
    top, left = int(rng.integers(shape[0] - rows + 1)), int(rng.integers(shape[1] - columns + 1))
    return Crop(top, left, rows, columns)


def _reduced(rng: np.random.Generator, shape: tuple[int, int]) -> Resize:
    longest = math.exp(rng.uniform(math.log(_REDUCED[0]), math.log(_REDUCED[1])))
    kernel = KERNELS[int(rng.integers(1, len(KERNELS)))]
    least = (_SMALLEST + 1) / min(shape)
    return Resize(min(1.0, max(longest / max(shape), least)), kernel)


def shape_after(steps: Sequence[Step], shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns that a picture has after some steps.

    Parameters
    ----------
    steps : sequence of Step
        Steps in their order.
    shape : (int, int)
        Rows and columns before them.

    Returns
    -------
    (int, int)
        Rows, then columns.
    """
    for step in steps:
        if isinstance(step, Crop | Paste):
            shape = step.rows, step.columns
        elif isinstance(step, Resize):
            shape = scaled_shape(shape, step.scale)
    return shape
