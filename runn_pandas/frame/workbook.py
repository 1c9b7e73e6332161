"""The cells of an Excel workbook, as its last calculation left them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from runn_pandas.errors import FileWarning, FrameError, warn
from runn_pandas.extras import needed

# Of a sheet's XML: its rows, and whether there is any formula.
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER, _HIDDEN = re.compile(rb'\br="(\d+)"'), re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
Row = tuple[int, list[Any]]  # its number in the sheet, from 1, and its cells


def sheet_rows(path: Path, sheet: str | None = None) -> list[Row]:
    """Return the rows of a sheet that have anything in them; of the first, if none is named."""
    openpyxl = needed("openpyxl", "A file of Excel")
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, InvalidFileException) as error:
        raise FrameError(
            f"{path.name} is no Excel workbook that can be read (protected, or of another kind?):"
            " open it and save it as .xlsx without a password."
        ) from error
    try:
        chosen = _sheet(book, path.name, sheet)
        # What the file says of its own size is not always true.
        chosen.reset_dimensions()
        where = f"{path.name}, sheet {chosen.title!r}"
        with zipfile.ZipFile(path) as parts:
            xml = parts.read(chosen._worksheet_path)
        formulas = _formulas(path, chosen.title) if _FORMULA.search(xml) else ()
        rows = [
            (number, cells)
            for number, row in enumerate(chosen.iter_rows(), 1)
            if (cells := _cells(row, where, formulas))
        ]
        _tell_hidden(xml, [number for number, _ in rows], where)
        return rows
    finally:
        book.close()


def _sheet(book: Any, file: str, name: str | None) -> Any:
    names = [one.title for one in book.worksheets]
    listed = ", ".join(map(repr, names))
    if name is not None:
        if name not in names:
            raise FrameError(f"{file} has no sheet {name!r}; its sheets are {listed}.")
        return book[name]
    shown = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
    if not shown:
        raise FrameError(f"{file} has no sheet with cells.")
    if len(shown) > 1:
        warn(
            f"{file} has the sheets {listed}; {shown[0].title!r} was read"
            " (sheet='...' takes another).",
            FileWarning,
        )
    return shown[0]


def _formulas(path: Path, sheet: str) -> set[str]:
    """Return the cells that are formulas, such as "B2"."""
    book = needed("openpyxl", "A file of Excel").load_workbook(path, read_only=True)
    try:
        book[sheet].reset_dimensions()
        rows = book[sheet].iter_rows()
        return {cell.coordinate for row in rows for cell in row if cell.data_type == "f"}
    finally:
        book.close()


def _tell_hidden(xml: bytes, numbers: Collection[int], where: str) -> None:
    """Warn of rows with cells that nobody sees in Excel, by a filter or by hand."""
    hidden = set()
    number = 0
    for row in _ROW.findall(xml):
        found = _NUMBER.search(row)
        number = int(found[1]) if found else number + 1
        if _HIDDEN.search(row):
            hidden.add(number)
    told = sorted(hidden.intersection(numbers))
    if told:
        what = "1 row is" if len(told) == 1 else f"{len(told):,} rows are"
        warn(
            f"{what} hidden in {where} (the first is row {told[0]}), and read like the others:"
            " delete what is not meant.",
            FileWarning,
        )


def _cells(row: Any, where: str, formulas: Collection[str] = ()) -> list[Any]:
    """Return the values of a row up to the last that is there."""
    for cell in row:
        # A formula whose result is an empty text has the type of a text.
        blank = cell.value is None and cell.data_type == "n"
        if blank and formulas and getattr(cell, "coordinate", "") in formulas:
            raise FrameError(
                f"Cell {cell.coordinate} of {where} is a formula that was never calculated: open"
                " the file in Excel and save it."
            )
        if cell.data_type == "e":
            raise FrameError(
                f"Cell {cell.coordinate} of {where} holds the error {cell.value}: mend the"
                " formula, or empty the cell."
            )
    values = [None if isinstance(c.value, str) and not c.value.strip() else c.value for c in row]
    while values and values[-1] is None:
        values.pop()
    return values
