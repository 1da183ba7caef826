"""What a long run has done so far, saved while it grows: killed at any moment, it goes on.

Sums are exact, so that a blend made in ten pieces has the same bytes as one made at once.

Killed at any moment, the file holds the last batch whole or not at all, and the run goes on
from there: nothing is measured twice, nothing is lost.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Unpack

from forensics.engine.blend import (
    Blend,
    Geometry,
    RunningBlend,
    blend_from_bytes,
    check_sides,
    common_size,
    write_blend,
)
from forensics.engine.reduce import summed_so_far
from forensics.engine.run import RunKeywords, RunOptions
from forensics.errors import OutputError, ParameterError, SavedFileError
from forensics.images.inputs import AnyImages, as_sources
from forensics.images.read import MAX_PIXELS
from forensics.images.sources.find import Skipped
from forensics.images.sources.local import first_reasons
from forensics.images.sources.names import printable
from forensics.traces.sums import Moments

__all__ = [
    "KeptRow",
    "RunState",
    "blend_in_steps",
    "identity_of",
    "run_state",
]

KeptRow = tuple[str, bytes]
"""Facts of one picture as JSON, and its numbers."""

_FORMAT = 1
_MOST, _EVERY = 500, 1.0
"""Rows, and seconds, after which they are committed."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, facts TEXT, numbers BLOB)",
)
_ROW = "INSERT INTO rows (facts, numbers) VALUES (?, ?)"
_BESIDE = ("", "-wal", "-shm", "-journal")


