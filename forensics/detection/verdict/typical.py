"""What the traces of single pictures are like in sets of known origin, to hold one against.

A peak means little to somebody who has seen no other; beside what 420 generated and 840 real
pictures show, each by itself, it can be judged by looking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.signs import SignName
from forensics.engine.blend import shipped_arrays
from forensics.errors import EmptySetError
from forensics.output import ARRAYS, writing
from forensics.traces.periods import ratio_spectrum
from forensics.traces.profiles import KINDS
from forensics.traces.spectra.residual import Autocorrelation, ResidualSpectrum, autocorrelation

__all__ = [
    "SIGN_NAMES",
    "Typical",
    "load_typical",
    "save_typical",
    "typical",
]

SIGN_NAMES: tuple[SignName, ...] = get_args(SignName)
_RATIOS, _STRENGTHS = (5, 50, 95), (5, 25, 50, 75, 95)
"""Percentiles that are kept."""
_FORMAT = 1
_POOLED = 2
_FAINTEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Typical:
    """Traces of the pictures of one set, each measured by itself, as percentiles and means.

    Parameters
    ----------
    name : str
        Name of the set.
    n_images : int
        Number of pictures.
    shape : (int, int), pixels
        Rows and columns of every picture.
    ratios : ndarray, shape (3, 2, 3, F), float32
        Power over the local noise, as `ratio_spectrum` has it: of signed, first and second;
        rows and columns; the 5th, 50th and 95th percentile; at every frequency.
    strengths : ndarray, shape (3, 5), float32
        Log odds that each of `SIGN_NAMES` adds, and those of all features together: the 5th, 25th,
        50th, 75th and 95th percentile.
    verdicts : mapping of str to int
        Number of pictures that got each verdict.
    residual : ndarray, shape (M, N), float64, counts squared
        Mean power spectrum of the residual, the largest of 2 x 2 neighbours.
    autocorrelation : Autocorrelation
        Autocorrelation of the mean residual power.
    """

    name: str
    n_images: int
    shape: tuple[int, int]
    ratios: NDArray[np.float32]
    strengths: NDArray[np.float32]
    verdicts: Mapping[str, int]
    residual: FloatArray
    autocorrelation: Autocorrelation


def typical(name: str, inspections: Iterable[Inspection], residual: ResidualSpectrum) -> Typical:
    """What is typical of a set, from the inspections of its pictures.

    Parameters
    ----------
    name : str
        Name of the set.
    inspections : iterable of Inspection
        Inspections of pictures of one size, up to a megapixel; consumed once.
    residual : ResidualSpectrum
        Spectrum of the residual of the same pictures.

    Returns
    -------
    Typical
        Percentiles and means of their traces.

    Raises
    ------
    EmptySetError
        There are no inspections.

    See Also
    --------
    load_typical : What is typical of shipped sets.
    """
    shapes: Counter[tuple[int, int]] = Counter()
    verdicts: Counter[str] = Counter()
    ratios, strengths = [], []
    for one in inspections:
        rows, columns = one.evidence.shape[:2]
        shapes[rows, columns] += 1
        verdicts[one.attribution.verdict] += 1
        found = one.attribution
        strengths.append([*map(found.log_odds_of, SIGN_NAMES), found.log_odds])
        ratios.append(_ratios(one))
    if not ratios:
        raise EmptySetError("there are no inspections: pass those of one picture or more")
    return Typical(
        name,
        len(ratios),
        shapes.most_common(1)[0][0],
        np.moveaxis(np.percentile(ratios, _RATIOS, axis=0), 0, 2).astype(np.float32),
        np.percentile(strengths, _STRENGTHS, axis=0).T.astype(np.float32),
        dict(verdicts.most_common()),
        _largest(residual.power),
        autocorrelation(residual.power),
    )


def save_typical(found: Typical, path: Path) -> None:
    """Save what is typical of a set, so that it can be shipped.

    Parameters
    ----------
    found : Typical
        What is typical of the set.
    path : Path
        File to write; replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.

    See Also
    --------
    load_typical : The way back, once it is shipped.
    """
    with writing(path, over=ARRAYS) as file:
        np.savez_compressed(
            file,
            format_version=np.array(_FORMAT),
            name=np.array(found.name),
            n_images=np.array(found.n_images),
            shape=np.array(found.shape),
            ratios=found.ratios.astype(np.float16),
            strengths=found.strengths,
            verdicts=np.array([f"{n} {verdict}" for verdict, n in found.verdicts.items()]),
            decibels=(10 * np.log10(np.maximum(found.residual, _FAINTEST))).astype(np.float16),
            autocorrelation=found.autocorrelation.values.astype(np.float32),
        )


@cache
def load_typical(name: str) -> Typical:
    """What is typical of a set that is shipped.

    Parameters
    ----------
    name : {"thiscatdoesnotexist", "afhq"}
        Name of the set.

    Returns
    -------
    Typical
        Of generated pictures the fingerprint was made from the other half of the set.

    Raises
    ------
    ParameterError
        There is no such set.

    See Also
    --------
    save_typical : The way there.

    Examples
    --------
    >>> load_typical("afhq").n_images
    840
    """
    arrays = shipped_arrays("typical", name)
    counted = (str(line).partition(" ") for line in arrays["verdicts"])
    rows, columns = arrays["shape"].tolist()
    return Typical(
        str(arrays["name"]),
        int(arrays["n_images"]),
        (rows, columns),
        arrays["ratios"].astype(np.float32),
        arrays["strengths"],
        {verdict: int(n) for n, _, verdict in counted},
        10 ** (arrays["decibels"].astype(np.float64) / 10),
        Autocorrelation(arrays["autocorrelation"].astype(np.float64)),
    )


def _ratios(inspection: Inspection) -> FloatArray:
    """Ratio spectra of all profiles of a picture, shape (3, 2, F)."""
    profiles = {(one.kind, one.axis): one for one in inspection.evidence.middle.profiles}
    return np.array(
        [[ratio_spectrum(profiles[kind, axis]) for axis in ("rows", "columns")] for kind in KINDS]
    )


def _largest(power: FloatArray) -> FloatArray:
    rows, columns = (side // _POOLED for side in power.shape)
    cells = power[: rows * _POOLED, : columns * _POOLED]
    largest: FloatArray = cells.reshape(rows, _POOLED, columns, _POOLED).max(axis=(1, 3))
    return largest
