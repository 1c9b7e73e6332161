"""The review of a plan: rows are taken in or left out, pushed, and compared again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runn_pandas.errors import PlanError, RunnError
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import RowsApp, wait_of
from runn_pandas.jupyter.review import pushes, state, stored
from runn_pandas.jupyter.review.names import names_of_ids
from runn_pandas.jupyter.review.state import ReviewRow, Said, Titles
from runn_pandas.jupyter.table.rows import fold
from runn_pandas.push.model import Outcome
from runn_pandas.push.plan import UNSEEN, Plan
from runn_pandas.push.render import headline, remarks, result
from runn_pandas.reader.progress import progress_shown_by

COMPARED = "a reconciliation does not have updatedAt. Compare anew if it is old."
QUIET = 1.0  # seconds after a push in which a click is still of the push before


@dataclass
class Stage:
    """A plan as it was left to look at the way back of it."""

    plan: Plan
    lines: list[ReviewRow]
    ticked: set[int]
    outcomes: dict[int, Outcome]
    report: Said


class PlanReview(RowsApp):
    """A plan under review.

    Parameters
    ----------
    plan : Plan
        What would be done.
    titles : mapping, optional
        By the frame's label what a row is, where the plan itself has ids only.
    marks : mapping, optional
        By the frame's label what else is to be said of a row.
    clock : callable
        Returns seconds.

    Attributes
    ----------
    plan : Plan
        The plan, with every row of it.
    lines : list of ReviewRow
        The rows that something happens to.
    ticked : set of int
        The positions of the rows that a push would send.
    state : str
        ``looking``, ``asking`` (a second click is awaited) or ``running``.
    stale : bool
        Whether the account has moved away from the plan, which is to be compared again.
    report : tuple of str
        What the last push did: the kind of the message, and its text.
    """

    public = ("back", "cancel", "plan", "push", "report", "result", "search", "show", "tick",
              "tick_all", "ticked", "turn", "undo")  # fmt: skip

    def __init__(
        self,
        plan: Plan,
        titles: Titles | None = None,
        marks: Mapping[Any, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._titles, self._marks, self._clock = titles, marks or {}, clock
        self._about = titles  # the way back of a push has the names of its rows
        self.is_back = False  # whether the plan takes a push back
        self._left: Stage | None = None  # what was left for the way back
        self._open(plan)
        self._first: list[ReviewRow] | None = None  # the rows of the plan that was opened first
        self.taken_back: set[Any] = set()  # the labels of rows that were undone
        self.wait = ""  # why the push that runs waits, and until when
        self.running: list[ReviewRow] = []  # the rows of the push that runs, or of the last one
        self.on_outcome: Callable[[ReviewRow], None] = lambda row: None
        self.on_wait: Callable[[], None] = lambda: None
        self._ended = -QUIET
        self.began: dt.datetime | None = None  # the push that runs
        self._numbers: dict[str, list[int]] = {}  # by plan, those of its pushes
        if plan.account.read_only:
            self.message = ("info", "This account was opened read-only: nothing can be pushed.")
        self.open_view()

    def _open(self, plan: Plan) -> None:
        """Begin to look at a plan."""
        self.plan, self.known = plan, names_of_ids(plan)
        self._take(self._rows_of(plan))
        self.ticked = {row.position for row in self.lines if row.kind != "conflict"}
        self.outcomes: dict[int, Outcome] = {}
        self.state, self.stale = "looking", False
        self.report: Said = ("", "")
        self.shown, self.typed, self.page = "all", "", 0

    def _rows_of(self, plan: Plan) -> list[ReviewRow]:
        rows = state.rows_of(plan, self._about, self.known)
        for row in rows:
            row.mark = self._marks.get(row.label, "")
        return rows

    # -- looking

    @property
    def visible(self) -> list[ReviewRow]:
        """The rows that the filter lets through, and that have what was typed."""
        words = fold(self.typed).split()
        return [row for row in self.lines if row.is_shown(self.shown, words)]

    paged = visible

    @property
    def kinds(self) -> dict[str, int]:
        """The number of rows that each filter lets through; only those that have any."""
        return state.filters_of(self.lines)

    def show(self, only: str) -> None:
        """Show the rows of a kind, ``"failed"``, ``"done"``, or ``"all"``."""
        if only not in self.kinds:
            raise PlanError(f"There are no rows to show for {only!r}: {', '.join(self.kinds)}.")
        self.shown, self.page = only, 0
        self.refresh()

    def search(self, typed: str) -> None:
        """Show the rows that have all words of what was typed; ticks stay as they are."""
        self.typed, self.page = typed, 0
        self.refresh()

    @property
    def found(self) -> str:
        """The number of rows that have what was typed, in a sentence; "" without a search."""
        return state.found(self.typed, len(self.visible), self.kinds[self.shown])

    def _take(self, rows: list[ReviewRow]) -> None:
        self.lines = sorted(rows, key=lambda row: row.position)
        self._at = {row.position: row for row in rows}

    # -- deciding

    def can_tick(self, row: ReviewRow) -> bool:
        """Whether a row can be ticked or unticked now."""
        return self.state == "looking" and row.kind != "continue" and row.can_be_sent

    def tick(self, position: int, on: bool = True) -> None:
        """Take a row in, or leave it out."""
        row = self._at.get(position)
        if row is None:
            raise PlanError(f"The plan changes no row at position {position}.")
        self._tick([row], on)

    def tick_all(self, on: bool = True) -> None:
        """Take in, or leave out, all rows that the filter shows, on every page."""
        self._tick(self.visible, on)

    def _tick(self, rows: list[ReviewRow], on: bool) -> None:
        able = {row.position for row in rows if self.can_tick(row)}
        self.ticked = self.ticked | able if on else self.ticked - able
        if self.message[0] == "done":
            self.message = ("", "")
        self.refresh()

    @property
    def chosen(self) -> list[ReviewRow]:
        """The rows that a push would send."""
        return [row for row in self.lines if row.position in self.ticked]

    @property
    def conflict(self) -> str:
        """The push's treatment of conflicts: those that are ticked are meant."""
        return "overwrite" if any(row.kind == "conflict" for row in self.chosen) else "skip"

    @property
    def requests(self) -> int:
        """The cost of what is ticked."""
        return self.plan.only(self.ticked).cost(self.conflict) if self.ticked else 0

    @property
    def concerns(self) -> list[str]:
        """The reasons why a push of what is ticked needs a second click."""
        said = state.concerns(self.chosen, is_live=self.plan.account.is_live)
        return [*said, *filter(None, [self.plan.doubt])]

    @property
    def headline(self) -> str:
        """The plan in one sentence."""
        return " ".join([*self._way, headline(self.plan)])

    @property
    def _way(self) -> list[str]:
        """Whether this takes a push back, or has, in a sentence; empty if it is no way back."""
        if not self.is_back:
            return []
        rest = [row for row in self.lines if row.end != "done"]
        if len(rest) == len(self.lines):
            return ["To take the push back."]
        return ["Taken back in part." if rest else "Taken back."]

    @property
    def remarks(self) -> list[str]:
        """The notes on the plan, besides its rows."""
        said = remarks(self.plan, conflicts=False)
        # Of what was no frame: nobody could have read it with the rows.
        said = [one.replace(UNSEEN, COMPARED) if self._titles else one for one in said]
        return state.named_notes(said, self.lines)

    @property
    def tally(self) -> str:
        """The number of ticked rows, and what became of the others."""
        return state.tally(self.lines, len(self.chosen), back=self.is_back)

    @property
    def unseen(self) -> str:
        """The number of ticked rows that the filter or the search leaves out, in a sentence."""
        return state.unseen(len(self.ticked - {row.position for row in self.visible}))

    @property
    def price(self) -> str:
        """The cost of what is ticked, in state."""
        return state.price(self.requests)

    # -- pushing

    def click_push(self, confirm: bool = False) -> None:
        """Push on a click, but not on the second one of a double click."""
        # Clicks wait while a push runs, and come all at once when it has ended.
        if self._clock() - self._ended < QUIET or (self.state == "asking") != confirm:
            return
        self.push(confirm=confirm)

    def push(self, *, confirm: bool = False, delete_force: bool = False) -> None:
        """Send what is ticked; what fails stays ticked.

        Parameters
        ----------
        confirm : bool
            True for what needs a second click: a live account, deletions, conflicts, more than
            50 changes. Without it the push waits for that click.
        delete_force : bool
            Delete people together with their assignments and actuals.
        """
        if self.state == "running":
            return
        if not self.ticked:
            self.state = "looking"
            self.say("info", "Nothing is ticked, so nothing was sent.")
        elif self.concerns and not confirm:
            self.state = "asking"
            self.say("info", f"Sure? {state.sentence(self.concerns)}")
        else:
            try:
                self._send(delete_force)
            finally:
                self.store()

    def cancel(self) -> None:
        """Do not push after all."""
        self.state = "looking"
        self.say("info", "Nothing was sent.")

    def _send(self, delete_force: bool) -> None:
        part, conflict = self.plan.only(self.ticked), self.conflict
        tried = self.ticked | part.begun
        rows = [row for row in self.lines if row.position in tried]
        before = self._begin(rows)
        over = False
        try:
            with progress_shown_by(lambda text: None, self._note_wait):
                part.apply(
                    conflict=conflict,
                    delete_force=delete_force,
                    confirm=True,
                    on_outcome=self._note_outcome,
                )
            over = True
        except RunnError as error:
            self.report = ("error", str(error))
            self.stale = isinstance(error, PlanError) and not self.outcomes.keys() & tried
            raise
        except KeyboardInterrupt as error:
            self._note_interruption(error, rows)
            raise
        finally:
            if over or self.outcomes.keys() & tried:
                # The next push looks in the journal for what this one left open.
                self.plan = self.plan.pushed()
            self._keep(before)
            self.state, self.is_busy, self._ended = "looking", False, self._clock()
            self.wait, self.began = "", None
            self._numbers[self.plan.family] = pushes.numbers_of(self.plan)
            self._show_what_is_there()
        kind, text = state.pushed(rows, self.ticked, back=self.is_back)
        self.report = kind, text + state.left_alone(self.lines)
        self._show_failed()
        self.say(*self.report)

    def _show_failed(self) -> None:
        """Show what was not done in place of all, if there is any."""
        if self.shown == "all" and "failed" in self.kinds:
            self.shown, self.typed, self.page = "failed", "", 0

    def _begin(self, rows: list[ReviewRow]) -> dict[int, Outcome | None]:
        """Show that a push has begun; return what earlier ones made of its rows."""
        before = {row.position: self.outcomes.pop(row.position, None) for row in rows}
        for row in rows:
            row.outcome = None
        self.state, self.is_busy = "running", True
        self.running, self.stale = rows, False
        self.message = self.report = ("", "")
        self.began = dt.datetime.now(dt.UTC)
        self._show_what_is_there()
        self.store()  # what is saved, or left by a kernel that ends, says that it was begun
        return before

    def _keep(self, before: dict[int, Outcome | None]) -> None:
        """Keep what earlier pushes made of rows that this one did not come to."""
        for position, outcome in before.items():
            row = self._at[position]
            if outcome is not None and row.outcome is None:
                row.outcome = self.outcomes[position] = outcome

    def _show_what_is_there(self) -> None:
        """Show another filter or page, where what was shown is gone."""
        self.shown = self.shown if self.shown in self.kinds else "all"
        self.turn(self.page)

    def _note_wait(self, seconds: float, why: str) -> None:
        self.wait = wait_of(seconds, why)
        self.on_wait()

    def _note_outcome(self, position: int, outcome: Outcome) -> None:
        self.outcomes[position], self.wait = outcome, ""
        row = self._at.get(position)
        if row is not None:
            row.outcome = outcome
            if row.end == "done":
                (self.taken_back.add if self.is_back else self.taken_back.discard)(row.label)
            if not row.can_be_sent:
                self.ticked.discard(position)
            self.on_outcome(row)

    def _note_interruption(self, error: BaseException, rows: list[ReviewRow]) -> None:
        """Note which row was on its way."""
        in_doubt: frozenset[int] = getattr(error, "in_doubt", frozenset())
        for row in rows:
            if row.position in in_doubt and row.outcome is None:
                self._note_outcome(row.position, Outcome("unknown", (row.own,)))
            row.outcome = row.outcome or Outcome("not tried", (row.own,))
        self.message = self.report = state.interrupted(rows)
        self._show_failed()

    def compare(self) -> None:
        """Compare the ticked rows with the account again, and show what there is to do now."""
        self._read(self._compare)

    def _read(self, work: Callable[[], None]) -> None:
        """Read what takes a while, and say why it waits."""
        try:
            self.wait_for(work)
        finally:
            self.wait = ""
            self.refresh()

    def _compare(self) -> None:
        asked = set(self.ticked)
        self.plan = self.plan.renewed(asked)
        found = self._rows_of(self.plan)
        fresh = [row for row in found if row.position in asked]
        for row in fresh:
            row.outcome = self.outcomes.get(row.position)
        others = [row for row in self.lines if row.position not in asked]
        self._take([*others, *fresh])
        # What became a conflict is not sent unasked.
        self.ticked = {row.position for row in fresh if row.kind != "conflict"}
        self.stale, self.report, self.page = False, ("", ""), 0
        self.shown, self.typed = "conflict", ""
        self._show_what_is_there()
        gone = len(asked) - len(fresh)
        more = f" {gone:,} row{'s need' if gone != 1 else ' needs'} no change any more."
        text = f"Planned again; look before you push.{more if gone else ''}"
        self.say("info", text + state.left_alone(self.lines))

    # -- afterwards

    @property
    def numbers(self) -> list[int]:
        """The numbers of the pushes of the plan that is looked at, as `rp.undo` takes them."""
        return self._numbers.get(self.plan.family, [])

    @property
    def kept(self) -> str:
        """How many rows were pushed and not taken back, and where, in a sentence; "" if none."""
        rows = stored.standing(self)
        verb = "were" if len(rows) != 1 else "was"
        what = f"{counted(len(rows), 'actual')} {verb} pushed"
        return pushes.pushed_in(self.numbers_of_first, what) if rows else ""

    @property
    def numbers_of_first(self) -> list[int]:
        """The numbers of the pushes of the plan that was opened, or of the one left last."""
        plan = self._left.plan if self.is_back and self._left is not None else self.plan
        return self._numbers.get(plan.family, [])

    @property
    def first(self) -> list[ReviewRow]:
        """The rows of the plan that was opened, also while the way back is looked at."""
        return self.lines if self._first is None else self._first

    @property
    def can_undo(self) -> bool:
        """Whether something was done here that can be looked at to be taken back."""
        done = any(row.end == "done" for row in self.lines)
        return done and self.state == "looking" and not self.plan.account.read_only

    def undo(self) -> None:
        """Plan the way back of what was pushed, to be looked at in the place of the plan.

        Nothing is sent before it is pushed; `back` leaves it.
        """
        if self.can_undo:
            self._read(self._open_undo)

    def _open_undo(self) -> None:
        way_back, first = self.plan.undo(), self.first
        stage = Stage(self.plan, self.lines, self.ticked, self.outcomes, self.report)
        self._first = first
        self._about = self._about or state.titles_of(first)
        self._open(way_back)
        self._left, self.is_back = stage, not self.is_back
        for row in self.lines:
            row.mark = ""  # it is of the other way
        self.report = ("info", "Nothing is taken back yet: look at it, then push it.")
        self.message = ("", "")

    @property
    def can_go_back(self) -> bool:
        """Whether this is the way back of a push, and nothing of it was pushed."""
        return self._left is not None and not self.outcomes and self.state == "looking"

    def back(self) -> None:
        """Leave the way back unpushed, and look again at what was pushed."""
        if self._left is None or not self.can_go_back:
            return
        stage, self._left, self.is_back = self._left, None, not self.is_back
        self.plan, self.ticked, self.outcomes = stage.plan, stage.ticked, stage.outcomes
        self._take(stage.lines)
        self._first = None if self._first == self.lines else self._first
        self.report, self.stale = stage.report, False
        self.shown, self.typed, self.page = "all", "", 0
        self.say("info", "Nothing was taken back.")

    @property
    def result(self) -> pd.DataFrame:
        """The outcome of each row of the frame, over all pushes of this review."""
        taken = self.ticked | self.outcomes.keys()
        otherwise = "not tried" if self.outcomes else "planned"
        return result(self.plan.only(taken), self.outcomes, otherwise)

    def _text(self) -> str:
        return "\n".join([*self._way, repr(self.plan), *stored.ends(self)])

    def _static(self) -> str:
        return stored.html(self)
