"""Saved blends: the exact sums in one file, to go on from later or elsewhere.

A ``.npz`` without pickle: nothing in it can run. ``format_version`` stands
first, so that an older program can tell that it is too old.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from importlib import resources
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from forensics._typing import FloatArray
from forensics.engine.arrays import load_arrays
from forensics.engine.blend import Blend
from forensics.errors import ParameterError
from forensics.images.sources import Skipped
from forensics.traces.moments import Moments
from forensics.writing import writing

__all__ = [
    "BLEND_FORMAT",
    "REFERENCES",
    "ReferenceBlend",
    "blend_from_bytes",
    "load_blend",
    "load_reference",
    "save_blend",
    "save_reference",
    "shipped_arrays",
    "write_blend",
]

BLEND_FORMAT = 1

REFERENCES: tuple[str, ...] = ("thiscatdoesnotexist", "afhq")
"""The blends that are shipped: GAN cats of the thread's site, and real cat faces."""


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceBlend:
    """The blend of a known set: mean and number of pictures, nothing of any single one.

    Parameters
    ----------
    name : str
        Of the set.
    n_images : int
    sums : ndarray, shape (M, N, 3), unsigned integer, counts
        Exact sums of the pixel values.
    """

    name: str
    n_images: int
    sums: NDArray[np.unsignedinteger[Any]]

    @property
    def mean(self) -> FloatArray:
        """Per-pixel mean, shape (M, N, 3), float64, counts."""
        return self.sums / float(self.n_images)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Nothing is known to be left out."""
        return ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """None: no reference was resampled."""
        return ()


def save_blend(blend: Blend, path: str | os.PathLike[str]) -> None:
    """Save a blend with its exact sums; the same blend makes the same bytes.

    Parameters
    ----------
    blend : Blend
    path : str or path-like
        Ends in ``.npz`` by custom. Replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np
    >>> from forensics.traces.moments import moments
    >>> blend = Blend(moments([np.full((2, 2, 3), 9, np.uint8)]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "blend.npz"
    >>> save_blend(blend, path)
    >>> load_blend(path).moments == blend.moments
    True
    """
    with writing(path) as file:
        write_blend(blend, file)


def write_blend(blend: Blend, file: IO[bytes]) -> None:
    """Write what `save_blend` saves into an open binary file.

    Parameters
    ----------
    blend : Blend
    file : binary file
    """
    facts = {
        "skipped": [[skipped.path, skipped.reason] for skipped in blend.skipped],
        "resized": blend.resized,
        "stopped": blend.stopped,
    }
    np.savez_compressed(
        file,
        format_version=np.array(BLEND_FORMAT),
        n=np.array(blend.moments.n, np.uint64),
        sums=blend.moments.sums,
        squares=blend.moments.squares,
        facts=np.array(json.dumps(facts)),
    )


def load_blend(path: str | os.PathLike[str]) -> Blend:
    """A blend as `save_blend` saved it.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    Blend

    Raises
    ------
    ImageReadError
        The file is missing or cannot be read.
    SavedFileError
        It is no saved blend, damaged, or from a newer version.
    """
    return load_arrays(
        path,
        _blend_from,
        newest=BLEND_FORMAT,
        what="saved blend",
        way_out="pass a blend.npz that `catforensics blend` wrote",
    )


def blend_from_bytes(data: bytes) -> Blend:
    """A blend from the bytes that `write_blend` wrote, by this version.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    Blend
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _blend_from(dict(arrays))


def save_reference(blend: Blend, name: str, path: str | os.PathLike[str]) -> None:
    """Save the part of a blend that may be shipped: the exact mean and the count.

    Parameters
    ----------
    blend : Blend
    name : str
        Of the set.
    path : str or path-like
        Replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with writing(path) as file:
        np.savez_compressed(
            file,
            format_version=np.array(BLEND_FORMAT),
            name=np.array(name),
            n=np.array(blend.n_images, np.uint64),
            sums=blend.moments.sums,
        )


def load_reference(name: str) -> ReferenceBlend:
    """One of the shipped blends, to hold others against.

    Parameters
    ----------
    name : {"thiscatdoesnotexist", "afhq"}

    Returns
    -------
    ReferenceBlend

    Raises
    ------
    ParameterError
        There is no such reference.

    Examples
    --------
    >>> load_reference("thiscatdoesnotexist").n_images
    420
    """
    arrays = shipped_arrays("blend", name)
    return ReferenceBlend(str(arrays["name"]), int(arrays["n"]), arrays["sums"])


def shipped_arrays(kind: str, name: str) -> dict[str, NDArray[Any]]:
    """Every array of one of the files that are shipped about a known set.

    Parameters
    ----------
    kind : {"blend", "typical"}
    name : str
        Of the set.

    Raises
    ------
    ParameterError
        There is no such set.
    """
    if name not in REFERENCES:
        raise ParameterError(f"reference is {name!r}, allowed are {', '.join(REFERENCES)}")
    folder = resources.files("forensics.traces") / "reference"
    with (folder / f"{kind}-{name}.npz").open("rb") as file:
        return dict(np.load(file, allow_pickle=False))


def _blend_from(arrays: dict[str, NDArray[Any]]) -> Blend:
    n, sums, squares = int(arrays["n"]), arrays["sums"], arrays["squares"]
    if sums.shape != squares.shape or sums.ndim != 3 or n < 1:
        raise ValueError(f"sums of shape {sums.shape}, squares of {squares.shape}, n = {n}")
    if sums.dtype.kind != "u" or squares.dtype.kind != "u" or int(sums.max()) > 255 * n:
        raise ValueError("sums that no pictures have")
    facts = json.loads(str(arrays["facts"]))
    skipped = tuple(Skipped(str(name), str(reason)) for name, reason in facts["skipped"])
    return Blend(Moments(n, sums, squares), skipped, bool(facts["resized"]), bool(facts["stopped"]))
