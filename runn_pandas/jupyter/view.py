"""The base of every view: widgets made once, and filled anew with what its app holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runn_pandas.jupyter.app import PAGE, ipywidgets
from runn_pandas.jupyter.markup import said

GREY = "1px solid rgba(128,128,128,.3)"


class View:
    """The widgets of an app, which does what their clicks ask for; `box` holds all of them."""

    box: Any

    def __init__(self, app: Any) -> None:
        self.app, self.w = app, ipywidgets()
        self._filling = False  # from the app: a change of a widget is then no click

    @contextmanager
    def fill(self) -> Iterator[None]:
        """Set widgets inside without any of it being taken for a click."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before

    def on_change(self, widget: Any, act: Callable[..., Any]) -> None:
        """Hand on the new value of a widget that the user, not the view, has changed."""

        def changed(change: Any) -> None:
            if not self._filling:
                self.app.act(act, change["new"])

        widget.observe(changed, "value")

    def _named(self, widget: Any, name: str) -> Any:
        """Mark a widget with the class by which a style sheet, or a test in a browser, finds it."""
        widget.add_class(f"runn-{name}")
        return widget

    def _html(self, name: str, **layout: Any) -> Any:
        made = self.w.HTML(layout=self.w.Layout(width="auto", margin="0", **layout))
        return self._named(made, name)

    def _button(
        self,
        text: str,
        name: str,
        click: Callable[..., Any],
        *values: Any,
        style: str = "",
        width: str | None = "auto",
    ) -> Any:
        layout = self.w.Layout(width=width)
        made = self.w.Button(description=text, button_style=style, layout=layout)
        made.on_click(lambda _: self.app.act(click, *values))
        return self._named(made, name)

    def _toggles(
        self, name: str, options: list[tuple[str, str]], chosen: Callable[..., Any], **layout: str
    ) -> Any:
        made = self.w.ToggleButtons(
            options=options, style={"button_width": "auto"}, layout=self.w.Layout(**layout)
        )
        self.on_change(made, chosen)
        return self._named(made, name)

    def _bar(self, *widgets: Any) -> Any:
        layout = self.w.Layout(align_items="center", flex_flow="row wrap", margin="4px 0")
        return self.w.HBox(widgets, layout=layout)

    def _whole(self, name: str) -> Any:
        layout = self.w.Layout(width="100%", padding="4px", overflow="hidden")
        return self._named(self.w.VBox(layout=layout), name)

    def refresh(self) -> None:
        """Show all of the app as it is now."""
        raise NotImplementedError


def set_options(menu: Any, options: list[tuple[str, str]], value: str) -> None:
    """Set what a menu offers, where that changed, and what is chosen."""
    if list(menu.options) != options:
        menu.options = options
    menu.value = value


def set_children(box: Any, children: Sequence[Any]) -> None:
    """Put widgets into a box; where nothing changes, the page keeps its focus."""
    if list(box.children) != list(children):
        box.children = children


class RowWidgets:
    """The widgets of one row on the page, filled anew with each row that comes there."""

    def __init__(
        self, w: Any, before: Sequence[Any], after: Sequence[Any] = (), **layout: str
    ) -> None:
        # What stands before and after the text that says what the row is.
        self.text = w.HTML(layout=w.Layout(flex="1 1 0", width="auto", min_width="0", margin="0"))
        self.box = w.HBox([*before, self.text, *after], layout=w.Layout(border_top=GREY, **layout))
        self.box.add_class("runn-row")
        self.row: Any = None  # what it shows; None while it is not on the page

    def show(self, row: Any) -> None:
        """Show a row."""
        raise NotImplementedError


class RowsView(View):
    """The widgets of an app whose rows are shown a page at a time."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.slots: list[Any] = []  # a RowWidgets for each row of a page
        self.title = self._html("title")
        self.list = self._named(self.w.VBox(), "rows")
        self.back = self._button("Previous", "previous", self._turn, -1)
        self.place = self._html("page", padding="0 8px")
        self.on = self._button("Next", "next", self._turn, 1)
        self.pager = self._bar(self.back, self.place, self.on)
        self.message = self._html("message")

    def _turn(self, by: int) -> None:
        self.app.turn(self.app.page + by)

    def _row_widgets(self) -> RowWidgets:
        """Make the widgets of one row."""
        raise NotImplementedError

    def _show_page(self, word: str) -> None:
        """Show the rows of the page; while the app is busy, no other is turned to."""
        app, rows = self.app, self.app.on_page
        with self.fill():
            while len(self.slots) < len(rows):
                self.slots.append(self._row_widgets())
            for number, slot in enumerate(self.slots):
                slot.row = rows[number] if number < len(rows) else None
                if slot.row is not None:
                    slot.show(slot.row)
        set_children(self.list, [slot.box for slot in self.slots[: len(rows)]])
        first = app.page * PAGE
        self.place.value = said(
            f"Page {app.page + 1:,} of {app.pages:,}, {word} {first + 1:,} to"
            f" {first + len(rows):,} of {len(app.paged):,}"
        )
        self.back.disabled = app.page == 0 or app.is_busy
        self.on.disabled = app.page >= app.pages - 1 or app.is_busy
