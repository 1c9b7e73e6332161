"""Tables in files: what is read is what was meant, and what is written can be read again."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runn_pandas import table_files
from runn_pandas.errors import FileWarning, FrameError, MissingPackageError
from runn_pandas.table_files import read_table, write_table

UMLAUTS = "Name;Stunden\nMüller;7,5\nZoë;8\n"


def csv_file(tmp_path: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def excel_file(tmp_path: Path, *rows: list[Any], name: str = "file.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = tmp_path / name
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("cells", "dtype", "values"),
    [
        (["7", "", "12"], "Int64", [7, pd.NA, 12]),
        ([" 7", "-12 "], "Int64", [7, -12]),
        (["007", "12"], "text", ["007", "12"]),
        (["12345678901234567890"], "text", ["12345678901234567890"]),
        (["7.5", "8", ""], "Float64", [7.5, 8, pd.NA]),
        (["1E5", "2E5"], "text", ["1E5", "2E5"]),
        (["1.1", "1.10"], "text", ["1.1", "1.10"]),
        (["2.50", "8"], "text", ["2.50", "8"]),
        (["1.0", "2.0"], "text", ["1.0", "2.0"]),
        (["1.5", "2.25", "-8"], "Float64", [1.5, 2.25, -8]),
        (["TRUE", "Truth"], "text", ["TRUE", "Truth"]),
        (["7,5"], "text", ["7,5"]),
        (["true", "FALSE", ""], "boolean", [True, False, pd.NA]),
        (["2026-06-01"], "text", ["2026-06-01"]),
        (["NA", "null", "None"], "text", ["NA", "null", "None"]),
        (["'=1+1", "'tis", "'-5"], "text", ["=1+1", "'tis", "-5"]),
        (["[]", '[{"a": 1}]', ""], "object", [[], [{"a": 1}], None]),
        (["[1]", "[x]"], "text", ["[1]", "[x]"]),
    ],
)
def test_a_column_of_texts_is_typed_where_all_cells_agree(
    tmp_path: Path, cells: list[str], dtype: str, values: list[Any]
) -> None:
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    path = csv_file(tmp_path, "\n".join(f"x,{cell}" for cell in ["head", *quoted]))
    column = read_table(path)["head"]
    assert pd.api.types.is_string_dtype(column) if dtype == "text" else column.dtype == dtype
    assert [None if value is pd.NA else value for value in values] == [
        None if value is pd.NA else value for value in column.astype(object)
    ]
    texts = read_table(path, text=True)["head"]
    assert pd.api.types.is_string_dtype(texts)
    assert texts.isna().tolist() == [cell == "" for cell in cells]


@pytest.mark.parametrize("cells", [["1.5"], ["TRUE", "false"], ["[1]"], ["1.10"], ["007"]])
def test_names_stay_as_they_are_written(tmp_path: Path, cells: list[str]) -> None:
    path = csv_file(tmp_path, "\n".join(["id,name", *(f"1.5,{cell}" for cell in cells)]))
    frame = read_table(path, names=["name", "email"])
    assert frame["name"].tolist() == cells
    assert frame["id"].dtype == "Float64"
    # A spreadsheet may have taken zeros from a code; a push knows that of numbers.
    assert read_table(csv_file(tmp_path, "name\n7\n"), names=["name"])["name"].dtype == "Int64"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("a;b\n1,5;2,5\n", ["a", "b"]),
        ("a\tb\n1\t2\n", ["a", "b"]),
        ('"a";"b"\n"x, y";"2"\n', ["a", "b"]),
        ("a,b\nx;y,2\n", ["a", "b"]),
        ("a;b,c;d\nx;1,2;y\nz;;\n", ["a", "b,c", "d"]),
        ("sep=;\na,b;c\n1,2;3\n", ["a,b", "c"]),
        ("a\n1\n2\n", ["a"]),
        ("a,b,,\n1,2,,\n", ["a", "b"]),
        (",b,b\n1,2,3\n", ["Unnamed: 0", "b", "b.1"]),
        ("'=a,b\n1,2\n", ["=a", "b"]),
        ("a,b", ["a", "b"]),
        ("a,b\r1,2\r", ["a", "b"]),
    ],
)
def test_the_delimiter_is_the_one_that_all_rows_have(
    tmp_path: Path, text: str, columns: list[str]
) -> None:
    assert list(read_table(csv_file(tmp_path, text))) == columns


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_told_by_the_file(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path, UMLAUTS.encode(encoding))
    assert read_table(path)["Name"].tolist() == ["Müller", "Zoë"]


def test_another_code_page_is_said_with_words_to_judge_it_by(tmp_path: Path) -> None:
    path = csv_file(tmp_path, UMLAUTS.encode("cp1252"))
    with pytest.warns(FileWarning, match=r"Windows-1252, which makes Müller, Zoë of line 2"):
        assert read_table(path)["Name"].tolist() == ["Müller", "Zoë"]
    assert read_table(path, encoding="latin-1")["Name"].tolist() == ["Müller", "Zoë"]
    czech = csv_file(tmp_path, "Name,x\nDvořák,1\n".encode("cp1250"))
    assert read_table(czech, encoding="cp1250")["Name"].tolist() == ["Dvořák"]


def test_empty_rows_are_left_out_and_the_others_keep_their_number(tmp_path: Path) -> None:
    text = "\n\na,b\n1,2\n,\n\n3,4\n\n"
    frame = read_table(csv_file(tmp_path, text))
    assert frame["a"].to_dict() == {0: 1, 3: 3}
    frame = read_table(excel_file(tmp_path, ["a"], [1], [None], ["3"], [" "]))
    assert frame["a"].to_dict() == {0: "1", 2: "3"}
    assert read_table(csv_file(tmp_path, "a,b\n1,2\n")).index.equals(pd.RangeIndex(1))


def test_what_excel_holds(tmp_path: Path) -> None:
    path = excel_file(
        tmp_path,
        ["id", "hours", "date", "span", "clock", "flag", "code"],
        [7, 7.5, datetime(2026, 6, 1), timedelta(hours=26), time(7, 30), True, "007"],
        [None, 8, date(2026, 6, 2), timedelta(minutes=5), time(0, 5), None, 12],
    )
    frame = read_table(path)
    assert frame.dtypes.astype(str).to_dict() | {"code": ""} == {
        "id": "Int64",
        "hours": "Float64",
        "date": "datetime64[us]",
        "span": "timedelta64[us]",
        "clock": "timedelta64[us]",
        "flag": "boolean",
        "code": "",
    }
    assert frame["code"].tolist() == ["007", "12"]
    assert frame["clock"].tolist() == [timedelta(hours=7, minutes=30), timedelta(minutes=5)]
    texts = read_table(path, text=True).iloc[0].tolist()
    assert texts[:7] == ["7", "7.5", "2026-06-01", "26:00:00", "07:30:00", "TRUE", "007"]


def test_an_error_in_a_cell_of_excel_is_no_empty_cell(tmp_path: Path) -> None:
    path = excel_file(tmp_path, ["a", "b"], [1, "#REF!"])
    with pytest.raises(FrameError, match=r"Cell B2 of file\.xlsx, sheet 'Sheet' holds the error"):
        read_table(path)


def test_a_formula_that_was_never_calculated_is_no_empty_cell(tmp_path: Path) -> None:
    path = excel_file(tmp_path, ["a", "b", "c"], [1, None, "=A2+1"])
    told = r"Cell C2 of file\.xlsx, sheet 'Sheet' is a formula .* open the file in Excel and save"
    with pytest.raises(FrameError, match=told):
        read_table(path)
    for kind, result, there in (("n", "2", [2]), ("str", "", [])):
        cell = f'<c r="C2" t="{kind}"><f>A2+1</f><v>{result}</v></c>'
        with_part(path, tmp_path / "new.xlsx", r'<c r="C2".*?</c>', cell)
        assert read_table(tmp_path / "new.xlsx")["c"].dropna().tolist() == there


def with_part(path: Path, new: Path, pattern: str, replacement: str) -> None:
    """Write a workbook whose sheet has something else in its XML."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as target:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet1.xml"):
                text = re.sub(pattern, replacement, text.decode()).encode()
            target.writestr(name, text)


