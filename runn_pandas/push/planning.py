"""Making a plan: the frame, the account's rows, and what an unfinished push did already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.account import current_or_none
from runn_pandas.catalog.writes import AFTERWARDS
from runn_pandas.push import continuing, undoing
from runn_pandas.push.account_rows import AccountRows, encoded_row
from runn_pandas.push.answers import by_id
from runn_pandas.push.beside import look_around, of_people, people_of
from runn_pandas.push.diff import decide
from runn_pandas.push.duplicates import find_duplicates, lost_ids, taken_columns
from runn_pandas.push.fates import in_doubt
from runn_pandas.push.leaves import Looked
from runn_pandas.push.ledger import Ledger, journal_path
from runn_pandas.push.match import Baseline
from runn_pandas.push.model import Intent, Origin, Problem, RowPlan
from runn_pandas.push.nested_fields import AccountNames
from runn_pandas.push.outcomes import result
from runn_pandas.push.parse import parse_frame
from runn_pandas.push.plans import Plan, seen
from runn_pandas.push.unfinished import Unfinished
from runn_pandas.push.validate import (
    check_conflict,
    local_problems,
    refuse,
    refuse_conflicts,
)

if TYPE_CHECKING:
    from runn_pandas.account import Account

Row = dict[str, Any]


def planned(
    intent: Intent,
    account: Account,
    ledger: Ledger | None = None,
    apart: Mapping[int, RowPlan] | None = None,
) -> Plan:
    """Compare what a frame asks for with the account.

    Parameters
    ----------
    intent, account, ledger
        What, whose, and its journal if it is open.
    apart
        By position the rows that are not compared, and what was decided on them before.

    Raises
    ------
    PlanError
        If anything of it cannot be pushed.
    """
    name = repr(intent.writable.name)
    certain, possible = local_problems(intent)
    if certain:
        raise refuse(name, _in_order(intent, [*certain, *possible]))
    own = ledger or Ledger(journal_path(account))
    try:
        pushes = own.unfinished(intent.writable.name, intent.key)
    finally:
        if ledger is None:
            own.close()
    rows = AccountRows(account)
    past, left = continuing.taken_up(pushes, intent, rows)
    check: list[int] = []
    if past is not None:
        past = continuing.released(past, continuing.vanished(past, intent.writable, rows))
        check = continuing.to_compare(past, intent.writable)
    held = set(past.held) if past else set()
    apart = {position: d for position, d in (apart or {}).items() if position not in held}
    compared = [p for p in intent.rows if p not in apart]
    open_ = intent.only([p for p in compared if p not in held])
    both = intent.only([p for p in compared if p not in held or p in check])
    baseline = rows.baseline(both)
    names = AccountNames(rows, both, baseline)
    found = decide(open_, baseline, names)
    if past is not None and check:
        # Done earlier, and still so: otherwise it is to do again, or somebody else's change.
        again = decide(intent.only(check), baseline, names).row_plans
        undone_, gone = continuing.changed_since(past, intent, check, again)
        past = continuing.released(past, undone_)
        held -= set(undone_)
        found.row_plans += [d for d in again if d.position in undone_]
        found.problems += gone
    _refuse_doubles(intent, past, left, found.row_plans)
    before = [past.row_plans[position] for position in sorted(held)] if past else []
    around = look_around(rows, intent.writable.name, found.row_plans, before, intent.labels)
    if found.problems or around.problems:
        raise refuse(name, _in_order(intent, [*found.problems, *around.problems]))
    problems, notes = alike(intent, around.row_plans, baseline, rows)
    if problems:
        raise refuse(name, _in_order(intent, problems))
    if account.is_offline:
        notes.append("The account is offline: compared with the cache, however old it is.")
    if past is not None and held:
        notes.append(f"Continues an unfinished push: {len(held)} of its rows were begun.")
    if found.ignored:
        notes.append(
            "Left out of new rows, because Runn sets it: " + ", ".join(sorted(found.ignored)) + "."
        )
    notes += for_new_only(intent, found.only_new)
    notes += around.notes
    notes += intent.origin.notes() if intent.origin is not None else []
    return Plan(
        account,
        intent,
        _all_rows(intent, [*before, *around.row_plans, *apart.values()]),
        past,
        baseline.highest if around.highest is None else around.highest,
        tuple(notes),
        was_current=_is_current(account),
        seen=seen(pushes),
    )


def _refuse_doubles(
    intent: Intent,
    past: Unfinished | None,
    left: Sequence[continuing.Left],
    row_plans: Sequence[RowPlan],
) -> None:
    """Refuse a frame beside which rows of an interrupted push would stand a second time."""
    if not continuing.could_double(intent.writable, row_plans):
        # What another push began is not in the way of one that makes nothing.
        left = [row for row in left if past is not None and row.push == past.id]
    if left:
        known = {d.key for d in row_plans if d.action != "create"}
        continuing.refuse_left(intent, left, known)


def _is_current(account: Account) -> bool:
    now = current_or_none()
    return now is not None and now.fingerprint == account.fingerprint


def alike(
    intent: Intent, row_plans: Sequence[RowPlan], baseline: Baseline, rows: AccountRows
) -> tuple[list[Problem], list[str]]:
    """Compare the new rows with those the account has, in as few requests as it takes."""
    columns = taken_columns(intent)

    def every() -> Sequence[dict[str, Any]]:
        if baseline.complete:
            return [encoded_row(row, intent.writable) for row in baseline.rows.values()]
        column = columns[0] if columns and not lost_ids(intent) else None
        new = [d.position for d in row_plans if d.action == "create"]
        return rows.like(intent, column, [intent.rows[p].get(column or "") for p in new])

    return find_duplicates(intent, row_plans, list(baseline.rows.values()), every)


def for_new_only(intent: Intent, columns: Mapping[str, Sequence[int]]) -> list[str]:
    """Say what is not sent of rows that exist, because the API takes it of new rows only."""
    said = []
    name = intent.writable.name
    by_rows: dict[tuple[int, ...], list[str]] = {}
    for column, rows in columns.items():
        by_rows.setdefault(tuple(rows), []).append(column)
    for rows, names in by_rows.items():
        many = f"{len(rows):,} existing row{'s' if len(rows) > 1 else ''} are"
        where = AFTERWARDS.get(name, "of an existing row the API changes them nowhere")
        said.append(
            f"{', '.join(names)}: only for new {name!r}, so the values of {many} not sent; {where}."
        )
    return said


def _all_rows(intent: Intent, row_plans: Sequence[RowPlan]) -> tuple[RowPlan, ...]:
    """One row_plan for each row, in order: what cannot be undone stays as it is."""
    there = {row_plan.position for row_plan in row_plans}
    idle = [RowPlan(n, "unchanged") for n in range(len(intent.labels)) if n not in there]
    return tuple(sorted([*row_plans, *idle], key=lambda d: d.position))


def _in_order(intent: Intent, problems: Sequence[Problem]) -> list[Problem]:
    places = {str(label): position for position, label in enumerate(intent.labels)}
    unique = list(dict.fromkeys(_hashable(problem) for problem in problems))
    return sorted(unique, key=lambda p: -1 if p.row is None else places.get(str(p.row), 0))


def _hashable(problem: Problem) -> Problem:
    try:
        hash(problem)
    except TypeError:
        return problem._replace(value=repr(problem.value))
    return problem


def plan(
    frame: pd.DataFrame,
    resource: str | None = None,
    *,
    account: Account,
    on: str | Sequence[str] | None = None,
    na: str | None = None,
    delete: Any = None,
    origin: Origin | None = None,
) -> Plan:
    """Show what a push of a frame would do; no write is sent.

    Parameters
    ----------
    frame : DataFrame
        The rows as they shall be. A column that is absent is untouched.
    resource : str, optional
        What the rows are; by default what the frame was read from.
    account : Account
        Where it would go.
    on : str or list of str, optional
        The columns that identify a row in place of its id, such as ``"email"`` or
        ``"references.Harvest"``. Texts are compared without outer blanks and in any case (ids
        of other systems, in references, in their own case); a key that fits several rows is
        refused, and what a row is found by is not written. Rows without a match are new.
    na : {"unset", "omit"}, optional
        Whether a missing cell unsets the value in Runn or says nothing; by default unset in a
        frame that was read from Runn, and omit in any other.
    delete : list, Series, Index or boolean Series, optional
        The rows to delete, by id or by a flag for each row. Nothing else is ever deleted.
    origin : Origin, optional
        The frame that `frame` was made of, whose rows the result has.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If the frame cannot be pushed as it is; its ``.problems`` lists every bad cell.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> people = rp.read_runn("people")
    >>> people.loc[0, "lastName"] = "Nightingale"
    >>> plan(people, account=account).requests
    1
    """
    intent = parse_frame(
        frame, resource, fingerprint=account.fingerprint, on=on, na=na, delete=delete
    )
    return planned(replace(intent, origin=origin), account)


def push(
    frame: pd.DataFrame,
    resource: str | None = None,
    *,
    account: Account,
    on: str | Sequence[str] | None = None,
    na: str | None = None,
    delete: Any = None,
    delete_force: bool = False,
    conflict: str = "skip",
    dry_run: bool = False,
    confirm: bool | None = None,
    progress: bool | None = None,
    origin: Origin | None = None,
) -> pd.DataFrame:
    """Write a changed frame back, row by row accounted for.

    Parameters
    ----------
    frame, resource, account, on, na, delete, origin
        As in `plan`.
    delete_force, conflict, confirm, progress
        As in `Plan.apply`.
    dry_run : bool
        Send nothing; the result says what would be done.

    Returns
    -------
    DataFrame
        A row for each row of the frame, under its index: ``action``, ``status``, ``id``,
        ``error``, ``attempts``.

    Raises
    ------
    PlanError
        If the frame cannot be pushed as it is; nothing was sent.
    """
    check_conflict(conflict)
    made = plan(frame, resource, account=account, on=on, na=na, delete=delete, origin=origin)
    if dry_run:
        refuse_conflicts(made.intent, made.row_plans, conflict)
        return result(made, {})
    return made.apply(progress, conflict=conflict, delete_force=delete_force, confirm=confirm)


def undone(made: Plan) -> Plan:
    """Give the plan that takes a plan back."""
    account, writable = made.account, made.intent.writable
    rows = AccountRows(account)
    ledger = Ledger(journal_path(account))
    try:
        outcomes = ledger.outcomes(made.token)
        sent = ledger.positions(made.token)
        mark, answers = ledger.made(made.token)
        # What was left out of every push of the plan is not touched.
        mine = [d for d in made.row_plans if sent is None or d.position in sent]
        told: list[tuple[int, int, str, tuple[Any, ...]]] = []
        pushes = ledger.unfinished(writable.name, made.intent.key)
        for past in pushes:
            if past.key == made.intent.key and sent is not None:
                found = in_doubt(past, outcomes, rows)
                outcomes = {**outcomes, **found}
                told += [
                    (past.id, position, outcome.status, outcome.ids)
                    for position, outcome in found.items()
                ]
        now: list[Row] = []
        if writable.kind == "leave":
            now = of_people(rows, writable.name, people_of(mine))
        done = undoing.Done(outcomes, mark, by_id(answers), {row["id"]: row for row in now})
        intent, undo = undoing.intent_of(made.intent, mine, done)
        intent = replace(intent, undoes=True, origin=None)
        if not outcomes:
            undo.notes.append("This plan was not carried out, so nothing of it can be undone.")
        pushes = ledger.unfinished(writable.name, intent.key)
        if any(push.key == intent.key and push.begun for push in pushes):
            # An undo that was interrupted goes on where it was.
            return replace(planned(intent, account, ledger), undoes=made, told=tuple(told))
    finally:
        ledger.close()
    intent, baseline, around, notes = _restorable(intent, rows)
    row_plans = []
    for row_plan in around.row_plans:
        answer = done.answers.get(row_plan.id)
        expected = undo.expected.get(row_plan.position, [])
        text = undoing.contested(writable, row_plan, expected, answer)
        row_plans.append(
            replace(row_plan, conflict=text) if text and row_plan.requests else row_plan
        )
    return Plan(
        account,
        intent,
        _all_rows(intent, row_plans),
        None,
        baseline.highest if around.highest is None else around.highest,
        tuple(dict.fromkeys([*undo.notes, *notes, *around.notes])),
        undoes=made,
        told=tuple(told),
        was_current=_is_current(account),
        seen=seen(pushes),
    )


def _restorable(intent: Intent, rows: AccountRows) -> tuple[Intent, Baseline, Looked, list[str]]:
    """Give the part of an undo that can be done, and what to say of the rest."""
    baseline = rows.baseline(intent)
    names = AccountNames(rows, intent, baseline)
    notes: list[str] = []
    labels = intent.labels if len(set(intent.labels)) == len(intent.labels) else ()
    positions = tuple(range(len(intent.labels)))
    while True:
        # Labels may be there twice, and positions not.
        found = decide(replace(intent, labels=positions), baseline, names)
        problems = found.problems
        around = Looked(found.row_plans)
        if not problems:
            shown = labels or positions
            around = look_around(rows, intent.writable.name, found.row_plans, (), shown)
            problems = [p._replace(row=shown.index(p.row)) for p in around.problems]
        if not problems:
            return intent, baseline, around, notes
        fewer, said = undoing.without(intent, problems)
        notes += said
        if fewer.rows == intent.rows:  # what is wrong is in none of its cells
            fewer = intent.only([])
        intent = fewer
