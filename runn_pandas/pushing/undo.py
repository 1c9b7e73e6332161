"""An undo: the operations of a push, inverted, as an ordinary plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.catalog.writes import find_writable
from runn_pandas.errors import PlanError
from runn_pandas.frame.expanded import Target, nested_target
from runn_pandas.pushing.account_rows import AccountRows
from runn_pandas.pushing.journal import Journal, journal_path, operation_of, settle_open
from runn_pandas.pushing.kinds import Back, Done, kind_of
from runn_pandas.pushing.kinds.base import first_of
from runn_pandas.pushing.model import Row
from runn_pandas.pushing.plan import Plan, make_plan
from runn_pandas.pushing.sheet import Sheet

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.catalog.writes import Writable

NOTHING = "No row of the push can be taken back, or all of them were taken back already."


def undo(account: Account, pushes: Sequence[int]) -> Plan:
    """Return the plan that takes pushes back, the last one first.

    Raises
    ------
    PlanError
        If there is no push of a number.
    """
    journal = Journal(journal_path(account))
    found: list[tuple[int, Back, str]] = []
    name = ""
    for number in sorted(pushes, reverse=True):
        push = journal.push(number)
        if push is None:
            raise PlanError(f"There is no push {number}. rp.journal() lists the pushes.")
        writable = find_writable(push["resource"])[0]
        settle_open(journal, writable, AccountRows(account), [])
        found += _backs(journal, writable, number)
        name = kind_of(writable).undone_as or writable.name
    known = {_key(back): (number, back, version) for number, back, version in reversed(found)}
    writable = find_writable(name)[0]
    again = partial(undo, account, pushes)
    wanted = [one for one in known.values() if not one[1].reason]
    notes = _notes([back for _, back, _ in found])
    wanted, gone = _there(account, writable, wanted)
    sheet = _sheet(writable, wanted)
    plan = make_plan(sheet, account, again, [*notes, *gone])
    numbers = [number for number, _, _ in wanted]
    rows = {
        number: [back.operation.row if of == number else -1 for of, back, _ in wanted]
        for number in dict.fromkeys(numbers)
    }
    empty = [] if any(one.requests for one in plan.operations) else [NOTHING]
    return replace(plan, undoes=rows, notes=(*plan.notes, *empty), way_back=undo)


def _key(back: Back) -> Any:
    own = back.cells.get("id")
    return (own, back.delete) if own is not None else (id(back),)


def _backs(journal: Journal, writable: Writable, number: int) -> list[tuple[int, Back, str]]:
    """Return what takes the rows of a push back, with the version that it left behind."""
    done, versions = [], dict[int, str]()
    for row in journal.operations(number):
        if not row["undone"] and row["status"] in ("created", "updated", "deleted"):
            done.append(Done(operation_of(row), row["status"], tuple(json.loads(row["ids"]))))
            versions[row["row"]] = json.loads(row["answer"]).get("updatedAt", "")
    # Of the rows that one record came of, the last one is taken back first.
    backs = kind_of(writable).back(done)
    return [(number, back, versions.get(back.operation.row, "")) for back in backs]


def _there(
    account: Account, writable: Writable, wanted: list[tuple[int, Back, str]]
) -> tuple[list[tuple[int, Back, str]], list[str]]:
    """Return the rows whose records are still in the account, and a note on the others."""
    ids = {back.cells["id"] for _, back, _ in wanted if back.cells.get("id") is not None}
    cells = [back.operation.wanted for _, back, _ in wanted]
    there = AccountRows(account).present(writable, ids, cells) if ids else {}
    kept = [one for one in wanted if one[1].cells.get("id") is None or one[1].cells["id"] in there]
    lost = [back.cells["id"] for _, back, _ in wanted if back.cells.get("id") in ids - there.keys()]
    notes = [f"Not in this account any more, so left out: id {', '.join(map(str, lost[:5]))}."]
    return kept, notes if lost else []


def _sheet(writable: Writable, wanted: Sequence[tuple[int, Back, str]]) -> Sheet:
    """Return the rows of an undo."""
    rows: dict[int, Row] = {at: back.cells for at, (_, back, _) in enumerate(wanted)}
    labels = [back.operation.label for _, back, _ in wanted]
    columns = dict.fromkeys(name for row in rows.values() for name in row)
    targets = {name: nested_target(name, writable.fields) or Target(name) for name in columns}
    return Sheet(
        writable=writable,
        rows=rows,
        labels=tuple(labels),
        count=len(rows),
        index=pd.Index(labels, dtype=object, tupleize_cols=False),
        targets=targets,
        deletes=frozenset(at for at, (_, back, _) in enumerate(wanted) if back.delete),
        na="unset",
        na_given=True,
        from_runn=True,
        undoes=True,
        versions={at: version for at, (_, _, version) in enumerate(wanted) if version},
    )


def _notes(backs: Sequence[Back]) -> list[str]:
    """Return what cannot be taken back, and what comes back in another form."""
    said = [
        f"Row {one.operation.label!r} cannot be taken back: {one.reason}."
        for one in backs
        if one.reason
    ]
    forms = dict.fromkeys(one.note for one in backs if one.note)
    return [*first_of(said, "rows that cannot be taken back"), *forms]
