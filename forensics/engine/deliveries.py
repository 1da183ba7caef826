"""Sets made on purpose: every picture through a delivery or a simulated generator, in order.

What happens to a picture depends on the seed and its place in the set alone, not
on how many threads there are or which pictures cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, Unpack

import numpy as np

from forensics._typing import Image
from forensics.engine.attempts import measured
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import ParameterError
from forensics.images.delivery.deliver import deliver
from forensics.images.delivery.encode import png_bytes
from forensics.images.delivery.resize import resized
from forensics.images.delivery.simulate import LayerName, UpLayer, draw_layer, simulated
from forensics.images.delivery.steps import Resize, Step
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS, read_image
from forensics.images.sources.find import ImageSource, Skipped
from forensics.images.sources.local import named

__all__ = [
    "MadePicture",
    "MadeStep",
    "Simulate",
    "StepsFor",
    "iter_delivered",
    "iter_simulated",
]

StepsFor: TypeAlias = Callable[[tuple[int, ...], np.random.Generator], Iterable[Step]]
"""Gives the steps of one picture, from its shape and a generator of its own."""


@dataclass(frozen=True, slots=True)
class Simulate:
    """Step that passes a picture through a simulated generator, without its weights.

    Parameters
    ----------
    layer : str
        Layer of the simulated generator, as for `draw_layer`.
    strength : float
        Factor that the trace is added with, as for `simulated`.
    depth : int
        Number of layers in a row, as for `draw_layer`.

    Examples
    --------
    >>> str(Simulate("nearest", 1.0, 3))
    'simulate nearest depth 3 x1'
    """

    layer: LayerName
    strength: float
    depth: int

    def __str__(self) -> str:
        deep = f" depth {self.depth}" if self.depth > 1 else ""
        return f"simulate {self.layer}{deep} x{self.strength:g}"


@dataclass(frozen=True, slots=True)
class MadeStep:
    """Step that was taken, and how little it changed luma.

    Parameters
    ----------
    step : Step or Simulate
        The step; its words are its ``str``, as in ``jpeg q75 4:2:0``.
    psnr : float or None, dB
        Peak signal-to-noise ratio of luma, infinite where nothing changed; None where
        the pixels before and after cannot be compared.
    """

    step: Step | Simulate
    psnr: float | None


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """Picture that was made out of another, and all that it takes to make it again.

    Parameters
    ----------
    path : str
        Name of the picture before.
    sha256 : str
        Hash of the file of the picture before, in hex.
    orientation : int
        EXIF orientation of the picture before. The stored pixels were taken, and what was made has
        no EXIF: it is shown as it is stored.
    index : int
        Place of the picture in the set, from 0.
    seed : int
        Seed of the whole set.
    shape : tuple of int
        Shape of the pixels that were made.
    data : bytes
        Bytes of the file that was made.
    container : {"JPEG", "WEBP", "PNG"}
        Format of the file that was made.
    steps : tuple of MadeStep
        Steps that were taken, in their order.
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
    images: AnyImages,
    steps_for: StepsFor,
    *,
    seed: int,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[MadePicture | Skipped]:
    """Many pictures delivered, in threads, in their order.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them. Names are unique.
    steps_for : callable
        Called for each picture with its shape and a random generator that depends on
        `seed` and the picture's place alone.
    seed : int
        Seed of everything that is drawn, 0 or more.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Yields
    ------
    MadePicture or Skipped
        Each picture as it was made, or as left out.

    Raises
    ------
    ParameterError
        `workers` is less than 1, `on_error` unknown, or `seed` negative.
    ImageReadError, ImageShapeError, ParameterError, OutputError
        With ``on_error="raise"``, as `read_image` and `deliver`.

    See Also
    --------
    iter_simulated : Pictures through a simulated generator.
    forensics.images.delivery.deliver.deliver : One picture.
    """
    options = RunOptions.of(iter_delivered, run)
    return _iter_made(images, partial(_delivered, steps_for), seed, max_pixels, options)


def iter_simulated(
    images: AnyImages,
    name: LayerName,
    *,
    seed: int,
    strength: float = 1.0,
    depth: int = 1,
    reduce: float = 1.0,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Iterator[MadePicture | Skipped]:
    """Many pictures passed through one simulated generator, in threads, in their order.

    All through the same weights, drawn from `seed`, so that the set has a fingerprint
    as a generator's has; the noise is each picture's own.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Names are unique.
    name : str
        Layer of the simulated generator, as for `draw_layer`.
    seed : int
        Seed of everything that is drawn, 0 or more.
    strength : float
        Factor that the trace is added with, as for `simulated`.
    depth : int
        Number of layers in a row, as for `draw_layer`.
    reduce : float
        By how much each picture is reduced first (Lanczos, antialiased), so that it
        loses the traces it has: 3 or 4 for photographs. 1 leaves it as it is.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Yields
    ------
    MadePicture or Skipped
        As PNG, so that nothing else is added.

    Raises
    ------
    ParameterError
        `workers` is less than 1, `on_error` unknown, `reduce` less than 1, `seed` negative, or
        another one not allowed.
    ImageReadError, ImageShapeError, OutputError
        With ``on_error="raise"``, as `read_image` and `simulated`.

    See Also
    --------
    iter_delivered : Pictures through a delivery.
    forensics.images.delivery.simulate.simulated : One picture.
    """
    options = RunOptions.of(iter_simulated, run)
    _check_seed(seed)
    if not 1 <= reduce <= 64:
        raise ParameterError(f"reduce is {reduce!r}: pass 1 (not at all) to 64")
    layer = draw_layer(name, np.random.default_rng(seed), depth=depth)
    make = partial(_simulated, Simulate(name, strength, depth), layer, reduce)
    return _iter_made(images, make, seed, max_pixels, options)


_Result: TypeAlias = tuple[tuple[int, ...], bytes, str, tuple[MadeStep, ...]]
_Make: TypeAlias = Callable[[Image, np.random.Generator], _Result]


def _delivered(steps_for: StepsFor, image: Image, rng: np.random.Generator) -> _Result:
    done = deliver(image, steps_for(image.shape, rng))
    steps = tuple(MadeStep(*one) for one in zip(done.steps, done.psnr, strict=True))
    return done.pixels.shape, done.data, done.container, steps


def _simulated(
    step: Simulate, layer: UpLayer, reduce: float, image: Image, rng: np.random.Generator
) -> _Result:
    steps = []
    if reduce > 1:
        first = Resize(1 / reduce)
        image = resized(image, first.scale, kernel=first.kernel, antialias=first.antialias)
        steps.append(MadeStep(first, None))
    done = simulated(image, layer, strength=step.strength, rng=rng)
    steps.append(MadeStep(step, done.psnr))
    return image.shape, png_bytes(done.pixels), "PNG", tuple(steps)


def _iter_made(
    images: AnyImages, make: _Make, seed: int, max_pixels: int, run: RunOptions
) -> Iterator[MadePicture | Skipped]:
    _check_seed(seed)
    sources = as_sources(images, on_error=run.on_error)
    places = {source.name: index for index, source in enumerate(sources)}
    return measured(partial(_made, places, make, seed, max_pixels), sources, run, batch=1)


def _made(
    places: dict[str, int], make: _Make, seed: int, max_pixels: int, source: ImageSource
) -> MadePicture:
    index = places[source.name]
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
