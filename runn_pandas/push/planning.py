"""Making a plan: the frame, the account's rows, and what an unfinished push did already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.push import undoing
from runn_pandas.push.answers import by_id
from runn_pandas.push.baseline import AccountRows
from runn_pandas.push.beside import look_around, of_people, people_of
from runn_pandas.push.calls import Decision
from runn_pandas.push.checks import local_problems
from runn_pandas.push.diff import decide
from runn_pandas.push.guards import check_conflict, refuse_conflicts
from runn_pandas.push.intent import Intent, Problem, read_intent, refuse
from runn_pandas.push.leaves import Looked
from runn_pandas.push.ledger import Ledger, journal_path
from runn_pandas.push.matching import Baseline
from runn_pandas.push.names import AccountNames
from runn_pandas.push.outcomes import result
from runn_pandas.push.plans import Plan

if TYPE_CHECKING:
    from runn_pandas.account import Account

Row = dict[str, Any]


def planned(intent: Intent, account: Account, ledger: Ledger | None = None) -> Plan:
    """Compare what a frame asks for with the account.

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
        past = own.unfinished(intent.key)
    finally:
        if ledger is None:
            own.close()
    begun = past.begun if past else {}
    held = {position for step in begun.values() for position in step.positions}
    open_ = intent.only([position for position in intent.rows if position not in held])
    rows = AccountRows(account)
    baseline = rows.baseline(open_)
    found = decide(open_, baseline, AccountNames(rows, open_, baseline))
    before = [past.decisions[position] for position in sorted(held)] if past else []
    around = look_around(rows, intent.writable.name, found.decisions, before, intent.labels)
    if found.problems or around.problems:
        raise refuse(name, _in_order(intent, [*found.problems, *around.problems]))
    notes = []
    if past is not None and begun:
        notes.append(f"Continues an unfinished push: {len(held)} of its rows were begun.")
    if found.ignored:
        notes.append(
            "Left out of new rows, because Runn sets it: " + ", ".join(sorted(found.ignored)) + "."
        )
    notes += around.notes
    decisions = _all_rows(intent, [*before, *around.decisions])
    highest = baseline.highest if around.highest is None else around.highest
    return Plan(account, intent, decisions, past, highest, tuple(notes))


def _all_rows(intent: Intent, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """One decision for each row, in order: what cannot be undone stays as it is."""
    there = {decision.position for decision in decisions}
    idle = [Decision(n, "unchanged") for n in range(len(intent.labels)) if n not in there]
    return tuple(sorted([*decisions, *idle], key=lambda d: d.position))


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
        ``"references.Harvest"``. Rows without a match are new.
    na : {"unset", "omit"}, optional
        Whether a missing cell unsets the value in Runn or says nothing; by default unset in a
        frame that was read from Runn, and omit in any other.
    delete : list, Series, Index or boolean Series, optional
        The rows to delete, by id or by a flag for each row. Nothing else is ever deleted.

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
    intent = read_intent(
        frame, resource, fingerprint=account.fingerprint, on=on, na=na, delete=delete
    )
    return planned(intent, account)


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
) -> pd.DataFrame:
    """Write a changed frame back, row by row accounted for.

    Parameters
    ----------
    frame, resource, account, on, na, delete
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
    made = plan(frame, resource, account=account, on=on, na=na, delete=delete)
    if dry_run:
        refuse_conflicts(made, conflict)
        return result(made, {})
    return made.apply(progress, conflict=conflict, delete_force=delete_force, confirm=confirm)


def undone(made: Plan) -> Plan:
    """Give the plan that takes a plan back."""
    account, writable = made.account, made.intent.writable
    rows = AccountRows(account)
    ledger = Ledger(journal_path(account))
    try:
        outcomes = ledger.outcomes(made.token)
        mark, answers = ledger.made(made.token)
        now: list[Row] = []
        if writable.style == "merge":
            now = of_people(rows, writable.name, people_of(made.decisions))
        done = undoing.Done(outcomes, mark, by_id(answers), {row["id"]: row for row in now})
        intent, undo = undoing.intent_of(made.intent, made.decisions, done)
        if not outcomes:
            undo.notes.append("This plan was not carried out, so nothing of it can be undone.")
        past = ledger.unfinished(intent.key)
        if past is not None and past.begun:
            # An undo that was interrupted goes on where it was.
            return replace(planned(intent, account, ledger), undoes=made)
    finally:
        ledger.close()
    intent, found, around, notes = _restorable(intent, rows)
    decisions = []
    for decision in around.decisions:
        answer = done.answers.get(decision.id)
        expected = undo.expected.get(decision.position, [])
        text = undoing.contested(writable, decision, expected, answer)
        decisions.append(replace(decision, conflict=text) if text and decision.calls else decision)
    return Plan(
        account,
        intent,
        _all_rows(intent, decisions),
        None,
        found.highest if around.highest is None else around.highest,
        tuple(dict.fromkeys([*undo.notes, *notes, *around.notes])),
        made,
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
        around = Looked(found.decisions)
        if not problems:
            shown = labels or positions
            around = look_around(rows, intent.writable.name, found.decisions, (), shown)
            problems = [p._replace(row=shown.index(p.row)) for p in around.problems]
        if not problems:
            return intent, baseline, around, notes
        fewer, said = undoing.without(intent, problems)
        notes += said
        if fewer.rows == intent.rows:  # what is wrong is in none of its cells
            fewer = intent.only([])
        intent = fewer
