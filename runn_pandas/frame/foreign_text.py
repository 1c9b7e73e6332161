"""Texts that others wrote, where programs read more into them: spreadsheets and terminals."""

from __future__ import annotations

import re
from typing import Any

# What spreadsheets take for a formula, in the widths of all scripts.
_FORMULA = re.compile(r"('*)([=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
# All that moves a cursor, colours, or is the begin of a sequence; lines and tabs are harmless. And
# what turns the direction of writing, so that a text reads as another one.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class NumberText(str):
    """A text that a cell holds as a number, which may have lost its leading zeros."""

    __slots__ = ()


def guarded(text: str) -> str:
    """Return a text as a cell of a CSV file that no spreadsheet takes for a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("'=1+1"), guarded("1+1")
    ("'=1+1", "''=1+1", '1+1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that a cell of a CSV file stands for: the way back from `guarded`."""
    found = _FORMULA.match(text)
    return text[1:] if found and found[1] else text


def is_kept(text: Any, cell: Any) -> bool:
    r"""Whether a cell is what the files of spreadsheets keep of a text.

    They guard what looks like a formula, end lines otherwise, and drop a number's leading zeros.

    Examples
    --------
    >>> is_kept("=1+1", "'=1+1"), is_kept("a\r\nb", "a\nb"), is_kept("007", NumberText(7))
    (True, True, True)
    >>> is_kept("007", "7")
    False
    """
    if not (isinstance(text, str) and isinstance(cell, str)):
        return False
    if isinstance(cell, NumberText) and text.strip().isdecimal():
        return text.strip().lstrip("0") == cell.lstrip("0")
    lines = text.replace("\r\n", "\n")
    return lines in (cell.replace("\r\n", "\n"), unguarded(cell).replace("\r\n", "\n"))


def printable(text: str) -> str:
    r"""Return a text for a terminal, with its control characters spelled out.

    Examples
    --------
    >>> printable("\x1b[2JAnn\n")
    '\\x1b[2JAnn\n'
    >>> printable("\u202eevil")
    '\\u202eevil'
    """
    return _CONTROL.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
