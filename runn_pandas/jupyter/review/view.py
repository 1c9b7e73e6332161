"""The widgets of a plan's review."""

from __future__ import annotations

import time
from collections import Counter

from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import PAGE
from runn_pandas.jupyter.markup import listed, note, said
from runn_pandas.jupyter.review import markup
from runn_pandas.jupyter.review.app import PlanReview
from runn_pandas.jupyter.review.state import ENDS, KINDS, ReviewRow
from runn_pandas.jupyter.view import RowsView, RowWidgets, set_children, set_options

BEAT = 0.1  # seconds between two updates of the bar
TURN = 0.5  # seconds between two pages while a push runs


class ReviewRowWidgets(RowWidgets):
    """The widgets of one row: a tick and what the row says."""

    def __init__(self, view: ReviewView) -> None:
        w, self.app = view.w, view.app
        layout = w.Layout(width="24px", flex="0 0 24px", margin="0 4px 0 2px")
        self.tick = w.Checkbox(indent=False, layout=layout)
        self.tick.add_class("runn-tick")
        super().__init__(w, [self.tick], padding="3px 0", align_items="flex-start")
        view.on_change(self.tick, lambda on: self.app.tick(self.row.position, on))

    def show(self, row: ReviewRow) -> None:
        """Show a row, and whether it is ticked."""
        self.text.value = markup.row_of(row)
        self.tick.value = row.position in self.app.ticked
        self.tick.disabled = not self.app.can_tick(row)
        self.tick.tooltip = f"Push row {row.position}"


class ReviewView(RowsView):
    """The widgets of a `PlanReview`."""

    app: PlanReview

    def __init__(self, app: PlanReview) -> None:
        super().__init__(app)
        w = self.w
        self.turned = self._beat = 0.0
        self.notes = self._html("notes")
        self.filter = self._toggles("filter", [("All", "all")], app.show)
        self.all = self._button("Tick all", "tick-all", app.tick_all, True)
        self.none = self._button("Untick all", "untick-all", app.tick_all, False)
        self.ticks = self._bar(self.all, self.none)
        self.head = self._html("head", padding="0 0 0 30px")
        self.head.value = markup.head()
        self.cost = self._html("cost", flex="1 1 auto")
        self.push = self._button("Push", "push", app.click_push, style="primary")
        # Where "Push" was: the second click of a double click sends nothing.
        self.cancel = self._button("Cancel", "cancel", app.cancel)
        self.sure = self._button("Push", "confirm", app.click_push, True, style="danger")
        self.compare = self._button("Compare again", "compare", app.compare)
        self.buttons = self._bar(self.push)
        meter = w.IntProgress(layout=w.Layout(width="auto", flex="1 1 auto"))
        self.meter = self._named(meter, "progress")
        self.count = self._html("count", min_width="220px")
        self.running = self._bar(self.meter, self.count)
        self.box = self._whole("review")
        app.on_outcome = self.show_outcome

    def _row_widgets(self) -> RowWidgets:
        return ReviewRowWidgets(self)

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        self.title.value = said(app.headline, strong=True)
        self.notes.value = listed(app.remarks)
        self.message.value = note(*app.message)
        if not app.lines:
            self.message.value = self.message.value or note("info", "Nothing to push.")
            set_children(self.box, [self.title, self.notes, self.message])
            return
        self._show_choices()
        self._show_page("rows")
        self._show_foot()
        pager = [self.pager] if app.pages > 1 else []
        above = [self.title, self.notes, self.filter, self.ticks, self.head]
        below = [self.cost, self.buttons, *([self.running] if app.is_busy else []), self.message]
        set_children(self.box, [*above, self.list, *pager, *below])

    def _show_choices(self) -> None:
        app, names = self.app, {"all": "All", **KINDS, **ENDS}
        with self.fill():
            options = [(f"{names[name]} ({count:,})", name) for name, count in app.kinds.items()]
            set_options(self.filter, options, app.shown)
        self.filter.disabled = app.is_busy
        count = f"all {len(app.visible):,}"
        self.all.description, self.none.description = f"Tick {count}", f"Untick {count}"
        self.all.disabled = self.none.disabled = app.state != "looking"

    def _show_foot(self) -> None:
        app = self.app
        self.cost.value = said(f"{app.tally} Ticked: {app.price}.")
        count = counted(len(app.chosen), "row")
        again = " again" if any(row.end == "failed" for row in app.chosen) else ""
        self.push.description = f"Push {count}{again}" if app.chosen else "Push"
        self.push.disabled = app.is_busy or not app.ticked or app.plan.account.read_only
        self.sure.description = f"Yes, push {count}"
        shown = [self.cancel, self.sure] if app.state == "asking" else [self.push]
        set_children(self.buttons, [*shown, *([self.compare] if app.stale else [])])
        if app.is_busy:
            self.push.description = "Pushing"
            self._show_meter()

    # -- while a push runs: the kernel takes no clicks, but sends what changes

    def show_outcome(self, row: ReviewRow) -> None:
        """Show the outcome of a row."""
        app, now = self.app, time.monotonic()
        here = next((slot for slot in self.slots if slot.row is row), None)
        if here is not None:
            with self.fill():
                here.show(row)
        elif now - self.turned > TURN and row.is_shown(app.shown):
            self.turned = now
            app.page = app.visible.index(row) // PAGE
            self._show_page("rows")
        if now - self._beat > BEAT:
            self._beat = now
            self._show_meter()

    def _show_meter(self) -> None:
        ends = Counter(row.end for row in self.app.running)
        expected, tried = len(self.app.running), ends["done"] + ends["failed"]
        self.meter.max, self.meter.value = max(expected, 1), tried
        text = f"{tried:,} of {expected:,} rows: {ends['done']:,} done"
        text += f", {ends['failed']:,} not" if ends["failed"] else ""
        self.count.value = said(f"{text}. To stop, interrupt the kernel.")
