"""The manifest of a collection: a line for every request, in a table that commands can read."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from forensics.errors import SavedFileError

__all__ = ["NAME", "Manifest", "CollectedRow"]

NAME = "manifest.csv"


@dataclass(frozen=True, slots=True)
class CollectedRow:
    """What became of one request.

    Parameters
    ----------
    path : str
        File of the picture, relative to the manifest; empty if there is none.
    address : str
    time : str
        When it arrived, UTC, ISO 8601.
    sha256 : str
        Of the bytes, as they were sent; empty if there is none.
    status : int
        Of HTTP; 0 if there was no answer.
    outcome : str
        "collected", "repeat", or why there is no picture.
    """

    path: str
    address: str
    time: str
    sha256: str
    status: int
    outcome: str


_HEADING = tuple(one.name for one in fields(CollectedRow))


class Manifest:
    """Rows that are on the disk as soon as they are added.

    Parameters
    ----------
    folder : Path
        Of the collection. A last line that was cut off by a crash is taken away.

    Raises
    ------
    SavedFileError
        The folder has a manifest of something else.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self.rows: list[CollectedRow] = []
        self._recover()
        self._file = self._path.open("a", encoding="utf-8", newline="")

    def add(self, row: CollectedRow) -> None:
        """Add a row, and wait until it is on the disk."""
        self.rows.append(row)
        self._file.write(_line(astuple(row)))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _recover(self) -> None:
        """Read what is there, up to the last whole line."""
        if not self._path.exists():
            self._path.write_text(_line(_HEADING), encoding="utf-8")
            return
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        text = whole.decode("utf-8", "replace")
        lines = list(csv.reader(io.StringIO(text)))
        if lines and tuple(lines[0]) != _HEADING:
            raise SavedFileError(
                f"{self._path} is no manifest of a collection: name another folder, or move it away"
            )
        self.rows = list(_rows(lines[1:]))
        if whole != data or not lines:
            kept = [_line(_HEADING), *(_line(astuple(row)) for row in self.rows)]
            self._path.write_text("".join(kept), encoding="utf-8")


def _rows(lines: list[list[str]]) -> Iterator[CollectedRow]:
    for line in lines:
        if len(line) == len(_HEADING) and line[4].isdecimal():
            path, address, time, sha256, status, outcome = line
            yield CollectedRow(path, address, time, sha256, int(status), outcome)


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
