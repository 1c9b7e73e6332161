"""A plan: the operations of a push, to look at, to choose from and to carry out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from runn_pandas.account import today
from runn_pandas.errors import PlanError
from runn_pandas.pushing import checks, render
from runn_pandas.pushing.account_rows import AccountRows
from runn_pandas.pushing.apply import OnOutcome, Run
from runn_pandas.pushing.compare import Comparison, compare
from runn_pandas.pushing.journal import Journal, Memory, journal_path, made_before, settle_open
from runn_pandas.pushing.kinds import kind_of
from runn_pandas.pushing.model import Operation, Outcome, Problem
from runn_pandas.pushing.origin import Origin
from runn_pandas.pushing.planned import Planned
from runn_pandas.pushing.sheet import Sheet
from runn_pandas.reader.progress import progress_bar
from runn_pandas.transport.throttle import telling

if TYPE_CHECKING:
    from runn_pandas.account import Account

UNFINISHED = {"failed", "unknown", "not tried"}
FRESH = 5.0  # seconds for which a plan holds without another look at the account
STALE = "The account was changed after this plan was made. Plan again."


@dataclass(frozen=True, repr=False, eq=False)
class Plan(Planned):
    """What a push would do, row by row. Nothing is sent before `apply`.

    Attributes
    ----------
    resource : str
        The resource that is written.
    summary : DataFrame
        Rows and requests by action: ``resource``, ``action``, ``rows``, ``requests``.
    changes : DataFrame
        One row for each field that changes: ``row``, ``id``, ``field``, ``old``, ``new``.
    requests : int
        The number of requests that `apply` sends.
    notes : tuple of str
        What else one should know before the push.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> teams = rp.read_runn("teams")
    >>> teams.loc[0, "name"] = "Insights"
    >>> plan = teams.runn.plan()
    >>> plan.requests, plan.changes["new"].tolist()
    (1, ['Insights'])
    """

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

    def only(self, rows: Iterable[int]) -> Plan:
        """Return the plan with only some of its rows.

        Parameters
        ----------
        rows : iterable of int
            Positions in the frame, counted from 0; the rows that only ``delete=`` names come
            after those of the frame.

        Returns
        -------
        Plan
            Its result still has every row; the others are ``not tried``.

        Raises
        ------
        PlanError
            If there is no such row.

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
        kept = {int(row) for row in rows}
        known = {one.row for one in self.operations}
        if unknown := sorted(kept - known):
            raise PlanError(f"The plan has no row {unknown[0]}. It has {len(known)} rows, from 0.")
        out = {one.row for one in self.operations if one.action != "unchanged"} - kept
        return replace(self, left_out=self.left_out | out)

    def apply(
        self,
        progress: bool | None = None,
        *,
        conflict: str = "skip",
        confirm: bool | None = None,
        on_outcome: OnOutcome = lambda row, outcome: None,
    ) -> pd.DataFrame:
        """Carry the plan out.

        Parameters
        ----------
        progress : bool, optional
            Show a progress bar; by default in a terminal or notebook.
        conflict : {"skip", "overwrite", "raise"}
            What happens to records that were changed in Runn since they were read.
        confirm : bool, optional
            True agrees to more than 50 changes of a live account, and to minutes that look like
            hours. By default a person is asked, where one can answer.
        on_outcome : callable, optional
            Called with each row's position and its outcome as soon as it is known.

        Returns
        -------
        DataFrame
            One row for each row of the frame, under its index: ``action``, ``status``, ``id``,
            ``error``, ``attempts``.

        Raises
        ------
        PlanError
            If another push is running, or with ``conflict="raise"`` if there is a conflict.
        ReadOnlyError, OfflineError, ConfigError
            If the account cannot be written to, or the changes are not confirmed.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> teams = rp.read_runn("teams").head(1).assign(name="Insights")
        >>> teams.runn.plan().apply()["status"].tolist()
        ['updated']
        """
        checks.check_conflict(conflict)
        if self.writable is None or not (self.todo(conflict) or conflict == "raise"):
            if any(one.made for one in self.operations) and not self.left_out:
                # An interrupted push turned out to be whole.
                Journal(journal_path(self.account)).end(self.resource)
            return render.result(self, {})
        _refuse_conflicts(self, conflict)
        checks.refuse_unwritable(self.account, self.resource)
        count = len(self.todo(conflict))
        checks.refuse_unconfirmed(self.account, self.resource, count, self.doubt, confirm)
        journal = Journal(journal_path(self.account))
        with journal.alone():
            plan = _current(self, journal)
            rows = len(plan.todo(conflict))
            with progress_bar(self.resource, progress, rows) as bar, telling(bar.waiting):

                def told(row: int, outcome: Outcome) -> None:
                    bar.rows(1)
                    on_outcome(row, outcome)

                return _carry_out(plan, journal, conflict, told)

    def undo(self) -> Plan:
        """Return the plan that takes the pushes of this plan back, as far as the API can.

        Returns
        -------
        Plan
            New records are deleted, changed ones get their old values, deleted ones are created
            again with new ids. A record that was changed in Runn since is a conflict. The notes
            name what cannot be taken back.

        Raises
        ------
        PlanError
            If the plan was not carried out.

        Examples
        --------
        >>> import runn_pandas as rp
        >>> account = rp.connect("demo")
        >>> teams = rp.read_runn("teams").head(1).assign(name="Insights")
        >>> plan = teams.runn.plan()
        >>> done = plan.apply()
        >>> plan.undo().apply()["status"].tolist()
        ['updated']
        """
        if self.way_back is None or not self.pushes:
            raise PlanError("This plan sent nothing, so there is nothing to take back.")
        found: Plan = self.way_back(self.account, self.pushes)
        return found


