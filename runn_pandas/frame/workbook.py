"""The cells of an Excel workbook, as its last calculation left them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from runn_pandas.errors import FileWarning, FrameError, warn
from runn_pandas.extras import needed

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
        return [
            (number, cells)
            for number, row in enumerate(chosen.iter_rows(), 1)
            if (cells := _cells(row, f"{path.name}, sheet {chosen.title!r}"))
        ]
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


def _cells(row: Any, where: str) -> list[Any]:
    """Return the values of a row up to the last that is there."""
    for cell in row:
        if cell.data_type == "e":
            raise FrameError(
                f"Cell {cell.coordinate} of {where} holds the error {cell.value}: mend the"
                " formula, or empty the cell."
            )
    values = [None if isinstance(c.value, str) and not c.value.strip() else c.value for c in row]
    while values and values[-1] is None:
        values.pop()
    return values