class RunState:
    """Open state of a run: how far it is, what it has summed, and the rows that it has measured.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open database that holds the state.
    path : Path
        File of that database.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path

    @property
    def n_done(self) -> int:
        """Number of pictures that were seen, from the first on."""
        return int(self._fact("n_done") or 0)

    @property
    def sums(self) -> bytes | None:
        """Sums that were committed last, None for nothing."""
        return self._fact("sums")

    def commit(self, n_done: int, rows: Iterable[KeptRow] = (), sums: bytes | None = None) -> None:
        """Add rows, replace the sums and say how far the run is: all of it or nothing.

        Parameters
        ----------
        n_done : int
            Number of pictures that were seen, from the first on.
        rows : iterable of (str, bytes)
            Rows to add, in the order of the pictures.
        sums : bytes, optional
            Sums of all pictures so far; None leaves what is there.

        Raises
        ------
        OutputError
            The disk is full, or the file cannot be written.
        """
        facts = {"n_done": str(n_done).encode()} | ({} if sums is None else {"sums": sums})
        with self._one_sentence():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(_ROW, rows)
                self._connection.executemany(
                    "INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items()
                )
                self._connection.execute("COMMIT")
            except BaseException:  # also Ctrl-C
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def keep(self, rows: Iterable[KeptRow]) -> None:
        """Commit a row for each further picture as they come, those of a second at a time.

        Whatever ends the rows early, an error as well, those that came are committed.

        Parameters
        ----------
        rows : iterable of (str, bytes)
            Rows to add, in the order of the pictures.

        Raises
        ------
        OutputError
            The disk is full, or the file cannot be written.
        """
        n_done = self.n_done
        some: list[KeptRow] = []
        committed = time.monotonic()
        try:
            for row in rows:
                some.append(row)
                if len(some) >= _MOST or time.monotonic() - committed >= _EVERY:
                    self.commit(n_done + len(some), some)
                    n_done, committed, some = n_done + len(some), time.monotonic(), []
        finally:
            self.commit(n_done + len(some), some)

    def rows(self) -> Iterator[KeptRow]:
        """All rows, in the order in which they were added."""
        with self._one_sentence():
            yield from self._connection.execute("SELECT facts, numbers FROM rows ORDER BY number")

    def close(self) -> None:
        """Close the file, for the run to go on later."""
        self._connection.close()

    def remove(self) -> None:
        """Take the file away: the run is complete."""
        self.close()
        for suffix in _BESIDE:
            with suppress(OSError):
                os.unlink(f"{self.path}{suffix}")

    def _fact(self, name: str) -> bytes | None:
        with self._one_sentence():
            found = self._connection.execute(
                "SELECT value FROM facts WHERE name = ?", (name,)
            ).fetchone()
        return found[0] if found else None

    def _lock(self) -> None:
        """Take the file for this run alone."""
        with self._one_sentence():
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("BEGIN EXCLUSIVE")

    def _begin(self, identity: str, *, resume: bool) -> None:
        """Lock the file, and see whether it belongs to this run."""
        self._lock()
        with self._one_sentence():
            for table in _TABLES:
                self._connection.execute(table)
            mine = f"{_FORMAT} {identity}".encode()
            there = self._connection.execute(
                "SELECT value FROM facts WHERE name = 'identity'"
            ).fetchone()
            if there is None:
                self._connection.execute("INSERT INTO facts VALUES ('identity', ?)", (mine,))
            self._connection.execute("COMMIT")
        named = printable(str(self.path))
        if there is not None and not resume:
            raise OutputError(
                f"{named} holds an interrupted run: pass resume=True to go on with it, or "
                "remove it to begin anew"
            )
        if there is not None and there[0] != mine:
            raise OutputError(
                f"{named} is of a run on other pictures or with other options: repeat those, or "
                "remove it to begin anew"
            )

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        """Say what SQLite says as one of our own errors."""
        named = printable(str(self.path))
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise OutputError(
                    f"{named} is in use by another run: wait for it, or write elsewhere"
                ) from error
            raise OutputError(f"{named} cannot be written: {error}") from error
        except sqlite3.DatabaseError as error:
            raise SavedFileError(
                f"{named} is no state of a run, or damaged ({error}): remove it"
            ) from error


@contextmanager
def run_state(
    path: str | os.PathLike[str], identity: str, *, resume: bool, anew: bool = False
) -> Iterator[RunState]:
    """State of a run, kept in a file that no other run can use meanwhile.

    Parameters
    ----------
    path : str or path-like
        File of the state; its folder is made where it is missing.
    identity : str
        Identity of the run, from `identity_of`.
    resume : bool
        Whether to go on where the file was left; without it a file that is there is refused.
    anew : bool
        Whether a file that is there is removed first.

    Yields
    ------
    RunState
        Open until the block ends.

    Raises
    ------
    OutputError
        The file is in use, of another run, or cannot be written.
    SavedFileError
        It is something else, or damaged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.run"
    >>> with run_state(path, "mine", resume=False) as state:
    ...     state.commit(2, [("{}", b""), ("{}", b"1")])
    >>> with run_state(path, "mine", resume=True) as state:
    ...     state.n_done, list(state.rows())
    (2, [('{}', b''), ('{}', b'1')])
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{printable(str(target))} cannot be written: {error.strerror}"
        ) from error
    if anew:
        _take_away(target)
    state = RunState(_connected(target), target)
    try:
        state._begin(identity, resume=resume)
        yield state
    finally:
        state.close()


def _take_away(path: Path) -> None:
    """Remove a state, unless another run is at it."""
    if not path.exists():
        return
    state = RunState(_connected(path), path)
    try:
        with suppress(SavedFileError):  # damaged, or something else: nobody is at it
            state._lock()
    except OutputError:
        state.close()
        raise
    state.remove()


def _connected(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.Error as error:
        raise OutputError(f"{printable(str(path))} cannot be written: {error}") from error


def identity_of(names: Sequence[str], settings: Mapping[str, object]) -> str:
    """Hash of what a run is of: its pictures, in their order, and its settings.

    Parameters
    ----------
    names : sequence of str
        Names of the pictures.
    settings : mapping of str to object
        Settings that the result depends on.

    Returns
    -------
    str
        The hash, in hex.

    Examples
    --------
    >>> identity_of(["a.jpg"], {"size": 3}) == identity_of(["b.jpg"], {"size": 3})
    False
    """
    found = hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode())
    for name in names:
        found.update(b"\0" + os.fsencode(name))
    return found.hexdigest()


