"""A folder of pictures that grows: each under the hash of its bytes, none twice, and a manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

from forensics.datasets.http import Fetched, Fetcher, Pace, RobotRules
from forensics.errors import CollectError, OutputError, ParameterError, SavedFileError
from forensics.images.signature import file_format
from forensics.images.sources.names import printable
from forensics.output import writing

__all__ = [
    "Collected",
    "CollectedRow",
    "Manifest",
    "NAME",
    "collect",
]

NAME = "manifest.csv"


@dataclass(frozen=True, slots=True)
class CollectedRow:
    """Row of the manifest: what became of one request.

    Parameters
    ----------
    path : str
        Path of the picture relative to the manifest; empty if there is none.
    address : str
        Address that was asked.
    time : str
        Time when it arrived, UTC, ISO 8601.
    sha256 : str
        Hash of the bytes as they were sent, in hex; empty if there is none.
    status : int
        HTTP status; 0 if there was no answer.
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
    """Manifest of a collection, whose rows are on the disk as soon as they are added.

    Parameters
    ----------
    folder : Path
        Folder of the collection. A last line that was cut off by a crash is taken away.

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
        """Add a row, and wait until it is on the disk.

        Parameters
        ----------
        row : CollectedRow
            Row to add.
        """
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


Progress = Callable[[int, int], None]

COLLECTED, REPEAT = "collected", "repeat"
_TRIES, _TRIES_OF_MANY = 8, 3
"""How often one address is asked that fails: the only one, and one of several."""
_FAILED_IN_A_ROW = 5
"""Addresses in a row that fail, after which the others are left alone."""
_PATIENCE = 0.5
"""Seconds after the first failure; twice as many after each further one."""
_LONGEST_PAUSE = 600.0
_SUFFIXES: dict[str | None, str] = {
    "JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif", "BMP": "bmp", "GIF": "gif",
    "AVIF": "avif", "HEIF": "heic", "JPEG2000": "jp2", "PPM": "ppm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection came to.

    Parameters
    ----------
    n_images : int
        Distinct pictures in the folder, those of earlier runs included.
    n_new : int
        Number of those that this run added.
    n_repeats, n_failed : int
        Requests of this run that gave a picture that was there, or none.
    ended : str
        Why it ended before it was complete; "" if it did not.
    """

    n_images: int
    n_new: int
    n_repeats: int
    n_failed: int
    ended: str


def collect(
    addresses: Sequence[str],
    folder: Path,
    *,
    n: int | None = None,
    every: float = 1.0,
    most_repeats: int = 50,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Collected:
    """Collect pictures from an address that gives a new one each time, or from several.

    One request at a time, `every` seconds apart, under the rules that servers state. What
    arrives is kept as it is, named by the hash of its bytes; a picture that is there already
    is dropped. A run that was killed goes on where it was.

    Parameters
    ----------
    addresses : sequence of str
        One, asked again and again, or several, each asked until it gives a picture.
    folder : Path
        Folder of the collection; made where it is missing.
    n : int, optional
        Number of pictures that are wanted in all; as many as there are addresses by default.
    every : float, seconds
        Seconds from one request to the next.
    most_repeats : int
        Repeats in a row after which one address has no more.
    progress : callable, optional
        Called with the number of pictures there are, and of those wanted.
    stop : threading.Event, optional
        Set it from elsewhere to end early; what is done is kept.

    Returns
    -------
    Collected
        How many pictures there are, and why it ended.

    Raises
    ------
    ParameterError
        An address is no web address, or a number is out of its range.
    CollectError
        A server does not answer, or does not allow it, and nothing was collected.
    OutputError
        The folder cannot be written.
    """
    _check(addresses, n, every, most_repeats)
    wanted = n if n is not None else len(addresses)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manifest = Manifest(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror or error})") from error
    address = addresses[0] if len(addresses) == 1 else ""
    run = _Run(folder, manifest, every, stop or threading.Event(), progress, wanted, address)
    with closing(manifest), closing(run.fetcher):
        ended = run.all_of(addresses, most_repeats)
        if ended and not run.n_images:
            raise CollectError(ended)
    return Collected(run.n_images, run.n_new, run.n_repeats, run.n_failed, ended)


