"""The two parts of a divided set: tables of paths that every command reads, or copies."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from forensics.detection.dividing import Division
from forensics.detection.specimens import Specimen
from forensics.errors import ParameterError
from forensics.images.files import FileSource
from forensics.images.names import printable
from forensics.writing import Writer, write_together, writing

__all__ = ["part_files", "render_division", "save_copies", "save_parts"]

_PARTS = ("train", "test")


def part_files(folder: Path) -> list[Path]:
    """The tables that `save_parts` writes."""
    return [folder / f"{part}.csv" for part in _PARTS]


def save_parts(division: Division, folder: Path) -> None:
    """Write the paths of both parts, relative to their table.

    Parameters
    ----------
    division : Division
    folder : Path
        Made where it is missing.

    Raises
    ------
    ParameterError
        A picture is in an archive or on a server, so it has no path.
    OutputError
        A table cannot be written; then neither is.
    """
    tables = {
        path.name: _table(part, folder)
        for path, part in zip(part_files(folder), _both(division), strict=True)
    }
    write_together(folder, {name: _writer(text) for name, text in tables.items()})


def save_copies(division: Division, folder: Path) -> None:
    """Copy both parts into folders of their own, each picture under the hash of its bytes.

    Parameters
    ----------
    division : Division
    folder : Path

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    for name, part in zip(_PARTS, _both(division), strict=True):
        for one in part:
            suffix = os.path.splitext(one.source.name)[1].lower() or ".img"
            with writing(folder / name / f"{one.record.sha256}{suffix}") as file:
                file.write(one.source.read_bytes())


def render_division(division: Division) -> str:
    """What a division came to, in one sentence.

    Parameters
    ----------
    division : Division
    """
    train, test = len(division.train), len(division.test)
    n = train + test
    alike = n - division.n_groups
    return (
        f"{train:,} pictures to train, {test:,} to test ({100 * test / n:.1f} %); {alike:,} look "
        "like another one and are on its side"
    )


def _both(division: Division) -> tuple[Sequence[Specimen], Sequence[Specimen]]:
    return division.train, division.test


def _table(part: Sequence[Specimen], folder: Path) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("path", "sha256"))
    for one in part:
        if not isinstance(one.source, FileSource):
            raise ParameterError(
                f"{printable(one.source.name)} is no file of its own, a table cannot name it: "
                "pass --copy, or unpack the archive"
            )
        table.writerow((os.path.relpath(one.source.path, folder), one.record.sha256))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _writer(data: bytes) -> Writer:
    return lambda file: file.write(data)
