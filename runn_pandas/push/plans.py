"""A plan: what a push would do, as a value; and the plan carried out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd

from runn_pandas.account import current_or_none
from runn_pandas.errors import ConfigError, OfflineError, PlanError, ReadOnlyError
from runn_pandas.push import render
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.applying import Run
from runn_pandas.push.batching import batches_of
from runn_pandas.push.ledger import Ledger, journal_path
from runn_pandas.push.model import DONE, Batch, Intent, Outcome, Request, RowPlan
from runn_pandas.push.outcomes import result
from runn_pandas.push.sending import Stopped
from runn_pandas.push.unfinished import Unfinished
from runn_pandas.push.validate import asked, check_conflict, refuse_conflicts

if TYPE_CHECKING:
    from runn_pandas.account import Account

MANY_LIVE = 50  # changes to a live account that are asked about
Seen = tuple[tuple[int, tuple[tuple[int, str], ...]], ...]
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
    left_out : frozenset of int
        The rows, by position, that `only` left out.
    """

    account: Account = field(repr=False)
    intent: Intent = field(repr=False)
    row_plans: tuple[RowPlan, ...] = field(repr=False)
    past: Unfinished | None = field(default=None, repr=False)
    highest: int | None = None
    notes: tuple[str, ...] = ()
    left_out: frozenset[int] = frozenset()
    undoes: Plan | None = field(default=None, repr=False)
    told: tuple[tuple[int, int, str, Any], ...] = field(default=(), repr=False)
    token: str = field(default_factory=lambda: uuid4().hex, repr=False)
    seen: Seen = field(default=(), repr=False)
    was_current: bool = field(default=False, repr=False)
    made_at: float = field(default_factory=time.time, repr=False)

    @property
    def resource(self) -> str:
        return self.intent.writable.name

    @property
    def begun(self) -> dict[int, Batch]:
        """The batches of an unfinished push that are continued."""
        return self.past.begun if self.past else {}

    def batches(self, conflict: str = "skip") -> list[Batch]:
        """Give what is sent beyond what an unfinished push began."""
        held = {position for batch in self.begun.values() for position in batch.positions}
        wanted = [
            row_plan
            for row_plan in self.row_plans
            if row_plan.position not in held
            and row_plan.position not in self.left_out
            and (conflict == "overwrite" or not row_plan.conflict)
        ]
        return batches_of(self.intent.writable, wanted)

    @property
    def requests(self) -> int:
        return self.cost()

    def cost(self, conflict: str = "skip") -> int:
        """Give the number of writes, with the rows in conflict or without."""
        done = (
            {(e.batch, e.request) for e in self.past.entries if e.state == "done"}
            if self.past
            else ()
        )
        open_ = [
            (number, at)
            for number, batch in self.begun.items()
            for at in range(len(batch.requests))
            if (number, at) not in done
        ]
        return sum(len(batch.requests) for batch in self.batches(conflict)) + len(open_)

    @property
    def summary(self) -> pd.DataFrame:
        return render.summary(self)

    @property
    def changes(self) -> pd.DataFrame:
        return render.changes(self)

    def __repr__(self) -> str:
        return render.text(self)

    def _repr_html_(self) -> str:
        return render.html(self)

    def only(self, positions: Iterable[int]) -> Plan:
        """Give the plan for some of its rows; nothing is read or sent.

        Parameters
        ----------
        positions : iterable of int
            The rows to keep, counted from 0 in the order of the frame; the rows of ``delete=``
            that the frame does not have come after them. What an unfinished push has begun
            always stays.

        Returns
        -------
        Plan
            Its result still has every row: one that is left out is ``not tried``.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> teams = rp.read_runn("teams")
        >>> teams["name"] = teams["name"] + " 2026"
        >>> plan = teams.runn.plan()
        >>> plan.requests, plan.only([0, 2]).requests
        (5, 2)
        """
        kept = {int(position) for position in positions}
        unknown = sorted(kept - {row_plan.position for row_plan in self.row_plans})
        if unknown:
            raise PlanError(
                f"The plan has no row at position {unknown[0]}; it has"
                f" {len(self.row_plans)} rows, counted from 0."
            )
        held = {position for batch in self.begun.values() for position in batch.positions}
        out = {d.position for d in self.row_plans if d.action != "unchanged"} - kept - held
        # One family with the whole plan: a row of it is pushed once, by whichever part.
        return replace(
            self, left_out=self.left_out | out, token=f"{self._family}/{uuid4().hex}", highest=None
        )

    def renewed(self, positions: Iterable[int]) -> Plan:
        """Give the plan with some of its rows compared with the account again.

        Parameters
        ----------
        positions : iterable of int
            The rows to compare; what was planned for the others stays as it was.

        Raises
        ------
        PlanError
            If one of them can no longer be pushed.
        """
        from runn_pandas.push.planning import planned

        wanted = set(positions)
        apart = {d.position: d for d in self.row_plans if d.position not in wanted}
        fresh = planned(self.intent, self.account, apart=apart)
        return replace(fresh, token=self.token, left_out=self.left_out)

    @property
    def _family(self) -> str:
        return self.token.partition("/")[0]

    def apply(
        self,
        progress: bool | None = None,
        *,
        conflict: str = "skip",
        delete_force: bool = False,
        confirm: bool | None = None,
        on_outcome: Callable[[int, Outcome], None] | None = None,
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
        on_outcome : callable, optional
            Called with each row's position and its outcome (``status``, ``id``, ``error``,
            ``attempts``) as soon as it is known.

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
        refuse_conflicts(self.intent, self.row_plans, conflict)
        self._refuse_unwritable()
        self._refuse_elsewhere()
        self._confirm(confirm, conflict)
        ledger = Ledger(journal_path(self.account))
        try:
            if ledger.was_applied(self.token):
                raise PlanError(
                    "This plan was carried out already; df.runn.plan() makes a new one."
                )
            if not self.batches(conflict) and not self.begun:
                return result(self, {})
            with ledger.alone():
                self._refuse_if_done(ledger, conflict)
                self._refuse_if_stale(ledger)
                return self._again(ledger)._carry_out(
                    ledger, progress, conflict, delete_force, on_outcome
                )
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

    def _refuse_if_done(self, ledger: Ledger, conflict: str) -> None:
        """Refuse rows that another part of the same plan has carried out."""
        if self.past is not None:
            return
        own = [
            push
            for push in ledger.unfinished(self.resource, self.intent.key)
            if push.key == self.intent.key
        ]
        begun = {position for push in own for position in push.held}
        outcomes = ledger.outcomes(self._family)
        done = {n for n, outcome in outcomes.items() if outcome.status in DONE.values()}
        sent = {position for batch in self.batches(conflict) for position in batch.positions}
        twice = sorted((sent & done) - begun)
        if twice:
            raise PlanError(
                f"Nothing was sent to {self.resource!r}: row {self.intent.labels[twice[0]]!r} of"
                " this plan was carried out already; df.runn.plan() makes a new one."
            )

    def _refuse_unwritable(self) -> None:
        said = f"Nothing was sent to {self.resource!r}: "
        if self.account.is_offline:
            raise OfflineError(
                f"{said}the account is offline. Connect without offline=True (or RUNN_OFFLINE),"
                " then plan again: this plan was made from the cache."
            )
        if self.account.in_cassette:
            raise ReadOnlyError(
                f"{said}a cassette only records and replays reads. Push outside of rp.cassette, on"
                " the account itself: rp.use(account)."
            )
        if self.account.read_only:
            raise ReadOnlyError(
                f"{said}this account was opened read-only (read_only=True or RUNN_READ_ONLY)."
            )

    def _refuse_elsewhere(self) -> None:
        """Refuse a plan made for the current account once another one is current."""
        now = current_or_none()
        if not self.was_current or now is None or now.fingerprint == self.account.fingerprint:
            return
        raise PlanError(
            f"Nothing was sent: this plan was made for account {self.account.fingerprint}, and the"
            f" current one is {now.fingerprint}. Go back with rp.use(account), or plan again here."
        )

    def _refuse_if_stale(self, ledger: Ledger) -> None:
        """Refuse a plan that the account has moved away from since it was made."""
        recent = time.time() - self.made_at < RECENT
        if self.past is not None or (recent and not ledger.wrote_since(self.made_at)):
            return
        fresh = self._fresh(ledger)
        if fresh.past is not None:
            return  # an unfinished push of the same: it is continued
        now = {d.position: d for d in fresh.row_plans}
        moved = [
            str(self.intent.labels[d.position])
            for d in self.row_plans
            if d.action != "unchanged"
            and d.position not in self.left_out
            and d.position < len(self.intent.labels)
            and now.get(d.position) != d
        ]
        if moved:
            raise PlanError(
                f"Nothing was sent to {self.resource!r}: since this plan was made, the account has"
                f" changed what it is about (row {', '.join(moved[:5])}). Plan again and look."
            )

    def _fresh(self, ledger: Ledger) -> Plan:
        """The plan made anew; what was decided on rows that are left out stays."""
        from runn_pandas.push.planning import planned, undone

        if self.undoes is not None:
            return undone(self.undoes)
        return planned(self.intent, self.account, ledger, self._apart)

    def _again(self, ledger: Ledger) -> Plan:
        """The plan with what an unfinished push has done since."""
        now = seen(ledger.unfinished(self.resource, self.intent.key))
        if now == self.seen:
            return self
        if self.past is not None and self.past.id not in [one for one, _ in now]:
            raise PlanError(
                f"Nothing was sent to {self.resource!r}: the interrupted push that this plan"
                " continues has ended meanwhile. Plan again and look."
            )
        fresh = self._fresh(ledger)
        held = set(fresh.past.held) if fresh.past else set()
        notes = tuple(dict.fromkeys([*self.notes, *fresh.notes]))
        return replace(fresh, token=self.token, notes=notes, left_out=self.left_out - held)

    @property
    def _apart(self) -> dict[int, RowPlan]:
        """What was decided on the rows that are left out."""
        return {d.position: d for d in self.row_plans if d.position in self.left_out}

    def _carry_out(
        self,
        ledger: Ledger,
        progress: bool | None,
        conflict: str,
        delete_force: bool,
        on_outcome: Callable[[int, Outcome], None] | None,
    ) -> pd.DataFrame:
        from runn_pandas.reader.progress import progress as shown
        from runn_pandas.transport.throttle import telling

        begun = self.begun
        past = self.past
        used = [*past.batches, *(entry.batch for entry in past.entries)] if past else []
        first = max(used, default=-1) + 1
        fresh = [_forced(batch, delete_force) for batch in self.batches(conflict)]
        batches = {**begun, **dict(enumerate(fresh, first))}
        push = ledger.begin(
            self.intent.key,
            self.token,
            self.resource,
            self.intent.labels,
            [d for d in self.row_plans if d.position not in self.left_out],
            batches,
            {position: self.intent.content(position) for position in self.intent.rows},
            past,
        )
        for number, position, status, own in self.told:
            # What is taken back is known from now on, if this is interrupted too.
            ledger.outcome(number, position, Outcome(status, own, "", 1))
        with shown(self.resource, progress) as bar, telling(bar.waiting):

            def told(position: int, outcome: Outcome) -> None:
                bar.rows(1)
                if on_outcome is not None:
                    on_outcome(position, outcome)

            run = Run(
                self.account,
                self.intent,
                {row_plan.position: row_plan for row_plan in self.row_plans},
                ledger,
                push,
                self._mark(ledger, push, batches.values()),
                told,
                self.left_out,
            )
            over = False
            try:
                run.run(batches, past.entries if past else ())
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
                error.in_doubt = frozenset(doubt)  # type: ignore[attr-defined]
                error.add_note(
                    f"The push to {self.resource!r} was interrupted after"
                    f" {len(run.outcomes)} rows; the same push again continues it."
                )
                raise
            finally:
                self.account.session.drop(self.intent.writable.stale)
            if over:
                ledger.end(push)
                self._end_undone(ledger, conflict, run.outcomes)
        return result(self, run.outcomes)

    def _end_undone(self, ledger: Ledger, conflict: str, outcomes: Mapping[int, Outcome]) -> None:
        """End an interrupted push that was wholly taken back: nothing of it is to continue."""
        made = self.undoes
        open_ = [status for _, _, status, _ in self.told if status == "unknown"]
        open_ += [d.conflict for d in self.row_plans if d.conflict and conflict != "overwrite"]
        failed = [o for o in outcomes.values() if o.status not in DONE.values()]
        if made is None or open_ or failed or self.left_out:
            return
        mine = ledger.positions(made.token) or set()
        for push in ledger.unfinished(made.resource, made.intent.key):
            if push.key == made.intent.key and mine.issuperset(push.held):
                ledger.end(push.id)

    def _mark(self, ledger: Ledger, push: int, batches: Iterable[Batch]) -> int | None:
        """The highest id before the first new record, written down before anything is sent."""
        if self.past is not None and self.past.mark is not None:
            return self.past.mark
        writable = self.intent.writable
        requests = [request for batch in batches for request in batch.requests]
        if writable.kind == "leave":
            # New leave may become part of an older one: an undo must tell which was there.
            if self.highest is not None and any(request.verb == "create" for request in requests):
                ledger.mark(push, self.highest)
            return self.highest
        needed = any(request.verb == "create" and not request.again for request in requests)
        if not needed or writable.key != ("id",) or writable.kind == "time entries":
            return None
        mark = self.highest
        if mark is None:
            mark = AccountRows(self.account).highest(self.intent)
        ledger.mark(push, mark)
        return mark

    def _confirm(self, confirm: bool | None, conflict: str) -> None:
        count = sum(len(batch.positions) for batch in self.batches(conflict))
        if confirm or count <= MANY_LIVE or not self.account.is_live:
            return
        if confirm is None and asked(f"Push {count} changes of {self.resource!r} to the LIVE"):
            return
        raise ConfigError(
            f"{count} changes of {self.resource!r} to a live account were not sent: look at"
            " df.runn.plan(), then push with confirm=True."
        )


def seen(pushes: Iterable[Unfinished]) -> Seen:
    """What a plan knows of unfinished pushes: if it is the same later, the plan still holds."""
    return tuple((push.id, push.stamp) for push in pushes)


def _forced(batch: Batch, force: bool) -> Batch:
    requests = [
        Request(**{**vars(request), "query": {**request.query, "force": force}})
        if request.query and "force" in request.query
        else request
        for request in batch.requests
    ]
    return Batch(batch.positions, tuple(requests), batch.many)
