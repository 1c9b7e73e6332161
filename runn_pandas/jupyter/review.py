"""``rp.review``: look at a plan row by row, leave rows out, push, and see what becomes of each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas import html as page
from runn_pandas.errors import PlanError
from runn_pandas.jupyter.review_app import App, widgets
from runn_pandas.jupyter.review_lines import FATES, KINDS, PAGE, Line, lines_of
from runn_pandas.push import render
from runn_pandas.push.model import Outcome
from runn_pandas.push.plan import Plan
from runn_pandas.push.render import result
from runn_pandas.push.validate import MANY_LIVE

if TYPE_CHECKING:
    from runn_pandas.jupyter.board import Board

QUIET = 1.0  # seconds after a push in which a click is still of the push before


def review(plan_or_reconciliation: Any) -> PlanReview | Board:
    """Open a plan or a reconciliation to look at, decide and push.

    Parameters
    ----------
    plan_or_reconciliation : Plan or DataFrame
        What ``df.runn.plan()`` gives, or a result of `rp.reconcile` by date, person and
        project.

    Returns
    -------
    PlanReview or Board
        Shown by a notebook as an app. Its buttons are plain methods: of a plan ``tick``,
        ``tick_all``, ``push``; of a reconciliation ``choose``, ``choose_group``, ``open_plan``.
        ``app.plan`` is the plan, ``app.result`` what became of its rows. Without ipywidgets a
        static table is shown, and the methods are all there.

    Raises
    ------
    TypeError
        If it is neither of them.
    FrameError
        If the reconciliation does not say which actual each row is about.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams")
    >>> teams.loc[:1, "name"] = ["Design", "Build"]
    >>> app = review(teams.runn.plan())
    >>> app.tick(0, False)
    >>> app.push()
    >>> app.result["status"].value_counts().to_dict()
    {'unchanged': 3, 'not tried': 1, 'updated': 1}
    """
    what = plan_or_reconciliation
    if isinstance(what, Plan):
        return PlanReview(what)
    from runn_pandas.jupyter.board import Board, is_reconciliation

    if is_reconciliation(what):
        return Board(what)
    raise TypeError(
        "rp.review takes a plan (df.runn.plan()) or a result of rp.reconcile, not"
        f" {type(what).__name__}."
    )


class PlanReview(App):
    """A plan under review.

    Parameters
    ----------
    plan : Plan
        What would be done.
    titles : mapping, optional
        By the frame's label what a row is about, where the plan itself has ids only.
    clock : callable
        Gives seconds.

    Attributes
    ----------
    plan : Plan
        The plan, with every row of it.
    ticked : set of int
        The positions of the rows that a push would send.
    state : str
        ``looking``, ``asking`` (a second click is awaited) or ``running``.
    """

    def __init__(
        self,
        plan: Plan,
        titles: Mapping[Any, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.plan, self._titles, self._clock = plan, titles, clock
        self.lines = lines_of(plan, titles)
        self._at = {line.position: line for line in self.lines}
        self.ticked = {line.position for line in self.lines if line.kind != "conflict"}
        self.outcomes: dict[int, Outcome] = {}
        self.state = "looking"
        self.stale = False
        self.shown, self.page = "all", 0
        self.expected = 0  # rows of the push that is running
        self.on_outcome: Callable[[Line], None] = lambda line: None
        self._ended = -QUIET
        if plan.account.read_only:
            self.message = ("info", "This account was opened read-only: nothing can be pushed.")
        if widgets() is not None:
            from runn_pandas.jupyter.review_view import ReviewView

            self.widget = ReviewView(self).box

    # -- looking

    @property
    def visible(self) -> list[Line]:
        """The lines that the filter lets through."""
        return [line for line in self.lines if line.is_shown(self.shown)]

    @property
    def pages(self) -> int:
        return max(-(-len(self.visible) // PAGE), 1)

    @property
    def on_page(self) -> list[Line]:
        return self.visible[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def kinds(self) -> dict[str, int]:
        """How many lines each filter lets through; only those that have any."""
        counts = Counter(line.kind for line in self.lines)
        fates = Counter(line.fate for line in self.lines)
        found = {"all": len(self.lines), **{kind: counts[kind] for kind in KINDS}}
        found |= {fate: fates[fate] for fate in FATES}
        return {name: count for name, count in found.items() if count or name == "all"}

    def show(self, only: str) -> None:
        """Show the lines of a kind, ``"failed"``, ``"done"``, or ``"all"``."""
        if only not in self.kinds:
            raise PlanError(f"There are no rows to show for {only!r}: {', '.join(self.kinds)}.")
        self.shown, self.page = only, 0
        self.refresh()

    def turn(self, page: int) -> None:
        """Show a page, counted from 0; the nearest one there is."""
        self.page = min(max(page, 0), self.pages - 1)
        self.refresh()

    # -- deciding

    def can_tick(self, line: Line) -> bool:
        """Whether a line can be ticked or unticked now."""
        return self.state == "looking" and line.kind != "continue" and line.can_be_sent

    def tick(self, position: int, on: bool = True) -> None:
        """Take a row in, or leave it out."""
        line = self._at.get(position)
        if line is None:
            raise PlanError(f"The plan changes no row at position {position}.")
        self._tick([line], on)

    def tick_all(self, on: bool = True) -> None:
        """Take in, or leave out, all lines that the filter shows, on every page."""
        self._tick(self.visible, on)

    def _tick(self, lines: list[Line], on: bool) -> None:
        able = {line.position for line in lines if self.can_tick(line)}
        self.ticked = self.ticked | able if on else self.ticked - able
        if self.message[0] == "done":
            self.message = ("", "")
        self.refresh()

    @property
    def chosen(self) -> list[Line]:
        """The lines that a push would send."""
        return [line for line in self.lines if line.position in self.ticked]

    @property
    def conflict(self) -> str:
        """What the push does with conflicts: those that are ticked are meant."""
        return "overwrite" if any(line.kind == "conflict" for line in self.chosen) else "skip"

    @property
    def requests(self) -> int:
        """The cost of what is ticked."""
        return self.plan.only(self.ticked).cost(self.conflict) if self.ticked else 0

    @property
    def minutes(self) -> float:
        """What they take at the limit."""
        return self.requests / render.PER_MINUTE

    @property
    def concerns(self) -> list[str]:
        """Why a push of what is ticked needs a second click."""
        kinds = Counter(line.kind for line in self.chosen)
        said = []
        if self.plan.account.is_live:
            said.append("this is a LIVE account")
        if kinds["delete"]:
            said.append(
                f"{kinds['delete']:,} rows are deleted"
                if kinds["delete"] > 1
                else "1 row is deleted"
            )
        if kinds["conflict"]:
            said.append("what others changed meanwhile is overwritten")
        if len(self.chosen) > MANY_LIVE:
            said.append(f"these are {len(self.chosen):,} changes")
        return said

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
            return
        if self.concerns and not confirm:
            self.state = "asking"
            self.say("info", f"Sure? {sentence(self.concerns)}")
            return
        self._send(delete_force)

    def cancel(self) -> None:
        """Do not push after all."""
        self.state = "looking"
        self.say("info", "Nothing was sent.")

    def _send(self, delete_force: bool) -> None:
        part, conflict = self.plan.only(self.ticked), self.conflict
        tried = self.ticked | part.begun
        self.state, self.expected, self.stale = "running", len(tried), False
        for line in self.lines:
            if line.position in tried:
                line.outcome = None
                self.outcomes.pop(line.position, None)
        self.message = ("", "")
        self._settle_view()
        over = False
        try:
            part.apply(
                False,
                conflict=conflict,
                delete_force=delete_force,
                confirm=True,
                on_outcome=self._came,
            )
            over = True
        except PlanError:
            self.stale = not self.outcomes.keys() & tried
            raise
        except KeyboardInterrupt as error:
            self._in_doubt(error, tried)
            raise
        finally:
            if over or self.outcomes.keys() & tried:
                # The next push looks in the journal for what this one left open.
                self.plan = self.plan.pushed()
            self.state, self._ended = "looking", self._clock()
            self._settle_view()
        self.say(*self._told(tried))

    def _settle_view(self) -> None:
        """Show what there is, where what was shown is gone."""
        self.shown = self.shown if self.shown in self.kinds else "all"
        self.page = min(self.page, self.pages - 1)
        self.refresh()

    def _came(self, position: int, outcome: Outcome) -> None:
        self.outcomes[position] = outcome
        line = self._at.get(position)
        if line is None:
            return
        line.outcome = outcome
        if not line.can_be_sent:
            self.ticked.discard(position)
        self.on_outcome(line)

    def _in_doubt(self, error: BaseException, tried: set[int]) -> None:
        """After an interruption: note the row that was on its way."""
        open_: frozenset[int] = getattr(error, "in_doubt", frozenset())
        for position in sorted((open_ & tried) - self.outcomes.keys()):
            line = self._at.get(position)
            self._came(position, Outcome("unknown", (line.own,) if line else ()))
        done = sum(line.fate == "done" for line in self.lines if line.position in tried)
        self.message = (
            "error",
            f"The push was interrupted after {done:,} of {len(tried):,} rows. What is done stays"
            " done; push again to go on.",
        )

    def _told(self, tried: set[int]) -> tuple[str, str]:
        counts = Counter(o.status for p, o in self.outcomes.items() if p in tried)
        words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        text = f"{len(tried):,} row{'s' if len(tried) != 1 else ''} pushed: {words}."
        open_ = [line for line in self.chosen if line.position in tried]
        if open_:
            text += " What failed is still ticked: push again to try again."
        if {line.position for line in self.lines if line.fate == "failed"} & tried - self.ticked:
            text += " What was made only in part is not sent again; see its outcome."
        bad = any(line.fate == "failed" for line in self.lines if line.position in tried)
        return ("error" if bad else "done"), text

    def compare(self) -> None:
        """Compare the ticked rows with the account again, and show what there is to do now."""
        asked = set(self.ticked)
        self.plan = self.plan.renewed(asked)
        fresh = [line for line in lines_of(self.plan, self._titles) if line.position in asked]
        for line in fresh:
            line.outcome = self.outcomes.get(line.position)
        others = [line for line in self.lines if line.position not in asked]
        self.lines = sorted([*others, *fresh], key=lambda line: line.position)
        self._at = {line.position: line for line in self.lines}
        # What became a conflict is not sent unasked.
        self.ticked = {line.position for line in fresh if line.kind != "conflict"}
        self.stale, self.shown, self.page = False, "all", 0
        gone = len(asked) - len(fresh)
        text = "Compared with the account again; look before you push."
        if gone:
            text += f" {gone:,} row{'s need' if gone != 1 else ' needs'} no change any more."
        self.say("info", text)

    # -- afterwards

    @property
    def result(self) -> pd.DataFrame:
        """What became of each row of the frame, over all pushes of this review."""
        taken = self.ticked | self.outcomes.keys()
        otherwise = "not tried" if self.outcomes else "planned"
        return result(self.plan.only(taken), self.outcomes, otherwise)

    def text(self) -> str:
        return f"{self.plan!r}\n{self.tally}"

    def html(self) -> str:
        if not self.outcomes:
            return self.plan._repr_html_() + page.block(self.tally)
        rows = [
            (row.label, row.title, row.outcome.status, row.outcome.error)
            for row in self.lines
            if row.outcome is not None
        ]
        table = page.table(("row", "what", "status", "error"), rows[:PAGE])
        more = [f"... and {len(rows) - PAGE} more; app.result has them all."]
        return page.block(self.tally, table, more if len(rows) > PAGE else [])

    @property
    def tally(self) -> str:
        """How many are ticked, and what became of the others."""
        count = len(self.chosen)
        text = f"{count:,} of {len(self.lines):,} rows ticked"
        done = sum(line.fate == "done" for line in self.lines)
        failed = sum(line.fate == "failed" for line in self.lines)
        text += f", {done:,} done" if done else ""
        return text + (f", {failed:,} failed or not tried." if failed else ".")

    @property
    def price(self) -> str:
        """The cost of what is ticked, in words."""
        return price(self.requests)


def price(requests: int) -> str:
    """Requests and minutes in words."""
    minutes = requests / render.PER_MINUTE
    took = f"about {minutes:.1f} minutes" if minutes >= 1 else "less than a minute"
    many = f"{requests:,} request{'s' if requests != 1 else ''}"
    return f"{many}, {took} at {render.PER_MINUTE} a minute" if requests else "no requests"


def sentence(parts: list[str]) -> str:
    """Give parts as one sentence."""
    whole = ", and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{whole[0].upper()}{whole[1:]}."
