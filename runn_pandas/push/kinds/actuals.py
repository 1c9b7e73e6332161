"""Actuals, which are overwritten by their key, time entries, which are added, and their lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from runn_pandas.catalog import Operation
from runn_pandas.catalog.write_rules import ACTUAL_KEY
from runn_pandas.frame.encode import alike
from runn_pandas.push.kinds.base import Bad, Kind, Looked, Rows
from runn_pandas.push.model import Request, Row, RowPlan

DAY = 24 * 60
MINUTES = ("billableMinutes", "nonbillableMinutes")
FIND_ROLE = (
    "; rp.reconcile(frame, ...) finds the person's role on the project, and a column of names is"
    " looked up by match={'roleId': {'name': <column>}}"
)


class Actuals(Kind):
    """A record of its day, person, project, role and workstream: a POST replaces it."""

    natural_key = ACTUAL_KEY
    unique = ()
    day_key = ACTUAL_KEY[:-1]
    spent = MINUTES
    advice: ClassVar[Mapping[str, str]] = {"roleId": FIND_ROLE}
    writes_whole = True
    order: ClassVar[Mapping[str, int]] = {"update": 0, "create": 0, "delete": 2}

    def look_around(
        self, rows: Rows, row_plans: list[RowPlan], begun: Sequence[RowPlan], labels: Sequence[Any]
    ) -> Looked:
        """Return what is to be said of the time that is set to 0."""
        lost = {one.position: _lost(one) for one in row_plans if _lost(one)}
        if not lost:
            return Looked(row_plans)
        named = list(dict.fromkeys(repr(labels[position]) for position in lost))
        shown, more = ", ".join(named[:3]), ", ..." if named[3:] else ""
        many = "1 actual" if len(lost) == 1 else f"{len(lost):,} actuals"
        hours, rest = divmod(round(sum(lost.values())), 60)
        note = (
            f"{many} with {hours:,}:{rest:02d} h set to 0 minutes, which counts as not worked"
            f" (row {shown}{more})."
        )
        return Looked(row_plans, notes=[note])

    def check(self, cells: Row) -> Bad:
        spent = sum(n for n in map(cells.get, MINUTES) if isinstance(n, (int, float)))
        if spent <= DAY:
            return []
        reason = (
            f"makes {spent:,} minutes on one day, more than a day has: are they hours or"
            " minutes, was the frame summed up, or is an entry there more than once?"
        )
        return [(MINUTES[0], reason)]

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        """Return the whole record again: what is left out would be cleared."""
        merged = {**old, **new}
        for name in changed:
            # A text that is unset is sent as "": left out, it might stay.
            if merged.get(name) is None and self.writable.create_fields[name].kind == "text":
                merged[name] = ""
        body = self.body(merged, bad) or {}
        for name in ("phaseId", "workstreamId"):
            if name in changed and new.get(name) is None:
                body[name] = None
        operation = self.operation("create")
        return [Request("update", operation.method, self.path(operation, new), body)]

    def confirms(self, sent: Row, row: Row, row_plan: RowPlan) -> bool:
        return _same_key(sent, row) and super().confirms(sent, row, row_plan)

    def arrived(self, expected: Row, rows: Iterable[Row], claimed: Collection[Any]) -> list[Row]:
        return [row for row in rows if _same_key(expected, row)][:1]


class TimeEntries(Kind):
    """Minutes that are added to an actual, every time they are sent."""

    adds_to = ACTUAL_KEY
    spent = MINUTES
    advice: ClassVar[Mapping[str, str]] = {"roleId": FIND_ROLE}
    unique = ()
    remade = True

    def added(self, before: Row, body: Row, now: Row | None) -> bool | None:
        have, was, add = (_minutes(row) for row in (now or {}, before, body))
        will = [n + more for n, more in zip(was, add, strict=True)]
        if (have == was) != (have == will):
            return have == will
        return False if now is None and not any(will) else None

    def confirms(self, sent: Row, row: Row, row_plan: RowPlan) -> bool:
        """Whether a record has at least the minutes that were there and those added."""
        rest = {name: value for name, value in sent.items() if name not in MINUTES}
        shown = [row.get(name) for name in MINUTES]
        if not all(isinstance(n, (int, float)) for n in shown) or not self.fits(rest, row):
            return False
        pairs = zip(_minutes(row), _minutes(row_plan.old or {}), _minutes(sent), strict=True)
        return all(now >= was + more for now, was, more in pairs)


def _same_key(one: Row, other: Row) -> bool:
    return all(alike(one.get(name), other.get(name)) for name in ACTUAL_KEY)


def _lost(row_plan: RowPlan) -> int:
    """Return the minutes of the account that a change sets to 0."""
    changed = row_plan.action == "update" and row_plan.requests
    none = changed and not sum(_minutes(row_plan.wanted))
    return sum(_minutes(row_plan.old or {})) if none else 0


def _minutes(row: Row) -> list[int]:
    return [row.get(name) or 0 for name in MINUTES]


class Locks(Kind):
    """The lock of a project's timesheet, which is read project by project."""

    def read(self, rows: Rows, cells: Iterable[Row]) -> list[Row] | None:
        ids = sorted({row["projectId"] for row in cells if row.get("projectId")})
        found = [(own, rows.one(f"/projects/{own}/timesheet-lock/")) for own in ids]
        return [{"projectId": own, **row} for own, row in found if row is not None]

    def change(self, old: Row, new: Row, changed: Sequence[str], bad: Bad) -> list[Request]:
        operation = self.operation("update")
        lock = {"status": new.get("status"), "lockedUntil": new.get("lockedUntil")}
        bad += self.alternatives(operation, lock)
        if lock["status"] == "UNLOCKED" and "lockedUntil" in changed and new.get("lockedUntil"):
            bad.append(("lockedUntil", "is set, but the status is UNLOCKED"))
        body = {name: value for name, value in lock.items() if value is not None}
        return [Request("update", operation.method, self.path(operation, old), body)]

    def alternatives(self, operation: Operation, body: Row) -> Bad:
        """Return what is wrong: locked needs a day, unlocked has none."""
        if body.get("status") == "UNLOCKED":
            body.pop("lockedUntil", None)
            return []
        names = ("status", "lockedUntil")
        return [(name, "is required to lock") for name in names if body.get(name) is None]
