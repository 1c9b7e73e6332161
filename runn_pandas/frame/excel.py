"""Frames as workbooks for Excel, which ``pd.read_excel`` and a push read back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from runn_pandas.errors import FrameError
from runn_pandas.extras import needed
from runn_pandas.frame.encode import as_python, is_missing, jsonable

ROWS, TEXT = 1_048_575, 32_767  # below the head, and characters of a cell: more Excel cannot hold
DIGITS = 10**15  # from here on Excel loses digits
FIRST_DAY = datetime(1900, 3, 1)  # Excel counts a 29 February 1900
WIDTHS, MEASURED = (8, 60), 200  # of a column, in characters; the rows that are looked at for it
UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what no cell can hold
IN_UTC = "Times in UTC."
# A cell with one of these values is written as it is.
PLAIN = (bool, int, float, Decimal, date, time, timedelta)


class _Column(NamedTuple):
    head: str
    cells: list[Any]
    note: str


def write_excel(frame: pd.DataFrame, path: Any) -> None:
    """Write a frame as a workbook. See ``df.runn.to_excel``."""
    needed("openpyxl", "A file of Excel")
    if isinstance(path, (str, Path)) and Path(path).suffix.lower() != ".xlsx":
        raise FrameError(f"A workbook is a file .xlsx, not {Path(path).name!r}.")
    if len(frame) > ROWS:
        raise FrameError(
            f"The frame has {len(frame):,} rows, and a sheet of Excel holds {ROWS:,}: write parts"
            " of it, or a file of Parquet (df.to_parquet)."
        )
    levels = [n for n in frame.index.names if n is not None and n not in frame.columns]
    flat = frame.reset_index(level=levels) if levels else frame
    columns = [_column(flat, place) for place in range(flat.shape[1])]
    _save(columns, _title(frame.attrs.get("runn")), path)


def _column(frame: pd.DataFrame, place: int) -> _Column:
    """Return a column as values that a workbook takes."""
    head, column = _head(frame.columns[place]), frame.iloc[:, place]
    values = [_value(value) for value in column.astype(object).tolist()]
    _refuse_unheld(values, head, frame.index)
    # Days are shown as days; what has a zone is a moment, also at midnight.
    if all(map(_is_day, values)):
        return _Column(head, [v.date() if isinstance(v, datetime) else v for v in values], "")
    note = IN_UTC if any(getattr(value, "tzinfo", None) for value in values) else ""
    return _Column(head, [_without_zone(value) for value in values], note)


def _refuse_unheld(values: Sequence[Any], head: str, labels: pd.Index[Any]) -> None:
    for row, value in enumerate(values):
        problem = _problem(value)
        if problem:
            raise FrameError(f"Row {labels[row]!r}, column {head!r} {problem}.")


def _is_day(value: Any) -> bool:
    """Whether a value is no moment: its day is all that it says."""
    return not isinstance(value, datetime) or (value.tzinfo is None and value.time() == time())


def _head(label: Any) -> str:
    """Return the text over a column; of several levels of columns the parts."""
    parts = label if isinstance(label, tuple) else (label,)
    return " ".join(_part(part) for part in parts if not is_missing(part)).strip()


def _part(part: Any) -> str:
    """Return one level of a head, a day as a day."""
    is_day = isinstance(part, datetime) and part == pd.Timestamp(part).normalize()
    return f"{part:%Y-%m-%d}" if is_day else str(part)


def _value(value: Any) -> Any:
    """Return a cell as Python has it, so that it can be written: text where Excel has no type."""
    if is_missing(value):
        return None
    value = as_python(value)
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, (str, *PLAIN)):
        return str(value) if _loses_digits(value) else value
    if isinstance(value, (Mapping, list, tuple, set, frozenset, np.ndarray)):
        return json.dumps(jsonable(value), ensure_ascii=False)
    return str(value)


def _moment(value: datetime) -> datetime | str:
    """Return a moment if a workbook has it exactly: not before 1900, and in milliseconds."""
    plain = value.replace(tzinfo=None)
    return value.isoformat() if plain < FIRST_DAY or value.microsecond % 1000 else value


def _loses_digits(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) >= DIGITS
    if isinstance(value, float):
        return not isfinite(value)
    return type(value) is date and value < FIRST_DAY.date()


def _problem(value: Any) -> str:
    """Return why a workbook cannot hold a value, or ""."""
    if not isinstance(value, str):
        return ""
    if len(value) > TEXT:
        return f"has {len(value):,} characters, and a cell of Excel holds {TEXT:,}; leave it out"
    found = UNHELD.search(value)
    what = f"the control character \\x{ord(found[0]):02x}" if found else ""
    return f"has {what}, which Excel cannot hold; replace it first" if found else ""


def _without_zone(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _title(hint: Any) -> str:
    """Return the name of the sheet: the resource."""
    name = str(hint.get("resource") or "") if isinstance(hint, Mapping) else ""
    return re.sub(r"[\[\]:*?/\\{}]+", " ", name).strip()[:31] or "Sheet1"


def _save(columns: Sequence[_Column], title: str, path: Any) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    def text_cell(text: str) -> Any:
        """Return a cell that is text, also where it would be a formula or an error."""
        made: Any = WriteOnlyCell(sheet, text)
        made.data_type = "s"
        return made

    heads = []
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(column)
        head = text_cell(column.head)
        head.font = Font(bold=True)
        if column.note:
            head.comment = Comment(column.note, "runn_pandas")
        heads.append(head)
    sheet.append(heads)
    for row in zip(*(column.cells for column in columns), strict=True):
        sheet.append([text_cell(v) if isinstance(v, str) and v[:1] in "=#" else v for v in row])
    book.save(path)


def _width(column: _Column) -> int:
    texts = [column.head, *(str(v) for v in column.cells[:MEASURED] if v is not None)]
    return min(max(WIDTHS[0], 2 + max(map(len, texts))), WIDTHS[1])
