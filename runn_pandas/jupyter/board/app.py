"""The board of a reconciliation: which side is right, by row or by group, and the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from runn_pandas import html as page
from runn_pandas.account import current
from runn_pandas.analysis.reconciliation import left_out
from runn_pandas.analysis.reconciliation.actuals_to_write import corrections
from runn_pandas.analysis.reconciliation.compared_days import days_in_words
from runn_pandas.errors import FrameError, PlanError, RunnError
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import PAGE, RowsApp
from runn_pandas.jupyter.board import state
from runn_pandas.jupyter.board.missing import missing
from runn_pandas.jupyter.board.state import BY, DIFFERENCES, SIDES, BoardRow, Group
from runn_pandas.jupyter.review import PlanReview
from runn_pandas.jupyter.review.stored import standing
from runn_pandas.lookup.name_columns import names
from runn_pandas.push.api import plan as planned
from runn_pandas.push.model import Origin
from runn_pandas.push.plan import Plan

Ends = dict[Any, list[str]]  # by the label of a row what became of its actuals


class Board(RowsApp):
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

    public = ("back", "choices", "choose", "choose_group", "corrections", "fold", "group_by",
              "open_plan", "plan", "result", "review", "show", "turn", "undo")  # fmt: skip

    shown = "differences"

    def __init__(self, result: pd.DataFrame) -> None:
        super().__init__()
        state.check_columns(result)
        self.account = current()
        unique = result.index.is_unique
        self.frame = result.copy() if unique else result.reset_index(drop=True)
        self.rows = state.rows_of(self.frame, self._names())
        self.choices = {row.position: "open" for row in self.rows if row.status in DIFFERENCES}
        # What of the timesheet is not compared, and what counts twice.
        self.missing = missing(self.frame, state.names_by_id(self.frame, self.rows))
        self.by = "status"
        self.review: PlanReview | None = None
        self._unfold_few()
        self._reviews: list[PlanReview] = []  # of the plans that were pushed
        self._before: dict[int, BoardRow] = {}  # the rows that were corrected, as they were
        self._result: pd.DataFrame | None = None
        self._made: tuple[dict[int, str], Plan] | None = None
        self.open_view()

    def _names(self) -> pd.DataFrame:
        """Return the names beside the ids; without them where the lists cannot be read."""
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
        """The number of rows that each filter lets through; only those that have any."""
        return state.filters_of(self.rows, len(self.choices))

    @property
    def visible(self) -> list[BoardRow]:
        """The rows that the filter lets through."""
        wanted = DIFFERENCES if self.shown == "differences" else (self.shown,)
        return [row for row in self.rows if row.status in wanted]

    @property
    def groups(self) -> list[Group]:
        """The groups of what is visible."""
        return state.groups_of(self.visible, self.by)

    @property
    def lines(self) -> list[Group | BoardRow]:
        """The heads, and below those that are unfolded their rows."""
        found: list[Group | BoardRow] = []
        for group in self.groups:
            found += [group, *(group.rows if group.key in self.unfolded else ())]
        return found

    paged = lines

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
        self._unfold_few()
        self.refresh()

    def _unfold_few(self) -> None:
        """Unfold all groups where a page has room for their rows."""
        few = len(self.visible) <= PAGE
        self.unfolded = {group.key for group in self.groups} if few else set()

    def fold(self, key: str) -> None:
        """Fold or unfold a group."""
        self.unfolded ^= {key}
        self.turn(self.page)

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
        bad = [position for position in wanted if position not in self.choices]
        if bad:
            raise FrameError(f"Nothing is to be decided on row {bad[0]}: it is no difference.")
        refused = []
        for position in wanted:
            if side == "timesheet" and self.rows[position].refusal:
                refused.append(self.rows[position])
            else:
                self.choices[position] = side
        self.message = state.refused(refused)
        self.refresh()

    def choose_group(self, key: str, side: str) -> None:
        """Say which side is right in all rows of a group that the filter shows."""
        group = next((one for one in self.groups if one.key == key), None)
        if group is None:
            raise FrameError(f"There is no group {key!r} here.")
        self.choose([row.position for row in group.rows if row.position in self.choices], side)

    def side_of(self, group: Group) -> str:
        """Return what was chosen for a group, or ``"mixed"``; "" where nothing is to choose."""
        sides = {self.choices[r.position] for r in group.rows if r.position in self.choices}
        return sides.pop() if len(sides) == 1 else "mixed" if sides else ""

    # -- the plan

    @property
    def corrections(self) -> pd.DataFrame:
        """The actuals that are to be written, of the rows in which the timesheet is right."""
        chosen = [p for p, side in self.choices.items() if side == "timesheet"]
        rows = self.frame.iloc[chosen]
        # The timesheet is right in them, also where it has nothing.
        return corrections(rows, only_runn="zero", account=self.account)

    @property
    def plan(self) -> Plan | None:
        """The plan of what is chosen; None as long as the timesheet is right nowhere."""
        if self.review is not None:
            return self.review.plan
        if "timesheet" not in self.choices.values():
            return None
        if self._made is None or self._made[0] != self.choices:
            rows = self.corrections
            notes = left_out.notes(self.frame) + state.of_several(rows.index)
            origin = Origin(rows.index, range(len(rows)), {}, notes)
            made = planned(rows, "actuals", account=self.account, origin=origin)
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
        titles = {row.label: row.about for row in self.rows}
        marks = {row.label: row.twice for row in self.rows if row.twice}
        self.review = PlanReview(made, titles, marks)
        self.review.around = self
        self.message = ("", "")
        self.refresh()
        return self.review

    def back(self) -> None:
        """Go back from the plan to the rows."""
        review = self.review
        if review is not None and review.state == "running":
            return
        said = self._take_over(review) if review is not None else ""
        if review is not None and review.view is not None:
            review.view.close()
            review.view, review.refresh = None, lambda: None
        self.review, self._made = None, None
        self.shown = self.shown if self.shown in self.statuses else "differences"
        self.message = ("done", said)
        self.turn(self.page)

    def _take_over(self, review: PlanReview) -> str:
        """Note which rows agree now, and which no longer do; return it in a sentence."""
        self._result = review.result if review.outcomes else self._result
        if review.outcomes and review not in self._reviews:
            self._reviews.append(review)
        ends = _ends(review)
        done, undone = _changed(self.rows, ends, self._before)
        for number in done:
            row = self._before[number] = self.rows[number]
            agreed = row.timesheet or 0
            self.rows[number] = replace(row, status="match", runn=agreed, difference=0)
            self.choices.pop(row.position, None)
        for number in undone:
            row = self.rows[number] = self._before.pop(number)
            self.choices[row.position] = "timesheet"
        told = [self._became("corrected", done, ends), self._became("taken back", undone, ends)]
        return " ".join(filter(None, told))

    def _became(self, word: str, numbers: list[int], ends: Ends) -> str:
        actuals = sum(len(ends[self.rows[number].label]) for number in numbers)
        return state.became(word, len(numbers), actuals) if numbers else ""

    @property
    def pushed(self) -> list[str]:
        """Of each plan that was pushed, how many and how to undo it."""
        return [said for said in (review.kept for review in self._reviews) if said]

    @property
    def can_undo(self) -> int:
        """The number of actuals of the last push that `undo` would plan to take back."""
        review = self._last
        return len(standing(review)) if review is not None else 0

    @property
    def _last(self) -> PlanReview | None:
        """The review of the last plan of which something was pushed, and not taken back."""
        left = [review for review in self._reviews if standing(review)]
        return left[-1] if left and not self.account.read_only else None

    def undo(self) -> None:
        """Plan the way back of the last push, and go on to its review, in the same place."""
        review = self._last
        if self.review is not None or review is None:
            return
        if not review.is_back:
            review.undo()
        review.open_view()
        self.review, self.message = review, ("", "")
        self.refresh()

    @property
    def result(self) -> pd.DataFrame | None:
        """The outcome of each correction of the last plan; None before one was opened."""
        return self._result if self.review is None else self.review.result

    # -- in words

    @property
    def tally(self) -> str:
        """The number of rows that are decided, and for which side, in a sentence."""
        return state.tally(self.choices, self.rows)

    @property
    def headline(self) -> str:
        """The whole in one sentence."""
        return state.headline(days_in_words(self.frame), self.rows, len(self.choices))

    def _text(self) -> str:
        if self.review is not None:
            return self.review._text()
        lines = [
            f"  {name}: {count} rows, timesheet {ours} h, Runn {theirs} h, difference {gap} h"
            for name, count, ours, theirs, gap in state.table(self.rows)
        ]
        said = [self.headline, *self._missing, *lines, self.tally, *self.pushed]
        return "\n".join(said)

    @property
    def _missing(self) -> list[str]:
        """The lines on what is not compared, and on what counts twice."""
        return [line for part in self.missing for line in part.texts]

    def _static(self) -> str:
        if self.review is not None:
            return self.review._static()
        heads = ("status", "rows", "timesheet", "Runn", "difference")
        table = page.table(heads, state.table(self.rows), numeric=heads[1:])
        rows = [state.cells(row) for row in self.visible[:PAGE]]
        shown = page.table(state.HEADS, rows, numeric=state.HEADS[3:6]) if rows else ""
        more = len(self.visible) - len(rows)
        left = [f"{counted(more, 'row')} more are not shown here."] if more > 0 else []
        # What is missing stands above what is there.
        first = page.block(self.headline, notes=self._missing) if self.missing else ""
        rest = page.block("" if first else self.headline, table, [self.tally, *self.pushed])
        return first + rest + page.block("", shown, left)


def _changed(
    rows: list[BoardRow], ends: Ends, before: Iterable[int]
) -> tuple[list[int], list[int]]:
    """Return which rows agree now, and which of those that were corrected no longer do."""
    agree = {label for label, found in ends.items() if set(found) == {"done"}}
    known, open_ = set(before), ends.keys() - agree
    done = [n for n, row in enumerate(rows) if row.label in agree and n not in known]
    return done, [n for n in known if rows[n].label in open_]


def _ends(review: PlanReview) -> Ends:
    """Return by label what became of the actuals of a row; "" of what was taken back."""
    ends: Ends = {}
    for write in review.first:
        end = "" if write.label in review.taken_back else write.end
        ends.setdefault(write.label, []).append(end)
    return ends
