"""``rp.review`` of a reconciliation: which side is right, by row or by group, and the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from runn_pandas import html as page
from runn_pandas.account import current
from runn_pandas.analysis.corrections import IDENTITY, MINUTES, RESULT, corrections
from runn_pandas.analysis.names import names
from runn_pandas.errors import FrameError, PlanError, RunnError
from runn_pandas.jupyter.board_groups import (
    BY,
    DIFFERENCES,
    SIDES,
    STATUSES,
    Group,
    Row,
    clock,
    groups_of,
    heading,
    rows_of,
)
from runn_pandas.jupyter.review import PlanReview
from runn_pandas.jupyter.review_app import App, widgets
from runn_pandas.jupyter.review_lines import PAGE, Line
from runn_pandas.push.api import plan as planned
from runn_pandas.push.plan import Plan


def is_reconciliation(what: Any) -> bool:
    """Whether a value is a result of `rp.reconcile`."""
    return isinstance(what, pd.DataFrame) and set(RESULT) <= set(what.columns)


class Board(App):
    """A reconciliation to decide on.

    Parameters
    ----------
    result : DataFrame
        Of `rp.reconcile` by date, person and project, or a part of it.

    Attributes
    ----------
    choices : dict of int to str
        By position of the row: ``"timesheet"``, ``"runn"`` or ``"open"``. Only rows in which
        the timesheet is right are written.
    review : PlanReview or None
        The plan under review, once it is opened.
    """

    def __init__(self, result: pd.DataFrame) -> None:
        super().__init__()
        missing = [c for c in (*IDENTITY, *MINUTES) if c not in result.columns]
        if missing:
            raise FrameError(
                f"The reconciliation has no column {missing[0]!r}: rp.review takes one by date,"
                " personId and projectId, which says what to write."
            )
        self.account = current()
        unique = result.index.is_unique
        self.frame = result.copy() if unique else result.reset_index(drop=True)
        self.rows = rows_of(self.frame, self._names())
        self.choices = {row.position: "open" for row in self.rows if row.status in DIFFERENCES}
        self.shown, self.by, self.page = "differences", "status", 0
        self.review: PlanReview | None = None
        self.unfolded: set[str] = set()
        if len(self.visible) <= PAGE:
            self.unfolded = {group.key for group in self.groups}
        self._result: pd.DataFrame | None = None
        self._made: tuple[dict[int, str], Plan] | None = None
        if widgets() is not None:
            from runn_pandas.jupyter.board_view import BoardView

            self.widget = BoardView(self).box

    def _names(self) -> pd.DataFrame:
        """The names beside the ids; without them where the lists cannot be read."""
        ids = self.frame[["personId", "projectId"]]
        known = [c for c in ("personName", "projectName") if c in self.frame]
        if len(known) == 2 or ids.empty:
            return self.frame[known]
        try:
            return names(ids, account=self.account)
        except RunnError:
            self.message = ("info", "The names could not be read, so these are ids.")
            return ids

    # -- looking

    @property
    def statuses(self) -> dict[str, int]:
        """How many rows each filter lets through; only those that have any."""
        counts = Counter(row.status for row in self.rows)
        found = {"differences": len(self.choices), **{name: counts[name] for name in STATUSES}}
        return {name: n for name, n in found.items() if n or name == "differences"}

    @property
    def visible(self) -> list[Row]:
        """The rows that the filter lets through."""
        if self.shown == "differences":
            return [row for row in self.rows if row.status in DIFFERENCES]
        return [row for row in self.rows if row.status == self.shown]

    @property
    def groups(self) -> list[Group]:
        """The groups of what is visible."""
        return groups_of(self.visible, self.by)

    @property
    def lines(self) -> list[Group | Row]:
        """Heads, and below those that are unfolded their rows."""
        found: list[Group | Row] = []
        for group in self.groups:
            found.append(group)
            if group.key in self.unfolded:
                found += group.rows
        return found

    @property
    def pages(self) -> int:
        return max(-(-len(self.lines) // PAGE), 1)

    @property
    def on_page(self) -> list[Group | Row]:
        return self.lines[self.page * PAGE : (self.page + 1) * PAGE]

    def show(self, status: str) -> None:
        """Show the rows of a status, or ``"differences"``."""
        if status not in self.statuses:
            raise FrameError(f"There are no rows {status!r}: {', '.join(self.statuses)}.")
        self.shown, self.page = status, 0
        self.refresh()

    def group_by(self, by: str) -> None:
        """Group by ``"status"``, ``"person"`` or ``"week"``."""
        if by not in BY:
            raise FrameError(f"Rows are grouped by {', '.join(BY)}, not by {by!r}.")
        self.by, self.page = by, 0
        few = len(self.visible) <= PAGE
        self.unfolded = {group.key for group in self.groups} if few else set()
        self.refresh()

    def fold(self, key: str) -> None:
        """Fold or unfold a group."""
        self.unfolded ^= {key}
        self.page = min(self.page, self.pages - 1)
        self.refresh()

    def turn(self, page: int) -> None:
        """Show a page, counted from 0; the nearest one there is."""
        self.page = min(max(page, 0), self.pages - 1)
        self.refresh()

    # -- deciding

    def choose(self, rows: int | Iterable[int], side: str) -> None:
        """Say which side is right.

        Parameters
        ----------
        rows : int or iterable of int
            Positions in the result.
        side : {"timesheet", "runn", "open"}
            The timesheet is right and Runn is corrected; Runn is right and stays as it is; or
            not decided, which leaves Runn as it is too.
        """
        if side not in SIDES:
            raise FrameError(f"A side is 'timesheet', 'runn' or 'open', not {side!r}.")
        wanted = list(rows) if isinstance(rows, Iterable) else [int(rows)]
        bad = [p for p in wanted if p not in self.choices]
        if bad:
            raise FrameError(f"Nothing is to be decided on row {bad[0]}: it is no difference.")
        refused = [p for p in wanted if side == "timesheet" and self.rows[p].refusal]
        for position in wanted:
            if position not in refused:
                self.choices[position] = side
        self.message = ("", "")
        if refused:
            row = self.rows[refused[0]]
            more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
            self.message = ("info", f"{row.title}{more}: {row.refusal}.")
        self.refresh()

    def choose_group(self, key: str, side: str) -> None:
        """Say which side is right in all rows of a group that the filter shows."""
        group = next((one for one in self.groups if one.key == key), None)
        if group is None:
            raise FrameError(f"There is no group {key!r} here.")
        self.choose([row.position for row in group.rows if row.position in self.choices], side)

    def side_of(self, group: Group) -> str:
        """What was chosen for a group: a side, or ``"mixed"``; "" where nothing is to choose."""
        sides = {self.choices[r.position] for r in group.rows if r.position in self.choices}
        return sides.pop() if len(sides) == 1 else "mixed" if sides else ""

    # -- the plan

    @property
    def corrections(self) -> pd.DataFrame:
        """The actuals that are to be written, of the rows in which the timesheet is right."""
        chosen = [p for p, side in self.choices.items() if side == "timesheet"]
        return corrections(self.frame.iloc[chosen], account=self.account)

    @property
    def plan(self) -> Plan | None:
        """The plan of what is chosen; None as long as the timesheet is right nowhere."""
        if self.review is not None:
            return self.review.plan
        if "timesheet" not in self.choices.values():
            return None
        if self._made is None or self._made[0] != self.choices:
            made = planned(self.corrections, "actuals", account=self.account)
            self._made = (dict(self.choices), made)
        return self._made[1]

    def open_plan(self) -> PlanReview:
        """Plan what is chosen, and go on to its review, in the same place."""
        self._made = None  # the account may have moved
        made = self.plan
        if made is None:
            raise PlanError(
                "The timesheet is right nowhere yet: choose it for a row or a group first."
            )
        titles = {row.label: row.title for row in self.rows}
        self.review = PlanReview(made, titles)
        self.message = ("", "")
        self.refresh()
        return self.review

    def back(self) -> None:
        """Go back from the plan to the rows."""
        if self.review is not None and self.review.state == "running":
            return
        done = self._take_over(self.review) if self.review is not None else 0
        self.review, self._made = None, None
        self.shown = self.shown if self.shown in self.statuses else "differences"
        self.page = min(self.page, self.pages - 1)
        self.say("done", f"{done:,} row{'s' if done != 1 else ''} corrected." if done else "")

    def _take_over(self, review: PlanReview) -> int:
        """Note which rows agree now; give how many."""
        self._result = review.result if review.outcomes else self._result
        by_label: dict[Any, list[Line]] = {}
        for line in review.lines:
            by_label.setdefault(line.label, []).append(line)
        count = 0
        for number, row in enumerate(self.rows):
            lines = by_label.get(row.label, [])
            if lines and all(line.fate == "done" for line in lines):
                self.rows[number] = replace(
                    row, status="match", runn=row.timesheet or 0, difference=0
                )
                self.choices.pop(row.position, None)
                count += 1
        return count

    @property
    def result(self) -> pd.DataFrame | None:
        """What became of each correction of the last plan; None before one was opened."""
        return self._result if self.review is None else self.review.result

    # -- in words

    @property
    def tally(self) -> str:
        """How many rows are decided, and for which side."""
        counts = Counter(self.choices.values())
        if not self.choices:
            return "The timesheet and Runn agree everywhere: there is nothing to decide."
        return (
            f"Timesheet is right: {counts['timesheet']:,}. Runn is right: {counts['runn']:,}."
            f" Undecided, and left as they are: {counts['open']:,}."
        )

    @property
    def headline(self) -> str:
        """The whole in one sentence."""
        sums = Group("", tuple(self.rows))
        days = [row.date for row in self.rows]
        span = f" from {min(days)} to {max(days)}" if days else ""
        return (
            f"Reconciliation{span}: {len(self.choices):,} differences in {len(self.rows):,} rows;"
            f" timesheet {clock(sums.minutes('timesheet'))} h, Runn {clock(sums.minutes('runn'))} h"
        )

    def _table(self) -> list[tuple[str, ...]]:
        return [
            (
                heading(group, "status"),
                f"{len(group.rows):,}",
                clock(group.minutes("timesheet")),
                clock(group.minutes("runn")),
                clock(group.minutes("difference"), signed=True),
            )
            for group in groups_of(self.rows, "status")
        ]

    def text(self) -> str:
        if self.review is not None:
            return self.review.text()
        lines = [
            f"  {name}: {count} rows, timesheet {ours} h, Runn {theirs} h, difference {gap} h"
            for name, count, ours, theirs, gap in self._table()
        ]
        return "\n".join([self.headline, *lines, self.tally])

    def html(self) -> str:
        if self.review is not None:
            return self.review.html()
        heads = ("status", "rows", "timesheet", "Runn", "difference")
        table = page.table(heads, self._table(), numeric=heads[1:])
        return page.block(self.headline, table, [self.tally])
