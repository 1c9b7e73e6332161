"""Tables in files: CSV, Excel, Parquet and JSON, read without loss and written as a whole."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Literal

import pandas as pd

from runn_pandas.errors import ConfigError, FrameError
from runn_pandas.frame.cells import (
    as_text,
    from_texts,
    from_values,
    guarded_texts,
    nested_texts,
    of_text_field,
    shown_texts,
)
from runn_pandas.frame.csv_text import decoded, rows_of
from runn_pandas.frame.encode import is_missing
from runn_pandas.frame.excel import write_excel
from runn_pandas.frame.foreign_text import guarded, unguarded
from runn_pandas.frame.workbook import sheet_rows

READABLE = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet", ".json")
WRITABLE = (".csv", ".tsv", ".xlsx", ".parquet", ".json")
WORKBOOK = b"PK\x03\x04"  # an Excel file's first bytes, which are those of an archive
Column = Callable[[Sequence[Any]], "pd.Series[Any]"]


def read_table(
    path: str | os.PathLike[str],
    *,
    text: bool = False,
    names: Collection[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read a file with heads in its first row.

    A column is typed where all its cells agree: whole numbers are ``Int64``, also with gaps; with
    a leading zero among them they stay texts, as dates of a CSV file do, and decimal numbers that
    would be written otherwise again: 1.10. Empty rows are left out.
    The index counts from the first row below the heads.

    Parameters
    ----------
    path : str or path
        A .csv, .tsv, .xlsx, .xlsm, .parquet or .json file.
    text : bool
        Every cell as a text, such as a spreadsheet shows it.
    names : collection of str
        Heads of a .csv or .tsv file whose columns hold names or other texts: 1.5 and TRUE are
        texts in these.
    encoding, delimiter : str, optional
        Of a .csv or .tsv file; found out by default.
    sheet : str, optional
        Of a workbook; the first one by default.

    Returns
    -------
    DataFrame

    Raises
    ------
    FrameError
        If the file is empty, of another kind, or damaged, or can be read in several ways.
    FileNotFoundError
        If there is no such file.

    Warns
    -----
    FileWarning
        If a text is not in UTF-8, a workbook has several sheets and none was named, or rows of
        the sheet are hidden.
    """
    file = Path(path)
    kind = _suffix(file, READABLE, "read")
    if not file.is_file():
        raise _no_file(file)
    if file.stat().st_size == 0:
        raise FrameError(f"{file} is empty.")
    if kind == ".parquet":
        frame = _parquet(file)
    elif kind == ".json":
        frame = _json(file)
    elif kind in (".csv", ".tsv"):
        data = file.read_bytes()
        if data.startswith(WORKBOOK):
            raise FrameError(
                f"{file} is an Excel file, whatever its name says: rename it to .xlsx."
            )
        separated = decoded(data, file.name, encoding)
        rows = rows_of(separated, file.name, "\t" if kind == ".tsv" else delimiter)
        return _table(file, rows, guarded_texts if text else from_texts, () if text else names)
    else:
        return _table(file, sheet_rows(file, sheet), shown_texts if text else _from_cells)
    return frame.apply(lambda column: shown_texts(_values(column))) if text else frame


def _suffix(file: Path, known: Sequence[str], done: str) -> str:
    if file.suffix.lower() in known:
        return file.suffix.lower()
    advice = " Save it as .xlsx." if file.suffix.lower() in (".xls", ".ods", ".numbers") else ""
    raise FrameError(
        f"{str(file)!r} cannot be {done}: its name does not end in"
        f" {', '.join(known[:-1])} or {known[-1]}.{advice}"
    )


def _no_file(file: Path) -> Exception:
    if file.is_dir():
        return FrameError(f"{file} is a folder, and not a file.")
    if not file.parent.is_dir():
        return FileNotFoundError(f"There is no folder {file.parent}.")
    near = get_close_matches(file.name, os.listdir(file.parent), 1)
    return FileNotFoundError(
        f"There is no file {file}.{f' Did you mean {near[0]!r}?' if near else ''}"
    )


# -- in


def _table(
    file: Path,
    rows: Sequence[tuple[int, list[Any]]],
    column: Column,
    names: Collection[str] = (),
) -> pd.DataFrame:
    """Return rows below their heads as a frame, whose columns `names` hold texts."""
    if not rows:
        raise FrameError(f"{file} has no cells.")
    start, cells = rows[0]
    heads = _heads(cells)
    width, body = len(heads), rows[1:]
    wide = next((number for number, row in body if len(row) > width), None)
    if wide is not None:
        raise FrameError(
            f"Row {wide} of {file} has more cells than there are heads in row {start}: give each"
            " column a head, and remove what stands above the heads."
        )
    padded = [row + [None] * (width - len(row)) for _, row in body]
    columns: Sequence[Sequence[Any]] = list(zip(*padded, strict=True)) if padded else [()] * width
    numbers = [number - start - 1 for number, _ in body]
    made = (of_text_field if head in names else column for head in heads)
    series = [make(values) for make, values in zip(made, columns, strict=True)]
    frame = pd.concat(series, axis=1, keys=range(width))
    frame.columns = pd.Index(heads)
    if numbers != list(range(len(numbers))):
        frame.index = pd.Index(numbers)
    return frame


