"""What takes a push back: its inverse as an intent, from what the journal says was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.encode import same
from runn_pandas.push.account_rows import AccountRows, encoded_row
from runn_pandas.push.journal import Journal, Push, done
from runn_pandas.push.kinds import kind_of
from runn_pandas.push.kinds.base import Work
from runn_pandas.push.model import (
    Change,
    Intent,
    Outcome,
    Problem,
    Row,
    RowPlan,
    Target,
    longer_index,
)
from runn_pandas.push.parse import nested_target
from runn_pandas.push.probe import rows_of

NOT_DONE = "This plan was not carried out, so nothing of it can be undone."


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


def inverse(
    frame: Intent,
    pushes: Sequence[Push],
    told: Mapping[int, Mapping[int, Outcome]],
    rows: AccountRows | None,
) -> tuple[Intent, Work]:
    """Return what restores the values from before pushes, and what nothing can restore.

    Parameters
    ----------
    frame
        What was pushed.
    pushes
        The pushes that carried it out, in order.
    told
        By push what the account tells of rows of which nothing is noted.
    rows
        The account; None if only the journal is looked at.
    """
    writable = frame.writable
    kind = kind_of(writable)
    happened: dict[int, tuple[RowPlan, Outcome]] = {}
    for push in pushes:
        for position, row in push.rows.items():
            outcome = told.get(push.id, {}).get(position, row.outcome)
            if position not in happened or done(outcome):
                happened[position] = row.row_plan, outcome or Outcome("")
    answers = _answers(pushes)

    def answered(own: Any) -> list[Change]:
        """The values of a new record, as Runn gave them back."""
        row = encoded_row(answers[own], writable) if own in answers else {}
        names = {*writable.create_fields, *writable.update_fields} & writable.read_fields.keys()
        plain = [n for n in sorted(names) if n in row and writable.fields[n].kind != "nested"]
        return [Change(name, None, row[name]) for name in plain]

    marks = [push.mark for push in pushes if push.mark is not None]
    done_rows = list(happened.values())
    now = kind.beside_now(rows, [d for d, _ in done_rows]) if rows is not None else {}
    work = Work(frame.labels, done_rows, answered, answers, now, min(marks, default=None))
    work.notes += _in_doubt(frame.labels, done_rows, compared=not kind.remade)
    kind.undo(work)
    if not pushes:
        work.notes.append(NOT_DONE)
    labels = {label for row in work.rows.values() for label in row}
    targets = {
        label: Target(label)
        if label in writable.fields
        else nested_target(label, writable) or Target(label, "unknown")
        for label in sorted(labels)
    }
    intent = Intent(
        writable,
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
    return intent, work


def _answers(pushes: Sequence[Push]) -> dict[Any, Row]:
    """Return for each record in answers what was said of it last, field by field."""
    found: dict[Any, Row] = {}
    for push in pushes:
        for attempt in push.attempts:
            for row in rows_of(attempt.answer):
                if row.get("id") is not None:
                    found[row["id"]] = {**found.get(row["id"], {}), **row}
    return found


def _in_doubt(
    labels: Sequence[Any], rows: Sequence[tuple[RowPlan, Outcome]], *, compared: bool
) -> list[str]:
    """Say of which rows it is not known what became of them; a changed field is compared."""
    return [
        f"Row {labels[row_plan.position]!r} is not undone: the push was interrupted at it, and the"
        " account does not tell whether it was carried out. Push it again first, or look in Runn."
        for row_plan, outcome in rows
        if outcome.status == "unknown" and not (row_plan.action == "update" and compared)
    ]


def obstacle(push: Push, undone_in: Mapping[int, int]) -> str:
    """Return why a push cannot be undone, or "" if it can, as far as the journal tells."""
    if push.next is not None:
        return f"continued in push {push.next}"
    if push.id in undone_in:
        return f"undone in push {undone_in[push.id]}"
    begun = {p for p, row in push.begun.items() if row.outcome is None}
    told = {push.id: {p: Outcome(_guess(push.rows[p].row_plan), ()) for p in begun}}
    work = inverse(push.intent, [push], {} if push.ended else told, None)[1]
    if work.rows or begun:
        return ""
    if not work.notes:
        return "it changed nothing"
    return work.notes[0].partition(": ")[2].rstrip(".") or work.notes[0]


def _guess(row_plan: RowPlan) -> str:
    return "not tried" if row_plan.action == "create" else "unknown"


def without(intent: Intent, problems: Sequence[Problem]) -> tuple[Intent, list[str]]:
    """Return the intent without the cells that cannot be restored, and what to say of them.

    The rows of the problems are positions.
    """
    rows = {position: dict(row) for position, row in intent.rows.items()}
    whole = kind_of(intent.writable).restored_whole
    notes = []
    for problem in problems:
        for position in list(rows) if problem.row is None else {problem.row} & rows.keys():
            part = problem.column in rows[position] and problem.column not in intent.writable.key
            if part and not whole:
                rows[position].pop(problem.column)
            else:
                rows.pop(position)
        where = "" if problem.row is None else f"Row {intent.labels[problem.row]!r}: "
        if problem.reason.startswith("is not in the account"):
            notes.append(f"{where}it is no longer in the account, so there is nothing to undo.")
            continue
        notes.append(f"{where}{problem.column!r} cannot be restored: it {problem.reason}.")
    kept = frozenset(position for position in intent.deletes if position in rows)
    return replace(intent, rows=rows, deletes=kept), notes


def contested(
    writable: Writable, row_plan: RowPlan, expected: Sequence[Change], answer: Row | None
) -> str:
    """Say which value of a row is no longer that which the push left; "" if all are.

    Parameters
    ----------
    writable, row_plan
        What would take the row back.
    expected
        For each field its value before the push, and after it.
    answer
        What Runn said of the record when it was pushed.
    """
    now = {change.field: change.old for change in row_plan.changes}
    if row_plan.action == "delete":
        now = dict(row_plan.old or {})
    told = encoded_row(answer, writable) if answer else {}
    for name, _, after in expected:
        if (
            name in now
            and not same(now[name], after)
            and not same(now[name], told.get(name, after))
        ):
            return f"changed in the account after the push: {name} is {now[name]!r:.40} there now"
    return ""
