"""Files of separated values as rows of texts: which encoding, which delimiter, which rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from runn_pandas.errors import FileWarning, FrameError, warn

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
LOOKED_AT = 200  # rows, to tell the delimiter
# The longer ones first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")


class _Look(NamedTuple):
    """A file by one delimiter: its heads, whether no row is wider, and whether none is shorter."""

    heads: int
    fits: bool
    whole: bool


Row = tuple[int, list[str]]  # its number in the file, from 1, and its cells


def decoded(data: bytes, file: str, encoding: str | None = None) -> str:
    """Return the text of a file: by its mark, as UTF-8 or UTF-16, or else as Windows-1252.

    The last cannot be told from other code pages, so it is said, with words to judge it by.
    """
    try:
        if encoding is not None:
            return data.decode(encoding).removeprefix("\ufeff")
        marked = [name for mark, name in _MARKS if data.startswith(mark)]
        return data.decode(marked[0] if marked else _unmarked(data))
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        if encoding is None:
            return _windows_text(data, file, at)
        raise FrameError(
            f"{file} is not in {encoding}: see line {at}, or leave out the encoding."
        ) from error
    except LookupError as error:
        raise FrameError(f"There is no encoding {encoding!r}; such as utf-8, cp1252.") from error


def _unmarked(data: bytes) -> str:
    """Return UTF-16 where every other byte is 0, as in text of western languages, or UTF-8."""
    start = data[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start):
        return "utf-8"
    return "utf-16-be" if even > odd else "utf-16-le"


def _windows_text(data: bytes, file: str, line: int) -> str:
    wanted = "save it as CSV UTF-8, or say its encoding (encoding='cp1250', 'mac_roman', ...)"
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FrameError(f"{file} is not in UTF-8 (line {line}): {wanted}.") from error
    words = list(dict.fromkeys(_FOREIGN_WORD.findall(text)))
    shown = ", ".join(words[:3])
    warn(
        f"{file} is not in UTF-8 and was read as Windows-1252, which makes {shown} of line"
        f" {line} and after: if that is wrong, {wanted}.",
        FileWarning,
    )
    return text


def rows_of(text: str, file: str, delimiter: str | None = None) -> list[Row]:
    """Return the rows that have anything in them, the heads first, all as wide as the heads."""
    if "\x00" in text:
        raise FrameError(f"{file} is no text: it has zero bytes.")
    hint = re.match(r"sep=(.)\r?\n", text)  # how Excel is told, and what it writes itself
    if hint:
        text = text[hint.end() :]
    given = delimiter or (hint[1] if hint else None)
    first = 2 if hint else 1
    rows = list(_parsed(text, given or _delimiter(text, file), file, first))
    width = _width(rows[0][1]) if rows else 0
    for number, cells in rows:
        if _width(cells) > width:
            raise FrameError(
                f"Row {number} of {file} has {_width(cells)} cells, and the heads in row"
                f" {rows[0][0]} are {width}: are the heads further down, or is"
                " the delimiter another (delimiter=';')?"
            )
        cells[width:] = [""] * (width - len(cells))
    return rows


def _width(cells: list[str]) -> int:
    """Return how many cells there are up to the last that is not blank."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _parsed(text: str, delimiter: str, file: str, first: int = 1) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = first - 1
    try:
        for number, cells in enumerate(reader, first):
            if _width(cells):
                yield number, cells
    except csv.Error as error:
        if "field limit" in str(error):
            raise FrameError(
                f"{file} cannot be read at row {number + 1}: a cell is longer than"
                f" {csv.field_size_limit():,} characters. Shorten it, or end the quotation that"
                " it begins with."
            ) from error
        raise FrameError(
            f"{file} cannot be read at row {number + 1}: {error}. A quotation mark inside of a"
            " quoted cell is written twice."
        ) from error


def _delimiter(text: str, file: str) -> str:
    """Return the one delimiter by which no row is wider than the heads."""
    looks = {delimiter: _look(text, delimiter, file) for delimiter in DELIMITERS}
    fitting = [one for one, look in looks.items() if look.fits]
    choice = [one for one in fitting if looks[one].whole] or fitting
    if len(choice) > 1:
        could = " or ".join(DELIMITERS[one] for one in choice)
        raise FrameError(
            f"The cells of {file} may be separated by {could}: say which (delimiter=',')."
        )
    # Where none fits, the reading of all rows says what is wrong.
    return choice[0] if choice else max(looks, key=lambda one: looks[one].heads)


def _look(text: str, delimiter: str, file: str) -> _Look:
    rows = islice(_parsed(text, delimiter, file), LOOKED_AT)
    heads = 0
    with suppress(FrameError):  # its quotation marks stand beside another delimiter
        first = next(rows, (0, []))[1]
        heads = _width(first)
        others = [cells for _, cells in rows]
        fits = heads > 1 and all(_width(cells) <= heads for cells in others)
        return _Look(heads, fits, all(len(cells) == len(first) for cells in others))
    return _Look(heads, False, False)
