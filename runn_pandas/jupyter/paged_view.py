"""What the widgets of a review and of a board share: their makings, and lines by the page."""

from __future__ import annotations

from typing import Any

from runn_pandas.jupyter import review_markup as markup
from runn_pandas.jupyter.review_app import widgets
from runn_pandas.jupyter.review_lines import PAGE


class PagedView:
    """Widgets of an app whose lines are shown a page at a time.

    Parameters
    ----------
    app : App
        What is shown. Its ``page``, ``pages`` and ``turn`` are used.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.w: Any = widgets()
        # One for each line of a page, made once and filled anew.
        self.slots: list[Any] = []

    def _html(self, name: str, **layout: Any) -> Any:
        made = self.w.HTML(layout=self.w.Layout(width="auto", margin="0", **layout))
        made.add_class(name)
        return made

    def _button(self, text: str, name: str, click: Any, *values: Any, style: str = "") -> Any:
        app = self.app
        made = self.w.Button(
            description=text, button_style=style, layout=self.w.Layout(width="auto")
        )
        made.add_class(name)
        made.on_click(lambda _: app.act(click, *values))
        return made

    def _bar(self, **more: Any) -> Any:
        return self.w.Layout(align_items="center", flex_flow="row wrap", margin="4px 0", **more)

    def _list_parts(self) -> None:
        """Make the list, and the buttons that turn its pages."""
        self.list = self.w.VBox()
        self.list.add_class("runn-rows")
        self.back = self._button("Previous", "runn-previous", self._turn, -1)
        self.place = self._html("runn-page", padding="0 8px")
        self.on = self._button("Next", "runn-next", self._turn, 1)
        self.pager = self.w.HBox([self.back, self.place, self.on], layout=self._bar())

    def _turn(self, by: int) -> None:
        self.app.turn(self.app.page + by)

    def _slot(self) -> Any:
        """Make the widgets of one line."""
        raise NotImplementedError

    def _fill(self, lines: list[Any], count: int, word: str, *, held: bool = False) -> None:
        """Show the lines of a page; `held` keeps the pages from being turned."""
        app = self.app
        while len(self.slots) < len(lines):
            self.slots.append(self._slot())
        for slot, line in zip(self.slots, lines, strict=False):
            slot.fill(app, line)
        boxes = [slot.box for slot in self.slots[: len(lines)]]
        if list(self.list.children) != boxes:
            self.list.children = boxes
        first = app.page * PAGE
        self.place.value = markup.said(
            f"Page {app.page + 1:,} of {app.pages:,}, {word} {first + 1:,} to"
            f" {first + len(lines):,} of {count:,}"
        )
        self.back.disabled = app.page == 0 or held
        self.on.disabled = app.page >= app.pages - 1 or held
