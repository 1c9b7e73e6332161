"""A plan: what a push would do, as a value; and the plan carried out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pandas as pd

from runn_pandas.errors import ConfigError, PlanError, ReadOnlyError
from runn_pandas.push import show
from runn_pandas.push.applying import Run
from runn_pandas.push.baseline import AccountRows
from runn_pandas.push.calls import Call, Decision, Step, steps_of
from runn_pandas.push.guards import asked, check_conflict, refuse_conflicts
from runn_pandas.push.intent import Intent
from runn_pandas.push.ledger import Ledger, Unfinished, journal_path
from runn_pandas.push.outcomes import Outcome, result
from runn_pandas.push.sending import Stopped

if TYPE_CHECKING:
    from runn_pandas.account import Account

MANY_LIVE = 50  # changes to a live account that are asked about
RECENT = 5.0  # seconds within which a plan is taken for true, if nothing was pushed since


@dataclass(frozen=True, repr=False, eq=False)
class Plan:
    """What a push would do; made by ``df.runn.plan()``.

    Attributes
    ----------
    resource : str
        What is written.
    summary : DataFrame
        For each action the rows and the requests.
    changes : DataFrame
        A row for each field that changes: ``row`` (the frame's label), ``id``, ``field``,
        ``old``, ``new``.
    requests : int
        How many writes would be sent.
    notes : tuple of str
        What one should know besides.
    """

    account: Account = field(repr=False)
    intent: Intent = field(repr=False)
    decisions: tuple[Decision, ...] = field(repr=False)
    past: Unfinished | None = field(default=None, repr=False)
    highest: int | None = None
    notes: tuple[str, ...] = ()
    undoes: Plan | None = field(default=None, repr=False)
    token: str = field(default_factory=lambda: uuid4().hex, repr=False)
    made_at: float = field(default_factory=time.time, repr=False)

    @property
    def resource(self) -> str:
        return self.intent.writable.name

    @property
    def begun(self) -> dict[int, Step]:
        """The steps of an unfinished push that are continued."""
        return self.past.begun if self.past else {}

    def steps(self, conflict: str = "skip") -> list[Step]:
        """Give what is sent beyond what an unfinished push began."""
        held = {position for step in self.begun.values() for position in step.positions}
        wanted = [
            decision
            for decision in self.decisions
            if decision.position not in held and (conflict == "overwrite" or not decision.conflict)
        ]
        return steps_of(self.intent.writable, wanted)

    @property
    def requests(self) -> int:
        sent = len(self.past.entries) if self.past else 0
        begun = sum(len(step.calls) for step in self.begun.values())
        return sum(len(step.calls) for step in self.steps()) + max(begun - sent, 0)

    @property
    def summary(self) -> pd.DataFrame:
        return show.summary(self)

    @property
    def changes(self) -> pd.DataFrame:
        return show.changes(self)

    def __repr__(self) -> str:
        return show.text(self)

    def _repr_html_(self) -> str:
        return show.html(self)

    def apply(
        self,
        progress: bool | None = None,
        *,
        conflict: str = "skip",
        delete_force: bool = False,
        confirm: bool | None = None,
    ) -> pd.DataFrame:
        """Carry the plan out.

        Parameters
        ----------
        progress : bool, optional
            Show a progress bar; by default in a terminal or notebook.
        conflict : {"skip", "overwrite", "raise"}
            What happens to rows that were changed in the account since they were read.
        delete_force : bool
            Delete people together with their assignments and actuals.
        confirm : bool, optional
            True agrees to more than 50 changes of a live account; by default one is asked.

        Returns
        -------
        DataFrame
            A row for each row of the frame, under its index: ``action``, ``status``, ``id``,
            ``error``, ``attempts``; then the rows of ``delete=`` that the frame does not have.
            Leave that Runn merged with other leave is ``created`` or ``updated``, under the id
            that Runn kept, and ``error`` says what Runn made of it.

        Raises
        ------
        PlanError
            With ``conflict="raise"``, if there is one; if the plan was carried out already.
        ReadOnlyError, ConfigError
            If the account is read-only, or the changes need to be confirmed.
        """
        check_conflict(conflict)
        refuse_conflicts(self, conflict)
        if self.account.read_only:
            raise ReadOnlyError(
                f"Nothing was sent to {self.resource!r}: this account was opened read-only"
                " (read_only=True or RUNN_READ_ONLY)."
            )
        self._confirm(confirm, conflict)
        ledger = Ledger(journal_path(self.account))
        try:
            if ledger.was_applied(self.token):
                raise PlanError(
                    "This plan was carried out already; df.runn.plan() makes a new one."
                )
            if not self.steps(conflict) and not self.begun:
                return result(self, {})
            with ledger.alone():
                self._refuse_if_stale(ledger)
                return self._again(ledger)._carry_out(ledger, progress, conflict, delete_force)
        finally:
            ledger.close()

    def undo(self) -> Plan:
        """Give the plan that restores the old values, where the API can.

        New rows are deleted, changed ones get their old values, deleted ones are made anew
        with new ids; leave that Runn merged is taken apart, and the contract that ended for a
        new one gets its end back. A row whose values are no longer those that the push gave it
        is a conflict, as in any plan. What cannot be undone, and why, is in the plan's text.
        """
        from runn_pandas.push.planning import undone

        return undone(self)

    # -- carrying it out

    def _refuse_if_stale(self, ledger: Ledger) -> None:
        """Refuse a plan that the account has moved away from since it was made."""
        recent = time.time() - self.made_at < RECENT
        if self.past is not None or (recent and not ledger.wrote_since(self.made_at)):
            return
        from runn_pandas.push.planning import planned, undone

        fresh = undone(self.undoes) if self.undoes else planned(self.intent, self.account, ledger)
        if fresh.past is not None:
            return  # an unfinished push of the same: it is continued
        now = {d.position: d for d in fresh.decisions}
        moved = [
            str(self.intent.labels[d.position])
            for d in self.decisions
            if d.action != "unchanged"
            and d.position < len(self.intent.labels)
            and now.get(d.position) != d
        ]
        if moved:
            raise PlanError(
                f"Nothing was sent to {self.resource!r}: since this plan was made, the account has"
                f" changed what it is about (row {', '.join(moved[:5])}). Plan again and look."
            )

    def _again(self, ledger: Ledger) -> Plan:
        """The plan with what an unfinished push of the same content has done since."""
        past = ledger.unfinished(self.intent.key)
        if past is None or (self.past is not None and self.past.entries == past.entries):
            return replace(self, past=past)
        from runn_pandas.push.planning import planned

        return replace(planned(self.intent, self.account, ledger), token=self.token)

    def _carry_out(
        self, ledger: Ledger, progress: bool | None, conflict: str, delete_force: bool
    ) -> pd.DataFrame:
        from runn_pandas.reader.progress import progress as shown

        begun = self.begun
        first = max(self.past.steps, default=-1) + 1 if self.past else 0
        fresh = [_forced(step, delete_force) for step in self.steps(conflict)]
        steps = {**begun, **dict(enumerate(fresh, first))}
        push = ledger.begin(
            self.intent.key,
            self.token,
            self.resource,
            self.intent.labels,
            self.decisions,
            steps,
            None if self.past is None else self.past.id,
        )
        with shown(self.resource, progress) as bar:
            run = Run(
                self.account,
                self.intent,
                {decision.position: decision for decision in self.decisions},
                ledger,
                push,
                self._mark(ledger, push, steps.values()),
                bar.rows,
            )
            over = False
            try:
                run.run(steps, self.past.entries if self.past else ())
                over = not run.doubtful
            except Stopped as stopped:
                run.stop(stopped)
            except BaseException as error:
                # Ctrl-C: the journal is whole, and what is done can still be looked at.
                open_ = run.current.positions if run.current else []
                doubt = {p: Outcome("unknown") for p in open_ if p not in run.outcomes}
                error.result = result(  # type: ignore[attr-defined]
                    self, {**doubt, **run.outcomes}, "not tried"
                )
                error.add_note(
                    f"The push to {self.resource!r} was interrupted after"
                    f" {len(run.outcomes)} rows; the same push again continues it."
                )
                raise
            finally:
                self.account.session.drop(self.intent.writable.stale)
            if over:
                ledger.end(push)
        return result(self, run.outcomes)

    def _mark(self, ledger: Ledger, push: int, steps: Iterable[Step]) -> int | None:
        """The highest id before the first new record, written down before anything is sent."""
        if self.past is not None and self.past.mark is not None:
            return self.past.mark
        writable = self.intent.writable
        calls = [call for step in steps for call in step.calls]
        if writable.style == "merge":
            # New leave may become part of an older one: an undo must tell which was there.
            if self.highest is not None and any(call.verb == "create" for call in calls):
                ledger.mark(push, self.highest)
            return self.highest
        needed = any(call.verb == "create" and not call.again for call in calls)
        if not needed or writable.key != ("id",) or writable.style == "add":
            return None
        mark = self.highest
        if mark is None:
            mark = AccountRows(self.account).highest(self.intent)
        ledger.mark(push, mark)
        return mark

    def _confirm(self, confirm: bool | None, conflict: str) -> None:
        count = sum(len(step.positions) for step in self.steps(conflict))
        if confirm or count <= MANY_LIVE or not self.account.is_live:
            return
        if confirm is None and asked(f"Push {count} changes of {self.resource!r} to the LIVE"):
            return
        raise ConfigError(
            f"{count} changes of {self.resource!r} to a live account were not sent: look at"
            " df.runn.plan(), then push with confirm=True."
        )


def _forced(step: Step, force: bool) -> Step:
    calls = [
        Call(**{**vars(call), "query": {**call.query, "force": force}})
        if call.query and "force" in call.query
        else call
        for call in step.calls
    ]
    return Step(step.positions, calls, step.many)
