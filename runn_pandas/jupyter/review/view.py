"""The widgets of a plan's review."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import PAGE
from runn_pandas.jupyter.markup import (
    listed,
    muted,
    note,
    only_heard,
    progress,
    said,
    spoken,
)
from runn_pandas.jupyter.review import markup
from runn_pandas.jupyter.review.app import PlanReview
from runn_pandas.jupyter.review.state import ENDS, KINDS, ReviewRow
from runn_pandas.jupyter.style import Columns
from runn_pandas.jupyter.view import RowsView, RowWidgets, search_field, set_options, sizes

FEW = 8  # rows of a page, beside which the report above them is in sight
BEAT = 0.1  # seconds between two updates of the bar
TELLINGS = 10  # how often those who hear the page are told how far it is


class ReviewRowWidgets(RowWidgets):
    """The widgets of one row: a tick and what the row says."""

    def __init__(self, view: ReviewView) -> None:
        w, self.app, self.view = view.w, view.app, view
        layout = w.Layout(width="24px", flex="0 0 24px", margin="0 4px 0 2px")
        self.tick = w.Checkbox(indent=False, layout=layout)
        self.tick.add_class("runn-tick")
        self.tick.add_class("runn-only-heard")
        super().__init__(w, [self.tick], padding="3px 0", align_items="flex-start")
        view.on_change(self.tick, lambda on: self.app.tick(self.row.position, on))

    def show(self, row: ReviewRow) -> None:
        """Show a row, and whether it is ticked."""
        self.text.value = markup.row_of(row, self.view.columns)
        self.tick.value = row.position in self.app.ticked
        self.tick.disabled = not self.app.can_tick(row)
        self.tick.description = spoken(f"Push {row.spoken}")


class ReviewView(RowsView):
    """The widgets of a `PlanReview`."""

    app: PlanReview

    def __init__(self, app: PlanReview) -> None:
        super().__init__(app)
        self.columns, self._beat = Columns(), 0.0
        self.report = self._html("report")
        words = ("Reading ...", "The way back is shown")
        self.undo = self._button("Undo", "undo", app.undo, words=words)
        # Once more beside "Push": after a long page the report is out of sight.
        self.undo_here = self._button("Undo", "undo-here", app.undo, words=words)
        self.report_here = self._html("report-here")
        self.back_to = self._button("Back, and take nothing back", "leave-undo", app.back)
        self.after = self._bar(self.undo, self.back_to)
        self.notes = self._html("notes")
        self.filter = self._chooser("filter", "Show", [("All", "all")], app.show)
        self.search = search_field(self.w)
        self.on_change(self._named(self.search, "search"), app.search)
        self.found = self._html("found")
        self.size = sizes(self.w)
        self.on_change(self._named(self.size, "size"), app.resize)
        self.all = self._button("Tick all", "tick-all", app.tick_all, True)
        self.none = self._button("Untick all", "untick-all", app.tick_all, False)
        self.ticks = self._bar(self.filter, self.search, self.size, self.all, self.none)
        self.head = self._html("head", padding="0 0 0 30px")
        self.cost = self._html("cost", flex="1 1 auto")
        self.push = self._button("Push", "push", app.click_push, style="primary")
        # Where "Push" was: the second click of a double click sends nothing.
        self.cancel = self._button("Cancel", "cancel", app.cancel)
        self.sure = self._button("Push", "confirm", app.click_push, True, style="danger")
        words = ("Planning ...", "Planned")
        self.compare = self._button("Plan again", "compare", app.compare, words=words)
        self.meter = self._html("progress", flex="1 1 120px")
        self.count = self._html("count", padding="0 0 0 8px")
        self.heard, self._told = self._html("heard"), -1  # of TELLINGS
        self.running = self._bar(self.meter, self.count, self.heard)
        self.running.layout.flex = "1 1 300px"
        # What a push tells is seen wherever its button is.
        pushing = [self.cancel, self.sure, self.push, self.compare]
        self.buttons = self._bar(*pushing, self.report_here, self.undo_here, self.running)
        self.buttons.layout.grid_gap = "4px 6px"
        self.wait = self._html("wait")
        above = [self.title, self.report, self.after, self.notes, self.ticks, self.found, self.head]
        below = [self.pager, self.cost, self.buttons, self.wait, self.message]
        self.box = self._sized("review", [*above, self.list, *below])
        app.on_outcome, app.on_wait = self.show_outcome, self.show_wait

    def _row_widgets(self) -> RowWidgets:
        return ReviewRowWidgets(self)

    def _next_after(self, button: Any) -> Sequence[Any]:
        if button in (self.back, self.on):
            return super()._next_after(button)
        left = [self.undo_here, self.undo, self.back_to, self.push, self.compare, self.all]
        if any(row.end == "failed" for row in self.app.chosen):
            left.insert(0, self.push)  # again
        undo = button in (self.undo, self.undo_here)
        return (self.back_to, *left) if undo else (self.cancel, *left)

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        self.title.value = said(app.headline, strong=True)
        self.notes.value = listed(app.remarks)
        self.report.value = note(*app.report)
        nothing = ("info", "Nothing to push.") if not app.lines else ("", "")
        below = app.message if app.message != app.report else ("", "")
        self.message.value = note(*below) or note(*nothing)
        self._show_after()
        for part in (self.ticks, self.list, self.cost, self.buttons):
            self._set(part, shown=bool(app.lines))
        self._set(self.head, shown=bool(app.on_page))
        self._set(self.pager, shown=app.pages > 1)
        self._set(self.running, shown=app.state == "running")
        self._show_choices()
        self.columns = markup.columns_of(app.on_page)
        self.head.value = markup.head(self.columns)
        self._show_page("rows")
        self._show_foot()
        self.show_wait()

    def _show_after(self) -> None:
        """Show what can be done after a push."""
        app = self.app
        done = sum(row.end == "done" for row in app.lines)
        is_far = len(app.on_page) > FEW and bool(app.report[1])
        self.report_here.value = note(*app.report, told=True) if is_far else ""
        can_undo = app.can_undo and not app.is_busy
        for button, is_there in ((self.undo, True), (self.undo_here, is_far)):
            self.describe(button, f"{'Redo' if app.is_back else 'Undo'} {counted(done, 'row')} ...")
            button.tooltip = f"Look at what would take back {counted(done, 'row')}"
            self._set(button, shown=app.can_undo and is_there, enabled=can_undo)
        self._set(self.report_here, shown=is_far)
        self._set(self.back_to, shown=app.can_go_back, enabled=not app.is_busy)
        self._set(self.after, shown=app.can_undo or app.can_go_back)

    def _show_choices(self) -> None:
        app, names = self.app, {"all": "All", **KINDS, **ENDS}
        with self.fill():
            options = [(f"{names[name]} ({count:,})", name) for name, count in app.kinds.items()]
            set_options(self.filter, options, app.shown)
            self.search.value, self.size.value = app.typed, app.size
        self._set(self.filter, shown=len(set(app.kinds.values())) > 1, enabled=not app.is_busy)
        is_long = len(app.lines) > PAGE
        self._set(self.search, shown=is_long or bool(app.typed), enabled=not app.is_busy)
        self._set(self.size, shown=is_long, enabled=not app.is_busy)
        self.found.value = f'<div role="status">{muted(app.found)}</div>' if app.found else ""
        count = f"all {len(app.visible):,}"
        self.all.description, self.none.description = f"Tick {count}", f"Untick {count}"
        able = not app.is_busy and any(map(app.can_tick, app.visible))
        for button in (self.all, self.none):
            self._set(button, enabled=able)

    def _show_foot(self) -> None:
        app = self.app
        self.cost.value = said(f"{app.tally}{app.unseen} Ticked: {app.price}.")
        count = counted(len(app.chosen), "row")
        words = ("Taking back ...", "Taken back") if app.is_back else ("Pushing ...", "Pushed")
        self._words |= {self.push: (*words, "primary"), self.sure: (*words, "danger")}
        again = " again" if any(row.end == "failed" for row in app.chosen) else ""
        self.describe(self.push, f"Push {count}{again}" if app.chosen else "Push")
        self.describe(self.sure, f"Yes, push {count}")
        self.describe(self.compare, "Plan again")
        asking, able = app.state == "asking", not app.is_busy
        ready = able and bool(app.ticked) and not app.plan.account.read_only
        self._set(self.cancel, shown=asking)
        self._set(self.sure, shown=asking)
        self._set(self.push, shown=not asking, enabled=ready)
        self._set(self.compare, shown=app.stale, enabled=able)

    # -- while a push runs: the kernel takes no clicks, but sends what changes

    def show_outcome(self, row: ReviewRow) -> None:
        """Show the outcome of a row; the page stays where it is."""
        now = time.monotonic()
        here = next((slot for slot in self.slots if slot.row is row), None)
        if here is not None:
            with self.fill():
                here.show(row)
        if now - self._beat > BEAT:
            self._beat = now
            self.show_wait()

    def show_wait(self) -> None:
        """Show how far a push is, why it waits, and until when."""
        if self.app.state == "running":
            self._show_meter()
        self.wait.value = note("info", self.app.wait)

    def _show_meter(self) -> None:
        begun = [row for row in self.app.running if row.was_tried]
        ends = Counter(row.end for row in begun)
        expected, tried = len(self.app.running), ends["done"] + ends["failed"]
        text = f"{tried:,} of {expected:,} rows: {ends['done']:,} done"
        text += f", {ends['failed']:,} not" if ends["failed"] else ""
        self.meter.value = progress(f"Pushing {counted(expected, 'row')}", tried, expected)
        self.count.value = said(f"{text}. To stop, interrupt the kernel.")
        part = tried * TELLINGS // max(expected, 1)
        if part != self._told:
            self._told, self.heard.value = part, only_heard(f"Pushing: {text}")