def blend_in_steps(
    images: AnyImages,
    state: RunState,
    *,
    every: float,
    size: int | None = None,
    resize: int | None = None,
    shape: tuple[int, int] | None = None,
    spread: bool = False,
    max_pixels: int = MAX_PIXELS,
    **run: Unpack[RunKeywords],
) -> Blend:
    """Blend of a set of pictures, its exact sums saved every so many seconds.

    Parameters
    ----------
    images : str, path-like, bytes-like, ndarray, ImageSource, or iterable of them
        Pictures of the set, as `find_images` returns them. The same, in the same order, when a run
        goes on.
    state : RunState
        State of what was done before, to which what is done is committed.
    every : float, seconds
        Seconds between two commits.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels; nothing is
        resampled.
    resize : int, optional
        Side of the square that every picture is resampled to cover, in pixels.
    shape : tuple of int, optional
        Rows and columns that pictures of the set have, where neither `size` nor `resize` is given;
        by default those of most pictures.
    spread : bool
        Whether the sums of squares are kept as well.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.
    **run : RunKeywords
        Keywords of `RunOptions`, such as `workers` (threads) and `on_error` ("raise" or "skip").

    Returns
    -------
    Blend
        The same blend as from `blend`.

    Raises
    ------
    ParameterError
        As `blend`; or `every` is not positive.
    OutputError
        The state cannot be written.
    ImageReadError, ImageShapeError, EmptySetError
        As `blend`; what was committed before stays.

    See Also
    --------
    blend : The same without a state.
    """
    options = RunOptions.of(blend_in_steps, run)
    if not every > 0:
        raise ParameterError(f"checkpoint is {every}: pass a number of seconds above 0")
    check_sides(size, resize)
    sources = as_sources(images, on_error=options.on_error)
    common = None if size or resize else shape or common_size(sources, max_pixels)
    start = partial(RunningBlend, Geometry(size, resize, common, max_pixels), spread=spread)
    skipped = [Skipped(*json.loads(facts)) for facts, _ in state.rows()]
    total: Moments | None = None
    if state.sums is not None:
        total = blend_from_bytes(state.sums).moments
    seconds = every
    while state.n_done < len(sources) and not options.stopped:
        n_done = state.n_done
        pause = _Pause(seconds, options.stop)
        rest = replace(options.further(n_done, len(sources)), stop=pause)
        part = summed_so_far(start, sources[n_done:], rest)
        if part.n_seen == 0 and not part.lost:
            seconds *= 2  # shorter than the first picture takes
        if part.sums is not None:
            total = part.sums if total is None else total + part.sums
        skipped += part.skipped
        state.commit(
            n_done + part.n_seen,
            [(json.dumps([one.path, one.reason]), b"") for one in part.skipped],
            None if total is None else _packed(total),
        )
        if part.lost:
            break
    if total is None:
        raise first_reasons(skipped)
    return Blend(
        total,
        tuple(sorted(skipped, key=attrgetter("path"))),
        resize is not None,
        stopped=state.n_done < len(sources),
    )


class _Pause(threading.Event):
    """Set when the time is over, or when another event is."""

    def __init__(self, seconds: float, other: threading.Event | None) -> None:
        super().__init__()
        self._end, self._other = time.monotonic() + seconds, other

    def is_set(self) -> bool:
        """Whether it is time."""
        over = time.monotonic() >= self._end
        return over or super().is_set() or (self._other is not None and self._other.is_set())


def _packed(total: Moments) -> bytes:
    held = io.BytesIO()
    write_blend(Blend(total), held)
    return held.getvalue()
