"""Fingerprints of sources: made of many pictures, kept in a file, shipped for known ones.

A file holds what one source leaves in whole frames, what its decoder leaves every 16 pixels, or
both. Tiles are weighed by what real pictures have, which is shipped once for all.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from forensics.counting import counted
from forensics.engine.npz import load_arrays
from forensics.errors import EmptySetError, ParameterError
from forensics.images.sources.names import printable
from forensics.output import ARRAYS, writing
from forensics.traces.fingerprints.decoder import PLANES, DecoderTile, TileNoise, TilePlanes
from forensics.traces.fingerprints.fingerprint import (
    FOLD,
    USUAL_RESIZED_SPREAD,
    USUAL_SPREAD,
    Fingerprint,
)
from forensics.traces.fingerprints.match import AnyFingerprint

__all__ = [
    "FINGERPRINT_FORMAT",
    "LIBRARY",
    "fingerprint_digest",
    "load_fingerprint",
    "load_library",
    "reference_noise",
    "save_fingerprint",
    "save_library",
    "save_noise",
    "write_library",
]

FINGERPRINT_FORMAT = 4
"""Since 4 whole frames are in units of noise, frequency by frequency."""

_LARGEST_FRAME, _LARGEST_SCALE = 4096, 1e6
_WAY_OUT = "pass a file that `catforensics fingerprint` wrote"

LIBRARY: tuple[str, ...] = (
    "thiscatdoesnotexist",
    "stylegan2-faces",
    "stable-diffusion-1-2",
    "stable-diffusion-xl",
    "stable-diffusion-3",
    "flux",
    "qwen-wan",
    "stable-cascade",
    "pix2pix-facades",
    "pix2pix-day2night",
    "biggan-deep",
    "cyclegan",
)
"""The files that are shipped, each with one fingerprint or with both kinds of one source."""


def save_library(sources: Sequence[AnyFingerprint], path: str | os.PathLike[str]) -> None:
    """Save the fingerprints of one source, of either kind, at most one of each.

    Parameters
    ----------
    sources : sequence of AnyFingerprint
        Fingerprints to save.
    path : str or path-like
        File to write; replaced if it exists.

    Raises
    ------
    ParameterError
        There is none, or more than one of a kind.
    OutputError
        It cannot be written.

    See Also
    --------
    load_library : The way back.
    save_fingerprint : A single one.
    """
    _check_one_of_each(sources)
    with writing(path, over=ARRAYS) as file:
        write_library(sources, file)


def write_library(sources: Sequence[AnyFingerprint], file: IO[bytes]) -> None:
    """Write the fingerprints of one source into an open file.

    Parameters
    ----------
    sources : sequence of AnyFingerprint
        Fingerprints to save, as for `save_library`.
    file : binary file object
        Open for writing.

    Raises
    ------
    ParameterError
        There is none, or more than one of a kind.
    """
    _check_one_of_each(sources)
    arrays: dict[str, Any] = {"format_version": np.array(FINGERPRINT_FORMAT)}
    for source in sources:
        arrays |= _tile_arrays(source) if isinstance(source, DecoderTile) else _arrays(source)
    np.savez_compressed(file, **arrays)


def _check_one_of_each(sources: Sequence[AnyFingerprint]) -> None:
    n_tiles = sum(isinstance(source, DecoderTile) for source in sources)
    if not sources or max(n_tiles, len(sources) - n_tiles) > 1:
        raise ParameterError(
            f"{counted(len(sources), 'fingerprint')}, {n_tiles} of them decoder tiles, are no "
            "file: pass one of a source, or one of each kind"
        )


def load_library(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = (), *, shipped: bool = True
) -> tuple[AnyFingerprint, ...]:
    """Fingerprints of both kinds: those that are shipped, and those of files.

    Parameters
    ----------
    paths : str or path-like, or an iterable of such
        Files that `catforensics fingerprint` wrote, or folders of such.
    shipped : bool
        Whether those that are shipped are among them.

    Returns
    -------
    tuple of Fingerprint or DecoderTile
        Those that are shipped first, then those of each file.

    Raises
    ------
    ImageReadError, SavedFileError
        As from `load_fingerprint`.
    EmptySetError
        A folder holds no fingerprint.

    See Also
    --------
    save_library : The way there.
    fingerprint_matches : Match a picture against them.

    Examples
    --------
    >>> sorted({one.family for one in load_library()})[:2]
    ['BigGAN', 'CycleGAN']
    """
    held = _shipped() if shipped else ()
    if isinstance(paths, str | os.PathLike):
        paths = (paths,)
    return (*held, *(one for path in paths for one in _held(path)))


@lru_cache(maxsize=1)
def _shipped() -> tuple[AnyFingerprint, ...]:
    folder = resources.files("forensics") / "shipped"
    held: list[AnyFingerprint] = []
    for name in LIBRARY:
        with np.load(io.BytesIO((folder / f"fingerprint-{name}.npz").read_bytes())) as arrays:
            held.extend(_library_from(dict(arrays)))
    return tuple(held)


def _held(path: str | os.PathLike[str]) -> tuple[AnyFingerprint, ...]:
    if os.path.isdir(path):
        files = sorted(one for one in Path(path).iterdir() if one.suffix.lower() == ".npz")
        files = [one for one in files if one.is_file()]
        if not files:
            raise EmptySetError(
                f"{printable(os.fsdecode(path))} holds no .npz file: pass a folder of "
                "fingerprints, or one that `catforensics fingerprint` wrote"
            )
        return tuple(one for file in files for one in _held(file))
    return load_arrays(
        path,
        _library_from,
        newest=FINGERPRINT_FORMAT,
        oldest=FINGERPRINT_FORMAT,
        what="fingerprint",
        way_out=_WAY_OUT,
    )


def _library_from(arrays: dict[str, NDArray[Any]]) -> tuple[AnyFingerprint, ...]:
    held: list[AnyFingerprint] = []
    if "codes" in arrays:
        held.append(_fingerprint_from(arrays))
    if "tile_vector" in arrays:
        held.append(_tile_from(arrays))
    if not held:
        raise ValueError("neither a whole frame nor a decoder tile")
    return tuple(held)


def save_noise(noise: TileNoise, path: str | os.PathLike[str]) -> None:
    """Save the noise that tiles are weighted by.

    Parameters
    ----------
    noise : TileNoise
        Noise to save, from `tile_noise`.
    path : str or path-like
        File to write; replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.

    See Also
    --------
    reference_noise : The one that is shipped.
    """
    with writing(path, over=ARRAYS) as file:
        np.savez_compressed(
            file,
            n_images=np.array(noise.n_images),
            n_sources=np.array(noise.n_sources),
            **cast("dict[str, Any]", noise.whitening),
        )


@lru_cache(maxsize=1)
def reference_noise() -> TileNoise:
    """Noise that decoder tiles are weighted by: how much of each harmonic real pictures have.

    Examples
    --------
    >>> reference_noise().whitening["luma"].shape
    (129, 3, 3)
    """
    data = (resources.files("forensics") / "shipped" / "tile-noise.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        whitening = {planes: arrays[planes] for planes in PLANES}
        return TileNoise(whitening, int(arrays["n_images"]), int(arrays["n_sources"]))


def save_fingerprint(source: Fingerprint, path: str | os.PathLike[str]) -> None:
    """Save a fingerprint; the file appears whole or not at all.

    Parameters
    ----------
    source : Fingerprint
        Fingerprint to save.
    path : str or path-like
        File to write; replaced if it exists.

    Raises
    ------
    OutputError
        It cannot be written.

    See Also
    --------
    load_fingerprint : The way back.
    """
    with writing(path, over=ARRAYS) as file:
        np.savez_compressed(file, format_version=np.array(FINGERPRINT_FORMAT), **_arrays(source))


def _arrays(source: Fingerprint) -> dict[str, Any]:
    plain: dict[str, Any] = (
        {}
        if source.plain_codes is None
        else {"plain_codes": source.plain_codes, "plain_scale": np.array(source.plain_scale)}
    )
    return {
        "name": np.array(source.name),
        "family": np.array(source.family),
        "spread": np.array(source.spread),
        "resized_spread": np.array(source.resized_spread),
        "n": np.array(source.n_images),
        "scale": np.array(source.scale),
        "codes": source.codes,
        "fold": source.fold,
        "rows": source.rows,
        "columns": source.columns,
        **plain,
    }


def _tile_arrays(source: DecoderTile) -> dict[str, Any]:
    return {
        "tile_name": np.array(source.name),
        "tile_family": np.array(source.family),
        "tile_spread": np.array(source.spread),
        "tile_n": np.array(source.n_images),
        "tile_planes": np.array(source.planes),
        "tile_vector": source.vector,
    }


def load_fingerprint(path: str | os.PathLike[str]) -> Fingerprint:
    """Fingerprint from a file that `save_fingerprint` wrote.

    Parameters
    ----------
    path : str or path-like
        File to read.

    Returns
    -------
    Fingerprint
        The fingerprint, its pattern and metadata as they were saved.

    Raises
    ------
    ImageReadError
        The file is missing or cannot be read.
    SavedFileError
        It is no fingerprint, damaged, or from another version.

    See Also
    --------
    save_fingerprint : The way there.
    load_library : Fingerprints of both kinds.
    """
    return load_arrays(
        path,
        _fingerprint_from,
        newest=FINGERPRINT_FORMAT,
        oldest=FINGERPRINT_FORMAT,
        what="fingerprint",
        way_out=_WAY_OUT,
    )


def fingerprint_digest(source: AnyFingerprint) -> str:
    """Hash of what a fingerprint holds.

    Parameters
    ----------
    source : Fingerprint or DecoderTile
        Fingerprint to hash.

    Returns
    -------
    str
        The hash, in hex.

    Examples
    --------
    >>> len(fingerprint_digest(load_library()[0]))
    64
    """
    held = hashlib.sha256(f"{source.name} {source.spread!r}".encode())
    arrays: tuple[NDArray[Any], ...]
    if isinstance(source, DecoderTile):
        arrays = source.vector, source.noise.whitening[source.planes]
    else:
        arrays = source.codes, source.plain_pattern
    for array in arrays:
        held.update(f"{array.shape}".encode())
        held.update(np.ascontiguousarray(array).tobytes())
    return held.hexdigest()


def _fingerprint_from(arrays: dict[str, NDArray[Any]]) -> Fingerprint:
    if "codes" not in arrays and "tile_vector" in arrays:
        raise ValueError("it holds a decoder tile and no whole frame")
    codes, fold = arrays["codes"], arrays["fold"]
    rows, columns = arrays["rows"], arrays["columns"]
    n, scale = int(arrays["n"]), float(arrays["scale"])
    if codes.dtype != np.int8 or codes.ndim != 2 or fold.shape != (FOLD, FOLD):
        raise ValueError(f"codes of shape {codes.shape} and type {codes.dtype}")
    if max(codes.shape) > _LARGEST_FRAME or not codes.any():
        raise ValueError(f"a frame of {codes.shape[0]} x {codes.shape[1]} pixels, or an empty one")
    if (len(rows), len(columns)) != codes.shape or min(codes.shape) < FOLD or n < 1:
        raise ValueError(f"{len(rows)} rows, {len(columns)} columns, n = {n}")
    lines = (fold, rows, columns)
    if rows.ndim != 1 or columns.ndim != 1 or any(one.dtype.kind != "f" for one in lines):
        raise ValueError("line profiles of another kind")
    if not (0 < scale < _LARGEST_SCALE and all(np.isfinite(one).all() for one in lines)):
        raise ValueError("numbers that are not finite, or no scale")
    plain, plain_scale = arrays.get("plain_codes"), float(arrays.get("plain_scale", 1.0))
    if plain is not None and (plain.shape != codes.shape or plain.dtype != np.int8):
        raise ValueError(f"plain codes of shape {plain.shape} and type {plain.dtype}")
    if not 0 < plain_scale < np.inf:
        raise ValueError(f"plain scale {plain_scale}")
    usual = {"spread": USUAL_SPREAD, "resized_spread": USUAL_RESIZED_SPREAD}
    spreads = [float(arrays.get(one, value)) for one, value in usual.items()]
    if not all(1 <= spread < np.inf for spread in spreads):
        raise ValueError(f"spreads {spreads}")
    return Fingerprint(
        str(arrays["name"]),
        n,
        codes,
        scale,
        fold,
        rows,
        columns,
        plain,
        plain_scale,
        str(arrays.get("family", "")),
        *spreads,
    )


def _tile_from(arrays: dict[str, NDArray[Any]]) -> DecoderTile:
    noise, planes = reference_noise(), cast(TilePlanes, str(arrays["tile_planes"]))
    vector, n = arrays["tile_vector"], int(arrays["tile_n"])
    spread = float(arrays["tile_spread"])
    if planes not in PLANES:
        raise ValueError(f"planes {planes!r}")
    whitening = noise.whitening[planes]
    if vector.shape != whitening.shape[:2] or vector.dtype != np.complex64 or n < 1:
        raise ValueError(f"a tile of shape {vector.shape} and type {vector.dtype}, n = {n}")
    length = float(np.linalg.norm(vector))
    if not (np.isfinite(vector).all() and length > 0 and 1 <= spread < np.inf):
        raise ValueError(f"numbers that are not finite, a tile of nothing, or spread {spread}")
    return DecoderTile(
        str(arrays["tile_name"]),
        str(arrays["tile_family"]),
        n,
        planes,
        (vector / length).astype(np.complex64),
        spread,
        noise,
    )
