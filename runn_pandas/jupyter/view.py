"""The base of every view: widgets made once, and filled anew with what its app holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runn_pandas.jupyter.app import PAGE, PAGES, ipywidgets
from runn_pandas.jupyter.clicks import Clicks
from runn_pandas.jupyter.kernel import in_main_thread
from runn_pandas.jupyter.markup import said
from runn_pandas.jupyter.style import sheet as style_sheet

GREY = "1px solid rgba(128,128,128,.3)"


class View:
    """The widgets of an app, which does what their clicks ask for; `box` holds all of them."""

    box: Any

    def __init__(self, app: Any) -> None:
        self.app, self.w = app, ipywidgets()
        self._filling = False  # from the app: a change of a widget is then no click
        self.clicks = Clicks()
        self._clicked: Any = None  # the button whose click is worked on, or was for long
        self._is_over = True  # whether that work is over
        self._said = False  # whether the button said that it is worked on
        self._held: dict[Any, tuple[bool, bool]] = {}  # what it and its bar will be: shown, enabled
        self._words: dict[Any, tuple[str, str, str]] = {}  # what a button says meanwhile, and after

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
                in_main_thread(take, change["new"])

        def take(value: Any) -> None:
            self._let_go()
            self.app.act(act, value)

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
        words: tuple[str, str] | None = None,
    ) -> Any:
        layout = self.w.Layout(width="auto")
        made = self.w.Button(description=text, button_style=style, layout=layout)
        made.on_click(lambda _: self.on_click(made, click, *values))
        self._words[made] = (*(words or (text, text)), style)
        return self._named(made, name)

    # -- where the focus of the keyboard is

    def on_click(self, button: Any, click: Callable[..., Any], *values: Any) -> None:
        """Do what a click asks for.

        Meanwhile its button stays as it is, and keeps the focus. Where it goes then, the focus
        goes to what is next, but only at once: later it may be in another cell, where somebody
        types. The button then stays, without use, until something else is clicked.
        """
        in_main_thread(self._on_click, button, click, *values)

    def _on_click(self, button: Any, click: Callable[..., Any], *values: Any) -> None:
        if button is self._clicked:  # it has no use
            return
        self._let_go()
        self._clicked, self._is_over, self._said = button, False, False
        try:
            is_soon = self.clicks.take(self.app.do, click, *values)
        finally:
            self._is_over = True
            # Not a part of the work: who sees the end of that may click again.
            self.app.store()
        if self._is_usable():
            self._let_go()
        elif is_soon:
            self._let_go()
            after = next((one for one in self._next_after(button) if is_usable(one)), None)
            if after is not None:
                after.focus()
        else:
            self.describe(button, button.description)
            button.button_style = ""
            button.add_class("runn-spent")

    def _is_usable(self) -> bool:
        """Whether the button that was clicked has a use, as the app is now."""
        return all(shown and enabled for shown, enabled in self._held.values())

    def _let_go(self) -> None:
        """Show the button that was clicked, and its bar, as the app is now."""
        if self._clicked is not None:
            self._clicked.remove_class("runn-spent")
            self._clicked.button_style = self._words.get(self._clicked, ("", "", ""))[2]
        self._clicked, held = None, self._held
        self._held = {}
        for widget, (shown, enabled) in held.items():
            self._set(widget, shown=shown, enabled=enabled)

    def describe(self, button: Any, text: str) -> None:
        """Set what a button says; meanwhile, and while it only stays, it says that."""
        if button is self._clicked:
            self._said = self._said or self.app.is_busy
            if self.app.is_busy or (self._is_over and self._said):
                text = self._words[button][self._is_over]
        button.description = text

    def _next_after(self, button: Any) -> Sequence[Any]:
        """Return what may get the focus when a button has lost it, the best first."""
        return (button,)

    def _set(self, widget: Any, *, shown: bool = True, enabled: bool = True) -> None:
        """Show a widget or hide it; one that goes and comes anew would lose the focus."""
        if self._clicked is not None and _holds(widget, self._clicked):
            self._held[widget], shown, enabled = (shown, enabled), True, True
        widget.layout.display = None if shown else "none"
        if hasattr(widget, "disabled"):
            widget.disabled = not enabled

    def _chooser(
        self, name: str, words: str, options: list[tuple[str, Any]], chosen: Callable[..., Any]
    ) -> Any:
        """Make a choice with a label."""
        made = choice(self.w, words, options)
        self.on_change(made, chosen)
        return self._named(made, name)

    def close(self) -> None:
        """Give back every widget of it."""
        close_all(self.box)

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

    def _sized(self, name: str, children: Sequence[Any]) -> Any:
        """Make the box of an app whose rows stack where it is narrow."""
        sheet = self._html("sheet", display="none")
        sheet.value = style_sheet()
        whole = self._whole(name)
        whole.add_class("runn-app")
        whole.add_class("runn-sized")
        whole.children = [sheet, *children]
        return whole

    def refresh(self) -> None:
        """Show all of the app as it is now."""
        raise NotImplementedError


def choice(w: Any, words: str, options: Sequence[tuple[str, Any]], margin: str = "") -> Any:
    """Make a choice of one of a few options: a menu, which is one stop of Tab.

    Space opens it; arrows, letters and Enter then choose. While it is closed JupyterLab takes
    arrows for its own shortcuts, as it does on the stock radio buttons, which are no group either:
    of these each option is a stop.
    """
    layout = w.Layout(width="auto", max_width="100%", margin=margin or "2px 12px 2px 0")
    style = {"description_width": "initial"}
    made = w.Dropdown(options=options, description=words, layout=layout, style=style)
    made.add_class("runn-choice")
    return made


def sizes(w: Any) -> Any:
    """Make the choice of how many rows a page has."""
    return choice(w, "Rows per page", [(str(size), size) for size in PAGES], margin="2px 12px")


def search_field(w: Any) -> Any:
    """Make the field for what rows are searched for."""
    layout = w.Layout(flex="1 1 200px", width="auto", min_width="160px", max_width="420px")
    return w.Text(description="Search", style={"description_width": "auto"}, layout=layout)


def set_options(menu: Any, options: Sequence[tuple[str, Any]], value: Any) -> None:
    """Set what a choice offers, where that changed, and what is chosen; None for nothing."""
    with menu.hold_sync():
        if list(menu.options) != list(options):
            menu.options = options
        menu.value = value


def _holds(widget: Any, part: Any) -> bool:
    """Whether a widget is another one, or the bar around it."""
    return widget is part or part in getattr(widget, "children", ())


def is_usable(widget: Any) -> bool:
    """Whether a widget is on the page and takes a click."""
    return widget.layout.display != "none" and not getattr(widget, "disabled", False)


def close_all(widget: Any) -> None:
    """Close a widget and all in it, with its layout and style: the kernel would keep them."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in ("layout", "style"):
        if hasattr(widget, part):
            getattr(widget, part).close()
    widget.close()


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
        wide = w.Layout(flex="1 1 200px", width="auto", min_width="0", margin="0")
        self.text = w.HTML(layout=wide)
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

    def _next_after(self, button: Any) -> Sequence[Any]:
        return (button, self.back, self.on)

    def _row_widgets(self) -> RowWidgets:
        """Make the widgets of one row."""
        raise NotImplementedError

    def _show_page(self, word: str) -> None:
        """Show the rows of the page; while the app is busy, no other is turned to."""
        app, rows = self.app, self.app.on_page
        first = app.page * app.size
        self.place.value = said(
            f"Page {app.page + 1:,} of {app.pages:,}, {word} {first + 1:,} to"
            f" {first + len(rows):,} of {len(app.paged):,}"
        )
        self._show_rows(rows)
        self._set(self.back, enabled=app.page > 0 and not app.is_busy)
        self._set(self.on, enabled=app.page < app.pages - 1 and not app.is_busy)

    def _show_rows(self, rows: Sequence[Any]) -> None:
        """Show rows; new widgets take long, so those after the first rows follow in a while."""
        for slot in self.slots[len(rows) :]:
            slot.row = None
        begin = 0
        for end in (*range(max(len(self.slots), PAGE), len(rows), PAGE), len(rows)):
            with self.fill():
                while len(self.slots) < end:
                    self.slots.append(self._row_widgets())
                for slot, row in zip(self.slots[begin:end], rows[begin:end], strict=True):
                    slot.row = row
                    slot.show(row)
            set_children(self.list, [slot.box for slot in self.slots[:end]])
            begin = end
