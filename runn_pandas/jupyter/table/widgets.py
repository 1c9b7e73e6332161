"""A frame as a table to look through: sorted by a column, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.jupyter.app import PAGE, ipywidgets, nearest_page, pages_of

# Beyond these nobody scrolls; the frame has them.
COLUMNS = 40
CELL = 60
AS_READ = -1


def cell(value: Any) -> str:
    """Return a value as a short text; nothing for a missing one."""
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str) if value else ""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        whole = value == value.normalize() and value.tzinfo is None
        return value.strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M:%S")
    return str(value)


def sorted_by(frame: pd.DataFrame, column: int, descending: bool = False) -> pd.DataFrame:
    """Return the rows in the order of a column, by its position; AS_READ as they are.

    Missing values come last, and equal ones stay as they were.
    """
    if column == AS_READ:
        return frame
    values = frame.iloc[:, column]
    if values.dtype == object:
        # Nested fields have no order of their own.
        values = values.map(lambda value: cell(value) or None)
    order = values.reset_index(drop=True).sort_values(
        ascending=not descending, kind="stable", na_position="last"
    )
    return frame.take(order.index.to_numpy())


def page_of(frame: pd.DataFrame, number: int) -> str:
    """Return a page of a frame as markup, counted from 0."""
    shown = frame.iloc[number * PAGE : (number + 1) * PAGE, :COLUMNS]
    heads = [str(column) for column in shown.columns]
    numeric = [
        head
        for head, dtype in zip(heads, shown.dtypes, strict=True)
        if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    ]
    columns = [shown.iloc[:, i].tolist() for i in range(len(heads))]
    rows = [[cell(value) for value in row] for row in zip(*columns, strict=True)]
    made = html.table(heads, rows, numeric=numeric, wrap=False, width=CELL)
    more = frame.shape[1] - len(heads)
    return made + (html.line(f"{more} more columns are in the frame.") if more > 0 else "")


class Table:
    """The widgets of a frame; `view` has all of them, and `frame` the rows in the order shown."""

    def __init__(self, act: Callable[..., None] = lambda work, *values: work(*values)) -> None:
        # A button by itself would swallow errors: `act` says them.
        w = ipywidgets()
        self.source = self.frame = pd.DataFrame()
        self.page = 0
        self.sort = w.Dropdown(
            options=[("as read", AS_READ)], description="Sort by", layout=w.Layout(width="280px")
        )
        self.descending = w.ToggleButton(
            description="descending", tooltip="The largest first", layout=w.Layout(width="110px")
        )
        self.back = w.Button(description="Previous", layout=w.Layout(width="90px"))
        self.next = w.Button(description="Next", layout=w.Layout(width="90px"))
        self.where = w.HTML(layout=w.Layout(margin="0 8px"))
        self.body = w.HTML(layout=w.Layout(width="100%", overflow="hidden"))
        for name in ("sort", "descending", "back", "next", "where", "body"):
            getattr(self, name).add_class(f"runn-table-{name}")
        self.bar = w.HBox(
            [self.sort, self.descending, self.back, self.next, self.where],
            layout=w.Layout(align_items="center", flex_flow="row wrap"),
        )
        self.view = w.VBox([self.bar, self.body], layout=w.Layout(width="100%"))
        self.sort.observe(lambda _: act(self.reorder), "value")
        self.descending.observe(lambda _: act(self.reorder), "value")
        self.back.on_click(lambda _: act(self.turn, -1))
        self.next.on_click(lambda _: act(self.turn, 1))
        self.show(self.source)

    def show(self, frame: pd.DataFrame) -> None:
        """Show another frame from its beginning."""
        self.source = self.frame = frame
        before = self.sort.label
        heads = [html.cut(column, CELL) for column in frame.columns]
        self.sort.options = [("as read", AS_READ), *((head, i) for i, head in enumerate(heads))]
        self.sort.value = heads.index(before) if before in heads else AS_READ
        self.reorder()

    def reorder(self) -> None:
        """Sort as chosen, and go to the first page."""
        self.frame = sorted_by(self.source, self.sort.value, self.descending.value)
        self.turn(-self.page)

    def turn(self, by: int) -> None:
        """Go some pages on, or back."""
        rows = len(self.frame)
        self.page = nearest_page(self.page + by, rows)
        first = self.page * PAGE
        self.back.disabled, self.next.disabled = self.page == 0, self.page == pages_of(rows) - 1
        self.descending.disabled = self.sort.value == AS_READ
        self.bar.layout.display = "flex" if rows else "none"
        end = min(first + PAGE, rows)
        self.where.value = html.line(f"{first + 1:,} to {end:,} of {rows:,}")
        self.body.value = page_of(self.frame, self.page) if rows else ""
