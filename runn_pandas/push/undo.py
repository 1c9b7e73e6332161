"""What takes a push back: its inverse as an intent, from what the journal says was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runn_pandas.catalog.writes import Writable, find_writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import same
from runn_pandas.frame.expanded import Target, nested_target
from runn_pandas.push.account_rows import AccountRows
from runn_pandas.push.journal import Journal, Push, done
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import Work, encoded_row
from runn_pandas.push.model import Intent, Outcome, Problem, Row, RowPlan, longer_index
from runn_pandas.push.probe import rows_of

NOT_DONE = "This plan was not carried out, so nothing of it can be undone."
IN_DOUBT = (
    "the push was interrupted at it, and the account does not tell whether it was carried out."
    " Push it again first, or look in Runn"
)


def ends_of(journal: Journal, pushes: Sequence[Push]) -> list[Push]:
    """Return pushes, or those that continued them."""
    found: dict[int, Push] = {}
    for push in pushes:
        while push.next is not None and (after := journal.numbered(push.next)) is not None:
            push = after
        found[push.id] = push
    return list(found.values())


def numbered(journal: Journal, number: int) -> Push:
    """Return the push of a number.

    Raises
    ------
    PlanError
        If there is none, or another one continued it.
    """
    push = journal.numbered(number) if isinstance(number, int) else None
    if push is None:
        raise PlanError(f"There is no push {number!r} in the journal; see rp.journal().")
    if push.next is not None:
        raise PlanError(
            f"Push {number} was continued in push {push.next}: rp.undo({push.next}) takes both"
            " back."
        )
    return push


def way_back(
    labels: Sequence[Any],
    pushes: Sequence[Push],
    told: Mapping[int, Mapping[int, Outcome]],
    rows: AccountRows | None,
) -> Work:
    """Return what restores the values from before pushes, and what nothing can restore.

    Parameters
    ----------
    labels
        Those of the frame.
    pushes
        The pushes that carried it out, in order.
    told
        By push what the account tells of rows of which nothing is noted.
    rows
        The account; None if only the journal is looked at.
    """
    happened = _happened(pushes, told)
    marks = [push.mark for push in pushes if push.mark is not None]
    work = Work(labels, [*happened.values()], _answers(pushes), mark=min(marks, default=None))
    if not pushes:
        work.notes.append(NOT_DONE)
        return work
    kind = kind_of(find_writable(pushes[0].resource)[0])
    if rows is not None:
        work.now = kind.beside_now(rows, [row_plan for row_plan, _ in work.done])
    for row_plan, outcome in work.done:
        # A changed field is compared with the account.
        if outcome.status == "unknown" and (row_plan.action != "update" or kind.remade):
            work.cannot(row_plan, IN_DOUBT, "is not undone")
    kind.undo(work)
    return work


def _happened(
    pushes: Sequence[Push], told: Mapping[int, Mapping[int, Outcome]]
) -> dict[int, tuple[RowPlan, Outcome]]:
    """Return by position what was to be done with a row, and what came of it at last."""
    found: dict[int, tuple[RowPlan, Outcome]] = {}
    for push in pushes:
        for position, row in push.rows.items():
            outcome = told.get(push.id, {}).get(position, row.outcome)
            if position not in found or done(outcome):
                found[position] = row.row_plan, outcome or Outcome("")
    return found


def inverse(frame: Intent, work: Work) -> Intent:
    """Return an undo as an intent like any other."""
    targets = {
        label: nested_target(label, frame.writable.fields) or Target(label)
        for label in sorted({label for row in work.rows.values() for label in row})
    }
    return Intent(
        frame.writable,
        (*frame.labels, *work.extra),
        len(frame.labels) + len(work.extra),
        targets,
        work.rows,
        frozenset(work.deletes),
        na="unset",
        from_runn=True,
        index=longer_index(frame.index, work.extra),
        undoes=True,
    )


def _answers(pushes: Sequence[Push]) -> dict[Any, Row]:
    """Return for each record in answers what was said of it last, field by field."""
    found: dict[Any, Row] = {}
    for push in pushes:
        for attempt in push.attempts:
            for row in rows_of(attempt.answer):
                if row.get("id") is not None:
                    found[row["id"]] = {**found.get(row["id"], {}), **row}
    return found


def obstacle(push: Push, undone_in: Mapping[int, int]) -> str:
    """Return why a push cannot be undone, or "" if it can, as far as the journal tells."""
    if push.next is not None:
        return f"continued in push {push.next}"
    if push.id in undone_in:
        return f"undone in push {undone_in[push.id]}"
    work = way_back(push.labels, [push], {}, None)
    in_doubt = push.ended is None and any(row.outcome is None for row in push.begun.values())
    if work.rows or in_doubt:
        return ""
    return (work.impossible or ["it changed nothing"])[0]


def undone_in(pushes: Sequence[Push]) -> dict[int, int]:
    """Return by push the one that took all of it back."""
    whole = [
        push
        for push in pushes
        if push.undoes
        and push.ended
        # None of its rows is left.
        and all(done(row.outcome) for row in push.rows.values() if row.row_plan.open)
    ]
    return {number: push.id for push in reversed(whole) for number in push.undoes}


def without(intent: Intent, problems: Sequence[Problem]) -> tuple[Intent, list[str]]:
    """Return the intent without the cells that cannot be restored, and what to say of them.

    The rows of the problems are positions.
    """
    rows = {position: dict(row) for position, row in intent.rows.items()}
    whole = kind_of(intent.writable).restored_whole
    notes = []
    for problem in problems:
        where = "" if problem.row is None else f"Row {intent.labels[problem.row]!r}: "
        column = "" if whole or problem.column in intent.writable.key else problem.column
        for position in list(rows) if problem.row is None else {problem.row} & rows.keys():
            if column in rows[position]:
                rows[position].pop(column)
            else:
                rows.pop(position)
        if problem.not_there:
            notes.append(f"{where}it is no longer in the account, so there is nothing to undo.")
        else:
            notes.append(f"{where}{problem.column!r} cannot be restored: it {problem.reason}.")
    kept = frozenset(intent.deletes & rows.keys())
    return replace(intent, rows=rows, deletes=kept), notes


def contested(writable: Writable, row_plan: RowPlan, work: Work) -> RowPlan:
    """Return a plan as a conflict, if a value is no longer that which the push left."""
    now = {change.field: change.old for change in row_plan.changes}
    if row_plan.action == "delete":
        now = dict(row_plan.old or {})
    answer = work.answers.get(row_plan.id, {})
    for name, _, after in work.expected.get(row_plan.position, ()):
        has = now.get(name, after)
        if not same(has, after) and not same(has, encoded_row(answer, writable).get(name, after)):
            text = f"changed in the account after the push: {name} is {has!r:.40} there now"
            return replace(row_plan, conflict=text) if row_plan.requests else row_plan
    return row_plan
