"""Lists of pictures: the lines on stdin, and tables with a column of paths.

A set is often an export of a database; its table says which files belong to it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from forensics.errors import ImageReadError, ParameterError, to_install
from forensics.images.signature import file_format
from forensics.images.sources.local import (
    MAX_FILE_BYTES,
    BytesSource,
    Refuse,
    oversized,
    reason_of,
)
from forensics.images.sources.names import printable

__all__ = [
    "COLUMNS",
    "Named",
    "is_manifest",
    "iter_named",
    "iter_rows",
]

Named = str | os.PathLike[str]

COLUMNS = ("path", "file", "filename", "url")
"""Headings of the column that is taken, the first of them that a table has."""

_ENDINGS = (".csv", ".parquet")
_SHOWN_COLUMNS = 8
_NO_TEXT, _LOOKED_AT = re.compile(rb"[\x01-\x08\x0e-\x1a\x7f]"), 4096
"""What no list of paths holds among its first bytes."""
_PIPED = "stdin"
"""Name of a picture that comes on the standard input."""


def is_manifest(name: str) -> bool:
    """Whether a name ends like a table of pictures.

    No picture is a table, so the extension is enough.

    Parameters
    ----------
    name : str
        A file name or path; upper and lower case are the same.

    Returns
    -------
    bool
        True for CSV and Parquet.

    Examples
    --------
    >>> is_manifest("cats.CSV"), is_manifest("cats.jpg")
    (True, False)
    """
    return name.lower().endswith(_ENDINGS)


def iter_rows(path: str, *, refuse: Refuse) -> Iterator[str]:
    r"""Paths and URLs of a CSV or Parquet table, in its order.

    Paths that are relative are so to the folder of the table, which can
    therefore move together with its pictures.

    Parameters
    ----------
    path : str
        The table. A CSV is divided by commas, semicolons or tabs, whichever its
        headings have most of.
    refuse : callable of name and reason
        Called for a table that cannot be read and for a row without a path. It
        raises, or returns to go on.

    Yields
    ------
    str
        A path or URL. Whether it exists is not looked at.

    Raises
    ------
    ParameterError
        A Parquet table, and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/cats.csv", "w") as file:
    ...         _ = file.write("path,label\n/sets/7.jpg,cat\ns3://cats/8.jpg,cat\n")
    ...     list(iter_rows(f"{folder}/cats.csv", refuse=print))
    ['/sets/7.jpg', 's3://cats/8.jpg']
    """
    cells = _csv_cells if path.lower().endswith(".csv") else _parquet_cells
    folder = os.path.dirname(path)
    number = 0
    try:
        for number, cell in enumerate(cells(path), 1):
            if not isinstance(cell, str) or not cell:
                refuse(path, f"names no picture in row {number}: fill it in, or leave it out")
            else:
                yield cell if "://" in cell else os.path.join(folder, cell)
        if not number:
            refuse(path, "has no rows: name a table that lists pictures")
    except _BrokenTableError as broken:
        refuse(path, str(broken))


def iter_named(
    paths: Iterable[Named], stdin: IO[str] | IO[bytes] | None
) -> Iterator[str | BytesSource]:
    r"""Paths as they were named, with what comes on stdin in the place of each ``-``.

    Other programs find pictures too, and print where; or they print the picture.

    Parameters
    ----------
    paths : iterable of str or path-like
        Paths, folders, patterns and URLs as they were named.
    stdin : file object, optional
        Where ``-`` reads instead of the standard input: the bytes of a picture, or one path a
        line, or paths divided by NUL characters.

    Yields
    ------
    str or BytesSource
        One path or URL at a time, or the picture.

    Raises
    ------
    ImageReadError
        What comes is longer than any picture or list.

    Examples
    --------
    >>> import io
    >>> list(iter_named(["a.jpg", "-"], io.StringIO("b.jpg\nc.jpg\n")))
    ['a.jpg', 'b.jpg', 'c.jpg']
    """
    for path in paths:
        name = os.fsdecode(path)
        if name == "-":
            # Bytes where they can be had: a file name need not be text.
            yield from _piped(stdin or getattr(sys.stdin, "buffer", sys.stdin))
        else:
            yield name


def _piped(source: IO[str] | IO[bytes] | None) -> Sequence[str | BytesSource]:
    content = source.read(MAX_FILE_BYTES + 1) if source else ""
    if len(content) > MAX_FILE_BYTES:
        raise ImageReadError(f"{_PIPED} {oversized(len(content))}")
    if isinstance(content, bytes):
        if file_format(content):
            return [BytesSource(_PIPED, content)]
        if _NO_TEXT.search(content[:_LOOKED_AT]):
            raise ImageReadError(
                f"{_PIPED} is no picture that can be read from there, and no list of paths: name "
                "the file"
            )
        content = content.removeprefix(b"\xef\xbb\xbf")
    return _lines(os.fsdecode(content))


def _lines(text: str) -> list[str]:
    # Not splitlines(): a name may hold a form feed, or any other line end it knows.
    lines = text.split("\0") if "\0" in text else [line.rstrip("\r") for line in text.split("\n")]
    return [line for line in lines if line.strip()]


class _BrokenTableError(Exception):
    """The table cannot be read any further; the rest of the sentence on it."""


def _csv_cells(path: str) -> Iterator[str]:
    import csv

    try:
        # A name need not be text: what is not comes back as the bytes it was.
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            headings = file.readline(2**16)
            divider = max(",;\t", key=headings.count)
            (columns,) = csv.reader([headings], delimiter=divider) if headings else ([],)
            place = _place_of_paths(columns)
            for row in csv.reader(file, delimiter=divider):
                if row:
                    yield row[place] if place < len(row) else ""
    except (OSError, csv.Error) as error:
        raise _BrokenTableError(_unreadable(error)) from error


def _parquet_cells(path: str) -> Iterator[object]:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise ParameterError(
            f"{printable(path)} needs the extra table: {to_install('table')}"
        ) from None
    try:
        with ParquetFile(path) as file:
            columns = file.schema_arrow.names
            column = columns[_place_of_paths(columns)]
            for batch in file.iter_batches(columns=[column]):
                yield from batch.column(0).to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise _BrokenTableError(_unreadable(error)) from error


def _place_of_paths(columns: Sequence[str]) -> int:
    names = [column.strip().casefold() for column in columns]
    for wanted in COLUMNS:
        if wanted in names:
            return names.index(wanted)
    shown = ", ".join(printable(column[:40]) for column in columns[:_SHOWN_COLUMNS]) or "no column"
    more = ", …" if len(columns) > _SHOWN_COLUMNS else ""
    raise _BrokenTableError(
        f"has no column with paths: it has {shown}{more}; name one of them {COLUMNS[0]}"
    )


def _unreadable(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    detail = " ".join(str(error).split())[:120] or type(error).__name__
    return f"is damaged, or no table of its kind ({detail}): save it again"
