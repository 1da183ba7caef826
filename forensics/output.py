"""Writing files whole or not at all, and one run for one result.

A claim ends with its process, however that ends. It holds on this machine, and leaves nothing
beside the results.

A reader never sees half a result: everything is written beside its place and
moved there when it is complete.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeAlias

from forensics.errors import OutputError, ParameterError

__all__ = [
    "ARRAYS",
    "JSON_OBJECT",
    "Writer",
    "claimed",
    "refuse_existing",
    "refuse_unwritable",
    "source_date",
    "sweep",
    "write_together",
    "writing",
]

_RANDOM = 8
"""Letters that `tempfile` appends to a prefix."""

Writer: TypeAlias = Callable[[IO[bytes]], Any]
"""What writes one result into an open binary file."""


ARRAYS, JSON_OBJECT = b"PK", b"{"
"""What saved arrays begin with, and saved numbers."""


@contextmanager
def writing(path: str | os.PathLike[str], *, over: bytes = b"") -> Iterator[IO[bytes]]:
    """Binary file that takes the place of `path` only when the block ends well.

    Parameters
    ----------
    path : str or path-like
        File to write. Its folder is made where it is missing.
    over : bytes
        First bytes of what may be replaced; anything, if empty.

    Yields
    ------
    binary file
        Open for writing, under another name until the end.

    Raises
    ------
    OutputError
        Something is there that may not be replaced, or the folder or the file cannot be written
        (no room, no permission).

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> with writing(target) as file:
    ...     _ = file.write(b"whole")
    >>> target.read_bytes()
    b'whole'
    """
    target = Path(path)
    with _one_sentence(target), _beside(target) as (file, put):
        _check_replaces(target, over)
        yield file
        put()


def _check_replaces(target: Path, over: bytes) -> None:
    """Raise if a picture, say, would be lost for a result that was saved under its name."""
    if not over or not target.exists():
        return
    with target.open("rb") as file:
        start = file.read(len(over))
    if start and start != over:
        raise OutputError(
            f"{target} is there and is no earlier result of this kind, so it is not replaced: name "
            "another file, or remove it"
        )


def write_together(folder: Path, writers: Mapping[str, Writer]) -> None:
    """Write several files of one result, so that all of them appear or none.

    Parameters
    ----------
    folder : Path
        Folder of the files; made where it is missing, and taken away again if nothing could be
        written.
    writers : mapping of str to callable
        Function for each file name that writes the file into an open binary file.

    Raises
    ------
    OutputError
        One of them cannot be written; what was there before is untouched.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_together(folder, {"a": lambda file: file.write(b"1")})
    >>> (folder / "a").read_bytes()
    b'1'
    """
    with _one_sentence(folder), ExitStack() as stack:
        puts = []
        for name, write in writers.items():
            file, put = stack.enter_context(_beside(folder / name))
            write(file)
            file.close()  # what is still buffered may not fit: find out before moving any
            puts.append(put)
        for put in puts:
            put()


def sweep(targets: Iterable[Path]) -> None:
    """Take away what killed runs left half-written beside these files.

    Parameters
    ----------
    targets : iterable of Path
        Files that no other run is writing now.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".a.png.x7zk2q1p").touch()
    >>> sweep([folder / "a.png"])
    >>> list(folder.iterdir())
    []
    """
    for target in targets:
        for left in target.parent.glob(f"{glob.escape(_prefix(target))}{'?' * _RANDOM}"):
            with suppress(OSError):
                left.unlink()


@contextmanager
def _beside(target: Path) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """Yield an open file beside `target`, and what moves it there; without that it vanishes."""
    if target.exists() and not target.is_file():
        # Else a folder would stop the last move of many, and /dev/null become a file.
        raise OSError(errno.EEXIST, "something is there that is no file")
    with _made(target.parent):
        handle, name = tempfile.mkstemp(prefix=_prefix(target), dir=target.parent)
        try:
            with open(handle, "wb") as file:

                def put() -> None:
                    file.close()
                    os.chmod(name, 0o666 & ~_umask())
                    os.replace(name, target)

                yield file, put
        finally:
            with suppress(OSError):
                os.unlink(name)


def _prefix(target: Path) -> str:
    return f".{target.name[:40]}."


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder where it is missing; if the block fails, take away what was made."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:  # also Ctrl-C
        for one in missing:
            with suppress(OSError):
                one.rmdir()
        raise


@contextmanager
def _one_sentence(target: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {target}: {_way_out(error)}") from error


_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def _way_out(error: OSError) -> str:
    reason = error.strerror or str(error)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"{reason}: write elsewhere, or make its folder writable"
    if error.errno in _FULL:
        return f"{reason}: free some room, or write elsewhere"
    return f"{reason}: write elsewhere"


def refuse_unwritable(path: Path) -> None:
    """Raise if nothing can be written where a result is to go, before it is worked out.

    Parameters
    ----------
    path : Path
        The result; folders above it may be missing.

    Raises
    ------
    OutputError
        Nobody, or not this user, may write in its folder.
    """
    folder = next(one for one in (path.absolute().parent, *path.absolute().parents) if one.exists())
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.W_OK, effective_ids=effective):
        raise OutputError(
            f"cannot write {path}: no permission to write in the folder {folder}: write elsewhere, "
            "or make it writable"
        )


def source_date() -> datetime | None:
    """Date that ``SOURCE_DATE_EPOCH`` gives to what is written, so that it can be made again.

    Returns
    -------
    datetime or None
        In UTC; None where nothing is set.

    Raises
    ------
    ParameterError
        It is set to what is no date.

    References
    ----------
    .. [1] https://reproducible-builds.org/specs/source-date-epoch/
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ParameterError(
            f"SOURCE_DATE_EPOCH is {epoch[:40]!r}, a whole number of seconds since 1970 is "
            "expected: set it so, or unset it"
        ) from error


def refuse_existing(paths: list[Path], *, force: bool) -> None:
    """Raise if a result would be overwritten without being told to.

    Parameters
    ----------
    paths : list of Path
        The files that are about to be written.
    force : bool
        Whether overwriting was asked for.

    Raises
    ------
    OutputError
        One of them exists and `force` is False.
    """
    taken = [path for path in paths if path.exists()]
    if taken and not force:
        more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        exist = "exist already: pass force=True to overwrite them"
        exists = "exists already: pass force=True to overwrite it"
        raise OutputError(f"{taken[0]}{more} {exist if more else exists}")


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def claimed(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other runs from writing `path` while the block runs.

    Parameters
    ----------
    path : str or path-like
        Path of a result; it need not be there yet.

    Yields
    ------
    None
        The block runs once.

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
