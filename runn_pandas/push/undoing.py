"""What takes a push back: the old values as a new intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runn_pandas.catalog.writes import Writable
from runn_pandas.push.calls import Decision
from runn_pandas.push.intent import Intent, Problem, Target, expanded, longer_index

Row = dict[str, Any]


def intent_of(
    intent: Intent, decisions: Sequence[Decision], outcomes: Mapping[int, tuple[str, Any]]
) -> tuple[Intent, list[str]]:
    """Give what restores the old values of decisions, and what nothing can restore.

    Parameters
    ----------
    intent, decisions
        What was pushed.
    outcomes
        By position the status and the id that each row came out with, or its ids; empty if the
        plan was not carried out.
    """
    writable = intent.writable
    rows: dict[int, Row] = {}
    deletes: set[int] = set()
    notes: list[str] = []
    lost: list[Any] = []
    more: list[tuple[int, Any]] = []
    for decision in decisions:
        status, own = outcomes.get(decision.position, ("", None))
        if isinstance(own, list):
            # It was split around leave: all its parts go.
            more += [(decision.position, part) for part in own[1:]]
            own = own[0]
        if decision.action == "update" and decision.calls:
            key = dict(zip(writable.key, decision.key, strict=True))
            if status == "updated" and own is not None and writable.key == ("id",):
                key = {"id": own}  # a replaced one goes by its new id
            rows[decision.position] = {
                **key,
                **{label: old for label, old, _ in undoable(decision)},
            }
        elif decision.action == "create" and status == "created":
            if writable.delete is None or (writable.key == ("id",) and own is None):
                lost.append(intent.labels[decision.position])
                continue
            values = decision.key if writable.key != ("id",) else [own]
            rows[decision.position] = dict(zip(writable.key, values, strict=True))
            deletes.add(decision.position)
        elif decision.action == "delete" and status == "deleted":
            if writable.create is None:
                lost.append(intent.labels[decision.position])
                continue
            rows[decision.position] = made_anew(writable, decision.old or {})
    if lost:
        some = ", ".join(repr(label) for label in lost[:5]) + ("..." if len(lost) > 5 else "")
        notes.append(
            f"{len(lost)} rows cannot be undone, as the API cannot take back or remake"
            f" {writable.name!r}: row {some}."
        )
    extra = [f"part {own} of {intent.labels[position]}" for position, own in more]
    for number, (_, own) in enumerate(more, len(intent.labels)):
        rows[number] = {"id": own}
        deletes.add(number)
    if writable.style in ("replace", "merge") and rows:
        notes.append(
            f"What {writable.name!r} get back is made anew: with new ids, and split around leave"
            " where Runn does so."
        )
    labels = {label for row in rows.values() for label in row}
    targets = {
        label: Target(label)
        if label in writable.fields
        else expanded(label, writable) or Target(label, "unknown")
        for label in sorted(labels)
    }
    back = replace(
        intent,
        targets=targets,
        rows=rows,
        deletes=frozenset(deletes),
        on=(),
        na="unset",
        from_runn=True,
        count=len(intent.labels),
        labels=(*intent.labels, *extra),
        index=longer_index(intent.index, extra),
        problems=(),
    )
    return back, notes


def undoable(decision: Decision) -> list[list[Any]]:
    """The changes of a row, without those that follow from another of them."""
    gone = {
        label
        for label, old, new in decision.changes
        if label.startswith("skills.") and old is False and new is True
    }
    return [c for c in decision.changes if c[0].removesuffix(".level") not in gone or c[0] in gone]


def made_anew(writable: Writable, old: Row) -> Row:
    """What a deleted row is made from."""
    wanted = {*writable.create_fields, *writable.update_fields, *writable.places.values()}
    kept = {name: value for name, value in old.items() if name in wanted and value is not None}
    if writable.key == ("id",):
        kept.pop("id", None)
    return kept


def without(intent: Intent, problems: Sequence[Problem]) -> tuple[Intent, list[str]]:
    """Give the intent without the cells that cannot be restored, and what to say of them."""
    rows = {position: dict(row) for position, row in intent.rows.items()}
    notes = []
    for problem in problems:
        for position in list(rows):
            if problem.row is not None and intent.labels[position] != problem.row:
                continue
            if problem.column in rows[position] and problem.column not in intent.writable.key:
                rows[position].pop(problem.column)
            else:
                rows.pop(position)
        where = "" if problem.row is None else f"Row {problem.row!r}: "
        notes.append(f"{where}{problem.column!r} cannot be restored: it {problem.reason}.")
    kept = frozenset(position for position in intent.deletes if position in rows)
    return replace(intent, rows=rows, deletes=kept), notes
