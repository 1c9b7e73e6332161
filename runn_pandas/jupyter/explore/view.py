"""The widgets of the explorer."""

from __future__ import annotations

import time
from typing import Any

from runn_pandas.catalog import load
from runn_pandas.html import line
from runn_pandas.jupyter.explore import markup, state
from runn_pandas.jupyter.explore.app import Explorer
from runn_pandas.jupyter.table import Table
from runn_pandas.jupyter.view import View, set_children

LATE = 0.7  # seconds by which Enter may overtake the last letters: the page holds these back
ROWS = 8  # of the list of resources, without scrolling
# As many columns of filters as there is room for.
COLUMNS = "repeat(auto-fill, minmax(min(130px, 100%), 1fr))"


class ExploreView(View):
    """The widgets of an `Explorer`."""

    app: Explorer

    def __init__(self, app: Explorer) -> None:
        super().__init__(app)
        w = self.w
        # In a column a width of its own would stand out by the margins.
        wide = w.Layout(width="auto", min_width="0", margin="0")
        self._entered = float("-inf")  # when Enter was pressed last in the search
        self.title = self._named(w.HTML(layout=wide), "title")
        self.menu = self._search(wide)
        self.list = self._resources(wide)
        self.about = self._named(w.HTML(layout=wide), "about")
        self.grid = self._named(w.GridBox(layout=self._grid_layout()), "filters")
        self.more = self._more()
        words = ("Reading ...", "Read")
        self.button = self._button(
            "Read", "read", app.wait_for, app.read, style="primary", words=words
        )
        words = ("Reading ...", "Look up names")
        self.names = self._button("Look up names", "names", app.wait_for, app.look_up, words=words)
        self.names.tooltip = "Read the lists that the ids are from, to choose by name"
        self.line = self._named(w.HTML(layout=wide), "code")
        self.status = self._named(w.HTML(layout=wide), "status")
        self.origin = self._named(w.HTML(layout=wide), "origin")
        self.table = Table(app.act)
        self.drawing = self._named(w.VBox(layout=wide), "picture")
        self.tabs = self._tabs()
        bar = w.HBox(
            [self.button, self.names, self.more],
            layout=w.Layout(flex_flow="row wrap", width="auto", min_width="0", margin="0"),
        )
        left = self._column([self.menu, self.list], "1 1 240px")
        right = self._column([self.about, self.grid, self.line, bar], "3 1 320px")
        chosen = w.HBox([left, right], layout=w.Layout(flex_flow="row wrap", grid_gap="8px 16px"))
        parts = [self._sheet(), self.title, chosen, self.status, self.origin, self.tabs]
        # Not hidden what stands out: the table scrolls in its own box.
        layout = w.Layout(width="100%", padding="8px", grid_gap="6px", min_width="0")
        self.box = self._named(w.VBox(parts, layout=layout), "explore")

    def _sheet(self) -> Any:
        return self._named(self.w.HTML(markup.SHEET, layout=self.w.Layout(display="none")), "sheet")

    def _column(self, parts: list[Any], flex: str) -> Any:
        layout = self.w.Layout(flex=flex, min_width="0", grid_gap="4px")
        return self.w.VBox(parts, layout=layout)

    def _search(self, layout: Any) -> Any:
        made = self.w.Combobox(
            description=f"Search {len(load().resources)} resources",
            placeholder="A word, then Enter: such as actuals",
            options=[one.name for one in self.app.found],
            layout=layout,
        )
        made.add_class("runn-over")
        made.on_msg(self._on_enter)
        self.on_change(made, self._on_search)
        return self._named(made, "resource")

    def _on_search(self, typed: str) -> None:
        self.app.search(typed)
        if time.monotonic() - self._entered < LATE:
            self.app.take_first()

    def _on_enter(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("event") == "submit":
            self._entered = time.monotonic()
            self.app.act(self.app.take_first)

    def _resources(self, layout: Any) -> Any:
        made = self.w.Select(
            options=[state.option(one) for one in self.app.found],
            value=None,
            rows=ROWS,
            tabbable=False,  # for the mouse; with the keyboard the search offers the same
            description="Resources: the common ones first",
            layout=layout,
        )
        made.add_class("runn-over")
        self.on_change(made, self.app.pick)
        return self._named(made, "resources")

    def _more(self) -> Any:
        made = self.w.ToggleButton(description="More filters", layout=self.w.Layout(width="auto"))
        self.on_change(made, self.app.unfold)
        return self._named(made, "more")

    def _grid_layout(self) -> Any:
        return self.w.Layout(
            grid_template_columns=COLUMNS,
            grid_gap="4px 12px",
            align_items="flex-start",
            width="auto",
        )

    def _tabs(self) -> Any:
        tabs = self.w.Tab(
            [self._named(self.table.view, "table"), self.drawing],
            layout=self.w.Layout(width="auto", display="none", min_width="0"),
        )
        tabs.titles = ("Table", "Picture")
        tabs.observe(lambda _: self.app.act(self.app.open_tab), "selected_index")
        return self._named(tabs, "tabs")

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        self.title.value = line(app.headline, bold=True)
        with self.fill():
            self.menu.value = app.typed
        self._show_resources()
        name = app.resource.name if app.resource else ""
        self.about.value = markup.resource(name, app.description)
        self._show_filters()
        self.line.value = markup.code(app.line_text)
        # What is said of rows is not of these any more.
        is_past = app.is_stale and app.message[0] == "done"
        self.status.value = "" if is_past else markup.status(*app.message)
        self.describe(self.button, "Read")
        self.describe(self.names, "Look up names")
        self._set(self.button, enabled=not app.is_busy)
        self.origin.value = markup.origin(app.read_line, app.line_text) if app.is_stale else ""
        (self.box.add_class if app.is_stale else self.box.remove_class)("runn-stale")
        self.tabs.layout.display = None if app.has_rows else "none"

    def _show_resources(self) -> None:
        options = tuple(state.option(one) for one in self.app.found)
        chosen = self.app.resource
        with self.fill(), self.list.hold_sync():
            if self.list.options != options:
                self.list.options = options
                self.menu.options = tuple(name for _, name in options)
            is_there = chosen is not None and chosen in self.app.found
            self.list.value = chosen.name if chosen is not None and is_there else None

    def _show_filters(self) -> None:
        controls, folded = self.app.controls, self.app.folded
        before = list(self.grid.children)
        set_children(self.grid, [one.widget for one in controls])
        for widget in before:
            if widget not in self.grid.children:
                _close(widget)
        for one in controls:
            _show(one.widget, one not in folded)
        self.grid.layout.display = "grid" if controls else "none"
        has_names = any(one.names_from for one in controls)
        self._set(self.names, shown=has_names, enabled=not self.app.is_busy)
        with self.fill():
            self.more.value = self.app.shows_all
        _show(self.more, bool(folded) or self.app.can_fold)


def _show(widget: Any, is_shown: bool) -> None:
    widget.layout.display = None if is_shown else "none"


def _close(widget: Any) -> None:
    """Close a control with its layout and its style, which the kernel would keep."""
    for part in (widget.layout, widget.style, widget):
        part.close()
