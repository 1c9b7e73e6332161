"""The widgets of a reconciliation's board: made once, filled anew for each page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runn_pandas.html import inline
from runn_pandas.jupyter import review_markup as markup
from runn_pandas.jupyter.board_groups import BY, SIDES, STATUSES, Group, Row, clock, heading
from runn_pandas.jupyter.paged_view import PagedView
from runn_pandas.jupyter.review_app import PLAIN

if TYPE_CHECKING:
    from runn_pandas.jupyter.board import Board

# What is made of digits keeps its width; names share what is left.
GRID = "76px minmax(0,22fr) minmax(0,28fr) 70px 60px 72px minmax(0,22fr)"
HEADS = ("Date", "Person", "Project", "Timesheet", "Runn", "Difference", "Status")
NUMERIC = ("Timesheet", "Runn", "Difference")
GREY = "1px solid rgba(128,128,128,.3)"
MIXED = ("Mixed", "mixed")
HINT = (
    "Timesheet is right: Runn is corrected; what is only in Runn becomes 0 minutes, which counts"
    " as not worked. Nothing is sent before you push the plan."
)


class Slot:
    """The widgets of one line: a fold, what it says, and the choice."""

    def __init__(self, w: Any) -> None:
        self.fold = w.Button(
            icon="caret-right",
            tooltip="Show or hide the rows",
            layout=w.Layout(width="26px", flex="0 0 26px", margin="0 4px 0 0", padding="0"),
        )
        self.text = w.HTML(layout=w.Layout(flex="1 1 0", width="auto", min_width="0", margin="0"))
        self.side = w.Dropdown(
            options=[(words, side) for side, words in SIDES.items()],
            layout=w.Layout(width="148px", flex="0 0 148px", margin="0 0 0 8px"),
        )
        self.box = w.HBox(
            [self.fold, self.text, self.side],
            layout=w.Layout(border_top=GREY, padding="2px 0", align_items="center"),
        )
        self.line: Group | Row | None = None
        self.busy = False  # being filled: a change is not a click

    def fill(self, app: Board, line: Group | Row) -> None:
        """Show a head or a row."""
        self.busy = True
        self.line = line
        head = isinstance(line, Group)
        self.fold.layout.visibility = "visible" if head else "hidden"
        if isinstance(line, Group):
            self.text.value = group_line(line, app.by)
            self.fold.icon = "caret-down" if line.key in app.unfolded else "caret-right"
            side = app.side_of(line)
        else:
            self.text.value = row_line(line)
            side = app.choices.get(line.position, "")
        options = [(words, name) for name, words in SIDES.items()]
        options = [MIXED, *options] if side == "mixed" else options
        if list(self.side.options) != options:
            self.side.options = options
        self.side.layout.visibility = "visible" if side else "hidden"
        self.side.value = side or "open"
        self.busy = False


def group_line(group: Group, by: str) -> str:
    """The head of a group, with the sums."""
    count = f"{len(group.rows):,} row{'s' if len(group.rows) != 1 else ''}"
    name = f'<div style="grid-column:1 / span 3"><b>{inline(heading(group, by), 80)}</b>'
    sums = [
        f"<b>{right(clock(group.minutes(side), signed=side == 'difference'))}</b>"
        for side in ("timesheet", "runn", "difference")
    ]
    inner = "".join(f"<div>{one}</div>" for one in [*sums, markup.muted(count)])
    return (
        f'<div class="{PLAIN}" style="display:grid;grid-template-columns:{GRID};gap:0 8px;'
        f'line-height:1.45;font-size:13px;{markup.WRAP}">{name}</div>{inner}</div>'
    )


def row_line(row: Row) -> str:
    """One row."""
    tint = {"match": "create", "differs": "conflict"}.get(row.status, "update")
    about = markup.badge(STATUSES[row.status], tint)
    why = f'<div style="font-size:13px;padding-left:84px">{markup.muted(row.refusal)}</div>'
    line = markup.grid(
        [
            f'<span style="white-space:nowrap">{inline(row.date)}</span>',
            inline(row.person, 60),
            inline(row.project, 60),
            right(clock(row.timesheet)),
            right(clock(row.runn)),
            right(clock(row.difference, signed=True)),
            about,
        ],
        GRID,
        "gap:0 8px",
    )
    return line + why if row.refusal else line


def right(words: str) -> str:
    """Digits under digits."""
    dim = ";opacity:.65" if words == "none" else ""
    style = f"text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums{dim}"
    return f'<div style="{style}">{inline(words)}</div>'


class BoardView(PagedView):
    """Shows a `Board` and hands on its clicks."""

    app: Board

    def __init__(self, app: Board) -> None:
        super().__init__(app)
        self.busy = False
        self._parts()
        app.refresh = self.refresh
        self.refresh()

    # -- the parts

    def _toggles(self, name: str, options: list[tuple[str, str]], chosen: Any) -> Any:
        layout = self.w.Layout(margin="2px 0")
        made = self.w.ToggleButtons(options=options, style={"button_width": "auto"}, layout=layout)
        made.add_class(name)
        made.observe(
            lambda change: None if self.busy else self.app.act(chosen, change["new"]), "value"
        )
        return made

    def _parts(self) -> None:
        w, app = self.w, self.app
        self.title = self._html("runn-title")
        self.filter = self._toggles("runn-filter", [("All", "differences")], app.show)
        by = [(f"By {words.lower()}", name) for name, words in BY.items()]
        self.by = self._toggles("runn-by", by, app.group_by)
        self.head = self._html("runn-head", padding="0 156px 0 30px")
        heads = [
            f'<div style="text-align:{"right" if n in NUMERIC else "left"}">{markup.muted(n)}</div>'
            for n in HEADS
        ]
        self.head.value = markup.grid(heads, GRID, "gap:0 8px")
        self._list_parts()
        self.tally = self._html("runn-tally")
        self.hint = self._html("runn-hint")
        self.hint.value = markup.said(HINT)
        self.plan = self._button("Plan", "runn-plan", app.open_plan, style="primary")
        self.leave = self._button("Back to the board", "runn-back", app.back)
        self.message = self._html("runn-message")
        self.box = w.VBox(layout=w.Layout(width="100%", padding="4px", overflow="hidden"))
        self.box.add_class("runn-board")

    # -- clicks

    def _fold(self, slot: Slot) -> None:
        if isinstance(slot.line, Group):
            self.app.fold(slot.line.key)

    def _chosen(self, slot: Slot, side: str) -> None:
        if slot.busy or side == "mixed" or slot.line is None:
            return
        if isinstance(slot.line, Group):
            self.app.act(self.app.choose_group, slot.line.key, side)
        else:
            self.app.act(self.app.choose, slot.line.position, side)

    # -- showing

    def refresh(self) -> None:
        """Show all of it as it is now."""
        app = self.app
        if app.review is not None and app.review.widget is not None:
            leave = self.w.HBox([self.leave], layout=self._bar())
            self.box.children = [leave, app.review.widget, self.message]
            self.message.value = markup.note(*app.message)
            return
        self.busy = True
        self.title.value = markup.said(app.headline, strong=True)
        self.tally.value = markup.said(app.tally)
        self.message.value = markup.note(*app.message)
        if not app.rows:
            note = markup.note("info", "The reconciliation has no rows.")
            self.message.value = self.message.value or note
            self.box.children = [self.title, self.message]
            self.busy = False
            return
        words = {"differences": "All differences", **STATUSES}
        options = [(f"{words[name]} ({n:,})", name) for name, n in app.statuses.items()]
        if list(self.filter.options) != options:
            self.filter.options = options
        self.filter.value, self.by.value = app.shown, app.by
        self._fill(app.on_page, len(app.lines), "lines")
        count = sum(side == "timesheet" for side in app.choices.values())
        self.plan.description = f"Plan {count:,} correction{'s' if count != 1 else ''}"
        self.plan.disabled = not count
        pager = [self.pager] if app.pages > 1 else []
        plan = [self.hint, self.w.HBox([self.plan], layout=self._bar())] if app.choices else []
        self.box.children = [
            self.title,
            self.filter,
            self.by,
            self.head,
            self.list,
            *pager,
            self.tally,
            *plan,
            self.message,
        ]
        self.busy = False

    def _slot(self) -> Slot:
        slot = Slot(self.w)
        slot.box.add_class("runn-row")
        slot.fold.add_class("runn-fold")
        slot.side.add_class("runn-side")
        slot.fold.on_click(lambda _: self.app.act(self._fold, slot))
        slot.side.observe(lambda change: self._chosen(slot, change["new"]), "value")
        return slot