def _refuse_conflicts(plan: Plan, conflict: str) -> None:
    if conflict != "raise":
        return
    held = [one for one in plan.operations if one.conflict and one.row not in plan.left_out]
    if held:
        problems = [Problem(one.label, "updatedAt", None, one.conflict) for one in held]
        raise checks.refuse(plan.resource, problems)


def _current(plan: Plan, journal: Journal) -> Plan:
    """Return the plan as it holds now: a row whose record was changed since is a conflict."""
    recent = 0 <= time.time() - plan.made_at < FRESH
    if recent and not journal.started_since(plan.made_at):
        return plan
    fresh = plan.again()
    before = {one.row: one for one in plan.operations}
    operations = [
        one if _is_same(before.get(one.row), one) else replace(one, conflict=one.conflict or STALE)
        for one in fresh.operations
    ]
    return replace(plan, operations=tuple(operations), highest=fresh.highest, made_at=fresh.made_at)


def _is_same(planned: Operation | None, now: Operation) -> bool:
    """Whether an operation is still what was planned, or was carried out meanwhile."""
    if planned is None or not now.requests:
        return True
    return planned.requests == now.requests and planned.old.get("updatedAt") == now.old.get(
        "updatedAt"
    )


def _carry_out(plan: Plan, journal: Journal, conflict: str, told: OnOutcome) -> pd.DataFrame:
    """Send the requests of a plan, and return the outcome of each row."""
    todo = plan.todo(conflict)
    if plan.writable is None or not todo:
        return render.result(plan, {})
    mark = plan.highest
    if mark is None and any(one.digest for one in todo):
        mark = AccountRows(plan.account).newest(plan.writable, [one.wanted for one in todo])
    undoes = next(iter(plan.undoes), None)
    push = journal.start(plan.resource, plan.account.fingerprint, todo, mark=mark, undoes=undoes)
    plan.pushes.append(push)
    before = {one.row: str(one.old.get("updatedAt") or "") for one in todo}
    run = Run(plan.account, plan.writable, journal, push, mark, told, before=before)
    # Before and after: a push that is killed leaves no old lists in the cache.
    plan.account.session.drop(plan.writable.stale)
    try:
        run.run(plan.batches(conflict))
        if not {one.status for one in run.outcomes.values()} & UNFINISHED:
            journal.end(plan.resource)
        _note_undone(plan, journal, run)
    except BaseException as error:
        # What is known of each row travels with an interruption.
        error.result = render.result(plan, run.outcomes, "not tried")  # type: ignore[attr-defined]
        raise
    finally:
        plan.account.session.drop(plan.writable.stale)
    return render.result(plan, run.outcomes)


