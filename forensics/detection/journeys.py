"""Where the pictures of a training set go before they are measured."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from forensics.detection.measuring import Journey
from forensics.images.chains import usual_delivery
from forensics.images.resizing import KERNELS, scaled_shape
from forensics.images.steps import Crop, Paste, Resize, Step

__all__ = ["delivered_as", "seeded", "shape_after", "training_journey"]

_LARGE = 1024
"""Pixels a side from which a photograph is cropped or reduced first, as those who post it do."""
_NATIVE, _REDUCED = (256, 800), (400, 1400)
_SMALLEST = 128
"""Pixels a side below which a picture cannot be measured."""
_FEW = 8
"""Pixels a side that may be missing of a whole picture."""


def training_journey(seed: int, sha256: str, number: int, shape: tuple[int, int]) -> Journey:
    """One random way of one picture, drawn from the seed, the file's hash and its number.

    A photograph of more than 1024 pixels a side first becomes one of its native crops, or
    a smaller copy: what it looks like at full size is not what is passed on.

    Parameters
    ----------
    seed : int
    sha256 : str
        Of the file.
    number : int
        Of the journey.
    shape : (int, int)
        Of the picture.

    Returns
    -------
    Journey

    Examples
    --------
    >>> str(training_journey(0, "00", 1, (512, 512))) == str(
    ...     training_journey(0, "00", 1, (512, 512)))
    True
    """
    if min(shape) < _SMALLEST:
        return Journey(())  # too small to be measured, and not to be enlarged until it is not
    rng = seeded(seed, sha256, number)
    first: tuple[Step, ...] = ()
    if max(shape) > _LARGE:
        first = (_native_crop(rng, shape) if rng.random() < 0.5 else _reduced(rng, shape),)
        shape = shape_after(first, shape)
    return Journey((*first, *usual_delivery(rng, shape)))


def delivered_as(steps: Sequence[Step], shape: tuple[int, ...]) -> str:
    """Whether a picture arrives "whole", as a "crop", or as a "rescaled crop".

    Parameters
    ----------
    steps : sequence of Step
    shape : tuple of int
        Before them.

    Examples
    --------
    >>> from forensics.images.steps import Jpeg
    >>> delivered_as((Resize(0.5, "bicubic"), Jpeg(75)), (512, 512))
    'whole'
    >>> delivered_as((Crop(0, 0, 256, 256), Resize(0.8, "bicubic")), (512, 512))
    'rescaled crop'
    """
    cut = resized = False
    size = shape[0], shape[1]
    for step in steps:
        if isinstance(step, Crop):
            cut |= max(size[0] - step.rows, size[1] - step.columns) >= _FEW
        resized |= isinstance(step, Resize)
        size = shape_after((step,), size)
    if not cut:
        return "whole"
    return "rescaled crop" if resized else "crop"


def seeded(seed: int, *words: object) -> np.random.Generator:
    """A random generator for a picture: the same whatever else is in the set."""
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
    """Rows and columns that a picture has after cuts and changes of scale."""
    for step in steps:
        if isinstance(step, Crop | Paste):
            shape = step.rows, step.columns
        elif isinstance(step, Resize):
            shape = scaled_shape(shape, step.scale)
    return shape
