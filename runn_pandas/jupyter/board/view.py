"""The widgets of a reconciliation's board."""

from __future__ import annotations

from runn_pandas.frame.words import counted
from runn_pandas.jupyter.board import markup
from runn_pandas.jupyter.board.app import Board
from runn_pandas.jupyter.board.state import BY, SIDES, STATUSES, BoardRow, Group
from runn_pandas.jupyter.markup import note, said
from runn_pandas.jupyter.view import RowsView, RowWidgets, set_children, set_options

CHOICES = [(words, side) for side, words in SIDES.items()]
MIXED = ("Mixed", "mixed")
HINT = (
    "Timesheet is right: Runn is corrected; what is only in Runn becomes 0 minutes, which counts"
    " as not worked. Nothing is sent before you push the plan."
)


class BoardRowWidgets(RowWidgets):
    """The widgets of a head or a row: a fold, what it says, and the choice."""

    def __init__(self, view: BoardView) -> None:
        w, self.app = view.w, view.app
        self.unfold = w.Button(
            tooltip="Show or hide the rows",
            layout=w.Layout(width="26px", flex="0 0 26px", margin="0 4px 0 0", padding="0"),
        )
        layout = w.Layout(width="148px", flex="0 0 148px", margin="0 0 0 8px")
        self.side = w.Dropdown(options=CHOICES, layout=layout)
        self.unfold.add_class("runn-fold")
        self.side.add_class("runn-side")
        super().__init__(w, [self.unfold], [self.side], padding="2px 0", align_items="center")
        self.unfold.on_click(lambda _: self.app.act(self._fold))
        view.on_change(self.side, self._choose)

    def _fold(self) -> None:
        if isinstance(self.row, Group):
            self.app.fold(self.row.key)

    def _choose(self, side: str) -> None:
        if side == "mixed":
            return
        if isinstance(self.row, Group):
            self.app.choose_group(self.row.key, side)
        else:
            self.app.choose(self.row.position, side)

    def show(self, row: Group | BoardRow) -> None:
        """Show a head or a row, and which side was chosen."""
        app = self.app
        if isinstance(row, Group):
            self.text.value = markup.group_of(row, app.by)
            self.unfold.icon = "caret-down" if row.key in app.unfolded else "caret-right"
            side = app.side_of(row)
        else:
            self.text.value = markup.row_of(row)
            side = app.choices.get(row.position, "")
        self.unfold.layout.visibility = "visible" if isinstance(row, Group) else "hidden"
        self.side.layout.visibility = "visible" if side else "hidden"
        set_options(self.side, [MIXED, *CHOICES] if side == "mixed" else CHOICES, side or "open")


class BoardView(RowsView):
    """The widgets of a `Board`."""

    app: Board

    def __init__(self, app: Board) -> None:
        super().__init__(app)
        by = [(f"By {words.lower()}", name) for name, words in BY.items()]
        first = [("All", "differences")]
        self.filter = self._toggles("filter", first, app.show, margin="2px 0")
        self.by = self._toggles("by", by, app.group_by, margin="2px 0")
        self.head = self._html("head", padding="0 156px 0 30px")
        self.head.value = markup.head()
        self.tally = self._html("tally")
        self.hint = self._html("hint")
        self.hint.value = said(HINT)
        self.plan = self._button("Plan", "plan", app.open_plan, style="primary")
        self.plan_bar = self._bar(self.plan)
        self.leave_bar = self._bar(self._button("Back to the board", "back", app.back))
        self.box = self._whole("board")

    def _row_widgets(self) -> RowWidgets:
        return BoardRowWidgets(self)

    def refresh(self) -> None:
        """Show all of it as it is now: the rows, or the plan's review in their place."""
        app = self.app
        self.message.value = note(*app.message)
        self.title.value = said(app.headline, strong=True)
        if app.review is not None and app.review.widget is not None:
            set_children(self.box, [self.leave_bar, app.review.widget, self.message])
        elif app.rows:
            self._show_board()
        else:
            none = note("info", "The reconciliation has no rows.")
            self.message.value = self.message.value or none
            set_children(self.box, [self.title, self.message])

    def _show_board(self) -> None:
        app, names = self.app, {"differences": "All differences", **STATUSES}
        self.tally.value = said(app.tally)
        with self.fill():
            options = [(f"{names[name]} ({n:,})", name) for name, n in app.statuses.items()]
            set_options(self.filter, options, app.shown)
            self.by.value = app.by
        self._show_page("lines")
        count = sum(side == "timesheet" for side in app.choices.values())
        self.plan.description = f"Plan {counted(count, 'correction')}"
        self.plan.disabled = not count
        pager = [self.pager] if app.pages > 1 else []
        plan = [self.hint, self.plan_bar] if app.choices else []
        above = [self.title, self.filter, self.by, self.head]
        set_children(self.box, [*above, self.list, *pager, self.tally, *plan, self.message])
