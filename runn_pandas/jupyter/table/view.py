"""The widgets of a frame: a search, heads that sort, figures of columns, files, pages of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from runn_pandas import html
from runn_pandas.account import Account
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import PAGE, ipywidgets
from runn_pandas.jupyter.markup import muted
from runn_pandas.jupyter.table import files, markup
from runn_pandas.jupyter.table.cells import is_number
from runn_pandas.jupyter.table.names import account_of, named
from runn_pandas.jupyter.table.rows import AS_READ, Rows, fold
from runn_pandas.jupyter.table.statistics import figures
from runn_pandas.jupyter.table.taking import Taking
from runn_pandas.jupyter.view import choice, search_field, set_children, set_options, sizes

# Each head is a button, so that a page with more of them would be slow.
COLUMNS = 80
HITS = 3  # columns that are named as those where something was found
EACH_KEY = 50_000  # rows; in more of them a search begins with Enter
NEXT = {None: "Sort", False: "Sort the largest first", True: "Back to the order as read"}


class Table:
    """The widgets of a frame.

    Parameters
    ----------
    act : callable
        Does what a click asks for: ``act(method, *values)``. An app's own says its errors, which
        a widget by itself would swallow.

    Attributes
    ----------
    view : widget
        All of it.
    frame : DataFrame
        The rows that are shown, on all pages, in their order and with their names.
    source : DataFrame
        The frame as given.
    """

    def __init__(self, act: Callable[..., None] = lambda work, *values: work(*values)) -> None:
        self._act, self.w = act, ipywidgets()
        self.source, self.rows = pd.DataFrame(), Rows(pd.DataFrame())
        self._account: Account | None = None
        self.page = self.first = 0
        self._second: int | None = None  # the column that one has gone to
        self._filling = False
        self._heads: list[str] = []  # what each column is called to sort by it
        self._missing: list[str] = []
        self._make()
        self.show(self.source)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that are shown, on all pages."""
        return self.rows.shown

    # -- the widgets

    def _make(self) -> None:
        w = self.w
        self.search = search_field(w)
        # A field that offers what there is: JupyterLab would take what a menu is set with.
        self.by = w.Combobox(
            description="Sort by",
            placeholder="as read",
            continuous_update=False,
            style={"description_width": "auto"},
            layout=w.Layout(width="220px"),
        )
        self.down = self._tick("Largest first", on=False)
        self.size = sizes(w)
        self.only = w.Text(
            description="Columns",
            placeholder="all",
            style={"description_width": "auto"},
            layout=w.Layout(width="160px"),
        )
        self.only.tooltip = "Shows the first column and those whose name has this"
        self.columns = choice(w, "Columns", [("", 0)])
        self.names = self._tick("Names beside ids", on=True)
        self.statistics = self._tick("Statistics", on=False)
        self.ask = self._button("Read names", "")
        self.taking = Taking(self._act)
        self.found = w.HTML(layout=w.Layout(width="auto", margin="0 2px"))
        self.head_layout, self.head_style = w.Layout(), w.ButtonStyle()
        self.pool: list[Any] = []
        self.heads = w.HBox()
        self.figures = w.HTML(layout=w.Layout(display="none"))
        self.body = w.HTML()
        self.box = w.GridBox([self.heads, self.figures, self.body])
        self.back = self._button("Previous", "The rows before")
        self.next = self._button("Next", "The rows after")
        self.where = w.HTML(layout=w.Layout(margin="0 8px"))
        style = w.HTML(markup.STYLE, layout=w.Layout(display="none"))
        row = w.Layout(align_items="center", flex_flow="row wrap", width="auto")
        looks = [self.search, self.by, self.down, self.only, self.size, self.columns]
        looks += [self.names, self.ask, self.statistics]
        self.bar = w.HBox([*looks, w.HBox(self.taking.controls, layout=row)], layout=row)
        self.pager = w.HBox([self.back, self.where, self.next], layout=row)
        parts = [style, self.bar, self.taking.said, self.found, self.box, self.pager]
        self.view = w.VBox(parts, layout=w.Layout(width="100%"))
        self._name()
        self._listen()

    def _button(self, name: str, about: str) -> Any:
        return self.w.Button(description=name, tooltip=about, layout=self.w.Layout(width="auto"))

    def _tick(self, name: str, *, on: bool) -> Any:
        layout = self.w.Layout(width="auto", margin="2px 6px")
        return self.w.Checkbox(value=on, description=name, indent=False, layout=layout)

    def _name(self) -> None:
        self.view.add_class("runn-frame")
        for name in ("box", "heads", "figures", "body"):
            getattr(self, name).add_class(f"runn-frame-{name}")
        parts = ("search", "by", "down", "only", "size", "columns", "names", "ask", "statistics")
        for name in (*parts, "found", "body", "back", "next", "where"):
            getattr(self, name).add_class(f"runn-table-{name}")

    def _listen(self) -> None:
        for menu, work in (
            (self.search, self._search),
            (self.by, self._sort_by_name),
            (self.down, self._turn_round),
            (self.size, self._resize),
            (self.only, self._choose_columns),
            (self.columns, self._window),
            (self.names, self._rename),
            (self.statistics, self._show_figures),
        ):
            self._on_change(menu, work)
        for button, do, value in (
            (self.back, self.turn, -1),
            (self.next, self.turn, 1),
        ):
            button.on_click(lambda _, do=do, value=value: self._act(do, value))
        self.ask.on_click(lambda _: self._act(self.read_names))

    def _on_change(self, widget: Any, work: Callable[[], None]) -> None:
        def changed(_: Any) -> None:
            if not self._filling:
                self._act(work)

        widget.observe(changed, "value")

    # -- what is shown

    def show(
        self, frame: pd.DataFrame, account: Account | None = None, *, names: bool = True
    ) -> None:
        """Show another frame from its beginning.

        Parameters
        ----------
        frame : DataFrame
            Any frame; levels of its index that have names are columns.
        account : Account, optional
            Whose ids it has; the account that it was read from, if that is the current one.
        names : bool
            Whether names are put beside ids at once; `put_names` does it later, since that reads.
        """
        self.source, self._account = frame, account_of(frame, account)
        levels = [n for n in frame.index.names if n is not None and n not in frame.columns]
        self._flat = frame.reset_index(level=levels) if levels else frame
        self._filling = True
        try:
            self.search.value = self.only.value = ""
            self.first, self._second = 0, None
        finally:
            self._filling = False
        self.search.continuous_update = len(frame) <= EACH_KEY
        enter = "" if len(frame) <= EACH_KEY else ", then Enter"
        self.search.placeholder = f"in all {counted(len(frame), 'row')}{enter}; column: finds empty"
        self.search.tooltip = "Words of any cells; the name of a column and : finds its empty cells"
        self._make_rows(ask=False, names=names)
        self._show_all()

    def put_names(self) -> None:
        """Put names beside ids, if they are wanted."""
        if self.names.value and len(self.source):
            self._make_rows(ask=False)
            self._show_all()

    def _make_rows(self, *, ask: bool, names: bool = True) -> None:
        """Make the rows anew, with names or without; what is searched and sorted stays."""
        before = self.rows
        head = None if before.column == AS_READ else before.frame.columns[before.column]
        if names and self.names.value:
            frame, known, self._missing = named(self._flat, self._account, ask=ask)
        else:
            frame, known, self._missing = self._flat, {}, []
        self.rows = Rows(frame, known)
        self.rows.typed = self.search.value
        if self.search.value:
            self.rows.search(self.search.value)
        heads = list(frame.columns)
        if head is not None and heads.count(head) == 1:
            self.rows.sort(heads.index(head), before.descending)

    def read_names(self) -> None:
        """Read the lists of names that are not known yet."""
        self._make_rows(ask=True)
        self._show_all()

    def sort_by(self, column: int, descending: bool = False) -> None:
        """Sort by a column, by its position; AS_READ as read."""
        self.rows.sort(column, descending)
        self._show_rows()

    def _head_clicked(self, at: int) -> None:
        """Sort the smallest first, then the largest first, then not at all."""
        column = self._visible[at]
        if self.rows.column != column:
            self.sort_by(column)
        elif not self.rows.descending:
            self.sort_by(column, descending=True)
        else:
            self.sort_by(AS_READ)

    def _sort_by_name(self) -> None:
        """Sort by the column that was chosen, or the first that has what was typed."""
        typed = fold(self.by.value.strip())
        same = [at for at, head in enumerate(self._heads) if fold(head) == typed]
        like = [at for at, head in enumerate(self._heads) if typed in fold(head)]
        found = next(iter([*same, *like]), self.rows.column) if typed else AS_READ
        self._second = None if found == AS_READ else found
        self._show_columns()
        self.sort_by(found, self.down.value and found != AS_READ)

    def _turn_round(self) -> None:
        if self.rows.column != AS_READ:
            self.sort_by(self.rows.column, self.down.value)

    def turn(self, by: int) -> None:
        """Go some pages on, or back."""
        self.page += by
        self._show_page()

    def _search(self) -> None:
        self.rows.search(self.search.value)
        self._show_rows()

    def _resize(self) -> None:
        self.page = 0
        self._show_page()

    def _window(self) -> None:
        self.first = self.columns.value
        self._show_columns()
        self._show_figures()
        self._show_page()

    def _choose_columns(self) -> None:
        self.first = 0
        self._show_menu()
        self._show_columns()
        self._show_rows()

    def _rename(self) -> None:
        self._make_rows(ask=False)
        self._show_all()

    # -- what the widgets say

    @property
    def _chosen(self) -> list[int]:
        """The columns that have what was typed, after the first; all, if none has."""
        typed, every = fold(self.only.value.strip()), range(self.rows.frame.shape[1])
        found = [at for at in every if typed in fold(self._heads[at])]
        return [0, *(at for at in found if at)] if typed and found else [*every]

    @property
    def _visible(self) -> list[int]:
        """The columns that are shown, that which one has gone to beside the first."""
        there = self._chosen[self.first : self.first + COLUMNS]
        second = self._second
        if second is None or second in (0, *there[:1]):
            return there
        return [*there[:1], second, *(at for at in there[1:] if at != second)]

    def _show_all(self) -> None:
        there = len(self.rows.frame) > 0
        for part in (self.bar, self.pager):
            part.layout.display = "flex" if there else "none"
        self.box.layout.display = "grid" if there else "none"
        many = ", ".join(self._missing)
        self.ask.description = f"Read names: {html.cut(many, 40)}"
        self.ask.tooltip = (
            f"Reads {counted(len(self._missing), 'list')} of Runn: a request for each page of"
            f" {many}"
        )
        self.ask.layout.display = None if self._missing else "none"
        heads = (markup.sendable(" ".join(str(one).split())) for one in self.rows.frame.columns)
        self._heads = files.told_apart(html.cut(one, markup.CELL) or "(no name)" for one in heads)
        self.by.options = tuple(self._heads)
        self._show_menu()
        self._show_columns()
        self._show_rows()

    def _show_menu(self) -> None:
        width = len(self._chosen)
        starts = range(0, max(width, 1), COLUMNS)
        options = [(f"{i + 1} to {min(i + COLUMNS, width)} of {width}", i) for i in starts]
        self.first = self.first if self.first in starts else 0
        self._filling = True
        try:
            set_options(self.columns, options, self.first)
        finally:
            self._filling = False
        self.columns.layout.display = None if width > COLUMNS else "none"

    def _show_columns(self) -> None:
        columns = self._visible
        while len(self.pool) < len(columns):
            self.pool.append(self._head(len(self.pool)))
        for button, at in zip(self.pool, columns, strict=False):
            head = markup.sendable(str(self.rows.frame.columns[at]))
            button.description = html.cut(" ".join(head.split()), markup.HEAD) or "(no name)"
        self.box.layout.grid_template_columns = f"repeat({max(len(columns), 1)}, max-content)"
        set_children(self.heads, self.pool[: len(columns)])

    def _head(self, at: int) -> Any:
        # For the pointer: with the keyboard one would pass them all to come to the rows.
        made = self.w.Button(layout=self.head_layout, style=self.head_style, tabbable=False)
        made.on_click(lambda _: self._act(self._head_clicked, at))
        return made

    def _show_rows(self) -> None:
        self.page = 0
        self.taking.clear()
        rows = self.rows
        for button, at in zip(self.pool, self._visible, strict=False):
            down = rows.descending if at == rows.column else None
            classes = ["runn-number"] if is_number(rows.frame.iloc[:, at]) else []
            classes += [] if down is None else ["runn-down" if down else "runn-up"]
            if list(button._dom_classes) != classes:
                button._dom_classes = classes
            button.tooltip = NEXT[down]
        self._show_order()
        self.found.value = f'<div role="status">{muted(self._told())}</div>'
        self._show_figures()
        self._show_page()
        # The rows are on the page; what they can be taken by follows.
        self.taking.offer(rows, files.stem_of(self.source))

    def _show_order(self) -> None:
        """Say what the rows are sorted by where that is chosen."""
        column, is_sorted = self.rows.column, self.rows.column != AS_READ
        self._filling = True
        try:
            self.by.value = self._heads[column] if is_sorted else ""
            self.down.value = is_sorted and self.rows.descending
            self.down.disabled = not is_sorted
        finally:
            self._filling = False

    def _told(self) -> str:
        rows, frame = len(self.rows.at), self.rows.frame
        own, names = self._flat.shape[1], frame.shape[1] - self._flat.shape[1]
        size = f"{counted(len(frame), 'row')}, {counted(own, 'column')}"
        size += f" and {names} of names" if names else ""
        order = f"; sorted by {self.by.value}" if self.by.value else ""
        order += ", largest first" if self.down.value else ""
        order += ", which is beside the first column" if self._second in self._visible[1:2] else ""
        order += self._told_columns()
        if not self.rows.asked:
            return f"{size}{order}" if len(frame) else ""
        hidden = len(frame) - rows
        return f"{rows:,} of {size} have {self.rows.asked}; {hidden:,} are not shown{order}"

    def _told_columns(self) -> str:
        """Return what to say of columns that are chosen."""
        many = len(self._chosen)
        if not self.only.value.strip():
            return ""
        if many < self.rows.frame.shape[1]:
            return f"; {counted(many, 'column')} shown"
        return "; no column has that in its name" if many > 1 else ""

    def _show_figures(self) -> None:
        self.figures.layout.display = "grid" if self.statistics.value else "none"
        if not self.statistics.value:
            return
        shown = self.rows.shown
        made = [figures(shown.iloc[:, at], self.rows.form(at)) for at in self._visible]
        self.figures.value = markup.figures_row(made)

    def _show_page(self) -> None:
        count, size = len(self.rows.at), self.size.value
        last = max(0, -(-count // size) - 1)
        self.page = min(max(self.page, 0), last)
        self.back.disabled, self.next.disabled = self.page == 0, self.page == last
        begin, end = self.page * size, min((self.page + 1) * size, count)
        elsewhere = f"; {count - (end - begin):,} on other pages" if last else ""
        said = f"{begin + 1:,} to {end:,} of {count:,}{elsewhere}" if count else "no row"
        said += self._told_hits(slice(begin, end))
        self.where.value = html.line(said)
        self.body.value = page_markup(self.rows, slice(begin, end), self._visible)

    def _told_hits(self, page: slice) -> str:
        """Return in which columns the rows of a page have what was searched."""
        found = [self._heads[at] for at in self.rows.hits(page)]
        more = f" and {len(found) - HITS} more" if len(found) > HITS else ""
        return f"; found here in {', '.join(found[:HITS])}{more}" if found else ""


def page_markup(rows: Rows, which: slice, columns: Sequence[int]) -> str:
    """Return some of the rows that are shown as markup."""
    frame = rows.frame
    return markup.rows_table(
        [str(frame.columns[at]) for at in columns],
        rows.texts(which, columns),
        [is_number(frame.iloc[:, at]) for at in columns],
        sorted_by=(columns.index(rows.column), rows.descending) if rows.column in columns else None,
        marks=rows.marks,
        name=f"{counted(len(rows.at), 'row')}; arrow keys scroll",
    )


def page_of(frame: pd.DataFrame | Rows, number: int) -> str:
    """Return a page of a frame as a table without widgets, counted from 0."""
    rows = frame if isinstance(frame, Rows) else Rows(frame)
    frame = rows.shown
    columns = range(min(frame.shape[1], COLUMNS))
    texts = rows.texts(slice(number * PAGE, (number + 1) * PAGE), columns)
    heads = [str(frame.columns[at]) for at in columns]
    numeric = [heads[at] for at in columns if is_number(frame.iloc[:, at])]
    made = html.table(heads, texts, numeric=numeric, wrap=False, width=markup.CELL)
    more, below = frame.shape[1] - len(heads), len(frame) - (number + 1) * PAGE
    left = [counted(below, "row")] if below > 0 else []
    left += [counted(more, "column")] if more > 0 else []
    return made + (html.line(f"{' and '.join(left)} more are in the frame.") if left else "")
