"""Sets made on purpose: every picture through a delivery or a simulated generator, in order.

What happens to a picture depends on the seed and its place in the set alone, not
on how many threads there are or which pictures cannot be read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from forensics._typing import Image, OnError
from forensics.engine.attempts import measured, named
from forensics.engine.stream import Progress
from forensics.errors import ParameterError
from forensics.images.decode import MAX_PIXELS, read_image
from forensics.images.delivery import deliver
from forensics.images.encoding import png_bytes
from forensics.images.resizing import resized
from forensics.images.simulate import simulated
from forensics.images.sources import ImageSource, Skipped
from forensics.images.steps import Resize, Step, step_numbers
from forensics.images.uplayers import LayerName, draw_layer

__all__ = ["MadePicture", "MadeStep", "StepsFor", "iter_delivered", "iter_simulated"]

StepsFor: TypeAlias = Callable[[tuple[int, ...], np.random.Generator], Iterable[Step]]
"""Gives the steps of one picture, from its shape and a generator of its own."""


@dataclass(frozen=True, slots=True)
class MadeStep:
    """One thing that was done to a picture, in words and in numbers.

    Parameters
    ----------
    text : str
        As in ``jpeg q75 4:2:0``.
    numbers : mapping of str to object
        The name of the step and its parameters.
    psnr : float or None, dB
        Peak signal-to-noise ratio of luma, infinite where nothing changed; None where
        the pixels before and after cannot be compared.
    """

    text: str
    numbers: Mapping[str, Any]
    psnr: float | None


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """A picture that was made out of another, and all that it takes to make it again.

    Parameters
    ----------
    path, sha256 : str
        Of the picture before; the hash is of its file.
    orientation : int
        Its EXIF orientation. The stored pixels were taken, and what was made has no
        EXIF: it is shown as it is stored.
    index, seed : int
        Its place in the set, and the seed of the whole set.
    shape : tuple of int
        Of the pixels that were made.
    data : bytes
        The file that was made.
    container : {"JPEG", "WEBP", "PNG"}
    steps : tuple of MadeStep
    """

    path: str
    sha256: str
    orientation: int
    index: int
    seed: int
    shape: tuple[int, ...]
    data: bytes
    container: str
    steps: tuple[MadeStep, ...]


def iter_delivered(
    images: Iterable[ImageSource],
    steps_for: StepsFor,
    *,
    seed: int,
    workers: int | None = None,
    on_error: OnError = "raise",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[MadePicture | Skipped]:
    """Deliver many pictures, in threads, in their order.

    Parameters
    ----------
    images : iterable of ImageSource
        Names are unique.
    steps_for : callable
        Called for each picture with its shape and a random generator that depends on
        `seed` and the picture's place alone.
    seed : int
        0 or more.
    workers : int, optional
        Threads; all cores by default.
    on_error : {"raise", "skip"}
        Whether a picture that cannot be read or delivered ends the run, or yields a
        `Skipped`.
    max_pixels : int
    progress : callable, optional
    stop : threading.Event, optional

    Yields
    ------
    MadePicture or Skipped

    Raises
    ------
    ParameterError
        `seed` is negative, or `workers` less than 1.
    ImageReadError, ImageShapeError, ParameterError, OutputError
        With ``on_error="raise"``, as `read_image` and `deliver`.
    """
    _check_seed(seed)
    make = partial(_delivered, steps_for)
    yield from _iter_made(images, make, seed, workers, on_error, max_pixels, progress, stop)


def iter_simulated(
    images: Iterable[ImageSource],
    name: LayerName,
    *,
    seed: int,
    strength: float = 1.0,
    depth: int = 1,
    reduce: float = 1.0,
    workers: int | None = None,
    on_error: OnError = "raise",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Iterator[MadePicture | Skipped]:
    """Pass many pictures through one simulated generator, in threads, in their order.

    All through the same weights, drawn from `seed`, so that the set has a fingerprint
    as a generator's has; the noise is each picture's own.

    Parameters
    ----------
    images : iterable of ImageSource
        Names are unique.
    name : str
        Of the layer, as for `draw_layer`.
    seed : int
        0 or more.
    strength, depth : float, int
        As for `simulated` and `draw_layer`.
    reduce : float
        By how much each picture is reduced first (Lanczos, antialiased), so that it
        loses the traces it has: 3 or 4 for photographs. 1 leaves it as it is.
    workers, on_error, max_pixels, progress, stop
        As for `iter_delivered`.

    Yields
    ------
    MadePicture or Skipped
        As PNG, so that nothing else is added.

    Raises
    ------
    ParameterError
        `seed` is negative, `reduce` less than 1, or another one not allowed.
    ImageReadError, ImageShapeError, OutputError
        With ``on_error="raise"``, as `read_image` and `simulated`.
    """
    _check_seed(seed)
    if not 1 <= reduce <= 64:
        raise ParameterError(f"reduce is {reduce!r}: pass 1 (not at all) to 64")
    layer = draw_layer(name, np.random.default_rng(seed), depth=depth)

    def make(image: Image, rng: np.random.Generator) -> _Result:
        steps = []
        if reduce > 1:
            step = Resize(1 / reduce)
            image = resized(image, step.scale, kernel=step.kernel, antialias=step.antialias)
            steps.append(MadeStep(str(step), step_numbers(step), None))
        done = simulated(image, layer, strength=strength, rng=rng)
        numbers = {"step": "simulate", "layer": name, "strength": strength, "depth": depth}
        deep = f" depth {depth}" if depth > 1 else ""
        steps.append(MadeStep(f"simulate {name}{deep} x{strength:g}", numbers, done.psnr))
        return image.shape, png_bytes(done.pixels), "PNG", tuple(steps)

    yield from _iter_made(images, make, seed, workers, on_error, max_pixels, progress, stop)


_Result: TypeAlias = tuple[tuple[int, ...], bytes, str, tuple[MadeStep, ...]]
_Make: TypeAlias = Callable[[Image, np.random.Generator], _Result]


def _delivered(steps_for: StepsFor, image: Image, rng: np.random.Generator) -> _Result:
    done = deliver(image, steps_for(image.shape, rng))
    steps = tuple(
        MadeStep(str(step), step_numbers(step), psnr)
        for step, psnr in zip(done.steps, done.psnr, strict=True)
    )
    return done.pixels.shape, done.data, done.container, steps


def _iter_made(
    images: Iterable[ImageSource],
    make: _Make,
    seed: int,
    workers: int | None,
    on_error: OnError,
    max_pixels: int,
    progress: Progress | None,
    stop: threading.Event | None,
) -> Iterator[MadePicture | Skipped]:
    sources = tuple(images)
    places = {source.name: index for index, source in enumerate(sources)}

    def make_one(source: ImageSource) -> MadePicture:
        return _made(source, places[source.name], make, seed, max_pixels)

    yield from measured(
        make_one,
        sources,
        batch=1,
        workers=workers,
        on_error=on_error,
        progress=progress,
        stop=stop,
    )


def _made(source: ImageSource, index: int, make: _Make, seed: int, max_pixels: int) -> MadePicture:
    image, record = read_image(source, max_pixels=max_pixels)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
    with named(source):
        shape, data, container, steps = make(image, rng)
    return MadePicture(
        path=source.name,
        sha256=record.sha256,
        orientation=record.orientation,
        index=index,
        seed=seed,
        shape=shape,
        data=data,
        container=container,
        steps=steps,
    )


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise ParameterError(f"seed is {seed!r}: pass a whole number, 0 or more")
