"""The rows of a frame as they are shown: those that have what was typed, in a column's order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from unicodedata import combining, normalize

import numpy as np
import pandas as pd

from runn_pandas.html import cut
from runn_pandas.jupyter.table.cells import Form, Known, cell, exact_form, form_of, texts_of

AS_READ = -1
Positions = np.ndarray[Any, Any]


def fold(text: str) -> str:
    """Return a text without case and accents.

    Examples
    --------
    >>> fold("Zoë STRAẞE")
    'zoe strasse'
    """
    if text.isascii():
        return text.lower()
    parts = normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not combining(sign))


def order_of(column: pd.Series[Any], descending: bool = False) -> Positions:
    """Return the positions of a column's values in their order.

    Missing values come last either way, and equal ones stay as they were. Texts are compared
    without case and accents, nested fields by their words.
    """
    values = column.reset_index(drop=True)
    if values.dtype == object:
        values = values.map(lambda value: fold(_whole(cell(value))) or None)
    elif pd.api.types.is_string_dtype(values.dtype):
        values = values.astype(object).map(fold, na_action="ignore")
    try:
        return _sorted(values, descending)
    except (TypeError, NotImplementedError):  # what has no order of its own
        return _sorted(values.map(lambda value: cell(value) or None), descending)


def _whole(text: str) -> str:
    """Return a text without halves of a sign, which pandas could not sort."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _sorted(values: pd.Series[Any], descending: bool) -> Positions:
    ordered = values.sort_values(ascending=not descending, kind="stable", na_position="last")
    return ordered.index.to_numpy()


class Rows:
    """A frame, and which of its rows are shown in which order.

    Attributes
    ----------
    frame : DataFrame
        All of it.
    at : array of int
        The positions of the rows that are shown.
    """

    def __init__(self, frame: pd.DataFrame, known: Mapping[int, Known] | None = None) -> None:
        self.frame, self._known = frame, known or {}
        self.column, self.descending, self.typed = AS_READ, False, ""
        self.words: list[str] = []  # that are searched: each of them is in a row that is shown
        self.empty: list[int] = []  # the columns that have nothing in a row that is shown
        self._forms: dict[int, Form] = {}
        self.at: Positions = np.arange(len(frame))
        self._order: Positions = self.at
        self._has: Positions | None = None

    def form(self, column: int) -> Form:
        """Return what makes texts of a column."""
        if column not in self._forms:
            known = self._known.get(column)
            self._forms[column] = form_of(self.frame.iloc[:, column], known)
        return self._forms[column]

    @cached_property
    def _folded(self) -> list[str]:
        """All texts of each row, as they are searched."""
        columns = [self._folded_column(at) for at in range(self.frame.shape[1])]
        # What is typed has no line breaks: nothing is found across two cells.
        return ["\n".join(texts) for texts in zip(*columns, strict=True)]

    def _folded_column(self, at: int) -> list[str]:
        form = self.form(at)
        column = self.frame.iloc[:, at]
        if getattr(column.dtype, "kind", "") == "M":
            return texts_of(column, form)
        return texts_of(column, lambda value: fold(form(value)))

    def search(self, typed: str) -> None:
        """Show the rows that have all words of what was typed, anywhere in them.

        The name of a column and a colon is asked for where the column is empty.
        """
        self.typed = typed
        rest, self.empty = self._without_columns(typed)
        self.words = fold(rest).split()
        self._has = None
        if self.words:
            found = (all(word in row for word in self.words) for row in self._folded)
            self._has = np.fromiter(found, dtype=bool, count=len(self.frame))
        for at in self.empty:
            nothing = np.array([not text for text in self._folded_column(at)], dtype=bool)
            self._has = nothing if self._has is None else self._has & nothing
        self._choose()

    def _without_columns(self, typed: str) -> tuple[str, list[int]]:
        """Return what was typed without names of columns before a colon, and these."""
        found = []
        names = [" ".join(str(name).split()) for name in self.frame.columns] if ":" in typed else []
        for at in sorted(range(len(names)), key=lambda at: -len(names[at])):
            name = re.compile(rf"(?<!\S){re.escape(names[at])}:(?!\S)", re.IGNORECASE)
            if name.search(typed):
                typed = name.sub(" ", typed)
                found.append(at)
        return typed, found

    @property
    def asked(self) -> str:
        """What the rows that are shown have, in words; "" without a search."""
        typed = " ".join(self._without_columns(self.typed)[0].split())
        parts = [f"\u201c{cut(typed, 60)}\u201d"] if typed else []
        parts += [f"no {cut(str(self.frame.columns[at]), 40)}" for at in self.empty]
        return " and ".join(parts)

    def hits(self, rows: slice) -> list[int]:
        """Return the columns in which some of the rows that are shown have what was searched."""
        if not self.words:
            return []
        texts = self.texts(rows, range(self.frame.shape[1]))
        columns = (fold("\n".join(column)) for column in zip(*texts, strict=True))
        return [at for at, text in enumerate(columns) if any(map(text.__contains__, self.words))]

    def sort(self, column: int, descending: bool = False) -> None:
        """Sort by a column, by its position; AS_READ as they are."""
        self.column, self.descending = column, descending
        if column == AS_READ:
            self._order = np.arange(len(self.frame))
        else:
            self._order = order_of(self.frame.iloc[:, column], descending)
        self._choose()

    def _choose(self) -> None:
        self.at = self._order if self._has is None else self._order[self._has[self._order]]

    @property
    def shown(self) -> pd.DataFrame:
        """The rows that are shown, in their order."""
        if self.column == AS_READ and self._has is None:
            return self.frame
        return self.frame.take(self.at)

    def texts(self, rows: slice, columns: Sequence[int], *, exact: bool = False) -> list[list[str]]:
        """Return the texts of some of the rows that are shown; `exact` ones have all digits."""
        part = self.frame.take(self.at[rows])
        forms = [exact_form(self.form(i)) if exact else self.form(i) for i in columns]
        made = [
            [*map(form, part.iloc[:, i].tolist())] for form, i in zip(forms, columns, strict=True)
        ]
        return [list(row) for row in zip(*made, strict=True)]

    @property
    def marks(self) -> re.Pattern[str] | None:
        """The parts of a text that were searched; None without a search."""
        words = sorted(self.typed.split(), key=len, reverse=True)
        if not words:
            return None
        # What follows each other is one mark.
        return re.compile(f"(?:{'|'.join(map(re.escape, words))})+", re.IGNORECASE)
