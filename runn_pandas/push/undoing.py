"""What takes a push back: the old values as a new intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.frame.encode import same
from runn_pandas.push.account_rows import encoded_row
from runn_pandas.push.beside import day_before, last_contract
from runn_pandas.push.leaves import FIELDS as LEAVE
from runn_pandas.push.leaves import leave_of, wanted
from runn_pandas.push.model import Change, Intent, Outcome, Problem, RowPlan, Target, longer_index
from runn_pandas.push.parse import nested_target

Row = dict[str, Any]
CONTRACT = (
    "roleId",
    "startDate",
    "endDate",
    "employmentType",
    "costPerHour",
    "minutesPerDay",
    "rosteredDays",
    "jobTitle",
)


@dataclass(frozen=True)
class Done:
    """What a push came to.

    Attributes
    ----------
    outcomes
        By position the status and the id that each row came out with, or its ids; empty if the
        plan was not carried out.
    mark
        The highest id before it, if that is known.
    answers
        By id what Runn said last of each record that it made or changed.
    now
        By id the leave that the people concerned have now.
    """

    outcomes: Mapping[int, Outcome]
    mark: int | None = None
    answers: Mapping[Any, Row] = field(default_factory=dict)
    now: Mapping[Any, Row] = field(default_factory=dict)


@dataclass
class Undo:
    """The way back, as it grows.

    Attributes
    ----------
    rows, deletes
        As those of an `Intent`.
    extra
        The labels of rows that the push did not have.
    expected
        By position the values, field by field, that the push left behind: what else a row
        holds by now was written by somebody since.
    """

    count: int
    rows: dict[int, Row] = field(default_factory=dict)
    deletes: set[int] = field(default_factory=set)
    extra: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    expected: dict[int, list[Change]] = field(default_factory=dict)

    def more(self, label: str, row: Row, *, delete: bool = False) -> int:
        """Add a row that the push did not have."""
        position = self.count + len(self.extra)
        self.extra.append(label)
        self.rows[position] = row
        if delete:
            self.deletes.add(position)
        return position


def intent_of(intent: Intent, row_plans: Sequence[RowPlan], done: Done) -> tuple[Intent, Undo]:
    """Give what restores the old values of row_plans, and what nothing can restore."""
    undo = Undo(len(intent.labels))
    undo.notes += _open(intent, row_plans, done)
    if intent.writable.kind == "leave":
        _leave(intent, row_plans, done, undo)
    else:
        for row_plan in row_plans:
            outcome = done.outcomes.get(row_plan.position, Outcome(""))
            _row(intent, row_plan, outcome.status, outcome.ids or (None,), done, undo)
    if intent.writable.name == "contracts":
        _contracts(row_plans, undo)
    if intent.writable.kind in ("assignments", "leave") and undo.rows:
        split = ", and split around leave" if intent.writable.kind == "assignments" else ""
        undo.notes.append(
            f"What comes back of {intent.writable.name!r} is made anew: under new ids{split}."
        )
    labels = {label for row in undo.rows.values() for label in row}
    targets = {
        label: Target(label)
        if label in intent.writable.fields
        else nested_target(label, intent.writable) or Target(label, "unknown")
        for label in sorted(labels)
    }
    back = replace(
        intent,
        targets=targets,
        rows=undo.rows,
        deletes=frozenset(undo.deletes),
        on=(),
        na="unset",
        from_runn=True,
        count=len(intent.labels) + len(undo.extra),
        labels=(*intent.labels, *undo.extra),
        index=longer_index(intent.index, undo.extra),
        problems=(),
    )
    return back, undo


def _open(intent: Intent, row_plans: Sequence[RowPlan], done: Done) -> list[str]:
    """Say of which rows it is not known what became of them; a changed field is compared."""
    compared = intent.writable.kind not in ("assignments", "leave")
    return [
        f"Row {intent.labels[d.position]!r} is not undone: the push was interrupted at it, and the"
        " account does not tell whether it was carried out. Push it again first, or look in Runn."
        for d in row_plans
        if done.outcomes.get(d.position, Outcome("")).status == "unknown"
        and not (d.action == "update" and compared)
    ]


def _row(
    intent: Intent, row_plan: RowPlan, status: str, ids: tuple[Any, ...], done: Done, undo: Undo
) -> None:
    """Take back one row."""
    position, label = row_plan.position, intent.labels[row_plan.position]
    if row_plan.action == "update" and row_plan.requests:
        _update(intent, row_plan, status, ids, undo)
    elif row_plan.action == "create" and status == "created":
        _create(intent, row_plan, ids, done, undo)
    elif row_plan.action == "delete" and status == "deleted":
        row = made_anew(intent.writable, row_plan)
        if row is None:
            undo.notes.append(f"Row {label!r} cannot be undone: {_why_not_made(intent.writable)}.")
            return
        undo.rows[position] = row
        if intent.writable.name == "people":
            undo.notes.append(
                f"Row {label!r}: the person is made anew, under a new id and with the last"
                f" contract only{_earlier(row_plan)}. Assignments, actuals, leave, skills, custom"
                " fields, notes and managers do not come back."
            )


def _update(
    intent: Intent, row_plan: RowPlan, status: str, ids: tuple[Any, ...], undo: Undo
) -> None:
    if status in ("", "conflict", "not tried"):
        return
    position, writable = row_plan.position, intent.writable
    label = intent.labels[position]
    if writable.kind == "assignments":
        if status == "updated" and ids[0] is not None:
            # Made anew and perhaps in parts: what comes back is the whole of the old one.
            undo.rows[position] = {"id": ids[0], **_whole(writable, row_plan.old or {})}
            if len(ids) == 1:
                undo.expected[position] = list(row_plan.changes)
            for part in ids[1:]:
                undo.more(f"part {part} of {label}", {"id": part}, delete=True)
        elif status == "failed" and ids[0] not in (None, row_plan.id):
            # The new one was made, and the old one is still there.
            for part in ids:
                undo.more(f"part {part} of {label}", {"id": part}, delete=True)
        return
    key = dict(zip(writable.key, row_plan.key, strict=True))
    changes = undoable(row_plan)
    undo.rows[position] = {**key, **{name: old for name, old, _ in changes}}
    undo.expected[position] = changes


def _create(
    intent: Intent, row_plan: RowPlan, ids: tuple[Any, ...], done: Done, undo: Undo
) -> None:
    position, writable = row_plan.position, intent.writable
    label = intent.labels[position]
    if writable.delete is None:
        undo.notes.append(f"Row {label!r} cannot be undone: the API deletes no {writable.name!r}.")
        return
    if writable.key == ("id",) and ids[0] is None:
        undo.notes.append(f"Row {label!r} cannot be undone: the id of what was made is not known.")
        return
    values = row_plan.key if writable.key != ("id",) else ids[:1]
    undo.rows[position] = dict(zip(writable.key, values, strict=True))
    undo.deletes.add(position)
    undo.expected[position] = _answered(writable, done.answers.get(ids[0]))
    for part in ids[1:]:
        own = undo.more(f"part {part} of {label}", {"id": part}, delete=True)
        undo.expected[own] = _answered(writable, done.answers.get(part))


def _contracts(row_plans: Sequence[RowPlan], undo: Undo) -> None:
    """Give the contracts that ended for new ones their ends back, each once."""
    made = [(d, d.new) for d in row_plans]
    made = [
        (d, new)
        for d, new in made
        if d.action == "create" and d.position in undo.deletes and new.get("startDate")
    ]
    starts: dict[Any, list[str]] = {}
    for _, new in made:
        starts.setdefault(new.get("personId"), []).append(new["startDate"])
    ended: dict[Any, tuple[Row, str]] = {}
    for row_plan, new in sorted(made, key=lambda one: str(one[1]["startDate"])):
        for row in row_plan.beside:
            ended.setdefault(row["id"], (row, new["startDate"]))
        last = new.get("endDate") or "9999"
        later = [one for one in starts[new.get("personId")] if new["startDate"] < one <= last]
        if later:  # which ended this one
            expected = undo.expected.get(row_plan.position, [])
            undo.expected[row_plan.position] = [
                one._replace(new=day_before(min(later))) if one.field == "endDate" else one
                for one in expected
            ]
    for row, first in ended.values():
        back = {"id": row["id"], "endDate": row.get("endDate")}
        position = undo.more(f"contract {row['id']}", back)
        undo.expected[position] = [Change("endDate", row.get("endDate"), day_before(first))]


def _answered(writable: Writable, answer: Row | None) -> list[Change]:
    """The values of a new record, as Runn gave them back."""
    if answer is None:
        return []
    row = encoded_row(answer, writable)
    names = {*writable.create_fields, *writable.update_fields} & writable.read_fields.keys()
    plain = [n for n in sorted(names) if n in row and writable.fields[n].kind != "nested"]
    return [Change(name, None, row[name]) for name in plain]


# -- leave, which Runn merges


def _leave(intent: Intent, row_plans: Sequence[RowPlan], done: Done, undo: Undo) -> None:
    """Take leave apart again: what there was before, out of what there is now."""
    before: dict[Any, Row] = {}
    owner: dict[Any, int] = {}
    after: dict[Any, list[int]] = {}
    kept: dict[int, Any] = {}
    for row_plan in row_plans:
        outcome = done.outcomes.get(row_plan.position, Outcome(""))
        status, own = outcome.status, outcome.id
        if status not in ("created", "updated", "deleted"):
            continue
        if row_plan.key and status != "created":  # else the new one is beside the old one
            before[row_plan.id], owner[row_plan.id] = row_plan.old or {}, row_plan.position
            kept[row_plan.position] = row_plan.id
        for row in row_plan.beside:
            before.setdefault(row["id"], row)
        if status != "deleted":
            after.setdefault(own, []).append(row_plan.position)
    by_position = {row_plan.position: row_plan for row_plan in row_plans}
    restored: set[Any] = set()
    for own, positions in after.items():
        position = owner.get(own, positions[0])
        label = intent.labels[positions[0]]
        mine = [by_position[p] for p in positions]
        reason = _not_apart(own, mine, own in before, done)
        if reason:
            undo.notes.append(f"Row {label!r} cannot be undone: {reason}.")
            restored |= {kept.get(p) for p in positions}
            continue
        old = next((kept[p] for p in positions if kept.get(p) not in (None, *after)), None)
        if own in before:
            old = own
        if old is None or old in restored:
            undo.rows[position] = {"id": own}
            undo.deletes.add(position)
        else:
            undo.rows[position] = {"id": own, **_fields(before[old])}
            restored.add(old)
        undo.expected[position] = _answered(intent.writable, done.answers.get(own))
    for own, row in before.items():
        if own in restored:
            continue
        there = {"id": own} if own in done.now else {}
        back = {**there, **_fields(row)}
        position = owner.get(own, -1)
        if position in undo.rows or position < 0:
            undo.more(f"leave {own}", back)
        else:
            undo.rows[position] = back


def _not_apart(own: Any, mine: Sequence[RowPlan], known: bool, done: Done) -> str:
    """Why a leave cannot be taken apart into what there was before it; "" if it can."""
    if own is None:
        return "the id of what was made is not known"
    answer = done.answers.get(own)
    parts = [leave for d in mine for leave in (wanted(d), *map(leave_of, d.beside)) if leave]
    if answer and parts:
        first, last = min(one.first for one in parts), max(one.last for one in parts)
        if (answer.get("startDate"), answer.get("endDate")) != (first, last):
            return (
                f"Runn merged it with other leave into id {own} ({answer.get('startDate')} to"
                f" {answer.get('endDate')}), and how that was is not known; change it in Runn"
            )
    if not known and done.mark is not None and own <= done.mark:
        return f"it became part of leave id {own}, and how that was before is not known"
    return ""


def _fields(row: Row) -> Row:
    return {name: row.get(name) for name in LEAVE}


# -- the parts


def _whole(writable: Writable, old: Row) -> Row:
    """All that a record is made of."""
    return {
        name: old.get(name)
        for name in writable.create_fields
        # What the API cannot unset is not among the values of any record.
        if name in old
    }


def undoable(row_plan: RowPlan) -> list[Change]:
    """The changes of a row, without those that follow from another of them."""
    gone = {
        c.field
        for c in row_plan.changes
        if c.field.startswith("skills.") and c.old is False and c.new is True
    }
    return [
        c for c in row_plan.changes if c.field.removesuffix(".level") not in gone or c.field in gone
    ]


def made_anew(writable: Writable, row_plan: RowPlan) -> Row | None:
    """What a deleted row is made from; None if it cannot be made."""
    if writable.create is None:
        return None
    old = dict(row_plan.old or {})
    if writable.name == "people":
        contract = last_contract(row_plan.beside)
        if contract is None:
            return None
        old = {**old, **{name: contract.get(name) for name in CONTRACT}}
    wanted = {*writable.create_fields, *writable.update_fields, *writable.places.values()}
    wanted |= writable.parts.keys()
    kept = {name: value for name, value in old.items() if name in wanted and value is not None}
    if writable.key == ("id",):
        kept.pop("id", None)
    return kept


def _why_not_made(writable: Writable) -> str:
    if writable.create is None:
        return f"the API makes no {writable.name!r}"
    return "which role the person had is not known"


def _earlier(row_plan: RowPlan) -> str:
    count = len(row_plan.beside) - 1
    return f" ({count} earlier do not come back)" if count > 0 else ""


def without(intent: Intent, problems: Sequence[Problem]) -> tuple[Intent, list[str]]:
    """Give the intent without the cells that cannot be restored, and what to say of them.

    The rows of the problems are positions.
    """
    rows = {position: dict(row) for position, row in intent.rows.items()}
    notes = []
    for problem in problems:
        for position in list(rows):
            if problem.row is not None and position != problem.row:
                continue
            part = problem.column in rows[position] and problem.column not in intent.writable.key
            if part and intent.writable.kind != "leave":
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
        For each field the name, the value before the push, and the value after it.
    answer
        What Runn said of the record when it was pushed.
    """
    now = {name: old for name, old, _ in row_plan.changes}
    if row_plan.action == "delete":
        now = dict(row_plan.old or {})
    told = encoded_row(answer, writable) if answer else {}
    for name, _, after in expected:
        if name not in now:
            continue
        has = now[name]
        if same(has, after) or same(has, told.get(name, after)):
            continue
        return f"changed in the account after the push: {name} is {has!r:.40} there now"
    return ""
