"""Rows of features as a table that other programs read: CSV, or Parquet in row groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from forensics.detection.classifier.feature_table import FACTS, FeatureColumn, FeatureRow
from forensics.errors import ParameterError, to_install
from forensics.output import Writer

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLE_SUFFIXES", "check_table", "csv_writer", "write_table"]

TABLE_SUFFIXES = (".csv", ".parquet")
_GROUP = 10_000
"""Rows in a group of a Parquet file: what a reader has in memory at once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""First letters at which a spreadsheet begins to calculate."""

Cell: TypeAlias = str | int | float | bool | None


def check_table(suffix: str) -> None:
    """Raise unless a table of this kind can be written here.

    Parameters
    ----------
    suffix : str
        Ending of the file: ".csv" or ".parquet".

    Raises
    ------
    ParameterError
        It is another one, or pyarrow is not installed.
    """
    if suffix not in TABLE_SUFFIXES:
        raise ParameterError(
            f"a table ends in {' or '.join(TABLE_SUFFIXES)}, not in {suffix or 'nothing'}: name "
            "it so"
        )
    if suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise ParameterError(
                f"a .parquet table needs pyarrow: {to_install('table')}, or write .csv"
            ) from error


def write_table(
    rows: Iterable[FeatureRow], columns: Sequence[FeatureColumn], file: IO[bytes], suffix: str
) -> None:
    """Write a table of features into a file, without holding all rows in memory.

    Parameters
    ----------
    rows : iterable of FeatureRow
        Rows to write; consumed once.
    columns : sequence of FeatureColumn
        Columns of the table, from `feature_columns`.
    file : binary file
        File to write to, open for writing.
    suffix : {".csv", ".parquet"}
        Format of the table. In CSV numbers are written so that they come back to the last bit; text
        that a spreadsheet would take for a formula has an apostrophe in front.

    Raises
    ------
    ParameterError
        As from `check_table`.
    """
    check_table(suffix)
    cells = (_cells(row, len(columns) - len(FACTS)) for row in rows)
    if suffix == ".csv":
        _write_csv(cells, columns, file)
    else:
        _write_parquet(cells, columns, file)


def _cells(row: FeatureRow, n: int) -> list[Cell]:
    values: list[Cell] = row.values.tolist() if len(row.values) else [None] * n
    return [*(row.facts.get(one.name) for one in FACTS), *values]


def csv_writer(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Writer:
    """Writer of a small table as CSV, which a spreadsheet may open.

    Parameters
    ----------
    heading : sequence of str
        Names of the columns.
    rows : iterable of sequences of str, int, float, bool or None
        Cells of each row; text that a spreadsheet would take for a formula has an apostrophe in
        front, None is an empty cell.

    Returns
    -------
    callable
        Takes an open binary file.
    """

    def write(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(heading)
        table.writerows([_safe(cell) for cell in row] for row in rows)
        text.detach()

    return write


def _write_csv(
    rows: Iterable[list[Cell]], columns: Sequence[FeatureColumn], file: IO[bytes]
) -> None:
    csv_writer([one.name for one in columns], rows)(file)


def _safe(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    # Not all versions of the csv module quote a carriage return, which ends a row for others.
    text = cell.replace("\r", "\\r")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write_parquet(
    rows: Iterable[list[Cell]], columns: Sequence[FeatureColumn], file: IO[bytes]
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema(columns)
    left = iter(rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while group := list(islice(left, _GROUP)):
            arrays = [
                pa.array(map(_text, column), field.type)
                for column, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _schema(columns: Sequence[FeatureColumn]) -> pa.Schema:
    import pyarrow as pa

    types: dict[type, Any] = {
        str: pa.string(), int: pa.int64(), bool: pa.bool_(), float: pa.float64(),
    }  # fmt: skip
    return pa.schema([pa.field(one.name, types[one.kind]) for one in columns])


def _text(cell: Cell) -> Cell:
    """Text that can be encoded: a file name may hold bytes that are none."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "backslashreplace").decode("utf-8")
    return cell