def test_hidden_rows_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["a"], [1], [2], [3], [None]):
        book.active.append(row)
    for number in (3, 4, 5):
        book.active.row_dimensions[number].hidden = True
    book.save(tmp_path / "a.xlsx")
    told = r"2 rows are hidden in a\.xlsx, sheet 'Sheet' \(the first is row 3\)"
    with pytest.warns(FileWarning, match=told):
        assert read_table(tmp_path / "a.xlsx")["a"].tolist() == [1, 2, 3]


def test_one_of_several_sheets_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("June").append(["b"])
    book.create_sheet("Lists").sheet_state = "hidden"
    path = tmp_path / "two.xlsx"
    book.save(path)
    with pytest.warns(FileWarning, match="'Sheet', 'June', 'Lists'; 'Sheet' was read"):
        assert list(read_table(path)) == ["a"]
    assert list(read_table(path, sheet="June")) == ["b"]
    with pytest.raises(FrameError, match="no sheet 'May'"):
        read_table(path, sheet="May")


def test_without_openpyxl_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = excel_file(tmp_path, ["a"])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(MissingPackageError, match="openpyxl"):
        read_table(path)


def test_whole_numbers_with_gaps_of_any_program(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([7, None], pa.int32()),
            "day": pa.array([date(2026, 6, 1), None]),
            "note": ["x", None],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.json").write_text('[{"id": 7, "note": "x"}, {"id": null, "tags": [1]}]')
    parquet, records = read_table(tmp_path / "a.parquet"), read_table(tmp_path / "a.json")
    assert parquet["id"].dtype == records["id"].dtype == "Int64"
    assert parquet["day"].dtype == "datetime64[us]"
    assert records["tags"].tolist() == [None, [1]]
    assert read_table(tmp_path / "a.json", text=True)["id"].tolist()[0] == "7"
    assert read_table(tmp_path / "a.parquet", text=True)["day"].tolist()[0] == "2026-06-01"


@pytest.mark.parametrize("form", table_files.WRITABLE)
def test_what_is_written_is_read_again(tmp_path: Path, form: str) -> None:
    # A workbook has one kind of line end.
    guarded_text = "=1+1\n" if form == ".xlsx" else "=1+1\r"
    frame = pd.DataFrame(
        {
            "id": pd.array([7, None], "Int64"),
            "name": pd.array([guarded_text, '\'tis, "so"\n'], "string"),
            "hours": pd.array([7.5, None], "Float64"),
            "date": pd.to_datetime(["2026-06-01", None]).astype("datetime64[us]"),
            "tags": [[{"id": 1}], []],
            "flag": pd.array([True, None], "boolean"),
            "none": [None, None],
            "objects": pd.Series(["=a", "b"], dtype=object),
        }
    )
    path = tmp_path / f"file{form}"
    write_table(frame, path)
    back = read_table(path)
    assert list(back) == list(frame)
    assert back["id"].dtype == "Int64"
    assert back["hours"].dtype == "Float64"
    back["date"] = pd.to_datetime(back["date"]).astype("datetime64[us]")
    for name in frame:
        assert back[name].dropna().tolist() == frame[name].dropna().tolist(), name
        assert back[name].isna().tolist() == frame[name].isna().tolist(), name
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.xls", b"x", r"\.csv, \.tsv, .* Save it as \.xlsx"),
        ("a.doc", b"x", "does not end in"),
        ("a.csv", b"", "is empty"),
        (
            "a.csv",
            b"PK\x03\x04\x14",
            "is an Excel file, whatever its name says: rename it to .xlsx",
        ),
        ("a.csv", b"\n\n", "has no cells"),
        ("a.csv", b"a,b\n1,2,3\n", "Row 2 of a.csv has 3 cells, and the heads in row 1 are 2"),
        ("a.csv", b"Report of June\na,b\n1,2\n", "are the heads further down"),
        ("a.csv", b"a,b;c\n1,2;3\n", "by a comma or a semicolon: say which"),
        ("a.csv", b'a,b\n1,"x\n', "cannot be read at row 2"),
        ("a.csv", b"a,b\x00\n1,2\n", "zero bytes"),
        ("a.csv", b"a,b\n1," + b"x" * 140_000, r"row 2: a cell is longer than 131,072 characters"),
        ("a.csv", b"a,b\n\x81,2\n", r"not in UTF-8 \(line 2\): save it"),
        ("a.xlsx", b"a,b\n", "no Excel workbook"),
        ("a.parquet", b"a,b\n", "no Parquet file"),
        ("a.json", b"a,b\n", "no JSON"),
        ("a.json", b'{"a": 1}', "not a list of records"),
        ("a.json", b"[]", "no records"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    with pytest.raises(FrameError, match=told):
        read_table(csv_file(tmp_path, content, name))


def test_a_file_that_is_not_there_has_a_near_one(tmp_path: Path) -> None:
    csv_file(tmp_path, "a\n", "hours.csv")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'hours\.csv'"):
        read_table(tmp_path / "hour.csv")
    with pytest.raises(FileNotFoundError, match="no folder"):
        read_table(tmp_path / "none" / "hour.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FrameError, match="is a folder"):
        read_table(tmp_path / "folder.csv")


def test_a_moment_is_written_with_its_time(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-06-01 10:30", "2026-06-02 00:00"]),
            "utc": pd.to_datetime(["2026-06-01 10:30+02:00"] * 2),
        }
    )
    write_table(frame, tmp_path / "a.json")
    first = json.loads((tmp_path / "a.json").read_text())[0]
    assert first == {"at": "2026-06-01T10:30:00", "utc": "2026-06-01T08:30:00.000000Z"}


def test_a_long_file_is_read_in_no_time(tmp_path: Path) -> None:
    lines = ["id,name,hours", *(f"{n},Ann,7.5" for n in range(20_000))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_table(csv_file(tmp_path, "\n".join(lines)))) == 20_000
