"""The conditions under which a detector is judged: what pictures have been through before.

A sweep is worth something only if both classes come the same way. Every condition
but *as found* therefore begins by saving both at one quality, the lower of what the
two sets have, so that the history of the files cannot give them away.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from forensics.errors import ImageShapeError
from forensics.images.delivery.chains import Chain, chain_steps
from forensics.images.delivery.resize import Kernel
from forensics.images.delivery.steps import Crop, Jpeg, Resize, Step

__all__ = [
    "CONDITIONS",
    "Condition",
    "condition_rng",
    "condition_steps",
    "match_quality",
]

Shape: TypeAlias = tuple[int, ...]
Make: TypeAlias = Callable[[Shape, np.random.Generator], tuple[Step, ...]]

_KERNELS: tuple[Kernel, ...] = ("bilinear", "bicubic", "lanczos")
_WITHOUT_JPEGS = 95
"""Quality for two sets that have none: little is lost, and both have a grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Condition of a robustness sweep: a name, and the steps behind it.

    Parameters
    ----------
    name : str
        Name of the condition, as in ``resize x0.75``.
    matched : bool
        Whether the picture is first saved at the quality that both sets are brought to.
    make : callable
        Gives the steps that follow, from the shape of the picture and a random generator.
    """

    name: str
    matched: bool
    make: Make


def condition_steps(
    condition: Condition, shape: Shape, rng: np.random.Generator, match_quality: int
) -> tuple[Step, ...]:
    """Steps that bring one picture under a condition, for `deliver`.

    Parameters
    ----------
    condition : Condition
        Condition that the picture is brought under.
    shape : tuple of int
        Shape of the picture, (M, N, 3) or (M, N).
    rng : numpy.random.Generator
        Generator of random numbers that everything drawn comes from; see `condition_rng`.
    match_quality : int
        JPEG quality at which every picture is saved first, with 4:2:0 chroma; not used where the
        condition is not matched.

    Returns
    -------
    tuple of Step
        Steps in their order; none for *as found*.

    Raises
    ------
    ImageShapeError
        The picture is smaller than what the condition crops.
    ParameterError
        `match_quality` is not from 1 to 100.

    Examples
    --------
    >>> by_name = {condition.name: condition for condition in CONDITIONS}
    >>> rng = condition_rng(0, "crop 256", "00")
    >>> print(*condition_steps(by_name["crop 256"], (512, 512, 3), rng, 75), sep=", ")
    jpeg q75 4:2:0, crop 256x256 at (52, 235), jpeg q90 4:2:0
    >>> condition_steps(by_name["as found"], (512, 512, 3), rng, 75)
    ()
    """
    first = (Jpeg(match_quality),) if condition.matched else ()
    return (*first, *condition.make(shape, rng))


def condition_rng(seed: int, condition_name: str, sha256: str) -> np.random.Generator:
    """Random generator of one picture under one condition.

    It depends on these three alone: not on the order of the pictures, on how many
    there are, or on which of them cannot be read.

    Parameters
    ----------
    seed : int
        Seed of the whole sweep.
    condition_name : str
        Name of the condition.
    sha256 : str
        Hash of the picture's file, in hex.

    Returns
    -------
    numpy.random.Generator
        The same for the same seed, condition and picture.

    Examples
    --------
    >>> draws = [condition_rng(0, "crop 256", sha256).random() for sha256 in ("00", "01", "00")]
    >>> draws[0] == draws[2] != draws[1]
    True
    """
    said = "\n".join((str(seed), condition_name, sha256))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(said.encode()).digest()))


def match_quality(qualities_a: Iterable[int | None], qualities_b: Iterable[int | None]) -> int:
    """JPEG quality at which two sets are saved to have one history.

    The lower of their medians: what the set that was saved harder has lost cannot be
    brought back, so the other one has to lose it too.

    Parameters
    ----------
    qualities_a, qualities_b : iterable of int or None
        JPEG quality of each file of either set; None for a file that is no JPEG, which does not
        count.

    Returns
    -------
    int
        Of two in the middle the lower. Of the one set where the other has no JPEG; 95
        where neither has.

    Examples
    --------
    >>> match_quality([99, 99, 97], [75, 75, None]), match_quality([None], [])
    (75, 95)
    """
    sets = (
        [quality for quality in qualities if quality is not None]
        for qualities in (qualities_a, qualities_b)
    )
    return min((statistics.median_low(known) for known in sets if known), default=_WITHOUT_JPEGS)


def _save(quality: int, shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    return (Jpeg(quality),)


def _resize(scale: float, shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    return (Resize(scale, _KERNELS[int(rng.integers(len(_KERNELS)))]),)


def _crop(side: int, shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    """Cut a square out at any offset: the grid of a former JPEG begins anywhere."""
    room = min(shape[:2]) - side
    if room < 0:
        raise ImageShapeError(
            f"image has shape {shape}, too small to cut {side} x {side} out of it: "
            "leave it out of this condition"
        )
    top, left = (int(rng.integers(length - side, endpoint=True)) for length in shape[:2])
    return (Crop(top, left, side, side),)


def _send(chain: Chain, shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    return chain_steps(chain, shape, rng=rng)


def _in_order(parts: tuple[Make, ...], shape: Shape, rng: np.random.Generator) -> tuple[Step, ...]:
    """Steps of several makers; all are told the shape at the beginning, so a crop comes first."""
    return tuple(step for make in parts for step in make(shape, rng))


def _matched(name: str, *parts: Make) -> Condition:
    return Condition(name, True, partial(_in_order, parts))


_Q90 = partial(_save, 90)
"""What follows where something else is put to the test: nobody sends pixels."""

CONDITIONS: tuple[Condition, ...] = (
    Condition("as found", False, partial(_in_order, ())),
    _matched("matched"),
    *(_matched(f"jpeg q{quality}", partial(_save, quality)) for quality in (90, 75, 60, 50)),
    *(_matched(f"crop {side}", partial(_crop, side), _Q90) for side in (256, 128)),
    *(
        _matched(f"resize x{scale:g}", partial(_resize, scale), _Q90)
        for scale in (0.9, 1.1, 1.25, 1.5, 0.75, 0.67, 0.5)
    ),
    _matched("x0.75, q75", partial(_resize, 0.75), partial(_save, 75)),
    _matched("q70, x0.6, q70", partial(_save, 70), partial(_resize, 0.6), partial(_save, 70)),
    _matched("crop 384, x0.8, q80", partial(_crop, 384), partial(_resize, 0.8), partial(_save, 80)),
    _matched("messenger", partial(_send, "messenger")),
    _matched("social", partial(_send, "social")),
    _matched("screenshot", partial(_send, "screenshot")),
)
"""The sweep, in the order in which it is told: milder first, chains of several steps last.

The kernel of a resize is drawn from bilinear, bicubic and Lanczos, widened where it
reduces. *crop* and *resize* end with a JPEG of quality 90.
"""
