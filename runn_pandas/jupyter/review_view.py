"""The widgets of a plan's review: made once, filled anew for each page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from runn_pandas.jupyter import review_markup as markup
from runn_pandas.jupyter.paged_view import PagedView
from runn_pandas.jupyter.review_lines import FATES, KINDS, PAGE, Line

if TYPE_CHECKING:
    from runn_pandas.jupyter.review import PlanReview

BEAT = 0.1  # seconds between two updates of the bar
TURN = 0.5  # seconds between two pages while a push runs
GREY = "1px solid rgba(128,128,128,.3)"


class Slot:
    """The widgets of one line on the page: a tick and what the line says."""

    def __init__(self, w: Any) -> None:
        self.tick = w.Checkbox(
            indent=False, layout=w.Layout(width="24px", flex="0 0 24px", margin="0 4px 0 2px")
        )
        self.text = w.HTML(layout=w.Layout(flex="1 1 0", width="auto", min_width="0", margin="0"))
        self.box = w.HBox(
            [self.tick, self.text],
            layout=w.Layout(border_top=GREY, padding="3px 0", align_items="flex-start"),
        )
        self.position: int | None = None
        self.busy = False  # being filled: a change is not a click

    def fill(self, app: PlanReview, line: Line) -> None:
        """Show a line."""
        self.busy = True
        self.position = line.position
        self.text.value = markup.line(line)
        self.tick.value = line.position in app.ticked
        self.tick.disabled = not app.can_tick(line)
        self.tick.tooltip = f"Push row {line.position}"
        self.busy = False


class ReviewView(PagedView):
    """Shows a `PlanReview` and hands on its clicks.

    Parameters
    ----------
    app : PlanReview
        What is shown.
    """

    app: PlanReview

    def __init__(self, app: PlanReview) -> None:
        super().__init__(app)
        self.busy = False
        self.beat = self.turned = 0.0
        self.done = self.tried = 0
        self._parts()
        app.refresh = self.refresh
        app.on_outcome = self.came
        self.refresh()

    # -- the parts

    def _parts(self) -> None:
        w, app = self.w, self.app
        self.title = self._html("runn-title")
        self.notes = self._html("runn-notes")
        self.filter = w.ToggleButtons(options=[("All", "all")], style={"button_width": "auto"})
        self.filter.add_class("runn-filter")
        self.filter.observe(self._filtered, "value")
        self.all = self._button("Tick all", "runn-tick-all", app.tick_all, True)
        self.none = self._button("Untick all", "runn-untick-all", app.tick_all, False)
        self.head = self._html("runn-head", padding="0 0 0 30px")
        self.head.value = markup.head()
        self._list_parts()
        self.cost = self._html("runn-cost", flex="1 1 auto")
        self.push = self._button("Push", "runn-push", app.click_push, style="primary")
        # Where "Push" was: the second click of a double click sends nothing.
        self.cancel = self._button("Cancel", "runn-cancel", app.cancel)
        self.sure = self._button("Push", "runn-confirm", app.click_push, True, style="danger")
        self.compare = self._button("Compare again", "runn-compare", app.compare)
        self.buttons = w.HBox([self.push], layout=self._bar())
        self.meter = w.IntProgress(layout=w.Layout(width="auto", flex="1 1 auto"))
        self.meter.add_class("runn-progress")
        self.count = self._html("runn-count", min_width="220px")
        self.running = w.HBox([self.meter, self.count], layout=self._bar())
        self.message = self._html("runn-message")
        self.box = w.VBox(layout=w.Layout(width="100%", padding="4px", overflow="hidden"))
        self.box.add_class("runn-review")

    # -- clicks

    def _filtered(self, change: Any) -> None:
        if not self.busy:
            self.app.act(self.app.show, change["new"])

    def _ticked(self, slot: Slot, on: bool) -> None:
        if not slot.busy and slot.position is not None:
            self.app.act(self.app.tick, slot.position, on)

    # -- showing

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        from runn_pandas.push import render

        self.busy = True
        self.title.value = markup.said(render.headline(app.plan), strong=True)
        self.notes.value = markup.listed(render.remarks(app.plan, conflicts=False))
        self.message.value = markup.note(*app.message)
        empty = not app.lines
        if empty:
            self.message.value = self.message.value or markup.note("info", "Nothing to push.")
            self.box.children = [self.title, self.notes, self.message]
            self.busy = False
            return
        self._choices()
        self._page()
        self._foot()
        rows = [self.filter, self.w.HBox([self.all, self.none], layout=self._bar())]
        pager = [self.pager] if app.pages > 1 else []
        running = [self.running] if app.state == "running" else []
        self.box.children = [
            self.title,
            self.notes,
            *rows,
            self.head,
            self.list,
            *pager,
            self.cost,
            self.buttons,
            *running,
            self.message,
        ]
        self.busy = False

    def _choices(self) -> None:
        app = self.app
        words = {"all": "All", **KINDS, **FATES}
        options = [(f"{words[name]} ({count:,})", name) for name, count in app.kinds.items()]
        if list(self.filter.options) != options:
            self.filter.options = options
        self.filter.value = app.shown
        busy = app.state != "looking"
        self.filter.disabled = app.state == "running"
        count = f"all {len(app.visible):,}"
        self.all.description, self.none.description = f"Tick {count}", f"Untick {count}"
        self.all.disabled = self.none.disabled = busy

    def _foot(self) -> None:
        app = self.app
        self.cost.value = markup.said(f"{app.tally} Ticked: {app.price}.")
        count = f"{len(app.chosen):,} row{'s' if len(app.chosen) != 1 else ''}"
        again = any(line.fate == "failed" for line in app.chosen)
        words = f"Push {count}" + (" again" if again else "")
        self.push.description = words if app.chosen else "Push"
        self.push.disabled = app.state == "running" or not app.ticked or app.plan.account.read_only
        self.sure.description = f"Yes, push {count}"
        asking = app.state == "asking"
        shown = [self.cancel, self.sure] if asking else [self.push]
        self.buttons.children = [*shown, *([self.compare] if app.stale else [])]
        if app.state == "running":
            self.push.description = "Pushing"
            self.done = self.tried = 0
            self._meter()

    # -- while a push runs: the kernel takes no clicks, but sends what changes

    def came(self, line: Line) -> None:
        """Show the outcome of a row."""
        app, now = self.app, time.monotonic()
        self.tried += 1
        self.done += line.fate == "done"
        here = next((s for s in self.slots if s.position == line.position), None)
        if here is not None:
            here.fill(app, line)
        elif now - self.turned > TURN and line.is_shown(app.shown):
            self.turned = now
            app.page = app.visible.index(line) // PAGE
            self._page()
        if now - self.beat > BEAT or self.tried == app.expected:
            self.beat = now
            self._meter()

    def _meter(self) -> None:
        expected = self.app.expected
        self.meter.max, self.meter.value = max(expected, 1), min(self.tried, expected)
        text = f"{self.tried:,} of {expected:,} rows: {self.done:,} done"
        text += f", {self.tried - self.done:,} not" if self.tried > self.done else ""
        self.count.value = markup.said(f"{text}. To stop, interrupt the kernel.")

    def _page(self) -> None:
        lines = self.app.on_page
        held = self.app.state == "running"
        self._fill(lines, len(self.app.visible), "rows", held=held)
        for slot in self.slots[len(lines) :]:
            slot.position = None

    def _slot(self) -> Slot:
        slot = Slot(self.w)
        slot.box.add_class("runn-row")
        slot.tick.add_class("runn-tick")
        slot.tick.observe(lambda change: self._ticked(slot, change["new"]), "value")
        return slot