def _note_undone(plan: Plan, journal: Journal, run: Run) -> None:
    """Store which rows of earlier pushes an undo took back."""
    done = {
        row for row, one in run.outcomes.items() if one.status in ("created", "updated", "deleted")
    }
    for push, rows in plan.undoes.items():
        journal.took_back(push, [past for row, past in enumerate(rows) if row in done])


# -- made


def make_plan(
    sheet: Sheet,
    account: Account,
    again: Callable[[], Plan],
    notes: Sequence[str] = (),
    origin: Origin | None = None,
) -> Plan:
    """Compare a sheet with the account.

    Raises
    ------
    PlanError
        If any row cannot be pushed; every bad cell is listed.
    """
    problems = checks.local_problems(sheet)
    if problems:
        raise checks.refuse(sheet.writable.name, problems)
    made_at = time.time()
    journal = Journal(journal_path(account))
    rows = AccountRows(account)
    if not account.is_offline:
        settle_open(journal, sheet.writable, rows, sheet.rows.values())
    found = compare(sheet, rows, Memory(journal, sheet.writable))
    operations = found.operations
    looked = kind_of(sheet.writable).look_around(rows, operations, found.baseline.rows)
    if not sheet.undoes:
        looked.operations = made_before(
            looked.operations, journal, sheet.writable, rows, repeat=sheet.repeat
        )
    problems = [*found.problems, *looked.problems]
    problems += checks.unset_in_bulk(sheet, [one for one in looked.operations if not one.conflict])
    if problems:
        raise checks.refuse(sheet.writable.name, problems)
    said = _notes(sheet, account, found, looked.operations)
    unset = sum(len(checks.unset_columns(sheet, one)) for one in looked.operations)
    return Plan(
        account,
        sheet.writable,
        tuple(looked.operations),
        tuple(dict.fromkeys([*notes, *looked.notes, *said])),
        sheet.index,
        again,
        doubt="" if origin else checks.hours_for_minutes(sheet, looked.operations),
        from_runn=sheet.from_runn,
        origin=origin,
        unset=0 if sheet.na_given or sheet.undoes else unset,
        highest=_highest(sheet, found),
        made_at=made_at,
    )


def _highest(sheet: Sheet, found: Comparison) -> int | None:
    """Return the highest id of the account's list, where all of it was read."""
    if not found.baseline.is_complete or not sheet.writable.has_id:
        return None
    return max((row["id"] for row in found.baseline.rows.values()), default=0)


def _notes(
    sheet: Sheet, account: Account, found: Comparison, operations: Sequence[Operation]
) -> list[str]:
    """Return what one should know of a plan besides its changes."""
    notes = []
    if not len(sheet.rows):
        notes.append("The frame has no rows, so there is nothing to push.")
    if account.is_offline:
        notes.append("The account is offline, so the frame was compared with the cache.")
    if found.ignored:
        notes.append(f"Runn sets these fields itself: {', '.join(sorted(found.ignored))}.")
    notes += [
        f"The column {name!r} is only for new rows; {sheet.writable.afterwards}."
        for name in found.only_new
    ]
    if found.unseen and not sheet.undoes:
        notes.append(
            f"Changes by others cannot be detected in {found.unseen} rows, because they have no"
            " updatedAt."
        )
    notes += _notes_on_new_ids(sheet, operations)
    return [*notes, *checks.future_days(sheet, operations, today([account.fingerprint]))]


def _notes_on_new_ids(sheet: Sheet, operations: Sequence[Operation]) -> list[str]:
    """Return notes on the records that are not created again, and on those that get a new id."""
    notes = []
    made = [one for one in operations if one.made and one.note]
    if made:
        notes.append(
            f"Rows that an earlier push created: {len(made)} (row {made[0].label!r}:"
            f" {made[0].note}) They are not created again; repeat=True does that."
        )
    replaced = [one for one in operations if one.action == "update" and one.digest]
    if replaced and not sheet.undoes:
        notes.append(
            f"Changed records that get a new id: {len(replaced)}. The API cannot change them."
        )
    return notes