class _Run:
    """One run over the addresses, and what it has come to."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        every: float,
        stop: threading.Event,
        progress: Progress | None,
        wanted: int,
        address: str,
    ) -> None:
        self.fetcher = Fetcher.open()
        self._patience = min(_PATIENCE, every)
        self._folder, self._manifest, self._stop = folder, manifest, stop
        self._pace = Pace(every, stop)
        self._rules = RobotRules(self.fetcher.robots)
        self._progress, self._wanted = progress, wanted
        self.n_new = self.n_repeats = self.n_failed = 0
        self._there = _kept(folder, manifest, address)
        self._done = {row.address for row in manifest.rows if row.sha256 in self._there}

    @property
    def n_images(self) -> int:
        return len(self._there)

    def all_of(self, addresses: Sequence[str], most_repeats: int) -> str:
        """Ask until there are enough; why it ended before, or ""."""
        one = len(addresses) == 1
        queue: Iterator[str] = repeat(addresses[0]) if one else iter(addresses)
        repeats = failed = 0
        try:
            while self.n_images < self._wanted and not self._stop.is_set():
                self._tell()
                address = next(queue, None)
                if address is None:
                    return ""
                if not one and address in self._done:
                    continue
                found, outcome = self._asked(address, _TRIES if one else _TRIES_OF_MANY)
                failed = 0 if found else failed + 1
                if failed >= (1 if one else _FAILED_IN_A_ROW) and not self._stop.is_set():
                    return f"{printable(address)} {outcome}: asked as often as is polite"
                repeats = repeats + 1 if outcome == REPEAT else 0
                if one and repeats >= most_repeats:
                    return f"{printable(address)} gave {repeats} pictures in a row that were there"
        except CollectError as error:
            return str(error)
        self._tell()
        return "stopped early" if self._stop.is_set() else ""

    def _asked(self, address: str, tries: int) -> tuple[bool, str]:
        """Ask an address until it gives a picture, or will not: whether it did, what it said."""
        outcome = ""
        for number in range(tries):
            self._pace.slow_down(self._rules.check(address))
            self._pace.wait()
            if self._stop.is_set():
                break
            found = self.fetcher.fetch(address, self._rules.check)
            outcome = self._keep(address, found)
            if found.data:
                return True, outcome
            self.n_failed += 1
            if not found.again:
                break
            self._pace.pause(min(max(found.pause, self._patience * 2**number), _LONGEST_PAUSE))
        return False, outcome

    def _keep(self, address: str, found: Fetched) -> str:
        """Keep a picture under its hash, and a row of what became of the request."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        if not found.data:
            self._manifest.add(CollectedRow("", address, now, "", found.status, found.reason))
            return found.reason
        name = hashlib.sha256(found.data).hexdigest()
        path = f"{name}.{_SUFFIXES[file_format(found.data)]}"
        if name in self._there:
            self.n_repeats += 1
            self._manifest.add(CollectedRow(path, address, now, name, found.status, REPEAT))
            return REPEAT
        # The picture before its row: a row without its picture would be a lie.
        with writing(self._folder / path) as file:
            file.write(found.data)
            file.flush()
            os.fsync(file.fileno())
        self._manifest.add(CollectedRow(path, address, now, name, found.status, COLLECTED))
        self._there.add(name)
        self._done.add(address)
        self.n_new += 1
        return COLLECTED

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self.n_images, self._wanted)


def _kept(folder: Path, manifest: Manifest, address: str) -> set[str]:
    """Hashes of the pictures that are there.

    A picture whose row was lost to a crash gets it back, if it is what its name says.
    """
    named = {row.path: row.sha256 for row in manifest.rows if row.outcome == COLLECTED}
    there = set()
    for path in sorted(folder.iterdir()):
        if path.name in named:
            there.add(named[path.name])
        elif len(path.stem) == 64 and path.is_file():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == path.stem:
                time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                when = time.isoformat(timespec="milliseconds")
                manifest.add(CollectedRow(path.name, address, when, path.stem, 200, COLLECTED))
                there.add(path.stem)
    return there


def _check(addresses: Sequence[str], n: int | None, every: float, most_repeats: int) -> None:
    if not addresses:
        raise ParameterError("there is no address: name one, or a file with one a line")
    for address in addresses:
        if not address.startswith(("http://", "https://")):
            raise ParameterError(
                f"address is {printable(address)}, it has to begin with http:// or https://"
            )
    if n is not None and n < 1:
        raise ParameterError(f"n is {n}: pass 1 or more")
    if every < 0 or most_repeats < 1:
        raise ParameterError(
            f"every is {every} and most_repeats {most_repeats}: pass 0 or more, and 1 or more"
        )
