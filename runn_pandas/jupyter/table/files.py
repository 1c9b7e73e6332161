"""What is shown, to take elsewhere: a text to copy, a link, a file beside the notebook."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from runn_pandas.frame.excel import write_excel
from runn_pandas.frame.foreign_text import guarded
from runn_pandas.jupyter.table.cells import is_number
from runn_pandas.jupyter.table.rows import Rows
from runn_pandas.table_files import write_csv, write_table

# What a page gets in one message; a link is a third longer than its file.
LINKED, COPIED = 300_000, 240_000
MIME = {
    ".csv": "text/csv;charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BREAKS = re.compile(r"[\t\r\n\x00\x0b\x0c]+")


def stem_of(frame: pd.DataFrame) -> str:
    """Return what a file of a frame is called: the resource."""
    hint = frame.attrs.get("runn")
    name = str(hint.get("resource") or "") if isinstance(hint, Mapping) else ""
    return re.sub(r"[^\w-]+", "-", name, flags=re.ASCII).strip("-")[:60] or "table"


def whole(rows: Rows) -> pd.DataFrame:
    """Return the rows that are shown with all columns, each under a name of its own."""
    frame = rows.shown.reset_index(drop=True)
    names: list[str] = []
    for column in map(str, frame.columns):
        numbers = (f"{column}.{n}" for n in count(1))
        name = column if column not in names else next(n for n in numbers if n not in names)
        names.append(name)
    return frame.set_axis(names, axis=1)


def is_large(frame: pd.DataFrame) -> bool:
    """Whether a frame has more cells than a link could hold."""
    return frame.size > LINKED // 5


def data_of(frame: pd.DataFrame, kind: str) -> bytes:
    """Return a file's content. No text in it is a formula.

    Raises
    ------
    FrameError
        If the kind of file cannot hold it.
    MissingPackageError
        If openpyxl is not installed.
    """
    if kind == ".xlsx":
        book = io.BytesIO()
        write_excel(frame, book)
        return book.getvalue()
    text = io.StringIO()
    write_csv(frame, text)
    # The mark at the beginning tells Excel that it is UTF-8.
    return ("\ufeff" + text.getvalue()).encode("utf-8", "replace")


def address(data: bytes, kind: str) -> str:
    """Return a link that has a file in itself."""
    return f"data:{MIME[kind]};base64,{b64encode(data).decode()}"


def stored(frame: pd.DataFrame, stem: str, kind: str, folder: Path | None = None) -> Path:
    """Write a file of a new name, which its owner alone may read, and return where it is."""
    place = folder or Path.cwd()
    names = (f"{stem}{f'-{n}' if n else ''}{kind}" for n in count())
    path = next(place / name for name in names if not (place / name).exists())
    write_table(frame, path)
    return path


def copied(rows: Rows) -> tuple[str, int]:
    """Return rows as a spreadsheet takes them from the clipboard, and how many they are."""
    columns = range(rows.frame.shape[1])
    safe: list[Callable[[str], str]] = [
        str if is_number(rows.frame.iloc[:, i]) else guarded for i in columns
    ]
    lines = ["\t".join(_one_line(guarded(str(name))) for name in rows.frame.columns)]
    size = _size(lines[0])
    for texts in _by_part(rows, columns):
        cells = (_one_line(form(text)) for form, text in zip(safe, texts, strict=True))
        line = "\t".join(cells)
        size += _size(line) + 1
        if size > COPIED:
            break
        lines.append(line)
    return "\n".join(lines), len(lines) - 1


def _by_part(rows: Rows, columns: range, part: int = 500) -> Any:
    for first in range(0, len(rows.at), part):
        yield from rows.texts(slice(first, first + part), columns)


def _size(line: str) -> int:
    """Return the bytes of a line as markup."""
    return len(escape(line).encode("utf-8", "replace"))


def _one_line(text: str) -> str:
    return BREAKS.sub(" ", text)
