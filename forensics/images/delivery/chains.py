"""Rows of steps that pictures go through: as platforms send them on, and at random.

The named chains are models: what help pages and analyses of delivered files
say of messengers and social platforms, in round numbers. They are not measured
copies of any one service, which change them without notice. Random deliveries
are what a rule has to survive before it may be believed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from forensics.errors import ParameterError
from forensics.images.delivery.encode import SUBSAMPLINGS
from forensics.images.delivery.resize import KERNELS, Kernel, scaled_shape
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Png, Resize, Step, Webp
from forensics.validation import check_choice

__all__ = [
    "CHAINS",
    "Chain",
    "chain_steps",
    "random_delivery",
    "usual_delivery",
]

Chain: TypeAlias = Literal["messenger", "social", "screenshot", "thumbnail"]

CHAINS: tuple[Chain, ...] = ("messenger", "social", "screenshot", "thumbnail")
"""The chains that have a name."""

Shape: TypeAlias = tuple[int, ...]


def chain_steps(name: Chain, shape: Shape, *, rng: np.random.Generator) -> tuple[Step, ...]:
    """Steps of a named chain of delivery, for a picture of a given size.

    * *messenger*: reduced to 1600 pixels on the longer side, then JPEG of quality 70
      to 80 with 4:2:0 chroma.
    * *social*: reduced to 1080 or 2048 pixels, then progressive JPEG of quality 75 to
      85 with 4:2:0 chroma.
    * *screenshot*: shown at a scale that is no whole number, in a window on a larger
      even surface; PNG.
    * *thumbnail*: reduced to 200 to 400 pixels, JPEG of quality 65 to 75.

    A picture that is small enough is not resized, as services do it.

    Parameters
    ----------
    name : {"messenger", "social", "screenshot", "thumbnail"}
        Chain to draw, as described above.
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    rng : numpy.random.Generator
        Generator of random numbers that everything drawn comes from.

    Returns
    -------
    tuple of Step
        Steps in their order, ready for `deliver`.

    Raises
    ------
    ParameterError
        `name` is not allowed.

    See Also
    --------
    random_delivery : Steps drawn from a wide range.
    usual_delivery : Steps as pictures usually travel.
    forensics.images.delivery.deliver.deliver : Take them.

    References
    ----------
    Giudice et al. 2017, *A classification engine for image ballistics of social data*,
    for what platforms change: size, tables, names.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> [str(step) for step in chain_steps("messenger", (3000, 4000, 3), rng=rng)]
    ['resize x0.4 lanczos', 'jpeg q77 4:2:0']
    """
    check_choice("chain", name, CHAINS)
    return _MAKERS[name](shape, rng)


def random_delivery(
    rng: np.random.Generator,
    shape: Shape,
    *,
    sides: tuple[int, int] = (256, 640),
    scales: tuple[float, float] = (0.5, 2.0),
    qualities: tuple[int, int] = (50, 98),
) -> tuple[Step, ...]:
    """Steps of one random delivery, drawn from a wide range, for a picture of a given size.

    Always a crop, at any offset, so that all 64 origins of a former JPEG grid come
    up. Then in half of all cases a resize, by any kernel, with antialiasing or
    without. 55 % are saved once as JPEG, 25 % twice (before and after the resize, or
    both after; on the same grid or a shifted one), 8 % as WebP, 6 % as PNG, and 6 %
    are left at the crop alone.

    Parameters
    ----------
    rng : numpy.random.Generator
        Generator of random numbers that everything drawn comes from.
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    sides : (int, int)
        Bounds of the sides of the crop, in pixels. A smaller picture is cropped by 0
        to 7 pixels a side.
    scales : (float, float)
        Bounds of the factor of a resize; its logarithm is uniform.
    qualities : (int, int)
        Bounds of the JPEG and WebP qualities, both included.

    Returns
    -------
    tuple of Step
        Steps in their order, ready for `deliver`.

    Raises
    ------
    ParameterError
        One of the pairs is not in order, or outside what a step allows.

    See Also
    --------
    chain_steps : Steps as a platform takes them.
    usual_delivery : Steps as pictures usually travel.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> print(*random_delivery(rng, (512, 512, 3)), sep=", ")
    crop 374x383 at (104, 123), jpeg q62 4:2:0 progressive
    """
    for name, (low, high) in (("sides", sides), ("scales", scales), ("qualities", qualities)):
        if not 0 < low <= high:
            raise ParameterError(f"{name} is ({low}, {high}): pass two positive numbers in order")
    crop = _random_crop(rng, shape, sides)
    kind = rng.choice(["one", "two", "webp", "png", "crop"], p=[0.55, 0.25, 0.08, 0.06, 0.06])
    if kind == "crop":
        return (crop,)
    resize = (_random_resize(rng, scales),) if rng.random() < 0.5 else ()
    if kind == "webp":
        return (crop, *resize, Webp(_whole(rng, *qualities)))
    if kind == "png":
        return (crop, *resize, Png())
    last = _random_jpeg(rng, qualities)
    if kind == "one":
        return (crop, *resize, last)
    first = _random_jpeg(rng, qualities)
    if rng.random() < 0.5:  # saved, sent, then resized and saved by somebody else
        between, size = resize, (crop.rows, crop.columns)
        before: tuple[Step, ...] = (crop, first)
    else:
        scale = resize[0].scale if resize else 1.0
        between, size = (), scaled_shape((crop.rows, crop.columns), scale)
        before = (crop, *resize, first)
    shift = (_random_shift(rng, size),) if rng.random() < 0.5 else ()
    return (*before, *shift, *between, last)


def usual_delivery(
    rng: np.random.Generator, shape: Shape, *, smallest: int = 128
) -> tuple[Step, ...]:
    """Steps of one delivery as pictures usually travel, most of them whole.

    Where `random_delivery` seeks what a rule cannot stand, this is what a model learns
    from. A tenth is left as found. Of the others nine tenths have been saved before, as
    JPEG of quality 60 to 98; some are shown on a screen. Two in five are cropped, a fourth
    of these by a few pixels only; somewhat more than half are resized, by 0.4 to 1.75; and
    most are saved as JPEG, once or twice, or as WebP.

    Parameters
    ----------
    rng : numpy.random.Generator
        Generator of random numbers that everything drawn comes from.
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    smallest : int
        Pixels that no side falls below, if it was not below before.

    Returns
    -------
    tuple of Step
        Steps in their order, ready for `deliver`; none for a picture left as found.

    See Also
    --------
    random_delivery : Steps drawn from a wide range.

    Examples
    --------
    >>> print(*usual_delivery(np.random.default_rng(8), (512, 512, 3)), sep=", ")
    crop 374x374 at (6, 54), jpeg q70 4:2:2 progressive
    """
    if rng.random() < 0.1:
        return ()
    first = (_usual_jpeg(rng, (60, 98)),) if rng.random() < 0.9 else ()
    if rng.random() < 0.06:
        return (*first, *_screenshot(shape[:2], rng, smallest))
    crop = _usual_crop(rng, shape, smallest)
    size = (crop[0].rows, crop[0].columns) if crop else shape[:2]
    resize = _usual_resize(rng, size, smallest)
    kind = rng.choice(["one", "two", "webp", "none"], p=[0.61, 0.11, 0.08, 0.2])
    if kind == "webp":
        return (*first, *crop, *resize, Webp(_whole(rng, 50, 97)))
    n_files = {"one": 1, "two": 2, "none": 0}[kind]
    last = [_usual_jpeg(rng, (45, 98)) for _ in range(n_files)]
    return (*first, *crop, *resize, *last)


def _usual_crop(rng: np.random.Generator, shape: Shape, smallest: int) -> tuple[Crop, ...]:
    """None, one by a few pixels, a square, or a rectangle."""
    kind = rng.choice(["none", "few", "square", "free"], p=[0.6, 0.1, 0.15, 0.15])
    if kind == "none":
        return ()
    least = [min(smallest, side) for side in shape[:2]]
    if kind == "few":
        rows, columns = (
            max(low, side - _whole(rng, 0, 7)) for low, side in zip(least, shape[:2], strict=True)
        )
    else:
        rows, columns = (_whole(rng, low, side) for low, side in zip(least, shape[:2], strict=True))
        if kind == "square":
            rows = columns = min(rows, columns)
    top, left = _whole(rng, 0, shape[0] - rows), _whole(rng, 0, shape[1] - columns)
    return (Crop(top, left, rows, columns),)


def _usual_resize(rng: np.random.Generator, size: Shape, smallest: int) -> tuple[Resize, ...]:
    """None, or by any factor; seldom without a kernel, mostly with antialiasing."""
    if rng.random() < 0.45:
        return ()
    lowest = min(1.0, max(0.4, (smallest + 1) / min(size)))
    scale = float(np.exp(rng.uniform(math.log(lowest), math.log(1.75))))
    kernel = KERNELS[0 if rng.random() < 0.07 else _whole(rng, 1, 3)]
    return (Resize(scale, kernel, antialias=bool(rng.random() < 0.8)),)


def _usual_jpeg(rng: np.random.Generator, qualities: tuple[int, int]) -> Jpeg:
    """Mostly with halved chroma."""
    subsampling = SUBSAMPLINGS[_whole(rng, 0, 2)] if rng.random() < 0.4 else "4:2:0"
    return Jpeg(_whole(rng, *qualities), subsampling, progressive=bool(rng.random() < 0.5))


def _random_crop(rng: np.random.Generator, shape: Shape, sides: tuple[int, int]) -> Crop:
    rows, columns = (
        _whole(rng, min(sides[0], max(1, side - 7)), min(sides[1], max(1, side - 7)))
        for side in shape[:2]
    )
    top, left = _whole(rng, 0, shape[0] - rows), _whole(rng, 0, shape[1] - columns)
    return Crop(top, left, rows, columns)


def _random_shift(rng: np.random.Generator, size: tuple[int, int]) -> Crop:
    """Cut up to 7 lines off: the grid of the next JPEG begins elsewhere."""
    top, left = (_whole(rng, 0, min(7, side - 1)) for side in size)
    return Crop(top, left, size[0] - top, size[1] - left)


def _random_resize(rng: np.random.Generator, scales: tuple[float, float]) -> Resize:
    low, high = np.log(scales)
    scale = float(np.exp(rng.uniform(low, high)))
    return Resize(scale, KERNELS[_whole(rng, 0, 3)], antialias=bool(rng.random() < 0.5))


def _random_jpeg(rng: np.random.Generator, qualities: tuple[int, int]) -> Jpeg:
    quality, subsampling = _whole(rng, *qualities), SUBSAMPLINGS[_whole(rng, 0, 2)]
    return Jpeg(quality, subsampling, progressive=bool(rng.random() < 0.5))


def _messenger(shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    kernel = KERNELS[_whole(rng, 1, 3)]
    return (*_reduced_to(1600, shape, kernel=kernel), Jpeg(_whole(rng, 70, 80)))


def _social(shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    longest = (1080, 2048)[_whole(rng, 0, 1)]
    return (*_reduced_to(longest, shape), Jpeg(_whole(rng, 75, 85), progressive=True))


def _screenshot(shape: Shape, rng: np.random.Generator, smallest: int = 1) -> tuple[Step, ...]:
    # A window of a screen; a factor that happens to be whole would leave no trace of showing.
    fits = min(1000 / shape[0], 1800 / shape[1])
    scale = float(rng.uniform(0.6, 1.6)) * min(1.0, fits)
    scale = max(scale, min(1.0, (smallest + 1) / min(shape[:2])))
    rows, columns = scaled_shape(shape, scale)
    top, left, below, right = (_whole(rng, 0, most) for most in (160, 240, 120, 240))
    return (
        Resize(scale, "bilinear", antialias=bool(rng.random() < 0.5)),
        Paste(top, left, rows + top + below, columns + left + right, _whole(rng, 0, 255)),
        Png(),
    )


def _thumbnail(shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    longest = (200, 256, 320, 400)[_whole(rng, 0, 3)]
    return (*_reduced_to(longest, shape), Jpeg(_whole(rng, 65, 75)))


_MAKERS: dict[Chain, Callable[[Shape, np.random.Generator], tuple[Step, ...]]] = {
    "messenger": _messenger,
    "social": _social,
    "screenshot": _screenshot,
    "thumbnail": _thumbnail,
}


def _reduced_to(longest: int, shape: Shape, *, kernel: Kernel = "lanczos") -> tuple[Resize, ...]:
    side = max(shape[:2])
    return (Resize(longest / side, kernel),) if side > longest else ()


def _whole(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high, endpoint=True))
