"""Tables: every number comes back, and no text begins to calculate."""

from __future__ import annotations

import builtins
import csv
import io

import numpy as np
import pytest

from forensics.detection.classifier.feature_table import FACTS, FeatureColumn, FeatureRow
from forensics.errors import ParameterError
from forensics.views import tables as module
from forensics.views.tables import check_table, csv_writer, write_table

NUMBERS = ("one", 'two, "quoted"')
COLUMNS = (*FACTS, *(FeatureColumn(name, float, "") for name in NUMBERS))
ROWS = [
    FeatureRow({"path": "a,b\n猫.png", "rows": 3, "exif": True}, np.array([1 / 3, -1e-300])),
    FeatureRow({"path": "=cmd|' /C calc'!A0", "error": "is empty"}, np.zeros(0)),
    FeatureRow({"path": "b\udcff", "mode": "@x"}, np.array([0.1 + 0.2, 5e300])),
]
NAMES = [one.name for one in FACTS]


def written(suffix: str, rows=ROWS) -> io.BytesIO:
    file = io.BytesIO()
    write_table(iter(rows), COLUMNS, file, suffix)
    file.seek(0)
    return file


def test_csv_has_every_row_and_every_bit():
    head, *rows = csv.reader(io.TextIOWrapper(written(".csv"), "utf-8", newline=""))
    assert head == [*NAMES, *NUMBERS] and len(rows) == 3
    for row, one in zip(rows, ROWS, strict=True):
        assert [float(cell) for cell in row[-2:] if cell] == one.values.tolist()
    assert rows[0][NAMES.index("path")] == "a,b\n猫.png" and rows[0][NAMES.index("rows")] == "3"
    assert rows[1][-2:] == ["", ""] and rows[1][NAMES.index("error")] == "is empty"


def test_no_cell_of_csv_is_a_formula():
    _, *rows = csv.reader(io.TextIOWrapper(written(".csv"), "utf-8", newline=""))
    assert rows[1][NAMES.index("path")].startswith("'=cmd")
    assert rows[2][NAMES.index("mode")] == "'@x"
    assert rows[2][NAMES.index("path")] == "b\\udcff"


def test_parquet_has_the_same_in_row_groups(monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    monkeypatch.setattr(module, "_GROUP", 2)
    file = parquet.ParquetFile(written(".parquet"))
    assert file.metadata.num_row_groups == 2
    found = file.read().to_pylist()
    assert [list(row) for row in found] == [[*NAMES, *NUMBERS]] * 3
    assert [found[0][name] for name in NUMBERS] == ROWS[0].values.tolist()
    assert found[0]["exif"] is True and found[0]["rows"] == 3 and found[0]["sha256"] is None
    assert found[1]["one"] is None and found[1]["path"] == ROWS[1].facts["path"]
    assert found[2]["path"] == "b\\udcff"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_of_nothing_has_its_columns(suffix):
    if suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
        assert parquet.read_table(written(suffix, [])).column_names == [*NAMES, *NUMBERS]
    else:
        assert written(suffix, []).read().decode().count("\n") == 1


@pytest.mark.parametrize("suffix", ["", ".xls", ".csv.gz"])
def test_another_kind_is_refused(suffix):
    with pytest.raises(ParameterError, match=r"\.csv or \.parquet"):
        check_table(suffix)


def test_what_is_missing_is_said_with_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **named):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ParameterError, match=r"pip install 'catforensics\[table\]'"):
        check_table(".parquet")
    check_table(".csv")


def test_a_small_table_is_safe_to_open():
    file = io.BytesIO()
    csv_writer(("path", "z"), [["=1+1.png", 2.5], ["cat.png", None]])(file)
    assert file.getvalue() == b"path,z\n'=1+1.png,2.5\ncat.png,\n"