def _heads(cells: Sequence[Any]) -> list[str]:
    """Return the names of columns, each of them once, as pandas makes them."""
    heads: list[str] = []
    for at, cell in enumerate(cells):
        name = unguarded("" if cell is None else as_text(cell)).strip() or f"Unnamed: {at}"
        again, many = name, 0
        while again in heads:
            many += 1
            again = f"{name}.{many}"
        heads.append(again)
    return heads


def _from_cells(values: Sequence[Any]) -> pd.Series[Any]:
    """Return a column of a sheet, in which nested fields are texts."""
    texts = [value for value in values if isinstance(value, str)]
    nested = nested_texts(values) if len(texts) + values.count(None) == len(values) else None
    return from_values(values) if nested is None else nested


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column as Python has its values; None is missing."""
    return [None if is_missing(value) else value for value in column.astype(object)]


def _parquet(file: Path) -> pd.DataFrame:
    from pyarrow import ArrowException

    try:
        frame = pd.read_parquet(file, dtype_backend="numpy_nullable")
    except (ArrowException, OSError) as error:
        raise FrameError(f"{file} is no Parquet file that can be read.") from error
    for name, column in frame.items():
        if column.dtype == object:
            frame[name] = from_values(_values(column)).set_axis(frame.index)
        elif pd.api.types.is_integer_dtype(column):
            frame[name] = column.astype("Int64")
        elif pd.api.types.is_string_dtype(column):
            nested = nested_texts(_values(column))
            frame[name] = column if nested is None else nested.set_axis(frame.index)
    return frame


def _json(file: Path) -> pd.DataFrame:
    try:
        rows = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FrameError(f"{file} is no JSON: {error}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FrameError(f'{file} is not a list of records: [{{"name": ...}}, ...].')
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise FrameError(f"{file} has no records.")
    return pd.DataFrame({name: from_values([row.get(name) for row in rows]) for name in names})


# -- out


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame into a file that its owner alone may read, whole or not at all.

    Nested values are JSON in it. In CSV a text that a spreadsheet would take for a formula has an
    apostrophe before it, which `read_table` takes off. The index is not written.

    Parameters
    ----------
    frame : DataFrame
        What is written.
    path : str or path
        A .csv, .tsv, .xlsx, .parquet or .json file; replaced if it is there.

    Raises
    ------
    FrameError
        If the name ends otherwise.
    ConfigError
        If there is no such folder.
    """
    file = Path(path)
    kind = _suffix(file, WRITABLE, "written")
    if not file.parent.is_dir():
        raise ConfigError(f"{file} cannot be written: there is no folder {file.parent}.")
    # A new file under a name that nobody knows: none is overwritten, no link is followed.
    handle, part = tempfile.mkstemp(prefix=".runn-", suffix=".part", dir=file.parent)
    try:
        if kind in (".parquet", ".xlsx"):
            with os.fdopen(handle, "wb") as binary:
                if kind == ".parquet":
                    _flat(frame, dates=False).to_parquet(binary, index=False)
                else:
                    write_excel(frame.reset_index(drop=True), binary)
        else:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
                if kind == ".json":
                    write_json(frame, target)
                else:
                    write_csv(frame, target, "\t" if kind == ".tsv" else ",")
        os.replace(part, file)
    except BaseException:
        os.unlink(part)
        raise


def write_csv(frame: pd.DataFrame, target: Any, delimiter: str = ",") -> None:
    """Write rows as CSV without formulas; numbers stay as they are, below 0 too."""
    flat = _flat(frame, text=guarded)
    # A carriage return alone is not quoted by itself, and would end the row.
    returns = any("\r" in text for name in flat for text in flat[name] if isinstance(text, str))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    flat.columns = [guarded(str(name)) for name in flat.columns]
    flat.to_csv(target, index=False, sep=delimiter, quoting=quoting)


def write_json(frame: pd.DataFrame, target: IO[str]) -> None:
    """Write rows as a list of records, one record a line group."""
    target.write(json.dumps(records(frame), ensure_ascii=False, indent=1, default=str) + "\n")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON has them: numbers as they are, missing as None."""
    flat = _flat(frame, nested=False).astype(object)
    flat = flat.where(flat.notna(), None)
    names = list(map(str, flat.columns))
    return [dict(zip(names, row, strict=True)) for row in flat.itertuples(index=False, name=None)]


def _flat(
    frame: pd.DataFrame,
    *,
    nested: bool = True,
    dates: bool = True,
    text: Callable[[str], str] | None = None,
) -> pd.DataFrame:
    """Return dates as YYYY-MM-DD, stamps as the API writes them, nested values as JSON text."""
    frame = frame.copy()
    for name in frame.columns:
        column = frame[name]
        if dates and column.dtype.kind == "M":
            frame[name] = _moments(column)
        elif nested and column.dtype == object:
            frame[name] = [_flat_cell(value, text) for value in _values(column)]
        elif text is not None and pd.api.types.is_string_dtype(column):
            frame[name] = column.map(text, na_action="ignore")
    return frame


def _flat_cell(value: Any, text: Callable[[str], str] | None) -> str | None:
    if isinstance(value, str):
        return text(value) if text else value
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _moments(column: pd.Series[Any]) -> pd.Series[Any]:
    if getattr(column.dtype, "tz", None) is not None:
        column, form = column.dt.tz_convert("UTC"), "%Y-%m-%dT%H:%M:%S.%fZ"
    elif (column.dropna() == column.dropna().dt.normalize()).all():
        form = "%Y-%m-%d"
    else:
        form = "%Y-%m-%dT%H:%M:%S"
    texts: pd.Series[Any] = column.dt.strftime(form)
    return texts
