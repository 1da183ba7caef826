"""The folder of a set that was made on purpose: its pictures, and a manifest of what was done.

Pictures are written as they come, each whole; the manifest, which makes them a
set, comes last. Where the run fails before that, they go again.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from forensics.engine.making import MadePicture
from forensics.errors import OutputError
from forensics.images.files import FileSource, ImageSource
from forensics.images.names import printable
from forensics.images.sources import Skipped
from forensics.images.steps import step_numbers
from forensics.views.records import FORMAT_VERSION, render_json
from forensics.writing import refuse_existing, writing

__all__ = [
    "MADE_MANIFEST",
    "check_folder",
    "manifest_record",
    "output_stems",
    "render_made",
    "save_made",
]

MADE_MANIFEST = "manifest.jsonl"
"""Name of the file that says of every picture where it came from, one object a line."""

_SUFFIXES = {"JPEG": ".jpg", "WEBP": ".webp", "PNG": ".png"}
_LONGEST_NAME = 200
"""Bytes: file systems allow 255, and a suffix and a number have to fit."""


def output_stems(images: Iterable[ImageSource]) -> dict[str, str]:
    """File name without extension for every picture of a set: its own, numbered where it repeats.

    Parameters
    ----------
    images : iterable of ImageSource

    Returns
    -------
    dict of str to str
        For the name of each picture. Unique also where upper and lower case are one.

    Examples
    --------
    >>> output_stems([FileSource("a/1.jpg"), FileSource("b/1.png")])
    {'a/1.jpg': '1', 'b/1.png': '1-2'}
    """
    taken: set[str] = set()
    stems = {}
    for image in images:
        whole = os.path.splitext(os.path.basename(image.name))[0].lstrip(".") or "picture"
        while len(os.fsencode(whole)) > _LONGEST_NAME:
            whole = whole[:-1]
        stem, number = whole, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{whole}-{number}"
        taken.add(stem.casefold())
        stems[image.name] = stem
    return stems


def check_folder(folder: Path, images: Sequence[ImageSource], *, force: bool) -> None:
    """Raise unless a set made of `images` may be written into `folder`.

    Parameters
    ----------
    folder : Path
    images : sequence of ImageSource
    force : bool
        Whether results of an earlier run may be overwritten; the pictures that are
        read never are.

    Raises
    ------
    OutputError
        A picture that is read lies in `folder`, or a result exists and `force` is False.
    """
    real = os.path.realpath(folder)
    for image in images:
        if isinstance(image, FileSource) and os.path.realpath(os.path.dirname(image.path)) == real:
            raise OutputError(
                f"{printable(image.name)} would be read from where the results go: "
                "pass another --output"
            )
    wanted = [folder / MADE_MANIFEST]
    for stem in output_stems(images).values():
        wanted += _candidates(folder, stem)
    refuse_existing(wanted, force=force)


def save_made(
    made: Iterable[MadePicture | Skipped], folder: Path, stems: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Write a made set: each picture as it comes, and the manifest at the end.

    Parameters
    ----------
    made : iterable of MadePicture or Skipped
        From `iter_delivered` or `iter_simulated`.
    folder : Path
        Made where it is missing.
    stems : mapping of str to str
        What `output_stems` returned.

    Returns
    -------
    records : list of dict
        The objects of the manifest. Where there are none, nothing was written.
    skipped : list of Skipped

    Raises
    ------
    OutputError
        A file cannot be written. New pictures of this run are gone again, then and
        after any other error that `made` raises.
    """
    records, skipped = [], []
    with _taken_back(folder) as new:
        for one in made:
            if isinstance(one, Skipped):
                skipped.append(one)
                continue
            path = folder / f"{stems[one.path]}{_SUFFIXES[one.container]}"
            if not path.exists():
                new.append(path)
            with writing(path) as file:
                file.write(one.data)
            for earlier in _candidates(folder, stems[one.path]):
                if earlier != path:  # of an earlier run, with --force
                    with suppress(OSError):
                        earlier.unlink()
            records.append(manifest_record(one, path.name))
        if records:
            with writing(folder / MADE_MANIFEST) as file:
                file.writelines(f"{render_json(record)}\n".encode() for record in records)
    return records, skipped


def manifest_record(made: MadePicture, output: str) -> dict[str, Any]:
    """Object of the manifest for one picture.

    Parameters
    ----------
    made : MadePicture
    output : str
        Name of its file.

    Returns
    -------
    dict
        ``psnr`` of a step is None where nothing changed or nothing can be compared.
    """
    return {
        "format_version": FORMAT_VERSION,
        "path": made.path,
        "sha256": made.sha256,
        "orientation": made.orientation,
        "output": output,
        "output_sha256": hashlib.sha256(made.data).hexdigest(),
        "shape": list(made.shape),
        "seed": made.seed,
        "index": made.index,
        "steps": [
            {**step_numbers(one.step), "text": str(one.step), "psnr": _finite(one.psnr)}
            for one in made.steps
        ],
    }


def render_made(records: Sequence[Mapping[str, Any]], what: str) -> str:
    """One sentence on a made set, with the bounds of its signal-to-noise ratios.

    Parameters
    ----------
    records : sequence of dict
        As `manifest_record` returns them.
    what : str
        What was done, as in "delivered".

    Examples
    --------
    >>> render_made([{"steps": [{"psnr": 38.04}]}, {"steps": [{"psnr": None}]}], "delivered")
    '2 pictures delivered, luma at 38.0 dB of signal to noise.'
    """
    counted = "1 picture" if len(records) == 1 else f"{len(records):,} pictures"
    found = sorted(
        step["psnr"] for record in records for step in record["steps"] if step["psnr"] is not None
    )
    if not found:
        return f"{counted} {what}, luma unchanged by saving."
    low, high = f"{found[0]:.1f}", f"{found[-1]:.1f}"
    bounds = low if low == high else f"{low} to {high}"
    return f"{counted} {what}, luma at {bounds} dB of signal to noise."


def _candidates(folder: Path, stem: str) -> list[Path]:
    return [folder / f"{stem}{suffix}" for suffix in _SUFFIXES.values()]


@contextmanager
def _taken_back(folder: Path) -> Iterator[list[Path]]:
    """Yield a list of files in `folder` that vanish again if the block fails."""
    is_new = not folder.exists()
    new: list[Path] = []
    try:
        yield new
    except BaseException:  # also Ctrl-C
        for path in new:
            with suppress(OSError):
                path.unlink()
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 2)
