"""Which quality a JPEG was saved at, from its pixels.

The steps of its table show in the coefficients (see `jpegblocks`). No file is needed: a
PNG still says what JPEG it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.errors import ParameterError
from forensics.jpeg_tables import ijg_tables
from forensics.traces.jpeg.blocks import (
    FREQUENCIES,
    LumaPart,
    Single,
    block_coefficients,
    comb,
    comb_evidence,
    histogram,
    parts_of,
)
from forensics.traces.planes import PlanesLike, as_planes

__all__ = [
    "JpegQuality",
    "jpeg_quality",
    "nearest_qualities",
    "quality_of",
    "standard_evidence",
    "step_evidence",
    "table_evidence",
]

_BLUR = 0.35
"""Width of a tooth in counts: rounded luma gives .29, rounded RGB .19."""
_BINS, _TOP, _STEPS = 8, 384, 255
_MOST_BLOCKS = 8192
_LEAST = 1.0
"""Evidence in nats below which nothing is said."""
_TELLING = 5.0
"""Evidence in nats from which the step of one frequency is reported."""
_USED_PRIOR = 0.1
"""Chance, before looking, that the step of a frequency shows."""
_LEFT_OUT = 6
"""Frequencies that may have a comb for another reason."""


@dataclass(frozen=True, slots=True, eq=False)
class JpegQuality:
    """The quantisation that the pixels of a decoded JPEG show.

    Parameters
    ----------
    quality : int
        IJG quality, 1 to 100. Of a table that is not IJG's, the one that is nearest to the
        known steps: say "about". After a second save on the same grid whose steps divide
        those of the first, as 95's do 80's, it is the first that shows.
    standard : bool
        An IJG table explains the coefficients. False for the tables of phones and of
        social platforms.
    runner_up : int
        The second best IJG quality.
    log10_margin : float
        Log10 of how much likelier `quality` makes the coefficients than `runner_up`.
        Coefficients are treated as independent, so this flatters: below 10 say "about".
        0 where not `standard`.
    log10_nfa : float
        Log10 of the number of tables expected to fit as well by chance; below 0.
    steps : ndarray, shape (8, 8), int64, counts
        Step of each frequency (vertical, horizontal) as far as the pixels tell it,
        whatever the table is; 0 where they do not. After a second save, the coarser of
        both.
    n_coefficients : int
        Coefficients beyond half a count: all that the pixels had to say.
    """

    quality: int
    standard: bool
    runner_up: int
    log10_margin: float
    log10_nfa: float
    steps: NDArray[np.int64]
    n_coefficients: int


def jpeg_quality(image: PlanesLike, origin: tuple[int, int]) -> JpegQuality | None:
    """The quality a picture was saved at as JPEG, from its pixels alone.

    A PNG that was a JPEG of quality 60 yesterday still says so, and a file whose header
    claims another quality than its pixels was saved at least twice.

    With c the DCT coefficients of luma in the blocks that begin at `origin`, and Q the
    step of a table for a frequency, ``.98 Q N(c - Q round(c / Q); .35) + .02`` is the
    likelihood of c over that of no quantisation, for c beyond half a step. Its logarithm
    is summed over coefficients and frequencies for each IJG table; the best of 1 to 100 is
    reported. Blocks with a clipped pixel are left out. The ratio bounds false alarms, too:
    by Markov's inequality it exceeds 1 / p without a comb with a chance of at most p.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Of large pictures tiles are measured.
    origin : (int, int)
        Row and column where blocks begin, each 0 to 7, as `jpeg_grid` finds it.

    Returns
    -------
    JpegQuality or None
        None where the pixels show no comb at this origin: never a JPEG, another origin,
        too flat, or a quality so high that its steps are 1.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.
    ParameterError
        `origin` is not two whole numbers of 0 to 7.

    See Also
    --------
    jpeg_grid : Where the blocks begin.
    jpeg_trace : Grid, quality and an earlier save.

    References
    ----------
    Fan, de Queiroz 2003, *Identification of bitmap compression history: JPEG detection
    and quantizer estimation*.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).integers(0, 256, (64, 64))
    >>> jpeg_quality(noise, (0, 0)) is None
    True
    """
    picture = as_planes(image)
    if [start in range(8) for start in origin] != [True, True]:
        raise ParameterError(
            f"origin is {origin!r}, allowed are two whole numbers of 0 to 7: "
            "the row and the column where blocks begin, modulo 8"
        )
    return quality_of(*step_evidence(parts_of(picture), origin))


def step_evidence(parts: Sequence[LumaPart], origin: tuple[int, int]) -> tuple[FloatArray, int]:
    """Evidence for each quantisation step at each frequency, and the coefficients it rests on.

    Parameters
    ----------
    parts : sequence of LumaPart
        Tiles of the picture, from `parts_of`.
    origin : (int, int)
        Row and column, each from 0 to 7, of the first whole block.

    Returns
    -------
    ndarray, shape (64, 255), float64, nats
        Log likelihood of the coefficients with this step (1 first) over that without
        quantisation. Zeros for the frequencies left out.
    int
        Coefficients beyond half a count.
    """
    coefficients = _distinct(block_coefficients(parts, origin, most=_MOST_BLOCKS))
    counts = histogram(coefficients, bins=_BINS, top=_TOP)
    evidence = np.zeros((64, _STEPS))
    teeth = comb(_BLUR, bins=_BINS, top=_TOP, steps=_STEPS)
    evidence[FREQUENCIES] = comb_evidence(counts, teeth)
    return evidence, int(counts[:, _BINS // 2 :].sum())


def _distinct(coefficients: Single) -> Single:
    """One of each block: what a repeated letter or icon says is said once."""
    whole = coefficients[~np.isnan(coefficients[:, 0])]
    weights = np.random.default_rng(0).integers(-(2**31), 2**31, whole.shape[1])
    digests = np.rint(2 * whole).astype(np.int64) @ weights
    return whole[np.unique(digests, return_index=True)[1]]


def standard_evidence(evidence: FloatArray) -> FloatArray:
    """Evidence for each IJG quality, in nats.

    Parameters
    ----------
    evidence : ndarray, shape (64, 255), float64, nats
        From `step_evidence`.

    Returns
    -------
    ndarray, shape (100,), float64, nats
        Quality 1 comes first.
    """
    return cast(FloatArray, evidence[np.arange(64), ijg_tables() - 1].sum(axis=1))


def table_evidence(evidence: FloatArray) -> float:
    """Evidence for any quantisation table at all, in nats.

    Each frequency may have any step or none: the likelihood is the mean over them, which
    keeps it a bound on false alarms. The frequencies with the most evidence are left out,
    since a table shows in many, but a pattern that a generator adds, in a few.

    Parameters
    ----------
    evidence : ndarray, shape (64, 255), float64, nats
        From `step_evidence`.

    Returns
    -------
    float
        Log likelihood ratio, above 0 where there is a table.
    """
    steps = evidence[FREQUENCIES, 1:]
    best = steps.max(axis=1, keepdims=True)
    mean = best[:, 0] + np.log(np.exp(steps - best).mean(axis=1))
    by_frequency = np.logaddexp(math.log(1 - _USED_PRIOR), math.log(_USED_PRIOR) + mean)
    return float(np.sort(by_frequency)[:-_LEFT_OUT].sum())


def quality_of(evidence: FloatArray, n_coefficients: int) -> JpegQuality | None:
    """JPEG quality that explains the evidence of `step_evidence`.

    Parameters
    ----------
    evidence : ndarray, shape (64, 255), float64, nats
        From `step_evidence`.
    n_coefficients : int
        Number of coefficients it rests on, from `step_evidence`.

    Returns
    -------
    JpegQuality or None
        None if no quality is explained.
    """
    by_quality, any_table = standard_evidence(evidence), table_evidence(evidence)
    runner_up, best = map(int, np.argsort(by_quality, kind="stable")[-2:])
    margin = float(by_quality[best] - by_quality[runner_up])
    nats = max(float(by_quality[best]) - math.log(len(by_quality)), any_table)
    if nats < _LEAST:
        return None
    told = evidence.max(axis=1) > _TELLING
    steps = np.where(told, evidence.argmax(axis=1) + 1, 0)
    # A foreign table shares some steps with an IJG one, which the others then refute.
    standard = bool(2 * by_quality[best] > any_table)
    if not standard:
        runner_up, best, margin = *nearest_qualities(steps), 0.0
    return JpegQuality(
        quality=best + 1,
        standard=standard,
        runner_up=runner_up + 1,
        log10_margin=margin / math.log(10),
        log10_nfa=-nats / math.log(10),
        steps=steps.reshape(8, 8),
        n_coefficients=n_coefficients,
    )


def nearest_qualities(steps: NDArray[np.int64]) -> tuple[int, int]:
    """Second nearest and nearest IJG table, by the known steps' ratios.

    Parameters
    ----------
    steps : ndarray, shape (64,), int64, counts
        Step of each frequency, 0 where it is not known.

    Returns
    -------
    (int, int)
        Their places among the tables of qualities 1 to 100: the quality less one.
    """
    known = steps > 0
    away = np.abs(np.log(ijg_tables()[:, known] / steps[known])).sum(axis=1)
    runner_up, best = np.argsort(-away, kind="stable")[-2:]
    return int(runner_up), int(best)
