"""The widgets of the explorer."""

from __future__ import annotations

from typing import Any

from runn_pandas.catalog import load
from runn_pandas.html import line
from runn_pandas.jupyter.explore import markup
from runn_pandas.jupyter.explore.app import Explorer
from runn_pandas.jupyter.explore.controls import caption
from runn_pandas.jupyter.table import Table
from runn_pandas.jupyter.view import View, set_children

# A label and a control twice in a row.
COLUMNS = "minmax(120px, max-content) minmax(0, 1fr) minmax(120px, max-content) minmax(0, 1fr)"


class ExploreView(View):
    """The widgets of an `Explorer`."""

    app: Explorer

    def __init__(self, app: Explorer) -> None:
        super().__init__(app)
        w = self.w
        # In a column a width of its own would stand out by the margins.
        wide = w.Layout(width="auto", min_width="0")
        self.title = self._named(w.HTML(), "title")
        self.menu = self._menu(list(load().resources), wide)
        self.about = self._named(w.HTML(layout=wide), "about")
        self.grid = self._named(w.GridBox(layout=self._grid_layout()), "filters")
        self.button = self._button(
            "Read", "read", app.wait_for, app.read, style="primary", width=None
        )
        self.names = self._button("Look up names", "names", app.wait_for, app.look_up, width=None)
        self.names.tooltip = "Read the lists that the ids are from, to choose by name"
        self.line = self._named(
            w.Text(
                placeholder="The line that reads the same",
                layout=w.Layout(width="auto", min_width="0", flex="1 1 0%"),
            ),
            "code",
        )
        self.status = self._named(w.HTML(layout=wide), "status")
        self.table = Table(app.act)
        self.drawing = self._named(w.VBox(layout=wide), "picture")
        self.tabs = self._tabs()
        buttons = w.HBox([self.button, self.names], layout=w.Layout(flex="0 0 auto"))
        bar = w.HBox([buttons, self.line], layout=wide)
        parts = [self.title, self.menu, self.about, self.grid, bar, self.status, self.tabs]
        layout = w.Layout(width="100%", padding="8px", grid_gap="6px", overflow="hidden")
        self.box = self._named(w.VBox(parts, layout=layout), "explore")

    def _menu(self, names: list[str], layout: Any) -> Any:
        made = self.w.Combobox(
            options=names,
            placeholder=f"Type to search {len(names)} resources, such as actuals",
            ensure_option=False,
            layout=layout,
        )
        self.on_change(made, self.app.search)
        return self._named(made, "resource")

    def _grid_layout(self) -> Any:
        return self.w.Layout(
            grid_template_columns=COLUMNS, grid_gap="4px 12px", align_items="center", width="auto"
        )

    def _tabs(self) -> Any:
        tabs = self.w.Tab(
            [self._named(self.table.view, "table"), self.drawing],
            layout=self.w.Layout(width="auto", display="none"),
        )
        tabs.titles = ("Table", "Picture")
        tabs.observe(lambda _: self.app.act(self.app.draw), "selected_index")
        return self._named(tabs, "tabs")

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        self.title.value = line(app.headline, bold=True)
        with self.fill():
            self.menu.value = app.typed
        self.about.value = line(app.description) if app.description else ""
        self._show_filters()
        self.line.value = app.line_text
        self.status.value = markup.status(*app.message)
        self.button.disabled = self.names.disabled = app.is_busy
        self.tabs.layout.display = None if app.is_current else "none"

    def _show_filters(self) -> None:
        controls = self.app.controls
        if list(self.grid.children[1::2]) != [one.widget for one in controls]:
            labels = [self.w.HTML(line(caption(one.parameter))) for one in controls]
            pairs = zip(labels, controls, strict=True)
            set_children(self.grid, [part for label, one in pairs for part in (label, one.widget)])
        self.grid.layout.display = "grid" if controls else "none"
        known = any(one.names_from for one in controls)
        self.names.layout.display = None if known else "none"
