"""Measured features kept in a file, so that a second run begins where the first one ended."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.engine.arrays import load_arrays
from forensics.writing import writing

__all__ = ["KEPT_FORMAT", "key_of", "load_kept", "save_kept"]

KEPT_FORMAT = 1


def key_of(*parts: object) -> str:
    """A name for a row of features: what was measured, how it was delivered, and against what.

    Examples
    --------
    >>> key_of("sha256", "crop 256", 1) == key_of("sha256", "crop 256", 2)
    False
    """
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def save_kept(path: str | os.PathLike[str], rows: Mapping[str, FloatArray]) -> None:
    """Save rows of features by their names; the file appears whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    keys = sorted(rows)
    with writing(path) as file:
        np.savez_compressed(
            file,
            format_version=np.array(KEPT_FORMAT),
            keys=np.array(keys, dtype="S32"),
            lengths=np.array([len(rows[key]) for key in keys]),
            values=np.concatenate([rows[key] for key in keys]) if keys else np.zeros(0),
        )


def load_kept(path: str | os.PathLike[str]) -> dict[str, FloatArray]:
    """Rows that `save_kept` saved; none where there is no file yet.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    SavedFileError
        It is something else, damaged, or from a newer version.
    """
    if not os.path.exists(path):
        return {}
    return load_arrays(
        path,
        _rows,
        newest=KEPT_FORMAT,
        what="file of measured features",
        way_out="remove it, and everything is measured again",
    )


def _rows(arrays: dict[str, NDArray[Any]]) -> dict[str, FloatArray]:
    keys, lengths, values = arrays["keys"], arrays["lengths"], arrays["values"]
    if values.ndim != 1 or lengths.ndim != 1 or keys.ndim != 1:
        raise ValueError("arrays of more than one axis")
    if keys.dtype != "S32" or len(keys) != len(lengths) or values.dtype != np.float64:
        raise ValueError(f"{len(keys)} keys of type {keys.dtype}, values of {values.dtype}")
    if lengths.sum() != len(values) or (len(lengths) and lengths.min() < 1):
        raise ValueError(f"{len(values)} values, {lengths.sum()} expected")
    pieces: Iterable[FloatArray] = np.split(values, np.cumsum(lengths)[:-1]) if len(keys) else ()
    return {key.decode(): piece for key, piece in zip(keys.tolist(), pieces, strict=True)}
