"""The widgets of a reconciliation's board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runn_pandas.frame.words import counted
from runn_pandas.jupyter.board import markup
from runn_pandas.jupyter.board.app import Board
from runn_pandas.jupyter.board.state import BY, SIDES, STATUSES, BoardRow, Group, heading, to_plan
from runn_pandas.jupyter.markup import listed, note, said, spoken
from runn_pandas.jupyter.style import Columns
from runn_pandas.jupyter.view import RowsView, RowWidgets, choice, set_children, set_options

HINT = (
    "Timesheet is right: Runn is corrected; what is only in Runn becomes 0 minutes, which counts"
    " as not worked. Nothing is sent before you push the plan. What is chosen beside the head of a"
    " group is for all of its rows, also on other pages. With the keyboard Space opens a choice."
)


class BoardRowWidgets(RowWidgets):
    """The widgets of a head or a row: a fold, what it says, and the choice."""

    def __init__(self, view: BoardView) -> None:
        w, self.app, self.view = view.w, view.app, view
        self.unfold = w.Button(
            layout=w.Layout(width="26px", flex="0 0 26px", margin="0 4px 0 0", padding="0"),
        )
        self.side = choice(w, "", sides_of(""), margin="0 0 0 14px")
        self.side.layout.flex = "0 0 168px"
        self.side.add_class("runn-only-heard")
        self.unfold.add_class("runn-fold")
        self.side.add_class("runn-side")
        shown = {"padding": "2px 0", "align_items": "center", "flex_flow": "row wrap"}
        super().__init__(w, [self.unfold], [self.side], **shown)
        self.text.layout.flex = "1 1 320px"
        self.unfold.on_click(lambda _: view.on_click(self.unfold, self._fold))
        view.on_change(self.side, self._choose)

    def _fold(self) -> None:
        if isinstance(self.row, Group):
            self.app.fold(self.row.key)

    def _choose(self, side: str) -> None:
        if isinstance(self.row, Group):
            self.app.choose_group(self.row.key, side)
        else:
            self.app.choose(self.row.position, side)

    def show(self, row: Group | BoardRow) -> None:
        """Show a head or a row, and which side was chosen."""
        app, columns = self.app, self.view.columns
        if isinstance(row, Group):
            self.text.value = markup.group_of(row, app.by, columns)
            open_ = row.key in app.unfolded
            (self.unfold.add_class if open_ else self.unfold.remove_class)("runn-open")
            about = heading(row, app.by)
            verb = "Hide" if open_ else "Show"
            self.unfold.description = spoken(f"{verb} the rows of {about}")
            side, what = app.side_of(row), f"all {counted(len(row.rows), 'row')} of {about}"
        else:
            self.text.value = markup.row_of(row, app.by, columns)
            side, what = app.choices.get(row.position, ""), row.title
        self.unfold.layout.visibility = "visible" if isinstance(row, Group) else "hidden"
        self.side.layout.visibility = "visible" if side else "hidden"
        self.side.description = spoken(f"{markup.CHOICE}: {what}")
        set_options(self.side, sides_of(side), side or "open")
        decided = side in ("timesheet", "runn")
        (self.side.add_class if decided else self.side.remove_class)("runn-decided")


def sides_of(side: str) -> list[tuple[str, str]]:
    """Return the sides; a group with both has a choice that says so, which is gone with it."""
    mixed = [("Mixed", "mixed")] if side == "mixed" else []
    return mixed + [(words, name) for name, words in SIDES.items()]


class BoardView(RowsView):
    """The widgets of a `Board`."""

    app: Board

    def __init__(self, app: Board) -> None:
        super().__init__(app)
        self.columns = Columns()
        by = [(words, name) for name, words in BY.items()]
        self.missing = self._html("missing")
        self.missing.value = markup.missing(app.missing)
        self.filter = self._chooser("filter", "Show", [("All", "differences")], app.show)
        self.by = self._chooser("by", "Group by", by, app.group_by)
        self.menus = self._bar(self.filter, self.by)
        self.head = self._html("head", padding="0 0 0 30px")
        self.tally = self._html("tally")
        self.done = self._html("done")
        self.pushed = self._html("pushed")
        words = ("Reading ...", "The way back is shown")
        self.undo = self._button("Undo", "undo-pushed", app.wait_for, app.undo, words=words)
        self.undo_bar = self._bar(self.undo)
        self.hint = self._html("hint")
        self.hint.value = said(HINT)
        words = ("Planning ...", "Planned, see below")
        self.plan = self._button(
            "Plan", "plan", app.wait_for, app.open_plan, style="primary", words=words
        )
        self.plan_bar = self._bar(self.plan)
        self.leave = self._button("Back to the board", "back", app.back)
        self.leave_bar = self._bar(self.leave)
        missing = [self.done, *([self.missing] if app.missing else [])]
        above = [self.leave_bar, self.title, *missing, self.menus, self.head, self.list, self.pager]
        below = [self.tally, self.pushed, self.undo_bar, self.hint, self.plan_bar, self.message]
        self.under_review = self.w.VBox()  # where the plan's review comes
        whole = [*above, *below[:-1], self.under_review, self.message]
        self.box = self._sized("board", whole)

    def _row_widgets(self) -> RowWidgets:
        return BoardRowWidgets(self)

    def _next_after(self, button: Any) -> Sequence[Any]:
        if button in (self.back, self.on):
            return super()._next_after(button)
        return (self.leave, self.plan, *(slot.unfold for slot in self.slots[:1]))

    def refresh(self) -> None:
        """Show all of it as it is now: the rows, or the plan's review in their place."""
        app = self.app
        review = app.review.widget if app.review is not None else None
        none = note("info", "The reconciliation has no rows.") if not app.rows else ""
        self._show_message(none)
        self.title.value = said(app.headline, strong=True)
        set_children(self.under_review, [review] if review is not None else [])
        board, plan = review is None and bool(app.rows), review is None and bool(app.choices)
        shown = dict.fromkeys((self.menus, self.head, self.list, self.tally), board)
        self.pushed.value = listed(app.pushed)
        shown |= dict.fromkeys((self.hint, self.plan, self.plan_bar), plan)
        shown |= dict.fromkeys((self.leave, self.leave_bar), review is not None)
        shown |= {self.title: review is None, self.pager: board and app.pages > 1}
        undo = board and bool(app.can_undo)
        shown |= dict.fromkeys((self.undo, self.undo_bar), undo)
        shown |= dict.fromkeys((self.pushed, self.missing), review is None)
        for part, there in shown.items():
            self._set(part, shown=there)
        if board:
            self._show_board()

    def _show_message(self, otherwise: str) -> None:
        """Show what a push has done above the rows, where one looks first, all else below."""
        is_done = self.app.message[0] == "done"
        shown = note(*self.app.message)
        self.done.value = shown if is_done else ""
        self.message.value = otherwise if is_done else shown or otherwise

    def _show_board(self) -> None:
        app, names = self.app, {"differences": "All differences", **STATUSES}
        self.tally.value = said(app.tally)
        with self.fill():
            options = [(f"{names[name]} ({n:,})", name) for name, n in app.statuses.items()]
            set_options(self.filter, options, app.shown)
            self.by.value = app.by
        before, self.columns = self.columns.step, markup.columns_of(app.groups, app.by)
        if self.columns.step != before:
            self.list.remove_class(f"runn-at-{before}")
        self.list.add_class(f"runn-at-{self.columns.step}")
        self.head.value = markup.head(self.columns, app.by)
        self._show_page("lines")
        ready = "timesheet" in app.choices.values() and not app.is_busy
        self.describe(self.plan, to_plan(app.choices))
        self._set(self.plan, shown=app.review is None, enabled=ready)
        self.describe(self.undo, f"Undo {counted(app.can_undo, 'actual')} ...")
        self._set(self.undo, shown=bool(app.can_undo), enabled=not app.is_busy)
