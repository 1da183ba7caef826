"""One run for one result: two that write the same file would take each other's away.

A claim ends with its process, however that ends. It holds on this machine, and leaves nothing
beside the results.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from forensics.errors import OutputError

__all__ = ["claimed"]


@contextmanager
def claimed(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other runs from writing `path` while the block runs.

    Parameters
    ----------
    path : str or path-like
        Of a result; it need not be there yet.

    Raises
    ------
    OutputError
        Another run is writing it.

    Examples
    --------
    >>> with claimed("blend/blend.npz"), claimed("blend/blend.npz"):
    ...     pass
    Traceback (most recent call last):
    forensics.errors.OutputError: blend/blend.npz is being written by another run: wait for it, or \
write elsewhere
    """
    key = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    lock = Path(tempfile.gettempdir()) / f"catforensics-{key}.lock"
    try:
        # SQLite's lock is the one kind that every system has and every end of a process frees.
        held = sqlite3.connect(lock, isolation_level=None, timeout=0, check_same_thread=False)
    except sqlite3.Error:
        yield  # no room for a lock: nothing that should keep anybody from working
        return
    with closing(held):
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise OutputError(
                    f"{os.fsdecode(path)} is being written by another run: wait for it, or write "
                    "elsewhere"
                ) from None
        try:
            yield
        finally:
            with suppress(OSError):
                lock.unlink()
