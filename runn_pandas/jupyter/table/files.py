"""What is shown, to take elsewhere: a text to copy, a link, a file beside the notebook."""

from __future__ import annotations

import html
import io
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from runn_pandas.frame.excel import write_excel
from runn_pandas.frame.foreign_text import guarded
from runn_pandas.jupyter.table.cells import in_words, is_number
from runn_pandas.jupyter.table.rows import Rows
from runn_pandas.table_files import write_csv, write_table

# What a page gets in one message; a link is a third longer than its file.
LINKED, COPIED = 300_000, 440_000
CELL, ROW = len("<td>") + len(r"\t"), len("<tr>") + len(r"\n")
SIGN = len("<span></span>")  # around what would be a formula otherwise
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
    """Return the rows that are shown with all columns, each under a name of its own.

    Numbers have all their digits, and nested fields are in the words that are shown.
    """
    frame = rows.shown.reset_index(drop=True)
    for at in range(frame.shape[1]):
        frame.isetitem(at, in_words(frame.iloc[:, at], rows.form(at)).array)
    return frame.set_axis(told_apart(map(str, frame.columns)), axis=1)


def told_apart(columns: Iterable[str]) -> list[str]:
    """Return names of which none is there twice.

    Examples
    --------
    >>> told_apart(["a", "b", "a"])
    ['a', 'b', 'a.1']
    """
    names: dict[str, None] = {}
    for column in columns:
        numbers = (f"{column}.{n}" for n in count(1))
        names[column if column not in names else next(n for n in numbers if n not in names)] = None
    return list(names)


def size_of(data: bytes) -> str:
    """Return how big a file is, in words.

    Examples
    --------
    >>> size_of(b"x" * 12_345), size_of(b"x")
    ('12 kB', '1 kB')
    """
    return f"{max(1, round(len(data) / 1000)):,} kB"


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


def copied(rows: Rows) -> list[list[str]]:
    """Return the head and the rows as a spreadsheet takes them: no text in it is a formula.

    They are as many as a message holds.
    """
    columns = range(rows.frame.shape[1])
    safe: list[Callable[[str], str]] = [
        str if is_number(rows.frame.iloc[:, i]) else guarded for i in columns
    ]
    lines = [[_one_line(guarded(str(name))) for name in rows.frame.columns]]
    size = _size(lines[0])
    for texts in _by_part(rows, columns):
        cells = [_one_line(form(text)) for form, text in zip(safe, texts, strict=True)]
        size += _size(cells)
        if size > COPIED:
            break
        lines.append(cells)
    return lines


def _by_part(rows: Rows, columns: range, part: int = 500) -> Any:
    for first in range(0, len(rows.at), part):
        yield from rows.texts(slice(first, first + part), columns, exact=True)


def _size(cells: Sequence[str]) -> int:
    """Return the bytes of a row in a message, which has it twice: as a table and as a text."""
    whole = "".join(map(html.escape, cells))
    told = json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")
    signs = SIGN * (whole.count("$") + whole.count("\\"))
    return 2 * len(told) + CELL * len(cells) + ROW + signs


def _one_line(text: str) -> str:
    return BREAKS.sub(" ", text)
